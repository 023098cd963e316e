"""Junctions with signals: the signals that belong to one, the nodes within it, and the wait of whoever enters it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

JUNCTION_M = 40.0
"""Signals that are this far apart at most, each from each, are those of one junction.

Hypothesis of access92: two carriageways and their crossings fit in it, two junctions of a town seldom do.
"""

_NOT_WAITED_AT = frozenset({"level_crossing", "ramp_meter", "emergency", "blinker", "blink_mode", "no"})
_EDGE_M = 1.0
"""How far outside the hull of its signals a node still is within the junction."""

NO_JUNCTION = -1


def has_signals(nodes: pd.DataFrame) -> np.ndarray:
    """Which nodes of a table (``TrafficRules.nodes``) have signals for traffic or for a crossing (bool).

    Examples
    --------
    >>> nodes = pd.DataFrame({
    ...     "node_id": [1, 2, 3, 4], "highway": ["traffic_signals", "crossing", "crossing", "traffic_signals"],
    ...     "crossing": ["", "traffic_signals;marked", "zebra", ""], "traffic_signals": ["", "", "", "blinker"]})
    >>> has_signals(nodes).tolist()
    [True, True, False, False]
    """

    def says(column: str, value: str) -> np.ndarray:
        if column not in nodes.columns:
            return np.zeros(len(nodes), dtype=bool)
        parts = nodes[column].fillna("").astype(str).str.lower().str.split(";")
        return np.array([value in [part.strip() for part in values] for values in parts], dtype=bool)

    signals: np.ndarray = (
        says("highway", "traffic_signals") | says("crossing", "traffic_signals") | says("crossing_signals", "yes")
    )
    for kind in _NOT_WAITED_AT:
        signals &= ~says("traffic_signals", kind)
    return signals


def junction_numbers(x: np.ndarray, y: np.ndarray, *, apart_m: float = JUNCTION_M) -> np.ndarray:
    """The junction of each signal, numbered from 0 (int64): none holds two signals further apart than ``apart_m``.

    Examples
    --------
    >>> junction_numbers(np.array([0.0, 20.0, 500.0]), np.zeros(3)).tolist()
    [0, 0, 1]

    References
    ----------
    Complete-linkage clustering, as in ``scipy.cluster.hierarchy``.
    """
    numbers = np.zeros(len(x), dtype=np.int64)
    if len(x) == 0:
        return numbers

    # what hangs together by short steps bounds the work: signals further apart are never those of one junction
    places = np.stack([x, y], axis=1)
    near = cKDTree(places).query_pairs(apart_m, output_type="ndarray")
    pairs = coo_array((np.ones(len(near), dtype=np.int8), near.T), shape=(len(x), len(x)))
    count, group = connected_components(pairs, directed=False)
    order = np.argsort(group, kind="stable")
    first = 0
    for members in np.split(order, np.cumsum(np.bincount(group, minlength=count))[:-1]):
        if len(members) > 1:
            within = fcluster(linkage(places[members], method="complete"), apart_m, criterion="distance")
        else:
            within = np.ones(1, dtype=np.int64)
        numbers[members] = first + within - 1
        first += int(within.max())

    # numbered as they come in the table, whatever order the groups were found in
    _, first_row, number = np.unique(numbers, return_index=True, return_inverse=True)
    rank = np.empty(len(first_row), dtype=np.int64)
    rank[np.argsort(first_row)] = np.arange(len(first_row))
    result: np.ndarray = rank[number.reshape(-1)]
    return result


def nodes_in_junctions(x: np.ndarray, y: np.ndarray, signal_x: np.ndarray, signal_y: np.ndarray) -> np.ndarray:
    """The junction with signals that each node lies in (int64), ``NO_JUNCTION`` for the others.

    A node is in a junction where it is one of its signals or lies between them (within their convex hull, or
    1 m from it): whoever comes past several signals of one junction waits once. Of two junctions the first.

    Examples
    --------
    >>> at = np.array([0.0, 10.0, 20.0, 90.0])
    >>> nodes_in_junctions(at, np.zeros(4), np.array([0.0, 20.0]), np.zeros(2)).tolist()
    [0, 0, 0, -1]
    """
    junction = np.full(len(x), NO_JUNCTION, dtype=np.int64)
    if len(signal_x) == 0 or len(x) == 0:
        return junction
    number = junction_numbers(signal_x, signal_y)
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    signals = shapely.points(signal_x[order], signal_y[order])
    hulls = [shapely.convex_hull(shapely.multipoints(part)) for part in np.split(signals, starts[1:])]
    node, hull = shapely.STRtree(hulls).query(shapely.points(x, y), predicate="dwithin", distance=_EDGE_M)
    # the last of equal nodes stays: the first junction
    by_junction = np.argsort(-hull, kind="stable")
    junction[node[by_junction]] = hull[by_junction]
    return junction


def entry_waits(ends_junction: np.ndarray, wait_s: float) -> np.ndarray:
    """Seconds that each direction of each street waits at its end: forward, then backward (float64, (2, n)).

    ``ends_junction``: the junction of from_node and of to_node (int64, (2, n)). Entering a junction waits; going on
    within it, or leaving it, does not.

    Examples
    --------
    >>> entry_waits(np.array([[-1, 0, 0], [0, 0, 1]]), 20.0).tolist()
    [[20.0, 0.0, 20.0], [0.0, 0.0, 20.0]]
    """
    start, end = ends_junction
    crosses = start != end
    forward = np.where(crosses & (end != NO_JUNCTION), wait_s, 0.0)
    backward = np.where(crosses & (start != NO_JUNCTION), wait_s, 0.0)
    return np.stack([forward, backward])
