"""Times by ride on the surface that isochrones are drawn of: at the nodes, and at the stops between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.network.graph import MS_PER_MIN, Network
from access92.network.snapping import NOT_SNAPPED, Links
from access92.travel.kernels import UNREACHED
from access92.travel.matrix import access_leg_ms
from access92.travel.riding import RideField

_WORTH_MS = 1000
"""A stop that is no sooner than its street by more than this is left out: its seconds are rounded up."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupRides:
    """The least times by ride to one of a group of services: ``node_ms`` (int32, n_nodes), ``stop_ms`` (n_stops)."""

    node_ms: np.ndarray
    stop_ms: np.ndarray
    links: Links

    def better_stops(self, network: Network, time_ms: np.ndarray) -> tuple[Links, np.ndarray]:
        """The links of the stops from which a ride is sooner than by way of the ends of their street; their times.

        ``time_ms``: of the nodes. The milliseconds (int64) are from the street at the link, the way to the stop
        included.
        """
        links = self.links
        ms = self.stop_ms[links.place].astype(np.int64) + access_leg_ms(network, links.snap_m)
        ms += round(network.mode.parking_min * MS_PER_MIN)
        forward, backward = network.forward_ms[links.street], network.backward_ms[links.street]
        ahead = time_ms[network.leave_to_node[links.street]] + (1 - links.position) * forward
        back = time_ms[network.leave_from_node[links.street]] + links.position * backward
        by_ends = np.minimum(np.where(forward >= 0, ahead, UNREACHED), np.where(backward >= 0, back, UNREACHED))
        rows = np.flatnonzero((ms < UNREACHED) & (ms + _WORTH_MS < by_ends))
        return links.take(rows), ms[rows]


def group_rides(field: RideField, rows: np.ndarray) -> GroupRides:
    """The least of the times to some services (rows of the field)."""
    links = field.stop_snaps.links()
    return GroupRides(
        field.node_ms[rows].min(axis=0),
        field.stop_ms[rows].min(axis=0),
        links.take(np.flatnonzero(links.street != NOT_SNAPPED)),
    )
