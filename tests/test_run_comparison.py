"""Two finished runs of the toy study, explained: the inputs, the figures, and which can be due to which."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import access92
from access92.errors import InputError
from access92.outputs.french import NARROW_SPACE, NO_BREAK_SPACE
from access92.run_comparison import (
    COMPARISON,
    COVERAGE,
    SUMMARY,
    RunComparison,
    compare_runs,
    comparison_dict,
    comparison_text,
    read_run,
)
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

SERVICES_FILE, PEOPLE_FILE = "file:services:services.csv", "file:population:people.csv"
WALK_SPEED = "mode:walk.speed_kmh"
SLOW = GOOD_STUDY.replace("[areas]", "[mode_settings.walk]\nspeed_kmh = 4\n[areas]", 1)

Make = Callable[..., Path]


def move_the_pmi(folder: Path) -> None:
    """S3 goes two blocks west and two north: to the corner of the town."""
    file = folder / "services.csv"
    places = [",".join(map(str, lon_lat(*place))) for place in ((2, 3), (0, 5))]
    file.write_text(file.read_text("utf-8").replace(places[0], places[1]), encoding="utf-8")


def crowd_the_east(folder: Path) -> None:
    """The first person point (in the east, 10 people) becomes a tower of 500."""
    file = folder / "people.csv"
    lines = file.read_text("utf-8").splitlines()
    lon, lat, population = lines[1].split(",")
    assert float(lon) > lon_lat(2.5, 0)[0]
    assert population == "10"
    file.write_text("\n".join([lines[0], f"{lon},{lat},500", *lines[2:]]) + "\n", encoding="utf-8")


def all_of_it(folder: Path) -> None:
    move_the_pmi(folder)
    crowd_the_east(folder)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A finished run, made once per name; ``edit`` changes the data of the toy study before it."""
    made: dict[str, Path] = {}

    def run(
        name: str,
        *,
        edit: Callable[[Path], None] | None = None,
        study: str = GOOD_STUDY,
        scenarios: list[str] | None = None,
    ) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            file = write_toy_study(folder, study=study)
            if edit is not None:
                edit(folder)
            results = access92.run_study(access92.read_study(file), scenarios=scenarios)
            made[name] = folder / name
            access92.write_run(results, made[name], overwrite=False)
        return made[name]

    return run


@pytest.fixture
def reference(make: Make) -> Path:
    return make("reference")


