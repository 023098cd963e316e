"""The real main roads in the plan of the demonstration: crossings, straight links, and how they meet the quays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from access92.sources.demo.frame import DemoFrame

OVERSHOOT_M = 700.0
CLEAR_OF_QUAY_M = 70.0
"""From a real crossing to the drawn quay: nearer ones are crossings of the quay itself, which is drawn otherwise."""

GAP_M = 800.0
"""From the nearest real road: further away a crossing is invented, so that every place lies in some block."""

_CLASSES = {"trunk": "primary"}
"""Expressways become main roads: motorways of the demonstration are drawn apart."""


@dataclass(frozen=True, slots=True)
class RealRoads:
    """Crossings (n × 2, metres), links (m × 2 positions in them), their classes, and the crossings of town centres."""

    places: NDArray[np.float64]
    links: NDArray[np.int64]
    classes: NDArray[np.object_]
    centres: NDArray[np.int64]


def place_roads(frame: DemoFrame, extent: shapely.Geometry, ring: NDArray[np.float64]) -> RealRoads:
    """The real roads around the extent, those of town centres first; none on the water or on its quays.

    ``ring``: the quays, as a ring of places. A crossing too near to them is left out with its links: there the quays
    are the roads.
    """
    if frame.roads is None:
        raise ValueError("a frame without main roads")
    ends = np.round(frame.roads[["x0", "y0", "x1", "y1"]].to_numpy(dtype=float).reshape(-1, 2), 2)
    places, codes = np.unique(ends, axis=0, return_inverse=True)
    links = np.sort(codes.reshape(-1, 2), axis=1)

    # what may stay: near the extent, clear of the quays; a link over the water is the business of the bridges
    quays = shapely.Polygon(ring)
    wide = shapely.buffer(extent, OVERSHOOT_M)
    shapely.prepare(wide)
    stays = shapely.contains_xy(wide, places) & (shapely.distance(shapely.points(places), quays) > CLEAR_OF_QUAY_M)
    lines = shapely.linestrings(places[links])
    dry = stays[links].all(axis=1) & ~shapely.intersects(lines, quays) & (links[:, 0] != links[:, 1])
    links, first = np.unique(links[dry], axis=0, return_index=True)
    highway = frame.roads["highway"].replace(_CLASSES).to_numpy(dtype=object)[dry][first]

    # crossings at the head of the list: the nearest to the middle of each commune
    used = np.unique(links)
    middles = shapely.point_on_surface(frame.communes.geometry.to_numpy())
    tree = shapely.STRtree(shapely.points(places[used]))
    centres = np.unique(used[tree.nearest(middles)])
    order = np.concatenate([centres, np.setdiff1d(used, centres)])
    rank = np.full(len(places), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return RealRoads(places[order], np.sort(rank[links], axis=1), highway, np.arange(len(centres)))


def with_joining(places: NDArray[np.float64], joining: NDArray[np.int64], real: NDArray[np.int64]) -> NDArray[np.int64]:
    """The real links, and those that join quays and invented crossings to them without crossing any.

    >>> places = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    >>> with_joining(places, np.array([[0, 3], [0, 2]]), np.array([[1, 2]])).tolist()
    [[0, 2], [1, 2]]
    """
    tree = shapely.STRtree(shapely.linestrings(places[real]))
    crossing, _ = tree.query(shapely.linestrings(places[joining]), predicate="crosses")
    clear = np.ones(len(joining), dtype=bool)
    clear[crossing] = False
    return np.vstack([joining[clear], real])


def far_from_roads(places: NDArray[np.float64], real: RealRoads) -> NDArray[np.bool_]:
    """Whether invented crossings are so far from the real roads that these leave a gap there (at the rim, mostly)."""
    if not len(places):
        return np.zeros(0, dtype=bool)
    tree = shapely.STRtree(shapely.linestrings(real.places[real.links]))
    _, distance_m = tree.query_nearest(shapely.points(places), return_distance=True, all_matches=False)
    return np.asarray(distance_m > GAP_M)


def real_classes(
    links: NDArray[np.int64], classes: NDArray[np.object_], real: RealRoads, first: int
) -> NDArray[np.object_]:
    """The classes of links, those of real roads as they are; ``first``: the position of the first crossing."""
    known = {
        (int(a) + first, int(b) + first): name for (a, b), name in zip(real.links, real.classes.tolist(), strict=True)
    }
    return np.array(
        [known.get((min(pair), max(pair)), name) for pair, name in zip(links.tolist(), classes.tolist(), strict=True)],
        dtype=object,
    )
