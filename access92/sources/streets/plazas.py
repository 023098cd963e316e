"""Squares that people cross: areas of pedestrian streets, with straight lines between the places where one enters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from access92.sources.streets.split import Edges, merged_nodes, rank_in_group
from access92.sources.streets.ways import COORDINATE_SCALE, MISSING, WAY_TAGS, Texts, Ways

WALKED_AREAS = frozenset({"pedestrian", "footway", "path", "platform", "corridor"})
"""Values of ``highway`` of areas that one walks across in any direction."""

MOST_ENTRANCES = 40
"""Entrances of a square that are joined, at most 780 lines. Of a square with more, this many evenly along its outline;
the others are left by the outline. Hypothesis of access92."""

CROSSED = "crossed"
"""The tag ``area`` of a line across a square, which no way of the file is."""

_TOLERANCE_M = 0.05
"""A line may run along the outline or graze a corner: positions are rounded to a centimetre."""

_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class AreaRelation:
    """A multipolygon that is a street: its tags (by OSM key) and the ways of its outline, outer and inner ones."""

    relation_id: int
    tags: Mapping[str, str]
    outer: tuple[int, ...]
    inner: tuple[int, ...]


def area_relation(
    relation_id: int, tags: Mapping[str, str], members: Sequence[tuple[str, int, str]]
) -> AreaRelation | None:
    """A relation as a square; None where it is none. Members as (« w », id, role); no role counts as outer.

    >>> area_relation(4, {"type": "multipolygon", "highway": "pedestrian"}, [("w", 7, "outer"), ("w", 8, "inner")])
    AreaRelation(relation_id=4, tags={'type': 'multipolygon', 'highway': 'pedestrian'}, outer=(7,), inner=(8,))
    """
    if tags.get("type") != "multipolygon" or tags.get("highway") not in WALKED_AREAS:
        return None
    inner = tuple(way for kind, way, role in members if kind == "w" and role == "inner")
    outer = tuple(way for kind, way, role in members if kind == "w" and role != "inner")
    return AreaRelation(relation_id, tags, outer, inner)


def outline_tags(relation: AreaRelation) -> list[tuple[str, str]]:
    """The tags that the outline of a square is walked with, where its ways are no streets themselves.

    >>> outline_tags(AreaRelation(4, {"type": "multipolygon", "highway": "pedestrian", "area": "yes"}, (7,), ()))
    [('highway', 'pedestrian')]
    """
    return [(key, value) for key, value in relation.tags.items() if key in WAY_TAGS and key != "area"]


@dataclass(frozen=True, slots=True, eq=False)
class Plaza:
    """The rows of the ways of its outline, and of its holes.

    ``tags``: of a relation; None where the one way of the outline is the square itself.
    """

    way_id: int
    tags: Mapping[str, str] | None
    outer_rows: tuple[int, ...]
    inner_rows: tuple[int, ...] = ()

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of its outline and of its holes."""
        return (*self.outer_rows, *self.inner_rows)

    def shape(self, ways: Ways, *, at_y: int | None = None) -> BaseGeometry:
        """Its area, in metres at its own latitude or at ``at_y``; nothing where the outline is not closed."""
        at_y = self.at_y(ways) if at_y is None else at_y
        return shapely.difference(_filled(ways, self.outer_rows, at_y), _filled(ways, self.inner_rows, at_y))

    def at_y(self, ways: Ways) -> int:
        """The latitude at which its degrees become metres: one for all its nodes, in whole 10⁻⁷ degrees."""
        return int(ways.y[ways.first[self.outer_rows[0]]])


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    way_id: int
    from_node: int
    to_node: int
    ends: tuple[tuple[float, float], tuple[float, float]]


