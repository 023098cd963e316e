"""The ledger of a change: who gains, loses and stays, point by point; sole providers; where people turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._space import SAME_PLACE_M, place_numbers
from access92._statistics import weighted_quantile
from access92.measures.areas import AreaSums, area_sums
from access92.travel.matrix import nearest_service
from access92.travel.time_limits import is_under, limit_ms, minutes_to_ms

LEDGER_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "area_id", "public", "population",
    "population_gained", "population_lost", "population_still_covered", "population_still_uncovered",
    "population_faster", "population_slower", "minutes_saved_person_min",
)  # fmt: skip

CHANGED_POINTS_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "demand_id", "area_id", "population", "change",
    "minutes_before", "minutes_after", "nearest_before", "nearest_after", "geometry",
)  # fmt: skip

SOLE_PROVIDER_COLUMNS = (
    "service_id", "area_id", "population_reached", "population_sole", "population_sole_place", "same_place",
)  # fmt: skip

NEXT_NEAREST_COLUMNS = (
    "service_id", "turns_to", "population", "population_lost", "median_extra_min", "extra_person_min",
)  # fmt: skip

LEAST_CHANGE_MIN = 0.05
"""A time that changes by no more than this (three seconds) counts as the same."""

_LEAST_CHANGE_MS = limit_ms(LEAST_CHANGE_MIN)


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
    named: np.ndarray = np.array([*service_ids, ""], dtype=object)[nearest]
    return named


def reach_under(
    scenario: str, minutes: np.ndarray, rows: np.ndarray, service_ids: Sequence[str], *, threshold_min: float
) -> Reach:
    """What the given rows of a travel-time matrix give to each demand point, covered in strictly less than that.

    >>> minutes = np.array([[19, 20, np.nan]], dtype=np.float32)
    >>> reach_under("s", minutes, np.array([0]), ["A"], threshold_min=20).covered.tolist()
    [True, False, False]
    """
    times, nearest = nearest_service(minutes, rows)
    return Reach(scenario, times, nearest_ids(nearest, service_ids), is_under(times, threshold_min))


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
    """Who gains, loses and stays between two situations, by area, of one public: LEDGER_COLUMNS.

    ``public``: that of the ready sums ``areas``, everybody by default; both situations must be reached by the mode of
    that public. The four populations gained, lost, still
    covered and still uncovered are the population; covered after less covered before is gained less lost.
    ``population_faster``/``_slower``: people whose time changes by more than LEAST_CHANGE_MIN (reached or no
    longer reached included). ``minutes_saved_person_min``: people × minutes saved (negative where slower), a
    time that is not reached counting as the cut-off. Of two situations without times the figures of times are NaN.
    ``areas``: the area ids to tell (all of the demand by default) or their ready sums, then ``total``. Rows in the
    order of the areas.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20], "age_65_plus": [4, 1]})
    >>> before = reach_under("r", np.array([[25, 10]]), np.array([0]), ["A"], threshold_min=20)
    >>> after = reach_under("s", np.array([[15, 30]]), np.array([0]), ["A"], threshold_min=20)
    >>> table = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60)
    >>> table.loc[table["area_id"] == "total", ["public", "population_gained", "population_lost"]].values.tolist()
    [['all', 10.0, 20.0]]
    >>> seniors = area_sums(demand).of("seniors", demand["age_65_plus"].to_numpy(float))
    >>> table = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60, areas=seniors)
    >>> table.loc[table["area_id"] == "total", ["public", "population_gained", "population_lost"]].values.tolist()
    [['seniors', 4.0, 1.0]]
    """
    told = area_sums(demand, areas)
    was, now = before.covered, after.covered
    cover = 2 * was.astype(np.int64) + now  # 0: still uncovered, 1: gained, 2: lost, 3: still covered
    by_cover = told.sums_by_class(cover, 4, told.people)
    return pd.DataFrame(
        {
            "scenario_reference": before.scenario,
            "scenario": after.scenario,
            "mode": mode,
            "rule": rule,
            "area_id": told.labels,
            "public": told.public,
            "population": by_cover.sum(axis=1),
            "population_gained": by_cover[:, 1],
            "population_lost": by_cover[:, 2],
            "population_still_covered": by_cover[:, 3],
            "population_still_uncovered": by_cover[:, 0],
            **_time_columns(before.travel_time_min, after.travel_time_min, told, cutoff_min),
        },
    )


def changed_points(before: Reach, after: Reach, demand: gpd.GeoDataFrame, *, mode: str, rule: str) -> gpd.GeoDataFrame:
    """The inhabited demand points that change, in the order of the demand: CHANGED_POINTS_COLUMNS.

    ``change``: ``gained`` or ``lost`` where cover changes, else ``faster`` or ``slower`` where the time does by
    more than LEAST_CHANGE_MIN. Minutes are NaN, and the nearest '', where nothing is reached.

    Raises
    ------
    ValueError
        A situation without times.
    """
    if before.travel_time_min is None or after.travel_time_min is None:
        message = "points change by their times: give those of both situations"
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


def sole_providers(
    reached: np.ndarray,
    rows: np.ndarray,
    services: gpd.GeoDataFrame,
    demand: pd.DataFrame,
    *,
    areas: AreaSums | None = None,
    same_place_m: float = SAME_PLACE_M,
) -> pd.DataFrame:
    """People whom each service is alone to cover, by area: SOLE_PROVIDER_COLUMNS.

    ``population_reached``: those who reach it under the rule; ``population_sole``: those who reach no other,
    and lose cover when it closes. Of two services at the same place each has none, since the other stays:
    ``same_place`` names the others ("A;B"), and ``population_sole_place`` counts those who lose cover when
    the whole place closes. One place: see :func:`access92._space.place_numbers`. Services in the order of
    ``rows``; of each the areas with people who reach it, sorted, then ``total`` always.

    Parameters
    ----------
    reached
        bool (len(rows), n_demand): ``is_under(minutes[rows], threshold_min)``, or
        :func:`access92.measures.commitments.reached_by`.
    rows
        The rows of ``services`` that count.
    same_place_m
        How far apart, in metres, two services at one place may be.

    Examples
    --------
    >>> from shapely import Point
    >>> services = gpd.GeoDataFrame({"service_id": ["A", "B"]}, geometry=[Point(0, 0), Point(90, 90)], crs=2154)
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "a"], "population": [1, 2, 4]})
    >>> reached = np.array([[True, True, False], [False, True, True]])
    >>> table = sole_providers(reached, np.array([0, 1]), services, demand)
    >>> table.loc[table["area_id"] == "total", ["service_id", "population_sole"]].to_numpy().tolist()
    [['A', 1.0], ['B', 4.0]]
    """
    told = area_sums(demand, areas)
    names = services["service_id"].astype(str).to_numpy()[rows]
    place = place_numbers(services.geometry.iloc[rows], same_place_m=same_place_m)
    by_place = np.zeros((int(place.max(initial=-1)) + 1, reached.shape[1]), dtype=bool)
    for row, label in enumerate(place):
        by_place[label] |= reached[row]
    sums = np.array([told.sums(np.where(row, told.people, 0.0)) for row in reached]).reshape(-1, len(told.labels))
    sole, sole_place = (_alone(members, told) for members in (reached, by_place))
    others = [
        ";".join(other for other in names[place == label] if other != name)
        for name, label in zip(names, place, strict=True)
    ]
    is_told = sums > 0
    is_told[:, -1] = True  # the total always
    at, column = np.nonzero(is_told)
    return pd.DataFrame(
        {
            "service_id": names[at],
            "area_id": np.array(told.labels, dtype=object)[column],
            "population_reached": sums[at, column],
            "population_sole": sole[at, column],
            "population_sole_place": sole_place[place[at], column],
            "same_place": np.array(others, dtype=object)[at],
        },
        columns=list(SOLE_PROVIDER_COLUMNS),
    )


def second_nearest(minutes: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each demand point the next to least of the given rows, and the row: what is left when the nearest closes.

    As :func:`access92.travel.matrix.nearest_service`: float32, NaN and -1 where there is none; of equal times the
    first row.

    >>> matrix = np.array([[5, 1], [4, np.nan], [4, np.nan]], dtype=np.float32)
    >>> time, row = second_nearest(matrix, np.array([0, 1, 2]))
    >>> time.tolist(), row.tolist()
    ([4.0, nan], [2, -1])
    """
    count = minutes.shape[1]
    first, second = np.full(count, np.inf, dtype=np.float32), np.full(count, np.inf, dtype=np.float32)
    first_row, second_row = np.full(count, -1, dtype=np.int32), np.full(count, -1, dtype=np.int32)
    for row in rows:
        times = minutes[row]
        better = times < first  # False for NaN
        next_best = ~better & (times < second)
        second[better], second_row[better] = first[better], first_row[better]
        first[better], first_row[better] = times[better], row
        second[next_best], second_row[next_best] = times[next_best], row
    return np.where(second_row < 0, np.float32(np.nan), second), second_row


