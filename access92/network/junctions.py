"""Junctions as a traveller meets them: one node, or several where what came before decides how to go on.

Two things come before: the street travelled last, where a turn is banned, and how far the trip has come, where streets
are private. Only such junctions are copied; a search then runs on plain arcs and needs to remember nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from access92.network.turns import DirectedStreets, TurnStates

_START, _PUBLIC, _END = 0, 1, 2
"""The stages of a trip: out of a private estate, on streets for all, in a private estate."""

_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class JunctionGraph:
    """A directed graph of junctions and their copies.

    Attributes
    ----------
    junction
        By node the junction (position) that it is, or is a copy of.
    tail, head, street
        By arc its nodes and the directed street that it travels; -1 where it takes no time: from one stage of a trip to
        the next, or to a node that only ends trips.
    leave
        By directed street the node where one who lives on that street leaves it (even one that is closed: who lives at
        its very end).
    arrive
        By directed street the node from which one goes along it to a place on it.
    """

    junction: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    street: np.ndarray
    leave: np.ndarray
    arrive: np.ndarray


def split_junctions(directed: DirectedStreets, turns: TurnStates) -> JunctionGraph:
    """The junctions of a mode, copied where a turn is banned or a private street begins.

    A trip goes through private streets at its start and at its end, never between: a junction of private streets has a
    copy for each stage that it may be met in. It has one more for each beginning of a banned sequence that ends there.

    >>> from access92.network.turns import direct_streets
    >>> ends = np.array([0, 1]), np.array([1, 2])
    >>> street = direct_streets(*ends, np.ones(2, bool), np.ones(2, bool), np.array([False, True]))
    >>> split_junctions(street, TurnStates([])).junction.tolist()
    [0, 1, 1, 2, 1, 2]
    """
    nodes = _Nodes(directed, turns)
    arcs = [_plain_arcs(directed, nodes), _copy_arcs(directed, turns, nodes), _stage_arcs(nodes)]

    # who lives on a street leaves it as one who has come along it
    leave = np.where(directed.private, nodes.plain[_START, directed.head], nodes.plain[_PUBLIC, directed.head])
    for stage in (_START, _PUBLIC):
        numbers = np.flatnonzero(directed.is_open & (directed.private == (stage == _START)))
        leave[numbers] = nodes.heads(numbers, stage)

    # a place on a street is reached from all copies of its junction that allow the turn, by way of a node of its own
    arrive = np.where(directed.private, nodes.plain[_END, directed.tail], nodes.plain[_PUBLIC, directed.tail])
    gates: dict[tuple[int, ...], int] = {}
    gate_junctions = []
    for step, sources in _copied_sources(directed, turns, nodes, arrive):
        if sources not in gates:
            gates[sources] = len(nodes.junction) + len(gates)
            gate_junctions.append(directed.tail[step])
            to_gate = np.full(len(sources), gates[sources])
            arcs.append(np.array([sources, to_gate, np.full(len(sources), _NONE)]))
        arrive[step] = gates[sources]
    tail, head, street = np.hstack(arcs)
    junction = np.append(nodes.junction, np.array(gate_junctions, dtype=np.int64))
    return JunctionGraph(junction=junction, tail=tail, head=head, street=street, leave=leave, arrive=arrive)


def _plain_arcs(directed: DirectedStreets, nodes: _Nodes) -> np.ndarray:
    """From each junction, of one who has come by no street that counts: (3, n) tail, head, directed street."""
    arcs = []
    for stage in (_START, _PUBLIC, _END):
        numbers = np.flatnonzero(directed.is_open & (directed.private == (stage != _PUBLIC)))
        arcs.append(np.stack([nodes.plain[stage, directed.tail[numbers]], nodes.heads(numbers, stage), numbers]))
    return np.hstack(arcs)


def _copy_arcs(directed: DirectedStreets, turns: TurnStates, nodes: _Nodes) -> np.ndarray:
    """From each copy, what the streets before allow: (3, n) as of :func:`_plain_arcs`."""
    arcs: list[tuple[int, int, int]] = []
    for state in range(1, len(turns) + 1):
        for step in directed.leaving(int(directed.head[turns.last(state)])):
            after = turns.after(state, step)
            for stage in (_START, _END) if directed.private[step] else (_PUBLIC,):
                node = int(nodes.copies[stage, state])
                if after is not None and node != _NONE:
                    head = nodes.copies[stage, after] if after else nodes.plain[stage, directed.head[step]]
                    arcs.append((node, int(head), step))
    return np.array(arcs, dtype=np.int64).reshape(-1, 3).T


def _stage_arcs(nodes: _Nodes) -> np.ndarray:
    """From one stage of a trip to the next, at one junction and in no time: (3, n) as of :func:`_plain_arcs`."""
    arcs = []
    for table in (nodes.plain, nodes.copies):
        exists = table != _NONE
        for stage, later in ((_START, _PUBLIC), (_PUBLIC, _END), (_START, _END)):
            both = exists[stage] & exists[later]
            if later - stage > 1:
                both &= ~exists[_PUBLIC]
            arcs.append(np.stack([table[stage, both], table[later, both], np.full(int(both.sum()), _NONE)]))
    return np.hstack(arcs)


def _copied_sources(
    directed: DirectedStreets, turns: TurnStates, nodes: _Nodes, plain: np.ndarray
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each directed street at whose beginning a junction has copies, and the nodes from which it may be taken.

    ``plain``: by directed street the node of one who has come by no street that counts.
    """
    copied = np.zeros(len(directed.first) - 1, dtype=bool)
    copied[list(nodes.states_at)] = True
    for step in np.flatnonzero(copied[directed.tail]).tolist():
        stage = _END if directed.private[step] else _PUBLIC
        # at the very end of a street that is closed in this direction, one stands at the junction: no turn is made
        states = [
            state
            for state in nodes.states_at[int(directed.tail[step])]
            if not directed.is_open[step] or turns.after(state, step) is not None
        ]
        copies = [int(node) for node in nodes.copies[stage, states] if node != _NONE]
        if copies:
            yield step, (int(plain[step]), *copies)


