"""What can be said of the margins of a run in a sentence: bands, people at the limit, what cannot be ranked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from access92.outputs import french, wording
from access92.outputs.report.basis import of_people, people_words, rule_words, under
from access92.outputs.report.content import Paragraph, paragraph
from access92.outputs.report.names import lower_mode, scenario_title
from access92.results import Results
from access92.time_limits import is_under

ALL = "all"
"""The source of the widest band."""

_REASONS = {
    wording.STEADY: (
        "Toujours dans le même sens",
        "Le même scénario couvre davantage d'habitants dans toutes les variantes, mais l'écart est à l'intérieur de la "
        "marge : on ne peut pas dire de combien, et les deux ne se classent pas sur ce seul écart",
    ),
    wording.SAME: (
        "Identiques",
        "Les deux scénarios couvrent les mêmes habitants, dans toutes les variantes : il n'y a rien à classer",
    ),
    wording.OPEN: (
        "Indécidables",
        "L'ordre change d'une variante à l'autre : on ne peut pas dire lequel couvre davantage d'habitants",
    ),
}
"""By reason, the title of the group and the words of its sentence."""


def headline_band(results: Results, scenario: str) -> str:
    """The band of a scenario in a sentence; '' where it is not known."""
    bands = results.sensitivity.bands
    if len(bands) == 0:
        return ""
    here = bands[(bands["scenario"] == scenario) & (bands["source"] == ALL)]
    if len(here) == 0:
        return ""
    row = here.iloc[0]
    low, high = (french.percent(float(row[name])) for name in ("low_share", "high_share"))
    return (
        f"Selon les hypothèses (vitesse, seuil, rattachement, positions, répartition), la part à "
        f"{under(results, float(row['threshold_min']))}, {_mode_words(results, row)}, va de {low} à {high} "
        f"{of_people(results)}."
    )


@dataclass(frozen=True, slots=True)
class Unranked:
    """The pairs that are not ranked for one reason: ``title``, the sentence that covers them all, a line a pair."""

    why: str
    title: str
    sentence: str
    lines: tuple[str, ...]


def unranked_groups(results: Results) -> tuple[Unranked, ...]:
    """The pairs of scenarios that are not ranked, by reason; a reason without any pair is left out.

    The sentence of a group carries denominator, threshold, mode, public and vintage for all its lines.
    """
    refused: dict[str, list[Mapping[Hashable, Any]]] = {wording.STEADY: [], wording.SAME: [], wording.OPEN: []}
    for row in results.sensitivity.ranking.to_dict("records"):
        if not row["is_ranked"]:
            refused[_why(results, row)].append(row)
    groups = []
    for why, (title, words) in _REASONS.items():
        rows = refused[why]
        if rows:
            of_whom = f"{rule_words(results, str(rows[0]['mode']))}, sur {people_words(results)}"
            lines = tuple(f"{_line(results, row, why)}." for row in rows)
            groups.append(Unranked(why, title, f"{words} ({of_whom}) :", lines))
    return tuple(groups)


def unranked_count(results: Results) -> str:
    """How many pairs are not ranked, and why, in a sentence without its full stop; '' where all are."""
    groups = unranked_groups(results)
    refused = sum(len(group.lines) for group in groups)
    if not refused:
        return ""
    pairs = french.count(len(results.sensitivity.ranking), "paire de scénarios", "paires de scénarios")
    verb = "ne se classe pas sur ce seul écart" if refused == 1 else "ne se classent pas sur leur seul écart"
    nouns = {
        wording.STEADY: ("toujours dans le même sens",) * 2,
        wording.SAME: ("identique", "identiques"),
        wording.OPEN: ("indécidable", "indécidables"),
    }
    told = [f"{len(group.lines)} {nouns[group.why][len(group.lines) > 1]}" for group in groups]
    return f"Sur {pairs}, {refused} {verb} : {', '.join(told)}"


def _why(results: Results, row: Mapping[Hashable, Any]) -> str:
    """Why a pair is not ranked."""
    if row.get("ahead"):
        return wording.STEADY
    bounds = (row["difference_share"], row["lowest_difference_share"], row["highest_difference_share"])
    return wording.SAME if not any(bounds) and _covers_the_same(results, row) else wording.OPEN


def _covers_the_same(results: Results, row: Mapping[Hashable, Any]) -> bool:
    """Whether both scenarios cover the same demand points, not only as many people."""
    threshold_min = results.study.analysis.threshold_min
    covered_a, covered_b = (
        is_under(results.situation(str(row[name]), str(row["mode"])).travel_time_min, threshold_min)
        for name in ("scenario_a", "scenario_b")
    )
    return bool(np.array_equal(covered_a, covered_b))


def _line(results: Results, row: Mapping[Hashable, Any], why: str) -> str:
    return wording.not_ranked(
        scenario_title(results, row["scenario_a"]),
        scenario_title(results, row["scenario_b"]),
        float(row["difference_share"]),
        float(row["band_share"]),
        why=why,
    )


def borderline_sentence(results: Results, scenario: str) -> Paragraph | None:
    """How many live at the limit of the threshold in a scenario; None where it is not known."""
    table = results.sensitivity.borderline
    here = table[table["scenario"] == scenario] if len(table) else table
    if len(here) == 0:
        return None
    row = here.iloc[0]
    lower, upper = (french.plain(float(row[name])) for name in ("lower_min", "upper_min"))
    return paragraph(
        f"« {scenario_title(results, scenario)} » : {french.number(row['borderline_population'])} "
        f"{of_people(results, population=float(row['population']))} sont entre {lower} et {upper} min d'un service, "
        f"{_mode_words(results, row)} ; {french.number(row['population_just_covered'])} juste couverts (à "
        f"{under(results, float(row['threshold_min']))}), {french.number(row['population_just_uncovered'])} juste non "
        "couverts. Un peu plus de lenteur ou de vitesse suffit à les faire changer de côté."
    )


def _mode_words(results: Results, row: Mapping[Hashable, Any] | pd.Series) -> str:
    return lower_mode(results, str(row["mode"]))
