"""Turn restrictions of a mode, as sequences of directed streets that nobody travels in a row.

A directed street is a number: twice the position of the street along its line, and one more against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from access92.network.modes import Family

_FORBIDDING = frozenset({"no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit"})
_OBLIGING = frozenset({"only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn"})
_U_TURNS = frozenset({"no_u_turn", "only_u_turn"})

_VEHICLES: Mapping[Family, frozenset[str]] = MappingProxyType(
    {
        "foot": frozenset(),
        "bicycle": frozenset({"bicycle", "vehicle"}),
        "car": frozenset({"motorcar", "motor_vehicle", "vehicle"}),
    }
)
"""The words of OSM that mean the vehicle of a family, in ``except`` and after ``restriction:``."""

_PASSED_THROUGH = 2
"""Streets at a node that offers no choice but to go on or to turn round."""


class _UnclearError(Exception):
    """The streets of a restriction do not meet at one place, or pass through it."""


class _MissingError(Exception):
    """A street of a restriction is not in the table."""


@dataclass(frozen=True, slots=True)
class TurnCounts:
    """How many restrictions that concern the family of a mode hold, and how many are left out, and why.

    Attributes
    ----------
    applied
        Those that hold, or whose streets the mode may not use anyway.
    missing
        A street is not in the table.
    unclear
        Their streets do not meet at one place, or pass through it.
    unknown
        Of a kind that is not known.
    conditional
        They hold at certain hours only.
    """

    applied: int = 0
    missing: int = 0
    unclear: int = 0
    unknown: int = 0
    conditional: int = 0


@dataclass(frozen=True, slots=True)
class TurnBans:
    """What a mode may not turn: directed streets that may not follow one another, two or more of each, sorted."""

    sequences: tuple[tuple[int, ...], ...] = ()
    counts: TurnCounts = TurnCounts()


@dataclass(frozen=True, slots=True, eq=False)
class DirectedStreets:
    """The streets that a mode may use, by both directions: arrays by directed street, in CSR form by node.

    ``tail`` and ``head``: nodes (positions); ``is_open`` and ``private``: bool. ``out[first[v] : first[v + 1]]`` are
    the open directed streets that leave node v, ascending; ``streets_at``: street ends at each node.
    """

    tail: np.ndarray
    head: np.ndarray
    is_open: np.ndarray
    private: np.ndarray
    first: np.ndarray
    out: np.ndarray
    streets_at: np.ndarray

    def leaving(self, node: int) -> list[int]:
        """The open directed streets that leave a node."""
        numbers: list[int] = self.out[self.first[node] : self.first[node + 1]].tolist()
        return numbers


def direct_streets(
    start: np.ndarray, end: np.ndarray, may_forward: np.ndarray, may_backward: np.ndarray, private: np.ndarray
) -> DirectedStreets:
    """Both directions of each street, from the nodes (positions) at its ends.

    >>> one_way = direct_streets(np.array([0]), np.array([1]), np.array([True]), np.array([False]), np.array([False]))
    >>> one_way.leaving(0), one_way.leaving(1)
    ([0], [])
    """
    tail, head = _both(start, end), _both(end, start)
    is_open = _both(may_forward, may_backward)
    node_count = int(tail.max()) + 1 if len(tail) else 0
    numbers = np.flatnonzero(is_open)
    out = numbers[np.argsort(tail[numbers], kind="stable")]
    first = np.append(0, np.cumsum(np.bincount(tail[numbers], minlength=node_count)))
    return DirectedStreets(
        tail=tail, head=head, is_open=is_open, private=np.repeat(private, 2), first=first, out=out,
        streets_at=np.bincount(tail, minlength=node_count),
    )  # fmt: skip


def _both(along: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Values along and against each street, by directed street."""
    return np.stack([along, against], axis=1).reshape(-1)


