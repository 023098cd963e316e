"""The two real feeds of ../shared/gtfs: known numbers of trips, and row by row what the plain reader reads."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from access92.sources.gtfs import FeedDay, read_gtfs
from tests.sources.gtfs.feeds import runs_of
from tests.sources.gtfs.plain_reader import plain_runs
from tests.sources.gtfs.test_repaired_feeds import check_contract

BUS, BUS_DAY = "gtfs/ratp_bus92_gtfs_2017-12.zip", dt.date(2018, 1, 16)
RAIL, RAIL_DAY = "gtfs/transilien_gtfs_2016-12.zip", dt.date(2017, 1, 17)


def real(shared: Path, name: str) -> Path:
    if not (shared / name).exists():
        pytest.skip(f"no {name}")
    return shared / name


@pytest.mark.slow
def test_the_trains_of_a_tuesday_are_those_of_the_plain_reader(shared_folder: Path) -> None:
    path = real(shared_folder, RAIL)
    timetable = read_gtfs([FeedDay(path, "sncf")], day=RAIL_DAY)
    assert int((timetable.trips["day_shift"] == 0).sum()) == 5_653
    assert runs_of(timetable) == plain_runs(path, RAIL_DAY)
    check_contract(timetable)


@pytest.mark.slow
def test_a_sample_of_the_buses_is_that_of_the_plain_reader(shared_folder: Path, tmp_path: Path) -> None:
    """One bus line in twenty, its trips of all days: the sample is a feed of its own."""
    path, sample = real(shared_folder, BUS), tmp_path / "sample.zip"
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(sample, "w") as made:
        for name in given.namelist():
            if name in {"trips.txt", "stop_times.txt"}:
                continue
            made.writestr(name, given.read(name))
        heading, *trips = given.read("trips.txt").decode().splitlines()
        kept = [line for k, line in enumerate(trips) if k % 20 == 7]
        made.writestr("trips.txt", "\n".join([heading, *kept]))
        ids = {line.split(",")[2].encode() for line in kept}
        with given.open("stop_times.txt") as table, made.open("stop_times.txt", "w") as written:
            written.write(next(table))
            written.writelines(line for line in table if line[: line.index(b",")] in ids)
    timetable = read_gtfs([FeedDay(sample, "ratp")], day=BUS_DAY)
    assert len(timetable) > 20_000
    assert runs_of(timetable) == plain_runs(sample, BUS_DAY)


@pytest.mark.slow
def test_both_feeds_on_one_day_have_the_trips_that_were_counted(shared_folder: Path) -> None:
    feeds = [FeedDay(real(shared_folder, BUS), "ratp"), FeedDay(real(shared_folder, RAIL), "sncf", RAIL_DAY)]
    timetable = read_gtfs(feeds, day=BUS_DAY)
    today = timetable.trips[timetable.trips["day_shift"] == 0]
    assert today["feed"].value_counts().to_dict() == {"ratp": 21_709, "sncf": 5_653}
    is_today = (timetable.trips["day_shift"] == 0).to_numpy()[timetable.call_trip]
    assert int(is_today.sum()) == 567_133 + 88_278
    assert len(timetable.stops) == 9_007
    check_contract(timetable)
