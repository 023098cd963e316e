"""The trips of many origins at once are those that are told one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from access92.sources.timetable import Timetable
from access92.transit.legs import trip_legs
from access92.transit.matrix import TransitOptions
from access92.transit.trip_kernels import NO_BOARDING
from access92.transit.trips import Trips, origin_trips
from tests.transit.random_timetables import Case, cases, footpaths_of

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Part = tuple[str, int, int, int | None, int | None]
"""Kind, seconds at its beginning and its end, stops."""


def read_trip(
    trips: Trips, timetable: Timetable, *, origin: int, service: int, at_s: int, slack_s: int
) -> tuple[int, list[Part]] | None:
    """The arrival and the legs of one trip, as a reader of the forest finds them; None where no vehicle is caught."""
    forest, connections = trips.boardings[service], trips.connections
    boarded_at = connections.from_stop[forest.boarding]
    best: tuple[tuple[int, int, int, int, str, int], int, int] | None = None
    for i in np.flatnonzero(trips.origin == origin).tolist():
        stop, walk_s = int(trips.stop[i]), int(trips.walk_s[i])
        for row in np.flatnonzero(boarded_at == stop).tolist():
            departure_s = int(connections.departure_s[forest.boarding[row]])
            if departure_s < at_s + walk_s + slack_s:
                continue
            key = (int(forest.arrival_s[row]), int(forest.rides[row]), walk_s, departure_s,
                   str(timetable.stops["stop_id"][stop]), row)  # fmt: skip
            if best is None or key < best[0]:
                best = key, row, walk_s
    if best is None:
        return None

    (arrival_s, *_), row, walk_s = best
    parts, now_s, stop = list[Part](), at_s, None
    while True:
        boarding, alighting = forest.boarding[row], forest.alighting[row]
        board, departure_s = int(connections.from_stop[boarding]), int(connections.departure_s[boarding])
        if stop is None or walk_s:
            parts.append(("access" if stop is None else "transfer", now_s, now_s + walk_s, stop, board))
        parts.append(("wait", now_s + walk_s, departure_s, board, board))
        stop, now_s = int(connections.to_stop[alighting]), int(connections.arrival_s[alighting])
        parts.append(("ride", departure_s, now_s, board, stop))
        walk_s = int(forest.walk_s[row])
        if forest.following[row] == NO_BOARDING:
            parts.append(("egress", now_s, now_s + walk_s, stop, None))
            return arrival_s, parts
        row = forest.following[row]


@pytest.mark.slow
@few
@given(cases())
def test_the_trips_of_all_origins_are_those_told_one_by_one(case: Case) -> None:
    footpaths = footpaths_of(case.timetable, case.walks)
    options = TransitOptions(
        window_s=case.window_s, max_rides=case.max_rides, boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min
    )
    everyone = np.arange(len(case.walks.access))
    n_services = len(case.walks.egress)
    trips = origin_trips(case.timetable, footpaths, [everyone] * n_services, options=options)
    for service in range(n_services):
        for origin in everyone.tolist():
            for minute in range(0, options.n_minutes, 2):
                at_s = case.window_s[0] + 60 * minute
                legs = trip_legs(
                    case.timetable, footpaths, origin=origin, service=service, departure_s=at_s, options=options
                )
                read = read_trip(trips, case.timetable, origin=origin, service=service, at_s=at_s, slack_s=case.slack_s)
                if legs and legs[0].kind != "direct":
                    assert read is not None
                    assert read[0] * 1000 == legs[-1].end_ms
                    told = [(leg.kind, leg.begin_ms // 1000, leg.end_ms // 1000, leg.from_stop, leg.to_stop)
                            for leg in legs]  # fmt: skip
                    assert read[1] == told
                elif read is not None:  # some vehicle is caught, later than who walks, or too late
                    direct_ms = footpaths.direct_ms[service, origin]
                    assert (read[0] - at_s) * 1000 >= min(direct_ms, options.max_trip_s * 1000 + 1)
