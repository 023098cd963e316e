"""One size of the growth of public transport: homes on the real streets, a real feed made denser, timed in a child."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92.network.modes import read_modes
from access92.sources.streets.read import read_streets
from access92.sources.timetable import Timetable
from access92.transit.footpaths import (
    Footpaths,
    come_to_stops,
    walk_all_the_way,
    walk_between_stops,
    walk_to_services,
)
from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED
from access92.travel.router import Router
from benchmarks.synthetic import scatter_points
from tests.transit.real_feeds import real_timetable

STREETS = Path(__file__).resolve().parents[2] / "shared" / "networks" / "hauts-de-seine_2021-08.osm.pbf"
WINDOW_S = (27_000, 34_200)
PERCENTILES = (25.0, 50.0, 75.0)
LONGEST_MIN = 30.0
HOMES_AT_ONCE, SERVICES_AT_ONCE = 131_072, 10
_CRS = "EPSG:2154"
_SHIFT_S = 61
"""How much later each copy of a trip runs."""


def measure_size(origins: int, *, copies: int, services: int, cache: Path) -> dict[str, float]:
    """Processor seconds of the ways to the stops and of the scans with their percentiles.

    Homes and services are taken some at a time, and of each home only the time to the nearest service stays, as long as
    no table asks for more: the whole matrix of a million homes and 100 services would be 1.2 GB at three percentiles.
    """
    streets = read_streets(STREETS, extent=None, crs=_CRS, cache_folder=cache).streets
    table = denser(real_timetable(), copies)
    homes = gpd.GeoDataFrame(geometry=scatter_points(streets, origins, seed=3))
    router = Router(
        streets=streets, streets_key=STREETS.name, water=None, demand=homes, demand_key="", mode=read_modes()["walk"],
        cutoff_min=LONGEST_MIN, max_snap_m=300.0, cache_folder=None,
    )  # fmt: skip
    doors = router.snap(scatter_points(streets, services, seed=4))
    _ = router.demand_snaps
    _compile(table, router)
    begin_s = time.process_time()
    stops = walk_between_stops(table, router, transfer_min=10)
    between_s = time.process_time() - begin_s

    nearest_ms = np.full((origins, len(PERCENTILES)), UNREACHED, dtype=np.int32)
    access_s, scan_s, ways = 0.0, 0.0, 0
    for first in range(0, origins, HOMES_AT_ONCE):
        some = slice(first, min(first + HOMES_AT_ONCE, origins))
        begin_s = time.process_time()
        access = come_to_stops(router, stops, some, access_min=15, bike_access_min=15)
        access_s, ways = access_s + time.process_time() - begin_s, ways + len(access.stop)
        begin_s = time.process_time()
        for row in range(0, services, SERVICES_AT_ONCE):
            asked = doors.part(slice(row, min(row + SERVICES_AT_ONCE, services)))
            footpaths = Footpaths(
                transfers=stops.transfers, run_rules=stops.run_rules, access=access,
                egress=walk_to_services(router, asked, stops, egress_min=15),
                direct_ms=walk_all_the_way(router, asked, some, direct_min=LONGEST_MIN),
            )  # fmt: skip
            times = transit_times(
                table, footpaths, window_s=WINDOW_S, percentiles=PERCENTILES, max_trip_min=LONGEST_MIN
            )
            np.minimum(nearest_ms[some], times.percentile_ms.min(axis=0), out=nearest_ms[some])
        scan_s += time.process_time() - begin_s
    return {
        "between": between_s, "access": access_s, "scan": scan_s, "ways": ways, "calls": len(table),
        "reached": float((nearest_ms[:, 1] < UNREACHED).mean()),
    }  # fmt: skip


def _compile(table: Timetable, router: Router) -> None:
    """One scan for a few homes, so that what is compiled at its first call is not timed."""
    stops, some = walk_between_stops(table, router, transfer_min=1), slice(0, 10)
    door = router.demand_snaps.part(slice(0, 1))
    footpaths = Footpaths(
        transfers=stops.transfers, run_rules=stops.run_rules,
        access=come_to_stops(router, stops, some, access_min=1, bike_access_min=1),
        egress=walk_to_services(router, door, stops, egress_min=1),
        direct_ms=walk_all_the_way(router, door, some, direct_min=1),
    )  # fmt: skip
    transit_times(table, footpaths, window_s=WINDOW_S, percentiles=PERCENTILES, max_trip_min=LONGEST_MIN)


def denser(timetable: Timetable, copies: int) -> Timetable:
    """The same lines with as many times the trips, each copy of a trip a minute and a second later than the last.

    >>> from tests.transit.random_timetables import timetable_of
    >>> run = [(0, 0, 0, True, True, 0), (1, 60, 60, True, True, 0)]
    >>> twice = denser(timetable_of([run], n_stops=2), 2)
    >>> twice.departure_s.tolist(), twice.call_run.tolist(), len(twice.trips)
    ([0, 60, 61, 121], [0, 0, 1, 1], 1)
    """
    runs = int(timetable.call_run.max(initial=-1)) + 1
    count = np.repeat(np.arange(copies, dtype=np.int32), len(timetable))

    def repeated(name: str) -> np.ndarray:
        array: np.ndarray = np.tile(getattr(timetable, name), copies)
        return array

    return replace(
        timetable,
        call_run=repeated("call_run") + count * np.int32(runs),
        arrival_s=repeated("arrival_s") + count * np.int32(_SHIFT_S),
        departure_s=repeated("departure_s") + count * np.int32(_SHIFT_S),
        **{name: repeated(name) for name in ("call_trip", "call_stop", "may_board", "may_alight")},
    )
