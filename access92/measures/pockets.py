"""Uncovered pockets: neighbouring places that are all too far, largest population first."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from access92._statistics import weighted_quantile
from access92.travel.time_limits import is_under

LINK_M = 150.0
"""Two places closer than this, in metres, and of the same area, belong to the same pocket."""

_COLUMNS = ["scenario", "mode", "rank", "area_id", "population", "median_min", "geometry"]


def neighbour_pairs(demand: gpd.GeoDataFrame, *, link_m: float = LINK_M) -> np.ndarray:
    """The pairs of inhabited demand points (rows, int64, (n, 2)) of the same area at ``link_m`` metres or less.

    >>> from shapely import Point
    >>> table = {"area_id": ["a", "a", "a"], "population": [1, 2, 4]}
    >>> points = [Point(0, 0), Point(100, 0), Point(300, 0)]
    >>> neighbour_pairs(gpd.GeoDataFrame(table, geometry=points, crs=2154)).tolist()
    [[0, 1]]
    """
    rows = np.flatnonzero(demand["population"].to_numpy(float) > 0)
    if len(rows) == 0:
        return np.empty((0, 2), dtype=np.int64)
    xy = np.stack([demand.geometry.x.to_numpy()[rows], demand.geometry.y.to_numpy()[rows]], axis=1)
    pairs = rows[cKDTree(xy).query_pairs(link_m, output_type="ndarray")]
    area, _ = pd.factorize(demand["area_id"])
    pairs_of_area: np.ndarray = pairs[area[pairs[:, 0]] == area[pairs[:, 1]]]
    return pairs_of_area


def pocket_rows(
    travel_time_min: np.ndarray,
    demand: gpd.GeoDataFrame,
    *,
    scenario: str,
    mode: str,
    threshold_min: float,
    most: int = 20,
    pairs: np.ndarray | None = None,
) -> list[tuple[object, ...]]:
    """The largest groups of neighbouring demand points that are not covered, largest population first.

    Two uncovered points closer than LINK_M and of the same area belong to the same pocket. The point of a
    pocket is its demand point nearest to the centre of its people. ``pairs``: the :func:`neighbour_pairs` of
    the demand, where they are known. Rows of :func:`pockets_table`.
    """
    population = demand["population"].to_numpy(float)
    uncovered = ~is_under(travel_time_min, threshold_min) & (population > 0)
    rows = np.flatnonzero(uncovered)
    if len(rows) == 0:
        return []

    # a pocket is a connected component of the uncovered neighbours
    if pairs is None:
        pairs = neighbour_pairs(demand)
    place = np.full(len(demand), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    first, second = place[pairs[uncovered[pairs[:, 0]] & uncovered[pairs[:, 1]]]].T
    neighbours = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(rows), len(rows)))
    _, label = connected_components(neighbours, directed=False)
    uncovered_population = population[rows]

    # the largest, most people first; the members of each are a slice of ``by_label``
    size = np.bincount(label, weights=uncovered_population)
    order = np.lexsort((np.arange(len(size)), -size))[:most]
    by_label = np.argsort(label, kind="stable")
    ends = np.searchsorted(label[by_label], order, side="right")
    starts = np.searchsorted(label[by_label], order, side="left")

    # the point of a pocket: its demand point nearest to the centre of its people
    geometry, area_id = demand.geometry.to_numpy(), demand["area_id"].array
    pockets: list[tuple[object, ...]] = []
    for rank, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        members = by_label[start:end]
        xy = shapely.get_coordinates(geometry[rows[members]])
        centre = np.average(xy, axis=0, weights=uncovered_population[members])
        middle = members[np.argmin(((xy - centre) ** 2).sum(axis=1))]
        pockets.append(
            (
                scenario, mode, rank, area_id[rows[members[0]]], float(uncovered_population[members].sum()),
                weighted_quantile(travel_time_min[rows[members]], uncovered_population[members], 0.5),
                geometry[rows[middle]],
            )
        )  # fmt: skip
    return pockets


def pockets_table(rows: Sequence[tuple[object, ...]], crs: object) -> gpd.GeoDataFrame:
    """The table of uncovered pockets.

    Columns: scenario, mode, rank (1 = most people), area_id, population, median_min (NaN = not reached), geometry
    (Point, in ``crs``).
    """
    return gpd.GeoDataFrame(list(rows), columns=_COLUMNS, geometry="geometry", crs=crs)
