"""The commune of an address: by its name, nearly, or in what is left beside the street; and its old communes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from access92.sources.geocoding.address_words import LEAST_SCORE, Address, town_words_of, words_likeness
from access92.sources.geocoding.ban_index import AddressIndex, Street

_POSTCODE = re.compile(r"(?<!\d)(?:F-?)?(\d{2}) ?(\d{3})(?!\d)", re.IGNORECASE)
_ONE_STREET_M = 300.0
"""Parts of a street in two postcodes that lie nearer than this are one street. Hypothèse access92."""

_LINKS = frozenset({"s", "ss", "sur", "sous", "en", "les", "lez", "pres"})
_EARTH_M = 111_195.0


def cities_named(index: AddressIndex, address: Address) -> tuple[str, ...]:
    """The codes of the communes that bear the name of an address, or nearly; none in another département.

    A postcode of another département says another commune of this name (97400 Saint-Denis), or a name that only looks
    like it (56000 Vannes is not Vanves). Where several are nearly of the name, none is.
    """
    if not address.town:
        return ()
    if exact := _of_departement(index, index.cities.get(address.town, ()), address):
        return exact
    near = {
        code
        for name, codes in index.cities.items()
        if words_likeness(address.town.split(), name.split()) >= LEAST_SCORE
        for code in _of_departement(index, codes, address)
    }
    return tuple(near) if len(near) == 1 else ()


def is_only_nearly_named(index: AddressIndex, address: Address) -> bool:
    """Whether no commune has the name of an address, « sur » and the like left aside."""
    bare = _without_links(address.town)
    return bool(bare) and all(_without_links(name) != bare for name in index.cities)


def _without_links(town: str) -> tuple[str, ...]:
    return tuple(word for word in town.split() if word not in _LINKS)


def _of_departement(index: AddressIndex, codes: Sequence[str], address: Address) -> tuple[str, ...]:
    """Those of some communes that have a postcode of the same département; all where no postcode is there to say."""
    asked = "" if address.is_cedex else address.postcode[:2]
    kept = []
    for code in codes:
        known = {index.streets[row].postcode[:2] for row in index.by_city[code]}
        if not asked or asked in known or known == {""}:
            kept.append(code)
    return tuple(kept)


def with_commune(index: AddressIndex, address: Address) -> tuple[Address, str]:
    """An address with the commune and postcode found beside its street where it has none; and what none could read.

    « 12 rue X, Malakoff », « …, Montrouge 92120 », « … (92240) »: each part is a postcode, a commune, or both.
    """
    town, postcode, unread = address.town, address.postcode, []
    for part in address.leftovers:
        found = _POSTCODE.search(part)
        name = town_words_of(part if found is None else f"{part[: found.start()]} {part[found.end() :]}")
        is_commune = bool(cities_named(index, replace(address, town=name, postcode=postcode)))
        if found is not None:
            postcode = postcode or f"{found[1]}{found[2]}"
        if not town and (is_commune or (found is not None and name)):
            town = name
        elif name and name != "france" and not is_commune:
            unread.append(part)
    return replace(address, town=town, postcode=postcode), ", ".join(unread)


def streets_asked_for(index: AddressIndex, streets: Sequence[Street], address: Address) -> list[list[Street]]:
    """Of streets of one name in one commune, those that the postcode or the old commune asked for says.

    Parts of one street (several spellings, two postcodes side by side) are together; more than one list of streets
    is returned where nothing decides between them.
    """
    groups: list[list[Street]] = []
    for street in streets:
        of_street = [group for group in groups if any(_are_one(index, street, other) for other in group)]
        groups = [group for group in groups if group not in of_street]
        groups.append([street, *(other for group in of_street for other in group)])
    fits = [sum(not_against(group, address)) for group in groups]
    return [group for group, fit in zip(groups, fits, strict=True) if fit == max(fits)]


def not_against(streets: Sequence[Street], address: Address) -> tuple[bool, bool]:
    """Whether streets are in the postcode, and in the old commune, that an address names."""
    has_postcode = any(address.postcode == street.postcode for street in streets)
    return has_postcode, any(address.town == street.old_town for street in streets)


def old_town_against(index: AddressIndex, streets: Sequence[Street], address: Address) -> bool:
    """Whether an address names an old commune of the commune of these streets, which they are not in."""
    if not_against(streets, address)[1] or address.town == town_words_of(streets[0].town):
        return False
    return any(index.streets[row].old_town == address.town for row in index.by_city[streets[0].citycode])


def _are_one(index: AddressIndex, one: Street, other: Street) -> bool:
    """Whether two streets of one name are the same: in one old commune, or side by side with no number in common."""
    if (one.postcode, one.old_town) == (other.postcode, other.old_town):
        return True
    rows, others = slice(one.first, one.last), slice(other.first, other.last)
    doors = [set(zip(index.numbers[part], index.repetitions[part], strict=True)) for part in (rows, others)]
    if doors[0] & doors[1]:
        return False
    scale = np.cos(np.radians(index.lat[one.first]))
    x = (index.lon[rows][:, None] - index.lon[others][None, :]) * scale * _EARTH_M
    y = (index.lat[rows][:, None] - index.lat[others][None, :]) * _EARTH_M
    return bool(np.hypot(x, y).min() < _ONE_STREET_M)
