"""Person-hours: for how long each person can reach an open service, from the travel-time matrix and the opening hours.

The clock is that of the **arrival**. A service that is open from ``starts_at`` to ``ends_at`` may be arrived at from
``starts_at`` to ``ends_at`` − the minimal visit, by everyone whose travel time is strictly under the threshold. (So
intervals go on past the end of the period where the service stays open: ``beyond_min`` of
:func:`access92.sources.opening_hours.opening_intervals`.) The hours of a demand point are the length, in hours that
really elapse, of the union of these spans over its services: two services open at once count once. A halt of 7 h on
one day of a month of 20 working days thus counts 7 h for the month (6 h 30 with a visit of 30 min), and is never
coverage at large.

The functions are pure; ``intervals`` (service_id, starts_at, ends_at:
:func:`access92.sources.opening_hours.opening_intervals` and :func:`access92.sources.visits.visit_intervals`, one after
the other) name rows of the matrix by
``service_ids``. Intervals of services without a row are left out; so a scenario is a choice of intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from access92._clock import Period
from access92._statistics import sums_where
from access92.measures.areas import AreaSums, index_areas
from access92.travel.time_limits import is_under

_HOUR_S = 3600
_WEEK_CELLS = 7 * 24
_SETS_AT_ONCE = 256


def open_at(
    intervals: pd.DataFrame,
    moment: datetime,
    *,
    period: Period,
    minimal_visit_min: float = 0.0,
) -> list[str]:
    """The services that may be arrived at at a moment (French clocks if it has no zone), sorted by service_id.

    Raises
    ------
    InputError
        The moment is outside the period of the intervals.

    Examples
    --------
    >>> from datetime import date
    >>> from access92.sources.opening_hours import opening_intervals
    >>> week = Period(date(2025, 2, 3), date(2025, 2, 9))
    >>> services = pd.DataFrame({"service_id": ["a"], "opening_hours": ["Mo-Fr 09:00-12:00"]})
    >>> intervals = opening_intervals(services, week)
    >>> open_at(intervals, datetime(2025, 2, 4, 10), period=week)
    ['a']
    >>> open_at(intervals, datetime(2025, 2, 4, 11, 45), period=week, minimal_visit_min=30)
    []
    """
    at = (period.moment(moment) - period.starts_at).total_seconds()
    names = sorted(set(intervals["service_id"]))
    windows = arrival_windows(intervals, names, period, minimal_visit_min)
    chosen = windows.row[(windows.start_s <= at) & (at < windows.end_s)]
    return [names[row] for row in np.unique(chosen)]


def open_rows(
    intervals: pd.DataFrame,
    service_ids: Sequence[str],
    moment: datetime,
    *,
    period: Period,
    minimal_visit_min: float = 0.0,
) -> np.ndarray:
    """The rows (int32) of the matrix that count at a moment: coverage at that moment is coverage with these rows.

    Examples
    --------
    >>> from datetime import date
    >>> day = Period(date(2025, 2, 4), date(2025, 2, 4))
    >>> morning = pd.DatetimeIndex(["2025-02-04 09:00", "2025-02-04 12:00"]).tz_localize(day.zone)
    >>> intervals = pd.DataFrame({"service_id": ["b"], "starts_at": morning[:1], "ends_at": morning[1:]})
    >>> open_rows(intervals, ["a", "b"], datetime(2025, 2, 4, 10), period=day).tolist()
    [1]
    """
    names = set(open_at(intervals, moment, period=period, minimal_visit_min=minimal_visit_min))
    return np.array([row for row, name in enumerate(service_ids) if name in names], dtype=np.int32)


def person_hours(
    minutes: np.ndarray,
    service_ids: Sequence[str],
    intervals: pd.DataFrame,
    *,
    period: Period,
    threshold_min: float,
    minimal_visit_min: float = 0.0,
    groups: DemandGroups | None = None,
) -> np.ndarray:
    """Hours (float64, per demand point) of the period during which some open service can be arrived at.

    ``minutes`` is the matrix services × demand, NaN = not reached; the threshold is strict. Divide by
    ``period.weeks`` for hours per week. ``groups``: of :func:`group_demand` for that matrix and threshold, where they
    are known.

    Examples
    --------
    >>> from datetime import date
    >>> day = Period(date(2025, 2, 4), date(2025, 2, 4))
    >>> clock = pd.DatetimeIndex(["2025-02-04 10:00", "2025-02-04 17:00"]).tz_localize(day.zone)
    >>> halt = pd.DataFrame({"service_id": ["caravane"], "starts_at": clock[:1], "ends_at": clock[1:]})
    >>> minutes = np.array([[5.0, 20.0, np.nan]], dtype=np.float32)
    >>> person_hours(minutes, ["caravane"], halt, period=day, threshold_min=20).tolist()
    [7.0, 0.0, 0.0]
    """
    windows = arrival_windows(intervals, service_ids, period, minimal_visit_min)
    moments = _moments(windows, len(service_ids), np.empty(0, dtype=np.int64))
    groups = groups or group_demand(minutes, threshold_min)
    seconds = np.bincount(moments.set_of, weights=moments.length_s, minlength=len(moments.sets))
    reached_s = np.zeros(groups.reach.shape[1])
    for first in range(0, len(moments.sets), _SETS_AT_ONCE):
        part = slice(first, first + _SETS_AT_ONCE)
        reached_s += sums_where(_reached(moments.sets[part], groups), seconds[part][:, None], axis=0)
    hours: np.ndarray = reached_s[groups.group_of] / _HOUR_S
    return hours


def week_table(
    minutes: np.ndarray,
    service_ids: Sequence[str],
    intervals: pd.DataFrame,
    population: np.ndarray,
    *,
    period: Period,
    threshold_min: float,
    minimal_visit_min: float = 0.0,
    groups: DemandGroups | None = None,
) -> pd.DataFrame:
    """Who can reach an open service in each hour of the week, as a mean over the period: 168 rows.

    Columns: weekday (0 = Monday), hour (0–23, French clocks), hours (of the period in that cell, as they elapse),
    hours_unknown (:func:`week_frame`), person_hours, population_covered (person_hours ÷ hours), coverage_share (of all
    the people). A service open from half past counts for half; a halt one week in four for a quarter. Where the period
    has no such hour the last two are NaN. ``groups``: as in :func:`person_hours`.

    Examples
    --------
    >>> from datetime import date
    >>> day = Period(date(2025, 2, 4), date(2025, 2, 4))
    >>> clock = pd.DatetimeIndex(["2025-02-04 10:30", "2025-02-04 12:00"]).tz_localize(day.zone)
    >>> halt = pd.DataFrame({"service_id": ["caravane"], "starts_at": clock[:1], "ends_at": clock[1:]})
    >>> table = week_table(np.array([[5.0, 25.0]]), ["caravane"], halt, np.array([60.0, 40.0]),
    ...                    period=day, threshold_min=20)
    >>> table.loc[table["person_hours"] > 0, ["weekday", "hour", "population_covered"]].to_numpy().tolist()
    [[1.0, 10.0, 30.0], [1.0, 11.0, 60.0]]
    """
    windows = arrival_windows(intervals, service_ids, period, minimal_visit_min)
    cell_of_hour = _cell_of_hour(period)
    hour_s = np.arange(0, len(cell_of_hour) * _HOUR_S, _HOUR_S, dtype=np.int64)

    # the population of each group, covered during each stretch with the same services open
    moments = _moments(windows, len(service_ids), hour_s)
    groups = groups or group_demand(minutes, threshold_min)
    group_population = np.bincount(groups.group_of, weights=population, minlength=groups.reach.shape[1])
    covered = np.zeros(len(moments.sets))
    for first in range(0, len(moments.sets), _SETS_AT_ONCE):
        part = slice(first, first + _SETS_AT_ONCE)
        covered[part] = sums_where(_reached(moments.sets[part], groups), group_population, axis=1)

    # stretches summed into the 168 hours of the week
    cell = cell_of_hour[moments.start_s // _HOUR_S]
    person_s = np.bincount(cell, weights=moments.length_s * covered[moments.set_of], minlength=_WEEK_CELLS)
    return week_frame(person_s, np.zeros(_WEEK_CELLS), population, period=period)


def week_frame(person_s: np.ndarray, unknown_s: np.ndarray, population: np.ndarray, *, period: Period) -> pd.DataFrame:
    """The table of :func:`week_table`, of people × seconds by hour of the week (168, Monday 0 h first).

    ``unknown_s``: the seconds in which something is open and nobody knows who reaches it; their hours
    (``hours_unknown``) leave the mean of the hour of the week NaN, and its person_hours a least.

    >>> from datetime import date
    >>> day = Period(date(2025, 2, 4), date(2025, 2, 4))
    >>> seconds = np.zeros(168)
    >>> week_frame(seconds, seconds, np.array([5.0]), period=day)["hours"].sum()
    np.float64(24.0)
    """
    hours = np.bincount(_cell_of_hour(period), minlength=_WEEK_CELLS).astype(float)
    is_known = (hours > 0) & (unknown_s == 0)
    mean = np.divide(person_s / _HOUR_S, hours, out=np.full(_WEEK_CELLS, np.nan), where=is_known)
    total = float(population.sum())
    return pd.DataFrame(
        {
            "weekday": np.arange(_WEEK_CELLS) // 24,
            "hour": np.arange(_WEEK_CELLS) % 24,
            "hours": hours,
            "hours_unknown": unknown_s / _HOUR_S,
            "person_hours": person_s / _HOUR_S,
            "population_covered": mean,
            "coverage_share": mean / total if total > 0 else np.full(_WEEK_CELLS, np.nan),
        },
    )


def _cell_of_hour(period: Period) -> np.ndarray:
    """The hour of the week (0–167) of each hour of a period."""
    hour_s = np.arange(0, round(period.hours) * _HOUR_S, _HOUR_S, dtype=np.int64)
    clocks = (period.starts_at + pd.to_timedelta(hour_s, unit="s")).tz_convert(period.zone)
    cells: np.ndarray = clocks.day_of_week.to_numpy() * 24 + clocks.hour.to_numpy()
    return cells


def person_hours_table(
    hours: np.ndarray,
    demand: pd.DataFrame,
    *,
    period: Period,
    areas: Sequence[str] | AreaSums | None = None,
    unknown_hours: np.ndarray | None = None,
) -> pd.DataFrame:
    """Hours per area, then in ``total``.

    Columns: area_id, population, person_hours, hours_per_week, population_without, person_hours_unknown.
    ``hours`` come from :func:`person_hours`; ``person_hours`` are people × hours over the period, ``hours_per_week``
    their mean per person and week (NaN without people), ``population_without`` the people who have no hour at all,
    ``person_hours_unknown`` people × hours of which nobody knows whether they count (none by default).

    Examples
    --------
    >>> from datetime import date
    >>> week = Period(date(2025, 2, 3), date(2025, 2, 9))
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "b"], "population": [30, 10, 10]})
    >>> person_hours_table(np.array([8.0, 0.0, 5.0]), demand, period=week).iloc[:, 1:].to_numpy().tolist()
    [[40.0, 240.0, 6.0, 10.0, 0.0], [10.0, 50.0, 5.0, 0.0, 0.0], [50.0, 290.0, 5.8, 10.0, 0.0]]
    """
    area_sums = index_areas(demand, areas)
    population = area_sums.population
    total, total_hours = area_sums.sum(population), area_sums.sum(population * hours)
    return pd.DataFrame(
        {
            "area_id": area_sums.labels,
            "population": total,
            "person_hours": total_hours,
            "hours_per_week": np.divide(
                total_hours / period.weeks, total, out=np.full(len(total), np.nan), where=total > 0
            ),
            "population_without": area_sums.sum(np.where(hours > 0, 0.0, population)),
            "person_hours_unknown": area_sums.sum(population * (0.0 if unknown_hours is None else unknown_hours)),
        },
    )


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalWindows:
    """Spans of possible arrival: row of the matrix, seconds since the period began (int64)."""

    row: np.ndarray
    start_s: np.ndarray
    end_s: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Stretches of time during which the same services are open; ``sets`` (bool, sets × rows): which."""

    start_s: np.ndarray
    length_s: np.ndarray
    set_of: np.ndarray
    sets: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class DemandGroups:
    """Demand points that reach the same services: ``reach`` (bool, rows × groups), group of each point."""

    reach: np.ndarray
    group_of: np.ndarray


