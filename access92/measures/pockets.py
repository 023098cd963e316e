"""Uncovered pockets: neighbouring places that are all too far, largest population first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
"""Two places closer than this, in metres, and of the same quarter (or area), belong to the same pocket."""

QUARTER_M = 1500.0
"""A place further than this, in metres, from every quarter and station that has a name is of none."""

STREET_M = 300.0
"""How far, in metres, from a pocket its street may be."""

_QUARTER_KINDS = ("suburb", "quarter", "neighbourhood", "hamlet")
_COLUMNS = ["scenario", "mode", "rank", "area_id", "population", "median_min", "place_name", "geometry"]


@dataclass(frozen=True, slots=True, eq=False)
class Quarters:
    """The quarter of each demand point: ``number`` (int64, (n,)) among ``names``, −1 where it is of none."""

    number: np.ndarray
    names: tuple[str, ...]


def nearest_quarters(demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> Quarters:
    """The nearest named quarter or station of each demand point, if it is nearer than :data:`QUARTER_M`.

    ``places``: ``kind``, ``name`` and points, in the CRS of the demand: names of towns, which are areas, are left out.
    Two points of one name are one quarter; of two as near, the first by name.

    >>> from shapely import Point
    >>> demand = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(900, 0), Point(9e3, 0)], crs=2154)
    >>> table = {"kind": ["train", "quarter"], "name": ["Est", "Centre"]}
    >>> quarters = nearest_quarters(demand, gpd.GeoDataFrame(table, geometry=[Point(1e3, 0), Point(1, 0)], crs=2154))
    >>> quarters.names, quarters.number.tolist()
    (('Centre', 'Est'), [0, 1, -1])
    """
    kept = (places["kind"].isin([*_QUARTER_KINDS, "train", "metro"]) & (places["name"] != "")).to_numpy(bool)
    if not kept.any() or len(demand) == 0:
        return Quarters(np.full(len(demand), -1, dtype=np.int64), ())
    xy, own_names = shapely.get_coordinates(places.geometry.array[kept]), places["name"].astype(str).to_numpy()[kept]
    order = np.lexsort((xy[:, 1], xy[:, 0], own_names))
    xy, names = xy[order], own_names[order]
    unique, number = np.unique(names, return_inverse=True)
    _, nearest = cKDTree(xy).query(shapely.get_coordinates(demand.geometry.array), distance_upper_bound=QUARTER_M)
    quarter = np.append(number, -1)[nearest]  # beyond the bound: one past the last
    return Quarters(quarter.astype(np.int64), tuple(map(str, unique)))


def neighbour_pairs(
    demand: gpd.GeoDataFrame, *, link_m: float = LINK_M, quarters: Quarters | None = None
) -> np.ndarray:
    """The pairs of inhabited demand points (rows, int64, (n, 2)) at ``link_m`` metres or less that are of one quarter.

    Points of no quarter, or all where ``quarters`` are not given, are of one where they are of one area.

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
    group, _ = pd.factorize(demand["area_id"])
    if quarters is not None:
        group = np.where(quarters.number >= 0, -1 - quarters.number, group)
    pairs_of_group: np.ndarray = pairs[group[pairs[:, 0]] == group[pairs[:, 1]]]
    return pairs_of_group


def pocket_rows(
    travel_time_min: np.ndarray,
    demand: gpd.GeoDataFrame,
    *,
    scenario: str,
    mode: str,
    threshold_min: float,
    most: int = 20,
    pairs: np.ndarray | None = None,
    quarters: Quarters | None = None,
) -> list[tuple[object, ...]]:
    """The largest groups of neighbouring demand points that are not covered, largest population first.

    Two uncovered points closer than LINK_M and of the same quarter (of the same area where they are of none) belong to
    the same pocket: it may lie on both sides of the border of an area, and its area is that of most of its people. The
    point of a pocket is its demand point nearest to the centre of its people. ``pairs``: the :func:`neighbour_pairs`
    of the demand, where they are known. Rows of :func:`pockets_table`.
    """
    population = demand["population"].to_numpy(float)
    uncovered = ~is_under(travel_time_min, threshold_min) & (population > 0)
    rows = np.flatnonzero(uncovered)
    if len(rows) == 0:
        return []

    # a pocket is a connected component of the uncovered neighbours
    if pairs is None:
        pairs = neighbour_pairs(demand, quarters=quarters)
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
    area_number, _ = pd.factorize(demand["area_id"])
    quarter = np.full(len(demand), -1) if quarters is None else quarters.number
    names = () if quarters is None else quarters.names
    pockets: list[tuple[object, ...]] = []
    for rank, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        members = by_label[start:end]
        xy = shapely.get_coordinates(geometry[rows[members]])
        centre = np.average(xy, axis=0, weights=uncovered_population[members])
        middle = members[np.argmin(((xy - centre) ** 2).sum(axis=1))]
        # the area of most people; of two as peopled, the first
        by_area = np.bincount(area_number[rows[members]], weights=uncovered_population[members])
        main = members[int(np.argmax(area_number[rows[members]] == by_area.argmax()))]
        own = int(quarter[rows[members[0]]])
        pockets.append(
            (
                scenario, mode, rank, area_id[rows[main]], float(uncovered_population[members].sum()),
                weighted_quantile(travel_time_min[rows[members]], uncovered_population[members], 0.5),
                names[own] if own >= 0 else "",
                geometry[rows[middle]],
            )
        )  # fmt: skip
    return pockets


def pockets_table(rows: Sequence[tuple[object, ...]], crs: object) -> gpd.GeoDataFrame:
    """The table of uncovered pockets.

    Columns: scenario, mode, rank (1 = most people), area_id (of most of its people), population, median_min (NaN = not
    reached), place_name (its quarter or station; '' where none), geometry (Point, in ``crs``).
    """
    return gpd.GeoDataFrame(list(rows), columns=_COLUMNS, geometry="geometry", crs=crs)


def with_street_names(table: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table of pockets, those without a quarter called after the nearest named street within :data:`STREET_M`.

    ``streets``: ``name`` (null or '' where none) and lines, in the CRS of the table.
    """
    nameless = np.flatnonzero((table["place_name"] == "").to_numpy())
    if len(nameless) == 0 or "name" not in streets.columns:
        return table
    named = streets[(streets["name"].fillna("") != "").to_numpy()]
    if len(named) == 0:
        return table
    points = table.geometry.to_numpy()[nameless]
    which, street = shapely.STRtree(named.geometry.to_numpy()).query_nearest(
        points, max_distance=STREET_M, all_matches=True
    )
    # of two as near, the first by name
    found = pd.Series(named["name"].astype(str).to_numpy()[street]).groupby(which).min()
    place_name = table["place_name"].to_numpy(dtype=object).copy()
    place_name[nameless[found.index.to_numpy()]] = found.to_numpy(dtype=object)
    return table.assign(place_name=place_name)
