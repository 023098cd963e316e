"""The times of the cells of a grid: between which bounds those of a block lie, and each of them where that matters."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.travel.cell_links import BLOCK, block_links, link_leg_ms, part_ms, street_position
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
    leave_to_node: np.ndarray,
    leave_from_node: np.ndarray,
    metres_per_ms: float,
    time_ms: np.ndarray,
    limit_ms: int,
    first_service: np.ndarray,
    service_position: np.ndarray,
    service_ms: np.ndarray,
    most_candidates: int,
    times: np.ndarray,
) -> None:
    """Write the times (int32 ms, UNREACHED beyond ``limit_ms``) of the cells of each block with a slot.

    ``times``: (slots, BLOCK * BLOCK), row after row. The links of a service are rows first_service[street] :
    first_service[street + 1] of ``service_position`` and ``service_ms``: straight along its street, legs and
    parking count as they do by way of the ends.
    """
    cells = BLOCK * BLOCK
    link_count, link_segment = np.empty(cells, dtype=np.int64), np.empty((cells, most_candidates), dtype=np.int32)
    link_share, link_m = np.empty((cells, most_candidates)), np.empty((cells, most_candidates))
    for i in range(slot.shape[0]):
        for j in range(slot.shape[1]):
            at = slot[i, j]
            if at < 0:
                continue
            row, column = first_row + i - 1, first_column + j - 1
            block = row * columns + column
            block_links(
                row, column, candidate_start[block], candidate_start[block + 1], candidates, segments, segment_street,
                cap_m, radius_m, bars, x0, y0, cell_m, link_count, link_segment, link_share, link_m,
            )  # fmt: skip
            for cell in range(cells):
                best = np.int64(UNREACHED)
                for k in range(link_count[cell]):
                    s = link_segment[cell, k]
                    street = segment_street[s]
                    position = street_position(segments[s, 5], link_share[cell, k], segments[s, 6])
                    leg_ms = link_leg_ms(link_m[cell, k], cell_m, metres_per_ms)
                    forward, backward = forward_ms[street], backward_ms[street]
                    ahead = np.int64(time_ms[leave_to_node[street]]) + leg_ms + part_ms(forward, 1 - position)
                    back = np.int64(time_ms[leave_from_node[street]]) + leg_ms + part_ms(backward, position)
                    best = min(best, ahead, back)
                    for service in range(first_service[street], first_service[street + 1]):
                        along = service_position[service] - position
                        if along >= 0 and forward >= 0:
                            best = min(best, leg_ms + service_ms[service] + np.int64(np.rint(along * forward)))
                        if along <= 0 and backward >= 0:
                            best = min(best, leg_ms + service_ms[service] + np.int64(np.rint(-along * backward)))
                times[at, cell] = best if best <= limit_ms else UNREACHED
