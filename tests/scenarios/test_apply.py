"""Scenarios that change services, streets and speeds: what each change does, and which are refused."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from access92.errors import InputError
from access92.measures.sectors import find_sectors
from access92.outputs import write_run
from access92.outputs.words.notices import notices_table
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.scenarios.apply import change_services
from access92.scenarios.chain import resolve_scenario
from access92.sources.areas import read_areas
from access92.sources.services import read_services
from access92.study.read import read_study
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
    return np.nan_to_num(results.access(name, mode).travel_time_min, nan=np.inf)


S3_CLOSED = 'kind = "remove_service"\nservice_id = "S3"'
S3_MOVED = 'kind = "move_service"\nservice_id = "S3"\nlon = {}\nlat = {}'.format(*lon_lat(0, 5))
A_BLOCK_OF_STREETS = [list(lon_lat(*corner)) for corner in ((1.8, -0.2), (2.2, -0.2), (2.2, 2.8), (1.8, 2.8))]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """One run of many scenarios, each of which changes what its name says of the first one."""
    return run(
        tmp_path_factory.mktemp("changes"),
        scenario("plus", add("NEW", 4, 1)),
        scenario("vide"),
        scenario("moins", 'kind = "remove_service"\nservice_id = "NEW"', base="plus"),
        scenario("ferme", S3_CLOSED),
        scenario("bouge", S3_MOVED),
        scenario("remplace", S3_CLOSED, add("S9", 0, 5, "pmi")),
        scenario("autre", 'kind = "change_kind"\nservice_id = "S3"\nservice_kind = "sst"'),
        scenario("barre", f'kind = "close_street"\npolygon = {A_BLOCK_OF_STREETS}'),
        scenario("lent", 'kind = "set_speed"\nmode = "walk"\nspeed_kmh = 2.5'),
        scenario("un", add("A", 4, 1)),
        scenario("deux", add("B", 1, 4), base="un"),
        'name = "avec"\ntitle = "avec"\nkinds = ["sst"]\ninclude = ["S2"]',
        scenario("sans", 'kind = "remove_service"\nservice_id = "S2"', base="avec"),
    )


def test_an_added_service_loses_nobody_and_is_nearer_to_some(results: Results) -> None:
    before, after = minutes(results, "tous"), minutes(results, "plus")
    assert (after <= before).all()
    assert (after < before).any()
    assert "NEW@plus" in set(results.services["service_id"])
    compared = results.comparison.query("scenario == 'plus'")
    assert (compared["population_lost"] == 0).all()


def test_the_empty_scenario_is_the_reference(results: Results) -> None:
    for mode in ("walk", "car"):
        one, other = results.access("tous", mode), results.access("vide", mode)
        assert one.travel_time_min.tobytes() == other.travel_time_min.tobytes()
        assert one.nearest_service.tobytes() == other.nearest_service.tobytes()
    coverage = results.coverage.drop(columns="scenario")
    parts = [coverage[results.coverage["scenario"] == name].reset_index(drop=True) for name in ("tous", "vide")]
    pd.testing.assert_frame_equal(*parts)


def test_to_add_and_then_remove_gives_the_reference_back(results: Results) -> None:
    assert minutes(results, "plus").tobytes() != minutes(results, "tous").tobytes()
    assert minutes(results, "moins").tobytes() == minutes(results, "tous").tobytes()


def test_a_closure_gains_nobody(results: Results) -> None:
    assert (minutes(results, "ferme") >= minutes(results, "tous")).all()
    assert (results.comparison.query("scenario == 'ferme'")["population_gained"] == 0).all()


def test_a_move_is_a_closure_and_an_opening(results: Results) -> None:
    assert minutes(results, "bouge").tobytes() == minutes(results, "remplace").tobytes()
    names = set(results.services["service_id"])
    assert {"S3", "S3@bouge", "S9@remplace"} <= names


def test_a_changed_kind_counts_under_its_new_rule(results: Results) -> None:
    table = results.coverage.query("area_id == 'total' and mode == 'walk' and threshold_min == 5")
    covered = table.set_index(["scenario", "rule"])["population_covered"]
    assert covered["autre", "any"] == covered["tous", "any"]
    assert covered["autre", "sst"] > covered["tous", "sst"]
    assert covered["autre", "pmi"] < covered["tous", "pmi"]


def test_a_closed_street_slows_and_a_slower_walk_slows_everybody(results: Results) -> None:
    before = minutes(results, "tous")
    assert (minutes(results, "barre") >= before - 1e-3).mean() > 0.9  # a door may snap to another, nearer way
    assert (minutes(results, "barre") > before + 0.1).any()
    assert (minutes(results, "lent") > before).all()
    assert minutes(results, "lent", "car").tobytes() == minutes(results, "tous", "car").tobytes()
    assert any("fermés" in text for text in notices_table(results)["detail"])


def test_a_chain_of_scenarios_keeps_all_changes(results: Results) -> None:
    rows = results.access("deux", "walk").service_rows
    assert {"A@un", "B@deux"} <= set(results.services["service_id"].iloc[rows])


def scenario_ids(results: Results, name: str) -> list[str]:
    return results.services["service_id"].iloc[results.access(name, "walk").service_rows].tolist()


def total_covered(results: Results, name: str) -> dict[str, float]:
    """People covered on foot at the study's threshold, by rule."""
    table = results.coverage.query(f"scenario == '{name}' and area_id == 'total' and mode == 'walk'")
    return table[table["threshold_min"] == 5].set_index("rule")["population_covered"].to_dict()


