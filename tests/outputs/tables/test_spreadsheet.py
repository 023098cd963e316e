"""The tables for people, read as a French spreadsheet reads them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.outputs.layout import file_in
from access92.outputs.tables.spreadsheet import coverage_by_area, people_tables, translated
from access92.run.results import Results

NAMES = ("coverage_fr.csv", "ledger_fr.csv", "uncovered_pockets_fr.csv", "pocket_areas_fr.csv", "person_hours_fr.csv")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_for_people_opens_in_a_french_spreadsheet(changed_folder: Path, name: str) -> None:
    raw = file_in(changed_folder, name).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    rows = rows_of(file_in(changed_folder, name))
    assert rows
    assert {row["Origine des rues"] for row in rows} == {"rues de démonstration"}
    assert not any("_" in heading for heading in rows[0])


def test_the_coverage_for_people_has_a_row_per_mode_and_area_and_the_scenarios_side_by_side(
    run_folder: Path, results: Results
) -> None:
    rows = rows_of(file_in(run_folder, "coverage_fr.csv"))
    assert len(rows) == len(results.modes) * (len(results.areas) + 1)
    total = next(
        row for row in rows if row["Commune"] == "Ensemble" and row["Mode de déplacement"] == "À pied (adulte)"
    )
    table = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"])
    figure = table.loc[("aujourdhui", "walk", "any", "total", 20.0)]
    heading = "Maillage d'aujourd'hui : habitants à moins de 20 min"
    assert int(total[heading]) == round(figure["population_covered"])
    share = total["Maillage d'aujourd'hui : part à moins de 20 min (%)"]
    assert share == f"{100 * figure['coverage_share']:.1f}".replace(".", ",")


def test_people_read_names_and_not_codes(changed_folder: Path) -> None:
    rows = rows_of(file_in(changed_folder, "ledger_fr.csv"))
    assert {row["Public"] for row in rows} == {"tous les habitants", "65 ans et plus"}
    assert "Un SST de plus" in {row["Scénario"] for row in rows}
    assert "Vingt minutes à pied" in {row["Règle"] for row in rows}
    assert "Tout service du scénario" in {row["Règle"] for row in rows}
    assert {"Étang & Île", "Ensemble"} <= {row["Commune"] for row in rows}


def test_a_difference_of_shares_is_in_points_whatever_its_sign(results: Results) -> None:
    columns = ["difference_share", "lowest_difference_share", "highest_difference_share", "low_share"]
    told = translated(
        results, pd.DataFrame([[-0.0214, -0.00004, 0.00004, 0.5], [0.0, -1e-7, 1e-7, 1.0]], columns=columns)
    )
    assert list(told) == [
        "Écart (points)",
        "Écart le plus bas (points)",
        "Écart le plus haut (points)",
        "Part basse (%)",
    ]
    assert told.to_numpy().tolist() == [[-2.14, -0.004, 0.004, 50.0], [0.0, 0.0, 0.0, 100.0]]
    assert not np.signbit(told.to_numpy()[1]).any()


def test_a_share_is_a_hundred_per_cent_only_where_everybody_is_covered(results: Results) -> None:
    nearly = results.coverage.assign(coverage_share=0.99999)
    shares = coverage_by_area(replace(results, coverage=nearly)).filter(like="part à moins")
    assert np.unique(shares.to_numpy()).tolist() == [99.9]


def test_a_run_without_a_calendar_has_no_table_of_person_hours(results: Results) -> None:
    assert "person_hours_fr.csv" not in people_tables(results)
