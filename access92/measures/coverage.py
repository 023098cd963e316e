"""Population covered, per area, rule and threshold, and typical travel times in minutes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from access92._statistics import grouped_quantiles
from access92.measures.areas import AreaSums, index_areas
from access92.measures.columns import stack_columns
from access92.travel.time_limits import limits_reached

COVERAGE_COLUMNS = (
    "scenario", "mode", "rule", "public", "area_id", "threshold_min",
    "population", "population_covered", "population_unsnapped", "coverage_share",
)  # fmt: skip


def coverage_table(
    travel_time_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario: str,
    mode: str,
    rule: str,
    thresholds_min: Sequence[float],
    unsnapped: np.ndarray,
    areas: Sequence[str] | AreaSums | None = None,
) -> pd.DataFrame:
    """People who reach a service in **strictly less** than each threshold, per area and in total.

    ``unsnapped`` (bool per demand point) are the people linked to no street: they stay in the
    denominator, in a column of their own. NaN times are not covered. ``areas``: the area ids (all of the demand by
    default) or their ready sums, each in one row per threshold, then ``total``; the population is that of the public
    of the sums, everybody by default. Rows in the order threshold, area. An area
    without people has a NaN share.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "b"], "population": [10, 20, 5]})
    >>> table = coverage_table(np.array([19.9, 20.0, np.nan]), demand, scenario="s", mode="walk", rule="any",
    ...                        thresholds_min=[20.0], unsnapped=np.array([False, False, True]))
    >>> table[["area_id", "population", "population_covered", "population_unsnapped"]].to_numpy().tolist()
    [['a', 30.0, 10.0, 0.0], ['b', 5.0, 0.0, 5.0], ['total', 35.0, 10.0, 5.0]]
    """
    area_sums = index_areas(demand, areas)
    columns = coverage_columns(
        threshold_classes(travel_time_min, thresholds_min),
        area_sums,
        thresholds_min=thresholds_min,
        unsnapped_population=unsnapped_population(unsnapped, area_sums),
    )
    return stack_columns([{"scenario": scenario, "mode": mode, "rule": rule, **columns}])


def covered_share(travel_time_min: np.ndarray, population: np.ndarray, *, threshold_min: float) -> float:
    """The share (0-1) of the people at the demand points who reach a service in strictly less than the threshold.

    NaN where there are no people; NaN times are not covered.

    >>> covered_share(np.array([19.9, 20.0, np.nan]), np.array([10.0, 20.0, 10.0]), threshold_min=20.0)
    0.25
    """
    covered = population[threshold_classes(travel_time_min, [threshold_min]) == 0].sum()
    return float(covered / population.sum()) if population.sum() > 0 else float("nan")


def threshold_classes(travel_time_min: np.ndarray, thresholds_min: Sequence[float]) -> np.ndarray:
    """Of each demand point (int64) how many of the thresholds, in ascending order, do not cover it; all where NaN.

    >>> threshold_classes(np.array([5.0, 10.0, np.nan]), [20.0, 10.0]).tolist()
    [0, 1, 2]
    """
    return limits_reached(travel_time_min, np.sort(np.asarray(thresholds_min, dtype=float)))


def unsnapped_population(unsnapped: np.ndarray, area_sums: AreaSums) -> np.ndarray:
    """The people linked to no street (``unsnapped``, bool per demand point), by area, then in total."""
    return area_sums.sum(np.where(unsnapped, area_sums.population, 0.0))


def coverage_columns(
    classes: np.ndarray,
    area_sums: AreaSums,
    *,
    thresholds_min: Sequence[float],
    unsnapped_population: np.ndarray,
) -> dict[str, object]:
    """The columns of :func:`coverage_table` after those of its key.

    ``classes``: of :func:`threshold_classes`, the same for all publics that travel by one mode.
    """
    # one pass over the people for all thresholds: each is counted at the first that covers, then summed upwards
    limits = np.asarray(thresholds_min, dtype=float)
    order = np.argsort(limits, kind="stable")
    reached = area_sums.sum_by_class(classes, len(limits) + 1, area_sums.population).cumsum(axis=1)

    # those who are snapped to no street are still in the denominator
    population = reached[:, -1]
    covered = np.empty((len(limits), len(population)))
    covered[order] = reached[:, :-1].T
    count = len(limits)
    return {
        "public": area_sums.public,
        "area_id": area_sums.labels * count,
        "threshold_min": np.repeat(limits, len(population)),
        "population": np.tile(population, count),
        "population_covered": covered.ravel(),
        "population_unsnapped": np.tile(unsnapped_population, count),
        "coverage_share": np.divide(
            covered,
            population,
            out=np.full(covered.shape, np.nan),
            where=population > 0,
        ).ravel(),
    }


def summary_table(
    travel_time_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario: str,
    mode: str,
    rule: str,
    areas: AreaSums | None = None,
) -> pd.DataFrame:
    """Median and 90th percentile of travel time (minutes), weighted by population, per area of the demand and in total.

    People who reach nothing within the cut-off count as beyond it: NaN means « more than the cut-off ».
    ``areas``: their ready sums; areas without a demand point have no row.
    """
    columns = summary_columns(travel_time_min, index_areas(demand, areas))
    return stack_columns([{"scenario": scenario, "mode": mode, "rule": rule, **columns}])


def summary_columns(
    travel_time_min: np.ndarray, area_sums: AreaSums, *, order: np.ndarray | None = None
) -> dict[str, object]:
    """The columns of :func:`summary_table` after those of its key.

    ``order``: the demand points as :func:`access92._statistics.ascending` gives them, where they are known.
    """
    columns = [*area_sums.with_points(), len(area_sums.ids)]
    quantiles = grouped_quantiles(
        travel_time_min, area_sums.population, area_sums.codes, len(area_sums.ids), (0.5, 0.9), order=order
    )[:, columns]
    labels = area_sums.labels
    return {
        "public": area_sums.public,
        "area_id": [labels[column] for column in columns],
        "population": area_sums.sum(area_sums.population)[columns],
        "median_min": quantiles[0],
        "p90_min": quantiles[1],
    }
