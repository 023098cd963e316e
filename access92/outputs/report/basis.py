"""What a figure refers to: denominator, public, vintage, mode, threshold; said in one way."""

from __future__ import annotations

from collections.abc import Collection

from access92.outputs.report.names import lower_mode
from access92.outputs.words import labels, typography
from access92.outputs.words.publics import base_words
from access92.outputs.words.transit import short_riding_words
from access92.run.results import Results
from access92.study.units import PERSONS, Unit

EVERYBODY_WORDS = "toute la population"


def population_of(results: Results) -> float:
    """The inhabitants of the whole study area: the denominator of every total."""
    return float(results.demand["population"].sum())


def people_words(results: Results, *, population: float | None = None, public: str = EVERYBODY_WORDS) -> str:
    """The denominator: « 1 654 712 habitants (toute la population ; population 2021…) »."""
    population_words = typography.count(population_of(results) if population is None else population, "habitant")
    return f"{population_words} ({public} ; {labels.population_words(results.study)})"


def of_people(results: Results, *, population: float | None = None) -> str:
    """The same after a share or a number: « des 1 654 712 habitants (…) », « de 1 habitant (…) »."""
    inhabitants = population_of(results) if population is None else population
    article = "de" if abs(inhabitants) < 2 else "des"  # noqa: PLR2004 - French plural starts at two
    return f"{article} {people_words(results, population=inhabitants)}"


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
    """The small print under a table or a picture: denominator, public, vintage, mode, threshold, services, streets.

    Where public transport is among the modes, its timetable too.

    ``modes``, ``threshold``, ``population_words``: words instead of those of one mode, threshold, denominator.
    ``units``: what the publics of the table count.
    """
    default_words = typography.count(population_of(results) if population is None else population, "habitant")
    parts = [
        f"Dénominateur : {population_words or default_words}",
        f"public : {public}",
        f"millésime : {base_words(results.study, units)}",
        f"mode : {modes or lower_mode(results, mode or results.study.analysis.headline_mode)}",
        f"seuil : {threshold or under(results)}",
        f"services ouverts le {typography.day(results.study.analysis.reference_date)}",
        f"rues : {streets_words(results)}",
    ]
    # words for the modes of a table may stand for any of the study's
    shown = results.modes.values() if modes else [results.modes[mode or results.study.analysis.headline_mode]]
    if any(item.rides for item in shown):
        parts.append(f"horaires : {short_riding_words(results)}")
    return " ; ".join(parts) + (f". {more}" if more else "") + "."


def streets_words(results: Results) -> str:
    """The streets, short: « de démonstration », or their source and vintage."""
    if results.origin.is_demo:
        return "rues de démonstration (tracé inventé)"
    return ", ".join(part for part in (results.origin.label, results.origin.vintage) if part)
