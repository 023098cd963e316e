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
from access92.network.graph import MS_PER_MIN
from access92.sources.service_days import CalendarDay
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.cache import (
    Pair,
    access_key,
    read_walks,
    stops_fingerprint,
    times_by_place,
    timetable_fingerprint,
    walks_key,
    write_walks,
)
from access92.transit.connections import Usability
from access92.transit.fields import ride_field, walk_from_nodes
from access92.transit.footpaths import (
    Footpaths,
    StopWalks,
    Walks,
    come_to_stops,
    snap_stops,
    street_walks_between,
    walk_all_the_way,
    walk_to_services,
    with_rules,
)
from access92.transit.matrix import TransitTimes, transit_times
from access92.transit.reach import reach_by_minute
from access92.transit.wheelchair import wheelchair_usability
from access92.travel.cache import place_keys
from access92.travel.kernels import UNREACHED
from access92.travel.riding import RideDay, RideField, RideTimes

if TYPE_CHECKING:
    from access92.network.modes import Mode
    from access92.travel.router import Router


QUARTILES = (25, 75)
"""The percentiles between which half of the departures are: computed beside the one that counts."""

_HOMES_AT_ONCE, _HOMES_AT_ONCE_BY_BIKE = 131_072, 49_152
"""Homes whose ways to the stops are in memory at once: a few hundred MB, at a hundred ways each on foot."""

_BICYCLE_KEYS = frozenset({"bike_parking_min", "max_bike_access_min"})
"""Options that concern those who come to the stop by bicycle alone; the parking is in their mode."""


