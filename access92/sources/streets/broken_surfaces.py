"""Buildings, water and other areas of an OSM file that cannot be made, because a node or a way of theirs is missing."""

from __future__ import annotations

from collections.abc import Iterable

import osmium

from access92.sources.streets.ways import Bounds

_GREATEST_FILTERED_ID = 10**12
"""osmium holds room for every id up to the greatest that it filters by: 2 GB for those that were negative."""


def count_broken_surfaces(
    source: osmium.io.File | osmium.io.FileBuffer, keys: tuple[str, ...], bounds: Bounds | None
) -> int:
    """Closed ways and multipolygons with one of these keys that lack a position, and have one within the bounds.

    Of one that lacks all of them nobody knows where it lies: it counts where no bounds are given only. The objects
    are in order, under positive ids.

    Examples
    --------
    >>> text = (b"<osm version='0.6'><node id='1' lat='48' lon='2'/><node id='2' lat='48' lon='2.1'/>"
    ...     b"<way id='7'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='1'/><tag k='building' v='yes'/></way></osm>")
    >>> count_broken_surfaces(osmium.io.FileBuffer(text, "osm"), ("building",), None)
    1
    """
    relations = _relations(source, keys)
    members = {way for ways in relations.values() for way in ways}
    has_gap: dict[int, bool] = {}
    is_near: dict[int, bool] = {}
    broken = 0
    tagged = osmium.filter.KeyFilter(*keys)
    for way in _ways(source, tagged):
        if way.id not in members and len(way.nodes) > 3 and way.nodes[0].ref == way.nodes[-1].ref:  # noqa: PLR2004
            broken += _has_gap(way) and _is_near(way, bounds)
    if members:
        by_id = osmium.filter.IdFilter(members) if max(members) <= _GREATEST_FILTERED_ID else None
        for way in _ways(source, by_id):
            if way.id in members:
                has_gap[way.id], is_near[way.id] = _has_gap(way), _is_near(way, bounds)
    for ways in relations.values():
        near = bounds is None or any(is_near.get(way, False) for way in ways)
        broken += near and any(has_gap.get(way, True) for way in ways)  # a way that is not there is a gap
    return int(broken)


def _relations(source: osmium.io.File | osmium.io.FileBuffer, keys: tuple[str, ...]) -> dict[int, list[int]]:
    """By multipolygon with one of the keys its ways."""
    found: dict[int, list[int]] = {}
    for relation in osmium.FileProcessor(source, osmium.osm.RELATION).with_filter(osmium.filter.KeyFilter(*keys)):
        if isinstance(relation, osmium.osm.Relation) and relation.tags.get("type") == "multipolygon":
            found[relation.id] = [member.ref for member in relation.members if member.type == "w"]
    return found


def _ways(
    source: osmium.io.File | osmium.io.FileBuffer, only: osmium.filter.KeyFilter | osmium.filter.IdFilter | None
) -> Iterable[osmium.osm.Way]:
    """The ways that a filter lets through (all of them without one), with the places of their nodes."""
    processor = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations("flex_mem")
    no_nodes = osmium.filter.KeyFilter("\0")  # they are met by osmium, and not handed to Python
    no_nodes.enable_for(osmium.osm.NODE)
    processor = processor.with_filter(no_nodes)
    if only is not None:
        only.enable_for(osmium.osm.WAY)
        processor = processor.with_filter(only)
    for way in processor:
        if isinstance(way, osmium.osm.Way) and not way.deleted:
            yield way


def _has_gap(way: osmium.osm.Way) -> bool:
    return any(not node.location.valid() for node in way.nodes)


def _is_near(way: osmium.osm.Way, bounds: Bounds | None) -> bool:
    if bounds is None:
        return True
    west, south, east, north = bounds
    places = [node.location for node in way.nodes if node.location.valid()]
    return any(west <= place.lon <= east and south <= place.lat <= north for place in places)
