"""The grid of what a scenario leaves open, out of that of all the streets: the same as when it is built anew."""

from __future__ import annotations

from dataclasses import fields
from unittest.mock import patch

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import build_network
from access92.network.lines import street_lines
from access92.network.link_reference import LinkReference
from access92.network.modes import read_modes
from access92.travel import closed_grid
from access92.travel.closed_grid import GridOfAll, close_grid
from access92.travel.time_grid import TimeGrid, build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town
from tests.toy_town import town

WALK = read_modes()["walk"]
CELL_M = 10.0


def both_grids(
    streets: gpd.GeoDataFrame, closed: np.ndarray, water: shapely.Geometry | None = None
) -> tuple[TimeGrid | None, TimeGrid]:
    """The grid of the streets that are left out of that of all, and built anew."""
    left = streets[~closed].reset_index(drop=True)
    lines = street_lines(left.geometry.to_numpy())
    whole, part = build_network(streets, WALK), build_network(streets, WALK, closed=closed)
    grid = build_time_grid(streets, whole, cell_m=CELL_M, off_street_m=100.0, barriers=water)
    of_all = GridOfAll(grid, whole, streets, whole.street_row.astype(np.int64))
    study_row = LinkReference(streets).rows_of(left)[part.street_row]
    anew = build_time_grid(left, part, cell_m=CELL_M, off_street_m=100.0, barriers=water)
    return close_grid(of_all, left, part, study_row, lines), anew


def assert_same(closed: TimeGrid, anew: TimeGrid) -> None:
    for field in fields(TimeGrid):
        assert np.array_equal(getattr(closed, field.name), getattr(anew, field.name)), field.name
        assert np.asarray(getattr(closed, field.name)).dtype == np.asarray(getattr(anew, field.name)).dtype


@examples(25)
@given(seed=st.integers(0, 10_000), which=st.integers(0, 10_000), with_water=st.booleans())
def test_the_grid_of_what_is_left_open_is_that_built_anew(seed: int, which: int, with_water: bool) -> None:
    streets = random_town(seed).streets
    closed = np.zeros(len(streets), dtype=bool)
    closed[which % len(streets)] = True
    x, y = streets.geometry.iloc[(which // 7) % len(streets)].centroid.coords[0]
    grid, anew = both_grids(streets, closed, shapely.box(x + 12, y - 40, x + 45, y + 40) if with_water else None)
    if grid is not None:
        assert_same(grid, anew)


def test_only_the_rows_of_blocks_that_linked_to_a_closed_street_are_linked_again() -> None:
    streets = town()
    closed = (streets["edge_id"] == "h12").to_numpy()
    with patch.object(closed_grid, "link_rows", wraps=closed_grid.link_rows) as link_rows:
        grid, anew = both_grids(streets, closed)
    assert grid is not None
    assert_same(grid, anew)
    ((_, _, _, first, last),) = [call.args for call in link_rows.call_args_list]
    assert 0 < last - first < 0.8 * grid.rows


def test_closing_what_the_extent_or_the_nodes_depend_on_is_left_to_building_anew() -> None:
    streets = town()
    x = streets.geometry.bounds["maxx"].to_numpy()
    grid, _ = both_grids(streets, x == x.max())
    assert grid is None


def test_streets_from_which_nothing_is_reached_any_more_link_no_cell() -> None:
    streets = random_town(0).streets
    closed = np.arange(len(streets)) == 3
    lost = (
        build_network(streets, WALK).serves_demand.sum()
        - build_network(streets, WALK, closed=closed).serves_demand.sum()
    )
    assert lost > 1  # the closed one, and one that is one-way towards it
    assert both_grids(streets, closed)[0] is None
