"""The chapter on communes: table, small maps, ranking with intervals."""

from __future__ import annotations

import numpy as np

from access92._statistics import weighted_quantile
from access92.outputs.figures import Figure, area_rows, headline
from access92.outputs.report.basis import basis_line, rule_words, under
from access92.outputs.report.charts import Spread, commune_ranking
from access92.outputs.report.content import Chapter, Link, Picture, Section, Table, paragraph, present
from access92.outputs.report.rides import ride_communes
from access92.outputs.report.small_maps import BaseMap, labelled_share_map, share_maps
from access92.outputs.words import labels, typography
from access92.outputs.words.names import lower_mode, short_titles
from access92.run.results import Results
from access92.study.model import SensitivityOptions
from access92.travel.time_limits import is_under

_OWN_PEOPLE = "les habitants de chaque commune"
_COLUMNS_A_TABLE = 8
_MAPS_SHARE = 0.78  # of the text: the small maps of a study share a page
_PANELS_A_ROW, _PANEL_MM = 5, 33.0
_TENTH = 0.1
_NOBODY = "—"  # no inhabitants, no median


def communes_chapter(results: Results, base_map: BaseMap) -> Chapter:
    """The communes as a table, as small maps per scenario and per mode, and in order with their intervals."""
    mode = results.study.analysis.headline_mode
    cutoff = typography.plain(results.study.analysis.cutoff_min)
    note = paragraph(
        f"Une durée notée « > {cutoff} » dépasse la durée maximale retenue. Autres modes et seuils : ",
        Link("coverage.csv", "coverage.csv"),
        " et ",
        Link("travel_time_summary.csv", "travel_time_summary.csv"),
        ".",
    )
    maps = present(
        _by_scenario(results, base_map) if len(results.scenarios) > 1 else None,
        _by_mode(results, base_map) if len(results.study_modes) > 1 else None,
    )
    return Chapter(
        "communes",
        f"Les {len(results.areas)} communes",
        (
            Section(
                "En tableau",
                present(
                    by_area(results, mode),
                    note,
                    *shares_by_scenario(results, mode),
                    *(ride_communes(results, name) for name in results.study_modes),
                ),
            ),
            *((Section("En cartes", maps),) if maps else ()),
            Section("En ordre, avec leurs intervalles", _ranking(results)),
        ),
    )


def by_area(results: Results, mode: str) -> Table:
    """Of every area coverage, people left out, median and 90th percentile time in the first scenario."""
    cutoff = results.study.analysis.cutoff_min
    first = results.scenarios[0]
    return Table(
        f"« {first.title} », {lower_mode(results, mode)} : part des habitants à {under(results)} d'un service, "
        "habitants non couverts, durée médiane et 9e décile (minutes)",
        ("Commune", "habitants", "part", "non couverts", "médiane", "9e décile"),
        tuple(
            (
                row.name,
                typography.number(row.population),
                typography.percent(row.share),
                typography.number(row.uncovered),
                _minutes_of(row, row.median_min, cutoff),
                _minutes_of(row, row.p90_min, cutoff),
            )
            for row in (*area_rows(results, first.name, mode), headline(results, first.name, mode))
        ),
        basis=basis_line(results, mode=mode, population_words=_OWN_PEOPLE),
        has_total=True,
    )  # fmt: skip


def shares_by_scenario(results: Results, mode: str) -> list[Table]:
    """Of every area its share in each scenario, in as many tables as it takes to keep the heads in words."""
    names = short_titles([item.title for item in results.scenarios])
    columns = [
        (names[i], [*area_rows(results, item.name, mode), headline(results, item.name, mode)])
        for i, item in enumerate(results.scenarios)
    ]
    if len(columns) == 1:
        return []
    first, others = columns[0], columns[1:]
    parts = [[first, *others[at : at + _COLUMNS_A_TABLE]] for at in range(0, len(others), _COLUMNS_A_TABLE)]
    return [
        Table(
            f"{labels.mode_phrase(results.modes[mode])} : part des habitants à {under(results)} d'un service, par "
            "scénario" + (f" ({i} sur {len(parts)})" if len(parts) > 1 else ""),
            ("Commune", *(name for name, _ in part)),
            tuple((rows[0].name, *(typography.percent(row.share) for row in rows)) for rows in zip(
                *(rows for _, rows in part), strict=True)),
            basis=basis_line(results, mode=mode, population_words=_OWN_PEOPLE),
            has_total=True,
        )
        for i, part in enumerate(parts, start=1)
    ]  # fmt: skip


