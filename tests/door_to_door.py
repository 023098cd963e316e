"""Travel times by the way a run takes, without a cache."""

from __future__ import annotations

import geopandas as gpd

from access92.network.modes import Mode
from access92.sources.streets.traffic import TrafficRules
from access92.travel.cached_times import time_mode
from access92.travel.matrix import TravelTimes
from access92.travel.router import Router


def door_to_door(
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    mode: Mode,
    *,
    cutoff_min: float = 60.0,
    max_snap_m: float = 300.0,
    traffic: TrafficRules | None = None,
) -> TravelTimes:
    """The travel times of one mode."""
    ground = Router(
        streets=streets, streets_key="", water=None, demand=demand, demand_key="", mode=mode,
        cutoff_min=cutoff_min, max_snap_m=max_snap_m, cache_folder=None, traffic=traffic,
    )  # fmt: skip
    return time_mode(ground, services).times
