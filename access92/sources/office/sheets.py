"""The cells of a workbook (XLSX, ODS) as text, row by row, as a reader sees them."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from access92._limits import MOST_COLUMNS, check_unpacked_size, readable_file
from access92.errors import InputError, input_error, nearest_word, some_values

XLSX_ENDINGS = (".xlsx", ".xlsm")
ODS_ENDINGS = (".ods",)
OFFICE_ENDINGS = (*XLSX_ENDINGS, *ODS_ENDINGS)
FORMER_ENDINGS = (".xls", ".xlsb", ".numbers")
"""Workbooks that nothing here reads: their own program saves them in a form that is read."""

_EXTRA = "pip install 'access92[office]'"
_MOST_ROWS = 1_048_576
_ZEROS = re.compile(r"0{2,}")
_DECIMALS = re.compile(r"-?\d+\.\d{3}")
_WITHOUT_VALUE = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of line ``i + 1``, '' where empty, all of one length.

    ``hidden``: how many of its filled lines a filter or the user hides; they are read.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    hidden: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(any(row) for row in self.rows)


def read_sheet(path: Path, asked: str | None, *, where: str) -> Sheet:
    """The sheet asked for, or the only one that holds anything.

    Numbers are written with a point and never with three decimals (« 1.2550 »), so that nobody takes the point for that
    of thousands; a number that its format shows with leading zeros keeps them; dates are ISO. What is merged downwards
    is on each of its lines.

    Raises
    ------
    InputError
        Missing, damaged, former (.xls) or locked file, formulas without their values, the library that reads it is not
        installed, a sheet that is not there, several of which none is asked for, none that holds anything.

    Examples
    --------
    >>> import tempfile, openpyxl
    >>> book = openpyxl.Workbook()
    >>> book.active.append(["code", "lon"])
    >>> book.active.append(["01004", 2.25])
    >>> file = Path(tempfile.mkdtemp()) / "x.xlsx"
    >>> book.save(file)
    >>> read_sheet(file, None, where="x.xlsx").rows
    (('code', 'lon'), ('01004', '2.25'))
    """
    sheets = read_sheets(path, where=where)
    names = [sheet.name for sheet in sheets]
    if asked is not None:
        if asked not in names:
            raise input_error(
                f"Le classeur n'a pas de feuille « {asked} ».",
                f"{where}, feuilles {some_values(names, most=12)}",
                f"Corriger la clé layer de l'étude. {nearest_word(asked, names)}",
            )
        return sheets[names.index(asked)]
    filled = [sheet for sheet in sheets if not sheet.is_empty]
    if not filled:
        raise input_error("Le classeur est vide.", where, "Fournir une ligne de titres et au moins une ligne.")
    if len(filled) > 1:
        raise input_error(
            "Le classeur a plusieurs feuilles : laquelle lire ?",
            f"{where}, feuilles {some_values([sheet.name for sheet in filled], most=12)}",
            "L'écrire dans l'étude, à côté de file (layer = \"…\"), ou donner un classeur d'une seule feuille.",
        )
    return filled[0]


def read_sheets(path: Path, *, where: str) -> tuple[Sheet, ...]:
    """All visible sheets of a workbook, in its order.

    Raises
    ------
    InputError
        As :func:`read_sheet`, sheets aside.
    """
    readable_file(path, where=where)
    check_unpacked_size(path, where=where)
    with path.open("rb") as stream:
        is_former = stream.read(4) == _OLE
    if is_former or path.suffix.lower() in FORMER_ENDINGS:
        raise former_workbook(where)
    is_xlsx = path.suffix.lower() in XLSX_ENDINGS
    read = _xlsx_sheets if is_xlsx else _ods_sheets
    try:
        if is_xlsx:
            _check_formulas(path, where)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl does not keep: nothing is written
            return tuple(_squared(sheet) for sheet in read(path))
    except ModuleNotFoundError as error:
        raise input_error(
            f"La bibliothèque qui lit ce classeur n'est pas installée ({error.name}).",
            where,
            f"L'installer ({_EXTRA}), ou enregistrer la feuille en CSV.",
        ) from error
    except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, OSError, SyntaxError,
            EOFError, NotImplementedError) as error:  # fmt: skip
        raise input_error(
            "Le classeur est illisible.", f"{where} : {error}", "L'ouvrir dans un tableur et l'enregistrer de nouveau."
        ) from error


def former_workbook(where: str) -> InputError:
    """The refusal of a workbook that nothing here reads."""
    return input_error(
        "Ce classeur est dans un format ancien ou particulier, ou protégé par un mot de passe.",
        where,
        "L'ouvrir dans son tableur et l'enregistrer en .xlsx ou .ods, sans mot de passe.",
    )


def _squared(sheet: Sheet) -> Sheet:
    """The sheet without the empty lines and columns at its end, all lines of one length."""
    rows = [list(row) for row in sheet.rows]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell), default=0)
    if width > MOST_COLUMNS:
        message = f"{width} colonnes, au plus {MOST_COLUMNS}"
        raise ValueError(message)
    return replace(sheet, rows=tuple(tuple((row + [""] * width)[:width]) for row in rows))


def _xlsx_sheets(path: Path) -> Iterator[Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True)  # a file would stay open on an error
    for page in book.worksheets:
        if page.sheet_state != "visible":
            continue
        # only the cells that hold something: one with a colour alone may stand on line 1,048,576
        texts = {at: text for at, cell in page._cells.items() if (text := _xlsx_text(cell))}  # noqa: SLF001
        width = max((column for _, column in texts), default=0)
        rows = [[""] * width for _ in range(max((row for row, _ in texts), default=0))]
        for (row, column), text in texts.items():
            rows[row - 1][column - 1] = text
        for area in page.merged_cells.ranges:
            _fill_down(rows, area.min_row - 1, area.max_row - 1, area.min_col - 1)
        hidden = {at for at, size in page.row_dimensions.items() if size.hidden}
        yield Sheet(page.title, tuple(map(tuple, rows)), sum(any(rows[at - 1]) for at in hidden if at <= len(rows)))


def _check_formulas(path: Path, where: str) -> None:
    """Refuse formulas whose value is not in the file: programs write them so, and they would be read as empty."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            found = _WITHOUT_VALUE.finditer(archive.read(name))
            cells = [cell[1].decode() for cell in found if b't="str"' not in cell[2]]  # « "" » is a value
            if cells:
                raise input_error(
                    "Des formules n'ont pas de valeur enregistrée dans le classeur.",
                    f"{where}, {name.rpartition('/')[2]}, cellules {some_values(cells)}",
                    "L'ouvrir dans un tableur et l'enregistrer de nouveau : il calcule et garde les valeurs.",
                )


