"""Crossings close together made one: forest alleys meet in X and in stars, where cutting blocks leaves T after T."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from access92.sources.demo.blocks import StreetPlan
from access92.sources.demo.frame import PIXEL_M

T_DEGREE = 3
MOST_DEGREE = 7
LEAST_ANGLE = 0.25  # radians between two ways that meet, where one was moved
TRAILS = frozenset({"path", "track", "bridleway", "footway", "service", "steps", "pedestrian", "cycleway"})
HOME_STREETS = ("residential", "living_street")
SQUARE_PIXELS = 5  # a square of 500 m
FIXED = ("motorway", "motorway_link")


def join_crossings(
    edges: pd.DataFrame,
    plan: StreetPlan,
    *,
    green: NDArray[np.bool_],
    wild: NDArray[np.bool_],
    cross_m: float,
    star_m: float,
) -> pd.DataFrame:
    """The edges, without the short ones between two crossings that become one.

    Two T-crossings of ``green`` nodes less than ``cross_m`` apart become an X; a T and a larger crossing of
    ``wild`` nodes less than ``star_m`` apart a star, where a trail ends and no street for homes
    does. Bridges and motorways keep their ends. A way that moves crosses no other. Shortest edges
    first; nothing parts.

    Examples
    --------
    >>> plan = StreetPlan(x_m=[-90.0, 0.0, 20.0, 90.0, 0.0, 20.0], y_m=[0.0, 0.0, 0.0, 0.0, 80.0, -80.0])
    >>> edges = pd.DataFrame({"start": [0, 1, 2, 1, 2], "stop": [1, 2, 3, 4, 5], "highway": "path", "bridge": -1})
    >>> everywhere = np.ones(6, dtype=bool)
    >>> joined = join_crossings(edges, plan, green=everywhere, wild=everywhere, cross_m=25, star_m=0)
    >>> joined[["start", "stop"]].to_numpy().tolist()
    [[0, 1], [1, 3], [1, 4], [1, 5]]
    """
    start, stop = edges["start"].to_numpy().copy(), edges["stop"].to_numpy().copy()
    highway = edges["highway"].to_numpy(dtype=object)
    x_m, y_m = np.array(plan.x_m), np.array(plan.y_m)
    trail, home = np.isin(highway, sorted(TRAILS)), np.isin(highway, HOME_STREETS)
    fixed = np.isin(highway, FIXED) | (edges["bridge"].to_numpy() >= 0)

    # bridges and motorways stay where they are: no crossing at their ends may move
    may = green.copy()
    may[start[fixed]] = may[stop[fixed]] = False
    length_m = np.hypot(x_m[stop] - x_m[start], y_m[stop] - y_m[start])
    most_m = max(cross_m, star_m)
    short = np.flatnonzero((length_m < most_m) & may[start] & may[stop])
    ways = _Ways(start, stop)

    # the shortest first: the nearest two crossings are those that a map would draw as one
    places = np.column_stack([x_m, y_m])
    lines = shapely.linestrings(np.stack([places[start], places[stop]], axis=1))
    tree = shapely.STRtree(lines)
    gone = np.zeros(len(edges), dtype=bool)
    moved: set[int] = set()
    for at in short[np.argsort(length_m[short], kind="stable")].tolist():
        stays, goes = sorted((int(start[at]), int(stop[at])), key=lambda node: (-len(ways[node]), node))
        meeting, moving = ways[stays] - {at}, ways[goes] - {at}
        star = len(meeting) >= T_DEGREE
        limit_m = star_m if star else cross_m
        if len(moving) != T_DEGREE - 1 or not T_DEGREE - 1 <= len(meeting) <= MOST_DEGREE - 2:
            continue
        around = sorted(meeting | moving)
        if star and (not wild[stays] or home[[at, *around]].any() or not trail[around].any()):
            continue
        if length_m[at] >= limit_m or not moved.isdisjoint([at, *around]):
            continue

        # the ways of the crossing that goes, as they would lie: none beside another, none across another
        ends = {way: int(stop[way] if start[way] == goes else start[way]) for way in sorted(moving)}
        beside = {int(node) for way in ways[stays] for node in (start[way], stop[way])}
        if not beside.isdisjoint(ends.values()) or len(set(ends.values())) < len(ends):
            continue  # two ways would lie side by side
        turned = shapely.linestrings([places[[stays, end]] for end in ends.values()])
        meetings = [(meeting, ways[end] - {way}) for way, end in ends.items()]
        if _cross_any(
            turned, tree, lines, apart_m=most_m, spared=[one | other | ways[goes] for one, other in meetings]
        ):
            continue
        if any(
            _is_sharp(places, start, stop, way=(node, towards), others=others)
            for end, (of_stays, of_end) in zip(ends.values(), meetings, strict=True)
            for node, towards, others in ((stays, end, of_stays), (end, stays, of_end))
        ):
            continue

        for way, line in zip(ends, turned, strict=True):
            start[way], stop[way] = (stays if node == goes else node for node in (start[way], stop[way]))
            lines[way] = line
        moved.update([at, *around])
        ways[stays] = meeting | moving
        ways[goes] = set()
        gone[at] = True
    return edges.assign(start=start, stop=stop)[~gone].reset_index(drop=True)


class _Ways(dict[int, set[int]]):
    """The positions of the edges that meet at each node, looked up at the first question: few nodes are asked for.

    >>> ways = _Ways(np.array([0, 1]), np.array([1, 2]))
    >>> ways[1], ways[2]
    ({0, 1}, {1})
    """

    def __init__(self, start: NDArray[np.int64], stop: NDArray[np.int64]) -> None:
        super().__init__()
        nodes = np.concatenate([start, stop])
        self._edges = np.argsort(nodes, kind="stable") % len(start)
        self._first = np.append(0, np.cumsum(np.bincount(nodes)))

    def __missing__(self, node: int) -> set[int]:
        self[node] = set(self._edges[self._first[node] : self._first[node + 1]].tolist())
        return self[node]


def far_from_homes(edges: pd.DataFrame, plan: StreetPlan, *, homes_m: float) -> NDArray[np.bool_]:
    """Of each node, whether the square of 500 m around it holds less than ``homes_m`` of streets for homes.

    Measured on a raster of 100 m, each street at its middle.

    Examples
    --------
    >>> plan = StreetPlan(x_m=[0.0, 300.0, 2000.0, 2300.0], y_m=[0.0] * 4)
    >>> edges = pd.DataFrame({"start": [0, 2], "stop": [1, 3], "highway": ["residential", "path"]})
    >>> far_from_homes(edges, plan, homes_m=250).tolist()
    [False, False, True, True]
    """
    places = np.column_stack([plan.x_m, plan.y_m])
    origin = places.min(axis=0)
    shape = tuple(((places.max(axis=0) - origin) // PIXEL_M).astype(int) + 1)
    homes = edges[edges["highway"].isin(HOME_STREETS)]
    start, stop = places[homes["start"].to_numpy()], places[homes["stop"].to_numpy()]
    column, row = (((start + stop) / 2 - origin) // PIXEL_M).astype(int).T
    length_m = np.zeros(shape)
    np.add.at(length_m, (column, row), np.hypot(*(stop - start).T))
    around_m = ndimage.uniform_filter(length_m, SQUARE_PIXELS, mode="constant") * SQUARE_PIXELS**2
    column, row = ((places - origin) // PIXEL_M).astype(int).T
    return np.asarray(around_m[column, row] < homes_m)


def _cross_any(
    turned: NDArray[np.object_],
    tree: shapely.STRtree,
    lines: NDArray[np.object_],
    *,
    apart_m: float,
    spared: Sequence[set[int]],
) -> bool:
    """Whether one of some ways crosses another than those that it is ``spared``.

    ``tree``: of the lines before any of them was moved, by less than ``apart_m``.
    """
    bounds = shapely.bounds(turned) + np.array([-apart_m, -apart_m, apart_m, apart_m])
    pairs = tree.query(shapely.box(*bounds.T)).T.tolist()
    strangers = np.array([(at, way) for at, way in pairs if way not in spared[at]], dtype=np.int64).reshape(-1, 2)
    return bool(shapely.intersects(turned[strangers[:, 0]], lines[strangers[:, 1]]).any())


def _is_sharp(
    places: NDArray[np.float64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    *,
    way: tuple[int, int],
    others: set[int],
) -> bool:
    """Whether a way from one node to another leaves the first at a sharp angle to one of the others there."""
    node, towards = way
    ends = [int(stop[other] if start[other] == node else start[other]) for other in others]
    heading = _heading(places, node, towards)
    turns = [math.remainder(_heading(places, node, end) - heading, 2 * math.pi) for end in ends]
    return any(abs(turn) <= LEAST_ANGLE for turn in turns)


def _heading(places: NDArray[np.float64], start: int, stop: int) -> float:
    """The direction in which a straight way leaves one node for another, in radians."""
    (x0, y0), (x1, y1) = places[start].tolist(), places[stop].tolist()
    return math.atan2(y1 - y0, x1 - x0)
