"""Cells of water: those whose centre lies in it; isochrones stop at them, and pass over bridges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from access92.travel.water_cells import water_cells


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), cell_m=st.sampled_from([7.0, 20.0, 33.0]))
def test_the_cells_are_those_whose_centre_is_in_the_water(seed: int, cell_m: float) -> None:
    rng = np.random.default_rng(seed)
    lakes = shapely.buffer(shapely.points(rng.uniform(-100, 700, (5, 2))), rng.uniform(20, 160, 5))
    islands = shapely.buffer(shapely.points(rng.uniform(0, 600, (4, 2))), rng.uniform(10, 60, 4))
    water = shapely.difference(shapely.union_all(lakes), shapely.union_all(islands))
    x, y = np.meshgrid(3 + (np.arange(25) + 0.5) * cell_m, -9 + (np.arange(18) + 0.5) * cell_m)
    expected = shapely.contains_xy(water, x, y)
    assert (water_cells(water, 3, -9, cell_m, (18, 25)) == expected).all()


@pytest.mark.parametrize("water", [None, shapely.MultiPolygon(), shapely.box(5000, 5000, 6000, 6000)])
def test_no_water_and_water_elsewhere_wet_no_cell(water: shapely.Geometry | None) -> None:
    assert not water_cells(water, 0, 0, 20, (10, 12)).any()


def test_water_that_reaches_over_the_grid_wets_all_of_it() -> None:
    assert water_cells(shapely.box(-500, -500, 5000, 5000), 0, 0, 20, (10, 12)).all()
