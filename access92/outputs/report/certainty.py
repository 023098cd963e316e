"""What of the answer is certain and what is not, as lines of the first page: read from the tables of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from access92.measures.sensitivity import IDENTICAL, RANKED, UNDECIDED, ranked_tiers
from access92.outputs.figures import headline, standalone_scenarios
from access92.outputs.report.margins import outcomes_between, reference_differences
from access92.outputs.report.method import place_words
from access92.outputs.words import labels, typography
from access92.outputs.words.sensitivity import Difference, none_or_one_sided, span_words, tried_words, widest_band
from access92.run.results import Results

_MOST = 4
_LONGEST_TITLE = 60
_LEAST_SHARE = 0.0005
"""The least change (a share, 0-1) that the first page tells: what is written « 0,1 point »."""


def certain_title(results: Results) -> str:
    """What the lines that hold are called: what was tried, and how."""
    if len(results.sensitivity.bands) == 0:
        return "Ce que le calcul établit"
    return "Ce qui tient, une hypothèse changée à la fois"


def certain_lines(results: Results, told: str = "") -> list[str]:
    """What holds in every variant of the run, in sentences; the exactness of the search where nothing else is known.

    ``told``: the scenario of which the page says the effect already.
    """
    lines = []
    band = widest_band(results, results.scenarios[0].name)
    if band is not None:
        low, high = band
        lines.append(
            f"La part reste entre {typography.percent(low)} et {typography.percent(high)} quand change "
            f"{tried_words(results)}."
        )
    ranked = [item for item in reference_differences(results) if item.outcome == RANKED and item.names[0] != told]
    gain, loss = ([item for item in ranked if item.is_more is is_more] for is_more in (True, False))
    lines += [
        f"« {shortened(item.titles[0])} » : dans chaque variante du calcul, "
        f"{span_words(*item.shares[1:])} de {'plus' if item.is_more else 'moins'}."
        for item in (*gain[:1], *loss[-1:])
    ]
    lines.append(
        "Le plus court chemin est calculé pour chacun des "
        f"{typography.count(len(results.demand), 'lieu', 'lieux')} d'habitation ; à "
        f"{typography.plain(results.study.analysis.threshold_min)} minutes juste, on n'est pas compté."
    )
    return lines[:_MOST]


def uncertain_lines(results: Results) -> list[str]:
    """What may move the answer, in sentences: the streets, people at the limit, positions, undecided scenarios."""
    lines = []
    if results.origin.is_demo:
        lines.append("Les rues sont inventées : aucun chiffre ne vaut pour une adresse.")
    borderline = results.sensitivity.borderline
    rows = borderline[borderline["scenario"] == results.scenarios[0].name] if len(borderline) else borderline
    for row in rows.head(1).to_dict("records"):
        lower, upper = (typography.plain(float(row[name])) for name in ("lower_min", "upper_min"))
        lines.append(
            f"{typography.count(row['borderline_population'], 'habitant est', 'habitants sont')} à la limite, entre "
            f"{lower} et {upper} min."
        )
    lines += _unverified(results)
    if len(results.sensitivity.bands) == 0:
        lines.append("L'étude ne demande pas de fourchettes : un petit écart ne doit pas servir à classer.")
    else:
        lines.append("Deux hypothèses n'ont jamais été changées ensemble : l'écart pourrait être plus grand.")
    doubtful = _doubtful(results)
    if doubtful:
        counted = typography.count(doubtful, "service compté", "services comptés")
        lines.append(f"{counted} par « {shortened(results.scenarios[0].title)} » "
                     f"{'a' if doubtful == 1 else 'ont'} une position douteuse.")  # fmt: skip
    others = reference_differences(results)
    same = not_told_apart(others)
    undecided = [item for item in others if item.outcome == UNDECIDED and item not in same]
    turning = [item for item in undecided if item.changes_side]
    if turning:
        titles = typography.listed([f"« {shortened(item.titles[0])} »" for item in turning[:2]])
        lines.append(f"L'effet de {titles} change de sens selon la variante.")
    elif undecided:
        item = undecided[0]
        lines.append(f"L'effet de « {shortened(item.titles[0])} » est {none_or_one_sided(item)}.")
    if same:
        lines.append(f"{typography.count(len(same), 'scénario ne se distingue', 'scénarios ne se distinguent')} pas du "
                     "premier.")  # fmt: skip
    unsnapped = headline(results, results.scenarios[0].name, results.study.analysis.headline_mode).unsnapped
    if unsnapped > 0:
        lines.append(f"{typography.count(unsnapped, 'habitant est', 'habitants sont')} loin de toute rue praticable.")
    lines.append(place_words(results)[0].split(". ")[0].rstrip(".") + ".")
    return lines[: _MOST + 2]


def not_told_apart(others: Sequence[Difference]) -> list[Difference]:
    """Those that cover as many as the first: the same, or less than a tenth of a point apart in every variant."""
    return [
        item
        for item in others
        if item.outcome == IDENTICAL or (item.outcome == UNDECIDED and max(map(abs, item.shares)) < _LEAST_SHARE)
    ]


def tied_lines(results: Results) -> list[str]:
    """Which scenarios the variants do not tell apart: of those that gain, of those that lose, then from the first.

    A table that gives each its share reads as an order: these sentences stand beside it.
    """
    differences = reference_differences(results)
    lines = []
    for is_more in (True, False):
        ranked = {item.names[0]: item for item in differences if item.outcome == RANKED and item.is_more is is_more}
        for tier in ranked_tiers(results.sensitivity.ranking):
            tied = [item for name, item in ranked.items() if name in tier]
            kinds = outcomes_between(results, [item.names[0] for item in tied])
            if kinds - {RANKED}:
                # a chain of pairs that are not ranked may join two that are
                always = "toujours " if RANKED in kinds else ""
                lines.append(f"Les variantes ne départagent pas {always}{_named(tied)}.")
    same = not_told_apart(differences)
    if same:
        lines.append(f"{'Ne se distingue' if len(same) == 1 else 'Ne se distinguent'} pas du premier : {_named(same)}.")
    return lines


def _named(differences: Sequence[Difference]) -> str:
    """The scenarios by their titles, the last of many by their number."""
    titles = [f"« {shortened(item.titles[0])} »" for item in differences]
    more = len(titles) - _MOST
    return typography.listed(titles if more <= 1 else [*titles[:_MOST], typography.count(more, "autre", "autres")])


def shortened(title: str, longest: int = _LONGEST_TITLE) -> str:
    """A title that fits beside others on a page.

    >>> shortened("Proximité : maillage 2024, PMI et permanences", 30)
    'Proximité : maillage 2024…'
    """
    return title if len(title) <= longest else title[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _unverified(results: Results) -> list[str]:
    """Of the scenario that counts most of them, the services of which nobody checked that they are still open."""
    counted = [(item.title, _services(results, item.name)) for item in standalone_scenarios(results)]
    unverified, title, count = max(
        ((sum(map(labels.is_unverified, services)), title, len(services)) for title, services in counted),
        key=lambda item: item[0],
    )
    if not unverified:
        return []
    return [
        f"{typography.number(unverified)} des {typography.count(count, 'service')} de « {shortened(title)} » : "
        "ouverture non vérifiée depuis leur source."
    ]


def _doubtful(results: Results) -> int:
    """How many services that the first scenario counts have a doubtful position."""
    return sum(bool(labels.doubt(item)) for item in _services(results, results.scenarios[0].name))


def _services(results: Results, scenario: str) -> list[dict[str, Any]]:
    """What is known of the services that a scenario counts by the headline mode."""
    rows = results.access(scenario, results.study.analysis.headline_mode).service_rows
    table = results.services.drop(columns=results.services.geometry.name).iloc[rows]
    return [{str(name): value for name, value in item.items()} for item in table.to_dict("records")]
