"""The bands of a headline on a straight street, where they are mental arithmetic: one block is one minute on foot."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from access92.measures.sensitivity.details import VariationRecord, _speed
from access92.measures.sensitivity.position_draws import draw_places
from access92.measures.sensitivity.tables import SensitivityTables, study_sensitivity, tabulate_sensitivity
from access92.measures.sensitivity.variants import ScenarioRouter, Variants, scaled_mode, vary_coverage
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.outputs.words.sensitivity import bands_table, variation_words
from access92.study.model import SensitivityOptions, Study
from access92.study.read import read_study
from access92.travel.matrix import travel_time_matrix
from access92.travel.router import Router
from tests.toy_study import write_toy_study
from tests.toy_town import BLOCK_M, CRS, at, demand_at, services_at, street

WALK = read_modes()["walk"]
PLACES = {node: (node - 1.0, 0.0) for node in range(1, 42)}
LONG_STREET = gpd.GeoDataFrame(
    [street(f"h{node:02}", node, node + 1, PLACES) for node in range(1, 41)], geometry="geometry", crs=CRS
)
"""Forty blocks due east of node 1."""

QUIET = SensitivityOptions(max_snap_m=(), link_radius_m=())


def scenario_grounds(
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    rows: Mapping[str, list[int]],
    *,
    streets: gpd.GeoDataFrame = LONG_STREET,
    **changes: Any,
) -> dict[str, ScenarioRouter]:
    values: dict[str, Any] = {
        "streets": streets, "streets_key": "toy", "water": None, "demand": demand, "demand_key": "toy", "mode": WALK,
        "cutoff_min": 60.0, "max_snap_m": 300.0, "cache_folder": None,
    }  # fmt: skip
    ground = Router(**{**values, **changes})
    snaps = [
        snap_places(places.geometry, streets, ground.network, max_snap_m=ground.max_snap_m)
        for places in (services, demand)
    ]
    minutes = travel_time_matrix(ground.network, *snaps, cutoff_min=ground.cutoff_min)
    return {name: ScenarioRouter(ground, minutes, np.array(own, dtype=np.int32)) for name, own in rows.items()}


def people(
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    options: SensitivityOptions = QUIET,
    threshold_min: float = 20.0,
    **changes: Any,
) -> dict[str, list[float]]:
    """By source the people covered under each variant, of one scenario that counts every service."""
    scenarios = scenario_grounds(services, demand, {"now": list(range(len(services)))}, **changes)
    found = vary_coverage(scenarios, services, threshold_min=threshold_min, options=options, other_populations=[])
    return {"central": found.central.tolist(), **{name: row[0].tolist() for name, row in found.by_source.items()}}


HOMES = demand_at((5, 0), (19, 0), (21, 0), (30, 0))


def test_a_service_19_blocks_away_is_out_of_reach_of_who_walks_slower() -> None:
    found = people(services_at(s=(0, 0)), HOMES)
    assert found["central"] == [20.0]
    assert found["speed"] == [10.0, 30.0]  # 19 blocks are 21.1 min at 4.5 km/h; 21 blocks are 19.1 min at 5.5 km/h


def test_a_speed_band_is_what_a_study_at_that_speed_finds() -> None:
    slow = scaled_mode(WALK, 0.8)
    assert (slow.speed_kmh, slow.access_speed_kmh, slow.steps_speed_kmh) == (4.0, 4.0, 1.36)
    services, homes = services_at(s=(3.4, 1)), demand_at(*[(east / 3, (east % 7) / 4) for east in range(110)])
    low, high = people(services, homes, SensitivityOptions(speed_share=0.2))["speed"]
    assert people(services, homes, mode=slow)["central"] == [low]
    assert people(services, homes, mode=scaled_mode(WALK, 1.2))["central"] == [high]


def test_scaling_a_car_scales_its_time_on_the_streets_and_its_walk_but_not_its_parking() -> None:
    car = read_modes()["car"]
    fast = scaled_mode(car, 1.1)
    assert fast.time_factor == car.time_factor / 1.1
    assert fast.access_speed_kmh == 5.5
    assert (fast.parking_min, fast.speed_kmh, fast.class_speed_kmh) == (5.0, 130.0, car.class_speed_kmh)


def test_scaling_a_bicycle_scales_riding_pushing_and_walking() -> None:
    bike = replace(read_modes()["bike"], pushing_speed_kmh=4.0, class_speed_kmh={"pedestrian": 6.0})
    fast = scaled_mode(bike, 1.1)
    assert (fast.pushing_speed_kmh, fast.class_speed_kmh) == (4.4, {"pedestrian": 6.6})
    assert fast.speed_kmh == round(bike.speed_kmh * 1.1, 9)


def test_the_threshold_moves_by_its_minutes_and_stays_strict() -> None:
    homes = demand_at((17.9, 0), (18, 0), (20, 0), (21.9, 0), (22, 0))
    found = people(services_at(s=(0, 0)), homes)
    assert found["central"] == [20.0]
    assert found["threshold"] == [10.0, 40.0]


def test_a_threshold_beyond_the_cut_off_is_searched_again() -> None:
    found = people(services_at(s=(0, 0)), HOMES, threshold_min=20.0, cutoff_min=20.0)
    assert found["threshold"] == [10.0, 30.0]


def test_a_threshold_below_zero_covers_nobody() -> None:
    assert people(services_at(s=(0, 0)), demand_at((0, 0)), threshold_min=1.0)["threshold"] == [0.0, 10.0]


def test_a_shorter_link_loses_a_home_and_a_longer_one_gains_one() -> None:
    homes = demand_at((1, 0), (1, 200 / BLOCK_M), (1, 400 / BLOCK_M))
    found = people(services_at(s=(0, 0)), homes, SensitivityOptions(max_snap_m=(150.0, 300.0, 600.0), link_radius_m=()))
    assert found["central"] == [20.0]
    assert found["snapping"] == [10.0, 20.0, 30.0]


def test_a_service_far_from_the_streets_is_linked_by_a_longer_limit_alone() -> None:
    found = people(
        services_at(s=(0, 400 / BLOCK_M)),
        demand_at((1, 0)),
        SensitivityOptions(max_snap_m=(150.0, 600.0), link_radius_m=()),
    )
    assert (found["central"], found["snapping"]) == ([0.0], [0.0, 10.0])


def test_a_wider_radius_links_a_home_to_a_street_that_leads_there_sooner() -> None:
    # a street 25 m north of the long one, joined to it in the east alone: 20 blocks there and 20 back without a link
    places = PLACES | {100: (0.0, 0.3), 140: (20.0, 0.3)}
    more = [street("x", 100, 140, places), street("y", 140, 21, places)]
    streets = gpd.GeoDataFrame([*LONG_STREET.to_dict("records"), *more], geometry="geometry", crs=CRS)
    homes = demand_at((1, 0.1))  # 8 m from the one, 17 m from the other
    options = SensitivityOptions(max_snap_m=(), link_radius_m=(5.0, 20.0))
    found = people(services_at(s=(1, 0.3)), homes, options, streets=streets)
    assert (found["central"], found["snapping"]) == ([10.0], [0.0, 10.0])


def test_without_other_limits_links_are_not_varied() -> None:
    assert "snapping" not in people(services_at(s=(0, 0)), HOMES)


@pytest.mark.parametrize("radius_m", [0.0, np.nan, None, ""])
def test_a_position_without_doubt_moves_nothing(radius_m: object) -> None:
    services = services_at(s=(0, 0)).assign(position_uncertainty_m=[radius_m])
    assert people(services, HOMES)["position"] == [20.0] * 20
    assert people(services_at(s=(0, 0)), HOMES)["position"] == [20.0] * 20


def test_a_doubtful_position_reaches_what_its_disc_lets_it_reach() -> None:
    """The only home that can be gained or lost is within 250 m (3 blocks) of the edge; the others never move."""
    services = services_at(s=(0, 0)).assign(position_uncertainty_m=[250.0])
    homes = demand_at((10, 0), (19, 0), (30, 0))
    found = people(services, homes, SensitivityOptions(draws=60, max_snap_m=(), link_radius_m=()))["position"]
    assert set(found) == {10.0, 20.0}


def test_each_draw_is_what_a_study_with_the_services_there_finds() -> None:
    services = services_at(a=(3, 0), b=(25, 0)).assign(position_uncertainty_m=[400.0, np.nan])
    homes = demand_at(*[(east / 3, 0.3) for east in range(120)])
    options = SensitivityOptions(draws=8, seed=5, max_snap_m=(), link_radius_m=())
    x, y = services.geometry.x.to_numpy()[:1], services.geometry.y.to_numpy()[:1]
    there = draw_places(x, y, np.array([400.0]), draws=8, seed=5)[0]
    expected = [
        people(services.set_geometry([Point(place), services.geometry.iloc[1]], crs=CRS), homes)["central"][0]
        for place in there
    ]
    assert people(services, homes, options)["position"] == expected
    assert len(set(expected)) > 1


def test_people_elsewhere_in_their_cell_are_counted_where_they_would_be() -> None:
    scenarios = scenario_grounds(services_at(s=(0, 0)), HOMES, {"now": [0]})
    others = [np.array([10.0, 30.0, 0.0, 0.0]), np.array([0.0, 0.0, 20.0, 20.0])]
    services = services_at(s=(0, 0))
    found = vary_coverage(scenarios, services, threshold_min=20.0, options=QUIET, other_populations=others)
    assert found.by_source["population"].tolist() == [[40.0, 0.0]]


def test_two_services_in_one_building_cover_no_more_for_being_two() -> None:
    one = services_at(pole=(10, 0)).assign(position_uncertainty_m=[500.0])
    two = services_at(pole=(10, 0), sst=(10, 0)).assign(position_uncertainty_m=[500.0, 500.0])
    homes = demand_at(*[(east / 2, 0) for east in range(80)])
    assert people(one, homes)["position"] == people(two, homes)["position"]


def test_many_draws_are_searched_in_blocks_with_the_same_result() -> None:
    services = services_at(a=(3, 0), b=(12, 0), c=(25, 0)).assign(position_uncertainty_m=[100.0, 400.0, 900.0])
    homes = demand_at(*[(east / 2, 0.5) for east in range(80)])
    few, many = (
        people(services, homes, SensitivityOptions(draws=n, max_snap_m=(), link_radius_m=()))["position"]
        for n in (20, 200)
    )
    assert many[:20] == few
    assert len(many) == 200


def test_a_scenario_on_other_streets_is_varied_on_them() -> None:
    services = services_at(s=(0, 0)).assign(position_uncertainty_m=[300.0])
    cut = LONG_STREET[LONG_STREET["edge_id"] != "h10"].reset_index(drop=True)
    whole = scenario_grounds(services, HOMES, {"whole": [0]})
    closed = scenario_grounds(services, HOMES, {"closed": [0]}, streets=cut)
    both = vary_coverage(whole | closed, services, threshold_min=20.0, options=QUIET, other_populations=[])
    for at_row, part in enumerate((whole, closed)):
        alone = vary_coverage(part, services, threshold_min=20.0, options=QUIET, other_populations=[])
        for source, found in alone.by_source.items():
            assert found[0].tolist() == both.by_source[source][at_row].tolist(), source


# --- tables ----------------------------------------------------------------------------------------------------------


def tables(covered: Mapping[str, tuple[float, list[float]]], **by_source: list[list[float]]) -> SensitivityTables:
    """Tables of scenarios of 100 people, from (central, under each speed) and other sources."""
    variants = Variants(
        np.array([central for central, _ in covered.values()]),
        {"speed": np.array([row for _, row in covered.values()]), **{k: np.array(v) for k, v in by_source.items()}},
    )
    return tabulate_sensitivity(list(covered), "walk", variants, population=100.0, threshold_min=20.0, by_min=2.0)


def test_the_widest_band_holds_all_the_others_and_every_band_holds_its_central_value() -> None:
    bands = tables({"now": (50.0, [52.0, 55.0])}, threshold=[[45.0, 51.0]]).bands.set_index("source")
    assert bands.loc["speed", ["low_share", "central_share", "high_share"]].tolist() == [0.50, 0.50, 0.55]
    assert bands.loc["threshold", ["low_population", "high_population"]].tolist() == [45.0, 51.0]
    assert bands.loc["all", ["low_share", "high_share"]].tolist() == [0.45, 0.55]


def test_the_borderline_is_who_another_threshold_would_count() -> None:
    row = tables({"now": (50.0, [50.0])}, threshold=[[44.0, 53.0]]).borderline.iloc[0]
    assert row[["lower_min", "threshold_min", "upper_min"]].tolist() == [18.0, 20.0, 22.0]
    assert row["population_just_covered"] == 6.0
    assert row["population_just_uncovered"] == 3.0
    assert row["borderline_population"] == 9.0
    assert row["population"] == 100.0


@pytest.mark.parametrize(
    ("a", "b", "ahead", "outcome"),
    [
        ((50.0, [40.0, 60.0]), (61.0, [51.0, 71.0]), "b", "ranked"),
        ((50.0, [40.0, 60.0]), (51.0, [41.0, 61.0]), "b", "ranked"),  # the bands of both overlap nearly whole
        ((61.0, [51.0, 71.0]), (50.0, [40.0, 60.0]), "a", "ranked"),
        ((50.0, [44.0, 56.0]), (57.0, [43.0, 57.0]), "", "undecided"),  # a variant says the contrary
        ((50.0, [44.0, 56.0]), (51.0, [44.0, 57.0]), "", "undecided"),  # never behind, but even in a variant
        ((50.0, [40.0, 60.0]), (50.0, [40.0, 60.0]), "", "identical"),
        ((50.0, [40.0, 60.0]), (50.0, [60.0, 40.0]), "", "undecided"),  # the same figures, not variant by variant
    ],
)
def test_scenarios_are_ranked_where_the_difference_keeps_its_sign_in_every_variant(
    a: tuple[float, list[float]], b: tuple[float, list[float]], ahead: str, outcome: str
) -> None:
    row = tables({"a": a, "b": b}).ranking.iloc[0]
    assert (row["ahead"], row["outcome"]) == (ahead, outcome)


def test_the_band_of_a_difference_is_not_that_of_the_two_figures() -> None:
    """Slower walking takes 10 from both: the difference moves by 1, from 4 to 6."""
    row = tables({"a": (50.0, [40.0, 60.0]), "b": (55.0, [44.0, 66.0])}).ranking.iloc[0]
    assert row[["lowest_difference_population", "difference_population", "highest_difference_population"]].tolist() == [
        4.0, 5.0, 6.0,
    ]  # fmt: skip
    assert row["outcome"] == "ranked"


def test_the_order_of_an_addition_ranks_nobody() -> None:
    """0.1 + 0.2 people here, 0.3 there: as many, whatever the last bit says."""
    ranking = tables({"a": (0.3, [0.3]), "b": (0.1 + 0.2, [0.2 + 0.1])}).ranking.iloc[0]
    assert (ranking["outcome"], ranking["highest_difference_population"]) == ("identical", 0.0)


def test_every_pair_is_told_once_in_the_order_of_the_run() -> None:
    ranking = tables({name: (50.0, [40.0]) for name in "cab"}).ranking
    assert ranking[["scenario_a", "scenario_b"]].to_numpy().tolist() == [["c", "a"], ["c", "b"], ["a", "b"]]


# --- a study ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    file = write_toy_study(tmp_path_factory.mktemp("study"))
    content = file.read_text(encoding="utf-8").replace("threshold_min = 5\n", "threshold_min = 20\n")
    content = content.replace("[2, 5, 10]", "[20]").replace(
        "[[scenario]]", "[sensitivity]\nspeed_share = 0.1\n[[scenario]]", 1
    )
    file.write_text(content, encoding="utf-8")
    return read_study(file)


SERVICES = services_at(a=(0, 0), b=(30, 0), same=(30, 0)).assign(position_uncertainty_m=[250.0, np.nan, np.nan])
MANY_HOMES = demand_at(*[(east / 3, 0.2) for east in range(120)], population=7)
ROWS = {"one": [0], "two": [0, 1], "again": [0, 2]}


def found_in(study: Study, folder: Path | None = None, **rows: list[int]) -> SensitivityTables:
    scenarios = scenario_grounds(SERVICES, MANY_HOMES, rows or ROWS)
    return study_sensitivity(study, scenarios, SERVICES, cache_folder=folder)


def assert_same(one: SensitivityTables, other: SensitivityTables) -> None:
    assert one.records == other.records
    for name in ("bands", "borderline", "ranking"):
        a, b = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(a, b, check_exact=True)
        assert a.to_csv().encode() == b.to_csv().encode()


def test_the_same_seed_gives_the_same_bytes(study: Study) -> None:
    assert_same(found_in(study), found_in(study))
    other = study.model_copy(update={"sensitivity": SensitivityOptions(seed=93)})
    one, two = (found_in(item).bands.query("source == 'position'")["low_share"].tolist() for item in (study, other))
    assert one != two


def test_one_scenario_alone_has_the_band_that_it_has_among_others(study: Study) -> None:
    whole = found_in(study)
    for name, own in ROWS.items():
        alone = found_in(study, **{name: own})
        for table in ("bands", "borderline"):
            among = getattr(whole, table).query("scenario == @name").reset_index(drop=True)
            pd.testing.assert_frame_equal(getattr(alone, table), among, check_exact=True)
        assert alone.ranking.empty
        assert list(alone.ranking.columns) == list(whole.ranking.columns)


def test_scenarios_with_the_same_services_at_the_same_places_are_identical(study: Study) -> None:
    ranking = found_in(study).ranking.set_index(["scenario_a", "scenario_b"])
    twins = ranking.loc["two", "again"]
    assert twins[["difference_share", "lowest_difference_share", "highest_difference_share"]].tolist() == [
        0.0,
        0.0,
        0.0,
    ]
    assert (twins["ahead"], twins["outcome"]) == ("", "identical")
    assert ranking.loc["one", "two"]["ahead"] == "b"


def test_people_given_by_points_have_no_band_of_allocation_and_the_reason_is_told(study: Study) -> None:
    bands = bands_table(found_in(study))
    assert set(bands["source"]) == {"speed", "threshold", "snapping", "position", "all"}
    assert bands.query("source == 'all'")["detail"].str.contains("donnés par points").all()
    assert bands.query("source == 'speed'")["detail"].str.contains("4,5 à 5,5 km/h au lieu de 5 km/h").all()


def test_a_sentence_says_what_moved(study: Study) -> None:
    details = bands_table(found_in(study)).query("scenario == 'two'").set_index("source")["detail"]
    assert details["threshold"] == "seuil de 18 à 22 min au lieu de 20 min"
    assert details["snapping"] == (
        "rattachement aux rues jusqu'à 150 et 600 m au lieu de 300 m ; "
        "toutes les rues à moins de 0 et 20 m de plus que la plus proche au lieu de 10 m"
    )
    assert details["position"].startswith("20 tirages (graine 92) du seul service à position douteuse, dans son disque")
    assert details["all"].startswith("la plus large des fourchettes ; ")
    code, numbers = _speed(read_modes()["car"], 0.1)
    by_car = variation_words(VariationRecord(code, ("two", "speed"), numbers))
    assert by_car == "toutes les vitesses 10 % plus basses, puis 10 % plus hautes"


def test_a_study_without_sensitivity_has_empty_tables(study: Study) -> None:
    without = found_in(study.model_copy(update={"sensitivity": None}))
    assert without.bands.empty
    assert without.ranking.empty


def test_what_is_kept_is_what_was_found(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found_in(study, tmp_path)
    assert_same(first, found_in(study))
    monkeypatch.setattr("access92.measures.sensitivity.tables.vary_coverage", None)  # a call would fail
    assert_same(first, found_in(study, tmp_path))
    assert len(found_in(study, tmp_path, two=[0, 1], one=[0]).ranking) == 1  # in another order, without the third


def test_one_more_scenario_is_found_beside_those_that_are_kept(study: Study, tmp_path: Path) -> None:
    found_in(study, tmp_path, one=[0])
    assert_same(found_in(study, tmp_path), found_in(study))


def test_a_damaged_file_is_named_and_the_bands_are_found_anew(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = found_in(study, tmp_path)
    file = min(tmp_path.glob("sensitivity-*.json"))
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert_same(first, found_in(study, tmp_path))
    assert file.name in caplog.text
    caplog.clear()
    assert_same(first, found_in(study, tmp_path))
    assert not caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"options": SensitivityOptions(seed=93)},
        {"options": SensitivityOptions(draws=21)},
        {"rows": {"one": [0], "two": [1]}},
        {"services": SERVICES.assign(position_uncertainty_m=[300.0, np.nan, np.nan])},
        {"services": SERVICES.set_geometry([at(0, 0), at(30, 1), at(30, 0)], crs=CRS)},
        {"demand": MANY_HOMES.assign(population=8)},
        {"ground": {"max_snap_m": 299.0}},
        {"ground": {"link_radius_m": 9.0}},
        {"ground": {"streets_key": "other"}},
    ],
)
def test_touching_anything_that_counts_makes_a_new_file(study: Study, tmp_path: Path, change: dict[str, Any]) -> None:
    def keep(
        options: SensitivityOptions | None = None,
        rows: dict[str, list[int]] = ROWS,
        services: gpd.GeoDataFrame = SERVICES,
        demand: gpd.GeoDataFrame = MANY_HOMES,
        ground: Mapping[str, Any] = {},
    ) -> None:
        asked = study if options is None else study.model_copy(update={"sensitivity": options})
        study_sensitivity(
            asked,
            scenario_grounds(services, demand, rows, **ground),
            services,
            cache_folder=tmp_path,
        )

    def count() -> int:
        return len(list(tmp_path.glob("sensitivity-*.json")))

    keep()
    keep(rows={"again": [0, 2], "renamed": [0]})
    assert count() == 2  # two scenarios have the same services at the same places
    keep(**change)
    assert count() > 2


def test_who_shares_people_with_whom_is_in_the_key_where_people_were_spread(study: Study, tmp_path: Path) -> None:
    """Points are units by themselves: naming them otherwise changes nothing; cells are what people move in."""
    names = np.array([f"c{at // 30}" for at in range(len(MANY_HOMES))])
    spread = study.model_copy(update={"population": study.population.model_copy(update={"method": "grid"})})

    def kept(asked: Study, units: np.ndarray) -> SensitivityTables:
        scenarios = scenario_grounds(SERVICES, MANY_HOMES.assign(unit_id=units), {"one": [0]})
        return study_sensitivity(asked, scenarios, SERVICES, cache_folder=tmp_path)

    def files() -> int:
        return len(list(tmp_path.glob("sensitivity-*.json")))

    first = kept(spread, names)
    assert "population" in set(first.bands["source"])
    assert_same(first, kept(spread, np.char.add("other ", names)))  # the same cells under other names
    assert files() == 1
    other = kept(spread, np.roll(names, 7))
    assert files() == 2
    by_source = [table.bands.set_index("source").loc["population", "high_population"] for table in (first, other)]
    assert by_source[0] != by_source[1]
    kept(study, names)
    kept(study, np.roll(names, 7))
    assert files() == 3
