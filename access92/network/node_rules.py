"""What the rules of nodes do to the graph of a mode: cuts at barriers, waits at barriers and at signals."""

from __future__ import annotations

import numpy as np

from access92.network.barriers import barrier_nodes, cut_at_barriers
from access92.network.modes import Mode
from access92.network.signals import entry_waits, has_signals, nodes_in_junctions
from access92.sources.streets.traffic import TrafficRules


def cut_and_waits(
    ends: np.ndarray, places: np.ndarray, highway: np.ndarray, traffic: TrafficRules | None, mode: Mode
) -> tuple[np.ndarray, np.ndarray]:
    """New node numbers of the ends of streets, and whole milliseconds to add to each direction.

    Parameters
    ----------
    ends
        from_node and to_node of each street, int64 (2, n).
    places
        x and y of these ends, in the CRS of the rules, float64 (2, n, 2).
    highway
        The class of each street, (n,).

    Returns
    -------
    cut
        As ``ends``; at a node that stops the mode each street has a number of its own, so that none leads on.
    waits_ms
        int64 (2, n): what is added to the forward and to the backward direction, which end at to_node and from_node.

    Examples
    --------
    >>> import pandas as pd
    >>> from access92.network.modes import read_modes
    >>> nodes = pd.DataFrame({"node_id": [2], "x": [50.0], "y": [0.0], "barrier": ["gate"]})
    >>> rules = TrafficRules(nodes, pd.DataFrame())
    >>> ends, places = np.array([[1], [2]]), np.array([[[0.0, 0.0]], [[50.0, 0.0]]])
    >>> cut, waits_ms = cut_and_waits(ends, places, np.array(["service"]), rules, read_modes()["car"])
    >>> cut.tolist(), waits_ms.tolist()
    ([[1], [2]], [[30000], [0]])
    """
    waits_s = np.zeros(ends.shape)
    if traffic is None or len(traffic.nodes) == 0 or ends.size == 0:
        return ends, np.rint(waits_s).astype(np.int64)
    barriers = barrier_nodes(traffic.nodes, mode)

    # a barrier takes its time of whoever comes to it; the forward direction comes to to_node
    if len(barriers.slow):
        at = np.minimum(np.searchsorted(barriers.slow, ends), len(barriers.slow) - 1)
        waits_s += np.where(barriers.slow[at] == ends, barriers.slow_s[at], 0.0)[::-1]

    # junctions are places, not numbers: they are found before nodes are cut
    if mode.waits_at_signals:
        signals = traffic.nodes.loc[has_signals(traffic.nodes), ["x", "y"]].to_numpy(float)
        _, first, of_end = np.unique(ends.reshape(-1), return_index=True, return_inverse=True)
        x, y = places.reshape(-1, 2)[first].T
        junction = nodes_in_junctions(x, y, *signals.T)[of_end.reshape(-1)].reshape(ends.shape)
        waits_s += entry_waits(junction, mode.signal_s)
    return cut_at_barriers(ends, highway, barriers), np.rint(waits_s * 1000).astype(np.int64)
