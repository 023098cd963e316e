"""The shore of water, and where outlines cross it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from access92.cache.kernels import kernel
from access92.travel.rings import Rings, double_areas

NEAR_M = 1e-6
"""A point that is so near to a side is on neither side of it for certain: a thousand times what rounding moves it."""

_MARGIN = 1e-6
"""Of a square: a side is also in the next square where it ends so near to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shore:
    """Water, and the sides of its rings, with the water at their left, by the squares of a grid that they pass.

    ``points``, ``offsets``: the rings; ``is_touching`` (bool): which all but touch one another or themselves; ``sides``
    (float64 (n, 4)): x and y of both ends, a copy in each square; ``number`` (int64, n): the place in ``points`` where
    a side begins; ``first`` (int64 (n, 2)): the lowest row and column of the side; ``square_start``: where in them each
    square begins, row by row; ``shape``: rows, columns; ``x0``, ``y0``, ``square_m``: south-west corner, length.
    """

    water: shapely.Geometry
    points: np.ndarray
    offsets: np.ndarray
    is_touching: np.ndarray
    sides: np.ndarray
    number: np.ndarray
    first: np.ndarray
    square_start: np.ndarray
    shape: tuple[int, int]
    x0: float
    y0: float
    square_m: float


def shore_of(water: shapely.Geometry) -> Shore:
    """The shore of a valid polygon, or of several (metres), that are not empty."""
    polygons = np.atleast_1d(shapely.get_parts(water))
    polygons = polygons[(shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(polygons)]
    _, coordinates, (ring_offsets, polygon_offsets) = shapely.to_ragged_array(polygons)
    points, offsets = coordinates[:, :2].copy(), ring_offsets.astype(np.int64)
    is_outer = np.zeros(len(offsets) - 1, dtype=bool)
    is_outer[polygon_offsets[:-1]] = True
    for ring in np.flatnonzero((double_areas(points, offsets) > 0) != is_outer):
        points[offsets[ring] : offsets[ring + 1]] = points[offsets[ring] : offsets[ring + 1]][::-1]
    starts = np.setdiff1d(np.arange(len(points)), offsets[1:] - 1)
    sides = np.hstack([points[starts], points[starts + 1]])

    # every side into each square of the box around it, most of them into few: as many squares as sides, or larger ones
    corner, size = points.min(axis=0), np.ptp(points, axis=0)
    square_m = max(float(np.sqrt(size.prod() / len(starts))), float(np.abs(sides[:, 2:] - sides[:, :2]).mean()))
    shape = np.ceil(size[::-1] / square_m).astype(np.int64)
    ends = (sides.reshape(-1, 2, 2)[:, :, ::-1] - corner[::-1]) / square_m  # row, column
    first = np.clip(np.floor(ends.min(axis=1) - _MARGIN), 0, shape - 1).astype(np.int64)
    last = np.clip(np.floor(ends.max(axis=1) + _MARGIN), 0, shape - 1).astype(np.int64)
    squares = [
        (row * shape[1] + column, which)
        for which, ((south, west), (north, east)) in enumerate(zip(first.tolist(), last.tolist(), strict=True))
        for row in range(south, north + 1)
        for column in range(west, east + 1)
    ]
    square, which = np.array(sorted(squares), dtype=np.int64).T
    square_start = np.searchsorted(square, np.arange(shape.prod() + 1))

    return Shore(
        shapely.multipolygons(polygons), points, offsets, _touching(points, offsets, starts), sides[which],
        starts[which], first[which], square_start,
        (int(shape[0]), int(shape[1])), float(corner[0]), float(corner[1]), square_m,
    )  # fmt: skip


def _touching(points: np.ndarray, offsets: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Which rings have a corner on a side that it does not end, or all but on it: of theirs, or of another ring."""
    sides = shapely.linestrings(np.stack([points[starts], points[starts + 1]], axis=1))
    corner, side = shapely.STRtree(sides).query(shapely.points(points[starts]), predicate="dwithin", distance=NEAR_M)
    ring = np.searchsorted(offsets, starts, side="right") - 1
    previous = np.where(starts == offsets[ring], offsets[ring + 1] - 2, starts - 1)
    of_others = (starts[side] != starts[corner]) & (starts[side] != previous[corner])
    is_touching = np.zeros(len(offsets) - 1, dtype=bool)
    is_touching[ring[corner[of_others]]] = is_touching[ring[side[of_others]]] = True
    return is_touching


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Where the sides of rings go through those of a shore, in the order of the rings.

    (n,) each: ``side``, ``shore_side`` (int64): the points where the two sides begin; ``shore_share`` (float64): how
    much of the shore's side lies before; ``is_into`` (bool): whether the ring goes on into the water; ``places``
    (float64 (n, 2)).
    """

    side: np.ndarray
    shore_side: np.ndarray
    shore_share: np.ndarray
    is_into: np.ndarray
    places: np.ndarray


def crossings(rings: Rings, shore: Shore) -> Crossings | None:
    """Where outlines cross the shore; None where a corner of the one is within a micrometre of a side of the other."""
    room = 256
    while True:
        numbers, shares, is_into = np.empty((room, 2), dtype=np.int64), np.empty((room, 2)), np.empty(room, dtype=bool)
        count = _cross(
            rings.points, rings.offsets, shore.sides, shore.number, shore.first, shore.square_start, shore.shape,
            shore.x0, shore.y0, shore.square_m, NEAR_M, numbers, shares, is_into,
        )  # fmt: skip
        if count < 0:
            return None
        if count <= room:
            break
        room = count
    order = np.lexsort((shares[:count, 0], numbers[:count, 0]))
    (side, shore_side), (share, shore_share) = numbers[order].T, shares[order].T
    begins, ends = rings.points[side], rings.points[side + 1]
    return Crossings(side, shore_side, shore_share, is_into[order], begins + share[:, None] * (ends - begins))


@kernel
def _cross(  # noqa: C901, PLR0913, PLR0917 - flat arguments for numba
    points: np.ndarray,
    offsets: np.ndarray,
    sides: np.ndarray,
    number: np.ndarray,
    first: np.ndarray,
    square_start: np.ndarray,
    shape: tuple[int, int],
    x0: float,
    y0: float,
    square_m: float,
    near_m: float,
    numbers: np.ndarray,
    shares: np.ndarray,
    is_into: np.ndarray,
) -> int:
    """How many sides cross, -1 where it is not certain: numbers and shares of both sides, as far as there is room."""
    count = 0
    for ring in range(len(offsets) - 1):
        for k in range(offsets[ring], offsets[ring + 1] - 1):
            ax, ay, bx, by = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
            west, east = min(ax, bx) - near_m, max(ax, bx) + near_m
            south, north = min(ay, by) - near_m, max(ay, by) + near_m
            if east < x0 or north < y0:
                continue
            first_row, last_row = max(int((south - y0) / square_m), 0), min(int((north - y0) / square_m), shape[0] - 1)
            first_column = max(int((west - x0) / square_m), 0)
            last_column = min(int((east - x0) / square_m), shape[1] - 1)
            for row in range(first_row, last_row + 1):
                for column in range(first_column, last_column + 1):
                    square = row * shape[1] + column
                    for at in range(square_start[square], square_start[square + 1]):
                        cx, cy, dx, dy = sides[at, 0], sides[at, 1], sides[at, 2], sides[at, 3]
                        if max(cx, dx) < west or min(cx, dx) > east or max(cy, dy) < south or min(cy, dy) > north:
                            continue
                        if row != max(first_row, first[at, 0]) or column != max(first_column, first[at, 1]):
                            continue  # two that share several squares are compared in the first one
                        # on which side of the one the ends of the other are: above 0 at the left (metres × its length)
                        a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
                        b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
                        c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
                        d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
                        near_shore = near_m * (abs(dx - cx) + abs(dy - cy))
                        near_side = near_m * (abs(bx - ax) + abs(by - ay))
                        if min(a, b) > near_shore or max(a, b) < -near_shore:
                            continue
                        if min(c, d) > near_side or max(c, d) < -near_side:
                            continue
                        if min(abs(a), abs(b)) <= near_shore or min(abs(c), abs(d)) <= near_side:
                            return -1
                        if count < len(numbers):
                            numbers[count, 0], numbers[count, 1] = k, number[at]
                            shares[count, 0], shares[count, 1] = a / (a - b), c / (c - d)
                            is_into[count] = b > 0
                        count += 1
    return count
