"""The graph of the streets that a mode may use, but for its times: of modes that differ in these only, the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from access92._concurrency import LockedCache, locked_cached_property
from access92._space import hilbert_distance
from access92.network.estates import behind_private
from access92.network.junctions import JunctionGraph, split_junctions
from access92.network.lines import StreetLines
from access92.network.modes import Family
from access92.network.reach import Reach, measure_reach, node_mask, node_ranks, nodes_between
from access92.network.turns import (
    DirectedStreets,
    TurnBans,
    TurnCounts,
    TurnStates,
    ban_turns,
    direct_streets,
)
from access92.sources.streets.traffic import TrafficRules


@dataclass(frozen=True, slots=True, eq=False)
class UsableStreets:
    """The streets of a table that a mode may use, n of them, and in which directions.

    ``row``: of the table (int64, ascending); ``ends``: (2, n) as of :class:`access92.network.node_rules.NodeEffects`;
    ``private``, ``may_forward``, ``may_backward``: bool (n,). ``family``: whose restrictions of turns hold.
    """

    row: np.ndarray
    ends: np.ndarray
    private: np.ndarray
    may_forward: np.ndarray
    may_backward: np.ndarray
    family: Family

    def digest(self) -> bytes:
        """Equal for equal streets only."""
        digest = hashlib.sha256(f"{self.family} {len(self.row)}".encode())
        for array in (self.row, self.ends, self.private, self.may_forward, self.may_backward):
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        return digest.digest()


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """The graph of some usable streets (n): its core, what leads there, where one goes from there; without times.

    ``node_x``/``node_y``: metres, along a Hilbert curve. ``joined`` (bool (n,)): the streets that it holds, k of them;
    ``left_out`` (bool (n,)): the open ones that it does not. ``leave``, ``arrive``: int32 (k, 2) nodes, at the end and
    at the start, at the start and at the end, as of :class:`access92.network.graph.Network`; ``serves_demand``,
    ``serves_services``: bool (k,). ``tail``, ``head``: nodes of the arcs (int32); ``street``: the directed street that
    each travels (twice the position of a usable street, one more against it), -1 where it takes no time.
    """

    node_x: np.ndarray
    node_y: np.ndarray
    joined: np.ndarray
    left_out: np.ndarray
    leave: np.ndarray
    arrive: np.ndarray
    serves_demand: np.ndarray
    serves_services: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    street: np.ndarray
    junctions: int
    cut_off_nodes: int
    turns: TurnCounts


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """The graph of all the usable streets, before any is closed."""

    start: np.ndarray
    end: np.ndarray
    directed: DirectedStreets
    graph: JunctionGraph
    reach: Reach
    turns: TurnCounts


@dataclass(frozen=True, eq=False)
class Topologies:
    """The graphs of a table of streets, each made at the first question; a walker and a slower one share theirs.

    ``lines``: of all the streets; ``traffic``: the rules of their nodes and turns.
    """

    streets: gpd.GeoDataFrame
    lines: StreetLines
    traffic: TrafficRules | None = None

    def of(self, usable: UsableStreets, closed: np.ndarray | None = None) -> Topology | None:
        """That of the usable streets without the closed ones (bool, by street of the table); None without a core.

        Estates, turns and the core are those of all the usable streets: nothing opens because something closes.
        """
        key = usable.digest()
        whole = self._wholes.get(key, lambda: self._find_whole(usable))
        without = b"" if closed is None else np.packbits(closed).tobytes()
        return self._parts.get((key, without), lambda: self._find(whole, usable, closed))

    @locked_cached_property
    def _parts(self) -> LockedCache[Topology | None]:
        return LockedCache()

    @locked_cached_property
    def _wholes(self) -> LockedCache[_Whole]:
        return LockedCache()

    def _find_whole(self, usable: UsableStreets) -> _Whole:
        """Junctions, copied where a turn is banned or a private street begins, and their core."""
        codes, _ = node_ranks(usable.ends)
        start, end = codes.reshape(2, -1)
        estates = behind_private(start, end, usable.private)
        directed = direct_streets(start, end, usable.may_forward, usable.may_backward, estates)
        bans = TurnBans()
        if self.traffic is not None and len(self.traffic.restrictions):
            bans = ban_turns(self.traffic.restrictions, self.streets, usable.row, directed, usable.family)
        graph = split_junctions(directed, TurnStates(bans.sequences))
        reach = measure_reach(graph.tail, graph.head, graph.street, len(graph.junction))
        return _Whole(start, end, directed, graph, reach, bans.counts)

    def _find(self, whole: _Whole, usable: UsableStreets, closed: np.ndarray | None) -> Topology | None:
        start, end, directed = whole.start, whole.end, whole.directed

        # what a scenario closes goes now that all is decided; the core, whence it is reached and what is reached from
        # it: of no other street any place is of use
        count = len(usable.row)
        is_closed = np.zeros(count, dtype=bool) if closed is None else closed[usable.row]
        is_open = directed.is_open & ~np.repeat(is_closed, 2)
        graph, reach = _close(whole, is_closed)
        if not (reach.core[graph.tail] & reach.core[graph.head]).any():
            return None
        serves_demand = (is_open & reach.reaches[graph.leave]).reshape(-1, 2).any(axis=1)
        serves_services = (is_open & reach.is_reached[graph.arrive]).reshape(-1, 2).any(axis=1)
        leave, arrive = graph.leave.reshape(-1, 2), graph.arrive.reshape(-1, 2)
        kept = _kept_nodes(graph, reach, leave[serves_demand], arrive[serves_services])
        kept_arcs = kept[graph.tail] & kept[graph.head] & (graph.street >= 0)
        joined = np.zeros(count, dtype=bool)
        joined[graph.street[kept_arcs] // 2] = True
        present = node_mask(len(directed.streets_at), start[~is_closed], end[~is_closed])
        joined_count = int(present[node_mask(len(present), graph.junction[kept])].sum())

        # nodes along a Hilbert curve: a search then reads and writes near where it has just been; a junction's copies
        # are side by side. A street may end at a copy that leads nowhere: it is a node all the same
        leave, arrive = leave[joined], arrive[joined]
        kept[leave], kept[arrive] = True, True
        x, y = _end_points(self.lines, usable.row, start, end, len(directed.streets_at))
        node_x, node_y = x[graph.junction], y[graph.junction]
        order = _hilbert_order(node_x, node_y, np.flatnonzero(kept))
        rank = np.full(len(kept), -1, dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        stay = kept[graph.tail] & kept[graph.head]
        return Topology(
            node_x=node_x[order],
            node_y=node_y[order],
            joined=joined,
            left_out=~joined & ~is_closed,
            leave=rank[leave],
            arrive=rank[arrive],
            serves_demand=serves_demand[joined],
            serves_services=serves_services[joined],
            tail=rank[graph.tail[stay]],
            head=rank[graph.head[stay]],
            street=graph.street[stay],
            junctions=joined_count,
            cut_off_nodes=int(present.sum()) - joined_count,
            turns=whole.turns,
        )


def _close(whole: _Whole, is_closed: np.ndarray) -> tuple[JunctionGraph, Reach]:
    """The graph without some streets (bool), and the reach of its core, which lies in the core of the whole."""
    graph = whole.graph
    if not is_closed.any():
        return graph, whole.reach
    stay = (graph.street < 0) | ~is_closed[graph.street // 2]
    left = replace(graph, tail=graph.tail[stay], head=graph.head[stay], street=graph.street[stay])
    return left, measure_reach(left.tail, left.head, left.street, len(left.junction), within=whole.reach.core)


def _kept_nodes(graph: JunctionGraph, reach: Reach, leave: np.ndarray, arrive: np.ndarray) -> np.ndarray:
    """The nodes (bool) of the core, of what reaches it and is reached from it, and of ways that pass it by.

    ``leave`` and ``arrive``: the nodes where trips begin and end.
    """
    kept: np.ndarray = reach.reaches | reach.is_reached
    outside = ~kept[graph.tail] | ~kept[graph.head]
    tail, head = graph.tail[outside], graph.head[outside]
    if len(tail):
        sources = node_mask(len(kept), leave, tail[kept[tail]])
        targets = node_mask(len(kept), arrive, head[kept[head]])
        kept |= nodes_between(tail, head, len(kept), np.flatnonzero(sources), np.flatnonzero(targets))
    return kept


def _end_points(
    lines: StreetLines,
    rows: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    node_count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the nodes, from the first and last vertex of the streets that meet there."""
    x, y = np.full(node_count, np.nan), np.full(node_count, np.nan)
    x[end], y[end] = lines.coordinates[lines.offsets[rows + 1] - 1].T
    x[start], y[start] = lines.coordinates[lines.offsets[rows]].T
    return x, y


def _hilbert_order(x: np.ndarray, y: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """The nodes along a Hilbert curve: neighbours in space become neighbours in memory."""
    return nodes[np.argsort(hilbert_distance(x[nodes], y[nodes]), kind="stable")]  # nodes ascend: equals stay in order
