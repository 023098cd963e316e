"""Journeys: each time that a trip runs on the day, yesterday's after midnight and those of a frequency included."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

import numpy as np

from access92.sources.gtfs.stop_times import Calls


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """Journeys, (n,) each: ``trip`` (position), ``shift_s`` to add to the times of its calls, ``yesterday`` (bool).

    ``repeats``: whether a frequency made it.
    """

    trip: np.ndarray
    shift_s: np.ndarray
    yesterday: np.ndarray
    repeats: np.ndarray

    def __len__(self) -> int:
        return len(self.trip)

    def take(self, kept: np.ndarray) -> Journeys:
        """The journeys at these positions, or where the mask holds."""
        return Journeys(*(getattr(self, field.name)[kept] for field in fields(self)))


def service_zero_s(day: dt.date, zone: ZoneInfo) -> int:
    """Second 0 of a service day, in seconds of Unix time: noon less twelve hours, whatever clocks do at night.

    >>> paris = ZoneInfo("Europe/Paris")
    >>> change = dt.date(2018, 3, 25)
    >>> [service_zero_s(change + dt.timedelta(k), paris) - service_zero_s(change, paris) for k in (-1, 1)]
    [-82800, 86400]
    """
    return int(dt.datetime.combine(day, dt.time(12), tzinfo=zone).timestamp()) - 43_200


def midnight_s(day: dt.date, zone: ZoneInfo) -> int:
    """Midnight by the clock, in seconds of the service day: 0, but on the days on which clocks change.

    >>> midnight_s(dt.date(2024, 10, 27), ZoneInfo("Europe/Paris"))
    -3600
    """
    return int(dt.datetime.combine(day, dt.time(0), tzinfo=zone).timestamp()) - service_zero_s(day, zone)


def journeys_of_day(
    calls: Calls,
    *,
    runs_today: np.ndarray,
    runs_yesterday: np.ndarray,
    yesterday_shift_s: int,
    midnight_s: int,
    repeated: tuple[np.ndarray, np.ndarray],
    windowed: np.ndarray,
) -> Journeys:
    """The journeys of a day, in the order of their trips.

    Parameters
    ----------
    calls
        Of the trips, repaired: a trip without calls has no journey.
    runs_today, runs_yesterday
        Whether each trip runs on the day, on the day before, (n_trips,).
    yesterday_shift_s
        From yesterday's second 0 to today's: negative.
    midnight_s
        Of the day's clock: a vehicle of yesterday that has arrived before it, and before second 0, is left out.
    repeated
        Trip and first departure of each journey that a frequency makes.
    windowed
        Whether frequencies.txt names the trip, (n_trips,): its own times are then only a pattern.
    """
    n_trips = len(runs_today)
    starts = calls.starts()
    has_calls = np.zeros(n_trips, dtype=bool)
    first_s, last_s = np.zeros(n_trips, dtype=np.int64), np.zeros(n_trips, dtype=np.int64)
    of_calls = calls.trip[starts[:-1]]
    has_calls[of_calls] = True
    first_s[of_calls], last_s[of_calls] = calls.departure_s[starts[:-1]], calls.arrival_s[starts[1:] - 1]

    single = np.flatnonzero(has_calls & ~windowed)
    many, leaves_s = repeated
    many, leaves_s = many[has_calls[many]], leaves_s[has_calls[many]]
    trip = np.concatenate([single, many])
    shift_s = np.concatenate([np.zeros(len(single), dtype=np.int64), leaves_s - first_s[many]])
    repeats = np.arange(len(trip)) >= len(single)
    today, yesterday = runs_today[trip], runs_yesterday[trip]
    # of yesterday only what still rolls on the day, which begins an hour before second 0 where the night has 25
    yesterday &= last_s[trip] + shift_s + yesterday_shift_s >= min(midnight_s, 0)
    all_journeys = Journeys(
        trip=np.concatenate([trip[yesterday], trip[today]]),
        shift_s=np.concatenate([shift_s[yesterday] + yesterday_shift_s, shift_s[today]]),
        yesterday=np.concatenate([np.ones(yesterday.sum(), dtype=bool), np.zeros(today.sum(), dtype=bool)]),
        repeats=np.concatenate([repeats[yesterday], repeats[today]]),
    )
    return all_journeys.take(np.lexsort((all_journeys.shift_s, ~all_journeys.yesterday, all_journeys.trip)))


@dataclass(frozen=True, slots=True, eq=False)
class JourneyEnds:
    """First and last call of each journey, (n,) each: positions of the calls, seconds of the day."""

    first_call: np.ndarray
    last_call: np.ndarray
    first_s: np.ndarray
    last_s: np.ndarray

    @classmethod
    def of(cls, journeys: Journeys, calls: Calls, n_trips: int) -> JourneyEnds:
        """The ends of journeys along the calls of their trips."""
        starts = calls.starts()
        first, last = np.zeros(n_trips, dtype=np.int64), np.zeros(n_trips, dtype=np.int64)
        first[calls.trip[starts[:-1]]], last[calls.trip[starts[:-1]]] = starts[:-1], starts[1:] - 1
        first_call, last_call = first[journeys.trip], last[journeys.trip]
        return cls(
            first_call=first_call,
            last_call=last_call,
            first_s=calls.departure_s[first_call] + journeys.shift_s,
            last_s=calls.arrival_s[last_call] + journeys.shift_s,
        )
