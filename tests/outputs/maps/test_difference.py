"""The difference maps: who gains and loses, which services change, in a page that asks nothing of anyone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from access92.outputs.layout import file_in
from access92.outputs.maps.difference import (
    _arrow,
    changing_scenarios,
    difference_map_name,
    difference_sentence,
    ledger_total,
    moved_from,
    service_changes,
    write_difference_maps,
)
from access92.outputs.palette import CHANGE_COLOURS
from access92.run.results import Results
from tests.outputs.maps.test_single import data_of, numbers
from tests.outputs.synthetic import make_results

NAMES = list(CHANGE_COLOURS)


@pytest.fixture(scope="module")
def page(changed_folder: Path) -> str:
    return file_in(changed_folder, difference_map_name("demenage", "walk")).read_text("utf-8")


def test_there_is_a_difference_map_per_scenario_that_changes_anything(changed_folder: Path) -> None:
    assert sorted(path.name for path in changed_folder.rglob("difference_*.html")) == [
        "difference_demenage_walk.html", "difference_neuf_walk.html", "difference_sst-seuls_walk.html",
    ]  # fmt: skip


def test_a_scenario_that_changes_nothing_has_no_difference_map(changed: Results, tmp_path: Path) -> None:
    points = changed.changes.changed
    still = replace(changed, changes=replace(changed.changes, changed=points[points["scenario"] != "neuf"]))
    assert [item.name for item, _ in changing_scenarios(still)] == ["sst-seuls", "demenage"]
    none = replace(changed, changes=replace(changed.changes, changed=points.iloc[:0]))
    assert write_difference_maps(none, tmp_path) == []


def test_the_points_of_the_map_are_those_of_the_ledger(page: str, changed: Results) -> None:
    people = data_of(page)["people"]
    population, change = numbers(people["population"], "<f4"), numbers(people["change"], "<u1")
    row = ledger_total(changed, "demenage")
    assert population[change == NAMES.index("gained")].sum() == pytest.approx(row["population_gained"])
    assert population[change == NAMES.index("lost")].sum() == pytest.approx(row["population_lost"])
    before, after = numbers(people["hundredths_before"], "<u2"), numbers(people["hundredths"], "<u2")
    gained, lost = change == NAMES.index("gained"), change == NAMES.index("lost")
    assert (before[gained] >= 2000).all()
    assert (after[gained] < 2000).all()
    assert (before[lost] < 2000).all()
    assert (after[lost] >= 2000).all()


def test_every_point_names_the_service_before_and_after(page: str, changed: Results) -> None:
    data = data_of(page)
    names = np.array([item["name"] for item in data["services"]])
    assert len(names) == len(changed.services)
    points = changed.changes.changed
    points = points[points["scenario"] == "demenage"]
    by_id = dict(zip(changed.services["service_id"], changed.services["name"], strict=True))
    for key, column in (("service_before", "nearest_before"), ("service", "nearest_after")):
        rows = numbers(data["people"][key], "<u2")
        reached = rows != 65_535
        assert names[rows[reached]].tolist() == [by_id[name] for name in points[column] if name]


def test_added_moved_and_removed_services_are_told_apart(changed: Results) -> None:
    ids = changed.services["service_id"]
    assert {ids[row]: kind for row, kind in service_changes(changed, "neuf").items() if kind != "kept"} == {
        "S10": "added"
    }
    assert {ids[row]: kind for row, kind in service_changes(changed, "demenage").items()} == {
        "S1": "kept", "S3": "kept", "S4": "removed", "S5": "kept", "S2@demenage": "moved",
    }  # fmt: skip


def test_a_moved_service_is_shown_from_its_old_place_to_the_new_and_not_as_a_closure(
    page: str, changed: Results
) -> None:
    ids = changed.services["service_id"].tolist()
    old, new = ids.index("S2"), ids.index("S2@demenage")
    assert moved_from(changed, "demenage") == {new: old}
    assert moved_from(changed, "neuf") == {}
    data = data_of(page)
    marks = data["services"]
    assert [(item["name"], item["sign"]) for item in marks if item.get("kind") in ("moved", "moved_from")] == [
        ("Lieu n° 2 <sst>", "○"), ("Lieu n° 2 <sst>", "→"),
    ]  # fmt: skip
    assert [item["name"] for item in marks if item.get("kind") == "removed"] == ["Lieu n° 4 <pmi>"]
    assert "Ancien lieu" in marks[old]["sheet"]["move"]
    assert "Nouveau lieu" in marks[new]["sheet"]["move"]
    (arrow,) = data["isochrones"]
    assert arrow["shown"]
    assert "de l’ancien lieu au nouveau" in arrow["label"]
    assert "Services déplacés (ancien lieu) (1)" in page[: page.index("</details>")]


def test_the_arrow_of_a_move_goes_from_place_to_place_and_points_to_the_new_one() -> None:
    arrow = _arrow(np.array([0.0, 0.0]), np.array([1000.0, 0.0]))
    assert arrow.is_valid
    assert arrow.bounds == pytest.approx((0, -140, 1000, 140))  # 70 m wide, and a head four times as wide
    widest = [x for x, y in arrow.exterior.coords if abs(y) == pytest.approx(140)]
    assert widest == pytest.approx([350, 350])  # the back of the head: it narrows towards the new place
    assert _arrow(np.array([0.0, 0.0]), np.array([0.0, 5.0])).is_valid


def test_a_scenario_that_moves_nothing_draws_no_arrow(changed_folder: Path) -> None:
    text = file_in(changed_folder, difference_map_name("neuf", "walk")).read_text("utf-8")
    assert data_of(text)["isochrones"] == []
    assert "ancien lieu" not in text[: text.index("</details>")]


def test_a_service_that_only_changes_kind_is_not_told_as_two(changed: Results) -> None:
    services = changed.services.copy()
    old, new = (int(np.flatnonzero(services["service_id"] == name)[0]) for name in ("S2", "S2@demenage"))
    services.loc[new, "geometry"] = services.geometry[old]
    services.loc[new, "kind"] = "css"
    kinds = service_changes(replace(changed, services=services), "demenage")
    assert kinds[new] == "retyped"
    assert old not in kinds


def test_the_marks_of_changed_services_stand_out(page: str) -> None:
    marks = [item for item in data_of(page)["services"] if "sheet" in item]
    assert {item["sign"] for item in marks if item.get("changed")} == {"−", "→", "○"}
    assert all(item["counted"] for item in marks)


def test_the_header_says_gained_lost_reference_mode_threshold_vintage_and_streets(page: str, changed: Results) -> None:
    header = page[page.index("<header>") : page.index("</header>")]
    for expected in (
        "Déménagement &lt;S2&gt;", "gagné", "perdu", "par rapport à «\u00a0Maillage d’aujourd’hui\u00a0»",
        "à pied (adulte), moins de 20\u00a0min", "population légale 2023", "rues de démonstration",
        "Rues de démonstration",
    ):  # fmt: skip
        assert expected in header, expected
    scenario = next(item for item in changed.scenarios if item.name == "neuf")
    assert ", 0\u00a0habitant perdu, sur 11\u202f692 (" in difference_sentence(changed, scenario, "walk")


def test_better_is_a_dot_and_worse_a_cross_so_that_print_tells_them_apart(page: str) -> None:
    classes = data_of(page)["classes"]
    assert [item["cross"] for item in classes] == [False, True, False, True]
    assert len({item["colour"] for item in classes}) == 4


@pytest.mark.slow
def test_difference_maps_are_light(tmp_path: Path) -> None:
    for path in write_difference_maps(make_results(n_demand=40_000, n_streets=100), tmp_path):
        assert path.stat().st_size < 2_000_000


def test_two_writings_of_the_difference_maps_give_the_same_bytes(changed_folder: Path, tmp_path: Path) -> None:
    for path in write_difference_maps(make_results(changes=True), tmp_path):
        assert path.read_bytes() == (file_in(changed_folder, path.name)).read_bytes()