@dataclass(frozen=True, eq=False)
class StudyRider:
    """The rider of a timetable with the options of a study (:class:`access92.travel.riding.Rider`)."""

    timetable: Timetable
    options: Transit
    _walks: WeakKeyDictionary[Router, StopWalks] = field(default_factory=WeakKeyDictionary, init=False, repr=False)
    _times: WeakKeyDictionary[Router, dict[str, Pair]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )
    _last_footpaths: WeakKeyDictionary[Router, tuple[str, Footpaths]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False
    )
    _lock: RLock = field(default_factory=RLock, init=False, repr=False)

    def key(self, mode: Mode) -> str:
        """SHA-256 of the timetable, its stops, the options that the mode asks for, and the code."""
        limit = "" if mode.access_mode is None else f"|{self.options.max_bike_access_min}"
        return self._key_on_foot + limit

    @locked_cached_property
    def _key_on_foot(self) -> str:
        digest = hashlib.sha256(f"{code_fingerprint(__name__)}|{timetable_fingerprint(self.timetable)}".encode())
        stops, trips = self.timetable.stops, self.timetable.trips
        digest.update(np.ascontiguousarray(stops.get_coordinates().to_numpy()).tobytes())
        for table in (stops, trips):
            digest.update(table["wheelchair"].to_numpy(dtype=np.int8).tobytes())
        options = self.options.model_dump(mode="json", exclude={"feeds", "demo", "demo_folder", *_BICYCLE_KEYS})
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
        footpaths = self._footpaths(router, services.iloc[:rows_at_once], cutoff_min, keeps=False)
        for first in range(0, len(services), rows_at_once):
            if first:  # the walks of the homes to the stops are those of every service
                stops, doors = self._stop_walks(router), router.snap(services.iloc[first : first + rows_at_once])
                everybody = slice(0, len(router.demand))
                footpaths = replace(
                    footpaths,
                    egress=walk_to_services(router, doors, stops, egress_min=self.options.max_egress_min),
                    direct_ms=walk_all_the_way(router, doors, everybody, direct_min=cutoff_min),
                )
            yield _minutes(self._scanned(router, footpaths, (self.percentile,), cutoff_min).at(self.percentile))

    def ride_times(self, router: Router, services: gpd.GeoSeries, *, cutoff_min: float) -> RideTimes:
        """The times at the percentile that counts and at :data:`QUARTILES`, and how often a vehicle is taken.

        A place is scanned once: what is known of it is kept, in the cache too where the router has one.
        """
        percentiles = tuple(sorted({*QUARTILES, self.percentile}))
        keys = self._place_keys(router, services, str(cutoff_min))

        def scan(rows: list[int]) -> list[Pair]:
            times = self._scanned_by_share(router, services.iloc[rows], percentiles, cutoff_min)
            return list(zip(times.percentile_ms, times.ride_minutes, strict=True))

        with self._lock:
            known = self._times.setdefault(router, {})
            pairs = times_by_place(router.cache_folder, keys, known, compute=scan)
        ms, ride_minutes = (np.stack(part) for part in zip(*pairs, strict=True))
        minutes = _minutes(ms)
        first_s, end_s = self.options.window_s
        return RideTimes(minutes, percentiles, ride_minutes, (end_s - first_s) // 60)

    def _scanned_by_share(
        self, router: Router, services: gpd.GeoSeries, percentiles: tuple[int, ...], cutoff_min: float
    ) -> TransitTimes:
        """One scan a service, for as many homes at a time as memory is to hold the ways of."""
        parts = [
            self._scanned(router, self._footpaths(router, services, cutoff_min, homes), percentiles, cutoff_min)
            for homes in _shares(len(router.demand), by_bike=router.access_router is not None)
        ]
        percentile_ms, ride_minutes = (
            np.concatenate([getattr(part, name) for part in parts], axis=1)
            for name in ("percentile_ms", "ride_minutes")
        )
        return TransitTimes(percentile_ms, ride_minutes, parts[0].percentiles, parts[0].n_minutes)

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

    def _footpaths(
        self,
        router: Router,
        services: gpd.GeoSeries,
        direct_min: float,
        homes: slice | None = None,
        *,
        keeps: bool = True,
    ) -> Footpaths:
        """The ways of the study on the streets of a router, of some of its homes (all by default).

        ``keeps``: whether those to the stops are written to the cache.
        """
        stops, doors = self._stop_walks(router), router.snap(services)
        some = homes or slice(0, len(router.demand))
        return Footpaths(
            transfers=stops.transfers, run_rules=stops.run_rules, access=self._access(router, stops, some, keeps=keeps),
            egress=walk_to_services(router, doors, stops, egress_min=self.options.max_egress_min),
            direct_ms=walk_all_the_way(router, doors, some, direct_min=direct_min),
        )  # fmt: skip

    def _access(self, router: Router, stops: StopWalks, homes: slice, *, keeps: bool) -> Walks:
        """The ways of some homes to the stops: from the cache where it has them, for no service changes them."""
        options, folder = self.options, router.cache_folder
        limits_min = options.max_access_min, options.max_bike_access_min if router.access_router is not None else 0.0
        key = access_key(router, self._stops_key, *limits_min, homes.start, homes.stop) if folder is not None else ""
        walks = read_walks(folder, key)
        if walks is None:
            walks = come_to_stops(router, stops, homes, access_min=limits_min[0], bike_access_min=limits_min[1])
            if keeps:
                write_walks(folder, key, walks)
        return walks

    def ride_field(self, router: Router, services: gpd.GeoSeries, *, limit_min: float) -> RideField:
        """The times by ride from every node and stop to each service, up to ``limit_min`` (inclusive).

        A place is scanned once, as :meth:`ride_times` has it.
        """
        stops, folder = self._stop_walks(router), router.cache_folder
        keys = self._place_keys(router, services, f"field {limit_min}")

        def scan(rows: list[int]) -> list[Pair]:
            access_min = min(self.options.max_access_min, limit_min)
            key = walks_key(router, self._stops_key, "nodes", access_min) if folder is not None else ""
            on_foot = read_walks(folder, key)
            if on_foot is None:
                on_foot = walk_from_nodes(router, stops, limit_min=access_min)
                write_walks(folder, key, on_foot)
            node_ms, stop_ms = ride_field(
                self.timetable, router, services.iloc[rows], stops, on_foot, options=self.options,
                limit_min=limit_min, usability=self.usability(router.mode),
            )  # fmt: skip
            return list(zip(node_ms, stop_ms, strict=True))

        pairs = times_by_place(folder, keys, {}, compute=scan)
        node_ms, stop_ms = (np.stack(part) for part in zip(*pairs, strict=True))
        return RideField(node_ms, stop_ms, stops.targets)

    def _stop_walks(self, router: Router) -> StopWalks:
        """The walks between the stops on the streets of a router, searched once for its times and its drawings."""
        with self._lock:
            known = self._walks.get(router)
            if known is None:
                folder, transfer_min = router.cache_folder, self.options.max_transfer_min
                key = walks_key(router, self._stops_key, transfer_min) if folder is not None else ""
                by_street, snaps = read_walks(folder, key), snap_stops(self.timetable, router)
                if by_street is None:
                    by_street = street_walks_between(router, *snaps, transfer_min=transfer_min)
                    write_walks(folder, key, by_street)
                known = with_rules(self.timetable, router, *snaps, by_street)
                self._walks[router] = known
            return known

    def _place_keys(self, router: Router, services: gpd.GeoSeries, what: str) -> list[str]:
        """A key for each service, of its place and all that its times depend on.

        The key of a router names its own rider: another one may ask for times on the same streets.
        """
        shared = f"{router.key}|{self.key(router.mode)}|{what}"
        return [hashlib.sha256(f"{shared}|{place}".encode()).hexdigest() for place in place_keys(services)]

    @locked_cached_property
    def _stops_key(self) -> str:
        return stops_fingerprint(self.timetable)

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


def _shares(n_homes: int, *, by_bike: bool) -> Iterator[slice]:
    """All the homes, some at a time; one share at least."""
    at_once = _HOMES_AT_ONCE_BY_BIKE if by_bike else _HOMES_AT_ONCE
    for first in range(0, max(1, n_homes), at_once):
        yield slice(first, min(first + at_once, n_homes))


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
