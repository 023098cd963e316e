"""Contours of times on cells, traced only where they pass: marching squares, block by block."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.travel.cell_links import BLOCK
from access92.travel.rings import Rings

_SIDE = BLOCK + 1
_SOUTH, _EAST, _NORTH, _WEST = 0, 1, 2, 3
_CELLS = BLOCK * BLOCK
_LAST = BLOCK - 1
_SHIFT = _LAST.bit_length()  # BLOCK is a power of two


def contour_under(
    level_ms: float,
    step_ms: float,
    least_ms: np.ndarray,
    most_ms: np.ndarray,
    slot: np.ndarray,
    times: np.ndarray,
    *,
    x0: float,
    y0: float,
    cell_m: float,
) -> Rings:
    """The outline of the area whose times are under ``level_ms``: valid, and inside that of any higher level.

    ``least_ms``/``most_ms`` (int32, blocks, a frame of UNREACHED around): bounds of the times of each block; ``slot``:
    where ``times`` (slots, cells) holds its cells, -1 where not, which is right only where no level lies
    between its bounds. ``x0``, ``y0``: the centre of the first cell of the first block. No time equals the level.

    The boundary between two cells is where the time, interpolated, equals the level; where they differ by more than
    ``step_ms``, what it takes to walk from one to the other, there is a barrier between them, and it is half-way.

    Nested: a boundary point of a higher level lies further from the cell that is inside, on each pair of cells, and of
    four cells the part under a level is cut off by straight lines between such points; saddles are decided by
    the mean of the four, each limited to a step around the level. Valid: of two cells one boundary point is made.
    """
    return Rings(*_trace(level_ms, step_ms, least_ms, most_ms, slot, times, x0, y0, cell_m))


@kernel
def _trace(  # noqa: C901, PLR0912, PLR0915 - one walk, flat arguments for numba
    level: float,
    step: float,
    least_ms: np.ndarray,
    most_ms: np.ndarray,
    slot: np.ndarray,
    times: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rings (points, offsets, closed) and of each the outer ring that it belongs to: itself, or that of a hole."""
    height, width = least_ms.shape
    # blocks whose cells, with the first of the blocks to the east and north, are not all on one side
    side = np.empty((height, width), dtype=np.int8)
    for i in range(height):
        for j in range(width):
            side[i, j] = np.int8(least_ms[i, j] < level) + np.int8(most_ms[i, j] < level)  # 0 outside, 2 inside
    patch_of = np.full((height, width), -1, dtype=np.int32)
    count = 0
    for i in range(height - 1):
        for j in range(width - 1):
            here = side[i, j]
            if here == 1 or side[i, j + 1] != here or side[i + 1, j] != here or side[i + 1, j + 1] != here:
                patch_of[i, j] = count
                count += 1

    # the times of those cells, as far as a step above and below the level: enough to tell what crosses it where
    patch = np.empty((count, _SIDE, _SIDE))
    crossed = np.zeros((count, 2 * _CELLS), dtype=np.uint8)  # to the east, then to the north: 1, then 2 once traced
    ring_at = np.zeros((count, _CELLS), dtype=np.int32)
    total = 0
    for i in range(height - 1):
        for j in range(width - 1):
            at = patch_of[i, j]
            if at < 0:
                continue
            for down in range(2):
                for right in range(2):
                    block_slot = slot[i + down, j + right]
                    far = -1e12 if side[i + down, j + right] else 1e12
                    for r in range(BLOCK * down, _SIDE if down else BLOCK):
                        for c in range(BLOCK * right, _SIDE if right else BLOCK):
                            if block_slot >= 0:
                                cell = (r - BLOCK * down) * BLOCK + c - BLOCK * right
                                patch[at, r, c] = times[block_slot, cell] - level
                            else:
                                patch[at, r, c] = far
            for r in range(BLOCK):
                for c in range(BLOCK):
                    is_inside = patch[at, r, c] < 0
                    if is_inside != (patch[at, r, c + 1] < 0):
                        crossed[at, r * BLOCK + c] = 1
                        total += 1
                    if is_inside != (patch[at, r + 1, c] < 0):
                        crossed[at, _CELLS + r * BLOCK + c] = 1
                        total += 1

    points = np.empty((2 * total, 2))
    offsets, parents = np.zeros(total + 1, dtype=np.int64), np.empty(total, dtype=np.int64)
    west_row, west_column = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    end, rings = 0, 0
    for i in range(height - 1):
        for j in range(width - 1):
            if patch_of[i, j] < 0:
                continue
            for begin in range(_CELLS):  # each ring crosses to the east somewhere
                if crossed[patch_of[i, j], begin] != 1:
                    continue
                # follow the ring, with the inside at the left, until its first crossing comes again
                row, column = i * BLOCK + begin // BLOCK, j * BLOCK + begin % BLOCK
                to_north, first, area2 = 0, end, 0.0
                west_column[rings] = np.int64(2**62)
                while True:
                    at = patch_of[row >> _SHIFT, column >> _SHIFT]
                    r, c = row & _LAST, column & _LAST
                    edge = to_north * _CELLS + r * BLOCK + c
                    if crossed[at, edge] != 1:
                        break
                    crossed[at, edge] = 2
                    here = patch[at, r, c]
                    there = patch[at, r + 1, c] if to_north else patch[at, r, c + 1]
                    share = here / (here - there) if abs(here - there) <= step else 0.5
                    x, y = column + (0.0 if to_north else share), row + (share if to_north else 0.0)
                    if not to_north:
                        ring_at[at, r * BLOCK + c] = rings
                        if column < west_column[rings]:
                            west_row[rings], west_column[rings] = row, column
                    if end - first > 1:
                        # of points on one line the ends
                        ux, uy = points[end - 1, 0] - points[end - 2, 0], points[end - 1, 1] - points[end - 2, 1]
                        if ux * (y - points[end - 1, 1]) == uy * (x - points[end - 1, 0]):
                            end -= 1
                    points[end, 0], points[end, 1] = x, y
                    end += 1

                    # the four cells that the boundary goes on between: north or south of a crossing to the east, west
                    # or east of a crossing to the north
                    is_inside = here < 0
                    if to_north:
                        from_side = _EAST if is_inside else _WEST  # the side that it enters by
                        column -= 1 if is_inside else 0
                    else:
                        from_side = _SOUTH if is_inside else _NORTH
                        row -= 0 if is_inside else 1
                    at = patch_of[row >> _SHIFT, column >> _SHIFT]
                    r, c = row & _LAST, column & _LAST
                    sw, se, nw, ne = patch[at, r, c], patch[at, r, c + 1], patch[at, r + 1, c], patch[at, r + 1, c + 1]
                    south, east, north, west = (
                        (sw < 0) != (se < 0),
                        (se < 0) != (ne < 0),
                        (nw < 0) != (ne < 0),
                        (sw < 0) != (nw < 0),
                    )
                    if south and east and north and west:
                        mean = (
                            min(step, max(-step, sw)) + min(step, max(-step, se))
                            + min(step, max(-step, nw)) + min(step, max(-step, ne))
                        )  # fmt: skip
                        # where the middle is inside, the boundary cuts off the cells outside; inside stays at the left
                        to_side = (from_side + (1 if mean < 0 else 3)) % 4
                    elif from_side != _SOUTH and south:
                        to_side = _SOUTH
                    elif from_side != _EAST and east:
                        to_side = _EAST
                    elif from_side != _NORTH and north:
                        to_side = _NORTH
                    else:
                        to_side = _WEST
                    to_north = 1 if to_side in (_EAST, _WEST) else 0
                    column += 1 if to_side == _EAST else 0
                    row += 1 if to_side == _NORTH else 0
                points[end] = points[first]
                end += 1
                for k in range(first, end - 1):
                    area2 += points[k, 0] * points[k + 1, 1] - points[k + 1, 0] * points[k, 1]
                parents[rings] = rings if area2 > 0 else -1
                rings += 1
                offsets[rings] = end

    # a hole belongs to the ring next to the west of its westernmost crossing, or with it to that of another hole
    holes = np.flatnonzero(parents[:rings] < 0)
    for hole in holes[np.argsort(west_column[holes])]:
        row, column = west_row[hole], west_column[hole] - 1
        while True:
            at = patch_of[row >> _SHIFT, column >> _SHIFT]
            if at < 0:
                column = (column & ~_LAST) - 1
            elif crossed[at, (row & _LAST) * BLOCK + (column & _LAST)]:
                break
            else:
                column -= 1
        parents[hole] = parents[ring_at[at, (row & _LAST) * BLOCK + (column & _LAST)]]
    for k in range(end):
        points[k, 0], points[k, 1] = x0 + points[k, 0] * cell_m, y0 + points[k, 1] * cell_m
    return points[:end], offsets[: rings + 1], parents[:rings]
