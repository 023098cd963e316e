"""Code words of the tables, told in French to the reader."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from access92.modes import Mode
from access92.outputs.french import number, typeset
from access92.study import Study
from access92.tables import ANY, KINDS

_FAMILY = {"foot": "À pied", "bicycle": "À vélo", "car": "En voiture"}

_SAYS_HOW = re.compile(r"^(à|en|au) ", re.IGNORECASE)
"""A label that already begins as the sentence would."""


def text(value: object) -> str:
    """A cell as text; empty where it is null.

    >>> text(None), text(float("nan")), text(" a ")
    ('', '', 'a')
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def doubt(service: Mapping[str, Any]) -> str:
    """Why the position of a service is doubtful; empty where nothing says so.

    >>> doubt({"position_basis": "annuaire 2021", "position_uncertainty_m": 400.0})
    'position approximative à 400 m près'
    >>> doubt({"confidence": "moyenne"})
    ''
    """
    metres = uncertainty_m(service)
    if metres > 0:
        return f"position approximative à {metres:.0f} m près"
    if text(service.get("position_basis")).lower().startswith("approx"):
        return "position approximative"
    if text(service.get("confidence")).lower().startswith("faible"):
        return "confiance faible : le service a pu déménager"
    return ""


def uncertainty_m(service: Mapping[str, Any]) -> float:
    """The uncertainty of a service's position in metres; NaN where none is stated."""
    stated = text(service.get("position_uncertainty_m"))
    return float(stated) if stated else math.nan


def kind_label(kind: str) -> str:
    """The French label of a kind (the kind itself where unknown).

    >>> kind_label("sst")
    'Service des solidarités territoriales (SST)'
    """
    return KINDS.get(kind, kind)


def rule_label(rule: str) -> str:
    """The French label of a coverage rule: any service, or one kind.

    >>> rule_label("any")
    'Tout service du scénario'
    """
    return "Tout service du scénario" if rule == ANY else kind_label(rule)


def mode_phrase(mode: Mode) -> str:
    """How a sentence begins: the label of the mode, after « À pied », « À vélo »… where it needs it."""
    if _SAYS_HOW.match(mode.label):
        return mode.label[0].upper() + mode.label[1:]
    return f"{_FAMILY[mode.family]} ({mode.label})"


def population_words(study: Study) -> str:
    """What the denominator is, with its vintage: the words in brackets after « habitants »."""
    vintage = study.population.vintage
    if vintage:
        return f"population {vintage}" if vintage[0].isdigit() else vintage
    legal = study.population.rescale and study.areas.population_file is not None
    return "population légale" if legal else "population de l'étude"


def age_label(column: str) -> str:
    """The French label of an ``age_*`` column.

    >>> age_label("age_0_14"), age_label("age_65_plus"), age_label("age_seniors")
    ('0 à 14 ans', '65 ans et plus', 'seniors')
    """
    low, _, high = column.removeprefix("age_").partition("_")
    if low.isdigit() and high == "plus":
        return f"{low} ans et plus"
    if low.isdigit() and high.isdigit():
        return f"{low} à {high} ans"
    return column.removeprefix("age_").replace("_", " ")


SAME, STEADY, OPEN = "same", "steady", "open"
"""Why two scenarios are not ranked: the same people; one ahead in every variant; the order unknown."""


def not_ranked(title_a: str, title_b: str, difference_share: float, band_share: float, *, why: str = OPEN) -> str:
    r"""In words, that two scenarios are not ranked, and why; shares are 0-1, the difference is B - A.

    ``why``: SAME, they cover the same people; STEADY, the same one covers more in every variant, but the difference is
    inside the margin; OPEN, their order changes from a variant to another.

    >>> not_ranked("A", "B", -0.003, 0.021, why="steady").replace("\u00a0", " ")
    '« A » couvre davantage que « B » dans toutes les variantes : écart de 0,3 point, marge de 2,1 points'
    >>> not_ranked("A", "B", 0.0, 0.021, why="same").replace("\u00a0", " ")
    '« A » et « B » couvrent les mêmes habitants'
    >>> not_ranked("A", "B", -0.003, 0.021).replace("\u00a0", " ")
    'On ne peut pas classer « A » et « B » : écart de 0,3 point, marge de 2,1 points, et l’ordre change'
    """
    if why == SAME:
        return typeset(f"« {title_a} » et « {title_b} » couvrent les mêmes habitants")
    sizes = f"écart de {points(abs(difference_share))}, marge de {points(band_share)}"
    if why == STEADY:
        ahead, behind = (title_b, title_a) if difference_share > 0 else (title_a, title_b)
        return typeset(f"« {ahead} » couvre davantage que « {behind} » dans toutes les variantes : {sizes}")
    return typeset(f"On ne peut pas classer « {title_a} » et « {title_b} » : {sizes}, et l'ordre change")


def points(share: float) -> str:
    r"""A difference of shares (0-1) in points: « 0,3 point », « 2,1 points ».

    >>> points(0.003).replace("\u00a0", " "), points(0.0004).replace("\u00a0", " ")
    ('0,3 point', 'moins de 0,1 point')
    """
    if share == 0:
        return "0\u00a0point"
    value = round(100 * share, 1)
    if value == 0:
        return "moins de 0,1\u00a0point"
    noun = "point" if abs(value) < 2 else "points"  # noqa: PLR2004 - French plural starts at two
    return f"{number(value, decimals=1)}\u00a0{noun}"
