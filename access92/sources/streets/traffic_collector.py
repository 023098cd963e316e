"""Barriers, signals and turn restrictions gathered from OSM nodes and relations, then tied to the streets kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from access92.sources.streets.split import from_degrees, merged_nodes
from access92.sources.streets.traffic import NODE_TAGS, RESTRICTION_COLUMNS, TrafficRules
from access92.sources.streets.ways import COORDINATE_SCALE, MISSING, REACH, Bounds, Ways
from access92.study.schemas import osm_key

NODE_KEYS: Mapping[str, str] = {osm_key(column): column for column in NODE_TAGS}
"""OSM key → column of the rules of nodes."""

_EASY_KERBS = frozenset({"lowered", "flush", "no"})
_ACCESS = frozenset(NODE_TAGS[NODE_TAGS.index("access") :])


def _is_rule(rules: Mapping[str, str]) -> bool:
    """Whether tags of a node may stop somebody or cost time: barriers, signals, lifts, kerbs, entrances with a rule.

    A crossing without signals, a lowered kerb, a bus stop or a lamp changes no time, and would cut streets in vain (a
    third more of them in a well-mapped quarter).
    """
    return (
        "barrier" in rules
        or "traffic_signals" in rules
        or rules.get("crossing_signals", "no") != "no"
        or "traffic_signals" in rules.get("crossing", "")
        or rules.get("highway") in {"traffic_signals", "elevator"}
        or rules.get("kerb", "no") not in _EASY_KERBS
        or ("entrance" in rules and not _ACCESS.isdisjoint(rules))
    )


Member = tuple[str, int, str]
"""Type (« n », « w » or « r »), id and role of a member of a relation."""


@dataclass(frozen=True, slots=True)
class RawNode:
    """A node that carries a rule: its column → value, and its place in whole 10⁻⁷ degrees."""

    node_id: int
    tags: Mapping[str, str]
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class RawRestriction:
    """A turn restriction as its relation writes it; ``rules``: (kind, only_for, condition), one a tag."""

    relation_id: int
    rules: tuple[tuple[str, str, str], ...]
    except_for: str
    from_ways: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RawTraffic:
    """All rules of a file, whether or not a street that is kept passes there."""

    nodes: tuple[RawNode, ...] = ()
    restrictions: tuple[RawRestriction, ...] = ()


@dataclass(slots=True, eq=False)
class TrafficCollector:
    """Gathers nodes that carry a rule and relations that restrict a turn; nodes far from ``bounds`` are forgotten.

    Examples
    --------
    >>> collector = TrafficCollector()
    >>> collector.add_node(3, [("barrier", "bollard")], 0, 0)
    >>> collector.add_node(4, [("highway", "bus_stop")], 0, 0)
    >>> members = [("w", 1, "from"), ("n", 3, "via"), ("w", 2, "to")]
    >>> collector.add_relation(9, {"type": "restriction", "restriction": "no_left_turn"}, members)
    >>> raw = collector.finish()
    >>> [node.node_id for node in raw.nodes], raw.restrictions[0].rules
    ([3], (('no_left_turn', '', ''),))
    """

    bounds: Bounds | None = None
    _nodes: dict[int, RawNode] = field(default_factory=dict)
    _restrictions: dict[int, RawRestriction] = field(default_factory=dict)
    _box: tuple[float, float, float, float] | None = field(init=False)

    def __post_init__(self) -> None:
        """Widen the bounds as for the nodes of streets that reach beyond them."""
        self._box = None
        if self.bounds is not None:
            west, south, east, north = (value * COORDINATE_SCALE for value in self.bounds)
            self._box = (west - REACH, south - REACH, east + REACH, north + REACH)

    def add_node(self, node_id: int, tags: Iterable[tuple[str, str]], x: int, y: int) -> None:
        """Take a node with its tags, its place in whole 10⁻⁷ degrees; of one given twice the last counts."""
        if self._box is not None:
            west, south, east, north = self._box
            if not (west <= x <= east and south <= y <= north):
                return
        rules = {column: value for key, value in tags if (column := NODE_KEYS.get(key)) is not None}
        if _is_rule(rules):
            self._nodes[node_id] = RawNode(node_id, rules, x, y)

    def add_relation(self, relation_id: int, tags: Mapping[str, str], members: Sequence[Member]) -> None:
        """Take a relation; one that restricts no turn is passed over."""
        rules = tuple(_rules(tags))
        if not rules:
            return
        ways, nodes = ({role: _members(members, kind, role) for role in ("from", "via", "to")} for kind in ("w", "n"))
        self._restrictions[relation_id] = RawRestriction(
            relation_id, rules, tags.get("except", ""), ways["from"], nodes["via"], ways["via"], ways["to"]
        )

    def finish(self) -> RawTraffic:
        """All that was gathered, sorted by id."""
        nodes, restrictions = (
            tuple(by_id[number] for number in sorted(by_id)) for by_id in (self._nodes, self._restrictions)
        )
        return RawTraffic(nodes, restrictions)  # type: ignore[arg-type]


def _members(members: Sequence[Member], kind: str, role: str) -> tuple[int, ...]:
    return tuple(number for of_kind, number, of_role in members if of_kind == kind and of_role == role)


def _rules(tags: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Kind, only_for and condition of each tag that restricts a turn.

    ``restriction``, ``restriction:hgv``, ``restriction:conditional``, ``restriction:hgv:conditional``: see
    https://wiki.openstreetmap.org/wiki/Relation:restriction. Of ``no_left_turn @ (Mo-Fr 07:00-09:00); no_u_turn @ …``
    each part is a rule of its own.
    """
    if tags.get("type", "").partition(":")[0] != "restriction":
        return
    hours = _legacy_hours(tags)
    of_type = tags["type"].partition(":")[2]  # « restriction:hgv » as a type is an older way to write the vehicle
    for key in sorted(tags):
        name, *parts = key.split(":")
        if name != "restriction":
            continue
        is_conditional = parts[-1:] == ["conditional"]
        vehicle = ":".join(parts[:-1] if is_conditional else parts) or of_type
        for part in _conditions(tags[key]) if is_conditional else (f"{tags[key]} @ {hours}",):
            kind, _, condition = part.partition("@")
            if kind.strip().startswith(("no_", "only_")):
                yield kind.strip(), vehicle, condition.strip().removeprefix("(").removesuffix(")").strip()


