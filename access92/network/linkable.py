"""Which streets places link to: doors open on streets, not on motorways, ramps, tunnels or below the ground."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from access92.network.street_tags import tag_text

_WITHOUT_DOORS = frozenset({"motorway", "motorway_link", "trunk", "trunk_link", "corridor"})
"""Highway classes without a door of the street: roads without frontage, their ramps, and the corridors of buildings."""

_OPEN_AIR = frozenset({"", "no", "false", "0"})
_UNDER_A_BUILDING = frozenset({"building_passage", "covered", "arcade", "colonnade"})
"""Values of ``tunnel`` that lie at the level of the ground, between the doors of a house."""

_NEGATIVE = re.compile(r"(?:^|[;,])\s*[-\N{MINUS SIGN}]\s*(?=[0-9.]*[1-9])")
"""A number under zero, alone, in a list (« -1;0 ») or at the beginning of a range (« -2--1 »)."""


def is_linkable(streets: pd.DataFrame) -> np.ndarray:
    """Whether places may link to each street (bool); routes use the others all the same.

    Not to motorways and trunk roads, nor to their ramps, tunnels (a passage through a building stays), indoor ways,
    ``layer`` or ``level`` under zero. A bridge stays: at La Défense the ground that doors open on is one. Tag columns
    that are absent count as empty.

    Examples
    --------
    >>> streets = pd.DataFrame({
    ...     "highway": ["residential", "trunk_link", "footway", "footway", "steps"],
    ...     "tunnel": ["", "", "yes", "building_passage", ""],
    ...     "level": ["", "", "", "", "-1;0"]})
    >>> is_linkable(streets).tolist()
    [True, False, False, True, False]
    """
    linkable = ~_holds(streets, "highway", _WITHOUT_DOORS.__contains__)
    linkable &= ~_holds(streets, "tunnel", lambda value: value not in _OPEN_AIR | _UNDER_A_BUILDING)
    linkable &= ~_holds(streets, "indoor", lambda value: value not in _OPEN_AIR)
    for name in ("layer", "level"):
        linkable &= ~_holds(streets, name, lambda value: _NEGATIVE.search(value) is not None)
    return linkable


def _holds(streets: pd.DataFrame, name: str, condition: Callable[[str], bool]) -> np.ndarray:
    """Whether a condition holds of each street's tag; it is asked once for each value."""
    if name not in streets.columns:
        return np.zeros(len(streets), dtype=bool)
    codes, values = pd.factorize(streets[name], use_na_sentinel=False)
    verdicts = [condition(tag_text(value)) for value in values]
    holds: np.ndarray = np.array(verdicts, dtype=bool)[codes] if len(values) else np.zeros(0, dtype=bool)
    return holds