def cross_plazas(
    edges: Edges, ways: Ways, relations: Sequence[AreaRelation]
) -> tuple[Edges, NDArray[np.int64], Mapping[str, Texts]]:
    """The edges and the lines across squares, with the id and the tags of the way of each: sorted by way id.

    A square is a closed way with ``area=yes``, or a multipolygon. Its entrances are the nodes of its outline, holes
    included, that another street shares; two of them are joined where the straight line between them stays inside
    and does not run along the outline. Lines carry the tags of the square, ``area`` is :data:`CROSSED`.

    Examples
    --------
    A square of 11 m with streets at two opposite corners is crossed by its diagonal:

    >>> from access92.sources.streets.split import split_ways
    >>> from access92.sources.streets.ways import WayCollector
    >>> a, b, c, d = (1, 0, 0), (2, 1000, 0), (3, 1000, 1000), (4, 0, 1000)
    >>> collector = WayCollector()
    >>> collector.add(7, [("highway", "pedestrian"), ("area", "yes")], [a, b, c, d, a])
    >>> collector.add(8, [("highway", "path")], [(5, -1000, -1000), a])
    >>> collector.add(9, [("highway", "path")], [c, (6, 2000, 2000)])
    >>> ways = collector.finish()
    >>> edges, way_id, tags = cross_plazas(split_ways(ways), ways, ())
    >>> is_line = tags["area"][edges.way] == CROSSED
    >>> edges.from_node[is_line].tolist(), edges.to_node[is_line].tolist()
    ([1], [3])
    """
    node = merged_nodes(ways)
    way_of_node = np.repeat(np.arange(len(ways)), np.diff(ways.first))
    plazas = list(find_plazas(ways, relations))
    if not plazas:
        return edges, ways.way_id, ways.tags

    # which ways use each node of an outline: an entrance is used by a way that is not of the outline
    on_outline = np.isin(way_of_node, np.unique(np.concatenate([plaza.rows for plaza in plazas])))
    near = np.isin(node, node[on_outline])
    users: dict[int, set[int]] = {}
    for number, row in zip(node[near].tolist(), way_of_node[near].tolist(), strict=True):
        users.setdefault(number, set()).add(row)
    elsewhere = set(ways.elsewhere.tolist())

    lines: list[_Line] = []
    rows: list[int] = []
    for number, plaza in enumerate(plazas):
        places = {
            int(node[place]): (int(ways.x[place]), int(ways.y[place]))
            for row in plaza.rows
            for place in range(ways.first[row], ways.first[row + 1])
            if ways.x[place] != MISSING
        }
        entrances = [one for one in places if not users[one] <= set(plaza.rows) or one in elsewhere]
        if len(entrances) > MOST_ENTRANCES:
            entrances = [entrances[at] for at in np.linspace(0, len(entrances) - 1, MOST_ENTRANCES).astype(int)]
        found = _lines_across(plaza, ways, entrances, places)
        lines += found
        rows += [len(ways) + number] * len(found)
    return _with_lines(edges, ways, plazas, lines, rows)


def find_plazas(ways: Ways, relations: Sequence[AreaRelation]) -> Iterator[Plaza]:
    """The squares whose outline is known whole."""
    # a way that is also the outline of a relation has the holes of the relation
    is_area = (ways.tags["area"] == "yes") & pd.Series(ways.tags["highway"]).isin(WALKED_AREAS).to_numpy()
    of_relations = [way for relation in relations for way in relation.outer]
    areas = np.flatnonzero(is_area & ~np.isin(ways.way_id, of_relations))
    for row in areas.tolist():
        ring = slice(ways.first[row], ways.first[row + 1])
        is_ring = len(ways.node[ring]) > 3 and ways.node[ring][0] == ways.node[ring][-1]  # noqa: PLR2004 - three corners
        if is_ring and (ways.x[ring] != MISSING).all():
            yield Plaza(int(ways.way_id[row]), None, (row,))

    row_of = {int(way): row for row, way in enumerate(ways.way_id.tolist())} if relations else {}
    for relation in sorted(relations, key=lambda one: one.relation_id):
        if relation.outer and all(way in row_of for way in (*relation.outer, *relation.inner)):
            tags = {column: relation.tags.get(key, "") for key, column in WAY_TAGS.items()}
            outer, inner = (tuple(row_of[way] for way in part) for part in (relation.outer, relation.inner))
            yield Plaza(min(relation.outer), tags, outer, inner)


def _filled(ways: Ways, rows: Sequence[int], at_y: int) -> BaseGeometry:
    """What closed chains of these ways enclose; nothing where a position is not known."""
    lines = []
    for row in rows:
        ring = slice(ways.first[row], ways.first[row + 1])
        if (ways.x[ring] == MISSING).any() or len(ways.node[ring]) < 2:  # noqa: PLR2004 - a line has two ends
            return shapely.Polygon()
        lines.append(shapely.LineString(metres(ways.x[ring], ways.y[ring], at_y=at_y)))
    noded = shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))  # an outline may cross itself
    return shapely.union_all(shapely.get_parts(shapely.polygonize(noded)))


