"""Who rides in a study: the times by public transport of a mode, as its router asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np

from access92._concurrency import locked_cached_property
from access92.cache.fingerprints import code_fingerprint
from access92.network.graph import MS_PER_MIN
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.cache import timetable_fingerprint
from access92.transit.connections import Usability
from access92.transit.fields import ride_field
from access92.transit.footpaths import StopWalks, build_footpaths, walk_between_stops
from access92.transit.matrix import transit_times
from access92.transit.wheelchair import wheelchair_usability
from access92.travel.kernels import UNREACHED

if TYPE_CHECKING:
    from access92.network.modes import Mode
    from access92.travel.riding import RideField
    from access92.travel.router import Router


@dataclass(frozen=True, eq=False)
class StudyRider:
    """The rider of a timetable with the options of a study (:class:`access92.travel.riding.Rider`)."""

    timetable: Timetable
    options: Transit
    _walks: WeakKeyDictionary[Router, StopWalks] = field(default_factory=WeakKeyDictionary, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @locked_cached_property
    def key(self) -> str:
        """SHA-256 of the timetable, its stops, the options and the code."""
        digest = hashlib.sha256(f"{code_fingerprint(__name__)}|{timetable_fingerprint(self.timetable)}".encode())
        stops, trips = self.timetable.stops, self.timetable.trips
        digest.update(np.ascontiguousarray(stops.get_coordinates().to_numpy()).tobytes())
        for table in (stops, trips):
            digest.update(table["wheelchair"].to_numpy(dtype=np.int8).tobytes())
        options = self.options.model_dump(mode="json", exclude={"feeds", "demo", "demo_folder"})
        digest.update(repr(sorted(options.items())).encode())
        return digest.hexdigest()

    def minutes(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> np.ndarray:
        """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached."""
        options = self.options
        footpaths = build_footpaths(
            self.timetable, router, services, access_min=options.max_access_min, transfer_min=options.max_transfer_min,
            egress_min=options.max_egress_min, direct_min=cutoff_min, stop_walks=self._stop_walks(router),
        )  # fmt: skip
        times = transit_times(
            self.timetable, footpaths, window_s=options.window_s, percentiles=(options.percentile,),
            max_rides=options.max_rides, boarding_slack_s=options.boarding_slack_s, max_trip_min=cutoff_min,
            usability=self._usability(router.mode),
        )  # fmt: skip
        ms = times.at(options.percentile)
        return np.where(ms == UNREACHED, np.float32(np.nan), (ms / MS_PER_MIN).astype(np.float32))

    def ride_field(self, router: Router, services: gpd.GeoSeries, *, limit_min: float) -> RideField:
        """The times by ride from every node and stop to each service, up to ``limit_min`` (inclusive)."""
        return ride_field(
            self.timetable, router, services, self._stop_walks(router), options=self.options, limit_min=limit_min,
            usability=self._usability(router.mode),
        )  # fmt: skip

    def _stop_walks(self, router: Router) -> StopWalks:
        """The walks between the stops on the streets of a router, searched once for its times and its drawings."""
        with self._lock:
            known = self._walks.get(router)
            if known is None:
                known = walk_between_stops(self.timetable, router, transfer_min=self.options.max_transfer_min)
                self._walks[router] = known
            return known

    def _usability(self, mode: Mode) -> Usability | None:
        """What the riders of a mode may use: everything, or the stops and trips that a wheelchair gets into."""
        if not mode.needs_wheelchair_access:
            return None
        return wheelchair_usability(self.timetable, unknown=self.options.wheelchair_unknown)


def build_riders(options: Transit | None, timetables: Mapping[str, Timetable]) -> dict[str, StudyRider] | None:
    """By scenario who rides: the same rider where the timetable is the same object; None without timetables."""
    if options is None or not timetables:
        return None
    riders = {id(table): StudyRider(table, options) for table in timetables.values()}
    return {name: riders[id(table)] for name, table in timetables.items()}
