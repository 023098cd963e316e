"""What must hold on any town."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.measures.coverage import coverage_table
from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.isochrones import draw_isochrones
from access92.travel.nearest import nearest_service
from access92.travel.time_grid import build_time_grid
from tests.door_to_door import door_to_door
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town

WALK = read_modes()["walk"]
SEEDS = st.integers(0, 10_000)


def matrix(town: RandomTown, streets: gpd.GeoDataFrame | None = None) -> np.ndarray:
    streets = town.streets if streets is None else streets
    return door_to_door(town.services, town.demand, streets, WALK, max_snap_m=90.0).minutes


def coverage(town: RandomTown, minutes: np.ndarray, thresholds: list[float]) -> pd.DataFrame:
    nearest, _ = nearest_service(minutes, np.arange(len(minutes)))
    return coverage_table(
        nearest, town.demand, scenario="s", mode="walk", rule="any", thresholds_min=thresholds,
        unsnapped=np.zeros(len(town.demand), dtype=bool),
    )  # fmt: skip


@examples(15)
@given(seed=SEEDS)
def test_a_new_service_uncovers_nobody(seed: int) -> None:
    minutes = matrix(random_town(seed))
    fewer, _ = nearest_service(minutes, np.array([0, 1]))
    more, _ = nearest_service(minutes, np.array([0, 1, 2]))
    assert (np.nan_to_num(more, nan=np.inf) <= np.nan_to_num(fewer, nan=np.inf)).all()


@examples(15)
@given(seed=SEEDS)
def test_a_longer_threshold_covers_no_fewer_and_areas_sum_to_the_total(seed: int) -> None:
    town = random_town(seed)
    table = coverage(town, matrix(town), [2.0, 4.0, 8.0, 16.0])
    by_area = table.pivot_table(index="area_id", columns="threshold_min", values="population_covered")
    assert (by_area.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    parts = by_area.drop(index="total").sum()
    np.testing.assert_allclose(parts, by_area.loc["total"])


@examples(15)
@given(seed=SEEDS)
def test_the_order_of_rows_is_irrelevant(seed: int) -> None:
    town = random_town(seed)
    rng = np.random.default_rng(seed)
    shuffled = town.streets.iloc[rng.permutation(len(town.streets))].reset_index(drop=True)
    once, again = matrix(town), matrix(town, shuffled)
    np.testing.assert_allclose(once, again, atol=2e-4, equal_nan=True)


@examples(15)
@given(seed=SEEDS)
def test_reversing_every_street_transposes_the_times(seed: int) -> None:
    town = random_town(seed, service_count=5, demand_count=5)
    turned = {"": "", "yes": "-1", "-1": "yes"}
    backwards = town.streets.assign(
        oneway=town.streets["oneway"].map(turned),
        oneway_foot=town.streets["oneway_foot"].map(turned),
    )
    swapped = RandomTown(
        backwards,
        gpd.GeoDataFrame(
            {"service_id": town.demand["demand_id"], "name": "x", "kind": "sst"}, geometry=town.demand.geometry
        ),
        gpd.GeoDataFrame(
            {"demand_id": town.services["service_id"], "area_id": "a", "population": 1},
            geometry=town.services.geometry,
        ),
    )
    np.testing.assert_allclose(matrix(swapped).T, matrix(town), atol=2e-4, equal_nan=True)


@examples(15)
@given(seed=SEEDS)
def test_isochrones_are_valid_and_nest(seed: int) -> None:
    town = random_town(seed)
    network = build_network(town.streets, WALK)
    grid = build_time_grid(town.streets, network, cell_m=10.0, off_street_m=30.0)
    snaps = snap_places(town.services.geometry, town.streets, network, max_snap_m=90.0)
    drawn = draw_isochrones(network, grid, snaps, np.arange(2), thresholds_min=[2.0, 4.0, 6.0])
    assert all(area.is_valid for area in drawn)
    for inner, outer in pairwise(drawn):
        assert shapely.difference(inner, outer).area < 1e-6
