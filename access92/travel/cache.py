"""Travel times and isochrones kept on disk under the fingerprint of everything that went into them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.cache.fingerprints import writers_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.network.modes import Mode

_MOST_PARTS = 24
"""Parts of a cache that are read one by one before they are put together."""


@dataclass(frozen=True, slots=True, eq=False)
class CachedTimes:
    """What is kept of one (streets, mode, demand): rows of minutes by place, links of places, counts.

    ``rows``: by place key (:func:`place_keys`) the minutes to it (float32, n_demand) ; ``links``: by place key
    (street row or -1, position, snap_m); ``encoded_demand_snaps``: the same of the demand, (3, n_demand);
    ``counts``: of the network.
    """

    rows: Mapping[str, np.ndarray]
    links: Mapping[str, tuple[float, float, float]]
    encoded_demand_snaps: np.ndarray
    counts: Mapping[str, float]


def streets_fingerprint(streets: gpd.GeoDataFrame) -> str:
    """SHA-256 of a streets table: the values of every column, every coordinate, and the CRS.

    The same for the same values, whether text is stored as categories or not.
    """
    crs = "" if streets.crs is None else streets.crs.to_wkt()
    digest = hashlib.sha256(crs.encode())
    for name in sorted(set(streets.columns) - {streets.geometry.name}):
        digest.update(f"{name}|{len(streets)}|".encode())
        digest.update(_value_hashes(streets[name]).tobytes())
    _, coordinates, (offsets,) = shapely.to_ragged_array(streets.geometry.to_numpy())
    digest.update(coordinates.tobytes())
    digest.update(offsets.astype(np.int64).tobytes())
    return digest.hexdigest()


def fewer_streets_key(key: str, streets: gpd.GeoDataFrame, kept: gpd.GeoDataFrame) -> str:
    """The key of some of the rows of a streets table of that key: which rows are missing, by their ``edge_id``.

    >>> streets = gpd.GeoDataFrame({"edge_id": ["a", "b"]}, geometry=[None, None])
    >>> fewer_streets_key("k", streets, streets.iloc[:1]) == fewer_streets_key("k", streets, streets.iloc[1:])
    False
    """
    there = set(kept["edge_id"].to_list())
    missing = [str(name) for name in streets["edge_id"].to_list() if name not in there]
    content = "|".join([key, str(len(kept)), *missing])
    return hashlib.sha256(content.encode()).hexdigest()


def _value_hashes(column: pd.Series) -> np.ndarray:
    """Eight bytes per value: the number itself, or the hash of the text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts: np.ndarray = pd.util.hash_array(column.cat.categories.astype(str).to_numpy(dtype=object))
        return np.append(texts, np.uint64(0))[column.cat.codes.to_numpy()]
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64)
    hashes: np.ndarray = pd.util.hash_array(column.astype(str).to_numpy(dtype=object))
    return hashes


def demand_fingerprint(demand: gpd.GeoDataFrame) -> str:
    """SHA-256 of the demand points: their ids and their places."""
    digest = hashlib.sha256("\n".join(demand["demand_id"].astype(str).to_list()).encode())
    digest.update(shapely.get_coordinates(demand.geometry.to_numpy()).tobytes())
    return digest.hexdigest()


def times_key(streets_key: str, mode: Mode, demand_key: str, *, cutoff_min: float, max_snap_m: float) -> str:
    """The key under which the travel times of one mode to any service are kept; ``demand_key``: its fingerprint."""
    digest = hashlib.sha256(streets_key.encode())
    digest.update(json.dumps(asdict(mode), sort_keys=True).encode())
    digest.update(f"{cutoff_min}|{max_snap_m}|{writers_fingerprint(write_times.__name__, __name__)}".encode())
    digest.update(demand_key.encode())
    return digest.hexdigest()


def place_keys(places: gpd.GeoSeries) -> list[str]:
    """One key per place: its exact coordinates; '' where there is none.

    >>> place_keys(gpd.GeoSeries([shapely.Point(1, 2), None]))
    ['000000000000f03f0000000000000040', '']
    """
    return [
        "" if place is None or place.is_empty else np.array([place.x, place.y], dtype="<f8").tobytes().hex()
        for place in places
    ]


def read_times(folder: Path, key: str) -> CachedTimes | None:
    """What is kept of the travel times, in any number of parts; None where nothing (sound) is."""
    parts = _read_parts(folder, f"times-{key}")
    if not parts:
        return None
    rows: dict[str, np.ndarray] = {}
    links: dict[str, tuple[float, float, float]] = {}
    for part in parts:
        keys = [str(name) for name in part["place_keys"]]
        rows |= dict(zip(keys, part["minutes"], strict=True))
        links |= {name: (link[0], link[1], link[2]) for name, link in zip(keys, part["links"].tolist(), strict=True)}
    return CachedTimes(rows, links, parts[0]["encoded_demand_snaps"], json.loads(str(parts[0]["counts"])))


