"""What a public counts: persons, households or dwellings; and what the columns of INSEE count, by their names."""

from __future__ import annotations

import re
from typing import Literal

Unit = Literal["persons", "households", "dwellings"]
PERSONS: Unit = "persons"

_COUNTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("", re.compile(r"ind_snv|men_surf", re.IGNORECASE)),
    ("households", re.compile(r"men(_.+)?|[cp]\d\d_(men|fam)\w*", re.IGNORECASE)),
    ("dwellings", re.compile(r"log_.+|[cp]\d\d_(log|rp|rsecocc|maison|appart)\w*", re.IGNORECASE)),
)
"""What a column of Filosofi (``men_pauv``, ``log_soc``) or of the census (``C21_MENFAMMONO``, ``P21_LOG``) counts; ''
where it is no number of things: sums of euros (``ind_snv``) and of square metres (``men_surf``).

References
----------
INSEE, *Données carroyées* (Filosofi), dictionaries of the variables of 2015, 2017, 2019 and 2021; INSEE, *Recensement
de la population, bases infracommunales (IRIS)*.
"""


def summed_columns(column: str) -> tuple[str, ...]:
    """The columns of a file that a public's ``column`` adds up: « ind_65_79 + ind_80p », or one alone.

    >>> summed_columns("ind_65_79 + ind_80p"), summed_columns("men_pauv")
    (('ind_65_79', 'ind_80p'), ('men_pauv',))
    """
    return tuple(part.strip() for part in column.split("+"))


def unit_fault(column: str, unit: Unit) -> str:
    """Why a public cannot count a column of INSEE in a unit, in French; '' where nothing forbids it.

    >>> unit_fault("men_pauv", "persons")
    'la colonne « men_pauv » de l\u2019INSEE ne compte pas des habitants : écrire unit = "households" (ménages)'
    >>> unit_fault("log_soc", "dwellings"), unit_fault("ind_80p", "persons"), unit_fault("sans_voiture", "households")
    ('', '', '')
    """
    for name in summed_columns(column):
        known = next((counts for counts, names in _COUNTS if names.fullmatch(name)), unit)
        if not known:
            return f"la colonne « {name} » de l’INSEE est une somme d'euros ou de mètres carrés, pas un nombre"
        if known != unit and unit == PERSONS:
            words = "ménages" if known == "households" else "logements"
            return f'la colonne « {name} » de l’INSEE ne compte pas des habitants : écrire unit = "{known}" ({words})'
        if known != unit:
            return f'la colonne « {name} » de l’INSEE se compte autrement : écrire unit = "{known}"'
        if unit != PERSONS and re.fullmatch(r"ind(_.+)?|p\d\d_pop\w*", name, re.IGNORECASE):
            return f'la colonne « {name} » de l’INSEE compte des habitants : écrire unit = "persons"'
    return ""
