"""What readers are told of a public: its name, its pace and its own figures, in the report and in every table."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from access92.outputs import write_run
from access92.outputs.layout import file_in
from access92.outputs.maps.backdrop import prepare_backdrop
from access92.outputs.maps.run_map.content import page_data
from access92.outputs.report.brief_places import publics_lines, publics_table
from access92.outputs.report.commitments import commitments_chapter, is_headline_rule
from access92.outputs.report.content import Link, Paragraph, Section, Table, blocks_of
from access92.outputs.report.dossier import make_dossier
from access92.outputs.report.publics import commitment_by_public, publics_section
from access92.outputs.tables.files import write_tables
from access92.outputs.words.headlines import headline_lines
from access92.outputs.words.publics import public_words
from access92.outputs.words.typography import number, percent
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from docs.real_figures import publics_table as real_publics_table
from tests.conftest import without_steps
from tests.measures.test_publics import FAST_AND_SLOW as OF_PERSONS
from tests.measures.test_publics import STUDY, with_scenarios, write_study
from tests.outputs.synthetic import make_results

FAST_AND_SLOW = OF_PERSONS.replace('column = "sans_voiture"', 'column = "sans_voiture"\nunit = "households"')


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_study(read_study(write_study(tmp_path_factory.mktemp("town"), with_scenarios(STUDY + FAST_AND_SLOW))))


@pytest.fixture(scope="module")
def folder(run: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run as tables: no test here reads a picture or a page of it."""
    folder = tmp_path_factory.mktemp("written") / "run"
    with pytest.MonkeyPatch.context() as patch:
        without_steps(patch, "GeoPackage", "Images", "Cartes", "Rapport")
        write_run(run, folder, overwrite=False)
    return folder


def plain(words: str) -> str:
    return re.sub(r"\s", " ", words)


def covered(run: Results, public: str, mode: str) -> pd.Series:
    table = run.coverage
    (row,) = table[
        (table["scenario"] == "tous") & (table["rule"] == "any") & (table["area_id"] == "total")
        & (table["threshold_min"] == 5) & (table["public"] == public) & (table["mode"] == mode)
    ].to_dict("records")  # fmt: skip
    return pd.Series(row)


def test_the_brief_names_each_public_with_its_pace_its_people_and_its_share(run: Results) -> None:
    table = publics_table(run)
    assert table is not None
    rows = [[plain(cell) for cell in row] for row in table.rows]
    share = plain(percent(covered(run, "seniors", "lent")["coverage_share"]))
    assert rows[0][:3] + rows[0][4:5] == ["65 ans et plus, à 2,85 km/h", "habitants", "18", share]
    share = plain(percent(covered(run, "menages", "walk")["coverage_share"]))
    assert rows[1][:3] + rows[1][4:5] == ["Ménages sans voiture, à 5,7 km/h", "ménages", "18", share]
    assert "à moins de 5 min" in table.caption
    assert "; ménages du fichier, sans calage ;" in table.basis
    assert table.basis.endswith("une même personne peut compter dans plusieurs publics")


def at_everybodys_pace(run: Results, column: str) -> str:
    """The share of the people of a column whom walking as everybody brings to a service in under 5 minutes."""
    minutes = run.access("tous", "walk").travel_time_min.tolist()
    people = run.demand[column].tolist()
    near = sum(count for count, time in zip(people, minutes, strict=True) if time < 5)
    return plain(percent(near / sum(people)))


