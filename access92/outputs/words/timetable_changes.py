"""What a scenario changes of the timetable, in French."""

from __future__ import annotations

from access92.outputs.words import typography
from access92.outputs.words.moments import clock_words, full_day
from access92.study.timetable_changes import (
    AddLine,
    CloseStop,
    RemoveLine,
    SetHeadway,
    TimetableChange,
)


def timetable_words(change: TimetableChange) -> str:
    """A change of the timetable in French.

    >>> timetable_words(RemoveLine(kind="remove_line", line="160"))
    'retire la ligne « 160 »'
    """
    match change:
        case AddLine():
            return _line_words(change)
        case RemoveLine():
            return f"retire la ligne « {change.line} »"
        case SetHeadway():
            hours = (
                ""
                if change.window is None
                else f" de {clock_words(change.window[0])} à {clock_words(change.window[1])}"
            )
            return f"fait passer la ligne « {change.line} » toutes les {_minutes(change.headway_min)}{hours}"
        case CloseStop():
            return f"ne dessert plus l'arrêt « {change.stop} »"
    return f"prend les horaires du {full_day(change.day)}"


_LINE_TYPES = {"bus": "de bus", "tram": "de tramway", "metro": "de métro", "train": "de train"}


def _line_words(line: AddLine) -> str:
    ends = [stop.name or stop.stop or "" for stop in (line.stops[0], line.stops[-1])]
    way = f" de {ends[0]} à {ends[1]}" if all(ends) else ""
    both = ", dans les deux sens" if line.both_directions else ", dans un seul sens"
    if line.headway_min is None or line.first is None or line.last is None:
        often = typography.count(len(line.departures), "départ")
    else:
        often = f"toutes les {_minutes(line.headway_min)} de {clock_words(line.first)} à {clock_words(line.last)}"
    trip = f"{typography.count(len(line.stops), 'arrêt')} en {_minutes(sum(line.minutes))}"
    return f"ajoute une ligne {_LINE_TYPES[line.type]}, « {line.name} »{way} ({trip}, {often}{both})"


def _minutes(value: float) -> str:
    return f"{typography.plain(value)} min"
