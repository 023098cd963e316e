"""Door-to-door travel-time matrix, services × demand points, in minutes."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from access92.network import CLOSED, MS_PER_MIN, Network
from access92.routing import UNREACHED, Scratch, make_scratch, search_kernel
from access92.snapping import NOT_SNAPPED, Snaps

_METRES_PER_MS_AT_1_KMH = 1 / 3600

_ROWS_AT_ONCE = 8
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
class Origins:
    """How people leave their doors: for each demand point up to two nodes they may walk or ride to.

    ``node_ahead``/``ms_ahead``: the far end of their street in its own direction, with the time to it
    (off-network leg included); ``node_back``/``ms_back`` against it. ``ms`` is UNREACHED where that
    direction is closed or the place is not snapped.
    """

    node_ahead: np.ndarray
    ms_ahead: np.ndarray
    node_back: np.ndarray
    ms_back: np.ndarray
    street: np.ndarray
    position: np.ndarray
    leg_ms: np.ndarray
    by_street: np.ndarray  # rows sorted by street, to find those who live on a given one
    sorted_street: np.ndarray


def travel_time_matrix(
    network: Network,
    service_snaps: Snaps,
    demand_snaps: Snaps,
    *,
    cutoff_min: float,
    on_progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached.

    Door to door: the leg from the door to the street and from the street to the service at the mode's
    ``access_speed_kmh``, the way through the network, and ``parking_min`` once. NaN where the total is
    over ``cutoff_min`` (inclusive), or where a place is not snapped. One search per service, on all cores.
    """
    limit_ms = round(cutoff_min * MS_PER_MIN)
    origins = make_origins(network, demand_snaps)
    count = len(service_snaps.street)
    minutes = np.full((count, len(demand_snaps.street)), np.nan, dtype=np.float32)
    workers = max(1, min(os.cpu_count() or 1, count))
    done = [0]

    seeds = [service_seeds(network, service_snaps, np.array([row])) for row in range(count)]
    seed_start = np.cumsum([0, *(len(node) for node, _ in seeds)]).astype(np.int64)
    seed_node = np.concatenate([node for node, _ in seeds]) if count else np.empty(0, dtype=np.int32)
    seed_ms = np.concatenate([ms for _, ms in seeds]) if count else np.empty(0, dtype=np.int32)

    def fill(rows: np.ndarray) -> None:
        scratch = network_scratch(network, limit_ms=limit_ms)
        for block in np.array_split(rows, max(1, len(rows) // _ROWS_AT_ONCE)):
            _fill_rows(
                network.arc_start, network.arcs, seed_start, seed_node, seed_ms, limit_ms, scratch.shift,
                scratch.time_ms, scratch.following, scratch.preceding, scratch.bucket, scratch.touched,
                origins.node_ahead, origins.ms_ahead, origins.node_back, origins.ms_back, block, minutes,
            )  # fmt: skip
            for row in block:
                own_street_times(network, service_snaps, int(row), origins, limit_ms, minutes[row])
            done[0] += len(block)
            if on_progress is not None:
                on_progress(done[0], count)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(fill, [np.arange(first, count, workers) for first in range(workers)]))
    return minutes


def network_scratch(network: Network, *, limit_ms: int) -> Scratch:
    """Working arrays for searches on a network; the bucket width follows its typical arc."""
    return make_scratch(network.node_count, limit_ms=limit_ms, width_ms=max(1, network.typical_arc_ms // 4))


def leg_ms(network: Network, snap_m: np.ndarray) -> np.ndarray:
    """Milliseconds (int64) of off-network legs of ``snap_m`` metres, at the mode's walking speed; NaN → 0."""
    speed = network.mode.access_speed_kmh * _METRES_PER_MS_AT_1_KMH
    ms: np.ndarray = np.rint(np.nan_to_num(snap_m) / speed).astype(np.int64)
    return ms


def service_seeds(network: Network, snaps: Snaps, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes from which the given services are entered, and the milliseconds from there to their doors."""
    rows = rows[snaps.street[rows] != NOT_SNAPPED]
    street, position = snaps.street[rows], snaps.position[rows]
    surcharge = leg_ms(network, snaps.snap_m[rows]) + round(network.mode.parking_min * MS_PER_MIN)
    from_start = surcharge + _part_ms(network.forward_ms[street], position)
    from_end = surcharge + _part_ms(network.backward_ms[street], 1 - position)
    node = np.concatenate([network.street_from[street], network.street_to[street]])
    ms = np.concatenate([from_start, from_end])
    open_way = ms < UNREACHED
    return node[open_way].astype(np.int32), ms[open_way].astype(np.int32)


def make_origins(network: Network, snaps: Snaps) -> Origins:
    """What :func:`travel_time_matrix` needs to know of the demand points."""
    leg = leg_ms(network, snaps.snap_m)
    ms_ahead, ms_back = exit_ms(network, snaps.street, snaps.position, leg)
    street = np.where(snaps.street != NOT_SNAPPED, snaps.street, 0)
    by_street = np.argsort(snaps.street, kind="stable")
    return Origins(
        node_ahead=network.street_to[street],
        ms_ahead=ms_ahead,
        node_back=network.street_from[street],
        ms_back=ms_back,
        street=snaps.street,
        position=snaps.position,
        leg_ms=leg,
        by_street=by_street,
        sorted_street=snaps.street[by_street],
    )


def exit_ms(
    network: Network,
    street: np.ndarray,
    position: np.ndarray,
    leg: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds (int32) from doors to the far end and to the start of their streets, legs included.

    UNREACHED where that direction is closed or the door is NOT_SNAPPED.
    """
    snapped = street != NOT_SNAPPED
    which = np.where(snapped, street, 0)
    ahead = leg + _part_ms(network.forward_ms[which], 1 - position)
    back = leg + _part_ms(network.backward_ms[which], position)
    ahead, back = (np.where(snapped, np.minimum(ms, UNREACHED), UNREACHED).astype(np.int32) for ms in (ahead, back))
    return ahead, back


def _part_ms(whole_ms: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Milliseconds (int64) of a share of a street; UNREACHED where it is closed.

    No share at all is 0 even where the street is closed in that direction: who stands at its end
    stands at the crossing.
    """
    ms = np.rint(share * whole_ms).astype(np.int64)
    return np.where(whole_ms != CLOSED, ms, np.where(share == 0, 0, np.int64(UNREACHED)))


def own_street_times(
    network: Network, service_snaps: Snaps, row: int, origins: Origins, limit_ms: int, minutes: np.ndarray
) -> None:
    """Shorten in ``minutes`` the times of those who live on the service's own street: they may go straight along it."""
    street = int(service_snaps.street[row])
    if street == NOT_SNAPPED:
        return
    first, last = np.searchsorted(origins.sorted_street, [street, street + 1])
    if first == last:
        return
    here = origins.by_street[first:last]
    direct_ms = same_street_ms(network, street, float(service_snaps.position[row]), origins.position[here])
    parking_ms = round(network.mode.parking_min * MS_PER_MIN)
    surcharge = int(leg_ms(network, service_snaps.snap_m[row : row + 1])[0]) + parking_ms
    total = direct_ms + origins.leg_ms[here] + surcharge
    direct_min = np.where(total <= limit_ms, (total / MS_PER_MIN), np.nan).astype(np.float32)
    minutes[here] = np.fmin(minutes[here], direct_min)


def same_street_ms(network: Network, street: int, service: float, door: np.ndarray) -> np.ndarray:
    """Milliseconds (float, inf where closed) along one street from ``door`` positions to the service's."""
    ahead, back = int(network.forward_ms[street]), int(network.backward_ms[street])
    ms = np.full(len(door), np.inf)
    if ahead != CLOSED:
        ms = np.where(door <= service, np.rint((service - door) * ahead), ms)
    if back != CLOSED:
        ms = np.where(door >= service, np.minimum(ms, np.rint((door - service) * back)), ms)
    return ms


@njit(nogil=True, cache=True)
def _fill_rows(  # noqa: PLR0913, PLR0917 - one hot loop, flat arguments for numba
    arc_start: np.ndarray,
    arcs: np.ndarray,
    seed_start: np.ndarray,
    seed_node: np.ndarray,
    seed_ms: np.ndarray,
    limit_ms: int,
    shift: int,
    time_ms: np.ndarray,
    following: np.ndarray,
    preceding: np.ndarray,
    bucket: np.ndarray,
    touched: np.ndarray,
    node_ahead: np.ndarray,
    ms_ahead: np.ndarray,
    node_back: np.ndarray,
    ms_back: np.ndarray,
    rows: np.ndarray,
    minutes: np.ndarray,
) -> None:
    """Search from each service of ``rows`` and write its row of minutes; the scratch is left clean."""
    for k in range(len(rows)):
        row = rows[k]
        first, last = seed_start[row], seed_start[row + 1]
        reached = search_kernel(
            arc_start, arcs, seed_node[first:last], seed_ms[first:last], limit_ms, shift,
            time_ms, following, preceding, bucket, touched,
        )  # fmt: skip
        for i in range(len(node_ahead)):
            best = np.int64(limit_ms) + 1
            if ms_ahead[i] != UNREACHED:
                at = time_ms[np.uint64(node_ahead[i])]
                if at != UNREACHED:
                    best = min(best, np.int64(at) + ms_ahead[i])
            if ms_back[i] != UNREACHED:
                at = time_ms[np.uint64(node_back[i])]
                if at != UNREACHED:
                    best = min(best, np.int64(at) + ms_back[i])
            minutes[row, i] = best / 60000.0 if best <= limit_ms else np.nan
        for i in range(reached):
            time_ms[np.uint64(touched[i])] = UNREACHED
