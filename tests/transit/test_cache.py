"""What was scanned once is read, to the byte; whatever decides a time makes it be scanned again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from access92.network.modes import read_modes
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit import rider as rider_module
from access92.transit.rider import StudyRider
from access92.travel.router import Router
from tests.toy_town import CRS, at, town
from tests.transit.random_timetables import timetable_of

OPTIONS = Transit(demo=True, window=(time(8), time(8, 10)))
SERVICES = gpd.GeoSeries([at(1, 2), at(0, 2)], crs=CRS)
CORNERS = [(0, 0), (2, 0), (2, 2)]


def timetable(*, rules: tuple[tuple[int, ...], ...] = (), corners: list[tuple[float, float]] = CORNERS) -> Timetable:
    run = [(0, 29_000, 29_000, True, True, 0), (2, 29_060, 29_060, True, True, 0)]
    table = timetable_of([run], rules, n_stops=len(corners))
    return replace(table, stops=table.stops.set_geometry(gpd.GeoSeries([at(*place) for place in corners], crs=CRS)))


def router(folder: Path | None, name: str = "transit", *, parking_min: float = 1.0) -> Router:
    mode = read_modes()[name]
    homes = gpd.GeoDataFrame({"demand_id": ["a", "b"]}, geometry=[at(0, 1), at(2, 1)], crs=CRS)
    walk = Router(
        streets=town(), streets_key="town", water=None, demand=homes, demand_key="homes", mode=mode, cutoff_min=30.0,
        max_snap_m=100.0, cache_folder=folder,
    )  # fmt: skip
    if mode.access_mode is None:
        return walk
    access = replace(mode.access_mode, parking_min=parking_min)
    return replace(walk, mode=replace(mode, access_mode=access), access_router=replace(walk, mode=access))


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many services each scan of homes was for."""
    counts: list[int] = []
    of_the_engine = rider_module.transit_times

    def counted(table: Timetable, footpaths: object, **options: object) -> object:
        counts.append(len(footpaths.egress))
        return of_the_engine(table, footpaths, **options)

    monkeypatch.setattr(rider_module, "transit_times", counted)
    return counts


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which ways were searched on the streets."""
    names: list[str] = []

    def noted(name: str) -> Callable[..., object]:
        function = getattr(rider_module, name)

        def search(*given: object, **options: object) -> object:
            names.append(name)
            return function(*given, **options)

        return search

    for name in ("come_to_stops", "street_walks_between", "walk_from_nodes"):
        monkeypatch.setattr(rider_module, name, noted(name))
    return names


def ask(
    by: Router, table: Timetable | None = None, options: Transit = OPTIONS, services: gpd.GeoSeries = SERVICES
) -> tuple[bytes, ...]:
    rider = StudyRider(table or timetable(), options)
    riding = replace(by, rider=rider)
    times = rider.ride_times(riding, services, cutoff_min=30.0)
    field = rider.ride_field(riding, services, limit_min=20.0)
    arrays = (times.minutes, times.ride_minutes, field.node_ms, field.stop_ms)
    return tuple(array.tobytes() for array in arrays)


@pytest.mark.parametrize("name", ["transit", "bike_transit"])
def test_one_more_service_is_one_more_scan_and_no_way_is_searched_again(
    name: str, scanned: list[int], searched: list[str], tmp_path: Path
) -> None:
    ask(router(tmp_path, name), services=SERVICES.iloc[:1])
    assert searched == ["street_walks_between", "come_to_stops", "walk_from_nodes"]
    both = ask(router(tmp_path, name))
    assert scanned == [1, 1]
    turned = ask(router(tmp_path, name), services=SERVICES.iloc[::-1])
    assert scanned == [1, 1]
    assert len(searched) == 3
    assert both == ask(router(None, name))
    assert turned == ask(router(None, name), services=SERVICES.iloc[::-1])


@pytest.mark.parametrize(
    "changes",
    [
        {"max_rides": 2}, {"boarding_slack_s": 59}, {"window": (time(8, 1), time(8, 11))}, {"percentile": 60},
        {"max_access_min": 14.0}, {"max_transfer_min": 9.0}, {"max_egress_min": 14.0}, {"max_bike_access_min": 14.0},
        {"wheelchair_unknown": False},
    ],
)  # fmt: skip
def test_every_option_is_in_the_key(changes: dict[str, object], scanned: list[int], tmp_path: Path) -> None:
    ask(router(tmp_path, "bike_transit"))
    ask(router(tmp_path, "bike_transit"), options=OPTIONS.model_copy(update=changes))
    assert scanned == [2, 2]


def test_what_a_timetable_says_is_in_the_key(scanned: list[int], tmp_path: Path) -> None:
    moved = [(0, 0), (2, 0), (2, 1.9)]
    tables = [timetable(), timetable(rules=((1, 1, -1, -1, 3, 0),)), timetable(corners=moved)]
    tables.append(replace(timetable(), arrival_s=np.array([29_000, 29_061], dtype=np.int32)))
    for table in tables:
        ask(router(tmp_path), table)
    assert scanned == [2] * len(tables)


@pytest.mark.slow
def test_streets_homes_mode_and_limits_of_the_router_are_in_the_key(scanned: list[int], tmp_path: Path) -> None:
    first = router(tmp_path)
    slower = replace(first.mode, speed_kmh=4.9)
    others = [
        first, replace(first, streets_key="other"), replace(first, demand_key="other"), replace(first, mode=slower),
        replace(first, max_snap_m=99.0), replace(first, link_radius_m=9.0), router(tmp_path, "bike_transit"),
        router(tmp_path, "bike_transit", parking_min=2.0),
    ]  # fmt: skip
    for by in others:
        assert ask(by) == ask(replace(by, cache_folder=None, access_router=_apart(by)))
    assert scanned == [2, 2] * len(others)


def _apart(by: Router) -> Router | None:
    return None if by.access_router is None else replace(by.access_router, cache_folder=None)


def test_what_bicycles_need_alone_changes_no_key_of_walkers(scanned: list[int], tmp_path: Path) -> None:
    ask(router(tmp_path))
    ask(router(tmp_path), options=OPTIONS.model_copy(update={"bike_parking_min": 3.0, "max_bike_access_min": 9.0}))
    assert scanned == [2]
