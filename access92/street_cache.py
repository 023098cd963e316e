"""Parsed streets kept on disk, so that the second run on the same file does not parse it again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyproj
import shapely
from pyarrow import feather
from shapely.geometry.base import BaseGeometry

from access92.sealed_files import read_sealed, write_sealed

CODE_VERSION = 1
"""To be raised by whoever changes what the readers or the splitting make of a file."""

_NOTICES = b"access92_notices"
_READ_BYTES = 1 << 20


def street_cache_key(path: Path, *, extent: BaseGeometry | None, crs: pyproj.CRS, graphml_direction: str) -> str:
    """SHA-256 over the file's bytes and whatever else decides the table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "streets.osm"
    >>> _ = file.write_bytes(b"<osm/>")
    >>> options = {"extent": None, "crs": pyproj.CRS(2154)}
    >>> street_cache_key(file, graphml_direction="auto", **options) == street_cache_key(
    ...     file, graphml_direction="two_way", **options)
    False
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    suffixes = "".join(path.suffixes[-2:]).lower()
    extent_wkb = b"" if extent is None else shapely.to_wkb(shapely.normalize(extent), byte_order=1)
    for part in (f"{CODE_VERSION}|{suffixes}|{graphml_direction}|{crs.to_wkt()}".encode(), extent_wkb):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def read_cached_streets(folder: Path, key: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]] | None:
    """The streets kept under this key and the notices told when they were read; None where there are none.

    A damaged cache file is no error: it is logged, and the streets are to be read again.
    """
    body = read_sealed(_cache_file(folder, key))
    if body is None:
        return None
    table = feather.read_table(pa.BufferReader(body))
    return gpd.GeoDataFrame.from_arrow(table), tuple(json.loads(table.schema.metadata[_NOTICES]))


def write_cached_streets(streets: gpd.GeoDataFrame, notices: tuple[str, ...], folder: Path, key: str) -> None:
    """Keep the streets under this key; a folder that cannot be written is logged, and is no error."""
    table = pa.table(streets.to_arrow(index=False))
    metadata = {**(table.schema.metadata or {}), _NOTICES: json.dumps(notices).encode()}
    body = pa.BufferOutputStream()
    feather.write_feather(table.replace_schema_metadata(metadata), body)
    write_sealed(_cache_file(folder, key), body.getvalue().to_pybytes())


def _cache_file(folder: Path, key: str) -> Path:
    return folder / f"streets-{key}.arrow"
