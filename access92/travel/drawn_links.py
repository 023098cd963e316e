"""The links of the cells that isochrones of one grid are drawn from: of each block once, however many are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from access92.cache.kernels import kernel
from access92.network.graph import Network
from access92.travel.cell_links import CELLS, block_links, leave_ms, link_room
from access92.travel.matrix import access_metres_per_ms
from access92.travel.time_grid import TimeGrid


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
        first_cell = self._blocks * CELLS
        self._blocks += len(blocks)
        start = _with_room(cells.start, self._blocks * CELLS + 1)
        links, position = _link_cells(
            blocks, grid.columns, grid.x0, grid.y0, grid.cell_m, grid.off_street_m, grid.link_radius_m,
            grid.candidate_start, grid.candidates, grid.segments, grid.segment_street, grid.bars, network.forward_ms,
            network.backward_ms, access_metres_per_ms(network), self._room, first_cell, start, cells.links,
            cells.position,
        )  # fmt: skip
        self._cells = CellLinks(cells.number, start, links, position)
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
    first_cell: int,
    start: np.ndarray,
    links: np.ndarray,
    position: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Write the links of the cells of some blocks and their positions, behind those of the cells before ``first_cell``.

    ``room``: for the streets of one block; ``start`` of :class:`CellLinks` is written too. Gives the links and the
    positions: the arrays themselves, or longer ones where they were full.
    """
    which, position_of, away_m, leg, ahead, back = link_room(room)
    end = start[first_cell]
    for at in range(len(blocks)):
        block = blocks[at]
        streets = block_links(
            block // columns, block % columns, candidate_start[block], candidate_start[block + 1], candidates,
            segments, segment_street, cap_m, radius_m, bars, x0, y0, cell_m, which, position_of, away_m,
        )  # fmt: skip
        leave_ms(
            streets, segment_street, which, position_of, away_m, forward_ms, backward_ms, cell_m, metres_per_ms,
            leg, ahead, back,
        )  # fmt: skip

        # cell after cell; there must be room for all streets of all cells
        if end + streets * CELLS > len(links):
            # at least for what is expected of the blocks that are left
            length = end + streets * CELLS + max(end, np.int64(4 * CELLS * (len(blocks) - at)))
            longer, more = np.empty((length, 4), dtype=np.int32), np.empty(length)
            longer[:end], more[:end] = links[:end], position[:end]
            links, position = longer, more
        for cell in range(CELLS):
            for k in range(streets):
                if away_m[k, cell] < np.inf:
                    links[end, 0], links[end, 1] = segment_street[which[k, cell]], leg[k, cell]
                    links[end, 2], links[end, 3] = ahead[k, cell], back[k, cell]
                    position[end] = position_of[k, cell]
                    end += 1
            start[first_cell + at * CELLS + cell + 1] = end
    return links, position