def _xlsx_text(cell: Any) -> str:  # noqa: ANN401 - openpyxl has no types
    """What a cell holds, as text."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and _ZEROS.fullmatch(str(cell.number_format)):
        return f"{round(value):0{len(cell.number_format)}d}"
    return cell_text(value)


def cell_text(value: object) -> str:  # noqa: PLR0911 - one return per type
    """A value of a workbook as text: what a CSV file would hold, without a doubt about its marks.

    >>> cell_text(1.255), cell_text(92002.0), cell_text(dt.datetime(2024, 10, 18)), cell_text(dt.time(13, 30))
    ('1.2550', '92002', '2024-10-18', '13:30')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact up to here
            return str(int(value))
        text = f"{value!r}"
        return f"{text}0" if _DECIMALS.fullmatch(text) else text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    if isinstance(value, dt.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return " ".join(str(value).replace("\r", "\n").split("\n")).strip()


def _fill_down(rows: list[list[str]], first: int, last: int, column: int) -> None:
    """Write what is merged downwards on each of its lines."""
    if first < len(rows) and column < len(rows[first]):
        for at in range(first + 1, min(last + 1, len(rows))):
            rows[at][column] = rows[first][column]


_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


def _ods_sheets(path: Path) -> Iterator[Sheet]:
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
    for table in page.iter(f"{_TABLE}table"):
        if table.get(f"{_TABLE}style-name") not in hidden_styles:
            yield _ods_sheet(table)


def _ods_sheet(table: Element) -> Sheet:
    """The cells of one sheet."""
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    hidden, blank = 0, 0
    for row in table.iter(f"{_TABLE}table-row"):
        cells, spans = _ods_cells(row)
        repeated = int(row.get(f"{_TABLE}number-rows-repeated", 1))
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
        _fill_down(rows, first, last, column)
    return Sheet(table.get(f"{_TABLE}name", ""), tuple(map(tuple, rows)), hidden)


def _ods_cells(row: Element) -> tuple[list[str], list[tuple[int, int]]]:
    """The texts of a row, and the columns whose cell spans several rows, with how many."""
    cells: list[str] = []
    spans: list[tuple[int, int]] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        text = _ods_text(cell) if cell.tag == f"{_TABLE}table-cell" else ""
        if (down := int(cell.get(f"{_TABLE}number-rows-spanned", 1))) > 1:
            spans.append((len(cells), down))
        cells += [text] * min(repeated, MOST_COLUMNS + 1)
        if len(cells) > 1 << 16:
            message = "une ligne sans fin"
            raise ValueError(message)
    while cells and not cells[-1]:
        cells.pop()
    return cells, [(column, down) for column, down in spans if column < len(cells)]


def _ods_text(cell: Element) -> str:
    """What a cell holds, as text; what it shows where that is a code with leading zeros."""
    kind = cell.get(f"{_OFFICE}value-type")
    shown = " ".join("".join(_ods_words(part)) for part in cell.findall(f"{_TEXT}p")).strip()
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
    return cell_text(shown)


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
