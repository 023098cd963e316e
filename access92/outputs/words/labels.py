"""French labels of the codes of the tables: kinds, rules, modes, ages, doubtful positions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from access92.network.modes import Mode
from access92.study.kinds import KINDS, Kind
from access92.study.model import Study
from access92.study.schemas import ANY

_FAMILY = {"foot": "À pied", "bicycle": "À vélo", "car": "En voiture"}

SLOPE_LABELS: Mapping[str, str] = {"foot": "À pied", "bicycle": "À vélo", "wheelchair": "En fauteuil roulant"}
"""Those whom slopes slow down or stop, as in :data:`access92.network.slopes.MOVERS`."""

_SAYS_HOW = re.compile(r"^(à|en|au) ", re.IGNORECASE)
"""A label that already begins as the sentence would."""

_PREPOSITIONS = frozenset({"de", "du", "des", "à", "au", "aux", "en", "pour", "par", "et"})
_ADJECTIVE_ENDS = ("al", "ale", "el", "elle", "if", "ive", "ique", "aire", "ile", "able", "ible", "ant", "é", "ée")
"""How the adjectives of kinds of services end; another word after the noun is a name: « espace insertion »."""


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


def is_unverified(service: Mapping[str, Any]) -> bool:
    """Whether its source is too old to tell that a service is still open: its ``confidence`` says « non vérifiée ».

    >>> is_unverified({"confidence": "moyenne : annuaire 2021 ; ouverture en 2025 non vérifiée"}), is_unverified({})
    (True, False)
    """
    return "non vérifi" in text(service.get("confidence")).lower()


def uncertainty_m(service: Mapping[str, Any]) -> float:
    """The uncertainty of a service's position in metres; NaN where none is stated."""
    stated = text(service.get("position_uncertainty_m"))
    return float(stated) if stated else math.nan


def kind_label(kind: str, kinds: Sequence[Kind] = KINDS) -> str:
    """The label of a kind among those of a study (the kind itself where unknown).

    >>> kind_label("sst")
    'Service des solidarités territoriales (SST)'
    """
    return next((item.label for item in kinds if item.name == kind), kind)


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of services in a sentence: « SST », « le SST », « un SST », and the endings that agree with it."""

    bare: str
    definite: str
    indefinite: str
    article: str  # « le »
    which: str  # « quel SST »
    e: str  # of an adjective: « compétent » + e


def noun_of(kind: Kind | None) -> Noun:
    """The noun of a kind, with its articles; « service » where there is no kind.

    >>> noun_of(KINDS[0]).definite, noun_of(KINDS[2]).definite
    ('le SST', "l'antenne de proximité")
    """
    word, feminine = (kind.spoken, kind.feminine) if kind is not None else ("service", False)
    elides = word[:1].lower() in "aeiouyéèêàâh" and not word[:2].isupper()
    article, e = ("la", "e") if feminine else ("le", "")
    return Noun(
        bare=word,
        definite=f"l'{word}" if elides else f"{article} {word}",
        indefinite=f"un{e} {word}",
        article=article,
        which=f"quel{'le' if feminine else ''} {word}",
        e=e,
    )


def plural(noun: str) -> str:
    """A noun with its adjectives in the plural; an acronym, and what follows a preposition, stay.

    >>> [plural(item) for item in ("SST", "pôle social", "espace insertion", "lieu de soin")]
    ['SST', 'pôles sociaux', 'espaces insertion', 'lieux de soin']
    """
    words = noun.split(" ")
    for at, word in enumerate(words):
        if word in _PREPOSITIONS or word.startswith(("d'", "l'")):
            break
        if word.isupper() or word.endswith(("s", "x", "z")) or (at and not word.endswith(_ADJECTIVE_ENDS)):
            continue
        if word.endswith("al"):
            words[at] = f"{word[:-1]}ux"
        else:
            words[at] = f"{word}{'x' if word.endswith(('eau', 'eu')) else 's'}"
    return " ".join(words)


def rule_label(rule: str, kinds: Sequence[Kind] = KINDS) -> str:
    """The French label of a coverage rule: any service, or one kind.

    >>> rule_label("any")
    'Tout service du scénario'
    """
    return "Tout service du scénario" if rule == ANY else kind_label(rule, kinds)


def mode_phrase(mode: Mode) -> str:
    """How a sentence begins: the label of the mode, after « À pied », « À vélo »… where it needs it."""
    if _SAYS_HOW.match(mode.label):
        return mode.label[0].upper() + mode.label[1:]
    return f"{_FAMILY[mode.family]} ({mode.label})"


def population_words(study: Study) -> str:
    """What the denominator is, with its vintage: the words in brackets after « habitants ».

    >>> from access92.study.files import AreasInput, PopulationInput
    >>> areas = AreasInput(file="z.geojson", population_file="z.csv")
    >>> keys = [{"method": "grid"}, {"method": "points"}, {"method": "points", "rescale": True}]
    >>> settings = [PopulationInput(file="p.csv", **item) for item in keys]
    >>> [population_words(Study.model_construct(areas=areas, population=item)) for item in settings]
    ['population légale', "population de l'étude", 'population légale']
    """
    vintage = study.population.vintage
    if vintage:
        return f"population {vintage}" if vintage[0].isdigit() else vintage
    legal = study.population.follows_legal and study.areas.population_file is not None
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
