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
from access92.measures.quarters import LINK_M, Quarters, name_pocket
from access92.travel.time_limits import is_under

TABLE_COLUMNS = (
    "scenario", "mode", "rank", "area_id", "population", "population_uncovered_reference", "median_min", "place_name",
    "place_position",
)  # fmt: skip
AREAS_COLUMNS = ("scenario", "mode", "rank", "area_id", "population")


@dataclass(frozen=True, slots=True, eq=False)
class Pocket:
    """A group of neighbouring demand points that are not covered: a row of :func:`pockets_table`.

    ``population_uncovered_reference``: those of its people who are not covered in the reference either. ``by_area``:
    its people by area_id, most first.
    """

    scenario: str
    mode: str
    rank: int
    area_id: str
    population: float
    population_uncovered_reference: float
    median_min: float
    place_name: str
    place_position: str
    point: shapely.Point
    by_area: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """The demand as arrays: people, metres, points, positions in ``area_ids``; and who is whose neighbour.

    ``pairs``: :func:`neighbour_pairs`.
    """

    population: np.ndarray
    xy: np.ndarray
    points: np.ndarray
    area: np.ndarray
    area_ids: pd.Index
    pairs: np.ndarray
    quarters: Quarters | None


def index_homes(demand: gpd.GeoDataFrame, quarters: Quarters | None = None) -> Homes:
    """What all scenarios and modes have in common, once."""
    points, (area, area_ids) = demand.geometry.to_numpy(), pd.factorize(demand["area_id"].astype(str))
    return Homes(
        population=demand["population"].to_numpy(float),
        xy=shapely.get_coordinates(points),
        points=points,
        area=area,
        area_ids=area_ids,
        pairs=neighbour_pairs(demand, quarters=quarters),
        quarters=quarters,
    )


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


def find_pockets(
    travel_time_min: np.ndarray,
    homes: Homes,
    *,
    scenario: str,
    mode: str,
    threshold_min: float,
    most: int = 20,
    reference_min: np.ndarray | None = None,
) -> list[Pocket]:
    """The largest groups of neighbouring demand points that are not covered, largest population first.

    Two uncovered points closer than LINK_M and of the same quarter (of the same area where they are of none) belong to
    the same pocket: it may lie on both sides of the border of an area, and its area is that of most of its people. The
    point of a pocket is its demand point nearest to the centre of its people. ``homes``: the demand, by
    :func:`index_homes`. ``reference_min``: the times of the reference by the same mode, these times by default.
    """
    uncovered = ~is_under(travel_time_min, threshold_min) & (homes.population > 0)
    rows = np.flatnonzero(uncovered)
    if len(rows) == 0:
        return []

    # a pocket is a connected component of the uncovered neighbours
    pairs = homes.pairs
    place = np.full(len(uncovered), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    first, second = place[pairs[uncovered[pairs[:, 0]] & uncovered[pairs[:, 1]]]].T
    neighbours = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(rows), len(rows)))
    _, label = connected_components(neighbours, directed=False)

    # the largest, most people first; the members of each are a slice of ``by_label``
    size = np.bincount(label, weights=homes.population[rows])
    order = np.lexsort((np.arange(len(size)), -size))[:most]
    by_label = np.argsort(label, kind="stable")
    ends = np.searchsorted(label[by_label], order, side="right")
    starts = np.searchsorted(label[by_label], order, side="left")
    was_uncovered = ~is_under(travel_time_min if reference_min is None else reference_min, threshold_min)
    return [
        _describe(homes, rows[by_label[start:end]], travel_time_min, was_uncovered, (scenario, mode, rank))
        for rank, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]


def _describe(
    homes: Homes,
    rows: np.ndarray,
    travel_time_min: np.ndarray,
    was_uncovered: np.ndarray,
    key: tuple[str, str, int],
) -> Pocket:
    """The pocket of some rows; ``was_uncovered``: of all points, in the reference; ``key``: scenario, mode, rank."""
    people, xy = homes.population[rows], homes.xy[rows]
    # its point: the demand point nearest to the centre of its people
    centre = np.average(xy, axis=0, weights=people)
    middle = rows[np.argmin(((xy - centre) ** 2).sum(axis=1))]
    # its area: that of most people; of two as peopled, the first of the demand
    by_area = np.bincount(homes.area[rows], weights=people)
    areas = [int(area) for area in np.argsort(-by_area, kind="stable") if by_area[area] > 0]
    area_id = str(homes.area_ids[areas[0]])
    name, position = ("", "") if homes.quarters is None else name_pocket(homes.quarters, rows, centre, area_id)
    return Pocket(
        *key, area_id, float(people.sum()), float(np.where(was_uncovered[rows], people, 0.0).sum()),
        weighted_quantile(travel_time_min[rows], people, 0.5), name, position, homes.points[middle],
        tuple((str(homes.area_ids[area]), float(by_area[area])) for area in areas),
    )  # fmt: skip


def pockets_table(pockets: Sequence[Pocket], crs: object) -> gpd.GeoDataFrame:
    """The table of uncovered pockets.

    Columns: scenario, mode, rank (1 = most people), area_id (of most of its people), population,
    population_uncovered_reference, median_min (NaN = not reached), place_name ('' where none), place_position
    (:func:`~access92.measures.quarters.name_pocket`), geometry (Point, in ``crs``).
    """
    table = pd.DataFrame([[getattr(item, name) for name in TABLE_COLUMNS] for item in pockets], columns=TABLE_COLUMNS)
    return gpd.GeoDataFrame(table, geometry=[item.point for item in pockets], crs=crs)


def pocket_areas_table(pockets: Sequence[Pocket]) -> pd.DataFrame:
    """The people of each pocket by area: scenario, mode, rank, area_id, population; of each pocket most first.

    >>> pocket = Pocket("now", "walk", 1, "a", 9.0, 9.0, 25.0, "", "", shapely.Point(0, 0), (("a", 7.0), ("b", 2.0)))
    >>> pocket_areas_table([pocket])[["area_id", "population"]].values.tolist()
    [['a', 7.0], ['b', 2.0]]
    """
    rows = [(item.scenario, item.mode, item.rank, *part) for item in pockets for part in item.by_area]
    return pd.DataFrame(rows, columns=list(AREAS_COLUMNS))
