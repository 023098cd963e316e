"""Public transport: a timetable and walks enter; travel times at percentiles over a window, and trips, leave.

One backward scan of a service gives every best (departure, arrival) pair of every stop; the homes read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.transit.connections import Connections, Usability, select_connections
    from access92.transit.footpaths import Footpaths, build_footpaths
    from access92.transit.legs import Leg, time_profile, trip_legs
    from access92.transit.matrix import TransitOptions, TransitTimes, transit_times
    from access92.transit.reach import reach_by_minute
    from access92.transit.wheelchair import WheelchairShares, wheelchair_shares, wheelchair_usability

__all__ = [
    "Connections",
    "Footpaths",
    "Leg",
    "TransitOptions",
    "TransitTimes",
    "Usability",
    "WheelchairShares",
    "build_footpaths",
    "reach_by_minute",
    "select_connections",
    "time_profile",
    "transit_times",
    "trip_legs",
    "wheelchair_shares",
    "wheelchair_usability",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "Connections": "connections",
        "Footpaths": "footpaths",
        "Leg": "legs",
        "TransitOptions": "matrix",
        "TransitTimes": "matrix",
        "Usability": "connections",
        "WheelchairShares": "wheelchair",
        "build_footpaths": "footpaths",
        "reach_by_minute": "reach",
        "select_connections": "connections",
        "time_profile": "legs",
        "transit_times": "matrix",
        "trip_legs": "legs",
        "wheelchair_shares": "wheelchair",
        "wheelchair_usability": "wheelchair",
    },
)
