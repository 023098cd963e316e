"""Feeds that say the same give the same timetable, and a second reader in plain Python reads the same."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.timetable import Timetable
from tests.random_examples import examples
from tests.sources.gtfs.feeds import Form, noted, rules_of, runs_of, written
from tests.sources.gtfs.plain_reader import plain_runs
from tests.sources.gtfs.random_feeds import DAYS, random_feed

EXAMPLES = settings(examples(25), phases=[Phase.generate])  # a seed says no more when it is smaller
SEEDS = st.integers(0, 10**9)
FORMS = st.builds(
    Form, seed=SEEDS, bom=st.booleans(), crlf=st.booleans(), quoted=st.booleans(), shuffled_rows=st.booleans(),
    shuffled_columns=st.booleans(), more_columns=st.booleans(), blank_rows=st.booleans(), spaces=st.booleans(),
    short_hours=st.booleans(), zipped=st.booleans(), folder=st.sampled_from(["", "gtfs", "a/b"]),
    last_newline=st.booleans(),
)  # fmt: skip


def timetable_of(*tables: Mapping[str, str], day: dt.date, form: Form | None = None) -> Timetable | None:
    """The timetable of one feed or several; None where the day has no trip."""
    with tempfile.TemporaryDirectory() as folder:
        feeds = [
            FeedDay(written(feed, Path(folder) / f"f{k}", *([form] if form else [])), f"f{k}")
            for k, feed in enumerate(tables)
        ]
        try:
            return read_gtfs(feeds, day=day)
        except InputError as error:
            assert any(words in str(error) for words in ("circule", "calendrier", "ne peut être lue"))  # noqa: PT017
            return None


@EXAMPLES
@given(SEEDS, st.sampled_from(DAYS))
def test_a_plain_python_reader_reads_the_same_runs(seed: int, day: dt.date) -> None:
    tables = random_feed(seed).tables
    timetable = timetable_of(tables, day=day)
    with tempfile.TemporaryDirectory() as folder:
        expected = plain_runs(written(tables, Path(folder) / "f.zip"), day)
    assume(timetable is not None)
    assert runs_of(timetable) == expected


@EXAMPLES
@given(SEEDS, st.sampled_from(DAYS), FORMS)
def test_the_form_in_which_a_feed_is_saved_does_not_matter(seed: int, day: dt.date, form: Form) -> None:
    tables = random_feed(seed).tables
    plain = timetable_of(tables, day=day)
    other = timetable_of(tables, day=day, form=form)
    assume(plain is not None)
    assert other is not None
    assert runs_of(plain) == runs_of(other)
    assert rules_of(plain) == rules_of(other)
    assert plain.notices == other.notices
    assert plain.stops.drop(columns="geometry").equals(other.stops.drop(columns="geometry"))
    assert plain.stops.geometry.geom_equals(other.stops.geometry).all()
    assert plain.trips.equals(other.trips)
    for name in ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight"):
        assert (getattr(plain, name) == getattr(other, name)).all()
    assert plain.transfers.equals(other.transfers)


@EXAMPLES
@given(SEEDS, st.sampled_from(DAYS))
def test_weeks_and_dates_of_service_say_the_same(seed: int, day: dt.date) -> None:
    feed = random_feed(seed)
    dated = {name: text for name, text in feed.tables.items() if name != "calendar.txt"}
    dated["calendar_dates.txt"] = feed.dated
    by_week, by_date = timetable_of(feed.tables, day=day), timetable_of(dated, day=day)
    assume(by_week is not None)
    assert by_date is not None
    assert runs_of(by_week) == runs_of(by_date)
    assert by_week.notices == by_date.notices


@EXAMPLES
@given(SEEDS, st.sampled_from(DAYS))
def test_an_exact_frequency_is_its_trips_one_by_one(seed: int, day: dt.date) -> None:
    feed = random_feed(seed, exact_only=True)
    expanded = {name: text for name, text in feed.tables.items() if name != "frequencies.txt"} | feed.expanded
    repeated, single = timetable_of(feed.tables, day=day), timetable_of(expanded, day=day)
    assume(repeated is not None and single is not None)
    plain = [tuple((trip.split("@")[0], call) for trip, call in run) for run in runs_of(single)]
    assert runs_of(repeated) == sorted(plain)


@pytest.mark.slow
@EXAMPLES
@given(SEEDS, st.sampled_from(DAYS))
def test_one_feed_is_its_two_halves(seed: int, day: dt.date) -> None:
    feed = random_feed(seed)
    rest = {name: text for name, text in feed.tables.items() if name != "frequencies.txt"}
    whole = timetable_of(feed.tables, day=day)
    halves = timetable_of(*(rest | half for half in feed.halves), day=day)
    assume(whole is not None and halves is not None)
    assume("gtfs_duplicate_trip" not in noted(halves))
    assert runs_of(halves) == runs_of(whole)
    assert len(halves) == len(whole)


def test_random_feeds_hold_what_the_reader_must_follow() -> None:
    """Not a day of easy feeds: each peculiarity comes up, the rarest in one feed of sixty."""
    seeds = (0, 1, 2, 5, 23, 31, 47)  # of the first sixty, those by which the last ones come
    timetables = [timetable_of(random_feed(seed).tables, day=DAYS[seed % 5]) for seed in seeds]
    codes = {code for timetable in timetables if timetable is not None for code in noted(timetable)}
    assert codes >= {
        "gtfs_yesterday", "gtfs_interpolated", "gtfs_interpolated_evenly", "gtfs_one_time", "gtfs_negative_travel",
        "gtfs_negative_dwell", "gtfs_ends_without_time", "gtfs_frequencies", "gtfs_phases", "gtfs_in_seat",
        "gtfs_block_overlap", "gtfs_block_moved", "gtfs_on_demand_pickup", "gtfs_on_demand_drop_off",
    }  # fmt: skip
