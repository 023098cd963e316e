"""Two runs that are the same, and two that one changed input tells apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from access92.audit.compare import (
    COMPARISON,
    COVERAGE,
    SUMMARY,
    RunComparison,
    compare_runs,
    comparison_dict,
)
from access92.audit.compare.french_words import value_words
from access92.audit.values import RowDifference, ValueDifference
from access92.outputs.layout import file_in
from tests.audit.compare.run_edits import (
    PEOPLE_FILE,
    SERVICES_FILE,
    SLOW,
    WALK_SPEED,
    Make,
    all_of_it,
    candidates,
    crowd_the_east,
    move_the_pmi,
    text_of,
)
from tests.toy_study import GOOD_STUDY, lon_lat


def test_a_run_compared_with_itself_is_the_same_in_every_figure(reference: Path) -> None:
    comparison = compare_runs(reference, reference)
    assert comparison.same_figures
    assert (comparison.inputs, comparison.rows, comparison.blocks, comparison.other_files) == ((), (), (), ())
    assert dict(comparison.compared) == {
        COVERAGE: 90, SUMMARY: 30, COMPARISON: 18, "ledger.csv": 6, "sole_providers.csv": 12, "competence.csv": 6,
        "turning.csv": 2, "uncovered_pockets.csv": 7, "pocket_areas.csv": 7,
    }  # fmt: skip
    text = text_of(comparison)
    assert "Aucune différence : mêmes fichiers, mêmes paramètres, mêmes versions." in text
    assert "Tous les chiffres comparés sont les mêmes (178 lignes), tous les services aussi." in text


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
        "scenario": "tous", "mode": "walk", "rule": "pmi", "public": "all", "area_id": "total", "threshold_min": "5",
    }  # fmt: skip
    covered, share = first.value("population_covered"), first.value("coverage_share")
    assert covered is not None
    assert share is not None
    assert (covered.before, covered.after, covered.difference) == (817, 604, -213)
    assert share.difference == pytest.approx(-213 / 869, abs=1e-6)
    assert first.value("population") is None
    text = text_of(comparison)
    assert "habitants couverts 817 → 604 (−213) ; part couverte 94,0 % → 69,5 % (−24,5 points) [E1]" in text
    assert "S3 « Service S3 » : déplacé de 282,8 m [E1]" in text
    assert "Dû à : le fichier « services » (services.csv) [E1]." in text
    assert "inexpliqué" not in text.lower()


def test_the_figures_told_are_those_of_the_two_files(make: Make, reference: Path) -> None:
    after = make("moved", edit=move_the_pmi)
    comparison = compare_runs(reference, after)
    for table, keys in ((COVERAGE, 6), (SUMMARY, 5), (COMPARISON, 7)):
        olds, news = (
            pd.read_csv(file_in(folder, table), dtype=str, keep_default_na=False) for folder in (reference, after)
        )
        names = list(olds.columns.drop("unit")[:keys])
        differing = (olds.set_index(names) != news.set_index(names)).any(axis=1)
        told = [row for row in comparison.rows if row.table == table]
        assert len(told) == int(differing.sum())
        for row in told:
            old, new = (
                frame[(frame[names] == pd.Series(row.key)[names]).all(axis=1)].iloc[0] for frame in (olds, news)
            )
            assert all((float(old[c.figure]), float(new[c.figure])) == (c.before, c.after) for c in row.changes)


@pytest.mark.slow
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
    assert lines[start].endswith("11 lignes sur 90 diffèrent ; les 3 plus grandes différences")
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


@pytest.mark.slow
def test_a_new_halt_is_due_to_the_calendar_and_changes_hours_and_no_coverage(make: Make) -> None:
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
    assert {row.table for row in comparison.rows} == {"person_hours.csv", "week.csv"}
    assert {row.key["scenario"] for row in comparison.rows} == {"sst"}  # the other counts no halt
    assert {causes for _, _, causes in candidates(comparison)} == {(key,)}
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
    assert {row.key["area_id"] for row in comparison.rows if "area_id" in row.key} == {"02", "total"}
    for row in comparison.rows:
        if row.table == COVERAGE:
            population = row.value("population")
            assert population is not None
            assert population.difference == 490
    assert "habitants 869 → 1 359 (+490)" in text_of(comparison)


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_shorter_search_explains_empty_times_and_no_coverage(make: Make) -> None:
    long = make("long", study=GOOD_STUDY)
    short = make("short", study=GOOD_STUDY.replace("cutoff_min = 60", "cutoff_min = 10"))
    comparison = compare_runs(long, short)
    assert comparison.rows
    assert {(table, cause) for table, _, _, cause in _flat(comparison)} == {
        (SUMMARY, ("parameter:analysis.cutoff_min",)),
        (COMPARISON, ("parameter:analysis.cutoff_min",)),
        ("ledger.csv", ("parameter:analysis.cutoff_min",)),
        ("turning.csv", ("parameter:analysis.cutoff_min",)),
    }
    assert "→ au-delà de la durée retenue" in text_of(comparison)
    empty = [item for row in comparison.rows for item in row.changes if item.after is None]
    assert empty
    assert all(item.difference is None for item in empty)


def _flat(comparison: RunComparison) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (row.table, row.key["mode"], item.figure, item.candidates) for row in comparison.rows for item in row.changes
    ]


@pytest.mark.slow
def test_other_streets_can_reach_all_but_the_people(make: Make, reference: Path) -> None:
    def close(folder: Path) -> None:
        file = folder / "streets.osm"
        kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("<way id='3'>")]
        file.write_text("\n".join(kept), encoding="utf-8")

    comparison = compare_runs(reference, make("closed", edit=close))
    assert {mode for mode, _, _ in candidates(comparison)} == {"walk", "car"}
    assert {causes for _, _, causes in candidates(comparison)} == {("file:rues:streets.osm",)}
    counted = [row for row in comparison.rows if row.table in (COVERAGE, SUMMARY)]
    assert counted
    assert all(row.value("population") is None for row in counted)


def nudge(folder: Path, name: str, degrees: float) -> None:
    """Every place of a file a little further north."""
    table = pd.read_csv(folder / name)
    table.assign(lat=table["lat"] + degrees).to_csv(folder / name, index=False, float_format="%.10f")


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("people.csv", PEOPLE_FILE, "points de population sur"),
        ("services.csv", SERVICES_FILE, "services sur"),
    ],
)
@pytest.mark.parametrize(("degrees", "distance"), [(4e-7, "4,4 cm"), (3e-8, "3 mm")])
def test_figures_that_positions_change_by_rounding_have_their_file_and_the_distance_for_a_cause(
    name: str, key: str, words: str, degrees: float, distance: str, make: Make, reference: Path
) -> None:
    """4 cm, and 3 mm: less than six decimals of a degree tell."""
    moved = make(f"nudged-{name}-{degrees}", edit=lambda folder: nudge(folder, name, degrees))
    comparison = compare_runs(reference, moved)
    assert comparison.rows
    assert {value.candidates for row in comparison.rows for value in row.changes} == {(key,)}
    text = text_of(comparison)
    assert "nexpliqué" not in text
    assert f"{words}" in text
    assert f"de {distance} au plus" in text
    if name == "services.csv":
        assert f"déplacé de {distance} [E1]" in text


def test_a_difference_too_small_to_be_shown_has_its_sign_before_a_number() -> None:
    change = ValueDifference("population_covered", 10.4, 10.0, ())
    assert list(value_words(RowDifference(COVERAGE, {}, (change,)))) == ["habitants couverts 10 → 10 (entre 0 et −1)"]
