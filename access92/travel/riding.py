"""What a router asks of the timetable: the times of those who ride between two walks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

import geopandas as gpd
import numpy as np

from access92.network.snapping import Snaps

if TYPE_CHECKING:
    from access92.network.modes import Mode
    from access92.travel.router import Router


@dataclass(frozen=True, slots=True, eq=False)
class RideField:
    """Times by ride to some services, wherever one stands: int32 milliseconds, UNREACHED where nobody rides.

    ``node_ms``: (n_services, n_nodes), from the nodes of the network; ``stop_ms``: (n_services, n_stops), from the
    stops, whose snaps are ``stop_snaps``. The way without a ride is not among them.
    """

    node_ms: np.ndarray
    stop_ms: np.ndarray
    stop_snaps: Snaps


@dataclass(frozen=True, slots=True, eq=False)
class RideTimes:
    """The times of those who ride, services × demand, at several percentiles of the minutes of the window.

    ``minutes``: float32 (n_services, n_demand, n_percentiles), NaN = not reached; ``percentiles``: ascending;
    ``ride_minutes``: uint16 (n_services, n_demand), the minutes of the window, of ``n_minutes``, in which a vehicle is
    faster than the way without one.
    """

    minutes: np.ndarray
    percentiles: tuple[int, ...]
    ride_minutes: np.ndarray
    n_minutes: int

    def at(self, percentile: int) -> np.ndarray:
        """The matrix of one percentile: float32 (n_services, n_demand)."""
        return self.minutes[:, :, self.percentiles.index(percentile)]


@dataclass(frozen=True, slots=True, eq=False)
class RideDay:
    """What is known of the vehicles of one day.

    ``rider``: of that day's timetable, None where no vehicle runs or nothing is known; ``known_s``: from which second
    to which one (after noon − 12 h) every vehicle is known, (0, 0) where none is.
    """

    day: date
    rider: Rider | None
    known_s: tuple[int, int]


class Rider(Protocol):
    """Who takes the vehicles of a timetable and walks by the router of a mode (:mod:`access92.transit`)."""

    @property
    def percentile(self) -> int:
        """The percentile that counts."""

    def key(self, mode: Mode) -> str:
        """What the times by a mode depend on beside the streets, the mode and the places: timetable, options, code."""

    def minutes(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> np.ndarray:
        """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached.

        As :func:`access92.travel.matrix.travel_time_matrix`: NaN over ``cutoff_min`` (inclusive).
        """

    def minutes_by_block(
        self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float, rows_at_once: int
    ) -> Iterator[np.ndarray]:
        """The rows of :meth:`minutes`, some at a time; nothing is kept of them, in memory or in the cache."""

    def ride_times(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> RideTimes:
        """The times of :meth:`minutes` and those at the other percentiles, from the same scans."""

    def ride_field(self, router: Router, services: gpd.GeoSeries, *, limit_min: float) -> RideField:
        """The times by ride from every node and stop to each service, up to ``limit_min`` (inclusive)."""

    def reached_by(
        self, router: Router, services: gpd.GeoSeries, *, window_s: tuple[int, int], under_min: float
    ) -> Iterator[np.ndarray]:
        """By service who can be there by each minute of a window, as :func:`access92.transit.reach.reach_by_minute`."""