CHANGES_OF_ANOTHER_KIND = {
    "opened": (add("NEW", 4, 4, "antenne"), "NEW", "antenne"),
    "moved": ('kind = "move_service"\nservice_id = "S3"\nlon = {}\nlat = {}'.format(*lon_lat(4, 4)), "S3", "pmi"),
    "retyped": ('kind = "change_kind"\nservice_id = "S2"\nservice_kind = "css"', "S2", "css"),
}


@pytest.mark.parametrize("case", CHANGES_OF_ANOTHER_KIND)
def test_a_changed_service_counts_in_its_scenario_whatever_kinds_that_chooses(case: str, tmp_path: Path) -> None:
    change, service_id, kind = CHANGES_OF_ANOTHER_KIND[case]
    results = run(
        tmp_path,
        scenario("change", change, base="sst"),
        scenario("suite", base="change"),
        scenario("exclu", base="change").replace("based_on", f'exclude = ["{service_id}"]\nbased_on'),
        scenario("ferme", f'kind = "remove_service"\nservice_id = "{service_id}"', base="change"),
    )
    before, after = total_covered(results, "sst"), total_covered(results, "change")
    assert scenario_ids(results, "change") == scenario_ids(results, "suite") == ["S1", f"{service_id}@change"]
    assert after["any"] > before["any"]
    assert set(before) == {"any", "sst"}
    assert set(after) == {"any", "sst", kind}
    assert after[kind] > 0
    assert after["sst"] == before["sst"]
    for name in ("exclu", "ferme"):
        assert scenario_ids(results, name) == ["S1"]
        assert total_covered(results, name) == before


def test_a_service_that_a_base_includes_may_be_closed_later(results: Results) -> None:
    assert (scenario_ids(results, "avec"), scenario_ids(results, "sans")) == (["S1", "S2"], ["S1"])


VARIANTS = {
    "at_one_place": (
        ("NEW", 4, 1, "sst", 'communes_served = ["01"]'),
        ("NEW", 4, 1, "sst", 'communes_served = ["02"]'),
    ),
    "at_two_places": (("NEW", 4, 1), ("NEW", 1, 4)),
    "of_two_kinds": (("NEW", 4, 1, "sst"), ("NEW", 4, 1, "pmi")),
}


