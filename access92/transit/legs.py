"""One trip told leg by leg, and the travel time of one home to one service by minute of departure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from access92.sources.timetable import NO_RUN, Timetable
from access92.transit.connections import Connections, Usability
from access92.transit.footpaths import NEVER_WALKED_S, Footpaths
from access92.transit.matrix import TransitOptions, minute_times, scan_profiles
from access92.transit.origins import MINUTE_S, MS_PER_S
from access92.transit.scan import NEVER_S, make_scratch, scan_service
from access92.travel.kernels import UNREACHED

LegKind = Literal["direct", "access", "bike_access", "wait", "ride", "transfer", "egress"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of a trip, from ``begin_ms`` to ``end_ms`` (milliseconds of the timetable's day).

    ``kind``: the way to the first stop is « access » on foot, « bike_access » by bicycle, parking included.
    ``from_stop``, ``to_stop``: positions in the timetable's stops, None at a door; ``trips``: of a ride, the positions
    of the trips that its vehicle runs one after the other; ``line`` and ``headsign``: of the first of them; ``calls``:
    how many stops it comes to.
    """

    kind: LegKind
    begin_ms: int
    end_ms: int
    from_stop: int | None = None
    to_stop: int | None = None
    trips: tuple[int, ...] = ()
    line: str = ""
    headsign: str = ""
    calls: int = 0


def trip_legs(
    timetable: Timetable,
    footpaths: Footpaths,
    *,
    origin: int,
    service: int,
    departure_s: int,
    options: TransitOptions,
    usability: Usability | None = None,
) -> tuple[Leg, ...]:
    """The legs of the earliest arrival from an origin to a service, who leaves at ``departure_s``; () if none.

    They follow one another without a gap, and their sum is the time of that minute in the matrix. Of equal arrivals:
    no ride where that is as fast, then the fewest rides, then at each boarding the shortest walk, the earliest
    vehicle, and the names of stop and trip; each ride ends at the first stop from which the arrival can be kept.
    """
    from_minute = TransitOptions(
        window_s=(departure_s, departure_s + MINUTE_S), max_rides=options.max_rides,
        boarding_slack_s=options.boarding_slack_s, max_trip_min=options.max_trip_min,
    )  # fmt: skip
    connections = from_minute.select(timetable, usability)
    labels = np.empty((len(connections), options.max_rides), dtype=np.int32)
    scan_service(
        connections, footpaths, service, make_scratch(connections, footpaths.run_rules, max_rides=options.max_rides),
        boarding_slack_s=options.boarding_slack_s, max_trip_s=from_minute.max_trip_s, labels=labels,
    )  # fmt: skip
    trace = _Trace(timetable, footpaths, connections, labels, options.boarding_slack_s, service)

    # the least arrival, then the fewest rides that have it
    walk_s = trace.access_s(origin)
    arrivals = [trace.best_arrival(walk_s, departure_s, rides) for rides in range(1, options.max_rides + 1)]
    arrival_s = min(arrivals)
    direct_ms, begin_ms = int(footpaths.direct_ms[service, origin]), departure_s * MS_PER_S
    longest_ms, ride_ms = from_minute.max_trip_s * MS_PER_S, (arrival_s - departure_s) * MS_PER_S
    if direct_ms <= min(ride_ms, longest_ms):
        return (Leg("direct", begin_ms, begin_ms + direct_ms),)
    if ride_ms > longest_ms:
        return ()
    return tuple(trace.legs(origin, walk_s, departure_s, arrivals.index(arrival_s) + 1, arrival_s))


