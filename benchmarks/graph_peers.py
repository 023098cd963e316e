"""Other shortest-path libraries on our network, each asked the same three questions."""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from access92.network.graph import Network

SOME = 5
"""Sources given to a peer that would take too long with all of them."""

_MANY = 10_000
_PANDANA_NOTHING = 4_000_000  # pandana's word for « not reached » is 4294967.295
_FAR_S = 24 * 3600.0

Within = Callable[[np.ndarray, int], int]
Nearest = Callable[[np.ndarray], np.ndarray]
Matrix = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class Peer:
    """One library with its own graph, reversed as ours.

    ``within``: nodes reached from the first ``sources`` within a limit, all together; ``nearest``: ms of each
    node to the nearest source; ``matrix``: ms sources × targets, not finite beyond the limit. None: no such thing.
    """

    name: str
    sources: int
    within: Within
    nearest: Nearest | None
    matrix: Matrix | None
    build_s: float = 0.0
    slow: bool = False

    def repeats(self, wanted: int) -> int:
        """How often to ask: three times what is slow."""
        return min(wanted, 3) if self.slow else wanted


def open_peers(network: Network) -> list[Peer]:
    """Every peer that is installed, its graph built."""
    openers: dict[str, Callable[[Network], Peer]] = {
        "networkx": _networkx, "igraph": _igraph, "networkit": _networkit, "rustworkx": _rustworkx, "pandana": _pandana,
    }  # fmt: skip
    found = open_scipy(network)
    for name, opener in openers.items():
        if importlib.util.find_spec(name) is not None:
            found.append(opener(network))
    return found


def open_scipy(network: Network) -> list[Peer]:
    """The peer of scipy alone: the one for the largest graphs."""
    tail, head, ms = reversed_edges(network)
    graph = csr_array((ms.astype(float), (tail, head)), shape=(network.node_count,) * 2)

    def within(sources: np.ndarray, limit_ms: int) -> int:
        return int(np.isfinite(dijkstra(graph, indices=sources, limit=limit_ms)).sum())

    def nearest(sources: np.ndarray) -> np.ndarray:
        times: np.ndarray = dijkstra(graph, indices=sources, min_only=True)
        return times

    def matrix(sources: np.ndarray, targets: np.ndarray, limit_ms: int) -> np.ndarray:
        times: np.ndarray = dijkstra(graph, indices=sources, limit=limit_ms)[:, targets]
        return times

    return [Peer("scipy", _MANY, within, nearest, matrix)]


def reversed_edges(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arcs that a search follows, from, to, ms; of parallel ones the shortest."""
    start = np.repeat(np.arange(network.node_count, dtype=np.int64), np.diff(network.arc_start))
    end, ms = network.arcs[:, 0].astype(np.int64), network.arcs[:, 1]
    order = np.lexsort((ms, end, start))
    start, end, ms = start[order], end[order], ms[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    return start[first], end[first], ms[first]


def _networkx(network: Network) -> Peer:
    import networkx as nx  # noqa: PLC0415 - a peer

    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(*(part.tolist() for part in reversed_edges(network)), strict=True))

    def within(sources: np.ndarray, limit_ms: int) -> int:
        lengths = nx.single_source_dijkstra_path_length
        return sum(len(lengths(graph, node, cutoff=limit_ms)) for node in sources[:SOME].tolist())

    def nearest(sources: np.ndarray) -> np.ndarray:
        return _spread(nx.multi_source_dijkstra_path_length(graph, set(sources.tolist())), network.node_count)

    return Peer("NetworkX", SOME, within, nearest, None, slow=True)


def _igraph(network: Network) -> Peer:
    import igraph  # noqa: PLC0415 - a peer

    start, end, ms = reversed_edges(network)
    graph = igraph.Graph(n=network.node_count, edges=np.stack([start, end], axis=1), directed=True)
    weights = ms.tolist()

    def within(sources: np.ndarray, limit_ms: int) -> int:
        times = np.array(graph.distances(source=sources[:SOME].tolist(), weights=weights))
        return int((times <= limit_ms).sum())

    def matrix(sources: np.ndarray, targets: np.ndarray, limit_ms: int) -> np.ndarray:
        unique, which = np.unique(targets, return_inverse=True)
        found = graph.distances(source=sources.tolist(), target=unique.tolist(), weights=weights)
        times = np.array(found, dtype=float)[:, which]
        times[times > limit_ms] = np.inf
        return times

    return Peer("igraph", SOME, within, None, matrix, slow=True)


def _networkit(network: Network) -> Peer:
    import networkit as nk  # noqa: PLC0415 - a peer

    start, end, ms = reversed_edges(network)
    graph = nk.GraphFromCoo((ms.astype(float), (start, end)), n=network.node_count, weighted=True, directed=True)

    def within(sources: np.ndarray, limit_ms: int) -> int:
        reached = 0
        for node in sources[:SOME].tolist():
            found = nk.distance.Dijkstra(graph, node, storePaths=False)
            found.run()
            reached += int((np.asarray(found.getDistances(asarray=True)) <= limit_ms).sum())
        return reached

    return Peer("NetworKit", SOME, within, None, None, slow=True)


def _rustworkx(network: Network) -> Peer:
    import rustworkx as rx  # noqa: PLC0415 - a peer

    graph = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(network.node_count))
    graph.add_edges_from(list(zip(*(part.tolist() for part in reversed_edges(network)), strict=True)))

    def within(sources: np.ndarray, limit_ms: int) -> int:
        reached = 0
        for node in sources[:SOME].tolist():
            found = rx.digraph_dijkstra_shortest_path_lengths(graph, node, float)
            reached += 1 + sum(length <= limit_ms for length in found.values())  # it leaves the source out
        return reached

    return Peer("rustworkx", SOME, within, None, None, slow=True)


def _pandana(network: Network) -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandana  # noqa: PLC0415 - a peer

    start, end, ms = reversed_edges(network)
    begin = time.perf_counter()
    graph = pandana.Network(
        pd.Series(network.node_x), pd.Series(network.node_y), pd.Series(start), pd.Series(end),
        pd.DataFrame({"s": ms / 1000}), twoway=False,
    )  # fmt: skip
    build_s = time.perf_counter() - begin

    def within(sources: np.ndarray, limit_ms: int) -> int:
        return len(graph.nodes_in_range(sources.tolist(), limit_ms / 1000))

    def nearest(sources: np.ndarray) -> np.ndarray:
        graph.set_pois("services", _FAR_S, 1, network.node_x[sources], network.node_y[sources])
        found: Any = graph.nearest_pois(_FAR_S, "services", num_pois=1)
        seconds = found[1].to_numpy(float)
        return np.where(seconds >= _FAR_S, np.nan, seconds * 1000)

    def matrix(sources: np.ndarray, targets: np.ndarray, limit_ms: int) -> np.ndarray:
        pairs = np.repeat(sources, len(targets)), np.tile(targets, len(sources))
        seconds = np.array(graph.shortest_path_lengths(*pairs)).reshape(len(sources), -1)
        seconds[(seconds >= _PANDANA_NOTHING) | (seconds * 1000 > limit_ms)] = np.nan
        return seconds * 1000

    return Peer("pandana", SOME, within_some(within), nearest, matrix, build_s=build_s, slow=True)


def within_some(within: Within) -> Within:
    """The same question for the first few sources only."""
    return lambda sources, limit_ms: within(sources[:SOME], limit_ms)


def _spread(found: dict[int, float], count: int) -> np.ndarray:
    times = np.full(count, np.nan)
    times[list(found)] = list(found.values())
    return times
