"""The links of cell centres to streets: to the nearest point of each street that is hardly further than the nearest."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.network.graph import CLOSED, LONGEST_MS
from access92.travel.kernels import UNREACHED

BLOCK = 4
"""Cells along the side of a block. Those of a block are on one side of most contours, and then looked at together."""

CELLS = BLOCK * BLOCK
"""Those of a block, row after row."""

NEAR_M = 50.0
"""Where water bars the way to the nearest street, one up to so far is taken; beyond, nobody is snapped elsewhere."""

NEAR_WATER = 2
_BARRED = 3
_RIGHT, _DOWN = np.arange(CELLS) % BLOCK + 0.5, np.arange(CELLS) // BLOCK + 0.5
_AT_END = 1 - 1e-9
_LONGEST, _NEVER = float(LONGEST_MS), float(UNREACHED)


@kernel
def link_room(streets: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Room for the links of a block to as many streets, a row each.

    ``which``, ``position`` and ``away_m`` of :func:`block_links`; ``leg``, ``ahead`` and ``back`` of :func:`leave_ms`.
    """
    return (
        np.empty((streets, CELLS), dtype=np.int64),
        np.empty((streets, CELLS)),
        np.empty((streets, CELLS)),
        np.empty((streets, CELLS), dtype=np.int32),
        np.empty((streets, CELLS), dtype=np.int32),
        np.empty((streets, CELLS), dtype=np.int32),
    )


@kernel
def block_links(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one hot loop, flat arguments for numba
    row: int,
    column: int,
    first: int,
    last: int,
    candidates: np.ndarray,
    segments: np.ndarray,
    segment_street: np.ndarray,
    cap_m: float,
    radius_m: float,
    bars: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
    which: np.ndarray,
    position: np.ndarray,
    away_m: np.ndarray,
) -> int:
    """Write which streets the cell centres of a block link to, where on them and how far; gives how many streets.

    ``segments``: those of :class:`access92.travel.time_grid.TimeGrid`; ``candidates[first:last]``: those that may be
    linked to, ascending, so that those of a street follow one another. Of a street its nearest segment counts, of
    equals the first. Linked are the streets that are at most ``radius_m`` further than the nearest, within ``cap_m``.
    ``bars`` (uint8; without a cell where there is no water): 3 where a cell is water, 2 where water is near enough to
    bar a way of ``NEAR_M`` and the radius, 1 where it may bar a longer one, 0 where no way need be looked at.
    ``which`` (int64, segment), ``position`` (0-1 on the street), ``away_m`` (metres; inf where the cell is not linked
    to the street): a row for each street, ascending, with room for as many as candidates, and a column for each cell.
    """
    # how near each street comes to each cell (squared), and by which segment: here and below without a branch on a
    # cell, so that the processor computes several at a time
    south, west = float(row * BLOCK), float(column * BLOCK)
    nearest2, limit2 = np.empty(CELLS), np.empty(CELLS)
    for cell in range(CELLS):
        nearest2[cell] = np.inf
    streets, before = 0, np.int64(-1)
    for k in range(first, last):
        i = np.int64(candidates[k])
        ax, ay, dx, dy, inverse = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3], segments[i, 4]
        start, along = segments[i, 5], segments[i, 6]
        if segment_street[i] != before:
            before = np.int64(segment_street[i])
            for cell in range(CELLS):
                away_m[streets, cell] = np.inf
            streets += 1
        for cell in range(CELLS):
            x, y = x0 + (west + _RIGHT[cell]) * cell_m, y0 + (south + _DOWN[cell]) * cell_m
            share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) * inverse))
            aside_x, aside_y = x - ax - share * dx, y - ay - share * dy
            near2, at = aside_x * aside_x + aside_y * aside_y, start + share * along
            is_nearer = near2 < away_m[streets - 1, cell]
            # the end of the last segment is the end of the street, whatever the sum of its shares: one stands at the
            # crossing
            at = 1.0 if at > _AT_END else at
            position[streets - 1, cell] = at if is_nearer else position[streets - 1, cell]
            which[streets - 1, cell] = i if is_nearer else which[streets - 1, cell]
            away_m[streets - 1, cell] = near2 if is_nearer else away_m[streets - 1, cell]
            nearest2[cell] = min(nearest2[cell], near2)

    # how far each cell may link: further where water may bar the way to the nearest
    cap2, is_barred = cap_m * cap_m, False
    for cell in range(CELLS):
        limit_m = np.sqrt(nearest2[cell]) + radius_m
        limit2[cell] = min(limit_m * limit_m, cap2) if nearest2[cell] <= cap2 else -1.0
    if bars.size > 0:
        for cell in range(CELLS):
            if _may_be_barred(bars[row * BLOCK + cell // BLOCK, column * BLOCK + cell % BLOCK], nearest2[cell]):
                is_barred = True
                limit2[cell] = max(limit2[cell], min(NEAR_M * NEAR_M, cap2)) if limit2[cell] >= 0 else -1.0

    # the streets that are near enough to a cell, one behind the other
    linked = 0
    for k in range(streets):
        is_near = False
        for cell in range(CELLS):
            is_near |= away_m[k, cell] <= limit2[cell]
        if not is_near:
            continue
        for cell in range(CELLS):
            away_m[k, cell] = away_m[k, cell] if away_m[k, cell] <= limit2[cell] else np.inf
        if linked < k:
            for cell in range(CELLS):
                which[linked, cell], position[linked, cell] = which[k, cell], position[k, cell]
                away_m[linked, cell] = away_m[k, cell]
        linked += 1

    # where water is near, only the ways that it does not bar, to streets not much further than the nearest of them
    if is_barred:
        for cell in range(CELLS):
            cell_row, cell_column = row * BLOCK + cell // BLOCK, column * BLOCK + cell % BLOCK
            if not _may_be_barred(bars[cell_row, cell_column], nearest2[cell]):
                continue
            x, y, free2 = x0 + (cell_column + 0.5) * cell_m, y0 + (cell_row + 0.5) * cell_m, np.inf
            for k in range(linked):
                i, near2 = which[k, cell], away_m[k, cell]
                if near2 < np.inf:
                    ax, ay, dx, dy = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3]
                    share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) * segments[i, 4]))
                    is_free = _is_free(x, y, ax + share * dx, ay + share * dy, np.sqrt(near2), x0, y0, cell_m, bars)
                    away_m[k, cell] = near2 if is_free else np.inf
                    free2 = min(free2, away_m[k, cell])
            limit_m = np.sqrt(free2) + radius_m
            for k in range(linked):
                if away_m[k, cell] > limit_m * limit_m:
                    away_m[k, cell] = np.inf
    for k in range(linked):
        for cell in range(CELLS):
            away_m[k, cell] = np.sqrt(away_m[k, cell])
    return linked


