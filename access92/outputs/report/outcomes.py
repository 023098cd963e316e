"""The chapter of results: answers by scenario and mode, thresholds, curves, times, kinds of service."""

from __future__ import annotations

import numpy as np

from access92.outputs.figures import figures, rules, standalone_scenarios
from access92.outputs.report.answers import answers_table, derived_scenarios, riding_answers
from access92.outputs.report.basis import basis_line, under
from access92.outputs.report.charts import Line, coverage_curves, time_distribution
from access92.outputs.report.content import Chapter, Link, Picture, Section, Table, paragraph, present
from access92.outputs.report.publics import publics_section
from access92.outputs.words import labels, typography
from access92.outputs.words.names import scenario_title
from access92.run.results import Results
from access92.study.schemas import EVERYBODY, TOTAL
from access92.travel.time_limits import limits_reached

_BIN_MIN = 2.0


def outcomes_chapter(results: Results) -> Chapter:
    """Who is covered, by mode, by threshold, by kind of service."""
    threshold = typography.plain(results.study.analysis.threshold_min)
    car_only = all(mode.family == "car" for mode in results.study_modes.values())
    warning = paragraph(
        "Cette étude ne calcule que la voiture. Un chiffre en voiture ne dit rien de ceux qui n'en ont pas : ajouter "
        "la marche aux modes de l'étude.",
        role="warning",
    )
    strict = paragraph(
        f"« Moins de {threshold} minutes » est strict : un lieu à exactement {threshold},0 minutes n'est pas couvert. "
        "Les parts sont des parts d'habitants (ou de ménages, de logements pour les publics qui les comptent), jamais "
        "de lieux."
    )
    return Chapter(
        "resultats",
        "Résultats par mode",
        present(
            answers_table(results),
            *riding_answers(results),
            warning if car_only else None,
            strict,
            publics_section(results),
            Section("Couverture par seuil", (coverage_by_threshold(results),)),
            _curves(results),
            _distribution(results),
            _kinds(results),
        ),
        starts_page=True,
    )


def coverage_by_threshold(results: Results) -> Table:
    """Shares and people by scenario, mode and threshold, for any service, whole study area."""
    thresholds = results.study.analysis.thresholds_min
    rows = []
    for item in results.access_records:
        cells: list[str] = []
        for threshold in thresholds:
            total = figures(results, item.scenario, item.mode, threshold_min=threshold)[TOTAL]
            cells += [typography.percent(total.share), typography.number(total.covered)]
        rows.append((scenario_title(results, item.scenario), labels.mode_phrase(results.modes[item.mode]), *cells))
    return Table(
        "Habitants à moins de chaque durée d'un service du scénario (seuils stricts)",
        ("Scénario", "Mode", *("part", "habitants") * len(thresholds)),
        tuple(rows),
        groups=(("", 2), *((f"moins de {typography.plain(t)} min", 2) for t in thresholds)),
        text_columns=2,
        basis=basis_line(results, modes="celui de la ligne", threshold="celui de la colonne"),
    )


def by_kind(results: Results, mode: str) -> Table:
    """Coverage by kind of service, by scenario, at the headline threshold."""
    threshold = results.study.analysis.threshold_min
    scenarios = standalone_scenarios(results)
    rows = []
    for rule in rules(results):
        cells: list[str] = []
        for scenario in scenarios:
            total = figures(results, scenario.name, mode, rule=rule, threshold_min=threshold).get(TOTAL)
            cells += [typography.percent(total.share), typography.number(total.covered)] if total else ["—", "—"]
        rows.append((labels.rule_label(rule, results.study.kinds), *cells))
    return Table(
        f"{labels.mode_phrase(results.modes[mode])} : habitants à {under(results)}, par catégorie de service",
        ("Catégorie", *("part", "habitants") * len(scenarios)),
        tuple(rows),
        groups=(("", 1), *((scenario.title, 2) for scenario in scenarios)),
        basis=basis_line(results, mode=mode),
    )


def _kinds(results: Results) -> Section:
    note = (
        "« — » : le scénario ne compte aucun service de cette catégorie. Un service qui porte plusieurs catégories "
        "compte pour chacune."
    )
    more = (" Les scénarios qui en modifient un autre sont dans ", Link("coverage.csv", "coverage.csv"), ".")
    return Section(
        "Catégories de service",
        (
            by_kind(results, results.study.analysis.headline_mode),
            paragraph(note, *(more if derived_scenarios(results) else ())),
        ),
    )


