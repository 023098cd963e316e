"""The people of a study, from the cache where the same inputs were read before."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import shapely

from access92.sources.population import read_population
from access92.study import Study
from access92.table_cache import code_fingerprint, read_cached_table, write_cached_table

_CODE = (
    *(f"sources/{name}" for name in ("population", "people", "residences", "apportionment", "point_tables")),
    "prepared",
)


def read_study_population(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    streets_key: str,
    cache_folder: Path | None,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The demand table and its notices, as :func:`access92.sources.population.read_population` gives them.

    ``streets_key``: the fingerprint of the streets ('' where there is none: nothing is kept).

    Raises
    ------
    InputError
        As ``read_population``.
    """
    file = None
    if cache_folder is not None and streets_key and study.locate(study.population.file).is_file():
        file = cache_folder / f"people-{_key(study, areas, streets_key)}.arrow"
        cached = read_cached_table(file)
        if cached is not None:
            return cached
    demand, notices = read_population(study, areas=areas, streets=streets, crs=areas.crs)
    if file is not None:
        write_cached_table(demand, notices, file)
    return demand, notices


def _key(study: Study, areas: gpd.GeoDataFrame, streets_key: str) -> str:
    """The fingerprint of all that the people depend on."""
    digest = hashlib.sha256(f"{streets_key}|{code_fingerprint(_CODE)}".encode())
    digest.update(study.population.model_dump_json().encode())
    digest.update(repr(sorted(study.population.model_fields_set)).encode())  # rescale = true, written or by default
    digest.update(repr(study.demand_columns()).encode())
    digest.update(study.locate(study.population.file).read_bytes())
    digest.update("|".join(areas["area_id"].astype(str)).encode())
    if "population" in areas.columns:
        digest.update(areas["population"].to_numpy(dtype=float).tobytes())
    digest.update(b"".join(shapely.to_wkb(areas.geometry.to_numpy())))
    return digest.hexdigest()
