"""Vehicle runs (frequencies, blocks, riders who stay seated) and the rules for transfers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from access92.sources.gtfs.frequencies import phase_share
from tests.sources.gtfs.feeds import TOY, noted, read, rules_of, runs_of, toy

HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
CALLS = HEAD + (
    "t1,08:00:00,08:00:00,a,1\nt1,08:10:00,08:11:00,b,2\nt2,08:15:00,08:20:00,b,1\nt2,08:30:00,08:30:00,c,2\n"
    "t3,08:30:00,08:30:00,c,1\nt3,08:40:00,08:40:00,a,2\n"
)
BLOCKS = "route_id,service_id,trip_id,block_id\nR1,week,t1,B\nR1,week,t2,B\nR2,week,t3,B\n"
FREE = BLOCKS.replace(",B", ",")
SEATED = "from_stop_id,to_stop_id,from_trip_id,to_trip_id,transfer_type\n"
RULES = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
STATIONS = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nS,Gare,48.91,2.21,1,\n"
    "a,A,48.90,2.20,,\nb,B,48.91,2.21,,S\nc,C,48.91,2.21,,S\nd,D,48.93,2.23,,\n"
)


def shape(timetable) -> list[list[tuple]]:
    """Trip, stop, arrival and departure in minutes after 8, of each run."""
    return [
        [(trip, call[0], call[1] // 60 - 480, call[2] // 60 - 480) for trip, call in run] for run in runs_of(timetable)
    ]


def test_trips_of_a_block_are_one_run_with_one_call_where_they_meet(tmp_path: Path) -> None:
    timetable = read(toy(trips=BLOCKS, stop_times=CALLS), tmp_path)
    assert shape(timetable) == [[("t1", "a", 0, 0), ("t2", "b", 10, 20), ("t3", "c", 30, 30), ("t3", "a", 40, 40)]]
    assert noted(timetable) == {"gtfs_in_seat": (2, 3)}
    assert timetable.n_runs == 1


def test_riders_alight_from_the_trip_that_ends_and_board_the_one_that_begins(tmp_path: Path) -> None:
    rows = CALLS.replace("sequence\n", "sequence,pickup_type,drop_off_type\n")
    rows = (
        rows.replace("b,2\n", "b,2,1,0\n")
        .replace("b,1\n", "b,1,0,1\n")
        .replace("c,2\n", "c,2,0,1\n")
        .replace("c,1\n", "c,1,1,0\n")
    )
    rows = rows.replace("a,1\n", "a,1,,\n").replace("a,2\n", "a,2,,\n")
    timetable = read(toy(trips=BLOCKS, stop_times=rows), tmp_path)
    assert timetable.may_board.tolist() == [True, True, False, True]
    assert timetable.may_alight.tolist() == [True, True, False, True]


def test_rule_5_makes_riders_leave_and_rule_4_lets_them_stay(tmp_path: Path) -> None:
    left = read(toy(trips=BLOCKS, stop_times=CALLS, transfers=SEATED + ",,t1,t2,5\n"), tmp_path)
    assert [len(run) for run in runs_of(left)] == [2, 3]
    stay = read(toy(trips=FREE, stop_times=CALLS, transfers=SEATED + ",,t1,t2,4\n"), tmp_path)
    assert shape(stay)[0] == [("t1", "a", 0, 0), ("t2", "b", 10, 20), ("t2", "c", 30, 30)]
    assert stay.n_runs == 2
    late = read(toy(trips=FREE, stop_times=CALLS, transfers=SEATED + ",,t2,t1,4\n,,t1,t2,4\n,,t1,t3,4\n"), tmp_path)
    assert noted(late) == {"gtfs_in_seat_refused": (2, 3), "gtfs_in_seat": (1, 3)}


def test_a_block_goes_on_from_within_200_m_with_both_calls(tmp_path: Path) -> None:
    near = TOY["stops.txt"] + "e,Epsilon,48.9117,2.21\n"  # 189 m from b
    timetable = read(toy(stops=near, trips=BLOCKS, stop_times=CALLS.replace("b,1", "e,1")), tmp_path)
    assert [call[:2] for call in shape(timetable)[0]] == [
        ("t1", "a"),
        ("t1", "b"),
        ("t2", "e"),
        ("t3", "c"),
        ("t3", "a"),
    ]
    far = near.replace("48.9117", "48.9119")  # 211 m
    apart = read(toy(stops=far, trips=BLOCKS, stop_times=CALLS.replace("b,1", "e,1")), tmp_path)
    assert noted(apart) == {"gtfs_block_moved": (1, 2), "gtfs_in_seat": (1, 3)}


def test_a_block_that_departs_as_it_arrives_goes_on_and_a_second_earlier_does_not(tmp_path: Path) -> None:
    same = read(toy(trips=BLOCKS, stop_times=CALLS.replace("08:15:00,08:20:00", "08:10:00,08:10:00")), tmp_path)
    assert same.n_runs == 1
    early = read(toy(trips=BLOCKS, stop_times=CALLS.replace("08:15:00,08:20:00", "08:09:59,08:09:59")), tmp_path)
    assert noted(early) == {"gtfs_block_overlap": (1, 3), "gtfs_in_seat": (1, 3)}


FREQUENT = "trip_id,start_time,end_time,headway_secs,exact_times\n"


def test_exact_frequencies_leave_from_the_start_on_and_not_at_the_end(tmp_path: Path) -> None:
    timetable = read(toy(frequencies=FREQUENT + "t1,10:00:00,10:30:00,600,1\n"), tmp_path)
    assert [run[0][1][2] for run in runs_of(timetable) if run[0][0] == "t1"] == [36_000, 36_600, 37_200]
    dwell = [call for _, call in next(run for run in runs_of(timetable) if run[0][0] == "t1")]
    assert [call[1:3] for call in dwell] == [(36_000, 36_000), (36_300, 36_360), (36_600, 36_600)]
    assert len(timetable.trips) == 2  # one row for all its runs


def test_inexact_frequencies_leave_after_a_share_of_the_headway_that_the_id_decides(tmp_path: Path) -> None:
    tables = toy(frequencies=FREQUENT + "t1,10:00:00,10:30:00,600,0\nt2,10:00:00,10:30:00,600,\n")
    timetable = read(tables, tmp_path)
    for trip in ("t1", "t2"):
        first = 36_000 + int(600 * phase_share(trip))
        leaves = [run[0][1][2] for run in runs_of(timetable) if run[0][0] == trip]
        assert leaves == list(range(first, 37_800, 600))
    assert noted(timetable) == {"gtfs_frequencies": (6, 6), "gtfs_phases": (2, 2)}
    other = read(tables, tmp_path, draw=1)
    assert runs_of(other) != runs_of(timetable)
    assert runs_of(read(tables, tmp_path)) == runs_of(timetable)


def test_phases_of_many_trips_and_of_many_draws_spread_over_the_headway() -> None:
    of_draws = np.sort([phase_share("t", draw) for draw in range(89)])
    assert np.diff(of_draws).max() < 2.0 / 89
    of_trips = np.array([phase_share(f"trip {k}") for k in range(2000)])
    assert (np.histogram(of_trips, 10, (0, 1))[0] > 150).all()


def test_a_rule_between_stations_holds_for_each_of_their_platforms(tmp_path: Path) -> None:
    timetable = read(toy(stops=STATIONS, transfers=RULES + "S,a,2,300\n"), tmp_path)
    assert rules_of(timetable) == [("b", "a", (), (), 2, 300), ("c", "a", (), (), 2, 300)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_rule_for_the_pair_itself_wins_over_that_of_its_stations(tmp_path: Path, order: int) -> None:
    rules = ["S,a,2,300", "b,a,2,120", "S,S,3,", "b,c,0,", "c,c,2,30"][::order]
    timetable = read(toy(stops=STATIONS, transfers=RULES + "\n".join(rules) + "\n"), tmp_path)
    assert rules_of(timetable) == [
        ("b", "a", (), (), 2, 120), ("b", "b", (), (), 3, 0), ("b", "c", (), (), 0, 0), ("c", "a", (), (), 2, 300),
        ("c", "b", (), (), 3, 0), ("c", "c", (), (), 2, 30),
    ]  # fmt: skip


def test_forbidden_then_the_longer_time_wins_where_one_pair_has_two_rules(tmp_path: Path) -> None:
    timetable = read(toy(transfers=RULES + "a,b,2,60\na,b,2,90\nb,c,2,60\nb,c,3,\nb,c,1,\n"), tmp_path)
    assert rules_of(timetable) == [("a", "b", (), (), 2, 90), ("b", "c", (), (), 3, 0)]


def test_rules_for_trips_and_lines_hold_for_their_runs(tmp_path: Path) -> None:
    head = "from_stop_id,to_stop_id,from_trip_id,to_trip_id,from_route_id,to_route_id,transfer_type,min_transfer_time\n"
    rules = "b,b,t1,t2,,,1,\nc,c,,,R1,,2,99\na,c,t9,,,,3,\n"
    timetable = read(toy(transfers=head + rules), tmp_path)
    assert rules_of(timetable) == [
        ("b", "b", ("t1", 28_800), ("t2", 32_400), 1, 0),
        ("c", "c", ("t1", 28_800), (), 2, 99),
    ]


def test_a_line_s_rule_holds_only_for_its_runs_that_call_there(tmp_path: Path) -> None:
    head = "from_stop_id,to_stop_id,from_route_id,to_route_id,transfer_type,min_transfer_time\n"
    calls = TOY["stop_times.txt"] + "t4,12:00:00,12:00:00,a,1\nt4,12:09:00,12:09:00,b,2\n"
    trips = TOY["trips.txt"] + "R1,week,t4,\n"
    timetable = read(toy(trips=trips, stop_times=calls, transfers=head + "c,a,R1,R2,2,99\n"), tmp_path)
    assert rules_of(timetable) == [("c", "a", ("t1", 28_800), ("t2", 32_400), 2, 99)]
