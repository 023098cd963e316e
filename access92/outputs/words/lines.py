"""The lines of a timetable in French, and as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from access92.outputs.words import typography
from access92.outputs.words.moments import full_day
from access92.run.lines import StudyLines

_TYPES = {"bus": "bus", "tram": "tramway", "metro": "métro", "train": "train", "": "autre"}
_HOUR_S, _MINUTE_S = 3600, 60


def lines_text(lines: StudyLines) -> str:
    """What runs, line by line, then how to change it in a scenario."""
    return "\n".join(typography.typeset(line) for line in _lines(lines)) + "\n"


def _lines(lines: StudyLines) -> Iterator[str]:
    begin, end = (second_words(second) for second in lines.window_s)
    yield f"Scénario « {lines.scenario.name} » ({lines.scenario.title}), horaires du {full_day(lines.day)}."
    if lines.is_demo:
        yield "HORAIRES DE DÉMONSTRATION, une matinée : ces intervalles ne sont ceux d'aucun jour."
    yield f"Passages à l'arrêt le plus desservi de chaque sens, de {begin} à {end} (la fenêtre de l'étude) :"
    for _, directions in lines.table.groupby("route_ids", sort=False):
        first = directions.iloc[0]
        assumed = ", intervalles supposés" if directions["is_assumed"].any() else ""
        routes = first["route_ids"].replace(";", ", ")
        yield f"{first['line']} ({_TYPES[first['line_type']]}{assumed} ; route_id {routes})"
        for _, row in directions.iterrows():
            yield f"  {row['from_stop']} → {row['to_stop']} : {_often(row)}"
    if lines.elsewhere:
        elsewhere = typography.count(lines.elsewhere, "autre ligne", "autres lignes")
        yield f"Et {elsewhere} des horaires, sans arrêt dans la zone d'étude ni sa marge."
    yield "Changer un intervalle : set_headway, dans un [[scenario.change]] (docs/transport.md)."


def _often(row: pd.Series) -> str:
    """The passages of one direction: how many, how far apart, in the window and over the day."""
    day = (
        f"{typography.count(int(row['day_passages']), 'passage')} dans la journée, de {second_words(row['first_s'])} à "
        f"{second_words(row['last_s'])}"
    )
    if not row["window_passages"]:
        return f"aucun passage dans la fenêtre ; {day}"
    passages = typography.count(int(row["window_passages"]), "passage")
    if pd.isna(row["median_headway_min"]):
        return f"{passages} à « {row['busiest_stop']} » ; {day}"
    median, longest = (_minutes(row[name]) for name in ("median_headway_min", "longest_headway_min"))
    apart = f"toutes les {median}" if median == longest else f"toutes les {median} (médiane ; {longest} au plus)"
    return f"{passages} à « {row['busiest_stop']} », {apart} ; {day}"


def _minutes(value: float) -> str:
    return f"{typography.plain(round(value, 1))} min"


def second_words(second: float) -> str:
    """A second of the day of a timetable; beyond midnight as timetables count on.

    >>> [second_words(second).replace(typography.NO_BREAK_SPACE, "_") for second in (27_000, 32_400, 87_000)]
    ['7_h_30', '9_h', '24_h_10']
    """
    hour, minute = int(second // _HOUR_S), int(second % _HOUR_S // _MINUTE_S)
    words = f"{hour} h {minute:02d}" if minute else f"{hour} h"
    return words.replace(" ", typography.NO_BREAK_SPACE)
