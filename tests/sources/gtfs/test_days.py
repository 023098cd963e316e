"""Service days: the day before after midnight, changes of clocks, a day that stands for another, several feeds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.gtfs.calendars import read_calendar
from access92.sources.gtfs.feed import open_feed
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.trips import read_services
from access92.sources.timetable import Timetable
from tests.sources.gtfs.feeds import TOY, TUESDAY, Tables, noted, read, runs_of, toy, written

HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
NIGHT = (
    HEAD + "t1,23:50:00,23:50:00,a,1\nt1,24:10:00,24:10:00,b,2\nt2,09:00:00,09:00:00,c,1\nt2,09:10:00,09:10:00,b,2\n"
)
DAILY = TOY["calendar.txt"].replace("1,1,1,1,1,0,0", "1,1,1,1,1,1,1").replace("20240331", "20241231")


def times(timetable, trip: str) -> list[list[int]]:
    """Departures of each run of a trip."""
    return [[call[2] for _, call in run] for run in runs_of(timetable) if run[0][0] == trip]


def test_a_vehicle_of_yesterday_still_runs_after_midnight_and_one_that_stopped_before_does_not(tmp_path: Path) -> None:
    timetable = read(toy(stop_times=NIGHT), tmp_path)
    assert times(timetable, "t1") == [[-600, 600], [85_800, 87_000]]
    assert times(timetable, "t2") == [[32_400, 33_000]]
    assert timetable.trips[["trip_id", "day_shift"]].to_numpy().tolist() == [["f:t1", -1], ["f:t1", 0], ["f:t2", 0]]
    assert noted(timetable) == {"gtfs_yesterday": (1, 3)}


def test_a_vehicle_that_arrives_at_second_0_is_of_the_day(tmp_path: Path) -> None:
    just = read(toy(stop_times=NIGHT.replace("24:10:00", "24:00:00")), tmp_path, name="a")
    too_early = read(toy(stop_times=NIGHT.replace("24:10:00", "23:59:59")), tmp_path, name="b")
    assert len(times(just, "t1")) == 2
    assert len(times(too_early, "t1")) == 1


def test_a_monday_has_no_vehicles_of_a_sunday_without_service(tmp_path: Path) -> None:
    timetable = read(toy(stop_times=NIGHT), tmp_path, day=dt.date(2024, 3, 11))
    assert times(timetable, "t1") == [[85_800, 87_000]]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (dt.date(2024, 3, 30), 24),
        (dt.date(2024, 3, 31), 23),  # 02:00 becomes 03:00: second 0 is 23:00 of the evening before
        (dt.date(2024, 4, 1), 24),
        (dt.date(2024, 10, 27), 25),  # 03:00 becomes 02:00: second 0 is 01:00, an hour after midnight
        (dt.date(2024, 10, 28), 24),
    ],
)
def test_second_0_is_noon_less_twelve_hours_when_clocks_change(tmp_path: Path, day: dt.date, hours: int) -> None:
    """From noon to noon there are 23 hours at the end of March, 25 at the end of October."""
    timetable = read(toy(stop_times=NIGHT, calendar=DAILY), tmp_path, day=day)
    yesterday, today = times(timetable, "t1")
    assert [b - a for a, b in zip(yesterday, today, strict=True)] == [hours * 3600] * 2
    assert times(timetable, "t2") == [[32_400, 33_000]]  # 09:00 is three hours before noon, whatever the night


def test_what_ends_before_the_clock_s_midnight_is_not_of_a_day_of_25_hours(tmp_path: Path) -> None:
    early = NIGHT.replace("24:10:00", "23:59:59")
    timetable = read(toy(stop_times=early, calendar=DAILY), tmp_path, day=dt.date(2024, 10, 27))
    assert times(timetable, "t1") == [[85_800, 86_399]]


def test_another_day_stands_for_that_of_the_study_and_is_told(tmp_path: Path) -> None:
    path = written(TOY, tmp_path / "f.zip")
    other = read_gtfs([FeedDay(path, "f", TUESDAY)], day=dt.date(2026, 9, 15))
    assert other.day == dt.date(2026, 9, 15)
    assert runs_of(other) == runs_of(read(TOY, tmp_path))
    assert noted(other) == {"gtfs_other_day": (917, 917)}
    wednesday = read_gtfs([FeedDay(path, "f", TUESDAY)], day=dt.date(2026, 9, 16))
    assert noted(wednesday) == {"gtfs_other_day": (918, 918), "gtfs_other_weekday": (1, 1)}


def test_trips_of_the_day_stand_beside_those_of_a_usual_weekday(tmp_path: Path) -> None:
    tables = toy(
        trips=TOY["trips.txt"] + "R1,school,t3,\nR1,school,t4,\n",
        calendar_dates="service_id,date,exception_type\nschool,20240312,1\nweek,20240313,2\n",
    )
    notices = {notice.code: notice for notice in read(tables, tmp_path).notices}
    assert (notices["gtfs_trips_of_day"].count, notices["gtfs_trips_of_day"].total) == (4, 2)
    feed = open_feed(written(tables, tmp_path / "f.zip"), name="f")
    by_day = read_calendar(feed, Tally("f")).trips_by_day(read_services(feed))
    assert by_day.index[0] == dt.date(2024, 3, 4)
    assert by_day.index[-1] == dt.date(2024, 3, 29)
    assert by_day[dt.date(2024, 3, 12) : dt.date(2024, 3, 17)].tolist() == [4, 0, 2, 2, 0, 0]


def two_feeds(tmp_path: Path, first: Tables, second: Tables) -> Timetable:
    feeds = [FeedDay(written(tables, tmp_path / f"{name}.zip"), name) for name, tables in (("x", first), ("y", second))]
    return read_gtfs(feeds, day=TUESDAY)


def test_ids_of_several_feeds_never_meet(tmp_path: Path) -> None:
    later = toy(stop_times=TOY["stop_times.txt"].replace(",08:", ",10:").replace(",09:", ",11:"))
    timetable = two_feeds(tmp_path, TOY, later)
    assert timetable.stops["stop_id"].tolist() == ["x:a", "x:b", "x:c", "y:a", "y:b", "y:c"]
    assert timetable.trips["trip_id"].tolist() == ["x:t1", "x:t2", "y:t1", "y:t2"]
    assert timetable.trips["route_id"].tolist() == ["x:R1", "x:R2", "y:R1", "y:R2"]
    assert timetable.trips["line"].tolist() == ["1", "Grande ligne", "1", "Grande ligne"]
    assert timetable.call_stop.tolist() == [0, 1, 2, 2, 1, 0, 3, 4, 5, 5, 4, 3]
    assert timetable.call_trip.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert timetable.call_run.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert timetable.attribution == "Toy"


def test_the_same_vehicle_in_two_feeds_counts_once(tmp_path: Path) -> None:
    moved = toy(
        stops=TOY["stops.txt"].replace("48.91,2.21", "48.9108,2.21"),  # 89 m
        stop_times=TOY["stop_times.txt"].replace("t1,08:00:00,", "t1,07:58:00,"),  # the first arrival says nothing
    )
    timetable = two_feeds(tmp_path, TOY, moved)
    assert timetable.trips["feed"].tolist() == ["x", "x"]
    assert noted(timetable) == {"gtfs_duplicate_trip": (2, 2)}
    assert timetable.stops["feed"].tolist() == ["x"] * 3


@pytest.mark.parametrize(
    "other",
    [
        toy(stops=TOY["stops.txt"].replace("48.91,2.21", "48.911,2.21")),  # 111 m away
        toy(stop_times=TOY["stop_times.txt"].replace("08:06:00", "08:06:01").replace("09:10:00", "09:10:01")),
        toy(stop_times=TOY["stop_times.txt"].replace("b,2", "d,2")),
    ],
)
def test_vehicles_that_differ_by_a_stop_or_a_second_are_two(tmp_path: Path, other: Tables) -> None:
    timetable = two_feeds(tmp_path, TOY, other)
    assert timetable.trips["feed"].tolist() == ["x", "x", "y", "y"]


def test_two_buses_at_one_time_stay_two_and_answer_for_two(tmp_path: Path) -> None:
    double = toy(
        trips=TOY["trips.txt"] + "R1,week,t3,\n",
        stop_times=TOY["stop_times.txt"] + "".join(
            f"t3{line[2:]}\n" for line in TOY["stop_times.txt"].splitlines() if line.startswith("t1")
        ),
    )  # fmt: skip
    assert read(double, tmp_path).n_runs == 3
    assert two_feeds(tmp_path, double, double).n_runs == 3
    assert noted(two_feeds(tmp_path, TOY, double)) == {"gtfs_duplicate_trip": (2, 3)}
    assert two_feeds(tmp_path, TOY, double).n_runs == 3


def test_wheelchair_access_has_three_values_and_platforms_inherit(tmp_path: Path) -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
        "S,Gare,48.9,2.2,1,,1\na,A,48.9,2.2,0,S,\nb,B,48.9,2.2,0,S,2\nc,C,48.9,2.2,4,a,0\n"
    )
    trips = "route_id,service_id,trip_id,wheelchair_accessible\nR1,week,t1,1\nR2,week,t2,\n"
    timetable = read(toy(stops=stops, trips=trips), tmp_path)
    assert timetable.stops[["stop_id", "parent", "wheelchair"]].to_numpy().tolist() == [
        ["f:a", "f:S", 1], ["f:b", "f:S", 2], ["f:c", "f:S", 1],
    ]  # fmt: skip
    assert timetable.trips["wheelchair"].tolist() == [1, 0]
    usual = {notice.code: (notice.count, notice.total) for notice in read(TOY, tmp_path).notices}
    assert usual["gtfs_wheelchair_unknown"] == (3, 3)


def test_on_demand_calls_are_excluded_unless_asked_for(tmp_path: Path) -> None:
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    rows = "t1,8:00:00,8:00:00,a,1,2,1\nt1,8:05:00,8:05:00,b,2,1,3\nt1,8:09:00,8:09:00,c,3,,0\n"
    plain = read(toy(stop_times=head + rows), tmp_path)
    assert plain.may_board.tolist() == [False, False, True]
    assert plain.may_alight.tolist() == [False, False, True]
    asked = read(toy(stop_times=head + rows), tmp_path, on_demand=True)
    assert asked.may_board.tolist() == [True, False, True]
    assert asked.may_alight.tolist() == [False, True, True]


def test_where_no_column_says_otherwise_riders_board_and_alight_everywhere(tmp_path: Path) -> None:
    timetable = read(TOY, tmp_path)
    assert timetable.may_board.all()
    assert timetable.may_alight.all()
