"""A trip told leg by leg is the trip of the matrix."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings

from access92.transit.legs import time_profile, trip_legs
from access92.transit.matrix import TransitOptions, percentile_ranks, transit_times
from access92.travel.kernels import UNREACHED
from tests.random_examples import examples
from tests.transit.oracle import INFINITE, PlainWalks
from tests.transit.random_timetables import Case, cases, footpaths_of, timetable_of

few = settings(examples(25), suppress_health_check=[HealthCheck.too_slow])

TWO_LINES = timetable_of(
    [[(0, 600, 600, True, True, 0), (1, 900, 900, True, True, 0)],
     [(2, 1200, 1200, True, True, 1), (3, 1500, 1500, True, True, 2), (4, 1800, 1800, True, True, 2)]],
    n_stops=5,
)  # fmt: skip
ONE_CHANGE = PlainWalks(transfers={(1, 2): 100}, access=[[(0, 61)]], egress=[[(4, 30)]], direct_ms=[[INFINITE]])


def options_of(case: Case) -> TransitOptions:
    return TransitOptions(
        window_s=case.window_s, max_rides=case.max_rides, boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min
    )


def test_a_trip_has_its_walks_waits_and_rides_in_their_order() -> None:
    legs = trip_legs(
        TWO_LINES, footpaths_of(TWO_LINES, ONE_CHANGE), origin=0, service=0, departure_s=300,
        options=TransitOptions(window_s=(0, 60), max_trip_min=30),
    )  # fmt: skip
    told = [(leg.kind, leg.begin_ms // 1000, leg.end_ms // 1000, leg.from_stop, leg.to_stop) for leg in legs]
    assert told == [
        ("access", 300, 361, None, 0), ("wait", 361, 600, 0, 0), ("ride", 600, 900, 0, 1),
        ("transfer", 900, 1000, 1, 2), ("wait", 1000, 1200, 2, 2), ("ride", 1200, 1800, 2, 4),
        ("egress", 1800, 1830, 4, None),
    ]  # fmt: skip
    assert [(leg.line, leg.trips) for leg in legs if leg.kind == "ride"] == [("L0", (0,)), ("L1", (1, 2))]


def test_who_cannot_come_in_time_has_no_legs() -> None:
    footpaths = footpaths_of(TWO_LINES, ONE_CHANGE)
    options = TransitOptions(window_s=(0, 60), max_trip_min=30)
    assert trip_legs(TWO_LINES, footpaths, origin=0, service=0, departure_s=480, options=options) == ()


def test_a_walk_that_is_as_fast_as_the_ride_is_told_instead_of_it() -> None:
    options = TransitOptions(window_s=(0, 60), max_trip_min=30)
    for direct_s, kind in ((1530, "direct"), (1531, "access")):
        walks = replace(ONE_CHANGE, direct_ms=[[direct_s * 1000]])
        legs = trip_legs(
            TWO_LINES, footpaths_of(TWO_LINES, walks), origin=0, service=0, departure_s=300, options=options
        )
        assert legs[0].kind == kind


@few
@given(cases())
def test_legs_follow_one_another_and_sum_to_the_time_of_their_minute(case: Case) -> None:
    footpaths, options = footpaths_of(case.timetable, case.walks), options_of(case)
    for origin in range(len(case.walks.access)):
        profile_ms = time_profile(case.timetable, footpaths, origin=origin, service=0, options=options)
        for minute in range(0, options.n_minutes, 3):
            begin_s = case.window_s[0] + 60 * minute
            legs = trip_legs(case.timetable, footpaths, origin=origin, service=0, departure_s=begin_s, options=options)
            if not legs:
                assert profile_ms[minute] == UNREACHED
                continue
            assert legs[0].begin_ms == begin_s * 1000
            assert legs[-1].end_ms - legs[0].begin_ms == profile_ms[minute]
            for leg, following in pairwise(legs):
                assert leg.end_ms == following.begin_ms
                assert leg.to_stop == following.from_stop
            assert all(leg.end_ms - leg.begin_ms >= case.slack_s * 1000 for leg in legs if leg.kind == "wait")
            assert sum(leg.kind == "ride" for leg in legs) <= case.max_rides


@few
@given(cases())
def test_the_percentiles_are_ranks_of_the_profile(case: Case) -> None:
    footpaths, options = footpaths_of(case.timetable, case.walks), options_of(case)
    times = transit_times(
        case.timetable, footpaths, window_s=case.window_s, percentiles=(30, 90), max_rides=case.max_rides,
        boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min,
    )  # fmt: skip
    for origin in range(len(case.walks.access)):
        profile_ms = time_profile(case.timetable, footpaths, origin=origin, service=0, options=options)
        ranks = percentile_ranks((30, 90), options.n_minutes)
        np.testing.assert_array_equal(np.sort(profile_ms)[ranks], times.percentile_ms[0, origin])


@few
@given(cases(with_rules=False))
def test_the_order_of_the_rows_of_a_timetable_changes_no_leg(case: Case) -> None:
    table, n_stops = case.timetable, len(case.timetable.stops)
    # the same vehicles in the other order, under other numbers
    order = np.argsort(-table.call_run.astype(int), kind="stable")
    turned = replace(
        table, call_run=(table.call_run.max(initial=0) - table.call_run)[order].astype(np.int32),
        **{name: getattr(table, name)[order]
           for name in ("call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")},
    )  # fmt: skip
    assert n_stops == len(turned.stops)
    options = options_of(case)
    for departure_s in range(*case.window_s, 120):
        one, other = (
            trip_legs(
                some, footpaths_of(some, case.walks), origin=0, service=0, departure_s=departure_s, options=options
            )
            for some in (table, turned)
        )
        assert one == other
