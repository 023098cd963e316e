"""Scenarios are compared variant by variant: against a plain-Python oracle that lays each variant anew for both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import Point

from access92._space import LINK_RADIUS_M
from access92.measures.sensitivity.allocation_draws import other_allocations
from access92.measures.sensitivity.order import ranked_tiers
from access92.measures.sensitivity.position_draws import disc_offsets
from access92.measures.sensitivity.tables import SensitivityTables, study_sensitivity
from access92.measures.sensitivity.variants import ScenarioRouter, scaled_mode
from access92.network.modes import Mode, read_modes
from access92.study.files import PopulationInput
from access92.study.model import SensitivityOptions, Study
from access92.travel.matrix import travel_time_matrix
from access92.travel.router import Router
from tests.oracle import people_covered
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town
from tests.travel.test_oracle import oracle_minutes

WALK = read_modes()["walk"]
OPTIONS = SensitivityOptions(speed_share=0.2, threshold_min=1.0, max_snap_m=(40.0, 150.0), draws=3, seed=11)
THRESHOLD_MIN, MAX_SNAP_M, NEAR_MIN = 5.0, 90.0, 1e-4
SEEDS = st.integers(0, 10_000)


@dataclass(frozen=True)
class Case:
    """A random town and three scenarios: of two and three services, one of them shared; the second on fewer streets."""

    town: RandomTown
    rows: Mapping[str, list[int]]
    closed: str

    def streets(self, scenario: str) -> gpd.GeoDataFrame:
        """The streets of a scenario: « closed » lacks one."""
        streets = self.town.streets
        return streets[streets["edge_id"] != self.closed].reset_index(drop=True) if scenario == "closed" else streets


def random_case(seed: int) -> Case:
    rng = np.random.default_rng(seed)
    town = random_town(seed, service_count=5, demand_count=30)
    radius_m = rng.choice([0.0, 80.0, 250.0, np.nan], 5)
    services = town.services.assign(position_uncertainty_m=radius_m)
    demand = town.demand.assign(
        unit_id=[f"c{at}" for at in rng.integers(0, 6, 30)], population=rng.integers(1, 60, 30).astype(float)
    )
    shared, *others = rng.permutation(5).tolist()
    rows = {"one": sorted([shared, others[0]]), "closed": sorted([shared, *others[1:3]]), "other": [others[3]]}
    return Case(replace(town, services=services, demand=demand), rows, str(rng.choice(town.streets["edge_id"])))


def tables_of(case: Case, scenarios: list[str], cache_folder: Path | None = None) -> SensitivityTables:
    """The tables of the run: one ground for « one » and « other », a second for « closed »."""
    grounds = {
        is_closed: Router(
            streets=case.streets("closed" if is_closed else "one"), streets_key=f"k{is_closed}", water=None,
            demand=case.town.demand, demand_key="d", mode=WALK, cutoff_min=30.0, max_snap_m=MAX_SNAP_M,
            cache_folder=None,
        )
        for is_closed in (False, True)
    }  # fmt: skip
    counted = {}
    for name in scenarios:
        ground = grounds[name == "closed"]
        minutes = travel_time_matrix(
            ground.network, ground.snap(case.town.services.geometry), ground.demand_snaps, cutoff_min=30.0
        )
        counted[name] = ScenarioRouter(ground, minutes, np.array(case.rows[name], dtype=np.int32))
    analysis = SimpleNamespace(
        threshold_min=THRESHOLD_MIN, max_snap_m=MAX_SNAP_M, link_radius_m=LINK_RADIUS_M, headline_mode="walk"
    )
    study = SimpleNamespace(
        sensitivity=OPTIONS, analysis=analysis, population=PopulationInput(method="grid", file=Path("people.csv"))
    )
    return study_sensitivity(cast("Study", study), counted, case.town.services, cache_folder=cache_folder)


def every_variant(case: Case) -> Iterator[dict[str, Any]]:
    """What each variant lays for all scenarios alike: mode, threshold, limit, places, people; the plain one first."""
    demand, services = case.town.demand, case.town.services
    population = demand["population"].to_list()
    plain: dict[str, Any] = {
        "mode": WALK, "threshold_min": THRESHOLD_MIN, "max_snap_m": MAX_SNAP_M,
        "link_radius_m": LINK_RADIUS_M, "places": list(services.geometry), "population": population,
    }  # fmt: skip
    yield plain
    for sign in (-1, 1):
        yield plain | {"mode": scaled_mode(WALK, 1 + sign * OPTIONS.speed_share)}
        yield plain | {"threshold_min": THRESHOLD_MIN + sign * OPTIONS.threshold_min}
    for limit_m in OPTIONS.max_snap_m:
        yield plain | {"max_snap_m": limit_m}
    for radius_m in OPTIONS.link_radius_m:
        yield plain | {"link_radius_m": radius_m}
    for draw in range(OPTIONS.draws):
        places = []
        for place, radius_m in zip(services.geometry, services["position_uncertainty_m"], strict=True):
            east, north = disc_offsets(place.x, place.y, draws=OPTIONS.draws, seed=OPTIONS.seed)[draw]
            moved = 0.0 if math.isnan(radius_m) else radius_m
            places.append(Point(place.x + moved * east, place.y + moved * north))
        yield plain | {"places": places}
    shares = list(zip(demand["unit_id"], demand["area_id"], strict=True))
    groups = np.array([sorted(set(shares)).index(share) for share in shares])
    drawn = other_allocations(demand.geometry, np.array(population), groups, draws=OPTIONS.draws, seed=OPTIONS.seed)
    for people in drawn:
        yield plain | {"population": people.tolist()}


def covered(case: Case, scenario: str, variant: Mapping[str, Any]) -> float:
    """People covered by one scenario under one variant, by the oracle alone; towns with a tie at a bound are left."""
    town = case.town
    rows = case.rows[scenario]
    services = town.services.iloc[rows].set_geometry([variant["places"][row] for row in rows], crs=town.services.crs)
    laid = RandomTown(case.streets(scenario), services, town.demand)
    mode: Mode = variant["mode"]
    minutes = oracle_minutes(laid, mode, max_snap_m=variant["max_snap_m"], link_radius_m=variant["link_radius_m"])
    limit = variant["threshold_min"]
    assume(all(abs(minute - limit) > NEAR_MIN for row in minutes for minute in row if not math.isnan(minute)))
    return people_covered(minutes, variant["population"], limit)


@pytest.mark.slow
@examples(12)
@given(seed=SEEDS)
def test_the_band_of_a_difference_is_that_of_the_oracle_variant_by_variant(seed: int) -> None:
    case = random_case(seed)
    by_variant = [{name: covered(case, name, variant) for name in case.rows} for variant in every_variant(case)]
    ranking = tables_of(case, list(case.rows)).ranking
    assert ranking[["scenario_a", "scenario_b"]].to_numpy().tolist() == [
        ["one", "closed"], ["one", "other"], ["closed", "other"],
    ]  # fmt: skip
    for row in ranking.to_dict("records"):
        gained = [people[row["scenario_b"]] - people[row["scenario_a"]] for people in by_variant]
        expected = (gained[0], min(gained), max(gained))
        which = ("difference_", "lowest_difference_", "highest_difference_")
        assert [row[f"{name}population"] for name in which] == pytest.approx(expected, abs=1e-6)
        total = case.town.demand["population"].sum()
        assert [row[f"{name}share"] for name in which] == pytest.approx([value / total for value in expected])
        signs = {(value > 1e-6) - (value < -1e-6) for value in gained}
        outcome = {1: "ranked", -1: "ranked", 0: "identical"}[signs.pop()] if len(signs) == 1 else "undecided"
        assert row["outcome"] == outcome
        assert row["ahead"] == ("" if outcome != "ranked" else "b" if gained[0] > 0 else "a")


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_is_the_same_whichever_run_counted_its_scenarios(seed: int, tmp_path: Path) -> None:
    check_a_pair_is_the_same(seed, tmp_path)


@pytest.mark.slow
@examples(12)
@given(seed=SEEDS)
def test_any_pair_is_the_same_whichever_run_counted_its_scenarios(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check_a_pair_is_the_same(seed, tmp_path_factory.mktemp("cache"))


def check_a_pair_is_the_same(seed: int, folder: Path) -> None:
    """One from the cache of a run alone, the other counted now, in company or not, in one order or the other."""
    case = random_case(seed)
    whole = tables_of(case, ["one", "closed", "other"]).ranking
    tables_of(case, ["closed"], folder)
    again = tables_of(case, ["one", "closed", "other"], folder).ranking
    pd.testing.assert_frame_equal(again, whole, check_exact=True)
    turned = tables_of(case, ["other", "one"], folder).ranking.iloc[0]
    pair = whole.iloc[1]
    for unit in ("share", "population"):
        assert turned[f"difference_{unit}"] == -pair[f"difference_{unit}"]
        assert turned[f"lowest_difference_{unit}"] == -pair[f"highest_difference_{unit}"]
        assert turned[f"highest_difference_{unit}"] == -pair[f"lowest_difference_{unit}"]
    assert turned["outcome"] == pair["outcome"]


@examples(100)
@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=7))
def test_the_order_puts_each_scenario_ahead_of_all_that_follow_its_group(people: list[list[int]]) -> None:
    """``people``: covered by each scenario under three variants."""
    names = [f"s{at}" for at in range(len(people))]
    rows = []
    for a in range(len(people)):
        for b in range(a + 1, len(people)):
            gained = [y - x for x, y in zip(people[a], people[b], strict=True)]
            ahead = "b" if min(gained) > 0 else "a" if max(gained) < 0 else ""
            rows.append((names[a], names[b], ahead, "ranked" if ahead else "undecided" if any(gained) else "identical"))
    tiers = ranked_tiers(pd.DataFrame(rows, columns=["scenario_a", "scenario_b", "ahead", "outcome"]))
    assert sorted(name for tier in tiers for name in tier) == names
    covered_by = dict(zip(names, people, strict=True))
    for at, tier in enumerate(tiers):
        for name in tier:
            for later in (item for group in tiers[at + 1 :] for item in group):
                assert all(x > y for x, y in zip(covered_by[name], covered_by[later], strict=True))
        parts = [set(tier[:cut]) for cut in range(1, len(tier))]
        joined = {frozenset(row[:2]) for row in rows if not row[2]}
        for part in parts:  # no group could be cut in two
            assert any(pair & part and pair & (set(tier) - part) for pair in joined)
