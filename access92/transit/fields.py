"""Times by public transport all over the streets: at every node of a network and at every stop, for drawings.

A node is an origin like a home: its ways to the stops are searched, and the same scans give the percentile of its
times. Between nodes a drawing goes on along the streets, as it does on foot; a stop is a place of its own, because
who stands between two nodes beside a stop walks to neither.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from access92.network.graph import MS_PER_MIN
from access92.network.snapping import NOT_SNAPPED
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.connections import Usability
from access92.transit.footpaths import Footpaths, StopWalks, Walks, cycle_to_stops, walk_to_services
from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED, reset, search
from access92.travel.matrix import network_scratch, service_seeds
from access92.travel.router import Router

_MS_PER_S = 1000

_NODES_AT_ONCE_BY_BIKE = 32_768
"""Nodes whose ways to the stops are in memory at once: some 200 MB."""


def ride_field(
    timetable: Timetable,
    router: Router,
    services: gpd.GeoSeries,
    stops: StopWalks,
    on_foot: Walks,
    *,
    options: Transit,
    limit_min: float,
    usability: Usability | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The milliseconds by ride from every node and every stop to each service, up to ``limit_min`` (inclusive).

    ``on_foot``: :func:`walk_from_nodes`. The arrays are the ``node_ms`` and ``stop_ms`` of
    :class:`access92.travel.riding.RideField`.
    """
    n_nodes, n_stops = router.network.node_count, len(timetable.stops)
    egress = walk_to_services(router, router.snap(services), stops, egress_min=options.max_egress_min)

    def ridden_ms(access: Walks) -> np.ndarray:
        """The times from some places, whose ways to the stops are given: int32 (n_services, n_places)."""
        footpaths = Footpaths(
            transfers=stops.transfers, run_rules=stops.run_rules, access=access, egress=egress,
            direct_ms=np.full((len(services), len(access)), UNREACHED, dtype=np.int32),
        )  # fmt: skip
        return transit_times(
            timetable, footpaths, window_s=options.window_s, percentiles=(options.percentile,),
            max_rides=options.max_rides, boarding_slack_s=options.boarding_slack_s, max_trip_min=limit_min,
            usability=usability,
        ).at(options.percentile)  # fmt: skip

    # of all nodes the walks fit in memory, the ways by bicycle do not: they are many times more
    at_once = n_nodes if router.access_router is None else _NODES_AT_ONCE_BY_BIKE
    ms = np.empty((len(services), n_nodes + n_stops), dtype=np.int32)
    for first in range(0, n_nodes, at_once):
        nodes = slice(first, min(first + at_once, n_nodes))
        access = on_foot.part(nodes)
        if router.access_router is not None:
            cycled = _bike_from_nodes(router, router.access_router, stops, nodes, options=options, limit_min=limit_min)
            access = _either(access, cycled)
        if nodes.stop < n_nodes:
            ms[:, nodes] = ridden_ms(access)
        else:
            ms[:, first:] = ridden_ms(_with_stops(access, n_stops))
    return ms[:, :n_nodes], ms[:, n_nodes:]


def _with_stops(access: Walks, n_stops: int) -> Walks:
    """The ways of some places, and behind them those of the stops: each is where it is."""
    return Walks(
        np.append(access.first, access.first[-1] + np.arange(1, n_stops + 1)),
        np.append(access.stop, np.arange(n_stops, dtype=np.int32)),
        np.append(access.walk_s, np.zeros(n_stops, dtype=np.int32)),
    )


def _bike_from_nodes(
    router: Router, coming: Router, stops: StopWalks, nodes: slice, *, options: Transit, limit_min: float
) -> Walks:
    """The ways by bicycle from some nodes to the stops, as homes at their places would have them."""
    network = router.network
    places = gpd.GeoSeries(gpd.points_from_xy(network.node_x[nodes], network.node_y[nodes]), crs=router.streets.crs)
    snaps = coming.snap_within(
        places, coming.network.serves_demand, max_snap_m=coming.max_snap_m, link_radius_m=coming.link_radius_m
    )
    return cycle_to_stops(router, stops, snaps, bike_access_min=min(options.max_bike_access_min, limit_min))


def _either(on_foot: Walks, cycled: Walks) -> Walks:
    """The ways from the same places by two means: of each place those on foot, then those by bicycle."""
    first = on_foot.first + cycled.first
    stop, walk_s = np.empty((2, first[-1]), dtype=np.int32)
    # where the ways of each place go: behind those of the places before, and those on foot of its own
    for walks, begins in ((on_foot, cycled.first[:-1]), (cycled, on_foot.first[1:])):
        rows = np.arange(len(walks.stop)) + np.repeat(begins, np.diff(walks.first))
        stop[rows], walk_s[rows] = walks.stop, walks.walk_s
    return Walks(first, stop, walk_s, first[:-1] + np.diff(on_foot.first))


def walk_from_nodes(router: Router, stops: StopWalks, *, limit_min: float) -> Walks:
    """The walks from every node of the network to the stops around it, in seconds rounded up; in no order at a node."""
    network, limit_ms = router.network, round(limit_min * MS_PER_MIN)
    scratch = network_scratch(network, limit_ms=limit_ms)
    node, walk_s, counts = [], [], []
    for stop in range(len(stops.targets.street)):
        if stops.targets.street[stop] == NOT_SNAPPED:
            counts.append(0)
            continue
        # of a part of one stop: the seeds of all are laid out at each call
        seed_node, seed_ms = service_seeds(network, stops.targets.part(slice(stop, stop + 1)), np.array([0]))
        reached = search(network.arc_start, network.arcs, seed_node, seed_ms, limit_ms, scratch)
        touched = scratch.touched[:reached].astype(np.int32)
        node.append(touched)
        walk_s.append((-(-scratch.time_ms[touched] // _MS_PER_S)).astype(np.int32))
        counts.append(reached)
        reset(scratch, reached)
    empty = np.empty(0, dtype=np.int32)
    nodes = np.concatenate(node or [empty])
    order = np.argsort(nodes, kind="stable")
    first = np.append(0, np.cumsum(np.bincount(nodes, minlength=network.node_count)))
    stop_of = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return Walks(first.astype(np.int64), stop_of[order], np.concatenate(walk_s or [empty])[order])
