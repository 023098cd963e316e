"""What each public is called in French, and at which speed it walks."""

from __future__ import annotations

from access92.measures.publics import CountedPublic
from access92.network.modes import Mode
from access92.outputs.words import labels, typography
from access92.run.results import Results
from access92.scenarios.apply import change_modes
from access92.scenarios.chain import resolve_scenario
from access92.study.schemas import EVERYBODY

EVERYBODY_TITLE = "Toute la population"


def public_title(public: CountedPublic) -> str:
    """The French title of a public: its own, or that of its age group.

    >>> public_title(CountedPublic("age_65_plus", "", "age_65_plus", {}, ""))
    '65 ans et plus'
    """
    if public.name == EVERYBODY:
        return EVERYBODY_TITLE
    return public.title or labels.age_label(public.column)


def public_titles(results: Results) -> dict[str, str]:
    """The French title of each public of the study, by name, everybody first."""
    return {public.name: public_title(public) for public in results.publics}


def speed_words(mode: Mode) -> str:
    """The walking speed as it stands after a name: « , à 3,4 km/h »; '' for a mode that does not walk.

    >>> from access92.network.modes import read_modes
    >>> speed_words(read_modes()["walk_senior"]).replace("\u00a0", " "), speed_words(read_modes()["car"])
    (', à 3,4 km/h', '')
    """
    return f", à {typography.plain(mode.speed_kmh)}{typography.NO_BREAK_SPACE}km/h" if mode.family == "foot" else ""


def public_words(results: Results, public: CountedPublic, mode: str, *, scenario: str) -> str:
    """A public and how fast it walks in a scenario: « 65 ans et plus, à 3,4 km/h »."""
    return public_title(public) + speed_words(scenario_mode(results, mode, scenario=scenario))


def scenario_mode(results: Results, mode: str, *, scenario: str) -> Mode:
    """A mode at the speed that it has in a scenario, which may set another one (``set_speed``)."""
    run_scenario = next(item for item in results.scenarios if item.name == scenario)
    changes = resolve_scenario(results.study, run_scenario).changes
    return change_modes(results.modes, changes, scenario=scenario)[mode]
