"""The workbook, read back as a spreadsheet reads it."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from access92.outputs.tables.workbook import WORKBOOK, write_workbook
from access92.run.results import Results


@pytest.fixture(scope="module")
def book(changed_folder: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(changed_folder / WORKBOOK)


def test_each_sheet_of_a_table_has_frozen_heads_and_filters_and_the_first_says_what_they_hold(
    book: openpyxl.Workbook,
) -> None:
    front, *sheets = book.worksheets
    said = {row[0].value: str(row[1].value) for row in front.iter_rows(min_row=3)}
    assert len(sheets) > 8
    for sheet in sheets:
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.max_row > 1
        assert re.search(r"Tout\u00a0: \w+\.csv\.$", said[sheet.title])


def test_no_head_is_a_code_and_no_cell_of_words_an_english_one(book: openpyxl.Workbook, changed: Results) -> None:
    codes = set(changed.modes) | {"any", "all", "total", "persons", "households", "foot", "ranked", "undecided"}
    for sheet in book.worksheets[1:]:
        heads = [str(cell.value) for cell in sheet[1]]
        assert len(set(heads)) == len(heads), sheet.title
        assert not any("_" in head for head in heads), heads
        words = {cell.value for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, str)}
        assert not codes & words, sheet.title


def test_the_figures_are_numbers_and_those_of_the_tables(book: openpyxl.Workbook, changed: Results) -> None:
    sheet = book["Couverture"]
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, [cell.value for cell in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    total = next(
        row
        for row in rows
        if row["Commune"] == "Ensemble" and row["Mode de déplacement"] == "À pied (adulte)"
        and row["Public"] == "tous les habitants"
    )  # fmt: skip
    figure = changed.coverage.set_index(["scenario", "mode", "rule", "public", "area_id", "threshold_min"]).loc[
        ("aujourdhui", "walk", "any", "all", "total", 20.0)
    ]
    assert total["Maillage d'aujourd'hui : habitants à moins de 20 min"] == round(figure["population_covered"])
    share = total["Maillage d'aujourd'hui : part à moins de 20 min (%)"]
    assert share == pytest.approx(100 * figure["coverage_share"], abs=0.05)


def test_a_name_that_looks_like_a_formula_stays_a_text(results: Results, tmp_path: Path) -> None:
    services = results.services.assign(name=["=1+1", "http://exemple.fr", *results.services["name"].iloc[2:]])
    sheet = openpyxl.load_workbook(write_workbook(replace(results, services=services), tmp_path))["Services"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)


def test_no_clock_of_the_machine_is_in_it(changed_folder: Path, changed: Results, tmp_path: Path) -> None:
    path = write_workbook(changed, tmp_path)
    assert path.read_bytes() == (changed_folder / WORKBOOK).read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "2000-01-01T00:00:00Z" in archive.read("docProps/core.xml").decode()
