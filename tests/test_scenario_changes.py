"""Scenarios that change services, streets and speeds: what each change does, and which are refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from access92.competence import find_competent
from access92.errors import InputError
from access92.outputs import write_run
from access92.pipeline import run_study
from access92.results import Results
from access92.scenario_changes import change_services
from access92.sources.areas import read_areas
from access92.sources.services import read_services
from access92.study import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study


def study_with(*scenarios: str) -> str:
    return GOOD_STUDY + "".join(f"\n[[scenario]]\n{text}\n" for text in scenarios)


def scenario(name: str, *changes: str, base: str = "tous") -> str:
    head = f'name = "{name}"\ntitle = "{name}"\nbased_on = "{base}"\n'
    return head + "".join(f"[[scenario.change]]\n{change}\n" for change in changes)


def add(service_id: str, east: float, north: float, kind: str = "sst", more: str = "") -> str:
    lon, lat = lon_lat(east, north)
    return (
        f'kind = "add_service"\nservice_id = "{service_id}"\nname = "Nouveau"\nservice_kind = "{kind}"\n'
        f"lon = {lon}\nlat = {lat}\n{more}"
    )


def run(folder: Path, *scenarios: str) -> Results:
    folder.mkdir(parents=True, exist_ok=True)
    return run_study(read_study(write_toy_study(folder, study=study_with(*scenarios))))


def minutes(results: Results, name: str, mode: str = "walk") -> np.ndarray:
    return np.nan_to_num(results.situation(name, mode).travel_time_min, nan=np.inf)


def test_an_added_service_loses_nobody_and_is_nearer_to_some(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("plus", add("NEW", 4, 1)))
    before, after = minutes(results, "tous"), minutes(results, "plus")
    assert (after <= before).all()
    assert (after < before).any()
    assert "NEW" in set(results.services["service_id"])
    compared = results.comparison.query("scenario == 'plus'")
    assert (compared["population_lost"] == 0).all()


def test_the_empty_scenario_is_the_reference(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("vide"))
    for mode in ("walk", "car"):
        one, other = results.situation("tous", mode), results.situation("vide", mode)
        assert one.travel_time_min.tobytes() == other.travel_time_min.tobytes()
        assert one.nearest_service.tobytes() == other.nearest_service.tobytes()
    coverage = results.coverage.drop(columns="scenario")
    parts = [coverage[results.coverage["scenario"] == name].reset_index(drop=True) for name in ("tous", "vide")]
    pd.testing.assert_frame_equal(*parts)


def test_to_add_and_then_remove_gives_the_reference_back(tmp_path: Path) -> None:
    results = run(
        tmp_path,
        scenario("plus", add("NEW", 4, 1)),
        scenario("moins", 'kind = "remove_service"\nservice_id = "NEW"', base="plus"),
    )
    assert minutes(results, "moins").tobytes() == minutes(results, "tous").tobytes()


def test_a_closure_gains_nobody(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("ferme", 'kind = "remove_service"\nservice_id = "S3"'))
    assert (minutes(results, "ferme") >= minutes(results, "tous")).all()
    assert (results.comparison.query("scenario == 'ferme'")["population_gained"] == 0).all()


def test_a_move_is_a_closure_and_an_opening(tmp_path: Path) -> None:
    lon, lat = lon_lat(0, 5)
    moved = f'kind = "move_service"\nservice_id = "S3"\nlon = {lon}\nlat = {lat}'
    closed = 'kind = "remove_service"\nservice_id = "S3"'
    results = run(tmp_path, scenario("bouge", moved), scenario("autre", closed, add("S9", 0, 5, "pmi")))
    assert minutes(results, "bouge").tobytes() == minutes(results, "autre").tobytes()
    names = set(results.services["service_id"])
    assert {"S3", "S3@bouge", "S9"} <= names


def test_a_changed_kind_counts_under_its_new_rule(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("autre", 'kind = "change_kind"\nservice_id = "S3"\nservice_kind = "sst"'))
    table = results.coverage.query("area_id == 'total' and mode == 'walk' and threshold_min == 5")
    covered = table.set_index(["scenario", "rule"])["population_covered"]
    assert covered["autre", "any"] == covered["tous", "any"]
    assert covered["autre", "sst"] > covered["tous", "sst"]
    assert covered["autre", "pmi"] < covered["tous", "pmi"]


def test_a_closed_street_slows_and_a_slower_walk_slows_everybody(tmp_path: Path) -> None:
    west, south = lon_lat(1.8, -0.2)
    east, north = lon_lat(2.2, 2.8)
    polygon = [[west, south], [east, south], [east, north], [west, north]]
    closed = f'kind = "close_street"\npolygon = {polygon}'
    results = run(
        tmp_path, scenario("barre", closed), scenario("lent", 'kind = "set_speed"\nmode = "walk"\nspeed_kmh = 2.5')
    )
    before = minutes(results, "tous")
    assert (minutes(results, "barre") >= before - 1e-3).mean() > 0.9  # a door may snap to another, nearer way
    assert (minutes(results, "barre") > before + 0.1).any()
    assert (minutes(results, "lent") > before).all()
    assert minutes(results, "lent", "car").tobytes() == minutes(results, "tous", "car").tobytes()
    assert any("fermés" in text for text in results.notices["detail"])


def test_a_chain_of_scenarios_keeps_all_changes(tmp_path: Path) -> None:
    results = run(
        tmp_path,
        scenario("un", add("A", 4, 1)),
        scenario("deux", add("B", 1, 4), base="un"),
    )
    rows = results.situation("deux", "walk").service_rows
    assert {"A", "B"} <= set(results.services["service_id"].iloc[rows])


AREA_NAMES = {"01": "Ouest", "02": "Est"}


def services_with(folder: Path, more: str, area_names: dict[str, str] | None = AREA_NAMES) -> gpd.GeoDataFrame:
    """The services of the toy study after an addition."""
    study = read_study(write_toy_study(folder, study=study_with(scenario("plus", add("NEW", 4, 1, more=more)))))
    services = read_services(study, crs=CRS.from_epsg(2154), near=read_areas(study))
    return change_services(services, study.scenarios[-1].changes, scenario="plus", area_names=area_names)


def test_an_added_service_receives_the_communes_that_it_says(tmp_path: Path) -> None:
    services = services_with(tmp_path, 'communes_served = ["02"]')
    areas = pd.DataFrame({"area_id": list(AREA_NAMES), "name": list(AREA_NAMES.values())})
    competence = find_competent(services, np.arange(len(services)), areas)
    assert (competence.service_ids("01"), competence.service_ids("02")) == ("", "NEW")


def test_an_added_service_without_communes_is_competent_nowhere(tmp_path: Path) -> None:
    services = services_with(tmp_path, "")
    assert "communes_served" not in services.columns or services["communes_served"].iloc[-1] == ""


def test_an_added_service_of_several_communes_names_them_as_the_table_of_services_does(tmp_path: Path) -> None:
    assert services_with(tmp_path, 'communes_served = ["02", "01"]')["communes_served"].iloc[-1] == "Est; Ouest"


def test_a_commune_that_the_study_does_not_have_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        services_with(tmp_path, 'communes_served = ["02", "012"]')
    assert "communes_served nomme une commune que l'étude n'a pas : « 012 »" in str(refused.value)
    assert "Vouliez-vous dire" in str(refused.value)


def test_changed_scenarios_are_written_like_the_others(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("plus", add("NEW", 4, 1)))
    names = {path.name for path in write_run(results, tmp_path / "out", overwrite=False)}
    assert {"map_plus_walk.html", "map_plus_car.html"} <= names


REFUSALS = {
    "a_commune_of_nowhere": (
        [scenario("x", add("N", 1, 1, more='communes_served = ["2"]'))],
        "Vouliez-vous dire « 02 »",
    ),
    "an_unknown_service": ([scenario("x", 'kind = "remove_service"\nservice_id = "S33"')], "Vouliez-vous dire « S3 »"),
    "two_changes_that_disagree": (
        [
            scenario(
                "x",
                'kind = "remove_service"\nservice_id = "S3"',
                'kind = "change_kind"\nservice_id = "S3"\nservice_kind = "sst"',
            )
        ],
        "se contredisent",
    ),
    "a_service_that_is_there_already": ([scenario("x", add("S3", 1, 1))], "existe déjà"),
    "an_unknown_street": ([scenario("x", 'kind = "close_street"\nnames = ["Pont"]')], "Aucune rue à fermer"),
    "a_polygon_beside_all_streets": (
        [scenario("x", 'kind = "close_street"\npolygon = [[2, 48], [2.01, 48], [2.01, 48.01]]')],
        "ne touche aucune rue",
    ),
    "a_mode_that_is_not_computed": (
        [scenario("x", 'kind = "set_speed"\nmode = "bike"\nspeed_kmh = 12')],
        "que l'étude ne calcule pas",
    ),
    "communes_that_are_one_text": (
        [scenario("x", add("N", 1, 1, more='communes_served = "92012"'))],
        "liste de codes INSEE entre guillemets",
    ),
    "communes_that_are_numbers": (
        [scenario("x", add("N", 1, 1, more="communes_served = [92012]"))],
        "liste de codes INSEE entre guillemets",
    ),
    "a_commune_given_twice": (
        [scenario("x", add("N", 1, 1, more='communes_served = ["01", "01"]'))],
        "donne deux fois le code « 01 »",
    ),
    "an_unknown_base": ([scenario("x", base="tou")], "Vouliez-vous dire « tous »"),
    "a_loop": ([scenario("x", base="y"), scenario("y", base="x")], "en boucle"),
    "an_unknown_kind_of_change": ([scenario("x", 'kind = "add_servic"')], "Vouliez-vous dire « add_service »"),
    "an_unknown_kind_of_service": ([scenario("x", add("N", 1, 1, "sstt"))], "Vouliez-vous dire « sst »"),
    "a_key_that_no_change_has": (
        [scenario("x", 'kind = "remove_service"\nservice_id = "S3"\nplace = 3')],
        "Clé inconnue",
    ),
    "a_stop_that_ends_before_it_starts": (
        [
            scenario(
                "x",
                'kind = "add_stop"\nstop_id = "h"\nunit = "u"\nlon = 2.2\nlat = 48.8\ndate = 2025-02-03\n'
                "start = 12:00:00\nend = 09:00:00",
            )
        ],
        "avant de commencer",
    ),
    "a_closure_without_streets": ([scenario("x", 'kind = "close_street"')], "un seul des trois"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_change_that_cannot_be_is_refused_in_french(fault: str, tmp_path: Path) -> None:
    scenarios, hint = REFUSALS[fault]
    with pytest.raises(InputError) as refused:
        run(tmp_path, *scenarios)
    assert hint in str(refused.value)
    assert "Remède :" in str(refused.value)
