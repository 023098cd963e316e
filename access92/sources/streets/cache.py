"""Cache of parsed streets, so that the second run on the same file does not parse it again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from access92.cache.fingerprints import writers_fingerprint
from access92.cache.tables import read_cached_table, write_cached_table

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
    code = writers_fingerprint(street_cache_key.__name__, __name__)  # who makes this key reads the streets
    suffixes = "".join(path.suffixes[-2:]).lower()
    extent_wkb = b"" if extent is None else shapely.to_wkb(shapely.normalize(extent), byte_order=1)
    for part in (f"{code}|{suffixes}|{graphml_direction}|{crs.to_wkt()}".encode(), extent_wkb):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def read_cached_streets(folder: Path, key: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]] | None:
    """The streets cached under this key and the notices of their reading; None where there are none.

    A damaged cache file is no error: it is logged, and the streets are to be read again.
    """
    return read_cached_table(_cache_file(folder, key))


def write_cached_streets(streets: gpd.GeoDataFrame, notices: tuple[str, ...], folder: Path, key: str) -> None:
    """Keep the streets under this key; a folder that cannot be written is logged, and is no error."""
    write_cached_table(streets, notices, _cache_file(folder, key))


def _cache_file(folder: Path, key: str) -> Path:
    return folder / f"streets-{key}.arrow"
