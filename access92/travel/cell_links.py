"""The links of cell centres to streets: to the nearest point of each street that is hardly further than the nearest."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.network.graph import CLOSED, LONGEST_MS
from access92.travel.kernels import UNREACHED

BLOCK = 4
"""Cells along the side of a block. Those of a block are on one side of most contours, and then looked at together."""

NEAR_M = 50.0
"""Where water bars the way to the nearest street, one up to so far is taken; beyond, nobody is snapped elsewhere."""

NEAR_WATER = 2
_BARRED = 3
_RIGHT, _DOWN = np.arange(BLOCK * BLOCK) % BLOCK + 0.5, np.arange(BLOCK * BLOCK) // BLOCK + 0.5


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
    shares: np.ndarray,
    away2: np.ndarray,
    which: np.ndarray,
    nearest2: np.ndarray,
    link_count: np.ndarray,
    link_segment: np.ndarray,
    link_share: np.ndarray,
    link_m: np.ndarray,
) -> None:
    """Write the links of the cell centres of a block, and how many each has; of each cell the nearest comes first.

    ``segments``: those of :class:`access92.travel.time_grid.TimeGrid`; ``candidates[first:last]``: those that may be
    linked to, ascending, so that those of a street follow one another. Of a street its nearest segment counts, of
    equals the first. Linked are the streets that are at most ``radius_m`` further than the nearest, within ``cap_m``.
    ``bars`` (uint8; without a cell where there is no water): 3 where a cell is water, 2 where water is near enough to
    bar a way of ``NEAR_M`` and the radius, 1 where it may bar a longer one, 0 where no way need be looked at.
    ``shares``, ``away2``, ``which`` (int64): room to work in, a row for each candidate and a column for each cell;
    ``nearest2``: of the cells alone. ``link_*``: a row for each cell, with room for as many links as candidates.
    """
    # how near each street comes to each cell, and by which segment: without a branch on a cell, so that the processor
    # computes several at a time
    south, west = float(row * BLOCK), float(column * BLOCK)
    for cell in range(BLOCK * BLOCK):
        nearest2[cell] = np.inf
    streets, before = 0, np.int64(-1)
    for k in range(first, last):
        i = np.int64(candidates[k])
        ax, ay, dx, dy, inverse = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3], segments[i, 4]
        if segment_street[i] != before:
            before = np.int64(segment_street[i])
            for cell in range(BLOCK * BLOCK):
                away2[streets, cell] = np.inf
            streets += 1
        for cell in range(BLOCK * BLOCK):
            x, y = x0 + (west + _RIGHT[cell]) * cell_m, y0 + (south + _DOWN[cell]) * cell_m
            share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) * inverse))
            aside_x, aside_y = x - ax - share * dx, y - ay - share * dy
            near2 = aside_x * aside_x + aside_y * aside_y
            is_nearer = near2 < away2[streets - 1, cell]
            shares[streets - 1, cell] = share if is_nearer else shares[streets - 1, cell]
            which[streets - 1, cell] = i if is_nearer else which[streets - 1, cell]
            away2[streets - 1, cell] = near2 if is_nearer else away2[streets - 1, cell]
            nearest2[cell] = min(nearest2[cell], near2)

    for cell in range(BLOCK * BLOCK):
        cell_row, cell_column = row * BLOCK + cell // BLOCK, column * BLOCK + cell % BLOCK
        link_count[cell] = 0
        if nearest2[cell] > cap_m * cap_m:
            continue

        # the streets that are near enough: without a branch too, since it would be guessed wrong
        beside = 0 if bars.size == 0 else bars[cell_row, cell_column]
        is_barred = beside >= NEAR_WATER or (beside > 0 and nearest2[cell] > NEAR_M * NEAR_M)
        limit_m = np.sqrt(nearest2[cell]) + radius_m
        if is_barred:
            limit_m = max(limit_m, NEAR_M)
        limit2, count = min(limit_m * limit_m, cap_m * cap_m), 0
        for k in range(streets):
            link_segment[cell, count] = k
            count += away2[k, cell] <= limit2
        for at in range(count):
            k = link_segment[cell, at]
            link_segment[cell, at], link_share[cell, at] = which[k, cell], shares[k, cell]
            link_m[cell, at] = away2[k, cell]

        # where water is near, only the ways that it does not bar, to streets not much further than the nearest of them
        if is_barred:
            x, y = x0 + (cell_column + 0.5) * cell_m, y0 + (cell_row + 0.5) * cell_m
            free, free2 = 0, np.inf
            for at in range(count):
                i, share, near2 = link_segment[cell, at], link_share[cell, at], link_m[cell, at]
                px, py = segments[i, 0] + share * segments[i, 2], segments[i, 1] + share * segments[i, 3]
                if _is_free(x, y, px, py, np.sqrt(near2), x0, y0, cell_m, bars):
                    link_segment[cell, free], link_share[cell, free], link_m[cell, free] = i, share, near2
                    free2 = min(free2, near2)
                    free += 1
            count, limit_m = 0, np.sqrt(free2) + radius_m
            for at in range(free):
                i, share, near2 = link_segment[cell, at], link_share[cell, at], link_m[cell, at]
                if near2 <= limit_m * limit_m:
                    link_segment[cell, count], link_share[cell, count], link_m[cell, count] = i, share, near2
                    count += 1

        # the nearest comes first
        nearest = 0
        for at in range(count):
            link_m[cell, at] = np.sqrt(link_m[cell, at])
            if link_m[cell, at] < link_m[cell, nearest]:
                nearest = at
        if nearest > 0:
            for link in (link_share, link_m):
                link[cell, 0], link[cell, nearest] = link[cell, nearest], link[cell, 0]
            i = link_segment[cell, 0]
            link_segment[cell, 0], link_segment[cell, nearest] = link_segment[cell, nearest], i
        link_count[cell] = count


@kernel
def link_leg_ms(away_m: float, cell_m: float, metres_per_ms: float) -> np.int64:
    """Milliseconds of walking from a cell centre to a street ``away_m`` metres off.

    Beside a street, straight lines between centres would cut off the valley that times form along it: within one cell
    of it, cells are moved nearer, so that what is drawn is right on the street and beside it, on average.
    """
    walk_m = min(away_m, max(0.0, 1.5 * away_m - 0.5 * cell_m))
    return min(np.int64(np.rint(walk_m / metres_per_ms)), np.int64(LONGEST_MS))


_AT_END = 1 - 1e-9


@kernel
def street_position(start: float, along: float, share: float) -> float:
    """The position (0–1) on a street of a place ``along`` one of its segments, which is that share of it.

    The end of the last segment is the end of the street, whatever the sum of its shares: one stands at the crossing.
    """
    position = start + along * share
    return 1.0 if position > _AT_END else position


@kernel
def part_ms(whole_ms: int, share: float) -> np.int64:
    """Milliseconds of a share of a street, UNREACHED where it is closed; no share at all is 0 even there."""
    if whole_ms != CLOSED:
        return np.int64(np.rint(share * whole_ms))
    return np.int64(0) if share == 0 else np.int64(UNREACHED)


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
