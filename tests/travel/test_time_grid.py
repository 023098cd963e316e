"""The grid of times: each cell is tied to the nearest street, exactly, and never across water."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, snap_places
from access92.travel.isochrones import draw_isochrones
from access92.travel.time_grid import TimeGrid, _widened, build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town
from tests.toy_town import at, services_at, town

WALK = read_modes()["walk"]
CELL_M = 5.0
QUAY = town(without=[name for name in town()["edge_id"] if name != "h12"])
"""One street due east, from (0, 0) to (1, 0)."""


def centres(grid: TimeGrid) -> np.ndarray:
    rows, columns = grid.street.shape
    x, y = np.meshgrid(
        grid.x0 + (np.arange(columns) + 0.5) * grid.cell_m, grid.y0 + (np.arange(rows) + 0.5) * grid.cell_m
    )
    return shapely.points(x, y)


@examples(25)
@given(seed=st.integers(0, 10_000), cap_m=st.sampled_from([12.0, 45.0]))
def test_each_cell_is_tied_to_the_street_that_trying_them_all_finds(seed: int, cap_m: float) -> None:
    streets = random_town(seed).streets
    network = build_network(streets, WALK)
    grid = build_time_grid(streets, network, cell_m=15.0, off_street_m=cap_m)
    lines = streets.geometry.to_numpy()[network.street_row]
    every = shapely.distance(centres(grid)[..., None], lines)
    every[..., ~network.serves_demand] = np.inf  # nobody lives where no way leads on
    near = every.min(axis=2)
    sure = np.abs(near - cap_m) > 1e-6
    tied = grid.street != NOT_SNAPPED
    assert (tied == (near <= cap_m))[sure].all()
    own = np.take_along_axis(every, np.maximum(grid.street, 0)[..., None], axis=2)[..., 0]
    np.testing.assert_allclose(own[tied], near[tied], atol=1e-4)  # kept as float32 while streets are compared


@examples(50)
@given(seed=st.integers(0, 10_000), by=st.integers(1, 6), share=st.sampled_from([0.0, 0.02, 0.3]))
def test_widened_cells_are_those_with_a_barred_one_near(seed: int, by: int, share: float) -> None:
    barred = np.random.default_rng(seed).random((17, 23)) < share
    rows, columns = np.nonzero(barred)
    expected = np.zeros_like(barred)
    for row, column in zip(rows, columns, strict=True):
        expected[max(0, row - by) : row + by + 1, max(0, column - by) : column + by + 1] = True
    assert (_widened(barred, by) == expected).all()


@pytest.mark.parametrize("shore_m", [4.0, 6.5, 8.0, 9.0, 10.5, 12.0])
def test_the_people_of_a_quay_are_inside_up_to_the_water_and_nobody_is_beyond_it(shore_m: float) -> None:
    south_west, end = at(-3, 0).coords[0], at(4, 0).coords[0]
    water = shapely.box(south_west[0], south_west[1] + shore_m, end[0], end[1] + shore_m + 30)
    network = build_network(QUAY, WALK)
    grid = build_time_grid(QUAY, network, cell_m=CELL_M, off_street_m=60.0, barriers=water)
    snaps = snap_places(services_at(s=(0.5, 0)).geometry, QUAY, network, max_snap_m=300.0)
    (area,) = draw_isochrones(network, grid, snaps, np.array([0]), thresholds_min=[5.0])
    middle = at(0.5, 0)
    shore = shapely.Point(middle.x, middle.y + shore_m - 0.1)
    assert area.contains(shore)
    assert not area.contains(shapely.Point(middle.x, middle.y + shore_m + 2 * CELL_M))
    assert not area.contains(shapely.Point(middle.x, middle.y + shore_m + 30 + CELL_M))  # within the cap, across


def test_water_is_tied_to_its_shore_and_no_further() -> None:
    start, end = at(-3, 0).coords[0], at(4, 0).coords[0]
    water = shapely.box(start[0], start[1] + 10, end[0], end[1] + 50)
    network = build_network(QUAY, WALK)
    grid = build_time_grid(QUAY, network, cell_m=CELL_M, off_street_m=60.0, barriers=water)
    points = centres(grid)
    inside = shapely.contains(water, points)
    at_shore = inside & (shapely.get_y(points) < start[1] + 10 + CELL_M)
    reached = grid.street != NOT_SNAPPED
    beside = (shapely.get_x(points) > at(0.1, 0).x) & (shapely.get_x(points) < at(0.9, 0).x)
    assert reached[at_shore & beside].all()
    assert not reached[inside & ~at_shore].any()
    assert not reached[shapely.get_y(points) > start[1] + 50].any()


def test_a_pond_within_the_limit_of_a_street_is_not_filled_and_nobody_is_snapped_across_it() -> None:
    middle = at(0.5, 0)
    pond = shapely.box(middle.x - 400, middle.y + 80, middle.x + 400, middle.y + 160)
    network = build_network(QUAY, WALK)
    grid = build_time_grid(QUAY, network, cell_m=CELL_M, off_street_m=250.0, barriers=pond)
    snaps = snap_places(services_at(s=(0.5, 0)).geometry, QUAY, network, max_snap_m=300.0)
    (area,) = draw_isochrones(network, grid, snaps, np.array([0]), thresholds_min=[10.0])
    assert area.contains(shapely.Point(middle.x, middle.y + 75))
    assert area.contains(shapely.Point(middle.x, middle.y - 200))  # the open side, as far as places are snapped
    assert not area.intersects(shapely.box(*pond.buffer(-2 * CELL_M).bounds))
    assert not area.contains(shapely.Point(middle.x, middle.y + 200))