def test_a_public_with_a_pace_of_its_own_is_also_counted_at_the_pace_of_everybody(run: Results) -> None:
    seniors = next(item for item in run.publics if item.name == "seniors")
    own = plain(percent(covered(run, "seniors", "lent")["coverage_share"]))
    other = at_everybodys_pace(run, seniors.column)
    assert own != other
    table, section = publics_table(run), publics_section(run)
    assert table is not None
    assert section is not None
    whole = next(block for block in section.blocks if isinstance(block, Table))
    # where each pace comes from
    assert "d'où vient chaque pas : Paramètres" in plain(table.basis)
    links = [part.target for block in section.blocks if isinstance(block, Paragraph)
             for part in block.parts if isinstance(part, Link)]  # fmt: skip
    assert "#parametres" in links
    for item in (table, whole):
        heads = [plain(head) for head in item.header]
        at = heads.index("part à 5,7 km/h, comme tout le monde")
        row = next(row for row in item.rows if row[0].startswith("65 ans"))
        assert (plain(row[at - 1]), plain(row[at])) == (own, other)
        # whoever goes as everybody has one share
        row = next(row for row in item.rows if row[0].startswith("Ménages"))
        assert row[at] == row[at - 1]
    least, most = (plain(line) for line in publics_lines(run))
    assert least.endswith(f"65 ans et plus, à 2,85 km/h, {own} ; à 5,7 km/h, comme tout le monde : {other}")
    assert "comme tout le monde" not in most


def test_the_page_of_the_real_figures_says_each_pace_and_the_share_at_everybodys(run: Results) -> None:
    words = plain(real_publics_table(run, run, reference="tous"))
    seniors = next(item for item in run.publics if item.name == "seniors")
    own, other = (
        plain(percent(covered(run, "seniors", "lent")["coverage_share"])),
        at_everybodys_pace(run, seniors.column),
    )
    label = run.modes["lent"].label
    assert (
        f"| 65 ans et plus | {label}, à 2,85 km/h | {own} de 18 habitants | {own} de 18 habitants | {other} | {other} |"
        in words
    )
    assert "rues réelles, à 5,7 km/h, comme tout le monde" in words


def test_publics_that_all_go_as_everybody_have_one_share(run: Results) -> None:
    own = run.study.publics
    same = tuple(item.model_copy(update={"walk_mode": None}) for item in own)
    coverage = run.coverage.assign(mode=run.coverage["mode"].replace({"lent": "walk"}))
    coverage = coverage.drop_duplicates(["scenario", "mode", "rule", "public", "area_id", "threshold_min"])
    results = replace(run, study=run.study.model_copy(update={"publics": same}), coverage=coverage)
    table = publics_table(results)
    assert table is not None
    assert table.header[-1] == "part couverte"
    assert not [line for line in publics_lines(results) if "comme tout le monde" in line]


def test_no_table_says_that_households_are_scaled_to_a_legal_population(run: Results) -> None:
    section = publics_section(run)
    assert section is not None
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert "habitants : population" in plain(table.basis)
    assert "; ménages du fichier, sans calage ;" in plain(table.basis)


def test_the_page_of_the_map_says_what_each_public_rests_on(run: Results) -> None:
    bases = {item["name"]: item["base"] for item in page_data(run, prepare_backdrop(run))["publics"]}
    assert bases["menages"] == "ménages du fichier, sans calage"
    assert bases["all"] == bases["seniors"]
    assert "calage" not in bases["all"]


def test_the_table_of_publics_has_a_row_by_public_at_its_own_pace(run: Results) -> None:
    section = publics_section(run)
    assert section is not None
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert [(plain(row[0]), row[1]) for row in table.rows] == [
        ("Toute la population, à 5,7 km/h", "habitants"),
        ("65 ans et plus, à 2,85 km/h", "habitants"),
        ("Ménages sans voiture, à 5,7 km/h", "ménages"),
    ]
    row = covered(run, "seniors", "lent")
    assert table.rows[1][1:6] == (
        "habitants",
        number(row["population"]),
        number(row["population_covered"]),
        number(row["population"] - row["population_covered"]),
        percent(row["coverage_share"]),
    )
    assert table.header[8] == "en voiture"
    assert table.rows[1][8] == percent(covered(run, "seniors", "car")["coverage_share"])


