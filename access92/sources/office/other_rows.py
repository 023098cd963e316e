"""Rows of a sheet that are no data: remarks and totals below, headings once more, units; told, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import input_error, some_values
from access92.sources.office.meanings import plain_words

REMARKS = "remarks"
"""The key of ``attrs`` under which a table carries the rows below it that were left out, each by heading."""

NAMELESS = re.compile(r"colonne [A-Z]{1,3}")
"""What a column without a heading is called, by its letters."""

_MOST_REMARKS = 12
_COMPARED_ROWS = 200
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d\s\u00a0\u202f]*(?:[.,]\d+)*")
_UNIT = re.compile(r"[(\[][^0-9\[\](){}]*[)\]]")
_TOTAL = re.compile(
    r"(?:sous |grand )?tota(?:l|ux)(?: general| generaux| cumule)?(?: [0-9]+.*)?|(?:ensemble|nombre|somme|moyenne)\b.*"
)
_TOTAL_OF = re.compile(
    r"(?:sous )?tota(?:l|ux)\b.*|.*\btotal|"
    r"[0-9]+ (?:services?|sites?|structures?|lieux|etablissements?|equipements?|lignes?)"
)
"""Words that count others, but may begin a name: « Total PMI », « 12 sites »."""

_SUMS = ("\u03a3", "\u2211")
_LACKING = 2
_MANY_COLUMNS = 8
_MOST_ROWS = 0.5
"""A column that is filled on so many of the other rows is expected on each."""


def without_remarks(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A table of text without the rows of one cell that end it after a blank row; and the sentence that says so.

    Raises
    ------
    InputError
        Such a row holds a number under numbers, or an identifier like the others.

    Examples
    --------
    >>> table = pd.DataFrame({"a": ["1", "", "Source : x"], "b": ["2", "", ""], "c": ["3", "", ""]}, index=[2, 3, 4])
    >>> without_remarks(table, "t.csv")[1]
    ('t.csv : remarques sous le tableau laissées de côté, dès la ligne 4 (« Source : x »).',)
    """
    end = frame.iloc[-_MOST_REMARKS - 1 :]
    counts = (end.astype(str).apply(lambda column: column.str.strip()) != "").sum(axis=1).tolist()
    at = len(counts)
    while at and counts[at - 1] <= 1:
        at -= 1
    blank = next((row for row in range(at, len(counts)) if counts[row] == 0), None)
    remarks = [] if blank is None else [row for row in range(blank, len(counts)) if counts[row]]
    if len(frame.columns) < 3 or blank is None or not remarks or at == 0:  # noqa: PLR2004 - of two, one may be empty
        return frame, ()
    left_out = [(int(end.index[row]), [str(cell) for cell in end.iloc[row]]) for row in remarks]
    kept = frame.iloc[: len(frame) - len(counts) + blank]
    check_not_rows(left_out, kept.head(_COMPARED_ROWS).astype(str).to_numpy().tolist(), where, "sous une ligne vide")
    shown = ", ".join(f"« {next(cell.strip() for cell in row if cell.strip())[:60]} »" for _, row in left_out)
    many = f"{len(left_out)} lignes, " if len(left_out) > 1 else ""
    sentence = f"{where} : remarques sous le tableau laissées de côté, {many}dès la ligne {left_out[0][0]} ({shown})."
    kept.attrs[REMARKS] = tuple(
        {str(name): str(cell) for name, cell in zip(frame.columns, end.iloc[row], strict=True)} for row in remarks
    )
    return kept, (sentence,)


def check_not_rows(
    left_out: Sequence[tuple[int, Sequence[str]]], rows: Sequence[Sequence[str]], where: str, place: str
) -> None:
    """Refuse to leave out rows that hold a number under numbers, or an identifier (« S12 ») like those of the table."""
    wrong = []
    for line, row in left_out:
        for at, cell in enumerate(text.strip() for text in row):
            if not any(sign.isdigit() for sign in cell):
                continue
            forms = [_form(other[at]) for other in rows[:_COMPARED_ROWS] if at < len(other) and other[at].strip()]
            if forms and 2 * forms.count(_form(cell)) > len(forms) and " " not in _form(cell):
                wrong.append((line, cell))
                break
    if wrong:
        lines, cells = some_values(line for line, _ in wrong), some_values(cell for _, cell in wrong)
        raise input_error(
            f"Des lignes {place} portent des valeurs comme celles du tableau : on ne sait si elles en sont.",
            f"{where}, lignes {lines}, valeurs {cells}",
            "Retirer ces lignes, ou les mettre dans le tableau, toutes leurs cellules remplies.",
        )


def _form(text: str) -> str:
    """The form of a value: « 9 » for a number, else its letters as A, its runs of digits as 9.

    >>> _form("1 250,5"), _form("S-012"), _form("PMI A")
    ('9', 'A-9', 'A A')
    """
    text = text.strip()
    if _PLAIN_NUMBER.fullmatch(text):
        return "9"
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", text))


