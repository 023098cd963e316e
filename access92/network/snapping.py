"""Snaps of places to the nearest usable street of a network: which one, where along it, how many metres away."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.network.graph import Network
from access92.network.lines import SharedLines
from access92.network.street_index import index_lines, nearest_lines

NOT_SNAPPED = -1

_WORTH_A_THREAD = 2000
"""Places that are worth a thread of their own."""

_FEW = 10_000
"""Up to so many places, it is faster to select the streets around them than to index all streets."""

_CELL_M = 250.0
_MOST_CELLS = 2000  # a side
_ROUNDED_M = 0.001  # more than what rounding takes from a sum of coordinates

_AT_THE_END = 1e-9
"""A position this near to 0 or 1 is the end of the street: rounding must not part a place from its crossing."""


@dataclass(frozen=True, slots=True)
class Snaps:
    """The snaps of places (in their order) to streets.

    ``street``: position in the network's ``street_*`` arrays (``NOT_SNAPPED`` where none lies within the
    limit); ``position``: 0–1 along its geometry; ``snap_m``: straight-line distance to it in metres (also
    where it is beyond the limit).
    """

    street: np.ndarray
    position: np.ndarray
    snap_m: np.ndarray

    def part(self, rows: slice) -> Snaps:
        """The snaps of a slice of the places."""
        return Snaps(street=self.street[rows], position=self.position[rows], snap_m=self.snap_m[rows])


def snap_places(
    places: gpd.GeoSeries,
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    max_snap_m: float,
    lines: SharedLines | None = None,
    serving: np.ndarray | None = None,
) -> Snaps:
    """The snap of each place to the nearest point of a street that the mode may use.

    Ties go to the street that comes first in the streets table. A missing or empty place, or one that is not finite, is
    not snapped, with ``snap_m`` NaN. A place at exactly ``max_snap_m`` is still snapped. ``lines``: those of all the
    streets, where others need them too. ``serving`` (bool, by street of the network): those that such places may be
    snapped to, ``network.serves_demand`` or ``network.serves_services``; by default those that serve both.
    """
    # a place without finite coordinates is not snapped, and has no distance
    points = places.to_numpy()
    lines = SharedLines(streets.geometry) if lines is None else lines
    street = np.full(len(points), NOT_SNAPPED, dtype=np.int32)
    snap_m = np.full(len(points), np.nan)
    position = np.full(len(points), np.nan)
    present = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    x, y = np.full(len(points), np.nan), np.full(len(points), np.nan)
    x[present], y[present] = shapely.get_x(points[present]), shapely.get_y(points[present])
    present = present[np.isfinite(x[present]) & np.isfinite(y[present])]

    # an index of the streets that may be within the limit only, where selecting them costs less than indexing the rest
    serving = network.serves_demand & network.serves_services if serving is None else serving
    allowed = np.flatnonzero(serving).astype(np.int32)
    near = allowed
    if len(present) <= _FEW:
        near = allowed[_boxes_near(lines.bounds[network.street_row[allowed]], x[present], y[present], max_snap_m)]
    index = index_lines(lines.lines.part(network.street_row[near]))

    # each core its share of the places
    shares = np.array_split(present, max(1, min(os.cpu_count() or 1, len(present) // _WORTH_A_THREAD)))

    def snap(rows: np.ndarray) -> None:
        street[rows], position[rows], snap_m[rows] = nearest_lines(index, x[rows], y[rows], limit_m=max_snap_m)

    with ThreadPoolExecutor(max_workers=len(shares)) as pool:
        list(pool.map(snap, shares))
    street[street != NOT_SNAPPED] = near[street[street != NOT_SNAPPED]]

    # places beyond the limit are few: their distance is for the reader, who is to see how far off they are
    far = present[street[present] == NOT_SNAPPED]
    if len(far):
        all_lines = streets.geometry.to_numpy()[network.street_row[allowed]]
        _, snap_m[far] = shapely.STRtree(all_lines).query_nearest(points[far], return_distance=True, all_matches=False)
    position[position < _AT_THE_END] = 0.0
    position[position > 1 - _AT_THE_END] = 1.0
    return Snaps(street=street, position=position, snap_m=snap_m)


def _boxes_near(boxes: np.ndarray, x: np.ndarray, y: np.ndarray, limit_m: float) -> np.ndarray:
    """The boxes (int32, in their order) that may lie within the limit of a point; the first where none does.

    ``boxes``: (n, 4) min x, min y, max x, max y. The points are counted in cells; a box is near if one of the cells
    that it touches, once it is widened by the limit, holds a point: a few too many, none too few.

    >>> boxes = np.array([[0.0, 0.0, 9.0, 9.0], [5000.0, 0.0, 5009.0, 9.0], [9000.0, 0.0, 9009.0, 9.0]])
    >>> _boxes_near(boxes, np.array([5100.0]), np.array([0.0]), 100.0).tolist()
    [1]
    """
    near = np.zeros(len(boxes), dtype=bool)
    if len(x):
        x0, y0, reach_m = x.min(), y.min(), limit_m + _ROUNDED_M
        cell_m = max(_CELL_M, max(x.max() - x0, y.max() - y0) / _MOST_CELLS)

        def cell(metres: np.ndarray, most: int) -> np.ndarray:
            """The number of a cell, from 0 to ``most``, whatever lies outside."""
            numbers: np.ndarray = np.clip(np.floor(metres / cell_m), 0, most).astype(np.int64)
            return numbers

        columns, rows = int((x.max() - x0) // cell_m) + 1, int((y.max() - y0) // cell_m) + 1
        counted = np.zeros((rows + 2, columns + 2), dtype=np.int64)  # one more: // and / round apart
        np.add.at(counted, (cell(y - y0, rows) + 1, cell(x - x0, columns) + 1), 1)
        before = counted.cumsum(axis=0).cumsum(axis=1)  # points south and west of each corner of the cells
        west, south = cell(boxes[:, 0] - reach_m - x0, columns), cell(boxes[:, 1] - reach_m - y0, rows)
        east = cell(boxes[:, 2] + reach_m - x0 + cell_m, columns)
        north = cell(boxes[:, 3] + reach_m - y0 + cell_m, rows)
        near = before[north, east] - before[south, east] - before[north, west] + before[south, west] > 0
    near[:1] |= not near.any()
    return np.flatnonzero(near).astype(np.int32)


def snaps_table(
    street_row: np.ndarray, position: np.ndarray, snap_m: np.ndarray, place_ids: pd.Series, streets: gpd.GeoDataFrame
) -> pd.DataFrame:
    """The contract table « snaps »: place_id, edge_id (null = not snapped), position (0–1), snap_m.

    ``street_row``: rows of the streets table, NOT_SNAPPED where there is none.
    """
    snapped = street_row != NOT_SNAPPED
    edge_id = np.full(len(snapped), None, dtype=object)
    edge_id[snapped] = streets["edge_id"].iloc[street_row[snapped]].to_numpy()
    return pd.DataFrame(
        {
            "place_id": place_ids.to_numpy(),
            "edge_id": edge_id,
            "position": np.where(snapped, position, np.nan),
            "snap_m": snap_m,
        },
    )
