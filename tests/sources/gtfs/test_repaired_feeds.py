"""Faults that a feed survives: what runs afterwards, and what was counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from access92.outputs.words.timetables import NOTICE_CODES, timetable_notice
from access92.sources.timetable import Timetable
from tests.conftest import ROOT
from tests.sources.gtfs.feeds import TOY, Tables, noted, read, runs_of, toy

STOP_TIMES = TOY["stop_times.txt"]
STOPS = TOY["stops.txt"]
TRIPS = TOY["trips.txt"]
HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
T2 = "t2,09:00:00,09:00:00,c,1\nt2,09:10:00,09:10:00,b,2\nt2,09:20:00,09:20:00,a,3\n"
TRANSFERS = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
STATIONS = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"

REPAIRED: dict[str, tuple[Tables, dict[str, tuple[int, int]], set[str]]] = {
    # tables, what is counted (count, total), the trips that run
    "negative_dwell": (toy(stop_times=STOP_TIMES.replace("08:05:00,08:06:00", "08:06:00,08:05:00")), {"gtfs_negative_dwell": (1, 2)}, {"t2"}),
    "negative_travel": (toy(stop_times=STOP_TIMES.replace("08:10:00,08:10:00", "08:04:00,08:04:00")), {"gtfs_negative_travel": (1, 2)}, {"t2"}),
    "first_time_empty": (toy(stop_times=STOP_TIMES.replace("08:00:00,08:00:00", ",")), {"gtfs_ends_without_time": (1, 2)}, {"t2"}),
    "last_time_empty": (toy(stop_times=STOP_TIMES.replace("09:20:00,09:20:00", ",")), {"gtfs_ends_without_time": (1, 2)}, {"t1"}),
    "middle_time_empty": (toy(stop_times=STOP_TIMES.replace("08:05:00,08:06:00", ",")), {"gtfs_interpolated": (1, 6), "gtfs_interpolated_evenly": (1, 1)}, {"t1", "t2"}),
    "arrival_alone": (toy(stop_times=STOP_TIMES.replace("08:05:00,08:06:00", "08:05:00,")), {"gtfs_one_time": (1, 6)}, {"t1", "t2"}),
    "single_call": (toy(stop_times=f"{HEAD}\nt1,08:00:00,08:00:00,a,1\n{T2}"), {"gtfs_single_call": (1, 2)}, {"t2"}),
    "trip_without_calls": (toy(stop_times=f"{HEAD}\n{T2}"), {"gtfs_trip_without_calls": (1, 2)}, {"t2"}),
    "sequence_twice": (toy(stop_times=STOP_TIMES.replace("c,3", "c,2", 1)), {"gtfs_duplicate_sequence": (1, 2)}, {"t2"}),
    "row_twice": (toy(stop_times=STOP_TIMES + "t2,09:20:00,09:20:00,a,3\n"), {"gtfs_duplicate_row": (1, 7)}, {"t1", "t2"}),
    "unknown_stop": (toy(stop_times=STOP_TIMES.replace("b,2", "x,2", 1)), {"gtfs_unknown_stop": (1, 6)}, {"t1", "t2"}),
    "unknown_trip": (toy(stop_times=STOP_TIMES + "t9,09:20:00,09:20:00,a,3\n"), {"gtfs_unknown_trip": (1, 3)}, {"t1", "t2"}),
    "call_of_no_trip": (toy(stop_times=STOP_TIMES + ",09:20:00,09:20:00,a,3\n"), {"gtfs_nameless_call": (1, 7)}, {"t1", "t2"}),
    "unknown_route": (toy(trips=TRIPS.replace("R1", "R9")), {"gtfs_unknown_route": (1, 2)}, {"t2"}),
    "unknown_service": (toy(trips=TRIPS.replace("R1,week", "R1,never")), {"gtfs_unknown_service": (1, 2)}, {"t2"}),
    "service_ends_before_it_begins": (toy(calendar=TOY["calendar.txt"] + "old,1,1,1,1,1,1,1,20240401,20240301\n"), {"gtfs_backward_service": (1, 2)}, {"t1", "t2"}),
    "exception_twice": (toy(calendar_dates="service_id,date,exception_type\n" + "week,20240316,1\n" * 2), {"gtfs_duplicate_row": (1, 2)}, {"t1", "t2"}),
    "stop_in_the_atlantic": (toy(stops=STOPS.replace("48.91,2.21", "0,0")), {"gtfs_stop_at_zero": (1, 4), "gtfs_stop_without_place": (2, 6)}, {"t1", "t2"}),
    "stop_without_place": (toy(stops=STOPS.replace("48.91,2.21", ",")), {"gtfs_stop_without_place": (2, 6)}, {"t1", "t2"}),
    "place_of_the_station": (toy(stops=STATIONS + "a,A,48.9,2.2,,\nb,B,,,0,S\nc,C,48.92,2.22,,\nS,Gare,48.91,2.21,1,\n"), {"gtfs_place_of_station": (1, 4)}, {"t1", "t2"}),
    "unknown_parent": (toy(stops=STATIONS + "a,A,48.9,2.2,,X\nb,B,48.91,2.21,,\nc,C,48.92,2.22,,\n"), {"gtfs_unknown_parent": (1, 3)}, {"t1", "t2"}),
    "stations_in_a_ring": (toy(stops=STATIONS + "a,A,48.9,2.2,,b\nb,B,48.91,2.21,,a\nc,C,48.92,2.22,,c\n"), {"gtfs_parent_loop": (3, 3)}, {"t1", "t2"}),
    "call_at_a_station": (toy(stops=STATIONS + "a,A,48.9,2.2,1,\nb,B,48.91,2.21,,\nc,C,48.92,2.22,,\n"), {"gtfs_call_at_station": (2, 6)}, {"t1", "t2"}),
    "wheelchair_3": (toy(trips="route_id,service_id,trip_id,wheelchair_accessible\nR1,week,t1,3\nR2,week,t2,1\n"), {"gtfs_unknown_value": (1, 2)}, {"t1", "t2"}),
    "on_demand": (toy(stop_times=f"{HEAD},pickup_type,drop_off_type\nt1,8:00:00,8:00:00,a,1,2,\nt1,8:05:00,8:05:00,b,2,,3\n"), {"gtfs_trip_without_calls": (1, 2), "gtfs_on_demand_pickup": (1, 2), "gtfs_on_demand_drop_off": (1, 2)}, {"t1"}),
    "flexible_window": (toy(stop_times=f"{HEAD},location_id,start_pickup_drop_off_window\nt1,,,,1,zone,08:00:00\nt1,,,,2,zone,08:00:00\n" + T2.replace("\n", ",,\n")), {"gtfs_flexible": (2, 5), "gtfs_trip_without_calls": (1, 2)}, {"t2"}),
    "call_without_stop": (toy(stop_times=STOP_TIMES.replace("b,2", ",2", 1)), {"gtfs_flexible": (1, 6)}, {"t1", "t2"}),
    "hailed_between_stops": (toy(routes="route_id,route_short_name,route_type,continuous_pickup\nR1,1,3,0\nR2,2,2,1\n"), {"gtfs_continuous": (1, 2)}, {"t1", "t2"}),
    "pathways": (toy(pathways="pathway_id,from_stop_id\np,a\nq,b\n"), {"gtfs_pathways": (2, 2)}, {"t1", "t2"}),
    "flexible_zones": (toy(location_groups="location_group_id\ng\n"), {"gtfs_flex_zones": (1, 1)}, {"t1", "t2"}),
    "publisher_vouches_no_more": (toy(feed_info="feed_publisher_name,feed_start_date,feed_end_date\nX,20240101,20240301\n"), {"gtfs_beyond_feed_info": (1, 1)}, {"t1", "t2"}),
    "overlapping_frequencies": (toy(frequencies="trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,07:00:00,1800,1\nt1,06:30:00,07:30:00,1800,1\n"), {"gtfs_overlapping_frequencies": (1, 2), "gtfs_frequencies": (3, 3)}, {"t1", "t2"}),
    "transfer_to_nowhere": (toy(transfers=TRANSFERS + "a,x,2,60\n"), {"gtfs_unknown_transfer_end": (1, 1)}, {"t1", "t2"}),
    "transfer_without_its_time": (toy(transfers=TRANSFERS + "a,b,2,\n"), {"gtfs_transfer_without_time": (1, 1)}, {"t1", "t2"}),
    "transfer_in_two_ways": (toy(transfers=TRANSFERS + "a,b,2,60\na,b,3,\n"), {"gtfs_transfer_clash": (1, 2)}, {"t1", "t2"}),
    "block_overlaps": (toy(trips="route_id,service_id,trip_id,block_id\nR1,week,t1,B\nR2,week,t2,B\n", stop_times=STOP_TIMES.replace("t2,09:00:00,09:00:00", "t2,08:09:00,08:09:00")), {"gtfs_block_overlap": (1, 2)}, {"t1", "t2"}),
    "block_starts_elsewhere": (toy(trips="route_id,service_id,trip_id,block_id\nR1,week,t1,B\nR2,week,t2,B\n", stop_times=STOP_TIMES.replace("c,1", "d,1")), {"gtfs_block_moved": (1, 1)}, {"t1", "t2"}),
    "beyond_48_hours": (toy(stop_times=STOP_TIMES.replace("t2,09:20:00,09:20:00", "t2,49:20:00,49:20:00")), {"gtfs_after_two_days": (1, 2), "gtfs_yesterday": (1, 3)}, {"t1", "t2"}),
}  # fmt: skip


@pytest.mark.parametrize("fault", REPAIRED)
def test_a_faulty_feed_is_repaired_and_what_it_lost_is_counted(fault: str, tmp_path: Path) -> None:
    tables, counted, trips = REPAIRED[fault]
    timetable = read(tables, tmp_path)
    assert noted(timetable) == counted
    assert {trip for run in runs_of(timetable) for trip, _ in run} == trips
    for notice in timetable.notices:  # each has its sentence
        assert notice.feed == "f"
        assert timetable_notice(notice).startswith("f, ")
    check_contract(timetable)


def check_contract(timetable: Timetable) -> None:
    """What every timetable promises to a search."""
    runs, arrival_s, departure_s = timetable.call_run, timetable.arrival_s, timetable.departure_s
    assert (departure_s >= arrival_s).all()
    same = runs[1:] == runs[:-1]
    assert (arrival_s[1:][same] >= departure_s[:-1][same]).all()
    assert set(runs[1:] - runs[:-1]) <= {0, 1}
    assert sorted(set(timetable.call_stop)) == list(range(len(timetable.stops)))
    assert not timetable.stops.geometry.is_empty.any()


def test_names_of_what_was_left_out_are_given(tmp_path: Path) -> None:
    timetable = read(REPAIRED["negative_dwell"][0], tmp_path)
    (notice,) = (notice for notice in timetable.notices if notice.code == "gtfs_negative_dwell")
    assert notice.examples == ("t1",)
    spaces = timetable_notice(notice).replace("\u202f", " ").replace("\u00a0", " ")
    assert spaces == "f, courses qui repartent avant d’arriver, écartées : 1 sur 2 (t1)"


def test_every_notice_of_the_reader_has_a_sentence_and_no_sentence_is_idle() -> None:
    source = "".join(path.read_text() for path in (ROOT / "access92/sources/gtfs").glob("*.py"))
    assert set(re.findall(r'"(gtfs_[a-z_]+)"', source)) == NOTICE_CODES


def test_interpolation_follows_the_shape_and_cuts_to_the_second(tmp_path: Path) -> None:
    rows = "t1,08:00:00,08:00:00,a,1,{}\nt1,,,b,2,{}\nt1,,,c,3,{}\nt1,08:10:00,08:10:00,d,4,{}\n"
    measured = read(toy(stop_times=f"{HEAD},shape_dist_traveled\n" + rows.format(0, 1, 2.5, 10)), tmp_path)
    assert [call[1] - 28800 for _, call in runs_of(measured)[0]] == [0, 60, 150, 600]
    for distances in (("", 1, 2.5, 10), (0, 5, 2.5, 10), (3, 3, 3, 3)):
        timetable = read(toy(stop_times=f"{HEAD},shape_dist_traveled\n" + rows.format(*distances)), tmp_path)
        assert [call[1] - 28800 for _, call in runs_of(timetable)[0]] == [0, 200, 400, 600]
    odd = read(toy(stop_times=f"{HEAD}\n" + "t1,8:00:00,8:00:00,a,1\nt1,,,b,2\nt1,8:00:05,8:00:05,c,3\n"), tmp_path)
    assert [call[1] - 28800 for _, call in runs_of(odd)[0]] == [0, 2, 5]
