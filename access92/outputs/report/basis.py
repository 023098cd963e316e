"""What a figure refers to: denominator, public, vintage, mode, threshold; said in one way."""

from __future__ import annotations

from collections.abc import Collection

from access92.outputs.words import labels, typography
from access92.outputs.words.names import lower_mode
from access92.outputs.words.publics import base_words
from access92.outputs.words.transit import short_riding_words
from access92.run.results import Results
from access92.study.units import PERSONS, Unit

EVERYBODY_WORDS = "toute la population"


def population_of(results: Results) -> float:
    """The inhabitants of the whole study area: the denominator of every total."""
    return float(results.demand["population"].sum())


def people_words(results: Results, *, population: float | None = None) -> str:
    """A denominator: « 12 habitants », or « l'ensemble des habitants », whose number the frame of the page says."""
    if population is None or _is_whole(results, population):
        return "l'ensemble des habitants"
    return typography.count(population, "habitant")


def of_people(results: Results, *, population: float | None = None) -> str:
    """The same after a share or a number: « des habitants », « des 12 habitants », « de 1 habitant »."""
    if population is None or _is_whole(results, population):
        return "des habitants"
    article = "de" if abs(population) < 2 else "des"  # noqa: PLR2004 - French plural starts at two
    return f"{article} {typography.count(population, 'habitant')}"


def _is_whole(results: Results, population: float) -> bool:
    whole = population_of(results)
    return whole >= 2 and round(population) == round(whole)  # noqa: PLR2004 - « des habitants » are two at least


def under(results: Results, threshold_min: float | None = None) -> str:
    """The threshold: « moins de 20 min »; the headline threshold where none is given."""
    threshold = results.study.analysis.threshold_min if threshold_min is None else threshold_min
    return f"moins de {typography.plain(threshold)} min"


def rule_words(results: Results, mode: str | None = None, *, threshold_min: float | None = None) -> str:
    """The rule: « à moins de 20 min d'un service, à pied (adulte) »; the headline mode where none is given."""
    mode = mode or results.study.analysis.headline_mode
    return f"à {under(results, threshold_min)} d'un service, {lower_mode(results, mode)}"


def basis_line(
    results: Results,
    *,
    mode: str | None = None,
    modes: str | None = None,
    threshold: str | None = None,
    population: float | None = None,
    population_words: str | None = None,
    public: str = EVERYBODY_WORDS,
    units: Collection[Unit] = (PERSONS,),
    more: str = "",
) -> str:
    """The small print under a table or a picture: in what its figures differ from the frame of the page; '' in nothing.

    ``modes``, ``threshold``, ``population_words``: words instead of those of one mode, threshold, denominator.
    ``units``: what the publics of the table count.
    """
    headline_mode = results.study.analysis.headline_mode
    parts = []
    if population_words or (population is not None and not _is_whole(results, population)):
        parts.append(f"dénominateur : {population_words or typography.count(population or 0.0, 'habitant')}")
    if public != EVERYBODY_WORDS:
        parts.append(f"public : {public}")
    if set(units) - {PERSONS}:
        parts.append(base_words(results.study, units))
    if modes or (mode or headline_mode) != headline_mode:
        parts.append(f"mode : {modes or lower_mode(results, mode or headline_mode)}")
    if threshold:
        parts.append(f"seuil : {threshold}")
    words = " ; ".join(parts)
    said = [f"{item[:1].upper()}{item[1:]}." for item in (words, more) if item]
    return " ".join(said)


def frame_line(results: Results) -> str:
    """Of whom, of when and by which rule a figure is that says nothing else: once a page, not in each sentence."""
    analysis = results.study.analysis
    parts = [
        f"{typography.count(population_of(results), 'habitant')} (toute la population ; "
        f"{labels.population_words(results.study)})",
        f"services tenus pour ouverts le {typography.day(analysis.reference_date)}",
        streets_words(results),
        f"sauf mention, {lower_mode(results, analysis.headline_mode)}, {under(results)} (strict)",
    ]
    if any(mode.rides for mode in results.study_modes.values()):
        parts.append(f"horaires : {short_riding_words(results)}")
    return f"{' · '.join(parts)}."


def streets_words(results: Results) -> str:
    """The streets, short: « de démonstration », or their source and vintage."""
    if results.origin.is_demo:
        return "rues de démonstration (tracé inventé)"
    return ", ".join(part for part in (results.origin.label, results.origin.vintage) if part)
