"""The links of the cells that isochrones of one grid are drawn from: of each block once, however many are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from access92.cache.kernels import kernel
from access92.network.graph import Network
from access92.travel.cell_links import BLOCK, block_links, link_leg_ms, part_ms, street_position
from access92.travel.kernels import UNREACHED
from access92.travel.matrix import access_metres_per_ms
from access92.travel.time_grid import TimeGrid

_CELLS = BLOCK * BLOCK


@dataclass(frozen=True, slots=True, eq=False)
class CellLinks:
    """The links of the cells of some blocks, which are numbered in the order in which they were linked.

    ``number``: int32 by block of the grid, -1 where its cells are not linked yet. Those of cell c of block n are
    ``links[start[n * cells + c] : start[n * cells + c + 1]]`` (street, leg, to its end, to its start: int32
    milliseconds; the last two hold the leg, and UNREACHED where the street is closed), at ``position`` (0-1) on it.
    """

    number: np.ndarray
    start: np.ndarray
    links: np.ndarray
    position: np.ndarray


class DrawnLinks:
    """The links of the blocks of a grid that a level of some isochrone passes, made when the first asks for them.

    Several threads may ask: what was given to one is never written again, others only write behind it.
    """

    def __init__(self, network: Network, grid: TimeGrid) -> None:
        self._network, self._grid = network, grid
        self._room = int(np.diff(grid.candidate_start).max(initial=0))
        self._lock = Lock()
        self._blocks = 0
        self._cells = CellLinks(
            number=np.full(grid.rows * grid.columns, -1, dtype=np.int32),
            start=np.zeros(1, dtype=np.int64),
            links=np.empty((0, 4), dtype=np.int32),
            position=np.empty(0),
        )

    def of_blocks(self, blocks: np.ndarray) -> CellLinks:
        """The links of all cells so far, those of ``blocks`` (int64, each once) among them."""
        with self._lock:
            missing = blocks[self._cells.number[blocks] < 0]
            if len(missing):
                self._append(missing)
            return self._cells

    def _append(self, blocks: np.ndarray) -> None:
        """Link the cells of more blocks."""
        grid, network, cells = self._grid, self._network, self._cells
        count, links, position = _link_cells(
            blocks, grid.columns, grid.x0, grid.y0, grid.cell_m, grid.off_street_m, grid.link_radius_m,
            grid.candidate_start, grid.candidates, grid.segments, grid.segment_street, grid.bars, network.forward_ms,
            network.backward_ms, access_metres_per_ms(network), self._room,
        )  # fmt: skip
        first_cell = self._blocks * _CELLS
        first, last = int(cells.start[first_cell]), int(cells.start[first_cell]) + len(links)
        self._blocks += len(blocks)
        start = _with_room(cells.start, self._blocks * _CELLS + 1)
        start[first_cell + 1 : self._blocks * _CELLS + 1] = first + np.cumsum(count)
        self._cells = CellLinks(cells.number, start, _with_room(cells.links, last), _with_room(cells.position, last))
        self._cells.links[first:last], self._cells.position[first:last] = links, position
        cells.number[blocks] = np.arange(self._blocks - len(blocks), self._blocks)


def _with_room(array: np.ndarray, length: int) -> np.ndarray:
    """The array, or where it is shorter a copy in twice the length."""
    if len(array) >= length:
        return array
    longer = np.empty((2 * length, *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def _link_cells(  # noqa: PLR0913, PLR0917 - flat arguments for numba
    blocks: np.ndarray,
    columns: int,
    x0: float,
    y0: float,
    cell_m: float,
    cap_m: float,
    radius_m: float,
    candidate_start: np.ndarray,
    candidates: np.ndarray,
    segments: np.ndarray,
    segment_street: np.ndarray,
    bars: np.ndarray,
    forward_ms: np.ndarray,
    backward_ms: np.ndarray,
    metres_per_ms: float,
    room: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the cells of some blocks: how many links each has, the links, their positions; ``room``: for those of one."""
    link_count, link_segment = np.empty(_CELLS, dtype=np.int64), np.empty((_CELLS, room), dtype=np.int32)
    link_share, link_m = np.empty((_CELLS, room)), np.empty((_CELLS, room))
    shares, away2, nearest2 = np.empty((room, _CELLS)), np.empty((room, _CELLS)), np.empty(_CELLS)
    which = np.empty((room, _CELLS), dtype=np.int64)
    count = np.empty(len(blocks) * _CELLS, dtype=np.int64)
    links, position, end = np.empty((16 + 2 * len(count), 4), dtype=np.int32), np.empty(16 + 2 * len(count)), 0
    for at in range(len(blocks)):
        block = blocks[at]
        block_links(
            block // columns, block % columns, candidate_start[block], candidate_start[block + 1], candidates,
            segments, segment_street, cap_m, radius_m, bars, x0, y0, cell_m,
            shares, away2, which, nearest2, link_count, link_segment, link_share, link_m,
        )  # fmt: skip
        for cell in range(_CELLS):
            count[at * _CELLS + cell] = link_count[cell]
            for k in range(link_count[cell]):
                if end == len(links):
                    links = np.concatenate((links, np.empty_like(links)))
                    position = np.concatenate((position, np.empty_like(position)))
                i = link_segment[cell, k]
                street, share = segment_street[i], street_position(segments[i, 5], link_share[cell, k], segments[i, 6])
                leg_ms = link_leg_ms(link_m[cell, k], cell_m, metres_per_ms)
                links[end, 0], links[end, 1], position[end] = street, leg_ms, share
                links[end, 2] = min(leg_ms + part_ms(forward_ms[street], 1 - share), np.int64(UNREACHED))
                links[end, 3] = min(leg_ms + part_ms(backward_ms[street], share), np.int64(UNREACHED))
                end += 1
    return count, links[:end].copy(), position[:end].copy()
