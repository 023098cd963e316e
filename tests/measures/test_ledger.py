"""The ledger: on paper, and what must hold on any matrix."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from access92.measures.areas import area_sums
from access92.measures.comparison import comparison_table
from access92.measures.ledger import (
    CHANGED_POINTS_COLUMNS,
    LEDGER_COLUMNS,
    NEXT_NEAREST_COLUMNS,
    SOLE_PROVIDER_COLUMNS,
    Reach,
    changed_points,
    ledger_table,
    nearest_ids,
    next_nearest_if_closed,
    next_nearest_table,
    reach_under,
    second_nearest,
    sole_providers,
)
from access92.travel.matrix import nearest_service

NAN = np.nan
IDS = ["A", "B", "C", "D", "E"]
SEEDS = st.integers(0, 10_000)


def matrix(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def people(*rows: tuple[str, float]) -> gpd.GeoDataFrame:
    demand = pd.DataFrame(rows, columns=["area_id", "population"])
    demand["demand_id"] = [f"d{row}" for row in range(len(demand))]
    return gpd.GeoDataFrame(demand, geometry=[Point(row, 0) for row in range(len(demand))], crs=2154)


def services(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"service_id": IDS[: len(places)]}, geometry=[Point(place) for place in places], crs=2154)


def reach(scenario: str, minutes: np.ndarray, *rows: int) -> Reach:
    return reach_under(scenario, minutes, np.array(rows, dtype=np.int32), IDS, threshold_min=20)


def ledger(before: Reach, after: Reach, demand: pd.DataFrame, **options: object) -> pd.DataFrame:
    return ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60, **options)


def random_case(seed: int) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Five services, thirty places, whole minutes (ties) and holes; ages that sum to the population."""
    rng = np.random.default_rng(seed)
    minutes = rng.integers(0, 60, (5, 30)).astype(np.float32)
    minutes[rng.random(minutes.shape) < 0.25] = np.nan
    demand = people(*zip(rng.choice(["a", "b", "c"], 30), rng.integers(0, 40, 30), strict=True))
    demand["age_0_14"] = rng.binomial(demand["population"], 0.2)
    demand["age_15_64"] = rng.binomial(demand["population"] - demand["age_0_14"], 0.7)
    demand["age_65_plus"] = demand["population"] - demand["age_0_14"] - demand["age_15_64"]
    return minutes, demand


def ledger_by_age(before: Reach, after: Reach, demand: pd.DataFrame) -> pd.DataFrame:
    """The ledger of everybody, then of each age group, all of them by the same reach."""
    ready = area_sums(demand)
    groups = [ready.of(name, demand[name].to_numpy(float)) for name in demand.columns if name.startswith("age_")]
    return pd.concat([ledger(before, after, demand, areas=group) for group in (ready, *groups)], ignore_index=True)


# Service A in the reference; B instead of it in the scenario. Weights are powers of two.
BEFORE_AFTER = matrix([25, 10, 19, 30, 19, NAN, NAN], [15, 30, 18, 40, 19.04, 50, NAN])
DEMAND = people(("a", 1), ("a", 2), ("a", 4), ("b", 8), ("b", 16), ("b", 32), ("b", 64))
BEFORE, AFTER = reach("now", BEFORE_AFTER, 0), reach("then", BEFORE_AFTER, 1)


def test_gains_and_losses_are_kept_apart_and_share_out_the_people() -> None:
    total = ledger(BEFORE, AFTER, DEMAND).set_index("area_id").loc["total"]
    assert total[["population_gained", "population_lost"]].tolist() == [1, 2]
    assert total[["population_still_covered", "population_still_uncovered"]].tolist() == [4 + 16, 8 + 32 + 64]


def test_faster_and_slower_count_who_is_reached_at_last_and_ignore_three_seconds() -> None:
    total = ledger(BEFORE, AFTER, DEMAND).set_index("area_id").loc["total"]
    assert total[["population_faster", "population_slower"]].tolist() == [1 + 4 + 32, 2 + 8]


def test_minutes_saved_count_the_cutoff_where_nothing_is_reached_as_the_comparison_does() -> None:
    saved = ledger(BEFORE, AFTER, DEMAND)["minutes_saved_person_min"]
    compared = comparison_table(
        BEFORE.travel_time_min, AFTER.travel_time_min, DEMAND, scenario_reference="now", scenario="then",
        mode="walk", rule="any", thresholds_min=[20.0], cutoff_min=60,
    )["minutes_saved_person_min"]  # fmt: skip
    assert saved.tolist() == compared.tolist()
    assert np.isclose(saved.iloc[-1], 10 - 40 + 4 - 80 - 16 * 0.04 + 320)


