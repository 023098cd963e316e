"""What can be said of the margins of a run in a sentence: bands, people at the limit, which scenario covers more."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from access92.measures.sensitivity import IDENTICAL, RANKED, UNDECIDED, WIDEST, ranked_tiers
from access92.outputs.figures import standalone_scenarios
from access92.outputs.report.basis import of_people, people_words, rule_words, under
from access92.outputs.report.content import Paragraph, paragraph
from access92.outputs.words import typography
from access92.outputs.words.names import lower_mode, scenario_title
from access92.outputs.words.sensitivity import Difference, difference_of, difference_words, span_words, tried_words
from access92.run.results import Results
from access92.travel.time_limits import is_under

_NAMED = 2
"""More scenarios than these are counted in a sentence, not named."""


def headline_band(results: Results, scenario: str) -> str:
    """The band of a scenario in a sentence; '' where it is not known."""
    bands = results.sensitivity.bands
    if len(bands) == 0:
        return ""
    widest = bands[(bands["scenario"] == scenario) & (bands["source"] == WIDEST)]
    if len(widest) == 0:
        return ""
    row = widest.iloc[0]
    low, high = (typography.percent(float(row[name])) for name in ("low_share", "high_share"))
    return (
        f"Quand change {tried_words(results)}, une hypothèse à la fois, la part à "
        f"{under(results, float(row['threshold_min']))}, {_mode_words(results, row)}, va de {low} à {high} "
        f"{of_people(results)}."
    )


def ranking_by(results: Results, mode: str = "") -> pd.DataFrame:
    """The pairs of scenarios by a mode that rides; by the headline mode where none is named."""
    tables = results.sensitivity
    if not mode:
        return tables.ranking
    riding = tables.riding_ranking
    return riding[riding["mode"] == mode] if len(riding) else riding


def differences(results: Results, mode: str = "") -> list[Difference]:
    """What the second scenario of each pair covers more than the first, in the order of the ranking."""
    return [
        difference_of(row, scenario_title(results, row["scenario_a"]), scenario_title(results, row["scenario_b"]))
        for row in ranking_by(results, mode).to_dict("records")
    ]


def outcome_counts(results: Results) -> str:
    """How many pairs are ranked, identical, undecided, in a sentence without its full stop; '' without any pair."""
    ranking = results.sensitivity.ranking
    if len(ranking) == 0:
        return ""
    counts = {str(outcome): int(count) for outcome, count in ranking["outcome"].value_counts().items()}
    nouns = {
        RANKED: ("est classée", "sont classées"),
        IDENTICAL: ("est identique", "sont identiques"),
        UNDECIDED: ("reste indécidable", "restent indécidables"),
    }
    said = [
        f"{typography.number(counts[outcome])} {words[counts[outcome] > 1]}"
        for outcome, words in nouns.items()
        if outcome in counts
    ]
    return (
        f"Sur {typography.count(len(ranking), 'paire de scénarios', 'paires de scénarios')}, {typography.listed(said)}"
    )


def outcomes_between(results: Results, names: Sequence[str]) -> set[str]:
    """What the paired variants say of the pairs of these scenarios, by the headline mode."""
    ranking = results.sensitivity.ranking
    inside = ranking["scenario_a"].isin(names) & ranking["scenario_b"].isin(names)
    return set(ranking["outcome"][inside])


def order_sentence(results: Results) -> str:
    """The scenarios, most people covered first, as far as the paired variants tell them apart."""
    tiers = []
    for tier in ranked_tiers(results.sensitivity.ranking):
        titles = typography.listed([f"« {scenario_title(results, name)} »" for name in tier])
        kinds = outcomes_between(results, tier)
        why = ", entre lesquels les variantes ne tranchent pas toujours"
        if kinds == {UNDECIDED}:
            why = ", entre lesquels les variantes ne tranchent pas"
        elif kinds <= {IDENTICAL}:
            why = ", identiques" if kinds else ""
        tiers.append(f"{titles}{why}")
    return f"Du plus au moins d'habitants couverts : {' ; puis '.join(tiers)}."


def reference_differences(results: Results, mode: str = "") -> list[Difference]:
    """What each other scenario covers more than the first of the run: most gained first, most lost last."""
    first = results.scenarios[0].name
    ranking = ranking_by(results, mode)
    if not len(ranking):
        return []
    sides = zip(ranking["scenario_a"], ranking["scenario_b"], differences(results, mode), strict=True)
    sides_of_first = [item if a == first else item.turned() for a, b, item in sides if first in (a, b)]
    return sorted(sides_of_first, key=lambda item: -item.shares[0])


def announced(results: Results, mode: str = "") -> str:
    """Of whom and by which rule the differences are, in brackets: after a title, before « : »."""
    return f"({rule_words(results, mode or None)}, sur {people_words(results)})"


def difference_line(results: Results, difference: Difference, mode: str = "") -> str:
    """What the first covers more or less than the second, in a sentence without its full stop."""
    return difference_words(difference, same_people=_covers_the_same(results, difference, mode))


def ranking_clause(results: Results) -> str:
    """Which scenarios the first of the run can be ranked with, and by how much, after :func:`headline_band`.

    A clause without full stop: of whom and by which rule is said by the band before it. '' where there is no pair. It
    names the scenario that gains most and the one that loses most, of those that change another one where there are.
    """
    others = reference_differences(results)
    ranked = [item for item in others if item.outcome == RANKED]
    changed = {item.name for item in results.scenarios} - {item.name for item in standalone_scenarios(results)}
    quoted = [item for item in ranked if item.names[0] in changed] or ranked
    if not others:
        return ""
    is_pair, count = len(others) == 1, f"{len(others)} autres scénarios"
    if all(item.outcome == IDENTICAL for item in others):
        whom = "l'autre scénario couvre" if is_pair else f"les {count} couvrent"
        return f"{whom} autant d'habitants dans toutes les variantes"
    if not ranked:
        if not any(item.changes_side for item in others):
            whom = "son écart avec l'autre scénario" if is_pair else f"chacun de ses écarts avec les {count}"
            return f"{whom} est nul dans une variante au moins"
        if is_pair:
            return "son écart avec l'autre scénario ne garde pas son sens dans toutes les variantes"
        return f"aucun de ses écarts avec les {count} ne garde son sens dans toutes les variantes"
    whom = "l'autre scénario" if is_pair else f"les {count}"
    if len(ranked) < len(others):
        whom = f"{len(ranked)} des {count}"
    # of the others it is said why no order is given: the same people in every variant, or now more and now fewer
    kinds = (
        ("toujours nul avec {}", [item for item in others if item.outcome == IDENTICAL]),
        ("il change de sens avec {}", [item for item in others if item.changes_side]),
        ("nul dans une variante au moins avec {}",
         [item for item in others if item.outcome == UNDECIDED and not item.changes_side]),
    )  # fmt: skip
    rest = [words.format(_who(items)) for words, items in kinds if items]
    aside = f" ({', '.join(rest)})" if rest else ""
    gain, loss = ([item for item in quoted if item.is_more is is_more] for is_more in (True, False))
    said = [
        f"« {item.titles[0]} » : {span_words(*item.shares[1:])} de {'plus' if item.is_more else 'moins'}"
        for item in (*gain[:1], *loss[-1:])
    ]
    return f"son écart avec {whom} garde son sens dans chaque variante{aside} : {', '.join(said)}"


def _who(items: Sequence[Difference]) -> str:
    """The one or two scenarios by their titles, more by their number."""
    if len(items) > _NAMED:
        return f"{len(items)} autres"
    return " et ".join(f"« {item.titles[0]} »" for item in items)


def riding_clauses(results: Results) -> list[str]:
    """By mode that rides, the scenarios that gain and lose most against the first, in a sentence; none without one."""
    sentences = []
    for mode in results.difference_modes[1:]:
        ranked = [item for item in reference_differences(results, mode) if item.outcome == RANKED]
        ends = [*[item for item in ranked if item.is_more][:1], *[item for item in ranked if not item.is_more][-1:]]
        if ends:
            said = " ; ".join(difference_line(results, item, mode) for item in ends)
            phrase = lower_mode(results, mode)
            sentences.append(f"{phrase[:1].upper()}{phrase[1:]}, par rapport à « {ends[0].titles[1]} », {said}.")
    return sentences


def _covers_the_same(results: Results, difference: Difference, mode: str = "") -> bool:
    """Whether both scenarios cover the same demand points, not only as many people."""
    threshold_min, mode = results.study.analysis.threshold_min, mode or results.study.analysis.headline_mode
    covered, other = (is_under(results.access(name, mode).travel_time_min, threshold_min) for name in difference.names)
    return bool(np.array_equal(covered, other))


def borderline_sentence(results: Results, scenario: str) -> Paragraph | None:
    """How many live at the limit of the threshold in a scenario; None where it is not known."""
    table = results.sensitivity.borderline
    rows = table[table["scenario"] == scenario] if len(table) else table
    if len(rows) == 0:
        return None
    row = rows.iloc[0]
    lower, upper = (typography.plain(float(row[name])) for name in ("lower_min", "upper_min"))
    return paragraph(
        f"« {scenario_title(results, scenario)} » : "
        f"{typography.count(row['borderline_population'], 'habitant')} sont entre {lower} et {upper} min d'un service, "
        f"{_mode_words(results, row)} ; {typography.number(row['population_just_covered'])} juste couverts (à "
        f"{under(results, float(row['threshold_min']))}), {typography.number(row['population_just_uncovered'])} juste "
        "non couverts. Un peu plus de lenteur ou de vitesse suffit à les faire changer de côté."
    )


def _mode_words(results: Results, row: Mapping[Hashable, Any] | pd.Series) -> str:
    return lower_mode(results, str(row["mode"]))