@kernel
def _may_be_barred(beside: int, nearest2: float) -> bool:
    """Whether water may bar the way from a cell to its nearest street, so far away (squared metres)."""
    return beside >= NEAR_WATER or (beside > 0 and nearest2 > NEAR_M * NEAR_M)


@kernel
def leave_ms(  # noqa: PLR0913 - flat arguments for numba
    streets: int,
    segment_street: np.ndarray,
    which: np.ndarray,
    position: np.ndarray,
    away_m: np.ndarray,
    forward_ms: np.ndarray,
    backward_ms: np.ndarray,
    cell_m: float,
    metres_per_ms: float,
    leg: np.ndarray,
    ahead: np.ndarray,
    back: np.ndarray,
) -> None:
    """Write how long the cells of a block walk to its streets, and until their ends and starts (int32 milliseconds).

    ``streets``, ``which``, ``position``, ``away_m``: of :func:`block_links`. Both ways are UNREACHED where a cell is
    not linked to the street, and one where it is closed; no share of it at all is 0 even there.

    Beside a street, straight lines between centres would cut off the valley that times form along it: within one cell
    of it, cells are moved nearer, so that what is drawn is right on the street and beside it, on average.
    """
    for k in range(streets):
        street = segment_street[which[k, 0]]
        end_ms, start_ms = forward_ms[street], backward_ms[street]
        # whole numbers as float64, which holds them exactly, and one array after the other: so that several cells are
        # computed at a time
        for cell in range(away_m.shape[1]):
            walk_m = min(away_m[k, cell], max(0.0, 1.5 * away_m[k, cell] - 0.5 * cell_m))
            leg[k, cell] = np.int32(min(np.rint(walk_m / metres_per_ms), _LONGEST))
        for cell in range(away_m.shape[1]):
            share = 1 - position[k, cell]
            part_ms = np.rint(share * end_ms) if end_ms != CLOSED else 0.0 if share == 0 else _NEVER
            ahead[k, cell] = np.int32(min(leg[k, cell] + part_ms, _NEVER)) if away_m[k, cell] < np.inf else UNREACHED
        for cell in range(away_m.shape[1]):
            share = position[k, cell]
            part_ms = np.rint(share * start_ms) if start_ms != CLOSED else 0.0 if share == 0 else _NEVER
            back[k, cell] = np.int32(min(leg[k, cell] + part_ms, _NEVER)) if away_m[k, cell] < np.inf else UNREACHED


@kernel
def _is_free(
    x: float, y: float, px: float, py: float, away_m: float, x0: float, y0: float, cell_m: float, bars: np.ndarray
) -> bool:
    """Whether the straight way from a cell centre to a street point touches no other cell that is water."""
    centre_row, centre_column = int((y - y0) / cell_m), int((x - x0) / cell_m)
    # the cells beside a bridge are its own, or a contour would be no wider there than a thread
    at_bridge = bars[int((py - y0) / cell_m), int((px - x0) / cell_m)] == _BARRED
    if at_bridge and away_m <= cell_m and bars[centre_row, centre_column] == _BARRED:
        return True
    steps = int(away_m / (0.25 * cell_m)) + 1
    for k in range(1, steps):
        share = k / steps
        row = int((y + share * (py - y) - y0) / cell_m)
        column = int((x + share * (px - x) - x0) / cell_m)
        if bars[row, column] == _BARRED and (row != centre_row or column != centre_column):
            return False
    return True
