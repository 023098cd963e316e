"""Travel times + population → people covered, per area, rule and threshold; typical times; pockets."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from access92.tables import TOTAL

COVERAGE_COLUMNS = (
    "scenario", "mode", "rule", "area_id", "threshold_min",
    "population", "population_covered", "population_unsnapped", "coverage_share",
)  # fmt: skip


def nearest_service(minutes: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each demand point the least of the given rows of the matrix, and the row it comes from.

    Returns
    -------
    travel_time_min
        float32, minutes, NaN = none reached.
    nearest
        int32 row of the matrix, -1 = none reached; of equal times the first row.

    Examples
    --------
    >>> matrix = np.array([[5, np.nan], [4, np.nan]], dtype=np.float32)
    >>> time, nearest = nearest_service(matrix, np.array([0, 1]))
    >>> time.tolist(), nearest.tolist()
    ([4.0, nan], [1, -1])
    """
    count = minutes.shape[1]
    best = np.full(count, np.nan, dtype=np.float32)
    nearest = np.full(count, -1, dtype=np.int32)
    for row in rows:
        times = minutes[row]
        better = (times < best) | (np.isnan(best) & ~np.isnan(times))
        best[better] = times[better]
        nearest[better] = row
    return best, nearest


def coverage_table(
    travel_time_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario: str,
    mode: str,
    rule: str,
    thresholds_min: Sequence[float],
    unsnapped: np.ndarray,
    areas: Sequence[str] | None = None,
) -> pd.DataFrame:
    """People who reach a service in **strictly less** than each threshold, per area and in total.

    ``unsnapped`` (bool per demand point) are the people linked to no street: they stay in the
    denominator, and are told apart. NaN times are not covered. ``areas``: the area ids to tell
    (all of the demand by default), each in one row per threshold, then ``total``. Rows in the order
    threshold, area. An area without people has a NaN share.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "b"], "population": [10, 20, 5]})
    >>> table = coverage_table(np.array([19.9, 20.0, np.nan]), demand, scenario="s", mode="walk", rule="any",
    ...                        thresholds_min=[20.0], unsnapped=np.array([False, False, True]))
    >>> table[["area_id", "population", "population_covered", "population_unsnapped"]].to_numpy().tolist()
    [['a', 30.0, 10.0, 0.0], ['b', 5.0, 0.0, 5.0], ['total', 35.0, 10.0, 5.0]]
    """
    ids = sorted(demand["area_id"].unique()) if areas is None else list(areas)
    codes = pd.Index(ids, dtype=object).get_indexer(pd.Index(demand["area_id"], dtype=object))
    codes = np.where(codes < 0, len(ids), codes)  # people of an area that is not told: in the total only
    people = demand["population"].to_numpy(float)
    limits = np.asarray(thresholds_min, dtype=np.float32)
    order = np.argsort(limits, kind="stable")
    # the first threshold that is strictly over the time; NaN sorts last, beyond them all
    first = np.searchsorted(limits[order], travel_time_min, side="right")
    width = len(limits) + 1
    counts = np.bincount(codes * width + first, weights=people, minlength=(len(ids) + 1) * width)
    reached = counts.reshape(-1, width).cumsum(axis=1)
    reached = np.vstack([reached[:-1], reached.sum(axis=0)])
    lost = np.bincount(codes[unsnapped], weights=people[unsnapped], minlength=len(ids) + 1)
    lost = np.append(lost[:-1], lost.sum())
    population = reached[:, -1]
    covered = np.empty((len(limits), len(population)))
    covered[order] = reached[:, :-1].T
    count = len(limits)
    return pd.DataFrame(
        {
            "scenario": scenario,
            "mode": mode,
            "rule": rule,
            "area_id": [*ids, TOTAL] * count,
            "threshold_min": np.repeat(np.asarray(thresholds_min, dtype=float), len(population)),
            "population": np.tile(population, count),
            "population_covered": covered.ravel(),
            "population_unsnapped": np.tile(lost, count),
            "coverage_share": np.divide(
                covered,
                population,
                out=np.full(covered.shape, np.nan),
                where=population > 0,
            ).ravel(),
        },
    )


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The least value such that at least ``share`` of the weight is at or below it; NaN values are infinite.

    Gives NaN where that value is not reached, or where there is no weight.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, np.nan]), np.array([1.0, 1.0, 2.0]), 0.5)
    2.0
    >>> weighted_quantile(np.array([1.0, np.nan]), np.array([1.0, 1.0]), 0.9)
    nan
    """
    total = float(weights.sum())
    if total <= 0:
        return float("nan")
    filled = np.where(np.isnan(values), np.inf, values).astype(float)
    order = np.argsort(filled, kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * total * (1 - 1e-12)))
    value = filled[order[min(at, len(order) - 1)]]
    return float(value) if np.isfinite(value) else float("nan")


def summary_table(
    travel_time_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario: str,
    mode: str,
    rule: str,
) -> pd.DataFrame:
    """Median and 90th percentile of travel time, weighted by people, per area and in total.

    People who reach nothing within the cut-off count as beyond it: NaN means « more than the cut-off ».
    """
    ids = sorted(demand["area_id"].unique())
    codes = pd.Index(ids, dtype=object).get_indexer(pd.Index(demand["area_id"], dtype=object))
    people = demand["population"].to_numpy(float)
    medians, p90s = (
        np.append(
            _grouped_quantile(travel_time_min, people, codes, len(ids), share),
            weighted_quantile(travel_time_min, people, share),
        )
        for share in (0.5, 0.9)
    )
    population = np.bincount(codes, weights=people, minlength=len(ids))
    return pd.DataFrame(
        {
            "scenario": scenario,
            "mode": mode,
            "rule": rule,
            "area_id": [*ids, TOTAL],
            "population": np.append(population, people.sum()),
            "median_min": medians,
            "p90_min": p90s,
        },
    )


def _grouped_quantile(
    values: np.ndarray, weights: np.ndarray, codes: np.ndarray, count: int, share: float
) -> np.ndarray:
    """:func:`weighted_quantile` of each of ``count`` groups, in one sort."""
    filled = np.where(np.isnan(values), np.inf, values).astype(float)
    order = np.lexsort((filled, codes))
    reached = np.cumsum(weights[order])
    ends = np.searchsorted(codes[order], np.arange(count), side="right")
    before = np.append(0.0, reached)[np.append(0, ends[:-1])]
    total = np.append(0.0, reached)[ends] - before
    at = np.searchsorted(reached, before + share * total * (1 - 1e-12))
    found = filled[order[np.minimum(at, len(order) - 1)]]
    return np.where((total > 0) & np.isfinite(found), found, np.nan)


def uncovered_pockets(
    travel_time_min: np.ndarray,
    demand: gpd.GeoDataFrame,
    *,
    scenario: str,
    mode: str,
    threshold_min: float,
    link_m: float = 150.0,
    most: int = 20,
) -> gpd.GeoDataFrame:
    """The largest groups of neighbouring demand points that are not covered, by people, largest first.

    Two uncovered points closer than ``link_m`` metres and of the same area belong to the same pocket.
    The point of a pocket is its demand point nearest to the centre of its people.
    """
    columns = ["scenario", "mode", "rank", "area_id", "population", "median_min", "geometry"]
    people = demand["population"].to_numpy(float)
    rows = np.flatnonzero(~(travel_time_min < np.float32(threshold_min)) & (people > 0))
    if len(rows) == 0:
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=demand.crs)
    geometry = demand.geometry
    xy = np.stack([geometry.x.to_numpy()[rows], geometry.y.to_numpy()[rows]], axis=1)
    area = demand["area_id"].to_numpy()[rows]
    pairs = cKDTree(xy).query_pairs(link_m, output_type="ndarray")
    pairs = pairs[area[pairs[:, 0]] == area[pairs[:, 1]]]
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(rows), len(rows)))
    _, label = connected_components(links, directed=False)
    weight = people[rows]
    size = np.bincount(label, weights=weight)
    order = np.lexsort((np.arange(len(size)), -size))[:most]
    found = []
    for rank, pocket in enumerate(order, start=1):
        members = np.flatnonzero(label == pocket)
        centre = np.average(xy[members], axis=0, weights=weight[members])
        middle = members[np.argmin(((xy[members] - centre) ** 2).sum(axis=1))]
        found.append(
            {
                "scenario": scenario,
                "mode": mode,
                "rank": rank,
                "area_id": area[members[0]],
                "population": float(size[pocket]),
                "median_min": weighted_quantile(travel_time_min[rows[members]], weight[members], 0.5),
                "geometry": geometry.iloc[rows[middle]],
            },
        )
    return gpd.GeoDataFrame(found, columns=columns, geometry="geometry", crs=demand.crs)
