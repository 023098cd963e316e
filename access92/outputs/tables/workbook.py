"""``tableaux.xlsx``: the tables of a run that people read, a sheet each, in French, ready to filter; no clock in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from access92.outputs.figures import sources
from access92.outputs.layout import new_file_in
from access92.outputs.tables.files import csv_tables, known_values
from access92.outputs.tables.spreadsheet import people_tables, translated
from access92.outputs.words import labels, typography
from access92.outputs.words.data_dictionary import column_words, table_words
from access92.outputs.words.sensitivity import OUTCOME_WORDS, source_label
from access92.run.results import Results
from access92.study.schemas import ANY, EVERYBODY, TOTAL

WORKBOOK = "tableaux.xlsx"
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # no clock decides a byte; dates of the run: manifest
_WIDEST, _NARROWEST = 46, 9
_FRONT_WIDE, _LINE_PT = 85, 15.5
_SHEET_NAME = 31  # what Excel allows
_FORMATS = {"whole": "#,##0", "tenth": "#,##0.0", "fine": "0.0000", "day": "dd/mm/yyyy"}
_FAMILIES = {"foot": "à pied", "bicycle": "à vélo", "car": "en voiture"}
_FEW_ROWS = "les lignes de toute la zone, et de chaque commune pour toute la population"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, its table with French heads, what it holds, the file that holds all."""

    name: str
    table: pd.DataFrame
    words: str
    file: str


