"""Isochrones leave water out to its very shore, and keep to their bridges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.isochrones import draw_all
from access92.travel.open_water import Cuts, open_water, without_water
from access92.travel.time_grid import build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town

WALK = read_modes()["walk"]
THRESHOLDS_MIN = (2.0, 4.0, 8.0)
RIVER = shapely.box(0, 0, 1000, 60)


@examples(4)
@given(seed=st.integers(0, 10_000))
def test_no_isochrone_covers_open_water_and_they_stay_valid_and_nested(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = random_town(seed)
    west, south, east, north = made.streets.total_bounds
    spots = np.column_stack([rng.uniform(west, east, 4), rng.uniform(south, north, 4)])
    lakes = shapely.buffer(shapely.points(spots), rng.uniform(15, 90, 4))
    island = shapely.buffer(shapely.points(spots[0]), 8)
    lake = shapely.difference(shapely.union_all(lakes), island)
    network = build_network(made.streets, WALK)
    grid = build_time_grid(made.streets, network, cell_m=10.0, off_street_m=60.0, barriers=lake)
    water = open_water(lake, made.streets.geometry.to_numpy()[network.street_row], bridge_m=10.0)
    snaps = snap_places(made.services.geometry, made.streets, network, max_snap_m=300.0)
    groups = [(row,) for row in range(min(3, len(made.services)))]
    for areas in draw_all(network, grid, snaps, groups, thresholds_min=THRESHOLDS_MIN, water=water).values():
        for smaller, larger in pairwise(areas):
            assert shapely.difference(smaller, larger).area < 1e-6
        for area in areas:
            assert shapely.is_valid(area)
            assert water is None or shapely.intersection(area, water).area < 1e-6


@pytest.mark.parametrize(
    ("street", "left_m2"),
    [
        (shapely.LineString([(500, -20), (500, 80)]), 60_000 - 40 * 60),  # a bridge
        (shapely.LineString([(500, -20), (500, 5)]), 60_000),  # a jetty shorter than any bridge
        (shapely.LineString([(0, -20), (1000, -20)]), 60_000),  # a quay
    ],
)
def test_only_what_a_street_crosses_is_kept_for_the_isochrones(street: shapely.Geometry, left_m2: float) -> None:
    water = open_water(RIVER, np.array([street], dtype=object), bridge_m=20.0)
    assert water is not None
    assert water.area == pytest.approx(left_m2)


def test_where_no_water_is_known_nothing_is_cut() -> None:
    assert open_water(None, np.array([], dtype=object), bridge_m=20.0) is None


def test_holes_on_dry_land_stay_in_the_part_around_them_on_either_bank() -> None:
    south, north, at_shore = (
        shapely.box(100, -80, 120, -60),
        shapely.box(300, 90, 330, 120),
        shapely.box(500, 50, 520, 70),
    )
    area = shapely.box(-100, -200, 1100, 200).difference(shapely.union_all([south, north, at_shore]))
    cut = without_water(shapely.multipolygons([area]), RIVER)
    whole = without_water(shapely.multipolygons([area]), shapely.box(-200, 0, 1200, 60))
    assert shapely.equals(cut, shapely.difference(area, RIVER))
    assert shapely.equals(whole, shapely.difference(area, shapely.box(-200, 0, 1200, 60)))
    assert shapely.is_valid(whole)
    assert sorted(len(part.interiors) for part in whole.geoms) == [1, 1]


def test_a_part_that_areas_share_is_cut_once_and_as_it_would_be_alone() -> None:
    # as many corners and as large as one another, at other places
    west, middle, east = (shapely.box(x, -30, x + 40, 30) for x in (0, 200, 400))
    areas = [shapely.multipolygons(parts) for parts in ([west, middle], [middle, east], [east, west], [west])]
    cuts = Cuts()
    together = [without_water(area, RIVER, cuts=cuts) for area in areas]
    assert len(cuts) == 3
    assert [shapely.to_wkb(cut) for cut in together] == [shapely.to_wkb(without_water(area, RIVER)) for area in areas]
