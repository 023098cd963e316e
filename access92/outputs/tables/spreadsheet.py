"""CSV for people: opened in a spreadsheet with a double click, in French, names instead of codes.

UTF-8 with a byte order mark, semicolon, decimal comma, headings with their unit.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from access92.measures.quarters import INSIDE, NEAR
from access92.outputs.figures import figures
from access92.outputs.layout import new_file_in
from access92.outputs.tables.files import known_values, with_attribution, with_lon_lat
from access92.outputs.words import labels, typography
from access92.outputs.words.data_dictionary import column_words
from access92.outputs.words.publics import has_other_units, public_titles, speed_words, unit_words
from access92.run.results import Results
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_DECIMALS = {"min": 1, "habitants": 0, "habitants × min": 0, "habitants × h": 0, "h": 2}
_DEMO, _REAL = "rues de démonstration", "vraies rues"
_ORIGIN = "Origine des rues"
_UNIT = "Unité"
_SHARE = "part de 0 à 1"
_FORMULA = re.compile(r"[=@\t\r]|[-+](?![\d.,]+$)")


def write_people_tables(
    results: Results, folder: Path, *, tables: Mapping[str, pd.DataFrame] | None = None
) -> list[Path]:
    """Write the tables of :func:`people_tables` (``tables``, where they are made); their paths."""
    paths = []
    origin = _DEMO if results.origin.is_demo else with_attribution(_REAL, results.origin)
    for name, table in (tables or people_tables(results)).items():
        path = new_file_in(folder, name)
        safe = spreadsheet_safe(table.assign(**{_ORIGIN: origin}))
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            rows = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            rows.writerow(safe.columns)
            rows.writerows(zip(*(_fields(safe[name]) for name in safe.columns), strict=True))
        paths.append(path)
    return paths


def _fields(column: pd.Series) -> list[object]:
    """What csv writes: fractions with a decimal comma, None where unknown."""
    if column.dtype != float:
        return list(known_values(column))
    return [None if np.isnan(value) else str(value).replace(".", ",") for value in column.tolist()]


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before each text, headings too, that a spreadsheet would take for a formula.

    A number written as text is left unchanged. The machine tables (``coverage.csv``…) hold the texts unchanged.

    >>> spreadsheet_safe(pd.DataFrame({"=a": ["=1+1", "-2,5", "- x", "Clamart"]})).to_dict("list")
    {"'=a": ["'=1+1", '-2,5', "'- x", 'Clamart']}
    """

    def safe(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value

    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{name: _by_value(table[name], safe) for name in texts}).rename(columns=safe)


def _by_value(column: pd.Series, change: Callable[[object], object]) -> np.ndarray:
    """The values changed, as objects: each distinct one once, however many rows have it."""
    codes, values = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=False)
    return np.array([*map(change, values), None], dtype=object)[codes]


def people_tables(results: Results) -> dict[str, pd.DataFrame]:
    """By file name the tables as people read them; a table without a row is left out."""
    tables = {
        "coverage_fr.csv": coverage_by_area(results),
        "ledger_fr.csv": translated(results, results.changes.ledger),
        "uncovered_pockets_fr.csv": translated(results, with_lon_lat(results.pockets, decimals=6)),
        "pocket_areas_fr.csv": translated(results, results.pocket_areas),
        "person_hours_fr.csv": translated(results, results.hour_tables.hours),
        "rides_fr.csv": translated(results, results.rides),
    }
    return {name: table for name, table in tables.items() if len(table)}


def coverage_by_area(results: Results) -> pd.DataFrame:
    """By public, mode and area, at the headline threshold: people, then by scenario people covered and their share."""
    threshold_min = results.study.analysis.threshold_min
    table = results.coverage
    headline = table[(table["rule"] == ANY) & (table["threshold_min"] == threshold_min)]
    names, modes, titles = _area_names(results), _mode_names(results), _public_names(results)
    under = f"à moins de {typography.plain(threshold_min)} min"
    units, has_units = _public_units(results), has_other_units(results)
    people = "effectif" if has_units else "habitants"
    everybody = people.capitalize()
    columns: dict[str, list[object]] = defaultdict(list)
    covered: dict[str, list[float]] = defaultdict(list)
    share: dict[str, list[float]] = defaultdict(list)
    for public, mode in headline[["public", "mode"]].drop_duplicates().itertuples(index=False):
        by_scenario = {
            item.name: figures(results, item.name, mode, threshold_min=threshold_min, public=public)
            for item in results.scenarios
        }
        first = by_scenario[results.scenarios[0].name]
        columns["Public"] += [titles.get(public, public)] * len(first)
        if has_units:
            columns[_UNIT] += [units.get(public, "")] * len(first)
        columns["Mode de déplacement"] += [modes[mode]] * len(first)
        columns["Code de la commune"] += first
        columns["Commune"] += [names.get(area, area) for area in first]
        columns[everybody] += [item.population for item in first.values()]
        for name, by_area in by_scenario.items():
            rows = [by_area.get(area) for area in first]
            covered[name] += [np.nan if item is None else item.covered for item in rows]
            share[name] += [np.nan if item is None else item.share for item in rows]
    table = pd.DataFrame(columns)
    if table.empty:
        return table
    # rounded at once for all publics and modes
    wide: dict[str, pd.api.extensions.ExtensionArray | np.ndarray] = {everybody: _whole(table[everybody])}
    for item in results.scenarios:
        wide[f"{item.title} : {people} {under}"] = _whole(pd.Series(covered[item.name]))
        wide[f"{item.title} : part {under} (%)"] = _percent(pd.Series(share[item.name]))
    return table.assign(**wide)


