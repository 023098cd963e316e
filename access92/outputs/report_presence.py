"""The sections of the report on hours and on sectors: person-hours, the week, moments; competent or nearest SST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from access92.outputs import french, wording
from access92.outputs.report_names import area_names, lower_mode, scenario_title
from access92.outputs.report_tables import Table
from access92.results import Results
from access92.tables import TOTAL

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True)
class HeatTable:
    """A table of shares, shaded: ``rows`` hold a label, then (text, shade) with shade from 0 to 1."""

    caption: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, Sequence[tuple[str, float]]]]


def presence_part(results: Results) -> dict[str, Any] | None:
    """Hours for people: per scenario, at moments, hour by hour; None where the study has no calendar."""
    calendar, hours = results.study.calendar, results.presence.hours
    if calendar is None or len(hours) == 0:
        return None
    first = results.scenarios[0].name
    told = [item.name for item in results.scenarios if item.name == first or counts_stops(results, item.name)]
    return {
        "is_example": calendar.is_example,
        "days": f"du {french.day(calendar.first_day)} au {french.day(calendar.last_day)}",
        "visit": french.plain(calendar.minimal_visit_min),
        "assumed": calendar.assumed_hours or "",
        "source": calendar.source,
        "vintage": calendar.vintage,
        "notices": list(results.presence.notices),
        "hours": _hours(results),
        "moments": _moments(results),
        "weeks": [week_heat(results, name) for name in told],
    }


def counts_stops(results: Results, scenario: str) -> bool:
    """Whether the scenario, or one that it is based on, counts the halts of the calendar."""
    known = {item.name: item for item in results.study.scenarios}
    name: str | None = scenario
    while name is not None:
        if known[name].mobile:
            return True
        name = known[name].based_on
    return False


def week_heat(results: Results, scenario: str) -> HeatTable:
    """The share of people who can reach an open service, hour by hour, on a mean week of the calendar."""
    table = results.presence.week
    here = table[table["scenario"] == scenario]
    shares = here.pivot_table(index="hour", columns="weekday", values="coverage_share", dropna=False)
    some = shares.index[shares.to_numpy(float).max(axis=1, initial=0.0, where=np.isfinite(shares.to_numpy(float))) > 0]
    shown = shares.loc[some.min() : some.max()] if len(some) else shares.iloc[:0]
    return HeatTable(
        f"{scenario_title(results, scenario)} : part des habitants qui atteignent un service ouvert, heure par heure",
        ("Heure", *(_WEEKDAYS[int(day)] for day in shown.columns)),
        [
            (
                f"{hour} h",
                [(french.percent(share, decimals=1), share if np.isfinite(share) else 0.0) for share in row],
            )
            for hour, row in zip(shown.index, shown.to_numpy(float), strict=True)
        ],
    )


def _hours(results: Results) -> Table:
    table = results.presence.hours
    here = table[table["area_id"] == TOTAL]
    return Table(
        f"Heures pendant lesquelles un service ouvert est à moins de {french.plain(here['threshold_min'].iloc[0])}"
        f"\u00a0min, {_phrase(results)}, sur {french.number(float(here['population'].iloc[0]))} habitants "
        f"({wording.population_words(results.study)})",
        ("Scénario", "heures par semaine et par habitant", "habitants sans aucune heure", "part",
         "heures-personnes sur la période"),
        [
            (
                scenario_title(results, row["scenario"]),
                french.number(row["hours_per_week"], decimals=2),
                french.number(row["population_without"]),
                french.percent(row["population_without"] / row["population"]),
                french.number(row["person_hours"]),
            )
            for row in here.to_dict("records")
        ],
    )  # fmt: skip


def _moments(results: Results) -> Table | None:
    table = results.presence.moments
    if len(table) == 0:
        return None
    here = table[table["area_id"] == TOTAL]
    moments = list(pd.unique(here["moment"]))
    by_key = {(row["scenario"], row["moment"]): row for row in here.to_dict("records")}
    threshold = french.plain(here["threshold_min"].iloc[0])
    return Table(
        f"À un moment donné : habitants à moins de {threshold}\u00a0min d'un service ouvert, {_phrase(results)}",
        ("Scénario", *("part", "habitants") * len(moments)),
        [
            (
                scenario_title(results, scenario),
                *(
                    cell
                    for moment in moments
                    for cell in (
                        french.percent(by_key[scenario, moment]["coverage_share"]),
                        french.number(by_key[scenario, moment]["population_covered"]),
                    )
                ),
            )
            for scenario in pd.unique(here["scenario"])
        ],
        groups=(("", 1), *((_moment(moment), 2) for moment in moments)),
    )


def competence_part(results: Results) -> dict[str, Any] | None:
    """Time to the competent SST against the nearest one, in the first scenario; None where no sector is known."""
    table = results.changes.competence
    if len(table) == 0:
        return None
    first = results.scenarios[0]
    here = table[table["scenario"] == first.name]
    total = here[here["area_id"] == TOTAL].to_dict("records")[0]
    known = here[(here["area_id"] != TOTAL) & (here["competent_service_ids"] != "")]
    if len(known) == 0:
        return None
    counted = total["population"] - total["population_left_out"]
    names = area_names(results)
    services = dict(zip(results.services["service_id"].astype(str), results.services["name"], strict=True))
    cutoff = results.study.analysis.cutoff_min
    rows = [
        (
            names.get(row["area_id"], "Ensemble des communes connues"),
            " ; ".join(wording.text(services.get(item, item)) for item in row["competent_service_ids"].split(";")),
            french.number(row["population"] - row["population_left_out"]),
            french.minutes(row["median_competent_min"], cutoff_min=cutoff),
            french.minutes(row["median_nearest_min"], cutoff_min=cutoff),
            french.number(row["population_nearest_other"]),
            french.number(row["minutes_lost_person_min"] / 60),
        )
        for row in [*known.to_dict("records"), total]
    ]
    return {
        "scenario": first.title,
        "mode": _phrase(results),
        "counted": french.number(counted),
        "population": french.number(total["population"]),
        "left_out": french.number(total["population_left_out"]),
        "left_out_share": french.percent(total["population_left_out"] / total["population"]),
        "other": french.number(total["population_nearest_other"]),
        "other_share": french.percent(total["population_nearest_other"] / counted) if counted > 0 else "—",
        "unreached": french.number(total["population_unreached"]),
        "mean_competent": french.minutes(total["mean_competent_min"]),
        "mean_nearest": french.minutes(total["mean_nearest_min"]),
        "table": Table(
            f"« {first.title} », {_phrase(results)} : communes dont le SST compétent est connu",
            ("Commune", "SST compétent", "habitants", "médiane, compétent", "médiane, le plus proche",
             "dont le plus proche est un autre", "heures-personnes perdues par trajet"),
            rows,
            text_columns=2,
        ),
    }  # fmt: skip


def _moment(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    clock = f"{at.hour}\u00a0h" + (f"\u00a0{at.minute:02d}" if at.minute else "")
    return f"{_WEEKDAYS[at.weekday()]} {french.day(at.date())}, {clock}"


def _phrase(results: Results) -> str:
    return lower_mode(results, results.study.analysis.headline_mode)
