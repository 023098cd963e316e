"""The section of the report on commitments: source, rule, who is covered by which step."""

from __future__ import annotations

from dataclasses import dataclass

from access92.commitments import commitment_text, step_text
from access92.outputs import french, wording
from access92.outputs.report_names import area_names, scenario_title
from access92.outputs.report_tables import Table
from access92.results import Results
from access92.study_changes import Commitment
from access92.tables import TOTAL

_MOST_AREAS = 8


@dataclass(frozen=True, slots=True)
class CommitmentPart:
    """A commitment as the page tells it."""

    title: str
    source: str
    note: str
    rule: str
    scenarios: Table
    steps: Table | None
    areas: Table


def commitment_parts(results: Results) -> list[CommitmentPart]:
    """The commitments of the study, in their order."""
    if len(results.changes.commitment_summary) == 0:
        return []
    return [_commitment(results, commitment) for commitment in results.study.commitments]


def _commitment(results: Results, commitment: Commitment) -> CommitmentPart:
    changes = results.changes
    labels = {name: mode.label for name, mode in results.modes.items()}
    summary = changes.commitment_summary[changes.commitment_summary["commitment"] == commitment.name]
    table = changes.commitments[changes.commitments["commitment"] == commitment.name]
    total = summary[summary["area_id"] == TOTAL]
    first = results.scenarios[0]
    several = len(commitment.any_of) > 1
    people = french.number(float(total["population"].iloc[0]))
    steps = None
    if several:
        here = table[(table["scenario"] == first.name) & (table["area_id"] == TOTAL)].to_dict("records")
        steps = Table(
            f"Étape par étape, « {first.title} » (sur {people} habitants)",
            ("Étape", "Règle", "services", "couverts d'abord ici", "couverts jusqu'ici", "part"),
            [
                (
                    str(row["step"]),
                    step_text(step, labels),
                    french.number(row["service_count"]),
                    french.number(row["population_first_covered"]),
                    french.number(row["population_covered"]),
                    french.percent(row["coverage_share"]),
                )
                for row, step in zip(here, commitment.any_of, strict=True)
            ],
            text_columns=2,
        )
    outside = summary[(summary["scenario"] == first.name) & (summary["area_id"] != TOTAL)]
    outside = outside[outside["population_uncovered"] > 0].sort_values(
        ["population_uncovered", "area_id"], ascending=[False, True]
    )
    names = area_names(results)
    return CommitmentPart(
        title=commitment.title,
        source=commitment.source,
        note=commitment.note,
        rule=commitment_text(commitment, labels),
        scenarios=Table(
            f"Habitants pour qui l'engagement est tenu, sur {people} ({wording.population_words(results.study)})",
            (
                "Scénario",
                *(("dès la 1re étape", "par une étape suivante") if several else ("couverts",)),
                "non couverts",
                "part couverte",
            ),
            [
                (
                    scenario_title(results, row["scenario"]),
                    french.number(row["population_first_step"]),
                    *((french.number(row["population_rescued"]),) if several else ()),
                    french.number(row["population_uncovered"]),
                    french.percent(row["coverage_share"]),
                )
                for row in total.to_dict("records")
            ],
        ),
        steps=steps,
        areas=Table(
            f"Communes où le plus d'habitants restent hors de l'engagement, « {first.title} »",
            ("Commune", "non couverts", "part de la commune"),
            [
                (
                    names.get(row["area_id"], row["area_id"]),
                    french.number(row["population_uncovered"]),
                    french.percent(1 - row["coverage_share"]),
                )
                for row in outside.head(_MOST_AREAS).to_dict("records")
            ],
        ),
    )
