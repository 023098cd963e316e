"""The backward profile connection scan: from one service, every best (departure, arrival) pair of every stop.

One scan reads the connections by descending departure. For each it knows when a rider aboard reaches the service,
with at most 1, 2, … rides counted from here: by staying aboard, by alighting and walking to the service, or by
alighting, walking to a stop and boarding again. A boarding that is better than all later ones of its stop is a pair of
the stop, and is offered to the stops around it, as far as a transfer reaches. Walks are only those of the footpaths:
they need no closure, because a transfer is one walk between two rides and is taken as it is.

References
----------
Dibbelt, Pajor, Strasser and Wagner (2018), Connection Scan Algorithm, ACM Journal of Experimental Algorithmics 23
(« profile » and « transfers » of section 4); arXiv:1703.05997.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.cache.kernels import kernel
from access92.sources.timetable import NO_RUN
from access92.transit.connections import Connections
from access92.transit.footpaths import Footpaths, RunRules

NEVER_S = np.int32(2**30)
"""The arrival of a rider who does not arrive: later than any other, and sums of two of it stay within int32."""


@dataclass(frozen=True, slots=True, eq=False)
class ScanScratch:
    """What one scan at a time writes; allocated once per thread, reset by each scan.

    ``on_foot``: int32 (n_events, max_rides − 1), arrivals of a rider on foot at an event with 1, 2, … more rides;
    ``aboard``: int32 (n_runs, max_rides); ``best``: int32 (n_stops, max_rides), of the boardings so far;
    ``settled``: int32 (n_stops), the first event whose arrivals are final. ``pair_count`` (int32, n_stops),
    ``pair_departure_s`` and ``pair_arrival_s`` (int32): the pairs of each stop from ``first_pair`` on, departure
    descending. ``logged`` and ``log``: all boardings at the stops that a rule for given runs leads to.
    """

    on_foot: np.ndarray
    aboard: np.ndarray
    best: np.ndarray
    settled: np.ndarray
    pair_count: np.ndarray
    pair_departure_s: np.ndarray
    pair_arrival_s: np.ndarray
    logged: np.ndarray
    log: np.ndarray


def make_scratch(connections: Connections, rules: RunRules, *, max_rides: int) -> ScanScratch:
    """Arrays for scans of ``connections`` with at most ``max_rides`` rides."""
    n_stops, capacity = connections.n_stops, int(connections.first_pair[-1])
    # boardings are logged only where somebody will ask which run they are of
    has_log = len(rules.to_stop) > 0
    return ScanScratch(
        on_foot=np.empty((len(connections.event_s), max_rides - 1), dtype=np.int32),
        aboard=np.empty((len(connections.runs), max_rides), dtype=np.int32),
        best=np.empty((n_stops, max_rides), dtype=np.int32),
        settled=np.empty(n_stops, dtype=np.int32),
        pair_count=np.empty(n_stops, dtype=np.int32),
        pair_departure_s=np.empty(capacity, dtype=np.int32),
        pair_arrival_s=np.empty(capacity, dtype=np.int32),
        logged=np.empty(n_stops, dtype=np.int32),
        log=np.empty((capacity if has_log else 0, 2 + max_rides), dtype=np.int32),
    )


def scan_service(
    connections: Connections,
    footpaths: Footpaths,
    service: int,
    scratch: ScanScratch,
    *,
    boarding_slack_s: int,
    max_trip_s: int,
    labels: np.ndarray | None = None,
) -> None:
    """Leave in ``scratch`` the pairs of every stop towards one service (row of the footpaths).

    ``labels``: int32 (n_connections, max_rides), filled with the arrivals of a rider aboard each connection who has
    boarded by then, :data:`NEVER_S` beyond ``max_trip_s``; not kept by default.
    """
    egress_s = np.full(connections.n_stops, NEVER_S, dtype=np.int32)
    rows = slice(footpaths.egress.first[service], footpaths.egress.first[service + 1])
    # the shortest last: of several walks from one stop it is the one that counts
    egress_s[footpaths.egress.stop[rows][::-1]] = footpaths.egress.walk_s[rows][::-1]
    rules = footpaths.run_rules
    scan_kernel(
        connections.departure_s, connections.arrival_s, connections.from_stop, connections.to_stop, connections.run,
        connections.may_board, connections.may_alight, connections.may_ride, connections.event, connections.runs,
        connections.event_s, connections.first_event, connections.first_pair,
        footpaths.transfers.first, footpaths.transfers.stop, footpaths.transfers.walk_s,
        rules.first, rules.to_stop, rules.walk_s, rules.leads_to, rules.first_rule, rules.rule_from_run,
        rules.rule_to_run, rules.rule_walk_s,
        egress_s, boarding_slack_s, max_trip_s,
        scratch.on_foot, scratch.aboard, scratch.best, scratch.settled, scratch.pair_count, scratch.pair_departure_s,
        scratch.pair_arrival_s, scratch.logged, scratch.log,
        np.empty((0, scratch.best.shape[1]), dtype=np.int32) if labels is None else labels,
    )  # fmt: skip


@kernel
def scan_kernel(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one hot loop, flat arguments for numba
    departure_s: np.ndarray,
    arrival_s: np.ndarray,
    from_stop: np.ndarray,
    to_stop: np.ndarray,
    run: np.ndarray,
    may_board: np.ndarray,
    may_alight: np.ndarray,
    may_ride: np.ndarray,
    event: np.ndarray,
    runs: np.ndarray,
    event_s: np.ndarray,
    first_event: np.ndarray,
    first_pair: np.ndarray,
    first_transfer: np.ndarray,
    transfer_stop: np.ndarray,
    transfer_s: np.ndarray,
    first_rule_pair: np.ndarray,
    rule_pair_stop: np.ndarray,
    rule_pair_s: np.ndarray,
    leads_to: np.ndarray,
    first_rule: np.ndarray,
    rule_from_run: np.ndarray,
    rule_to_run: np.ndarray,
    rule_walk_s: np.ndarray,
    egress_s: np.ndarray,
    boarding_slack_s: int,
    max_trip_s: int,
    on_foot: np.ndarray,
    aboard: np.ndarray,
    best: np.ndarray,
    settled: np.ndarray,
    pair_count: np.ndarray,
    pair_departure_s: np.ndarray,
    pair_arrival_s: np.ndarray,
    logged: np.ndarray,
    log: np.ndarray,
    labels: np.ndarray,
) -> None:
    """:func:`scan_service`, on arrays."""
    rides = best.shape[1]
    slack, longest = np.int32(boarding_slack_s), np.int32(max_trip_s - boarding_slack_s)
    on_foot[:], aboard[:], best[:] = NEVER_S, NEVER_S, NEVER_S
    pair_count[:], logged[:] = 0, 0
    settled[:] = first_event[1:]

    for c in range(len(departure_s)):
        r = np.uint32(run[c])
        if not may_ride[c]:
            aboard[r] = NEVER_S
        if may_alight[c]:
            v, arrival = np.uint32(to_stop[c]), arrival_s[c]
            if egress_s[v] < NEVER_S:
                at_door = np.int32(arrival + egress_s[v])
                for k in range(rides):
                    aboard[r, k] = min(aboard[r, k], at_door)

            # what is known of a rider on foot here holds for earlier events too: each takes over from the next one,
            # once. It is final: who boards from here departs later than this connection, and was scanned before it
            e = event[c]
            at, end = settled[v], first_event[v + 1]
            while at > e:
                at -= 1
                if at + 1 < end:
                    for k in range(rides - 1):
                        on_foot[at, k] = min(on_foot[at, k], on_foot[at + 1, k])
            settled[v] = at
            for k in range(1, rides):
                aboard[r, k] = min(aboard[r, k], on_foot[e, k - 1])

            # walks that depend on the two runs: each boarding there is looked at, the latest first
            for p in range(first_rule_pair[v], first_rule_pair[v + 1]):
                stop = rule_pair_stop[p]
                for i in range(first_pair[stop], first_pair[stop] + logged[stop]):
                    spare = log[i, 1] - slack - arrival
                    if spare < 0:
                        break
                    walk = rule_pair_s[p]
                    for j in range(first_rule[p], first_rule[p + 1]):
                        if (rule_from_run[j] == NO_RUN or rule_from_run[j] == runs[r]) and (
                            rule_to_run[j] == NO_RUN or rule_to_run[j] == log[i, 0]
                        ):
                            walk = rule_walk_s[j]
                            break
                    if walk <= spare:
                        for k in range(1, rides):
                            aboard[r, k] = min(aboard[r, k], log[i, 1 + k])

        # nobody boards for a trip that is too long already; of a run, the label with most rides is the least
        departure = departure_s[c]
        if may_board[c] and aboard[r, rides - 1] - departure <= longest:
            u = np.uint32(from_stop[c])
            if leads_to[u] and len(log):
                i = first_pair[u] + logged[u]
                log[i, 0], log[i, 1] = runs[r], departure
                for k in range(rides):
                    log[i, 2 + k] = aboard[r, k]
                logged[u] += 1
            if aboard[r, rides - 1] < best[u, rides - 1]:
                i = first_pair[u] + pair_count[u]
                pair_departure_s[i], pair_arrival_s[i] = departure, aboard[r, rides - 1]
                pair_count[u] += 1
            is_better = False
            for k in range(rides - 1):
                is_better |= aboard[r, k] < best[u, k]
            for k in range(rides):
                best[u, k] = min(best[u, k], aboard[r, k])

            # the walks here, the shortest first: where one makes the trip too long, all further ones do
            if is_better:
                latest = departure - slack
                farthest = longest - (aboard[r, rides - 2] - latest)
                for i in range(first_transfer[u], first_transfer[u + 1]):
                    walk = transfer_s[i]
                    if walk > farthest:
                        break
                    a = np.uint32(transfer_stop[i])
                    at, begin = settled[a] - 1, first_event[a]
                    while at >= begin and event_s[at] > latest - walk:
                        at -= 1
                    if at >= begin:
                        for k in range(rides - 1):
                            on_foot[at, k] = min(on_foot[at, k], aboard[r, k])
        if len(labels):
            labels[c] = aboard[r]
