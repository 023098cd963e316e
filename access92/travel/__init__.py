"""Travel times: networks and snaps enter; matrices in minutes, time grids and isochrones leave.

Inside, times are whole milliseconds. A :class:`Router` holds what one mode needs on one set of streets, built at first
use or read from the cache; « not reached » is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.travel.cached_isochrones import ModeIsochrones, draw_mode
    from access92.travel.cached_times import ModeTimes, NetworkSummary, Provenance, time_mode
    from access92.travel.compilation import compile_kernels, is_compiled
    from access92.travel.isochrones import draw_isochrones, isochrones_table
    from access92.travel.matrix import TravelTimes, travel_time_matrix
    from access92.travel.nearest import nearest_service
    from access92.travel.router import Router
    from access92.travel.study_routers import SharedRouter, build_routers, compute_times, submit_isochrones
    from access92.travel.time_grid import TimeGrid, build_time_grid
    from access92.travel.time_limits import is_under, limits_reached

__all__ = [
    "ModeIsochrones",
    "ModeTimes",
    "NetworkSummary",
    "Provenance",
    "Router",
    "SharedRouter",
    "TimeGrid",
    "TravelTimes",
    "build_routers",
    "build_time_grid",
    "compile_kernels",
    "compute_times",
    "draw_isochrones",
    "draw_mode",
    "is_compiled",
    "is_under",
    "isochrones_table",
    "limits_reached",
    "nearest_service",
    "submit_isochrones",
    "time_mode",
    "travel_time_matrix",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ModeIsochrones": "cached_isochrones",
        "ModeTimes": "cached_times",
        "NetworkSummary": "cached_times",
        "Provenance": "cached_times",
        "Router": "router",
        "SharedRouter": "study_routers",
        "TimeGrid": "time_grid",
        "TravelTimes": "matrix",
        "build_routers": "study_routers",
        "build_time_grid": "time_grid",
        "compile_kernels": "compilation",
        "compute_times": "study_routers",
        "draw_isochrones": "isochrones",
        "draw_mode": "cached_isochrones",
        "is_compiled": "compilation",
        "is_under": "time_limits",
        "isochrones_table": "isochrones",
        "limits_reached": "time_limits",
        "nearest_service": "nearest",
        "submit_isochrones": "study_routers",
        "time_mode": "cached_times",
        "travel_time_matrix": "matrix",
    },
)
