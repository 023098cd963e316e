"""Parsed streets kept on disk, so that the second run on the same file does not parse it again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import uuid
from collections.abc import Generator
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyproj
import shapely
from pyarrow import feather
from shapely.geometry.base import BaseGeometry

CODE_VERSION = 1
"""To be raised by whoever changes what the readers or the splitting make of a file."""

_NOTICES = b"access92_notices"
_READ_BYTES = 1 << 20
_DIGEST_BYTES = 32  # a cache file is the SHA-256 of its table, then the table: damage cannot pass unseen
_log = logging.getLogger(__name__)


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
    file = _cache_file(folder, key)
    if not file.exists():
        return None
    try:
        content = file.read_bytes()
    except OSError as error:
        _log.warning("street cache %s cannot be read (%s)", file, error)
        return None
    body = memoryview(content)[_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != content[:_DIGEST_BYTES]:
        _log.warning("street cache %s is damaged and is made anew", file)
        return None
    table = feather.read_table(pa.BufferReader(body))
    return gpd.GeoDataFrame.from_arrow(table), tuple(json.loads(table.schema.metadata[_NOTICES]))


def write_cached_streets(streets: gpd.GeoDataFrame, notices: tuple[str, ...], folder: Path, key: str) -> None:
    """Keep the streets under this key; a folder that cannot be written is logged, and is no error."""
    table = pa.table(streets.to_arrow(index=False))
    metadata = {**(table.schema.metadata or {}), _NOTICES: json.dumps(notices).encode()}
    body = pa.BufferOutputStream()
    feather.write_feather(table.replace_schema_metadata(metadata), body)
    content = body.getvalue().to_pybytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_aside(_cache_file(folder, key)) as aside:
            aside.write_bytes(hashlib.sha256(content).digest() + content)
    except OSError as error:
        _log.warning("streets cannot be cached in %s (%s)", folder, error)


def _cache_file(folder: Path, key: str) -> Path:
    return folder / f"streets-{key}.arrow"


@contextlib.contextmanager
def written_aside(path: Path) -> Generator[Path]:
    """A file beside ``path`` to write into, which takes its place only if all went well.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "x.txt"
    >>> with written_aside(target) as aside:
    ...     _ = aside.write_text("done")
    >>> [file.name for file in target.parent.iterdir()]
    ['x.txt']
    """
    aside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
