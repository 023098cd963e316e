"""A grid index of street segments: the nearest street of a point, exactly, in about a microsecond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.cache.kernels import kernel
from access92.network.lines import StreetLines

CELL_M = 60.0
"""Side of a cell: about as long as a street segment, so that a cell holds a few."""


@dataclass(frozen=True, slots=True)
class StreetIndex:
    """Segments of lines, indexed by the cells of a grid that their bounding boxes touch.

    ``segments``: (n, 4) ax, ay, bx, by; ``line``: the line of each segment; ``before_m``: metres of that
    line before it; ``length_m``: of each line. ``cell_start``/``cell_segments``: the segments of each cell
    (row-major, row 0 at the south), in their order.
    """

    x0: float
    y0: float
    cell_m: float
    rows: int
    columns: int
    segments: np.ndarray
    line: np.ndarray
    before_m: np.ndarray
    length_m: np.ndarray
    cell_start: np.ndarray
    cell_segments: np.ndarray


def index_lines(lines: StreetLines, *, cell_m: float = CELL_M) -> StreetIndex:
    """The index of lines in metres.

    >>> bent = StreetLines(np.array([(0.0, 0.0), (50.0, 0.0), (50.0, 70.0)]), np.array([0, 3]))
    >>> index = index_lines(bent)
    >>> index.before_m.tolist(), index.length_m.tolist()
    ([0.0, 50.0], [120.0])
    """
    # a segment between each vertex and the next, but for the last vertex of a line
    coordinates, offsets = lines.coordinates, lines.offsets
    if len(coordinates) == 0 or not np.isfinite(coordinates).all():
        raise ValueError("lines without a point, or with one that is not finite")
    first = np.ones(len(coordinates), dtype=bool)
    first[offsets[1:] - 1] = False
    begin = np.flatnonzero(first)
    segments = np.hstack([coordinates[begin], coordinates[begin + 1]])
    line = np.repeat(np.arange(len(lines), dtype=np.int32), np.diff(offsets) - 1)
    size_m = np.sqrt((segments[:, 2] - segments[:, 0]) ** 2 + (segments[:, 3] - segments[:, 1]) ** 2)
    before_m, length_m = _running_lengths(line, size_m, len(lines))

    # streets far apart get larger cells; with the margin of one cell no row or column of a segment is negative
    cell_m = max(cell_m, _least_cell_m(coordinates))
    x0, y0 = coordinates.min(axis=0) - cell_m
    columns, rows = (np.ceil((coordinates.max(axis=0) - (x0, y0)) / cell_m) + 1).astype(int)
    cell_start, cell_segments = _index_segments(segments, x0, y0, cell_m, int(rows), int(columns))
    return StreetIndex(
        x0=float(x0),
        y0=float(y0),
        cell_m=cell_m,
        rows=int(rows),
        columns=int(columns),
        segments=segments,
        line=line,
        before_m=before_m,
        length_m=length_m,
        cell_start=cell_start,
        cell_segments=cell_segments,
    )


_MOST_CELLS = 4_000_000
"""Cells that any index may have: those of 120 km by 120 km. More only where there are as many points."""


def _least_cell_m(coordinates: np.ndarray) -> float:
    """The side of cells with which memory is bounded by the points; the size of cells decides the speed only."""
    across_m = np.ptp(coordinates, axis=0)
    area_m2 = max(across_m.prod(), across_m.max() ** 2 / _MOST_CELLS)
    return float(np.sqrt(area_m2 / max(_MOST_CELLS, 4 * len(coordinates))))


def nearest_lines(
    index: StreetIndex, x: np.ndarray, y: np.ndarray, *, limit_m: float, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each point the nearest line within ``limit_m`` (inclusive): line (int32, -1 = none), position 0–1, metres.

    Of lines at the same distance the first. Metres are inf where there is none. ``allowed`` (bool by line): the lines
    that count, by default all.
    """
    allowed = np.ones(len(index.length_m), dtype=bool) if allowed is None else allowed
    line = np.full(len(x), -1, dtype=np.int32)
    position = np.zeros(len(x))
    distance_m = np.full(len(x), np.inf)
    _nearest(
        index.segments, index.line, index.before_m, index.length_m, index.cell_start, index.cell_segments,
        index.x0, index.y0, index.cell_m, index.rows, index.columns, limit_m, allowed, x, y, line, position, distance_m,
    )  # fmt: skip
    return line, position, distance_m


