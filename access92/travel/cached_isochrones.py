"""The isochrones of one mode: what was drawn before comes from the cache, a new group of services is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92.network.snapping import NOT_SNAPPED
from access92.travel.cache import (
    CachedIsochrones,
    encode_isochrones,
    group_key,
    isochrones_key,
    read_isochrones,
    write_isochrones,
)
from access92.travel.cached_times import ModeTimes, Provenance
from access92.travel.isochrones import draw_all, isochrones_table
from access92.travel.router import Router, decode_snaps


@dataclass(frozen=True, slots=True, eq=False)
class ModeIsochrones:
    """The contract table « isochrones » of one mode, and where it comes from."""

    table: gpd.GeoDataFrame
    provenance: Provenance


def draw_mode(
    ground: Router,
    timed: ModeTimes,
    *,
    alone: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
) -> ModeIsochrones:
    """The isochrones of each service of ``alone`` and of the groups; the same from the cache or not, to the byte.

    ``alone``: the ids of the first services, or none; ``groups``: rows of services by (scenario, rule).
    """
    drawn, drawn_now = _areas(ground, timed.links, timed.place_keys, alone, groups, thresholds_min)
    table = isochrones_table(
        ground.mode.name, alone, groups, drawn, thresholds_min=thresholds_min, crs=ground.streets.crs
    )
    return ModeIsochrones(table, Provenance(ground.mode.name, "isochrones", drawn_now, len(drawn) - drawn_now))


def _areas(
    ground: Router,
    links: Mapping[str, tuple[float, float, float]],
    keys: Sequence[str],
    alone: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
) -> tuple[dict[tuple[int, ...], list[shapely.MultiPolygon]], int]:
    """By rows of services their isochrones, one per threshold, and how many groups were drawn now."""
    wanted = {(row,) for row in range(len(alone))} | {tuple(map(int, rows)) for rows in groups.values()}
    names = {members: group_key([keys[row] for row in members]) for members in wanted}
    folder, key = ground.cache_folder, ""
    kept = CachedIsochrones({})
    if folder is not None:
        key = isochrones_key(ground.key, thresholds_min=thresholds_min, water=ground.water)
        kept = read_isochrones(folder, key)
    missing = {members for members in wanted if names[members] not in kept.wkb}
    drawn: dict[tuple[int, ...], list[shapely.MultiPolygon]] = {}
    if missing:
        no_link = (float(NOT_SNAPPED), np.nan, np.nan)
        snaps = decode_snaps(np.array([links.get(place, no_link) for place in keys]).T, ground.network)
        drawn = draw_all(ground.network, ground.grid, snaps, missing, thresholds_min=thresholds_min)
        if folder is not None:
            new = encode_isochrones({names[members]: areas for members, areas in drawn.items()})
            write_isochrones(folder, key, CachedIsochrones({**kept.wkb, **new}), list(new))
    return {members: drawn.get(members) or kept.decoded(names[members]) for members in wanted}, len(missing)
