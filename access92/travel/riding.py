"""What a router asks of the timetable: the times of those who ride between two walks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import geopandas as gpd
import numpy as np

if TYPE_CHECKING:
    from access92.travel.router import Router


class Rider(Protocol):
    """Who takes the vehicles of a timetable and walks by the router of a mode (:mod:`access92.transit`)."""

    @property
    def key(self) -> str:
        """What the times depend on beside the streets, the mode and the places: timetable, options, code."""

    def minutes(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> np.ndarray:
        """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached.

        As :func:`access92.travel.matrix.travel_time_matrix`: NaN over ``cutoff_min`` (inclusive).
        """
