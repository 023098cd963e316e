"""The tables of the report, as rows of French text ready for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from access92.outputs import french, wording
from access92.outputs.figures import area_rows, figures, headline, own_scenarios, rules
from access92.outputs.report_names import scenario_title
from access92.results import Results
from access92.tables import TOTAL

_MOST_AREAS = 10
_MOST_POCKETS = 10


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: header rows, then rows whose first cell is a row header.

    ``groups``: (label, width) of a first header row, empty where there is none. ``text_columns``: how many
    columns from the left are words; the others are figures, set to the right.
    """

    caption: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    groups: tuple[tuple[str, int], ...] = ()
    text_columns: int = 1


def coverage_by_threshold(results: Results) -> Table:
    """Shares and people by scenario, mode and threshold, for any service, whole study area."""
    thresholds = results.study.analysis.thresholds_min
    rows = []
    for item in results.situations:
        cells = []
        for threshold in thresholds:
            total = figures(results, item.scenario, item.mode, threshold_min=threshold)[TOTAL]
            cells += [french.percent(total.share), french.number(total.covered)]
        rows.append((scenario_title(results, item.scenario), wording.mode_phrase(results.modes[item.mode]), *cells))
    return Table(
        "Habitants à moins de chaque durée d'un service du scénario (seuils stricts)",
        ("Scénario", "Mode", *("part", "habitants") * len(thresholds)),
        rows,
        groups=(("", 2), *((f"moins de {french.plain(t)}\u00a0min", 2) for t in thresholds)),
        text_columns=2,
    )


def by_area(results: Results, mode: str) -> Table:
    """Of every area coverage, people left out, median and 90th percentile in the first scenario, share in others."""
    cutoff = results.study.analysis.cutoff_min
    first, *others = [
        [*area_rows(results, scenario.name, mode), headline(results, scenario.name, mode)]
        for scenario in results.scenarios
    ]
    rows = []
    for i, row in enumerate(first):
        rows.append(
            (
                row.name,
                french.number(row.population),
                french.percent(row.share),
                french.number(row.uncovered),
                _minutes(row.median_min, cutoff),
                _minutes(row.p90_min, cutoff),
                *(french.percent(other[i].share) for other in others),
            )
        )
    threshold = french.plain(results.study.analysis.threshold_min)
    groups: tuple[tuple[str, int], ...] = (("", 2), (results.scenarios[0].title, 4))
    if others:
        groups = (*groups, ("part dans les autres scénarios (noms courts)", len(others)))
    return Table(
        f"{wording.mode_phrase(results.modes[mode])} : part des habitants à moins de {threshold}\u00a0min, habitants "
        "non couverts, durée médiane et 9e décile (minutes)",
        ("Commune", "habitants", "part", "non couverts", "médiane", "9e décile",
         *(scenario.name for scenario in results.scenarios[1:])),
        rows,
        groups=groups,
    )  # fmt: skip


def most_uncovered_areas(results: Results, scenario: str, mode: str) -> Table:
    """The areas with the most people left out, most first."""
    found = [row for row in area_rows(results, scenario, mode) if row.uncovered > 0]
    found.sort(key=lambda row: (-row.uncovered, row.area_id))
    everyone = max(sum(row.uncovered for row in found), 1e-9)
    return Table(
        f"Les {_MOST_AREAS} communes où le plus d'habitants ne sont pas couverts",
        ("Commune", "non couverts", "part de la commune", "part de tous les non couverts"),
        [
            (row.name, french.number(row.uncovered), french.percent(1 - row.share),
             french.percent(row.uncovered / everyone))
            for row in found[:_MOST_AREAS]
        ],
    )  # fmt: skip


