"""Public transport in French: which departures a figure is of, and of which timetable."""

from __future__ import annotations

from datetime import date, time

from access92.outputs.words import typography
from access92.run.results import Results
from access92.study.transit import Transit

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def percentile_words(percentile: int) -> str:
    """What a percentile of the times of the window is called.

    >>> percentile_words(50), percentile_words(75)
    ('temps médian', '75e percentile des temps')
    """
    return "temps médian" if percentile == 50 else f"{percentile}e percentile des temps"  # noqa: PLR2004 - the median


def clock_words(moment: time) -> str:
    """A time of day as it is read aloud.

    >>> clock_words(time(7, 30)), clock_words(time(9))
    ('7 h 30', '9 h')
    """
    return f"{moment.hour} h {moment.minute:02d}" if moment.minute else f"{moment.hour} h"


def window_words(transit: Transit) -> str:
    """Which departures: « temps médian des départs de 7 h 30 à 9 h 30 »."""
    first, end = map(clock_words, transit.window)
    return f"{percentile_words(transit.percentile)} des départs de {first} à {end}, minute par minute"


def riding_words(results: Results) -> str:
    """What every figure by public transport says of itself: departures, day, timetable."""
    transit, timetable = results.study.transit, results.timetable
    if transit is None or timetable is None:
        return ""
    day = results.study.service_day
    shifts = [f"{name} du {full_day(date.fromisoformat(own))}" for name, own in timetable.shifts]
    stand_in = f" (pris à des horaires d'autres jours : {', '.join(shifts)})" if shifts else ""
    label = f"{timetable.label[:1].lower()}{timetable.label[1:]}"
    return f"marche comprise, {window_words(transit)}, le {full_day(day)} ; {label}{stand_in}"


def full_day(day: date) -> str:
    """A day with its name in the week.

    >>> full_day(date(2024, 10, 15)).replace(typography.NO_BREAK_SPACE, " ")
    'mardi 15 octobre 2024'
    """
    return f"{_WEEKDAYS[day.weekday()]} {typography.day(day)}"
