"""On disk, under the fingerprint of what went into them: the ways to the stops, and the times of those who ride.

One more service is one more scan: the ways of homes to the stops and from stop to stop, which no service changes, are
read. They are kept by the streets, the mode on them and the stops; the timetable itself decides the scans alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.sources.timetable import Timetable
from access92.transit.footpaths import Walks
from access92.travel.router import Router

Pair = tuple[np.ndarray, np.ndarray]
"""Two arrays of one service: times and minutes with a ride by home, or times by node and by stop."""

_CALL_ARRAYS = ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")


def timetable_fingerprint(timetable: Timetable) -> str:
    """SHA-256 of what the times of a timetable depend on: its calls, its transfer rules, how many stops it has."""
    digest = hashlib.sha256(f"{timetable.day}|{len(timetable.stops)}".encode())
    for name in _CALL_ARRAYS:
        digest.update(_bytes(getattr(timetable, name)))
    for name in sorted(timetable.transfers.columns):
        digest.update(name.encode() + _bytes(timetable.transfers[name].to_numpy(dtype=np.int64)))
    return digest.hexdigest()


def stops_fingerprint(timetable: Timetable) -> str:
    """SHA-256 of the places of the stops, in their order: all that ways on the streets know of a timetable."""
    return hashlib.sha256(_bytes(timetable.stops.get_coordinates().to_numpy())).hexdigest()


def walks_key(router: Router, stops_key: str, *limits: object) -> str:
    """The key of ways between stops on the streets of a router; ``stops_key``: :func:`stops_fingerprint`."""
    mode = json.dumps(asdict(router.mode.on_streets), sort_keys=True)
    content = f"{router.streets_key}|{mode}|{router.max_snap_m}|{router.link_radius_m}|{stops_key}|{limits}"
    return hashlib.sha256(f"{content}|{code_fingerprint(__name__)}".encode()).hexdigest()


def access_key(router: Router, stops_key: str, *limits: object) -> str:
    """The key of ways from the demand of a router to the stops, on foot and by its ``access_router``."""
    coming = router.access_router
    mode = "" if coming is None else json.dumps(
        [asdict(coming.mode.on_streets), coming.mode.parking_min], sort_keys=True
    )  # fmt: skip
    return walks_key(router, stops_key, router.demand_key, mode, *limits)


def read_walks(folder: Path | None, key: str) -> Walks | None:
    """The ways under a key; None where no sound file is."""
    content = None if folder is None else read_sealed_arrays(folder / f"walks-{key}.arrays")
    if content is None:
        return None
    return Walks(content["first"], content["stop"], content["walk_s"], content.get("first_cycled"))


def write_walks(folder: Path | None, key: str, walks: Walks) -> None:
    """Write some ways under their key; nothing without a folder."""
    if folder is not None:
        cycled = {} if walks.first_cycled is None else {"first_cycled": walks.first_cycled}
        write_sealed_arrays(
            folder / f"walks-{key}.arrays", first=walks.first, stop=walks.stop, walk_s=walks.walk_s, **cycled
        )  # fmt: skip


def times_by_place(
    folder: Path | None, keys: Sequence[str], known: dict[str, Pair], *, compute: Callable[[list[int]], Sequence[Pair]]
) -> list[Pair]:
    """What is known of the service of each key: from ``known``, from the cache, or computed and written, each once.

    ``compute``: gives it for some rows of the keys, ascending. What was read or computed is added to ``known``.
    """
    for key in dict.fromkeys(keys):
        content = None if folder is None or key in known else read_sealed_arrays(folder / f"rides-{key}.arrays")
        if content is not None:
            known[key] = content["first"], content["second"]
    new = {key: row for row, key in reversed(list(enumerate(keys))) if key not in known}
    rows = sorted(new.values())
    for row, pair in zip(rows, compute(rows) if rows else (), strict=True):
        known[keys[row]] = pair
        if folder is not None:
            write_sealed_arrays(folder / f"rides-{keys[row]}.arrays", first=pair[0], second=pair[1])
    return [known[key] for key in keys]


def _bytes(array: np.ndarray) -> bytes:
    """The values of an array after their type and number: two arrays in a row are never taken for two others."""
    return f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()