def largest_pockets(results: Results, scenario: str, mode: str) -> Table:
    """The largest pockets of people left out: neighbouring places that are not covered."""
    table = results.pockets
    here = table[(table["scenario"] == scenario) & (table["mode"] == mode)].sort_values("rank").head(_MOST_POCKETS)
    places = here.geometry.to_crs("EPSG:4326") if len(here) else here.geometry
    names = dict(zip(results.areas["area_id"], results.areas["name"], strict=True))
    cutoff = results.study.analysis.cutoff_min
    return Table(
        f"Les {_MOST_POCKETS} plus grandes poches non couvertes (groupes de lieux voisins)",
        ("Commune", "habitants", "durée médiane (min)", "latitude", "longitude"),
        [
            (
                names.get(row["area_id"], str(row["area_id"])),
                french.number(row["population"]),
                _minutes(row["median_min"], cutoff),
                french.number(place.y, decimals=4),
                french.number(place.x, decimals=4),
            )
            for row, place in zip(here.to_dict("records"), places, strict=True)
        ],
    )


def by_kind(results: Results, mode: str) -> Table:
    """Coverage by kind of service, by scenario, at the headline threshold."""
    threshold = results.study.analysis.threshold_min
    rows = []
    for rule in rules(results):
        cells = []
        for scenario in own_scenarios(results):
            total = figures(results, scenario.name, mode, rule=rule, threshold_min=threshold).get(TOTAL)
            cells += [french.percent(total.share), french.number(total.covered)] if total else ["—", "—"]
        rows.append((wording.rule_label(rule), *cells))
    return Table(
        f"{wording.mode_phrase(results.modes[mode])} : habitants à moins de {french.plain(threshold)}\u00a0min, "
        "par catégorie de service",
        ("Catégorie", *("part", "habitants") * len(own_scenarios(results))),
        rows,
        groups=(("", 1), *((scenario.title, 2) for scenario in own_scenarios(results))),
    )


def doubtful_services(results: Results) -> Table:
    """The counted services whose position is doubtful, and why."""
    rows = []
    for service in results.services.drop(columns=results.services.geometry.name).to_dict("records"):
        why = wording.doubt(service)
        if why:
            rows.append(
                (
                    wording.text(service["name"]),
                    wording.kind_label(service["kind"]),
                    wording.text(service.get("position_basis")),
                    french.number(wording.uncertainty_m(service)),
                    wording.text(service.get("confidence")),
                    wording.text(service.get("note")),
                )
            )
    return Table(
        "Services comptés dont la position est douteuse",
        ("Service", "Catégorie", "Base de la position", "Incertitude (m)", "Confiance", "Remarque"),
        rows,
        text_columns=6,
    )


def unlocated_services(results: Results) -> Table:
    """The services that are known but not counted."""
    return Table(
        "Services connus, non comptés",
        ("Service", "Catégorie", "Raison"),
        [
            (wording.text(row["name"]), wording.kind_label(wording.text(row["kind"])), wording.text(row["reason"]))
            for row in results.unlocated.to_dict("records")
        ],
        text_columns=3,
    )


def survived(results: Results) -> Table:
    """What the run survived: each with its reason and the people concerned."""
    return Table(
        "Ce que le calcul a rencontré et laissé passer",
        ("Sujet", "Objet", "Détail", "habitants"),
        [
            (*(wording.text(row[name]) for name in ("topic", "subject", "detail")), french.number(row["population"]))
            for row in results.notices.to_dict("records")
        ],
        text_columns=3,
    )


def networks(results: Results) -> Table:
    """The network of each mode, and the part that is cut off from the rest."""
    return Table(
        "Réseaux utilisés",
        ("Mode", "carrefours", "arcs", "longueur (km)", "carrefours isolés", "rues isolées (km)"),
        [
            (
                wording.mode_phrase(results.modes[name]),
                french.number(item.nodes),
                french.number(item.directed_edges),
                french.number(item.length_km),
                french.number(item.cut_off_nodes),
                french.number(item.cut_off_length_km, decimals=1),
            )
            for name, item in results.networks.items()
        ],
    )


def _minutes(value_min: float, cutoff_min: float) -> str:
    """Minutes without their unit (the header says it); NaN is beyond the cut-off."""
    if np.isfinite(value_min):
        return french.number(value_min, decimals=1)
    return f">\u00a0{french.plain(cutoff_min)}"
