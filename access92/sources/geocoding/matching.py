"""One address looked for in the index: the place, how it was found, how sure it is; or why it is not found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from access92.sources.geocoding.address_words import STREET_TYPES, Address, words_likeness
from access92.sources.geocoding.ban_index import AddressIndex, Street

LEAST_SCORE = 0.75
"""Below, two streets are not the same. Hypothèse access92."""

_LEAST_MARGIN = 0.04
"""Two streets of other names that score within this are told apart by nobody."""

_OTHER_TYPE, _NO_TYPE, _OTHER_TOWN = 0.10, 0.06, 0.15
_MOST_STEPS = 20
"""House numbers beyond the last known one: farther, only the street is sure."""

_METRES_A_NUMBER = 10.0
_BESIDE_M = 20.0
_UNCERTAINTY_M: Mapping[str, float] = MappingProxyType(
    {
        "entrée": 10.0, "bâtiment": 15.0, "cage d\u2019escalier": 15.0, "logement": 15.0, "délivrance postale": 15.0,
        "parcelle": 30.0, "service technique": 30.0, "segment": 50.0, "": 30.0,
    }
)  # fmt: skip
"""By the kind of position in the BAN how far the door may be, in metres. Hypothèse access92."""

_EARTH_M = 111_195.0


@dataclass(frozen=True, slots=True)
class Found:
    """Where an address is: degrees, the address of the file, the kind of match (French), its score from 0 to 1.

    ``uncertainty_m``: how far the door may be from there.
    """

    lon: float
    lat: float
    label: str
    kind: str
    score: float
    uncertainty_m: float


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why an address has no place (French)."""

    reason: str


def find_address(index: AddressIndex, address: Address) -> Found | NotFound:
    """The place of an address, or why there is none.

    The street is looked for in the commune (by code, by name, else by postcode), then its number: the very one, one
    interpolated between its neighbours of the same side, the nearest, or the middle of the street, each told as such. A
    street that two names fit equally, a commune alone, or a street that is not there is not found: no place is better
    than a wrong one.
    """
    if address.is_empty:
        return NotFound("pas de nom de rue")
    pools = list(_pools(index, address))
    is_bare = all(word in STREET_TYPES for word in address.words)  # « 12 rue » is like any « Grande Rue »
    if not pools:
        return NotFound(_no_town(address))
    for penalty, rows in pools:
        scored = sorted(((_street_score(index.streets[row], address) - penalty, row) for row in rows), reverse=True)
        best, row = scored[0] if scored else (0.0, -1)
        if best < (1.0 - _NO_TYPE if is_bare else LEAST_SCORE):
            continue
        street = index.streets[row]
        rivals = [index.streets[other] for score, other in scored[1:] if score > best - _LEAST_MARGIN]
        others = [other for other in rivals if (other.citycode, other.type, other.words) != _identity(street)]
        if others and not (best == 1.0 and all(_street_score(other, address) < 1.0 for other in others)):
            names = ", ".join(f"« {other.name}, {other.town} »" for other in (street, *others)[:3])
            return NotFound(f"plusieurs rues possibles : {names}")
        same = [street, *(other for other in rivals if other not in others)]
        return _on_streets(index, same, address, best)
    return NotFound(f"rue absente du fichier d'adresses{_nearest_street(index, address, pools)}")


def _identity(street: Street) -> tuple[str, str, tuple[str, ...]]:
    return street.citycode, street.type, street.words


def _pools(index: AddressIndex, address: Address) -> Iterator[tuple[float, Sequence[int]]]:
    """The streets to look among, the surest first, each with what a match there loses."""
    cities: tuple[str, ...] = ()
    if address.citycode in index.by_city:
        cities = (address.citycode,)
    elif address.town:
        cities = index.cities.get(address.town, ()) or _near_town(index, address)
    of_postcode = index.by_postcode.get(address.postcode, ())
    if cities:
        in_city = [row for code in cities for row in index.by_city[code]]
        if len(cities) > 1 and of_postcode:  # communes of one name: the postcode decides
            in_city = [row for row in in_city if row in set(of_postcode)] or in_city
        yield 0.0, in_city
        if of_postcode:
            yield _OTHER_TOWN, of_postcode
    elif of_postcode:
        yield (_OTHER_TOWN if address.town else 0.0), of_postcode
    elif not address.town and not address.postcode and not address.citycode:
        yield 0.0, range(len(index.streets))


def _near_town(index: AddressIndex, address: Address) -> tuple[str, ...]:
    """The commune whose name is nearly the one asked for, where only one is."""
    near = [
        codes
        for name, codes in index.cities.items()
        if words_likeness(address.town.split(), name.split()) >= LEAST_SCORE
    ]
    return near[0] if len(near) == 1 else ()


def _no_town(address: Address) -> str:
    town = " ".join(filter(None, (address.postcode, address.town.title()))) or address.citycode
    return f"commune absente du fichier d'adresses ({town})"


def _street_score(street: Street, address: Address) -> float:
    """How alike a street is to the one asked for, from 0 to 1."""
    likeness = words_likeness(address.words, street.words)
    if address.type != street.type:
        likeness -= _OTHER_TYPE if address.type and street.type else _NO_TYPE
    return likeness


