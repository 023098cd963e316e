"""Blocks are cut with exact topology, and gaps never part a network."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from access92.sources.demo.blocks import (
    Block,
    Cut,
    block_heading,
    block_shape,
    chord_across,
    crosses_a_side,
    cut_block,
    ray_depth_m,
    with_street,
)
from access92.sources.demo.gaps import open_gaps
from access92.sources.demo.growing import (
    NODES,
    NONE,
    GrowingPlan,
    add_mark,
    add_node,
    add_street,
    empty_plan,
    mark_near,
    with_room,
)
from access92.sources.demo.street_plan import StreetPlan
from access92.sources.demo.street_plan import add_node as list_node

SQUARE = np.array([(0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)])
STREET = 5
"""A class of streets, as compiled code knows it."""


def ring_of(nodes: list[int], sides: list[int]) -> Block:
    return Block(np.array(nodes, dtype=np.int64), np.array(sides, dtype=np.int64))


def rectangle() -> tuple[GrowingPlan, Block]:
    """A block of 200 m by 100 m between four streets, with room for some more."""
    plan = with_room(with_room(with_room(empty_plan())))
    nodes = [add_node(plan, x, y) for x, y in SQUARE.tolist()]
    sides = [add_street(plan, nodes[i], nodes[(i + 1) % 4], STREET, NONE) for i in range(4)]
    return with_room(plan), ring_of(nodes, sides)


def cut(
    plan: GrowingPlan, block: Block, *, shift: float, snap_m: float, least_share: float = 0.18, most_degree: int = 4
) -> Cut:
    """The block cut straight across."""
    shape = block_shape(plan, block)
    return cut_block(plan, block, shape, block_heading(shape), shift, snap_m, least_share, most_degree)


def test_the_area_and_centre_of_a_rectangle_are_those_of_geometry() -> None:
    shape = block_shape(*rectangle())
    assert shape.area == 20_000
    assert (shape.centre_x, shape.centre_y) == pytest.approx((100, 50))


def test_a_block_is_cut_across_its_length_into_two_equal_blocks() -> None:
    plan, block = rectangle()
    made = cut(plan, block, shift=0.0, snap_m=10.0)
    assert made.is_made
    assert plan.x_m[[made.start, made.stop]] == pytest.approx([100, 100])
    assert {made.side_a, made.side_b} == {block.sides[0], block.sides[2]}
    street = add_street(plan, made.start, made.stop, STREET, NONE)
    parts = [block_shape(plan, with_street(part, street)).area for part in (made.one, made.other)]
    assert parts == pytest.approx([10_000, 10_000])
    assert plan.degree[made.start] == plan.degree[made.stop] == 3


def below_a_crossing() -> tuple[GrowingPlan, Block, set[int]]:
    """A block below the rectangle, with a crossing of three ways on its upper side; the ends of the new street."""
    plan, block = rectangle()
    first = cut(plan, block, shift=0.0, snap_m=10.0)
    plan = with_room(plan)
    add_street(plan, first.start, first.stop, STREET, NONE)
    left, right = add_node(plan, 0.0, -100.0), add_node(plan, 200.0, -100.0)
    near, far = block.ring[0], block.ring[1]
    sides = [
        add_street(plan, left, right, STREET, NONE), add_street(plan, right, far, STREET, NONE), block.sides[0],
        add_street(plan, near, left, STREET, NONE),
    ]  # fmt: skip
    return with_room(plan), ring_of([left, right, far, near], sides), {first.start, first.stop}


def test_a_cut_joins_a_crossing_nearby_instead_of_making_another() -> None:
    plan, block, ends = below_a_crossing()
    nodes = plan.counts[NODES]
    made = cut(plan, block, shift=0.06, snap_m=10.0)
    assert made.is_made
    assert plan.counts[NODES] == nodes + 1  # one new end
    assert {made.start, made.stop} & ends


def test_a_cut_is_refused_where_too_many_ways_meet_already() -> None:
    plan, block, _ = below_a_crossing()
    nodes = plan.counts[NODES]
    assert not cut(plan, block, shift=0.06, snap_m=10.0, most_degree=3).is_made
    assert plan.counts[NODES] == nodes


def test_a_cut_is_refused_when_one_half_would_be_a_sliver() -> None:
    plan, block = rectangle()
    assert not cut(plan, block, shift=0.9, snap_m=1.0, least_share=0.3).is_made
    assert plan.counts[NODES] == 4


def test_a_segment_outside_a_hollow_block_crosses_its_sides() -> None:
    hollow = np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 20.0), (0.0, 100.0)])
    assert crosses_a_side(hollow, 10.0, 60.0, 90.0, 60.0)
    assert not crosses_a_side(hollow, 10.0, 10.0, 90.0, 10.0)


def test_the_depth_of_a_block_is_the_way_to_the_opposite_side() -> None:
    assert ray_depth_m(SQUARE, 100.0, 0.0, 0.0, 1.0) == pytest.approx(100)


@pytest.mark.parametrize("seed", range(5))
def test_marks_stand_in_order_and_the_nearest_is_that_of_plain_python(seed: int) -> None:
    plan, random = empty_plan(), np.random.default_rng(seed)
    ends = add_node(plan, 0.0, 0.0), add_node(plan, 100.0, 0.0)
    street = add_street(plan, *ends, STREET, NONE)
    marks = {0.0: ends[0], 100.0: ends[1]}
    for at_m in random.integers(1, 100, 30).astype(float).tolist():
        plan = with_room(plan)
        away_m, expected = min((abs(mark_m - at_m), node) for mark_m, node in marks.items())
        along_m, node = mark_near(plan, street, at_m, 0.0, 5.0)
        assert (along_m, node) == (at_m, expected if away_m <= 5 else NONE)
        if away_m > 0:
            marks[at_m] = add_mark(plan, street, at_m, at_m, 0.0)
    in_order, mark = [], plan.first_mark[street]
    while mark != NONE:
        in_order.append((plan.mark_m[mark], plan.mark_node[mark]))
        mark = plan.next_mark[mark]
    assert in_order == sorted(marks.items())


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
    ring = np.array(corners)
    for shift, heading in random.uniform((-1.3, 0.0), (1.3, math.tau), (50, 2)).tolist():
        along = math.cos(heading), math.sin(heading)
        reached = [(x - 6e5) * along[0] + (y - 6e6) * along[1] for x, y in corners]
        half_m = (max(reached) - min(reached)) / 2
        through = 6e5 + along[0] * shift * half_m, 6e6 + along[1] * shift * half_m
        expected = chord_in_plain_python(corners, through, (-along[1], along[0]))
        ends = chord_across(ring, 6e5, 6e6, *along, shift)
        assert (None if ends[0] < 0 else (ends[:3], ends[3:])) == expected


def ladder() -> tuple[StreetPlan, pd.DataFrame]:
    """Two rails of 20 footpaths joined by rungs."""
    plan = StreetPlan()
    for i in range(20):
        list_node(plan, i * 100.0, 0.0)
        list_node(plan, i * 100.0, 100.0)
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
