"""Travel-time matrices towards candidate places: computed or cached now, read back at the first question only."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92._concurrency import locked_cached_property
from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed, write_sealed
from access92.travel.cache import place_keys
from access92.travel.closed_times import closed_times
from access92.travel.router import Router, apart

_DIGEST_BYTES = 32
_STORED_BYTES = 2 * _DIGEST_BYTES
"""The SHA-256 of the matrix ends its file, twice: it can be read without the rest, and damage to it is seen."""

_log = logging.getLogger(__name__)


class LazyMatrix:
    """Minutes towards places by one router: in memory, or in a file of the cache until the first question.

    Should the file be gone or damaged by then, they are searched and cached again.
    """

    def __init__(self, read: Callable[[], np.ndarray], stored_sha256: str | None = None) -> None:
        self._read, self._stored_sha256 = read, stored_sha256

    @locked_cached_property
    def minutes(self) -> np.ndarray:
        """The matrix (float32, places × demand), NaN where not reached within the cut-off."""
        return self._read()

    def sealed_sha256(self) -> str | None:
        """The SHA-256 of the matrix as its file says, which is not read for it; None where it is in no file."""
        return self._stored_sha256


class LazyMatrices(Mapping[str, np.ndarray]):
    """Matrices of travel times (minutes) by mode, each read at the first question (pickling asks for all).

    >>> times = LazyMatrices({"walk": LazyMatrix(lambda: np.zeros((1, 2), dtype=np.float32))})
    >>> times["walk"].shape, matrix_sha256(times, "walk")[:8]
    ((1, 2), 'af5570f5')
    """

    def __init__(self, by_mode: Mapping[str, LazyMatrix]) -> None:
        self._by_mode = by_mode

    def __getitem__(self, mode: str) -> np.ndarray:
        return self._by_mode[mode].minutes

    def __contains__(self, mode: object) -> bool:  # that of Mapping would read the matrix
        return mode in self._by_mode

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_mode)

    def __len__(self) -> int:
        return len(self._by_mode)

    def __reduce__(self) -> tuple[Callable[[Mapping[str, np.ndarray]], LazyMatrices], tuple[dict[str, np.ndarray]]]:
        return loaded_matrices, (dict(self),)

    def sealed_sha256(self, mode: str) -> str | None:
        """As :meth:`LazyMatrix.sealed_sha256`."""
        return self._by_mode[mode].sealed_sha256()


def loaded_matrices(matrices: Mapping[str, np.ndarray]) -> LazyMatrices:
    """Matrices that are in memory already.

    >>> list(loaded_matrices({"walk": np.zeros((1, 2), dtype=np.float32)}))
    ['walk']
    """
    return LazyMatrices({mode: LazyMatrix(partial(np.asarray, minutes)) for mode, minutes in matrices.items()})


def matrix_sha256(minutes: Mapping[str, np.ndarray], mode: str) -> str:
    """The SHA-256 of the matrix of a mode; one that waits in a file is not read for it."""
    sealed = minutes.sealed_sha256(mode) if isinstance(minutes, LazyMatrices) else None
    return sealed or hashlib.sha256(_plain_bytes(minutes[mode])).hexdigest()


def place_matrix(router: Router, places: gpd.GeoSeries, *, cutoff_min: float) -> LazyMatrix:
    """The minutes towards places, NaN where not reached within ``cutoff_min``.

    They are computed now, unless the cache holds them: then they are read at the first question, and computed
    there should the file be damaged.
    """
    file = None
    if router.cache_folder is not None:
        content = "|".join([router.key, code_fingerprint(__name__), str(cutoff_min), *place_keys(places)])
        file = router.cache_folder / f"places-{hashlib.sha256(content.encode()).hexdigest()}.f32"
        stored = _stored_sha256(file)
        if stored is not None:
            # by a router of its own, so that the memory of what this one has built may be freed
            return LazyMatrix(partial(_cached_or_computed, apart(router), places, cutoff_min, file), stored)
    return LazyMatrix(partial(np.asarray, _computed(router, places, cutoff_min, file)))


def _cached_or_computed(router: Router, places: gpd.GeoSeries, cutoff_min: float, file: Path) -> np.ndarray:
    content = read_sealed(file)
    if content is None:
        return _computed(router, places, cutoff_min, file)
    return np.frombuffer(content[:-_STORED_BYTES], dtype="<f4").reshape(len(places), len(router.demand))


def _computed(router: Router, places: gpd.GeoSeries, cutoff_min: float, file: Path | None) -> np.ndarray:
    minutes = closed_times(router, places, router.snap(places), cutoff_min=cutoff_min)
    if file is not None:
        content = _plain_bytes(minutes)
        write_sealed(file, content, 2 * hashlib.sha256(content).digest())
    return minutes


def _stored_sha256(file: Path) -> str | None:
    """The SHA-256 that stands, twice, at the end of a file of minutes; None without file, or where one is damaged."""
    try:
        with file.open("rb") as stream:
            stream.seek(-_STORED_BYTES, os.SEEK_END)
            first, second = stream.read(_DIGEST_BYTES), stream.read()
    except FileNotFoundError:
        return None
    except OSError:  # shorter than that
        first, second = b"", b"cut off"
    if first != second:
        _log.warning("cache file %s is damaged and is made anew", file)
        return None
    return first.hex()


def _plain_bytes(minutes: np.ndarray) -> memoryview:
    return np.ascontiguousarray(minutes, dtype="<f4").reshape(-1).view(np.uint8).data
