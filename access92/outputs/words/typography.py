"""Numbers, shares and minutes as French typography writes them."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache

NARROW_SPACE = "\u202f"
"""Narrow no-break space: between thousands, and before % ; ! ?"""

NO_BREAK_SPACE = "\u00a0"
"""No-break space: before a colon and a unit, inside « »."""

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

_UNKNOWN = "—"

_SPACES = (
    (re.compile(r" ([;!?%])"), rf"{NARROW_SPACE}\1"),
    (re.compile(r" :(?= |$)"), f"{NO_BREAK_SPACE}:"),
    (re.compile(r"« "), f"«{NO_BREAK_SPACE}"),
    (re.compile(r" »"), f"{NO_BREAK_SPACE}»"),
    (re.compile(r"(?<=[A-Za-zÀ-ÿ])(?:'|&#39;)(?=[A-Za-zÀ-ÿ«])"), "’"),
    (re.compile(r"(?<=\d) (?=(?:min|km|m|km/h|minutes|habitants)\b)"), NO_BREAK_SPACE),
)
_NOT_PROSE = re.compile(r"(<(script|style|code)\b.*?</\2>|<[^>]*>)", re.DOTALL)


@lru_cache(maxsize=8192)  # the pages of a run say the same of their services and areas
def typeset(text: str) -> str:
    """A French text with the no-break spaces and apostrophes that typography asks for.

    >>> typeset("Qui ? « L'accès » : 20 min").replace(NARROW_SPACE, "~").replace(NO_BREAK_SPACE, "_")
    'Qui~? «_L’accès_»_: 20_min'
    """
    for pattern, good in _SPACES:
        text = pattern.sub(good, text)
    return text


def typeset_html(html: str) -> str:
    """The same for a page: only what is read, not tags, styles, scripts or code.

    >>> typeset_html('<a title="x ?">Qui ?</a><code>a ?</code>').replace(NARROW_SPACE, "~")
    '<a title="x ?">Qui~?</a><code>a ?</code>'
    """
    pieces, at = [], 0
    for skipped in _NOT_PROSE.finditer(html):
        pieces += [typeset(html[at : skipped.start()]), skipped[0]]
        at = skipped.end()
    return "".join([*pieces, typeset(html[at:])])


def number(value: float, *, decimals: int = 0) -> str:
    """A number with narrow spaces between thousands and a decimal comma; a dash where it is NaN.

    >>> number(1654712).replace(NARROW_SPACE, "_")
    '1_654_712'
    >>> number(-0.04, decimals=1)
    '0,0'
    >>> number(float("nan"))
    '—'
    """
    if not math.isfinite(value):
        return _UNKNOWN
    rounded = round(float(value), decimals)
    text = f"{rounded or 0.0:,.{decimals}f}"
    return text.replace(",", NARROW_SPACE).replace(".", ",").replace("-", "\u2212")


def signed(value: float, *, decimals: int = 0) -> str:
    """A number that carries its sign, also when positive.

    >>> signed(1200).replace(NARROW_SPACE, "_"), signed(0)
    ('+1_200', '0')
    """
    text = number(value, decimals=decimals)
    return f"+{text}" if math.isfinite(value) and round(value, decimals) > 0 else text


def percent(share: float, *, decimals: int = 1) -> str:
    """A share (0–1) as a percentage; never rounded up to 100 % nor down to 0 % when it is not exactly that.

    >>> percent(0.853).replace(NARROW_SPACE, "_")
    '85,3_%'
    >>> percent(0.99999).replace(NARROW_SPACE, "_")
    '>_99,9_%'
    >>> percent(1.0).replace(NARROW_SPACE, "_")
    '100_%'
    """
    if not math.isfinite(share):
        return _UNKNOWN
    value = 100 * share
    step = 10.0**-decimals
    if value in (0.0, 100.0):
        return f"{value:.0f}{NARROW_SPACE}%"
    if 0 < value < 100 and round(value, decimals) == 100:  # noqa: PLR2004 - a hundred per cent
        return f">{NARROW_SPACE}{number(100 - step, decimals=decimals)}{NARROW_SPACE}%"
    if 0 < value < 100 and round(value, decimals) == 0:  # noqa: PLR2004 - a hundred per cent
        return f"<{NARROW_SPACE}{number(step, decimals=decimals)}{NARROW_SPACE}%"
    return f"{number(value, decimals=decimals)}{NARROW_SPACE}%"


def minutes(value_min: float, *, cutoff_min: float | None = None, decimals: int = 1) -> str:
    """A duration in minutes; NaN is « beyond the cut-off » where one is given.

    >>> minutes(17.25).replace(NO_BREAK_SPACE, "_")
    '17,2_min'
    >>> minutes(float("nan"), cutoff_min=60).replace(NO_BREAK_SPACE, "_")
    '>_60_min'
    """
    if math.isfinite(value_min):
        return f"{number(value_min, decimals=decimals)}{NO_BREAK_SPACE}min"
    if cutoff_min is None:
        return _UNKNOWN
    return f">{NO_BREAK_SPACE}{plain(cutoff_min)}{NO_BREAK_SPACE}min"


def plain(value: float) -> str:
    """A number with only the decimals that it has, for thresholds.

    >>> plain(20.0), plain(7.5)
    ('20', '7,5')
    """
    return number(value) if float(value).is_integer() else f"{value:g}".replace(".", ",")


def distance(metres: float) -> str:
    """A distance: kilometres from one kilometre on, metres below.

    >>> [distance(m).replace(NO_BREAK_SPACE, "_") for m in (3000.0, 2400.0, 400.0)]
    ['3_km', '2,4_km', '400_m']
    """
    if metres >= 1000:  # noqa: PLR2004 - a kilometre
        return f"{plain(round(metres / 1000, 1))}{NO_BREAK_SPACE}km"
    return f"{plain(round(metres))}{NO_BREAK_SPACE}m"


def day(value: date) -> str:
    """A date in words.

    >>> day(date(2024, 10, 1)).replace(NO_BREAK_SPACE, "_")
    '1er_octobre_2024'
    """
    first = "1er" if value.day == 1 else str(value.day)
    return NO_BREAK_SPACE.join((first, _MONTHS[value.month - 1], str(value.year)))


def count(how_many: float, singular: str, plural: str | None = None) -> str:
    """A number and its noun, in the plural from two on (French: 1,5 is singular).

    >>> count(1, "service").replace(NO_BREAK_SPACE, "_"), count(2, "service").replace(NO_BREAK_SPACE, "_")
    ('1_service', '2_services')
    """
    noun = singular if abs(how_many) < 2 else plural or f"{singular}s"  # noqa: PLR2004 - French plural starts at two
    return f"{number(how_many)}{NO_BREAK_SPACE}{noun}"


def of_name(name: str) -> str:
    """The name of a place after « de ».

    >>> [of_name(name) for name in ("Puteaux", "Antony", "Le Plessis", "La Garenne", "Les Lilas")]
    ['de Puteaux', "d'Antony", 'du Plessis', 'de La Garenne', 'des Lilas']
    """
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return f"{contracted}{name.removeprefix(article)}"
    return f"d'{name}" if name[:1].lower() in "aeiouyéèêàâîôh" else f"de {name}"


def of_place(name: str) -> str:
    """The name of a quarter, station or street in a sentence, after « de ».

    >>> [of_place(name) for name in ("Les Ternes", "gare de Puteaux", "quartier « Bourg »", "Rue Haute")]
    ['des Ternes', 'de la gare de Puteaux', 'du quartier « Bourg »', 'de la rue Haute']
    >>> [of_place(name) for name in ("Allée des Buis", "Quai de Dion", "La Défense", "Pont-Neuf")]
    ["de l'allée des Buis", 'du quai de Dion', 'de La Défense', 'de Pont-Neuf']
    >>> [of_place(name) for name in ("Résidence de la Butte", "ZAC Sainte-Geneviève", "Domaine de la Marche")]
    ['de la résidence de la Butte', 'de la ZAC Sainte-Geneviève', 'du domaine de la Marche']
    >>> [of_place(name) for name in ("Rond-Point Victor", "RUE HAUTE", "Allées Jean Jaurès")]
    ['du rond-point Victor', 'de la rue HAUTE', 'des allées Jean Jaurès']
    """
    word, _, rest = name.partition(" ")
    noun = word if word == "ZAC" else word.lower()
    for article, nouns in _NOUNS.items():
        if rest and noun in nouns:
            return f"{article}{noun} {rest}"
    return of_name(name)


_NOUNS = {
    "de la ": {"cité", "gare", "place", "promenade", "résidence", "route", "rue", "ruelle", "sente", "station", "villa",
               "terrasse", "venelle", "voie", "ZAC"},
    "de l'": {"allée", "avenue", "esplanade", "impasse"},
    "des ": {"allées", "quais"},
    "du ": {"boulevard", "carrefour", "chemin", "clos", "cours", "domaine", "faubourg", "hameau", "mail", "parc",
            "parvis", "passage", "pont", "quai", "quartier", "rond-point", "sentier", "square"},
}  # fmt: skip
"""Common nouns that begin the name of a place, by what stands before them after « de »."""


def listed(words: list[str]) -> str:
    """Words in a sentence: commas, then « et ».

    >>> listed(["a", "b", "c"])
    'a, b et c'
    """
    if len(words) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"
