"""Estates: private streets, and the streets that one reaches through them only."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def behind_private(start: np.ndarray, end: np.ndarray, private: np.ndarray) -> np.ndarray:
    """Whether each street is private, or is joined to the streets of all through private ones only (bool).

    Where only the gate of an estate is tagged, the streets behind it are as private as the gate: they are reached at
    the ends of a trip. ``start`` and ``end``: nodes (positions). The streets of all are the largest part, by streets,
    that hangs together without a private one; a part that no private street touches stays public.

    >>> start, end = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
    >>> behind_private(start, end, np.array([False, False, True, False])).tolist()
    [False, False, True, True]
    """
    if not private.any() or private.all():
        return private
    count = int(max(start.max(), end.max())) + 1
    public = ~private
    ones = np.ones(int(public.sum()), dtype=np.int8)
    graph = coo_array((ones, (start[public], end[public])), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    main = int(np.bincount(part[start[public]]).argmax())
    gated = np.zeros(count, dtype=bool)
    gated[part[np.concatenate([start[private], end[private]])]] = True
    gated[main] = False
    behind: np.ndarray = private | gated[part[start]]
    return behind
