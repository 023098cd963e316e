"""Cache of parsed streets, so that the second run on the same file does not parse it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from access92.cache.fingerprints import writers_fingerprint
from access92.cache.tables import read_cached_frame, read_cached_table, write_cached_frame, write_cached_table
from access92.sources.streets.extract import ExtractCollector
from access92.sources.streets.traffic import TrafficRules

_READ_BYTES = 1 << 20
_RULE_PARTS = ("-nodes", "-restrictions")


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


def read_cached_streets(folder: Path, key: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...], TrafficRules] | None:
    """The streets cached under this key, the notices of their reading and their rules; None where one is missing.

    A damaged cache file is no error: it is logged, and the streets are to be read again.
    """
    cached = read_cached_table(_cache_file(folder, key))
    nodes, restrictions = (read_cached_frame(_cache_file(folder, key, part)) for part in _RULE_PARTS)
    if cached is None or nodes is None or restrictions is None:
        return None
    return *cached, TrafficRules(nodes, restrictions)


def write_cached_streets(
    streets: gpd.GeoDataFrame, notices: tuple[str, ...], traffic: TrafficRules, folder: Path, key: str
) -> None:
    """Keep the streets and their rules under this key; a folder that cannot be written is logged, and is no error."""
    for part, frame in zip(_RULE_PARTS, (traffic.nodes, traffic.restrictions), strict=True):
        write_cached_frame(frame, _cache_file(folder, key, part))
    write_cached_table(streets, notices, _cache_file(folder, key))


def read_cached_layers(
    folder: Path, key: str, collectors: Sequence[ExtractCollector]
) -> dict[str, gpd.GeoDataFrame] | None:
    """The tables of these collectors, cached with the streets under this key; None where one is missing.

    >>> read_cached_layers(Path("nowhere"), "0", ())
    {}
    """
    layers: dict[str, gpd.GeoDataFrame] = {}
    for collector in collectors:
        for name in collector.tables:
            cached = read_cached_table(_layer_file(folder, key, collector, name))
            if cached is None:
                return None
            layers[name] = cached[0]
    return layers


def write_cached_layers(
    layers: Mapping[str, gpd.GeoDataFrame], folder: Path, key: str, collectors: Sequence[ExtractCollector]
) -> None:
    """Keep the tables of these collectors beside the streets; a folder that cannot be written is logged."""
    for collector in collectors:
        for name in collector.tables:
            write_cached_table(layers[name], (), _layer_file(folder, key, collector, name))


def _layer_file(folder: Path, key: str, collector: ExtractCollector, name: str) -> Path:
    """The file of a table: its key is that of the streets, and whatever decides what the collector gathers."""
    asked = (*collector.area_keys, *collector.way_keys, *collector.node_keys)
    digest = hashlib.sha256(f"{key}|{collector.fingerprint}|{asked}".encode()).hexdigest()
    return _cache_file(folder, digest, f"-{name}")


def _cache_file(folder: Path, key: str, part: str = "") -> Path:
    return folder / f"streets{part}-{key}.arrow"
