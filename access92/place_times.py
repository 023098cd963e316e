"""Travel times towards places that are no service yet: kept apart, and read back only when somebody asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92.mode_ground import ModeGround
from access92.sealed_files import read_sealed, write_sealed
from access92.travel_cache import place_keys
from access92.travel_times import travel_time_matrix


class LateTimes(Mapping[str, np.ndarray]):
    """Matrices of travel times by mode, each of which is had when it is asked for.

    >>> LateTimes({"walk": lambda: np.zeros((1, 2), dtype=np.float32)})["walk"].shape
    (1, 2)
    """

    def __init__(self, minutes: Mapping[str, Callable[[], np.ndarray]]) -> None:
        self._minutes = minutes

    def __getitem__(self, mode: str) -> np.ndarray:
        return self._minutes[mode]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._minutes)

    def __len__(self) -> int:
        return len(self._minutes)


def times_to_places(ground: ModeGround, places: gpd.GeoSeries, *, cutoff_min: float) -> Callable[[], np.ndarray]:
    """What gives the minutes towards some places (float32, places × demand), NaN where not reached in ``cutoff_min``.

    They are computed now, unless the cache holds them: then they are read at the first call, and computed there
    should the file be damaged.
    """
    file = None
    if ground.cache_folder is not None:
        told = "|".join([ground.key, str(cutoff_min), *place_keys(places)])
        file = ground.cache_folder / f"places-{hashlib.sha256(told.encode()).hexdigest()}.f32"
        if file.exists():
            # on a ground of its own, so that what this one has built may be forgotten
            return cache(partial(_kept_or_computed, replace(ground, shared_lines=None), places, cutoff_min, file))
    minutes = _computed(ground, places, cutoff_min, file)
    return lambda: minutes


def _kept_or_computed(ground: ModeGround, places: gpd.GeoSeries, cutoff_min: float, file: Path) -> np.ndarray:
    kept = read_sealed(file)
    if kept is None:
        return _computed(ground, places, cutoff_min, file)
    return np.frombuffer(kept, dtype="<f4").reshape(len(places), len(ground.demand))


def _computed(ground: ModeGround, places: gpd.GeoSeries, cutoff_min: float, file: Path | None) -> np.ndarray:
    minutes = travel_time_matrix(ground.network, ground.snap(places), ground.demand_snaps, cutoff_min=cutoff_min)
    if file is not None:
        write_sealed(file, np.ascontiguousarray(minutes, dtype="<f4").reshape(-1).data)
    return minutes
