"""The chapter on hours: person-hours of mobile units and services with hours, moments, the week hour by hour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd

from access92.outputs.report.basis import basis_line, under
from access92.outputs.report.content import Chapter, Link, Paragraph, Strong, Table, paragraph, present
from access92.outputs.words import typography
from access92.outputs.words.names import lower_mode, scenario_title
from access92.outputs.words.typography import NO_BREAK_SPACE
from access92.run.results import Results
from access92.study.model import Calendar
from access92.study.schemas import TOTAL

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ASSUMED = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*$")
"""The end of assumed hours that have a single span: « Mo-Fr 08:30-17:30 »."""


def hours_chapter(results: Results) -> Chapter | None:
    """Hours for people: per scenario, at moments, hour by hour; None where the study has no calendar."""
    calendar, hours = results.study.calendar, results.hour_tables.hours
    if calendar is None or len(hours) == 0:
        return None
    # a week of a scenario without visits would repeat that of the first
    first = results.scenarios[0].name
    names = [item.name for item in results.scenarios if item.name == first or counts_visits(results, item.name)]
    # an invented calendar and supposed hours are announced before the first figure
    example = paragraph(
        Strong("Calendrier d'exemple, inventé."),
        " Aucun calendrier complet des unités mobiles n'est public : les chiffres de ce chapitre montrent la mesure, "
        f"pas la réalité.{_source_words(calendar)}",
        role="warning",
    )
    assumed = (
        (
            Strong(" Hypothèse :"),
            f" les services fixes dont les horaires ne sont pas connus sont supposés ouverts « {calendar.assumed_hours}"
            " », hors jours fériés.",
        )
        if calendar.assumed_hours
        else (" Un service fixe dont les horaires ne sont pas connus est tenu pour fermé.",)
    )
    modes = list(pd.unique(hours["mode"]))
    moments = [_moments(results, mode) for mode in modes]
    return Chapter(
        "horaires",
        "Unités mobiles et horaires",
        present(
            example if calendar.is_example else None,
            paragraph(
                f"Période : du {typography.day(calendar.first_day)} au {typography.day(calendar.last_day)}. "
                "Une unité mobile, ou un service à horaires, compte pour ses heures de présence, jamais comme une "
                "couverture permanente : "
                f"l'habitant doit arriver {typography.plain(calendar.minimal_visit_min)} min au moins avant la "
                "fermeture.",
                *assumed,
            ),
            _by_ride(results, modes),
            *(_hours(results, mode) for mode in modes),
            *moments,
            *(week_table(results, name, mode=mode) for mode in modes for name in names),
            paragraph(
                "En moyenne sur la période : une halte une semaine sur quatre compte pour un quart. Par commune et "
                "pour chaque scénario : ",
                Link("person_hours.csv", "person_hours.csv"),
                ", ",
                Link("week.csv", "week.csv"),
                *((", ", Link("moments.csv", "moments.csv")) if any(moments) else ()),
                ".",
            ),
            *_notices(results),
        ),
    )


def _source_words(calendar: Calendar) -> str:
    """Where the calendar comes from, after a sentence; '' where the study does not say."""
    vintage = f" ({calendar.vintage})" if calendar.vintage else ""
    return f" Source : {calendar.source}{vintage}." if calendar.source else ""


def counts_visits(results: Results, scenario: str) -> bool:
    """Whether the scenario, or one that it is based on, counts the visits of the calendar."""
    known = {item.name: item for item in results.study.scenarios}
    name: str | None = scenario
    while name is not None:
        if known[name].mobile:
            return True
        name = known[name].based_on
    return False


def supposed_words(results: Results, scenarios: Sequence[str]) -> str:
    """What a figure of these scenarios rests on where opening hours are not known, after a comma; '' where all are.

    « , horaires supposés » where no source gives any: 0 % on a Saturday is then what was supposed, not what is.
    """
    unknown = {
        item.subject[0]: (item.numbers["services"], item.numbers["fixed_services"])
        for item in results.hour_tables.notices
        if item.code == "hours_unknown"
    }
    counts = [unknown.get(name, (0.0, 1.0)) for name in scenarios]
    calendar = results.study.calendar
    if calendar is None or not any(some for some, _ in counts):
        return ""
    if not calendar.assumed_hours:
        return ", services tenus pour fermés quand leurs horaires ne sont pas connus"
    if all(some == fixed for some, fixed in counts):
        return ", horaires supposés"
    if len(counts) > 1:
        return ", horaires en partie supposés"
    ((some, fixed),) = counts
    return f", horaires supposés pour {typography.count(some, 'service')} sur {typography.number(fixed)}"


def week_table(results: Results, scenario: str, *, mode: str | None = None) -> Table | None:
    """The share of people who can reach an open service, hour by hour, on a mean week; None without any hour.

    ``mode``: the headline mode by default.
    """
    table, mode = results.hour_tables.week, mode or results.study.analysis.headline_mode
    rows = table[(table["scenario"] == scenario) & (table["mode"] == mode)]
    shares = rows.pivot_table(index="hour", columns="weekday", values="coverage_share", dropna=False)
    open_hours = shares.index[
        shares.to_numpy(float).max(axis=1, initial=0.0, where=np.isfinite(shares.to_numpy(float))) > 0
    ]
    if len(open_hours) == 0:
        return None
    span = shares.loc[open_hours.min() : open_hours.max() + 1]  # the hour after the last, at nothing, is shown too
    values = span.to_numpy(float)
    return Table(
        f"{scenario_title(results, scenario)} : part des habitants qui atteignent un service ouvert, en moyenne sur "
        f"chaque heure, {lower_mode(results, mode)}{supposed_words(results, [scenario])}",
        ("Heure", *(_WEEKDAYS[int(day)] for day in span.columns)),
        tuple(
            (f"{hour} h", *(typography.percent(share, decimals=1) for share in row))
            for hour, row in zip(span.index, values, strict=True)
        ),
        shades=tuple(tuple(row) for row in np.nan_to_num(values).tolist()),
        basis=basis_line(results, mode=mode, more=_hour_words(results) + _unknown_words(rows)),
    )


def _unknown_words(rows: pd.DataFrame) -> str:
    """What a dash of the table of a week is, where some hours are not known."""
    return ". « — » : l'horaire ne dit pas ce qui roule" if (rows["hours_unknown"] > 0).any() else ""


def _by_ride(results: Results, modes: Sequence[str]) -> Paragraph | None:
    """What an hour by public transport is; None where no mode rides."""
    if not any(results.modes[mode].rides for mode in modes):
        return None
    return paragraph(
        "En transports en commun, une minute d'ouverture compte pour qui peut être là à cette minute, parti de chez "
        f"lui {under(results)} avant, par les véhicules de ce jour : qui arrive plus tôt attend, et l'attente compte. "
        "Quand l'horaire ne dit pas ce qui roule, seul qui marche est compté ; les heures des autres sont données à "
        "part, comme non connues."
    )


def _hour_words(results: Results) -> str:
    """What an hour of the table is: a mean over it, from the opening to the last arrival of the assumed hours."""
    calendar = results.study.calendar
    words = "« 8 h » va de 8 h à 9 h : part moyenne sur l'heure"
    hours = _ASSUMED.search(calendar.assumed_hours or "") if calendar is not None else None
    if calendar is None or hours is None:
        return words
    opens, closes = (60 * int(hours[i]) + int(hours[i + 1]) for i in (1, 3))
    last = closes - round(calendar.minimal_visit_min)
    return (
        f"{words}. Horaires supposés : ouverture {_clock(opens)}, fermeture {_clock(closes)}, dernière arrivée "
        f"{_clock(last)}"
    )


def _clock(minutes: int) -> str:
    """A time of day: « 8 h 30 ».

    >>> _clock(510).replace(NO_BREAK_SPACE, " "), _clock(1020).replace(NO_BREAK_SPACE, " ")
    ('8 h 30', '17 h')
    """
    hour, rest = divmod(minutes, 60)
    return f"{hour}{NO_BREAK_SPACE}h" + (f"{NO_BREAK_SPACE}{rest:02d}" if rest else "")


def _notices(results: Results) -> tuple[Paragraph, ...]:
    """Where what the chapter assumed is listed, scenario by scenario: once, in the table of what the run survived."""
    if not results.hour_tables.notices:
        return ()
    words = "Services dont les horaires sont supposés, haltes sans position : scénario par scénario dans "
    return (paragraph(words, Link("#douteux", "Positions douteuses, services non comptés"), "."),)


def _hours(results: Results, mode: str) -> Table:
    table = results.hour_tables.hours
    total = table[(table["area_id"] == TOTAL) & (table["mode"] == mode)]
    threshold_min = float(total["threshold_min"].iloc[0])
    columns = [
        ("heures par semaine et par habitant", total["hours_per_week"].map(partial(typography.number, decimals=2))),
        ("habitants sans aucune heure", total["population_without"].map(typography.number)),
        ("part", (total["population_without"] / total["population"]).map(typography.percent)),
        ("heures-personnes sur la période", total["person_hours"].map(typography.number)),
    ]
    if results.modes[mode].rides:
        columns.append(("heures-personnes non connues", total["person_hours_unknown"].map(typography.number)))
    titles = [scenario_title(results, name) for name in total["scenario"]]
    is_known = not results.modes[mode].rides or not (total["person_hours_unknown"] > 0).any()
    unknown = "" if is_known else (
        "Heures : celles que l'on connaît, un minimum ; habitants sans aucune heure : un maximum. Les heures non "
        "connues sont celles où l'horaire ne dit pas ce qui roule"
    )  # fmt: skip
    days = 0 if results.study.period is None else results.study.period.days
    weeks = "" if days % 7 == 0 else (
        f"La période a {days} jours, et non des semaines entières : les heures par semaine en dépendent"
    )  # fmt: skip
    return Table(
        f"Heures pendant lesquelles un service ouvert est à {under(results, threshold_min)}, "
        f"{lower_mode(results, mode)}{supposed_words(results, list(total['scenario']))}",
        ("Scénario", *(heading for heading, _ in columns)),
        tuple(zip(titles, *(cells for _, cells in columns), strict=True)),
        basis=basis_line(
            results, mode=mode, population=float(total["population"].iloc[0]),
            more=". ".join(words for words in (weeks, unknown) if words),
        ),
    )  # fmt: skip


def _moments(results: Results, mode: str) -> Table | None:
    table = results.hour_tables.moments
    if len(table) == 0:
        return None
    total = table[(table["area_id"] == TOTAL) & (table["mode"] == mode)]
    moments = list(pd.unique(total["moment"]))
    by_key = {(row["scenario"], row["moment"]): row for row in total.to_dict("records")}
    threshold = typography.plain(total["threshold_min"].iloc[0])
    supposed = supposed_words(results, list(pd.unique(total["scenario"])))
    return Table(
        f"À un moment donné : habitants à moins de {threshold} min d'un service ouvert, {lower_mode(results, mode)}",
        ("Scénario", *("part", "habitants") * len(moments)),
        tuple(
            (
                scenario_title(results, scenario),
                *(
                    cell
                    for moment in moments
                    for cell in (
                        typography.percent(by_key[scenario, moment]["coverage_share"]),
                        typography.number(by_key[scenario, moment]["population_covered"]),
                    )
                ),
            )
            for scenario in pd.unique(total["scenario"])
        ),
        groups=(("", 1), *((_moment(moment) + supposed, 2) for moment in moments)),
        basis=basis_line(results, mode=mode),
    )


def _moment(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f"{_WEEKDAYS[at.weekday()]} {typography.day(at.date())}, {_clock(60 * at.hour + at.minute)}"
