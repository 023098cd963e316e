"""Numbers and days as people write them in tables: read in the one way that they can be meant, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92._clock import FIRST_YEAR, LAST_YEAR

_SPACES = "[ \u00a0\u2009\u202f]"
_SPACED = re.compile(rf"[0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}})+(?=[.,]|$)")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.|[.,][0-9]+)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = {mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+") for mark in ",."}
_GROUPED_DECIMAL = {
    mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+\{other}[0-9]+") for mark, other in (",.", ".,")
}
_NUMBERED_DAY = re.compile(r"(?P<day>\d{1,2})([/.-])(?P<month>\d{1,2})\2(?P<year>\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_NAMED_DAY = re.compile(r"(?:[a-z]+\.? )?(?P<day>\d{1,2})(?:er)? (?P<month>[a-zéèûô]+\.?) (?P<year>\d{4})")
_MONTHS = (
    ("janvier", "janv"), ("février", "fevrier", "févr", "fev"), ("mars",), ("avril", "avr"), ("mai",), ("juin",),
    ("juillet", "juil"), ("août", "aout"), ("septembre", "sept"), ("octobre", "oct"), ("novembre", "nov"),
    ("décembre", "decembre", "déc", "dec"),
)  # fmt: skip
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?)?")


def written(value: float, *, decimals: int = 0) -> str:
    """A finite number as a French sentence writes it: narrow spaces between thousands, a decimal comma.

    >>> written(1564015.4).replace("\u202f", "_"), written(258.61, decimals=1)
    ('1_564_015', '258,6')
    """
    return f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")


@dataclass(frozen=True, slots=True, eq=False)
class WrittenNumbers:
    """Numbers of some cells (float64, NaN where none is read), and the positions of those that cannot be read.

    ``wrong``: no finite number. ``ambiguous``: one number or another (« 1,250 »), and the column does not say which.
    """

    numbers: np.ndarray
    wrong: tuple[int, ...]
    ambiguous: tuple[int, ...]


def parse_numbers(texts: Sequence[str], *, may_be_thousands: bool = True, are_counts: bool = False) -> WrittenNumbers:
    """The numbers that the cells of one column hold.

    A point or a comma may part the decimals, spaces the thousands (« 1 250,5 »). A comma before exactly three digits
    is read as the rest of the column decides: « 2,5 » beside it makes « 1,250 » a decimal, « 1,250,000 » makes it a
    thousand; where nothing decides it is ambiguous. A point before three digits is a decimal point, unless the column
    writes its thousands (« 1.250.000 ») or its decimals (« 2,5 ») otherwise.

    Parameters
    ----------
    may_be_thousands
        False for a column that cannot reach a thousand (degrees): « 2,250 » is then a decimal.
    are_counts
        True for a column that counts persons: where nothing else decides, « 1.250 » may be 1250 and is ambiguous too.

    Examples
    --------
    >>> parse_numbers(["1 250,5", "1,250"]).numbers.tolist()
    [1250.5, 1.25]
    >>> parse_numbers(["1,250", "12abc"])
    WrittenNumbers(numbers=array([nan, nan]), wrong=(1,), ambiguous=(0,))
    >>> parse_numbers(["1.250", "850"], are_counts=True).ambiguous, parse_numbers(["1.250", "0.5"]).ambiguous
    ((0,), ())
    """
    cells = [_joined(text.strip().replace("\u2212", "-")) for text in texts]
    marks = {mark: _role(cells, mark, may_be_thousands=may_be_thousands) for mark in ",."}
    values = np.full(len(cells), np.nan)
    wrong: list[int] = []
    ambiguous: list[int] = []
    for at, cell in enumerate(cells):
        number = _number(cell, marks, may_be_thousands=may_be_thousands, are_counts=are_counts)
        if number is None:
            ambiguous.append(at)
        elif np.isfinite(number):
            values[at] = number
        else:
            wrong.append(at)
    return WrittenNumbers(values, tuple(wrong), tuple(ambiguous))


def parse_days(texts: pd.Series) -> pd.Series:
    """The days (datetime64, NaT where the text is no day) of ISO and French dates, with a time of day or not.

    « 2024-10-18 », « 18/10/2024 » or « 18 octobre 2024 ». Nothing may follow: « 2024-10-181 » is no day. Years from
    1900 to 2199. A column in which some date cannot be day, month, year (« 10/18/2024 ») has no French date at all.

    >>> parse_days(pd.Series(["2024-10-18", "2024-10-181", "4/2/2025", "1er mai 2025"])).dt.month.tolist()
    [10.0, nan, 2.0, 5.0]
    >>> parse_days(pd.Series(["4/2/2025", "2/14/2025"])).isna().tolist()
    [True, True]
    """
    french = {text: _french_day(text) for text in dict.fromkeys(texts)}
    if "" in french.values():  # of another country
        french = dict.fromkeys(french)
    days = [match[1] if (match := _DAY.fullmatch(text)) else french[text] or "" for text in texts]
    read = pd.to_datetime(pd.Series(days, index=texts.index, dtype=str), format="%Y-%m-%d", errors="coerce")
    return read.where(read.dt.year.between(FIRST_YEAR, LAST_YEAR)).astype("datetime64[us]")


def _french_day(text: str) -> str | None:
    """The ISO date of a French one; '' where its numbers are no day and month; None where it is no such date."""
    numbers = _NUMBERED_DAY.fullmatch(text)
    if numbers is not None:
        day, month, year = (int(numbers[part]) for part in ("day", "month", "year"))
        return f"{year:04}-{month:02}-{day:02}" if month <= 12 else ""  # noqa: PLR2004 - months of a year
    named = _NAMED_DAY.fullmatch(text.lower())
    if named is None:
        return None
    month = next((at for at, names in enumerate(_MONTHS, 1) if named["month"].rstrip(".") in names), 0)
    return f"{named['year']}-{month:02}-{int(named['day']):02}" if month else None


def _joined(text: str) -> str:
    """The text without the spaces between its thousands; any other space stays, and makes it no number."""
    sign, digits = (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") else ("", text)
    spaced = _SPACED.match(digits)
    if spaced is not None:
        digits = re.sub(_SPACES, "", spaced[0]) + digits[spaced.end() :]
    return sign + digits


def _role(cells: Sequence[str], mark: str, *, may_be_thousands: bool) -> str:
    """What a mark does in the column: "decimal", "thousands", "both" (they disagree), or "" where no cell decides."""
    roles = set()
    other = "." if mark == "," else ","
    for cell in cells:
        if mark not in cell and other not in cell:
            continue
        if _GROUPED_DECIMAL[mark].fullmatch(cell) or (cell.count(mark) > 1 and _GROUPED[mark].fullmatch(cell)):
            roles.add("thousands")
            continue
        is_plain = mark in cell and _PLAIN.fullmatch(cell) is not None
        if _GROUPED_DECIMAL[other].fullmatch(cell) or (
            is_plain and not (may_be_thousands and _GROUPED[mark].fullmatch(cell))
        ):
            roles.add("decimal")
    return "both" if len(roles) > 1 else next(iter(roles), "")


def _number(  # noqa: PLR0911 - one return per way of writing
    cell: str, roles: dict[str, str], *, may_be_thousands: bool, are_counts: bool
) -> float | None:
    """The number of one cell; NaN where it is none; None where it may be two."""
    for mark, other in (",.", ".,"):
        if _GROUPED_DECIMAL[mark].fullmatch(cell):
            return float(cell.replace(mark, "").replace(other, ".")) if roles[mark] == "thousands" else None
        if cell.count(mark) > 1:
            is_number = _GROUPED[mark].fullmatch(cell) is not None and may_be_thousands
            return float(cell.replace(mark, "")) if is_number and roles[mark] == "thousands" else float("nan")
    if _PLAIN.fullmatch(cell) is None:
        return float("nan")
    mark = "," if "," in cell else "." if "." in cell else ""
    if not mark:
        return float(cell)
    decimal = float(cell.replace(",", "."))
    if roles[mark] == "both":
        return None
    if not (may_be_thousands and _GROUPED[mark].fullmatch(cell)) or roles[mark] == "decimal":
        return decimal
    if roles[mark] == "thousands":
        return float(cell.replace(mark, ""))
    # three digits behind a mark of which the column says nothing else: a point is how machines write decimals, and an
    # office its thousands
    return decimal if mark == "." and roles[","] != "decimal" and not are_counts else None
