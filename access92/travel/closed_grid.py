"""The time grid of a scenario that closes streets, out of that of all the streets: other only where they were."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from access92.network.graph import Network
from access92.network.lines import StreetLines
from access92.network.street_index import index_lines
from access92.travel.time_grid import BlockLinks, TimeGrid, link_rows, linked_streets, with_links

_ALL_OF_STREET = ("forward_ms", "backward_ms", "leave_to_node", "leave_from_node")
"""What the links of a cell depend on, of each street of a network."""


@dataclass(frozen=True, slots=True, eq=False)
class GridOfAll:
    """The grid of all the streets, the network that it is of, and by street of that network its row in their table."""

    grid: TimeGrid
    network: Network
    streets: gpd.GeoDataFrame
    study_row: np.ndarray


def close_grid(
    whole: GridOfAll, streets: gpd.GeoDataFrame, network: Network, study_row: np.ndarray, lines: StreetLines
) -> TimeGrid | None:
    """The grid of the streets that are left, to the byte what :func:`build_time_grid` makes of them; or None.

    ``study_row``: by street of ``network`` (ascending) its row in the table of all; ``lines``: those of ``streets``.
    Only the rows of blocks which linked to a street that is gone are linked again. None where closing changes more
    than that: other nodes, another extent, or streets that are left and link no longer, or now do.
    """
    before, after = whole.network, network
    if not (np.array_equal(before.node_x, after.node_x) and np.array_equal(before.node_y, after.node_y)):
        return None
    stays = np.isin(whole.study_row, study_row)
    if int(stays.sum()) != len(study_row) or any(
        not np.array_equal(getattr(before, name)[stays], getattr(after, name)) for name in _ALL_OF_STREET
    ):
        return None
    new_street = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
    was_linked, is_linked = linked_streets(whole.streets, before), linked_streets(streets, after)
    if not np.array_equal(new_street[was_linked][stays[was_linked]], is_linked):
        return None
    grid, bounds = whole.grid, whole.grid.street_bounds
    left = bounds[stays]
    if any(
        (bounds[:, at].min(), bounds[:, at + 2].max()) != (left[:, at].min(), left[:, at + 2].max()) for at in (0, 1)
    ):
        return None

    # the segments that are left, in their order, and the rows of blocks that linked to another
    remains = stays[grid.segment_street]
    new_segment = np.where(remains, np.cumsum(remains) - 1, -1).astype(np.int32)
    closed = replace(
        grid,
        segments=grid.segments[remains],
        segment_street=new_street[grid.segment_street[remains]],
        street_bounds=left,
    )
    gone = np.flatnonzero(~remains[grid.candidates])
    if len(gone) == 0:
        return replace(closed, candidates=new_segment[grid.candidates])
    rows = (np.searchsorted(grid.candidate_start, gone, side="right") - 1) // grid.columns
    first, last = int(rows.min()), int(rows.max()) + 1
    index = index_lines(lines.part(after.street_row).part(is_linked))
    return with_links(
        closed,
        [
            _linked_before(grid, new_segment, 0, first),
            link_rows(closed, after, index, first, last),
            _linked_before(grid, new_segment, last, grid.rows),
        ],
    )


def _linked_before(grid: TimeGrid, new_segment: np.ndarray, first_row: int, last_row: int) -> BlockLinks:
    """The links of the blocks of some rows, which hold none of the streets that are gone."""
    first, last = first_row * grid.columns, last_row * grid.columns
    candidates = slice(grid.candidate_start[first], grid.candidate_start[last])
    ranges = slice(grid.range_start[first], grid.range_start[last])
    return (
        np.diff(grid.candidate_start[first : last + 1]),
        new_segment[grid.candidates[candidates]],
        np.diff(grid.range_start[first : last + 1]),
        grid.ranges[ranges],
        grid.is_whole[first:last],
    )
