"""Water without the bridges of a mode: what no isochrone may cover."""

from __future__ import annotations

import numpy as np
import shapely

from access92._concurrency import prepared_copy
from access92._space import points_digest

_SHORTEST_BRIDGE_M = 10.0
"""A quay that an outline of water overlaps by less is no bridge."""


def open_water(water: shapely.Geometry | None, streets: np.ndarray, *, bridge_m: float) -> shapely.Geometry | None:
    """The water that none of the streets (lines, metres) crosses; None where no water is left.

    ``bridge_m``: how far from the middle of a bridge an isochrone may still be drawn.

    >>> lake, bridge = shapely.box(0, 0, 100, 100), shapely.linestrings([[(50, -10), (50, 110)]])
    >>> open_water(lake, bridge, bridge_m=20).area
    6000.0
    """
    if water is None or water.is_empty:
        return None
    over = shapely.get_parts(shapely.intersection(streets[shapely.intersects(prepared_copy(water), streets)], water))
    bridges = over[shapely.length(over) >= _SHORTEST_BRIDGE_M]
    left = shapely.difference(water, shapely.union_all(shapely.buffer(bridges, bridge_m, cap_style="flat")))
    return None if left.is_empty else left


Cuts = dict[bytes, np.ndarray]
"""By digest of a part (polygon) the polygons of it outside the water."""


def without_water(
    area: shapely.MultiPolygon, water: shapely.Geometry, *, cuts: Cuts | None = None
) -> shapely.MultiPolygon:
    """The area outside the water; valid, and nested where areas were. ``water``: prepared by its thread.

    ``cuts``: of the same water, where areas share parts (scenarios that differ by a service elsewhere do); it grows.

    >>> area = shapely.multipolygons([shapely.box(-50, 0, 50, 10), shapely.box(200, 0, 210, 10)])
    >>> without_water(area, shapely.box(0, -50, 100, 50)).area
    600.0
    """
    parts = shapely.get_parts(area)
    wet = shapely.intersects(water, parts)
    if not wet.any():
        return area
    cuts = {} if cuts is None else cuts
    return shapely.multipolygons(np.concatenate([parts[~wet], *(_cut_once(part, water, cuts) for part in parts[wet])]))


def _cut_once(part: shapely.Polygon, water: shapely.Geometry, cuts: Cuts) -> np.ndarray:
    """The polygons of a part outside the water, cut where no part was the same to the byte."""
    key = points_digest(part)
    if key not in cuts:
        cuts[key] = _cut(part, water)
    return cuts[key]


def _cut(part: shapely.Polygon, water: shapely.Geometry) -> np.ndarray:
    """The polygons of a part outside the water. Holes on dry land, most of all vertices, are set aside meanwhile."""
    rings = np.asarray(shapely.get_rings(part))
    holes = rings[1:]
    is_dry = ~shapely.intersects(water, shapely.polygons(holes))
    cut = shapely.get_parts(shapely.difference(shapely.polygons(rings[0], holes=holes[~is_dry]), water))
    surfaces: np.ndarray = cut[(shapely.get_type_id(cut) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(cut)]

    # each goes back into the surface around it: it neither meets water nor touches another ring
    dry = holes[is_dry]
    first = shapely.get_coordinates(shapely.get_point(dry, 0))
    for at, surface in enumerate(surfaces):
        around = np.ones(len(dry), dtype=bool)
        if len(surfaces) > 1:
            shapely.prepare(surface)
            around = shapely.contains_xy(surface, first)
        if around.any():
            shell, *wet_holes = shapely.get_rings(surface)
            surfaces[at] = shapely.polygons(shell, holes=[*wet_holes, *dry[around]])
    return surfaces