@pytest.mark.usefixtures("words_only")
@pytest.mark.parametrize("case", VARIANTS)
def test_two_scenarios_that_open_the_same_id_each_have_their_own_service(case: str, tmp_path: Path) -> None:
    first, second = VARIANTS[case]
    other = add(*second).replace("Nouveau", "Autre nom")  # type: ignore[arg-type]
    results = run(tmp_path, scenario("a", add(*first)), scenario("b", other))  # type: ignore[arg-type]
    services = results.services.set_index("service_id")
    assert services.index.is_unique
    assert services.loc[["NEW@a", "NEW@b"], "name"].tolist() == ["Nouveau", "Autre nom"]
    assert services.loc[["NEW@a", "NEW@b"], "scenarios"].tolist() == ["a", "b"]
    assert services.loc["NEW@a", "communes_served"] == ("Ouest" if case == "at_one_place" else "")
    assert services.loc["NEW@b", "communes_served"] == ("Est" if case == "at_one_place" else "")
    if case == "at_two_places":
        write_run(results, tmp_path / "out", overwrite=False)


def test_the_same_service_in_the_reference_and_elsewhere_is_one(tmp_path: Path) -> None:
    study = GOOD_STUDY.replace(
        'kinds = ["sst", "pmi"]', f'kinds = ["sst", "pmi"]\n[[scenario.change]]\n{add("N", 4, 1)}'
    )
    again = 'name = "b"\ntitle = "b"\nkinds = ["sst", "pmi"]\n[[scenario.change]]\n' + add("N", 4, 1)
    results = run_study(read_study(write_toy_study(tmp_path, study=study + f"\n[[scenario]]\n{again}\n")))
    assert scenario_ids(results, "b") == scenario_ids(results, "tous") == ["S1", "S2", "S3", "N@tous"]
    assert results.changes.next_nearest.query("scenario == 'b'").empty if len(results.changes.next_nearest) else True


@pytest.mark.slow
def test_a_chain_of_more_scenarios_than_python_nests_calls_is_checked_in_seconds(tmp_path: Path) -> None:
    count = sys.getrecursionlimit() + 50
    links = [scenario("c0", add("N0", 4, 1))]
    links += [scenario(f"c{number}", base=f"c{number - 1}") for number in range(1, count)]
    study = read_study(write_toy_study(tmp_path, study=study_with(*links)))
    assert resolve_scenario(study, study.scenarios[-1]).changes == study.scenarios[2].changes
    assert check_study(study).counts[f"services du scénario c{count - 1}"] == 4


AREA_NAMES = {"01": "Ouest", "02": "Est"}


def services_with(folder: Path, more: str, area_names: dict[str, str] | None = AREA_NAMES) -> gpd.GeoDataFrame:
    """The services of the toy study after an addition."""
    study = read_study(write_toy_study(folder, study=study_with(scenario("plus", add("NEW", 4, 1, more=more)))))
    services = read_services(study, crs=CRS.from_epsg(2154), near=read_areas(study))
    return change_services(services, study.scenarios[-1].changes, scenario="plus", area_names=area_names)


def test_an_added_service_receives_the_communes_that_it_says(tmp_path: Path) -> None:
    services = services_with(tmp_path, 'communes_served = ["02"]')
    areas = pd.DataFrame({"area_id": list(AREA_NAMES), "name": list(AREA_NAMES.values())})
    competence = find_sectors(services, np.arange(len(services)), areas)
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


@pytest.mark.slow
@pytest.mark.usefixtures("light_steps")
def test_changed_scenarios_are_written_like_the_others(tmp_path: Path) -> None:
    results = run(tmp_path, scenario("plus", add("NEW", 4, 1)))
    names = {path.name for path in write_run(results, tmp_path / "out", overwrite=False)}
    assert {"map_plus_walk.html", "map_plus_car.html"} <= names


def move(service_id: str, east: float, north: float) -> str:
    lon, lat = lon_lat(east, north)
    return f'kind = "move_service"\nservice_id = "{service_id}"\nlon = {lon}\nlat = {lat}'


def swapped(change: str) -> str:
    return change.replace("lon =", "x =").replace("lat =", "lon =").replace("x =", "lat =")


def speed(kmh: float | str) -> str:
    return f'kind = "set_speed"\nmode = "walk"\nspeed_kmh = {kmh}'


