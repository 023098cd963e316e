"""What can be said of the margins of a run in a sentence: bands, people at the limit, what cannot be ranked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from access92.outputs import french, wording
from access92.outputs.report.basis import people_words, rule_words, under
from access92.outputs.report.content import Paragraph, paragraph
from access92.outputs.report.names import lower_mode, scenario_title
from access92.results import Results

ALL = "all"
"""The source of the widest band."""


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
        f"{under(results, float(row['threshold_min']))}, {_mode_words(results, row)}, va de {low} à {high} des "
        f"{people_words(results)}."
    )


def unranked_sentences(results: Results) -> tuple[str, ...]:
    """One sentence a pair that cannot be ranked, with denominator, threshold, mode, public and vintage."""
    ranking = results.sensitivity.ranking
    if len(ranking) == 0:
        return ()
    return tuple(
        f"{_pair(results, row)} ({rule_words(results, row['mode'])}, sur {people_words(results)})."
        for row in ranking.to_dict("records")
        if not row["is_ranked"]
    )


def _pair(results: Results, row: Mapping[Hashable, Any]) -> str:
    return wording.not_ranked(
        scenario_title(results, row["scenario_a"]),
        scenario_title(results, row["scenario_b"]),
        float(row["difference_share"]),
        float(row["band_share"]),
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
        f"« {scenario_title(results, scenario)} » : {french.number(row['borderline_population'])} des "
        f"{people_words(results, population=float(row['population']))} sont entre {lower} et {upper} min d'un service, "
        f"{_mode_words(results, row)} ; {french.number(row['population_just_covered'])} juste couverts (à "
        f"{under(results, float(row['threshold_min']))}), {french.number(row['population_just_uncovered'])} juste non "
        "couverts. Un peu plus de lenteur ou de vitesse suffit à les faire changer de côté."
    )


def _mode_words(results: Results, row: Mapping[Hashable, Any] | pd.Series) -> str:
    return lower_mode(results, str(row["mode"]))
