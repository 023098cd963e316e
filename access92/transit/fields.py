"""Times by public transport all over the streets: at every node of a network and at every stop, for drawings.

A node is an origin like a home: its walks to the stops are searched, and the same scans give the percentile of its
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
from access92.transit.footpaths import Footpaths, StopWalks, Walks, walk_to_services
from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED, reset, search
from access92.travel.matrix import network_scratch, service_seeds
from access92.travel.riding import RideField
from access92.travel.router import Router

_MS_PER_S = 1000


def ride_field(
    timetable: Timetable,
    router: Router,
    services: gpd.GeoSeries,
    stops: StopWalks,
    *,
    options: Transit,
    limit_min: float,
    usability: Usability | None = None,
) -> RideField:
    """The times by ride from every node and every stop to each service, up to ``limit_min`` (inclusive)."""
    n_nodes, n_stops = router.network.node_count, len(timetable.stops)
    access = _walks_from_nodes(router, stops, limit_min=min(options.max_access_min, limit_min))
    # after the nodes the stops: each is where it is
    places = Walks(
        np.append(access.first, access.first[-1] + np.arange(1, n_stops + 1)),
        np.append(access.stop, np.arange(n_stops, dtype=np.int32)),
        np.append(access.walk_s, np.zeros(n_stops, dtype=np.int32)),
    )
    footpaths = Footpaths(
        transfers=stops.transfers, run_rules=stops.run_rules, access=places,
        egress=walk_to_services(router, services, stops, egress_min=options.max_egress_min),
        direct_ms=np.full((len(services), n_nodes + n_stops), UNREACHED, dtype=np.int32),
    )  # fmt: skip
    times = transit_times(
        timetable, footpaths, window_s=options.window_s, percentiles=(options.percentile,), max_rides=options.max_rides,
        boarding_slack_s=options.boarding_slack_s, max_trip_min=limit_min, usability=usability,
    )  # fmt: skip
    ms = times.at(options.percentile)
    return RideField(ms[:, :n_nodes], ms[:, n_nodes:], stops.targets)


def _walks_from_nodes(router: Router, stops: StopWalks, *, limit_min: float) -> Walks:
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
