"""Sole providers and where people turn: on paper, and what must hold on any matrix."""

from __future__ import annotations

from time import perf_counter

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given

from access92.measures.providers import NEXT_NEAREST_COLUMNS, SOLE_PROVIDER_COLUMNS, next_nearest_table, sole_providers
from tests.measures.small_matrices import IDS, NAN, SEEDS, ledger, matrix, people, random_case, reach, services
from tests.random_examples import examples


def test_a_sole_provider_is_alone_for_those_who_reach_no_other() -> None:
    reached = matrix([5, 5, 30, 20], [30, 5, 5, NAN]) < 20
    table = sole_providers(reached, np.array([0, 1]), services((0, 0), (9, 9)), people(*zip("aabb", (1, 2, 4, 8))))  # noqa: B905
    assert tuple(table.columns) == SOLE_PROVIDER_COLUMNS
    assert table[["service_id", "area_id", "population_reached", "population_sole"]].to_numpy().tolist() == [
        ["A", "a", 3, 1], ["A", "total", 3, 1],
        ["B", "a", 2, 0], ["B", "b", 4, 4], ["B", "total", 6, 4],
    ]  # fmt: skip


def test_two_services_at_one_place_have_no_sole_people_but_their_place_has() -> None:
    reached = matrix([5, 5, 30], [5, 5, 30], [30, 5, 5]) < 20
    table = sole_providers(
        reached, np.array([0, 1, 2]), services((0, 0), (0.2, 0), (90, 90)), people(("a", 1), ("a", 2), ("a", 4))
    )
    total = table[table["area_id"] == "total"].set_index("service_id")
    assert total["population_sole"].tolist() == [0, 0, 4]
    assert total["population_sole_place"].tolist() == [1, 1, 4]
    assert total["same_place"].tolist() == ["B", "A", ""]


def test_a_service_that_nobody_reaches_has_its_total_row() -> None:
    table = sole_providers(matrix([NAN]) < 20, np.array([0]), services((0, 0)), people(("a", 1)))
    assert table[["area_id", "population_sole"]].to_numpy().tolist() == [["total", 0]]
    assert sole_providers(np.zeros((0, 1), dtype=bool), np.array([], dtype=int), services(), people(("a", 1))).empty


# A closes. d0 turns to B (+3), d1 to C (+1), d2 to nobody, d3 to B (+15: no longer covered); d4 had B anyway.
TURNING = matrix([5, 5, 5, 15, 9], [8, 7, NAN, 30, 2], [NAN, 6, NAN, NAN, NAN])
TURNED = people(("a", 1), ("a", 2), ("a", 4), ("a", 8), ("a", 16))


def test_the_people_of_a_closed_service_turn_to_their_next_nearest() -> None:
    table = next_nearest_table(TURNING, np.array([0, 1, 2]), np.array([1, 2]), IDS, TURNED, threshold_min=20)
    assert tuple(table.columns) == NEXT_NEAREST_COLUMNS
    assert table.drop(columns="median_extra_min").to_numpy().tolist() == [
        ["A", "B", 9, 8, 123], ["A", "", 4, 4, 0], ["A", "C", 2, 0, 2],
    ]  # fmt: skip
    np.testing.assert_array_equal(table["median_extra_min"], [15, NAN, 1])


def test_a_service_opened_in_the_same_change_may_receive_them_faster() -> None:
    table = next_nearest_table(TURNING, np.array([1]), np.array([0]), IDS, TURNED, threshold_min=20)
    assert table[["service_id", "turns_to", "population", "population_lost"]].to_numpy().tolist() == [["B", "A", 27, 0]]
    assert table["extra_person_min"].item() == 1 * -3 + 2 * -2 + 8 * -15 + 16 * 7


def test_nobody_turns_where_nothing_closes() -> None:
    table = next_nearest_table(TURNING, np.array([1]), np.array([0, 1]), IDS, TURNED, threshold_min=20)
    assert table.empty
    assert tuple(table.columns) == NEXT_NEAREST_COLUMNS


@examples(30)
@given(seed=SEEDS)
def test_sole_people_are_those_who_lose_cover_when_the_row_is_dropped(seed: int) -> None:
    minutes, demand = random_case(seed)
    rows = np.array([0, 2, 3, 4])
    sole = sole_providers(minutes[rows] < 20, rows, services(*((row, row) for row in range(0, 50, 10))), demand)
    sole = sole[sole["area_id"] == "total"].set_index("service_id")["population_sole"]
    for row in rows:
        dropped = ledger(reach("r", minutes, *rows), reach("s", minutes, *rows[rows != row]), demand)
        lost = dropped.loc[dropped["public"].eq("all") & dropped["area_id"].eq("total"), "population_lost"].item()
        turned = next_nearest_table(minutes, rows, rows[rows != row], IDS, demand, threshold_min=20)
        assert sole[IDS[row]] == lost == turned["population_lost"].sum()


def test_ninety_services_and_45_000_points_take_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0, 80, (90, 45_000)).astype(np.float32)
    minutes[minutes > 60] = np.nan
    demand = pd.DataFrame({"area_id": rng.choice(list("abcdefghijkl"), 45_000), "population": 1.0})
    rows, ids = np.arange(90), [f"s{row}" for row in range(90)]
    places = gpd.GeoDataFrame({"service_id": ids}, geometry=gpd.points_from_xy(rows * 10.0, rows), crs=2154)
    start = perf_counter()
    turned = next_nearest_table(minutes, rows, rows[:1], ids, demand, threshold_min=20)
    sole = sole_providers(minutes[rows] < 20, rows, places, demand)
    assert perf_counter() - start < 3.0  # 0.4 s on two quiet cores; the machine may be busy
    assert 44_000 < turned["population"].sum() < 45_000  # all but those of the first
    assert sole["service_id"].nunique() == 90
