"""Places on the plane: distinct cells, order along a Hilbert curve, and which rows stand at one place."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from access92.cache.kernels import kernel


def unique_cells(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of an (n, 2) table of whole numbers in order, and by row which of them it is (int64).

    >>> distinct, which = unique_cells(np.array([[2, -1], [0, 5], [2, -1]]))
    >>> distinct.tolist(), which.tolist()
    ([[0, 5], [2, -1]], [1, 0, 1])
    """
    # one number a cell: numpy sorts rows of two far slower
    cells = np.asarray(cells, dtype=np.int64).reshape(-1, 2)
    if len(cells) == 0:
        return cells, np.zeros(0, dtype=np.int64)
    least = cells.min(axis=0)
    width = int(cells[:, 1].max() - least[1]) + 1
    numbers, which = np.unique((cells[:, 0] - least[0]) * width + (cells[:, 1] - least[1]), return_inverse=True)
    return np.column_stack([numbers // width, numbers % width]) + least, which


_LEVEL = 16
"""Halvings of each side: cells of half a metre on thirty kilometres."""


def hilbert_distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The position of points along a Hilbert curve over their bounding box (int64, steps of the curve).

    References
    ----------
    Skilling (2004), « Programming the Hilbert curve », AIP Conference Proceedings 707; here in two dimensions.

    Examples
    --------
    >>> hilbert_distance(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])).argsort().tolist()
    [0, 1, 2, 3]
    """
    if len(x) == 0:
        return np.empty(0, dtype=np.int64)
    side = max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
    scale = ((1 << _LEVEL) - 1) / side
    return _distance(((x - x.min()) * scale).astype(np.int64), ((y - y.min()) * scale).astype(np.int64))


@kernel
def _distance(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Steps along the curve to the cells, from the largest quarter to the least."""
    steps = np.empty(len(column), dtype=np.int64)
    for i in range(len(column)):
        x, y, along = column[i], row[i], np.int64(0)
        side = np.int64(1 << (_LEVEL - 1))
        while side > 0:
            right, up = np.int64((x & side) > 0), np.int64((y & side) > 0)
            along += side * side * ((3 * right) ^ up)
            if up == 0:  # turn the quarter so that the curve enters and leaves at the right corners
                if right == 1:
                    x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
                else:
                    x, y = x & (side - 1), y & (side - 1)
                x, y = y, x
            else:
                x, y = x & (side - 1), y & (side - 1)
            side >>= 1
        steps[i] = along
    return steps


SAME_PLACE_M = 25.0
"""The distance of a study that sets none: the doors and the centre of one building, and no two sides of a square."""

LINK_RADIUS_M = 10.0
"""How much farther than its nearest street a place links to others, in a study that sets nothing else.

Hypothèse access92: doors and streets stand on the map within about so much of where they are, so that of two streets
whose distances differ by less it is not known which one is nearer. More would let people walk through blocks.
"""

_ROUNDED_M = 1e-6
"""More than what projecting takes from a coordinate."""


def place_numbers(places: gpd.GeoSeries, *, same_place_m: float = SAME_PLACE_M) -> np.ndarray:
    """The number (int64, from 0, in the order of first rows) of the place that each row is at.

    Two rows at ``same_place_m`` metres or less are at one place, and so are those that a chain of such rows links:
    no cell and no rounding decides. A missing or empty geometry is a place by itself.

    >>> from shapely import Point
    >>> places = gpd.GeoSeries([Point(0.49, 0), Point(90, 0), Point(20, 0), Point(40, 0)])
    >>> place_numbers(places, same_place_m=25).tolist()
    [0, 1, 0, 0]
    """
    points = places.to_numpy()
    located = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    tree = cKDTree(shapely.get_coordinates(points[located]))
    first, second = located[tree.query_pairs(same_place_m + _ROUNDED_M, output_type="ndarray")].T
    adjacency = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(points), len(points)))
    _, label = connected_components(adjacency, directed=False)
    _, row, number = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(row))
    numbers: np.ndarray = rank[number].astype(np.int64)
    return numbers


def points_digest(shape: shapely.Geometry) -> bytes:
    """SHA-256 of the kind and the points of a point, a line or a valid area: equal for equal ones only.

    Its points tell the rings of an area: each ends where its first point comes again. A quarter of the time of WKB.

    >>> one, turned = shapely.linestrings([[(0, 0), (1, 0)], [(1, 0), (0, 0)]])
    >>> points_digest(one) == points_digest(shapely.from_wkb(one.wkb)), points_digest(one) == points_digest(turned)
    (True, False)
    """
    kind = f"{shape.geom_type} {shapely.get_num_geometries(shape)}"
    return hashlib.sha256(kind.encode() + shapely.get_coordinates(shape).tobytes()).digest()
