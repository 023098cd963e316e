"""What editors and servers write into .osm files beside the data: objects marked as deleted, places of members."""

from __future__ import annotations

import bz2
import gzip
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import osmium

_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_DELETED = re.compile(
    rb"<(node|way|relation)\b(?=" + _ATTRIBUTES + rb"""\saction\s*=\s*["']delete["'])"""
    rb"(?:" + _ATTRIBUTES + rb"/>|" + _ATTRIBUTES + rb">.*?</\1\s*>)",
    re.DOTALL,
)
"""An object that JOSM keeps in its file to delete it on the server: with ``action='delete'``, closed at once or later.

See https://wiki.openstreetmap.org/wiki/JOSM_file_format.
"""

_MEMBER = re.compile(rb"(<member\b" + _ATTRIBUTES + rb")(?<!/)>.*?</member\s*>", re.DOTALL)
"""A member of a relation that holds the places of its nodes (Overpass, ``out geom``), which libosmium refuses."""

_MARKS = re.compile(rb"""\saction\s*=\s*["']delete["']|</member\s*>""")
_FIRST_REFERENCE = re.compile(rb"<nd\s[^>]*ref\s*=[^>]*>")
_NEGATIVE_NUMBER = re.compile(rb"""(\s(?:id|ref)\s*=\s*["'])-(\d+)""")
_NEW_NODE = re.compile(rb"""<node\b[^>]*?\sid\s*=\s*["']-""")
_NODE = re.compile(rb"<node\b")
_WAY = re.compile(rb"<way\b")
_ABOVE_ALL_IDS = b"9"
"""Before the digits of a negative id, filled up to :data:`_ID_DIGITS`: greater than all ids of OpenStreetMap."""
_ID_DIGITS = 16
_READ_BYTES = 1 << 20
_SMALL_BYTES = 1 << 20
"""A file of a town: less than this."""
_OVERLAP_BYTES = 256
"""More than a mark or a reference to a node is long, so that none is cut by the end of a block."""
_OPENERS: dict[str, Callable[[Path, str], IO[bytes]]] = {"osm": open, "osm.gz": gzip.open, "osm.bz2": bz2.open}  # type: ignore[dict-item]


@dataclass(frozen=True, slots=True, eq=False)
class OsmInput:
    """What osmium is to read, and whether its ways carry the places of their nodes (the nodes may then be absent).

    ``is_text``: an .osm text, packed or not, as editors write it. ``is_small``: all its nodes fit in some megabytes.
    """

    source: osmium.io.File | osmium.io.FileBuffer
    has_places_on_ways: bool
    is_text: bool = False
    is_small: bool = False


def osm_input(path: Path) -> OsmInput:
    """The file as it is, or its text without what is deleted in it.

    Raises
    ------
    OSError, EOFError
        A packed file is cut off.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "edited.osm"
    >>> _ = file.write_text("<osm version='0.6'><node id='1' action='delete' lat='48' lon='2' /></osm>")
    >>> list(osmium.FileProcessor(osm_input(file).source))
    []
    """
    is_small = path.stat().st_size < _SMALL_BYTES
    name = path.name.lower()
    kind = "pbf" if name.endswith(".pbf") else name[name.rindex(".osm") + 1 :]  # as libosmium calls it, in lower case
    if kind not in _OPENERS:
        source = osmium.io.File(str(path), kind)
        header = osmium.FileProcessor(source).header
        features = (header.get(f"pbf_optional_feature_{number}", "") for number in range(8))
        return OsmInput(source, "LocationsOnWays" in features, is_small=is_small)
    has_marks, has_places = _marks(path, kind)
    if not has_marks:
        return OsmInput(osmium.io.File(str(path), kind), has_places, is_text=True, is_small=is_small)
    with _OPENERS[kind](path, "rb") as file:
        text = file.read()
    return OsmInput(osmium.io.FileBuffer(without_marks(text), "osm"), has_places, is_text=True, is_small=is_small)