@pytest.fixture
def copied(reference: Path, tmp_path: Path) -> Path:
    return shutil.copytree(reference, tmp_path / "copie")


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "manifest.json"
    content = json.loads(file.read_text("utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def edit_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Another table under the seal of the manifest, as if the run had written it so."""
    change(pd.read_csv(folder / name, dtype=str, keep_default_na=False)).to_csv(folder / name, index=False)
    sha256 = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    edit_manifest(
        folder,
        lambda content: [item.update(sha256=sha256) for item in content["outputs"] if item["path"] == name],
    )


def one_more_covered(table: pd.DataFrame, rule: str = "any") -> pd.DataFrame:
    """One person more in the first row by car and by that rule."""
    row = table.index[(table["mode"] == "car") & (table["rule"] == rule)][0]
    table.loc[row, "population_covered"] = str(int(table.loc[row, "population_covered"]) + 1)
    return table


def text_of(comparison: RunComparison, **options: int) -> str:
    """The text with plain spaces and apostrophes."""
    text = comparison_text(comparison, **options)
    return text.replace(NARROW_SPACE, " ").replace(NO_BREAK_SPACE, " ").replace("’", "'")


def candidates(comparison: RunComparison) -> set[tuple[str, str, tuple[str, ...]]]:
    """Mode, figure and causes of all that differs."""
    return {(row.key["mode"], item.figure, item.candidates) for row in comparison.rows for item in row.changes}


# ---------------------------------------------------------------- what is the same


def test_a_run_compared_with_itself_is_the_same_in_every_figure(reference: Path) -> None:
    comparison = compare_runs(reference, reference)
    assert comparison.same_figures
    assert (comparison.inputs, comparison.rows, comparison.blocks, comparison.other_files) == ((), (), (), ())
    assert dict(comparison.compared) == {COVERAGE: 90, SUMMARY: 30, COMPARISON: 18}
    text = text_of(comparison)
    assert "Aucune différence : mêmes fichiers, mêmes paramètres, mêmes versions." in text
    assert "Tous les chiffres comparés sont les mêmes (138 lignes), tous les services aussi." in text


def test_the_date_of_a_run_is_no_difference(make: Make, reference: Path) -> None:
    assert compare_runs(reference, make("again")).same_figures


def test_words_and_a_renamed_file_are_told_and_explain_nothing(make: Make, reference: Path) -> None:
    study = GOOD_STUDY.replace('title = "Essai"', 'title = "Autre"').replace("people.csv", "gens.csv")
    renamed = make("renamed", study=study, edit=lambda folder: (folder / "people.csv").rename(folder / "gens.csv"))
    comparison = compare_runs(reference, renamed)
    assert comparison.same_figures
    assert {item.stage for item in comparison.inputs} == {"nothing"}
    text = text_of(comparison)
    assert "people.csv → gens.csv, même contenu (sans effet sur les chiffres comparés)" in text
    assert "Essai → Autre" in text


# ---------------------------------------------------------------- one change


def test_a_moved_service_explains_every_difference_and_is_told_in_metres(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("moved", edit=move_the_pmi))
    assert [item.key for item in comparison.inputs] == [SERVICES_FILE]
    assert {causes for _, _, causes in candidates(comparison)} == {(SERVICES_FILE,)}
    assert {row.key["scenario"] for row in comparison.rows if row.table == COVERAGE} == {"tous"}  # « sst » has no PMI
    (service,) = comparison.services
    assert (service.service_id, service.change, service.candidates) == ("S3", "moved", (SERVICES_FILE,))
    assert service.moved_m == pytest.approx(282.8, abs=0.5)  # two blocks of 100 m west and two north
    first = comparison.rows[0]
    assert dict(first.key) == {
        "scenario": "tous", "mode": "walk", "rule": "pmi", "area_id": "total", "threshold_min": "5",
    }  # fmt: skip
    covered, share = first.value("population_covered"), first.value("coverage_share")
    assert covered is not None
    assert share is not None
    assert (covered.before, covered.after, covered.difference) == (817, 582, -235)
    assert share.difference == pytest.approx(-235 / 869, abs=1e-6)
    assert first.value("population") is None
    text = text_of(comparison)
    assert "habitants couverts 817 → 582 (−235) ; part couverte 94,0 % → 67,0 % (−27,0 points) [E1]" in text
    assert "S3 « Service S3 » : déplacé de 282,8 m [E1]" in text
    assert "Dû à : le fichier « services » (services.csv) [E1]." in text
    assert "inexpliqué" not in text.lower()


def test_the_figures_told_are_those_of_the_two_files(make: Make, reference: Path) -> None:
    after = make("moved", edit=move_the_pmi)
    comparison = compare_runs(reference, after)
    for table, keys in ((COVERAGE, 5), (SUMMARY, 4), (COMPARISON, 6)):
        olds, news = (pd.read_csv(folder / table, dtype=str, keep_default_na=False) for folder in (reference, after))
        names = list(olds.columns[:keys])
        differing = (olds.set_index(names) != news.set_index(names)).any(axis=1)
        told = [row for row in comparison.rows if row.table == table]
        assert len(told) == int(differing.sum())
        for row in told:
            old, new = (
                frame[(frame[names] == pd.Series(row.key)[names]).all(axis=1)].iloc[0] for frame in (olds, news)
            )
            assert all((float(old[c.figure]), float(new[c.figure])) == (c.before, c.after) for c in row.changes)


def test_the_largest_differences_come_first(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("moved", edit=move_the_pmi))
    gaps = [
        abs(item.difference or 0.0)
        for row in comparison.rows
        if row.table == COVERAGE and (item := row.value("population_covered")) is not None
    ]
    assert gaps == sorted(gaps, reverse=True)
    lines = text_of(comparison, most=3).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Couverture (coverage.csv)"))
    assert lines[start].endswith("12 lignes sur 90 diffèrent ; les 3 plus grandes différences")
    assert [line.startswith("  - ") for line in lines[start + 1 : start + 5]] == [True, True, True, False]
    assert len(comparison_dict(comparison)["differences"]) == len(comparison.rows) > 3


def test_added_and_removed_services_are_told(make: Make, reference: Path) -> None:
    def replace_one(folder: Path) -> None:
        file = folder / "services.csv"
        lon, lat = lon_lat(4, 1)
        kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("S2,")]
        file.write_text("\n".join([*kept, f"S4,pmi,Service S4,{lon},{lat},,"]) + "\n", encoding="utf-8")

    comparison = compare_runs(reference, make("replaced", edit=replace_one))
    assert {(item.service_id, item.change) for item in comparison.services} == {("S2", "removed"), ("S4", "added")}
    assert "Services (services.csv) : 1 retiré, 1 ajouté" in text_of(comparison)


def test_a_new_halt_is_due_to_the_calendar_and_changes_no_figure(make: Make) -> None:
    calendar = '[calendar]\nfile = "halts.csv"\nfirst_day = 2025-02-03\nlast_day = 2025-02-28\n[areas]'
    study = GOOD_STUDY.replace("[areas]", calendar, 1).replace(
        'title = "SST seul"', 'title = "SST seul"\nmobile = true'
    )

    def halts(*corners: tuple[float, float]) -> Callable[[Path], None]:
        rows = ["Bus,,{},{},2025-02-04,{}:00,{}:30".format(*lon_lat(*at), h, h) for h, at in enumerate(corners, 10)]
        text = "\n".join(["unit,stop,lon,lat,date,start,end", *rows]) + "\n"
        return lambda folder: (folder / "halts.csv").write_text(text, encoding="utf-8") and None

    comparison = compare_runs(
        make("one halt", study=study, edit=halts((1, 1))), make("two halts", study=study, edit=halts((1, 1), (2, 2)))
    )
    key = "file:calendrier:halts.csv"
    assert [(item.key, item.stage) for item in comparison.inputs] == [(key, "halts")]
    assert not comparison.rows
    (service,) = comparison.services
    assert (service.change, service.after["kind"], service.candidates) == ("added", "mobile", (key,))


def test_a_new_name_of_a_service_changes_no_figure_and_clears_the_file(make: Make, reference: Path) -> None:
    def rename(folder: Path) -> None:
        file = folder / "services.csv"
        file.write_text(file.read_text("utf-8").replace("Service S2", "PMI du Nord"), encoding="utf-8")

    comparison = compare_runs(reference, make("named", edit=rename))
    assert not comparison.rows
    assert "S2 « PMI du Nord » : décrit autrement (name : Service S2 → PMI du Nord) [E1]" in text_of(comparison)


def test_the_speed_of_a_mode_reaches_that_mode_only(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("slow", study=SLOW))
    assert {(mode, causes) for mode, _, causes in candidates(comparison)} == {("walk", (WALK_SPEED,))}
    (block,) = comparison.blocks
    assert (block.mode, block.scenarios, block.candidates) == ("walk", ("sst", "tous", "tous → sst"), (WALK_SPEED,))
    text = text_of(comparison)
    assert "E1 la vitesse du mode « À pied (adulte) » : 5 → 4 km/h" in text
    assert "le fichier « étude » (study.toml)" in text
    assert "En voiture" not in text


def test_other_people_change_the_denominators_where_they_live_and_nowhere_else(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("crowded", edit=crowd_the_east))
    assert {causes for _, _, causes in candidates(comparison)} == {(PEOPLE_FILE,)}
    assert {row.key["area_id"] for row in comparison.rows} == {"02", "total"}
    for row in comparison.rows:
        if row.table == COVERAGE:
            population = row.value("population")
            assert population is not None
            assert population.difference == 490
    assert "habitants 869 → 1 359 (+490)" in text_of(comparison)


def test_the_order_of_the_people_is_no_difference_of_people(make: Make) -> None:
    def turned(folder: Path) -> None:
        all_of_it(folder)
        file = folder / "people.csv"
        head, *rows = file.read_text("utf-8").splitlines()
        file.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")

    before = make("moved crowded", edit=all_of_it)
    comparison = compare_runs(before, make("turned", edit=turned))
    assert [item.key for item in comparison.inputs] == [PEOPLE_FILE]
    assert comparison.same_figures
    said = "Aucune différence de résultat n'en vient : le fichier « population » (people.csv)."
    assert said in text_of(comparison)


def test_a_shorter_search_explains_empty_times_and_no_coverage(make: Make) -> None:
    long = make("long", study=GOOD_STUDY)
    short = make("short", study=GOOD_STUDY.replace("cutoff_min = 60", "cutoff_min = 10"))
    comparison = compare_runs(long, short)
    assert comparison.rows
    assert {(table, cause) for table, _, _, cause in _flat(comparison)} == {
        (SUMMARY, ("parameter:analysis.cutoff_min",)),
        (COMPARISON, ("parameter:analysis.cutoff_min",)),
    }
    assert "→ au-delà de la durée cherchée" in text_of(comparison)
    empty = [item for row in comparison.rows for item in row.changes if item.after is None]
    assert empty
    assert all(item.difference is None for item in empty)


def _flat(comparison: RunComparison) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (row.table, row.key["mode"], item.figure, item.candidates) for row in comparison.rows for item in row.changes
    ]


