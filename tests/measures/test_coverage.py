"""Coverage on paper: strict thresholds, denominators, quantiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from access92._statistics import weighted_quantile
from access92.measures.access import CURVE_MIN
from access92.measures.coverage import coverage_table, summary_table
from access92.measures.ledger import comparison_table
from access92.scenarios.selection import rules_of
from access92.travel.nearest import nearest_service

KEY = {"scenario": "now", "mode": "walk", "rule": "any"}


def people(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_id", "population"])


def covered(times: list[float], demand: pd.DataFrame, threshold: float = 20.0, **options: object) -> pd.DataFrame:
    return coverage_table(
        np.array(times, dtype=np.float32),
        demand,
        **KEY,
        thresholds_min=[threshold],
        unsnapped=np.zeros(len(demand), dtype=bool),
        **options,
    ).set_index("area_id")


def test_exactly_twenty_minutes_is_not_covered() -> None:
    just_under = float(np.float32(1_199_999 / 60_000))
    table = covered([20.0, just_under], people(("a", 10), ("a", 7)))
    assert table.loc["total", "population_covered"] == 7


def test_people_linked_to_no_street_stay_in_the_denominator() -> None:
    table = coverage_table(
        np.array([5.0, np.nan]),
        people(("a", 10), ("a", 30)),
        **KEY,
        thresholds_min=[20.0],
        unsnapped=np.array([False, True]),
    )
    total = table.iloc[-1]
    assert (total["population"], total["population_unsnapped"], total["coverage_share"]) == (40, 30, 0.25)


def test_shares_are_of_people_never_of_points() -> None:
    assert covered([5.0, 50.0], people(("a", 1), ("a", 99))).loc["a", "coverage_share"] == 0.01


def test_an_area_without_people_has_no_share_and_its_row() -> None:
    table = covered([5.0], people(("a", 10)), areas=["a", "b"])
    assert table.loc["b", "population"] == 0
    assert np.isnan(table.loc["b", "coverage_share"])


def test_of_equal_times_the_first_service_is_the_nearest() -> None:
    times, nearest = nearest_service(
        np.array([[3.0, np.nan], [3.0, 4.0], [1.0, 1.0]], dtype=np.float32), np.array([0, 1])
    )
    assert times.tolist() == [3, 4]
    assert nearest.tolist() == [0, 1]


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 1.0), (0.51, 2.0), (0.9, 5.0)])
def test_quantiles_are_weighted_by_people(share: float, expected: float) -> None:
    assert weighted_quantile(np.array([5.0, 1.0, 2.0]), np.array([2.0, 5.0, 3.0]), share) == expected


def test_a_quantile_beyond_what_is_reached_is_nan() -> None:
    assert np.isnan(weighted_quantile(np.array([1.0, np.nan]), np.array([4.0, 6.0]), 0.5))
    assert np.isnan(weighted_quantile(np.array([1.0]), np.array([0.0]), 0.5))


def test_the_summary_has_areas_then_the_total() -> None:
    table = summary_table(np.array([10.0, 30.0, 50.0]), people(("b", 1), ("a", 1), ("a", 8)), **KEY)
    assert table["area_id"].tolist() == ["a", "b", "total"]
    assert table["median_min"].tolist() == [50, 10, 50]
    assert table["p90_min"].tolist() == [50, 10, 50]


def test_the_curve_goes_from_five_to_sixty_minutes() -> None:
    assert (CURVE_MIN[0], CURVE_MIN[-1], len(CURVE_MIN)) == (5, 60, 56)


def test_a_service_of_two_kinds_serves_both_rules() -> None:
    services = pd.DataFrame({"kind": ["pmi", "css", "sst"], "also_kinds": ["css", "", None]})
    rules = {rule: rows.tolist() for rule, rows in rules_of(services, np.array([0, 1, 2])).items()}
    assert rules == {"any": [0, 1, 2], "sst": [2], "pmi": [0], "css": [0, 1]}


def test_gains_and_losses_are_kept_apart() -> None:
    table = comparison_table(
        np.array([10.0, 25.0, np.nan]), np.array([30.0, 15.0, 50.0]), people(("a", 5), ("a", 5), ("b", 2)),
        scenario_reference="now", scenario="then", mode="walk", rule="any", thresholds_min=[20.0], cutoff_min=60.0,
    ).set_index("area_id")  # fmt: skip
    assert table.loc["total", ["population_gained", "population_lost"]].tolist() == [5, 5]
    assert table.loc["a", "minutes_saved_person_min"] == 5 * (10 - 30) + 5 * (25 - 15)
    assert table.loc["b", "minutes_saved_person_min"] == 2 * (60 - 50)


@pytest.mark.parametrize("seed", range(20))
def test_the_quantiles_of_all_areas_are_those_of_each_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    times = np.where(rng.random(count) < 0.2, np.nan, rng.uniform(0, 60, count).round(0)).astype(np.float32)
    demand = people(*((f"a{rng.integers(0, 4)}", float(weight)) for weight in rng.integers(0, 9, count)))
    table = summary_table(times, demand, **KEY).set_index("area_id")
    for area in [*sorted(demand["area_id"].unique()), "total"]:
        mine = np.ones(count, dtype=bool) if area == "total" else (demand["area_id"] == area).to_numpy()
        for name, share in (("median_min", 0.5), ("p90_min", 0.9)):
            alone = weighted_quantile(times[mine], demand["population"].to_numpy()[mine], share)
            assert table.loc[area, name] == alone or (np.isnan(alone) and np.isnan(table.loc[area, name]))
