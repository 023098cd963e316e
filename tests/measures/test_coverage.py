"""Coverage on paper: strict thresholds, denominators, quantiles, pockets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from access92._statistics import weighted_quantile
from access92.measures.access import CURVE_MIN
from access92.measures.coverage import coverage_table, summary_table
from access92.measures.ledger import comparison_table
from access92.measures.pockets import nearest_quarters, pocket_rows, pockets_table, with_street_names
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


def demand_in_a_row(*east: float, area_id: str = "a") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"area_id": area_id, "population": [10.0 * (i + 1) for i in range(len(east))]},
        geometry=[Point(650_000 + x, 6_860_000) for x in east], crs=2154,
    )  # fmt: skip


def pockets(times: list[float], demand: gpd.GeoDataFrame, **options: object) -> gpd.GeoDataFrame:
    rows = pocket_rows(np.array(times), demand, scenario="now", mode="walk", threshold_min=20.0, **options)
    return pockets_table(rows, demand.crs)


def test_neighbours_that_are_not_covered_make_one_pocket_and_the_largest_comes_first() -> None:
    found = pockets([30.0, 40.0, 5.0, np.nan], demand_in_a_row(0, 100, 200, 900))
    assert found["population"].tolist() == [40, 30]
    assert found["rank"].tolist() == [1, 2]
    assert found.geometry.x.tolist() == [650_900, 650_100]


def test_pockets_stop_at_the_border_of_an_area() -> None:
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    assert len(pockets([30.0, 30.0], demand)) == 2


def test_a_pocket_of_a_quarter_passes_the_border_of_an_area_and_is_called_after_the_quarter() -> None:
    demand = demand_in_a_row(0, 100, 200, 300)
    demand["area_id"] = ["a", "b", "b", "b"]
    places = gpd.GeoDataFrame(
        {"kind": ["quarter", "train", "town"], "name": ["Les Prés", "Gare", "Ville"]},
        geometry=[Point(650_000, 6_860_000), Point(650_250, 6_860_000), Point(650_200, 6_860_000)], crs=2154,
    )  # fmt: skip
    found = pockets([30.0] * 4, demand, quarters=nearest_quarters(demand, places))
    assert found[["place_name", "area_id", "population"]].to_numpy().tolist() == [
        ["Gare", "b", 70],
        ["Les Prés", "b", 30],
    ]


def test_beyond_the_reach_of_quarters_pockets_stop_at_borders_and_are_called_after_their_street() -> None:
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    far = gpd.GeoDataFrame({"kind": ["quarter"], "name": ["Loin"]}, geometry=[Point(660_000, 6_860_000)], crs=2154)
    found = pockets([30.0, 30.0], demand, quarters=nearest_quarters(demand, far))
    assert found["place_name"].tolist() == ["", ""]
    lines = [
        LineString([(650_090, 6_859_000), (650_090, 6_861_000)]),
        LineString([(650_000, 6_860_400), (650_900, 6_860_400)]),
    ]
    streets = gpd.GeoDataFrame({"name": ["Rue Haute", None]}, geometry=lines, crs=2154)
    assert with_street_names(found, streets)["place_name"].tolist() == ["Rue Haute", "Rue Haute"]
    away = streets.set_geometry(streets.translate(5_000))
    assert with_street_names(found, away)["place_name"].tolist() == ["", ""]


def test_no_pocket_where_all_are_covered() -> None:
    assert len(pockets([1.0], demand_in_a_row(0))) == 0


def test_only_the_largest_pockets_are_listed() -> None:
    assert len(pockets([30.0] * 5, demand_in_a_row(0, 500, 1000, 1500, 2000), most=3)) == 3


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