def short_minutes(value_min: float, cutoff_min: float) -> str:
    """Minutes without their unit (the header says it); NaN is beyond the cut-off."""
    if np.isfinite(value_min):
        return typography.number(value_min, decimals=1)
    return f">\u00a0{typography.plain(cutoff_min)}"


def _minutes_of(row: Figure, value_min: float, cutoff_min: float) -> str:
    return short_minutes(value_min, cutoff_min) if row.population > 0 else _NOBODY


def area_shares(results: Results, scenario: str, mode: str) -> np.ndarray:
    """The share of each area (0-1, NaN where it has no inhabitant), in the order of ``results.areas``."""
    return np.array([row.share for row in area_rows(results, scenario, mode)], dtype=float)


def labelled_picture(results: Results, base_map: BaseMap, *, width_mm: float) -> Picture:
    """The map of the communes, each with its name and share in the first scenario."""
    first, mode = results.scenarios[0], results.study.analysis.headline_mode
    return Picture(
        "communes",
        labelled_share_map(base_map, area_shares(results, first.name, mode), width_mm=width_mm),
        alt=f"Carte des communes : part des habitants à {under(results)}, {lower_mode(results, mode)}. "
        + _extremes(area_rows(results, first.name, mode)),
        caption=f"« {first.title} » : part des habitants de chaque commune, {rule_words(results)}",
    )


def _by_scenario(results: Results, base_map: BaseMap) -> Picture:
    mode = results.study.analysis.headline_mode
    panels = [(item.title, area_shares(results, item.name, mode)) for item in results.scenarios]
    return Picture(
        "communes-scenarios",
        _small_maps(base_map, panels),
        alt=f"Petites cartes des communes, une par scénario, {rule_words(results)}. "
        + " ; ".join(
            f"{item.title} : {typography.percent(headline(results, item.name, mode).share)} dans l'ensemble"
            for item in results.scenarios
        )
        + ".",
        caption=f"Part des habitants de chaque commune, {rule_words(results)}, scénario par scénario",
        basis=basis_line(results, population_words=_OWN_PEOPLE),
        width_share=_MAPS_SHARE * min(len(panels), _PANELS_A_ROW) / _PANELS_A_ROW,
    )


def _by_mode(results: Results, base_map: BaseMap) -> Picture:
    first = results.scenarios[0]
    panels = [
        (labels.mode_phrase(mode), area_shares(results, first.name, name)) for name, mode in results.study_modes.items()
    ]
    return Picture(
        "communes-modes",
        _small_maps(base_map, panels),
        alt=f"Petites cartes des communes, une par mode, à {under(results)}. "
        + " ; ".join(
            f"{labels.mode_phrase(mode)} : "
            f"{typography.percent(headline(results, first.name, name).share)} dans l'ensemble"
            for name, mode in results.study_modes.items()
        )
        + ".",
        caption=f"« {first.title} » : part des habitants de chaque commune à {under(results)} d'un service, mode par "
        "mode",
        basis=basis_line(results, modes="celui de chaque carte", population_words=_OWN_PEOPLE),
        width_share=_MAPS_SHARE * min(len(panels), _PANELS_A_ROW) / _PANELS_A_ROW,
    )


def _small_maps(base_map: BaseMap, panels: list[tuple[str, np.ndarray]]) -> str:
    columns = min(len(panels), _PANELS_A_ROW)
    return share_maps(base_map, panels, columns=columns, width_mm=_PANEL_MM * columns)