def ban_turns(
    restrictions: pd.DataFrame,
    streets: pd.DataFrame,
    usable: np.ndarray,
    directed: DirectedStreets,
    family: Family,
) -> TurnBans:
    """The sequences of directed streets that a mode may not travel, and what is left out.

    A restriction forbids one way on, or all but one; several that oblige from the same street allow each of theirs.
    Where ways lie between, only those who come by all of them are concerned. Where a vehicle would be free to turn
    round at the next junction, no restriction would be worth its sign: at the far end of each street that leaves a
    restricted junction nobody turns round, but in a dead end.

    Parameters
    ----------
    restrictions
        As :attr:`access92.sources.streets.traffic.TrafficRules.restrictions`.
    streets
        The streets table: ``edge_id`` « w<way>-<rank> », ``from_node``, ``to_node``.
    usable
        The rows of the streets that the mode may use; ``directed`` are their directions.

    References
    ----------
    OpenStreetMap wiki, « Relation:restriction » (kinds, ``except``, ``restriction:<vehicle>``; 2024).
    """
    vehicles = _VEHICLES[family]
    records: list[dict[Any, Any]] = restrictions.to_dict("records") if vehicles else []
    rows = [row for row in records if _concerns(row, vehicles)]
    known = [row for row in rows if row["kind"] in _FORBIDDING | _OBLIGING]
    steady = [row for row in known if not row["condition"]]
    ways = _Ways(streets, usable, {way for row in steady for way in _ways_of(row)})
    missing = unclear = 0
    forbidden: set[tuple[int, ...]] = set()
    obliged: dict[tuple[int, ...], set[int]] = {}
    for row in steady:
        try:
            sequences = list(_sequences(row, ways))
        except _MissingError:
            missing += 1
            continue
        except _UnclearError:
            unclear += 1
            continue
        for sequence in sequences:
            if not all(step >= 0 and directed.is_open[step] for step in sequence):
                continue  # a way that the mode may not go anyway
            if row["kind"] in _FORBIDDING:
                forbidden.add(sequence)
            else:
                obliged.setdefault(sequence[:-1], set()).add(sequence[-1])

    # what one must do is what one must not do, with all the others
    for before, allowed in obliged.items():
        others = set(directed.leaving(int(directed.head[before[-1]]))) - allowed
        forbidden |= {(*before, other) for other in others}
    restricted = sorted({int(directed.tail[sequence[-1]]) for sequence in forbidden})
    forbidden |= set(_u_turns(directed, restricted))
    counts = TurnCounts(
        applied=len(steady) - missing - unclear,
        missing=missing,
        unclear=unclear,
        unknown=len(rows) - len(known),
        conditional=len(known) - len(steady),
    )
    return TurnBans(tuple(sorted(forbidden)), counts)


def _concerns(row: Mapping[str, object], vehicles: frozenset[str]) -> bool:
    """Whether a restriction is one for these vehicles."""
    excepted = {word.strip() for word in str(row["except_for"]).split(";")}
    return (row["only_for"] == "" or row["only_for"] in vehicles) and not excepted & vehicles


def _ways_of(row: Mapping[str, object]) -> list[int]:
    """The OSM ways of a restriction, in the order of travel."""
    via = [int(word) for word in str(row["via_ways"]).split(";") if word.strip()]
    return [int(str(row["from_way"])), *via, int(str(row["to_way"]))]


class _Ways:
    """The streets of some OSM ways, in their order along the way: (directed street along, from node, to node).

    The directed street is negative where the mode may not use the street at all.
    """

    def __init__(self, streets: pd.DataFrame, usable: np.ndarray, wanted: set[int]) -> None:
        # names are taken apart only where a way is asked for: there are some hundred thousand of them
        names = {str(way) for way in wanted}
        ranked: dict[int, list[tuple[int, int]]] = {}
        for row, edge_id in enumerate(streets["edge_id"].astype(str).tolist() if wanted else []):
            way, _, rank = edge_id[1:].rpartition("-")
            if way in names and edge_id[0] == "w" and rank.isdigit():
                ranked.setdefault(int(way), []).append((int(rank), row))
        position = np.full(len(streets), -1, dtype=np.int64)
        position[usable] = np.arange(len(usable))
        start, end = streets["from_node"].to_numpy(np.int64), streets["to_node"].to_numpy(np.int64)
        self._edges = {
            way: [(int(2 * position[row]), int(start[row]), int(end[row])) for _, row in sorted(ranks)]
            for way, ranks in ranked.items()
        }

    def edges(self, way: int) -> list[tuple[int, int, int]]:
        """The streets of a way."""
        if way not in self._edges:
            raise _MissingError
        return self._edges[way]

    def ends(self, way: int) -> set[int]:
        """The nodes where streets of a way begin or end."""
        return {node for _, start, end in self.edges(way) for node in (start, end)}

    def towards(self, way: int, node: int) -> list[int]:
        """The directed streets of a way that lead to a node (-1: the mode may not use it)."""
        found = [along if end == node else along + 1 for along, start, end in self.edges(way) if node in (start, end)]
        return [max(-1, step) for step in found]

    def between(self, way: int, begin: int, finish: int) -> list[int]:
        """The directed streets of a way from one of its nodes to another."""
        edges = self.edges(way)
        nodes = [edges[0][1], *(end for _, _, end in edges)]
        if any(edge[1] != node for edge, node in zip(edges, nodes, strict=False)):
            raise _UnclearError  # a street between is not there
        first, last = nodes.index(begin), nodes.index(finish)
        if nodes[0] == nodes[-1] and first > last:  # a roundabout is travelled along its line
            steps = [along for along, _, _ in edges[first:] + edges[:last]]
        elif first < last:
            steps = [along for along, _, _ in edges[first:last]]
        else:
            steps = [along + 1 for along, _, _ in reversed(edges[last:first])]
        return [max(-1, step) for step in steps]


