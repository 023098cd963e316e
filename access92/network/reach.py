"""The core of a directed graph: its largest strongly connected part, whence it is reached, what is reached from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
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


def measure_reach(
    tail: np.ndarray, head: np.ndarray, street: np.ndarray, node_count: int, *, within: np.ndarray | None = None
) -> Reach:
    """The core of the graph of these arcs (:func:`largest_part`), whence it is reached, what is reached from it.

    ``within`` (bool, by node): of the components that have such a node, the one with the most of them.

    >>> arcs = np.array([0, 1, 2, 2]), np.array([1, 2, 1, 3]), np.array([4, 2, 3, 0])
    >>> reach = measure_reach(*arcs, 5)
    >>> reach.core.tolist()
    [False, True, True, False, False]
    >>> reach.reaches.tolist(), reach.is_reached.tolist()
    ([True, True, True, False, False], [False, True, True, True, False])
    """
    graph = _graph(tail, head, node_count)
    core = _largest_part(graph, tail, head, street, within)
    first = int(core.argmax())
    reaches, is_reached = np.zeros(node_count, dtype=bool), np.zeros(node_count, dtype=bool)
    is_reached[breadth_first_order(graph, first, return_predecessors=False)] = True
    reaches[breadth_first_order(graph.T.tocsr(), first, return_predecessors=False)] = True
    return Reach(core, reaches, is_reached)


def largest_part(
    tail: np.ndarray, head: np.ndarray, street: np.ndarray, node_count: int, *, within: np.ndarray | None = None
) -> np.ndarray:
    """The nodes (bool) of the strongly connected component that has the most of them, or of those in ``within``.

    Of equally large ones the one in which the first street lies: ``street`` is by arc the directed street that it
    travels, in the order of the streets table (-1: none). Where several have an arc of that street, one for each stage
    of a trip (:mod:`access92.network.junctions`), the one from which the others are reached. No number of a node
    decides: the page of a run, which has other ones, takes the same (``run_map_closing.js``).

    >>> two = np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2])
    >>> largest_part(*two, np.array([2, 3, 0, 1]), 5).tolist()
    [False, False, True, True, False]
    """
    return _largest_part(_graph(tail, head, node_count), tail, head, street, within)


def _largest_part(
    graph: csr_array, tail: np.ndarray, head: np.ndarray, street: np.ndarray, within: np.ndarray | None
) -> np.ndarray:
    _, component = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(component if within is None else component[within], minlength=1)
    equals = np.flatnonzero(size == size.max())
    chosen = equals[0]
    if len(equals) > 1:
        inside = (street >= 0) & (component[tail] == component[head]) & np.isin(component[tail], equals)
        if inside.any():
            on_first = inside & (street == street[inside].min())
            chosen = _first_on_the_way(np.unique(component[tail[on_first]]), component[tail], component[head])
    largest: np.ndarray = component == chosen
    return largest


def _first_on_the_way(parts: np.ndarray, tail: np.ndarray, head: np.ndarray) -> int:
    """Of some parts of a graph (``tail`` and ``head``: by arc its parts) the one from which the others are reached."""
    count = int(max(tail.max(), head.max())) + 1
    graph = _graph(tail, head, count)
    reached = [
        np.isin(parts, breadth_first_order(graph, part, return_predecessors=False)).sum() for part in parts.tolist()
    ]
    return int(parts[int(np.argmax(reached))])


def _graph(tail: np.ndarray, head: np.ndarray, node_count: int) -> csr_array:
    """The arcs as a matrix of ``node_count`` rows and columns."""
    return coo_array((np.ones(len(tail), dtype=np.int32), (tail, head)), shape=(node_count, node_count)).tocsr()


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
