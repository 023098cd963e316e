"""The door-to-door travel-time matrix, services × demand points: whole milliseconds inside, minutes outside."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from access92.cache.kernels import kernel
from access92.network.graph import CLOSED, LONGEST_MS, MS_PER_MIN, Network
from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.travel.kernels import UNREACHED, Scratch, make_scratch, search_kernel

_METRES_PER_MS_AT_1_KMH = 1 / 3600

_ROWS_AT_ONCE = 16
"""Services searched between two calls of ``on_progress``."""


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """The travel-time matrix of one mode.

    ``minutes``: float32 (n_services, n_demand), NaN = not reached. Rows and columns follow the
    services and demand tables that went in. ``service_snaps``/``demand_snaps``: place_id, edge_id
    (null = not snapped), position (0–1), snap_m.
    """

    mode: str
    minutes: np.ndarray
    service_snaps: pd.DataFrame
    demand_snaps: pd.DataFrame


@dataclass(frozen=True, slots=True)
class DemandExits:
    """The demand points by the nodes at the ends of their streets, in CSR form.

    ``demand[first[v] : first[v + 1]]`` are the demand points (columns of the matrix) on a street that ends at node
    v, ``exit_ms`` the time from each to v, access leg included. A demand point is indexed at each end of its streets
    that it may leave by, where no other way out is as short; one that is not snapped, nowhere.
    """

    first: np.ndarray
    demand: np.ndarray
    exit_ms: np.ndarray


def travel_time_matrix(
    network: Network,
    service_snaps: Snaps,
    demand_snaps: Snaps,
    *,
    cutoff_min: float,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached.

    Door to door: the access legs (from the demand point to its street, from the last street to the service) at the
    mode's ``access_speed_kmh``, the way through the network, and ``parking_min`` once. NaN where the total is
    over ``cutoff_min`` (inclusive), or where a place is not snapped. One search per service, on all cores.
    """
    limit_ms = round(cutoff_min * MS_PER_MIN)
    count = len(service_snaps.street)
    minutes = np.empty((count, len(demand_snaps.street)), dtype=np.float32)
    exits = index_exits(network, demand_snaps)
    first_seed, seed_node, seed_ms = _seeds_by_service(network, service_snaps)
    flat_arcs = network.arcs.reshape(-1)

    # each core takes every n-th service, with working arrays of its own: compiled code runs without Python's lock
    workers = max(1, min(os.cpu_count() or 1, count))
    done = [0]

    def fill(rows: range) -> None:
        scratch = network_scratch(network, limit_ms=limit_ms)
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            batch = rows[first : first + _ROWS_AT_ONCE]
            _fill_rows(
                network.arc_start, flat_arcs, first_seed, seed_node, seed_ms, limit_ms, scratch.shift,
                scratch.time_ms, scratch.entries, scratch.bucket, scratch.touched,
                exits.first, exits.demand, exits.exit_ms, batch.start, batch.stop, batch.step, minutes,
            )  # fmt: skip
            done[0] += len(batch)
            if on_progress is not None:
                on_progress(done[0], count)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(fill, [range(first, count, workers) for first in range(workers)]))

    # the search goes through the ends of streets; between two places of one street the straight way may be shorter
    _shorten_on_shared_streets(network, service_snaps, demand_snaps, limit_ms, minutes)
    return minutes


def up_to_cutoff(times: TravelTimes, cutoff_min: float) -> TravelTimes:
    """The same travel times (minutes), NaN beyond a cut-off (inclusive); ``times`` itself where none is beyond it."""
    last = np.float32(round(cutoff_min * MS_PER_MIN) / MS_PER_MIN)
    beyond = times.minutes > last  # False for NaN
    return replace(times, minutes=np.where(beyond, np.float32(np.nan), times.minutes)) if beyond.any() else times