def test_other_streets_can_reach_all_but_the_people(make: Make, reference: Path) -> None:
    def close(folder: Path) -> None:
        file = folder / "streets.osm"
        kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("<way id='3'>")]
        file.write_text("\n".join(kept), encoding="utf-8")

    comparison = compare_runs(reference, make("closed", edit=close))
    assert {mode for mode, _, _ in candidates(comparison)} == {"walk", "car"}
    assert {causes for _, _, causes in candidates(comparison)} == {("file:rues:streets.osm",)}
    assert "population" not in {figure for _, figure, _ in candidates(comparison)}


@pytest.mark.parametrize(
    ("scenario", "change", "explains"),
    [
        (0, {"kind": "set_speed", "mode": "car", "speed_kmh": 30}, True),
        (0, {"kind": "set_speed", "mode": "walk", "speed_kmh": 4}, False),  # the figure that differs is by car
        (0, {"kind": "close_street", "names": ["Pont"]}, True),
        (1, {"kind": "close_street", "names": ["Pont"]}, False),  # it belongs to the other scenario
        (0, {"kind": "remove_service", "service_id": "S3"}, False),  # yet both runs counted the same services
        (0, {"kind": "remove_stop", "stop_id": "H1"}, False),  # halts are never « covered »
    ],
)
def test_a_change_of_a_scenario_reaches_its_rows_and_its_modes(
    reference: Path, copied: Path, scenario: int, change: dict[str, Any], explains: bool
) -> None:
    edit_table(copied, COVERAGE, lambda table: one_more_covered(table, rule="pmi"))
    edit_manifest(copied, lambda content: content["parameters"]["study"]["scenario"][scenario].update(change=[change]))
    comparison = compare_runs(reference, copied)
    (item,) = comparison.inputs
    (row,) = comparison.rows
    assert row.key["scenario"] == "tous"
    assert item.key == f"scenario:{('tous', 'sst')[scenario]}.change"
    assert row.changes[0].candidates == ((item.key,) if explains else ())


