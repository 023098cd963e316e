"""One address looked for in the index: the place, how it was found, how sure it is; or why it is not found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from access92.sources.geocoding.address_words import LEAST_SCORE, STREET_TYPES, Address, words_likeness
from access92.sources.geocoding.ban_index import AddressIndex, Street
from access92.sources.geocoding.communes import (
    cities_named,
    is_only_nearly_named,
    not_against,
    old_town_against,
    streets_asked_for,
    with_commune,
)

_LEAST_MARGIN = 0.04
"""Two streets of other names that score within this are told apart by nobody."""

_OTHER_TYPE, _NO_TYPE, _OTHER_TOWN = 0.10, 0.06, 0.15
_MOST_STEPS = 20
"""House numbers beyond the last known one: farther, only the street is sure."""

_METRES_A_NUMBER = 10.0
_NEAREST, _ACROSS = "numéro le plus proche", ", sur l'autre côté"
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


@dataclass(frozen=True, slots=True)
class _Reading:
    """The streets of one way to read where an address is.

    ``penalty``: what a place there loses; ``has_town``: the commune says it, not the postcode alone;
    ``unread``: what of the address may be a commune that the file does not have.
    """

    rows: Sequence[int]
    penalty: float
    has_town: bool
    unread: str = ""


def find_address(index: AddressIndex, address: Address) -> Found | NotFound:
    """The place of an address, or why there is none.

    The street is looked for in the commune (by code, by name, else by postcode), then its number: the very one, another
    of the same range (« 12/14 »), one interpolated between its neighbours of the same side, the nearest, or the middle
    of the street, each told as such. A street that two names fit equally, a commune alone, or a street that is not
    there is not found: no place is better than a wrong one. Where code, commune and postcode contradict each other, the
    address is found if only one of them has it, at a lower score, and told.
    """
    if address.is_empty:
        return NotFound("pas de nom de rue")
    address, unread = with_commune(index, address)
    readings = _readings(index, address, unread)
    if not readings:
        return NotFound(_no_town(address))
    answers = [(reading, _in_reading(index, address, reading)) for reading in readings]
    present = [(reading, answer) for reading, answer in answers if answer is not None]
    if not present:  # another commune of the same postcode
        wider = _Reading(_of_postcode(index, address), _OTHER_TOWN, has_town=False)
        present = [(wider, answer)] if (answer := _in_reading(index, address, wider)) is not None else []
    if not present:
        pools = [reading.rows for reading in readings]
        return NotFound(f"rue absente du fichier d'adresses{_nearest_street(index, address, pools)}")

    # where code, commune and postcode are all there, two that agree outweigh the third
    votes = [_votes(index, address, reading) for reading, _ in present] if len(present) > 1 else [0]
    if max(votes) > 1 and votes.count(max(votes)) == 1:
        present = [present[votes.index(max(votes))]]

    # a reading that has the number outweighs one that only has the street
    if len(present) > 1:
        numbered = [pair for pair in present if isinstance(pair[1], Found) and _has_number(pair[1])]
        if len(numbered) == 1 and address.number is not None:
            present = numbered if all(isinstance(answer, Found) for _, answer in present) else present
    answer = present[0][1]
    if len(present) == 1 or isinstance(answer, NotFound):
        return answer
    names = ", ".join(f"« {other.label} »" if isinstance(other, Found) else other.reason for _, other in present)
    return NotFound(f"code postal et commune se contredisent, plusieurs lieux possibles : {names}")


def _votes(index: AddressIndex, address: Address, reading: _Reading) -> int:
    """How many of code, commune and postcode say the commune of a reading."""
    cities = {index.streets[row].citycode for row in reading.rows}
    by_postcode = {index.streets[row].citycode for row in _of_postcode(index, address)}
    return sum(not cities.isdisjoint(said) for said in ((address.citycode,), cities_named(index, address), by_postcode))


def _has_number(place: Found) -> bool:
    """Whether a place is that of the number itself, or between its neighbours."""
    return place.kind.startswith("numéro") and not place.kind.startswith(_NEAREST)


def _in_reading(index: AddressIndex, address: Address, reading: _Reading) -> Found | NotFound | None:
    """The place of an address among some streets; not found where two fit equally, None where none fits."""
    is_bare = all(word in STREET_TYPES for word in address.words)  # « 12 rue » is like any « Grande Rue »
    scored = sorted(((_street_score(index.streets[row], address), row) for row in reading.rows), reverse=True)
    best, row = scored[0] if scored else (0.0, -1)
    least = 1.0 - _NO_TYPE if is_bare else LEAST_SCORE
    if best - (0.0 if reading.has_town else reading.penalty) < least:
        return None
    street = index.streets[row]
    rivals = [index.streets[other] for score, other in scored[1:] if score > best - _LEAST_MARGIN]
    others = [other for other in rivals if (other.citycode, other.type, other.words) != _identity(street)]
    if others and not (best == 1.0 and all(_street_score(other, address) < 1.0 for other in others)):
        names = ", ".join(f"« {other.name}, {other.town} »" for other in (street, *others)[:3])
        return NotFound(f"plusieurs rues possibles : {names}")
    same = [street, *(other for other in rivals if other not in others)]
    asked = streets_asked_for(index, same, address)
    if len(asked) > 1:
        names = ", ".join(f"« {group[0].name}, {group[0].postcode} {group[0].town} »" for group in asked)
        return NotFound(f"plusieurs rues de ce nom dans la commune : {names}")
    doubt, loss = _doubt(index, address, asked[0])
    if reading.unread:
        doubt = f"« {reading.unread} » n'est pas une commune du fichier"
    place = _on_streets(index, asked[0], address, best - max(reading.penalty, loss))
    return replace(place, kind=f"{place.kind}, à vérifier : {doubt}") if doubt else place


def _doubt(index: AddressIndex, address: Address, streets: Sequence[Street]) -> tuple[str, float]:
    """What of the address contradicts the commune of a street, '' for nothing; a CEDEX postcode contradicts none.

    And what a place there loses by it: in another part of the commune than asked for, or where its name is only nearly
    that.
    """
    street, doubts, loss = streets[0], [], 0.0
    if _is_code(index, address) and address.citycode != street.citycode:
        doubts.append(f"code INSEE {address.citycode} ≠ {street.citycode}")
    elif address.citycode and not _is_code(index, address) and not _of_postcode(index, address):
        doubts.append(f"code INSEE {address.citycode} absent du fichier")
    if address.town and street.citycode not in cities_named(index, address):
        doubts.append(f"commune {_town_name(index, address)} ≠ {street.town}")
    rows = _of_postcode(index, address)
    if rows and all(index.streets[row].citycode != street.citycode for row in rows):
        doubts.append(f"code postal {address.postcode} ≠ {street.postcode}")
    elif rows and not not_against(streets, address)[0]:
        doubts.append(f"code postal {address.postcode} ≠ {street.postcode}")
        loss = _OTHER_TOWN
    is_nearly = not rows and is_only_nearly_named(index, address)
    if not doubts and (is_nearly or old_town_against(index, streets, address)):
        doubts.append(f"commune {address.town.title()} ≠ {street.town}")
        loss = _OTHER_TOWN
    return ", ".join(doubts), loss


def _identity(street: Street) -> tuple[str, str, tuple[str, ...]]:
    return street.citycode, street.type, street.words


def _readings(index: AddressIndex, address: Address, unread: str) -> list[_Reading]:
    """The streets to look among: of the code, of the commune, of the postcode; those that agree are one reading."""
    by_code = (address.citycode,) if _is_code(index, address) else ()
    by_name = cities_named(index, address)
    of_postcode = _of_postcode(index, address)
    readings: list[_Reading] = []
    for codes in (by_code, by_name):
        rows = [row for code in codes for row in index.by_city[code]]
        if len(codes) > 1 and of_postcode:  # communes of one name: the postcode decides
            rows = [row for row in rows if row in set(of_postcode)] or rows
        if rows and not any(set(rows) & set(reading.rows) for reading in readings):
            is_against = bool(by_code and by_name and by_code[0] not in by_name)
            is_against |= bool(of_postcode) and not set(rows) & set(of_postcode)
            readings.append(_Reading(rows, _OTHER_TOWN if is_against else 0.0, has_town=True))
    if of_postcode and not any(set(of_postcode) & set(reading.rows) for reading in readings):
        readings.append(_Reading(of_postcode, _OTHER_TOWN if readings or address.town else 0.0, has_town=False))
    if not readings and not address.town and not address.postcode and not address.citycode:
        readings.append(
            _Reading(range(len(index.streets)), _OTHER_TOWN if unread else 0.0, has_town=False, unread=unread)
        )
    return readings


def _is_code(index: AddressIndex, address: Address) -> bool:
    """Whether the address has a code of a commune of the file."""
    return address.citycode in index.by_city


def _of_postcode(index: AddressIndex, address: Address) -> Sequence[int]:
    """The streets of the postcode; none where it is one of the post's own (CEDEX), which says no place."""
    return () if address.is_cedex else index.by_postcode.get(address.postcode, ())


