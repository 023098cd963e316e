"""The stops of a feed: places, stations of platforms, step-free access inherited from the station."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.sources.gtfs.feed import Feed, read_table, row_error
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import check_unique

_OPTIONAL = ("stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding")
_STATION = "1"
_MOST_LEVELS = 3
"""A boarding area, its platform, its station: GTFS knows no deeper nesting."""


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """The stops of a feed as written, (n,) each; ``ids`` without prefix.

    ``parent``: position of the station that a stop belongs to, -1 without one; ``lon``, ``lat``: degrees, NaN where
    neither the stop nor its station has a place; ``wheelchair``: GTFS's 0, 1, 2.
    """

    ids: pd.Index
    names: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    parent: np.ndarray
    wheelchair: np.ndarray
    is_station: np.ndarray


def read_stops(feed: Feed, tally: Tally) -> Stops:
    """The stops of ``stops.txt``.

    Raises
    ------
    InputError
        Missing table, an id twice, a coordinate that is no number of degrees.
    """
    table = read_table(feed, "stops.txt", required=["stop_id"], optional=_OPTIONAL)
    check_unique(feed, "stops.txt", table["stop_id"])
    ids = pd.Index(table["stop_id"].to_numpy(dtype=object))
    lat, lon = (_degrees(feed, table[name], most) for name, most in (("stop_lat", 90.0), ("stop_lon", 180.0)))

    # 0° N, 0° E lies in the Atlantic: what some software writes for « unknown »
    nowhere = (np.abs(lat) < 1e-6) & (np.abs(lon) < 1e-6)  # noqa: PLR2004 - a decimetre
    tally.add("gtfs_stop_at_zero", nowhere.sum(), len(ids), ids[nowhere])
    lat[nowhere] = lon[nowhere] = np.nan
    half = np.isnan(lat) | np.isnan(lon)
    lat[half] = lon[half] = np.nan

    parent = _root_stations(table, ids, tally)
    wheelchair = _tri_state(table["wheelchair_boarding"], ids, tally, "wheelchair_boarding")
    has_parent = parent >= 0
    inherits = has_parent & (wheelchair == 0)
    wheelchair[inherits] = wheelchair[parent[inherits]]
    takes = has_parent & np.isnan(lat)
    lat[takes], lon[takes] = lat[parent[takes]], lon[parent[takes]]
    takes &= ~np.isnan(lat)
    tally.add("gtfs_place_of_station", takes.sum(), len(ids), ids[takes])
    return Stops(
        ids=ids, names=table["stop_name"].to_numpy(dtype=object), lon=lon, lat=lat, parent=parent,
        wheelchair=wheelchair, is_station=(table["location_type"] == _STATION).to_numpy(),
    )  # fmt: skip


def _degrees(feed: Feed, column: pd.Series, most: float) -> np.ndarray:
    """The degrees of a column, NaN where it is empty."""
    degrees = pd.to_numeric(column.where(column != "", None), errors="coerce").to_numpy(dtype=np.float64, copy=True)
    bad = (np.isnan(degrees) & (column != "").to_numpy()) | (np.abs(degrees) > most)
    if bad.any():
        at = int(np.argmax(bad))
        text = f"{column.name} = « {column.iloc[at]} » n'est pas un nombre de degrés."
        raise row_error(feed, "stops.txt", column.index[at], text, "L'écrire en degrés WGS 84, avec un point.")
    return degrees


def _root_stations(table: pd.DataFrame, ids: pd.Index, tally: Tally) -> np.ndarray:
    """Of each stop the station at the top of its parents, -1 where it has none."""
    named = table["parent_station"].to_numpy(dtype=object)
    parent = ids.get_indexer(pd.Index(named))
    unknown = (named != "") & (parent < 0)
    tally.add("gtfs_unknown_parent", unknown.sum(), len(ids), ids[unknown])
    root = parent.copy()
    for _ in range(_MOST_LEVELS):
        higher = np.where(root >= 0, parent[root], -1)
        root = np.where(higher >= 0, higher, root)
    # a stop that climbs and climbs is in a loop of parents: it has no station
    loops = (root >= 0) & (parent[root] >= 0)
    tally.add("gtfs_parent_loop", loops.sum(), len(ids), ids[loops])
    root[loops] = -1
    return root


def _tri_state(column: pd.Series, ids: pd.Index, tally: Tally, name: str) -> np.ndarray:
    """0, 1, 2 (int8) of a column; what has no meaning is unknown, and counted."""
    values = column.map({"": 0, "0": 0, "1": 1, "2": 2})
    bad = values.isna().to_numpy()
    tally.add("gtfs_unknown_value", bad.sum(), len(ids), [f"{name} = {text}" for text in column[bad]])
    return values.fillna(0).to_numpy(dtype=np.int8, copy=True)
