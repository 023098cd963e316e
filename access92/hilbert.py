"""The Hilbert curve: an order in which neighbours in space are neighbours in memory."""

from __future__ import annotations

import numpy as np

from access92.kernel_cache import kernel

_LEVEL = 16
"""Halvings of each side: cells of half a metre on thirty kilometres."""


def hilbert_distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far along a Hilbert curve over their bounding box each of some points stands (int64).

    References
    ----------
    Skilling (2004), « Programming the Hilbert curve », AIP Conference Proceedings 707; here in two dimensions.

    Examples
    --------
    >>> hilbert_distance(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])).argsort().tolist()
    [0, 1, 2, 3]
    """
    if len(x) == 0:
        return np.empty(0, dtype=np.int64)
    side = max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
    scale = ((1 << _LEVEL) - 1) / side
    return _distance(((x - x.min()) * scale).astype(np.int64), ((y - y.min()) * scale).astype(np.int64))


@kernel
def _distance(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    found = np.empty(len(column), dtype=np.int64)
    for i in range(len(column)):
        x, y, along = column[i], row[i], np.int64(0)
        side = np.int64(1 << (_LEVEL - 1))
        while side > 0:
            right, up = np.int64((x & side) > 0), np.int64((y & side) > 0)
            along += side * side * ((3 * right) ^ up)
            if up == 0:  # turn the quarter so that the curve enters and leaves at the right corners
                if right == 1:
                    x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
                else:
                    x, y = x & (side - 1), y & (side - 1)
                x, y = y, x
            else:
                x, y = x & (side - 1), y & (side - 1)
            side >>= 1
        found[i] = along
    return found
