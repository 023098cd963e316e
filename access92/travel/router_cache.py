"""Networks and time grids kept on disk: a new scenario on the same streets builds neither again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from access92.cache.fingerprints import writers_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.network.graph import Network
from access92.network.modes import Mode
from access92.travel.time_grid import TimeGrid


def network_key(streets_key: str, mode: Mode) -> str:
    """The key of the network of a mode on streets of that fingerprint."""
    code = writers_fingerprint(write_network.__name__, __name__)
    content = f"{streets_key}|{json.dumps(asdict(mode), sort_keys=True)}|{code}"
    return hashlib.sha256(content.encode()).hexdigest()


def grid_key(streets_key: str, mode: Mode, water: shapely.Geometry | None) -> str:
    """The key of the time grid of a mode: that of its network, and the water that bars the way."""
    code = writers_fingerprint(write_grid.__name__, __name__)
    digest = hashlib.sha256(f"{network_key(streets_key, mode)}|{code}".encode())
    digest.update(b"" if water is None else shapely.to_wkb(water))
    return digest.hexdigest()


def read_network(folder: Path, key: str, mode: Mode) -> Network | None:
    """The network kept under a key; None where no sound file is."""
    content = read_sealed_arrays(folder / f"network-{key}.arrays")
    if content is None:
        return None
    values: dict[str, Any] = {name: _value(array) for name, array in content.items()}
    return Network(mode=mode, **values)


def write_network(folder: Path, key: str, network: Network) -> None:
    """Keep a network under its key."""
    write_sealed_arrays(folder / f"network-{key}.arrays", **_arrays(network, leave_out=("mode",)))


def read_grid(folder: Path, key: str, network: Network) -> TimeGrid | None:
    """The time grid of a network kept under a key; None where no sound file is."""
    content = read_sealed_arrays(folder / f"grid-{key}.arrays")
    if content is None:
        return None
    tied = np.maximum(content["street"], 0)
    values: dict[str, Any] = {name: _value(array) for name, array in content.items()}
    return TimeGrid(**values, node_ahead=network.street_to[tied], node_back=network.street_from[tied])


def write_grid(folder: Path, key: str, grid: TimeGrid) -> None:
    """Keep a time grid under its key; the nodes of its cells follow from their streets."""
    write_sealed_arrays(folder / f"grid-{key}.arrays", **_arrays(grid, leave_out=("node_ahead", "node_back")))


def _arrays(value: Network | TimeGrid, leave_out: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    names = [field.name for field in fields(value) if field.name not in leave_out]
    return {name: np.asarray(getattr(value, name)) for name in names}


def _value(array: np.ndarray) -> np.ndarray | float:
    """An array; the number that an array of no dimension holds."""
    return array if array.ndim else array.item()
