"""The streets of a study with the slopes of its raster of heights; the very streets where it has none."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from access92._limits import readable_file
from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import file_sha256
from access92.network.slopes import with_slope_columns
from access92.sources.study_streets import StudyStreets
from access92.study.model import Study


def elevation_files(study: Study) -> tuple[tuple[str, Path], ...]:
    """The rasters of a study, as named in it, and their paths; the tiles of a virtual raster (.vrt) too.

    Raises
    ------
    InputError
        A virtual raster that cannot be read.
    """
    if study.elevation is None:
        return ()
    from access92.sources.elevation import raster_files  # noqa: PLC0415 - GDAL, for studies with heights only

    named = []
    for name in study.elevation.files:
        first, *tiles = raster_files(study.locate(name))
        named += [(name.as_posix(), first), *((path.name, path) for path in tiles)]
    return tuple(named)


def add_slopes(study: Study, areas: gpd.GeoDataFrame, streets: StudyStreets) -> StudyStreets:
    """The streets with what their slopes change (:mod:`access92.network.slopes`), and a notice of filled holes.

    Raises
    ------
    InputError
        As :func:`access92.sources.elevation.read_heights`; a file that is not there.
    """
    if study.elevation is None:
        return streets
    from access92.sources.elevation import filled_notices, read_heights  # noqa: PLC0415 - GDAL, as above

    named = elevation_files(study)
    paths = [study.locate(name) for name in study.elevation.files]
    for name in study.elevation.files:
        readable_file(study.locate(name), where=f"[elevation] file, {name.as_posix()}")
    profiles = read_heights(paths, streets.table, areas)
    notices = streets.notices + filled_notices(profiles)

    # all that decides the factors: the streets, every byte of the rasters in their order, the rules and the code
    key = ""
    if streets.key:
        digest = hashlib.sha256(f"{streets.key}|{code_fingerprint(__name__)}|".encode())
        for _, path in named:
            digest.update(bytes.fromhex(file_sha256(path)))
        key = digest.hexdigest()
    return replace(streets, table=with_slope_columns(streets.table, profiles), notices=notices, key=key)
