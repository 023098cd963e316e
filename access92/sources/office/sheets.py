"""The cells of a workbook (XLSX, ODS) as text, row by row, as a reader sees them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from access92._limits import MOST_COLUMNS, check_unpacked_size, readable_file
from access92.errors import InputError, input_error, nearest_word, some_values
from access92.sources.office.cells import Sheet, cell_text, fill_down, refuse_unread
from access92.sources.office.ods import ods_sheets

XLSX_ENDINGS = (".xlsx", ".xlsm")
ODS_ENDINGS = (".ods",)
OFFICE_ENDINGS = (*XLSX_ENDINGS, *ODS_ENDINGS)
FORMER_ENDINGS = (".xls", ".xlsb", ".numbers")
"""Workbooks that nothing here reads: their own program saves them in a form that is read."""

_EXTRA = "pip install 'access92[office]'"
_ZEROS = re.compile(r"0{2,}")
_OLE = b"\xd0\xcf\x11\xe0"


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
            if any(asked in sheet.hidden_sheets for sheet in sheets):
                raise input_error(f"La feuille « {asked} » est masquée dans le classeur.", where, "L'y afficher.")
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
    try:
        if is_xlsx:
            _check_formulas(path, where)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl does not keep: nothing is written
            return tuple(_squared(sheet) for sheet in (_xlsx_sheets(path) if is_xlsx else ods_sheets(path, where)))
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
    unseen = tuple(page.title for page in book.worksheets if page.sheet_state != "visible" and _holds_something(page))
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
            fill_down(rows, area.min_row - 1, area.max_row - 1, area.min_col - 1)
        hidden = {at for at, size in page.row_dimensions.items() if size.hidden or size.ht == 0}
        columns = {
            at - 1
            for size in page.column_dimensions.values()
            if size.min and size.max and (size.hidden or size.width == 0)
            for at in range(size.min, min(size.max, width) + 1)
        }
        yield Sheet(
            page.title,
            tuple(map(tuple, rows)),
            sum(any(rows[at - 1]) for at in hidden if at <= len(rows)),
            tuple(sorted(at for at in columns if any(row[at] for row in rows))),
            unseen,
        )


def _holds_something(page: Any) -> bool:  # noqa: ANN401 - openpyxl has no types
    return any(_xlsx_text(cell) for cell in page._cells.values())  # noqa: SLF001


def _check_formulas(path: Path, where: str) -> None:
    """Refuse formulas whose value is not in the file (programs write them so) or is an error: neither is a value."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            content = archive.read(name)
            if b"<!DOCTYPE" in content[:4096]:
                message = "un classeur n'a pas de DOCTYPE"
                raise ValueError(message)
            unread, errors = _xlsx_unread(content)
            refuse_unread(unread, errors, f"{where}, {name.rpartition('/')[2]}")


def _xlsx_unread(content: bytes) -> tuple[list[str], list[str]]:
    """The cells of a sheet whose formula has no value, and those that hold an error."""
    unread, errors = [], []
    row = column = 0
    for event, item in ET.iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314 - no DOCTYPE
        tag = item.tag.rpartition("}")[2]
        if event == "start":
            if tag == "row":
                row, column = int(item.get("r", row + 1)), 0
            continue
        if tag == "row":
            item.clear()
        if tag != "c":
            continue
        column += 1
        place = item.get("r", f"ligne {row}, colonne {column}")
        parts = {part.tag.rpartition("}")[2]: part for part in item}
        value = parts.get("v")
        kind = item.get("t", "n")
        if kind == "e":
            errors.append(f"{place} ({'' if value is None else value.text or ''})")
        # « "" » is a value of text, written as an empty one
        elif "f" in parts and "is" not in parts and (value is None or (kind != "str" and not (value.text or ""))):
            unread.append(place)
    return unread, errors


def _xlsx_text(cell: Any) -> str:  # noqa: ANN401 - openpyxl has no types
    """What a cell holds, as text."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and _ZEROS.fullmatch(str(cell.number_format)):
        return f"{round(value):0{len(cell.number_format)}d}"
    return cell_text(value)
