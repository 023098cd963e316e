"""The sections of the report on what changes: the ledger, sole providers, where people turn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from access92.ledger import EVERYBODY
from access92.outputs import french, wording
from access92.outputs.difference_maps import changing_scenarios, difference_map_name
from access92.outputs.report_names import area_names, lower_mode, scenario_title, service_names
from access92.outputs.report_tables import Table
from access92.results import Results
from access92.tables import ANY, TOTAL

_MOST_AREAS = 6


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """What a scenario would change against the first: by rule, by age, by commune; its difference map or ''."""

    title: str
    totals: Table
    ages: Table
    areas: Table
    map_file: str


def ledger_part(results: Results) -> dict[str, Any] | None:
    """What each scenario would change against the first; None where nothing compares."""
    table = results.changes.ledger
    if len(table) == 0:
        return None
    mode = results.study.analysis.headline_mode
    total = table[(table["area_id"] == TOTAL) & (table["public"] == EVERYBODY)]
    moved = (total["population_gained"] + total["population_lost"]) > 0
    paced = (total["population_faster"] + total["population_slower"]) > 0
    told = total[moved | (paced & (total["rule"] == ANY))]
    changing = [item for item in results.scenarios[1:] if item.name in set(told["scenario"])]
    still = [item.title for item in results.scenarios[1:] if item not in changing]
    mapped = changing_scenarios(results)
    headlines = table[(table["rule"] == ANY) & (table["mode"] == mode)]
    return {
        "reference": results.scenarios[0].title,
        "population": french.number(float(total["population"].iloc[0])),
        "population_words": wording.population_words(results.study),
        "unchanged": french.listed([f"« {title} »" for title in still]),
        "scenarios": [
            ScenarioChange(
                title=item.title,
                totals=_totals(results, told[told["scenario"] == item.name]),
                ages=_ages(results, headlines[headlines["scenario"] == item.name]),
                areas=_areas(results, headlines[headlines["scenario"] == item.name]),
                map_file=difference_map_name(item.name, mode) if item in mapped else "",
            )
            for item in changing
        ],
    }


def _totals(results: Results, here: pd.DataFrame) -> Table:
    rules = {item.name: item.title for item in results.study.commitments}
    threshold = french.plain(results.study.analysis.threshold_min)
    return Table(
        "Dans toute la zone, par règle (habitants)",
        ("Règle", "gagnés", "perdus", "toujours non couverts", "plus vite", "moins vite", "heures-personnes gagnées"),
        [
            (
                f"{wording.mode_phrase(results.modes[row['mode']])}, moins de {threshold} min"
                if row["rule"] == ANY
                else f"Engagement « {rules.get(row['rule'], row['rule'])} »",
                *_numbers(row, "gained", "lost", "still_uncovered"),
                *(
                    (*_numbers(row, "faster", "slower"), french.signed(row["minutes_saved_person_min"] / 60))
                    if row["rule"] == ANY
                    else ("", "", "")
                ),
            )
            for row in here.to_dict("records")
        ],
    )


def _ages(results: Results, here: pd.DataFrame) -> Table:
    here = here[(here["area_id"] == TOTAL) & (here["public"] != EVERYBODY) & _moved(here)]
    return Table(
        f"Par âge ({_rule(results)})",
        ("Public", "habitants de cet âge", "gagnés", "part", "perdus", "part", "toujours non couverts"),
        [
            (
                wording.age_label(row["public"]),
                french.number(row["population"]),
                french.number(row["population_gained"]),
                french.percent(row["population_gained"] / row["population"]),
                french.number(row["population_lost"]),
                french.percent(row["population_lost"] / row["population"]),
                french.number(row["population_still_uncovered"]),
            )
            for row in here.to_dict("records")
        ],
    )


def _areas(results: Results, here: pd.DataFrame) -> Table:
    here = here[(here["area_id"] != TOTAL) & (here["public"] == EVERYBODY) & _moved(here)]
    here = here.assign(moved=here["population_gained"] + here["population_lost"])
    here = here.sort_values(["moved", "area_id"], ascending=[False, True]).head(_MOST_AREAS)
    names = area_names(results)
    return Table(
        f"Les communes qui changent le plus ({_rule(results)})",
        ("Commune", "habitants", "gagnés", "perdus", "toujours non couverts"),
        [
            (
                names.get(row["area_id"], row["area_id"]),
                french.number(row["population"]),
                *_numbers(row, "gained", "lost", "still_uncovered"),
            )
            for row in here.to_dict("records")
        ],
    )


def _moved(here: pd.DataFrame) -> pd.Series:
    return (here["population_gained"] + here["population_lost"]) > 0


def _rule(results: Results) -> str:
    analysis = results.study.analysis
    return f"{lower_mode(results, analysis.headline_mode)}, moins de {french.plain(analysis.threshold_min)}\u00a0min"


def sole_providers_table(results: Results) -> Table | None:
    """Of each service of the first scenario, the people whom it is alone to cover; None where there is no table."""
    table = results.changes.sole
    if len(table) == 0:
        return None
    first = results.scenarios[0]
    here = table[(table["scenario"] == first.name) & (table["area_id"] == TOTAL)]
    here = here.sort_values(["population_sole_place", "service_id"], ascending=[False, True])
    names = service_names(results)
    mode = results.study.analysis.headline_mode
    threshold = french.plain(results.study.analysis.threshold_min)
    return Table(
        f"« {first.title} », {lower_mode(results, mode)}, moins de {threshold}\u00a0min : habitants de toute la zone",
        ("Service", "Au même lieu", "qui l'atteignent", "que lui seul couvre", "que ce lieu seul couvre"),
        [
            (
                names.get(row["service_id"], row["service_id"]),
                " ; ".join(names.get(other, other) for other in wording.text(row["same_place"]).split(";") if other),
                *_numbers(row, "reached", "sole", "sole_place"),
            )
            for row in here.to_dict("records")
        ],
        text_columns=2,
    )


def turning_table(results: Results) -> Table | None:
    """Where people turn whose nearest service closes, without those who keep another service at the same place."""
    table = results.changes.turning
    if len(table) == 0:
        return None
    services = results.services
    names = service_names(results)
    xy = dict(
        zip(
            services["service_id"].astype(str),
            zip(services.geometry.x.round(), services.geometry.y.round(), strict=True),
            strict=True,
        )
    )
    told = [
        row
        for row in table.to_dict("records")
        if row["extra_person_min"] > 0 or not row["turns_to"] or xy.get(row["service_id"]) != xy.get(row["turns_to"])
    ]
    return Table(
        f"Habitants dont le service le plus proche ferme ({lower_mode(results, results.study.analysis.headline_mode)})",
        ("Scénario", "Service fermé", "Se tourneraient vers", "habitants", "dont perdent la couverture",
         "minutes en plus (médiane)"),
        [
            (
                scenario_title(results, row["scenario"]),
                names.get(row["service_id"], row["service_id"]),
                names.get(row["turns_to"], row["turns_to"]) or "aucun, dans la durée maximale cherchée",
                french.number(row["population"]),
                french.number(row["population_lost"]),
                french.number(row["median_extra_min"], decimals=1),
            )
            for row in told
        ],
        text_columns=3,
    )  # fmt: skip


def _numbers(row: Mapping[Hashable, Any], *names: str) -> tuple[str, ...]:
    return tuple(french.number(row[f"population_{name}"]) for name in names)
