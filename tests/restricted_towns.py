"""Random towns with turn restrictions and private streets: the tables that a run reads, and the same for the oracle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from access92.network.access_rules import directed_access
from access92.network.modes import Mode
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from tests.line_graph import Arc, LineGraph, Rule
from tests.oracle import Street
from tests.random_towns import RandomTown, random_town


@dataclass(frozen=True)
class RestrictedTown:
    """A town, the rules of its traffic as read from a file, and as the oracle takes them."""

    town: RandomTown
    traffic: TrafficRules
    rules: tuple[Rule, ...]


def restriction(kind: str, from_way: int, to_way: int, *, via_node: int = -1, **more: object) -> dict[str, object]:
    """One row of the table of restrictions."""
    plain = {"relation_id": 1, "via_ways": "", "except_for": "", "only_for": "", "condition": ""}
    return {**plain, "kind": kind, "from_way": from_way, "via_node": via_node, "to_way": to_way, **more}


def traffic_of(rows: list[dict[str, object]]) -> TrafficRules:
    """The traffic rules of these restrictions."""
    return replace(no_traffic_rules(), restrictions=pd.DataFrame(rows)) if rows else no_traffic_rules()


def restricted_town(seed: int, *, size: int = 5, restrictions: int = 12, private_share: float = 0.15) -> RestrictedTown:
    """A random town; each street is an OSM way of its own, but for some that are the second half of another's."""
    town = random_town(seed, size=size)
    rng = np.random.default_rng(seed + 1)
    streets = town.streets
    start, end = streets["from_node"].tolist(), streets["to_node"].tolist()
    ways = [(number, 0) for number in range(len(streets))]
    for number in range(len(streets)):
        onward = [other for other in range(len(streets)) if start[other] == end[number] and other != number]
        alone = ways[number] == (number, 0) and all(way != number for way, rank in ways if rank)
        if not onward or not alone or rng.random() > 0.15 or end[onward[0]] == start[number]:
            continue
        if ways[onward[0]] == (onward[0], 0) and onward[0] not in [way for way, rank in ways if rank]:
            ways[onward[0]] = (number, 1)
    streets = streets.assign(
        edge_id=[f"w{way}-{rank}" for way, rank in ways],
        access=np.where(rng.random(len(streets)) < private_share, "private", ""),
    )

    # each restriction is drawn as a walk of two to four streets
    arcs: list[Arc] = [(number, ahead) for number in range(len(streets)) for ahead in (True, False)]
    tail = {arc: start[arc[0]] if arc[1] else end[arc[0]] for arc in arcs}
    head = {arc: end[arc[0]] if arc[1] else start[arc[0]] for arc in arcs}
    rows, rules = [], []
    for _ in range(restrictions):
        walk = [arcs[rng.integers(len(arcs))]]
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            onward = [arc for arc in arcs if tail[arc] == head[walk[-1]]]
            walk.append(onward[rng.integers(len(onward))])
        only = bool(rng.random() < 0.3)
        named = [ways[arc[0]] for arc in walk]
        turns_round = any(a[0] == b[0] for a, b in pairwise(walk))
        if len(walk) == 2:
            meet = head[walk[0]]
            touching = [
                [other for other in range(len(streets)) if ways[other][0] == way and meet in (start[other], end[other])]
                for way, _ in named
            ]
            clear = turns_round or (max(map(len, touching)) == 1 and named[0][0] != named[1][0])
        else:
            siblings = [sum(way == other for other, _ in ways) for way, _ in named]
            clear = max(siblings) == 1 and not turns_round and not _meets_twice(walk, start, end)
        if not clear or (turns_round and len(touching[0]) > 1):
            continue  # which street is meant would not be clear
        kind = ("only_" if only else "no_") + ("u_turn" if turns_round else "left_turn")
        via = ";".join(str(way) for way, _ in named[1:-1])
        at = -1 if via else head[walk[0]]
        rows.append(restriction(kind, named[0][0], named[-1][0], via_node=at, via_ways=via))
        rules.append(Rule(tuple(walk[:-1]), walk[-1], only))
    return RestrictedTown(replace(town, streets=streets), traffic_of(rows), tuple(rules))


def _meets_twice(walk: list[Arc], start: list[int], end: list[int]) -> bool:
    """Whether two streets that follow one another share both ends."""
    pairs = [({start[a], end[a]}, {start[b], end[b]}) for (a, _), (b, _) in pairwise(walk)]
    return any(len(one & other) != 1 for one, other in pairs)


def line_graph(restricted: RestrictedTown, mode: Mode) -> LineGraph:
    """The town as the oracle takes it."""
    streets = restricted.town.streets
    forward_s, backward_s, private = directed_access(streets, mode)

    def ms(seconds: float) -> int | None:
        return None if np.isnan(seconds) else max(1, round(seconds * 1000))

    table = zip(streets["from_node"], streets["to_node"], streets.geometry, forward_s, backward_s, strict=True)
    streets_ms = [Street(int(a), int(b), line, ms(ahead), ms(back)) for a, b, line, ahead, back in table]
    return LineGraph(
        streets_ms,
        behind_gates(streets_ms, private.tolist()),
        restricted.rules if mode.family != "foot" else (),
    )


def behind_gates(streets: list[Street], private: list[bool]) -> list[bool]:
    """Private streets, and those that one comes to through private ones only: by walking from street to street."""
    usable = [street.ahead_ms is not None or street.back_ms is not None for street in streets]
    parts: list[set[int]] = []
    left = {number for number in range(len(streets)) if usable[number] and not private[number]}
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            part.add(number := edge.pop())
            ends = {streets[number].start, streets[number].end}
            near = {other for other in left if {streets[other].start, streets[other].end} & ends}
            left -= near
            edge += near
        parts.append(part)
    gates = {node for number, street in enumerate(streets) if private[number] and usable[number]
             for node in (street.start, street.end)}  # fmt: skip
    main = max(parts, key=len)
    return [
        private[number]
        or any(
            part is not main
            and number in part
            and any(node in gates for other in part for node in (streets[other].start, streets[other].end))
            for part in parts
        )
        for number in range(len(streets))
    ]
