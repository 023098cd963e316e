"""Columns that may mean the same thing (« Type » and « Catégorie »): told which is read, refused where it decides."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, some_values
from access92.sources.office.meanings import plain_words, twin_columns
from access92.sources.written_numbers import parse_days, parse_numbers

_SAME_DEGREES = 1e-5  # a metre
_SAME_METRES = 1.0
_WORDED = ("name", "address", "commune", "place")


def check_twins(
    raw: pd.DataFrame,
    table: str,
    matched: dict[str, str],
    *,
    decisive: Collection[str],
    written: Collection[str] | None,
    where: str,
) -> list[str]:
    """What to tell of columns that are not read, may mean one that is, and differ from it (French sentences).

    Parameters
    ----------
    table
        A part of ``meanings.toml``.
    matched
        By column the heading that is read.
    decisive
        Columns that a figure depends on: a twin that differs is refused. Not one that says something else in brackets
        (« Type (ancien) »), nor, degrees aside, where the heading that is read is the very name of the contract.
    written
        Columns that the study itself names: nothing is said of them. None: it cannot name any.

    Raises
    ------
    InputError
        Another column may be meant, and would change a figure.

    Examples
    --------
    >>> both = pd.DataFrame({"Nom": ["PMI A"], "Structure": ["Maison"], "Type": ["PMI"]})
    >>> read = {"name": "Nom", "kind": "Type"}
    >>> check_twins(both, "services", read, decisive={"kind"}, written=(), where="t.csv")
    ['t.csv : « Nom » est lu pour name, et non « Structure », qui en diffère (lignes 0).']
    """
    faults: list[Fault] = []
    told: list[str] = []
    headings = [str(name) for name in raw.columns if name != "geometry"]
    for column, other, is_part in twin_columns(headings, table, matched):
        heading = matched[column]
        if column in (written or ()):
            continue
        differs = _differs(column, raw[heading], raw[other])
        if not differs.any():
            continue
        lines = some_values(raw.index[differs])
        is_sure = is_part or (heading == column and column not in ("lon", "lat"))
        if column not in decisive or is_sure:
            told.append(
                f"{where} : « {heading} » est lu pour {column}, et non « {other} », qui en diffère (lignes {lines})."
            )
            continue
        fix = f'En retirer une, ou dire laquelle dans l\'étude : columns = {{ {column} = "{heading}" }}.'
        faults.append(
            Fault(
                f"Deux colonnes peuvent être « {column} », et leurs valeurs diffèrent.",
                f"{where}, colonnes « {heading} » et « {other} » (l'une est peut-être masquée), lignes {lines}",
                f"Retirer ou renommer celle qui n'est pas à lire, « {other} » ?" if written is None else fix,
            )
        )
    if faults:
        raise InputError(faults)
    return told


def _differs(column: str, read: pd.Series, other: pd.Series) -> np.ndarray:
    """On which rows the other column says what the one that is read does not."""
    texts = [part.astype("string").fillna("").str.strip().astype(object) for part in (read, other)]
    is_filled = texts[1].ne("").to_numpy(dtype=bool)
    if column in ("lon", "lat", "x", "y"):
        in_degrees = column in ("lon", "lat")
        numbers = [parse_numbers(list(part), may_be_thousands=not in_degrees).numbers for part in texts]
        apart = np.abs(numbers[0] - numbers[1])
        is_apart: np.ndarray = ~(apart <= (_SAME_DEGREES if in_degrees else _SAME_METRES))
        return np.asarray(is_filled & is_apart)
    if column in ("valid_from", "valid_to", "date"):
        days = [parse_days(part) for part in texts]
        if days[0].notna().any() and days[1].notna().any():
            return np.asarray(is_filled & days[0].ne(days[1]).to_numpy(dtype=bool))
    words = [[plain_words(text).lstrip("0") for text in part] for part in texts]
    pairs = zip(*words, strict=True)
    if column in _WORDED:  # « 1 rue X » and « 1 rue X, 92100 Boulogne » say the same
        says_other = [not (one and two and (one in two or two in one)) for one, two in pairs]
    else:
        says_other = [one != two for one, two in pairs]
    return np.asarray(is_filled & np.array(says_other, dtype=bool))
