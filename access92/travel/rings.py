"""The outlines of areas as rings of points, and which rings lie around which places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from access92.cache.kernels import kernel


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Closed rings, those around an area counterclockwise, those around its holes clockwise; none touches another one.

    ``points`` (float64 (n, 2), metres); ``offsets`` (int64, rings + 1): where each ring begins, its last point its
    first one again; ``parents`` (int64): of each ring the outer ring that it belongs to: itself, or that of a hole.
    """

    points: np.ndarray
    offsets: np.ndarray
    parents: np.ndarray

    def polygons(self) -> shapely.MultiPolygon:
        """The areas, in the order of their outer rings, each with its holes in their order.

        >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
        >>> Rings(square, np.array([0, 5]), np.array([0])).polygons().area
        1.0
        """
        if len(self.parents) == 0:
            return shapely.MultiPolygon()
        # a ring after its outer ring, which is its own parent
        order = np.lexsort((self.parents != np.arange(len(self.parents)), self.parents))
        sizes = np.diff(self.offsets)[order]
        ring_offsets = np.append(0, np.cumsum(sizes))
        gather = np.repeat(self.offsets[:-1][order] - ring_offsets[:-1], sizes) + np.arange(ring_offsets[-1])
        is_outer = self.parents[order] == order
        polygon_offsets = np.append(np.flatnonzero(is_outer), len(order)).astype(np.int64)
        parts = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, self.points[gather], (ring_offsets, polygon_offsets)
        )
        return shapely.multipolygons(parts)


def rings_around(points: np.ndarray, offsets: np.ndarray, rings: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Whether each place (float64 (n, 2)) is inside each of some rings (their numbers): bool (rings, places).

    No place may lie on a ring, unless either answer is right.

    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    >>> rings_around(square, np.array([0, 5]), np.array([0]), np.array([[0.5, 0.5], [1.5, 0.5]])).tolist()
    [[True, False]]
    """
    return _even_odd(points, offsets, rings, np.arange(len(rings)), places)


def inside_all(points: np.ndarray, offsets: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Whether each place (float64 (n, 2)) is inside the area of all rings together: bool (places).

    >>> squares = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0],
    ...                     [1.0, 1.0], [1.0, 8.0], [8.0, 8.0], [8.0, 1.0], [1.0, 1.0]])
    >>> inside_all(squares, np.array([0, 5, 10]), np.array([[0.5, 0.5], [2.0, 2.0]])).tolist()
    [True, False]
    """
    rings = np.arange(len(offsets) - 1)
    in_any = _even_odd(points, offsets, rings, np.zeros_like(rings), places)
    return in_any[0] if len(in_any) else np.zeros(len(places), dtype=bool)


def _even_odd(
    points: np.ndarray, offsets: np.ndarray, rings: np.ndarray, row: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """Whether an odd number of sides of the rings of each row lies to the east of each place (bool)."""
    order = np.argsort(places[:, 1], kind="stable")
    is_odd = np.zeros((row.max(initial=-1) + 1, len(places)), dtype=bool)
    if len(places):
        is_odd[:, order] = _odd_crossings(points, offsets, rings, row, places[order], len(is_odd))
    return is_odd


@kernel
def _odd_crossings(
    points: np.ndarray, offsets: np.ndarray, rings: np.ndarray, row: np.ndarray, places: np.ndarray, rows: int
) -> np.ndarray:
    """The even-odd rule for places that are sorted by y: walking along a ring, those at the same height are passed."""
    is_odd = np.zeros((rows, len(places)), dtype=np.bool_)
    for number, ring in enumerate(rings):
        at = row[number]
        k = offsets[ring]
        below = np.searchsorted(places[:, 1], points[k, 1])  # places that lie lower than the walker
        for k in range(offsets[ring], offsets[ring + 1] - 1):
            ax, ay, bx, by = points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1]
            while below < len(places) and places[below, 1] < by:
                if places[below, 0] < ax + (places[below, 1] - ay) / (by - ay) * (bx - ax):
                    is_odd[at, below] = not is_odd[at, below]
                below += 1
            while below > 0 and places[below - 1, 1] >= by:
                below -= 1
                if places[below, 0] < ax + (places[below, 1] - ay) / (by - ay) * (bx - ax):
                    is_odd[at, below] = not is_odd[at, below]
    return is_odd


@kernel
def double_areas(points: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Twice the area of each ring (float64, m²): above 0 where it runs counterclockwise.

    >>> double_areas(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), np.array([0, 4])).tolist()
    [1.0]
    """
    areas = np.zeros(len(offsets) - 1)
    for ring in range(len(areas)):
        x, y = points[offsets[ring], 0], points[offsets[ring], 1]  # no digit is lost to the distance of the origin
        for k in range(offsets[ring], offsets[ring + 1] - 1):
            areas[ring] += (points[k, 0] - x) * (points[k + 1, 1] - y) - (points[k + 1, 0] - x) * (points[k, 1] - y)
    return areas