def write_times(folder: Path, key: str, times: CachedTimes, new: Collection[str]) -> None:
    """Keep the rows of the ``new`` places beside those that are kept, as one more part."""
    keys, others = _to_write(folder, f"times-{key}", new, times.rows)
    write_sealed_arrays(
        _part(folder, f"times-{key}", keys),
        place_keys=np.array(keys, dtype=str),
        minutes=np.array([times.rows[name] for name in keys], dtype=np.float32),
        links=np.array([times.links[name] for name in keys], dtype=np.float64),
        encoded_demand_snaps=times.encoded_demand_snaps,
        counts=np.array(json.dumps(dict(times.counts), sort_keys=True)),
    )
    _forget(others)


def isochrones_key(times: str, *, thresholds_min: Sequence[float], water: shapely.Geometry | None) -> str:
    """The key of the isochrones of one mode: that of its times, the thresholds, and the water."""
    code = writers_fingerprint(write_isochrones.__name__, __name__)
    digest = hashlib.sha256(f"{times}|{list(map(float, thresholds_min))}|{code}".encode())
    digest.update(b"" if water is None else shapely.to_wkb(water))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class CachedIsochrones:
    """Isochrones kept as WKB by group key (:func:`group_key`), ``count`` thresholds each; decoded when asked for."""

    wkb: Mapping[str, Sequence[bytes | memoryview]]

    def decoded(self, group: str) -> list[shapely.MultiPolygon]:
        """The isochrones of one group, one per threshold."""
        return list(shapely.from_wkb([bytes(piece) for piece in self.wkb[group]]))


def read_isochrones(folder: Path, key: str) -> CachedIsochrones:
    """What is kept of the isochrones, in any number of parts; nothing where no sound file is."""
    kept: dict[str, Sequence[bytes | memoryview]] = {}
    for part in _read_parts(folder, f"isochrones-{key}"):
        blob, ends, count = part["wkb"].data, part["ends"].tolist(), int(part["count"])
        pieces = [blob[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        kept |= {str(name): pieces[i * count : (i + 1) * count] for i, name in enumerate(part["groups"])}
    return CachedIsochrones(kept)


def encode_isochrones(drawn: Mapping[str, Sequence[shapely.MultiPolygon]]) -> dict[str, list[bytes]]:
    """The isochrones of some groups as WKB, to be kept beside those that are."""
    return {group: [shapely.to_wkb(area) for area in areas] for group, areas in drawn.items()}


def write_isochrones(folder: Path, key: str, kept: CachedIsochrones, new: Collection[str]) -> None:
    """Keep the isochrones of the ``new`` groups beside those that are kept, as one more part."""
    groups, others = _to_write(folder, f"isochrones-{key}", new, kept.wkb)
    pieces = [piece for name in groups for piece in kept.wkb[name]]
    write_sealed_arrays(
        _part(folder, f"isochrones-{key}", groups),
        groups=np.array(groups, dtype=str),
        count=np.array(len(kept.wkb[groups[0]]) if groups else 0),
        ends=np.cumsum([memoryview(piece).nbytes for piece in pieces], dtype=np.int64),
        wkb=np.frombuffer(b"".join(pieces), dtype=np.uint8),
    )
    _forget(others)


def group_key(places: Sequence[str]) -> str:
    """One key for a set of places, whatever their order.

    >>> group_key(["b", "a"]) == group_key(["a", "b"])
    True
    """
    return hashlib.sha256("|".join(sorted(places)).encode()).hexdigest()


def _part(folder: Path, name: str, keys: Sequence[str]) -> Path:
    """The file of one part: a run adds what it computed, and does not write again what was there."""
    return folder / f"{name}-{group_key(keys)[:16]}.arrays"


def _to_write(folder: Path, name: str, new: Collection[str], kept: Collection[str]) -> tuple[list[str], list[Path]]:
    """The keys of the next part, and the parts that it replaces: all of them once they are many."""
    parts = sorted(folder.glob(f"{name}-*.arrays"))
    if len(parts) < _MOST_PARTS:
        return sorted(new), []
    keys = sorted(kept)
    return keys, [path for path in parts if path != _part(folder, name, keys)]


def _forget(paths: Sequence[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # another run may have been quicker
            path.unlink()


def _read_parts(folder: Path, name: str) -> list[dict[str, np.ndarray]]:
    """The sound parts, in the order of their names; a damaged one (named in the log) is removed."""
    sound = []
    for path in sorted(folder.glob(f"{name}-*.arrays")):
        part = read_sealed_arrays(path)
        if part is None:
            _forget([path])
        else:
            sound.append(part)
    return sound
