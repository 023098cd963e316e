"""Water without the bridges of a mode, and areas without that water: what no isochrone may cover."""

from __future__ import annotations

import numpy as np
import shapely

from access92._concurrency import prepared_copy
from access92.cache.kernels import kernel
from access92.travel.rings import Rings, double_areas, inside_all, rings_around
from access92.travel.shore import NEAR_M, Shore, crossings

SHORE_M = 100.0
"""The longest side of a shore: in degrees, where what is straight in metres is not, it stays within a millimetre."""

_SHORTEST_BRIDGE_M = 10.0
"""A quay that an outline of water overlaps by less is no bridge."""


def open_water(water: shapely.Geometry | None, streets: np.ndarray, *, bridge_m: float) -> shapely.Geometry | None:
    """The water that none of the streets (lines, metres) crosses; None where no water is left.

    ``bridge_m``: how far from the middle line of a bridge an isochrone may still be drawn, its ends on the shores
    included: where they are aslant, no wedge of water is left that ends in a point of the street.

    >>> lake, bridge = shapely.box(0, 0, 100, 100), shapely.linestrings([[(50, -10), (50, 110)]])
    >>> open_water(lake, bridge, bridge_m=20).area
    6000.0
    """
    if water is None or water.is_empty:
        return None
    water = shapely.segmentize(water, SHORE_M)
    over = shapely.get_parts(shapely.intersection(streets[shapely.intersects(prepared_copy(water), streets)], water))
    bridges = over[shapely.length(over) >= _SHORTEST_BRIDGE_M]
    left = shapely.difference(water, shapely.union_all(shapely.buffer(bridges, bridge_m, quad_segs=4)))
    return None if left.is_empty else left


def without_water(area: Rings, shore: Shore) -> shapely.MultiPolygon:
    """The area outside the water; valid, and nested where areas were.

    Where an outline crosses the shore, the outline of what is left turns from the one into the other and back
    (Weiler and Atherton, 1977). It is left to GEOS, at many times the price, where the two touch or meet in a corner.

    >>> from access92.travel.shore import shore_of
    >>> square = np.array([[-50.0, 0.0], [50.0, 0.0], [50.0, 10.0], [-50.0, 10.0], [-50.0, 0.0]])
    >>> area = Rings(square, np.array([0, 5]), np.array([0]))
    >>> without_water(area, shore_of(shapely.box(0, -50, 100, 50))).area
    500.0
    """
    left = _cut(area, shore)
    if left is not None:
        return left.polygons()
    parts = shapely.get_parts(shapely.difference(area.polygons(), shore.water))
    is_area = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return shapely.multipolygons(parts[is_area])


def _cut(area: Rings, shore: Shore) -> Rings | None:
    """The rings of an area outside the water; None where the two touch."""
    found = crossings(area, shore)
    if found is None:
        return None
    ring = np.searchsorted(area.offsets, found.side, side="right") - 1
    shore_ring = np.searchsorted(shore.offsets, found.shore_side, side="right") - 1

    # the next crossing along the outline, the one before along the shore: at every other one it goes into the water
    following = _next_of_ring(ring)
    along_shore = np.lexsort((found.shore_share, found.shore_side))
    after = np.empty(len(ring), dtype=np.int64)
    after[along_shore] = along_shore[_next_of_ring(shore_ring[along_shore])]
    before = np.empty(len(ring), dtype=np.int64)
    before[after] = np.arange(len(ring))
    if _any_near(found.places, found.side) or _any_near(found.places[along_shore], found.shore_side[along_shore]):
        return None

    # rings that cross nothing are kept or left out whole: those of the area in the water, those of the water outside
    # the area; what runs around water becomes a hole
    whole, shore_whole = (
        np.setdiff1d(np.arange(len(offsets) - 1), crossed)
        for offsets, crossed in ((area.offsets, ring), (shore.offsets, shore_ring))
    )
    starts, shore_starts = area.points[area.offsets[whole]], shore.points[shore.offsets[shore_whole]]
    near = _within_box(starts, shore.points)
    is_wet = np.zeros(len(whole), dtype=bool)
    is_wet[near] = inside_all(shore.points, shore.offsets, starts[near])
    near = _within_box(shore_starts, area.points)
    lakes = shore_whole[near][inside_all(area.points, area.offsets, shore_starts[near])]
    if shore.is_touching[lakes].any() or shore.is_touching[shore_ring].any():
        return None
    if len(ring) == 0 and not is_wet.any() and len(lakes) == 0:
        return area
    points, offsets = _joined(
        area.points, area.offsets, shore.points, shore.offsets, found.side, found.shore_side,
        found.shore_share, found.places, found.is_into, following, before, whole[~is_wet], lakes,
    )  # fmt: skip
    return _nested(points, offsets)


