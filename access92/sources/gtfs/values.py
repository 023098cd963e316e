"""Values of GTFS as they are written: times over 24:00, dates, whole numbers, coordinates."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from access92._clock import FIRST_YEAR, LAST_YEAR
from access92.sources.gtfs.feed import Feed, row_error

NO_TIME = -1
"""A time that the table leaves empty."""

BAD_VALUE = -2
"""A text that is no value of its kind."""

_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_WHOLE = re.compile(r"\d{1,9}")
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


def time_seconds(text: str) -> int:
    """Seconds of a time as GTFS writes it, NO_TIME where it is empty, BAD_VALUE where it is none.

    >>> [time_seconds(text) for text in ("7:05:00", " 07:05:00", "25:30:00", "", "7h05", "08:61:00")]
    [25500, 25500, 91800, -1, -2, -2]
    """
    text = text.strip()
    if not text:
        return NO_TIME
    match = _TIME.fullmatch(text)
    if match is None or not text.isascii():
        return BAD_VALUE
    hours, minutes, seconds = (int(part) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds


def whole_number(text: str) -> int:
    """A whole number ≥ 0, NO_TIME where it is empty, BAD_VALUE where it is none.

    >>> [whole_number(text) for text in ("12", " 3 ", "", "-1", "1.5")]
    [12, 3, -1, -2, -2]
    """
    text = text.strip()
    if not text:
        return NO_TIME
    return int(text) if text.isascii() and _WHOLE.fullmatch(text) else BAD_VALUE


def date_of(text: str) -> dt.date | None:
    """The day of a date written YYYYMMDD; None where it is none.

    >>> date_of("20180116"), date_of("16/01/2018"), date_of("20180230")
    (datetime.date(2018, 1, 16), None, None)
    """
    match = _DATE.fullmatch(text)
    if match is None or not text.isascii() or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def ordinals(feed: Feed, table: str, column: pd.Series) -> np.ndarray:
    """The proleptic day numbers (int64) of a column of dates.

    Raises
    ------
    InputError
        A text that is no date, by its line.
    """
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    days = [date_of(text) for text in texts]
    for code, day in enumerate(days):
        if day is None:
            row = column.index[int(np.argmax(codes == code))]
            raise row_error(
                feed, table, row, f"{column.name} = « {texts[code]} » n'est pas une date.", "L'écrire AAAAMMJJ."
            )
    return np.array([day.toordinal() for day in days if day is not None], dtype=np.int64)[codes]


def whole_numbers(
    feed: Feed, table: str, column: pd.Series, *, default: int | None = None, among: range | None = None
) -> np.ndarray:
    """The whole numbers (int64) of a column.

    Parameters
    ----------
    default
        What an empty value means; without it, an empty value is refused.
    among
        The numbers that have a meaning; others are refused.

    Raises
    ------
    InputError
        A text that is no such number, by its line.
    """
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    numbers = np.array([whole_number(text) for text in texts], dtype=np.int64)
    bad = numbers == BAD_VALUE
    if default is None:
        bad |= numbers == NO_TIME
    else:
        numbers[numbers == NO_TIME] = default
    if among is not None:
        bad |= ~np.isin(numbers, list(among)) & (numbers != (default if default is not None else BAD_VALUE))
    if bad.any():
        code = int(np.argmax(bad))
        row = column.index[int(np.argmax(codes == code))]
        wanted = "un nombre entier" if among is None else f"un entier de {among[0]} à {among[-1]}"
        text = f"{column.name} = « {texts[code]} » n'est pas {wanted}."
        raise row_error(feed, table, row, text, "Corriger la valeur.")
    return numbers[codes]


def times(feed: Feed, table: str, column: pd.Series) -> np.ndarray:
    """The seconds (int64) of a column of times without empty ones; a bad one is refused by its line."""
    seconds = np.array([time_seconds(text) for text in column], dtype=np.int64)
    for row, text, second in zip(column.index, column, seconds, strict=True):
        if second < 0:
            raise row_error(feed, table, row, f"{column.name} = « {text} » n'est pas une heure.", "L'écrire HH:MM:SS.")
    return seconds


def check_unique(feed: Feed, table: str, column: pd.Series) -> None:
    """Refuse a table in which two rows have one id, by the line of the second.

    Raises
    ------
    InputError
        An id stands twice, or is empty.
    """
    empty = column == ""
    if empty.any():
        row = column.index[int(np.argmax(empty.to_numpy()))]
        raise row_error(feed, table, row, f"{column.name} est vide.", "Donner un identifiant à la ligne.")
    twice = column.duplicated().to_numpy()
    if twice.any():
        at = int(np.argmax(twice))
        raise row_error(
            feed, table, column.index[at], f"{column.name} = « {column.iloc[at]} » est écrit deux fois.",
            "Donner à chaque ligne son propre identifiant.",
        )  # fmt: skip
