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


def not_ranked(title_a: str, title_b: str, difference_share: float, band_share: float) -> str:
    r"""In words, that two scenarios cannot be ranked; shares are 0-1.

    >>> not_ranked("A", "B", -0.003, 0.021).replace("\u00a0", " ")
    'On ne peut pas classer « A » et « B » : leur écart de 0,3 point est à l’intérieur de la marge de 2,1 points'
    """
    gap, margin = points(abs(difference_share)), points(band_share)
    why = (
        f"leur écart de {gap} est à l'intérieur de la marge de {margin}"
        if abs(difference_share) <= band_share
        else f"leur écart de {gap} dépasse la marge de {margin}, mais leur ordre change d'une variante à l'autre"
    )
    return typeset(f"On ne peut pas classer « {title_a} » et « {title_b} » : {why}")


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
