"""The chapter on commitments: source, rule, who is covered by which step."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

import pandas as pd

from access92.network.modes import Mode
from access92.outputs.figures import figures
from access92.outputs.report.basis import basis_line
from access92.outputs.report.content import Block, Chapter, Link, Section, Table, paragraph, present
from access92.outputs.report.publics import commitment_by_public
from access92.outputs.words import typography
from access92.outputs.words.commitments import commitment_text, step_text
from access92.outputs.words.names import area_names, lower_mode, scenario_title, short_titles
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.model import Scenario
from access92.study.schemas import EVERYBODY, TOTAL

_MOST_AREAS = 8
_OWN_MODE = "ceux des étapes de l'engagement"
_WITH = {
    "foot": "en marchant",
    "bicycle": "avec le vélo",
    "car": "avec la voiture",
    "transit": "avec les transports en commun",
    "bike_transit": "avec le vélo jusqu'à l'arrêt",
}


def commitments_chapter(results: Results) -> Chapter | None:
    """The commitments of the study, in their order; None where there is none."""
    if len(results.changes.commitment_summary) == 0:
        return None
    return Chapter(
        "engagements",
        "Engagements",
        (
            paragraph(
                "Chaque engagement est appliqué tel qu'il est écrit, lieu d'habitation par lieu d'habitation ; les "
                "seuils sont stricts. Un habitant est couvert dès qu'une étape l'est ; les parts sont données étape "
                "après étape, chacune avec celles qui la précèdent."
            ),
            *(_commitment(results, commitment) for commitment in results.study.commitments),
            paragraph(
                "Toutes les communes et tous les scénarios : ",
                Link("commitment_summary.csv", "commitment_summary.csv"),
                " et, étape par étape, ",
                Link("commitments.csv", "commitments.csv"),
                ".",
            ),
        ),
    )


def commitment_contrast(results: Results, other: str) -> Table | None:
    """Of each commitment the share for whom it is kept, step by step: in the first scenario and in the ``other``.

    Only in the first where ``other`` is ''; None where there is no commitment. Under the caption, what each rule is.
    """
    if len(results.changes.commitment_summary) == 0:
        return None
    names = [name for name in (results.scenarios[0].name, other) if name]
    items = results.study.commitments
    noted = [item for item in items if item.note]
    marks = {item.name: f" ({i})" if len(noted) > 1 else " *" for i, item in enumerate(noted, start=1)}
    return Table(
        "Part des habitants pour qui chaque engagement est tenu, étape après étape",
        ("Engagement", *(scenario_title(results, name) for name in names)),
        tuple(
            (f"{item.title}{marks.get(item.name, '')}", *(share_words(results, item, name) for name in names))
            for item in items
        ),
        text_columns=1 + len(names),
        basis=" ".join(f"{marks[item.name].strip()} {item.note}" for item in noted),
    )


def commitment_totals(results: Results, scenarios: Sequence[Scenario]) -> Table | None:
    """Of each commitment the inhabitants for whom it is not kept, a column a scenario; None without commitment."""
    summary = _of_everybody(results.changes.commitment_summary)
    if len(summary) == 0:
        return None
    totals = summary[summary["area_id"] == TOTAL]
    pairs = zip(totals["commitment"], totals["scenario"], strict=True)
    uncovered = dict(zip(pairs, totals["population_uncovered"], strict=True))
    titles = short_titles([item.title for item in scenarios])
    return Table(
        "Habitants pour qui l'engagement n'est tenu par aucune de ses étapes",
        ("Engagement", *titles),
        tuple(
            (item.title, *(typography.number(uncovered[item.name, scenario.name]) for scenario in scenarios))
            for item in results.study.commitments
        ),
        basis=basis_line(results, modes=_OWN_MODE, threshold="ceux des étapes"),
    )


def steps_so_far(results: Results, commitment: Commitment) -> tuple[str, ...]:
    """How each step is named when it comes on top of those before: « à pied », « avec le vélo », and so on."""
    steps = commitment.any_of
    first = lower_mode(results, steps[0].mode)
    if len(steps) == 1:
        return (first,)
    modes = [results.modes[step.mode] for step in steps]
    families = [_family(mode) for mode in modes]
    same_rule = len({(step.kinds, step.under_min) for step in steps}) == 1
    if same_rule and len(set(families)) == len(families):
        return (first, *(_WITH[family] for family in families[1:]))
    return ("à la 1re étape", *(f"avec la {number}e" for number in range(2, len(steps) + 1)))


def _family(mode: Mode) -> str:
    """How a mode moves, as :data:`_WITH` names it."""
    if mode.access_mode is not None:
        return "bike_transit"
    return "transit" if mode.rides else mode.family


def share_words(results: Results, commitment: Commitment, scenario: str) -> str:
    """The share for whom a commitment is kept, as its steps add up: « 47,7 % à pied, 96,3 % avec le vélo »."""
    shares = _so_far(results, commitment, "coverage_share").get((scenario, TOTAL), ())
    names = steps_so_far(results, commitment)
    return ", ".join(f"{typography.percent(share)} {name}" for share, name in zip(shares, names, strict=False))


def _so_far(results: Results, commitment: Commitment, column: str) -> dict[tuple[str, str], list[float]]:
    """By scenario and area, a column of the table of steps: a value for each step and all before it."""
    table = _of_everybody(results.changes.commitments)
    rows = table[table["commitment"] == commitment.name].sort_values("step", kind="stable")
    grouped = rows.groupby(["scenario", "area_id"], sort=False)[column]
    return {(str(scenario), str(area)): values.tolist() for (scenario, area), values in grouped}


def _of_everybody(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole population."""
    return table[table["public"] == EVERYBODY] if len(table) else table


