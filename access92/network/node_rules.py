"""What the rules of nodes do to the graph of a mode: cuts at barriers, waits at barriers and at signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92.network.barriers import BarrierNodes, barrier_nodes, cut_at_barriers
from access92.network.lines import StreetLines
from access92.network.modes import Mode
from access92.network.signals import entry_waits, has_signals, nodes_in_junctions
from access92.sources.streets.traffic import TrafficRules


@dataclass(frozen=True, slots=True, eq=False)
class NodeEffects:
    """What nodes do to the streets that a mode can use, n of them.

    Attributes
    ----------
    ends
        from_node and to_node of each street, int64 (2, n); at a node that stops the mode each street has a number of
        its own, so that none leads on.
    waits_ms
        Whole milliseconds to add to the forward and to the backward direction, int64 (2, n).
    behind_private_gate
        Streets that a private or locked gate sets apart from all others: open to trips that begin or end there, never
        to pass through (bool, (n,)).
    """

    ends: np.ndarray
    waits_ms: np.ndarray
    behind_private_gate: np.ndarray


def node_effects(
    streets: pd.DataFrame, usable: np.ndarray, lines: StreetLines, traffic: TrafficRules | None, mode: Mode
) -> NodeEffects:
    """The effects of barriers and signals on the usable streets (rows of the table), before the graph is made of them.

    Examples
    --------
    >>> import shapely
    >>> from access92.network.lines import street_lines
    >>> from access92.network.modes import read_modes
    >>> streets = pd.DataFrame({"from_node": [1], "to_node": [2], "highway": ["service"]})
    >>> nodes = pd.DataFrame({"node_id": [2], "x": [50.0], "y": [0.0], "barrier": ["gate"]})
    >>> line = street_lines(np.array([shapely.LineString([(0, 0), (50, 0)])]))
    >>> effects = node_effects(
    ...     streets, np.array([0]), line, TrafficRules(nodes, pd.DataFrame()), read_modes()["car"])
    >>> effects.ends.tolist(), effects.waits_ms.tolist()
    ([[1], [2]], [[30000], [0]])
    """
    ends = np.stack([streets[name].to_numpy(np.int64)[usable] for name in ("from_node", "to_node")])
    nobody = np.zeros(len(usable), dtype=bool)
    if traffic is None or len(traffic.nodes) == 0:
        return NodeEffects(ends, np.zeros(ends.shape, dtype=np.int64), nobody)
    barriers = barrier_nodes(traffic.nodes, mode)
    waits_s = _barrier_waits(ends, barriers)

    # junctions are places, not numbers: they are found before nodes are cut
    if mode.waits_at_signals:
        places = lines.coordinates[np.stack([lines.offsets[usable], lines.offsets[usable + 1] - 1])]
        signals = traffic.nodes.loc[has_signals(traffic.nodes), ["x", "y"]].to_numpy(float)
        _, first, of_end = np.unique(ends.reshape(-1), return_index=True, return_inverse=True)
        x, y = places.reshape(-1, 2)[first].T
        junction = nodes_in_junctions(x, y, *signals.T)[of_end.reshape(-1)].reshape(ends.shape)
        waits_s += entry_waits(junction, mode.signal_s)

    highway = streets["highway"].astype(str).to_numpy()[usable]
    cut, behind = _open_estates(ends, highway, barriers)
    return NodeEffects(cut, np.rint(waits_s * 1000).astype(np.int64), behind)


def _barrier_waits(ends: np.ndarray, barriers: BarrierNodes) -> np.ndarray:
    """Seconds at the barrier that each direction comes to: forward comes to to_node, backward to from_node."""
    if len(barriers.slow) == 0:
        return np.zeros(ends.shape)
    at = np.minimum(np.searchsorted(barriers.slow, ends), len(barriers.slow) - 1)
    waits_s: np.ndarray = np.where(barriers.slow[at] == ends, barriers.slow_s[at], 0.0)[::-1].copy()
    return waits_s


def _open_estates(ends: np.ndarray, highway: np.ndarray, barriers: BarrierNodes) -> tuple[np.ndarray, np.ndarray]:
    """The ends cut at all barriers but the gates of estates, and the streets of these estates.

    Who lives behind a private gate, or is visited there, passes it. Streets that only such gates join to the largest
    part of the network are an estate: their gates stay open, and their streets are private. A private gate between two
    streets that are joined some other way stays shut.
    """
    cut = cut_at_barriers(ends, highway, barriers)
    at_gate = np.isin(ends, barriers.private)
    if not at_gate.any():
        return cut, np.zeros(ends.shape[1], dtype=bool)

    # the parts that the cuts leave, whatever the directions; the largest by number of streets is not behind a gate
    _, codes = np.unique(cut, return_inverse=True)
    start, end = codes.reshape(2, -1)
    count = int(codes.max()) + 1
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    _, part_of_node = connected_components(graph, directed=False)
    part = part_of_node[start]
    outside = part == int(np.bincount(part).argmax())
    gated = np.zeros(int(part.max()) + 1, dtype=bool)
    gated[part[at_gate.any(axis=0) & ~outside]] = True
    behind = gated[part]
    gates = np.unique(ends[:, behind][at_gate[:, behind]])
    opened = np.where(np.isin(ends, gates), ends, cut)
    return opened, behind
