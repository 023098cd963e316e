"""The tables of the report, as rows of French text ready for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.outputs import french, wording
from access92.outputs.figures import area_rows, figures, headline, rules
from access92.results import Results
from access92.tables import ANY, TOTAL

_MOST_AREAS = 10
_MOST_POCKETS = 10
_MOST_MOVED = 8


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
        rows.append((_title(results, item.scenario), wording.mode_phrase(results.modes[item.mode]), *cells))
    return Table(
        "Habitants à moins de chaque durée d'un service du scénario (seuils stricts)",
        ("Scénario", "Mode", *("part", "habitants") * len(thresholds)),
        rows,
        groups=(("", 2), *((f"moins de {french.plain(t)}\u00a0min", 2) for t in thresholds)),
        text_columns=2,
    )


def by_area(results: Results, mode: str) -> Table:
    """Coverage, people left out, median and 90th percentile of every area, by scenario."""
    cutoff = results.study.analysis.cutoff_min
    by_scenario = [
        [*area_rows(results, scenario.name, mode), headline(results, scenario.name, mode)]
        for scenario in results.scenarios
    ]
    rows = []
    for row in zip(*by_scenario, strict=True):
        cells = []
        for item in row:
            cells += [
                french.percent(item.share),
                french.number(item.uncovered),
                _minutes(item.median_min, cutoff),
                _minutes(item.p90_min, cutoff),
            ]
        rows.append((row[0].name, french.number(row[0].population), *cells))
    threshold = french.plain(results.study.analysis.threshold_min)
    return Table(
        f"{wording.mode_phrase(results.modes[mode])} : part des habitants à moins de {threshold}\u00a0min, habitants "
        "non couverts, durée médiane et 9e décile (minutes)",
        ("Commune", "habitants", *("part", "non couverts", "médiane", "9e décile") * len(results.scenarios)),
        rows,
        groups=(("", 2), *((scenario.title, 4) for scenario in results.scenarios)),
    )


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
        for scenario in results.scenarios:
            total = figures(results, scenario.name, mode, rule=rule, threshold_min=threshold).get(TOTAL)
            cells += [french.percent(total.share), french.number(total.covered)] if total else ["—", "—"]
        rows.append((wording.rule_label(rule), *cells))
    return Table(
        f"{wording.mode_phrase(results.modes[mode])} : habitants à moins de {french.plain(threshold)}\u00a0min, "
        "par catégorie de service",
        ("Catégorie", *("part", "habitants") * len(results.scenarios)),
        rows,
        groups=(("", 1), *((scenario.title, 2) for scenario in results.scenarios)),
    )


def compared(results: Results) -> Table:
    """People gained and people lost against the reference scenario, kept apart; whole study area."""
    table = _at_headline(results)
    table = table[table["area_id"] == TOTAL]
    return Table(
        "Habitants gagnés et perdus par rapport au scénario de référence "
        f"(« {_title(results, results.scenarios[0].name)} »), au seuil de "
        f"{french.plain(results.study.analysis.threshold_min)}\u00a0min",
        ("Scénario", "Mode", "gagnés", "perdus", "solde", "heures-personnes gagnées"),
        [
            (
                _title(results, row["scenario"]),
                wording.mode_phrase(results.modes[row["mode"]]),
                french.number(row["population_gained"]),
                french.number(row["population_lost"]),
                french.signed(row["population_gained"] - row["population_lost"]),
                french.signed(row["minutes_saved_person_min"] / 60),
            )
            for row in table.to_dict("records")
        ],
        text_columns=2,
    )


def most_moved_areas(results: Results, scenario: str, mode: str) -> Table:
    """The areas where a scenario moves the most people, gained and lost apart."""
    table = _at_headline(results)
    here = table[(table["scenario"] == scenario) & (table["mode"] == mode) & (table["area_id"] != TOTAL)]
    moved = here.assign(moved=here["population_gained"] + here["population_lost"])
    moved = moved[moved["moved"] > 0].sort_values(["moved", "area_id"], ascending=[False, True]).head(_MOST_MOVED)
    names = dict(zip(results.areas["area_id"], results.areas["name"], strict=True))
    return Table(
        f"{_title(results, scenario)} : les communes qui changent le plus ({_lower(results, mode)})",
        ("Commune", "gagnés", "perdus", "solde"),
        [
            (
                names.get(row["area_id"], str(row["area_id"])),
                french.number(row["population_gained"]),
                french.number(row["population_lost"]),
                french.signed(row["population_gained"] - row["population_lost"]),
            )
            for row in moved.to_dict("records")
        ],
    )


def doubtful_services(results: Results) -> Table:
    """The counted services whose position is doubtful, and why."""
    rows = []
    for _, service in results.services.iterrows():
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


def _at_headline(results: Results) -> pd.DataFrame:
    table = results.comparison
    threshold = results.study.analysis.threshold_min
    here = np.isclose(table["threshold_min"].to_numpy(dtype=float), threshold) & (table["rule"] == ANY).to_numpy()
    return table.iloc[np.flatnonzero(here)]


def _minutes(value_min: float, cutoff_min: float) -> str:
    """Minutes without their unit (the header says it); NaN is beyond the cut-off."""
    if np.isfinite(value_min):
        return french.number(value_min, decimals=1)
    return f">\u00a0{french.plain(cutoff_min)}"


def _title(results: Results, scenario: str) -> str:
    return next((item.title for item in results.scenarios if item.name == scenario), scenario)


def _lower(results: Results, mode: str) -> str:
    phrase = wording.mode_phrase(results.modes[mode])
    return phrase[0].lower() + phrase[1:]