def _extremes(rows: list[Figure]) -> str:
    known = sorted((row for row in rows if np.isfinite(row.share)), key=lambda row: (-row.share, row.area_id))
    if not known:
        return "Aucune commune habitée."
    best, worst = known[0], known[-1]
    return (
        f"La plus couverte : {best.name}, {typography.percent(best.share)} ; la moins couverte : {worst.name}, "
        f"{typography.percent(worst.share)}. Toutes les valeurs sont dans le tableau des communes."
    )


def _ranking(results: Results) -> tuple[Picture, ...]:
    analysis = results.study.analysis
    # no time is shown beyond the cut-off: the bars end there
    options = results.study.sensitivity or SensitivityOptions()
    half = min(options.threshold_min, analysis.cutoff_min - analysis.threshold_min)
    first, mode = results.scenarios[0], analysis.headline_mode
    spreads = ranked_spreads(results, first.name, mode, half_min=half)
    picture = Picture(
        "ranking",
        commune_ranking(spreads, threshold_min=analysis.threshold_min, half_min=half, cutoff_min=analysis.cutoff_min),
        alt=f"Communes de la plus à la moins couverte, {rule_words(results)}, avec leur intervalle. "
        + " ; ".join(
            f"{item.name} : {typography.percent(item.share)} (de {typography.percent(item.low_share)} à "
            f"{typography.percent(item.high_share)})"
            for item in spreads
        )
        + ".",
        caption=f"« {first.title} » : communes par part couverte, {rule_words(results)}. Barre de gauche "
        f": la part si le seuil était plus court ou plus long de {typography.plain(half)} min, le même pour toutes. "
        + _order_words(spreads),
        basis=basis_line(results, population_words=_OWN_PEOPLE),
    )
    return (picture,)


def _order_words(spreads: list[Spread]) -> str:
    """How many pairs of communes keep their order at the three thresholds, without full stop."""
    pairs = len(spreads) * (len(spreads) - 1) // 2
    return (
        f"Sur {typography.count(pairs, 'paire de communes', 'paires de communes')}, "
        f"{typography.number(steady_pairs(spreads))} "
        "gardent leur ordre aux trois seuils, que leurs barres se recouvrent ou non"
    )


def steady_pairs(spreads: list[Spread]) -> int:
    """How many pairs of areas have one ahead at the shorter, the headline and the longer threshold: the same for both.

    >>> west, east = Spread("West", 0.5, 0.3, 0.7, 9.0, 5.0, 15.0), Spread("East", 0.6, 0.4, 0.8, 9.0, 5.0, 15.0)
    >>> steady_pairs([east, west])  # their bars overlap, and East is ahead at each threshold
    1
    """
    shares = np.array([(item.low_share, item.share, item.high_share) for item in spreads]).reshape(-1, 3)
    is_ahead = (shares[:, None, :] > shares[None, :, :]).all(axis=2)
    return int(is_ahead.sum())


def ranked_spreads(results: Results, scenario: str, mode: str, *, half_min: float) -> list[Spread]:
    """The areas by share covered, most first, with the shares at thresholds shorter and longer by ``half_min``."""
    threshold = results.study.analysis.threshold_min
    minutes = results.access(scenario, mode).travel_time_min
    population = results.demand["population"].to_numpy(float)
    area = results.demand["area_id"].astype(str).to_numpy()
    spreads = []
    for row in area_rows(results, scenario, mode):
        inside = area == row.area_id
        everyone = max(float(population[inside].sum()), 1e-9)
        low, high = (
            float(population[inside & is_under(minutes, bound)].sum()) / everyone
            for bound in (threshold - half_min, threshold + half_min)
        )
        p10 = weighted_quantile(minutes[inside], population[inside], _TENTH)
        spreads.append(Spread(row.name, row.share, low, high, row.median_min, p10, row.p90_min))
    known = [item for item in spreads if np.isfinite(item.share)]
    return sorted(known, key=lambda item: (-item.share, item.name))
