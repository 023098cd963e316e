"""The trips of many origins at every minute of a window, each part of a trip once: boardings that lead to boardings.

From the boarding of a vehicle on, a trip to a service is the same whoever makes it: where to get off, and then the walk
to the service or the next boarding. So the trips of a window are a forest of boardings, one for each service, and what
an origin needs of its own is the walks to its stops. They are the trips of :func:`access92.transit.legs.trip_legs`, by
the same order between equal arrivals.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from access92.sources.timetable import Timetable
from access92.transit.connections import Connections, Usability
from access92.transit.footpaths import Footpaths
from access92.transit.matrix import TransitOptions
from access92.transit.scan import NEVER_S, make_scratch, scan_service
from access92.transit.trip_kernels import NO_BOARDING, follow_boardings, mark_first_boardings


@dataclass(frozen=True, slots=True, eq=False)
class Boardings:
    """The boardings of the trips to one service: by stop, then by departure.

    Each (n,): ``boarding`` and ``alighting`` (int32, positions in the connections: the vehicle is taken where the first
    departs, and left where the second arrives), ``following`` (int32, the position here of the next boarding,
    :data:`NO_BOARDING` where the service is walked to), ``walk_s`` (int32, of that change, or to the service),
    ``arrival_s`` (int32, at the service), ``rides`` (int8, from here on).
    """

    boarding: np.ndarray
    alighting: np.ndarray
    following: np.ndarray
    walk_s: np.ndarray
    arrival_s: np.ndarray
    rides: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """The trips of some origins to some services.

    By service: ``boardings``; ``origins``, those that were asked for, and of each of them ``ride_minutes`` (int32), the
    minutes of the window in which a ride is faster than the way without one, and ``direct_ms`` (int32), that way.
    The walks that trips begin with, each (n,): ``origin``, ``stop`` (int32), ``walk_s`` (int32), by origin.
    """

    connections: Connections
    boardings: tuple[Boardings, ...]
    origins: tuple[np.ndarray, ...]
    ride_minutes: tuple[np.ndarray, ...]
    direct_ms: tuple[np.ndarray, ...]
    origin: np.ndarray
    stop: np.ndarray
    walk_s: np.ndarray


def origin_trips(
    timetable: Timetable,
    footpaths: Footpaths,
    origins: Sequence[np.ndarray],
    *,
    options: TransitOptions,
    usability: Usability | None = None,
) -> Trips:
    """The trips at every minute of the window, where a ride is faster than the way without one.

    ``origins``: by service (row of the footpaths) the origins that are asked for. A minute is the earliest departure.
    """
    connections = options.select(timetable, usability)
    order = _order(timetable, connections, footpaths)
    used = np.zeros(len(footpaths.access.stop), dtype=bool)
    ride_minutes = [np.zeros(len(some), dtype=np.int32) for some in origins]
    boardings: list[Boardings | None] = [None] * len(origins)

    # each core takes every n-th service; that two of them mark one walk at once does no harm
    def trace(rows: range) -> None:
        scratch = make_scratch(connections, footpaths.run_rules, max_rides=options.max_rides)
        labels = np.empty((len(connections), options.max_rides), dtype=np.int32)
        for row in rows:
            marked = np.zeros(labels.shape, dtype=np.bool_)
            if len(origins[row]):
                scan_service(
                    connections, footpaths, row, scratch, boarding_slack_s=options.boarding_slack_s,
                    max_trip_s=options.max_trip_s, labels=labels,
                )  # fmt: skip
                mark_first_boardings(
                    np.asarray(origins[row], dtype=np.int64), footpaths.access.first, footpaths.access.stop,
                    footpaths.access.walk_s, connections.first_pair, scratch.pair_count, scratch.pair_departure_s,
                    scratch.pair_arrival_s, order.first, order.connection, connections.departure_s,
                    connections.from_stop, order.rank, order.stop_rank, labels, footpaths.direct_ms[row],
                    options.window_s[0], options.n_minutes, options.boarding_slack_s, options.max_trip_s, marked, used,
                    ride_minutes[row],
                )  # fmt: skip
            boardings[row] = _follow(connections, footpaths, row, order, labels, marked, options.boarding_slack_s)

    workers = max(1, min(os.cpu_count() or 1, len(origins)))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(trace, [range(first, len(origins), workers) for first in range(workers)]))
    access = footpaths.access
    return Trips(
        connections=connections,
        boardings=tuple(item for item in boardings if item is not None),
        origins=tuple(np.asarray(some, dtype=np.int64) for some in origins),
        ride_minutes=tuple(ride_minutes),
        direct_ms=tuple(footpaths.direct_ms[row, some] for row, some in enumerate(origins)),
        origin=np.repeat(np.arange(len(access), dtype=np.int32), np.diff(access.first))[used],
        stop=access.stop[used],
        walk_s=access.walk_s[used],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The boardings of each stop by departure, and the order between equal ones: no order of rows decides it.

    ``connection`` (int32): those of stop v are ``first[v]`` to ``first[v + 1]``; ``rank`` (int32, by connection) and
    ``stop_rank`` (int32, by stop): the order of names. ``of_run``: the connections of each vehicle in the order of its
    way, those of run r from ``first_of_run[r]`` on; ``place`` (int32, by connection): where each is among them.
    ``change_stop`` and ``change_s``: by the stop that they come from (``first_change``), the stops that transfers lead
    to.
    """

    first: np.ndarray
    connection: np.ndarray
    rank: np.ndarray
    stop_rank: np.ndarray
    of_run: np.ndarray
    first_of_run: np.ndarray
    place: np.ndarray
    first_change: np.ndarray
    change_stop: np.ndarray
    change_s: np.ndarray