def _nearest_street(index: AddressIndex, address: Address, pools: Sequence[tuple[float, Sequence[int]]]) -> str:
    """The street that is most alike, for whoever corrects the address; '' where none is."""
    rows = [row for _, pool in pools for row in pool]
    best = max(rows, key=lambda row: _street_score(index.streets[row], address))
    street = index.streets[best]
    return f" (la plus proche : « {street.name}, {street.town} »)" if _street_score(street, address) > 0 else ""


def _on_streets(index: AddressIndex, streets: Sequence[Street], address: Address, score: float) -> Found:
    """The place of the number on a street, which the file may hold under several spellings."""
    rows = np.concatenate([np.arange(street.first, street.last) for street in streets])
    street, number = streets[0], address.number
    numbered = rows[index.numbers[rows] >= 0]
    if number is None or not len(numbered):
        kind = "rue, sans numéro demandé" if number is None else "rue, dont le fichier n'a pas les numéros"
        return _middle(index, rows, street, score * 0.85, kind)

    # the very number: with its repetition, else without
    same = numbered[index.numbers[numbered] == number]
    for repetition, kind, loss in _spellings(address.repetition):
        exact = same[index.repetitions[same] == repetition]
        if len(exact):
            return _at(index, int(exact[0]), street, score * loss, kind, loss)
    if len(same):
        return _at(index, int(same[0]), street, score * 0.9, "numéro, avec un autre indice", 0.9)
    return _beside(index, numbered, rows, street, number, score)


def _spellings(repetition: str) -> Iterator[tuple[str, str, float]]:
    """How the file may write the repetition of a number, the kind of match and what the score keeps."""
    letters = {"bis": "b", "ter": "t", "quater": "q"}
    yield repetition, "numéro", 1.0
    if repetition in letters:
        yield letters[repetition], "numéro", 1.0
    if repetition:
        yield "", "numéro, sans son indice", 0.95


def _at(index: AddressIndex, row: int, street: Street, score: float, kind: str, loss: float) -> Found:
    position = str(index.positions[row])
    uncertainty_m = _UNCERTAINTY_M.get(position, _UNCERTAINTY_M[""]) + (0.0 if loss == 1.0 else _BESIDE_M)
    number = f"{index.numbers[row]}{' ' if index.repetitions[row] else ''}{index.repetitions[row]}"
    label = f"{number} {street.name}, {street.postcode} {street.town}"
    return Found(float(index.lon[row]), float(index.lat[row]), label, kind, round(score, 3), uncertainty_m)


def _beside(
    index: AddressIndex, numbered: np.ndarray, rows: np.ndarray, street: Street, number: int, score: float
) -> Found:
    """The place of a number that the file does not have: between its neighbours, or beside the nearest."""
    side = numbered[index.numbers[numbered] % 2 == number % 2]
    side = side if len(side) else numbered
    values = index.numbers[side]
    order = np.argsort(values, kind="stable")
    side, values = side[order], values[order]
    at = int(np.searchsorted(values, number))
    if 0 < at < len(side):
        low, high = int(side[at - 1]), int(side[at])
        share = (number - values[at - 1]) / (values[at] - values[at - 1])
        lon = index.lon[low] + share * (index.lon[high] - index.lon[low])
        lat = index.lat[low] + share * (index.lat[high] - index.lat[low])
        half_m = _distance_m(index, low, high) / 2
        label = f"{number} {street.name}, {street.postcode} {street.town}"
        kind = f"numéro interpolé entre le {values[at - 1]} et le {values[at]}"
        return Found(float(lon), float(lat), label, kind, round(score * 0.95, 3), round(half_m + _BESIDE_M))
    nearest = int(side[0] if at == 0 else side[-1])
    steps = abs(int(index.numbers[nearest]) - number)
    if steps > _MOST_STEPS:
        return _middle(index, rows, street, score * 0.8, f"rue, où le {number} n'existe pas")
    kind = f"numéro le plus proche, le {index.numbers[nearest]}"
    found = _at(index, nearest, street, score * 0.9, kind, 0.9)
    return Found(
        found.lon, found.lat, found.label, kind, found.score, round(found.uncertainty_m + _METRES_A_NUMBER * steps)
    )


def _middle(index: AddressIndex, rows: np.ndarray, street: Street, score: float, kind: str) -> Found:
    """The address of a street that is nearest to its middle, and how far its ends are."""
    x = (index.lon[rows] - index.lon[rows[0]]) * _EARTH_M * math.cos(math.radians(float(index.lat[rows[0]])))
    y = (index.lat[rows] - index.lat[rows[0]]) * _EARTH_M
    middle = int(np.argmin(np.hypot(x - np.median(x), y - np.median(y))))
    far_m = float(np.hypot(x - x[middle], y - y[middle]).max())
    row = int(rows[middle])
    label = f"{street.name}, {street.postcode} {street.town}"
    return Found(float(index.lon[row]), float(index.lat[row]), label, kind, round(score, 3), round(max(far_m, 50.0)))


def _distance_m(index: AddressIndex, one: int, other: int) -> float:
    """Metres between two addresses of the file."""
    scale = math.cos(math.radians(float(index.lat[one])))
    x = (index.lon[other] - index.lon[one]) * scale * _EARTH_M
    return float(math.hypot(x, (index.lat[other] - index.lat[one]) * _EARTH_M))
