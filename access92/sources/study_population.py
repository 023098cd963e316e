"""The population of a study, from the cache where the same inputs were read before."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import shapely

from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import FileState
from access92.cache.tables import read_cached_table, write_cached_table
from access92.sources.databases import source_state
from access92.sources.places import WGS84
from access92.sources.population.demand import PopulationRead, read_population
from access92.sources.population.footprint_files import read_footprint_file
from access92.sources.population.footprints import Footprints
from access92.study.databases import TableSource
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
    osm_footprints: gpd.GeoDataFrame | None = None,
) -> PopulationRead:
    """The demand table, its notices, omissions and records, as ``population.demand.read_population`` gives them.

    ``streets_key``: the fingerprint of the streets ('' where there is none: nothing is kept). ``osm_footprints``: the
    buildings of the streets file, read with the streets; those of ``population.buildings_file`` come before them.

    Raises
    ------
    InputError
        As ``read_population``.
    """
    file = None
    state = _states(study)
    if cache_folder is not None and streets_key and None not in state:
        file = cache_folder / f"people-{_key(study, areas, streets_key)}.arrow"
        cached = read_cached_table(file)
        if cached is not None:
            demand, (omissions, records, *notices) = cached
            return PopulationRead(demand, tuple(notices), omissions_from_json(omissions), notices_from_json(records))
    footprints, sentences = _footprints(study, areas, osm_footprints)
    read = read_population(study, areas=areas, streets=streets, crs=areas.crs, footprints=footprints)
    read = replace(read, notices=(*read.notices, *sentences))
    if file is not None and _states(study) == state:  # else of no key
        texts = (omissions_to_json(read.omissions), notices_to_json(read.records), *read.notices)
        write_cached_table(read.demand, texts, file)
    return read


def _footprints(
    study: Study, areas: gpd.GeoDataFrame, osm_footprints: gpd.GeoDataFrame | None
) -> tuple[Footprints | None, tuple[str, ...]]:
    """The buildings of the study's file of them, else those of the streets file; None where there are none."""
    path = study.population.buildings_file
    if path is not None:
        west, south, east, north = areas.to_crs(WGS84).total_bounds
        box = (float(west), float(south), float(east), float(north))
        return read_footprint_file(study.locate(path), where=path.as_posix(), crs=areas.crs, bounds_wgs84=box)
    if osm_footprints is None or osm_footprints.empty:
        return None, ()
    return Footprints(osm_footprints, "bâtiments d'OpenStreetMap"), ()


def _sources(study: Study) -> tuple[TableSource, ...]:
    """What the people, the publics and the buildings of a study are read from."""
    settings = study.population
    files = (settings.publics_file, settings.buildings_file)
    people = study.table_source(settings.origin)
    return (people, *(study.locate(path) for path in files if path is not None))


def _states(study: Study) -> tuple[FileState | None, ...]:
    return tuple(source_state(source) for source in _sources(study))


def _key(study: Study, areas: gpd.GeoDataFrame, streets_key: str) -> str:
    """The fingerprint of all that the demand table depends on."""
    digest = hashlib.sha256(f"{streets_key}|{code_fingerprint(__name__)}".encode())
    digest.update(study.population.model_dump_json().encode())
    digest.update(f"{study.streets.demo} {study.analysis.max_snap_m}".encode())  # squares beyond the streets
    digest.update(repr(sorted(study.population.model_fields_set)).encode())  # rescale = true, written or by default
    digest.update(repr(study.demand_columns()).encode())
    digest.update(repr([(public.title, public.column, public.unit) for public in study.publics]).encode())
    for source in _sources(study):
        state = source_state(source)
        digest.update(("" if state is None else state.sha256).encode())
    digest.update("|".join(areas["area_id"].astype(str)).encode())
    if "population" in areas.columns:
        digest.update(areas["population"].to_numpy(dtype=float).tobytes())
    digest.update(b"".join(shapely.to_wkb(areas.geometry.to_numpy())))
    return digest.hexdigest()
