"""Blocks are cut with exact topology, and gaps never part a network."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from access92.sources.demo.blocks import (
    Block,
    StreetPlan,
    add_node,
    add_street,
    block_axis,
    block_shape,
    chord_across,
    crosses_a_side,
    cut_block,
    ray_depth_m,
    with_street,
)
from access92.sources.demo.gaps import open_gaps

SQUARE = [(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)]


def rectangle() -> tuple[StreetPlan, Block]:
    """A block of 200 m by 100 m between four streets."""
    plan = StreetPlan()
    nodes = [add_node(plan, x, y) for x, y in SQUARE]
    sides = tuple(add_street(plan, nodes[i], nodes[(i + 1) % 4], "residential") for i in range(4))
    return plan, Block(tuple(nodes), sides)


def test_the_area_and_centre_of_a_rectangle_are_those_of_geometry() -> None:
    area, centre, _ = block_shape(*rectangle())
    assert area == 20_000
    assert centre == pytest.approx((100, 50))


def test_a_block_is_cut_across_its_length_into_two_equal_blocks() -> None:
    plan, block = rectangle()
    cut = cut_block(plan, block, shift=0, bend=0, snap_m=10)
    assert cut is not None
    one, other, (start, stop), sides = cut
    assert [plan.x_m[start], plan.x_m[stop]] == pytest.approx([100, 100])
    assert set(sides) == {block.sides[0], block.sides[2]}
    street = add_street(plan, start, stop, "footway")
    assert [block_shape(plan, with_street(part, street))[0] for part in (one, other)] == pytest.approx([10_000, 10_000])
    assert plan.degree[start] == plan.degree[stop] == 3


def test_a_cut_joins_a_crossing_nearby_instead_of_making_another() -> None:
    plan, block = rectangle()
    first = cut_block(plan, block, shift=0, bend=0, snap_m=10)
    assert first is not None
    add_street(plan, *first[2], "footway")
    nodes = len(plan.x_m)
    below = add_node(plan, 0.0, -100.0), add_node(plan, 200.0, -100.0)
    sides = (
        add_street(plan, below[0], below[1], "residential"), add_street(plan, below[1], block.ring[1], "residential"),
        block.sides[0], add_street(plan, block.ring[0], below[0], "residential"),
    )  # fmt: skip
    mirrored = cut_block(plan, Block((*below, block.ring[1], block.ring[0]), sides), shift=0.06, bend=0, snap_m=10)
    assert mirrored is not None
    assert len(plan.x_m) == nodes + 3  # the two corners below and one new end
    assert set(mirrored[2]) & set(first[2])


def test_a_cut_is_refused_where_too_many_ways_meet_already() -> None:
    plan, block = rectangle()
    for node in range(4):
        plan.degree[node] = 9
    assert cut_block(plan, block, shift=0, bend=0, snap_m=300, most_degree=4) is None


def test_a_cut_is_refused_when_one_half_would_be_a_sliver() -> None:
    plan, block = rectangle()
    before = len(plan.x_m)
    assert cut_block(plan, block, shift=0.9, bend=0, snap_m=1, least_share=0.3) is None
    assert len(plan.x_m) == before


def test_a_segment_outside_a_hollow_block_crosses_its_sides() -> None:
    hollow = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 20.0), (0.0, 100.0)]
    assert crosses_a_side(hollow, (10.0, 60.0), (90.0, 60.0))
    assert not crosses_a_side(hollow, (10.0, 10.0), (90.0, 10.0))


def test_the_depth_of_a_block_is_the_way_to_the_opposite_side() -> None:
    assert ray_depth_m(SQUARE, (100.0, 0.0), (0.0, 1.0)) == pytest.approx(100)


def chord_in_plain_python(
    corners: list[tuple[float, float]], through: tuple[float, float], across: tuple[float, float]
) -> tuple[tuple[int, float, float], tuple[int, float, float]] | None:
    """The two ends (side, x, y) of the piece of a line inside a ring that holds a point, else of the longest piece."""
    hits = []
    for side, (start, stop) in enumerate(pairwise([*corners, corners[0]])):
        a, b = ((x - through[0]) * across[1] - (y - through[1]) * across[0] for x, y in (start, stop))
        if (a > 0) != (b > 0):
            share = a / (a - b)
            x, y = start[0] + share * (stop[0] - start[0]), start[1] + share * (stop[1] - start[1])
            hits.append(((x - through[0]) * across[0] + (y - through[1]) * across[1], side, x, y))
    hits.sort()
    pieces = list(zip(hits[::2], hits[1::2], strict=True))
    holding = [piece for piece in pieces if piece[0][0] <= 0 <= piece[1][0]]
    chosen = holding or sorted(pieces, key=lambda piece: piece[0][0] - piece[1][0])
    return (chosen[0][0][1:], chosen[0][1][1:]) if chosen else None


@pytest.mark.parametrize("seed", range(40))
def test_the_chord_of_a_hollow_block_is_that_of_plain_python_to_the_bit(seed: int) -> None:
    # stars with deep hollows: a line meets two, four or six of their sides, or none
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 14))
    turns = np.sort(random.random(count)) * 2 * math.pi
    reach_m = random.uniform(20.0, 400.0, count)
    corners = [(6e5 + r * math.cos(t), 6e6 + r * math.sin(t)) for r, t in zip(reach_m, turns, strict=True)]
    shape = (1.0, (6e5, 6e6), corners)
    axis = block_axis(shape)
    for shift, heading in random.uniform((-1.3, 0.0), (1.3, math.tau), (50, 2)).tolist():
        along = math.cos(heading), math.sin(heading)
        reached = [(x - 6e5) * along[0] + (y - 6e6) * along[1] for x, y in corners]
        half_m = (max(reached) - min(reached)) / 2
        through = 6e5 + along[0] * shift * half_m, 6e6 + along[1] * shift * half_m
        expected = chord_in_plain_python(corners, through, (-along[1], along[0]))
        ends = chord_across(axis.corners, 6e5, 6e6, *along, shift)
        assert (None if ends[0] < 0 else (ends[:3], ends[3:])) == expected


def test_a_cut_with_a_known_axis_is_the_cut_without() -> None:
    plan, block = rectangle()
    again, _ = rectangle()
    axis = block_axis(block_shape(plan, block))
    options = {"shift": 0.3, "bend": 0.1, "snap_m": 5.0}
    assert cut_block(plan, block, **options, axis=axis) == cut_block(again, block, **options)
    assert plan == again


def ladder() -> tuple[StreetPlan, pd.DataFrame]:
    """Two rails of 20 footpaths joined by rungs."""
    plan = StreetPlan()
    for i in range(20):
        add_node(plan, i * 100.0, 0.0)
        add_node(plan, i * 100.0, 100.0)
    pairs = [(2 * i + rail, 2 * i + 2 + rail) for i in range(19) for rail in (0, 1)]
    pairs += [(2 * i, 2 * i + 1) for i in range(20)]
    edges = pd.DataFrame(pairs, columns=["start", "stop"]).assign(street=0, highway="footway", bridge=-1)
    return plan, edges


def pieces_of(edges: pd.DataFrame) -> int:
    """How many parts the edges fall into, by plain merging."""
    group = {node: node for node in pd.unique(edges[["start", "stop"]].to_numpy().ravel())}
    for a, b in zip(edges["start"], edges["stop"], strict=True):
        one, other = group[a], group[b]
        group = {node: one if member == other else member for node, member in group.items()}
    return len(set(group.values()))


@pytest.mark.parametrize("seed", range(5))
def test_gaps_and_missing_pieces_never_part_the_network(seed: int) -> None:
    plan, edges = ladder()
    opened = open_gaps(
        edges, plan, np.random.default_rng(seed), gap_share={"footway": 0.2}, clean_share={"footway": 0.1},
        drivable=frozenset(),
    )  # fmt: skip
    assert set(range(40)) <= set(opened[["start", "stop"]].to_numpy().ravel())
    assert pieces_of(opened) == 1
    assert len(plan.x_m) > 40  # dead ends
    assert len(opened) <= len(edges)


def test_without_shares_nothing_changes() -> None:
    plan, edges = ladder()
    opened = open_gaps(edges, plan, np.random.default_rng(1), gap_share={}, clean_share={}, drivable=frozenset())
    pd.testing.assert_frame_equal(opened, edges)
