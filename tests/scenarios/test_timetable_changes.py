"""Changes of a timetable: the engine on what they leave beside the brute force on what was there, and what holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access92.scenarios.timetable_changes import with_headway, with_line, without_stops, without_trips
from access92.scenarios.timetable_names import directions, named_stop, named_stops, named_trips
from access92.sources.timetable import Timetable
from access92.study.timetable_changes import AddLine, LineStop
from access92.transit.matrix import TransitTimes, transit_times
from tests.random_examples import examples
from tests.transit.oracle import Oracle
from tests.transit.random_timetables import Call, Case, Rule, cases, dense_case, footpaths_of, timetable_of
from tests.transit.test_oracle import PERCENTILES, assert_same, expected, times_after

timetables = st.one_of(cases(), st.integers(0, 10**6).map(dense_case))
few = settings(examples(15), suppress_health_check=[HealthCheck.too_slow])


def times_of(case: Case, timetable: Timetable) -> TransitTimes:
    return transit_times(
        timetable, footpaths_of(timetable, case.walks), window_s=case.window_s, percentiles=PERCENTILES,
        max_rides=case.max_rides, boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min,
    )  # fmt: skip


def brute_force(case: Case, timetable: Timetable) -> tuple[np.ndarray, np.ndarray]:
    changed = replace(case, timetable=timetable)
    return expected(changed, times_after(changed, Oracle(timetable, case.walks, case.max_rides, case.slack_s)))


@few
@given(timetables, st.data())
def test_a_line_that_is_gone_is_one_that_nobody_may_ride(case: Case, data: st.DataObject) -> None:
    n_trips = len(case.timetable.trips)
    gone = np.array(data.draw(st.lists(st.booleans(), min_size=n_trips, max_size=n_trips)))
    after = times_of(case, without_trips(case.timetable, gone))
    left = frozenset(np.flatnonzero(~gone).tolist())
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s, rideable=left)
    assert_same(after, expected(case, times_after(case, oracle)))
    assert (after.percentile_ms >= times_of(case, case.timetable).percentile_ms).all()


@few
@given(timetables, st.data())
def test_a_closed_stop_is_one_where_nobody_boards_or_alights(case: Case, data: st.DataObject) -> None:
    n_stops = len(case.timetable.stops)
    closed = np.array(data.draw(st.lists(st.integers(0, n_stops - 1), max_size=3, unique=True)), dtype=np.int64)
    after = without_stops(case.timetable, closed)
    oracle = Oracle(
        case.timetable, case.walks, case.max_rides, case.slack_s,
        open_stops=frozenset(set(range(n_stops)) - set(closed.tolist())),
    )  # fmt: skip
    assert_same(times_of(case, after), expected(case, times_after(case, oracle)))
    np.testing.assert_array_equal(after.departure_s, case.timetable.departure_s)


@st.composite
def lines(draw: st.DrawFn, case: Case) -> tuple[AddLine, list[int]]:
    """A line between stops that are there, around the window of a case."""
    count = draw(st.integers(2, 4))
    n_stops = len(case.timetable.stops)
    positions = draw(st.lists(st.integers(0, n_stops - 1), min_size=count, max_size=count))
    minutes = draw(st.lists(st.sampled_from([0.5, 1.0, 2.25, 4.0]), min_size=count - 1, max_size=count - 1))
    begin = max(0, min(case.window_s[0] // 60, 24 * 60 - 40)) + draw(st.integers(0, 10))
    departures = sorted(draw(st.sets(st.integers(begin, begin + 20), min_size=1, max_size=4)))
    line = AddLine(
        kind="add_line", name="Nouvelle", stops=tuple(LineStop(stop=f"f:{at}") for at in positions),
        minutes=tuple(minutes), departures=tuple(time(at // 60, at % 60) for at in departures),
        both_directions=draw(st.booleans()),
    )  # fmt: skip
    return line, positions


@few
@given(timetables, st.data())
def test_an_added_line_lengthens_no_time_and_is_ridden_as_the_brute_force_does(case: Case, data: st.DataObject) -> None:
    line, positions = data.draw(lines(case))
    after = with_line(case.timetable, line, positions)
    times = times_of(case, after)
    assert_same(times, brute_force(case, after))
    assert (times.percentile_ms <= times_of(case, case.timetable).percentile_ms).all()
    # taken away again it leaves what was there
    trips, faults = named_trips(after, "nouvelle", where="essai")
    assert not faults
    back = without_trips(after, trips)
    for name in ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight"):
        np.testing.assert_array_equal(getattr(back, name), getattr(case.timetable, name), err_msg=name)


@few
@given(timetables, st.data())
def test_another_headway_is_ridden_as_the_brute_force_does(case: Case, data: st.DataObject) -> None:
    n_trips = len(case.timetable.trips)
    of_line = np.array(data.draw(st.lists(st.booleans(), min_size=n_trips, max_size=n_trips)))
    headway_s = 60 * data.draw(st.integers(1, 9))
    window_s = data.draw(st.sampled_from([None, case.window_s]))
    after = with_headway(case.timetable, of_line, headway_s=headway_s, window_s=window_s)
    assert_same(times_of(case, after), brute_force(case, after))
    assert (np.diff(after.call_run) >= 0).all()


def vehicle(start_s: int, stops: list[int], *, minutes: int = 2, trip: int) -> list[Call]:
    """One vehicle with as many minutes from each stop to the next."""
    return [
        (stop, start_s + 60 * minutes * at, start_s + 60 * minutes * at, at + 1 < len(stops), at > 0, trip)
        for at, stop in enumerate(stops)
    ]


def in_seat(*trips: int, rules: list[Rule] | None = None) -> Timetable:
    """One vehicle past stops 0 to 6 as trips 0 (to stop 2), 1 (to stop 4) and 2, without some of them."""
    calls = [(stop, 600 * stop, 600 * stop + 60, True, True, min(stop // 2, 2)) for stop in range(7)]
    table = timetable_of([calls], rules or [], n_stops=7)
    gone = np.zeros(3, dtype=bool)
    gone[list(trips)] = True
    return without_trips(table, gone)


def test_of_a_vehicle_that_goes_on_as_another_line_the_rest_stays() -> None:
    # the first call of the next trip is where riders of the former get off
    for gone, stops, runs, trips in (
        ((0,), [2, 3, 4, 5, 6], [0] * 5, [1, 1, 2, 2, 2]),
        ((1,), [0, 1, 2, 4, 5, 6], [0, 0, 0, 1, 1, 1], [0, 0, 0, 2, 2, 2]),
        ((2,), [0, 1, 2, 3, 4], [0] * 5, [0, 0, 1, 1, 1]),
        ((0, 2), [2, 3, 4], [0] * 3, [1, 1, 1]),
    ):
        after = in_seat(*gone)
        assert after.call_stop.tolist() == stops
        assert after.call_run.tolist() == runs
        assert after.call_trip.tolist() == trips
    cut = in_seat(1)
    assert cut.may_board.tolist() == [True, True, False, True, True, True]
    assert (cut.arrival_s[2], cut.departure_s[2]) == (1200, 1200)


def test_the_rules_of_a_vehicle_that_is_cut_hold_for_both_parts_and_those_of_one_that_is_gone_for_none() -> None:
    rules: list[Rule] = [(2, 1, 0, -1, 2, 90), (2, 1, -1, -1, 2, 30)]
    cut = in_seat(1, rules=rules).transfers
    assert sorted(zip(cut["from_run"], cut["min_transfer_s"], strict=True)) == [(-1, 30), (0, 90), (1, 90)]
    gone = in_seat(0, 1, 2, rules=rules).transfers
    assert gone["min_transfer_s"].tolist() == [30]
    assert gone.dtypes.equals(cut.dtypes)


def line_of(departures: list[tuple[int, list[int]]], *, n_stops: int = 6) -> Timetable:
    """One line, « 12 », by departures (second) and stops."""
    table = timetable_of([vehicle(at, stops, trip=nth) for nth, (at, stops) in enumerate(departures)], n_stops=n_stops)
    return replace(table, trips=table.trips.assign(line="12", route_id="f:12"))


def passages(table: Timetable, stop: int) -> list[int]:
    return sorted(table.departure_s[table.call_stop == stop].tolist())


@given(st.integers(1, 15), st.integers(0, 59), st.integers(1, 6), st.booleans())
@examples(20)
def test_its_own_constant_headway_leaves_a_line_as_it_is(
    headway_min: int, second: int, count: int, has_window: bool
) -> None:
    departures = [(3600 + second + 60 * headway_min * nth, [0, 1, 2]) for nth in range(count)]
    departures += [(at + 40, [2, 1, 0]) for at, _ in departures]
    table = line_of(departures)
    window_s = (3600, 3600 + second + 60 * headway_min * (count - 1) + 41) if has_window else None
    after = with_headway(table, np.ones(len(departures), dtype=bool), headway_s=60 * headway_min, window_s=window_s)
    assert after is table


def test_a_shorter_headway_fills_the_window_in_each_direction_and_keeps_the_phase() -> None:
    table = line_of([(3600 + 1200 * nth, [0, 1, 2]) for nth in range(4)] + [(4000, [2, 1, 0]), (5200, [2, 1, 0])])
    after = with_headway(table, np.ones(6, dtype=bool), headway_s=600, window_s=(3600, 6000))
    # outward from 3600 by 600 until 6000, then what was there; inward from 4000 on
    assert sorted(after.departure_s[(after.call_stop == 0) & after.may_board].tolist()) == [
        3600, 4200, 4800, 5400, 6000, 7200,
    ]  # fmt: skip
    assert sorted(after.departure_s[(after.call_stop == 2) & after.may_board].tolist()) == [4000, 4600, 5200, 5800]
    rides = after.arrival_s[1:] - after.departure_s[:-1]
    assert set(rides[np.diff(after.call_run) == 0].tolist()) == {120}


def test_a_longer_headway_keeps_both_branches_in_their_shares() -> None:
    # two branches in turn, every five minutes on the trunk
    table = line_of([(3600 + 300 * nth, [0, 1, 2 + nth % 2]) for nth in range(12)])
    after = with_headway(table, np.ones(12, dtype=bool), headway_s=600, window_s=None)
    assert passages(after, 0) == [3600 + 600 * nth for nth in range(6)]
    assert [len(passages(after, stop)) for stop in (2, 3)] == [3, 3]


def test_running_times_are_those_of_the_trip_nearest_in_time() -> None:
    runs = [vehicle(3600, [0, 1], minutes=2, trip=0), vehicle(7200, [0, 1], minutes=9, trip=1)]
    after = with_headway(timetable_of(runs, n_stops=2), np.ones(2, dtype=bool), headway_s=1200, window_s=None)
    rides = (after.arrival_s[1:] - after.departure_s[:-1])[np.diff(after.call_run) == 0]
    by_departure = dict(zip(after.departure_s[after.may_board].tolist(), rides.tolist(), strict=True))
    assert by_departure == {3600: 120, 4800: 120, 6000: 540, 7200: 540}


def test_patterns_that_share_a_way_are_of_one_direction() -> None:
    assert directions([(0, 1, 2, 3), (3, 2, 1), (1, 2), (4, 2, 3), (5, 4)]) == [[0, 2, 3], [1], [4]]


def named(route_id: list[str], line: list[str], route_type: list[int], stops: list[list[int]]) -> Timetable:
    table = timetable_of(
        [vehicle(3600, called, trip=nth) for nth, called in enumerate(stops)],
        n_stops=1 + max(stop for called in stops for stop in called),
    )
    trips = table.trips.assign(route_id=route_id, line=line, route_type=np.array(route_type, dtype=np.int16))
    return replace(table, trips=trips)


@pytest.mark.parametrize(
    ("line", "kind", "right"),
    [("12", None, [1, 1, 0, 0]), ("f:a", None, [1, 0, 0, 0]), ("a", None, [1, 0, 0, 0]),
     ("c", None, [0, 0, 1, 1]), ("C", "train", [0, 0, 1, 0]), ("C", "bus", [0, 0, 0, 1])],
)  # fmt: skip
def test_a_line_is_named_as_riders_know_it_or_by_its_route(line: str, kind: str | None, right: list[int]) -> None:
    # both ways of bus 12; train C and the bus that stands in for it, here at the same stops but of one type
    kinds = [3, 3, 2, 2] if kind is None else [3, 3, 2, 3]
    table = named(["f:a", "f:b", "f:x", "f:y"], ["12", "12", "C", "C"], kinds, [[0, 1], [1, 0], [2, 3], [3, 2]])
    trips, faults = named_trips(table, line, kind=kind, where="essai")  # type: ignore[arg-type]
    assert not faults
    assert trips.astype(int).tolist() == right


def test_a_name_of_two_lines_or_of_none_is_refused_with_what_could_be_meant() -> None:
    table = named(["f:a", "f:b"], ["C", "C"], [2, 3], [[0, 1], [0, 1]])
    _, faults = named_trips(table, "C", where="essai")
    assert ["f:a (2)" in fault.where and "f:b (3)" in fault.where for fault in faults] == [True]
    _, faults = named_trips(table, "CC", where="essai")
    assert ["« C »" in fault.fix or "C." in fault.fix for fault in faults] == [True]


def test_a_stop_is_named_by_id_station_or_name() -> None:
    table = named(["f:a"], ["1"], [3], [[0, 1, 2]])
    stops = table.stops.assign(name=["Mairie", "mairie ", "Gare"], parent=["", "f:M", "f:M"])
    table = replace(table, stops=stops)
    for asked, right in (("f:2", [2]), ("2", [2]), ("M", [1, 2]), ("MAIRIE", [0, 1]), ("garre", [])):
        positions, faults = named_stops(table, asked, where="essai")
        assert positions.tolist() == right
        assert bool(faults) == (not right)
    assert "Gare" in named_stops(table, "garre", where="essai")[1][0].fix
    assert named_stop(table, "Mairie", where="essai")[0] == -1
    assert named_stop(table, "Gare", where="essai") == (2, [])


def test_new_stops_and_trips_come_after_all_others_with_the_types_of_the_tables() -> None:
    table = line_of([(3600, [0, 1, 2])])
    line = AddLine(
        kind="add_line", name="N", type="tram", minutes=(1.5, 2),
        stops=(LineStop(lon=2.2, lat=48.8, name="Place"), LineStop(stop="f:1"), LineStop(lon=2.3, lat=48.9)),
        headway_min=7.5, first=time(7), last=time(7, 30),
    )  # fmt: skip
    after = with_line(table, line, [-1, 1, -1])
    pd.testing.assert_frame_equal(pd.DataFrame(after.stops.iloc[:6]), pd.DataFrame(table.stops))
    pd.testing.assert_series_equal(after.trips.dtypes, table.trips.dtypes)
    assert list(after.stops["name"].iloc[6:]) == ["Place", "N, arrêt 2"]
    assert after.call_stop[3:6].tolist() == [6, 1, 7]
    assert after.departure_s[3:6].tolist() == [25200, 25290, 25410]
    assert after.call_stop[-3:].tolist() == [7, 1, 6]  # and back
    assert after.departure_s[-3:].tolist() == [27000, 27120, 27210]
    assert after.n_runs == 1 + 2 * 5
