"""Two scenarios of the same population: who gains, who loses and who stays, by area and point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.measures.areas import AreaSums, index_areas
from access92.measures.columns import stack_columns
from access92.travel.time_limits import is_under, limit_ms, minutes_to_ms

COMPARISON_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "public", "area_id", "threshold_min",
    "population_gained", "population_lost", "minutes_saved_person_min",
)  # fmt: skip

LEDGER_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "area_id", "public", "population",
    "population_gained", "population_lost", "population_still_covered", "population_still_uncovered",
    "population_faster", "population_slower", "minutes_saved_person_min",
)  # fmt: skip

CHANGED_POINTS_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "demand_id", "area_id", "population", "change",
    "minutes_before", "minutes_after", "nearest_before", "nearest_after", "geometry",
)  # fmt: skip

LEAST_CHANGE_MIN = 0.05
"""A time that changes by no more than this (three seconds) counts as the same."""

LEAST_CHANGE_MS = limit_ms(LEAST_CHANGE_MIN)
"""The same in whole milliseconds, as the page compares."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What each demand point reaches in one scenario, by one mode and one rule.

    ``travel_time_min``: float32, NaN = not reached, None for a commitment of several steps, modes and kinds, which has
    no one time; ``nearest_id``: service_id (object), '' = not reached; ``covered``: bool, by a threshold or by a
    commitment.
    """

    scenario: str
    travel_time_min: np.ndarray | None
    nearest_id: np.ndarray
    covered: np.ndarray


def nearest_ids(nearest: np.ndarray, service_ids: Sequence[str]) -> np.ndarray:
    """The service_id (object) of each row number in ``nearest``; '' for -1.

    >>> nearest_ids(np.array([1, -1]), ["A", "B"]).tolist()
    ['B', '']
    """
    ids: np.ndarray = np.array([*service_ids, ""], dtype=object)[nearest]
    return ids


def comparison_table(  # noqa: PLR0913 - four of them are the key of the table
    reference_min: np.ndarray,
    scenario_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario_reference: str,
    scenario: str,
    mode: str,
    rule: str,
    thresholds_min: Sequence[float],
    cutoff_min: float,
    areas: AreaSums | None = None,
) -> pd.DataFrame:
    """Population gained and lost between two scenarios, per area and in total.

    Gained: not covered in the reference, covered (strictly) in the scenario; lost: the other way round.
    ``minutes_saved_person_min``: people × minutes saved (negative where slower), a time that is not
    reached counting as the cut-off; the same for every threshold. ``areas``: the ready sums of the areas, of one
    public (everybody by default).

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20]})
    >>> table = comparison_table(np.array([25.0, 10.0]), np.array([15.0, 30.0]), demand, scenario_reference="r",
    ...     scenario="s", mode="walk", rule="any", thresholds_min=[20.0], cutoff_min=60.0)
    >>> table[["population_gained", "population_lost", "minutes_saved_person_min"]].to_numpy().tolist()[-1]
    [10.0, 20.0, -300.0]
    """
    return stack_columns(
        [
            comparison_columns(
                reference_min, scenario_min, index_areas(demand, areas), scenario_reference=scenario_reference,
                scenario=scenario, mode=mode, rule=rule, thresholds_min=thresholds_min, cutoff_min=cutoff_min,
            )
        ]
    )  # fmt: skip


def comparison_columns(
    reference_min: np.ndarray,
    scenario_min: np.ndarray,
    area_sums: AreaSums,
    *,
    scenario_reference: str,
    scenario: str,
    mode: str,
    rule: str,
    thresholds_min: Sequence[float],
    cutoff_min: float,
) -> dict[str, object]:
    """The columns of :func:`comparison_table`."""
    columns = [*area_sums.with_points(), len(area_sums.ids)]

    # minutes saved are the same for every threshold
    before, after = (_up_to(cutoff_min, times) for times in (reference_min, scenario_min))
    saved = area_sums.sum(area_sums.population * (before - after))[columns]

    # a closure and an opening that net to zero still move people: both are counted
    gained, lost = [], []
    for threshold_min in thresholds_min:
        was, now = (is_under(times, threshold_min) for times in (reference_min, scenario_min))
        by_cover = area_sums.sum_by_class(_cover_classes(was, now), 4, area_sums.population)[columns]
        gained.append(by_cover[:, 1])
        lost.append(by_cover[:, 2])
    count = len(thresholds_min)
    labels = area_sums.labels
    return {
        "scenario_reference": scenario_reference,
        "scenario": scenario,
        "mode": mode,
        "rule": rule,
        "public": area_sums.public,
        "area_id": [labels[column] for column in columns] * count,
        "threshold_min": np.repeat(np.asarray(thresholds_min, dtype=float), len(columns)),
        "population_gained": np.concatenate(gained),
        "population_lost": np.concatenate(lost),
        "minutes_saved_person_min": np.tile(saved, count),
    }


def ledger_table(
    before: Reach,
    after: Reach,
    demand: pd.DataFrame,
    *,
    mode: str,
    rule: str,
    cutoff_min: float,
    areas: Sequence[str] | AreaSums | None = None,
) -> pd.DataFrame:
    """Population that gains, loses and stays between two scenarios, by area, of one public: LEDGER_COLUMNS.

    ``public``: that of the ready sums ``areas``, everybody by default; both scenarios must be reached by the mode of
    that public. The four populations gained, lost, still
    covered and still uncovered are the population; covered after less covered before is gained less lost.
    ``population_faster``/``_slower``: people whose time changes by more than LEAST_CHANGE_MIN (reached or no
    longer reached included). ``minutes_saved_person_min``: people × minutes saved (negative where slower), a
    time that is not reached counting as the cut-off. Without times the figures of times are NaN.
    ``areas``: the area ids (all of the demand by default) or their ready sums, then ``total``. Rows in the
    order of the areas.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20], "age_65_plus": [4, 1]})
    >>> nearest, minutes = np.array(["A", "A"], dtype=object), np.array([[25, 10], [15, 30]], dtype=np.float32)
    >>> before, after = (Reach(name, row, nearest, row < 20) for name, row in zip("rs", minutes, strict=True))
    >>> table = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60)
    >>> table.loc[table["area_id"] == "total", ["public", "population_gained", "population_lost"]].values.tolist()
    [['all', 10.0, 20.0]]
    >>> seniors = index_areas(demand).for_public("seniors", demand["age_65_plus"].to_numpy(float))
    >>> table = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60, areas=seniors)
    >>> table.loc[table["area_id"] == "total", ["public", "population_gained", "population_lost"]].values.tolist()
    [['seniors', 4.0, 1.0]]
    """
    return stack_columns(
        [ledger_columns(before, after, index_areas(demand, areas), mode=mode, rule=rule, cutoff_min=cutoff_min)]
    )


def ledger_columns(
    before: Reach, after: Reach, area_sums: AreaSums, *, mode: str, rule: str, cutoff_min: float
) -> dict[str, object]:
    """The columns of :func:`ledger_table`."""
    # gains and losses stay apart: each point is in one of four classes
    by_cover = area_sums.sum_by_class(_cover_classes(before.covered, after.covered), 4, area_sums.population)
    return {
        "scenario_reference": before.scenario,
        "scenario": after.scenario,
        "mode": mode,
        "rule": rule,
        "area_id": area_sums.labels,
        "public": area_sums.public,
        "population": by_cover.sum(axis=1),
        "population_gained": by_cover[:, 1],
        "population_lost": by_cover[:, 2],
        "population_still_covered": by_cover[:, 3],
        "population_still_uncovered": by_cover[:, 0],
        **_time_columns(before.travel_time_min, after.travel_time_min, area_sums, cutoff_min),
    }


def changed_points(before: Reach, after: Reach, demand: gpd.GeoDataFrame, *, mode: str, rule: str) -> gpd.GeoDataFrame:
    """The inhabited demand points that change, in the order of the demand: CHANGED_POINTS_COLUMNS.

    ``change``: ``gained`` or ``lost`` where cover changes, else ``faster`` or ``slower`` where the time does by
    more than LEAST_CHANGE_MIN. Minutes are NaN, and the nearest '', where nothing is reached.

    Raises
    ------
    ValueError
        A scenario without times.
    """
    if before.travel_time_min is None or after.travel_time_min is None:
        message = "points change by their times: give those of both scenarios"
        raise ValueError(message)
    faster, slower = _pace(before.travel_time_min, after.travel_time_min)
    was, now = before.covered, after.covered
    change = np.select([now & ~was, was & ~now, faster, slower], ["gained", "lost", "faster", "slower"], "")
    rows = np.flatnonzero((change != "") & (demand["population"].to_numpy(float) > 0))
    return gpd.GeoDataFrame(
        {
            "scenario_reference": before.scenario,
            "scenario": after.scenario,
            "mode": mode,
            "rule": rule,
            "demand_id": demand["demand_id"].array.take(rows).to_numpy(),
            "area_id": demand["area_id"].array.take(rows).to_numpy(),
            "population": demand["population"].to_numpy(float)[rows],
            "change": change[rows].astype(object),
            "minutes_before": before.travel_time_min[rows],
            "minutes_after": after.travel_time_min[rows],
            "nearest_before": before.nearest_id[rows],
            "nearest_after": after.nearest_id[rows],
        },
        geometry=demand.geometry.to_numpy()[rows],
        crs=demand.crs,
    )


def people_out_of_reach(
    before_min: np.ndarray, after_min: np.ndarray, population: np.ndarray, *, cutoff_min: float
) -> tuple[float, float]:
    """People who no longer reach anything within the cut-off, and those of them LEAST_CHANGE_MIN or less under it.

    All of them count as slower. The second ones are those that whoever takes the cut-off for the time of a place that
    is not reached, as ``minutes_saved_person_min`` does, does not find among the slower.

    >>> before, after = np.array([59.98, 40.0, 10.0]), np.array([np.nan, np.nan, 12.0])
    >>> people_out_of_reach(before, after, np.array([1.0, 2.0, 4.0]), cutoff_min=60)
    (3.0, 1.0)
    """
    is_gone = ~np.isnan(before_min) & np.isnan(after_min)
    is_near = is_gone & (limit_ms(cutoff_min) - minutes_to_ms(before_min) <= LEAST_CHANGE_MS)
    return float(population[is_gone].sum()), float(population[is_near].sum())


def _time_columns(
    before_min: np.ndarray | None, after_min: np.ndarray | None, area_sums: AreaSums, cutoff_min: float
) -> dict[str, np.ndarray]:
    """The columns of a ledger about times: sums by area and in total; NaN where there are no times."""
    names = ("population_faster", "population_slower", "minutes_saved_person_min")
    if before_min is None or after_min is None:
        return {name: np.full(len(area_sums.labels), np.nan) for name in names}
    faster, slower = _pace(before_min, after_min)
    was_min, now_min = (_up_to(cutoff_min, times) for times in (before_min, after_min))
    pace = faster.astype(np.int64) + 2 * slower  # 0: the same, 1: faster, 2: slower
    by_pace = area_sums.sum_by_class(pace, 3, area_sums.population)
    saved_min = area_sums.sum(area_sums.population * (was_min - now_min))
    return dict(zip(names, (by_pace[:, 1], by_pace[:, 2], saved_min), strict=True))


def _cover_classes(was: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Of each point, which was covered or not and is or not (bool): 0 still uncovered, 1 gained, 2 lost, 3 still so."""
    classes: np.ndarray = 2 * was.astype(np.int64) + now
    return classes


def _up_to(cutoff_min: float, times_min: np.ndarray) -> np.ndarray:
    """Minutes (float64), the cut-off where not reached."""
    return np.where(np.isnan(times_min), cutoff_min, times_min.astype(float))


def _pace(before_min: np.ndarray, after_min: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who gets there faster, who slower, in whole milliseconds; not reached is slower than any time."""
    was, now = minutes_to_ms(before_min), minutes_to_ms(after_min)
    # the lesser of the two on the left: nothing is added to a time that is not reached
    return (now < was) & (was - now > LEAST_CHANGE_MS), (was < now) & (now - was > LEAST_CHANGE_MS)
