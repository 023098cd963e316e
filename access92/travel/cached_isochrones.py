"""The isochrones of one mode: read from the cache, and drawn only for groups of services that it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92.network.snapping import NOT_SNAPPED, Snaps
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
    services: gpd.GeoSeries,
    *,
    single_ids: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
) -> ModeIsochrones:
    """The isochrones of single services and of groups; the same from the cache or not, to the byte.

    ``services``: the places of all services; ``single_ids``: the ids of the first of them, or none; ``groups``: rows of
    services by (scenario, rule). Where streets are closed an isochrone lies in that of all the streets: nobody is
    sooner there by a street that is closed, though a place or a stop that loses its streets goes to others.
    """
    # the cache knows a group by the places of its services: the same set under two rules is drawn once
    needed = {(row,) for row in range(len(single_ids))} | {tuple(map(int, rows)) for rows in groups.values()}

    def snaps() -> Snaps:
        not_snapped: EncodedSnap = np.array([[float(NOT_SNAPPED)], [np.nan], [np.nan]])
        encoded = [mode_times.encoded_snaps.get(place, not_snapped) for place in mode_times.place_keys]
        return decode_snaps(numbered(encoded), router.network)

    drawing = _Drawing(services, mode_times.place_keys, thresholds_min)
    polygons, computed = _polygons(router, drawing, needed, snaps)
    table = isochrones_table(
        router.mode.name, single_ids, groups, polygons, thresholds_min=thresholds_min, crs=router.streets.crs
    )
    return ModeIsochrones(table, Provenance(router.mode.name, "isochrones", computed, len(polygons) - computed))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """What is drawn by the routers of a mode: the places of all services, their keys, the thresholds."""

    services: gpd.GeoSeries
    place_keys: Sequence[str]
    thresholds_min: Sequence[float]


def _polygons(
    router: Router, drawing: _Drawing, needed: Collection[Members], snaps: Callable[[], Snaps]
) -> tuple[dict[Members, list[shapely.MultiPolygon]], int]:
    """By members their isochrones, one per threshold, and how many groups were drawn now."""
    thresholds_min, place_keys = drawing.thresholds_min, drawing.place_keys
    keys = {members: group_key([place_keys[row] for row in members]) for members in needed}
    folder, key = router.cache_folder, ""
    cached = CachedIsochrones({})
    if folder is not None:
        key = isochrones_key(router.key, thresholds_min=thresholds_min, water=router.water)
        cached = read_isochrones(folder, key)

    # only what is missing needs the network and the grid: from a whole cache neither is built
    missing = {members for members in needed if keys[members] not in cached.wkb}
    polygons: dict[Members, list[shapely.MultiPolygon]] = {}
    if missing:
        usable = router.streets.geometry.to_numpy()[router.network.street_row]
        water = open_water(router.water, usable, bridge_m=router.grid.cell_m)
        rides = None
        if router.rider is not None:
            limit_min = max(thresholds_min) + LOOK_AHEAD_MIN
            rides = _rides(router, router.rider, drawing.services, missing, limit_min=limit_min)
        polygons = draw_all(
            router.network, router.grid, snaps(), missing, thresholds_min=thresholds_min, water=water, rides=rides
        )
        if (whole := router.whole) is not None:
            before, _ = _polygons(whole, drawing, missing, lambda: whole.snap(drawing.services))
            polygons = {members: list(map(_within, areas, before[members])) for members, areas in polygons.items()}
        if folder is not None:
            new = encode_isochrones({keys[members]: areas for members, areas in polygons.items()})
            write_isochrones(folder, key, CachedIsochrones({**cached.wkb, **new}), list(new))
    return {members: polygons.get(members) or cached.decoded(keys[members]) for members in needed}, len(missing)


def _within(area: shapely.MultiPolygon, before: shapely.MultiPolygon) -> shapely.MultiPolygon:
    """The part of an isochrone that lies in the one before streets were closed; itself where all of it does.

    >>> small, large = (shapely.MultiPolygon([shapely.box(0, 0, side, 1)]) for side in (1, 2))
    >>> _within(small, large) is small, _within(large, small).equals(small)
    (True, True)
    """
    # they differ near the streets that are closed, and only there it is looked whether one lies in the other
    box = _where_they_differ(area, before)
    if box is None:
        return area
    beyond = shapely.difference(shapely.clip_by_rect(area, *box), shapely.clip_by_rect(before, *box))
    pieces = [piece for piece in shapely.get_parts(beyond).tolist() if piece.area > _SPECK_M2]
    if not pieces:
        return area
    kept = shapely.get_parts(shapely.difference(area, shapely.union_all(pieces)))
    return shapely.MultiPolygon([part for part in kept.tolist() if isinstance(part, shapely.Polygon)])


_SPECK_M2 = 1e-3
"""What is smaller is of the rounding of coordinates: two outlines that share their sides do not always cover."""


def _where_they_differ(
    one: shapely.MultiPolygon, other: shapely.MultiPolygon
) -> tuple[float, float, float, float] | None:
    """A box that holds all points of which only one has them; None where there is none.

    What only one has is bounded by sides that only one has.

    >>> one, other = (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, x, 1)]) for x in (6, 7))
    >>> _where_they_differ(one, other), _where_they_differ(one, one)
    ((4.0, -1.0, 8.0, 2.0), None)
    """
    # sides of one word follow one another once sorted; two of one word that are not equal count as alone: the box is
    # larger then, and no point is left out
    sides = np.concatenate([_sides(one), _sides(other)])
    words = _words(sides)
    order = np.argsort(words)
    words, sides = words[order], sides[order]
    is_same = (words[1:] == words[:-1]) & (sides[1:] == sides[:-1]).all(axis=1)
    is_alone = np.ones(len(sides), dtype=bool)
    is_alone[1:] &= ~is_same
    is_alone[:-1] &= ~is_same
    alone = sides[is_alone]
    if not len(alone):
        return None
    x, y = alone[:, [0, 2]], alone[:, [1, 3]]
    return float(x.min()) - 1, float(y.min()) - 1, float(x.max()) + 1, float(y.max()) + 1


def _sides(shape: shapely.MultiPolygon) -> np.ndarray:
    """The sides of the rings of a shape, each from its lesser end: float64 (n, 4)."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    inside = np.flatnonzero(ring[1:] == ring[:-1])
    a, b = xy[inside], xy[inside + 1]
    turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    sides = np.hstack([a, b])
    sides[turned] = np.hstack([b[turned], a[turned]])
    return sides


_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)


def _words(rows: np.ndarray) -> np.ndarray:
    """One word (uint64) for each row of numbers (float64 (n, 4)): equal rows, to the bit, have equal words."""
    bits = np.ascontiguousarray(rows).view(np.uint64)
    mixed = (bits ^ (bits >> np.uint64(29))) * _ODD
    return np.asarray(np.bitwise_xor.reduce(mixed ^ (mixed >> np.uint64(32)), axis=1))


def _rides(
    router: Router, rider: Rider, services: gpd.GeoSeries, groups: Collection[Members], *, limit_min: float
) -> Callable[[Members], GroupRides]:
    """By group the times of those who ride to its services: each service is scanned once for all groups."""
    used = sorted({row for members in groups for row in members})
    field = rider.ride_field(router, services.iloc[used], limit_min=limit_min)
    return lambda members: group_rides(field, np.searchsorted(used, members))
