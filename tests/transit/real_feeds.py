"""The two real feeds of ../shared/gtfs as one timetable, for tests and benchmarks of the engine.

What :func:`access92.sources.gtfs.read_gtfs` makes of them is compared row by row with a plain reader in
tests/sources/gtfs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.timetable import Timetable

_FOLDER = Path(__file__).parents[2].parent / "shared" / "gtfs"
REAL = (
    FeedDay(_FOLDER / "ratp_bus92_gtfs_2017-12.zip", "ratp", dt.date(2018, 1, 16)),
    FeedDay(_FOLDER / "transilien_gtfs_2016-12.zip", "transilien", dt.date(2017, 1, 17)),
)
_CALL_ARRAYS = ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")


def are_there() -> bool:
    """Whether the feeds are on this machine."""
    return all(feed.path.exists() for feed in REAL)


def real_timetable() -> Timetable:
    """Both feeds on their Tuesdays, with their transfer rules and what still rolls of the day before."""
    return read_gtfs(REAL, day=dt.date(2018, 1, 16))


def calls_between(timetable: Timetable, first_s: int, last_s: int) -> Timetable:
    """The calls between two seconds only: vehicles begin and end on their way."""
    stays = (timetable.departure_s >= first_s) & (timetable.arrival_s <= last_s)
    return replace(timetable, **{name: getattr(timetable, name)[stays] for name in _CALL_ARRAYS})
