"""Streets that run over the outline of a square without a node in common: neither is joined to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from access92.sources.streets.plazas import AreaRelation, find_plazas, metres
from access92.sources.streets.ways import MISSING, Texts, Ways

_NOT_WALKED = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
_AT_GRADE = frozenset({"", "no", "0"})
_LEAST_NODES = 2


@dataclass(frozen=True, slots=True)
class PlazaCrossings:
    """Streets that cross the outline of a square without a common node, of all that meet one; ids of the first."""

    unjoined: int
    meeting: int
    examples: tuple[int, ...] = ()


def unjoined_streets(ways: Ways, relations: Sequence[AreaRelation]) -> PlazaCrossings:
    """The streets at the level of a square that lead onto it or over it and share no node with its outline.

    They are not joined: in OpenStreetMap a way meets another at a node, and one drawn over another without is a fault
    of the map (validators of OpenStreetMap report it) or passes above or below. OSRM, Valhalla and OpenTripPlanner do
    not join them either. Bridges, tunnels, indoor ways, another ``layer``, motorways and ``foot=no`` do not count.

    Examples
    --------
    >>> from access92.sources.streets.ways import WayCollector
    >>> a, b, c, d = (1, 0, 0), (2, 1000, 0), (3, 1000, 1000), (4, 0, 1000)
    >>> collector = WayCollector()
    >>> collector.add(7, [("highway", "pedestrian"), ("area", "yes")], [a, b, c, d, a])
    >>> collector.add(8, [("highway", "path")], [(5, -500, 500), (6, 500, 500)])
    >>> collector.add(9, [("highway", "path")], [c, (6, 2000, 2000)])
    >>> unjoined_streets(collector.finish(), ())
    PlazaCrossings(unjoined=1, meeting=2, examples=(8,))
    """
    plazas = list(find_plazas(ways, relations))
    if not plazas:
        return PlazaCrossings(0, 0)
    may_meet = _at_grade(ways)
    at_y = plazas[0].at_y(ways)  # whether lines meet depends on no scale
    boxes, rows = _boxes(ways, may_meet, at_y)
    tree = shapely.STRtree(boxes)
    joined: set[int] = set()
    crossing: set[int] = set()
    layer = _layers(ways)
    for plaza in plazas:
        shape = plaza.shape(ways, at_y=at_y)
        if shape.is_empty:
            continue
        own = set(plaza.rows)
        nodes = np.unique(np.concatenate([ways.node[ways.first[row] : ways.first[row + 1]] for row in own]))
        outline = shape.boundary
        shapely.prepare(outline)
        for row in rows[tree.query(shape, predicate="intersects")].tolist():
            if row in own:
                continue
            part = slice(ways.first[row], ways.first[row + 1])
            if np.isin(ways.node[part], nodes).any():
                joined.add(row)
            elif layer[row] == layer[plaza.outer_rows[0]]:
                line = shapely.LineString(metres(ways.x[part], ways.y[part], at_y=at_y))
                if shapely.intersects(outline, line):
                    crossing.add(row)
    unjoined = sorted(crossing - joined)
    examples = tuple(int(ways.way_id[row]) for row in unjoined[:3])
    return PlazaCrossings(len(unjoined), len(joined | crossing), examples)


def _at_grade(ways: Ways) -> NDArray[np.bool_]:
    """Which ways (bool) people may walk on at the level of the ground, with every position known; no areas."""
    known = np.ones(len(ways), dtype=bool)
    way = np.repeat(np.arange(len(ways)), np.diff(ways.first))
    known[way[ways.x == MISSING]] = False
    known &= np.diff(ways.first) >= _LEAST_NODES
    known &= ~_is(ways.tags["highway"], _NOT_WALKED) & ~_is(ways.tags["foot"], frozenset({"no"}))
    known &= ~_is(ways.tags["area"], frozenset({"yes"}))
    for name in ("bridge", "tunnel", "indoor"):
        known &= _is(ways.tags[name], _AT_GRADE)
    return known


def _is(tag: Texts, words: frozenset[str]) -> NDArray[np.bool_]:
    return pd.Series(tag).isin(words).to_numpy(dtype=bool)


def _layers(ways: Ways) -> list[str]:
    """The layer of each way, « 0 » where none is written."""
    return [text.strip() or "0" for text in pd.Series(ways.tags["layer"]).astype(str)]


def _boxes(ways: Ways, chosen: NDArray[np.bool_], at_y: int) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The box of each chosen way in metres, and its row."""
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return np.empty(0, dtype=object), rows
    in_way = np.repeat(chosen, np.diff(ways.first))
    places = metres(ways.x[in_way], ways.y[in_way], at_y=at_y)
    counts = np.diff(ways.first)[rows]
    starts = np.cumsum(counts) - counts
    low, high = (of.reduceat(places, starts, axis=0) for of in (np.minimum, np.maximum))
    return shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]), rows
