"""Service days: which services run on a day, the span of a calendar, the trips of each of its days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd

from access92.errors import input_error
from access92.sources.gtfs.feed import Feed, read_table
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import ordinals, whole_numbers

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED, _REMOVED = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The services of ``calendar.txt`` and ``calendar_dates.txt`` together; days are proleptic numbers.

    ``weekly``: (n, 7) bool of the services of calendar.txt, ``first``, ``last``: their days, inclusive.
    ``exception_service``, ``exception_day``, ``exception_added``: one of each per date, as positions in ``services``.
    """

    services: pd.Index
    weekly: np.ndarray
    first: np.ndarray
    last: np.ndarray
    exception_service: np.ndarray
    exception_day: np.ndarray
    exception_added: np.ndarray

    def regular(self, service: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether services run on days by calendar.txt alone."""
        within = (self.first[service] <= day) & (day <= self.last[service])
        return np.asarray(within & self.weekly[service, (day - 1) % 7])

    def active(self, day: dt.date) -> pd.Index:
        """The ids of the services that run on a day: exceptions win over the week."""
        number = day.toordinal()
        everyone = np.arange(len(self.services))
        runs = self.regular(everyone, np.full(len(everyone), number))
        today = self.exception_day == number
        runs[self.exception_service[today]] = self.exception_added[today]
        return self.services[runs]

    def trips_by_day(self, trips_of_service: pd.Series) -> pd.Series:
        """How many trips each day of the span has; index: days (date), from the first to the last with a trip.

        ``trips_of_service``: the number of trips by service_id.
        """
        n_trips = trips_of_service.reindex(self.services).fillna(0).to_numpy(dtype=np.int64)
        has_week = self.weekly.any(axis=1) & (self.last >= self.first)
        days = np.concatenate([self.first[has_week], self.last[has_week], self.exception_day])
        if len(days) == 0:
            return pd.Series(dtype=np.int64)
        start, end = int(days.min()), int(days.max())

        # trips of a weekday begin and end with their service: a sum of differences, whatever the length of the span
        steps = np.zeros((7, end - start + 2), dtype=np.int64)
        for weekday in range(7):
            on = has_week & self.weekly[:, weekday]
            np.add.at(steps[weekday], self.first[on] - start, n_trips[on])
            np.add.at(steps[weekday], self.last[on] - start + 1, -n_trips[on])
        numbers = np.arange(start, end + 1)
        counts = steps.cumsum(axis=1)[(numbers - 1) % 7, numbers - start]

        # an exception counts where it changes anything
        regular = self.regular(self.exception_service, self.exception_day)
        change = self.exception_added.astype(np.int64) - regular
        np.add.at(counts, self.exception_day - start, change * n_trips[self.exception_service])
        used = np.flatnonzero(counts)
        if len(used) == 0:
            return pd.Series(dtype=np.int64)
        kept = slice(used[0], used[-1] + 1)
        return pd.Series(counts[kept], index=[dt.date.fromordinal(int(number)) for number in numbers[kept]])


def read_calendar(feed: Feed, tally: Tally) -> Calendar:
    """The calendar of a feed, from either of its tables or both.

    Raises
    ------
    InputError
        Neither table; a bad date, digit or order of days; a date both added and removed.
    """
    if not feed.has("calendar.txt") and not feed.has("calendar_dates.txt"):
        raise input_error(
            "Le calendrier manque : ni calendar.txt, ni calendar_dates.txt.", feed.path.name,
            "Donner le GTFS entier, tel que le publie son transporteur.",
        )  # fmt: skip
    week = pd.DataFrame(columns=["service_id", *_WEEKDAYS, "start_date", "end_date"])
    if feed.has("calendar.txt"):
        week = read_table(feed, "calendar.txt", required=["service_id", *_WEEKDAYS, "start_date", "end_date"])
    dates = pd.DataFrame(columns=["service_id", "date", "exception_type"])
    if feed.has("calendar_dates.txt"):
        dates = read_table(feed, "calendar_dates.txt", required=["service_id", "date", "exception_type"])

    week = _without_twins(feed, tally, week)
    first = ordinals(feed, "calendar.txt", week["start_date"])
    last = ordinals(feed, "calendar.txt", week["end_date"])
    # a service that ends before it begins never runs: kept so, and counted
    backward = last < first
    tally.add("gtfs_backward_service", backward.sum(), len(week), week["service_id"][backward])
    digits = [whole_numbers(feed, "calendar.txt", week[day], among=range(2)) for day in _WEEKDAYS]
    weekly = np.column_stack(digits).astype(bool) if len(week) else np.zeros((0, 7), dtype=bool)

    exception_day = ordinals(feed, "calendar_dates.txt", dates["date"])
    kinds = whole_numbers(feed, "calendar_dates.txt", dates["exception_type"], among=range(_ADDED, _REMOVED + 1))
    table = pd.DataFrame({"service": dates["service_id"].to_numpy(), "day": exception_day, "kind": kinds})
    unlike = table.drop_duplicates()
    tally.add("gtfs_duplicate_row", len(table) - len(unlike), len(table), ["calendar_dates.txt"])
    clash = unlike[unlike.duplicated(["service", "day"], keep=False)]
    if len(clash):
        service, day = clash.iloc[0][["service", "day"]]
        text = f"Le service « {service} » est à la fois ajouté et retiré le {dt.date.fromordinal(int(day))}."
        raise input_error(text, feed.where("calendar_dates.txt"), "N'en garder qu'une ligne.")

    services = pd.Index(pd.concat([week["service_id"], unlike["service"]]).drop_duplicates().to_numpy(dtype=object))
    n_more = len(services) - len(week)
    return Calendar(
        services=services,
        weekly=np.vstack([weekly, np.zeros((n_more, 7), dtype=bool)]),
        first=np.concatenate([first, np.zeros(n_more, dtype=np.int64)]),
        last=np.concatenate([last, np.full(n_more, -1, dtype=np.int64)]),
        exception_service=services.get_indexer(pd.Index(unlike["service"].to_numpy(dtype=object))),
        exception_day=unlike["day"].to_numpy(dtype=np.int64),
        exception_added=unlike["kind"].to_numpy() == _ADDED,
    )


def _without_twins(feed: Feed, tally: Tally, week: pd.DataFrame) -> pd.DataFrame:
    """calendar.txt without rows written twice; two different rows of one service are refused."""
    unlike = week.drop_duplicates()
    tally.add("gtfs_duplicate_row", len(week) - len(unlike), len(week), ["calendar.txt"])
    twice = unlike["service_id"].duplicated()
    if twice.any():
        service = unlike["service_id"][twice].iloc[0]
        raise input_error(
            f"Le service « {service} » a deux semaines différentes.", feed.where("calendar.txt"),
            "N'en garder qu'une ligne.",
        )  # fmt: skip
    return unlike


def usual_weekday(by_day: pd.Series) -> int:
    """The median number of trips of the days from Monday to Friday; of all days where there is none of them.

    Of the weeks in full service only: calendars end with months of a few lines, whose days would make it anything.
    """
    if len(by_day) == 0:
        return 0
    full = full_weeks(by_day)
    weekdays = full[[day.weekday() < 5 for day in full.index]]  # noqa: PLR2004 - Saturday
    return int(np.median(weekdays if len(weekdays) else full))


def usual_like(by_day: pd.Series, day: dt.date) -> int:
    """The median number of trips on that weekday, of the weeks in full service; 0 without such a day."""
    same = full_weeks(by_day)
    same = same[[other.weekday() == day.weekday() for other in same.index]]
    return int(np.median(same)) if len(same) else 0


def full_weeks(by_day: pd.Series) -> pd.Series:
    """The days of the weeks that have most trips: at least :data:`_FULL_SHARE` of those of the best week.

    >>> days = [dt.date(2026, 11, 2) + dt.timedelta(days=number) for number in range(21)]
    >>> len(full_weeks(pd.Series([9] * 14 + [2] * 7, index=days)))
    14
    """
    weeks = np.array([day.isocalendar()[:2] for day in by_day.index]).reshape(len(by_day), 2)
    totals = by_day.groupby([weeks[:, 0], weeks[:, 1]]).transform("sum")
    full: pd.Series = by_day[totals.to_numpy() >= _FULL_SHARE * totals.max()]
    return full


_FULL_SHARE = 0.7


def day_like(by_day: pd.Series, day: dt.date) -> dt.date:
    """A day with trips that stands for another one: itself, or the nearest of its weekday that is a usual one.

    ``by_day``: trips by day (date), at least one day with some. Usual: as many as most days of that weekday in the
    weeks of full service, and no bank holiday of France. Where the calendar has none of that weekday, the nearest day
    of all.

    >>> tuesdays = [dt.date(2026, 11, 3) + dt.timedelta(weeks=week) for week in range(5)]
    >>> by_day = pd.Series([9, 0, 5, 9, 9], index=tuesdays)
    >>> str(day_like(by_day, dt.date(2026, 11, 3))), str(day_like(by_day, dt.date(2026, 11, 10)))
    ('2026-11-03', '2026-11-03')
    >>> str(day_like(by_day, dt.date(2027, 1, 5))), str(day_like(by_day, dt.date(2027, 1, 6)))
    ('2026-12-01', '2026-12-01')
    """
    if by_day.get(day, 0) > 0:
        return day
    served = by_day[by_day > 0]
    of_weekday = served[[other.weekday() == day.weekday() for other in served.index]]
    alike = of_weekday[of_weekday >= _USUAL_SHARE * usual_like(by_day, day)] if len(of_weekday) else served
    off = holidays.country_holidays("FR", years={other.year for other in alike.index})
    working = alike[[other not in off for other in alike.index]]
    alike = working if len(working) else alike if len(alike) else served
    nearest: dt.date = min(alike.index, key=lambda other: (abs((other - day).days), other))
    return nearest


_USUAL_SHARE = 0.9
"""Of the trips of a usual day: what still is one."""


def check_day(feed: Feed, by_day: pd.Series, day: dt.date) -> None:
    """Refuse a day on which no trip runs, with the span of the calendar and what a usual weekday has.

    Raises
    ------
    InputError
        The day lies outside the calendar, or in a gap of it.
    """
    if by_day.get(day, 0) > 0:
        return
    if len(by_day) == 0:
        raise input_error(
            "Aucun service du calendrier n'a de jour où une course circule.",
            feed.where("calendar.txt"),
            "Vérifier start_date, end_date, les jours cochés et service_id, ou donner un GTFS encore valable.",
        )
    first, last = by_day.index[0], by_day.index[-1]
    outside = not first <= day <= last
    what = f"Le {day} est hors du calendrier." if outside else f"Aucune course ne circule le {day}."
    like = day_like(by_day, day)
    raise input_error(
        what,
        f"{feed.path.name}, valable du {first} au {last} : 0 course ce jour-là, {usual_weekday(by_day)} un jour de "
        "semaine habituel (médiane)",
        f"Choisir un jour de ce calendrier, par exemple le {like} ; une étude peut dire quel jour de chaque GTFS tient "
        "lieu du sien.",
    )