def network_scratch(network: Network, *, limit_ms: int) -> Scratch:
    """Working arrays for searches on a network; the bucket width follows its typical arc."""
    return make_scratch(network.node_count, limit_ms=limit_ms, width_ms=max(1, network.typical_arc_ms // 4))


def access_metres_per_ms(network: Network) -> float:
    """The speed of access legs, in metres per millisecond."""
    return network.mode.access_speed_kmh * _METRES_PER_MS_AT_1_KMH


def access_leg_ms(network: Network, snap_m: np.ndarray) -> np.ndarray:
    """Milliseconds (int64) of access legs of ``snap_m`` metres, at the mode's walking speed; NaN → 0."""
    speed = access_metres_per_ms(network)
    ms: np.ndarray = np.minimum(np.rint(np.nan_to_num(snap_m) / speed), LONGEST_MS).astype(np.int64)
    return ms


def service_seeds(network: Network, snaps: Snaps, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes from which services (rows) are entered, and the milliseconds (int32) from there to their doors."""
    first, node, ms = _seeds_by_service(network, snaps)
    seeds = np.concatenate([np.arange(first[row], first[row + 1]) for row in rows] or [np.arange(0)])
    return node[seeds], ms[seeds]


def _seeds_by_service(network: Network, snaps: Snaps) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The seeds of each service, one service after the other (CSR): where each begins, nodes, milliseconds."""
    links = snaps.links()
    snapped = links.street != NOT_SNAPPED
    street = np.where(snapped, links.street, 0)
    position = np.where(snapped, links.position, 0.0)
    surcharge = access_leg_ms(network, links.snap_m) + round(network.mode.parking_min * MS_PER_MIN)
    from_start = surcharge + part_ms(network.forward_ms[street], position)
    from_end = surcharge + part_ms(network.backward_ms[street], 1 - position)
    node = np.stack([network.arrive_from_node[street], network.arrive_to_node[street]], axis=1)
    ms = np.stack([from_start, from_end], axis=1)
    is_open = (ms < UNREACHED) & snapped[:, None]
    count = np.bincount(links.place, weights=is_open.sum(axis=1), minlength=len(snaps.street)).astype(np.int64)
    return np.append(0, np.cumsum(count)), node[is_open].astype(np.int32), ms[is_open].astype(np.int32)


def index_exits(network: Network, snaps: Snaps) -> DemandExits:
    """The demand points by the nodes at the ends of the streets that they link to, with the milliseconds to each.

    An exit that is no better than to leave by another one of the same demand point and to go on along one street is
    left out: no time depends on it.
    """
    links = snaps.links()
    ms_ahead, ms_back = exit_ms(network, links.street, links.position, access_leg_ms(network, links.snap_m))
    if len(snaps.others.place):
        node_ahead, node_back = network.leave_to_node[links.street], network.leave_from_node[links.street]
        _leave_out_dominated(links.place, node_ahead, node_back, network.arc_start, network.arcs, ms_ahead, ms_back)
    return DemandExits(
        *_index_exits(
            network.node_count,
            links.place,
            links.street,
            network.leave_to_node,
            ms_ahead,
            network.leave_from_node,
            ms_back,
        )
    )


def exit_ms(
    network: Network,
    street: np.ndarray,
    position: np.ndarray,
    leg_ms: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds (int32) from places to the far end and to the start of their streets, access legs included.

    UNREACHED where that direction is closed or the place is NOT_SNAPPED.
    """
    snapped = street != NOT_SNAPPED
    any_street, position = np.where(snapped, street, 0), np.where(snapped, position, 0)
    ahead = leg_ms + part_ms(network.forward_ms[any_street], 1 - position)
    back = leg_ms + part_ms(network.backward_ms[any_street], position)
    ahead, back = (np.where(snapped, np.minimum(ms, UNREACHED), UNREACHED).astype(np.int32) for ms in (ahead, back))
    return ahead, back


def part_ms(whole_ms: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Milliseconds (int64) of a share of a street; UNREACHED where it is closed.

    No share at all is 0 even where the street is closed in that direction: who stands at its end
    stands at the crossing.
    """
    ms = np.rint(share * whole_ms).astype(np.int64)
    return np.where(whole_ms != CLOSED, ms, np.where(share == 0, 0, np.int64(UNREACHED)))


def _shorten_on_shared_streets(
    network: Network, service_snaps: Snaps, demand_snaps: Snaps, limit_ms: int, minutes: np.ndarray
) -> None:
    """Shorten in ``minutes`` the times of demand points on a street of a service: straight along that street."""
    services, homes = service_snaps.links(), demand_snaps.links()
    service, home = _same_street_pairs(services.street, homes.street, len(network.street_row))
    direct_ms = same_street_ms(network, services.street[service], services.position[service], homes.position[home])
    parking_ms = round(network.mode.parking_min * MS_PER_MIN)
    surcharge = access_leg_ms(network, services.snap_m[service]) + parking_ms
    total = direct_ms + access_leg_ms(network, homes.snap_m[home]) + surcharge
    direct_min = np.where(total <= limit_ms, (total / MS_PER_MIN), np.nan).astype(np.float32)
    # a service and a home may share several streets: each counts
    np.fmin.at(minutes, (services.place[service], homes.place[home]), direct_min)


def _same_street_pairs(
    service_street: np.ndarray, demand_street: np.ndarray, street_count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Links of services and of demand points to one street, all pairs of them; few beside services × demand."""
    services = np.flatnonzero(service_street != NOT_SNAPPED)
    with_service = np.zeros(street_count + 1, dtype=bool)  # the last place is that of NOT_SNAPPED
    with_service[service_street[services]] = True
    demand = np.flatnonzero(with_service[demand_street])
    demand = demand[np.argsort(demand_street[demand], kind="stable")]
    first, last = (
        np.searchsorted(demand_street[demand], service_street[services], side=side) for side in ("left", "right")
    )
    pairs = last - first
    ranks = np.arange(pairs.sum()) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    return np.repeat(services, pairs), demand[np.repeat(first, pairs) + ranks]


def same_street_ms(
    network: Network, street: int | np.ndarray, service: float | np.ndarray, origin: np.ndarray
) -> np.ndarray:
    """Milliseconds (float, inf where closed) along a street from ``origin`` positions (0–1) to the service's.

    One street and service for all origins, or one for each.
    """
    ahead, back = network.forward_ms[street], network.backward_ms[street]
    ms = np.where((ahead != CLOSED) & (origin <= service), np.rint((service - origin) * ahead), np.inf)
    against = np.where((back != CLOSED) & (origin >= service), np.rint((origin - service) * back), np.inf)
    return np.minimum(ms, against)


@kernel
def _leave_out_dominated(  # noqa: C901 - one hot loop
    place: np.ndarray,
    node_ahead: np.ndarray,
    node_back: np.ndarray,
    arc_start: np.ndarray,
    arcs: np.ndarray,
    ms_ahead: np.ndarray,
    ms_back: np.ndarray,
) -> None:
    """Make UNREACHED each exit where another exit of its place leads as soon: at its node, or at one an arc away.

    Exact: a search knows a way from that other exit that is no longer. Of equal exits the last stays.
    """
    first = 0
    while first < len(place):
        last = first + 1
        while last < len(place) and place[last] == place[first]:
            last += 1
        # each exit against those that still count, which are few: a place links to a handful of streets
        for exit_number in range(2 * first, 2 * last if last - first > 1 else 2 * first):
            at, is_ahead = exit_number // 2, exit_number % 2 == 0
            node, ms = (node_ahead[at], ms_ahead[at]) if is_ahead else (node_back[at], ms_back[at])
            if ms == UNREACHED:
                continue
            dominated = False
            for other_number in range(2 * first, 2 * last):
                other_at, other_ahead = other_number // 2, other_number % 2 == 0
                other = node_ahead[other_at] if other_ahead else node_back[other_at]
                other_ms = ms_ahead[other_at] if other_ahead else ms_back[other_at]
                if other_number == exit_number or other_ms > ms:
                    continue
                if other == node:
                    dominated = True
                    break
                for k in range(arc_start[node], arc_start[node + 1]):
                    if arcs[k, 0] == other and np.int64(other_ms) + arcs[k, 1] <= ms:
                        dominated = True
            if dominated and is_ahead:
                ms_ahead[at] = UNREACHED
            elif dominated:
                ms_back[at] = UNREACHED
        first = last


@kernel
def _index_exits(
    node_count: int,
    place: np.ndarray,
    street: np.ndarray,
    leave_to_node: np.ndarray,
    ms_ahead: np.ndarray,
    leave_from_node: np.ndarray,
    ms_back: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays of :class:`DemandExits`: the demand points of each node in their order."""
    # count the exits at each node: with the counts, all of them fit in two arrays and no list grows
    count, one = np.uint64(len(street)), np.uint64(1)
    first = np.zeros(node_count + 1, dtype=np.int32)
    for i in range(count):
        if ms_ahead[i] != UNREACHED:
            first[np.uint64(leave_to_node[np.uint64(street[i])])] += 1
        if ms_back[i] != UNREACHED:
            first[np.uint64(leave_from_node[np.uint64(street[i])])] += 1

    # running totals: for now the end of each node's exits, because they are placed from the last to the first
    total = np.int32(0)
    for node in range(np.uint64(len(first))):
        total += first[node]
        first[node] = total

    # placing counts each end down to the beginning, and keeps demand points of a node in ascending order
    demand, exit_ms = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
    for left in range(count):
        at = count - one - left
        if ms_back[at] != UNREACHED:
            end = np.uint64(leave_from_node[np.uint64(street[at])])
            first[end] -= 1
            demand[np.uint64(first[end])], exit_ms[np.uint64(first[end])] = place[at], ms_back[at]
        if ms_ahead[at] != UNREACHED:
            end = np.uint64(leave_to_node[np.uint64(street[at])])
            first[end] -= 1
            demand[np.uint64(first[end])], exit_ms[np.uint64(first[end])] = place[at], ms_ahead[at]
    return first, demand, exit_ms


@kernel
def _fill_rows(  # noqa: PLR0913, PLR0917 - one hot loop, flat arguments for numba
    arc_start: np.ndarray,
    flat_arcs: np.ndarray,
    first_seed: np.ndarray,
    seed_node: np.ndarray,
    seed_ms: np.ndarray,
    limit_ms: int,
    shift: int,
    time_ms: np.ndarray,
    entries: np.ndarray,
    bucket: np.ndarray,
    touched: np.ndarray,
    first_exit: np.ndarray,
    demand: np.ndarray,
    exit_ms: np.ndarray,
    first_row: int,
    last_row: int,
    step: int,
    minutes: np.ndarray,
) -> None:
    """Search from each service in turn and write its row of minutes; the scratch is left clean."""
    one = np.uint64(1)
    for row in range(first_row, last_row, step):
        begin, end = first_seed[row], first_seed[row + 1]
        reached = search_kernel(
            arc_start, flat_arcs, seed_node[begin:end], seed_ms[begin:end], limit_ms, shift,
            time_ms, entries, bucket, touched,
        )  # fmt: skip

        # from the nodes reached to the demand points there, not the other way round: where a search reaches little,
        # little is looked at; each node is cleaned on the way, while it is in the nearest cache
        line = minutes[row]
        line[:] = np.nan
        for i in range(reached):
            node = np.uint64(touched[i])
            node_ms = np.int64(time_ms[node])
            time_ms[node] = UNREACHED
            for k in range(np.uint64(first_exit[node]), np.uint64(first_exit[node + one])):
                ms = node_ms + exit_ms[k]
                if ms <= limit_ms:
                    time_min = np.float32(ms / 60000.0)
                    column = np.uint64(demand[k])
                    if not line[column] <= time_min:  # also where it is NaN
                        line[column] = time_min
