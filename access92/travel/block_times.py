"""The times of the cells of a grid: between which bounds those of a block lie, and each of them where that matters."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.travel.cell_links import BLOCK
from access92.travel.kernels import UNREACHED


@kernel
def block_bounds(  # noqa: PLR0913 - flat arguments for numba
    time_ms: np.ndarray,
    limit_ms: int,
    columns: int,
    first_row: int,
    first_column: int,
    range_start: np.ndarray,
    ranges: np.ndarray,
    is_whole: np.ndarray,
    least_ms: np.ndarray,
    most_ms: np.ndarray,
) -> None:
    """Write bounds of the times (int32 ms) of the cells of blocks into ``least_ms``/``most_ms``, a window of blocks.

    UNREACHED beyond ``limit_ms``. The window has a frame of one block on each side, which is left as it is.
    """
    height, width = least_ms.shape
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            block = np.uint64((first_row + i - 1) * columns + first_column + j - 1)
            least, most = np.int64(UNREACHED), np.int64(-1)
            for k in range(np.uint64(range_start[block]), np.uint64(range_start[block + np.uint64(1)])):
                # UNREACHED on either side makes a sum beyond any limit
                ahead = np.int64(time_ms[np.uint64(ranges[k, 0])])
                back = np.int64(time_ms[np.uint64(ranges[k, 3])])
                least = min(least, ahead + ranges[k, 1], back + ranges[k, 4])
                if ranges[k, 2] >= 0:
                    most = max(most, min(ahead + ranges[k, 2], back + ranges[k, 5]))
            least_ms[i, j] = least if least <= limit_ms else UNREACHED
            most_ms[i, j] = most if is_whole[block] and most <= limit_ms else UNREACHED


@kernel
def cell_times(  # noqa: PLR0913, PLR0917 - one hot loop, flat arguments for numba
    slot: np.ndarray,
    first_row: int,
    first_column: int,
    columns: int,
    number: np.ndarray,
    start: np.ndarray,
    links: np.ndarray,
    position: np.ndarray,
    forward_ms: np.ndarray,
    backward_ms: np.ndarray,
    leave_to_node: np.ndarray,
    leave_from_node: np.ndarray,
    time_ms: np.ndarray,
    limit_ms: int,
    first_service: np.ndarray,
    service_position: np.ndarray,
    service_ms: np.ndarray,
    times: np.ndarray,
    least_ms: np.ndarray,
    most_ms: np.ndarray,
) -> None:
    """Write the times (int32 ms, UNREACHED beyond ``limit_ms``) of the cells of each block with a slot, and its bounds.

    ``number``, ``start``, ``links``, ``position``: :class:`access92.travel.drawn_links.CellLinks`. ``times``: (slots,
    BLOCK * BLOCK), row after row. The links of a service are rows first_service[street] : first_service[street + 1] of
    ``service_position`` and ``service_ms``: straight along its street, legs and parking count as they do by way of the
    ends.
    """
    cells = BLOCK * BLOCK
    for i in range(slot.shape[0]):
        for j in range(slot.shape[1]):
            at = slot[i, j]
            if at < 0:
                continue
            first_cell = np.int64(number[(first_row + i - 1) * columns + first_column + j - 1]) * cells
            least, most = np.int64(UNREACHED), np.int64(-1)
            for cell in range(cells):
                best = np.int64(UNREACHED)
                for k in range(start[first_cell + cell], start[first_cell + cell + 1]):
                    street = links[k, 0]
                    # UNREACHED on either side makes a sum beyond any limit
                    ahead = np.int64(time_ms[leave_to_node[street]]) + links[k, 2]
                    back = np.int64(time_ms[leave_from_node[street]]) + links[k, 3]
                    best = min(best, ahead, back)
                    for service in range(first_service[street], first_service[street + 1]):
                        along, by_leg_ms = service_position[service] - position[k], links[k, 1] + service_ms[service]
                        if along >= 0 and forward_ms[street] >= 0:
                            best = min(best, by_leg_ms + np.int64(np.rint(along * forward_ms[street])))
                        if along <= 0 and backward_ms[street] >= 0:
                            best = min(best, by_leg_ms + np.int64(np.rint(-along * backward_ms[street])))
                best = best if best <= limit_ms else np.int64(UNREACHED)
                times[at, cell] = best
                least, most = min(least, best), max(most, best)
            least_ms[i, j], most_ms[i, j] = least, most
