"""Several feeds, one service day: the timetable that a search reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from access92.errors import input_error
from access92.sources.gtfs.blocks import chain_numbers, next_journeys
from access92.sources.gtfs.calendars import check_day, read_calendar, usual_like, usual_weekday
from access92.sources.gtfs.duplicates import FeedJourneys, duplicate_journeys
from access92.sources.gtfs.feed import Feed, open_feed
from access92.sources.gtfs.frequencies import departures, read_frequencies
from access92.sources.gtfs.interpolation import repaired_calls
from access92.sources.gtfs.joining import PartOfDay, joined_timetable
from access92.sources.gtfs.journeys import JourneyEnds, Journeys, journeys_of_day, midnight_s, service_zero_s
from access92.sources.gtfs.publisher import check_one_zone, note_unread, publishers, time_zone
from access92.sources.gtfs.stop_times import Calls, read_calls
from access92.sources.gtfs.stops import Stops, read_stops
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.transfers import read_transfers
from access92.sources.gtfs.trips import read_trips
from access92.sources.timetable import Timetable, TimetableNotice

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ONE_DAY = dt.timedelta(days=1)
_TWO_DAYS_S = 172_800


@dataclass(frozen=True, slots=True)
class FeedDay:
    """A feed (zip or folder), and its day that stands for the study's; None: the same day.

    ``name`` is the prefix of its ids: letters, digits, « - » and « _ ».
    """

    path: Path
    name: str
    day: dt.date | None = None


def read_gtfs(feeds: Sequence[FeedDay], *, day: dt.date, on_demand: bool = False, draw: int = 0) -> Timetable:
    """The timetable of a service day from one or several feeds, in the order in which they answer for duplicates.

    What :class:`~access92.sources.timetable.Timetable` says holds, and more: ``trips`` also has ``day_shift`` (int8,
    -1: a trip of yesterday that still rolls at second 0; its id may stand a second time for today); rows are in the
    order of feed and id; runs in that of their first departure. The rows of other days are not judged.

    Parameters
    ----------
    on_demand
        Whether riders board and alight where they must phone or ask the driver first (types 2 and 3).
    draw
        Which of the possible days of frequencies without exact times (:func:`.frequencies.phase_share`).

    Raises
    ------
    InputError
        A feed that is none; a day on which it has no trip; values that are none, by their line; several time zones.

    References
    ----------
    GTFS Schedule Reference, https://gtfs.org/documentation/schedule/reference/ (2026).
    """
    _check_names(feeds)
    opened = [open_feed(feed.path, name=feed.name) for feed in feeds]
    zone = check_one_zone(opened, [time_zone(feed) for feed in opened])
    tallies = [Tally(feed.name) for feed in opened]
    parts = [
        _read_feed(feed, tally, day, asked.day or day, ZoneInfo(zone), draw)
        for feed, tally, asked in zip(opened, tallies, feeds, strict=True)
    ]

    # the same vehicle in two feeds, before blocks: a block goes on over the trips that stay
    duplicates = duplicate_journeys([FeedJourneys(part.journeys, part.calls, part.stops) for part in parts])
    for tally, part, twice in zip(tallies, parts, duplicates, strict=True):
        trips = part.trips["trip_id"].to_numpy()
        tally.add("gtfs_duplicate_trip", twice.sum(), len(twice), trips[part.journeys.trip[twice]])
    kept = [_in_runs(part, ~twice, tally) for part, twice, tally in zip(parts, duplicates, tallies, strict=True)]
    return joined_timetable(kept, tallies, day=day, timezone=zone, on_demand=on_demand)


def _check_names(feeds: Sequence[FeedDay]) -> None:
    """Refuse no feed at all, and prefixes that are none or stand twice."""
    if not feeds:
        raise input_error("Aucun GTFS n'est donné.", "feeds", "En donner au moins un.")
    for feed in feeds:
        if not _NAME.fullmatch(feed.name):
            raise input_error(
                f"Le nom « {feed.name} » ne peut pas préfixer des identifiants.", str(feed.path),
                "N'y mettre que des lettres sans accent, des chiffres, « - » et « _ ».",
            )  # fmt: skip
    names = [feed.name for feed in feeds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise input_error(f"Deux GTFS s'appellent « {twice[0]} ».", "feeds", "Donner à chacun son nom.")


@dataclass(frozen=True, slots=True, eq=False)
class _FeedPart:
    """What one feed gives, before feeds are compared."""

    feed: Feed
    stops: Stops
    trips: pd.DataFrame
    calls: Calls
    journeys: Journeys
    rules: pd.DataFrame
    in_seat: pd.DataFrame


def _read_feed(feed: Feed, tally: Tally, day: dt.date, own_day: dt.date, zone: ZoneInfo, draw: int) -> _FeedPart:
    """The stops, trips, calls and journeys of one feed on its own day."""
    calendar = read_calendar(feed, tally)
    today, yesterday = calendar.active(own_day), calendar.active(own_day - _ONE_DAY)
    table = read_trips(feed, tally, calendar, today.union(yesterday))
    by_day = calendar.trips_by_day(table.trips_of_service)
    check_day(feed, by_day, own_day)
    _note_day(tally, by_day, day, own_day)
    note_unread(feed, tally, own_day)

    stops, trips = read_stops(feed, tally), table.trips
    trip_ids = pd.Index(trips["trip_id"].to_numpy(dtype=object))
    calls = read_calls(feed, tally, trip_ids=trip_ids, all_trip_ids=table.all_ids, stop_ids=stops.ids)
    silent = np.bincount(calls.trip, minlength=len(trip_ids)) == 0
    tally.add("gtfs_trip_without_calls", silent.sum(), len(trip_ids), trip_ids[silent])
    calls = repaired_calls(calls, trip_ids=trip_ids, stops=stops, tally=tally)
    late = trip_ids[np.unique(calls.trip[calls.arrival_s >= _TWO_DAYS_S])]
    tally.add("gtfs_after_two_days", len(late), len(trip_ids), late)

    windows = read_frequencies(feed, tally, trip_ids)
    windowed = np.zeros(len(trip_ids), dtype=bool)
    windowed[windows["trip"].to_numpy(dtype=np.int64)] = True
    repeated = departures(windows, trip_ids, draw=draw)
    tally.add("gtfs_frequencies", len(repeated[0]), len(repeated[0]), trip_ids[windowed])
    phased = windows[~windows["exact"].astype(bool)]
    tally.add("gtfs_phases", phased["trip"].nunique(), int(windowed.sum()), trip_ids[phased["trip"].unique()])
    journeys = journeys_of_day(
        calls,
        runs_today=trips["service_id"].isin(today).to_numpy(),
        runs_yesterday=trips["service_id"].isin(yesterday).to_numpy(),
        yesterday_shift_s=service_zero_s(own_day - _ONE_DAY, zone) - service_zero_s(own_day, zone),
        midnight_s=midnight_s(own_day, zone),
        repeated=repeated,
        windowed=windowed,
    )
    if not len(journeys):
        raise input_error(
            "Aucune course du jour ne peut être lue.", f"{feed.path.name}, {_why(tally)}", "Corriger ces courses."
        )
    tally.add("gtfs_yesterday", journeys.yesterday.sum(), len(journeys))
    rules, in_seat = read_transfers(feed, tally, stops=stops, trip_ids=trip_ids)
    return _FeedPart(feed, stops, trips, calls, journeys, rules, in_seat)


def _why(tally: Tally) -> str:
    """What was left out, for the message of a feed in which nothing remains."""
    said = [f"{notice.count} {_LEFT_OUT[notice.code]}" for notice in tally.notices if notice.code in _LEFT_OUT]
    return f"courses du jour : {', '.join(said)}" if said else "courses du jour"


_LEFT_OUT = {
    "gtfs_trip_without_calls": "sans aucun horaire",
    "gtfs_ends_without_time": "sans heure à un bout",
    "gtfs_negative_dwell": "qui repartent avant d'arriver",
    "gtfs_negative_travel": "qui arrivent avant d'être parties",
    "gtfs_single_call": "d'un seul arrêt",
    "gtfs_duplicate_sequence": "où deux lignes ont un même rang",
    "gtfs_unknown_route": "d'une ligne inconnue",
}
"""By notice, what is wrong with the trips that it leaves out."""


THIN_SHARE = 0.7
"""A day with less than this share of the trips of a usual one is said: a holiday, or the end of a calendar."""


def _note_day(tally: Tally, by_day: pd.Series, day: dt.date, own_day: dt.date) -> None:
    """The trips of the day beside those of a usual weekday; another day that stands for it, another day of the week."""
    tally.notices.append(
        TimetableNotice("gtfs_trips_of_day", int(by_day[own_day]), usual_weekday(by_day), (str(own_day),), tally.feed)
    )
    usual = usual_like(by_day, own_day)
    if by_day[own_day] < THIN_SHARE * usual:
        tally.notices.append(TimetableNotice("gtfs_thin_day", int(by_day[own_day]), usual, (str(own_day),), tally.feed))
    if own_day != day:
        tally.add("gtfs_other_day", abs((own_day - day).days), abs((own_day - day).days), [str(own_day)])
        if own_day.weekday() != day.weekday():
            tally.add("gtfs_other_weekday", 1, 1, [str(own_day)])


def _in_runs(part: _FeedPart, stays: np.ndarray, tally: Tally) -> PartOfDay:
    """The journeys that stay, with the vehicle runs that blocks make of them."""
    journeys = part.journeys.take(stays)
    ends = JourneyEnds.of(journeys, part.calls, len(part.trips))
    follows = next_journeys(
        journeys, part.calls, ends, trips=part.trips, stops=part.stops, in_seat=part.in_seat, tally=tally
    )
    head, place = chain_numbers(follows)
    return PartOfDay(
        name=part.feed.name, publishers=publishers(part.feed), stops=part.stops, trips=part.trips, calls=part.calls,
        journeys=journeys, ends=ends, head=head, place=place, rules=part.rules,
    )  # fmt: skip
