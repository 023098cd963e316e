"""Which services are at one place: those that a distance links, one to the next."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

SAME_PLACE_M = 25.0
"""The distance of a study that names none: the doors and the centre of one building, and no two sides of a square."""

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
    links = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(points), len(points)))
    _, label = connected_components(links, directed=False)
    _, row, number = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(row))
    numbers: np.ndarray = rank[number].astype(np.int64)
    return numbers
