"""CSV files as people save them: whatever encoding and separator, read as text under the line numbers of the file."""

from __future__ import annotations

import csv
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from access92._limits import check_blank_lines, check_unique_columns, readable_file
from access92.errors import InputError, input_error, some_values
from access92.sources.csv_layout import CsvLayout, csv_layout, row_lines
from access92.sources.office.heads import READING, column_letters, framed, nameless_sentence
from access92.sources.office.other_rows import check_no_units, without_remarks, without_repeats


def read_csv(path: Path, *, where: str) -> pd.DataFrame:
    r"""The filled rows of a CSV file as text; its index is the line of the file.

    Raises
    ------
    InputError
        Missing, unreadable or empty file, thousands of columns, two columns of one name, a row longer than the heading,
        a quote that would swallow rows, a row of units.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.csv"
    >>> _ = file.write_text("a,b\n1,2\n\n3,4\n", encoding="utf-8")
    >>> read_csv(file, where="x.csv")["a"].to_dict()
    {2: '1', 4: '3'}
    """
    readable_file(path, where=where)
    check_blank_lines(path, where=where)
    layout = csv_layout(path, where=where)
    if not any(layout.headings):
        raise input_error("Le fichier est vide.", where, "Fournir une ligne de titres et au moins une ligne.")

    # titles above the headings, or two rows of them: read row by row
    if not layout.is_plain:
        frame = framed(row_lines(path, layout, where=where), where=where)
        check_unique_columns(list(frame.columns), where=where)
        return frame

    # a cell of several lines, or a quote out of place, can only be where there are quotes
    with_quotes = _has_quotes(path, layout)
    lines = np.array([line for line, _ in row_lines(path, layout, where=where)] if with_quotes else [], dtype=np.int64)
    try:
        if len(lines) and (np.diff(lines) != 1).any():
            frame = _plain_rows(path, layout, where)
        else:
            frame = _quick_rows(path, layout)
            lines = np.arange(1, len(frame) + 2)
    except pd.errors.ParserWarning as error:
        raise _too_long(path, layout, where) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        if re.search(r"in line \d+, saw", str(error)):
            raise _too_long(path, layout, where) from error
        raise input_error(
            "Le fichier CSV est illisible.", f"{where} : {error}", "Corriger les lignes nommées."
        ) from error

    # names are trimmed only now: two columns may become one; one without a name is called by its letter
    frame.columns = [
        str(column).strip() if heading.strip() else f"colonne {column_letters(at)}"
        for at, (column, heading) in enumerate(zip(frame.columns, layout.headings, strict=True))
    ]
    check_unique_columns(list(frame.columns), where=where)

    # the line of the file names a row in messages; rows of nothing are left out, without renumbering
    frame.index = pd.Index(lines[1:])
    frame, remarks = without_remarks(frame, where)
    frame, repeated = without_repeats(frame, where)
    frame.attrs[READING] = (*remarks, *repeated, *nameless_sentence(frame, where))
    filled = np.zeros(len(frame), dtype=bool)
    for column in frame.columns:
        filled |= frame[column].to_numpy() != ""
        if filled.all():
            break
    frame = frame if filled.all() else frame.loc[filled]
    check_no_units(frame, where)
    return frame


def _quick_rows(path: Path, layout: CsvLayout) -> pd.DataFrame:
    """The rows of a file where each is one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the headings loses its end
        return pd.read_csv(
            path, sep=layout.separator, dtype=str, keep_default_na=False, encoding=layout.encoding,
            skip_blank_lines=False, quoting=csv.QUOTE_MINIMAL, on_bad_lines="error", index_col=False, compression=None,
        )  # fmt: skip


def _plain_rows(path: Path, layout: CsvLayout, where: str) -> pd.DataFrame:
    """The rows of a file where some are of several lines."""
    headings, *rows = (row for _, row in row_lines(path, layout, where=where))
    width = len(headings)
    if any(len(row) > width for row in rows):
        raise _too_long(path, layout, where)
    filled = [row + [""] * (width - len(row)) for row in rows]
    return pd.DataFrame(filled, columns=pd.Index(headings), dtype=str)


def _has_quotes(path: Path, layout: CsvLayout) -> bool:
    is_wide = layout.encoding.startswith("utf-16")
    mark = '"'.encode({"utf-16": "utf-16-le"}.get(layout.encoding, layout.encoding) if is_wide else "ascii")
    with path.open("rb") as file:
        return any(mark in block for block in iter(lambda: file.read(1 << 20), b""))


def _too_long(path: Path, layout: CsvLayout, where: str) -> InputError:
    """The refusal of rows that are longer than the headings, with their lines."""
    width = len(layout.headings)
    lines = [line for line, row in row_lines(path, layout, where=where) if len(row) > width]
    return input_error(
        "Des lignes ont plus de valeurs que de titres.",
        f"{where}, ligne{'s' if len(lines) > 1 else ''} {some_values(lines)}",
        "Mettre entre guillemets les textes qui contiennent le séparateur, ou compléter les titres.",
    )
