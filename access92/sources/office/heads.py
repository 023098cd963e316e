"""Which rows of a sheet are its headings: below titles, on one line or two, above remarks at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from access92.errors import input_error, some_values
from access92.sources.office.meanings import is_heading, means, plain_words

READING = "reading"
"""The key of ``attrs`` under which a table carries what was read otherwise than it is written (French sentences)."""

REMARKS = "remarks"
"""The key of ``attrs`` under which a table carries the rows below it that were left out, each by heading."""

_SEARCHED_ROWS = 40
_NUMBER = re.compile(r"[+-]?[\d\s\u00a0\u202f.,/:-]*\d[\d\s\u00a0\u202f.,/:%€-]*")
_MOST_REMARKS = 12
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d\s\u00a0\u202f]*(?:[.,]\d+)*")
_COMPARED_ROWS = 200


@dataclass(frozen=True, slots=True)
class Head:
    """Where the headings are: ``first`` row, ``height`` (1 or 2 rows), and the name of each column, '' for none."""

    first: int
    height: int
    names: tuple[str, ...]


def find_head(rows: Sequence[Sequence[str]]) -> Head:
    """The headings of some first rows of a table.

    They are the first row where it can be: two cells or more, or as many as any. Else the first row with most known
    headings, else the first that fills half the width with words. A second row belongs to them where it stands under
    what the first leaves empty or merges over several columns.

    >>> find_head([["Liste des services", "", ""], ["", "", ""], ["Nom", "Coordonnées", ""], ["", "Lon", "Lat"]])
    Head(first=2, height=2, names=('Nom', 'Lon', 'Lat'))
    >>> find_head([["name", "lon", "lat"], ["A", "2,2", "48,8"]]).first
    0
    """
    searched = [[cell.strip() for cell in row] for row in rows[:_SEARCHED_ROWS]]
    first = _first_row(searched)
    height = 2 if first + 1 < len(searched) and _is_under(searched[first], searched[first + 1]) else 1
    upper = searched[first] if searched else []
    if height == 1:
        return Head(first, 1, tuple(upper))
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
        at = known.index(max(known))
        # the upper row of two: it spans what the lower one names
        return at - 1 if at > start and known[at - 1] and _is_under(rows[at - 1], rows[at]) else at
    if filled[start] > 1:
        return start
    words = [sum(bool(cell) and not _NUMBER.fullmatch(cell) for cell in row) for row in rows]
    return next((at for at, count in enumerate(words) if count >= max(2, width / 2)), start)


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


def framed(lines: Iterable[tuple[int, Sequence[str]]], *, where: str, hidden: int = 0) -> pd.DataFrame:
    """The table of numbered rows: columns by their headings, index the line of the file, ``attrs[READING]``.

    Titles above, blank rows and remarks below (rows of one cell after a blank one) are left out; a column without a
    heading is called by its letter, and left out where it is empty.

    Raises
    ------
    InputError
        No heading, a row that is longer than they are, a title or a remark that holds a value as the table does.
    """
    numbered = [(line, list(row)) for line, row in lines]
    rows = [row for _, row in numbered]
    head = find_head(rows)
    if not any(head.names):
        raise input_error("Le fichier est vide.", where, "Fournir une ligne de titres et au moins une ligne.")
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
    _check_not_rows(above, [row for _, row in body[:_COMPARED_ROWS]], where, "au-dessus des titres de colonnes")
    names = [name.strip() or f"colonne {column_letters(at)}" for at, name in enumerate(head.names)]
    cells = [(row + [""] * width)[:width] for _, row in body]
    frame = pd.DataFrame(cells, columns=pd.Index(names), index=pd.Index([line for line, _ in body], dtype="int64"))
    frame, remark = without_remarks(frame.astype(object), where)
    frame = frame[(frame != "").any(axis=1)]
    used = [bool(head.names[at].strip()) or bool((frame.iloc[:, at] != "").any()) for at in range(width)]
    frame = frame.loc[:, used]
    frame.attrs[READING] = (*_sentences(head, numbered, hidden, where), *remark)
    return frame


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
    _check_not_rows(left_out, kept.head(_COMPARED_ROWS).astype(str).to_numpy().tolist(), where, "sous une ligne vide")
    shown = ", ".join(f"« {next(cell.strip() for cell in row if cell.strip())[:60]} »" for _, row in left_out)
    many = f"{len(left_out)} lignes, " if len(left_out) > 1 else ""
    sentence = f"{where} : remarques sous le tableau laissées de côté, {many}dès la ligne {left_out[0][0]} ({shown})."
    kept.attrs[REMARKS] = tuple(
        {str(name): str(cell) for name, cell in zip(frame.columns, end.iloc[row], strict=True)} for row in remarks
    )
    return kept, (sentence,)


def _check_not_rows(
    left_out: Sequence[tuple[int, Sequence[str]]], rows: Sequence[Sequence[str]], where: str, place: str
) -> None:
    """Refuse to leave out rows that hold a number under numbers, or an identifier (« S12 ») like those of the table."""
    wrong = []
    for line, row in left_out:
        for at, cell in enumerate(text.strip() for text in row):
            if not any(sign.isdigit() for sign in cell):
                continue
            forms = [_form(other[at]) for other in rows if at < len(other) and other[at].strip()]
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


def _sentences(head: Head, numbered: list[tuple[int, list[str]]], hidden: int, where: str) -> Iterable[str]:
    """What is not as in a plain table."""
    titles = sum(any(cell.strip() for cell in row) for _, row in numbered[: head.first])
    if titles or head.height > 1:
        at = numbered[head.first][0]
        line = f"aux lignes {at} et {at + 1}" if head.height > 1 else f"à la ligne {at}"
        above = f" ; au-dessus, lignes de titre laissées de côté : {titles}" if titles else ""
        yield f"{where} : titres de colonnes {line}{above}."
    if hidden:
        yield f"{where} : lignes masquées dans le classeur, lues comme les autres : {hidden}."


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
