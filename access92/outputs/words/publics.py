"""What each public is called in French, and at which speed it walks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from access92.measures.publics import CountedPublic
from access92.network.modes import Mode
from access92.outputs.words import labels, typography
from access92.run.results import Results
from access92.scenarios.apply import change_modes
from access92.scenarios.chain import resolve_scenario
from access92.study.model import Study
from access92.study.schemas import EVERYBODY
from access92.study.units import PERSONS, Unit

EVERYBODY_TITLE = "Toute la population"


UNIT_NOUNS: Mapping[Unit, str] = MappingProxyType(
    {"persons": "habitant", "households": "ménage", "dwellings": "logement"}
)
"""What a public counts, in French, in the singular; the plural takes an « s »."""


def public_title(public: CountedPublic) -> str:
    """The French title of a public: its own, or that of its age group; with its unit where neither says it.

    >>> public_title(CountedPublic("age_65_plus", "", "age_65_plus", {}, ""))
    '65 ans et plus'
    >>> [public_title(CountedPublic("a", title, "a", {}, "", "households")) for title in ("Ménages seuls", "Seuls")]
    ['Ménages seuls', 'Seuls (ménages)']
    """
    if public.name == EVERYBODY:
        return EVERYBODY_TITLE
    title, noun = public.title or labels.age_label(public.column), UNIT_NOUNS[public.unit]
    return title if public.unit == PERSONS or noun in title.lower() else f"{title} ({noun}s)"


def unit_words(public: CountedPublic) -> str:
    """What a public counts, in the plural: « habitants », « ménages », « logements ».

    >>> unit_words(CountedPublic("a", "A", "a", {}, "", "dwellings"))
    'logements'
    """
    return f"{UNIT_NOUNS[public.unit]}s"


def counted_words(public: CountedPublic, number: float) -> str:
    """A number of a public with its unit.

    >>> counted_words(CountedPublic("a", "A", "a", {}, "", "households"), 1.0).replace("\u00a0", " ")
    '1 ménage'
    """
    return typography.count(number, UNIT_NOUNS[public.unit])


def base_words(study: Study, units: Collection[Unit]) -> str:
    """What the numbers of publics rest on, by what they count: only persons are scaled to a legal population.

    >>> from access92.study.files import PopulationInput
    >>> population = {"method": "grid", "file": "g.csv", "vintage": "2021, calée sur les populations légales 2023"}
    >>> study = Study.model_construct(population=PopulationInput(**population))
    >>> base_words(study, ["persons"])
    'population 2021, calée sur les populations légales 2023'
    >>> base_words(study, ["households"])
    'ménages du fichier, sans calage'
    >>> base_words(study, ["persons", "dwellings", "households"])
    'habitants : population 2021, calée sur les populations légales 2023 ; ménages et logements du fichier, sans calage'
    """
    persons = labels.population_words(study)
    others = [f"{noun}s" for unit, noun in UNIT_NOUNS.items() if unit != PERSONS and unit in units]
    if not others:
        return persons
    unscaled = f"{typography.listed(others)} du fichier, sans calage"
    return f"habitants : {persons} ; {unscaled}" if PERSONS in units else unscaled


def has_other_units(results: Results) -> bool:
    """Whether a public of the run counts something else than persons: tables of publics then name their units."""
    return any(public.unit != PERSONS for public in results.publics)


def public_titles(results: Results) -> dict[str, str]:
    """The French title of each public of the study, by name, everybody first."""
    return {public.name: public_title(public) for public in results.publics}


def speed_words(mode: Mode) -> str:
    """The walking speed as it stands after a name: « , à 3,4 km/h »; '' for a mode that does not walk.

    >>> from access92.network.modes import read_modes
    >>> speed_words(read_modes()["walk_senior"]).replace("\u00a0", " "), speed_words(read_modes()["car"])
    (', à 3,4 km/h', '')
    """
    return f", à {typography.plain(mode.speed_kmh)}{typography.NO_BREAK_SPACE}km/h" if mode.walks else ""


def public_words(results: Results, public: CountedPublic, mode: str, *, scenario: str) -> str:
    """A public and how fast it walks in a scenario: « 65 ans et plus, à 3,4 km/h »."""
    return public_title(public) + speed_words(scenario_mode(results, mode, scenario=scenario))


def everybodys_pace_words(results: Results, *, scenario: str) -> str:
    """The pace of the headline mode, by which everybody is counted: « à 5 km/h, comme tout le monde »."""
    mode = scenario_mode(results, results.study.analysis.headline_mode, scenario=scenario)
    return f"{speed_words(mode)}, comme tout le monde".removeprefix(", ")


def scenario_mode(results: Results, mode: str, *, scenario: str) -> Mode:
    """A mode at the speed that it has in a scenario, which may set another one (``set_speed``)."""
    run_scenario = next(item for item in results.scenarios if item.name == scenario)
    changes = resolve_scenario(results.study, run_scenario).changes
    return change_modes(results.modes, changes, scenario=scenario)[mode]
