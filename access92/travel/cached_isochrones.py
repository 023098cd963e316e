"""The isochrones of one mode: read from the cache, and drawn only for groups of services that it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92.network.snapping import NOT_SNAPPED
from access92.travel.cache import (
    CachedIsochrones,
    EncodedSnap,
    encode_isochrones,
    group_key,
    isochrones_key,
    numbered,
    read_isochrones,
    write_isochrones,
)
from access92.travel.cached_times import ModeTimes, Provenance
from access92.travel.isochrones import LOOK_AHEAD_MIN, draw_all, isochrones_table
from access92.travel.open_water import open_water
from access92.travel.ride_surface import GroupRides, group_rides
from access92.travel.riding import Rider
from access92.travel.router import Router, decode_snaps

Members = tuple[int, ...]
"""Rows of the services that one isochrone is of."""


@dataclass(frozen=True, slots=True, eq=False)
class ModeIsochrones:
    """The contract table « isochrones » of one mode, and where it comes from."""

    table: gpd.GeoDataFrame
    provenance: Provenance


def draw_mode(
    router: Router,
    mode_times: ModeTimes,
    *,
    single_ids: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
    services: gpd.GeoSeries | None = None,
) -> ModeIsochrones:
    """The isochrones of single services and of groups; the same from the cache or not, to the byte.

    ``single_ids``: the ids of the first services, or none; ``groups``: rows of services by (scenario, rule);
    ``services``: the places of all services, which a mode that rides asks for.
    """
    polygons, computed = _polygons(router, mode_times, len(single_ids), groups, thresholds_min, services)
    table = isochrones_table(
        router.mode.name, single_ids, groups, polygons, thresholds_min=thresholds_min, crs=router.streets.crs
    )
    return ModeIsochrones(table, Provenance(router.mode.name, "isochrones", computed, len(polygons) - computed))


def _polygons(
    router: Router,
    mode_times: ModeTimes,
    single_count: int,
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
    services: gpd.GeoSeries | None,
) -> tuple[dict[Members, list[shapely.MultiPolygon]], int]:
    """By members their isochrones, one per threshold, and how many groups were drawn now."""
    # the cache knows a group by the places of its services: the same set under two rules is drawn once
    needed = {(row,) for row in range(single_count)} | {tuple(map(int, rows)) for rows in groups.values()}
    keys = {members: group_key([mode_times.place_keys[row] for row in members]) for members in needed}
    folder, key = router.cache_folder, ""
    cached = CachedIsochrones({})
    if folder is not None:
        key = isochrones_key(router.key, thresholds_min=thresholds_min, water=router.water)
        cached = read_isochrones(folder, key)

    # only what is missing needs the network and the grid: from a whole cache neither is built
    missing = {members for members in needed if keys[members] not in cached.wkb}
    polygons: dict[Members, list[shapely.MultiPolygon]] = {}
    if missing:
        not_snapped: EncodedSnap = np.array([[float(NOT_SNAPPED)], [np.nan], [np.nan]])
        encoded = [mode_times.encoded_snaps.get(place, not_snapped) for place in mode_times.place_keys]
        snaps = decode_snaps(numbered(encoded), router.network)
        usable = router.streets.geometry.to_numpy()[router.network.street_row]
        water = open_water(router.water, usable, bridge_m=router.grid.cell_m)
        rides = None
        if router.rider is not None and services is not None:
            rides = _rides(router, router.rider, services, missing, limit_min=max(thresholds_min) + LOOK_AHEAD_MIN)
        polygons = draw_all(
            router.network, router.grid, snaps, missing, thresholds_min=thresholds_min, water=water, rides=rides
        )
        if folder is not None:
            new = encode_isochrones({keys[members]: areas for members, areas in polygons.items()})
            write_isochrones(folder, key, CachedIsochrones({**cached.wkb, **new}), list(new))
    return {members: polygons.get(members) or cached.decoded(keys[members]) for members in needed}, len(missing)


def _rides(
    router: Router, rider: Rider, services: gpd.GeoSeries, groups: Collection[Members], *, limit_min: float
) -> Callable[[Members], GroupRides]:
    """By group the times of those who ride to its services: each service is scanned once for all groups."""
    used = sorted({row for members in groups for row in members})
    field = rider.ride_field(router, services.iloc[used], limit_min=limit_min)
    return lambda members: group_rides(field, np.searchsorted(used, members))