def arrival_windows(
    intervals: pd.DataFrame,
    service_ids: Sequence[str],
    period: Period,
    minimal_visit_min: float,
) -> ArrivalWindows:
    """Possible arrivals within the period: overlapping or touching hours of a service joined, less the visit."""
    row = pd.Index(list(service_ids), dtype=object).get_indexer(pd.Index(intervals["service_id"], dtype=object))
    start, end = (_seconds(intervals[name], period) for name in ("starts_at", "ends_at"))
    known = np.flatnonzero(row >= 0)
    order = known[np.lexsort((start[known], row[known]))]
    row, start, end = row[order].astype(np.int64), start[order], end[order]
    if len(row) == 0:
        return ArrivalWindows(row, start, end)
    # each row of the matrix in a stretch of time of its own, so that one running maximum serves all
    shift = row * (int(max(end.max(), 0) - min(start.min(), 0)) + 1)
    latest = np.maximum.accumulate(end + shift)
    begins = np.append(True, (start + shift)[1:] > latest[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(row)) - 1
    row, start, end = row[first], start[first], (latest - shift)[last]
    end = np.minimum(end - round(minimal_visit_min * 60), round(period.hours * _HOUR_S))
    start = np.maximum(start, 0)
    lasting = end > start
    return ArrivalWindows(row[lasting], start[lasting], end[lasting])


def _seconds(moments: pd.Series, period: Period) -> np.ndarray:
    """Whole seconds (int64) since the period began."""
    elapsed = moments - period.starts_at
    return (elapsed // pd.Timedelta(seconds=1)).to_numpy(dtype=np.int64)


def _moments(windows: ArrivalWindows, row_count: int, cuts_s: np.ndarray) -> _Moments:
    """The stretches between the ends of windows (and further cuts) during which something is open."""
    edges = np.unique(np.concatenate([windows.start_s, windows.end_s, cuts_s]))
    change = np.zeros((len(edges), row_count), dtype=np.int8)  # windows of a row do not touch: -1, 0 or 1
    change[np.searchsorted(edges, windows.start_s), windows.row] += 1
    change[np.searchsorted(edges, windows.end_s), windows.row] -= 1
    is_open = change.cumsum(axis=0, dtype=np.int8)[:-1].astype(bool)
    is_any_open = is_open.any(axis=1)
    start, length, is_open = edges[:-1][is_any_open], np.diff(edges)[is_any_open], is_open[is_any_open]
    packed, set_of = _unique_rows(np.packbits(is_open, axis=1))
    sets = np.unpackbits(packed, axis=1, count=row_count).astype(bool)
    return _Moments(start, length.astype(float), set_of, sets)


def group_demand(minutes: np.ndarray, threshold_min: float) -> DemandGroups:
    """The demand points that reach the same rows of the matrix in strictly less than the threshold.

    >>> group_demand(np.array([[5.0, 20.0, 7.0]]), 20.0).group_of.tolist()
    [1, 0, 1]
    """
    within = is_under(minutes, threshold_min)
    packed, group_of = _unique_rows(np.ascontiguousarray(np.packbits(within, axis=0).T))
    return DemandGroups(np.unpackbits(packed, axis=1, count=within.shape[0]).astype(bool).T, group_of)


def _unique_rows(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of a table of bytes, and which of them each row is."""
    if packed.shape[1] == 0:
        return packed[:1], np.zeros(len(packed), dtype=np.int64)
    whole = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return packed[first], which


def _reached(sets: np.ndarray, groups: DemandGroups) -> np.ndarray:
    """Which groups reach some service of each set (bool, sets × groups)."""
    open_bits, reach_bits = np.packbits(sets, axis=1), np.packbits(groups.reach, axis=0)
    is_reached = np.zeros((len(sets), groups.reach.shape[1]), dtype=bool)
    for at, of_groups in enumerate(reach_bits):  # eight services at a time
        is_reached |= (open_bits[:, at, None] & of_groups) != 0
    return is_reached
