"""Numbers of an analyst: minutes, metres, counts and people, read in one way by all functions of a notebook.

Text and booleans are refused: « 25 » is a sequence of two digits to Python, and True is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import TypeGuard

import numpy as np
import pandas as pd

from access92.errors import InputError, input_error, nearest_word, some_values
from access92.sources.tables import read_numbers

LONGEST_MIN = 240.0
"""The farthest that times are searched: as the studies."""


def read_minutes(value: object, name: str) -> float:
    """A limit above 0 and up to :data:`LONGEST_MIN` minutes.

    >>> read_minutes(np.int64(20), "cutoff_min")
    20.0
    """
    if not _is_number(value) or not 0 < value <= LONGEST_MIN:
        raise input_error(
            "Ce n'est pas un nombre de minutes que l'on puisse chercher.", f"{name} = {value!r}",
            f"Donner un nombre supérieur à 0, jusqu'à {LONGEST_MIN:.0f}, sans guillemets.",
        )  # fmt: skip
    return float(value)


def read_thresholds(values: object, name: str) -> list[float]:
    """One limit in minutes or several of them: ascending, each once.

    >>> read_thresholds([20, 20, 10], "thresholds_min"), read_thresholds(15, "thresholds_min")
    ([10.0, 20.0], [15.0])
    """
    several: Iterable[object] = [values]
    if isinstance(values, Iterable) and not isinstance(values, str | bytes):
        several = values
    limits = sorted({read_minutes(value, name) for value in several})
    if not limits:
        raise input_error("Aucun seuil n'est donné.", f"{name} = {values!r}", "Donner au moins un nombre de minutes.")
    return limits


def read_metres(value: object, name: str, *, may_be_zero: bool = True) -> float:
    """A finite number of metres.

    >>> read_metres(300, "cell_m", may_be_zero=False)
    300.0
    """
    if not _is_number(value) or not np.isfinite(value) or value < 0 or (value == 0 and not may_be_zero):
        least = "positif ou nul" if may_be_zero else "supérieur à 0"
        raise input_error(
            "Ce n'est pas un nombre de mètres.", f"{name} = {value!r}", f"Donner un nombre {least}, sans guillemets."
        )
    return float(value)


def read_count(value: object, name: str) -> int:
    """A whole number, one at least.

    >>> read_count(np.int64(3), "count")
    3
    """
    if not _is_number(value) or value != np.floor(value) or not 1 <= value < np.inf:
        raise input_error(
            "Ce n'est pas un nombre entier supérieur ou égal à 1.", f"{name} = {value!r}", "Donner par exemple 3."
        )
    return int(value)


def read_people(frame: pd.DataFrame, column: str, *, role: str) -> np.ndarray:
    """The people of each row (float64, ≥ 0).

    >>> read_people(pd.DataFrame({"population": ["10", "2,5"]}), "population", role="origins").tolist()
    [10.0, 2.5]
    """
    if column not in frame.columns:
        raise input_error(
            f"La table n'a pas de colonne « {column} ».", role, nearest_word(column, map(str, frame.columns))
        )
    people, faults = read_numbers(frame[column], where=role, are_counts=True)
    if faults:
        raise InputError(faults)
    wrong = ~(np.isfinite(people) & (people >= 0))
    if wrong.any():
        raise input_error(
            "Des nombres d'habitants ne sont pas des nombres positifs ou nuls.",
            f"{role}, colonne « {column} », valeurs {some_values(frame[column][wrong])}", "Corriger ces valeurs.",
        )  # fmt: skip
    return people


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, Real) and not isinstance(value, bool)
