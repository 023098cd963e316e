"""Who rides in a study: the times by public transport of a mode, as its router asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np

from access92._concurrency import locked_cached_property
from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.network.graph import MS_PER_MIN
from access92.sources.service_days import CalendarDay
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.cache import timetable_fingerprint
from access92.transit.connections import Usability
from access92.transit.fields import ride_field
from access92.transit.footpaths import (
    Footpaths,
    StopWalks,
    build_footpaths,
    walk_all_the_way,
    walk_between_stops,
    walk_to_services,
)
from access92.transit.matrix import TransitTimes, transit_times
from access92.transit.reach import reach_by_minute
from access92.transit.wheelchair import wheelchair_usability
from access92.travel.cache import place_keys
from access92.travel.kernels import UNREACHED
from access92.travel.riding import RideDay, RideTimes

if TYPE_CHECKING:
    from access92.network.modes import Mode
    from access92.travel.riding import RideField
    from access92.travel.router import Router


QUARTILES = (25, 75)
"""The percentiles between which half of the departures are: computed beside the one that counts."""


@dataclass(frozen=True, eq=False)
class StudyRider:
    """The rider of a timetable with the options of a study (:class:`access92.travel.riding.Rider`)."""

    timetable: Timetable
    options: Transit
    _walks: WeakKeyDictionary[Router, StopWalks] = field(default_factory=WeakKeyDictionary, init=False, repr=False)
    _times: WeakKeyDictionary[Router, dict[str, tuple[np.ndarray, np.ndarray]]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )
    _last_footpaths: WeakKeyDictionary[Router, tuple[str, Footpaths]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )
    _lock: RLock = field(default_factory=RLock, init=False, repr=False)

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

    @property
    def percentile(self) -> int:
        """The percentile that counts."""
        return self.options.percentile

    def minutes(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> np.ndarray:
        """Minutes from each demand point (columns) to each service (rows): float32, NaN = not reached."""
        return self.ride_times(router, services, cutoff_min=cutoff_min).at(self.percentile)

    def minutes_by_block(
        self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float, rows_at_once: int
    ) -> Iterator[np.ndarray]:
        """The rows of :meth:`minutes`, some at a time; nothing is kept of them, in memory or in the cache."""
        footpaths = self._footpaths(router, services.iloc[:rows_at_once], cutoff_min)
        for first in range(0, len(services), rows_at_once):
            if first:  # the walks of the homes to the stops are those of every service
                block, stops = services.iloc[first : first + rows_at_once], self._stop_walks(router)
                footpaths = replace(
                    footpaths,
                    egress=walk_to_services(router, block, stops, egress_min=self.options.max_egress_min),
                    direct_ms=walk_all_the_way(router, block, direct_min=cutoff_min),
                )
            yield _minutes(self._scanned(router, footpaths, (self.percentile,), cutoff_min).at(self.percentile))

    def ride_times(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> RideTimes:
        """The times at the percentile that counts and at :data:`QUARTILES`, and how often a vehicle is taken.

        A place is scanned once: what is known of it is kept, in the cache too where the router has one.
        """
        percentiles = tuple(sorted({*QUARTILES, self.percentile}))
        # the key of a router names its own rider: another one may ask for times on the same streets
        keys = [hashlib.sha256(f"{router.key}|{self.key}|{cutoff_min}|{place}".encode()).hexdigest()
                for place in place_keys(services)]  # fmt: skip
        folder = router.cache_folder
        with self._lock:
            known = self._times.setdefault(router, {})
            for key in dict.fromkeys(keys):
                stored = None if folder is None or key in known else read_sealed_arrays(folder / f"rides-{key}.arrays")
                if stored is not None:
                    known[key] = stored["percentile_ms"], stored["ride_minutes"]
            new = {key: row for row, key in reversed(list(enumerate(keys))) if key not in known}
            if new:
                rows = sorted(new.values())
                footpaths = self.footpaths(router, services.iloc[rows], cutoff_min=cutoff_min)
                times = self._scanned(router, footpaths, percentiles, cutoff_min)
                for at, row in enumerate(rows):
                    known[keys[row]] = times.percentile_ms[at], times.ride_minutes[at]
                    if folder is not None:
                        write_sealed_arrays(
                            folder / f"rides-{keys[row]}.arrays",
                            percentile_ms=times.percentile_ms[at], ride_minutes=times.ride_minutes[at],
                        )  # fmt: skip
            ms = np.stack([known[key][0] for key in keys])
            ride_minutes = np.stack([known[key][1] for key in keys])
        minutes = _minutes(ms)
        first_s, end_s = self.options.window_s
        return RideTimes(minutes, percentiles, ride_minutes, (end_s - first_s) // 60)

    def _scanned(
        self, router: Router, footpaths: Footpaths, percentiles: tuple[int, ...], cutoff_min: float
    ) -> TransitTimes:
        """One scan a service."""
        options = self.options
        return transit_times(
            self.timetable, footpaths, window_s=options.window_s, percentiles=percentiles,
            max_rides=options.max_rides, boarding_slack_s=options.boarding_slack_s, max_trip_min=cutoff_min,
            usability=self.usability(router.mode),
        )  # fmt: skip

    def footpaths(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> Footpaths:
        """All the walks of the trips from the demand of a router to some services; the last ones are kept."""
        key = f"{cutoff_min}|{'|'.join(place_keys(services))}"
        with self._lock:
            known = self._last_footpaths.get(router)
            if known is None or known[0] != key:
                known = key, self._footpaths(router, services, cutoff_min)
                self._last_footpaths[router] = known
            return known[1]

    def reached_by(
        self, router: Router, services: gpd.GeoSeries, *, window_s: tuple[int, int], under_min: float
    ) -> Iterator[np.ndarray]:
        """By service who can be there by each minute of a window, as :func:`access92.transit.reach.reach_by_minute`."""
        options = self.options
        return reach_by_minute(
            self.timetable, self._footpaths(router, services, under_min), window_s=window_s, under_min=under_min,
            max_rides=options.max_rides, boarding_slack_s=options.boarding_slack_s,
            usability=self.usability(router.mode),
        )  # fmt: skip

    def _footpaths(self, router: Router, services: gpd.GeoSeries, direct_min: float) -> Footpaths:
        """The walks of the study on the streets of a router."""
        options = self.options
        return build_footpaths(
            self.timetable, router, services, access_min=options.max_access_min, transfer_min=options.max_transfer_min,
            egress_min=options.max_egress_min, direct_min=direct_min, stop_walks=self._stop_walks(router),
        )  # fmt: skip

    def ride_field(self, router: Router, services: gpd.GeoSeries, *, limit_min: float) -> RideField:
        """The times by ride from every node and stop to each service, up to ``limit_min`` (inclusive)."""
        return ride_field(
            self.timetable, router, services, self._stop_walks(router), options=self.options, limit_min=limit_min,
            usability=self.usability(router.mode),
        )  # fmt: skip

    def _stop_walks(self, router: Router) -> StopWalks:
        """The walks between the stops on the streets of a router, searched once for its times and its drawings."""
        with self._lock:
            known = self._walks.get(router)
            if known is None:
                known = walk_between_stops(self.timetable, router, transfer_min=self.options.max_transfer_min)
                self._walks[router] = known
            return known

    def usability(self, mode: Mode) -> Usability | None:
        """What the riders of a mode may use: everything, or the stops and trips that a wheelchair gets into."""
        if not mode.needs_wheelchair_access:
            return None
        return wheelchair_usability(self.timetable, unknown=self.options.wheelchair_unknown)


def _minutes(ms: np.ndarray) -> np.ndarray:
    """Whole milliseconds as minutes: float32, NaN where not reached."""
    minutes: np.ndarray = np.where(ms == UNREACHED, np.float32(np.nan), (ms / MS_PER_MIN).astype(np.float32))
    return minutes


def build_riders(options: Transit | None, timetables: Mapping[str, Timetable]) -> dict[str, StudyRider] | None:
    """By scenario who rides: the same rider where the timetable is the same object; None without timetables."""
    if options is None or not timetables:
        return None
    riders = {id(table): StudyRider(table, options) for table in timetables.values()}
    return {name: riders[id(table)] for name, table in timetables.items()}


def build_ride_days(
    options: Transit | None, days: Mapping[str, Sequence[CalendarDay]]
) -> dict[str, tuple[RideDay, ...]]:
    """By scenario who rides on each day of a calendar: the same rider where the timetable is the same object."""
    if options is None:
        return {}
    tables = {id(day.table): day.table for of_scenario in days.values() for day in of_scenario}
    riders = {number: None if table is None else StudyRider(table, options) for number, table in tables.items()}
    return {
        name: tuple(RideDay(day.day, riders[id(day.table)], day.known_s) for day in of_scenario)
        for name, of_scenario in days.items()
    }
