"""Streets of which a node had no position when they were read: a second look finds what the file holds elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import osmium

from access92.sources.streets.plazas import AreaRelation, area_relation, outline_tags
from access92.sources.streets.ways import MISSING, NOT_STREETS, WAY_TAGS, WayCollector

Place = tuple[int, int]
"""x and y in whole 10⁻⁷ degrees."""


@dataclass(slots=True, eq=False)
class PendingWays:
    """Streets put aside until the whole file is read.

    A node stands after its street (a file of several blocks), under a negative id (an editor's new objects, which
    osmium keeps apart), or nowhere because the ways carry the places themselves.

    Examples
    --------
    >>> pending = PendingWays()
    >>> pending.add(7, [("highway", "path")], [(1, MISSING, MISSING), (2, 5, 5)])
    >>> pending.missing_nodes()
    {1}
    """

    has_found: bool = False
    """Whether the second look found a position: the file is not in order."""
    _ways: dict[int, tuple[list[tuple[str, str]], list[tuple[int, int, int]]]] = field(default_factory=dict)

    def add(self, way_id: int, tags: Iterable[tuple[str, str]], nodes: list[tuple[int, int, int]]) -> None:
        """Put a street aside; of one given twice the last counts."""
        self._ways[way_id] = [(key, value) for key, value in tags if key in WAY_TAGS], nodes

    def discard(self, way_id: int) -> None:
        """Forget a street that the file gives again, whole."""
        if self._ways:
            self._ways.pop(way_id, None)

    def missing_nodes(self) -> set[int]:
        """The nodes whose place is looked for."""
        return {node for _, nodes in self._ways.values() for node, x, _ in nodes if x == MISSING}

    def complete(self, source: osmium.io.File | osmium.io.FileBuffer, collector: WayCollector) -> tuple[int, int]:
        """Give the streets to the collector with all places that the file holds.

        How many streets are without any place even so, and of how many segments.
        """
        if not self._ways:
            return 0, 0
        places, on_ways = _second_look(source, self.missing_nodes(), set(self._ways))
        self.has_found = bool(places)
        placeless = segments = 0
        for way_id, (tags, nodes) in self._ways.items():
            own = on_ways.get(way_id, {})
            located = [
                (node, x, y) if x != MISSING else (node, *own.get(node, places.get(node, (MISSING, MISSING))))
                for node, x, y in nodes
            ]
            if all(x == MISSING for _, x, _ in located):
                placeless, segments = placeless + 1, segments + len(nodes) - 1
            collector.add(way_id, tags, located)
        self._ways.clear()
        return placeless, segments


@dataclass(slots=True, eq=False)
class AreaOutlines:
    """Squares that are relations: their outlines are ways without tags, which the first look passes over.

    Examples
    --------
    >>> outlines = AreaOutlines()
    >>> outlines.add(4, {"type": "multipolygon", "highway": "pedestrian"}, [("w", 7, "outer")])
    >>> [area.outer for area in outlines.finish()]
    [(7,)]
    """

    _areas: dict[int, AreaRelation] = field(default_factory=dict)

    def add(self, relation_id: int, tags: Mapping[str, str], members: Sequence[tuple[str, int, str]]) -> None:
        """Take a relation; one that is no square is passed over."""
        area = area_relation(relation_id, tags, members)
        if area is not None:
            self._areas[relation_id] = area

    def complete(self, source: osmium.io.File | osmium.io.FileBuffer, pending: PendingWays) -> None:
        """Put the outlines that are no streets themselves among the streets whose positions are still to be found."""
        area_of = {way: area for area in self.finish() for way in (*area.outer, *area.inner)}
        if not area_of:
            return
        processor = osmium.FileProcessor(source, osmium.osm.WAY)
        if min(area_of) >= 0:
            processor = processor.with_filter(osmium.filter.IdFilter(area_of))
        for way in processor:
            if not isinstance(way, osmium.osm.Way) or way.id not in area_of or way.deleted:
                continue
            if way.tags.get("highway", "no") in NOT_STREETS:
                nodes = [(node.ref, MISSING, MISSING) for node in way.nodes]
                pending.add(way.id, outline_tags(area_of[way.id]), nodes)

    def finish(self) -> tuple[AreaRelation, ...]:
        """The squares, sorted by id."""
        return tuple(self._areas[number] for number in sorted(self._areas))


def _second_look(
    source: osmium.io.File | osmium.io.FileBuffer, nodes: set[int], ways: set[int]
) -> tuple[dict[int, Place], dict[int, dict[int, Place]]]:
    """The places of these nodes, and those that these ways carry themselves."""
    processor = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY)
    wanted = nodes | ways
    if min(wanted) >= 0:  # osmium sorts out positive ids by itself; negative ones are an editor's file, which is small
        processor = processor.with_filter(osmium.filter.IdFilter(wanted))
    places: dict[int, Place] = {}
    on_ways: dict[int, dict[int, Place]] = {}
    for thing in processor:
        if isinstance(thing, osmium.osm.Node):
            if thing.id in nodes and thing.location.valid() and not thing.deleted:
                places[thing.id] = (thing.location.x, thing.location.y)
        elif isinstance(thing, osmium.osm.Way) and thing.id in ways and not thing.deleted:
            on_ways[thing.id] = {
                node.ref: (node.location.x, node.location.y) for node in thing.nodes if node.location.valid()
            }
    return places, on_ways
