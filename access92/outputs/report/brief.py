"""The four pages for elected officials: the answer, where and who, what would change, margins and limits."""

from __future__ import annotations

from access92.outputs.figures import headline
from access92.outputs.palette import class_numbers, time_classes
from access92.outputs.report.brief_changes import changes_page
from access92.outputs.report.brief_places import places_page, publics_lines
from access92.outputs.report.certainty import certain_lines, certain_title, shortened, tied_lines, uncertain_lines
from access92.outputs.report.commitments import commitment_contrast
from access92.outputs.report.content import (
    Block,
    Bullets,
    Chapter,
    Columns,
    KeyFigure,
    KeyFigures,
    Link,
    Paragraph,
    Picture,
    Section,
    Strong,
    paragraph,
    present,
)
from access92.outputs.report.margins import headline_band, ranking_clause
from access92.outputs.report.method import limit_lines
from access92.outputs.report.sectors import sector_sentence, unknown_sectors
from access92.outputs.report.sensitivity import sources_picture
from access92.outputs.report.small_maps import BaseMap, people_map, with_legend
from access92.outputs.words import labels, omissions, typography
from access92.outputs.words.contrast import (
    answer_sentence,
    contrast_of,
    contrast_words,
    counted_kinds,
    otherwise_sentence,
    plural_kinds,
    promise_of,
    question,
    services_words,
    spelled_kinds,
)
from access92.outputs.words.headlines import trial_words
from access92.outputs.words.maps import people_by_class, short_mode_note
from access92.outputs.words.names import lower_mode, plain_mode
from access92.run.results import Results

BRIEF_PAGES = 4
"""How many pages the brief has, whatever the study: a page that says more is set smaller."""

_MAP_MM = 69.0
_MOST_LIMITS = 6


def brief_pages(results: Results, base_map: BaseMap) -> tuple[Chapter, ...]:
    """The four pages, in the order of reading; a page is a chapter that the PDF never breaks."""
    return (
        answer_page(results, base_map),
        places_page(results, base_map),
        changes_page(results),
        limits_page(results),
    )


def answer_page(results: Results, base_map: BaseMap) -> Chapter:
    """The answer: yes or no, the contrast that decides, the promises, a map, what holds and what does not."""
    contrast = contrast_of(results)
    other = "" if contrast is None else contrast.scenario
    answer = answer_sentence(results)
    return Chapter(
        "reponse",
        question(results),
        present(
            _promise(results),
            paragraph(answer if contrast is None else f"{answer} {otherwise_sentence(contrast)}", role="lead"),
            answer_figures(results),
            paragraph(trial_words(results), role="note") if trial_words(results) else None,
            None if contrast is None else paragraph(contrast_words(results, contrast)),
            _spelled(results, other),
            commitment_contrast(results, other),
            Columns(
                (
                    *_by_mode_and_public(results, "" if contrast is None else contrast.mode),
                    *_titled(certain_title(results), certain_lines(results, other)),
                    *_titled("Ce qui reste incertain", uncertain_lines(results)),
                    _left_out(results),
                ),
                (_map(results, base_map),),
                left_share=0.56,
            ),
        ),
        starts_page=True,
    )


def _promise(results: Results) -> Paragraph | None:
    """The promise that the page tests, as its source words it, and where the words of the others are; None without."""
    promise = promise_of(results.study)
    if promise is None:
        return None
    words = f"La promesse : {promise.source.rstrip('.')}."
    if len(results.study.commitments) == 1 or len(results.changes.commitment_summary) == 0:
        return paragraph(words, role="quote")
    others = Link("#engagements", "Engagements")
    return paragraph(f"{words} Les autres engagements, mot pour mot : ", others, ", dans report.pdf.", role="quote")


def answer_figures(results: Results) -> KeyFigures:
    """The two sides of the contrast that decides; without any, the answer and how many people it leaves out."""
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    total = headline(results, first, own)
    contrast = contrast_of(results)
    if contrast is None:
        kinds = plural_kinds(counted_kinds(results, first))
        words = f"des habitants ; services comptés : {kinds} ({services_words(results, first)})"
        sides = [KeyFigure(typography.percent(total.share), words)]
    else:
        sides = [KeyFigure(typography.percent(item.share), item.words) for item in (contrast.first, contrast.other)]
    if contrast is not None:
        return KeyFigures(tuple(sides))
    minutes = typography.plain(results.study.analysis.threshold_min)
    nouns = "habitant reste" if round(total.uncovered) <= 1 else "habitants restent"
    words = f"{nouns} à {minutes} minutes ou plus d'un service, {plain_mode(results, own)}"
    return KeyFigures((*sides, KeyFigure(typography.number(total.uncovered), words)))


