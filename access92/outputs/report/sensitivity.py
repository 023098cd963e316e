"""The chapter on sensitivity: the band of each headline, the borderline people, which scenario covers more."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import isclose
from typing import Any

from access92.measures.sensitivity import UNDECIDED, WIDEST
from access92.outputs.report.basis import basis_line, rule_words, under
from access92.outputs.report.charts import Band, band_chart
from access92.outputs.report.content import (
    Block,
    Bullets,
    Chapter,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    paragraph,
    present,
)
from access92.outputs.report.margins import (
    announced,
    borderline_sentence,
    difference_line,
    differences,
    order_sentence,
    outcome_counts,
    reference_differences,
)
from access92.outputs.report.rides import departures_section
from access92.outputs.words import labels, typography
from access92.outputs.words.names import lower_mode, scenario_title
from access92.outputs.words.sensitivity import Difference, bands_table, outcome_words, source_label
from access92.run.results import Results
from access92.study.model import SensitivityOptions


def sensitivity_chapter(results: Results) -> Chapter:
    """How far each headline moves when what is uncertain moves; says so where the study did not ask."""
    tables = results.sensitivity
    if len(tables.bands) == 0:
        blocks: tuple[Block, ...] = (
            paragraph(
                "Non demandée dans l'étude : une table [sensitivity] dans le fichier d'étude fait bouger la vitesse, "
                "le seuil, le rattachement aux rues, la position des services et la répartition des habitants. Sans "
                "elle, aucun écart de ce dossier n'a de fourchette, et un petit écart ne doit pas servir à classer."
                + (" La fourchette des heures de départ, elle, est toujours là." if len(results.rides) else "")
            ),
        )
        return Chapter("sensibilite", "Sensibilité", present(*blocks, departures_section(results)))
    return Chapter(
        "sensibilite",
        "Sensibilité",
        present(
            paragraph(
                "Chaque chiffre dépend d'hypothèses. Une variante refait le calcul en n'en changeant qu'une, dans les "
                "limites dites aux paramètres ; la fourchette va de la plus petite à la plus grande part obtenue. Ce "
                "n'est pas un intervalle de confiance : on sait jusqu'où le chiffre bouge, pas avec quelle probabilité."
            ),
            Section("La fourchette de chaque scénario", _bands(results)),
            _by_source(results),
            departures_section(results),
            _borderline(results),
            _ranking(results),
        ),
    )


def _bands(results: Results) -> tuple[Block, ...]:
    bands = results.sensitivity.bands
    widest = bands[bands["source"] == WIDEST]
    if len(widest) == 0:
        return ()
    basis = basis_line(results)
    table = Table(
        f"Part des habitants {rule_words(results)} : la plus large des fourchettes de chaque scénario",
        ("Scénario", "plus basse", "centrale", "plus haute", "habitants, plus bas", "centraux", "plus haut"),
        tuple((scenario_title(results, row["scenario"]), *_band_cells(row)) for row in widest.to_dict("records")),
        basis=basis,
    )
    return (table,)


def _by_source(results: Results) -> Section | None:
    """How far each source of uncertainty moves the headline of the first scenario; None where nothing was varied."""
    bands = bands_table(results.sensitivity)
    first = results.scenarios[0]
    rows = bands[bands["scenario"] == first.name].to_dict("records")
    if not rows:
        return None
    options = results.study.sensitivity
    # a column that would be empty in every row is left out
    has_detail = any(labels.text(row.get("detail")) for row in rows)
    basis = basis_line(results)
    return Section(
        "Ce qui fait bouger le chiffre",
        (
            Table(
                f"« {first.title} » : fourchette par source d'incertitude, {rule_words(results)}",
                (
                    "Ce qui change", *(("Précision",) if has_detail else ()),
                    "plus basse", "centrale", "plus haute", "habitants, plus bas", "centraux", "plus haut",
                ),
                tuple(
                    (
                        source_label(row["source"], options),
                        *((labels.text(row.get("detail")),) if has_detail else ()),
                        *_band_cells(row),
                    )
                    for row in rows
                ),
                text_columns=2 if has_detail else 1,
                basis=basis,
            ),
            *_twins(results, rows),
        ),
    )  # fmt: skip


def sources_picture(results: Results) -> Picture | None:
    """How far each source of uncertainty moves the headline of the first scenario, as a chart; None without margins."""
    first, options = results.scenarios[0], results.study.sensitivity
    bands = bands_table(results.sensitivity)
    rows = bands[bands["scenario"] == first.name].to_dict("records") if len(bands) else []
    if not rows:
        return None
    charted = [
        Band(source_label(row["source"], options), row["low_share"], row["central_share"], row["high_share"])
        for row in rows
    ]
    words = [f"{item.label} : de {typography.percent(item.low)} à {typography.percent(item.high)}" for item in charted]
    return Picture(
        "sources",
        band_chart(charted),
        alt=f"Fourchettes de « {first.title} » par source d'incertitude. {' ; '.join(words)}.",
        caption=f"« {first.title} » : la part selon l'hypothèse que l'on change",
    )


def _twins(results: Results, rows: Sequence[Mapping[Hashable, Any]]) -> tuple[Paragraph, ...]:
    """Why the rows of speed and threshold say the same, where they do; else nothing."""
    by_source = {row["source"]: row for row in rows}
    speed, threshold = (by_source.get(name) for name in ("speed", "threshold"))
    if speed is None or threshold is None or _band_cells(speed)[:3] != _band_cells(threshold)[:3]:
        return ()
    options = results.study.sensitivity or SensitivityOptions()
    headline_min = results.study.analysis.threshold_min
    factor = 1 + options.speed_share
    if not isclose(factor * headline_min, headline_min + options.threshold_min):
        return ()
    return (
        paragraph(
            "Vitesse et seuil disent la même chose, et ce n'est pas un hasard : "
            f"{lower_mode(results, results.study.analysis.headline_mode)}, sans stationnement, aller "
            f"{typography.plain(round(factor, 3))} fois plus vite avec un seuil de {typography.plain(headline_min)} "
            "min revient à garder son allure avec un seuil de "
            f"{typography.plain(headline_min + options.threshold_min)} min. Ce sont deux façons de poser une même "
            "question, pas deux preuves."
        ),
    )


def _band_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        *(typography.percent(float(row[f"{name}_share"])) for name in ("low", "central", "high")),
        *(typography.number(float(row[f"{name}_population"])) for name in ("low", "central", "high")),
    )


def _borderline(results: Results) -> Section | None:
    table = results.sensitivity.borderline
    if len(table) == 0:
        return None
    records = table.to_dict("records")
    lower, upper = (typography.plain(float(records[0][name])) for name in ("lower_min", "upper_min"))
    return Section(
        f"Les habitants à la limite : de {lower} à {upper} min",
        present(
            borderline_sentence(results, results.scenarios[0].name),
            Table(
                f"Habitants entre {lower} et {upper} min d'un service",
                ("Scénario", "juste couverts", "juste non couverts", "à la limite", "part"),
                tuple(
                    (
                        scenario_title(results, row["scenario"]),
                        typography.number(row["population_just_covered"]),
                        typography.number(row["population_just_uncovered"]),
                        typography.number(row["borderline_population"]),
                        typography.percent(row["borderline_population"] / row["population"]),
                    )
                    for row in records
                ),
                basis=basis_line(results, threshold=f"{under(results)}, à {lower} et {upper} min"),
            ),
        ),
    )


def _ranking(results: Results) -> Section | None:
    """Which scenario covers more people, and by how much: in counts, in order, against the reference, pair by pair."""
    if len(results.sensitivity.ranking) == 0:
        return None
    first = results.scenarios[0]
    open_pairs = [item for item in differences(results) if item.outcome == UNDECIDED and first.name not in item.names]
    return Section(
        "Quel scénario couvre le plus d'habitants, et de combien",
        present(
            paragraph(
                "Pour comparer deux scénarios, la même hypothèse est changée des deux côtés (même allure, même seuil, "
                "mêmes tirages) et c'est l'écart qui est mesuré de nouveau : sa fourchette est la sienne, d'ordinaire "
                "bien plus étroite que celles des deux chiffres, qui bougent ensemble. Deux scénarios "
                "sont classés quand leur écart garde son sens dans toutes les variantes, identiques quand il est nul "
                "dans toutes, indécidables sinon. Deux fourchettes qui se recouvrent n'empêchent donc pas de classer."
            ),
            paragraph(f"{outcome_counts(results)}. {order_sentence(results)}"),
            paragraph(
                Strong(f"Par rapport à « {first.title} » "),
                f"{announced(results)}, de la variante où l'écart est le plus petit à celle où il est le plus grand :",
            ),
            Bullets(tuple((f"{difference_line(results, item)}.",) for item in reference_differences(results))),
            *_by_riding(results),
            _open_intro(results, len(open_pairs)),
            Bullets(tuple((f"{_pair_line(results, item)}.",) for item in open_pairs)) if open_pairs else None,
            _pairs(results),
        ),
    )


def _by_riding(results: Results) -> list[Block]:
    """What the other scenarios cover more than the first by each mode that rides."""
    blocks: list[Block] = []
    for mode in results.difference_modes[1:]:
        items = reference_differences(results, mode)
        if items:
            blocks += [
                paragraph(
                    Strong(f"Par rapport à « {results.scenarios[0].title} »"),
                    f" {announced(results, mode)}, aux quartiles des départs et les autres jours demandés :",
                ),
                Bullets(tuple((f"{difference_line(results, item, mode)}.",) for item in items)),
            ]
    return blocks


def _open_intro(results: Results, count: int) -> Paragraph | None:
    """What announces the pairs without the reference that the variants do not rank; None where there is none."""
    if count == 0:
        return None
    return paragraph(Strong(f"Entre les autres, indécidables ({count}) "), f"{announced(results)} :")


def _pair_line(results: Results, difference: Difference) -> str:
    return f"Par rapport à « {difference.titles[1]} », {difference_line(results, difference)}"


def _pairs(results: Results) -> Table:
    """Every pair of scenarios: which is ahead, the difference, its band, in points and in inhabitants."""
    return Table(
        f"Écarts entre scénarios, deux à deux ({rule_words(results)})",
        ("Scénario A", "Scénario B", "Ordre", *("écart", "le plus bas", "le plus haut") * 2),
        tuple(
            (
                item.titles[1],
                item.titles[0],
                outcome_words(item),
                *(typography.signed(100 * share, decimals=1) for share in item.shares),
                *(typography.signed(population) for population in item.population),
            )
            for item in differences(results)
        ),
        groups=(("", 3), ("B − A, en points de part", 3), ("B − A, en habitants", 3)),
        text_columns=3,
        basis=basis_line(
            results,
            more="Écart : sous les hypothèses de l'étude ; le plus bas, le plus haut : parmi les variantes, la même "
            "des deux côtés. Un devant l'autre : dans toutes les variantes",
        ),
    )
