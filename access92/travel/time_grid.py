"""A grid over the streets of a network: for each block of cells the streets that they link to, and when they leave."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely

from access92._space import LINK_RADIUS_M
from access92.cache.kernels import kernel
from access92.errors import input_error
from access92.network.graph import Network
from access92.network.lines import StreetLines, street_lines
from access92.network.linkable import is_linkable
from access92.network.modes import Family
from access92.network.street_index import StreetIndex, index_lines
from access92.travel.cell_links import BLOCK, CELLS, NEAR_M, NEAR_WATER, block_links, leave_ms, link_room
from access92.travel.kernels import UNREACHED
from access92.travel.matrix import access_metres_per_ms
from access92.travel.water_cells import cells_near, water_cells

CELL_M: Mapping[Family, float] = MappingProxyType({"foot": 7.5, "bicycle": 10.0, "car": 10.0})
"""Sides of the cells; docs/method.md says how many people are on the wrong side of what is drawn from them."""

OFF_STREET_M = 300.0
"""How far from a street an isochrone reaches where nothing else is said: the ``max_snap_m`` of a study by default."""

MOST_BLOCKS = 4_000_000
"""Blocks that any grid may have: those of 60 km by 60 km."""

BLOCKS_A_POINT = 50
"""More only where streets have so many points: memory is bounded by the size of their file. Real streets have 3."""


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Cells of ``cell_m`` metres in blocks of ``BLOCK`` by ``BLOCK``, row after row, row 0 at the south.

    What a cell is worth depends on where the services are, so a grid holds what decides it. Of block b,
    ``candidates[candidate_start[b] : candidate_start[b + 1]]`` are the segments that its cells link to, ascending
    rows of ``segments`` (x, y, dx, dy, 1 / length², position of its start on the street, share of the street), each on
    ``segment_street``; and ``ranges[range_start[b] : range_start[b + 1]]`` (node, least ms, most ms, twice) are
    the times in which the cells
    leave by each of those streets, to its end and to its start, access leg included. The most is -1 where the street is
    the nearest of no cell, so that it vouches for none. ``is_whole`` (bool): whether every cell is linked.
    ``bars`` (uint8, cells): :func:`access92.travel.cell_links.cell_links`; (0, 0) without water.
    """

    x0: float
    y0: float
    cell_m: float
    off_street_m: float
    link_radius_m: float  # how much further than its nearest a cell may use another street
    rows: int
    columns: int
    candidate_start: np.ndarray
    candidates: np.ndarray
    range_start: np.ndarray
    ranges: np.ndarray
    is_whole: np.ndarray
    bars: np.ndarray
    segments: np.ndarray
    segment_street: np.ndarray
    street_bounds: np.ndarray  # (n_streets, 4) minx, miny, maxx, maxy in metres

    def window(self, bounds: np.ndarray) -> tuple[int, int, int, int]:
        """Rows and columns (first, last + 1) of the blocks that streets inside a bounding box may hold."""
        pad_m, block_m = self.off_street_m, BLOCK * self.cell_m
        first_column = max(0, int((bounds[0] - pad_m - self.x0) // block_m))
        first_row = max(0, int((bounds[1] - pad_m - self.y0) // block_m))
        last_column = min(self.columns, int((bounds[2] + pad_m - self.x0) // block_m) + 1)
        last_row = min(self.rows, int((bounds[3] + pad_m - self.y0) // block_m) + 1)
        return first_row, last_row, first_column, last_column


def build_time_grid(
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    cell_m: float | None = None,
    off_street_m: float = OFF_STREET_M,
    link_radius_m: float = LINK_RADIUS_M,
    barriers: shapely.Geometry | None = None,
    lines: StreetLines | None = None,
) -> TimeGrid:
    """The grid of a network: cells link as homes do, to the streets that serve them, with doors where there are any.

    ``cell_m`` follows the family of the mode: :data:`CELL_M`. ``off_street_m``: the longest walk off the streets, the
    ``max_snap_m`` of the study, so that the drawing goes as far as places are snapped. ``barriers`` (water, in the CRS
    of the streets): a cell is not linked by a straight way that touches another cell inside them, but for the cells
    beside a bridge. So water is filled one cell from its shore, for the people of its quays
    (:func:`access92.travel.isochrones.draw_all` cuts it out again), and one to each side of a bridge, which no
    isochrone cuts; no further. ``lines``: those of all the streets, where they are unpacked already.
    """
    # the extent, on whole multiples of the block: the same cells whatever streets lie at the border
    cell_m = CELL_M[network.mode.family] if cell_m is None else cell_m
    block_m = BLOCK * cell_m
    usable = (street_lines(streets.geometry.to_numpy()) if lines is None else lines).part(network.street_row)
    bounds = usable.bounds()
    x0, y0 = (np.floor((bounds[:, :2].min(axis=0) - off_street_m) / block_m) - 1) * block_m
    columns, rows = (np.ceil((bounds[:, 2:].max(axis=0) + off_street_m - (x0, y0)) / block_m) + 1).astype(int).tolist()
    if rows * columns > max(MOST_BLOCKS, BLOCKS_A_POINT * len(usable.coordinates)):
        raise input_error(
            "Les rues sont trop dispersées pour dessiner les isochrones.",
            f"rues sur {columns * block_m / 1000:.0f} km par {rows * block_m / 1000:.0f} km, "
            f"pour {len(usable.coordinates)} points",
            "Retirer les rues isolées au loin, ou étudier chaque territoire à part.",
        )
    number = linked_streets(streets, network)
    index = index_lines(usable.part(number))

    # water, cells near it, cells within a long way of it: elsewhere no way need be looked at
    bars = np.empty((0, 0), dtype=np.uint8)
    if barriers is not None and not barriers.is_empty:
        barred = water_cells(barriers, x0, y0, cell_m, (rows * BLOCK, columns * BLOCK))
        near, far = (int(reach_m / cell_m) + 2 for reach_m in (NEAR_M + link_radius_m, off_street_m))
        bars = cells_near(barred, far).view(np.uint8) + cells_near(barred, min(near, far)) + barred

    # each core takes bands of rows
    empty = np.empty(0, dtype=np.int32)
    grid = TimeGrid(
        x0=float(x0), y0=float(y0), cell_m=cell_m, off_street_m=off_street_m, link_radius_m=link_radius_m,
        rows=rows, columns=columns, candidate_start=empty, candidates=empty, range_start=empty, ranges=empty,
        is_whole=empty, bars=bars, segments=_segment_table(index), segment_street=number[index.line],
        street_bounds=bounds,
    )  # fmt: skip
    bands = np.linspace(0, rows, min(rows, 4 * (os.cpu_count() or 1)) + 1).astype(int).tolist()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        parts = list(pool.map(lambda first, last: link_rows(grid, network, index, first, last), bands[:-1], bands[1:]))
    return with_links(grid, parts)


def linked_streets(streets: gpd.GeoDataFrame, network: Network) -> np.ndarray:
    """The streets of the network (int32, ascending) that cells are snapped to.

    As homes: those from which the rest is reached, with doors where there are any.
    """
    with_doors = is_linkable(streets)[network.street_row] & network.serves_demand
    return np.flatnonzero(with_doors if with_doors.any() else network.serves_demand).astype(np.int32)


BlockLinks = tuple[np.ndarray, ...]
"""Of some blocks, row after row: counts of candidates, candidates, counts of ranges, ranges, whether whole."""


def link_rows(grid: TimeGrid, network: Network, index: StreetIndex, first_row: int, last_row: int) -> BlockLinks:
    """The links of the blocks of some rows; of ``grid`` only the frame, the water and the segments count."""
    linked: BlockLinks = _link_blocks(
        first_row, last_row, grid.columns, grid.x0, grid.y0, grid.cell_m, grid.off_street_m, grid.link_radius_m,
        grid.bars, grid.segments, grid.segment_street, index.cell_start, index.cell_segments, index.x0, index.y0,
        index.cell_m, index.rows, index.columns, network.forward_ms, network.backward_ms, network.leave_to_node,
        network.leave_from_node, access_metres_per_ms(network),
    )  # fmt: skip
    return linked


def with_links(grid: TimeGrid, parts: Sequence[BlockLinks]) -> TimeGrid:
    """The grid with the links of all its blocks, part after part."""
    candidate_count, candidates, range_count, ranges, is_whole = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return replace(
        grid,
        candidate_start=np.append(np.int32(0), np.cumsum(candidate_count, dtype=np.int32)),
        candidates=candidates,
        range_start=np.append(np.int32(0), np.cumsum(range_count, dtype=np.int32)),
        ranges=ranges,
        is_whole=is_whole,
    )


def _segment_table(index: StreetIndex) -> np.ndarray:
    """The segments of :class:`TimeGrid`: without a root or a division where each is looked at many times."""
    start, delta = index.segments[:, :2], index.segments[:, 2:] - index.segments[:, :2]
    length2 = (delta**2).sum(axis=1)
    inverse = np.divide(1.0, length2, out=np.zeros_like(length2), where=length2 > 0)
    whole_m = np.maximum(index.length_m, 1e-9)[index.line]
    return np.column_stack([start, delta, inverse, index.before_m / whole_m, np.sqrt(length2) / whole_m])


@kernel
def _away2(segments: np.ndarray, i: int, x: float, y: float) -> float:
    """Squared metres from a point to a segment of :class:`TimeGrid`."""
    ax, ay, dx, dy = segments[i, 0], segments[i, 1], segments[i, 2], segments[i, 3]
    share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) * segments[i, 4]))
    aside_x, aside_y = x - ax - share * dx, y - ay - share * dy
    return float(aside_x * aside_x + aside_y * aside_y)


@kernel
def _link_blocks(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one hot loop, flat arguments for numba
    first_row: int,
    last_row: int,
    columns: int,
    x0: float,
    y0: float,
    cell_m: float,
    cap_m: float,
    radius_m: float,
    bars: np.ndarray,
    segments: np.ndarray,
    segment_street: np.ndarray,
    index_start: np.ndarray,
    index_segments: np.ndarray,
    index_x0: float,
    index_y0: float,
    index_m: float,
    index_rows: int,
    index_columns: int,
    forward_ms: np.ndarray,
    backward_ms: np.ndarray,
    leave_to_node: np.ndarray,
    leave_from_node: np.ndarray,
    metres_per_ms: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of the blocks of some rows: counts of candidates, candidates, counts of ranges, ranges, whether whole."""
    count = (last_row - first_row) * columns
    candidate_count, range_count = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    is_whole = np.zeros(count, dtype=np.bool_)
    # what is linked goes behind what was linked before, in arrays that double when they are full
    candidates, candidate_end = np.empty(16 + 4 * count, dtype=np.int32), 0
    ranges, range_end = np.empty((16 + 2 * count, 6), dtype=np.int32), 0
    near, near2 = np.empty(len(segments) + 1, dtype=np.int32), np.empty(len(segments) + 1)
    room = 64
    which, position, away_m, leg, ahead, back = link_room(room)
    nearest_street, least_m = np.empty(CELLS, dtype=np.int64), np.empty(CELLS)
    is_used = np.zeros(len(segments), dtype=np.bool_)
    stamp = np.full(len(segments), -1, dtype=np.int32)
    half_m = 0.5 * (BLOCK - 1) * cell_m * np.sqrt(2.0)  # from the centre of a block to its furthest cell centres
    for row in range(first_row, last_row):
        nearest = -1
        for column in range(columns):
            block = (row - first_row) * columns + column
            x, y = x0 + (column + 0.5) * BLOCK * cell_m, y0 + (row + 0.5) * BLOCK * cell_m
            # no further from a street than from the nearest one of the block before
            limit_m = cap_m + half_m
            if nearest >= 0:
                limit_m = min(limit_m, np.sqrt(_away2(segments, nearest, x, y)))
            is_near_water = False
            if bars.size > 0:
                for i in range(BLOCK):
                    for j in range(BLOCK):
                        is_near_water |= bars[row * BLOCK + i, column * BLOCK + j] >= NEAR_WATER
            reach_m = limit_m + 2 * half_m + radius_m
            if is_near_water:
                reach_m = max(reach_m, NEAR_M + half_m)
            reach_m = min(reach_m, cap_m + half_m)

            # the segments that the cells may link to: of those in the index cells around, the near ones
            # (squared; without a branch on how near they are, which would be guessed wrong)
            found, nearest, nearest2 = 0, -1, np.inf
            from_row = max(0, int((y - reach_m - index_y0) / index_m))
            to_row = min(index_rows - 1, int((y + reach_m - index_y0) / index_m))
            from_column = max(0, int((x - reach_m - index_x0) / index_m))
            to_column = min(index_columns - 1, int((x + reach_m - index_x0) / index_m))
            for index_row in range(from_row, to_row + 1):
                begin = index_start[index_row * index_columns + from_column]
                end = index_start[index_row * index_columns + to_column + 1] if to_column >= from_column else begin
                for k in range(begin, end):
                    i = index_segments[k]
                    if stamp[i] == block:
                        continue
                    stamp[i] = block
                    aside2 = _away2(segments, i, x, y)
                    near[found], near2[found] = i, aside2
                    nearest, nearest2 = (i, aside2) if aside2 < nearest2 else (nearest, nearest2)
                    found += aside2 <= reach_m * reach_m
            if found == 0:
                nearest = -1
                continue
            reach_m = np.sqrt(nearest2) + 2 * half_m + radius_m
            if is_near_water:
                reach_m = max(reach_m, NEAR_M + half_m)

            # ascending, by insertion, since they are few
            kept = 0
            for k in range(found):
                if near2[k] > reach_m * reach_m:
                    continue
                i, at = near[k], kept
                while at > 0 and near[at - 1] > i:
                    near[at] = near[at - 1]
                    at -= 1
                near[at] = i
                kept += 1
            for k in range(kept):
                is_used[near[k]] = False

            # the links of its cells, and of each the nearest street, of equals the first
            if kept > room:
                room = 2 * kept
                which, position, away_m, leg, ahead, back = link_room(room)
            streets = block_links(
                row, column, 0, kept, near, segments, segment_street, cap_m, radius_m, bars, x0, y0, cell_m,
                which, position, away_m,
            )  # fmt: skip
            for cell in range(CELLS):
                nearest_street[cell], least_m[cell] = -1, np.inf
            for k in range(streets):
                for cell in range(CELLS):
                    is_nearer = away_m[k, cell] < least_m[cell]
                    nearest_street[cell] = k if is_nearer else nearest_street[cell]
                    least_m[cell] = away_m[k, cell] if is_nearer else least_m[cell]
            linked = 0
            for cell in range(CELLS):
                linked += least_m[cell] < np.inf
            is_whole[block] = linked == CELLS

            # which segments they need, and how soon cells leave by each street
            first_range = range_end
            leave_ms(
                streets, segment_street, which, position, away_m, forward_ms, backward_ms, cell_m, metres_per_ms,
                leg, ahead, back,
            )  # fmt: skip
            for k in range(streets):
                is_linked, least_ahead, least_back = False, UNREACHED, UNREACHED
                most_ahead, most_back = np.int32(-1), np.int32(-1)
                for cell in range(CELLS):
                    is_linked |= away_m[k, cell] < np.inf
                    least_ahead, least_back = min(least_ahead, ahead[k, cell]), min(least_back, back[k, cell])
                    is_nearest = nearest_street[cell] == k
                    most_ahead = max(most_ahead, ahead[k, cell] if is_nearest else np.int32(-1))
                    most_back = max(most_back, back[k, cell] if is_nearest else np.int32(-1))
                if not is_linked:  # water bars all ways to it
                    continue
                for cell in range(CELLS):
                    is_used[which[k, cell]] |= away_m[k, cell] < np.inf
                # one range for streets between the same nodes
                street = segment_street[which[k, 0]]
                at, to_node, from_node = first_range, leave_to_node[street], leave_from_node[street]
                while at < range_end and (ranges[at, 0] != to_node or ranges[at, 3] != from_node):
                    at += 1
                if at == range_end:
                    if range_end == len(ranges):
                        ranges = np.concatenate((ranges, np.empty_like(ranges)))
                    ranges[at, 0], ranges[at, 3] = to_node, from_node
                    ranges[at, 1] = ranges[at, 4] = UNREACHED
                    ranges[at, 2] = ranges[at, 5] = -1
                    range_end += 1
                ranges[at, 1], ranges[at, 4] = min(ranges[at, 1], least_ahead), min(ranges[at, 4], least_back)
                ranges[at, 2], ranges[at, 5] = max(ranges[at, 2], most_ahead), max(ranges[at, 5], most_back)
            range_count[block] = range_end - first_range
            for k in range(kept):
                if is_used[near[k]]:
                    if candidate_end == len(candidates):
                        candidates = np.concatenate((candidates, np.empty_like(candidates)))
                    candidates[candidate_end] = near[k]
                    candidate_end += 1
                    candidate_count[block] += 1
    return candidate_count, candidates[:candidate_end].copy(), range_count, ranges[:range_end].copy(), is_whole