def test_a_change_reaches_the_scenarios_that_build_on_it(reference: Path, copied: Path) -> None:
    edit_table(copied, COVERAGE, lambda table: one_more_covered(table, rule="pmi"))
    folders = (shutil.copytree(reference, copied.with_name("avant")), copied)
    for folder in folders:
        edit_manifest(folder, lambda content: content["parameters"]["study"]["scenario"][0].update(based_on="sst"))
    edit_manifest(
        copied,
        lambda content: content["parameters"]["study"]["scenario"][1].update(change=[{"kind": "close_street"}]),
    )
    comparison = compare_runs(*folders)
    assert comparison.rows[0].changes[0].candidates == ("scenario:sst.change",)


# ---------------------------------------------------------------- several changes


@pytest.fixture
def everything(make: Make, reference: Path) -> RunComparison:
    return compare_runs(reference, make("everything", edit=all_of_it, study=SLOW))


def test_of_several_changes_each_figure_names_those_that_can_reach_it(everything: RunComparison) -> None:
    causes = {
        (row.table, row.key["scenario"], row.key["mode"], row.key["rule"], row.key["area_id"], item.figure): set(
            item.candidates
        )
        for row in everything.rows
        for item in row.changes
    }
    services, people, speed = SERVICES_FILE, PEOPLE_FILE, WALK_SPEED
    covered = "population_covered"
    assert causes[COVERAGE, "tous", "walk", "any", "total", covered] == {services, people, speed}
    assert causes[COVERAGE, "tous", "walk", "any", "01", covered] == {services, speed}  # nobody moved in the west
    assert causes[COVERAGE, "sst", "walk", "any", "02", covered] == {people, speed}  # the SST stayed where it was
    assert causes[COVERAGE, "tous", "walk", "sst", "01", covered] == {speed}
    assert causes[COVERAGE, "sst", "walk", "any", "01", covered] == {speed}
    assert causes[SUMMARY, "tous", "car", "any", "01", "median_min"] == {services}  # the car is as fast as before
    assert causes[SUMMARY, "sst", "car", "any", "02", "median_min"] == {people}
    assert {frozenset(found) for key, found in causes.items() if key[-1] == "population"} == {frozenset({people})}
    assert causes[COMPARISON, "sst", "walk", "any", "total", "population_lost"] == {services, people, speed}
    assert all(causes.values())


