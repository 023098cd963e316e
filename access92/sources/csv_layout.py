"""How a CSV file is written: its encoding, what separates its cells, its headings, the line of each row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from access92._encodings import other_accents, unmarked_utf16
from access92._limits import MOST_HEADING_BYTES, check_heading
from access92.errors import input_error
from access92.sources.office.heads import Head, find_head
from access92.sources.office.meanings import is_heading

SEPARATORS = ";\t,|"
"""What may separate cells; the first wins where two would do."""

_KNOWN_HEADINGS = 2
_BLOCK_BYTES = 1 << 20
_START_BYTES = 4096
_SAMPLE_ROWS = 1000
_HEAD_ROWS = 50
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
csv.field_size_limit(1 << 24)  # a cell of geometry as text; Python's own limit is an eighth of a megabyte


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """``encoding``: as Python names it; ``separator``: one of :data:`SEPARATORS`; ``headings``: as written.

    ``first``: how many rows (titles) stand above the headings; ``height``: how many rows these take;
    ``is_doubtful``: the row below them may be one more.
    """

    encoding: str
    separator: str
    headings: tuple[str, ...]
    first: int = 0
    height: int = 1
    is_doubtful: bool = field(default=False, repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether the first row is that of the headings, and the only one."""
        return self.first == 0 and self.height == 1 and not self.is_doubtful


def csv_layout(path: Path, *, where: str) -> CsvLayout:
    r"""The layout of a CSV file.

    Text is UTF-8, UTF-16 with its mark or without, or else Windows-1252, in which spreadsheets save on a French
    Windows. The separator is the one by which two headings are known, then by which all the first rows have as many
    cells as the headings; of several, the one of most cells; of none, the one by which most rows do. It is no decimal
    comma.

    Raises
    ------
    InputError
        Text in another encoding (Mac Roman, MS-DOS); endless headings, or thousands of them.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.csv"
    >>> _ = file.write_text('id;"public (jeunes, autres)";lon\n1;a;2,25\n', encoding="cp1252")
    >>> csv_layout(file, where="x.csv")
    CsvLayout(encoding='utf-8-sig', separator=';', headings=('id', 'public (jeunes, autres)', 'lon'), first=0, height=1)
    """
    encoding = _encoding(path, where=where)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(MOST_HEADING_BYTES)
    separator = _separator(sample)
    check_heading(sample.splitlines()[0] if sample.strip() else "", separator, where=where)
    rows = list(islice(_rows(sample, separator), _HEAD_ROWS))
    head = find_head(rows)
    plain = Head(0, 1, tuple(rows[0]) if rows else ())
    names = head.names if head.first or head.height > 1 else plain.names
    return CsvLayout(encoding, separator, names, head.first, head.height, head.is_doubtful)


def row_lines(path: Path, layout: CsvLayout, *, where: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file, headings first, each with the line of the file where it begins; a blank line is a row.

    Raises
    ------
    InputError
        A closing quote that no separator follows, or none: such a quote swallows the rows after it.
    """
    with path.open(encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.separator, strict=True)
        line = 1
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                raise input_error(
                    "Un texte entre guillemets ne finit pas où il devrait : les lignes suivantes y seraient avalées.",
                    f"{where}, ligne {line} (lu jusqu'à la ligne {reader.line_num})",
                    'Fermer les guillemets devant le séparateur ; un guillemet dans le texte s\'écrit deux fois ("").',
                ) from error
            if row is None:
                return
            yield line, row
            line = reader.line_num + 1


def _encoding(path: Path, *, where: str) -> str:
    """The encoding of a file: that of its mark, else UTF-16 by its look, else the first that reads all of it."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), unmarked_utf16(start))
    for name in (marked,) if marked else ("utf-8-sig", "cp1252"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        if name == "cp1252":
            _check_accents(path, where)
        return name
    _check_accents(path, where)
    raise input_error("Le texte du fichier n'est ni en UTF-8 ni en Windows-1252.", where, "L'enregistrer en CSV UTF-8.")


def _check_accents(path: Path, where: str) -> None:
    """Refuse text whose accents are those of another encoding: names would be mangled."""
    with path.open("rb") as file:
        for line, text in enumerate(file, 1):
            if other_accents(text) is not None:
                shown = text.decode("mac_roman").strip()[:60]
                raise input_error(
                    "Les accents du fichier ne sont ni en UTF-8 ni en Windows-1252, mais d'un ancien Mac ou de MS-DOS.",
                    f"{where}, ligne {line}, « {shown} » en Mac Roman",
                    "L'enregistrer en CSV UTF-8 (Excel : Enregistrer sous, CSV UTF-8).",
                )


def _separator(sample: str) -> str:
    """The separator of the first rows of a file."""
    best, chosen = (False, 0.0, 1), ","
    for separator in SEPARATORS:
        if separator not in sample:
            continue
        try:
            sampled = list(islice(_rows(sample, separator), _SAMPLE_ROWS))
        except (csv.Error, ValueError):
            continue
        if not sampled:
            continue
        head = find_head(sampled[:_HEAD_ROWS])
        first, rows = sampled[head.first], sampled[head.first + head.height :]
        filled = [row for row in rows if any(row)]
        same = sum(len(row) == len(first) for row in filled) / len(filled) if filled else 1.0
        is_known = sum(is_heading(name) for name in head.names if name.strip()) >= _KNOWN_HEADINGS
        if len(first) > 1 and not _is_decimal(first, separator) and (is_known, same, len(first)) > best:
            best, chosen = (is_known, same, len(first)), separator
    return chosen


def _is_decimal(cells: list[str], separator: str) -> bool:
    """Whether a comma cuts the numbers of a row that something else separates: « A;2 », « 25;48 », « 85 »."""
    pairs = pairwise(cells)
    is_cut = any(left[-1:].isdigit() and right[:1].isdigit() for left, right in pairs)
    return separator == "," and is_cut and any(mark in cell for cell in cells for mark in SEPARATORS if mark != ",")


def _rows(sample: str, separator: str) -> Iterator[list[str]]:
    """The whole rows of the beginning of a file: the last, which may be cut, only where it is the only one."""
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=separator)
    waiting: list[str] | None = None
    for row in reader:
        if waiting is not None:
            yield waiting
        waiting = row
    if waiting is not None and (len(sample) < MOST_HEADING_BYTES or reader.line_num == 1):
        yield waiting
