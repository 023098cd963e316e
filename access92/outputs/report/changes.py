"""The chapters on what changes: the ledger, sole providers, where people turn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from access92._space import place_numbers
from access92.measures.ledger import people_out_of_reach
from access92.outputs.maps.difference import changing_scenarios, difference_map_name
from access92.outputs.report.basis import basis_line, people_words, rule_words, under
from access92.outputs.report.content import Block, Chapter, Inline, Link, Paragraph, Section, Table, paragraph, present
from access92.outputs.report.openings import openings_table
from access92.outputs.report.publics import PUBLIC_SIZE
from access92.outputs.report.scenarios import scenarios_table
from access92.outputs.words import labels, typography
from access92.outputs.words.names import area_names, lower_mode, scenario_title, service_names
from access92.outputs.words.notices import choice_sentences
from access92.outputs.words.publics import public_words, unit_words
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.model import Scenario
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_MOST_AREAS = 6


def changes_chapter(results: Results) -> Chapter:
    """The scenarios, and what each would change against the first."""
    return Chapter(
        "changements",
        "Les scénarios, et ce que chacun changerait" if len(results.scenarios) > 1 else "Le scénario",
        (scenarios_table(results), *_ledger(results)),
    )


def _ledger(results: Results) -> tuple[Block, ...]:
    """What each scenario would change against the first; nothing where nothing compares."""
    table = results.changes.ledger
    if len(table) == 0:
        return ()
    total = table[(table["area_id"] == TOTAL) & (table["public"] == EVERYBODY)]
    moved = (total["population_gained"] + total["population_lost"]) > 0
    paced = (total["population_faster"] + total["population_slower"]) > 0
    changed = total[moved | (paced & (total["rule"] == ANY))]
    changing = [item for item in results.scenarios[1:] if item.name in set(changed["scenario"])]
    mapped = changing_scenarios(results)
    cutoff = typography.plain(results.study.analysis.cutoff_min)
    return present(
        paragraph(
            f"Par rapport à « {results.scenarios[0].title} », sur {people_words(results)}, par le mode et au seuil "
            "de chaque ligne. Gains et pertes sont donnés à part : une ouverture et une fermeture peuvent se "
            "compenser en nombre et déplacer pourtant des milliers d'habitants. « Plus vite », « moins vite » : de "
            f"plus de trois secondes, ou d'un lieu qui atteint désormais un service en moins de {cutoff} min, ou "
            "n'en atteint plus. Une heure-personne est une heure gagnée par un habitant, pour un trajet de "
            f"chacun ; un lieu non atteint compte pour {cutoff} min.",
        ),
        *map(paragraph, choice_sentences(results)),
        openings_table(results),
        *(
            _scenario(results, item, changed, modes=[mode for other, mode in mapped if other is item])
            for item in changing
        ),
        _unchanged(results, changing),
        *(words for item in results.scenarios[1:] if item not in changing for words in _shared_closures(results, item)),
        paragraph("Toutes les communes, tous les publics, tous les modes : ", Link("ledger.csv", "ledger.csv"), "."),
    )


def _scenario(results: Results, scenario: Scenario, changed: pd.DataFrame, *, modes: Sequence[str]) -> Section:
    table = results.changes.ledger
    rows = table[(table["rule"] == ANY) & (table["scenario"] == scenario.name)]
    links = [
        paragraph(Link(difference_map_name(scenario.name, name), f"Carte des différences, {lower_mode(results, name)}"))
        for name in modes
    ]
    totals = changed[changed["scenario"] == scenario.name]
    return Section(
        scenario.title,
        present(
            *links,
            *_shared_closures(results, scenario),
            _totals(results, totals),
            _out_of_reach(results, totals),
            _unmoved_rules(results, totals),
            _publics(results, scenario.name),
            *(_areas(results, rows[rows["mode"] == mode], mode) for mode in results.difference_modes),
        ),
    )


def _shared_closures(results: Results, scenario: Scenario) -> list[Paragraph]:
    """For each service that closes while another stays at its place: which stays, and what the place is worth."""
    table = results.changes.shared_closures
    names = service_names(results)

    def quoted(service_id: str) -> str:
        return f"« {names.get(service_id, service_id)} »"

    return [
        paragraph(
            f"{quoted(row['service_id'])} ferme, mais {typography.listed([quoted(item) for item in remains])} "
            f"{'reste' if len(remains) == 1 else 'restent'} au même lieu. Fermer tout le lieu ôterait leur couverture "
            f"({rule_words(results)}) à {typography.count(row['population_place'], 'habitant')}."
        )
        for row in table[table["scenario"] == scenario.name].to_dict("records")
        for remains in [str(row["remains"]).split(";")]
    ]


def _unchanged(results: Results, changing: list[Scenario]) -> Paragraph | None:
    still = [f"« {item.title} »" for item in results.scenarios[1:] if item not in changing]
    if not still:
        return None
    words = f"Ne change aucun temps de trajet ni aucune couverture : {typography.listed(still)}."
    more: tuple[Inline, ...] = ()
    if results.study.calendar is not None and len(results.hour_tables.hours):
        more = (
            " Les haltes d'une unité mobile comptent des heures de présence, jamais une couverture : voir ",
            Link("#horaires", "Unités mobiles et horaires"),
            ".",
        )
    return paragraph(words, *more)


def _totals(results: Results, rows: pd.DataFrame) -> Table:
    rules = {item.name: item for item in results.study.commitments}
    return Table(
        "Dans toute la zone, par règle (habitants)",
        ("Règle", "gagnés", "perdus", "toujours non couverts", "plus vite", "moins vite", "heures-personnes gagnées"),
        tuple(
            (
                f"{labels.mode_phrase(results.modes[row['mode']])}, {under(results)}"
                if row["rule"] == ANY
                else _commitment_words(results, rules[row["rule"]]),
                *_numbers(row, "gained", "lost", "still_uncovered"),
                *(
                    (*_numbers(row, "faster", "slower"), typography.signed(row["minutes_saved_person_min"] / 60))
                    if row["rule"] == ANY
                    else ("", "", "")
                ),
            )
            for row in rows.to_dict("records")
        ),
        basis=basis_line(results, modes="celui de la règle", threshold="celui de la règle"),
    )


def _out_of_reach(results: Results, rows: pd.DataFrame) -> Paragraph | None:
    """Of the « moins vite », those who no longer reach anything within the cut-off; None where nobody is.

    ``rows``: those of :func:`_totals`. Whoever counts them again from the published times finds the same people.
    """
    cutoff_min, population = results.study.analysis.cutoff_min, results.demand["population"].to_numpy(float)
    cutoff, words = typography.plain(cutoff_min), []
    for row in rows[rows["rule"] == ANY].to_dict("records"):
        before, after = (results.access(row[name], row["mode"]) for name in ("scenario_reference", "scenario"))
        gone, near = people_out_of_reach(
            before.travel_time_min, after.travel_time_min, population, cutoff_min=cutoff_min
        )
        if round(gone) > 0:
            words.append(
                f"{labels.mode_phrase(results.modes[row['mode']])}, parmi les « moins vite », "
                + typography.count(gone, "habitant n'atteint", "habitants n'atteignent")
                + f" plus aucun service en moins de {cutoff} min"
                + (
                    f", dont {typography.count(near, 'était', 'étaient')} à trois secondes au plus de cette durée"
                    if round(near) > 0
                    else ""
                )
                + "."
            )
    if not words:
        return None
    return paragraph(
        f"{' '.join(words)} Chacun compte quelle que soit sa durée d'avant ; les heures-personnes, elles, le prennent "
        f"pour {cutoff} min."
    )


def _unmoved_rules(results: Results, rows: pd.DataFrame) -> Paragraph | None:
    """The rules by which the scenario changes nothing for anybody; None where there is no such rule.

    ``rows``: those of :func:`_totals`. A rule that is left out of a table without a word reads as forgotten.
    """
    moved = set(zip(rows["rule"], rows["mode"], strict=True))
    unmoved = [
        f"{lower_mode(results, mode)}, {under(results)}" for mode in results.study_modes if (ANY, mode) not in moved
    ]
    moved_rules = set(rows["rule"])
    unmoved += [f"« {item.title} »" for item in results.study.commitments if item.name not in moved_rules]
    return paragraph(f"Sans changement pour personne : {' ; '.join(unmoved)}.") if unmoved else None


def _commitment_words(results: Results, commitment: Commitment) -> str:
    """A commitment with the modes of its steps: a figure by car never stands alone."""
    modes = dict.fromkeys(lower_mode(results, step.mode) for step in commitment.any_of)
    return f"Engagement « {commitment.title} » ({', sinon '.join(modes)})"


def _publics(results: Results, scenario: str) -> Table | None:
    """Who gains and loses among each public, walking at its own pace; None where nobody of them does."""
    table = results.changes.ledger
    rows = table[(table["scenario"] == scenario) & (table["rule"] == ANY) & (table["area_id"] == TOTAL) & _moved(table)]
    headline = results.study.analysis.headline_mode
    words = {
        (item.name, item.modes[headline]): public_words(results, item, item.modes[headline], scenario=scenario)
        for item in results.publics
        if item.name != EVERYBODY
    }
    units = {item.name: unit_words(item) for item in results.publics}
    rows = rows[[key in words for key in zip(rows["public"], rows["mode"], strict=True)]]
    if len(rows) == 0:
        return None
    return Table(
        f"Par public (à {under(results)} d'un service, {lower_mode(results, headline)} ou au pas du public)",
        ("Public", "Unité", "effectif", "gagnés", "part", "perdus", "part", "toujours non couverts"),
        tuple(
            (
                words[row["public"], row["mode"]],
                units[row["public"]],
                typography.number(row["population"]),
                typography.number(row["population_gained"]),
                typography.percent(row["population_gained"] / row["population"]),
                typography.number(row["population_lost"]),
                typography.percent(row["population_lost"] / row["population"]),
                typography.number(row["population_still_uncovered"]),
            )
            for row in rows.to_dict("records")
        ),
        text_columns=2,
        basis=basis_line(
            results,
            modes="celui du public de la ligne",
            population_words=PUBLIC_SIZE,
            public="celui de la ligne",
            units={item.unit for item in results.publics if item.name in set(rows["public"])},
        ),
    )


def _areas(results: Results, rows: pd.DataFrame, mode: str) -> Table | None:
    rows = rows[(rows["area_id"] != TOTAL) & (rows["public"] == EVERYBODY) & _moved(rows)]
    if len(rows) == 0:
        return None
    rows = rows.assign(moved=rows["population_gained"] + rows["population_lost"])
    rows = rows.sort_values(["moved", "area_id"], ascending=[False, True]).head(_MOST_AREAS)
    names = area_names(results)
    return Table(
        f"Les communes qui changent le plus ({rule_words(results, mode)})",
        ("Commune", "habitants", "gagnés", "perdus", "toujours non couverts"),
        tuple(
            (
                names.get(row["area_id"], row["area_id"]),
                typography.number(row["population"]),
                *_numbers(row, "gained", "lost", "still_uncovered"),
            )
            for row in rows.to_dict("records")
        ),
        basis=basis_line(results, mode=mode, population_words="les habitants de chaque commune"),
    )


def _moved(rows: pd.DataFrame) -> pd.Series:
    return (rows["population_gained"] + rows["population_lost"]) > 0


def sole_chapter(results: Results) -> Chapter | None:
    """Whom a service is alone to cover, and where people would turn if it closed; None where neither is known."""
    sole, turns = _sole(results), _next_nearest(results)
    blocks = (*sole, *((Section("Où se tourneraient les habitants", turns),) if turns else ()))
    return Chapter("seuls", "Services seuls à couvrir, et où l'on se tournerait", blocks) if blocks else None


def _sole(results: Results) -> tuple[Block, ...]:
    """Of each service of the first scenario, the people whom it is alone to cover; nothing where there is no table."""
    table = results.changes.sole
    if len(table) == 0:
        return ()
    first = results.scenarios[0]
    rows = table[(table["scenario"] == first.name) & (table["area_id"] == TOTAL)]
    rows = rows.sort_values(["population_sole_place", "service_id"], ascending=[False, True])
    names = service_names(results)
    sole_table = Table(
        f"« {first.title} », {rule_words(results)} : habitants de toute la zone",
        ("Service", "Au même lieu", "qui l'atteignent", "que lui seul couvre", "que ce lieu seul couvre"),
        tuple(
            (
                names.get(row["service_id"], row["service_id"]),
                " ; ".join(names.get(other, other) for other in labels.text(row["same_place"]).split(";") if other),
                *_numbers(row, "reached", "sole", "sole_place"),
            )
            for row in rows.to_dict("records")
        ),
        text_columns=2,
        basis=basis_line(results),
    )
    return (
        paragraph(
            f"Si un service fermait seul, qui ne serait plus à {under(results)}utes d'aucun autre ? De deux "
            "services au même lieu, aucun n'est seul : l'autre reste. La dernière colonne dit combien perdraient "
            f"la couverture si tout le lieu fermait. Même lieu : {_same_place_words(results)}."
        ),
        sole_table,
        paragraph("Autres scénarios, et par commune : ", Link("sole_providers.csv", "sole_providers.csv"), "."),
    )


def _same_place_words(results: Results) -> str:
    metres = typography.plain(results.study.analysis.same_place_m)
    return f"à {metres} m au plus l'un de l'autre, de proche en proche"


def _next_nearest(results: Results) -> tuple[Block, ...]:
    """Where people turn whose nearest service closes; nothing where nobody has to."""
    table = next_nearest_rows(results)
    if table is None:
        return ()
    return (
        paragraph(
            "Un service qui ferme quand un autre reste au même lieu ne fait marcher personne davantage : il n'est "
            "pas montré ici. Tout est dans ",
            Link("turning.csv", "turning.csv"),
            ".",
        ),
        table,
    )


def _places(results: Results, scenario: str) -> dict[str, int]:
    """By service_id the number of its place, among the services of a scenario and of the first one."""
    mode = results.study.analysis.headline_mode
    counted = [results.access(name, mode).service_rows for name in (results.scenarios[0].name, scenario)]
    services = results.services.iloc[np.union1d(*counted)]
    numbers = place_numbers(services.geometry, same_place_m=results.study.analysis.same_place_m)
    return dict(zip(services["service_id"].astype(str), numbers.tolist(), strict=True))


def next_nearest_rows(results: Results) -> Table | None:
    """Where people turn whose nearest service closes, without those who keep another service at the same place."""
    table = results.changes.next_nearest
    if len(table):
        table = table[table["scenario"].isin([item.name for item in results.scenarios])]
    names = service_names(results)
    places = {name: _places(results, str(name)) for name in (table["scenario"].unique() if len(table) else ())}
    rows = [
        row
        for row in table.to_dict("records")
        if row["extra_person_min"] > 0
        or not row["turns_to"]
        or places[row["scenario"]].get(row["service_id"]) != places[row["scenario"]].get(row["turns_to"])
    ]
    if not rows:
        return None
    mode = lower_mode(results, results.study.analysis.headline_mode)
    return Table(
        f"Habitants dont le service le plus proche ferme ({mode})",
        ("Scénario", "Service fermé", "Se tourneraient vers", "habitants", "dont perdent la couverture",
         "minutes en plus (médiane)"),
        tuple(
            (
                scenario_title(results, row["scenario"]),
                names.get(row["service_id"], row["service_id"]),
                names.get(row["turns_to"], row["turns_to"]) or "aucun, dans la durée maximale retenue",
                typography.number(row["population"]),
                typography.number(row["population_lost"]),
                typography.number(row["median_extra_min"], decimals=1),
            )
            for row in rows
        ),
        text_columns=3,
        basis=basis_line(results),
    )  # fmt: skip


def _numbers(row: Mapping[Hashable, Any], *names: str) -> tuple[str, ...]:
    return tuple(typography.number(row[f"population_{name}"]) for name in names)
