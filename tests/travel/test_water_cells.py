"""Cells of water: those whose centre lies in it; isochrones stop at them, and pass over bridges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.isochrones import draw_isochrones
from access92.travel.time_grid import build_time_grid
from access92.travel.water_cells import cells_near, water_cells
from tests.random_examples import examples
from tests.toy_town import at, services_at, street, town

WALK = read_modes()["walk"]
CELL_M = 5.0


@examples(25)
@given(seed=st.integers(0, 10_000), cell_m=st.sampled_from([7.0, 20.0, 33.0]))
def test_the_cells_are_those_whose_centre_is_in_the_water(seed: int, cell_m: float) -> None:
    rng = np.random.default_rng(seed)
    lakes = shapely.buffer(shapely.points(rng.uniform(-100, 700, (5, 2))), rng.uniform(20, 160, 5))
    islands = shapely.buffer(shapely.points(rng.uniform(0, 600, (4, 2))), rng.uniform(10, 60, 4))
    water = shapely.difference(shapely.union_all(lakes), shapely.union_all(islands))
    x, y = np.meshgrid(3 + (np.arange(25) + 0.5) * cell_m, -9 + (np.arange(18) + 0.5) * cell_m)
    expected = shapely.contains_xy(water, x, y)
    assert (water_cells(water, 3, -9, cell_m, (18, 25)) == expected).all()


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 25), st.integers(0, 2**32 - 1))
def test_the_cells_near_are_those_of_a_square_around_each(rows: int, columns: int, reach: int, seed: int) -> None:
    barred = np.random.default_rng(seed).random((rows, columns)) < 0.03
    expected = ndimage.maximum_filter(barred, size=2 * reach + 1, mode="constant") if barred.size else barred
    assert np.array_equal(cells_near(barred, reach), expected)


@pytest.mark.parametrize("water", [None, shapely.MultiPolygon(), shapely.box(5000, 5000, 6000, 6000)])
def test_no_water_and_water_elsewhere_wet_no_cell(water: shapely.Geometry | None) -> None:
    assert not water_cells(water, 0, 0, 20, (10, 12)).any()


def test_water_that_reaches_over_the_grid_wets_all_of_it() -> None:
    assert water_cells(shapely.box(-500, -500, 5000, 5000), 0, 0, 20, (10, 12)).all()


EAST = 0.03
"""Blocks by which the quays begin east of the crossings: the bridge then runs through the middle of its cells."""

PLACES = {1: (EAST, 0.0), 2: (1 + EAST, 0.0), 4: (EAST, 1.0), 5: (1 + EAST, 1.0), 10: (EAST, 0.48), 11: (0.6, 0.48)}
QUAYS = [street("h12", 1, 2, PLACES), street("h45", 4, 5, PLACES)]
BANKS = town(without=town()["edge_id"], more=[*QUAYS, street("v14", 1, 4, PLACES)])
"""Two quays due east, at 0 and at one block north, and the bridge between them at the west end."""


def reached_area(water: shapely.Geometry, *, streets: gpd.GeoDataFrame = BANKS) -> shapely.Geometry:
    """The isochrone of 5 minutes of a service on the south quay."""
    network = build_network(streets, WALK)
    grid = build_time_grid(streets, network, cell_m=CELL_M, off_street_m=60.0, barriers=water)
    snaps = snap_places(services_at(s=(0.5, 0)).geometry, streets, network, max_snap_m=300.0)
    (area,) = draw_isochrones(network, grid, snaps, np.array([0]), thresholds_min=[5.0])
    return area


def box(west: float, south_m: float, east: float, north_m: float) -> shapely.Geometry:
    """A box from ``west`` to ``east`` blocks, and between metres north of the south quay."""
    start, end = at(west, 0).coords[0], at(east, 0).coords[0]
    return shapely.box(start[0], start[1] + south_m, end[0], end[1] + north_m)


RIVER = box(-3, 15, 4, 65)


def test_a_bridge_is_drawn_as_wide_as_three_cells_and_the_rest_of_the_river_is_not_filled() -> None:
    area = reached_area(RIVER)
    parts = shapely.get_parts(shapely.intersection(area, box(-3, 15 + CELL_M, 4, 65 - CELL_M)))
    over_water = shapely.union_all(parts[shapely.area(parts) > 0])  # the edges of the box may be touched
    assert len(shapely.get_parts(over_water)) == 1
    assert over_water.area / (50 - 2 * CELL_M) == pytest.approx(3 * CELL_M, rel=0.1)
    assert shapely.covers(over_water, at(EAST, 0.5))


def test_an_island_in_the_river_is_left_out_unless_a_bridge_leads_there() -> None:
    island = box(0.4, 30, 0.8, 50)
    water = shapely.difference(RIVER, island)
    assert not shapely.intersects(reached_area(water), shapely.buffer(island, -CELL_M))
    bridges = [street(name, one, other, PLACES) for name, one, other in (("a", 1, 10), ("b", 10, 4), ("c", 10, 11))]
    with_bridge = town(without=town()["edge_id"], more=[*QUAYS, *bridges])
    assert shapely.intersects(reached_area(water, streets=with_bridge), shapely.buffer(island, -CELL_M))


def test_a_lake_beside_the_street_is_filled_one_cell_from_its_shore_and_no_further() -> None:
    lake = box(0.3, 15, 0.9, 55)
    area = reached_area(lake)
    assert not shapely.intersects(area, shapely.buffer(lake, -1.5 * CELL_M))
    assert shapely.covers(area, at(0.2, 0.3))