def _commitment(results: Results, commitment: Commitment) -> Section:
    labels = {name: mode.label for name, mode in results.modes.items()}
    summary = _of_everybody(results.changes.commitment_summary)
    summary = summary[summary["commitment"] == commitment.name]
    rule = f"Règle calculée : {commitment_text(commitment, labels, results.study.kinds)}."
    note = f" {commitment.note}" if commitment.note else ""
    return Section(
        commitment.title,
        present(
            paragraph(commitment.source, role="quote"),
            paragraph(rule + note),
            *_tables(results, commitment, summary, labels),
        ),
    )


def _tables(
    results: Results, commitment: Commitment, summary: pd.DataFrame, labels: dict[str, str]
) -> tuple[Block, ...]:
    """The tables of a commitment; of one that is the rule of the whole dossier, where its figures are."""
    if is_headline_rule(results, commitment):
        return (
            paragraph(
                "C'est la règle des chapitres qui ne disent rien d'autre : ses chiffres, par scénario, par public et "
                "par commune, sont ceux de ",
                Link("#resultats", "Résultats par mode"),
                " et de ",
                Link("#communes", "Les communes"),
                ".",
            ),
        )
    return present(
        _by_scenario(results, commitment, summary[summary["area_id"] == TOTAL]),
        _by_step(results, commitment, labels) if len(commitment.any_of) > 1 else None,
        commitment_by_public(results, commitment),
        _by_area(results, commitment, summary),
    )


def is_headline_rule(results: Results, commitment: Commitment) -> bool:
    """Whether a commitment covers, in every scenario and area, the people that the headline figures say."""
    analysis = results.study.analysis
    steps = commitment.any_of
    if [(step.mode, step.under_min) for step in steps] != [(analysis.headline_mode, analysis.threshold_min)]:
        return False
    summary = _of_everybody(results.changes.commitment_summary)
    rows = summary[summary["commitment"] == commitment.name]
    everywhere = {
        (item.name, area): figure.uncovered
        for item in results.scenarios
        for area, figure in figures(
            results, item.name, analysis.headline_mode, threshold_min=analysis.threshold_min
        ).items()
    }
    pairs = zip(rows["scenario"], rows["area_id"], rows["population_uncovered"], strict=True)
    return all(isclose(people, everywhere[scenario, area], abs_tol=1e-6) for scenario, area, people in pairs)


def _by_scenario(results: Results, commitment: Commitment, total: pd.DataFrame) -> Table:
    several = len(commitment.any_of) > 1
    covered = ("dès la 1re étape", "par une étape suivante") if several else ("couverts",)
    names = steps_so_far(results, commitment)
    shares = _so_far(results, commitment, "coverage_share")
    return Table(
        "Habitants pour qui l'engagement est tenu",
        ("Scénario", *covered, "non couverts", *names),
        tuple(
            (
                scenario_title(results, row["scenario"]),
                typography.number(row["population_first_step"]),
                *((typography.number(row["population_rescued"]),) if several else ()),
                typography.number(row["population_uncovered"]),
                *map(typography.percent, shares[row["scenario"], TOTAL]),
            )
            for row in total.to_dict("records")
        ),
        groups=(("", 1), ("habitants", len(covered) + 1), (_so_far_words(names), len(names))),
        basis=basis_line(results, modes=_OWN_MODE, threshold="ceux des étapes"),
    )


def _so_far_words(names: tuple[str, ...]) -> str:
    return "part couverte, étape après étape" if len(names) > 1 else "part couverte"


def _by_step(results: Results, commitment: Commitment, labels: dict[str, str]) -> Table:
    first = results.scenarios[0]
    table = _of_everybody(results.changes.commitments)
    rows = table[
        (table["commitment"] == commitment.name) & (table["scenario"] == first.name) & (table["area_id"] == TOTAL)
    ]
    return Table(
        f"Étape par étape, « {first.title} »",
        ("Étape", "Règle", "services", "couverts d'abord ici", "couverts jusqu'ici", "part"),
        tuple(
            (
                str(row["step"]),
                step_text(step, labels, results.study.kinds),
                typography.number(row["service_count"]),
                typography.number(row["population_first_covered"]),
                typography.number(row["population_covered"]),
                typography.percent(row["coverage_share"]),
            )
            for row, step in zip(rows.to_dict("records"), commitment.any_of, strict=True)
        ),
        text_columns=2,
        basis=basis_line(results, modes="celui de la règle", threshold="celui de la règle"),
    )


def _by_area(results: Results, commitment: Commitment, summary: pd.DataFrame) -> Table | None:
    first = results.scenarios[0]
    outside = summary[(summary["scenario"] == first.name) & (summary["area_id"] != TOTAL)]
    outside = outside[outside["population_uncovered"] > 0]
    if len(outside) == 0:
        return None
    outside = outside.sort_values(["population_uncovered", "area_id"], ascending=[False, True])
    outside = outside.head(_MOST_AREAS)
    names, steps = area_names(results), steps_so_far(results, commitment)
    uncovered = _so_far(results, commitment, "population_uncovered")
    shares = _so_far(results, commitment, "coverage_share")
    return Table(
        f"Communes où le plus d'habitants restent hors de l'engagement, « {first.title} »",
        ("Commune", *steps, *steps),
        tuple(
            (
                names.get(area, area),
                *map(typography.number, uncovered[first.name, area]),
                *(typography.percent(1 - share) for share in shares[first.name, area]),
            )
            for area in map(str, outside["area_id"])
        ),
        groups=(
            ("", 1),
            ("non couverts, étape après étape" if len(steps) > 1 else "non couverts", len(steps)),
            ("part de la commune", len(steps)),
        ),
        basis=basis_line(
            results, modes=_OWN_MODE, threshold="ceux des étapes", population_words="les habitants de la commune"
        ),
    )
