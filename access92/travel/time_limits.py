"""Whether a travel time is under a limit: one comparison for all figures, on whole milliseconds.

Times are whole milliseconds that travel as float32 minutes. Up to :data:`EXACT_UP_TO_MIN` no two milliseconds share a
float32, and more milliseconds are never a lesser float32: so a time is compared with the float32 of the limit's own
milliseconds, and with no other number. A limit such as 12.4 min, which no binary number is, thus lies on the same side
in every table, legend and map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from access92.network.graph import MS_PER_MIN

EXACT_UP_TO_MIN = 256.0
"""Beyond, neighbouring float32 lie more than a millisecond apart; no study asks that far."""

NOT_REACHED_MS = np.iinfo(np.int64).max
"""The milliseconds of a time that is not reached: more than any limit."""

_ROUNDED_MS = 6
"""Decimals of a millisecond that are more than a double leaves of a decimal number of minutes."""


def minutes_to_ms(minutes: np.ndarray) -> np.ndarray:
    """Whole milliseconds (int64) of times in minutes; NOT_REACHED_MS where NaN.

    >>> minutes_to_ms(np.array([12.4, np.nan], dtype=np.float32)).tolist() == [744_000, NOT_REACHED_MS]
    True
    """
    exact = np.asarray(minutes, dtype=np.float64) * MS_PER_MIN
    reached = ~np.isnan(exact)
    ms: np.ndarray = np.where(reached, np.rint(np.where(reached, exact, 0.0)).astype(np.int64), NOT_REACHED_MS)
    return ms


def limit_ms(limit_min: float) -> int:
    """The least whole milliseconds that are not under a limit in minutes.

    >>> limit_ms(12.4), limit_ms(0.00001)
    (744000, 1)
    """
    return math.ceil(round(float(limit_min) * MS_PER_MIN, _ROUNDED_MS))


def is_under(minutes: np.ndarray, limit_min: float) -> np.ndarray:
    """Which times (minutes) are strictly under a limit (minutes): bool; a time that is not reached (NaN) is not.

    >>> is_under(np.array([12.39, 12.4, np.nan], dtype=np.float32), 12.4).tolist()
    [True, False, False]
    """
    under: np.ndarray = np.asarray(minutes, dtype=np.float32) < _limits([limit_min])[0]
    return under


def limits_reached(minutes: np.ndarray, limits_min: Iterable[float]) -> np.ndarray:
    """How many of some ascending limits (minutes) each time is not under (int64); all of them where NaN.

    It is the number of the class of a time between bounds: a time at a bound is in the class above.

    >>> limits_reached(np.array([5.0, 12.4, np.nan], dtype=np.float32), [10.0, 12.4, 60.0]).tolist()
    [0, 2, 3]
    """
    reached: np.ndarray = np.searchsorted(_limits(limits_min), np.asarray(minutes, dtype=np.float32), side="right")
    return reached


def bound_for_doubles(limit_min: float) -> float:
    """Half a millisecond under a limit (minutes): what a program that reads float32 as doubles compares with.

    >>> bound = bound_for_doubles(12.4)
    >>> float(np.float32(12.4)) < 12.4, float(np.float32(12.4)) < bound, float(np.float32(743_999 / 60_000)) < bound
    (True, False, True)
    """
    return (limit_ms(limit_min) - 0.5) / MS_PER_MIN


def _limits(limits_min: Iterable[float]) -> np.ndarray:
    """The limits as float32 minutes, rounded as the times of their milliseconds are."""
    return np.array([limit_ms(limit) / MS_PER_MIN for limit in limits_min], dtype=np.float64).astype(np.float32)
