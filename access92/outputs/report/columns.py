"""How wide the columns of a table are on paper: figures on one line, words in what is left."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from access92.outputs.report.content import Table

TEXT_WIDTH_PT = 476.0  # 168 mm, see templates/report.typ
GUTTER_PT = 17.0  # 6 mm
_INSETS_PT = ((12, 2.1), (0, 3.2))  # beyond so many columns, the space on each side of a cell
_SIZES_PT = ((12, 6.8), (8, 7.6), (0, 8.6))  # beyond so many columns, the size of type
_FIGURE_EM, _WORD_EM, _BOLD_EM, _CODE_EM = 0.49, 0.48, 0.53, 0.48
_LONG_ID = re.compile(r"\w{15,}")
_ID_PIECE = 10
_WORD_CHARACTERS = 9  # headers of very wide tables are hyphenated


def breakable(words: str) -> str:
    """Words whose long identifiers, which no hyphen breaks, may go on to another line (zero-width spaces).

    >>> breakable("CRS3035RES200mN2883200E3750400").replace("\u200b", "|"), breakable("anticonstitutionnellement")
    ('CRS3035RES|200mN28832|00E3750400', 'anticonstitutionnellement')
    """

    def broken(match: re.Match[str]) -> str:
        text = match[0]
        if text.isalpha():
            return text
        return "\u200b".join(text[at : at + _ID_PIECE] for at in range(0, len(text), _ID_PIECE))

    return _LONG_ID.sub(broken, words)


def type_size_pt(table: Table) -> float:
    """The size of type of a table: smaller where there are many columns."""
    return next(size for beyond, size in _SIZES_PT if len(table.header) > beyond)


def inset_pt(table: Table) -> float:
    """The space on each side of a cell."""
    return next(inset for beyond, inset in _INSETS_PT if len(table.header) > beyond)


def column_widths_pt(table: Table, *, width_pt: float = TEXT_WIDTH_PT) -> list[float]:
    """The width of each column in points; together at most ``width_pt``.

    A table that needs less is narrower. In a wider one the columns of words share what the figures leave.

    >>> column_widths_pt(Table("t", ("Nom", "n"), (("Un nom assez long", "12"),)))[1] < 20
    True
    """
    size = type_size_pt(table)
    inset = inset_pt(table)
    natural: list[float] = []
    for header_lines in (1, 2, 3):
        natural = [_natural(table, i, header_lines) * size + 2 * inset for i in range(len(table.header))]
        if sum(natural) <= width_pt:
            return [round(width, 1) for width in natural]
    words = [i for i in range(len(table.header)) if i < table.text_columns]
    left = width_pt - sum(width for i, width in enumerate(natural) if i not in words)
    content = {i: sum(len(row[i]) for row in table.rows) ** 0.5 for i in words}
    for i in sorted(words, key=lambda i: natural[i]):  # the narrow ones whole, the others by how much they say
        least = _longest_word(table, i) * size + 2 * inset
        fair = left * content[i] / max(sum(content[other] for other in content), 1e-9)
        natural[i] = max(min(natural[i], fair), least)
        left -= natural[i]
        del content[i]
    over = max(1.0, sum(natural) / width_pt)
    return [round(width / over, 1) for width in natural]


def height_pt(table: Table, widths_pt: Sequence[float]) -> float:
    """About how high the rows of a table are, in points."""
    size, inset = type_size_pt(table), inset_pt(table)
    lines = [
        max(
            math.ceil(len(cell) * _WORD_EM * size / max(width - 2 * inset, 1))
            for cell, width in zip(row, widths_pt, strict=True)
        )
        for row in table.rows
    ]
    return sum(1.1 * size * max(1, n) + 5.2 for n in lines)


def _natural(table: Table, i: int, header_lines: int) -> float:
    """The width of a column whose cells are on one line, in ems; a header of figures may take more."""
    longest = max((len(row[i]) for row in table.rows), default=0)
    if i in table.code_columns:
        return max(longest * _CODE_EM, len(table.header[i]) * _BOLD_EM)
    if i < table.text_columns:
        return max(longest * _WORD_EM, len(table.header[i]) * _BOLD_EM)
    title = max(_longest(table.header[i], bound=_bound(table)), len(table.header[i]) / header_lines)
    return max(longest * _FIGURE_EM, title * _BOLD_EM)


def _longest_word(table: Table, i: int) -> float:
    """The width of the longest word of a column, in ems."""
    if i in table.code_columns:
        return max((len(row[i]) for row in table.rows), default=0) * _CODE_EM
    cells = max((_longest(row[i], bound=14) for row in table.rows), default=0)
    return max(cells * _WORD_EM, _longest(table.header[i], bound=_bound(table)) * _BOLD_EM)


def _bound(table: Table) -> int:
    return _WORD_CHARACTERS if type_size_pt(table) == _SIZES_PT[0][1] else 99


def _longest(words: str, *, bound: int) -> int:
    return min(bound, max(map(len, re.split(r"[\s-]", words))))
