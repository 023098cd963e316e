"""Streets of an OSM file (.osm, .osm.gz, .osm.bz2, .osm.pbf), read in one pass with osmium."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path

import osmium

from access92._limits import check_unpacked_size
from access92.errors import input_error
from access92.sources.streets.ways import NOT_STREETS, Bounds, OnProgress, WayCollector, Ways

# Unlike flex_mem, which doubles a vector as it grows, this one grows in place: 16 bytes a node, no more.
_LEAN_NODE_STORE = "sparse_mmap_array"

_WKB_HEAD = 9
"""Bytes before the coordinates of a line in well-known binary: byte order, kind, number of points."""


def read_osm_ways(path: Path, *, bounds: Bounds | None = None, on_progress: OnProgress | None = None) -> Ways:
    """The streets of an OSM file whose box touches ``bounds`` (all of them where None).

    Node after node, a street takes Python nearly ten times longer than osmium takes to read it. So streets far
    from ``bounds``, in a regional file nearly all, are looked at as a line that osmium makes in one call.

    Raises
    ------
    InputError
        The file is cut off, or is not what its name says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "one_street.osm"
    >>> _ = file.write_text(
    ...     '<osm version="0.6"><node id="1" lat="48.8" lon="2.2"/><node id="2" lat="48.8" lon="2.3"/>'
    ...     '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>')
    >>> read_osm_ways(file).way_id.tolist()
    [7]
    """
    # on disk where the platform can: the nodes of a region do not fit beside all else in memory
    check_unpacked_size(path, where=str(path))
    store = _LEAN_NODE_STORE if _LEAN_NODE_STORE in osmium.index.map_types() else "flex_mem"
    collector = WayCollector(bounds, on_progress)
    line_of = osmium.geom.WKBFactory().create_linestring
    try:
        streets = (
            osmium.FileProcessor(osmium.io.File(str(path), _osm_format(path)), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations(store)
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in streets:
            if not isinstance(way, osmium.osm.Way) or way.tags["highway"] in NOT_STREETS or way.deleted:
                continue
            places = None if bounds is None else _places(way, line_of)
            if places is None or not collector.passes_by(places):
                nodes = [(node.ref, (place := node.location).x, place.y) for node in way.nodes]
                collector.add(way.id, way.tags, nodes)
    except (
        RuntimeError,
        ValueError,
        OSError,
        OverflowError,
        osmium.InvalidLocationError,
    ) as error:  # what libosmium's exceptions become in Python
        raise input_error(
            "Le fichier de rues est tronqué ou n'est pas au format OSM annoncé par son nom.",
            f"{path} ({error})",
            "Télécharger le fichier de nouveau, et vérifier qu'il est complet.",
        ) from error
    return collector.finish()


def _places(way: osmium.osm.Way, line_of: Callable[[osmium.osm.Way], str]) -> array[float] | None:
    """x, y, x, y … of a way's nodes in degrees; None where it is no line or a node's place is not known."""
    try:
        line = bytes.fromhex(line_of(way))
    except (RuntimeError, ValueError, osmium.InvalidLocationError):
        return None
    return array("d", line[_WKB_HEAD:])


def _osm_format(path: Path) -> str:
    """The format as libosmium calls it, whatever the case of the file's name."""
    name = path.name.lower()
    return "pbf" if name.endswith(".pbf") else name[name.rindex(".osm") + 1 :]
