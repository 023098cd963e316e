"""The walks of riders are those of the streets: same snaps, same modes, rounded up to a second."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np

from access92.network.modes import read_modes
from access92.sources.timetable import Timetable
from access92.transit.footpaths import Footpaths, build_footpaths
from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED
from access92.travel.router import Router
from tests.toy_town import CRS, at, town
from tests.transit.random_timetables import timetable_of

CORNERS = [(0, 0), (2, 0), (2, 2)]


def stops_at(*places: tuple[float, float]) -> Timetable:
    runs = [[(0, 600, 600, True, True, 0), (2, 660, 660, True, True, 0)]]
    empty = timetable_of(runs, n_stops=len(places))
    points = gpd.GeoSeries([at(*place) for place in places], crs=CRS).to_crs("EPSG:4326")
    return replace(empty, stops=empty.stops.set_geometry(points))


def router(mode: str = "walk", **changes: object) -> Router:
    homes = gpd.GeoDataFrame({"demand_id": ["a", "b"]}, geometry=[at(0, 1), at(2, 1)], crs=CRS)
    return Router(
        streets=town(), streets_key="", water=None, demand=homes, demand_key="",
        mode=replace(read_modes()[mode], **changes), cutoff_min=30.0, max_snap_m=100.0, cache_folder=None,
    )  # fmt: skip


def walks(by: Router, *, coming: Router | None = None, limit_min: float = 4.0) -> Footpaths:
    return build_footpaths(
        stops_at(*CORNERS), by, gpd.GeoSeries([at(1, 2)], crs=CRS), access_min=limit_min, transfer_min=limit_min,
        egress_min=limit_min, direct_min=30.0, access_router=coming,
    )  # fmt: skip


def near(table: object, place: int) -> dict[int, int]:
    rows = slice(table.first[place], table.first[place + 1])
    return dict(zip(table.stop[rows].tolist(), table.walk_s[rows].tolist(), strict=True))


def test_a_block_is_a_minute_rounded_up_and_the_limit_is_kept() -> None:
    # projections to degrees and back leave a fraction of a millisecond: a minute may be 60 or 61 s, never 59
    found = walks(router())
    expected = {0: [1, 3, 3], 1: [3, 1, 1]}
    for home, blocks in expected.items():
        assert {stop: round(s / 60) for stop, s in near(found.access, home).items()} == dict(enumerate(blocks))
    assert {stop: round(s / 60) for stop, s in near(found.transfers, 2).items()} == {2: 0, 1: 2, 0: 4}
    assert {stop: round(s / 60) for stop, s in near(found.egress, 0).items()} == {0: 3, 1: 3, 2: 1}
    assert min(near(found.access, 0).values()) >= 60
    assert near(walks(router(), limit_min=2.5).access, 0).keys() == {0}


def test_slower_walkers_have_the_same_ways_and_more_seconds() -> None:
    slow = walks(router(speed_kmh=2.5, access_speed_kmh=2.5), limit_min=8.0)
    assert {stop: round(s / 120) for stop, s in near(slow.access, 0).items()} == {0: 1, 1: 3, 2: 3}


def test_who_cycles_to_the_stop_parks_there() -> None:
    bike = router("bike", parking_min=3.0)
    found = walks(router(), coming=bike, limit_min=8.0)
    direct = found.direct_ms[0]
    assert min(near(found.access, 0).values()) > 180
    assert near(found.access, 0)[0] < 180 + 60
    assert near(found.egress, 0) == near(walks(router(), limit_min=8.0).egress, 0)
    assert (direct < UNREACHED).all()
    assert (direct > 180_000).all()


def test_a_stop_without_a_street_is_counted_and_has_no_walk() -> None:
    far = stops_at(*CORNERS[:2], (40, 40))
    found = build_footpaths(
        far, router(), gpd.GeoSeries([at(1, 2)], crs=CRS), access_min=9, transfer_min=9, egress_min=9, direct_min=9
    )
    assert found.unsnapped_stops == 1
    assert 2 not in found.access.stop
    assert near(found.transfers, 2) == {2: 0}


def test_from_a_home_to_a_door_by_the_streets_and_one_vehicle() -> None:
    # a block to the stop, a minute of slack, a minute of ride, a block to the door
    times = transit_times(stops_at(*CORNERS), walks(router()), window_s=(300, 660), percentiles=(100,), max_trip_min=30)
    assert times.percentile_ms[0, 0, 0] == 120_000  # two blocks on foot are faster
    np.testing.assert_array_equal(times.ride_minutes, [[0, 0]])
