"""The nearest of some services for each demand point: a travel-time matrix reduced by rows."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel

_COLUMNS_AT_ONCE = 4096
"""Demand points looked at together: their times so far stay in the nearest cache."""


def nearest_service(minutes: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each demand point the least of some rows of the matrix (minutes), and the row that it comes from.

    Returns
    -------
    travel_time_min
        float32, minutes, NaN = none reached.
    nearest
        int32 row of the matrix, -1 = none reached; of equal times the first row.

    Examples
    --------
    >>> matrix = np.array([[5, np.nan], [4, np.nan]], dtype=np.float32)
    >>> time, nearest = nearest_service(matrix, np.array([0, 1]))
    >>> time.tolist(), nearest.tolist()
    ([4.0, nan], [1, -1])
    """
    count = minutes.shape[1]
    best = np.full(count, np.inf, dtype=np.float32)
    nearest = np.full(count, -1, dtype=np.int32)
    _least(np.asarray(minutes, dtype=np.float32), np.asarray(rows, dtype=np.int32), best, nearest)
    best[nearest == -1] = np.nan
    return best, nearest


@kernel
def _least(minutes: np.ndarray, rows: np.ndarray, best: np.ndarray, nearest: np.ndarray) -> None:
    """Column by column the least of the rows and where it is; without a branch, so that the processor takes eight."""
    count = len(best)
    for first in range(0, count, _COLUMNS_AT_ONCE):
        block = slice(first, min(count, first + _COLUMNS_AT_ONCE))
        least, least_row = best[block], nearest[block]
        for row in rows:
            times = minutes[row, block]
            for i in range(len(times)):
                better = times[i] < least[i]  # never of a NaN; of equal times the first row stays
                least[i] = times[i] if better else least[i]
                least_row[i] = row if better else least_row[i]