def test_the_ledger_keeps_its_columns_and_tells_the_areas_asked_for() -> None:
    table = ledger(BEFORE, AFTER, DEMAND, areas=["z", "a"])
    assert tuple(table.columns) == LEDGER_COLUMNS
    assert table["area_id"].tolist() == ["z", "a", "total"]
    assert table["population"].tolist() == [0, 7, 127]


def test_a_commitment_may_say_who_is_covered() -> None:
    everyone = replace(AFTER, covered=np.ones(7, dtype=bool))
    total = ledger(BEFORE, everyone, DEMAND).set_index("area_id").loc["total"]
    assert total[["population_gained", "population_lost", "population_still_uncovered"]].tolist() == [105, 0, 0]


def test_the_points_that_change_say_what_was_and_what_is() -> None:
    points = changed_points(BEFORE, AFTER, DEMAND, mode="walk", rule="any")
    assert tuple(points.columns) == CHANGED_POINTS_COLUMNS
    assert points.crs == DEMAND.crs
    assert points["demand_id"].tolist() == ["d0", "d1", "d2", "d3", "d5"]
    assert points["change"].tolist() == ["gained", "lost", "faster", "slower", "faster"]
    assert points["nearest_before"].tolist() == ["A", "A", "A", "A", ""]
    assert points["nearest_after"].tolist() == ["B"] * 5
    assert np.isnan(points["minutes_before"].iloc[-1])
    assert points["minutes_after"].iloc[-1] == 50
    assert points.geometry.x.tolist() == [0, 1, 2, 3, 5]


def test_no_change_makes_an_empty_table_of_points_with_all_its_columns() -> None:
    points = changed_points(BEFORE, BEFORE, DEMAND, mode="walk", rule="any")
    assert len(points) == 0
    assert tuple(points.columns) == CHANGED_POINTS_COLUMNS


def test_where_nobody_lives_nothing_is_told() -> None:
    points = changed_points(
        reach("r", matrix([30]), 0), reach("s", matrix([5]), 0), people(("a", 0)), mode="w", rule="r"
    )
    assert len(points) == 0


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


def test_each_service_closing_alone_tells_the_same_as_closing_it() -> None:
    rows = np.array([0, 1, 2])
    alone = next_nearest_if_closed(TURNING, rows, IDS, TURNED, threshold_min=20)
    one_by_one = [
        next_nearest_table(TURNING, rows, np.delete(rows, row), IDS, TURNED, threshold_min=20) for row in range(2)
    ]
    pd.testing.assert_frame_equal(alone, pd.concat(one_by_one, ignore_index=True))  # C is the nearest of nobody


def test_an_unreached_nearest_has_an_empty_name() -> None:
    assert nearest_ids(np.array([-1, 0], dtype=np.int32), pd.Series(["A"])).tolist() == ["", "A"]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_an_added_service_loses_nobody_and_slows_nobody(seed: int) -> None:
    minutes, demand = random_case(seed)
    table = ledger(reach("r", minutes, 0, 1), reach("s", minutes, 0, 1, 2), demand)
    assert (table[["population_lost", "population_slower"]] == 0).all(axis=None)
    assert (table["minutes_saved_person_min"] >= 0).all()
    points = changed_points(reach("r", minutes, 0, 1), reach("s", minutes, 0, 1, 2), demand, mode="walk", rule="any")
    assert set(points["change"]) <= {"gained", "faster"}


@settings(max_examples=30)
@given(seed=SEEDS)
def test_an_empty_change_changes_nothing(seed: int) -> None:
    minutes, demand = random_case(seed)
    same = reach("r", minutes, 0, 1)
    table = ledger(same, replace(same, scenario="s"), demand)
    changed = ["population_gained", "population_lost", "population_faster", "population_slower"]
    assert (table[[*changed, "minutes_saved_person_min"]] == 0).all(axis=None)
    assert changed_points(same, same, demand, mode="walk", rule="any").empty


@settings(max_examples=30)
@given(seed=SEEDS)
def test_adding_then_removing_swaps_gains_and_losses(seed: int) -> None:
    minutes, demand = random_case(seed)
    there, back = reach("r", minutes, 0, 1), reach("s", minutes, 1, 2)
    out, home = ledger(there, back, demand), ledger(back, there, demand)
    assert (out["population_gained"] == home["population_lost"]).all()
    assert (out["minutes_saved_person_min"] == -home["minutes_saved_person_min"]).all()