def write_workbook(
    results: Results,
    folder: Path,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    people: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write ``tableaux.xlsx`` into ``folder``; its path.

    ``tables``, ``people``: of :func:`~access92.outputs.tables.files.csv_tables` and
    :func:`~access92.outputs.tables.spreadsheet.people_tables`, where they are made already.

    A first sheet says what the others hold. Frozen heads and first column, filters, formats of numbers. No text is
    ever taken for a formula or an address.
    """
    path = new_file_in(folder, WORKBOOK)
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    book.set_properties({"title": results.study.title, "author": "access92", "created": _CREATED})
    formats = {name: book.add_format({"num_format": pattern}) for name, pattern in _FORMATS.items()}
    formats |= {
        "head": book.add_format(
            {"bold": True, "bg_color": "#1f4e99", "font_color": "#ffffff", "text_wrap": True, "valign": "top"}
        ),
        "words": book.add_format({"text_wrap": True, "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
    }
    sheets = workbook_sheets(results, tables or csv_tables(results), people or people_tables(results))
    _write_front(book, results, sheets, formats)
    for sheet in sheets:
        _write_sheet(book, sheet, formats)
    book.close()
    return path


def workbook_sheets(
    results: Results, tables: Mapping[str, pd.DataFrame], people: Mapping[str, pd.DataFrame]
) -> list[Sheet]:
    """The sheets, the answer first; a table without a row has none."""
    sheets = [
        Sheet(
            "Couverture",
            _people_coverage(people.get("coverage_fr.csv", pd.DataFrame())),
            f"Habitants sous le seuil de l'étude et leur part, par mode, {_FEW_ROWS}.",
            "coverage_fr.csv",
        )
    ]
    for name, title, chosen, words in _CHOICES:
        table = tables.get(name)
        if table is None:
            continue
        rows = chosen(results, table)
        if len(rows):
            about = f"{table_words(name).description} {words}".strip()
            sheets.append(Sheet(title, _readable(results, rows, name), about, name))
    return [sheet for sheet in sheets if len(sheet.table)]


def _people_coverage(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    return table[(table["Public"] == "tous les habitants") | (table["Commune"] == "Ensemble")]


def _all_rows(_: Results, table: pd.DataFrame) -> pd.DataFrame:
    return table


def _of_headline(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the headline mode."""
    return table[table["mode"] == results.study.analysis.headline_mode]


def _thresholds(_: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Every threshold of the whole area, by any service."""
    return table[(table["area_id"] == TOTAL) & (table["rule"] == ANY)]


def _kinds(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Every rule of the whole area for everybody at the threshold of the study."""
    threshold = results.study.analysis.threshold_min
    return table[(table["area_id"] == TOTAL) & (table["public"] == EVERYBODY) & (table["threshold_min"] == threshold)]


def _few(_: Results, table: pd.DataFrame) -> pd.DataFrame:
    """The whole area by public, each area for everybody."""
    return table[(table["area_id"] == TOTAL) | (table["public"] == EVERYBODY)]


def _moved(_: Results, table: pd.DataFrame) -> pd.DataFrame:
    """The same where somebody gains, loses, or travels faster or slower."""
    rows = _few(_, table)
    moving = ["population_gained", "population_lost", "population_faster", "population_slower"]
    return rows[rows[moving].fillna(0.0).sum(axis=1) > 0]


def _whole_area(_: Results, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["area_id"] == TOTAL]


def _first_scenario(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["scenario"] == results.scenarios[0].name]


Choice = Callable[[Results, pd.DataFrame], pd.DataFrame]
_CHOICES: tuple[tuple[str, str, Choice, str], ...] = (
    ("scenarios.csv", "Scénarios", _all_rows, ""),
    ("coverage.csv", "Seuils", _thresholds, "Ici : toute la zone, tout service du scénario."),
    ("coverage.csv", "Catégories", _kinds, "Ici : toute la zone, toute la population, au seuil de l'étude."),
    ("commitment_summary.csv", "Engagements", _few, f"Ici : {_FEW_ROWS}."),
    ("ledger.csv", "Changements", _moved, f"Ici : {_FEW_ROWS}, là où quelque chose change."),
    ("uncovered_pockets.csv", "Poches", _of_headline, "Ici : le mode principal."),
    ("pocket_areas.csv", "Poches par commune", _of_headline, "Ici : le mode principal."),
    ("sole_providers.csv", "Services seuls", _whole_area, "Ici : toute la zone."),
    ("turning.csv", "Reports", _all_rows, ""),
    ("competence.csv", "Secteurs", _first_scenario, "Ici : le premier scénario."),
    ("person_hours.csv", "Heures", _whole_area, "Ici : toute la zone."),
    ("rides.csv", "Transports", _few, f"Ici : {_FEW_ROWS}."),
    ("sensitivity.csv", "Fourchettes", _all_rows, ""),
    ("borderline.csv", "À la limite", _all_rows, ""),
    ("ranking.csv", "Classement", _all_rows, ""),
    ("services.csv", "Services", _all_rows, ""),
    ("publics.csv", "Publics", _all_rows, ""),
    ("modes.csv", "Modes", _all_rows, ""),
    ("notices.csv", "Remarques", _all_rows, ""),
)
"""The table, the name of its sheet, the rows that it shows, and which these are."""


def _readable(results: Results, table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows with French heads and words instead of codes; the services by their name, but in their own table."""
    known = pd.concat([results.unlocated[["service_id", "name"]], results.services[["service_id", "name"]]])
    names = dict(zip(known["service_id"].astype(str), known["name"].map(labels.text), strict=True))
    titles = {item.name: item.title for item in results.scenarios}
    kinds = {item.name: item.label for item in results.study.kinds}
    commitments = {item.name: item.title for item in results.study.commitments}
    options = results.study.sensitivity
    words: dict[str, Callable[[str], str]] = {
        "turns_to": lambda value: names.get(value, value),
        "same_place": lambda value: _joined(value, names),
        "competent_service_ids": lambda value: _joined(value, names),
        "scenario_a": lambda value: titles.get(value, value),
        "scenario_b": lambda value: titles.get(value, value),
        "based_on": lambda value: titles.get(value, value),
        "ahead": lambda value: {"a": "le premier", "b": "le second"}.get(value, value),
        "outcome": lambda value: OUTCOME_WORDS.get(value, value),
        "commitment": lambda value: commitments.get(value, value),
        "kind": lambda value: kinds.get(value, value),
        "walk_mode": lambda value: results.modes[value].label if value in results.modes else value,
        "family": lambda value: _FAMILIES.get(value, value),
        "also_kinds": lambda value: _joined(value, kinds),
    }
    # said by a column of words already, or the same in every row
    table = table.drop(columns=["unit", "demand_column", "label"], errors="ignore")
    if name == "publics.csv":
        table = table.drop(columns="title")
    if "area_id" in table.columns and (table["area_id"] == TOTAL).all():
        table = table.drop(columns="area_id")
    if name == "sensitivity.csv":
        words["source"] = lambda value: source_label(value, options)
    if name == "services.csv":
        words["scenarios"] = lambda value: _joined(value, titles)
        hidden = [column for column in table.columns if str(column).startswith("snap_m_") or column == "status"]
        table = table.drop(columns=hidden)
    if name == "scenarios.csv":  # the names by which the files call them
        table = table.assign(scenario_name=table["scenario"]).drop(columns="scenario")
    if "service_id" in table.columns and name != "services.csv":
        table = table.assign(service_id=[names.get(str(value), str(value)) for value in table["service_id"]])
    changed = {
        column: [change(labels.text(value)) for value in table[column]]
        for column, change in words.items()
        if column in table.columns
    }
    return translated(results, table.assign(**changed)).rename(
        columns={"Identifiant du service": "Service", "scenario_name": "Nom dans les fichiers"}
        if name != "services.csv"
        else {}
    )


def _joined(value: str, names: Mapping[str, str]) -> str:
    return " ; ".join(names.get(item, item) for item in value.split(";") if item)


def _write_front(book: Any, results: Results, sheets: list[Sheet], formats: Mapping[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter ships no types
    """The first sheet: what the study is, of whom, what each sheet holds."""
    page = book.add_worksheet("Lisez-moi")
    page.set_column(0, 0, 26)
    page.set_column(1, 1, _FRONT_WIDE + 5)
    page.write_string(0, 0, typography.typeset(results.study.title), formats["title"])
    demo = (
        "Rues de démonstration : les chiffres montrent la méthode, pas le terrain. " if results.origin.is_demo else ""
    )
    analysis = results.study.analysis
    lines = [
        ("Cadre", f"{demo}{labels.population_words(results.study)} ; services tenus pour ouverts le "
         f"{typography.day(analysis.reference_date)} ; seuil strict : moins de "
         f"{typography.plain(analysis.threshold_min)} min ; rues : {results.origin.label}, {results.origin.vintage}"),
        ("Parts", "En pour cent, à un dixième ; 100 et 0 seulement quand c'est exact. Écarts de parts : en points."),
        *((item.role, item.words) for item in sources(results)),
        *((sheet.name, f"{sheet.words} Tout : {sheet.file}.") for sheet in sheets),
    ]  # fmt: skip
    for row, (term, words) in enumerate(lines, start=2):
        page.write_string(row, 0, typography.typeset(term), formats["words"])
        page.write_string(row, 1, typography.typeset(words), formats["words"])
        page.set_row(row, _LINE_PT * (1 + len(words) // _FRONT_WIDE))
    page.fit_to_pages(1, 0)
    page.set_paper(9)


def _write_sheet(book: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:  # noqa: ANN401
    page = book.add_worksheet(sheet.name[:_SHEET_NAME])
    n_rows, n_columns = sheet.table.shape
    page.freeze_panes(1, min(2, n_columns))
    page.autofilter(0, 0, n_rows, n_columns - 1)
    page.set_row(0, 48)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    area_heading = column_words("area_id").heading
    for at, column in enumerate(map(str, sheet.table.columns)):
        page.write_string(0, at, column, formats["head"])
        values = sheet.table[column]
        is_day = pd.api.types.is_datetime64_any_dtype(values)
        is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        cells = known_values(values).tolist()
        form = formats[_format_of(values)] if is_number else None
        for row, value in enumerate(cells, start=1):
            if value is None or value == "" or value is pd.NaT or (value == TOTAL and column == area_heading):
                continue
            if is_number and np.isfinite(value):
                page.write_number(row, at, float(value), form)
            elif is_day:
                page.write_datetime(row, at, value, formats["day"])
            elif not is_number:
                page.write_string(row, at, str(value))
        longest = (
            len("31/12/2024") if is_day else max((len(str(value)) for value in cells if value is not None), default=0)
        )
        words = max(map(len, column.split()), default=0)
        page.set_column(at, at, float(min(_WIDEST, max(_NARROWEST, longest + 1, words + 3, len(column) // 3 + 2))))


def _format_of(values: pd.Series) -> str:
    """How the numbers of a column are shown: whole, to a tenth, or finer (degrees, factors)."""
    known = pd.to_numeric(values, errors="coerce").dropna().to_numpy(float)
    if (known == known.round()).all():
        return "whole"
    return "tenth" if np.allclose(known, known.round(1), atol=1e-9) else "fine"
