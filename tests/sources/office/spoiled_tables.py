"""Clean tables spoiled as an office would: titles, merged headings, totals, other separators, encodings and numbers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip
_THOUSANDS = re.compile(r"\s*[1-9]\d{0,2}\.\d{3}\s*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``kind`` (text, code, degrees, count, day, clock), other headings of its meaning, what spans it."""

    heading: str
    kind: str
    others: tuple[str, ...] = ()
    over: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines of cells as they will be written; ``head``: the positions of the headings' lines, then of the first row."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[str, ...], ...]
    head: int = 0
    height: int = 1
    spoils: tuple[str, ...] = field(default=())

    @property
    def first(self) -> int:
        """The line of the first row."""
        return self.head + self.height

    @property
    def width(self) -> int:
        """How many cells a line has."""
        return len(self.lines[self.head])


def sheet_of(columns: tuple[Column, ...], rows: list[list[str]]) -> Sheet:
    """A clean sheet."""
    return Sheet(columns, (tuple(column.heading for column in columns), *map(tuple, rows)))


def _with_line(sheet: Sheet, at: int, cells: list[str]) -> Sheet:
    line = tuple([*cells, *[""] * (sheet.width - len(cells))][: sheet.width])
    lines = [*sheet.lines]
    lines.insert(at, line)
    return replace(sheet, lines=tuple(lines), head=sheet.head + (at <= sheet.head))


def _mapped(sheet: Sheet, change: Callable[[str, Column], str]) -> Sheet:
    """The sheet with the cells of its rows changed."""
    rows = [
        tuple(change(cell, column) if cell else cell for cell, column in zip(line, sheet.columns, strict=False))
        for line in sheet.lines[sheet.first :]
    ]
    return replace(sheet, lines=(*sheet.lines[: sheet.first], *rows))


def _heads(sheet: Sheet, change: Callable[[str], str]) -> Sheet:
    lines = [*sheet.lines]
    for at in range(sheet.head, sheet.first):
        lines[at] = tuple(map(change, lines[at]))
    return replace(sheet, lines=tuple(lines))


def titles_above(sheet: Sheet, rng: random.Random) -> Sheet:
    for title in rng.sample(["Liste au 18/10/2024", "Département", "", "Direction ; pôle A", "Édité par J. Dupont"], 2):
        sheet = _with_line(sheet, 0, [title])
    return sheet


