"""Person-hours of those who ride: minute by minute, by the trips of each day's own timetable.

The clock is that of the arrival, as on foot (:mod:`access92.measures.hours`): a minute at which a service may be
arrived at counts for who can be there by its beginning, having left home less than the threshold before. Who is early
waits at the door, and the wait counts. So nobody has fewer hours than on foot, and who only walks has the same.

A minute is known where every vehicle of the threshold before it is. Of a minute that is not known only the walk is
counted, and the time of all others is given apart: the hours lie between those counted and both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from access92._clock import Period
from access92._statistics import sums_where
from access92.measures.hours import ArrivalWindows
from access92.travel.riding import RideDay, Rider
from access92.travel.time_limits import limit_ms

_MINUTE_S, _DAY_S = 60, 86_400
_WEEK_CELLS = 7 * 24
_DAYS_AT_ONCE = 32
"""Different days whose bits are in memory together."""

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class RideHours:
    """Seconds of the period during which an open service can be arrived at.

    ``counted_s``, ``unknown_s`` (float64, per demand point): that are certain, and that are not known and not counted.
    ``week_person_s``, ``week_unknown_s`` (float64, 168, Monday 0 h first): people × seconds, and seconds of which
    nothing is known while something is open. ``moments``: who is there by each moment (bool), None where not known.
    """

    counted_s: np.ndarray
    unknown_s: np.ndarray
    week_person_s: np.ndarray
    week_unknown_s: np.ndarray
    moments: tuple[np.ndarray | None, ...]


Reach = Callable[[Rider, np.ndarray, tuple[int, int]], Iterator[np.ndarray]]
"""By some services (rows) who is there by each minute of a window: :meth:`access92.travel.riding.Rider.reached_by`."""


def ride_hours(
    days: Sequence[RideDay],
    windows: ArrivalWindows,
    population: np.ndarray,
    *,
    on_foot: np.ndarray,
    reach: Reach,
    period: Period,
    threshold_min: float,
    moments: Sequence[datetime] = (),
) -> RideHours:
    """The hours of a scenario by a mode that rides.

    Parameters
    ----------
    days
        Every day of the period, in order.
    windows
        When each service may be arrived at.
    on_foot
        bool, services × demand points: who walks all the way in less than the threshold.
    reach
        Who is there by each minute, of those services that are asked for, by ride or on foot.
    """
    asked_s = [round((period.moment(moment) - period.starts_at).total_seconds()) for moment in moments]
    spans = [_day_spans(day, windows, len(on_foot), period, threshold_min) for day in days]
    walkers = np.packbits(on_foot, axis=1)
    count = len(population)
    sums = np.zeros(count), np.zeros(count), np.zeros(_WEEK_CELLS), np.zeros(_WEEK_CELLS)
    is_there: dict[int, np.ndarray | None] = {}
    for rider, alike in _groups(days, spans):
        for pattern, packed in _reached(reach, rider, alike, walkers):
            of_days = [spans[at] for at in pattern]
            for so_far, part in zip(sums, _summed(of_days, packed, population), strict=True):
                np.add(so_far, part, out=so_far)
            for of_day in of_days:
                for number, second in enumerate(asked_s):
                    row = of_day.row_at(second)
                    if row is not None:
                        there = np.unpackbits(packed[row], count=count).astype(bool)
                        is_there[number] = there if of_day.is_known[row] else None

    # at a moment of no stretch nothing is open: nobody is served, whatever the timetable
    nobody = np.zeros(count, dtype=bool)
    return RideHours(*sums, moments=tuple(is_there.get(number, nobody) for number in range(len(moments))))


@dataclass(frozen=True, slots=True, eq=False)
class _DaySpans:
    """Stretches of one day, a minute at most, during which the same services may be arrived at.

    (n,) each: ``start_s`` (since the period began), ``length_s``, ``deadline_s`` (of the timetable's day: the
    beginning of the minute), ``cell`` (hour of the week), ``is_known``; ``is_open``: bool (n, services).
    """

    start_s: np.ndarray
    length_s: np.ndarray
    deadline_s: np.ndarray
    cell: np.ndarray
    is_known: np.ndarray
    is_open: np.ndarray

    @property
    def key(self) -> bytes:
        """The same for two days on which the same services are open at the same seconds."""
        parts = (self.deadline_s, self.length_s, self.is_known, np.packbits(self.is_open, axis=1))
        return b"".join(part.tobytes() for part in parts)

    def row_at(self, second: int) -> int | None:
        """The stretch that a second of the period is in; None where nothing is open then."""
        row = int(np.searchsorted(self.start_s, second, side="right")) - 1
        return row if row >= 0 and second < self.start_s[row] + self.length_s[row] else None


def _day_spans(
    day: RideDay, windows: ArrivalWindows, row_count: int, period: Period, threshold_min: float
) -> _DaySpans:
    """The stretches of a day."""
    only = Period(day.day, day.day, period.zone)
    begins, ends = (round((at - period.starts_at).total_seconds()) for at in (only.starts_at, only.ends_at))
    noon = only.moment(datetime.combine(day.day, datetime.min.time()) + timedelta(hours=12))
    zero_s = round((noon - period.starts_at).total_seconds()) - _DAY_S // 2

    inside = (windows.start_s < ends) & (windows.end_s > begins)
    row = windows.row[inside]
    start, end = np.maximum(windows.start_s[inside], begins), np.minimum(windows.end_s[inside], ends)
    edges = np.unique(np.concatenate([np.arange(begins, ends + 1, _MINUTE_S), start, end]))
    change = np.zeros((len(edges), row_count), dtype=np.int8)
    change[np.searchsorted(edges, start), row] += 1
    change[np.searchsorted(edges, end), row] -= 1
    is_open = change.cumsum(axis=0, dtype=np.int8)[:-1].astype(bool)
    lasting = is_open.any(axis=1)
    start_s, length_s = edges[:-1][lasting], np.diff(edges)[lasting]

    deadline_s = (start_s - begins) // _MINUTE_S * _MINUTE_S + begins - zero_s
    clocks = (period.starts_at + pd.to_timedelta(start_s, unit="s")).tz_convert(period.zone)
    # of a minute every vehicle of the threshold before it must be known
    first_s, last_s = day.known_s
    is_known = (1000 * (deadline_s - first_s) >= limit_ms(threshold_min)) & (deadline_s <= last_s)
    return _DaySpans(
        start_s, length_s.astype(float), deadline_s, clocks.day_of_week.to_numpy() * 24 + clocks.hour.to_numpy(),
        is_known, is_open[lasting],
    )  # fmt: skip


Pattern = tuple[int, ...]
"""Positions of the days that are alike."""


def _groups(
    days: Sequence[RideDay], spans: Sequence[_DaySpans]
) -> Iterator[tuple[Rider | None, list[tuple[Pattern, _DaySpans]]]]:
    """By timetable the days that are alike, some of them at a time."""
    riders: dict[int, Rider | None] = {}
    patterns: dict[int, dict[bytes, list[int]]] = {}
    for at, day in enumerate(days):
        if len(spans[at].start_s):
            riders[id(day.rider)] = day.rider
            patterns.setdefault(id(day.rider), {}).setdefault(spans[at].key, []).append(at)
    for number, of_rider in patterns.items():
        alike = [(tuple(members), spans[members[0]]) for members in of_rider.values()]
        for first in range(0, len(alike), _DAYS_AT_ONCE):
            yield riders[number], alike[first : first + _DAYS_AT_ONCE]


def _reached(
    reach: Reach, rider: Rider | None, alike: Sequence[tuple[Pattern, _DaySpans]], walkers: np.ndarray
) -> Iterator[tuple[Pattern, np.ndarray]]:
    """For days that are alike who reaches an open service in each stretch: uint8, eight demand points a byte."""
    reached = [np.zeros((len(spans.start_s), walkers.shape[1]), dtype=np.uint8) for _, spans in alike]
    for (_, spans), packed in zip(alike, reached, strict=True):
        for row in np.flatnonzero(spans.is_open.any(axis=0)).tolist():
            packed[spans.is_open[:, row]] |= walkers[row]

    # one scan of the timetable for each service that is open while it is known
    known = [spans.is_open & spans.is_known[:, None] for _, spans in alike]
    rows = np.flatnonzero(np.any([part.any(axis=0) for part in known], axis=0))
    if rider is not None and len(rows):
        deadlines = np.concatenate([spans.deadline_s[spans.is_known] for _, spans in alike])
        window_s = int(deadlines.min()), int(deadlines.max()) + _MINUTE_S
        for row, bits in zip(rows.tolist(), reach(rider, rows, window_s), strict=True):
            for (_, spans), packed, part in zip(alike, reached, known, strict=True):
                at = part[:, row]
                packed[at] |= bits[(spans.deadline_s[at] - window_s[0]) // _MINUTE_S]
    for (pattern, _), packed in zip(alike, reached, strict=True):
        yield pattern, packed


def _summed(
    of_days: Sequence[_DaySpans], packed: np.ndarray, population: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The sums of :class:`RideHours` over days that are alike."""
    spans, count = of_days[0], len(population)
    counted_s, unknown_s, people = np.zeros(count), np.zeros(count), np.empty(len(packed))
    at_once = max(1, _CELLS_AT_ONCE // max(1, count))
    for first in range(0, len(packed), at_once):
        part = slice(first, first + at_once)
        there = np.unpackbits(packed[part], axis=1, count=count).astype(bool)
        counted_s += len(of_days) * sums_where(there, spans.length_s[part, None], axis=0)
        unknown_s += len(of_days) * sums_where(~there & ~spans.is_known[part, None], spans.length_s[part, None], axis=0)
        people[part] = sums_where(there, population, axis=1)

    # the days are alike but for the hours of the week
    week_person_s, week_unknown_s = np.zeros(_WEEK_CELLS), np.zeros(_WEEK_CELLS)
    for of_day in of_days:
        week_person_s += np.bincount(of_day.cell, weights=spans.length_s * people, minlength=_WEEK_CELLS)
        week_unknown_s += np.bincount(of_day.cell, weights=spans.length_s * ~spans.is_known, minlength=_WEEK_CELLS)
    return counted_s, unknown_s, week_person_s, week_unknown_s
