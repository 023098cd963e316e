"""The cache of a run: the same answer with and without it, to the byte; any input changes the key; damage is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.network.modes import read_modes
from access92.network.snapping import Snaps, snap_places
from access92.travel.cache import demand_fingerprint, group_key, place_keys, streets_fingerprint, times_key
from access92.travel.cached_isochrones import ModeIsochrones, draw_mode
from access92.travel.cached_times import ModeTimes, time_mode
from access92.travel.router import Router
from tests.toy_town import demand_at, services_at, town

WALK = read_modes()["walk"]
Run = tuple[ModeTimes, ModeIsochrones]
HOMES = demand_at((0.5, 0), (1.2, 1), (2, 1.7), (0, 40))


def router_of(folder: Path | None, streets: gpd.GeoDataFrame | None = None, **changes: object) -> Router:
    streets = town() if streets is None else streets
    router = Router(
        streets=streets, streets_key=streets_fingerprint(streets), water=None, demand=HOMES,
        demand_key=demand_fingerprint(HOMES), mode=WALK,
        cutoff_min=60.0, max_snap_m=300.0, cache_folder=folder,
    )  # fmt: skip
    return replace(router, **changes)


def go(folder: Path | None, services: gpd.GeoDataFrame, *, groups: int = 1, **changes: object) -> Run:
    ids = list(services["service_id"])
    rows = {("now", f"rule{i}"): np.arange(i, len(ids)) for i in range(groups)}
    router = router_of(folder, **changes)
    timed = time_mode(router, services)
    return timed, draw_mode(router, timed, services.geometry, single_ids=ids, groups=rows, thresholds_min=[1.0, 3.0])


def counts(run: Run) -> list[tuple[int, int]]:
    return [(item.computed, item.from_cache) for item in (part.provenance for part in run)]


def assert_same(one: Run, other: Run) -> None:
    (mine, my_areas), (theirs, their_areas) = one, other
    assert mine.times.minutes.tobytes() == theirs.times.minutes.tobytes()
    pd.testing.assert_frame_equal(mine.times.service_snaps, theirs.times.service_snaps)
    pd.testing.assert_frame_equal(mine.times.demand_snaps, theirs.times.demand_snaps)
    assert mine.network == theirs.network
    pd.testing.assert_frame_equal(my_areas.table.drop(columns="geometry"), their_areas.table.drop(columns="geometry"))
    areas = [shapely.to_wkb(part.table.geometry.to_numpy()).tolist() for part in (my_areas, their_areas)]
    assert areas[0] == areas[1]


def test_with_and_without_the_cache_the_bytes_are_the_same(tmp_path: Path) -> None:
    services = services_at(a=(0, 0), b=(2, 2), far=(0, 90))
    plain = go(None, services)
    first = go(tmp_path, services)
    second = go(tmp_path, services)
    assert counts(first) == [(3, 0), (4, 0)]
    assert counts(second) == [(0, 3), (0, 4)]
    assert_same(plain, first)
    assert_same(plain, second)


def test_one_more_service_costs_one_row(tmp_path: Path) -> None:
    go(tmp_path, services_at(a=(0, 0), b=(2, 2)))
    more = services_at(a=(0, 0), new=(1, 2), b=(2, 2))
    run = go(tmp_path, more)
    assert counts(run)[0] == (1, 2)
    assert_same(run, go(None, more))


def test_fewer_services_cost_nothing(tmp_path: Path) -> None:
    go(tmp_path, services_at(a=(0, 0), b=(2, 2)))
    run = go(tmp_path, services_at(b=(2, 2)), groups=0)
    assert counts(run) == [(0, 1), (0, 1)]
    assert_same(run, go(None, services_at(b=(2, 2)), groups=0))


def test_two_services_at_one_place_are_searched_once(tmp_path: Path) -> None:
    services = services_at(a=(1, 1), b=(1, 1))
    run = go(tmp_path, services)
    assert counts(run)[0] == (1, 0)
    assert run[0].times.minutes[0].tobytes() == run[0].times.minutes[1].tobytes()


KEY = {"streets_key": "s", "mode": WALK, "demand": HOMES, "cutoff_min": 60.0, "max_snap_m": 300.0}


@pytest.mark.parametrize(
    "change",
    [
        {"streets_key": "t"},
        {"mode": replace(WALK, speed_kmh=4.9)},
        {"mode": replace(WALK, steps_speed_kmh=1.0)},
        {"demand": demand_at((0.5, 0), (1.2, 1), (2, 1.7), (0, 41))},
        {"demand": HOMES.iloc[:3]},
        {"demand": HOMES.assign(demand_id=["d0", "d1", "d2", "x"])},
        {"cutoff_min": 59.0},
        {"max_snap_m": 299.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_touching_any_input_changes_the_key(change: dict[str, object]) -> None:
    def key(streets_key: str, mode: object, demand: gpd.GeoDataFrame, **options: float) -> str:
        return times_key(streets_key, mode, demand_fingerprint(demand), **options)

    assert key(**{**KEY, **change}) != key(**KEY)
    assert key(**KEY) == key(**KEY)


@pytest.mark.parametrize(
    "other",
    [
        town(without=["h12"]),
        town(tagged={"h12": {"oneway": "yes"}}),
        town(tagged={"h12": {"maxspeed_kmh": 30.0}}),
        town(tagged={"h12": {"surface": "gravel"}}),
        town().assign(geometry=lambda table: table.geometry.translate(0.01)),
        town().assign(to_node=lambda table: table["to_node"].replace(9, 10)),
    ],
)
def test_touching_the_streets_changes_their_fingerprint(other: gpd.GeoDataFrame) -> None:
    assert streets_fingerprint(other) != streets_fingerprint(town())
    assert streets_fingerprint(town()) == streets_fingerprint(town())


@pytest.mark.parametrize("kind", ["times", "isochrones", "network", "grid"])
def test_a_damaged_cache_file_is_named_and_made_anew(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    go(tmp_path, services_at(a=(0, 0), b=(2, 2)))
    more = services_at(a=(0, 0), b=(2, 2), c=(1, 2))  # a new place: the network and the grid are needed
    (file,) = tmp_path.glob(f"{kind}-*")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(bytes(damaged))
    run = go(tmp_path, more)
    assert file.name in caplog.text
    assert_same(run, go(None, more))
    caplog.clear()
    assert counts(go(tmp_path, more)) == [(0, 3), (0, 4)]
    assert caplog.text == ""


def test_a_service_added_again_and_again_leaves_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access92.travel.cache._MOST_PARTS", 4)
    for number in range(11):
        run = go(tmp_path, services_at(a=(0, 0), new=(number / 11, 1)))
        assert counts(run)[0] == ((2, 0) if number == 0 else (1, 1))
    assert len(list(tmp_path.glob("times-*"))) <= 4
    assert counts(go(tmp_path, services_at(a=(0, 0), new=(7 / 11, 1))))[0] == (0, 2)


def test_a_new_service_on_cached_streets_builds_neither_network_nor_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(tmp_path, services_at(a=(0, 0)))
    plain = go(None, services_at(a=(0, 0), b=(2, 2)))
    monkeypatch.setattr("access92.travel.router.build_network", lambda *_: pytest.fail("the network was built again"))
    monkeypatch.setattr(
        "access92.travel.router.build_time_grid", lambda *_, **__: pytest.fail("the grid was built again")
    )
    assert_same(go(tmp_path, services_at(a=(0, 0), b=(2, 2))), plain)


def test_a_router_snaps_its_demand_once_and_not_at_all_where_the_cache_holds_the_snaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapped: list[int] = []

    def counted(places: gpd.GeoSeries, *args: object, **options: object) -> Snaps:
        snapped.append(len(places))
        return snap_places(places, *args, **options)

    monkeypatch.setattr("access92.travel.router.snap_places", counted)
    for services, snaps_of_demand in ((services_at(a=(0, 0)), 1), (services_at(a=(0, 0), b=(2, 2)), 0)):
        snapped.clear()
        router = router_of(tmp_path)
        time_mode(router, services)
        assert len(router.demand_snaps.street) == len(HOMES)
        assert snapped.count(len(HOMES)) == snaps_of_demand


def test_a_changed_water_draws_the_isochrones_again_but_keeps_the_times(tmp_path: Path) -> None:
    services = services_at(a=(0, 0))
    go(tmp_path, services)
    water = shapely.box(*np.add(services.total_bounds, [50, 50, 90, 90]))
    assert counts(go(tmp_path, services, water=water)) == [(0, 1), (1, 0)]


def test_places_without_position_have_an_empty_key_and_groups_ignore_order() -> None:
    assert place_keys(gpd.GeoSeries([None, shapely.Point()])) == ["", ""]
    assert group_key(["a", "b"]) == group_key(["b", "a"]) != group_key(["a"])


def test_the_fingerprint_is_that_of_the_values_not_of_how_they_are_stored() -> None:
    streets = town(tagged={"h12": {"surface": "gravel"}})
    stored = streets.assign(
        surface=streets["surface"].astype(pd.CategoricalDtype(["x", "gravel", ""])),
        from_node=streets["from_node"].astype("int32"),
    )
    assert streets_fingerprint(stored) == streets_fingerprint(streets)