@pytest.mark.usefixtures("blank_pictures")
def test_commitments_and_changes_are_told_by_public_at_its_own_pace(run: Results) -> None:
    table = commitment_by_public(run, run.study.commitments[0])
    assert table is not None
    modes = {row[0]: plain(row[1]) for row in table.rows}
    assert modes["65 ans et plus"] == "à pied, lentement, à 2,85 km/h"
    assert modes["Toute la population"] == "à pied (adulte), à 5,7 km/h"
    chapter = commitments_chapter(run)
    assert chapter is not None
    assert any(
        block.caption.startswith("Par public")
        for section in chapter.blocks
        if isinstance(section, Section)
        for block in section.blocks
        if isinstance(block, Table)
    ) != is_headline_rule(run, run.study.commitments[0])
    changes = [
        block
        for block in blocks_of(make_dossier(run))
        if isinstance(block, Table) and plain(block.caption).find("Par public (") >= 0
    ]
    assert any("65 ans et plus, à 2,85 km/h" in plain(row[0]) for block in changes for row in block.rows)


def test_without_another_public_nothing_is_said_of_publics(results: Results) -> None:
    assert set(results.coverage["public"]) == {"all"}
    assert publics_table(results) is None
    assert publics_section(results) is None


def test_publics_csv_says_what_public_stands_for(folder: Path) -> None:
    table = pd.read_csv(file_in(folder, "publics.csv")).set_index("public")
    assert table["title"].to_dict() == {
        "all": "Toute la population", "seniors": "65 ans et plus", "menages": "Ménages sans voiture",
    }  # fmt: skip
    assert table["unit"].to_dict() == {"all": "persons", "seniors": "persons", "menages": "households"}
    assert table["walk_mode"].to_dict() == {"all": "walk", "seniors": "lent", "menages": "walk"}
    assert table["walk_speed_kmh"].to_dict() == {"all": 5.7, "seniors": 2.85, "menages": 5.7}
    assert table["demand_column"].to_dict() == {
        "all": "population", "seniors": "age_plus65", "menages": "households_sans_voiture",
    }  # fmt: skip
    modes = pd.read_csv(file_in(folder, "modes.csv"))
    assert modes["mode"].tolist() == ["walk", "car", "lent"]


def test_the_points_and_the_minutes_of_a_public_give_its_coverage_back(folder: Path) -> None:
    coverage = pd.read_csv(file_in(folder, "coverage.csv"), dtype={"area_id": str})
    demand = pd.read_parquet(file_in(folder, "demand.parquet")).set_index("demand_id")
    access = pd.read_parquet(file_in(folder, "access.parquet"))
    publics = pd.read_csv(file_in(folder, "publics.csv")).set_index("public")["demand_column"]
    rows = coverage[(coverage["rule"] == "any") & (coverage["area_id"] == "total")]
    assert set(rows["public"]) == set(publics.index)
    for row in rows.to_dict("records"):
        people = demand[publics[row["public"]]]
        here = access[(access["scenario"] == row["scenario"]) & (access["mode"] == row["mode"])].set_index("demand_id")
        near = here["travel_time_min"] < row["threshold_min"]
        assert people[near[near].index].sum() == pytest.approx(row["population_covered"], abs=1e-5)
        minutes = demand[f"min_{row['scenario']}_{row['mode']}"]
        assert people[minutes < row["threshold_min"]].sum() == pytest.approx(row["population_covered"], abs=1e-5)


def test_tables_for_people_have_each_public_with_its_mode(folder: Path) -> None:
    for name in ("coverage_fr.csv", "ledger_fr.csv"):
        with file_in(folder, name).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))
        told = {(row["Public"], plain(row["Mode de déplacement"])) for row in rows}
        assert told == {
            ("tous les habitants", "À pied (adulte)"), ("tous les habitants", "En voiture"),
            ("65 ans et plus", "À pied, lentement, à 2,85 km/h"), ("65 ans et plus", "En voiture"),
            ("Ménages sans voiture", "À pied (adulte)"), ("Ménages sans voiture", "En voiture"),
        }  # fmt: skip


