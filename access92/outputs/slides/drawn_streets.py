"""The streets of static maps: which classes are drawn, from the least to the greatest, and how."""

from __future__ import annotations

import numpy as np

DRAWN_STREETS: tuple[tuple[tuple[str, ...], str, float], ...] = (
    (("residential", "living_street", "pedestrian", "road"), "#dedbd4", 0.6),
    (("tertiary", "tertiary_link", "unclassified"), "#d0ccc4", 0.8),
    (("primary", "secondary", "primary_link", "secondary_link"), "#bdb8ae", 1.3),
    (("motorway", "trunk", "motorway_link", "trunk_link"), "#a9a398", 2.0),
)
"""Values of ``highway``, colour, pixels."""


def is_known(highway: np.ndarray) -> np.ndarray:
    """Which streets (bool) are of a class that static maps know."""
    known: np.ndarray = np.isin(highway, [name for names, _, _ in DRAWN_STREETS for name in names])
    return known


def is_drawn(highway: np.ndarray) -> np.ndarray:
    """Which streets (bool) static maps draw: those of a class that they know, or all where they know none.

    >>> is_drawn(np.array(["primary", "steps"])).tolist(), is_drawn(np.array(["", "steps"])).tolist()
    ([True, False], [True, True])
    """
    known = is_known(highway)
    return known if known.any() else ~known
