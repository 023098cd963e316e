"""The links of cells that isochrones share: the same for each block, whichever were linked before it."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.cell_links import BLOCK
from access92.travel.drawn_links import CellLinks, DrawnLinks
from access92.travel.isochrones import draw_all, draw_isochrones
from access92.travel.time_grid import build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town

WALK = read_modes()["walk"]


def of_block(cells: CellLinks, block: int) -> list[tuple[list[list[int]], list[float]]]:
    """By cell of a block its links and their positions."""
    first_cell = int(cells.number[block]) * BLOCK * BLOCK
    spans = [slice(cells.start[at], cells.start[at + 1]) for at in range(first_cell, first_cell + BLOCK * BLOCK)]
    return [(cells.links[span].tolist(), cells.position[span].tolist()) for span in spans]


@examples(15)
@given(seed=st.integers(0, 10_000), parts=st.integers(2, 6))
def test_the_links_of_a_block_do_not_depend_on_those_linked_before(seed: int, parts: int) -> None:
    streets = random_town(seed).streets
    network = build_network(streets, WALK)
    grid = build_time_grid(streets, network, cell_m=10.0, off_street_m=45.0)
    every = np.arange(grid.rows * grid.columns)
    at_once = DrawnLinks(network, grid).of_blocks(every)
    assert (np.diff(at_once.start[: len(every) * BLOCK * BLOCK + 1]) > 0).any()

    # some asked for twice; what was given first must stay what it was
    step_by_step, random = DrawnLinks(network, grid), np.random.default_rng(seed)
    batches = [random.choice(every, len(every) // 3, replace=False) for _ in range(parts)]
    given_cells = [step_by_step.of_blocks(blocks) for blocks in batches]
    for blocks, cells in zip(batches, given_cells, strict=True):
        for block in blocks.tolist():
            assert of_block(cells, block) == of_block(at_once, block)


@examples(8)
@given(seed=st.integers(0, 10_000))
def test_isochrones_drawn_together_are_those_drawn_alone_to_the_byte(seed: int) -> None:
    random = random_town(seed)
    network = build_network(random.streets, WALK)
    grid = build_time_grid(random.streets, network, cell_m=10.0, off_street_m=45.0)
    snaps = snap_places(random.services.geometry, random.streets, network, max_snap_m=300.0)
    thresholds = [2.0, 5.0, 9.0]
    groups = {(row,) for row in range(len(random.services))} | {tuple(range(len(random.services)))}
    together = draw_all(network, grid, snaps, groups, thresholds_min=thresholds)
    for members in groups:
        alone = draw_isochrones(network, grid, snaps, np.array(members), thresholds_min=thresholds)
        assert [shapely.to_wkb(area) for area in together[members]] == [shapely.to_wkb(area) for area in alone]