def lines_within(
    index: StreetIndex, x: np.ndarray, y: np.ndarray, *, radius_m: np.ndarray, allowed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each point every line within its radius (inclusive; none where it is under 0), and its nearest point.

    Four arrays: how many lines each point has (int64), then, point after point, the lines (int32, the nearest first, of
    equals the first), the positions 0–1 on them, and the metres to there. ``allowed`` (bool by line): those that count.
    """
    count = np.zeros(len(x), dtype=np.int64)
    line, position, distance_m = _within(
        index.segments, index.line, index.before_m, index.length_m, index.cell_start, index.cell_segments,
        index.x0, index.y0, index.cell_m, index.rows, index.columns, radius_m, allowed, x, y, count,
    )  # fmt: skip
    return count, line, position, distance_m


@kernel
def _size_m(segments: np.ndarray, i: int) -> float:
    """Metres of a segment: by a root of squares, which every machine and language rounds alike, unlike ``hypot``."""
    dx, dy = segments[i, 2] - segments[i, 0], segments[i, 3] - segments[i, 1]
    return float(np.sqrt(dx * dx + dy * dy))


@kernel
def _running_lengths(line: np.ndarray, size_m: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Metres of its line before each segment, and metres of each line."""
    before_m = np.empty(len(size_m))
    length_m = np.zeros(count)
    for i in range(len(size_m)):
        before_m[i] = length_m[line[i]]
        length_m[line[i]] += size_m[i]
    return before_m, length_m


@kernel
def _index_segments(
    segments: np.ndarray, x0: float, y0: float, cell_m: float, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count, then place: the segments of each cell in their order.

    Loops, not operations on arrays: those take numba two seconds more to compile.
    """
    # the same walk twice: the first counts the segments of each cell, the second places them
    start = np.zeros(rows * columns + 1, dtype=np.int64)
    indexed = np.empty(0, dtype=np.int32)
    for turn in range(2):
        for i in range(len(segments)):
            ax, ay, bx, by = segments[i]
            for row in range(int((min(ay, by) - y0) / cell_m), int((max(ay, by) - y0) / cell_m) + 1):
                for column in range(int((min(ax, bx) - x0) / cell_m), int((max(ax, bx) - x0) / cell_m) + 1):
                    cell = row * columns + column
                    if turn == 0:
                        start[cell + 1] += 1
                    else:
                        indexed[start[cell]] = i
                        start[cell] += 1
        if turn == 0:
            for cell in range(rows * columns):
                start[cell + 1] += start[cell]
            indexed = np.empty(start[-1], dtype=np.int32)
    for cell in range(rows * columns, 0, -1):  # placing moved each start to the next one
        start[cell] = start[cell - 1]
    start[0] = 0
    return start, indexed


@kernel
def _nearest(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one hot loop, flat arguments for numba
    segments: np.ndarray,
    segment_line: np.ndarray,
    before_m: np.ndarray,
    length_m: np.ndarray,
    cell_start: np.ndarray,
    cell_segments: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
    rows: int,
    columns: int,
    limit_m: float,
    allowed: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    line: np.ndarray,
    position: np.ndarray,
    distance_m: np.ndarray,
) -> None:
    """Look at rings of cells around each point until no nearer segment can lie further out."""
    for p in range(len(x)):
        row0, column0 = int(np.floor((y[p] - y0) / cell_m)), int(np.floor((x[p] - x0) / cell_m))
        best2 = limit_m * limit_m
        nearest = -1
        share_there = 0.0
        ring = 0
        while True:
            # all segments nearer than this were seen: they touch a cell of a ring before
            west, south = x0 + (column0 - ring + 1) * cell_m, y0 + (row0 - ring + 1) * cell_m
            seen_m = min(
                x[p] - west, y[p] - south, x0 + (column0 + ring) * cell_m - x[p], y0 + (row0 + ring) * cell_m - y[p]
            )
            if ring > 0 and seen_m > 0 and best2 < seen_m * seen_m:
                break
            if ring > 0 and seen_m > limit_m:
                break

            # of the ring its cells only: whole rows at its north and south, two cells of the rows between
            for row in range(max(0, row0 - ring), min(rows - 1, row0 + ring) + 1):
                edge = row in (row0 - ring, row0 + ring)
                step = 1 if edge or ring == 0 else 2 * ring
                for column in range(column0 - ring, column0 + ring + 1, step):
                    if column < 0 or column >= columns:
                        continue
                    cell = row * columns + column
                    for k in range(cell_start[cell], cell_start[cell + 1]):
                        # the nearest point of the segment; of equal distances the first segment, in whatever order
                        # the cells come
                        i = cell_segments[k]
                        if not allowed[segment_line[i]]:
                            continue
                        ax, ay, bx, by = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3]
                        dx, dy = bx - ax, by - ay
                        length2 = dx * dx + dy * dy
                        share = ((x[p] - ax) * dx + (y[p] - ay) * dy) / length2 if length2 > 0 else 0.0
                        if share <= 0:
                            share, px, py = 0.0, ax, ay
                        elif share >= 1:
                            share, px, py = 1.0, bx, by
                        else:
                            px, py = ax + share * dx, ay + share * dy
                        away2 = (x[p] - px) ** 2 + (y[p] - py) ** 2
                        if away2 < best2 or (away2 == best2 and (nearest == -1 or i < nearest)):
                            best2, nearest, share_there = away2, i, share
            ring += 1

        if nearest == -1:
            continue
        street = segment_line[nearest]
        size_m = _size_m(segments, nearest)
        line[p] = street
        distance_m[p] = np.sqrt(best2)
        position[p] = (before_m[nearest] + share_there * size_m) / length_m[street] if length_m[street] > 0 else 0.0


@kernel
def _within(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one hot loop, flat arguments for numba
    segments: np.ndarray,
    segment_line: np.ndarray,
    before_m: np.ndarray,
    length_m: np.ndarray,
    cell_start: np.ndarray,
    cell_segments: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
    rows: int,
    columns: int,
    radius_m: np.ndarray,
    allowed: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    count: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Look at the cells that the circle of each point touches; of each line its nearest segment is kept."""
    # what is found goes behind what was found for the points before, in arrays that double when they are full
    size = max(16, 4 * len(x))
    line = np.empty(size, dtype=np.int32)
    position, away2 = np.empty(size), np.empty(size)
    nearest = np.empty(size, dtype=np.int64)
    end = 0
    for p in range(len(x)):
        if not radius_m[p] >= 0:
            continue
        first, limit2 = end, radius_m[p] * radius_m[p]
        row_first = max(0, int(np.floor((y[p] - radius_m[p] - y0) / cell_m)))
        row_last = min(rows - 1, int(np.floor((y[p] + radius_m[p] - y0) / cell_m)))
        column_first = max(0, int(np.floor((x[p] - radius_m[p] - x0) / cell_m)))
        column_last = min(columns - 1, int(np.floor((x[p] + radius_m[p] - x0) / cell_m)))
        for row in range(row_first, row_last + 1):
            for column in range(column_first, column_last + 1):
                cell = row * columns + column
                for k in range(cell_start[cell], cell_start[cell + 1]):
                    i = cell_segments[k]
                    if not allowed[segment_line[i]]:
                        continue
                    # the same arithmetic as in _nearest, so that the nearest line of all is within a radius of 0 more
                    ax, ay, bx, by = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3]
                    dx, dy = bx - ax, by - ay
                    length2 = dx * dx + dy * dy
                    share = ((x[p] - ax) * dx + (y[p] - ay) * dy) / length2 if length2 > 0 else 0.0
                    if share <= 0:
                        share, px, py = 0.0, ax, ay
                    elif share >= 1:
                        share, px, py = 1.0, bx, by
                    else:
                        px, py = ax + share * dx, ay + share * dy
                    there2 = (x[p] - px) ** 2 + (y[p] - py) ** 2
                    if there2 > limit2:
                        continue

                    # a line has a few segments near: its place among the few lines of this point is looked for
                    at = first
                    while at < end and line[at] != segment_line[i]:
                        at += 1
                    if at == end:
                        if end == size:
                            size *= 2
                            line = np.append(line, np.empty(end, dtype=np.int32))
                            position, away2 = np.append(position, np.empty(end)), np.append(away2, np.empty(end))
                            nearest = np.append(nearest, np.empty(end, dtype=np.int64))
                        end += 1
                    elif there2 > away2[at] or (there2 == away2[at] and i >= nearest[at]):
                        continue
                    line[at], away2[at], nearest[at], position[at] = segment_line[i], there2, i, share

        # nearest first, of equals the first line: by insertion, since they are few
        for i in range(first + 1, end):
            moved_line, moved_away2, moved_nearest, moved_share = line[i], away2[i], nearest[i], position[i]
            at = i
            while at > first and (
                away2[at - 1] > moved_away2 or (away2[at - 1] == moved_away2 and line[at - 1] > moved_line)
            ):
                line[at], away2[at] = line[at - 1], away2[at - 1]
                nearest[at], position[at] = nearest[at - 1], position[at - 1]
                at -= 1
            line[at], away2[at], nearest[at], position[at] = moved_line, moved_away2, moved_nearest, moved_share
        count[p] = end - first

    # the share of a segment becomes the position on its line
    for at in range(end):
        i, whole_m = nearest[at], length_m[line[at]]
        size_m = _size_m(segments, i)
        position[at] = (before_m[i] + position[at] * size_m) / whole_m if whole_m > 0 else 0.0
    return line[:end], position[:end], np.sqrt(away2[:end])
