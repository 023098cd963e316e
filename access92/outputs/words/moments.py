"""Times of day and days in French, as they are read aloud."""

from __future__ import annotations

from datetime import date, time

from access92.outputs.words import typography

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def clock_words(moment: time) -> str:
    """A time of day as it is read aloud.

    >>> [clock_words(moment).replace(typography.NO_BREAK_SPACE, "_") for moment in (time(7, 30), time(9))]
    ['7_h_30', '9_h']
    """
    words = f"{moment.hour} h {moment.minute:02d}" if moment.minute else f"{moment.hour} h"
    return words.replace(" ", typography.NO_BREAK_SPACE)


def full_day(day: date) -> str:
    """A day with its name in the week.

    >>> full_day(date(2024, 10, 15)).replace(typography.NO_BREAK_SPACE, " ")
    'mardi 15 octobre 2024'
    """
    return f"{_WEEKDAYS[day.weekday()]} {typography.day(day)}"
