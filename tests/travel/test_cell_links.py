"""The links of the cells of a block, beside those that plain Python finds cell by cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from access92.network.graph import CLOSED
from access92.travel.cell_links import BLOCK, CELLS, NEAR_M, NEAR_WATER, block_links, leave_ms, link_room
from access92.travel.kernels import UNREACHED

ROW, COLUMN, CELL_M, RADIUS_M = 5, 6, 10.0, 10.0
METRES_PER_MS = 1.25e-3
WATER = 3


@dataclass(frozen=True)
class Town:
    """Streets around one block, and the water between them."""

    segments: np.ndarray
    segment_street: np.ndarray
    forward_ms: np.ndarray
    backward_ms: np.ndarray
    bars: np.ndarray
    cap_m: float


def a_town(seed: int) -> Town:
    """Some streets of one to three segments, some of them one-way, at random; every other town has water."""
    rng = np.random.default_rng(seed)
    segments, segment_street = [], []
    streets = int(rng.integers(1, 9))
    spread_m = rng.choice([20.0, 60.0])
    for street in range(streets):
        places = np.array([(COLUMN + 0.5) * BLOCK, (ROW + 0.5) * BLOCK]) * CELL_M + rng.normal(
            0, spread_m, (int(rng.integers(2, 5)), 2)
        )
        delta = np.diff(places, axis=0)
        length = np.hypot(*delta.T)
        before = np.append(0, np.cumsum(length)[:-1])
        segments += [
            (*start, *step, 1 / metres**2, ahead / length.sum(), metres / length.sum())
            for start, step, metres, ahead in zip(places[:-1], delta, length, before, strict=True)
        ]
        segment_street += [street] * len(delta)
    ms = rng.integers(1_000, 60_000, (2, streets))
    ms[rng.random((2, streets)) < 0.3] = CLOSED
    bars = np.empty((0, 0), dtype=np.uint8)
    if seed % 2:
        bars = np.full((60, 60), rng.choice([0, 1, NEAR_WATER]), dtype=np.uint8)
        row, column = rng.integers(16, 28, 2)
        bars[row : row + 2, column : column + 8] = WATER
    return Town(
        np.array(segments), np.array(segment_street, dtype=np.int32), *ms.astype(np.int32), bars,
        float(rng.choice([25.0, 45.0, 300.0])),
    )  # fmt: skip


Link = tuple[int, float, float]
"""A segment, the position on its street, and metres."""


def links_of_cell(town: Town, row: int, column: int) -> dict[int, Link]:
    """By street the link of one cell."""
    x, y = (column + 0.5) * CELL_M, (row + 0.5) * CELL_M
    nearest: dict[int, Link] = {}
    for i, (ax, ay, dx, dy, _, start, along) in enumerate(town.segments.tolist()):
        share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
        away_m, street = math.hypot(x - ax - share * dx, y - ay - share * dy), int(town.segment_street[i])
        if street not in nearest or away_m < nearest[street][2]:
            nearest[street] = (i, start + share * along, away_m)

    least_m = min(link[2] for link in nearest.values())
    if least_m > town.cap_m:
        return {}
    beside = int(town.bars[row, column]) if town.bars.size else 0
    if beside < NEAR_WATER and not (beside and least_m > NEAR_M):
        return {k: link for k, link in nearest.items() if link[2] <= min(least_m + RADIUS_M, town.cap_m)}
    dry = {
        k: link
        for k, link in nearest.items()
        if link[2] <= min(max(least_m + RADIUS_M, NEAR_M), town.cap_m) and is_dry(town, row, column, link)
    }
    least_m = min((link[2] for link in dry.values()), default=math.inf)
    return {k: link for k, link in dry.items() if link[2] <= least_m + RADIUS_M}


def is_dry(town: Town, row: int, column: int, link: Link) -> bool:
    """Whether the way from a cell to a street touches no water but its own, or its foot is on the bridge beside it."""
    x, y = (column + 0.5) * CELL_M, (row + 0.5) * CELL_M
    ax, ay, dx, dy = town.segments[link[0], :4].tolist()
    share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
    px, py = ax + share * dx, ay + share * dy
    is_wet = town.bars == WATER
    if is_wet[row, column] and is_wet[int(py / CELL_M), int(px / CELL_M)] and link[2] <= CELL_M:
        return True
    steps = int(link[2] / (CELL_M / 4)) + 1
    ways = [
        (int((y + (py - y) * k / steps) / CELL_M), int((x + (px - x) * k / steps) / CELL_M)) for k in range(1, steps)
    ]
    return not any(is_wet[way] for way in ways if way != (row, column))


def part_ms(whole_ms: int, share: float) -> int:
    return round(share * whole_ms) if whole_ms != CLOSED else 0 if share == 0 else int(UNREACHED)


@pytest.mark.parametrize("seed", range(60))
def test_cells_link_as_found_one_by_one(seed: int) -> None:
    town = a_town(seed)
    which, position, away_m, leg, ahead, back = link_room(len(town.segments))
    streets = block_links(
        ROW, COLUMN, 0, len(town.segments), np.arange(len(town.segments), dtype=np.int32), town.segments,
        town.segment_street, town.cap_m, RADIUS_M, town.bars, 0.0, 0.0, CELL_M, which, position, away_m,
    )  # fmt: skip
    numbers = town.segment_street[which[:streets, 0]].tolist()
    assert numbers == sorted(set(numbers))
    leave_ms(
        streets, town.segment_street, which, position, away_m, town.forward_ms, town.backward_ms, CELL_M, METRES_PER_MS,
        leg, ahead, back,
    )  # fmt: skip

    for cell in range(CELLS):
        expected = links_of_cell(town, ROW * BLOCK + cell // BLOCK, COLUMN * BLOCK + cell % BLOCK)
        found = {
            street: (int(which[k, cell]), float(position[k, cell]), float(away_m[k, cell]))
            for k, street in enumerate(numbers)
            if away_m[k, cell] < np.inf
        }
        assert found.keys() == expected.keys()
        for k, street in enumerate(numbers):
            if street not in found:
                assert (ahead[k, cell], back[k, cell]) == (UNREACHED, UNREACHED)
                continue
            assert found[street] == pytest.approx(expected[street], abs=1e-9)
            # within a cell of the street less is walked than its distance
            leg_ms = round(max(0.0, min(away_m[k, cell], 1.5 * away_m[k, cell] - CELL_M / 2)) / METRES_PER_MS)
            there, here = part_ms(town.forward_ms[street], 1 - position[k, cell]), position[k, cell]
            assert leg[k, cell] == leg_ms
            assert ahead[k, cell] == min(leg_ms + there, int(UNREACHED))
            assert back[k, cell] == min(leg_ms + part_ms(town.backward_ms[street], here), int(UNREACHED))


def test_the_towns_hold_what_the_links_must_tell_apart() -> None:
    towns = [a_town(seed) for seed in range(60)]
    cells = [
        (town, row, column)
        for town in towns
        for row in range(ROW * BLOCK, ROW * BLOCK + BLOCK)
        for column in range(COLUMN * BLOCK, COLUMN * BLOCK + BLOCK)
    ]
    links = [links_of_cell(*cell) for cell in cells]
    without_water = [links_of_cell(Town(**{**vars(town), "bars": np.empty((0, 0))}), *cell) for town, *cell in cells]
    assert sum(not found for found in links) > 20
    assert sum(found != other for found, other in zip(links, without_water, strict=True)) > 20
    assert sum(len(found) > 1 for found in links) > 100


def test_at_the_end_of_its_last_segment_a_cell_stands_at_the_crossing() -> None:
    # three parts of a third: their sum is less than the whole
    x, y = (COLUMN * BLOCK + 0.5) * CELL_M, (ROW * BLOCK + 0.5) * CELL_M
    start, along = 1 / 3 + 1 / 3, 1 / 3 - 1e-12
    segments = np.array([[x - 30, y, 30, 0, 1 / 900, start, along]])
    which, position, away_m, leg, ahead, back = link_room(1)
    block_links(
        ROW, COLUMN, 0, 1, np.zeros(1, dtype=np.int32), segments, np.zeros(1, dtype=np.int32), 300.0, RADIUS_M,
        np.empty((0, 0), dtype=np.uint8), 0.0, 0.0, CELL_M, which, position, away_m,
    )  # fmt: skip
    closed = np.array([CLOSED], dtype=np.int32)
    leave_ms(
        1, np.zeros(1, dtype=np.int32), which, position, away_m, closed, closed, CELL_M, METRES_PER_MS,
        leg, ahead, back,
    )  # fmt: skip
    assert (position[0, 0], ahead[0, 0], back[0, 0]) == (1.0, 0, UNREACHED)


def test_where_water_is_near_too_nobody_links_beyond_the_cap() -> None:
    # north of the block a street 40 m from its upper row, and one 47 m
    y = (ROW + 1) * BLOCK * CELL_M - CELL_M / 2
    segments = np.array([[0, y + north, 1000, 0, 1e-6, 0, 1] for north in (40, 47)], dtype=float)
    ms = np.array([[60_000, 60_000]] * 2, dtype=np.int32)
    town = Town(segments, np.arange(2, dtype=np.int32), *ms, np.full((60, 60), NEAR_WATER, dtype=np.uint8), 45.0)
    which, position, away_m, *_ = link_room(2)
    streets = block_links(
        ROW, COLUMN, 0, 2, np.arange(2, dtype=np.int32), segments, town.segment_street, town.cap_m, RADIUS_M, town.bars,
        0.0, 0.0, CELL_M, which, position, away_m,
    )  # fmt: skip
    assert (streets, away_m[0, -1]) == (1, 40)
    assert links_of_cell(town, (ROW + 1) * BLOCK - 1, COLUMN * BLOCK).keys() == {0}
