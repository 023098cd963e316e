"""Which rows of a sheet are its headings: below titles, on one line or two, above remarks at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from access92.errors import input_error, some_values
from access92.sources.office.cells import Sheet
from access92.sources.office.meanings import is_heading, means, plain_words
from access92.sources.office.other_rows import (
    NAMELESS,
    check_no_units,
    check_not_rows,
    without_remarks,
    without_repeats,
)

READING = "reading"
"""The key of ``attrs`` under which a table carries what was read otherwise than it is written (French sentences)."""

_SEARCHED_ROWS = 40
_NUMBER = re.compile(r"[+-]?[\d\s\u00a0\u202f.,/:-]*\d[\d\s\u00a0\u202f.,/:%€-]*")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the headings are: ``first`` row, ``height`` (1 or 2 rows), and the name of each column, '' for none.

    ``is_doubtful``: the row below may go on with the headings, or be the first of the data; ``height`` is 1.
    """

    first: int
    height: int
    names: tuple[str, ...]
    is_doubtful: bool = field(default=False, repr=False)


def find_head(rows: Sequence[Sequence[str]]) -> Head:
    """The headings of some first rows of a table.

    They are the first row where it can be: two cells or more, or as many as any. Else the first row with two known
    headings, and half as many as any (those below may be the same on another page), else the first that fills half the
    width with words. A second row belongs to them where it stands under what the first leaves empty or merges over
    several columns, and looks like headings (:func:`_goes_on`).

    >>> find_head([["Liste des services", "", ""], ["", "", ""], ["Nom", "Coordonnées", ""], ["", "Lon", "Lat"]])
    Head(first=2, height=2, names=('Nom', 'Lon', 'Lat'))
    >>> find_head([["name", "lon", "lat"], ["A", "2,2", "48,8"]]).first
    0
    """
    searched = [[cell.strip() for cell in row] for row in rows[:_SEARCHED_ROWS]]
    first = _first_row(searched)
    goes_on = _goes_on(searched, first)
    upper = searched[first] if searched else []
    if not goes_on:
        return Head(first, 1, tuple(upper), is_doubtful=goes_on is None)
    return Head(first, 2, _joined_names(upper, searched[first + 1]))


def _first_row(rows: Sequence[Sequence[str]]) -> int:
    """The row where the headings begin."""
    filled = [sum(bool(cell) for cell in row) for row in rows]
    known = [sum(is_heading(cell) for cell in row if cell) for row in rows]
    width = max(filled, default=0)
    start = next((at for at, count in enumerate(filled) if count), 0)
    is_whole = (
        bool(rows) and filled[start] == width and not any(_NUMBER.fullmatch(cell) for cell in rows[start] if cell)
    )
    if not rows or width <= 1 or is_whole or known[start] >= 2:  # noqa: PLR2004
        return start
    if max(known) >= 2:  # noqa: PLR2004
        at = next(row for row, count in enumerate(known) if count >= max(2, max(known) / 2))
        # the upper row of two: it spans what the lower one names
        return at - 1 if at > start and known[at - 1] and _goes_on(rows, at - 1) else at
    if filled[start] > 1:
        return start
    words = [sum(bool(cell) and not _NUMBER.fullmatch(cell) for cell in row) for row in rows]
    return next((at for at, count in enumerate(words) if count >= max(2, width / 2)), start)


def _goes_on(rows: Sequence[Sequence[str]], first: int) -> bool | None:
    """Whether the row below that of the headings goes on with them; None where it may as well be data.

    It does where it stands under them and all that it writes are known headings, or a cell is the one above, merged
    downwards. Else two signs of three are needed: half of its cells are known headings; it leaves a column empty that
    has its heading above (data has a value there); it is text over numbers. A digit in an unknown cell makes it data.

    >>> _goes_on([["Nom", "", "Adresse", ""], ["PMI Sud", "Annexe", "rue Hoche", "Vanves"]], 0)
    False
    >>> _goes_on([["Nom", "Adresse", ""], ["", "Lieu exact", "Ville"], ["A", "rue X", "B"]], 0)
    True
    """
    if first + 1 >= len(rows) or not _is_under(rows[first], rows[first + 1]):
        return False
    width = max(map(len, rows))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in rows[first : first + 2])
    filled = [at for at, cell in enumerate(lower) if cell]
    known = [at for at in filled if is_heading(lower[at])]
    if len(known) == len(filled) or any(upper[at] == lower[at] for at in filled):
        return True
    if any(sign.isdigit() for at in filled if at not in known for sign in lower[at]):
        return False
    below = [[row[at] for row in rows[first + 2 :] if at < len(row) and row[at]] for at in filled]
    signs = (
        2 * len(known) >= len(filled),
        any(upper[at] and not lower[at] for at in range(width)),
        any(cells and 2 * sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) > len(cells) for cells in below),
    )
    return None if sum(signs) == 1 else sum(signs) > 1


