"""The core of a directed graph: its largest strongly connected part, whence it is reached, what is reached from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components


def node_mask(node_count: int, *nodes: np.ndarray) -> np.ndarray:
    """Whether each node (bool) is among some, which may be there several times: quicker than to sort them.

    >>> node_mask(4, np.array([2, 0, 2]), np.array([[3]])).tolist()
    [True, False, True, True]
    """
    mask = np.zeros(node_count, dtype=bool)
    for numbers in nodes:
        mask[numbers] = True
    return mask


_MOST_EMPTY = 8


def node_ranks(nodes: np.ndarray) -> tuple[np.ndarray, int]:
    """The rank of each node number (int64) among the different ones, and how many those are: counted, not sorted.

    Numbers far apart, as OpenStreetMap's, are sorted all the same: counting takes a byte for each that is missing.

    >>> node_ranks(np.array([[7, 5], [9, 7]])), node_ranks(np.array([1, 10**12]))
    ((array([[1, 0],
           [2, 1]]), 3), (array([0, 1]), 2))
    """
    if nodes.size == 0:
        return np.zeros(nodes.shape, dtype=np.int64), 0
    lowest = int(nodes.min())
    span = int(nodes.max()) - lowest + 1
    if span > _MOST_EMPTY * nodes.size:
        different, ranks = np.unique(nodes, return_inverse=True)
        return ranks.reshape(nodes.shape), len(different)
    rank = np.cumsum(node_mask(span, nodes - lowest)) - 1
    return rank[nodes - lowest], int(rank[-1]) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """By node (bool): whether it is of the core, reaches it, is reached from it; the core itself does both."""

    core: np.ndarray
    reaches: np.ndarray
    is_reached: np.ndarray


def measure_reach(tail: np.ndarray, head: np.ndarray, node_count: int, *, within: np.ndarray | None = None) -> Reach:
    """The core of the graph of these arcs: the largest strongly connected component, of equals the first found.

    ``within`` (bool, by node): of the components that have such a node, the one with the most of them.

    >>> reach = measure_reach(np.array([0, 1, 2, 2]), np.array([1, 2, 1, 3]), 5)
    >>> reach.core.tolist()
    [False, True, True, False, False]
    >>> reach.reaches.tolist(), reach.is_reached.tolist()
    ([True, True, True, False, False], [False, True, True, True, False])
    """
    graph = coo_array((np.ones(len(tail), dtype=np.int32), (tail, head)), shape=(node_count, node_count)).tocsr()
    _, component = connected_components(graph, directed=True, connection="strong")
    core = component == int(np.bincount(component if within is None else component[within]).argmax())
    first = int(core.argmax())
    reaches, is_reached = np.zeros(node_count, dtype=bool), np.zeros(node_count, dtype=bool)
    is_reached[breadth_first_order(graph, first, return_predecessors=False)] = True
    reaches[breadth_first_order(graph.T.tocsr(), first, return_predecessors=False)] = True
    return Reach(core, reaches, is_reached)


def nodes_between(
    tail: np.ndarray, head: np.ndarray, node_count: int, sources: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Whether each node lies on a way from one of the sources to one of the targets (nodes): bool, ends included.

    >>> nodes_between(np.array([0, 1, 1]), np.array([1, 2, 3]), 5, np.array([0]), np.array([2, 4])).tolist()
    [True, True, True, False, False]
    """
    between = np.ones(node_count, dtype=bool)
    for from_node, to_node, ends in ((tail, head, sources), (head, tail, targets)):
        # one more node, from which all ends are reached
        tails = np.concatenate([from_node, np.full(len(ends), node_count)])
        heads = np.concatenate([to_node, ends])
        ones = np.ones(len(tails), dtype=np.int32)
        graph = coo_array((ones, (tails, heads)), shape=(node_count + 1, node_count + 1)).tocsr()
        is_reached = np.zeros(node_count + 1, dtype=bool)
        is_reached[breadth_first_order(graph, node_count, return_predecessors=False)] = True
        between &= is_reached[:-1]
    return between