@settings(max_examples=30)
@given(seed=SEEDS)
def test_the_ledger_sums_to_the_difference_of_the_totals_by_area_and_age(seed: int) -> None:
    minutes, demand = random_case(seed)
    before, after = reach("r", minutes, 0, 1), reach("s", minutes, 2, 3, 4)
    table = ledger_by_age(before, after, demand).set_index(["public", "area_id"])
    for public, column in [("all", "population"), *((age, age) for age in demand.columns if age.startswith("age_"))]:
        for area in ["a", "b", "c", "total"]:
            here = np.ones(30, dtype=bool) if area == "total" else demand["area_id"].eq(area).to_numpy()
            if not here.any():
                continue
            was, now = (demand[column][here & x.covered].sum() for x in (before, after))
            row = table.loc[(public, area)]
            assert row["population_gained"] - row["population_lost"] == now - was
            assert row["population_still_covered"] + row["population_lost"] == was
            shares = ["population_gained", "population_lost", "population_still_covered", "population_still_uncovered"]
            assert row[shares].sum() == row["population"]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_ages_sum_to_all_areas_to_the_total_and_points_to_the_ledger(seed: int) -> None:
    minutes, demand = random_case(seed)
    before, after = reach("r", minutes, 0, 1), reach("s", minutes, 2, 3)
    table = ledger_by_age(before, after, demand)
    figures = [name for name in LEDGER_COLUMNS if name.startswith(("population", "minutes"))]
    ages = table[table["public"] != "all"].groupby("area_id")[figures].sum()
    everybody = table[table["public"] == "all"].set_index("area_id")[figures].sort_index()
    np.testing.assert_allclose(ages, everybody)
    np.testing.assert_allclose(everybody.drop(index="total").sum(), everybody.loc["total"])
    points = changed_points(before, after, demand, mode="walk", rule="any").groupby("change")["population"].sum()
    for change in ("gained", "lost"):
        assert points.get(change, 0) == everybody.loc["total", f"population_{change}"]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_sole_people_are_those_who_lose_cover_when_the_row_is_dropped(seed: int) -> None:
    minutes, demand = random_case(seed)
    rows = np.array([0, 2, 3, 4])
    sole = sole_providers(minutes[rows] < 20, rows, services(*((row, row) for row in range(0, 50, 10))), demand)
    sole = sole[sole["area_id"] == "total"].set_index("service_id")["population_sole"]
    lost_by_turning = next_nearest_if_closed(minutes, rows, IDS, demand, threshold_min=20)
    lost_by_turning = lost_by_turning.groupby("service_id")["population_lost"].sum()
    for row in rows:
        dropped = ledger(reach("r", minutes, *rows), reach("s", minutes, *rows[rows != row]), demand)
        lost = dropped.loc[dropped["public"].eq("all") & dropped["area_id"].eq("total"), "population_lost"].item()
        assert sole[IDS[row]] == lost == lost_by_turning.get(IDS[row], 0)


@settings(max_examples=30)
@given(seed=SEEDS)
def test_the_second_nearest_is_the_nearest_once_the_nearest_is_gone(seed: int) -> None:
    minutes, _ = random_case(seed)
    rows = np.arange(5)
    _, nearest = nearest_service(minutes, rows)
    time, row = second_nearest(minutes, rows)
    for point in range(minutes.shape[1]):
        left, left_row = nearest_service(minutes[:, [point]], rows[rows != nearest[point]])
        if nearest[point] < 0:
            left, left_row = np.array([NAN]), np.array([-1])
        np.testing.assert_array_equal(time[[point]], left)
        assert row[point] == left_row[0]


def test_ninety_services_and_45_000_points_take_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0, 80, (90, 45_000)).astype(np.float32)
    minutes[minutes > 60] = np.nan
    demand = pd.DataFrame({"area_id": rng.choice(list("abcdefghijkl"), 45_000), "population": 1.0})
    rows, ids = np.arange(90), [f"s{row}" for row in range(90)]
    places = gpd.GeoDataFrame({"service_id": ids}, geometry=gpd.points_from_xy(rows * 10.0, rows), crs=2154)
    start = perf_counter()
    turned = next_nearest_if_closed(minutes, rows, ids, demand, threshold_min=20)
    sole = sole_providers(minutes[rows] < 20, rows, places, demand)
    assert perf_counter() - start < 3.0  # 0.4 s on two quiet cores; the machine may be busy
    assert turned["population"].sum() == 45_000
    assert sole["service_id"].nunique() == 90