def _order(timetable: Timetable, connections: Connections, footpaths: Footpaths) -> _Order:
    stop_rank = timetable.stops["stop_id"].rank(method="first").to_numpy(dtype=np.int32)
    trip_rank = timetable.trips["trip_id"].rank(method="first").to_numpy(dtype=np.int32)
    trip = trip_rank[timetable.call_trip[connections.call]]
    # of one trip at one second and one stop the connection that arrives first
    by_name = np.lexsort((connections.arrival_s, trip))
    rank = np.empty(len(connections), dtype=np.int32)
    rank[by_name] = np.arange(len(connections), dtype=np.int32)
    boardable = np.flatnonzero(connections.may_board)
    boardable = boardable[np.lexsort(
        (rank[boardable], connections.departure_s[boardable], connections.from_stop[boardable])
    )]  # fmt: skip
    of_run = np.lexsort((connections.call, connections.run)).astype(np.int32)
    place = np.empty(len(connections), dtype=np.int32)
    place[of_run] = np.arange(len(connections), dtype=np.int32)
    to_stop = np.repeat(np.arange(connections.n_stops), np.diff(footpaths.transfers.first))
    changes = np.argsort(footpaths.transfers.stop, kind="stable")
    return _Order(
        first=np.searchsorted(connections.from_stop[boardable], np.arange(connections.n_stops + 1)),
        connection=boardable.astype(np.int32),
        rank=rank,
        stop_rank=stop_rank,
        of_run=of_run,
        first_of_run=np.searchsorted(connections.run[of_run], np.arange(len(connections.runs) + 1)),
        place=place,
        first_change=np.searchsorted(footpaths.transfers.stop[changes], np.arange(connections.n_stops + 1)),
        change_stop=to_stop[changes].astype(np.int32),
        change_s=footpaths.transfers.walk_s[changes],
    )


def _follow(
    connections: Connections,
    footpaths: Footpaths,
    service: int,
    order: _Order,
    labels: np.ndarray,
    marked: np.ndarray,
    slack_s: int,
) -> Boardings:
    """The boardings that are marked and all that they lead to, in the order of stops and departures."""
    egress = footpaths.egress
    egress_s = np.full(connections.n_stops, NEVER_S, dtype=np.int32)
    rows = slice(egress.first[service], egress.first[service + 1])
    egress_s[egress.stop[rows][::-1]] = egress.walk_s[rows][::-1]  # the shortest of several last
    rules = footpaths.run_rules
    alighting = np.full(marked.shape, NO_BOARDING, dtype=np.int32)
    following = np.full(marked.shape, NO_BOARDING, dtype=np.int32)
    walk_s = np.zeros(marked.shape, dtype=np.int32)
    if marked.any():
        follow_boardings(
            marked, labels, connections.departure_s, connections.arrival_s, connections.from_stop, connections.to_stop,
            connections.run, connections.runs, connections.may_alight, order.of_run, order.first_of_run, order.place,
            order.first, order.connection, order.stop_rank, order.rank, order.first_change, order.change_stop,
            order.change_s, rules.first, rules.to_stop, rules.walk_s, rules.first_rule, rules.rule_from_run,
            rules.rule_to_run, rules.rule_walk_s, egress_s, slack_s, alighting, following, walk_s,
        )  # fmt: skip
    boarding, rides = np.nonzero(marked)
    stops = connections.from_stop[boarding]
    by_stop = np.lexsort((rides, order.rank[boarding], connections.departure_s[boarding], stops))
    boarding, rides = boarding[by_stop], rides[by_stop]
    position = np.full(marked.shape, NO_BOARDING, dtype=np.int32)
    position[boarding, rides] = np.arange(len(boarding), dtype=np.int32)
    after = following[boarding, rides]
    return Boardings(
        boarding=boarding.astype(np.int32),
        alighting=alighting[boarding, rides],
        # a trip has a ride less from each boarding to the next
        following=np.where(after < 0, NO_BOARDING, position[after, rides - 1]).astype(np.int32),
        walk_s=walk_s[boarding, rides],
        arrival_s=labels[boarding, rides],
        rides=(rides + 1).astype(np.int8),
    )
