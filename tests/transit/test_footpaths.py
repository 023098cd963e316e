"""The walks of riders are those of the streets: same snaps, same modes, rounded up to a second."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np

from access92.network.modes import read_modes
from access92.sources.timetable import Timetable
from access92.transit.footpaths import Footpaths, build_footpaths
from access92.transit.matrix import transit_times
from access92.travel.router import Router
from tests.toy_town import CRS, at, town
from tests.transit.random_timetables import timetable_of

CORNERS = [(0, 0), (2, 0), (2, 2)]


def stops_at(*places: tuple[float, float]) -> Timetable:
    runs = [[(0, 600, 600, True, True, 0), (2, 660, 660, True, True, 0)]]
    empty = timetable_of(runs, n_stops=len(places))
    points = gpd.GeoSeries([at(*place) for place in places], crs=CRS).to_crs("EPSG:4326")
    return replace(empty, stops=empty.stops.set_geometry(points))


def router(mode: str = "walk", *, coming: Router | None = None, **changes: object) -> Router:
    homes = gpd.GeoDataFrame({"demand_id": ["a", "b"]}, geometry=[at(0, 1), at(2, 1)], crs=CRS)
    return Router(
        streets=town(), streets_key="", water=None, demand=homes, demand_key="",
        mode=replace(read_modes()[mode], **changes), cutoff_min=30.0, max_snap_m=100.0, cache_folder=None,
        access_router=coming,
    )  # fmt: skip


def walks(by: Router, *, limit_min: float = 4.0, bike_min: float = 15.0) -> Footpaths:
    return build_footpaths(
        stops_at(*CORNERS), by, gpd.GeoSeries([at(1, 2)], crs=CRS), access_min=limit_min, transfer_min=limit_min,
        egress_min=limit_min, direct_min=30.0, bike_access_min=bike_min,
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


def by_either(walks: Footpaths, home: int) -> tuple[dict[int, int], dict[int, int]]:
    """The seconds to each stop on foot, and by bicycle."""
    access = walks.access
    first, cycled, last = access.first[home], access.first_cycled[home], access.first[home + 1]
    on_foot, by_bike = (
        dict(zip(access.stop[rows].tolist(), access.walk_s[rows].tolist(), strict=True))
        for rows in (slice(first, cycled), slice(cycled, last))
    )
    return on_foot, by_bike


def test_who_cycles_to_the_stop_parks_there_and_may_still_walk() -> None:
    on_foot = walks(router(), limit_min=8.0)
    found = walks(router(coming=router("bike", parking_min=3.0)), limit_min=8.0)
    for home in (0, 1):
        walked, cycled = by_either(found, home)
        assert walked == near(on_foot.access, home)
        # a block of a minute on foot is 20 s by bicycle, and three minutes to park
        assert {stop: round((s - 180) / 20) for stop, s in cycled.items()} == {
            stop: round(s / 60) for stop, s in walked.items()
        }
    # the bicycle stays at the stop: changes, the way from the last stop and the way without a ride are on foot
    np.testing.assert_array_equal(found.direct_ms, on_foot.direct_ms)
    assert near(found.egress, 0) == near(on_foot.egress, 0)
    assert near(found.transfers, 2) == near(on_foot.transfers, 2)


def test_the_limit_by_bicycle_counts_its_parking_and_is_not_that_of_walking() -> None:
    coming = router("bike", parking_min=3.0)
    for bike_min, blocks in ((3.2, 0), (3.4, 1), (4.1, 3)):
        _, cycled = by_either(walks(router(coming=coming), limit_min=1.0, bike_min=bike_min), 0)
        assert len(cycled) == {0: 0, 1: 1, 3: 3}[blocks], bike_min
    walked, _ = by_either(walks(router(coming=coming), limit_min=1.5, bike_min=4.1), 0)
    assert set(walked) == {0}


def test_a_home_without_a_street_for_walkers_has_no_way_by_bicycle() -> None:
    on_foot, coming = replace(router(), max_snap_m=5.0), router("bike")
    homes = on_foot.demand.set_geometry(gpd.GeoSeries([at(0, 1), at(2.7, 1)], crs=CRS))
    found = walks(replace(on_foot, demand=homes, access_router=replace(coming, demand=homes)), bike_min=9.0)
    assert by_either(found, 0)[1]
    assert by_either(found, 1) == ({}, {})


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