def is_out_of_order(path: Path) -> bool:
    """Whether an .osm text has nodes after ways, or new nodes of an editor (negative ids): osmium makes no areas of it.

    Files of other forms are not looked into.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "new.osm"
    >>> _ = file.write_text("<osm version='0.6'><node id='-1' lat='48' lon='2'/></osm>")
    >>> is_out_of_order(file)
    True
    """
    name = path.name.lower()
    kind = name[name.rindex(".osm") + 1 :] if ".osm" in name else ""
    if kind not in _OPENERS:
        return False
    has_seen_way, tail = False, b""
    with _OPENERS[kind](path, "rb") as file:
        while block := file.read(_READ_BYTES):
            text = tail + block
            way = _WAY.search(text)
            start = 0 if has_seen_way else (way.end() if way is not None else len(text))
            if _NEW_NODE.search(text) or _NODE.search(text, start):
                return True
            has_seen_way = has_seen_way or way is not None
            tail = block[-_OVERLAP_BYTES:] if not has_seen_way else block[-8:]
    return False


@contextmanager
def sorted_input(file: OsmInput, path: Path, *, positive: bool = False) -> Generator[OsmInput]:
    """The same objects sorted by kind and id, in a file that is there for a while: areas are made of such files only.

    ``positive``: negative ids of an .osm text become positive ones, greater than all others.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "unsorted.osm"
    >>> _ = file.write_text("<osm version='0.6'><node id='2' lat='48' lon='2'/><node id='1' lat='48' lon='2'/></osm>")
    >>> with sorted_input(osm_input(file), file) as in_order:
    ...     [node.id for node in osmium.FileProcessor(in_order.source)]
    [1, 2]
    """
    merging = osmium.MergeInputReader()
    if path.name.lower().endswith(".pbf"):
        merging.add_file(str(path))
    else:
        with _OPENERS[path.name.lower()[path.name.lower().rindex(".osm") + 1 :]](path, "rb") as text:
            objects = without_marks(text.read())
            merging.add_buffer(with_positive_ids(objects) if positive else objects, "osm")
    with TemporaryDirectory() as folder:
        ordered = osmium.io.File(
            f"{folder}/sorted.osm.pbf", "pbf,locations_on_ways=true" if file.has_places_on_ways else "pbf"
        )
        with osmium.SimpleWriter(ordered) as writer:
            merging.apply(writer)
        yield OsmInput(osmium.io.File(f"{folder}/sorted.osm.pbf", "pbf"), file.has_places_on_ways)


def with_positive_ids(text: bytes) -> bytes:
    """The text of an .osm file in which no id is negative; objects keep their references.

    >>> with_positive_ids(b"<way id='-7'><nd ref='-12' /><nd ref='3'/></way>")
    b"<way id='9000000000000007'><nd ref='9000000000000012' /><nd ref='3'/></way>"
    """
    return _NEGATIVE_NUMBER.sub(lambda found: found[1] + _ABOVE_ALL_IDS + found[2].rjust(_ID_DIGITS - 1, b"0"), text)


def without_marks(text: bytes) -> bytes:
    """The text of an .osm file without the objects marked as deleted and without places inside members.

    >>> without_marks(b"<way id='1' action='delete'><nd ref='2'/></way><way id='2' action='modify'></way>")
    b"<way id='2' action='modify'></way>"
    >>> without_marks(b"<member type='way' ref='7' role=''><nd lat='48.8' lon='2.2'/></member>")
    b"<member type='way' ref='7' role=''/>"
    """
    return _MEMBER.sub(rb"\1/>", _DELETED.sub(b"", text))


def _marks(path: Path, kind: str) -> tuple[bool, bool]:
    """Whether anything in the file is marked, and whether its ways carry places; looked at block by block."""
    has_marks = has_places = has_seen_way = False
    tail = b""
    with _OPENERS[kind](path, "rb") as file:
        while block := file.read(_READ_BYTES):
            text = tail + block
            has_marks = has_marks or _MARKS.search(text) is not None
            if not has_seen_way and (reference := _FIRST_REFERENCE.search(text)):
                has_seen_way, has_places = True, b"lat" in reference.group()
            if has_marks and has_seen_way:
                break
            tail = block[-_OVERLAP_BYTES:]
    return has_marks, has_places