def two_cells_above(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _with_line(sheet, 0, ["Territoire :", "Vanves"])


def blank_lines(sheet: Sheet, rng: random.Random) -> Sheet:
    for _ in range(2):
        sheet = _with_line(sheet, rng.randint(sheet.first, len(sheet.lines)), [])
    return sheet


def remark_below(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _with_line(_with_line(sheet, len(sheet.lines), []), len(sheet.lines) + 1, ["Source : direction"])


def remark_just_below(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _with_line(sheet, len(sheet.lines), ["(1) Adresse provisoire"])


def section(sheet: Sheet, rng: random.Random) -> Sheet:
    return _with_line(sheet, rng.randint(sheet.first, len(sheet.lines)), ["Secteur nord"])


def total(sheet: Sheet, rng: random.Random) -> Sheet:
    count = str(len(sheet.lines) - sheet.first)
    cells = [rng.choice(["Total", "TOTAL GÉNÉRAL", "Sous-total", "Total : " + count]), rng.choice(["", count])]
    if rng.random() < 0.5:
        sheet = _with_line(sheet, len(sheet.lines), [])
    return _with_line(sheet, len(sheet.lines), cells)


def total_of_counts(sheet: Sheet, _rng: random.Random) -> Sheet:
    cells = ["Total"]
    for at, column in enumerate(sheet.columns[1:], 1):
        known = [line[at] for line in sheet.lines[sheet.first :] if at < len(line) and line[at].isdigit()]
        cells.append(str(sum(map(int, known))) if column.kind == "count" and known else "")
    return _with_line(sheet, len(sheet.lines), cells)


def headings_again(sheet: Sheet, rng: random.Random) -> Sheet:
    return _with_line(sheet, rng.randint(sheet.first, len(sheet.lines)), list(sheet.lines[sheet.first - 1]))


def units(sheet: Sheet, _rng: random.Random) -> Sheet:
    names = {"degrees": "(degrés)", "count": "(milliers)", "text": "(texte)"}
    return _with_line(sheet, sheet.first, [names.get(column.kind, "") for column in sheet.columns])


def merged_heads(sheet: Sheet, _rng: random.Random) -> Sheet:
    if sheet.height > 1 or not any(column.over for column in sheet.columns):
        return sheet
    upper, seen = [], ""
    for column, heading in zip(sheet.columns, sheet.lines[sheet.head], strict=False):
        upper.append(heading if not column.over else column.over if column.over != seen else "")
        seen = column.over
    lower = [
        heading if column.over else "" for column, heading in zip(sheet.columns, sheet.lines[sheet.head], strict=False)
    ]
    lines = (*sheet.lines[: sheet.head], tuple(upper), tuple(lower), *sheet.lines[sheet.first :])
    return replace(sheet, lines=lines, height=2)


def heading_lost(sheet: Sheet, rng: random.Random) -> Sheet:
    lost = set(rng.sample(range(sheet.width), min(2, sheet.width)))
    lines = [*sheet.lines]
    at = sheet.first - 1
    lines[at] = tuple("" if column in lost else cell for column, cell in enumerate(lines[at]))
    return replace(sheet, lines=tuple(lines))


def capitals(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _heads(sheet, str.upper)


def no_accents(sheet: Sheet, _rng: random.Random) -> Sheet:
    def plain(text: str) -> str:
        return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))

    return _heads(sheet, plain)


def spaces(sheet: Sheet, rng: random.Random) -> Sheet:
    blank = rng.choice([" ", "\u00a0", "  "])
    return _heads(_mapped(sheet, lambda cell, _: f"{blank}{cell} "), lambda text: f" {text}{blank}" if text else text)


def other_headings(sheet: Sheet, rng: random.Random) -> Sheet:
    others = {column.heading: rng.choice((column.heading, *column.others)) for column in sheet.columns}
    return _heads(sheet, lambda text: others.get(text, text))


def decimal_commas(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _mapped(sheet, lambda cell, column: cell.replace(".", ",") if column.kind == "degrees" else cell)


def thousands(sheet: Sheet, rng: random.Random) -> Sheet:
    mark = rng.choice([" ", "\u00a0", "\u202f", ".", ",", "'"])

    def change(cell: str, column: Column) -> str:
        return f"{int(cell):,}".replace(",", mark) if column.kind == "count" and cell.isdigit() else cell

    return _mapped(sheet, change)


def codes_as_numbers(sheet: Sheet, _rng: random.Random) -> Sheet:
    return _mapped(sheet, lambda cell, column: cell.lstrip("0") if column.kind == "code" else cell)


def other_days(sheet: Sheet, rng: random.Random) -> Sheet:
    form = rng.choice(["{0.day:02}/{0.month:02}/{0.year}", "{0.day} {1} {0.year}", "{0.day:02}/{0.month:02}/{2:02}",
                       "{0.year}-{0.month:02}-{0.day:02} 00:00:00"])  # fmt: skip

    def change(cell: str, column: Column) -> str:
        try:
            day = dt.date.fromisoformat(cell.strip() if column.kind == "day" else "")
        except ValueError:
            return cell
        return form.format(day, MONTHS[day.month - 1], day.year % 100)

    return _mapped(sheet, change)


def french_clocks(sheet: Sheet, rng: random.Random) -> Sheet:
    mark = rng.choice(["h", " h ", "H"])
    return _mapped(sheet, lambda cell, column: cell.replace(":", mark) if column.kind == "clock" else cell)


def more_columns(sheet: Sheet, rng: random.Random) -> Sheet:
    """A column that means nothing to a reader, or one that might mean what another does, with other values."""
    at = rng.randint(0, sheet.width)
    heading = rng.choice(
        ["Téléphone", "Remarque interne", "", *[other for item in sheet.columns for other in item.others]]
    )
    cells = {line: rng.choice(["x", "12", "", "2.5"]) for line in range(sheet.first, len(sheet.lines))}
    cells[sheet.first - 1] = heading
    lines = tuple((*line[:at], cells.get(number, ""), *line[at:]) for number, line in enumerate(sheet.lines))
    return replace(sheet, lines=lines, columns=(*sheet.columns[:at], Column(heading, "text"), *sheet.columns[at:]))


def columns_moved(sheet: Sheet, rng: random.Random) -> Sheet:
    if sheet.height > 1:
        return sheet
    order = rng.sample(range(sheet.width), sheet.width)
    lines = tuple(tuple(line[at] if at < len(line) else "" for at in order) for line in sheet.lines)
    return replace(sheet, lines=lines, columns=tuple(sheet.columns[at] for at in order))


SPOILS = (
    titles_above, two_cells_above, blank_lines, remark_below, remark_just_below, section, total, total_of_counts,
    headings_again, units, merged_heads, heading_lost, capitals, no_accents, spaces, other_headings, decimal_commas,
    thousands, codes_as_numbers, other_days, french_clocks, more_columns, columns_moved,
)  # fmt: skip


def spoiled(sheet: Sheet, rng: random.Random) -> Sheet:
    """The sheet after one to five spoils, which it names."""
    for spoil in rng.sample(SPOILS, rng.randint(1, 5)):
        sheet = replace(spoil(sheet, rng), spoils=(*sheet.spoils, spoil.__name__))
    return sheet


def write_spoiled(sheet: Sheet, folder: Path, rng: random.Random) -> Path:
    """The sheet as a CSV file or a workbook."""
    if rng.random() < 0.2:
        return _write_xlsx(sheet, folder / "t.xlsx", rng)
    stream = io.StringIO()
    separator = rng.choice(";;;,\t|")
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=rng.choice(["\n", "\r\n"]))
    is_short = rng.random() < 0.3
    for at, line in enumerate(sheet.lines):
        writer.writerow([line[0]] if is_short and at < sheet.head and not any(line[1:]) else line)
    encoding = rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    file = folder / "t.csv"
    file.write_text(
        stream.getvalue(), encoding=encoding, errors="replace" if encoding == "cp1252" else "strict", newline=""
    )
    return file


def _write_xlsx(sheet: Sheet, file: Path, rng: random.Random) -> Path:
    """A workbook: numbers and days of their own types as often as text, a line or a column hidden."""
    book = openpyxl.Workbook()
    page = book.active
    for at, line in enumerate(sheet.lines, 1):
        for column, cell in enumerate(line, 1):
            if cell:
                is_typed = rng.random() < 0.7 and not _THOUSANDS.fullmatch(
                    cell
                )  # typed so, a tool in French keeps text
                page.cell(at, column, _typed(cell) if is_typed else cell)
    page.row_dimensions[rng.randint(1, len(sheet.lines))].hidden = True
    page.column_dimensions[openpyxl.utils.get_column_letter(rng.randint(1, sheet.width))].hidden = True
    book.save(file)
    return file


def _typed(cell: str) -> object:
    for read in (int, float, dt.datetime.fromisoformat):
        try:
            value = read(cell)
        except ValueError:
            continue
        return cell if cell.startswith("0") and cell.isdigit() else value
    return cell
