"""The sheet of a feed: what ``check`` says of a timetable before anything is computed with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.sources.gtfs.calendars import read_calendar
from access92.sources.gtfs.feed import open_feed
from access92.sources.gtfs.publisher import publishers, time_zone
from access92.sources.gtfs.read import FeedDay, read_gtfs
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.trips import read_services
from access92.sources.timetable import Timetable, TimetableNotice


@dataclass(frozen=True, slots=True)
class FeedSheet:
    """What a feed holds, and what its day gives.

    ``first_day``, ``last_day``: with a trip, inclusive; ``trips_by_weekday``: median of the span's Mondays to Sundays
    (0 where it has none); ``day``: the feed's own; ``lines``, ``stops``, ``trips``, ``calls``: of that day, vehicles
    of the day before included; ``interpolated_share``: of the calls read (0–1); ``notices``: what was left out,
    repaired or supposed, as :class:`TimetableNotice`.
    """

    name: str
    file: str
    publishers: tuple[str, ...]
    timezone: str
    first_day: dt.date
    last_day: dt.date
    trips_by_weekday: tuple[int, ...]
    day: dt.date
    lines: int
    stops: int
    trips: int
    calls: int
    interpolated_share: float
    notices: tuple[TimetableNotice, ...]


def feed_sheet(feed: FeedDay, *, day: dt.date, timetable: Timetable | None = None) -> FeedSheet:
    """The sheet of a feed on a day.

    Parameters
    ----------
    timetable
        That :func:`read_gtfs` made of this feed, alone or with others; read here where it is not given.

    Raises
    ------
    InputError
        As :func:`read_gtfs`.
    """
    timetable = read_gtfs([feed], day=day) if timetable is None else timetable
    opened = open_feed(feed.path, name=feed.name)
    by_day = read_calendar(opened, Tally(feed.name)).trips_by_day(read_services(opened))
    notices = tuple(notice for notice in timetable.notices if notice.feed in {"", feed.name})
    shares = [notice.count / notice.total for notice in notices if notice.code == "gtfs_interpolated"]
    of_feed = (timetable.trips["feed"] == feed.name).to_numpy()
    return FeedSheet(
        name=feed.name, file=feed.path.name, publishers=publishers(opened), timezone=time_zone(opened),
        first_day=by_day.index[0], last_day=by_day.index[-1], trips_by_weekday=_by_weekday(by_day),
        day=feed.day or day,
        lines=int(timetable.trips["line"][of_feed].nunique()), stops=int((timetable.stops["feed"] == feed.name).sum()),
        trips=int(of_feed.sum()), calls=int(of_feed[timetable.call_trip].sum()),
        interpolated_share=sum(shares), notices=notices,
    )  # fmt: skip


def _by_weekday(by_day: pd.Series) -> tuple[int, ...]:
    """The median number of trips from Monday to Sunday, 0 for a weekday that the span does not have."""
    weekdays = np.array([day.weekday() for day in by_day.index])
    values = by_day.to_numpy()
    return tuple(int(np.median(values[weekdays == number])) if (weekdays == number).any() else 0 for number in range(7))
