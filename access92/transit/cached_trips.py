"""The trips of a mode on disk, under the fingerprint of all that went into them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.transit.mode_rides import ModeRides
from access92.transit.trips import Boardings, Trips, origin_trips
from access92.travel.cache import place_keys

_BY_BOARDING = ("boarding", "alighting", "following", "walk_s", "arrival_s", "rides")
_BY_ORIGIN = ("origins", "ride_minutes", "direct_ms")
_WALKS = ("origin", "stop", "walk_s")


def cached_trips(rides: ModeRides, origins: Sequence[np.ndarray]) -> Trips:
    """The trips of :func:`access92.transit.trips.origin_trips`, from the cache of the router where it has them."""
    folder = rides.router.cache_folder
    path = None if folder is None else folder / f"trips-{_key(rides, origins)}.arrays"
    stored = None if path is None else read_sealed_arrays(path)
    if stored is not None:
        return _decoded(rides, stored)
    trips = origin_trips(rides.timetable, rides.footpaths, origins, options=rides.options, usability=rides.usability)
    if path is not None:
        write_sealed_arrays(path, **_encoded(trips))
    return trips


def _key(rides: ModeRides, origins: Sequence[np.ndarray]) -> str:
    code = code_fingerprint(__name__)  # the code that computes and writes, all of it imported here
    keys = (rides.router.key, rides.rider.key(rides.router.mode), code, *place_keys(rides.services))
    digest = hashlib.sha256("|".join(keys).encode())
    for some in origins:
        digest.update(f"|{len(some)}|".encode() + np.asarray(some, dtype=np.int64).tobytes())
    return digest.hexdigest()


def _encoded(trips: Trips) -> dict[str, np.ndarray]:
    """The arrays of the trips, those of all services one after the other, and how many of each service."""
    arrays = {
        "boardings": np.array([len(part.boarding) for part in trips.boardings], dtype=np.int64),
        "asked": np.array([len(some) for some in trips.origins], dtype=np.int64),
        **{f"access_{name}": getattr(trips, name) for name in _WALKS},
    }
    for name in _BY_BOARDING:
        arrays[f"board_{name}"] = np.concatenate([getattr(part, name) for part in trips.boardings])
    for name in _BY_ORIGIN:
        arrays[name] = np.concatenate(getattr(trips, name))
    return arrays


def _decoded(rides: ModeRides, stored: Mapping[str, np.ndarray]) -> Trips:
    ends = np.cumsum(stored["boardings"])[:-1]
    columns = {name: np.split(stored[f"board_{name}"], ends) for name in _BY_BOARDING}
    by_origin = {name: tuple(np.split(stored[name], np.cumsum(stored["asked"])[:-1])) for name in _BY_ORIGIN}
    return Trips(
        connections=rides.options.select(rides.timetable, rides.usability),
        boardings=tuple(
            Boardings(**{name: columns[name][row] for name in _BY_BOARDING}) for row in range(len(stored["boardings"]))
        ),
        origins=by_origin["origins"],
        ride_minutes=by_origin["ride_minutes"],
        direct_ms=by_origin["direct_ms"],
        origin=stored["access_origin"],
        stop=stored["access_stop"],
        walk_s=stored["access_walk_s"],
    )