def _town_name(index: AddressIndex, address: Address) -> str:
    """The commune of an address as the file writes it."""
    codes = cities_named(index, address)
    return index.streets[index.by_city[codes[0]][0]].town if codes else address.town.title()


def _no_town(address: Address) -> str:
    town = " ".join(filter(None, (address.postcode, address.town.title()))) or address.citycode
    return f"commune absente du fichier d'adresses ({town})"


def _street_score(street: Street, address: Address) -> float:
    """How alike a street is to the one asked for, from 0 to 1."""
    likeness = words_likeness(address.words, street.words)
    if address.type != street.type:
        likeness -= _OTHER_TYPE if address.type and street.type else _NO_TYPE
    return likeness


def _nearest_street(index: AddressIndex, address: Address, pools: Sequence[Sequence[int]]) -> str:
    """The street that is most alike, for whoever corrects the address; '' where none is."""
    rows = [row for pool in pools for row in pool]
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

    # the very number: with its repetition, else without; then the others of a range
    same = numbered[index.numbers[numbered] == number]
    for repetition, kind, loss in _spellings(address.repetition):
        exact = same[index.repetitions[same] == repetition]
        if len(exact):
            return _at(index, int(exact[0]), street, score * loss, kind, loss)
    if len(same):
        return _at(index, int(same[0]), street, score * 0.9, "numéro, avec un autre indice", 0.9)
    for other in address.other_numbers:
        if len(same := numbered[index.numbers[numbered] == other]):
            return _at(index, int(same[0]), street, score * 0.95, f"numéro {other}, faute du {number}", 0.95)
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

    # the last of its side, else the nearest across the street, whose numbers may run otherwise
    last = side[[0 if at == 0 else -1]] if len(side) else side
    is_near = len(last) > 0 and abs(int(index.numbers[last[0]]) - number) <= _MOST_STEPS
    candidates = last if is_near else numbered
    nearest = int(candidates[np.argmin(np.abs(index.numbers[candidates] - number))])
    steps = abs(int(index.numbers[nearest]) - number)
    if steps > _MOST_STEPS:
        return _middle(index, rows, street, score * 0.8, f"rue, où le {number} n'existe pas")
    kind = f"{_NEAREST}, le {index.numbers[nearest]}{'' if is_near else _ACROSS}"
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