def _any_near(places: np.ndarray, sides: np.ndarray) -> bool:
    """Whether a crossing is so near to the next one on the same side that rounding may change their order."""
    steps = np.abs(np.diff(places, axis=0)).max(axis=1)
    return bool((steps[sides[1:] == sides[:-1]] < NEAR_M).any())


def _next_of_ring(ring: np.ndarray) -> np.ndarray:
    """In an array that is grouped by ring, the place of the next element of the same ring; of the last, the first."""
    following = np.arange(1, len(ring) + 1)
    begins = np.flatnonzero(np.append(True, ring[1:] != ring[:-1])) if len(ring) else np.zeros(0, dtype=np.int64)
    following[np.append(begins[1:], len(ring))[: len(begins)] - 1] = begins
    return following


def _within_box(places: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which places lie in the box of some points (their numbers)."""
    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    x, y = points.T
    numbers: np.ndarray = np.flatnonzero(
        (places >= (x.min(), y.min())).all(axis=1) & (places <= (x.max(), y.max())).all(axis=1)
    )
    return numbers


def _nested(points: np.ndarray, offsets: np.ndarray) -> Rings | None:
    """The rings, each hole in the least outer ring around it; None where a hole is in none."""
    areas = double_areas(points, offsets)
    outer, holes = np.flatnonzero(areas > 0), np.flatnonzero(areas <= 0)
    parents = np.arange(len(areas))
    if len(outer) == 1:
        parents[holes] = outer[0]
    elif len(holes):
        is_around = rings_around(points, offsets, outer, points[offsets[holes]])
        if not is_around.any(axis=0).all():
            return None
        parents[holes] = outer[np.where(is_around, areas[outer][:, None], np.inf).argmin(axis=0)]
    return Rings(points, offsets, parents)


@kernel
def _joined(  # noqa: PLR0913, PLR0917 - flat arguments for numba
    points: np.ndarray,
    offsets: np.ndarray,
    shore_points: np.ndarray,
    shore_offsets: np.ndarray,
    side: np.ndarray,
    shore_side: np.ndarray,
    shore_share: np.ndarray,
    places: np.ndarray,
    is_into: np.ndarray,
    following: np.ndarray,
    before: np.ndarray,
    whole: np.ndarray,
    lakes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rings (points, offsets): those kept whole, the shore of lakes backwards, and those that cross the shore."""
    made, end = np.empty((len(points) + len(shore_points) + 2 * len(places), 2)), 0
    made_offsets, rings = np.zeros(len(whole) + len(lakes) + len(places) + 1, dtype=np.int64), 0
    for ring in whole:
        for k in range(offsets[ring], offsets[ring + 1]):
            made[end] = points[k]
            end += 1
        rings += 1
        made_offsets[rings] = end
    for ring in lakes:
        for k in range(shore_offsets[ring + 1] - 1, shore_offsets[ring] - 1, -1):
            made[end] = shore_points[k]
            end += 1
        rings += 1
        made_offsets[rings] = end

    # from each crossing out of the water along the outline to the next into it, then back along the shore
    is_done = np.zeros(len(places), dtype=np.bool_)
    for begin in range(len(places)):
        if is_into[begin] or is_done[begin]:
            continue
        here, first = begin, end
        while not is_done[here]:
            is_done[here] = True
            made[end] = places[here]
            end += 1
            to = following[here]
            end = _walk(made, end, points, offsets, side[here], side[to], 1, to < here)
            made[end] = places[to]
            end += 1
            here = before[to]
            is_around = shore_share[here] > shore_share[to]
            end = _walk(made, end, shore_points, shore_offsets, shore_side[to], shore_side[here], -1, is_around)
        made[end] = made[first]
        end += 1
        rings += 1
        made_offsets[rings] = end
    return made[:end], made_offsets[: rings + 1]


@kernel
def _walk(
    made: np.ndarray,
    end: int,
    points: np.ndarray,
    offsets: np.ndarray,
    side: int,
    last: int,
    way: int,
    is_around: bool,  # noqa: FBT001
) -> int:
    """Write the corners of a ring between a place on one side and one on another, from ``end`` on; the new end.

    ``way``: 1 as the ring runs, -1 backwards; ``is_around``: of two places on one side, whether the second lies behind.
    """
    ring = np.searchsorted(offsets, side, side="right") - 1
    begin, count = offsets[ring], offsets[ring + 1] - 1 - offsets[ring]
    steps = (last - side) * way
    if steps < 0 or (steps == 0 and is_around):
        steps += count
    first = side + 1 if way > 0 else side
    for step in range(steps):
        made[end + step] = points[begin + (first + way * step - begin) % count]
    return int(end + steps)