class _Nodes:
    """The numbers of junctions and copies, -1 where none is: ``plain[stage, junction]``, ``copies[stage, state]``."""

    def __init__(self, directed: DirectedStreets, turns: TurnStates) -> None:
        # a junction is met on the streets of all if one of them ends there, in an estate if a private one does
        count = len(directed.first) - 1
        met = np.zeros((3, count), dtype=bool)
        met[_PUBLIC, directed.tail[~directed.private]] = True
        met[_START, directed.tail[directed.private]] = True
        met[_END] = met[_START]
        order = np.argsort(met.nonzero()[0] == _START, kind="stable")  # public ones first
        self.plain = np.full((3, count), _NONE, dtype=np.int64)
        stages, junctions = met.nonzero()
        self.plain[stages[order], junctions[order]] = np.arange(len(order))

        # one who has come by a public street is not at the start of a trip any more
        last = np.array([turns.last(state) for state in range(1, len(turns) + 1)], dtype=np.int64)
        at = directed.head[last]
        exists = met[:, at]
        exists[_START] &= directed.private[last]
        self.copies = np.full((3, len(turns) + 1), _NONE, dtype=np.int64)
        stages, states = exists.nonzero()
        self.copies[stages, states + 1] = len(order) + np.arange(len(stages))
        self.junction = np.concatenate([junctions[order], at[states]])
        self.states_at: dict[int, list[int]] = {}
        for state, junction in enumerate(at.tolist(), start=1):
            self.states_at.setdefault(junction, []).append(state)
        self._first_states = turns.first_states(len(directed.tail))
        self._head = directed.head

    def heads(self, numbers: np.ndarray, stage: int) -> np.ndarray:
        """The nodes that directed streets lead to, of one who has travelled nothing before."""
        states = self._first_states[numbers]
        nodes: np.ndarray = np.where(states > 0, self.copies[stage, states], self.plain[stage, self._head[numbers]])
        return nodes