def without_repeats(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A table of text without the rows that write its headings again (one a printed page), and the sentence of it.

    >>> table = pd.DataFrame({"Nom": ["A", "Nom", "B"], "Type": ["x", "TYPE", "y"]}, index=[2, 3, 4])
    >>> without_repeats(table, "t.csv")[1]
    ('t.csv : titres de colonnes répétés, laissés de côté : lignes 3.',)
    """
    names = [str(name).strip().casefold() for name in frame.columns]
    if len(names) < 2:  # noqa: PLR2004 - a single cell may be a value
        return frame, ()
    rows = np.ones(len(frame), dtype=bool)
    for at, name in enumerate(names):
        candidates = np.flatnonzero(rows)
        if not len(candidates):
            return frame, ()
        cells = frame.iloc[candidates, at].astype(str).str.strip().str.casefold()
        rows[candidates] = cells.eq(name).to_numpy(dtype=bool)
    if not rows.any():
        return frame, ()
    return frame[~rows], (
        f"{where} : titres de colonnes répétés, laissés de côté : lignes {some_values(frame.index[rows])}.",
    )


def check_no_units(frame: pd.DataFrame, where: str) -> None:
    """Refuse a row of units under the headings (« (m) », « [hab.] »): they may say thousands.

    Raises
    ------
    InputError
        All that the first row holds is in brackets.
    """
    cells = [text for cell in frame.iloc[0] if (text := str(cell).strip())] if len(frame) else []
    if cells and all(_UNIT.fullmatch(text) for text in cells):
        raise input_error(
            "Une ligne d'unités suit les titres de colonnes.",
            f"{where}, ligne {frame.index[0]}, {', '.join(f'« {text} »' for text in cells[:4])}",
            "Retirer cette ligne, et donner les nombres en unités simples (habitants, et non milliers).",
        )


def check_rows(frame: pd.DataFrame, where: str) -> None:
    """Refuse rows that count or describe the others: « Total », a section or a remark alone on its line.

    They would be one service, one visit or one square more. Tables of text only; places of a geographic file are its
    own.

    Raises
    ------
    InputError
        A row begins with the word of a total and lacks what most others have, or its first or second cell says one
        (« Total PMI ») and two such cells are lacking, or half of them; one holds a single cell of the three or more
        that most others have, or two of eight.

    Examples
    --------
    >>> table = pd.DataFrame({"Nom": ["A", "Total"], "lon": ["2.2", ""], "lat": ["48.8", ""]}, index=[2, 3])
    >>> check_rows(table, "t.csv")
    Traceback (most recent call last):
    access92.errors.InputError: Une ligne de total est parmi les données.
      Où : t.csv, lignes 3, « Total »
      Remède : La retirer, ou remplir les cellules qui lui manquent si c'est une donnée comme les autres.
    """
    columns = [name for name in frame.columns if name != "geometry"]
    if isinstance(frame, gpd.GeoDataFrame) or len(frame) < 2 or len(columns) < 2:  # noqa: PLR2004 - nothing to compare
        return
    filled = np.column_stack(
        [(frame[name].notna() & frame[name].astype(str).str.strip().ne("")).to_numpy(dtype=bool) for name in columns]
    )
    counts = filled.sum(axis=1)
    has_name = np.array([NAMELESS.fullmatch(str(name)) is None for name in columns])
    expected = has_name & (filled.sum(axis=0) > _MOST_ROWS * (len(frame) - 1))
    incomplete = np.flatnonzero((counts > 0) & (filled[:, expected].sum(axis=1) < expected.sum()))
    first = {row: str(frame[columns[int(filled[row].argmax())]].iloc[row]).strip() for row in incomplete.tolist()}

    # words that may begin a name count only where much is lacking
    of_some: dict[int, str] = {}
    lacking = expected.sum() - filled[:, expected].sum(axis=1)
    for row in np.flatnonzero(lacking >= min(_LACKING, expected.sum() / 2)).tolist():
        begin = [str(frame[columns[at]].iloc[row]).strip() for at in np.flatnonzero(filled[row])[:2]]
        totals_of = [text for text in begin if text[:1] in _SUMS or _TOTAL_OF.fullmatch(plain_words(text))]
        if totals_of:
            of_some[row] = totals_of[0]
    totals = [row for row, text in first.items() if row in of_some or _TOTAL.fullmatch(plain_words(text))]
    if totals:
        words = _quoted(of_some.get(row, first[row]) for row in totals)
        raise input_error(
            "Une ligne de total est parmi les données.",
            f"{where}, lignes {some_values(frame.index[totals])}, {words}",
            "La retirer, ou remplir les cellules qui lui manquent si c'est une donnée comme les autres.",
        )
    few = 2 if expected.sum() >= _MANY_COLUMNS else 1  # a service of the contract has three: id, kind, name
    alone = [row for row in first if counts[row] == 1 or filled[row, expected].sum() <= few]
    if alone and expected.sum() > 2:  # noqa: PLR2004 - of two cells, one may well be empty
        raise input_error(
            "Des lignes n'ont presque aucune des cellules que les autres remplissent : remarque, titre ou donnée ?",
            f"{where}, lignes {some_values(frame.index[alone])}, {_quoted(first[row] for row in alone)}",
            "Les compléter, ou les retirer ; une remarque sous le tableau se sépare de lui par une ligne vide.",
        )


def _quoted(texts: Iterable[str]) -> str:
    return some_values(f"« {text[:60]} »" for text in texts)
