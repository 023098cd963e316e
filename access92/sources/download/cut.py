"""An extract cut to a study's extent: whole ways, with their nodes, their multipolygons and their turn restrictions."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from access92.cache.store import written_aside
from access92.errors import input_error

OnObjects = Callable[[int, int], None]
"""Called with the objects looked at, and 0: nobody knows how many there are."""

_RELATIONS = ("multipolygon", "restriction")
"""How the type of a relation that is kept begins: « restriction:hgv » is an older way to write one."""
_DATED = ("osmosis_replication_timestamp", "osmosis_replication_sequence_number", "osmosis_replication_base_url")
_NODE_STORE = "sparse_mmap_array"
_WKB_HEAD = 9
_REPORT = 100_000


def cut_extract(source: Path, target: Path, extent: BaseGeometry, *, on_objects: OnObjects | None = None) -> str:
    """Write what of an extract touches the extent (WGS 84), and give the date of its data ('' where it has none).

    Kept: every way that touches the extent, whole; every node with tags inside it; the multipolygons and the turn
    restrictions that one of those is a member of, with all their ways; and the nodes of all these ways. Written aside,
    then renamed: ``target`` is whole or not there.

    Raises
    ------
    InputError
        The extract is cut off or no OSM file, or nothing of it touches the extent.
    OutputError
        The target cannot be written.
    """
    try:
        kept, date, ways = _touching(source, extent, on_objects)
        if not ways:
            raise input_error(
                "L'extrait ne contient rien dans la zone de l'étude.",
                str(source),
                "Choisir un extrait qui contient la zone (--extract).",
            )
        kept.complete_backward_references(str(source), relation_depth=0)
        with written_aside(target) as aside:
            _write(source, aside, kept, extent, date)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:  # libosmium's exceptions in Python
        raise input_error(
            "L'extrait téléchargé est tronqué ou n'est pas un fichier OSM.",
            f"{source} ({error})",
            "Le télécharger de nouveau.",
        ) from error
    return date.get(_DATED[0], "")


def _touching(
    source: Path, extent: BaseGeometry, on_objects: OnObjects | None
) -> tuple[osmium.IdTracker, dict[str, str], int]:
    """The ids of what touches the extent, what the header says of the date, and the number of ways."""
    # nodes without tags come along with their ways: osmium passes them by, a hundred times faster than Python would
    tagged_nodes = osmium.filter.EmptyTagFilter()
    tagged_nodes.enable_for(osmium.osm.NODE)
    processor = (
        osmium.FileProcessor(str(source))
        .with_locations(_NODE_STORE if _NODE_STORE in osmium.index.map_types() else "flex_mem")
        .with_filter(tagged_nodes)
    )
    line_of = osmium.geom.WKBFactory().create_linestring
    kept = osmium.IdTracker()
    shapely.prepare(extent)
    west, south, east, north = extent.bounds
    ways = 0
    for looked_at, item in enumerate(processor):
        if on_objects is not None and looked_at % _REPORT == 0:
            on_objects(looked_at, 0)
        if isinstance(item, osmium.osm.Node):
            place = item.location
            if place.valid() and extent.intersects(shapely.Point(place.lon, place.lat)):
                kept.add_node(item.id)
        elif isinstance(item, osmium.osm.Way):
            # the box first, made of what osmium writes in one call: most ways are far away
            line = _line(item, line_of)
            x, y = line[::2], line[1::2]
            if not x or max(x) < west or min(x) > east or max(y) < south or min(y) > north:
                continue
            shape = shapely.LineString(zip(x, y, strict=True)) if len(x) > 1 else shapely.Point(x[0], y[0])
            if extent.intersects(shape):
                kept.add_way(item.id)
                kept.add_references(item)
                ways += 1
        elif (item.tags.get("type") or "").startswith(_RELATIONS) and kept.contains_any_references(item):
            kept.add_relation(item.id)
            kept.add_references(item)
    header = processor.header
    return kept, {key: header.get(key) for key in _DATED if header.get(key)}, ways


def _line(way: osmium.osm.Way, line_of: Callable[[osmium.osm.Way], str]) -> array[float]:
    """x, y, x, y … of the nodes of a way whose places are known."""
    try:
        return array("d", bytes.fromhex(line_of(way))[_WKB_HEAD:])
    except (RuntimeError, ValueError, osmium.InvalidLocationError):  # a node unknown, or a way of one place
        known = [node.location for node in way.nodes if node.location.valid()]
        return array("d", [number for place in known for number in (place.lon, place.lat)])


def _write(source: Path, target: Path, kept: osmium.IdTracker, extent: BaseGeometry, date: dict[str, str]) -> None:
    """Copy the objects of these ids, in their order, with the date of the source in the header."""
    header = osmium.io.Header()
    header.set("generator", "access92")
    for key, value in date.items():
        header.set(key, value)
    west, south, east, north = extent.bounds
    header.add_box(osmium.osm.Box(west, south, east, north))
    file = osmium.io.File(str(target), "pbf")
    with osmium.SimpleWriter(file, header=header, overwrite=True) as writer:
        for item in osmium.FileProcessor(str(source)).with_filter(kept.id_filter()):
            writer.add(item)
