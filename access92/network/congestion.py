"""Time factors of cars by hour of the day and group of highway classes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from access92.errors import Fault, nearest_word
from access92.network.road_classes import CONGESTION_GROUPS

_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MIN = 24 * 60


def class_factors(congestion: Mapping[str, Mapping[str, float]], hour: str) -> dict[str, float]:
    """The time factor of each highway class at an hour (« 08:30 »); of no class where no period holds the hour.

    A period goes from its first minute, included, to its last one, excluded; it may pass midnight.

    Examples
    --------
    >>> table = {"07:00-10:00": {"fast": 2.0, "main": 1.8, "local": 1.5}, "20:00-07:00": {"fast": 1.0}}
    >>> class_factors(table, "08:30")["primary"], class_factors(table, "02:00")["motorway"]
    (1.8, 1.0)
    >>> class_factors(table, "10:00")
    {}
    """
    minute = 60 * int(hour[:2]) + int(hour[3:5])
    for period, factors in congestion.items():
        if minute in _minutes(period):
            return period_factors(factors)
    return {}


def period_factors(factors: Mapping[str, float]) -> dict[str, float]:
    """The time factor of each highway class, from those of the groups.

    >>> period_factors({"main": 1.8})["tertiary_link"]
    1.8
    """
    return {name: factor for group, factor in factors.items() for name in CONGESTION_GROUPS[group]}


def _minutes(period: str) -> set[int]:
    """The minutes of the day in a period « HH:MM-HH:MM »; none where it is written otherwise."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        return set()
    first, last = (60 * int(match[at]) + int(match[at + 1]) for at in (1, 3))
    last = last if last > first else last + _DAY_MIN
    return {minute % _DAY_MIN for minute in range(first, last)} if last <= first + _DAY_MIN else set()


def congestion_faults(value: object, place: str, *, lowest: float, highest: float) -> list[Fault]:
    """What is wrong with a table of time factors by period and group of classes.

    >>> faults = congestion_faults({"7h-10h": {"fast": 2.0}}, "etude.toml", lowest=0.5, highest=5.0)
    >>> [fault.what for fault in faults]
    ['La période « 7h-10h » ne se lit pas.']
    """
    if not isinstance(value, Mapping) or not all(isinstance(row, Mapping) for row in value.values()):
        fix = 'Écrire { "07:00-10:00" = { fast = 1.5, main = 2.2, local = 1.7 } }.'
        return [Fault("La congestion doit être une table de périodes.", place, fix)]
    faults: list[Fault] = []
    taken: set[int] = set()
    for period, factors in value.items():
        minutes = _minutes(str(period))
        if not minutes:
            faults.append(Fault(f"La période « {period} » ne se lit pas.", place, "Écrire HH:MM-HH:MM."))
        if taken & minutes:
            fix = "Séparer les périodes : chaque minute est dans une seule."
            faults.append(Fault(f"La période « {period} » en recouvre une autre.", place, fix))
        taken |= minutes
        for group, factor in factors.items():
            if group not in CONGESTION_GROUPS:
                fix = nearest_word(str(group), CONGESTION_GROUPS)
                faults.append(Fault(f"Groupe de voies inconnu « {group} ».", place, fix))
            elif not (_is_number(factor) and lowest <= factor <= highest):
                fix = f"Écrire un nombre entre {lowest:g} et {highest:g}".replace(".", ",") + "."
                faults.append(Fault(f"Le facteur de « {group} » ({period}) est refusé.", place, fix))
    return faults


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
