"""A sheet of a workbook, and its values as text: what the readers of XLSX and ODS share."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from access92.errors import Fault, InputError, some_values

_DECIMALS = re.compile(r"-?\d+\.\d{3}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of line ``i + 1``, '' where empty, all of one length.

    ``hidden``: how many of its filled lines a filter or the user hides; ``hidden_columns``: positions of filled columns
    that are hidden (from 0). Both are read. ``hidden_sheets``: names of the other sheets that are hidden and hold
    something; those are not.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    hidden: int = 0
    hidden_columns: tuple[int, ...] = ()
    hidden_sheets: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return not any(any(row) for row in self.rows)


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


def fill_down(rows: list[list[str]], first: int, last: int, column: int) -> None:
    """Write what is merged downwards on each of its lines."""
    if first < len(rows) and column < len(rows[first]):
        for at in range(first + 1, min(last + 1, len(rows))):
            rows[at][column] = rows[first][column]


def refuse_unread(unread: list[str], errors: list[str], where: str) -> None:
    """Refuse cells of formulas without their values, and of errors."""
    faults = []
    if unread:
        faults.append(
            Fault(
                "Des formules n'ont pas de valeur enregistrée dans le classeur.",
                f"{where}, cellules {some_values(unread)}",
                "L'ouvrir dans un tableur et l'enregistrer de nouveau : il calcule et garde les valeurs.",
            )
        )
    if errors:
        faults.append(
            Fault(
                "Des cellules portent une erreur de calcul, et non une valeur.",
                f"{where}, cellules {some_values(errors)}",
                "Corriger leur formule, ou les vider si la valeur n'est pas connue.",
            )
        )
    if faults:
        raise InputError(faults)
