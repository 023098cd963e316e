"""Places that the streets of a study do not come near: an extract that ends before the areas do."""

from __future__ import annotations

import numpy as np
import shapely

_SLACK = 0.99
"""Of the side of a cell whose diagonal is the distance: rounding never takes a far point for a near one."""


def beyond_streets(x: np.ndarray, y: np.ndarray, lines: np.ndarray, *, within_m: float) -> np.ndarray:
    """Which places (bool) have no street within so many metres, in a straight line.

    ``lines``: streets as geometries, in the CRS of ``x`` and ``y`` (metres). All count, whoever may use them.

    Examples
    --------
    >>> street = np.array([shapely.LineString([(0, 0), (1000, 0)])])
    >>> beyond_streets(np.array([500.0, 500.0, 1301.0]), np.array([300.0, 300.1, 0.0]), street, within_m=300).tolist()
    [False, True, True]
    """
    # two points in one cell of this side are within the distance: of most places a vertex of a street says it at once
    side_m = max(within_m / np.sqrt(2) * _SLACK, 1.0) if within_m > 0 else 1.0
    beyond = np.ones(len(x), dtype=bool)
    if within_m >= np.sqrt(2):
        vertex_x, vertex_y = shapely.get_coordinates(lines).T
        vertices = np.unique(_cells(vertex_x, vertex_y, side_m))
        beyond = ~np.isin(_cells(x, y, side_m), vertices)
    rows = np.flatnonzero(beyond)
    if len(rows):
        near, _ = shapely.STRtree(lines).query_nearest(
            shapely.points(x[rows], y[rows]), max_distance=max(within_m, np.finfo(float).tiny), all_matches=False
        )
        beyond[rows[near]] = False
    return beyond


def _cells(x: np.ndarray, y: np.ndarray, side_m: float) -> np.ndarray:
    """A number for the cell of each point: columns and rows of a billion each."""
    columns, rows = np.floor(x / side_m).astype(np.int64), np.floor(y / side_m).astype(np.int64)
    numbers: np.ndarray = columns * 1_000_000_000 + rows
    return numbers