def limits_page(results: Results) -> Chapter:
    """How far the figure moves and why, what the study does not say, what does not count, where the proof is."""
    sectors = sector_sentence(results)
    limits: list[Block] = []
    if sectors:
        limits.append(paragraph(f"{sectors[0].upper()}{sectors[1:]}. {unknown_sectors(results)}".rstrip()))
    picture = sources_picture(results)
    margin = (
        picture
        if picture is not None
        else paragraph(
            "L'étude ne demande pas de fourchettes (table [sensitivity]) : aucun chiffre de ce dossier n'en porte, et "
            "un petit écart ne doit pas servir à classer."
        )
    )
    lines = omissions.omission_lines(results.omissions, results.modes, _titles(results), with_ids=False)
    return Chapter(
        "fourchettes-limites",
        "Fourchettes et limites",
        (
            Section("Jusqu'où le chiffre bouge", present(_band(results), margin)),
            Section("Ce que l'étude ne dit pas", (*limits, Bullets(tuple(limit_lines(results)[:_MOST_LIMITS])))),
            Section(omissions.TITLE, (Bullets(tuple((line,) for line in lines)),)),
            Section("Vérifier, aller plus loin", (_proof(),)),
        ),
        starts_page=True,
    )


def _proof() -> Bullets:
    """Where the proof of the figures is, and the tables and maps."""
    return Bullets(
        (
            ("Chaque chiffre a sa méthode et sa source dans les annexes de ", Link("report.pdf", "report.pdf"), "."),
            ("Les entrées, versions et empreintes sont dans ", Link("manifest.json", "manifest.json"),
             ", avec la date du calcul ; access92 verify refait tout et le compare."),
        )
    )  # fmt: skip


def _band(results: Results) -> Block | None:
    """How far the headline moves, which scenarios can be ranked all the same and which not; None where not known."""
    band, ranking = headline_band(results, results.scenarios[0].name), ranking_clause(results)
    if not band or not ranking:
        return paragraph(band) if band else None
    more = Link("#sensibilite", "Sensibilité")
    even = "".join(f" {line}" for line in tied_lines(results))
    return paragraph(f"{band.removesuffix('.')} ; {ranking} (voir ", more, f", dans report.pdf).{even}")


def _titled(title: str, lines: list[str]) -> tuple[Section, ...]:
    return (Section(title, (Bullets(tuple((line,) for line in lines)),)),) if lines else ()


def _by_mode_and_public(results: Results, told: str) -> tuple[Section, ...]:
    """The other modes, and the publics at both ends; ``told``: the mode of which the page has spoken already."""
    modes, publics = _other_modes(results, told), publics_lines(results)
    title = "Avec un autre mode" if not publics else "Selon le public" if not modes else "Selon le mode et le public"
    return _titled(title, [*modes, *publics])


def _other_modes(results: Results, told: str) -> list[str]:
    """The share of each mode beside the headline and the one ``told``; of a car, what it counts."""
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    return [
        f"{labels.mode_phrase(results.modes[name])} : {typography.percent(headline(results, first, name).share)}"
        f"{short_mode_note(results, name, first)}"
        for name in results.study_modes
        if name not in (own, told)
    ]


def _spelled(results: Results, other: str) -> Paragraph | None:
    """What the abbreviations of the page stand for; None where it has none."""
    names = [name for name in (results.scenarios[0].name, other) if name]
    kinds = dict.fromkeys(kind for name in names for kind in counted_kinds(results, name))
    words = spelled_kinds(results, list(kinds))
    return paragraph(words, role="note") if words else None


def _left_out(results: Results) -> Paragraph:
    """All that does not count, counted: the last page gives names."""
    lines = omissions.omission_lines(results.omissions, results.modes, _titles(results), with_examples=False)
    words = " ; ".join(line.rstrip(".") for line in lines)
    return paragraph(Strong(f"{omissions.TITLE} : "), words, ".", role="note")


def _titles(results: Results) -> dict[str, str]:
    return {scenario.name: scenario.title for scenario in results.scenarios}


def _map(results: Results, base_map: BaseMap) -> Picture:
    analysis = results.study.analysis
    first = results.scenarios[0]
    access = results.access(first.name, analysis.headline_mode)
    classes = time_classes(analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min)
    figure = people_map(
        base_map,
        class_numbers(access.travel_time_min, classes),
        [item.colour for item in classes],
        width_mm=_MAP_MM,
        services=access.service_rows,
        has_names=True,
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
        caption=f"« {shortened(first.title)} », {lower_mode(results, analysis.headline_mode)} : temps vers le service "
        "le plus proche (carrés rouges)",
    )
