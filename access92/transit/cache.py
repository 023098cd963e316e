"""Times by public transport on disk, one service at a time, under the fingerprint of all that went into them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.sources.timetable import Timetable
from access92.transit.connections import Usability
from access92.transit.footpaths import Footpaths
from access92.transit.matrix import TransitOptions, TransitTimes, transit_times

_CALL_ARRAYS = ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")


def timetable_fingerprint(timetable: Timetable) -> str:
    """SHA-256 of what the times of a timetable depend on: its calls, its transfer rules, how many stops it has."""
    digest = hashlib.sha256(f"{timetable.day}|{len(timetable.stops)}".encode())
    for name in _CALL_ARRAYS:
        digest.update(_bytes(getattr(timetable, name)))
    for name in sorted(timetable.transfers.columns):
        digest.update(name.encode() + _bytes(timetable.transfers[name].to_numpy(dtype=np.int64)))
    return digest.hexdigest()


def origins_fingerprint(footpaths: Footpaths) -> str:
    """SHA-256 of the walks that all services share: to the stops, and between them."""
    digest = hashlib.sha256()
    for part in (footpaths.access, footpaths.transfers):
        for array in (part.first, part.stop, part.walk_s):
            digest.update(_bytes(array))
    rules = footpaths.run_rules
    for array in (rules.first, rules.to_stop, rules.walk_s, rules.first_rule, rules.rule_from_run, rules.rule_to_run,
                  rules.rule_walk_s):  # fmt: skip
        digest.update(_bytes(array))
    return digest.hexdigest()


def cached_transit_times(
    folder: Path | None,
    timetable: Timetable,
    footpaths: Footpaths,
    *,
    options: TransitOptions,
    percentiles: Sequence[float],
    usability: Usability | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[TransitTimes, int]:
    """The times of :func:`access92.transit.matrix.transit_times`, and how many services were scanned for them.

    A service is known by its walks, to the second: one more costs one scan, one at the same place none. Without a
    ``folder`` all are scanned.
    """
    ordered = tuple(sorted(percentiles))
    shared = "" if folder is None else _shared_key(timetable, footpaths, options, ordered, usability)
    files = [None if folder is None else folder / f"transit-{_service_key(shared, footpaths, row)}.arrays"
             for row in range(len(footpaths.egress))]  # fmt: skip
    known = [None if path is None else read_sealed_arrays(path) for path in files]
    new = [row for row, content in enumerate(known) if content is None]
    computed = transit_times(
        timetable, footpaths, window_s=options.window_s, percentiles=ordered, max_rides=options.max_rides,
        boarding_slack_s=options.boarding_slack_s, max_trip_min=options.max_trip_min, timing=options.timing,
        usability=usability, services=new, on_progress=on_progress,
    )  # fmt: skip
    if folder is None:
        return computed, len(new)

    percentile_ms = np.empty((len(files), *computed.percentile_ms.shape[1:]), dtype=np.int32)
    ride_minutes = np.empty((len(files), computed.ride_minutes.shape[1]), dtype=np.uint16)
    percentile_ms[new], ride_minutes[new] = computed.percentile_ms, computed.ride_minutes
    for row, content in enumerate(known):
        path = files[row]
        if content is not None:
            percentile_ms[row], ride_minutes[row] = content["percentile_ms"], content["ride_minutes"]
        elif path is not None:
            write_sealed_arrays(path, percentile_ms=percentile_ms[row], ride_minutes=ride_minutes[row])
    return TransitTimes(percentile_ms, ride_minutes, ordered, options.n_minutes), len(new)


def _shared_key(
    timetable: Timetable,
    footpaths: Footpaths,
    options: TransitOptions,
    percentiles: Sequence[float],
    usability: Usability | None,
) -> str:
    code = code_fingerprint(__name__)  # the code that computes and writes, all of it imported here
    digest = hashlib.sha256(f"{astuple(options)}|{tuple(percentiles)}|{code}".encode())
    digest.update(timetable_fingerprint(timetable).encode())
    digest.update(origins_fingerprint(footpaths).encode())
    if usability is not None:
        digest.update(_bytes(usability.stops) + _bytes(usability.trips))
    return digest.hexdigest()


def _service_key(shared: str, footpaths: Footpaths, service: int) -> str:
    """The key of one service: what all share, its own walks, and the way to it without a ride."""
    rows = slice(footpaths.egress.first[service], footpaths.egress.first[service + 1])
    digest = hashlib.sha256(shared.encode())
    for array in (footpaths.egress.stop[rows], footpaths.egress.walk_s[rows], footpaths.direct_ms[service]):
        digest.update(_bytes(array))
    return digest.hexdigest()


def _bytes(array: np.ndarray) -> bytes:
    """The values of an array after their type and number: two arrays in a row are never taken for two others."""
    return f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()
