"""The one-page summary: the answer in words, three figures, the commitments, one map."""

from __future__ import annotations

from access92.outputs.figures import headline
from access92.outputs.palette import class_numbers, time_classes
from access92.outputs.report.answers import headline_sentence, other_modes
from access92.outputs.report.basis import basis_line, of_people, people_words, under
from access92.outputs.report.commitments import commitment_totals
from access92.outputs.report.content import (
    Chapter,
    Columns,
    KeyFigure,
    KeyFigures,
    Link,
    Paragraph,
    Picture,
    paragraph,
    present,
)
from access92.outputs.report.margins import headline_band, ranking_clause, riding_clauses
from access92.outputs.report.names import lower_mode
from access92.outputs.report.publics import counted_publics, public_sentence
from access92.outputs.report.sectors import sector_sentence, sectors_title
from access92.outputs.report.small_maps import BaseMap, people_map, with_legend
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import people_by_class
from access92.run.results import Results


def summary_chapter(results: Results, base_map: BaseMap) -> Chapter:
    """What an elected official reads, on one page."""
    first, mode = results.scenarios[0], results.study.analysis.headline_mode
    return Chapter(
        "essentiel",
        "L'essentiel",
        present(
            paragraph(f"« {first.title} ». {headline_sentence(results, first.name, mode)}", role="lead"),
            key_figures(results),
            Columns(
                present(
                    *(paragraph(headline_sentence(results, first.name, other)) for other in other_modes(results)),
                    public_sentence(results),
                    _band(results),
                    *(paragraph(words) for words in riding_clauses(results)),
                    _competent(results),
                    commitment_totals(results),
                ),
                (_map(results, base_map),),
                left_share=0.58 if counted_publics(results) else 0.5,  # the page holds one more sentence
            ),
        ),
        starts_page=True,
    )


def key_figures(results: Results) -> KeyFigures:
    """Three figures: the share covered, the people left out, and those at the limit (or the median time)."""
    first, mode = results.scenarios[0], results.study.analysis.headline_mode
    total = headline(results, first.name, mode)
    denominator = people_words(results, population=total.population)
    rule = f"à {under(results)}, {lower_mode(results, mode)}"
    items = [
        KeyFigure(
            typography.percent(total.share), f"{of_people(results, population=total.population)} ont un service {rule}"
        ),
        KeyFigure(typography.number(total.uncovered), f"n'ont pas de service {rule}, sur {denominator}"),
    ]
    borderline = results.sensitivity.borderline
    rows = borderline[borderline["scenario"] == first.name] if len(borderline) else borderline
    if len(rows):
        row = rows.iloc[0]
        lower, upper = (typography.plain(float(row[name])) for name in ("lower_min", "upper_min"))
        words = (
            f"sont à la limite, entre {lower} et {upper} min d'un service (seuil : {under(results)}), "
            f"{lower_mode(results, mode)}, sur {denominator}"
        )
        items.append(KeyFigure(typography.number(row["borderline_population"]), words))
    else:
        cutoff = results.study.analysis.cutoff_min
        words = (
            f"durée médiane vers un service, {lower_mode(results, mode)}, pour {denominator} ; à comparer au seuil, "
            f"{under(results)}"
        )
        items.append(KeyFigure(typography.minutes(total.median_min, cutoff_min=cutoff), words))
    return KeyFigures(tuple(items))


def _band(results: Results) -> Paragraph | None:
    """How far the headline moves, and which scenarios can be ranked all the same, by how much; None where not known."""
    band, ranking = headline_band(results, results.scenarios[0].name), ranking_clause(results)
    if not band or not ranking:
        return paragraph(band) if band else None
    return paragraph(f"{band.removesuffix('.')} ; {ranking} (voir ", Link("#sensibilite", "Sensibilité"), ").")


def _competent(results: Results) -> Paragraph | None:
    """That people are received by the SST of their commune, and how many reach it; None where no sector is known."""
    words = sector_sentence(results)
    if not words:
        return None
    return paragraph(
        "Tous les chapitres, sauf « ",
        Link("#competent", sectors_title(results)),
        " », comptent le service le plus proche, quel qu'il soit. Or un habitant est reçu par "
        f"{labels.noun_of(results.study.competent_kind).definite} de sa commune : "
        f"{words}.",
    )


def _map(results: Results, base_map: BaseMap) -> Picture:
    analysis = results.study.analysis
    first = results.scenarios[0]
    access = results.access(first.name, analysis.headline_mode)
    classes = time_classes(analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min)
    figure = people_map(
        base_map,
        class_numbers(access.travel_time_min, classes),
        [item.colour for item in classes],
        width_mm=80,
        services=access.service_rows,
    )
    population = people_by_class(results, access, classes)
    class_words = " ; ".join(
        f"{item.label} : {typography.number(count)} habitants" for item, count in zip(classes, population, strict=True)
    )
    mode = labels.mode_phrase(results.modes[analysis.headline_mode])
    return Picture(
        "answer",
        with_legend(figure, [(item.colour, item.label) for item in classes], columns=2),
        alt=f"Carte des lieux d'habitation selon le temps de trajet. {mode}. {class_words}.",
        caption=f"« {first.title} » : temps de trajet vers le service le plus proche, "
        f"{lower_mode(results, access.mode)} (carrés : services)",
        basis=basis_line(results),
        width_share=1.0,
    )