def next_nearest_table(
    minutes: np.ndarray,
    rows_before: np.ndarray,
    rows_after: np.ndarray,
    service_ids: Sequence[str],
    demand: pd.DataFrame,
    *,
    threshold_min: float,
    minutes_after: np.ndarray | None = None,
) -> pd.DataFrame:
    """Where the people of each service that closes turn: TURNING_COLUMNS, per closed service and next one.

    The people of a service are those who have it nearest (of equal times the first row). ``turns_to``: the
    nearest of those that remain or open, '' where none is reached. ``population_lost``: covered before, in
    strictly less than the threshold, and no longer after. ``median_extra_min``: of the extra minutes, by people
    (NaN for ''); ``extra_person_min``: their sum (0 for '', whose minutes nobody knows). ``minutes_after``: the
    matrix of the situation after, where its streets or speeds are others (the same rows and columns). In the order of
    the closed rows, then most people first.

    Examples
    --------
    >>> minutes = np.array([[5, 6, 30], [9, 25, 1], [np.nan, 7, 40]], dtype=np.float32)
    >>> demand = pd.DataFrame({"population": [1, 2, 4]})
    >>> table = next_nearest_table(
    ...     minutes, np.array([0, 1]), np.array([1]), ["A", "B", "C"], demand, threshold_min=20)
    >>> table.values.tolist()
    [['A', 'B', 3.0, 2.0, 19.0, 42.0]]
    """
    before_min, before = nearest_service(minutes, rows_before)
    after_min, after = nearest_service(minutes if minutes_after is None else minutes_after, rows_after)
    closed = np.setdiff1d(rows_before, rows_after)
    return _next_nearest(before_min, before, after_min, after, closed, service_ids, demand, threshold_min)