def test_blocks_gather_the_figures_by_mode_and_causes_and_say_what_is_cleared(everything: RunComparison) -> None:
    known = {SERVICES_FILE, PEOPLE_FILE, WALK_SPEED}
    for block in everything.blocks:
        assert {*block.candidates, *block.cleared} == known
        assert not {*block.candidates} & {*block.cleared}
        assert block.mode == "walk" or WALK_SPEED in block.cleared
    told = sum(sum(block.figures.values()) for block in everything.blocks)
    assert told == sum(len(row.changes) for row in everything.rows)
    sizes = [(abs(block.largest_people), abs(block.largest_min)) for block in everything.blocks]
    assert sizes == sorted(sizes, reverse=True)
    text = text_of(everything)
    assert (
        "Peut venir, ensemble ou séparément, de : le fichier « services » (services.csv) [E1] ; "
        "le fichier « population » (people.csv) [E2] ; la vitesse du mode « À pied (adulte) » [E3]."
    ) in text
    assert "Hors de cause : la vitesse du mode « À pied (adulte) » [E3]." in text


def test_without_the_places_of_a_run_nothing_is_cleared_by_them(make: Make, reference: Path, tmp_path: Path) -> None:
    after = shutil.copytree(make("everything", edit=all_of_it, study=SLOW), tmp_path / "b")
    (after / "access.parquet").unlink()
    edit_manifest(
        after,
        lambda content: content.update(outputs=[i for i in content["outputs"] if i["path"] != "access.parquet"]),
    )
    comparison = compare_runs(reference, after)
    west = next(row for row in comparison.rows if row.key["area_id"] == "01" and row.key["scenario"] == "sst")
    assert PEOPLE_FILE in west.changes[0].candidates


def test_the_dictionary_is_json_and_holds_every_difference(everything: RunComparison) -> None:
    content = json.loads(json.dumps(comparison_dict(everything), ensure_ascii=False, allow_nan=False))
    assert content["same_figures"] is False
    assert len(content["differences"]) == len(everything.rows)
    assert {block["verdict"] for block in content["blocks"]} == {"due", "candidates"}
    first = content["differences"][0]
    assert {"table", "scenario", "mode", "rule", "area_id", "threshold_min", "figures"} == set(first)
    assert {"figure", "before", "after", "difference", "candidates"} == set(first["figures"][0])
    assert content["inputs"][-1]["before"] == 5.0
    assert content["runs"]["A"]["study"] == "essai"


# ---------------------------------------------------------------- rows of one run only


def test_a_scenario_that_was_not_run_is_told_and_the_common_rows_are_the_same(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("only", scenarios=["sst"]))
    assert not comparison.rows
    assert {(item.run, item.dimension, item.value) for item in comparison.only_in_one} == {
        ("A", "scenario", "tous"),
        ("A", "scenario", "sst"),
    }
    assert {item.candidates for item in comparison.only_in_one} == {("scenarios_run",)}
    text = text_of(comparison)
    assert "Tous les chiffres des lignes communes sont les mêmes." in text
    assert (
        "scénario « tous », seulement dans A (54 lignes de coverage.csv, 18 lignes de travel_time_summary.csv)" in text
    )


def test_a_mode_and_a_threshold_of_one_run_only_are_told(make: Make, reference: Path) -> None:
    study = GOOD_STUDY.replace('["walk", "car"]', '["walk"]').replace("[2, 5, 10]", "[2, 5]")
    comparison = compare_runs(make("fewer", study=study), reference)
    assert not comparison.rows
    told = {(item.run, item.dimension, item.value): item.candidates for item in comparison.only_in_one}
    assert told == {
        ("B", "mode", "car"): ("modes",),
        ("B", "threshold_min", "10"): ("parameter:analysis.thresholds_min",),
    }
    text = text_of(comparison)
    assert "seuil « 10 min », seulement dans B" in text
    assert "les seuils (analysis.thresholds_min) : 2, 5 → 2, 5, 10" in text