def _sequences(row: Mapping[str, object], ways: _Ways) -> Iterator[tuple[int, ...]]:
    """The directed streets of a restriction, one after the other; a negative one may not be used at all."""
    from_way, *via, to_way = _ways_of(row)
    if not via:
        node = int(str(row["via_node"]))
        arriving, reversed_leaving = ways.towards(from_way, node), ways.towards(to_way, node)
        if not arriving or not reversed_leaving:
            raise _UnclearError
        if from_way == to_way:
            # who turns round leaves by the street that he came by; else by the other street of the way
            turns_round = row["kind"] in _U_TURNS
            pairs = [
                (came, _reverse(back))
                for came in arriving
                for back in reversed_leaving
                if (came == back) == turns_round
            ]
        elif len(arriving) == len(reversed_leaving) == 1:
            pairs = [(arriving[0], _reverse(reversed_leaving[0]))]
        else:
            raise _UnclearError
        yield from pairs
        return

    # the nodes where each way of the chain meets the next: one of each
    chain = [from_way, *via, to_way]
    meetings = [_meeting(ways, way, after) for way, after in pairwise(chain)]
    arriving, reversed_leaving = ways.towards(from_way, meetings[0]), ways.towards(to_way, meetings[-1])
    if len(arriving) != 1 or len(reversed_leaving) != 1:
        raise _UnclearError
    steps = [arriving[0]]
    for way, (begin, finish) in zip(via, pairwise(meetings), strict=True):
        steps += ways.between(way, begin, finish)
    yield (*steps, _reverse(reversed_leaving[0]))


def _meeting(ways: _Ways, way: int, after: int) -> int:
    """The node where a way meets the next."""
    shared = ways.ends(way) & ways.ends(after)
    if len(shared) != 1:
        raise _UnclearError
    return shared.pop()


def _reverse(step: int) -> int:
    """The other direction of a directed street.

    >>> _reverse(6), _reverse(7), _reverse(-1)
    (7, 6, -1)
    """
    return step ^ 1 if step >= 0 else -1


def _u_turns(directed: DirectedStreets, restricted: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The turns back at the far end of each street that leaves a restricted node, and at the nodes on the way there."""
    for node in restricted:
        for leaving in directed.leaving(node):
            step = leaving
            # a street of one direction brings nobody back
            while directed.is_open[step ^ 1]:
                far = int(directed.head[step])
                onward = [other for other in directed.leaving(far) if other != step ^ 1]
                if not directed.private[step]:  # nobody is sent into a private way
                    onward = [other for other in onward if not directed.private[other]]
                if far == node or not onward:
                    break
                yield step, step ^ 1
                # a crossing in mid-street is no junction: the next one counts
                if directed.streets_at[far] != _PASSED_THROUGH:
                    break
                step = onward[0]


class TurnStates:
    """What a traveller must remember of the streets last travelled, so that no banned sequence is completed.

    State 0 remembers nothing; any other stands for a beginning of banned sequences, at the node where it ends.

    References
    ----------
    Aho and Corasick (1975), Efficient string matching, Communications of the ACM 18(6).

    >>> states = TurnStates([(2, 4), (2, 6, 8)])
    >>> len(states), states.last(1), states.last(2)
    (2, 2, 6)
    >>> states.after(1, 4), states.after(1, 6), states.after(1, 5), states.after(2, 8)
    (None, 2, 0, None)
    """

    def __init__(self, sequences: Sequence[tuple[int, ...]]) -> None:
        self._banned = frozenset(sequences)
        beginnings = sorted({sequence[:length] for sequence in sequences for length in range(1, len(sequence))})
        self._steps: list[tuple[int, ...]] = [(), *beginnings]
        self._number = {steps: number for number, steps in enumerate(self._steps)}

    def __len__(self) -> int:
        return len(self._steps) - 1

    def last(self, state: int) -> int:
        """The directed street last travelled in a state other than 0."""
        return self._steps[state][-1]

    def after(self, state: int, step: int) -> int | None:
        """The state after one more directed street; None where it may not be travelled."""
        steps = (*self._steps[state], step)
        suffixes = [steps[first:] for first in range(len(steps))]
        if any(suffix in self._banned for suffix in suffixes):
            return None
        return next((self._number[suffix] for suffix in suffixes if suffix in self._number), 0)

    def first_states(self, count: int) -> np.ndarray:
        """By directed street (``count`` of them) the state of one who has travelled it and nothing before."""
        states = np.zeros(count, dtype=np.int64)
        for steps, number in self._number.items():
            if len(steps) == 1:
                states[steps[0]] = number
        return states
