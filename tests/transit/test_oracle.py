"""The engine beside a forward brute force: every cell of random timetables, with all that makes engines wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access92.transit.connections import Usability
from access92.transit.matrix import TransitTimes, transit_times
from access92.transit.reach import reach_by_minute
from access92.travel.kernels import UNREACHED
from tests.random_examples import examples
from tests.transit.oracle import INFINITE, Oracle, rank_of
from tests.transit.random_timetables import Case, cases, dense_case, footpaths_of

PERCENTILES = (1, 25, 50, 75, 100)


def engine(case: Case, **options: object) -> TransitTimes:
    return transit_times(
        case.timetable, footpaths_of(case.timetable, case.walks), window_s=case.window_s, percentiles=PERCENTILES,
        max_rides=case.max_rides, boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min, **options,
    )  # fmt: skip


def expected(case: Case, rides_ms: dict[tuple[int, int], list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles and minutes by ride of the times by ride at each minute, as a reader of the method computes them."""
    longest_ms = case.max_trip_min * 60_000
    shape = len(case.walks.egress), len(case.walks.access)
    percentile_ms = np.full((*shape, len(PERCENTILES)), UNREACHED)
    ride_minutes = np.zeros(shape, dtype=int)
    for (service, origin), times in rides_ms.items():
        direct = case.walks.direct_ms[service][origin]
        direct = direct if direct <= longest_ms else INFINITE
        rides = [time if time <= longest_ms else INFINITE for time in times]
        fastest = [min(ride, direct) for ride in rides]
        values = [rank_of(fastest, percentile) for percentile in PERCENTILES]
        percentile_ms[service, origin] = [UNREACHED if value == INFINITE else value for value in values]
        ride_minutes[service, origin] = sum(ride < direct for ride in rides)
    return percentile_ms, ride_minutes


def assert_same(times: TransitTimes, right: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_array_equal(times.percentile_ms, right[0])
    np.testing.assert_array_equal(times.ride_minutes, right[1])


def times_after(case: Case, oracle: Oracle) -> dict[tuple[int, int], list[float]]:
    times: dict[tuple[int, int], list[float]] = {}
    for origin in range(len(case.walks.access)):
        for second in range(*case.window_s, 60):
            for service, arrival in enumerate(oracle.arrivals(origin, second)):
                times.setdefault((service, origin), []).append((arrival - second) * 1000)
    return times


@settings(examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_minute_of_every_origin_is_that_of_the_brute_force(case: Case) -> None:
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s)
    assert_same(engine(case), expected(case, times_after(case, oracle)))


@settings(examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.data())
def test_what_riders_may_not_use_is_closed_to_the_brute_force_too(case: Case, data: st.DataObject) -> None:
    n_stops, n_trips = len(case.timetable.stops), len(case.timetable.trips)
    stops = data.draw(st.lists(st.booleans(), min_size=n_stops, max_size=n_stops))
    trips = data.draw(st.lists(st.booleans(), min_size=n_trips, max_size=n_trips))
    oracle = Oracle(
        case.timetable, case.walks, case.max_rides, case.slack_s,
        rideable=frozenset(np.flatnonzero(trips).tolist()), open_stops=frozenset(np.flatnonzero(stops).tolist()),
    )  # fmt: skip
    times = engine(case, usability=Usability(stops=np.array(stops), trips=np.array(trips)))
    assert_same(times, expected(case, times_after(case, oracle)))


@settings(examples(10), suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_arriving_by_a_minute_is_leaving_as_late_as_the_brute_force_can(case: Case) -> None:
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s)
    earliest = case.window_s[0] - 3600
    times: dict[tuple[int, int], list[float]] = {}
    for origin in range(len(case.walks.access)):
        for service in range(len(case.walks.egress)):
            times[service, origin] = [
                (deadline - oracle.latest_departure(origin, service, deadline, earliest)) * 1000
                for deadline in range(*case.window_s, 60)
            ]
    assert_same(engine(case, timing="arrive_by"), expected(case, times))


@settings(examples(10), suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_a_planned_departure_waits_no_longer_than_the_brute_force_must(case: Case) -> None:
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s)
    times: dict[tuple[int, int], list[float]] = {}
    for origin in range(len(case.walks.access)):
        for second in range(*case.window_s, 60):
            for service, arrival in enumerate(oracle.arrivals(origin, second)):
                time = INFINITE
                if arrival - second <= case.max_trip_min * 60:
                    time = (arrival - oracle.latest_departure(origin, service, int(arrival), second)) * 1000
                times.setdefault((service, origin), []).append(time)
    assert_same(engine(case, timing="planned"), expected(case, times))


@settings(examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_trips_with_many_changes_are_those_of_the_brute_force(seed: int) -> None:
    case = dense_case(seed)
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s)
    assert_same(engine(case), expected(case, times_after(case, oracle)))


@settings(examples(10), suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_being_there_by_a_minute_is_what_the_brute_force_reaches_that_leaves_as_early_as_it_may(case: Case) -> None:
    oracle = Oracle(case.timetable, case.walks, case.max_rides, case.slack_s)
    footpaths, n_origins = footpaths_of(case.timetable, case.walks), len(case.walks.access)
    bits = reach_by_minute(
        case.timetable, footpaths, window_s=case.window_s, under_min=case.max_trip_min, max_rides=case.max_rides,
        boarding_slack_s=case.slack_s,
    )  # fmt: skip
    there = [np.unpackbits(packed, axis=1, count=n_origins).astype(bool) for packed in bits]
    longest_s = int(60 * case.max_trip_min)
    for minute, deadline in enumerate(range(*case.window_s, 60)):
        for origin in range(n_origins):
            # strictly under the threshold: the earliest whole second is one after it
            for service, arrival in enumerate(oracle.arrivals(origin, deadline - longest_s + 1)):
                on_foot = case.walks.direct_ms[service][origin] < 1000 * longest_s
                assert there[service][minute, origin] == (on_foot or arrival <= deadline)
