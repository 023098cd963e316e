"""The names that the report gives to scenarios, services, areas and modes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from access92.outputs.words import labels
from access92.run.results import Results


def scenario_title(results: Results, scenario: str) -> str:
    """The title of a scenario of the run (its name where it was not run)."""
    return next((item.title for item in results.scenarios if item.name == scenario), scenario)


def lower_mode(results: Results, mode: str) -> str:
    """How a mode stands inside a sentence: « à pied »."""
    phrase = labels.mode_phrase(results.modes[mode])
    return phrase[0].lower() + phrase[1:]


def plain_mode(results: Results, mode: str) -> str:
    """The same without the bracket that the frame of a page says: « à pied » for « à pied (adulte) »."""
    return lower_mode(results, mode).partition(" (")[0]


def service_names(results: Results) -> dict[str, str]:
    """The name of every known service, by id."""
    known = pd.concat([results.unlocated[["service_id", "name"]], results.services[["service_id", "name"]]])
    return {str(key): labels.text(name) for key, name in zip(known["service_id"], known["name"], strict=True)}


def area_names(results: Results) -> dict[str, str]:
    """The name of every area, by id."""
    return dict(zip(results.areas["area_id"], results.areas["name"], strict=True))


def short_titles(titles: Sequence[str]) -> list[str]:
    """Titles as heads of columns: up to their colon or bracket where that tells them apart, whole otherwise.

    >>> short_titles(["Maillage 2024 : SST et pôles", "Hypothèse : A", "Hypothèse : B", "Pont fermé (essai)"])
    ['Maillage 2024', 'Hypothèse : A', 'Hypothèse : B', 'Pont fermé']
    """
    starts = [re.split(r" : | \(", title, maxsplit=1)[0] for title in titles]
    return [start if starts.count(start) == 1 else title for start, title in zip(starts, titles, strict=True)]
