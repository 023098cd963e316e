"""An OSM file (.osm, .osm.gz, .osm.bz2, .osm.pbf) read in one pass: streets, rules of nodes and turns, and the rest."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import osmium

from access92._limits import check_unpacked_size
from access92.errors import input_error
from access92.sources.streets.broken_surfaces import count_broken_surfaces
from access92.sources.streets.editor_files import OsmInput, is_out_of_order, osm_input, sorted_input
from access92.sources.streets.extract import ExtractCollector, ExtractDispatch, OsmExtract
from access92.sources.streets.missing_nodes import AreaOutlines, PendingWays
from access92.sources.streets.plazas import WALKED_AREAS
from access92.sources.streets.traffic_collector import NODE_KEYS, TrafficCollector
from access92.sources.streets.ways import MISSING, NOT_STREETS, Bounds, OnProgress, WayCollector

# Unlike flex_mem, which doubles a vector as it grows, this one grows in place: 16 bytes a node, no more.
_LEAN_NODE_STORE = "sparse_mmap_array"

Thing: TypeAlias = "osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation | osmium.osm.Area"

_WKB_HEAD = 9
"""Bytes before the coordinates of a line in well-known binary: byte order, kind, number of points."""

_FAR_DEGREES = 0.5
"""A closed way that starts further than this from the bounds does not reach them: no building, pond or park does."""


def read_osm(
    path: Path,
    *,
    bounds: Bounds | None = None,
    collectors: Sequence[ExtractCollector] = (),
    on_progress: OnProgress | None = None,
) -> OsmExtract:
    """The streets of an OSM file whose box touches ``bounds`` (all of them where None), and the rules beside them.

    Everything else goes to the ``collectors`` that asked for it. Node after node, a street takes Python nearly ten
    times longer than osmium takes to read it. So streets far from ``bounds``, in a regional file nearly all, are
    looked at as a line that osmium makes in one call.

    Positions that the file holds are used wherever they stand: before the ways or after them, under negative ids, or
    on the ways themselves. What an editor marked as deleted is not there.

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
    >>> read_osm(file).ways.way_id.tolist()
    [7]
    """
    check_unpacked_size(path, where=str(path))
    try:
        return _read(path, bounds, collectors, on_progress)
    except (
        RuntimeError,
        ValueError,
        OSError,
        OverflowError,
        EOFError,
        zlib.error,
        osmium.InvalidLocationError,
    ) as error:  # what libosmium's exceptions become in Python, and those of a packed file
        raise input_error(
            "Le fichier de rues est tronqué ou n'est pas au format OSM annoncé par son nom.",
            f"{path} ({error})",
            "Télécharger le fichier de nouveau, et vérifier qu'il est complet.",
        ) from error


@dataclass(slots=True, eq=False)
class _Pass:
    """Where the objects of a file go, kind by kind."""

    bounds: Bounds | None
    dispatch: ExtractDispatch
    ways: WayCollector
    traffic: TrafficCollector
    pending: PendingWays = field(default_factory=PendingWays)
    areas: AreaOutlines = field(default_factory=AreaOutlines)
    line_of: Callable[[osmium.osm.Way], str] = field(default_factory=lambda: osmium.geom.WKBFactory().create_linestring)
    area_of: Callable[[osmium.osm.Area], str] = field(
        default_factory=lambda: osmium.geom.WKBFactory().create_multipolygon
    )

    def take(self, thing: Thing) -> None:
        """Hand one object over."""
        if isinstance(thing, osmium.osm.Way):
            if thing.tags.get("highway", "no") not in NOT_STREETS:
                self._take_street(thing)
            if self.dispatch.way_keys and any(key in thing.tags for key in self.dispatch.way_keys):
                _dispatch_way(thing, self.dispatch, self.line_of)
        elif isinstance(thing, osmium.osm.Node):
            place = thing.location
            self.traffic.add_node(thing.id, thing.tags, place.x, place.y)
            if self.dispatch.node_keys and place.valid():
                self.dispatch.add_node(dict(thing.tags), place.lon, place.lat)
        elif isinstance(thing, osmium.osm.Relation):
            tags = dict(thing.tags)
            if tags["type"].startswith("restriction") or tags.get("highway") in WALKED_AREAS:
                members = [(member.type, member.ref, member.role) for member in thing.members]
                self.traffic.add_relation(thing.id, tags, members)
                self.areas.add(thing.id, tags, members)
        elif not _is_far(thing, self.bounds):
            self.dispatch.add_area(dict(thing.tags), bytes.fromhex(self.area_of(thing)))

    def _take_street(self, way: osmium.osm.Way) -> None:
        """Pass a street by where it lies far away, put it aside where a position is not known yet."""
        if self.bounds is not None:
            places = _places(way, self.line_of)
            if places is not None and self.ways.passes_by(places):
                return
        nodes = [(node.ref, (place := node.location).x, place.y) for node in way.nodes]
        if MISSING in [x for _, x, _ in nodes]:
            self.pending.add(way.id, way.tags, nodes)
        else:
            self.pending.discard(way.id)
            self.ways.add(way.id, way.tags, nodes)


def _read(
    path: Path, bounds: Bounds | None, collectors: Sequence[ExtractCollector], on_progress: OnProgress | None
) -> OsmExtract:
    """Read a file whose faults are libosmium's exceptions."""
    file, dispatch = osm_input(path), ExtractDispatch(collectors, bounds)
    is_sorted = False
    try:
        extract, has_found = _read_input(file, dispatch, bounds, on_progress)
    except RuntimeError as error:
        # areas are made while ids are in order; nothing has been handed over yet, so that all is read once more
        if not dispatch.area_keys or "out of order" not in str(error):
            raise
        dispatch.forget()
        with sorted_input(file, path) as ordered:
            extract, has_found = _read_input(ordered, dispatch, bounds, on_progress)
        is_sorted = True
    if dispatch.area_keys:
        # osmium makes areas of nodes that it has met, under positive ids; streets have had their second look
        if (has_found and not is_sorted) or is_out_of_order(path):
            dispatch.forget_areas()
            with sorted_input(file, path, positive=True) as ordered:
                _read_areas(ordered, dispatch, bounds)
                extract = _with_broken_surfaces(extract, ordered, dispatch, bounds)
        elif file.is_text or (extract.ways.x == MISSING).any():  # a whole extract in PBF is not looked at once more
            extract = _with_broken_surfaces(extract, file, dispatch, bounds)
    dispatch.deliver()
    return extract