def translated(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """The table with French headings, words for codes, areas by name too; shares in per cent, differences in points."""
    codes = {
        "scenario": {item.name: item.title for item in results.scenarios},
        "mode": _mode_names(results),
        "rule": {item.name: item.title for item in results.study.commitments},
        "place_position": {"": "", INSIDE: "dans la poche", NEAR: "près de la poche"},
    }
    codes["scenario_reference"] = codes["scenario"]
    areas, publics, units = _area_names(results), _public_names(results), _public_units(results)
    has_units = "public" in table.columns and has_other_units(results)
    columns: dict[str, object] = {}
    for name in map(str, table.columns):
        words, column = column_words(name), table[name]
        if has_units:
            words = replace(words, title=_in_any_unit(words.title), unit=_in_any_unit(words.unit))
        if name == "area_id":
            columns[words.heading] = column.astype(str).to_numpy(dtype=object)
            columns[column_words("area_name").heading] = _by_value(column, lambda area: areas.get(str(area), str(area)))
        elif name == "public":
            columns[words.heading] = _by_value(column, lambda public: publics.get(str(public), str(public)))
            if has_units:
                columns[_UNIT] = _by_value(column, lambda public: units.get(str(public), ""))
        elif name == "mode":  # those of a commitment, joined by « ; »
            columns[words.heading] = _by_value(column, partial(_joined_words, codes[name]))
        elif name in codes:
            columns[words.heading] = _by_value(column, partial(_word, results, name, codes[name]))
        elif words.unit == _SHARE:
            unit, values = _shares(name, column)
            columns[replace(words, unit=unit).heading] = values
        elif pd.api.types.is_numeric_dtype(column):
            columns[words.heading] = _rounded(column, column_words(name).unit)
        else:
            columns[words.heading] = column.to_numpy(dtype=object)
    return pd.DataFrame(columns)


def _joined_words(words: Mapping[str, str], codes: object) -> str:
    return " ; ".join(words.get(code, code) for code in str(codes).split(";"))


def _word(results: Results, name: str, words: Mapping[str, str], code: object) -> str:
    unknown = labels.rule_label(str(code), results.study.kinds) if name == "rule" else str(code)
    return words.get(str(code)) or unknown


def _rounded(column: pd.Series, unit: str) -> object:
    decimals = _DECIMALS.get(unit)
    if decimals == 0:
        return _whole(column)
    wide = column.astype(float)
    return wide.round(6 if decimals is None else decimals).to_numpy() if not _is_whole(wide) else _whole(wide)


def _shares(name: str, column: pd.Series) -> tuple[str, np.ndarray]:
    """The unit and the values of a column of shares, or of differences of shares."""
    return ("points", _points(column)) if name.endswith("difference_share") else ("%", _percent(column))


def _percent(shares: pd.Series) -> np.ndarray:
    """Shares as percentages to one decimal; 100 and 0 only where it is exactly that."""
    exact = 100 * shares.to_numpy(dtype=float)
    rounded = exact.round(1)
    return np.where((exact < 100) & (rounded >= 100), 99.9, np.where((exact > 0) & (rounded <= 0), 0.1, rounded))  # noqa: PLR2004 - a hundred per cent


def _points(shares: pd.Series) -> np.ndarray:
    """Differences of shares in percentage points to a thousandth, a few people of many; 0 has no sign."""
    return (100 * shares.to_numpy(dtype=float)).round(3) + 0.0


def _is_whole(values: pd.Series) -> bool:
    known = values.dropna()
    return bool((known == known.round()).all())


def _whole(column: pd.Series) -> pd.api.extensions.ExtensionArray:
    """People to the unit, empty where unknown."""
    return column.astype(float).round().astype("Int64").array


def _area_names(results: Results) -> dict[str, str]:
    return {
        **dict(zip(results.areas["area_id"].astype(str), results.areas["name"].astype(str), strict=True)),
        TOTAL: "Ensemble",
    }


def _public_names(results: Results) -> dict[str, str]:
    return public_titles(results) | {EVERYBODY: "tous les habitants"}


def _public_units(results: Results) -> dict[str, str]:
    return {item.name: unit_words(item) for item in results.publics}


def _in_any_unit(words: str) -> str:
    """A heading of people as it stands where rows count households or dwellings too.

    >>> [_in_any_unit(words) for words in ("Habitants", "Habitants gagnés", "habitants × min", "Seuil")]
    ['Effectif', 'Gagnés', 'effectif × min', 'Seuil']
    """
    if words.startswith("Habitants "):
        return (rest := words.removeprefix("Habitants "))[:1].upper() + rest[1:]
    return words.replace("Habitants", "Effectif").replace("habitants", "effectif")


def _mode_names(results: Results) -> dict[str, str]:
    """The label of each mode, with its speed where only a public walks so."""
    return {
        name: mode.label if name in results.study_modes else mode.label + speed_words(mode)
        for name, mode in results.modes.items()
    }
