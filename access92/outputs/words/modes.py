"""What a mode says of its time factors, waits and barriers, in French."""

from __future__ import annotations

from access92.network.modes import Mode
from access92.network.road_classes import CONGESTION_GROUPS
from access92.outputs.words import typography

GROUP_WORDS = {"fast": "voies rapides", "main": "grandes rues", "local": "petites rues"}


def factor_words(mode: Mode) -> str:
    """The time factor as it stands after « temps × »: one number, or the lowest and the highest by kind of street.

    >>> from access92.network.modes import modes_at, read_modes
    >>> factor_words(read_modes()["car"])
    '1,75'
    >>> factor_words(modes_at(read_modes(), "10:00", signals=False)["car"])
    '1,2 à 1,75 selon la voie'
    """
    factors = sorted(set(mode.class_time_factor.values()))
    if len(factors) < 2:  # noqa: PLR2004 - no span of one number
        return typography.plain(factors[0] if factors else mode.time_factor)
    return f"{typography.plain(factors[0])} à {typography.plain(factors[-1])} selon la voie"


def group_factors(mode: Mode) -> str:
    """The time factor of each group of streets at the hour of the study; '' where one number counts.

    >>> from access92.network.modes import modes_at, read_modes
    >>> group_factors(modes_at(read_modes(), "10:00", signals=False)["car"])
    'voies rapides × 1,2, grandes rues × 1,75, petites rues × 1,5'
    """
    factors = [(words, mode.class_time_factor.get(CONGESTION_GROUPS[group][0])) for group, words in GROUP_WORDS.items()]
    return ", ".join(f"{words} × {typography.plain(factor)}" for words, factor in factors if factor is not None)
