"""Recurrence rules of calendars (RRULE, RFC 5545): which are those of a visit, and which fit any day at all.

A rule that fits no day (30 February, the fifth Monday on the 1st) has no answer but by search up to the year 9999: the
days of the calendar say so before anything is laid out.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import numpy as np

_DAILY_OR_RARER = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_LONGEST_STEP = 1000
_OF_MONTHS = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
"""Parts of a rule that have no meaning by days or weeks (RFC 5545, 3.3.10)."""

_HORIZON_DAYS = 15_000
"""Some 40 years: 29 February falls on each day of the week within them, also around 2100."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,3})?(MO|TU|WE|TH|FR|SA|SU)")


def listed(value: object) -> list[Any]:
    """The values of a property that may be absent, single or several.

    >>> listed(None), listed(3), listed((1, 2))
    ([], [3], [1, 2])
    """
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def is_plain(rule: Any) -> bool:  # noqa: ANN401 - a vRecur, which is a dict of lists
    """Whether a rule repeats by days or more rarely, by a step of one at least.

    >>> is_plain({"FREQ": ["DAILY"]}), is_plain({"FREQ": ["SECONDLY"]}), is_plain({"FREQ": ["DAILY"], "INTERVAL": [0]})
    (True, False, False)
    """
    try:
        frequency = [str(word).upper() for word in listed(rule.get("FREQ"))]
        steps = [int(step) for step in listed(rule.get("INTERVAL"))]
        counts = [int(count) for count in listed(rule.get("COUNT"))]
    except (ValueError, TypeError):
        return False
    return (
        len(frequency) == 1
        and frequency[0] in _DAILY_OR_RARER
        and not (frequency[0] in ("DAILY", "WEEKLY") and any(part in rule for part in _OF_MONTHS))
        and all(1 <= step <= _LONGEST_STEP for step in steps)
        and all(count >= 1 for count in counts)
        and "BYSECOND" not in rule
        and "BYEASTER" not in rule
    )


def fits_a_day(rule: Any, start: datetime) -> bool:  # noqa: ANN401 - a vRecur
    """Whether a plain rule may fit a day of the 40 years from ``start``; True where only a search can say.

    Never False for a rule that fits one: what is not looked at (hours, the first day of the week) only adds days. A
    rule that fits one day fits it again within some centuries, so that no search for the next goes far.

    Examples
    --------
    >>> begin = datetime(2025, 2, 4, 10)
    >>> fits_a_day({"FREQ": ["YEARLY"], "BYMONTH": [2], "BYMONTHDAY": [29]}, begin)
    True
    >>> fits_a_day({"FREQ": ["YEARLY"], "BYMONTH": [2], "BYMONTHDAY": [30]}, begin)
    False
    """
    try:
        numbers = {
            part: np.array([int(value) for value in listed(rule.get(part))], dtype=np.int64)
            for part in ("INTERVAL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
        }
        weekdays = [_weekday(str(value)) for value in listed(rule.get("BYDAY"))]
    except (ValueError, TypeError):
        return True  # the library says what is wrong with it
    frequency = str(listed(rule.get("FREQ"))[0]).upper()
    step = int(numbers["INTERVAL"][0]) if len(numbers["INTERVAL"]) else 1

    # every day of the horizon, with its place in its month, its year and its week
    day = np.datetime64(start.date(), "D") + np.arange(_HORIZON_DAYS)
    month_start, year_start = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
    month_index, year_index = month_start.astype(np.int64), year_start.astype(np.int64)
    month_day, month_left = _ranks(day, month_start)
    year_day, year_left = _ranks(day, year_start)
    weekday = (day.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday

    # what the rule names, each part narrowing the days
    fits = np.ones(len(day), dtype=bool)
    for part, rank, rank_from_end in (
        ("BYMONTH", month_index % 12 + 1, None),
        ("BYMONTHDAY", month_day, month_left),
        ("BYYEARDAY", year_day, year_left),
    ):
        if len(numbers[part]):
            hit = np.isin(rank, numbers[part])
            fits &= hit if rank_from_end is None else hit | np.isin(-rank_from_end, numbers[part])
    if len(numbers["BYWEEKNO"]):
        # a week of the year begins within seven days of this count, whatever day weeks begin on
        week, week_from_end = (year_day - 1) // 7 + 1, (year_left - 1) // 7 + 1
        near = [np.isin(week + shift, numbers["BYWEEKNO"]) for shift in (-1, 0, 1)]
        near += [np.isin(-(week_from_end + shift), numbers["BYWEEKNO"]) for shift in (-1, 0, 1)]
        fits &= np.logical_or.reduce(near) | (week >= 52) | (week <= 1)  # noqa: PLR2004 - weeks of two years
    if weekdays:
        # « second Tuesday »: of the month, or of the year where the rule names no month
        by_month = frequency == "MONTHLY" or len(numbers["BYMONTH"]) > 0
        rank, rank_from_end = (month_day, month_left) if by_month else (year_day, year_left)
        nth, nth_from_end = (rank - 1) // 7 + 1, (rank_from_end - 1) // 7 + 1
        fits &= np.logical_or.reduce(
            [(weekday == name) & ((n == 0) | (nth == n) | (-nth_from_end == n)) for n, name in weekdays]
        )

    # what the rule does not name, it takes from its start
    has_day_part = weekdays or any(len(numbers[part]) for part in ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"))
    if not has_day_part and frequency in ("MONTHLY", "YEARLY"):
        fits &= month_day == start.day
        if frequency == "YEARLY" and not len(numbers["BYMONTH"]):
            fits &= month_index % 12 + 1 == start.month

    # only every so many days, months or years; weeks are left out: which day begins them is the rule's own
    period = {
        "DAILY": np.arange(len(day)),
        "MONTHLY": month_index - month_index[0],
        "YEARLY": year_index - year_index[0],
    }
    if frequency in period:
        fits &= period[frequency] % step == 0
    if len(numbers["BYSETPOS"]) and fits.any():
        _, sizes = np.unique(period[frequency][fits], return_counts=True)
        times_a_day = max(1, len(listed(rule.get("BYHOUR")))) * max(1, len(listed(rule.get("BYMINUTE"))))
        return bool(np.abs(numbers["BYSETPOS"]).min() <= sizes.max() * times_a_day)
    return bool(fits.any())


def _weekday(text: str) -> tuple[int, int]:
    """« -1MO » as (-1, 0): which one of the month or year (0: each), and the day of the week from Monday."""
    match = _WEEKDAY.fullmatch(text.upper())
    if match is None:
        raise ValueError(text)
    return int(match[1] or 0), _WEEKDAYS.index(match[2])


def _ranks(day: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rank of each day from the start of its month or year, and from its end, both from 1."""
    rank = (day - start.astype("datetime64[D]")).astype(np.int64) + 1
    following = (start + 1).astype("datetime64[D]")
    return rank, (following - day).astype(np.int64)
