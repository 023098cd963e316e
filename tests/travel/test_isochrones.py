"""Isochrones on the toy town: a block is a minute, so their shapes and areas are known on paper."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.isochrones import draw_all, draw_isochrones, isochrones_table
from access92.travel.matrix import travel_time_matrix
from access92.travel.time_grid import build_time_grid
from tests.toy_town import BLOCK_M, at, river_town, services_at, street, town

MODES = read_modes()
CELL_M = 5.0


def draw(
    streets: gpd.GeoDataFrame,
    services: gpd.GeoDataFrame,
    *thresholds: float,
    mode: str = "walk",
    off_street_m: float = 20.0,
    barriers: shapely.Geometry | None = None,
) -> list[shapely.MultiPolygon]:
    network = build_network(streets, MODES[mode])
    grid = build_time_grid(streets, network, cell_m=CELL_M, off_street_m=off_street_m, barriers=barriers)
    snaps = snap_places(services.geometry, streets, network, max_snap_m=300.0)
    return draw_isochrones(network, grid, snaps, np.arange(len(services)), thresholds_min=thresholds)


def test_a_street_is_cut_where_time_runs_out() -> None:
    (area,) = draw(town(), services_at(s=(0, 0)), 1.5)
    assert area.contains(at(1.4, 0))
    assert not area.contains(at(1.6, 0))


def test_thresholds_nest_and_all_are_valid() -> None:
    inner, middle, outer = draw(town(), services_at(s=(1, 1)), 0.5, 1.0, 3.0)
    assert all(area.is_valid for area in (inner, middle, outer))
    assert middle.covers(inner)
    assert outer.covers(middle)
    assert inner.area < middle.area < outer.area


def test_the_block_that_no_street_enters_stays_a_hole() -> None:
    (area,) = draw(town(), services_at(s=(1, 1)), 10.0)
    holes = [hole for part in area.geoms for hole in part.interiors]
    assert len(holes) == 4
    assert not area.contains(at(0.5, 0.5))


def test_detached_parts_stay() -> None:
    areas = draw(town(), services_at(a=(0, 0), b=(2, 2)), 0.4)
    assert len(areas[0].geoms) == 2


def test_the_far_bank_of_a_river_without_bridge_nearby_stays_uncovered() -> None:
    streets = river_town(bridge=True)  # the bridge is in the east
    (area,) = draw(streets, services_at(s=(0, 1)), 1.9, off_street_m=60.0)
    assert area.contains(at(0.5, 1))
    assert not area.contains(at(0, 2))
    assert not area.contains(at(0, 1.75))


def test_the_off_street_walk_stops_at_the_water_but_streets_beyond_are_kept() -> None:
    water = shapely.box(*at(-1, 1.3).coords[0], *at(1.5, 1.7).coords[0])
    streets = river_town(bridge=True)
    (area,) = draw(streets, services_at(s=(0, 1)), 6.0, off_street_m=80.0, barriers=water)
    assert area.contains(at(0.5, 1.2))
    assert not area.contains(at(0.5, 1.5))
    assert area.contains(at(0.5, 2))  # reached over the bridge
    without = draw(streets, services_at(s=(0, 1)), 6.0, off_street_m=80.0)[0]
    assert without.contains(at(0.5, 1.5))


def test_a_cell_beyond_narrow_water_is_not_tied_across_it() -> None:
    lane = [street("lane", 1, 2)]  # one street along y = 0, water just north of it, nothing beyond
    streets = town(without=[name for name in town()["edge_id"] if name != "h12"])
    water = shapely.box(*at(-1, 0.1).coords[0], *at(2, 0.25).coords[0])
    (area,) = draw(streets, services_at(s=(0.5, 0)), 5.0, off_street_m=60.0, barriers=water)
    assert not area.contains(at(0.5, 0.5))
    assert area.contains(at(0.5, -0.5))
    assert lane


def test_the_one_way_street_is_drawn_towards_the_service() -> None:
    streets = town(tagged={"h12": {"oneway": "yes", "oneway_foot": "yes"}})
    (area,) = draw(streets, services_at(s=(0.5, 0)), 0.4)
    assert area.contains(at(0.2, 0))
    assert not area.contains(at(0.8, 0))


def test_the_car_pays_for_parking_on_the_services_own_street_too() -> None:
    car = MODES["car"]
    service = services_at(s=(0.5, 0))  # within a minute's drive of every place of the town
    none, all_of_it = draw(town(), service, car.parking_min - 0.01, car.parking_min + 1.0, mode="car")
    assert car.parking_min > 1
    assert none.is_empty
    assert all_of_it.contains(at(0.5, 0))


def test_a_door_on_the_services_own_street_is_inside_from_its_door_to_door_time_on() -> None:
    # neither the leg to the street nor the parking is free for those who live along the service's own street
    streets, service = town(), services_at(s=(0.4, -0.2))
    for mode, tolerance_min in (("walk", CELL_M / BLOCK_M), ("car", 0.05)):
        network = build_network(streets, MODES[mode])
        snaps, door = (
            snap_places(places, streets, network, max_snap_m=300.0)
            for places in (service.geometry, gpd.GeoSeries([at(0.6, 0)], crs=streets.crs))
        )
        minutes = float(travel_time_matrix(network, snaps, door, cutoff_min=60.0)[0, 0])
        thresholds = (minutes - tolerance_min, minutes + tolerance_min)
        before, after = draw(streets, service, *thresholds, mode=mode)
        assert (before.contains(at(0.6, 0)), after.contains(at(0.6, 0))) == (False, True)


def test_a_service_that_is_not_snapped_has_empty_isochrones() -> None:
    assert [area.is_empty for area in draw(town(), services_at(s=(0, 90)), 1.0, 2.0)] == [True, True]


def test_a_threshold_shorter_than_the_way_to_the_street_is_empty() -> None:
    assert draw(town(), services_at(s=(0.5, -1)), 0.5)[0].is_empty


def test_the_area_of_a_straight_street_is_its_reached_length_times_the_off_street_width() -> None:
    row = [street(f"r{i}", 50 + i, 51 + i, {50 + i: (float(i), 9.0), 51 + i: (float(i + 1), 9.0)}) for i in range(10)]
    streets = town(without=list(town()["edge_id"]), more=row)
    (area,) = draw(streets, services_at(s=(5, 9)), 3.0, off_street_m=20.0)
    # three blocks each way; a metre off the street is a metre less along it
    mean_leg_m = 20 / 2
    expected = (6 * BLOCK_M - 2 * mean_leg_m) * 40
    assert area.area == pytest.approx(expected, rel=0.02)


def test_the_table_holds_services_first_then_groups() -> None:
    streets, services = town(), services_at(a=(0, 0), b=(2, 2))
    network = build_network(streets, MODES["walk"])
    grid = build_time_grid(streets, network, cell_m=CELL_M, off_street_m=20.0)
    snaps = snap_places(services.geometry, streets, network, max_snap_m=300.0)
    thresholds = [1.0, 2.0]
    drawn = draw_all(network, grid, snaps, {(0,), (1,), (0, 1)}, thresholds_min=thresholds)
    groups = {("now", "any"): np.array([0, 1])}
    table = isochrones_table("walk", ["a", "b"], groups, drawn, thresholds_min=thresholds, crs=streets.crs)
    assert table[["scenario", "rule", "service_id", "threshold_min"]].to_numpy().tolist() == [
        ["", "", "a", 1.0], ["", "", "a", 2.0], ["", "", "b", 1.0], ["", "", "b", 2.0],
        ["now", "any", "", 1.0], ["now", "any", "", 2.0],
    ]  # fmt: skip
    together = table.geometry.iloc[4]
    assert together.area == pytest.approx(table.area_km2.iloc[4] * 1e6)
    assert table.geometry.iloc[0].difference(together).area < 1e-6


def test_cells_follow_the_family_of_the_mode() -> None:
    streets = town()
    walk, bike = (build_time_grid(streets, build_network(streets, MODES[name])) for name in ("walk", "bike"))
    assert (walk.cell_m, bike.cell_m) == (7.5, 10.0)


@pytest.mark.parametrize("off_m", [30.0, 100.0, 290.0])
def test_a_door_off_the_street_is_inside_just_when_its_walk_is_short_enough(off_m: float) -> None:
    row = [street(f"r{i}", 50 + i, 51 + i, {50 + i: (float(i), 9.0), 51 + i: (float(i + 1), 9.0)}) for i in range(10)]
    streets = town(without=list(town()["edge_id"]), more=row)
    door = shapely.Point(at(5, 9).x, at(5, 9).y + off_m)
    walk_min = off_m / (5000 / 60)
    (before, after) = draw(streets, services_at(s=(5, 9)), walk_min - 0.1, walk_min + 0.1, off_street_m=300.0)
    assert after.contains(door)
    assert not before.contains(door)
