"""The connections of a timetable within a span of time: sorted arrays that one descending scan reads.

A connection is one vehicle's way from one of its calls to the next. Each arrival that lets riders off is an *event* of
its stop; the scan keeps what is known of a rider on foot at a stop by its events, and at no other second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.sources.timetable import Timetable

NO_EVENT = -1
"""The event of a connection that lets nobody off."""


@dataclass(frozen=True, slots=True, eq=False)
class Usability:
    """What a rider may use: ``stops`` (bool, n_stops) to board and alight at, ``trips`` (bool, n_trips) to ride."""

    stops: np.ndarray
    trips: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """Connections in the order of the scan: departure descending, of one run at one second the later first.

    Each (n,): ``departure_s``, ``arrival_s`` (int32), ``from_stop``, ``to_stop`` (int32, positions in the timetable's
    stops), ``run`` (int32, position in ``runs``), ``call`` (int32, the call that it departs from), ``may_board``,
    ``may_alight``, ``may_ride`` (bool: a rider may be aboard), ``event`` (int32, position in ``event_s``,
    :data:`NO_EVENT`). ``runs``: the timetable's numbers of the runs (ascending). ``event_s`` (int32): the seconds at
    which riders are let off, by stop, ascending; those of stop v are ``first_event[v]`` to ``first_event[v + 1]``.
    ``first_pair``: as many places for each stop as riders may board there.
    """

    departure_s: np.ndarray
    arrival_s: np.ndarray
    from_stop: np.ndarray
    to_stop: np.ndarray
    run: np.ndarray
    call: np.ndarray
    may_board: np.ndarray
    may_alight: np.ndarray
    may_ride: np.ndarray
    event: np.ndarray
    runs: np.ndarray
    event_s: np.ndarray
    first_event: np.ndarray
    first_pair: np.ndarray

    def __len__(self) -> int:
        return len(self.departure_s)

    @property
    def n_stops(self) -> int:
        """How many stops the timetable has."""
        return len(self.first_event) - 1


def select_connections(
    timetable: Timetable, *, earliest_s: int, latest_s: int, usability: Usability | None = None
) -> Connections:
    """The connections that depart at ``earliest_s`` or later and arrive at ``latest_s`` or earlier.

    ``usability``: all stops and trips by default. A connection is of the trip of the call that it departs from; one
    that may not be ridden stays, so that nobody rides through it.
    """
    call = np.arange(max(0, len(timetable) - 1))
    departure, arrival = timetable.departure_s[:-1], timetable.arrival_s[1:]
    in_span = (timetable.call_run[:-1] == timetable.call_run[1:]) & (departure >= earliest_s) & (arrival <= latest_s)
    call = call[in_span]

    # later calls have larger numbers, within a run too: one order serves zero-minute hops as well
    call = call[np.lexsort((-call, -timetable.departure_s[call].astype(np.int64)))]
    from_stop, to_stop = timetable.call_stop[call], timetable.call_stop[call + 1]
    may_board, may_alight = timetable.may_board[call], timetable.may_alight[call + 1]
    may_ride = np.ones(len(call), dtype=bool)
    if usability is not None:
        may_ride = usability.trips[timetable.call_trip[call]]
        may_board, may_alight = may_board & usability.stops[from_stop], may_alight & usability.stops[to_stop]
    may_board, may_alight = may_board & may_ride, may_alight & may_ride

    n_stops = len(timetable.stops)
    runs, run = np.unique(timetable.call_run[call], return_inverse=True)
    arrival = timetable.arrival_s[call + 1]
    event, event_s, first_event = _index_events(to_stop, arrival, may_alight, n_stops)
    boardings = np.bincount(from_stop[may_board], minlength=n_stops)
    return Connections(
        departure_s=timetable.departure_s[call].astype(np.int32),
        arrival_s=arrival.astype(np.int32),
        from_stop=from_stop.astype(np.int32),
        to_stop=to_stop.astype(np.int32),
        run=run.astype(np.int32),
        call=call.astype(np.int32),
        may_board=may_board,
        may_alight=may_alight,
        may_ride=may_ride,
        event=event,
        runs=runs,
        event_s=event_s,
        first_event=first_event,
        first_pair=np.append(0, np.cumsum(boardings)).astype(np.int32),
    )


def _index_events(
    to_stop: np.ndarray, arrival_s: np.ndarray, may_alight: np.ndarray, n_stops: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The event of each connection, the second of each event, and where those of each stop begin."""
    rows = np.flatnonzero(may_alight)
    # one number a (stop, second), in their order; seconds before midnight of the day are negative
    shift = int(arrival_s.min(initial=0))
    width = int(arrival_s.max(initial=0)) - shift + 1
    keys, numbers = np.unique(to_stop[rows].astype(np.int64) * width + (arrival_s[rows] - shift), return_inverse=True)
    event = np.full(len(to_stop), NO_EVENT, dtype=np.int32)
    event[rows] = numbers
    first = np.searchsorted(keys, np.arange(n_stops + 1, dtype=np.int64) * width)
    return event, (keys % width + shift).astype(np.int32), first.astype(np.int32)
