"""CSV files as people save them: UTF-8, any of three separators, read as text under the line numbers of the file."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from access92._limits import (
    MOST_HEADING_BYTES,
    check_blank_lines,
    check_heading,
    check_unique_columns,
    readable_file,
)
from access92.errors import input_error


def read_csv(path: Path, *, where: str) -> pd.DataFrame:
    r"""The filled rows of a CSV file as text; its index is the line of the file.

    Raises
    ------
    InputError
        Missing, unreadable or empty file, thousands of columns, two columns of one name, a row longer than the heading.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.csv"
    >>> _ = file.write_text("a,b\n1,2\n\n3,4\n", encoding="utf-8")
    >>> read_csv(file, where="x.csv")["a"].to_dict()
    {2: '1', 4: '3'}
    """
    readable_file(path, where=where)
    # the heading says what separates the columns, and is measured before pandas makes a column of each name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading = file.readline(MOST_HEADING_BYTES)
        separator = max(",;\t", key=heading.count)
        check_heading(heading, separator, where=where)
        check_blank_lines(path, where=where)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the headings loses its end
            frame = pd.read_csv(
                path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False,
                quoting=csv.QUOTE_MINIMAL, on_bad_lines="error", index_col=False, compression=None,
            )  # fmt: skip
    except UnicodeDecodeError as error:
        raise input_error("Le fichier n'est pas en UTF-8.", where, "L'enregistrer en CSV UTF-8.") from error
    except pd.errors.EmptyDataError as error:
        raise input_error(
            "Le fichier est vide.", where, "Fournir une ligne de titres et au moins une ligne."
        ) from error
    except pd.errors.ParserWarning as error:
        raise input_error(
            "Des lignes ont plus de valeurs que de titres.",
            where,
            "Mettre entre guillemets les textes qui contiennent le séparateur, ou compléter les titres.",
        ) from error
    except (pd.errors.ParserError, OSError) as error:
        raise input_error(
            "Le fichier CSV est illisible.", f"{where} : {error}", "Corriger les lignes nommées."
        ) from error

    # names are trimmed only now: two columns may become one
    frame.columns = [str(column).strip() for column in frame.columns]
    check_unique_columns(list(frame.columns), where=where)

    # the line of the file names a row in messages; rows of nothing are left out, without renumbering
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    filled = np.zeros(len(frame), dtype=bool)
    for column in frame.columns:
        filled |= frame[column].to_numpy() != ""
        if filled.all():
            return frame
    return frame.loc[filled]
