"""The table of figures: on the terminal, and as sections of RESULTS.md."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.measures import Row, Section

RESULTS = Path(__file__).with_name("RESULTS.md")

COLUMNS = ("Tâche", "Qui", "Médiane", "Min", "Écart interq.", "n", "÷ access92", "Réponse", "Barre")
_MARK = "<!-- étape : {} -->"
_SECTION = re.compile(r"<!-- étape : (?P<name>[a-z_-]+) -->\n(?P<text>.*?)(?=<!-- étape : |\Z)", re.DOTALL)
_SMALL, _MIDDLE, _LARGE = 1, 10, 100


def french_figure(value: float) -> str:
    """A figure with three digits that count, in French.

    >>> [french_figure(value) for value in (0.01234, 1.234, 12.34, 1234.5, float("nan"))]
    ['0,0123', '1,23', '12,3', '1 234', '–']
    """
    if math.isnan(value):
        return "–"
    size = abs(value)
    if size == 0:
        return "0"
    if size < _SMALL:
        text = f"{value:.{2 - math.floor(math.log10(size))}f}".rstrip("0").rstrip(".")
    elif size < _MIDDLE:
        text = f"{value:.2f}"
    elif size < _LARGE:
        text = f"{value:.1f}"
    else:
        text = f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",").replace("\u202f", " ")


def cells(row: Row) -> list[str]:
    """The cells of one row, in the order of ``COLUMNS``.

    >>> cells(Row("t", "scipy", 20.0, "ms", 19.0, 1.0, 5, ratio=4.0, difference="identique"))
    ['t', 'scipy', '20,0 ms', '19,0 ms', '1,00 ms', '5', '4,00', 'identique', '']
    """
    spread = ["–" if math.isnan(value) else f"{french_figure(value)} {row.unit}" for value in (row.least, row.iqr)]
    verdict = {None: "", True: " : tenue", False: " : NON TENUE"}[row.kept]
    told = " ; ".join(part for part in (row.difference, row.note) if part)
    ratio = "" if row.ratio is None else french_figure(row.ratio)
    median = f"{french_figure(row.median)} {row.unit}"
    return [row.task, row.who, median, *spread, str(row.repeats), ratio, told, row.bar + verdict]


def plain_table(rows: Iterable[Row]) -> str:
    """Rows for a terminal, columns aligned; the task is told once.

    >>> print(plain_table([Row("t", "a", 1.0), Row("t", "b", 2.0, ratio=2.0)]).splitlines()[2].split()[:3])
    ['b', '2,00', 'ms']
    """
    table, last = [list(COLUMNS)], ""
    for row in rows:
        line = cells(row)
        line[0], last = ("" if row.task == last else row.task), row.task
        table.append(line)
    widths = [max(len(line[at]) for line in table) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def markdown_table(rows: Iterable[Row]) -> str:
    """Rows as a Markdown table; bars that are not kept are in bold.

    >>> print(markdown_table([Row("t", "a", 1.0, bar="< 1 ms", kept=False)]).splitlines()[2])
    | t | a | 1,00 ms | – | – | 1 |  |  | **< 1 ms : NON TENUE** |
    """
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|---|--:|--:|--:|--:|--:|---|---|"]
    for row in rows:
        line = [cell.replace("|", "\\|") for cell in cells(row)]
        if row.kept is False:
            line[-1] = f"**{line[-1]}**"
        lines.append("| " + " | ".join(line) + " |")
    return "\n".join(lines)


def section_text(section: Section, *, conditions: str, folder: Path) -> str:
    """One stage as Markdown. ``conditions``: date, machine load, options. Images are linked from ``folder``."""
    parts = [f"## {section.title}", conditions, markdown_table(section.rows)]
    if section.remarks:
        parts.append("\n".join(f"* {remark}" for remark in section.remarks))
    for words, image in section.images.items():
        link = Path(*[".."] * len(folder.relative_to(_shared_parent(folder, image)).parts)) / image.relative_to(
            _shared_parent(folder, image)
        )
        parts.append(f"![{words}]({link.as_posix()})")
    return "\n\n".join(parts) + "\n\n"


def _shared_parent(one: Path, other: Path) -> Path:
    return next(parent for parent in (one, *one.parents) if other.is_relative_to(parent))


def read_sections(text: str) -> dict[str, str]:
    r"""The sections of a RESULTS.md by stage.

    >>> read_sections(join_sections("# T", {"kernel": "## K\n"}, order=["kernel"]))
    {'kernel': '## K\n'}
    """
    return {found["name"]: found["text"] for found in _SECTION.finditer(text)}


def join_sections(head: str, sections: Mapping[str, str], *, order: Sequence[str]) -> str:
    """The whole file: the head, then the sections of the known stages in their order."""
    parts = [f"{_MARK.format(name)}\n{sections[name]}" for name in order if name in sections]
    return head.rstrip("\n") + "\n\n" + "".join(parts)


def missed_bars(rows: Iterable[Row]) -> list[str]:
    """What is not kept, one line each, in French.

    >>> missed_bars([Row("t", "a", 2.0, bar="< 1 ms", kept=False)])
    ['t (a) : 2,00 ms, barre « < 1 ms »']
    """
    return [
        f"{row.task} ({row.who}) : {french_figure(row.median)} {row.unit}, barre « {row.bar} »"
        for row in rows
        if row.kept is False
    ]
