"""The sheets of an OpenDocument workbook, from its XML."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from access92._limits import MOST_COLUMNS
from access92.sources.office.cells import Sheet, cell_text, fill_down, refuse_unread
from access92.sources.office.heads import column_letters

_MOST_ROWS = 1_048_576
_ERROR = re.compile(
    r"#(?:N/A|REF!|DIV/0!|VALUE!|VALEUR!|NAME\?|NOM\?|NUM!|NOMBRE!|NULL!|NUL!)|(?:Err|Erreur)\s?:\s?\d{3}"
)
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


def ods_sheets(path: Path, where: str) -> Iterator[Sheet]:
    """The sheets of an OpenDocument workbook: its XML is read here, as odfpy gives what it has of a damaged one."""
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml")
    if b"<!DOCTYPE" in content[:4096]:
        message = "un classeur n'a pas de DOCTYPE"
        raise ValueError(message)
    document = ET.fromstring(content)  # noqa: S314 - no DOCTYPE, and of a bounded size
    page = document.find(f"{_OFFICE}body/{_OFFICE}spreadsheet")
    if page is None:
        message = "ce document n'est pas un classeur"
        raise ValueError(message)
    hidden_styles = {
        style.get(f"{_STYLE}name")
        for style in document.iter(f"{_STYLE}style")
        for properties in style.iter(f"{_STYLE}table-properties")
        if properties.get(f"{_TABLE}display") == "false"
    }
    tables = list(page.iter(f"{_TABLE}table"))
    unseen = tuple(
        table.get(f"{_TABLE}name", "")
        for table in tables
        if table.get(f"{_TABLE}style-name") in hidden_styles and not _ods_sheet(table)[0].is_empty
    )
    for table in tables:
        if table.get(f"{_TABLE}style-name") not in hidden_styles:
            sheet, unread, errors = _ods_sheet(table)
            refuse_unread(unread, errors, f"{where}, feuille {sheet.name}")
            yield replace(sheet, hidden_sheets=unseen)


def _ods_sheet(table: Element) -> tuple[Sheet, list[str], list[str]]:
    """The cells of one sheet; those whose formula has no value, and those that hold an error."""
    unread: list[str] = []
    errors: list[str] = []
    at = 1
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    hidden, blank = 0, 0
    for row in table.iter(f"{_TABLE}table-row"):
        cells, spans = _ods_cells(row, at, unread, errors)
        repeated = int(row.get(f"{_TABLE}number-rows-repeated", 1))
        at += repeated
        if not any(cells):  # those at the end are a million
            blank += repeated
            continue
        if len(rows) + blank + repeated > _MOST_ROWS or repeated * len(cells) > _MOST_ROWS:
            message = f"plus de {_MOST_ROWS} lignes"
            raise ValueError(message)
        rows += [[] for _ in range(blank)]
        blank = 0
        merged += [(len(rows), len(rows) + down - 1, column) for column, down in spans]
        hidden += repeated if row.get(f"{_TABLE}visibility") in ("collapse", "filter") else 0
        rows += [list(cells) for _ in range(repeated)]
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    for first, last, column in merged:
        fill_down(rows, first, last, column)
    columns = tuple(at for at in _hidden_columns(table, width) if any(row[at] for row in rows))
    return Sheet(table.get(f"{_TABLE}name", ""), tuple(map(tuple, rows)), hidden, columns), unread, errors


def _hidden_columns(table: Element, width: int) -> list[int]:
    """The positions (from 0) of the columns of a sheet that are hidden, of so many first ones."""
    hidden: list[int] = []
    at = 0
    for column in table.iter(f"{_TABLE}table-column"):
        repeated = int(column.get(f"{_TABLE}number-columns-repeated", 1))
        if column.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            hidden += range(at, min(at + repeated, width))
        at += repeated
    return hidden


def _ods_cells(
    row: Element, line: int, unread: list[str], errors: list[str]
) -> tuple[list[str], list[tuple[int, int]]]:
    """The texts of a row, and the columns whose cell spans several rows, with how many.

    Cells of this line that hold a formula without its value, or an error, are added to ``unread`` and ``errors``.
    """
    cells: list[str] = []
    spans: list[tuple[int, int]] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        text = ""
        if cell.tag == f"{_TABLE}table-cell":
            shown = _ods_shown(cell)
            place = f"{column_letters(len(cells))}{line}"
            has_formula = cell.get(f"{_TABLE}formula") is not None
            if _is_ods_error(cell, shown, has_formula=has_formula):
                errors.append(f"{place} ({shown})")
            elif has_formula and not _has_ods_value(cell):
                unread.append(place)
            else:
                text = _ods_text(cell, shown)
        if (down := int(cell.get(f"{_TABLE}number-rows-spanned", 1))) > 1:
            spans.append((len(cells), down))
        cells += [text] * min(repeated, MOST_COLUMNS + 1)
        if len(cells) > 1 << 16:
            message = "une ligne sans fin"
            raise ValueError(message)
    while cells and not cells[-1]:
        cells.pop()
    return cells, [(column, down) for column, down in spans if column < len(cells)]


_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")


def _has_ods_value(cell: Element) -> bool:
    """Whether the value of a formula is written; of an empty text spreadsheets write an empty paragraph only."""
    if any(cell.get(f"{_OFFICE}{name}") is not None for name in _VALUES):
        return True
    return cell.find(f"{_TEXT}p") is not None


def _is_ods_error(cell: Element, shown: str, *, has_formula: bool) -> bool:
    """Whether a cell holds an error: a formula that shows one, or the type that a spreadsheet writes of it."""
    if cell.get("{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type") == "error":
        return True
    return has_formula and _ERROR.fullmatch(shown) is not None


def _ods_shown(cell: Element) -> str:
    """What a cell shows: its paragraphs, those of lists too; not its notes."""
    return " ".join("".join(_ods_words(part)) for part in _ods_paragraphs(cell)).strip()


def _ods_paragraphs(part: Element) -> Iterator[Element]:
    for inner in part:
        if inner.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield inner
        elif inner.tag in (f"{_TEXT}list", f"{_TEXT}list-item", f"{_TEXT}list-header", f"{_TEXT}section"):
            yield from _ods_paragraphs(inner)


def _ods_text(cell: Element, shown: str) -> str:
    """What a cell holds, as text; what it shows where that is a code with leading zeros."""
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in ("float", "currency", "percentage"):
        is_code = shown.isdigit() and len(shown) > 1 and shown.startswith("0")
        return shown if is_code else cell_text(float(cell.get(f"{_OFFICE}value", "")))
    if kind == "date":
        return cell_text(dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", "")))
    if kind == "time":
        found = re.fullmatch(r"PT(\d+)H(\d+)M.*", cell.get(f"{_OFFICE}time-value", ""))
        return f"{int(found[1]):02d}:{int(found[2]):02d}" if found else shown
    if kind == "boolean":
        return "oui" if cell.get(f"{_OFFICE}boolean-value") == "true" else "non"
    return cell_text(shown or cell.get(f"{_OFFICE}string-value", ""))


def _ods_words(part: Element) -> Iterator[str]:
    """The text of a paragraph: spaces and new lines are elements of their own; notes are no part of it."""
    yield part.text or ""
    for inner in part:
        if inner.tag == f"{_TEXT}s":
            yield " " * int(inner.get(f"{_TEXT}c", 1))
        elif inner.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            yield " "
        elif inner.tag != f"{_OFFICE}annotation":
            yield from _ods_words(inner)
        yield inner.tail or ""
