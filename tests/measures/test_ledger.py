"""The ledger: on paper, and what must hold on any matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given

from access92.measures.areas import index_areas
from access92.measures.ledger import (
    CHANGED_POINTS_COLUMNS,
    LEDGER_COLUMNS,
    Reach,
    changed_points,
    comparison_table,
    nearest_ids,
)
from tests.measures.small_matrices import NAN, SEEDS, ledger, matrix, people, random_case, reach
from tests.random_examples import examples


def ledger_by_age(before: Reach, after: Reach, demand: pd.DataFrame) -> pd.DataFrame:
    """The ledger of everybody, then of each age group, all of them by the same reach."""
    ready = index_areas(demand)
    groups = [
        ready.for_public(name, demand[name].to_numpy(float)) for name in demand.columns if name.startswith("age_")
    ]
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


def test_an_unreached_nearest_has_an_empty_name() -> None:
    assert nearest_ids(np.array([-1, 0], dtype=np.int32), pd.Series(["A"])).tolist() == ["", "A"]


@examples(30)
@given(seed=SEEDS)
def test_an_added_service_loses_nobody_and_slows_nobody(seed: int) -> None:
    minutes, demand = random_case(seed)
    table = ledger(reach("r", minutes, 0, 1), reach("s", minutes, 0, 1, 2), demand)
    assert (table[["population_lost", "population_slower"]] == 0).all(axis=None)
    assert (table["minutes_saved_person_min"] >= 0).all()
    points = changed_points(reach("r", minutes, 0, 1), reach("s", minutes, 0, 1, 2), demand, mode="walk", rule="any")
    assert set(points["change"]) <= {"gained", "faster"}


@examples(30)
@given(seed=SEEDS)
def test_an_empty_change_changes_nothing(seed: int) -> None:
    minutes, demand = random_case(seed)
    same = reach("r", minutes, 0, 1)
    table = ledger(same, replace(same, scenario="s"), demand)
    changed = ["population_gained", "population_lost", "population_faster", "population_slower"]
    assert (table[[*changed, "minutes_saved_person_min"]] == 0).all(axis=None)
    assert changed_points(same, same, demand, mode="walk", rule="any").empty


@examples(30)
@given(seed=SEEDS)
def test_adding_then_removing_swaps_gains_and_losses(seed: int) -> None:
    minutes, demand = random_case(seed)
    there, back = reach("r", minutes, 0, 1), reach("s", minutes, 1, 2)
    out, home = ledger(there, back, demand), ledger(back, there, demand)
    assert (out["population_gained"] == home["population_lost"]).all()
    assert (out["minutes_saved_person_min"] == -home["minutes_saved_person_min"]).all()


@examples(30)
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


@examples(30)
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
