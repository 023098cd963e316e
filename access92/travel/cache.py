"""What routers compute, on disk under the fingerprint of all that went into it: networks, grids, times, isochrones."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._space import LINK_RADIUS_M
from access92.cache.fingerprints import writers_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.network.graph import Network
from access92.network.modes import Mode
from access92.network.turns import TurnCounts
from access92.sources.streets.traffic import TrafficRules
from access92.travel.time_grid import TimeGrid

_MOST_PARTS = 24
"""Parts of a cache that are read one by one before they are put together."""


EncodedSnap = np.ndarray
"""The links of one place, (3, n_links): street rows (-1 = not snapped), positions (0–1), metres.

They are the columns that :func:`access92.travel.router.encode_snaps` gives it, without its number.
"""


@dataclass(frozen=True, slots=True, eq=False)
class CachedTimes:
    """The cached times of one (streets, mode, demand): rows of minutes by place, snaps of places, counts.

    ``rows``: by place key (:func:`place_keys`) the minutes to it (float32, n_demand); ``encoded_snaps``: by place
    key its links; ``encoded_demand_snaps``: those of the demand, (4, n_links); ``counts``: of the network;
    ``island_names``: of its largest islands.
    """

    rows: Mapping[str, np.ndarray]
    encoded_snaps: Mapping[str, EncodedSnap]
    encoded_demand_snaps: np.ndarray
    counts: Mapping[str, float]
    island_names: tuple[str, ...] = ()


def streets_fingerprint(streets: gpd.GeoDataFrame, traffic: TrafficRules | None = None) -> str:
    """SHA-256 of a streets table: the values of every column, every coordinate, the CRS, and the rules of its traffic.

    The same for the same values, whether text is stored as categories or not.
    """
    crs = "" if streets.crs is None else streets.crs.to_wkt()
    digest = hashlib.sha256(crs.encode())
    tables = [streets.drop(columns=streets.geometry.name)]
    tables += [] if traffic is None else [traffic.nodes, traffic.restrictions]
    for table in tables:
        for name in sorted(table.columns):
            digest.update(f"{name}|{len(table)}|".encode())
            digest.update(_value_hashes(table[name]).tobytes())
    _, coordinates, (offsets,) = shapely.to_ragged_array(streets.geometry.to_numpy())
    digest.update(coordinates.tobytes())
    digest.update(offsets.astype(np.int64).tobytes())
    return digest.hexdigest()


def fewer_streets_key(key: str, streets: gpd.GeoDataFrame, fewer: gpd.GeoDataFrame) -> str:
    """The key of a part of the rows of a streets table of that key: which rows are missing, by their ``edge_id``.

    >>> streets = gpd.GeoDataFrame({"edge_id": ["a", "b"]}, geometry=[None, None])
    >>> fewer_streets_key("k", streets, streets.iloc[:1]) == fewer_streets_key("k", streets, streets.iloc[1:])
    False
    """
    present = set(fewer["edge_id"].to_list())
    missing = [str(name) for name in streets["edge_id"].to_list() if name not in present]
    content = "|".join([key, str(len(fewer)), *missing])
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


def network_key(streets_key: str, mode: Mode) -> str:
    """The key of the network of a mode on streets of that fingerprint: of two modes with the same ways the same."""
    code = writers_fingerprint(write_network.__name__, __name__)
    content = f"{streets_key}|{json.dumps(asdict(mode.on_streets), sort_keys=True)}|{code}"
    return hashlib.sha256(content.encode()).hexdigest()


def grid_key(
    streets_key: str, mode: Mode, water: shapely.Geometry | None, *, off_street_m: float, link_radius_m: float
) -> str:
    """The key of the time grid of a mode: its network, how far cells are snapped and linked, and the water."""
    code = writers_fingerprint(write_grid.__name__, __name__)
    digest = hashlib.sha256(f"{network_key(streets_key, mode)}|{off_street_m}|{link_radius_m}|{code}".encode())
    digest.update(b"" if water is None else shapely.to_wkb(water))
    return digest.hexdigest()


def holds_network(folder: Path, key: str) -> bool:
    """Whether there is a file under the key of a network, sound or not."""
    return _network_file(folder, key).exists()


def read_network(folder: Path, key: str, mode: Mode) -> Network | None:
    """The network under a key; None where no sound file is."""
    content = read_sealed_arrays(_network_file(folder, key))
    if content is None:
        return None
    values: dict[str, Any] = {name: _value(array) for name, array in content.items() if name != "turns"}
    return Network(mode=mode, turns=TurnCounts(*content["turns"].tolist()), **values)


def write_network(folder: Path, key: str, network: Network) -> None:
    """Write a network under its key."""
    turns = np.array(astuple(network.turns))
    write_sealed_arrays(_network_file(folder, key), turns=turns, **_arrays(network, leave_out=("mode", "turns")))


def _network_file(folder: Path, key: str) -> Path:
    return folder / f"network-{key}.arrays"


def read_grid(folder: Path, key: str) -> TimeGrid | None:
    """The time grid under a key; None where no sound file is."""
    content = read_sealed_arrays(folder / f"grid-{key}.arrays")
    if content is None:
        return None
    values: dict[str, Any] = {name: _value(array) for name, array in content.items()}
    return TimeGrid(**values)


def write_grid(folder: Path, key: str, grid: TimeGrid) -> None:
    """Write a time grid under its key."""
    write_sealed_arrays(folder / f"grid-{key}.arrays", **_arrays(grid))


def times_key(
    streets_key: str,
    mode: Mode,
    demand_key: str,
    *,
    cutoff_min: float,
    max_snap_m: float,
    link_radius_m: float = LINK_RADIUS_M,
) -> str:
    """The key of the travel times of one mode to any service; ``demand_key``: :func:`demand_fingerprint`."""
    digest = hashlib.sha256(streets_key.encode())
    digest.update(json.dumps(asdict(mode), sort_keys=True).encode())
    digest.update(
        f"{cutoff_min}|{max_snap_m}|{link_radius_m}|{writers_fingerprint(write_times.__name__, __name__)}".encode()
    )
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


_TIMES_ARRAYS = frozenset({"place_keys", "minutes", "encoded_snaps", "encoded_demand_snaps", "counts", "island_names"})


def read_times(folder: Path, key: str) -> CachedTimes | None:
    """The travel times of all the parts under a key; None where no sound part is."""
    parts = _read_parts(folder, f"times-{key}")
    if not parts or any(_TIMES_ARRAYS - part.keys() for part in parts):  # of another make: to be computed again
        return None
    rows: dict[str, np.ndarray] = {}
    snaps: dict[str, EncodedSnap] = {}
    for part in parts:
        keys = [str(name) for name in part["place_keys"]]
        rows |= dict(zip(keys, part["minutes"], strict=True))
        number = part["encoded_snaps"][0]
        bounds = np.searchsorted(number, np.arange(len(keys) + 1))
        snaps |= {name: part["encoded_snaps"][1:, bounds[at] : bounds[at + 1]] for at, name in enumerate(keys)}
    island_names = tuple(json.loads(str(parts[0]["island_names"])))
    return CachedTimes(rows, snaps, parts[0]["encoded_demand_snaps"], json.loads(str(parts[0]["counts"])), island_names)


def write_times(folder: Path, key: str, times: CachedTimes, new: Collection[str]) -> None:
    """Write the rows of the ``new`` places beside those that are on disk, as one more part."""
    keys, replaced = _to_write(folder, f"times-{key}", new, times.rows)
    write_sealed_arrays(
        _part(folder, f"times-{key}", keys),
        place_keys=np.array(keys, dtype=str),
        minutes=np.array([times.rows[name] for name in keys], dtype=np.float32),
        encoded_snaps=numbered([times.encoded_snaps[name] for name in keys]),
        encoded_demand_snaps=times.encoded_demand_snaps,
        counts=np.array(json.dumps(dict(times.counts), sort_keys=True)),
        island_names=np.array(json.dumps(times.island_names)),
    )
    _remove(replaced)


def numbered(encoded: Sequence[EncodedSnap]) -> np.ndarray:
    """The links of several places behind one another, with the number of their place: float64 (4, n_links).

    >>> numbered([np.array([[7.0, 9], [0.5, 1], [3, 8]]), np.array([[-1.0], [np.nan], [400]])])[:2].tolist()
    [[0.0, 0.0, 1.0], [7.0, 9.0, -1.0]]
    """
    number = np.repeat(np.arange(len(encoded), dtype=np.float64), [links.shape[1] for links in encoded])
    return np.vstack([number, np.hstack([np.empty((3, 0)), *encoded])])


def isochrones_key(times: str, *, thresholds_min: Sequence[float], water: shapely.Geometry | None) -> str:
    """The key of the isochrones of one mode: that of its times, the thresholds, and the water."""
    code = writers_fingerprint(write_isochrones.__name__, __name__)
    digest = hashlib.sha256(f"{times}|{list(map(float, thresholds_min))}|{code}".encode())
    digest.update(b"" if water is None else shapely.to_wkb(water))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class CachedIsochrones:
    """Isochrones as WKB by group key (:func:`group_key`), one per threshold; decoded at the question."""

    wkb: Mapping[str, Sequence[bytes | memoryview]]

    def decoded(self, group: str) -> list[shapely.MultiPolygon]:
        """The isochrones of one group, one per threshold."""
        return list(shapely.from_wkb([bytes(piece) for piece in self.wkb[group]]))


def read_isochrones(folder: Path, key: str) -> CachedIsochrones:
    """The isochrones of all the parts under a key; of no group where no sound part is."""
    wkb: dict[str, Sequence[bytes | memoryview]] = {}
    for part in _read_parts(folder, f"isochrones-{key}"):
        blob, ends, count = part["wkb"].data, part["ends"].tolist(), int(part["count"])
        pieces = [blob[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        wkb |= {str(name): pieces[i * count : (i + 1) * count] for i, name in enumerate(part["groups"])}
    return CachedIsochrones(wkb)


def encode_isochrones(polygons: Mapping[str, Sequence[shapely.MultiPolygon]]) -> dict[str, list[bytes]]:
    """The isochrones of groups as WKB, by group key."""
    return {group: [shapely.to_wkb(area) for area in areas] for group, areas in polygons.items()}


def write_isochrones(folder: Path, key: str, isochrones: CachedIsochrones, new: Collection[str]) -> None:
    """Write the isochrones of the ``new`` groups beside those that are on disk, as one more part."""
    groups, replaced = _to_write(folder, f"isochrones-{key}", new, isochrones.wkb)
    pieces = [piece for name in groups for piece in isochrones.wkb[name]]
    write_sealed_arrays(
        _part(folder, f"isochrones-{key}", groups),
        groups=np.array(groups, dtype=str),
        count=np.array(len(isochrones.wkb[groups[0]]) if groups else 0),
        ends=np.cumsum([memoryview(piece).nbytes for piece in pieces], dtype=np.int64),
        wkb=np.frombuffer(b"".join(pieces), dtype=np.uint8),
    )
    _remove(replaced)


def group_key(places: Sequence[str]) -> str:
    """One key for a set of places, whatever their order.

    >>> group_key(["b", "a"]) == group_key(["a", "b"])
    True
    """
    return hashlib.sha256("|".join(sorted(places)).encode()).hexdigest()


def _part(folder: Path, name: str, keys: Sequence[str]) -> Path:
    """The file of one part: a run adds what it computed, and writes nothing again."""
    return folder / f"{name}-{group_key(keys)[:16]}.arrays"


def _to_write(folder: Path, name: str, new: Collection[str], known: Collection[str]) -> tuple[list[str], list[Path]]:
    """The keys of the next part, and the parts that it replaces: all of them once they are many."""
    parts = sorted(folder.glob(f"{name}-*.arrays"))
    if len(parts) < _MOST_PARTS:
        return sorted(new), []
    keys = sorted(known)
    return keys, [path for path in parts if path != _part(folder, name, keys)]


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # another run may have been quicker
            path.unlink()


def _read_parts(folder: Path, name: str) -> list[dict[str, np.ndarray]]:
    """The sound parts, in the order of their names; a damaged one (named in the log) is removed."""
    sound = []
    for path in sorted(folder.glob(f"{name}-*.arrays")):
        part = read_sealed_arrays(path)
        if part is None:
            _remove([path])
        else:
            sound.append(part)
    return sound


def _arrays(value: Network | TimeGrid, leave_out: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    names = [field.name for field in fields(value) if field.name not in leave_out]
    return {name: np.asarray(getattr(value, name)) for name in names}


def _value(array: np.ndarray) -> np.ndarray | float:
    """An array; the number that an array of no dimension holds."""
    return array if array.ndim else array.item()
