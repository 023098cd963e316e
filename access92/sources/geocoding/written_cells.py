"""What a program wrote in the cells of a table, remembered in one of them: all else is a person's."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from access92.sources.office.meanings import plain_words

_MARK_LENGTH = 6  # hexadecimal signs: one chance in sixteen million that a correction looks like what it corrects


def marks_of(cells: Mapping[str, str]) -> set[str]:
    """A mark for each cell of a row, by its heading and its text, whatever a spreadsheet does to zeros and capitals.

    >>> marks_of({"CP": "01500"}) == marks_of({"CP": "1500"}), marks_of({"CP": "1500"}) == marks_of({"CP": "1501"})
    (True, False)
    """
    return {
        hashlib.sha256(f"{heading}|{_plain(text)}".encode()).hexdigest()[:_MARK_LENGTH]
        for heading, text in cells.items()
    }


@dataclass(frozen=True, slots=True)
class Merged:
    """The cells of a row that its source and a person have written.

    ``by_hand``: by heading what the person wrote (kept), what the source says, and whether the source has changed too.
    """

    cells: dict[str, str]
    by_hand: dict[str, tuple[str, str, bool]] = field(default_factory=dict)


def merge_cells(source: Mapping[str, str], in_file: Mapping[str, str], marks: Collection[str]) -> Merged:
    """The cells of a row of the source, with those that a person wrote over them in the file.

    ``marks``: of what the program wrote in the row of the file (:func:`marks_of`); a cell without its mark is a
    person's. Headings that the file lacks have what the source says.

    >>> merge_cells({"Nom": "A", "Ville": "Y"}, {"Nom": "B", "Ville": "X"}, marks_of({"Nom": "A", "Ville": "X"}))
    Merged(cells={'Nom': 'B', 'Ville': 'Y'}, by_hand={'Nom': ('B', 'A', False)})
    >>> merge_cells({"Nom": "C"}, {"Nom": "B"}, marks_of({"Nom": "A"})).by_hand
    {'Nom': ('B', 'C', True)}
    """
    cells, by_hand = dict(source), {}
    for heading, text in source.items():
        written = in_file.get(heading, text)
        if _plain(written) == _plain(text) or is_by_program(heading, written, marks):
            continue
        cells[heading] = written
        by_hand[heading] = (written, text, not is_by_program(heading, text, marks))
    return Merged(cells, by_hand)


def is_by_program(heading: str, text: str, marks: Collection[str]) -> bool:
    """Whether the program wrote this text under this heading."""
    return marks_of({heading: text}) <= set(marks)


def _plain(text: str) -> str:
    return " ".join(word.lstrip("0") for word in plain_words(text.lstrip("'")).split())
