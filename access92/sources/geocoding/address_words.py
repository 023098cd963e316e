"""A French address as people write it: its number, the words of its street, its commune and codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from access92.sources.office.meanings import plain_words

STREET_TYPES = frozenset(
    """allee allees avenue boulevard carrefour chemin cite clos cour cours descente domaine escalier esplanade faubourg
    galerie hameau impasse jardin lotissement mail montee parc parvis passage passerelle patio place placette pont port
    porte promenade quai quartier rampe residence rocade rond route rue ruelle sente sentier square terrasse traverse
    venelle villa voie""".split()  # noqa: SIM905 - one list of words
)
"""The first word of the name of a street: what it is, not what it is called."""

_EVERYWHERE = {
    "st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "fg": "faubourg", "fbg": "faubourg",
    "gal": "general", "gnl": "general", "gen": "general", "mal": "marechal", "mar": "marechal", "cdt": "commandant",
    "cne": "capitaine", "cap": "capitaine", "col": "colonel", "lt": "lieutenant", "dr": "docteur", "doct": "docteur",
    "prof": "professeur", "pr": "professeur", "pdt": "president", "pres": "president", "gd": "grand", "gde": "grande",
    "pte": "petite", "pt": "petit", "nd": "notre dame", "mgr": "monseigneur", "abbe": "abbe", "fr": "frere",
}  # fmt: skip
_OF_TYPES = {
    "r": "rue", "av": "avenue", "ave": "avenue", "aven": "avenue", "bd": "boulevard", "bld": "boulevard",
    "blvd": "boulevard", "bvd": "boulevard", "boul": "boulevard", "boulv": "boulevard", "pl": "place",
    "plc": "place", "all": "allee", "imp": "impasse", "ch": "chemin", "che": "chemin", "chem": "chemin",
    "chm": "chemin", "rte": "route", "sq": "square", "crs": "cours", "qu": "quai", "q": "quai", "pass": "passage",
    "pas": "passage", "psg": "passage", "res": "residence", "esp": "esplanade", "prom": "promenade",
    "sen": "sente", "sent": "sentier", "vla": "villa", "rle": "ruelle", "car": "carrefour", "carr": "carrefour",
    "dom": "domaine", "lot": "lotissement", "trav": "traverse", "ham": "hameau", "prv": "parvis",
}  # fmt: skip
_QUALIFIERS = frozenset(
    {"ancien", "ancienne", "vieux", "vieille", "nouveau", "nouvelle", "grand", "grande", "petit", "petite", "haut",
     "haute", "bas", "basse", "double"}
)  # fmt: skip
"""Words before the type of a street that are a part of its name: « Ancien chemin de X » is not « Chemin de X »."""

_REPETITIONS = {"b": "bis", "t": "ter", "q": "quater"}
_ONE = r"\d{1,4}(?!\d)(?:\s*(?:bis|ter|quater|quinquies|[a-z])\b)?"
_AND = r"(?:[-–/&à+]|et\b)"
_NUMBER = re.compile(
    rf"(?<![\d/])(\d{{1,4}})(?!\d)\s*(?:(bis|ter|quater|quinquies|[a-z])\b)?((?:\s*{_AND}\s*{_ONE})*)", re.IGNORECASE
)
_ONLY_NUMBERS = re.compile(rf"{_ONE}(?:\s*{_AND}\s*{_ONE})*", re.IGNORECASE)
_SPACED_RANGE = re.compile(rf"((?:^|[,;])\s*{_ONE})\s+[-–]\s+(?=\d)", re.IGNORECASE)
_POSTCODE_TOWN = re.compile(r"(?:^|[\s,;-])(?:F-?)?(\d{5})\s+([^\d,;]+?)\s*(?:cedex.*)?$", re.IGNORECASE)
_JOINED_POSTCODE = re.compile(r"(?<=[^\W\d])([\s,;(–-]+\d{2}) (\d{3})((?:\s+[^\W\d][^,;]*|\s*[,;)]|\s*$))")
_CEDEX = re.compile(r"\bcedex\b.*$", re.IGNORECASE)
_ASIDE = re.compile(r"\([^)]*\)|\b(?:bp|cs|tsa)\s*\d+\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """``number`` (None without one) and ``repetition` (« bis », « a », '' for none); ``type``, ``words`` of the street.

    ``town``: plain words of the commune; ``postcode``, ``citycode``: five signs, '' where not given; ``other_numbers``:
    the rest of « 12/14 »; ``is_cedex``: the postcode is the post's own, and says no place;
    ``leftovers``: what stands beside the street and is neither postcode nor commune for sure.
    """

    number: int | None
    repetition: str
    type: str
    words: tuple[str, ...]
    town: str
    postcode: str
    citycode: str
    other_numbers: tuple[int, ...] = ()
    is_cedex: bool = False
    leftovers: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no street to look for."""
        return not self.words


def read_address(text: str, *, postcode: str = "", town: str = "", citycode: str = "") -> Address:
    """The parts of an address; postcode and commune are taken from its end where they are not given apart.

    >>> address = read_address("12 bis av. du Gal Leclerc, 92340 Bourg-la-Reine Cedex")
    >>> address.number, address.repetition, address.type, address.words, address.town, address.postcode
    (12, 'bis', 'avenue', ('general', 'leclerc'), 'bourg reine', '92340')
    >>> read_address("Mairie annexe, 3-5 r. St-Denis", town="St Cloud").words
    ('saint', 'denis')
    """
    line = " ".join(text.replace("\n", ", ").split())
    line = _JOINED_POSTCODE.sub(_without_space, line)
    is_cedex = any(_CEDEX.search(part) for part in (line, postcode, town))
    found = _POSTCODE_TOWN.search(line)
    if found is not None:
        postcode, town = postcode or found[1], town or found[2]
        line = line[: found.start()]
    aside = [text for text in re.findall(r"\(([^)]*)\)", line) if text.strip()]
    line = _CEDEX.sub("", _ASIDE.sub(" ", line)).strip(" ,;-")
    line = re.sub(r"(?<=[^\W\d])\s+(\d{5})$", r", \1", line)
    town_words = town_words_of(town)
    if town_words and plain_words(line).endswith(f" {town_words}") and "," in line:
        line = line.rpartition(",")[0]
    numbers, repetition, street, beside = _street_part(line)
    kind, words = street_words(street)
    number = numbers[0] if numbers else None
    codes = (_CEDEX.sub("", postcode).strip(), citycode.strip())
    return Address(number, repetition, kind, words, town_words, *codes, numbers[1:], is_cedex, (*beside, *aside))


def _street_part(line: str) -> tuple[tuple[int, ...], str, str, tuple[str, ...]]:
    """The numbers, the repetition of the first and the name of the street: of parts between commas, the likeliest.

    And the other parts.
    """
    line = _SPACED_RANGE.sub(r"\1-", line)
    parts = [part.strip() for part in re.split(r"[,;]| [-–—] ", line) if part.strip()]
    joined: list[str] = []
    for part in parts:  # « 12, rue X » is one part, and « 12, 14 rue X »
        if joined and _ONLY_NUMBERS.fullmatch(joined[-1]):
            joined[-1] += f"/{part}" if _begins_with_door(part) else f" {part}"
        else:
            joined.append(part)
    ranked = sorted(joined, key=lambda part: (-_likeness(part), joined.index(part)))
    if not ranked:
        return (), "", "", ()
    part = ranked[0]
    beside = tuple(other for other in joined if other is not part)

    # the number before the street; one inside its name (« 8 mai 1945 ») is none of a house
    for number in _NUMBER.finditer(part):
        rest = part[number.end() :].strip()
        before = part[: number.start()].strip()
        repetition = (number[2] or "").lower()
        if repetition in ("r", "d", "l"):  # « 12 r Hoche », « 12 d'Artois »
            rest, repetition = part[number.end(1) :].strip(), ""
        if rest and not (before and _has_type(before)):
            numbers = (int(number[1]), *(int(other) for other in re.findall(r"\d+", number[3])))
            return numbers, _REPETITIONS.get(repetition, repetition), rest, beside
    return (), "", part, beside


def _without_space(found: re.Match[str]) -> str:
    """« 92 120 Montrouge » as one postcode; « bâtiment 12 120 rue X » stays."""
    return found[0] if _has_type(found[3]) else f"{found[1]}{found[2]}{found[3]}"


def _begins_with_door(part: str) -> bool:
    """Whether a text begins with a number and the type of a street: « 14 rue X », not « 8 mai 1945 »."""
    door = re.match(rf"{_ONE}\s+(\w+)", part, re.IGNORECASE)
    return door is not None and _has_type(door[1])


def _likeness(part: str) -> int:
    """How much a part of an address looks like a street: a type of street, a number before it."""
    return 2 * _has_type(part) + bool(re.match(r"\s*\d{1,4}\b", part))


def _has_type(text: str) -> bool:
    words = plain_words(text).split()
    return any(_OF_TYPES.get(word, word) in STREET_TYPES for word in words)


@lru_cache(maxsize=65536)
def street_words(street: str) -> tuple[str, tuple[str, ...]]:
    """The type of a street ('' for none) and the words of its name, abbreviations written out.

    >>> street_words("Bd. du Mal. Foch"), street_words("Ancien chemin de la Gare"), street_words("Le Bourg")
    (('boulevard', ('marechal', 'foch')), ('chemin', ('ancien', 'gare')), ('', ('bourg',)))
    """
    words = plain_words(street).split()
    kind = ""
    # what stands before the type is no part of the street (« Bâtiment B rue X »), unless it qualifies it
    types = [at for at, word in enumerate(words) if _OF_TYPES.get(word, word) in STREET_TYPES]
    if types and len(words) > types[0] + 1:
        at = types[0]
        kind = _OF_TYPES.get(words[at], words[at])
        before = [word for word in words[max(at - 1, 0) : at] if word in _QUALIFIERS]
        words = [*before, *words[at + 1 :]]
    elif words and words[0] in _OF_TYPES and len(words) > 1:
        kind, words = _OF_TYPES[words[0]], words[1:]
    written = " ".join(_EVERYWHERE.get(word, word) for word in words).split()
    return kind, tuple(written)


def town_words_of(town: str) -> str:
    """The plain words of a commune: « St Cloud cedex 2 » and « SAINT-CLOUD » are one.

    >>> town_words_of("St Cloud cedex 2"), town_words_of("L'Haÿ-les-Roses")
    ('saint cloud', 'hay roses')
    """
    words = plain_words(re.sub(r"\bs/", "sur ", _CEDEX.sub("", town), flags=re.IGNORECASE)).split()
    return " ".join(_EVERYWHERE.get(word, word) if word in ("st", "ste", "sts", "stes") else word for word in words)


def words_likeness(asked: Sequence[str], known: Sequence[str]) -> float:
    """How alike two names of streets are, from 0 to 1: word by word, the last one of each counts twice.

    An initial or a cut word is like the whole one, a typing error (two in a long word) nearly, never surely; numbers
    are the same or not. A first name that only one of them has costs less than a word that differs.

    >>> words_likeness(("j", "jaures"), ("jean", "jaures")) > 0.9
    True
    >>> words_likeness(("pasteur",), ("pascal",))
    0.0
    """
    if tuple(asked) == tuple(known):
        return 1.0
    if "".join(asked) == "".join(known):
        return 0.98
    left = list(range(len(known)))
    total, weight, last_matched, has_slip = 0.0, 0.0, False, False
    for at, word in enumerate(asked):
        of_word = 2.0 if at == len(asked) - 1 else 1.0
        best, likeness = max(
            ((other, word_likeness(word, known[other])) for other in left), key=_second, default=(-1, 0.0)
        )
        if likeness > 0:
            left.remove(best)
            has_slip = has_slip or likeness == _TYPO
            of_word = max(of_word, 2.0 if best == len(known) - 1 else 1.0)
            last_matched = last_matched or best == len(known) - 1
        total += of_word * likeness
        weight += of_word
    weight += sum(2.0 if other == len(known) - 1 and not last_matched else 0.5 for other in left)
    return min(total / weight, _MOST_WITH_SLIP if has_slip else 1.0) if weight else 0.0


def _second(pair: tuple[int, float]) -> float:
    return pair[1]


_TYPO, _SHORT, _LONG = 0.85, 4, 8
LEAST_SCORE = 0.75
"""Below, two streets, or two communes, are not the same. Hypothèse access92."""

_MOST_WITH_SLIP = 0.94
"""« Louis » may be a slip of « Louise », or another person: below the score of a sure place, however long the name."""


@lru_cache(maxsize=1 << 18)
def word_likeness(word: str, other: str) -> float:
    """How alike two words are, from 0 to 1.

    >>> word_likeness("jaures", "jores"), word_likeness("leclerc", "leclrec"), word_likeness("1945", "1946")
    (0.0, 0.85, 0.0)
    """
    if word == other:
        return 1.0
    if word.isdigit() or other.isdigit():
        return 0.0
    shorter, longer = sorted((word, other), key=len)
    if longer in _QUALIFIERS:  # nobody cuts them: « a » is no « ancien »
        return 0.0
    if len(shorter) == 1 or (len(shorter) > 2 and len(longer) - len(shorter) > 2):  # noqa: PLR2004 - an abbreviation
        return 0.9 if longer.startswith(shorter) else 0.0
    allowed = 0 if len(shorter) < _SHORT else 1 if len(longer) < _LONG else 2
    return _TYPO if allowed and _distance(word, other, allowed) <= allowed else 0.0


def _distance(word: str, other: str, most: int) -> int:
    """Letters added, left out, replaced or exchanged with the next between two words (Damerau-Levenshtein)."""
    if abs(len(word) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        before, last, row = row, before, [at]
        for to, against in enumerate(other, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != against))
            if at > 1 and to > 1 and letter == other[to - 2] and word[at - 2] == against:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