def polygon(*corners: tuple[float, float]) -> str:
    return f'kind = "close_street"\npolygon = {[list(lon_lat(*corner)) for corner in corners]}'


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
    "an_empty_name_that_would_close_all_unnamed_streets": (
        [scenario("x", 'kind = "close_street"\nnames = [" "]')],
        "Le texte est vide",
    ),
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
    "a_service_closed_by_a_base": (
        [scenario("y", S3_CLOSED), scenario("x", S3_CLOSED, base="y")],
        "déjà fermé : « S3 »",
    ),
    "a_service_moved_after_a_base_closed_it": (
        [scenario("y", S3_CLOSED), scenario("x", move("S3", 1, 1), base="y")],
        "partir d'un autre scénario que « y »",
    ),
    "a_service_included_after_a_base_closed_it": (
        [scenario("y", S3_CLOSED), scenario("x", base="y").replace("based_on", 'include = ["S3"]\nbased_on')],
        "inclut un service déjà fermé",
    ),
    "a_service_closed_twice": ([scenario("x", S3_CLOSED, S3_CLOSED)], "se contredisent"),
    "a_service_opened_and_moved": ([scenario("x", add("N", 1, 1), move("N", 2, 2))], "se contredisent"),
    "a_service_opened_and_closed": (
        [scenario("x", add("N", 1, 1), 'kind = "remove_service"\nservice_id = "N"')],
        "se contredisent",
    ),
    "a_service_excluded_and_moved": (
        [scenario("x", move("S3", 1, 1)).replace("based_on", 'exclude = ["S3"]\nbased_on')],
        "se contredisent sur le service « S3 » : exclude, move_service",
    ),
    "a_service_moved_that_a_base_excludes": (
        [
            'name = "y"\ntitle = "y"\nkinds = ["sst", "pmi"]\nexclude = ["S3"]',
            scenario("x", move("S3", 1, 1), base="y"),
        ],
        "que « exclude » ôte du scénario",
    ),
    "a_service_closed_that_is_not_counted": (
        [scenario("x", S3_CLOSED, base="sst")],
        "ferme un service que le scénario ne compte pas",
    ),
    "a_service_that_is_there_in_other_letters": ([scenario("x", add(" s 3", 1, 1))], "écrit autrement : « S3 »"),
    "an_empty_id": ([scenario("x", add("  ", 1, 1))], "Le texte est vide"),
    "a_service_with_swapped_coordinates": (
        [scenario("x", swapped(add("N", 1, 1)))],
        "Longitude et latitude semblent interverties",
    ),
    "a_move_to_swapped_coordinates": (
        [scenario("x", swapped(move("S3", 1, 1)))],
        "Longitude et latitude semblent interverties",
    ),
    "a_service_in_another_country": (
        [scenario("x", move("S3", 1, 1).replace("48.8", "58.8"))],
        "à plus de 200 km",
    ),
    "100_km_h_on_foot": ([scenario("x", speed(100))], "entre 0,5 et 15"),
    "a_speed_near_zero": ([scenario("x", speed(0.000001))], "entre 0,5 et 15"),
    "a_speed_that_is_no_number": ([scenario("x", speed("nan"))], "Remède"),
    "a_walk_slower_than_the_steps": ([scenario("x", speed(1))], "ou baisser steps_speed_kmh"),
    "two_speeds_of_one_mode": ([scenario("x", speed(3), speed(4))], "se contredisent sur le mode « walk »"),
    "a_polygon_that_crosses_itself": ([scenario("x", polygon((1, 1), (3, 3), (3, 1), (1, 3)))], "se recoupe"),
    "a_polygon_without_area": ([scenario("x", polygon((1, 1), (2, 1), (3, 1)))], "n'a pas de surface"),
    "a_polygon_of_two_points": ([scenario("x", polygon((1, 1), (2, 2), (1, 1)))], "trois points [lon, lat] distincts"),
    "a_polygon_that_is_no_number": (
        [scenario("x", 'kind = "close_street"\npolygon = [[nan, 48.8], [2.3, 48.8], [2.3, 48.9]]')],
        "Remède",
    ),
    "a_polygon_of_the_poles": (
        [scenario("x", 'kind = "close_street"\npolygon = [[-180, 90], [180, 90], [0, 89]]')],
        "ne touche aucune rue",
    ),
    "a_polygon_with_swapped_coordinates": (
        [scenario("x", 'kind = "close_street"\npolygon = [[48.8, 2.2], [48.9, 2.2], [48.9, 2.3], [48.8, 2.3]]')],
        "Longitude et latitude semblent interverties",
    ),
    "every_street_closed": ([scenario("x", polygon((-1, -1), (7, -1), (7, 7), (-1, 7)))], "aucune rue ouverte"),
    "a_closure_without_streets": ([scenario("x", 'kind = "close_street"')], "un seul des trois"),
}


