"""The grid of times: each cell links to the streets around it as homes do, and never across water."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import Network, build_network
from access92.network.modes import read_modes
from access92.network.snapping import Snaps, snap_places
from access92.travel.block_times import block_bounds, cell_times
from access92.travel.cell_links import BLOCK
from access92.travel.drawn_links import DrawnLinks
from access92.travel.isochrones import draw_isochrones
from access92.travel.kernels import UNREACHED, search
from access92.travel.matrix import access_leg_ms, exit_ms, network_scratch, service_seeds
from access92.travel.time_grid import TimeGrid, build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town
from tests.toy_town import at, services_at, town

WALK = read_modes()["walk"]
CELL_M = 5.0
LIMIT_MS = 3_600_000
QUAY = town(without=[name for name in town()["edge_id"] if name != "h12"])
"""One street due east, from (0, 0) to (1, 0)."""


def centres(grid: TimeGrid) -> np.ndarray:
    rows, columns = grid.rows * BLOCK, grid.columns * BLOCK
    x, y = np.meshgrid(
        grid.x0 + (np.arange(columns) + 0.5) * grid.cell_m, grid.y0 + (np.arange(rows) + 0.5) * grid.cell_m
    )
    return shapely.points(x, y)


def times_of_cells(grid: TimeGrid, network: Network, time_ms: np.ndarray) -> np.ndarray:
    """Milliseconds of every cell of a grid, whatever its block: (rows, columns)."""
    shape = (grid.rows + 2, grid.columns + 2)
    slot = np.full(shape, -1, dtype=np.int32)
    slot[1:-1, 1:-1] = np.arange(grid.rows * grid.columns, dtype=np.int32).reshape(grid.rows, grid.columns)
    times = np.empty((grid.rows * grid.columns, BLOCK * BLOCK), dtype=np.int32)
    no_service = np.zeros(len(network.street_row) + 1, dtype=np.int64)
    cells = DrawnLinks(network, grid).of_blocks(np.arange(grid.rows * grid.columns))
    cell_times(
        slot, 0, 0, grid.columns, cells.number, cells.start, cells.links, cells.position, network.forward_ms,
        network.backward_ms, network.leave_to_node, network.leave_from_node, time_ms, LIMIT_MS, no_service,
        np.empty(0), np.empty(0, dtype=np.int64), times, *(np.empty(shape, dtype=np.int32) for _ in range(2)),
    )  # fmt: skip
    blocks = times.reshape(grid.rows, grid.columns, BLOCK, BLOCK).transpose(0, 2, 1, 3)
    return blocks.reshape(grid.rows * BLOCK, grid.columns * BLOCK)


def searched(network: Network) -> np.ndarray:
    """Milliseconds from each node to the first street."""
    snaps = Snaps(np.zeros(1, dtype=np.int32), np.full(1, 0.5), np.zeros(1))
    scratch = network_scratch(network, limit_ms=LIMIT_MS)
    search(network.arc_start, network.arcs, *service_seeds(network, snaps, np.array([0])), LIMIT_MS, scratch)
    return scratch.time_ms


@pytest.mark.slow
@examples(15)
@given(seed=st.integers(0, 10_000), cap_m=st.sampled_from([12.0, 45.0, 120.0]))
def test_the_time_of_a_cell_is_the_best_of_all_streets_within_its_radius(seed: int, cap_m: float) -> None:
    streets = random_town(seed).streets
    network = build_network(streets, WALK)
    grid = build_time_grid(streets, network, cell_m=15.0, off_street_m=cap_m)
    time_ms = searched(network)
    cells = times_of_cells(grid, network, time_ms)
    lines = streets.geometry.to_numpy()[network.street_row]
    points = centres(grid)
    away = shapely.distance(points[..., None], lines)
    away[..., ~network.serves_demand] = np.inf  # nobody lives where no way leads on
    nearest = away.min(axis=2)
    walked = np.minimum(away, np.maximum(0, 1.5 * away - 0.5 * grid.cell_m))
    leg = access_leg_ms(network, np.where(np.isfinite(walked), walked, 0))
    position = shapely.line_locate_point(lines, points[..., None], normalized=True)
    street = np.broadcast_to(np.arange(len(lines)), away.shape)
    ahead, back = (ms.astype(np.int64) for ms in exit_ms(network, street, position, leg))
    best = np.minimum(ahead + time_ms[network.leave_to_node], back + time_ms[network.leave_from_node])
    sure, expected = np.abs(nearest - cap_m) > 1e-6, {}
    for name, slack in (("fewer", -1e-6), ("more", 1e-6)):
        linked = (away <= nearest[..., None] + grid.link_radius_m + slack) & (away <= cap_m)
        times = np.where(linked, best, UNREACHED).min(axis=2)
        expected[name] = np.where(times <= LIMIT_MS, times, UNREACHED)
    sure &= expected["fewer"] == expected["more"]
    assert sure.mean() > 0.9
    assert (np.abs(cells.astype(np.int64) - expected["more"])[sure] <= 2).all()  # rounded twice


@examples(15)
@given(seed=st.integers(0, 10_000))
def test_the_times_of_the_cells_of_a_block_lie_between_its_bounds(seed: int) -> None:
    streets = random_town(seed).streets
    network = build_network(streets, WALK)
    grid = build_time_grid(streets, network, cell_m=10.0, off_street_m=45.0)
    time_ms = searched(network)
    cells = times_of_cells(grid, network, time_ms)
    blocks = cells.reshape(grid.rows, BLOCK, grid.columns, BLOCK)
    least, most = (np.full((grid.rows + 2, grid.columns + 2), UNREACHED) for _ in range(2))
    block_bounds(time_ms, LIMIT_MS, grid.columns, 0, 0, grid.range_start, grid.ranges, grid.is_whole, least, most)
    assert (blocks.min(axis=(1, 3)) == least[1:-1, 1:-1]).mean() > 0.9
    assert (blocks.min(axis=(1, 3)) >= least[1:-1, 1:-1]).all()
    assert (blocks.max(axis=(1, 3)) <= most[1:-1, 1:-1]).all()


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
    reached = times_of_cells(grid, network, searched(network)) != UNREACHED
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