def metres(x: NDArray[np.int64], y: NDArray[np.int64], *, at_y: int) -> NDArray[np.float64]:
    """Metres east and north of the null island, near enough about the latitude ``at_y`` (10⁻⁷ degrees as x and y)."""
    lat = y / COORDINATE_SCALE
    east = x / COORDINATE_SCALE * np.cos(np.radians(at_y / COORDINATE_SCALE))
    return np.column_stack([east, lat]) * _M_PER_DEGREE


def _lines_across(
    plaza: Plaza, ways: Ways, entrances: Sequence[int], places: Mapping[int, tuple[int, int]]
) -> list[_Line]:
    """A line for each two entrances that see each other."""
    pairs = list(combinations(entrances, 2))
    if not pairs:
        return []
    corners = np.array([places[one] for one in entrances], dtype=np.int64)
    place_m = dict(zip(entrances, metres(corners[:, 0], corners[:, 1], at_y=plaza.at_y(ways)), strict=True))
    segments = shapely.linestrings([[place_m[start], place_m[end]] for start, end in pairs])
    shape = plaza.shape(ways)
    inside, outline = shapely.buffer(shape, _TOLERANCE_M), shapely.buffer(shape.boundary, _TOLERANCE_M)
    shapely.prepare([inside, outline])
    is_visible = (shapely.length(segments) > 0) & shapely.covers(inside, segments) & ~shapely.covers(outline, segments)
    scale = COORDINATE_SCALE
    return [
        _Line(plaza.way_id, start, end, tuple((x / scale, y / scale) for x, y in (places[start], places[end])))  # type: ignore[arg-type]
        for (start, end), visible in zip(pairs, is_visible.tolist(), strict=True)
        if visible
    ]


def _with_lines(
    edges: Edges, ways: Ways, plazas: Sequence[Plaza], lines: Sequence[_Line], rows: Sequence[int]
) -> tuple[Edges, NDArray[np.int64], Mapping[str, Texts]]:
    """Edges, ids and tags with those of the lines: each square has a row of tags of its own."""
    way_id = np.concatenate([ways.way_id, [plaza.way_id for plaza in plazas]]).astype(np.int64)
    row = np.array([plaza.outer_rows[0] for plaza in plazas])
    of_relations = [(place, plaza.tags) for place, plaza in enumerate(plazas) if plaza.tags is not None]
    tags = {}
    for column, texts in ways.tags.items():
        given = [CROSSED if column == "area" else tags_of.get(column, "") for _, tags_of in of_relations]
        more = pd.Index(sorted({*given, *((CROSSED,) if column == "area" else ())}), dtype="str")
        words = texts.categories.union(more, sort=False)
        codes = texts.codes[row].astype(np.int64) if column != "area" else np.full(len(row), words.get_loc(CROSSED))
        codes[[place for place, _ in of_relations]] = words.get_indexer(pd.Index(given, dtype="str"))
        tags[column] = pd.Categorical.from_codes(np.concatenate([texts.codes, codes]), categories=words)
    ends = np.array([line.ends for line in lines], dtype=float).reshape(-1, 2)
    way = np.concatenate([edges.way, np.array(rows, dtype=np.int64)])
    both = Edges(
        way=way,
        index=np.zeros(len(way), dtype=np.int64),
        from_node=np.concatenate([edges.from_node, np.array([line.from_node for line in lines], dtype=np.int64)]),
        to_node=np.concatenate([edges.to_node, np.array([line.to_node for line in lines], dtype=np.int64)]),
        first=np.concatenate([edges.first, edges.first[-1] + 2 * np.arange(1, len(lines) + 1)]),
        lon=np.concatenate([edges.lon, ends[:, 0]]),
        lat=np.concatenate([edges.lat, ends[:, 1]]),
    )
    # the table is sorted by way id, the lines of a square after its outline
    in_order = both.take(np.argsort(way_id[way], kind="stable"))
    return replace(in_order, index=rank_in_group(way_id[in_order.way])), way_id, tags