def time_profile(
    timetable: Timetable,
    footpaths: Footpaths,
    *,
    origin: int,
    service: int,
    options: TransitOptions,
    usability: Usability | None = None,
) -> np.ndarray:
    """The travel time of one origin to one service at each minute of the window: int32 (n_minutes), milliseconds.

    ``UNREACHED`` where no trip is short enough; the way without a ride counts where it is as fast.
    """
    connections = options.select(timetable, usability)
    scratch = make_scratch(connections, footpaths.run_rules, max_rides=options.max_rides)
    profiles = scan_profiles(connections, footpaths, service, options, scratch)
    keys, times_s = profiles.working_arrays(options.n_minutes)
    if not minute_times(*profiles.arguments(footpaths), origin, options.max_trip_s, keys, times_s):
        times_s[:] = profiles.never
    ride_ms = np.where(times_s <= options.max_trip_s, times_s.astype(np.int64) * MS_PER_S, UNREACHED)
    direct_ms = footpaths.direct_ms[service, origin]
    fastest = ride_ms if direct_ms > options.max_trip_s * MS_PER_S else np.minimum(ride_ms, direct_ms)
    return fastest.astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Trace:
    """What a scan knew of riders aboard (``labels``), followed forward from a door."""

    timetable: Timetable
    footpaths: Footpaths
    connections: Connections
    labels: np.ndarray
    slack_s: int
    service: int

    def access_s(self, origin: int) -> np.ndarray:
        """Seconds from an origin to where each connection departs (int64, n_connections)."""
        to_connection: np.ndarray = self._to_stops_s(origin, 0, None)[self.connections.from_stop]
        return to_connection

    def _to_stops_s(self, origin: int, begin: int, end: int | None) -> np.ndarray:
        """Seconds from an origin to each stop by some of its ways (int64, n_stops); the shortest of several counts."""
        access = self.footpaths.access
        rows = np.arange(access.first[origin], access.first[origin + 1])[begin:end]
        walk_s = np.full(self.connections.n_stops, NEVER_WALKED_S, dtype=np.int64)
        np.minimum.at(walk_s, access.stop[rows], access.walk_s[rows])
        return walk_s

    def access_kind(self, origin: int, stop: int) -> LegKind:
        """How an origin comes to a stop soonest: of equal ways on foot."""
        cycled = self.footpaths.access.first_cycled
        if cycled is None:
            return "access"
        on_foot = int(cycled[origin] - self.footpaths.access.first[origin])
        ways_s = [self._to_stops_s(origin, *rows)[stop] for rows in ((0, on_foot), (on_foot, None))]
        return "bike_access" if ways_s[1] < ways_s[0] else "access"

    def change_s(self, stop: int, run: int) -> np.ndarray:
        """Seconds from a vehicle that stands at a stop to where each connection departs (int64, n_connections)."""
        transfers, rules = self.footpaths.transfers, self.footpaths.run_rules
        walk_s = np.full(self.connections.n_stops, NEVER_WALKED_S, dtype=np.int64)
        rows = np.flatnonzero(transfers.stop == stop)
        walk_s[np.searchsorted(transfers.first, rows, side="right") - 1] = transfers.walk_s[rows]
        to_connection: np.ndarray = walk_s[self.connections.from_stop]
        for pair in range(rules.first[stop], rules.first[stop + 1]):
            there = self.connections.from_stop == rules.to_stop[pair]
            to_connection[there] = rules.walk_s[pair]
            # the first rule that is of both runs counts: written last
            for rule in reversed(range(rules.first_rule[pair], rules.first_rule[pair + 1])):
                to_run = rules.rule_to_run[rule]
                if rules.rule_from_run[rule] in (NO_RUN, run):
                    of_run = there if to_run == NO_RUN else there & (self._runs() == to_run)
                    to_connection[of_run] = rules.rule_walk_s[rule]
        return to_connection

    def best_arrival(self, walk_s: np.ndarray, now_s: int, rides: int) -> int:
        """The earliest arrival of who walks to a connection now and has so many rides left; NEVER_S if none."""
        labels = self.labels[self._caught(walk_s, now_s), rides - 1]
        return int(labels.min(initial=NEVER_S))

    def legs(self, origin: int, walk_s: np.ndarray, now_s: int, rides: int, arrival_s: int) -> Iterator[Leg]:
        """The legs of a trip of at most ``rides`` rides that is known to arrive at ``arrival_s``."""
        stop: int | None = None
        while True:
            boarding = self._boarding(walk_s, now_s, rides, arrival_s)
            board, walked_s = int(self.connections.from_stop[boarding]), int(walk_s[boarding])
            departure_s = int(self.connections.departure_s[boarding])
            # a change at one stop has no walk to tell of, unless a rule makes it last
            if stop is None or walked_s:
                kind = self.access_kind(origin, board) if stop is None else "transfer"
                yield _leg(kind, now_s, now_s + walked_s, stop, board)
            yield _leg("wait", now_s + walked_s, departure_s, board, board)

            # the vehicle, until the first stop from which the arrival can be kept
            run = int(self._runs()[boarding])
            for alighting in self._onward(boarding):
                stop, now_s = int(self.connections.to_stop[alighting]), int(self.connections.arrival_s[alighting])
                if not self.connections.may_alight[alighting]:
                    continue
                is_last = now_s + self._egress_s(stop) == arrival_s
                walk_s = self.change_s(stop, run)
                if is_last or (rides > 1 and self.best_arrival(walk_s, now_s, rides - 1) == arrival_s):
                    break
            yield self._ride(boarding, alighting)
            if is_last:
                yield _leg("egress", now_s, arrival_s, stop, None)
                return
            rides -= 1

    def _caught(self, walk_s: np.ndarray, now_s: int) -> np.ndarray:
        """The connections that are boarded in time by who walks to them now."""
        in_time = now_s + walk_s + self.slack_s <= self.connections.departure_s
        return np.flatnonzero(in_time & self.connections.may_board)

    def _boarding(self, walk_s: np.ndarray, now_s: int, rides: int, arrival_s: int) -> int:
        """Of the boardings that keep an arrival the one to tell: no order of rows decides it."""
        caught = self._caught(walk_s, now_s)
        keeping = caught[self.labels[caught, rides - 1] == arrival_s]
        stops, trips = self.timetable.stops["stop_id"], self.timetable.trips["trip_id"]
        return int(min(keeping.tolist(), key=lambda at: (
            walk_s[at], self.connections.departure_s[at], stops.iloc[self.connections.from_stop[at]],
            trips.iloc[self.timetable.call_trip[self.connections.call[at]]], self.connections.arrival_s[at],
        )))  # fmt: skip

    def _onward(self, boarding: int) -> np.ndarray:
        """The connections of a vehicle from one on, in the order of its way."""
        later = (self._runs() == self._runs()[boarding]) & (self.connections.call >= self.connections.call[boarding])
        onward = np.flatnonzero(later)
        in_order: np.ndarray = onward[np.argsort(self.connections.call[onward])]
        return in_order

    def _runs(self) -> np.ndarray:
        runs: np.ndarray = self.connections.runs[self.connections.run]
        return runs

    def _egress_s(self, stop: int) -> int:
        egress = self.footpaths.egress
        rows = slice(egress.first[self.service], egress.first[self.service + 1])
        return int(egress.walk_s[rows][egress.stop[rows] == stop].min(initial=NEVER_S))

    def _ride(self, boarding: int, alighting: int) -> Leg:
        """The ride from a boarding to an alighting, with the trips of its vehicle."""
        calls = range(self.connections.call[boarding], self.connections.call[alighting] + 1)
        trips = tuple(dict.fromkeys(int(self.timetable.call_trip[call]) for call in calls))
        first = self.timetable.trips.iloc[trips[0]]
        return Leg(
            "ride",
            int(self.connections.departure_s[boarding]) * MS_PER_S,
            int(self.connections.arrival_s[alighting]) * MS_PER_S,
            int(self.connections.from_stop[boarding]),
            int(self.connections.to_stop[alighting]),
            trips, str(first["line"]), str(first["headsign"]), len(calls),
        )  # fmt: skip


def _leg(kind: LegKind, begin_s: int, end_s: int, from_stop: int | None, to_stop: int | None) -> Leg:
    return Leg(kind, begin_s * MS_PER_S, end_s * MS_PER_S, from_stop, to_stop)