def _conditions(text: str) -> Iterator[str]:
    """The parts of a conditional tag, cut at semicolons outside brackets."""
    depth, start = 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ";" and depth <= 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _legacy_hours(tags: Mapping[str, str]) -> str:
    """``day_on``, ``day_off``, ``hour_on``, ``hour_off`` of older relations as one condition; '' where absent."""
    days, hours = (
        "-".join(filter(None, (tags.get(f"{unit}_on", ""), tags.get(f"{unit}_off", "")))) for unit in ("day", "hour")
    )
    return " ".join(filter(None, (days, hours)))


def nodes_to_cut(raw: RawTraffic) -> NDArray[np.int64]:
    """The nodes where streets are to be cut because a rule hangs on them: sorted, each once; some lie on no street.

    >>> nodes_to_cut(RawTraffic())
    array([], dtype=int64)
    """
    numbers = [node.node_id for node in raw.nodes]
    numbers += [node for restriction in raw.restrictions for node in restriction.via_nodes]
    return np.unique(np.array(numbers, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class IncompleteRestrictions:
    """Restrictions that say too little to be followed: how many, and the ids of the first."""

    count: int
    examples: tuple[int, ...]


def traffic_rules(
    raw: RawTraffic, ways: Ways, *, street_nodes: NDArray[np.int64], bounds: Bounds | None, crs: pyproj.CRS
) -> tuple[TrafficRules, IncompleteRestrictions]:
    """The rules of the streets kept, and the restrictions left out because a member is missing.

    Parameters
    ----------
    ways
        The ways that ``bounds`` left, before they are cut.
    street_nodes
        The ends of the streets of the table, any shape: a node elsewhere has no row.
    bounds
        A restriction of which no member is known lies elsewhere. One of which some are is incomplete where those lie
        wholly within the bounds: all others would touch them. Otherwise its other members may lie outside.
    """
    renumbered = _renumbered(ways)
    nodes = _node_table(raw.nodes, renumbered, street_nodes, crs)
    rows: list[tuple[object, ...]] = []
    incomplete: list[int] = []
    known = _KnownMembers.of(ways, bounds)
    for restriction in raw.restrictions:
        state = known.state(restriction)
        if state == "whole":
            rows += _restriction_rows(restriction, renumbered)
        elif state == "incomplete":
            incomplete.append(restriction.relation_id)
    rules = TrafficRules(nodes, _restriction_table(rows))
    return rules, IncompleteRestrictions(len(incomplete), tuple(incomplete[:3]))


def _renumbered(ways: Ways) -> dict[int, int]:
    """Old → new number of the nodes that lie on another one."""
    merged = merged_nodes(ways)
    changed = np.flatnonzero(merged != ways.node)
    return dict(zip(ways.node[changed].tolist(), merged[changed].tolist(), strict=True))


def _node_table(
    nodes: Sequence[RawNode], renumbered: Mapping[int, int], street_nodes: NDArray[np.int64], crs: pyproj.CRS
) -> pd.DataFrame:
    """One row a node, in the CRS; of two nodes at one place the rules are joined, those of the smaller id first."""
    by_number: dict[int, RawNode] = {}
    on_street = set(street_nodes.ravel().tolist())
    for node in nodes:
        number = renumbered.get(node.node_id, node.node_id)
        if number in on_street:
            other = by_number.get(number)
            tags = node.tags if other is None else {**node.tags, **other.tags}
            by_number[number] = RawNode(number, tags, node.x, node.y)
    rows = [by_number[number] for number in sorted(by_number)]
    places = np.array([(node.x, node.y) for node in rows], dtype=float).reshape(-1, 2) / COORDINATE_SCALE
    x, y = from_degrees(crs).transform(places[:, 0], places[:, 1])
    texts = {column: np.full(len(rows), "", dtype=object) for column in NODE_TAGS}
    for row, node in enumerate(rows):
        for column, value in node.tags.items():
            texts[column][row] = value
    return pd.DataFrame(
        {"node_id": np.array([node.node_id for node in rows], dtype=np.int64), "x": x, "y": y}
        | {column: pd.Series(values, dtype="str") for column, values in texts.items()}
    )


def _restriction_rows(restriction: RawRestriction, renumbered: Mapping[int, int]) -> Iterator[tuple[object, ...]]:
    """A row for each rule and each pair of a way that one comes from and a way that one goes to."""
    via_node = -1
    if not restriction.via_ways:
        via_node = renumbered.get(restriction.via_nodes[0], restriction.via_nodes[0])
    via_ways = ";".join(str(way) for way in restriction.via_ways)
    for kind, only_for, condition in restriction.rules:
        for from_way in restriction.from_ways:
            for to_way in restriction.to_ways:
                yield (
                    restriction.relation_id, kind, from_way, via_node, via_ways, to_way,
                    restriction.except_for, only_for, condition,
                )  # fmt: skip


def _restriction_table(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else ((),) * len(RESTRICTION_COLUMNS)
    whole = {"relation_id", "from_way", "via_node", "to_way"}
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype="int64" if name in whole else "str")
            for name, column in zip(RESTRICTION_COLUMNS, columns, strict=True)
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class _KnownMembers:
    """The ways and nodes of the streets read, and the ways that lie wholly within the bounds."""

    ways: frozenset[int]
    ways_inside: frozenset[int]
    nodes: frozenset[int]

    @classmethod
    def of(cls, ways: Ways, bounds: Bounds | None) -> _KnownMembers:
        is_inside = np.ones(len(ways), dtype=bool)
        if bounds is not None:
            west, south, east, north = np.array(bounds) * COORDINATE_SCALE
            outside = (ways.x < west) | (ways.x > east) | (ways.y < south) | (ways.y > north)
            outside &= ways.x != MISSING
            is_inside[np.repeat(np.arange(len(ways)), np.diff(ways.first))[outside]] = False
        all_ways = ways.way_id
        return cls(frozenset(all_ways.tolist()), frozenset(all_ways[is_inside].tolist()), frozenset(ways.node.tolist()))

    def state(self, restriction: RawRestriction) -> str:
        """« whole », « incomplete » or « elsewhere »."""
        members = (*restriction.from_ways, *restriction.via_ways, *restriction.to_ways)
        known = [way for way in members if way in self.ways]
        if not known:
            return "elsewhere"
        has_via = bool(restriction.via_ways) or (
            len(restriction.via_nodes) == 1 and restriction.via_nodes[0] in self.nodes
        )
        if len(known) == len(members) and restriction.from_ways and restriction.to_ways and has_via:
            return "whole"
        return "incomplete" if all(way in self.ways_inside for way in known) else "elsewhere"
