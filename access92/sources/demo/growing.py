"""Streets while they grow, in arrays that compiled code fills: nodes, straight streets, and marks along them.

A street is a straight line with *marks*: the nodes on it and how far along they stand, in a linked list.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from access92.cache.kernels import kernel

NODES, STREETS, MARKS = 0, 1, 2
"""Positions in ``GrowingPlan.counts``."""

NONE = -1

_MOST_AT_ONCE = 8
"""Nodes, streets and marks that one step adds at most."""


class GrowingPlan(NamedTuple):
    """Arrays longer than what is in them: ``counts`` says how many nodes, streets and marks there are.

    ``highway``: int64 codes; ``bridge``: the row of a bridge, -1 elsewhere; ``ends_at_m``: beyond it the street is only
    a footpath (infinite: all along). The marks of a street begin with ``first_mark`` and go on with ``next_mark``, -1
    after the last; ``degree``: how many ways meet at a node.
    """

    counts: np.ndarray
    x_m: np.ndarray
    y_m: np.ndarray
    degree: np.ndarray
    first_mark: np.ndarray
    highway: np.ndarray
    bridge: np.ndarray
    ends_at_m: np.ndarray
    mark_m: np.ndarray
    mark_node: np.ndarray
    next_mark: np.ndarray


@kernel
def empty_plan() -> GrowingPlan:
    """A plan without a node."""
    whole, metres = np.empty(_MOST_AT_ONCE, dtype=np.int64), np.empty(_MOST_AT_ONCE)
    return GrowingPlan(
        np.zeros(3, dtype=np.int64), metres, metres.copy(), whole, whole.copy(), whole.copy(), whole.copy(),
        metres.copy(), metres.copy(), whole.copy(), whole.copy(),
    )  # fmt: skip


@kernel
def _longer(values: np.ndarray, count: int) -> np.ndarray:
    """The values, with room behind them where little is left."""
    if count + _MOST_AT_ONCE <= len(values):
        return values
    longer = np.empty(2 * len(values) + _MOST_AT_ONCE, dtype=values.dtype)
    for i in range(count):  # quicker to compile than a slice
        longer[i] = values[i]
    return longer


@kernel
def with_room(plan: GrowingPlan) -> GrowingPlan:
    """The plan with room for what one step adds; the one before must not be used any more."""
    nodes, streets, marks = plan.counts
    return GrowingPlan(
        plan.counts, _longer(plan.x_m, nodes), _longer(plan.y_m, nodes), _longer(plan.degree, nodes),
        _longer(plan.first_mark, streets), _longer(plan.highway, streets), _longer(plan.bridge, streets),
        _longer(plan.ends_at_m, streets), _longer(plan.mark_m, marks), _longer(plan.mark_node, marks),
        _longer(plan.next_mark, marks),
    )  # fmt: skip


@kernel
def add_node(plan: GrowingPlan, x_m: float, y_m: float) -> int:
    """A new node where the plan has room; its number."""
    node = int(plan.counts[NODES])
    plan.x_m[node], plan.y_m[node], plan.degree[node] = x_m, y_m, 0
    plan.counts[NODES] += 1
    return node


@kernel
def _new_mark(plan: GrowingPlan, at_m: float, node: int, following: int) -> int:
    mark = int(plan.counts[MARKS])
    plan.mark_m[mark], plan.mark_node[mark], plan.next_mark[mark] = at_m, node, following
    plan.counts[MARKS] += 1
    return mark


@kernel
def add_street(plan: GrowingPlan, start: int, stop: int, highway: int, bridge: int) -> int:
    """A new straight street between two nodes where the plan has room; its number."""
    street = int(plan.counts[STREETS])
    length_m = math.hypot(plan.x_m[stop] - plan.x_m[start], plan.y_m[stop] - plan.y_m[start])
    plan.first_mark[street] = _new_mark(plan, 0.0, start, _new_mark(plan, length_m, stop, NONE))
    plan.highway[street], plan.bridge[street], plan.ends_at_m[street] = highway, bridge, np.inf
    plan.degree[start] += 1
    plan.degree[stop] += 1
    plan.counts[STREETS] += 1
    return street


@kernel
def add_mark(plan: GrowingPlan, street: int, along_m: float, x_m: float, y_m: float) -> int:
    """A new node on a street, where the plan has room; its number."""
    node = add_node(plan, x_m, y_m)
    before = NONE
    after = plan.first_mark[street]
    while after != NONE and plan.mark_m[after] <= along_m:
        before, after = after, plan.next_mark[after]
    mark = _new_mark(plan, along_m, node, after)
    if before == NONE:
        plan.first_mark[street] = mark
    else:
        plan.next_mark[before] = mark
    plan.degree[node] += 2
    return node


@kernel
def mark_near(plan: GrowingPlan, street: int, x_m: float, y_m: float, snap_m: float) -> tuple[float, int]:
    """How far along a street a place stands (metres), and the node already within ``snap_m`` of it; -1 if none is."""
    after, before = plan.first_mark[street], NONE
    origin = plan.mark_node[after]
    along_m = math.hypot(x_m - plan.x_m[origin], y_m - plan.y_m[origin])
    while after != NONE and plan.mark_m[after] < along_m:
        before, after = after, plan.next_mark[after]

    # of two as near the one that was there first
    nearest, nearest_m = NONE, np.inf
    for mark in (before, after):
        if mark != NONE:
            away_m = abs(plan.mark_m[mark] - along_m)
            node = plan.mark_node[mark]
            if away_m < nearest_m or (away_m == nearest_m and node < nearest):
                nearest, nearest_m = node, away_m
    return along_m, nearest if nearest_m <= snap_m else NONE
