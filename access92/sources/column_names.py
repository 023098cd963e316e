"""Columns that a file calls almost as we do: cut by its format, or mistyped."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import pandas as pd

from access92.errors import input_error
from access92.sources.office.meanings import plain_words

_CUT_AT = 10
"""Letters that a Shapefile keeps of the name of a column."""

_ALIKE = 0.8


_NOT_PERSONS = re.compile(r"\b(?:milliers?|millions?|densite|pourcentage|pct|hab(?:itants)? par|hab km2?)\b")


def check_counts_persons(name: str, *, where: str) -> None:
    """Refuse a column of people whose name says that it counts something else: thousands, a density, a share.

    >>> check_counts_persons("Population (en milliers)", where="t.csv")
    Traceback (most recent call last):
    access92.errors.InputError: La colonne « Population (en milliers) » ne compte pas des habitants, d'après son titre.
      Où : t.csv
      Remède : Donner une colonne d'habitants, un à un ; si c'en est une, en changer le titre.
    """
    if "%" in name or _NOT_PERSONS.search(plain_words(name)):
        raise input_error(
            f"La colonne « {name} » ne compte pas des habitants, d'après son titre.",
            where,
            "Donner une colonne d'habitants, un à un ; si c'en est une, en changer le titre.",
        )


def with_full_names(table: pd.DataFrame, known: Sequence[str]) -> pd.DataFrame:
    """The table with the full names of columns that a Shapefile has cut to ten letters.

    >>> list(with_full_names(pd.DataFrame({"opening_ho": [""], "name": [""]}), ["name", "opening_hours"]).columns)
    ['opening_hours', 'name']
    """
    cut: dict[str, list[str]] = {}
    for name in known:
        cut.setdefault(name[:_CUT_AT], []).append(name)
    present = {str(name) for name in table.columns}
    full = {
        short: names[0]
        for short, names in cut.items()
        if short in present and short not in known and len(names) == 1 and names[0] not in present
    }
    return table.rename(columns=full) if full else table


def near_names(table: pd.DataFrame, known: Sequence[str]) -> tuple[str, ...]:
    """The columns that are not known, with a name near that of a known one that is not there, as people read them.

    >>> near_names(pd.DataFrame({"valid_too": [""], "name": [""], "notes": [""]}), ["name", "valid_to", "valid_from"])
    ('« valid_too » (valid_to ?)',)
    """
    present = [str(name) for name in table.columns]
    missing = [name for name in known if name not in present]
    said = []
    for name in present:
        if name in known:
            continue
        near = difflib.get_close_matches(name.strip().lower(), missing, n=1, cutoff=_ALIKE)
        if near:
            said.append(f"« {name} » ({near[0]} ?)")
    return tuple(said)
