"""Rows of codes as what differs from likely ones: the page of a run is far lighter, and reads back the same codes.

From one home to the next, times to services that are reached by the same streets change by the same minutes. So a row
takes, for some points that follow each other, the steps of the row before it that they are most like; only what then
differs is kept. Which row that is changes from place to place: services in one direction from here are not from there.
"""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel

BLOCK = 128
"""Points for which a row takes the steps of one other row."""

_MOST_PAIRS = 20_000
"""Pairs of rows compared in a block: more take long, and save little. So no row looks back at more than 141 others (the
root of this), and a byte says which."""

_UNBOUNDED = 32_767
_SMALL = 3  # what differs by less takes few bits


def unlikely(codes: np.ndarray, *, beyond: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What the page cannot guess of codes (int16, rows × points).

    ``beyond``: the code of what lies beyond the cut-off, the greatest of all; the next point is then guessed to lie
    beyond too, and no guess passes it, or falls below 0. None: codes are differences, of either sign, and no such code
    is known.

    Returns
    -------
    back
        uint8, (rows, blocks): how many rows before the row is whose steps a row takes in a block of points; 0 for none.
    rest
        int16, (blocks, rows, BLOCK): what to add to each guess; 0 beyond the last point.

    Examples
    --------
    >>> back, rest = unlikely(np.array([[0, 5, 9], [2, 7, 12]], dtype=np.int16), beyond=600)
    >>> back.tolist(), rest[0, :, :4].tolist()
    ([[0], [1]], [[0, 5, 4, 0], [2, 0, 1, 0]])
    """
    rows, points = codes.shape
    blocks = -(-points // BLOCK)
    back, rest = np.zeros((rows, blocks), dtype=np.uint8), np.zeros((blocks, rows, BLOCK), dtype=np.int16)
    lowest, highest = (-_UNBOUNDED, _UNBOUNDED) if beyond is None else (0, beyond)
    most_back = max(1, _MOST_PAIRS // max(rows, 1))
    _fill(np.ascontiguousarray(codes, dtype=np.int16), lowest, highest, most_back, back, rest)
    return back, rest


@kernel
def _fill(codes: np.ndarray, lowest: int, beyond: int, most_back: int, back: np.ndarray, rest: np.ndarray) -> None:
    rows, points = codes.shape
    steps, small = np.zeros((rows, BLOCK), dtype=np.int32), np.zeros((rows, BLOCK), dtype=np.int8)
    for block in range(rest.shape[0]):
        first = block * BLOCK
        n_points = min(BLOCK, points - first)
        small[:, n_points:] = 0
        for row in range(rows):
            start = codes[row, first - 1] if first else 0
            before = start
            for at in range(n_points):
                steps[row, at] = codes[row, first + at] - before
                small[row, at] = min(max(steps[row, at], -64), 63)  # a difference of two fits a byte
                before = codes[row, first + at]
            chosen = _likest(small, row, most_back)
            back[row, block] = chosen
            before = start
            for at in range(n_points):
                guess = before
                if chosen > 0 and before != beyond:
                    guess = min(max(before + steps[row - chosen, at], lowest), beyond)
                rest[block, row, at] = codes[row, first + at] - guess
                before = codes[row, first + at]


@kernel
def _likest(steps: np.ndarray, row: int, most_back: int) -> int:
    """How many rows before the row with the likest steps is, the nearest of equals; 0 where « no step » is as like."""
    least, chosen = 0, 0
    for at in range(BLOCK):
        least += _room(steps[row, at])
    for back in range(1, min(row, most_back) + 1):
        if least == 0:
            break
        room = 0
        for at in range(BLOCK):
            room += _room(np.int8(steps[row, at] - steps[row - back, at]))
        if room < least:
            least, chosen = room, back
    return chosen


@kernel
def _room(difference: np.int8) -> int:
    """About how many bits a difference takes once packed."""
    size = abs(difference)
    return (2 if size > 0 else 0) + (2 if size > 1 else 0) + (3 if size > _SMALL else 0)