def _curves(results: Results) -> Section:
    words = "Seuls les scénarios qui n'en modifient pas un autre sont tracés. " if derived_scenarios(results) else ""
    return Section(
        "Courbe de couverture",
        (_curve(results), paragraph(f"{words}Valeurs de tous : ", Link("curve.csv", "curve.csv"), ".")),
    )


def _curve(results: Results) -> Picture:
    threshold = results.study.analysis.threshold_min
    panels = [(labels.mode_phrase(results.modes[mode]), _lines(results, mode)) for mode in results.study_modes]
    return Picture(
        "curves",
        coverage_curves(panels, threshold_min=threshold),
        alt="Courbes de la part des habitants selon la durée, une par scénario. "
        + " ".join(f"{title}. {spoken_curve(lines, threshold)}" for title, lines in panels),
        caption="Part des habitants couverts selon la durée, mode par mode",
        basis=basis_line(results, modes="celui de chaque graphique", threshold="celui de l'axe"),
    )


def _lines(results: Results, mode: str) -> list[Line]:
    table = results.curve[(results.curve["mode"] == mode) & (results.curve["public"] == EVERYBODY)]
    lines = []
    for scenario in standalone_scenarios(results):
        rows = table[table["scenario"] == scenario.name].sort_values("threshold_min")
        lines.append(
            Line(scenario.title, rows["threshold_min"].to_numpy(float), rows["coverage_share"].to_numpy(float))
        )
    return lines


def spoken_curve(lines: list[Line], threshold_min: float) -> str:
    """What a reader of screens hears of curves: the share of each at the threshold.

    >>> spoken_curve([Line("À pied", np.array([5.0, 20.0]), np.array([0.0, 1.0]))], 20.0)
    'À moins de 20 minutes : À pied : 100\u202f%.'
    """
    shares = [
        f"{line.label} : {typography.percent(float(np.interp(threshold_min, line.minutes, line.shares)))}"
        for line in lines
    ]
    return f"À moins de {typography.plain(threshold_min)} minutes : {' ; '.join(shares)}."


def _distribution(results: Results) -> Section:
    analysis = results.study.analysis
    first = results.scenarios[0]
    population = results.demand["population"].to_numpy(float)
    panels = []
    for mode in results.study_modes:
        minutes = results.access(first.name, mode).travel_time_min
        panels.append(
            (labels.mode_phrase(results.modes[mode]), people_by_bin(minutes, population, analysis.cutoff_min))
        )
    words = [
        f"{label} : le plus d'habitants entre {typography.plain(_BIN_MIN * int(counts.argmax()))} et "
        f"{typography.plain(_BIN_MIN * (int(counts.argmax()) + 1))} min, {typography.number(counts[-1])} au-delà de "
        f"{typography.plain(analysis.cutoff_min)} min ou hors réseau"
        for label, counts in panels
    ]
    picture = Picture(
        "times",
        time_distribution(
            panels, threshold_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min, bin_min=_BIN_MIN
        ),
        alt=f"Histogrammes des temps de trajet, un par mode. {' ; '.join(words)}.",
        caption=f"« {first.title} » : habitants selon le temps de trajet vers le service le plus proche, par tranche "
        f"de {typography.plain(_BIN_MIN)} min",
        basis=basis_line(results, modes="celui de chaque graphique"),
    )
    return Section("Distribution des temps de trajet", (picture,))


def people_by_bin(minutes: np.ndarray, population: np.ndarray, cutoff_min: float) -> np.ndarray:
    """Inhabitants by bin of two minutes up to the cut-off; the last: beyond it or not reached (NaN).

    >>> people_by_bin(np.array([0.0, 1.9, 2.0, np.nan]), np.ones(4), 4.0).tolist()
    [2.0, 1.0, 1.0]
    >>> people_by_bin(np.array([2.9, 3.0, np.nan]), np.ones(3), 3.0).tolist()
    [0.0, 1.0, 2.0]
    """
    bounds = [*np.arange(_BIN_MIN, cutoff_min, _BIN_MIN), cutoff_min]
    return np.bincount(limits_reached(minutes, bounds), weights=population, minlength=len(bounds) + 1)
