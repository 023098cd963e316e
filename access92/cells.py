"""Cells of a plane by column and row: the distinct ones, told by one number each (numpy sorts rows far slower)."""

from __future__ import annotations

import numpy as np


def unique_cells(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of an (n, 2) table of whole numbers in order, and by row which of them it is (int64).

    >>> found, which = unique_cells(np.array([[2, -1], [0, 5], [2, -1]]))
    >>> found.tolist(), which.tolist()
    ([[0, 5], [2, -1]], [1, 0, 1])
    """
    cells = np.asarray(cells, dtype=np.int64).reshape(-1, 2)
    if len(cells) == 0:
        return cells, np.zeros(0, dtype=np.int64)
    least = cells.min(axis=0)
    width = int(cells[:, 1].max() - least[1]) + 1
    numbers, which = np.unique((cells[:, 0] - least[0]) * width + (cells[:, 1] - least[1]), return_inverse=True)
    return np.column_stack([numbers // width, numbers % width]) + least, which