def next_nearest_if_closed(
    minutes: np.ndarray, rows: np.ndarray, service_ids: Sequence[str], demand: pd.DataFrame, *, threshold_min: float
) -> pd.DataFrame:
    """The same for every service of ``rows``, each closing alone: TURNING_COLUMNS.

    The ``population_lost`` of a service sums to its sole-provider population.
    """
    before_min, before = nearest_service(minutes, rows)
    after_min, after = second_nearest(minutes, rows)
    closed = np.asarray(rows)
    return _next_nearest(before_min, before, after_min, after, closed, service_ids, demand, threshold_min)


def _next_nearest(
    before_min: np.ndarray,
    before: np.ndarray,
    after_min: np.ndarray,
    after: np.ndarray,
    closed: np.ndarray,
    service_ids: Sequence[str],
    demand: pd.DataFrame,
    threshold_min: float,
) -> pd.DataFrame:
    people = demand["population"].to_numpy(float)
    lost = is_under(before_min, threshold_min) & ~is_under(after_min, threshold_min)
    extra_min = after_min.astype(float) - before_min
    members = np.flatnonzero(np.isin(before, closed) & (people > 0))
    members = members[np.lexsort((after[members], before[members]))]
    breaks = np.flatnonzero(np.diff(before[members]) | np.diff(after[members])) + 1
    found = []
    for group in np.split(members, breaks) if len(members) else ():
        weight, extra = people[group], extra_min[group]
        found.append(
            (
                before[group[0]],
                service_ids[before[group[0]]],
                service_ids[after[group[0]]] if after[group[0]] >= 0 else "",
                weight.sum(),
                weight[lost[group]].sum(),
                weighted_quantile(extra, weight, 0.5),
                float(np.nansum(weight * extra)),
            ),
        )
    order = {int(row): rank for rank, row in enumerate(closed)}
    found.sort(key=lambda row: (order[int(row[0])], -row[3], row[2]))
    table = pd.DataFrame([row[1:] for row in found], columns=list(NEXT_NEAREST_COLUMNS))
    return table if found else table.astype(dict.fromkeys(NEXT_NEAREST_COLUMNS[2:], float))


def _time_columns(
    before_min: np.ndarray | None, after_min: np.ndarray | None, told: AreaSums, cutoff_min: float
) -> dict[str, np.ndarray]:
    """The columns of a ledger that are of times: sums by area and in total; NaN where there are no times."""
    names = ("population_faster", "population_slower", "minutes_saved_person_min")
    if before_min is None or after_min is None:
        return {name: np.full(len(told.labels), np.nan) for name in names}
    faster, slower = _pace(before_min, after_min)
    was_min, now_min = (np.nan_to_num(times.astype(float), nan=cutoff_min) for times in (before_min, after_min))
    by_pace = told.sums_by_class(faster.astype(np.int64) + 2 * slower, 3, told.people)  # 1: faster, 2: slower
    return dict(zip(names, (by_pace[:, 1], by_pace[:, 2], told.sums(told.people * (was_min - now_min))), strict=True))


def _pace(before_min: np.ndarray, after_min: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who gets there faster, who slower, in whole milliseconds; not reached is slower than any time."""
    was, now = minutes_to_ms(before_min), minutes_to_ms(after_min)
    # the lesser of the two on the left: nothing is added to a time that is not reached
    return (now < was) & (was - now > _LEAST_CHANGE_MS), (was < now) & (now - was > _LEAST_CHANGE_MS)


def _alone(reached: np.ndarray, told: AreaSums) -> np.ndarray:
    """People (rows of ``reached`` × areas, then the total) whom a single row reaches."""
    width = len(told.ids) + 1
    single = np.flatnonzero(reached.sum(axis=0, dtype=np.int32) == 1)
    if len(single) == 0:
        return np.zeros((len(reached), width))
    keeper = reached[:, single].argmax(axis=0)
    size = len(reached) * width
    found = np.bincount(keeper * width + told.codes[single], weights=told.people[single], minlength=size)
    found = found.reshape(-1, width)
    found[:, -1] = found.sum(axis=1)
    return found
