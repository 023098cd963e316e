"""What editors and servers write into .osm files beside the data: objects marked as deleted, places of members."""

from __future__ import annotations

import bz2
import gzip
import re
from collections.abc import Callable
from pathlib import Path
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
_READ_BYTES = 1 << 20
_OVERLAP_BYTES = 64
_OPENERS: dict[str, Callable[[Path, str], IO[bytes]]] = {"osm": open, "osm.gz": gzip.open, "osm.bz2": bz2.open}  # type: ignore[dict-item]


def osm_input(path: Path) -> osmium.io.File | osmium.io.FileBuffer:
    """What osmium is to read: the file as it is, or its text without what is deleted in it.

    Raises
    ------
    OSError, EOFError
        A packed file is cut off.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "edited.osm"
    >>> _ = file.write_text("<osm version='0.6'><node id='1' action='delete' lat='48' lon='2' /></osm>")
    >>> list(osmium.FileProcessor(osm_input(file)))
    []
    """
    name = path.name.lower()
    kind = "pbf" if name.endswith(".pbf") else name[name.rindex(".osm") + 1 :]  # as libosmium calls it, in lower case
    if kind not in _OPENERS or not _has_marks(path, kind):
        return osmium.io.File(str(path), kind)
    with _OPENERS[kind](path, "rb") as file:
        text = file.read()
    return osmium.io.FileBuffer(without_marks(text), "osm")


def without_marks(text: bytes) -> bytes:
    """The text of an .osm file without the objects marked as deleted and without places inside members.

    >>> without_marks(b"<way id='1' action='delete'><nd ref='2'/></way><way id='2' action='modify'></way>")
    b"<way id='2' action='modify'></way>"
    >>> without_marks(b"<member type='way' ref='7' role=''><nd lat='48.8' lon='2.2'/></member>")
    b"<member type='way' ref='7' role=''/>"
    """
    return _MEMBER.sub(rb"\1/>", _DELETED.sub(b"", text))


def _has_marks(path: Path, kind: str) -> bool:
    """Whether anything in the file is marked, looked at block by block."""
    tail = b""
    with _OPENERS[kind](path, "rb") as file:
        while block := file.read(_READ_BYTES):
            if _MARKS.search(tail + block):
                return True
            tail = block[-_OVERLAP_BYTES:]
    return False
