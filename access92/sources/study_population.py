"""The population of a study, from the cache where the same inputs were read before."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import shapely

from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import file_state
from access92.cache.tables import read_cached_table, write_cached_table
from access92.sources.population.demand import PopulationRead, read_population
from access92.study.model import Study
from access92.study.notices import notices_from_json, notices_to_json
from access92.study.omissions import omissions_from_json, omissions_to_json


def read_study_population(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    streets_key: str,
    cache_folder: Path | None,
) -> PopulationRead:
    """The demand table, its notices, omissions and records, as ``population.demand.read_population`` gives them.

    ``streets_key``: the fingerprint of the streets ('' where there is none: nothing is kept).

    Raises
    ------
    InputError
        As ``read_population``.
    """
    file = None
    states = [file_state(path) for path in _files(study)]
    if cache_folder is not None and streets_key and None not in states:
        file = cache_folder / f"people-{_key(study, areas, streets_key)}.arrow"
        cached = read_cached_table(file)
        if cached is not None:
            demand, (omissions, records, *notices) = cached
            return PopulationRead(demand, tuple(notices), omissions_from_json(omissions), notices_from_json(records))
    read = read_population(study, areas=areas, streets=streets, crs=areas.crs)
    if file is not None and [file_state(path) for path in _files(study)] == states:  # else of no key
        texts = (omissions_to_json(read.omissions), notices_to_json(read.records), *read.notices)
        write_cached_table(read.demand, texts, file)
    return read


def _files(study: Study) -> list[Path]:
    """The files that the people and the publics of a study are read from."""
    settings = study.population
    return [study.locate(file) for file in (settings.file, settings.publics_file) if file is not None]


def _key(study: Study, areas: gpd.GeoDataFrame, streets_key: str) -> str:
    """The fingerprint of all that the demand table depends on."""
    digest = hashlib.sha256(f"{streets_key}|{code_fingerprint(__name__)}".encode())
    digest.update(study.population.model_dump_json().encode())
    digest.update(repr(sorted(study.population.model_fields_set)).encode())  # rescale = true, written or by default
    digest.update(repr(study.demand_columns()).encode())
    digest.update(repr([(public.title, public.column, public.unit) for public in study.publics]).encode())
    for path in _files(study):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update("|".join(areas["area_id"].astype(str)).encode())
    if "population" in areas.columns:
        digest.update(areas["population"].to_numpy(dtype=float).tobytes())
    digest.update(b"".join(shapely.to_wkb(areas.geometry.to_numpy())))
    return digest.hexdigest()
