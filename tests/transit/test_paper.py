"""Timetables whose times are known on paper: a line in a desert, by its headway alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from access92.errors import InputError
from access92.transit.connections import Usability
from access92.transit.footpaths import apply_rules
from access92.transit.matrix import TransitOptions, TransitTimes, percentile_ranks, transit_times
from access92.transit.reach import reach_by_minute
from access92.transit.wheelchair import wheelchair_shares, wheelchair_usability
from access92.travel.kernels import UNREACHED
from tests.random_examples import examples
from tests.transit.oracle import INFINITE, PlainWalks
from tests.transit.random_timetables import Call, Case, Rule, cases, footpaths_of, timetable_of

few = settings(examples(25), suppress_health_check=[HealthCheck.too_slow])

WINDOW_S = (9 * 3600, 10 * 3600)
NEAR = PlainWalks(transfers={}, access=[[(0, 120)]], egress=[[(1, 60)]], direct_ms=[[INFINITE]])


def line(
    headway_min: int, *, ride_min: int = 10, from_stop: int = 0, to_stop: int = 1, trip: int = 0
) -> list[list[Call]]:
    """Vehicles from 8:00 to 12:00, from one stop to another."""
    return [
        [(from_stop, at, at, True, True, trip), (to_stop, at + 60 * ride_min, at + 60 * ride_min, True, True, trip)]
        for at in range(8 * 3600, 12 * 3600, 60 * headway_min)
    ]


def times(
    runs: list[list[Call]], walks: PlainWalks = NEAR, rules: tuple[Rule, ...] = (), **options: object
) -> TransitTimes:
    table = timetable_of(runs, rules, n_stops=6)
    asked = {"window_s": WINDOW_S, "percentiles": (25, 50, 75), "max_trip_min": 60, **options}
    return transit_times(table, footpaths_of(table, walks), **asked)


@pytest.mark.parametrize("headway_min", [10, 12, 15, 20, 30])
def test_in_a_desert_the_headway_gives_the_percentiles(headway_min: int) -> None:
    # 2 min of walk, 1 of slack, a wait of 0 to headway − 1 min, each as often, 10 min of ride, 1 min of walk
    waits = sorted(list(range(headway_min)) * (60 // headway_min))
    on_paper = [(2 + 1 + waits[60 * p // 100 - 1] + 10 + 1) * 60_000 for p in (25, 50, 75)]
    assert times(line(headway_min)).percentile_ms[0, 0].tolist() == on_paper


def test_a_second_that_is_missing_costs_a_headway() -> None:
    walks = replace(NEAR, access=[[(0, 121)]])
    # who leaves at a minute from which the vehicle would just be caught waits for the next one
    later_ms = times(line(10), walks).percentile_ms - times(line(10)).percentile_ms
    assert later_ms[0, 0].tolist() == [60_000] * 3
    first_min = [item.percentile_ms[0, 0, 0] // 60_000 for item in (
        times(line(10), walks, window_s=(32_400 + 420, 32_400 + 480)),
        times(line(10), window_s=(32_400 + 420, 32_400 + 480)),
    )]  # fmt: skip
    assert first_min == [24, 14]


def test_a_planned_departure_has_no_wait_but_the_slack() -> None:
    assert times(line(20), timing="planned").percentile_ms[0, 0].tolist() == [14 * 60_000] * 3


def test_a_deadline_is_kept_by_the_last_vehicle_before_it() -> None:
    # arrivals at 11 min past each twenty: deadlines 0 to 19 min later, 14 min from door to door
    waits = sorted(list(range(20)) * 3)
    on_paper = [(14 + waits[60 * p // 100 - 1]) * 60_000 for p in (25, 50, 75)]
    assert times(line(20), timing="arrive_by").percentile_ms[0, 0].tolist() == on_paper


def test_minutes_without_arrival_are_infinite_not_left_out() -> None:
    only = [call for call in line(30) if call[0][1] == 9 * 3600 + 1800]
    # minutes 0 to 27 catch the one vehicle; the 30th and the 45th shortest times of 60 are infinite
    assert times(only).percentile_ms[0, 0].tolist() == [(41 - 13) * 60_000, UNREACHED, UNREACHED]
    assert times(only).ride_minutes[0, 0] == 28


@pytest.mark.parametrize(("direct_min", "share"), [(14, 0.0), (15, 0.05), (24, 0.5), (60, 1.0)])
def test_a_walk_that_is_as_fast_is_never_called_transit(direct_min: int, share: float) -> None:
    walks = replace(NEAR, direct_ms=[[direct_min * 60_000]])
    result = times(line(20), walks)
    assert result.ride_share[0, 0] == np.float32(share)
    assert result.percentile_ms.max() <= direct_min * 60_000


def test_a_forbidden_change_is_not_made_and_a_longer_one_takes_its_time() -> None:
    runs = [*line(20), *line(20, from_stop=1, to_stop=2, trip=1)]
    walks = replace(NEAR, egress=[[(2, 0)]])
    # arrival at :10, slack, next vehicle at :20, 10 min of ride: 30 min after the first departure
    assert times(runs, walks).percentile_ms[0, 0, 0] == (3 + 4 + 30) * 60_000
    least = (1, 1, -1, -1, 2, 541)  # 10 min but the slack and a second: the vehicle at :20 is missed
    assert times(runs, walks, ((*least[:5], 540),)).percentile_ms[0, 0, 0] == (3 + 4 + 30) * 60_000
    assert times(runs, walks, (least,)).percentile_ms[0, 0, 0] == (3 + 4 + 50) * 60_000
    assert times(runs, walks, ((1, 1, -1, -1, 3, 0),)).percentile_ms[0, 0, 0] == UNREACHED


def test_a_rule_never_shortens_the_walk_of_the_streets() -> None:
    table = timetable_of([], [(0, 1, -1, -1, 2, 30)], n_stops=2)
    transfers, _ = apply_rules(table.transfers, np.array([0]), np.array([1]), np.array([200]), n_stops=2)
    assert transfers.walk_s[transfers.first[1] : transfers.first[2]].tolist() == [0, 200]


def test_a_rule_for_two_vehicles_wins_over_one_for_all() -> None:
    runs = [line(60)[1], *line(20, from_stop=1, to_stop=2, trip=1)]
    walks = replace(NEAR, egress=[[(2, 0)]])
    everyone, these_two = (1, 1, -1, -1, 3, 0), (1, 1, 0, 5, 1, 0)  # run 5 departs at 9:20
    assert times(runs, walks, (everyone,), window_s=(31_800, 31_860)).percentile_ms[0, 0, 0] == UNREACHED
    assert times(runs, walks, (everyone, these_two), window_s=(31_800, 31_860)).percentile_ms[0, 0, 0] == 40 * 60_000


def test_a_percentile_is_the_rank_of_the_decimal_number() -> None:
    assert percentile_ranks([7, 25, 29, 100], 100).tolist() == [6, 24, 28, 99]


def test_riders_in_a_wheelchair_use_what_is_said_to_be_accessible() -> None:
    table = timetable_of([*line(20), *line(30, trip=1)], n_stops=3)
    table.stops["wheelchair"], table.trips["wheelchair"] = np.array([1, 0, 2]), np.array([1, 0])
    shares = wheelchair_shares(table)
    assert (shares.stops_yes, shares.stops_unknown) == pytest.approx((1 / 3, 1 / 3))
    assert (shares.calls_yes, shares.calls_unknown) == (0.6, 0.4)
    walks = footpaths_of(table, NEAR)
    strict, lenient, all_of_them = (
        transit_times(table, walks, window_s=WINDOW_S, max_trip_min=60, usability=usability).percentile_ms[0, 0, 2]
        for usability in (wheelchair_usability(table, unknown=False), wheelchair_usability(table, unknown=True), None)
    )
    assert (strict, lenient) == (UNREACHED, all_of_them)
    table.stops["wheelchair"] = np.array([1, 1, 1])
    by_one_line = transit_times(
        table, walks, window_s=WINDOW_S, max_trip_min=60, usability=wheelchair_usability(table, unknown=False)
    )
    np.testing.assert_array_equal(by_one_line.percentile_ms, times(line(20)).percentile_ms)


@pytest.mark.parametrize(
    "options",
    [{"window_s": (0, 90)}, {"window_s": (60, 60)}, {"max_rides": 0}, {"boarding_slack_s": 0}, {"max_trip_min": 0.0},
     {"timing": "whenever"}],
)  # fmt: skip
def test_an_option_out_of_its_range_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Remède"):
        TransitOptions(**{"window_s": (0, 60), **options})
    with pytest.raises(InputError, match="centile"):
        percentile_ranks([0], 60)


def of(case: Case, **options: object) -> TransitTimes:
    table, walks = options.pop("timetable", case.timetable), options.pop("walks", case.walks)
    return transit_times(
        table, footpaths_of(table, walks), window_s=case.window_s, percentiles=(10, 50, 100),
        max_rides=options.pop("max_rides", case.max_rides), boarding_slack_s=case.slack_s,
        max_trip_min=case.max_trip_min, **options,
    )  # fmt: skip


@few
@given(cases(with_rules=False))
def test_an_added_line_or_ride_never_lengthens_any_time(case: Case) -> None:
    table = case.timetable
    last = table.call_run < table.n_runs - 1
    fewer = replace(table, **{name: getattr(table, name)[last] for name in (
        "call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight"
    )})  # fmt: skip
    assert (of(case).percentile_ms <= of(case, timetable=fewer).percentile_ms).all()
    assert (of(case, max_rides=case.max_rides + 1).percentile_ms <= of(case).percentile_ms).all()


@few
@given(cases(with_rules=False))
def test_slower_walkers_are_never_sooner(case: Case) -> None:
    slower = PlainWalks(
        transfers={stops: 2 * walk for stops, walk in case.walks.transfers.items()},
        access=[[(stop, 2 * walk) for stop, walk in near] for near in case.walks.access],
        egress=[[(stop, 2 * walk) for stop, walk in near] for near in case.walks.egress],
        direct_ms=[[2 * ms for ms in row] for row in case.walks.direct_ms],
    )
    assert (of(case).percentile_ms <= of(case, walks=slower).percentile_ms).all()


@pytest.mark.slow
@few
@given(cases())
def test_a_service_has_the_same_times_alone_and_in_company_to_the_byte(case: Case) -> None:
    together = of(case)
    for service in range(len(case.walks.egress)):
        alone = of(case, services=[service])
        assert alone.percentile_ms.tobytes() == together.percentile_ms[service : service + 1].tobytes()
        assert alone.ride_minutes.tobytes() == together.ride_minutes[service : service + 1].tobytes()


def one_minute(runs: list[list[Call]], walks: PlainWalks, rules: tuple[Rule, ...] = (), **options: object) -> int:
    """Milliseconds of who leaves at 9:00, 0 s."""
    asked = {"window_s": (32_400, 32_460), "percentiles": (100,), **options}
    return int(times(runs, walks, rules, **asked).percentile_ms[0, 0, 0])


def hop(from_stop: int, departure_s: int, to_stop: int, arrival_s: int) -> list[Call]:
    """One vehicle from a stop to another, in seconds after 9:00."""
    return [
        (from_stop, 32_400 + departure_s, 32_400 + departure_s, True, True, 0),
        (to_stop, 32_400 + arrival_s, 32_400 + arrival_s, True, True, 0),
    ]


THERE = PlainWalks(transfers={(1, 2): 120}, access=[[(0, 0)]], egress=[[(3, 0)]], direct_ms=[[INFINITE]])


@pytest.mark.parametrize("least_s", [0, 30, 540])
def test_a_change_between_two_given_vehicles_is_kept_to_the_second(least_s: int) -> None:
    runs = [hop(0, 60, 1, 300), hop(1, 300 + least_s + 60, 3, 1200)]
    forbidden, theirs = (1, 1, -1, -1, 3, 0), (1, 1, 0, 1, 2, least_s)
    assert one_minute(runs, THERE, (forbidden, theirs)) == 1_200_000
    assert one_minute(runs, THERE, (forbidden, (*theirs[:5], least_s + 1))) == UNREACHED


def test_a_rule_for_two_vehicles_wins_over_one_for_the_first_of_them() -> None:
    runs = [hop(0, 60, 1, 300), hop(1, 600, 3, 1200)]
    assert one_minute(runs, THERE, ((1, 1, 0, -1, 3, 0), (1, 1, 0, 1, 0, 0))) == 1_200_000
    assert one_minute(runs, THERE, ((1, 1, 0, -1, 0, 0), (1, 1, 0, 1, 3, 0))) == UNREACHED


def test_a_change_between_given_vehicles_counts_as_a_ride() -> None:
    runs = [hop(0, 60, 1, 300), hop(1, 600, 2, 700), hop(2, 800, 3, 1200)]
    rules, by_vehicle = ((1, 1, 0, 1, 0, 0),), replace(THERE, transfers={})
    assert one_minute(runs, by_vehicle, rules, max_rides=3) == 1_200_000
    assert one_minute(runs, by_vehicle, rules, max_rides=2) == UNREACHED


def test_a_trip_of_exactly_the_longest_time_is_one() -> None:
    ride = [hop(0, 60, 3, 660)]
    assert one_minute(ride, THERE, max_trip_min=11) == 660_000
    assert one_minute(ride, THERE, max_trip_min=10.99) == UNREACHED
    # a vehicle that takes no time, a walk of two minutes, and the next one at its last second
    changing = [hop(0, 60, 1, 60), hop(2, 240, 3, 540)]
    assert one_minute(changing, THERE, max_trip_min=9) == 540_000
    assert one_minute([changing[0], hop(2, 239, 3, 540)], THERE, max_trip_min=9) == UNREACHED


def test_a_walk_of_59_seconds_misses_what_leaves_in_58() -> None:
    walks = replace(THERE, access=[[(0, 59)]])
    assert one_minute([hop(0, 118, 3, 300)], walks) == UNREACHED
    assert one_minute([hop(0, 119, 3, 300)], walks) == 300_000


def test_a_later_vehicle_with_more_changes_hides_no_earlier_one_with_fewer() -> None:
    walks = replace(THERE, transfers={})
    runs = [
        hop(0, 60, 1, 120), hop(1, 240, 2, 300), hop(2, 500, 3, 1200), hop(2, 600, 4, 700), hop(4, 800, 3, 1000),
    ]  # fmt: skip
    assert [one_minute(runs, walks, max_rides=rides) for rides in (2, 3, 4)] == [UNREACHED, 1_200_000, 1_000_000]


def test_nobody_rides_through_a_trip_that_may_not_be_used() -> None:
    calls = [(stop, 600 + 60 * stop, 600 + 60 * stop, True, True, min(stop, 2)) for stop in range(4)]
    table = timetable_of([calls], n_stops=4)
    walks = footpaths_of(table, replace(THERE, access=[[(0, 0)], [(2, 0)]], direct_ms=[[INFINITE, INFINITE]]))
    usability = Usability(stops=np.full(4, fill_value=True), trips=np.array([True, False, True]))
    result = transit_times(
        table, walks, window_s=(0, 60), percentiles=(100,), max_trip_min=60, usability=usability
    ).percentile_ms[0, :, 0]  # fmt: skip
    assert result.tolist() == [UNREACHED, 780_000]


def test_one_is_there_by_a_minute_only_in_strictly_less_than_the_threshold() -> None:
    # arrivals at 11 min past each twenty, 14 min after leaving: at the minute of the arrival the trip is as long
    table = timetable_of(line(20), n_stops=6)
    footpaths = footpaths_of(table, NEAR)
    for under_min, minutes in ((14.0, []), (14.01, [11, 31, 51]), (16.0, [11, 12, 31, 32, 51, 52])):
        (bits,) = reach_by_minute(table, footpaths, window_s=WINDOW_S, under_min=under_min)
        assert np.flatnonzero(bits[:, 0]).tolist() == minutes
        assert set(bits[:, 0].tolist()) <= {0, 128}
