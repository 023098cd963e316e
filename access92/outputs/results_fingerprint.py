"""One fingerprint for all the results of a run: the same results are not written twice."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.run.results import Results


def results_fingerprint(results: Results) -> str:
    """SHA-256 of every table of a run (geometries included), and of the minutes of every scenario and mode.

    What decides them (study, inputs, code, versions) stands in the manifest too; this is for whoever changed
    a table in between. Of streets: what is drawn of them, their classes, names and lines.
    """
    digest = hashlib.sha256(b"" if results.water is None else shapely.to_wkb(results.water))
    digest.update(results.surroundings.fingerprint().encode())
    drawn = [name for name in ("highway", "name") if name in results.streets]
    tables = [results.streets[[*drawn, results.streets.geometry.name]]]
    tables += [getattr(results, item.name) for item in fields(results) if item.name != "streets"]
    for part in (results.changes, results.hour_tables, results.sensitivity):
        tables += [getattr(part, item.name) for item in fields(part)]
    digest.update(repr(results.sensitivity.records).encode())
    for table in tables:
        if isinstance(table, pd.DataFrame):
            _add_table(digest, table)
    for access in (*results.access_records, *results.public_situations):
        digest.update(f"{access.scenario}|{access.mode}".encode())
        for array in (access.service_rows, access.travel_time_min, access.nearest_service):
            _add_array(digest, array)
    for key, times in [*results.travel_times.items(), *results.scenario_times.items()]:
        digest.update(str(key).encode())
        _add_array(digest, times.minutes)
    return digest.hexdigest()


def _add_array(digest: hashlib._Hash, array: np.ndarray) -> None:
    digest.update(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _add_table(digest: hashlib._Hash, table: pd.DataFrame) -> None:
    digest.update("|".join(map(str, table.columns)).encode() + str(len(table)).encode())
    plain = pd.DataFrame(table)  # without the care of geometries that a GeoDataFrame takes at each step
    plain = plain.loc[:, [dtype != "geometry" for dtype in plain.dtypes]]
    if len(plain.columns) and len(plain):
        digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    if isinstance(table, gpd.GeoDataFrame) and len(table):
        _add_geometries(digest, table.geometry.to_numpy())


_AT_ONCE = 64
_TOLD_BY_POINTS = (shapely.GeometryType.POINT, shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTIPOLYGON)


def _add_geometries(digest: hashlib._Hash, geometries: np.ndarray) -> None:
    """Types and points, which tell all of points, of lines and of the MultiPolygons of a run; WKB of any other.

    In a valid MultiPolygon a ring ends where its first point comes again, and whether it is a hole or another part is
    told by where it lies. Those of a run are: areas are mended when they are read, isochrones valid by their making.
    """
    kinds = shapely.get_type_id(geometries)
    by_points = np.isin(kinds, _TOLD_BY_POINTS)
    _add_array(digest, kinds)
    _add_array(digest, shapely.get_num_coordinates(geometries))
    for wkb in shapely.to_wkb(geometries[~by_points]):
        digest.update(wkb or b"")
    # some at a time: isochrones have millions of points, whose memory is used again
    drawn = geometries[by_points]
    for first in range(0, len(drawn), _AT_ONCE):
        _add_array(digest, shapely.get_coordinates(drawn[first : first + _AT_ONCE]))