def words_of_check(folder: Path, fault: str) -> str:
    """What the check says of a study with a change that cannot be."""
    file = write_toy_study(folder, study=study_with(*REFUSALS[fault][0]))
    with pytest.raises(InputError) as checked:
        check_study(read_study(file))
    return str(checked.value)


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_change_that_cannot_be_is_refused_in_french(fault: str, tmp_path: Path) -> None:
    words = words_of_check(tmp_path, fault)
    assert REFUSALS[fault][1] in words
    assert "Remède :" in words


ONE_OF_EACH_PLACE = {
    "an_unknown_service", "a_commune_of_nowhere", "an_unknown_street", "a_service_closed_by_a_base",
    "a_service_in_another_country", "every_street_closed",
}  # fmt: skip
"""One fault of each place that refuses: with the study, its services, its areas and its streets."""


@pytest.mark.parametrize(
    "fault",
    [pytest.param(it, marks=() if it in ONE_OF_EACH_PLACE else pytest.mark.slow) for it in REFUSALS],
)
def test_a_run_refuses_a_change_that_cannot_be_in_the_words_of_the_check(fault: str, tmp_path: Path) -> None:
    words = words_of_check(tmp_path, fault)
    with pytest.raises(InputError) as refused:
        run_study(read_study(tmp_path / "study.toml"))
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("row", "reason"),
    [("S4,sst,Prévu,2.251,48.821,planned", "annoncé, pas encore ouvert"), ("S4,sst,Sans lieu,,,", "position inconnue")],
)
def test_a_change_of_a_service_that_cannot_count_is_refused_with_the_reason(
    row: str, reason: str, tmp_path: Path
) -> None:
    def changed(name: str, change: str) -> Results:
        folder = tmp_path / name
        folder.mkdir()
        file = write_toy_study(folder, study=study_with(scenario("x", change)))
        rows = (folder / "services.csv").read_text("utf-8").splitlines()[1:]
        table = [",".join([*line.split(",")[:5], ""]) for line in rows]
        text = "\n".join(["service_id,kind,name,lon,lat,status", *table, row]) + "\n"
        (folder / "services.csv").write_text(text, encoding="utf-8")
        return run_study(read_study(file))

    with pytest.raises(InputError) as refused:
        changed("retyped", 'kind = "change_kind"\nservice_id = "S4"\nservice_kind = "pmi"')
    assert f"qui ne peut pas compter : {reason}" in str(refused.value)
    if reason == "position inconnue":  # a move gives it a place
        assert "S4@x" in scenario_ids(changed("moved", move("S4", 1, 1)), "x")
    else:
        with pytest.raises(InputError, match="annoncé, pas encore ouvert"):
            changed("moved", move("S4", 1, 1))
    with pytest.raises(InputError, match="que le scénario ne compte pas"):
        changed("closed", 'kind = "remove_service"\nservice_id = "S4"')


def test_closures_that_leave_a_mode_without_streets_are_refused_by_the_check_too(tmp_path: Path) -> None:
    closed = scenario("x", polygon((-1, -1), (6, -1), (6, 7), (-1, 7)))
    file = write_toy_study(tmp_path, study=study_with(closed))
    streets, nodes = tmp_path / "streets.osm", [lon_lat(east, 2) for east in (6.5, 7.5)]
    path = "".join(f"<node id='{90 + at}' lon='{lon}' lat='{lat}'/>" for at, (lon, lat) in enumerate(nodes))
    path += "<way id='90'><nd ref='90'/><nd ref='91'/><tag k='highway' v='footway'/></way></osm>"
    streets.write_text(streets.read_text("utf-8").replace("</osm>", path), encoding="utf-8")
    study = read_study(file)
    with pytest.raises(InputError) as refused:
        run_study(study)
    with pytest.raises(InputError) as checked:
        check_study(study)
    assert str(checked.value) == str(refused.value)
