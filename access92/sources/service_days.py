"""The timetable of each day of a calendar of visits: of that very day where the feeds have it, else of one like it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from access92._clock import Period
from access92.sources.demo.timetable import HOURS, read_demo_timetable
from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.gtfs.calendars import Calendar, day_like, read_calendar
from access92.sources.gtfs.feed import open_feed
from access92.sources.gtfs.journeys import midnight_s, service_zero_s
from access92.sources.gtfs.publisher import time_zone
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.trips import read_services
from access92.sources.opening_hours import bank_holidays
from access92.sources.study_timetable import DEMO_WEEKDAYS, feed_days, timetable_omissions
from access92.sources.timetable import Timetable
from access92.study.model import Study
from access92.study.notices import Notice
from access92.study.omissions import Omission
from access92.study.transit import Transit

_DAY_S, _HOUR_S = 86_400, 3600
_ONE_DAY = timedelta(days=1)
_EXAMPLES = 3
OF_ANOTHER_DAY = frozenset({"gtfs_other_day", "gtfs_other_weekday"})


@dataclass(frozen=True, slots=True, eq=False)
class CalendarDay:
    """What is known of the vehicles of a day.

    ``table``: the very object of another day where the same vehicles run; None where none runs, or none is known.
    ``known_s``: from which second to which one of the day every vehicle is in it, (0, 0) where none is known.
    ``is_open``: whether something is open; of the other days nothing is read. ``read``: by feed the day of its calendar
    that was taken.
    """

    day: date
    table: Timetable | None
    known_s: tuple[int, int]
    is_open: bool
    read: tuple[tuple[str, date], ...] = ()

    @property
    def stand_ins(self) -> tuple[tuple[str, date], ...]:
        """The feeds whose calendar does not have the day, and the days that stand for it."""
        return tuple((feed, day) for feed, day in self.read if day != self.day)


def calendar_days(study: Study, period: Period, open_days: Collection[date]) -> tuple[CalendarDay, ...]:
    """Every day of a period, in order, with its timetable where something is open; empty without ``[transit]``.

    A feed is read on the day itself where its calendar spans it, even if nothing runs then; else on the nearest day of
    the same weekday that has as many trips as usual. A weekday that the calendar of some feed does not span is not
    known. The demonstration knows one morning,
    which is that of each working day. ``open_days``: of the others no timetable is read.

    Raises
    ------
    InputError
        As :func:`access92.sources.gtfs.read_gtfs`.
    """
    if study.transit is None:
        return ()
    days = [period.first_day + timedelta(days=number) for number in range(period.days)]
    if study.transit.demo:
        return _demo_days(study, study.transit, period, days, open_days)
    return _feed_days(study, study.transit, days, open_days)


def _demo_days(
    study: Study, transit: Transit, period: Period, days: Sequence[date], open_days: Collection[date]
) -> tuple[CalendarDay, ...]:
    """The morning of the demonstration, on each working day: what left before its first hour is not in its tables."""
    where = transit.demo_folder.as_posix()
    table = read_demo_timetable(study.locate(transit.demo_folder), day=study.service_day, where=where)
    off = set(bank_holidays(period, study.analysis.holidays))
    known_s = (_HOUR_S * (HOURS.start + 1), _HOUR_S * HOURS.stop)
    return tuple(
        CalendarDay(day, table, known_s, is_open=day in open_days)
        if day.weekday() < DEMO_WEEKDAYS and day not in off
        else CalendarDay(day, None, (0, 0), is_open=day in open_days)
        for day in days
    )


def day_notices(days: Sequence[CalendarDay], *, is_demo: bool) -> tuple[Notice, ...]:
    """What stands for the days of a calendar on which something is open, and of which nothing is known."""
    is_open = [item for item in days if item.is_open]
    if not is_open:
        return ()
    unknown = [item for item in is_open if item.known_s == (0, 0)]
    notices = []
    if is_demo:
        hours = {"first_h": HOURS.start + 1, "last_h": HOURS.stop}
        notices.append(Notice("demo_mornings", (), {"days": len(is_open) - len(unknown), "of": len(is_open), **hours}))
    elif unknown:
        examples = tuple(item.day.isoformat() for item in unknown[:_EXAMPLES])
        notices.append(Notice("service_days_unknown", examples, {"days": len(unknown), "of": len(is_open)}))
    standing = [(item.day, feed, other) for item in is_open for feed, other in item.stand_ins]
    for name in dict.fromkeys(feed for _, feed, _ in standing):
        pairs = [(day, other) for day, feed, other in standing if feed == name]
        examples = tuple(text.isoformat() for pair in pairs[:_EXAMPLES] for text in pair)
        notices.append(Notice("service_day_stands_in", (name, *examples), {"days": len(pairs), "of": len(is_open)}))
    return tuple(notices)


def day_omissions(days: Sequence[CalendarDay], known: Sequence[Omission]) -> tuple[Omission, ...]:
    """What the timetables of a calendar leave out of a kind that is not ``known`` of their feed: of the first day.

    That they are of another day is no omission here: :func:`day_notices`.
    """
    seen = {(item.code, *item.examples[:1]) for item in known}
    omissions = []
    for table in {id(day.table): day.table for day in days if day.table is not None}.values():
        for item in timetable_omissions(table):
            if item.code not in OF_ANOTHER_DAY and (item.code, *item.examples[:1]) not in seen:
                seen.add((item.code, *item.examples[:1]))
                omissions.append(item)
    return tuple(omissions)


@dataclass(frozen=True, slots=True, eq=False)
class _FeedCalendar:
    """A feed, its services day by day, and its trips by day."""

    feed: FeedDay
    calendar: Calendar
    by_day: pd.Series
    zone: ZoneInfo

    def day_for(self, day: date) -> date | None:
        """The day of the feed that is taken for a day; None where its calendar has none like it."""
        if not len(self.by_day):
            return None
        if self.by_day.index[0] <= day <= self.by_day.index[-1]:
            return day
        same = self.by_day[[other.weekday() == day.weekday() for other in self.by_day.index]]
        if (same > 0).any():
            return day_like(same, day)
        # a weekday on which nothing ever runs
        return min(same.index, key=lambda other: (abs((other - day).days), other), default=None)

    def key(self, day: date) -> tuple[object, ...]:
        """The same for two days of the feed on which the same vehicles run."""
        yesterday = day - _ONE_DAY
        shift_s = service_zero_s(yesterday, self.zone) - service_zero_s(day, self.zone)
        return (
            tuple(self.calendar.active(day)), tuple(self.calendar.active(yesterday)), shift_s,
            midnight_s(day, self.zone),
        )  # fmt: skip


def _feed_days(
    study: Study, transit: Transit, days: Sequence[date], open_days: Collection[date]
) -> tuple[CalendarDay, ...]:
    """The days of the feeds of a study; those with the same vehicles are read once."""
    calendars = [_read_calendar(feed) for feed in feed_days(study, transit)]
    read: dict[tuple[object, ...], Timetable] = {}
    result = []
    for day in days:
        taken = {item.feed.name: item.day_for(day) for item in calendars}
        if day not in open_days or None in taken.values():
            result.append(CalendarDay(day, None, (0, 0), is_open=day in open_days))
            continue
        running = [item for item in calendars if _trips(item, taken) > 0]
        known_s = (max(midnight_s(_taken(item, taken), item.zone) for item in calendars), _DAY_S)
        key = tuple((item.feed.name, *item.key(_taken(item, taken))) for item in running)
        if running and key not in read:
            feeds = [replace(item.feed, day=taken[item.feed.name]) for item in running]
            read[key] = read_gtfs(feeds, day=day)
        known = tuple((name, own) for name, own in taken.items() if own is not None)
        # at midnight yesterday's vehicles are known from the first second on, an hour earlier in a night of 25
        result.append(CalendarDay(day, read.get(key), (min(known_s[0], 0), known_s[1]), is_open=True, read=known))
    return tuple(result)


def _taken(item: _FeedCalendar, taken: Mapping[str, date | None]) -> date:
    day = taken[item.feed.name]
    if day is None:
        message = "a day that is not known has no timetable"
        raise ValueError(message)
    return day


def _trips(item: _FeedCalendar, taken: Mapping[str, date | None]) -> int:
    return int(item.by_day.get(_taken(item, taken), 0))


def _read_calendar(feed: FeedDay) -> _FeedCalendar:
    opened = open_feed(feed.path, name=feed.name)
    calendar = read_calendar(opened, Tally(feed.name))
    return _FeedCalendar(feed, calendar, calendar.trips_by_day(read_services(opened)), ZoneInfo(time_zone(opened)))
