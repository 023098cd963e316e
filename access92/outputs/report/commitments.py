"""The chapter on commitments: source, rule, who is covered by which step."""

from __future__ import annotations

import pandas as pd

from access92.commitments import commitment_text, step_text
from access92.outputs import french
from access92.outputs.report.basis import basis_line
from access92.outputs.report.content import Chapter, Link, Section, Table, paragraph, present
from access92.outputs.report.names import area_names, scenario_title
from access92.results import Results
from access92.study_changes import Commitment
from access92.tables import TOTAL

_MOST_AREAS = 8
_OWN_MODE = "ceux des étapes de l'engagement"


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
                "seuils sont stricts. Un habitant est couvert dès qu'une étape l'est."
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


def commitment_totals(results: Results) -> Table | None:
    """Of each commitment how it is kept in the first scenario; None where there is no commitment."""
    summary = results.changes.commitment_summary
    if len(summary) == 0:
        return None
    first = results.scenarios[0]
    here = summary[(summary["scenario"] == first.name) & (summary["area_id"] == TOTAL)]
    by_name = {row["commitment"]: row for row in here.to_dict("records")}
    told = [(item.title, by_name[item.name]) for item in results.study.commitments]
    return Table(
        f"Engagements du Département, « {first.title} »",
        ("Engagement", "couverts", "non couverts", "part"),
        tuple(
            (
                title,
                french.number(row["population"] - row["population_uncovered"]),
                french.number(row["population_uncovered"]),
                french.percent(row["coverage_share"]),
            )
            for title, row in told
        ),
        basis=basis_line(results, modes=_OWN_MODE, threshold="ceux des étapes"),
    )


def _commitment(results: Results, commitment: Commitment) -> Section:
    labels = {name: mode.label for name, mode in results.modes.items()}
    summary = results.changes.commitment_summary
    summary = summary[summary["commitment"] == commitment.name]
    rule = f"Règle calculée : {commitment_text(commitment, labels)}."
    note = f" {commitment.note}" if commitment.note else ""
    return Section(
        commitment.title,
        present(
            paragraph(commitment.source, role="quote"),
            paragraph(rule + note),
            _by_scenario(results, commitment, summary[summary["area_id"] == TOTAL]),
            _by_step(results, commitment, labels) if len(commitment.any_of) > 1 else None,
            _by_area(results, summary),
        ),
    )


def _by_scenario(results: Results, commitment: Commitment, total: pd.DataFrame) -> Table:
    several = len(commitment.any_of) > 1
    covered = ("dès la 1re étape", "par une étape suivante") if several else ("couverts",)
    return Table(
        f"Habitants pour qui l'engagement est tenu, sur {french.number(float(total['population'].iloc[0]))}",
        ("Scénario", *covered, "non couverts", "part couverte"),
        tuple(
            (
                scenario_title(results, row["scenario"]),
                french.number(row["population_first_step"]),
                *((french.number(row["population_rescued"]),) if several else ()),
                french.number(row["population_uncovered"]),
                french.percent(row["coverage_share"]),
            )
            for row in total.to_dict("records")
        ),
        basis=basis_line(results, modes=_OWN_MODE, threshold="ceux des étapes"),
    )


def _by_step(results: Results, commitment: Commitment, labels: dict[str, str]) -> Table:
    first = results.scenarios[0]
    table = results.changes.commitments
    here = table[
        (table["commitment"] == commitment.name) & (table["scenario"] == first.name) & (table["area_id"] == TOTAL)
    ]
    return Table(
        f"Étape par étape, « {first.title} »",
        ("Étape", "Règle", "services", "couverts d'abord ici", "couverts jusqu'ici", "part"),
        tuple(
            (
                str(row["step"]),
                step_text(step, labels),
                french.number(row["service_count"]),
                french.number(row["population_first_covered"]),
                french.number(row["population_covered"]),
                french.percent(row["coverage_share"]),
            )
            for row, step in zip(here.to_dict("records"), commitment.any_of, strict=True)
        ),
        text_columns=2,
        basis=basis_line(results, modes="celui de la règle", threshold="celui de la règle"),
    )


def _by_area(results: Results, summary: pd.DataFrame) -> Table | None:
    first = results.scenarios[0]
    outside = summary[(summary["scenario"] == first.name) & (summary["area_id"] != TOTAL)]
    outside = outside[outside["population_uncovered"] > 0]
    if len(outside) == 0:
        return None
    outside = outside.sort_values(["population_uncovered", "area_id"], ascending=[False, True])
    names = area_names(results)
    return Table(
        f"Communes où le plus d'habitants restent hors de l'engagement, « {first.title} »",
        ("Commune", "non couverts", "part de la commune"),
        tuple(
            (
                names.get(row["area_id"], row["area_id"]),
                french.number(row["population_uncovered"]),
                french.percent(1 - row["coverage_share"]),
            )
            for row in outside.head(_MOST_AREAS).to_dict("records")
        ),
        basis=basis_line(
            results, modes=_OWN_MODE, threshold="ceux des étapes", population_words="les habitants de la commune"
        ),
    )