def test_a_scenario_of_other_kinds_explains_its_own_rows_only(make: Make, reference: Path) -> None:
    study = GOOD_STUDY.replace('title = "SST seul"\nkinds = ["sst"]', 'title = "SST seul"\nkinds = ["pmi"]')
    comparison = compare_runs(reference, make("kinds", study=study))
    key = "scenario:sst.kinds"
    assert {row.key["scenario"] for row in comparison.rows} == {"sst"}
    assert {causes for _, _, causes in candidates(comparison)} == {(key,)}
    assert {(item.run, item.value, item.candidates) for item in comparison.only_in_one} == {
        ("A", "sst : sst", (key,)),
        ("B", "sst : pmi", (key,)),
    }
    assert "le scénario « sst » (kinds) : sst → pmi" in text_of(comparison)


# ---------------------------------------------------------------- software, and what nothing explains


def test_where_only_the_software_differs_it_is_the_cause(reference: Path, copied: Path) -> None:
    edit_table(copied, COVERAGE, one_more_covered)
    edit_manifest(copied, lambda content: content["versions"].update(numpy="0.1", folium="0.2"))
    comparison = compare_runs(reference, copied)
    assert [(item.key, item.stage) for item in comparison.inputs] == [
        ("software", "software"),
        ("software_pages", "nothing"),
    ]
    (row,) = comparison.rows
    assert row.changes[0].candidates == ("software",)
    assert "Dû à : les logiciels (numpy) [E1]." in text_of(comparison)


def test_a_figure_that_no_changed_input_can_reach_is_unexplained(make: Make, tmp_path: Path, reference: Path) -> None:
    after = shutil.copytree(make("slow", study=SLOW), tmp_path / "b")
    edit_table(after, COVERAGE, one_more_covered)
    comparison = compare_runs(reference, after)
    car = [row for row in comparison.rows if row.key["mode"] == "car"]
    assert [item.candidates for row in car for item in row.changes] == [()]
    block = next(block for block in comparison.blocks if block.mode == "car")
    assert (block.candidates, block.cleared) == ((), (WALK_SPEED,))
    assert next(b for b in comparison_dict(comparison)["blocks"] if b["mode"] == "car")["verdict"] == "unexplained"
    text = text_of(comparison)
    assert "En voiture, scénario « tous » : 1 chiffre (habitants couverts × 1), jusqu'à +1 habitant" in text
    assert "Inexpliqué.\n      Aucune entrée différente ne peut atteindre ces chiffres" in text
    assert comparison.blocks[0] is block  # first of all, and told beyond the largest of its table
    assert comparison.rows[0].key["mode"] == "walk"
    assert "(+1) [inexpliqué]" in text_of(comparison, most=1)


# ---------------------------------------------------------------- bad inputs


def test_a_folder_that_is_no_run_is_refused_and_so_is_the_other(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        compare_runs(tmp_path, tmp_path / "absent")
    assert refused.value.exit_code == 3
    assert len(refused.value.faults) == 2
    assert all("ne contient pas un calcul d'access92" in fault.what for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "illisible"),
        ("[]", "incomplet"),
        ('{"software": "autre"}', "incomplet"),
        ("é".encode("latin-1"), "illisible"),
    ],
)
def test_an_unreadable_manifest_is_refused(copied: Path, content: str | bytes, what: str) -> None:
    (copied / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=what) as refused:
        read_run(copied)
    assert "manifest.json" in refused.value.faults[0].where


def test_the_manifest_of_another_program_is_refused(copied: Path) -> None:
    edit_manifest(copied, lambda content: content.update(software="autre"))
    with pytest.raises(InputError, match="n'est pas celui d'un calcul d'access92"):
        read_run(copied)


def test_outputs_that_were_altered_or_lost_are_named_all_of_them(copied: Path) -> None:
    with (copied / COVERAGE).open("a", encoding="utf-8") as stream:
        stream.write("x\n")
    (copied / "report.html").unlink()
    with pytest.raises(InputError) as refused:
        read_run(copied)
    told = [fault.what for fault in refused.value.faults]
    assert told == [
        "Un fichier du calcul a été modifié depuis : coverage.csv.",
        "Un fichier du calcul manque ou ne s'ouvre pas : report.html.",
    ]


def test_a_run_without_a_table_or_a_column_is_refused(copied: Path) -> None:
    edit_table(copied, SUMMARY, lambda table: table.drop(columns="p90_min"))
    with pytest.raises(InputError, match="colonnes attendues") as refused:
        read_run(copied)
    assert "p90_min" in refused.value.faults[0].where
    edit_manifest(
        copied, lambda content: content.update(outputs=[i for i in content["outputs"] if i["path"] != SUMMARY])
    )
    with pytest.raises(InputError, match=SUMMARY):
        read_run(copied)