def test_tables_with_a_public_of_households_name_the_unit_of_every_row_and_no_heading_says_inhabitants(
    folder: Path,
) -> None:
    for name in ("coverage_fr.csv", "ledger_fr.csv"):
        with file_in(folder, name).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))
        assert {(row["Public"], row["Unité"]) for row in rows} == {
            ("tous les habitants", "habitants"), ("65 ans et plus", "habitants"), ("Ménages sans voiture", "ménages"),
        }  # fmt: skip
        assert "Effectif" in rows[0]
        assert not [heading for heading in rows[0] if "habitant" in heading.lower()]
    for path in folder.rglob("*.csv"):
        table = pd.read_csv(path, sep=None, engine="python") if "_fr" not in path.name else pd.DataFrame()
        if {"public", "unit"} <= set(table.columns):
            units = table.groupby("public")["unit"].unique().map(list).to_dict()
            assert units == {"all": ["persons"], "seniors": ["persons"], "menages": ["households"]}, path.name
        else:
            assert "public" not in table.columns, path.name


def test_the_console_names_the_unit_of_each_public(run: Results) -> None:
    said = [plain(line) for line in headline_lines(run) if "à 5,7 km/h" in line.replace("\u00a0", " ")]
    assert any("de 18 ménages à moins de 5 min" in line for line in said)


def test_the_data_package_links_each_public_and_mode_to_their_tables(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    schemas = {item["name"]: item.get("schema", {}) for item in package["resources"]}
    for name in (
        "coverage",
        "curve",
        "travel_time_summary",
        "comparison",
        "commitments",
        "commitment_summary",
        "ledger",
    ):
        assert "public" in schemas[name]["primaryKey"], name
        links = {link["fields"][0]: link["reference"]["resource"] for link in schemas[name]["foreignKeys"]}
        assert links["public"] == "publics", name


def test_whole_numbers_of_everybody_stay_whole_beside_the_shares_of_a_public(tmp_path: Path) -> None:
    results = make_results()
    shares = results.coverage.assign(public="part", population_covered=results.coverage["population_covered"] / 3)
    both = pd.concat([results.coverage, shares], ignore_index=True)
    for name, run in (("both", replace(results, coverage=both)), ("alone", results)):
        (tmp_path / name).mkdir()
        write_tables(run, tmp_path / name)
    lines = file_in(tmp_path / "alone", "coverage.csv").read_bytes().splitlines()
    assert file_in(tmp_path / "both", "coverage.csv").read_bytes().splitlines()[: len(lines)] == lines


def test_the_manifest_keeps_the_headline_of_everybody(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {row["public"] for row in manifest["headline"]} == {"all"}
    assert list(manifest["parameters"]["modes"]) == ["walk", "car", "lent"]
    assert [item["name"] for item in manifest["parameters"]["study"]["public"]] == ["seniors", "menages"]


def test_a_speed_that_a_scenario_sets_is_the_one_that_its_words_and_its_page_name(tmp_path: Path) -> None:
    faster = """
[[scenario]]
name = "vite"
title = "Des seniors plus rapides"
kinds = ["sst"]
[[scenario.change]]
kind = "set_speed"
mode = "lent"
speed_kmh = 4
"""
    made = run_study(read_study(write_study(tmp_path, STUDY + FAST_AND_SLOW + faster)))
    seniors = next(item for item in made.publics if item.name == "seniors")
    words = [plain(public_words(made, seniors, "lent", scenario=name)) for name in ("sst", "vite")]
    assert words == ["65 ans et plus, à 2,85 km/h", "65 ans et plus, à 4 km/h"]
    speeds = {item["name"]: item["kmh"] for item in page_data(made, prepare_backdrop(made))["scenarios"]}
    assert speeds == {"tous": {}, "sst": {}, "vite": {"lent": 4.0}}
