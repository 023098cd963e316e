"""Whom a streets file comes from, and of what date its data are: what OpenStreetMap's licence asks everyone to say."""

from __future__ import annotations

import bz2
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import osmium

from access92.sources.streets.geoparquet import read_street_metadata

ATTRIBUTION = "© les contributeurs d'OpenStreetMap, ODbL"
"""What whoever shows data of OpenStreetMap writes beside them (openstreetmap.org/copyright, 2024)."""

LICENCE = "ODbL 1.0"

_HEAD_BYTES = 4096
_DAY = r"(\d{4}-\d{2}-\d{2})"
_DATES = (
    re.compile(rf'osm_base"?\s*[=:]\s*"{_DAY}'),  # Overpass, XML and JSON
    re.compile(rf'osmosis_replication_timestamp="{_DAY}'),
    re.compile(rf'<osm\b[^>]*\btimestamp="{_DAY}'),
)
_PBF_KEYS = ("osmosis_replication_timestamp", "timestamp")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whether streets come from OpenStreetMap, and the date of the data (ISO; '' where the file does not say)."""

    is_osm: bool
    data_day: str = ""


def read_provenance(path: Path) -> Provenance:
    """The provenance of a streets file by its format, and what its first bytes say.

    OSM files, answers of Overpass and graphs of OSMnx are OpenStreetMap's; a GeoParquet is where
    ``access92 fetch`` wrote it, whose metadata say so. A graph of OSMnx carries no date of its data.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "answer.json"
    >>> _ = file.write_text('{"osm3s": {"timestamp_osm_base": "2024-12-01T00:00:00Z"}, "elements": []}')
    >>> read_provenance(file)
    Provenance(is_osm=True, data_day='2024-12-01')
    """
    name = path.name.lower()
    if name.endswith(("parquet", "geoparquet")):
        metadata = read_street_metadata(path)
        is_osm = "openstreetmap" in metadata.get("attribution", "").lower()
        return Provenance(is_osm, _day(metadata.get("osm_base", "")) if is_osm else "")
    if name.endswith(".graphml"):
        return Provenance(is_osm=True)
    return Provenance(is_osm=True, data_day=_pbf_day(path) if name.endswith(".pbf") else _text_day(path))


def _pbf_day(path: Path) -> str:
    """The day of a .pbf: that of the database it was cut from, which its header may carry."""
    try:
        with osmium.io.Reader(osmium.io.File(str(path), "pbf"), osmium.osm.NOTHING) as reader:
            header = reader.header()
            return next(filter(None, (_day(header.get(key, "")) for key in _PBF_KEYS)), "")
    except (RuntimeError, OSError, ValueError):  # cut off or no pbf: whoever reads its streets says so
        return ""


def _day(text: str) -> str:
    """The day that a text begins with; '' where it begins with none."""
    found = re.match(_DAY, text)
    return found[1] if found else ""


def _text_day(path: Path) -> str:
    """The day in the first lines of XML or JSON."""
    try:
        with _opened(path) as stream:
            head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, ValueError):
        return ""
    return next((found[1] for pattern in _DATES if (found := pattern.search(head))), "")


def _opened(path: Path) -> BinaryIO:
    """The file, unpacked as it is read."""
    ending = path.suffix.lower()
    packed = gzip.open if ending == ".gz" else bz2.open if ending == ".bz2" else None
    return cast("BinaryIO", path.open("rb") if packed is None else packed(path, "rb"))