def _is_under(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether the lower row names what the upper one spans or leaves empty, and nothing else."""
    filled = [at for at, cell in enumerate(lower) if cell]
    if not filled or any(_NUMBER.fullmatch(lower[at]) for at in filled):
        return False
    spans = 0
    for at in filled:
        over = upper[at] if at < len(upper) else ""
        if over and over == lower[at]:  # merged downwards: written on both rows
            continue
        start = next((left for left in range(min(at, len(upper) - 1), -1, -1) if upper[left]), None)
        if start is None or not lower[start] or (over and not (at + 1 < len(lower) and lower[at + 1])):
            return False
        if over and at + 1 < len(upper) and upper[at + 1]:
            return False
        spans += not over
    return spans > 0


def _joined_names(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """One name for each column: the lower one, after the upper one where another column has the same."""
    width = max(len(upper), len(lower))
    over, spanning = [""] * width, ""
    for at in range(width):
        spanning = upper[at] if at < len(upper) and upper[at] else spanning
        over[at] = spanning
    below = [lower[at] if at < len(lower) else "" for at in range(width)]
    names = []
    for at in range(width):
        name = below[at] or (upper[at] if at < len(upper) else "")
        if below[at] and means("services", "address", over[at]) and over[at] != below[at]:
            name = _address_part(over[at], below[at], is_first=at < len(upper) and bool(upper[at]))
        names.append(f"{over[at]} {name}" if below.count(name) > 1 and over[at] and over[at] != name else name)
    return tuple(names)


def _address_part(over: str, below: str, *, is_first: bool) -> str:
    """The name of a column under « Adresse »: its number is that of the street, its first column the street itself.

    >>> [_address_part("Adresse", name, is_first=True) for name in ("N°", "Lieu exact", "Voie", "CP")]
    ['N° (voie)', 'Adresse (Lieu exact)', 'Voie', 'CP']
    """
    if plain_words(below) in ("no", "numero", "num", "n"):
        return f"{below} (voie)"
    return f"{over} ({below})" if is_first and not is_heading(below) else below


def framed_sheet(sheet: Sheet, *, where: str) -> pd.DataFrame:
    """The table of a sheet (:func:`framed`): what is hidden is read as the rest is, save other sheets, and said."""
    frame = framed(enumerate(sheet.rows, 1), where=where)
    sentences = []
    if sheet.hidden:
        sentences.append(f"lignes masquées dans le classeur, lues comme les autres : {sheet.hidden}.")
    if sheet.hidden_columns:
        letters = ", ".join(map(column_letters, sheet.hidden_columns))
        sentences.append(f"colonnes masquées dans le classeur, lues comme les autres : {letters}.")
    if sheet.hidden_sheets:
        names = some_values(f"« {name} »" for name in sheet.hidden_sheets)
        sentences.append(f"feuilles masquées, non lues : {names}.")
    frame.attrs[READING] = (*frame.attrs[READING], *(f"{where} : {text}" for text in sentences))
    return frame


def framed(lines: Iterable[tuple[int, Sequence[str]]], *, where: str) -> pd.DataFrame:
    """The table of numbered rows: columns by their headings, index the line of the file, ``attrs[READING]``.

    Titles above, blank rows and remarks below (rows of one cell after a blank one) are left out; a column without a
    heading is called by its letter, and left out where it is empty.

    Raises
    ------
    InputError
        No heading, a row that is longer than they are, a title or a remark that holds a value as the table does, a row
        below the headings that may be one of them or not, a row of units.
    """
    numbered = [(line, list(row)) for line, row in lines]
    rows = [row for _, row in numbered]
    head = find_head(rows)
    if not any(head.names):
        raise input_error("Le fichier est vide.", where, "Fournir une ligne de titres et au moins une ligne.")
    if head.is_doubtful:
        line, below = numbered[head.first + 1]
        raise input_error(
            "Une ligne sous des titres incomplets peut être une seconde ligne de titres, ou la première de données.",
            f"{where}, ligne {line}, {', '.join(f'« {cell.strip()} »' for cell in below if cell.strip())}",
            f"Donner un titre à chaque colonne, tous à la ligne {numbered[head.first][0]}, et ôter la seconde ligne si "
            "elle est de titres.",
        )
    body = numbered[head.first + head.height :]
    width = len(head.names)
    too_long = [line for line, row in body if any(cell.strip() for cell in row[width:])]
    if too_long:
        raise input_error(
            "Des lignes ont plus de valeurs que de titres.",
            f"{where}, lignes {', '.join(map(str, too_long[:3]))}",
            "Mettre entre guillemets les textes qui contiennent le séparateur, ou compléter les titres.",
        )
    above = [(line, row) for line, row in numbered[: head.first] if any(cell.strip() for cell in row)]
    check_not_rows(above, [row for _, row in body], where, "au-dessus des titres de colonnes")
    full = [line for line, row in above if 2 * sum(bool(cell.strip()) for cell in row) > max(4, width)]
    if full:
        raise input_error(
            "Des lignes au-dessus des titres de colonnes sont remplies comme le tableau.",
            f"{where}, lignes {some_values(full)}, titres à la ligne {numbered[head.first][0]}",
            "Retirer ces lignes, ou les mettre sous les titres.",
        )
    names = [name.strip() or f"colonne {column_letters(at)}" for at, name in enumerate(head.names)]
    cells = [(row + [""] * width)[:width] for _, row in body]
    frame = pd.DataFrame(cells, columns=pd.Index(names), index=pd.Index([line for line, _ in body], dtype="int64"))
    frame, remark = without_remarks(frame.astype(object), where)
    frame, repeated = without_repeats(frame[(frame != "").any(axis=1)], where)
    check_no_units(frame, where)
    used = [bool(head.names[at].strip()) or bool((frame.iloc[:, at] != "").any()) for at in range(width)]
    frame = frame.loc[:, used]
    frame.attrs[READING] = (*_sentences(head, numbered, where), *remark, *repeated, *nameless_sentence(frame, where))
    return frame


def nameless_sentence(frame: pd.DataFrame, where: str) -> tuple[str, ...]:
    """The sentence on columns that hold something under no heading; none where there is none.

    >>> nameless_sentence(pd.DataFrame({"Nom": ["A"], "colonne B": ["x"], "colonne C": [""]}), "t.csv")
    ("t.csv : colonnes sans titre, lues seulement où l'étude les nomme ainsi : « colonne B ».",)
    """
    names = [
        f"« {name} »"
        for at, name in enumerate(frame.columns)
        if NAMELESS.fullmatch(str(name)) and frame.iloc[:, at].ne("").any()
    ]
    if not names:
        return ()
    return (f"{where} : colonnes sans titre, lues seulement où l'étude les nomme ainsi : {some_values(names)}.",)


def _sentences(head: Head, numbered: list[tuple[int, list[str]]], where: str) -> Iterable[str]:
    """What is not as in a plain table."""
    titles = sum(any(cell.strip() for cell in row) for _, row in numbered[: head.first])
    if titles or head.height > 1:
        at = numbered[head.first][0]
        line = f"aux lignes {at} et {at + 1}" if head.height > 1 else f"à la ligne {at}"
        above = f" ; au-dessus, lignes de titre laissées de côté : {titles}" if titles else ""
        yield f"{where} : titres de colonnes {line}{above}."


def column_letters(at: int) -> str:
    """The letters by which a spreadsheet calls a column (from 0).

    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text