def _read_input(
    file: OsmInput, dispatch: ExtractDispatch, bounds: Bounds | None, on_progress: OnProgress | None
) -> tuple[OsmExtract, bool]:
    """The streets, and whether a position that some of them needed stood elsewhere in the file."""
    reading = _Pass(bounds, dispatch, WayCollector(bounds, on_progress), TrafficCollector(bounds))
    for thing in _wanted(file, dispatch):
        if not isinstance(thing, osmium.osm.Changeset) and not thing.deleted:
            reading.take(thing)
    reading.areas.complete(file.source, reading.pending)
    without_position = reading.pending.complete(file.source, reading.ways)
    areas = reading.areas.finish()
    extract = OsmExtract(reading.ways.finish(), reading.traffic.finish(), *without_position, areas=areas)
    return extract, reading.pending.has_found


def _with_broken_surfaces(
    extract: OsmExtract, file: OsmInput, dispatch: ExtractDispatch, bounds: Bounds | None
) -> OsmExtract:
    """The extract with the number of areas near the bounds that a missing position has broken."""
    if file.has_places_on_ways:
        return extract
    broken = count_broken_surfaces(file.source, dispatch.area_keys, bounds)
    return replace(extract, broken_surfaces=broken, whole_surfaces=dispatch.area_count)


def _read_areas(file: OsmInput, dispatch: ExtractDispatch, bounds: Bounds | None) -> None:
    """Hand over the areas of a file, and nothing else."""
    area_of = osmium.geom.WKBFactory().create_multipolygon
    for thing in _wanted(file, dispatch):
        if isinstance(thing, osmium.osm.Area) and not _is_far(thing, bounds):
            dispatch.add_area(dict(thing.tags), bytes.fromhex(area_of(thing)))


def _wanted(file: OsmInput, dispatch: ExtractDispatch) -> osmium.FileProcessor:
    """Nodes, ways, relations and areas that somebody asked for; all else osmium drops before Python sees it."""
    kinds = osmium.osm
    processor = osmium.FileProcessor(file.source, kinds.NODE | kinds.WAY | kinds.RELATION)
    if dispatch.area_keys:
        processor = processor.with_areas(osmium.filter.KeyFilter(*dispatch.area_keys))
    # on disk where the platform can: the nodes of a region do not fit beside all else in memory; those of a town do,
    # and are there at once
    has_lean_store = _LEAN_NODE_STORE in osmium.index.map_types() and not file.is_small
    store = _LEAN_NODE_STORE if has_lean_store else "flex_mem"
    processor = processor.with_locations(None if file.has_places_on_ways else store)  # type: ignore[arg-type] # None: no lookup
    for kind, keys in (
        (kinds.NODE, (*NODE_KEYS, *dispatch.node_keys)),
        (kinds.WAY, ("highway", *dispatch.way_keys)),
        (kinds.RELATION, ("type",)),
        (kinds.AREA, dispatch.area_keys),
    ):
        if keys:
            of_kind = osmium.filter.KeyFilter(*keys)
            of_kind.enable_for(kind)
            processor = processor.with_filter(of_kind)
    return processor


def _places(way: osmium.osm.Way, line_of: Callable[[osmium.osm.Way], str]) -> array[float] | None:
    """x, y, x, y … of a way's nodes in degrees; None where it is no line or a node's place is not known."""
    try:
        line = bytes.fromhex(line_of(way))
    except (RuntimeError, ValueError, osmium.InvalidLocationError):
        return None
    return array("d", line[_WKB_HEAD:])


def _dispatch_way(way: osmium.osm.Way, dispatch: ExtractDispatch, line_of: Callable[[osmium.osm.Way], str]) -> None:
    """Hand a way over as a line: its stretches between nodes whose place is not known, where there are such."""
    places = _places(way, line_of)
    if places is not None:
        dispatch.add_way(dict(way.tags), np.frombuffer(places, dtype=np.float64).reshape(-1, 2))
        return
    stretch: list[tuple[float, float]] = []
    for node in [*way.nodes, None]:
        if node is not None and node.location.valid():
            stretch.append((node.lon, node.lat))
            continue
        if len(stretch) > 1:
            dispatch.add_way(dict(way.tags), np.array(stretch))
        stretch = []


def _is_far(area: osmium.osm.Area, bounds: Bounds | None) -> bool:
    """Whether an area made of one closed way starts so far from the bounds that it cannot reach them."""
    if bounds is None or not area.from_way():
        return False
    west, south, east, north = bounds
    for ring in area.outer_rings():
        lon, lat = ring[0].lon, ring[0].lat
        return not (
            west - _FAR_DEGREES <= lon <= east + _FAR_DEGREES and south - _FAR_DEGREES <= lat <= north + _FAR_DEGREES
        )
    return True
