"""Barriers and lifts on nodes: which stop a mode, which take time, and the nodes of the graph that are cut there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from access92.network.access_tags import HIERARCHY, PRIVATE, Tags, verdict
from access92.network.modes import Mode
from access92.network.tag_numbers import parse_width_m

_TAGS_READ = (
    "highway", "barrier", "entrance", "kerb", "access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar",
    "wheelchair", "maxwidth_physical", "maxwidth", "locked",
)  # fmt: skip
_WALKWAYS = frozenset({"footway", "path", "cycleway", "pedestrian", "steps", "corridor", "bridleway"})


class Passage(NamedTuple):
    """How a mode passes a node: whether it is stopped, by a lock or a kerb only, and the seconds that it takes."""

    is_blocked: bool = False
    is_private: bool = False
    by_kerb: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class BarrierNodes:
    """The nodes that a mode does not simply pass, sorted by ``node_id`` in each array (int64).

    ``blocked``: no street leads on from them. ``private``: those of them that are a gate to which somebody has the key.
    ``kerbs``: no footway does, while the carriageway runs on. ``slow`` and
    ``slow_s``: passed, in so many seconds (float64).
    """

    blocked: np.ndarray
    private: np.ndarray
    kerbs: np.ndarray
    slow: np.ndarray
    slow_s: np.ndarray


def passage(tags: Tags, mode: Mode) -> Passage:
    """How a mode passes a node with these tags (every tag of a node that the rules read present, '' if empty).

    Access tags count on barriers and entrances only: those of a crossing are for who crosses, not for the street. They
    say more than the kind of barrier; ``locked=yes`` closes what no tag opens to the mode itself.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> car, chair = (read_modes()[name] for name in ("car", "walk_wheelchair"))
    >>> node = dict.fromkeys(_TAGS_READ, "") | {"barrier": "bollard"}
    >>> [passage(node, mode).is_blocked for mode in (car, chair)], passage(node | {"access": "yes"}, car).is_blocked
    ([True, False], False)
    >>> passage(node | {"barrier": "gate"}, car).seconds, passage(node | {"barrier": "gate"}, chair).seconds
    (30.0, 0.0)
    >>> lift = dict.fromkeys(_TAGS_READ, "") | {"highway": "elevator"}
    >>> passage(lift, chair).seconds, passage(lift | {"wheelchair": "no"}, chair).is_blocked
    (110.0, True)
    """
    if tags["highway"] == "elevator" and mode.family != "car":
        return _by_lift(tags, mode)
    return _by_barrier(tags, mode)


def _by_barrier(tags: Tags, mode: Mode) -> Passage:
    """How a mode passes a barrier, a kerb, an entrance, or a node that is none of them."""
    kinds = [kind.strip() for kind in tags["barrier"].split(";")]
    if mode.needs_wheelchair_access and tags["wheelchair"] in ("yes", "limited", "designated"):
        return Passage()
    if tags["kerb"] == "raised" and "raised_kerb" in mode.blocked_by and kinds in ([""], ["kerb"]):
        return Passage(by_kerb=True)
    if kinds == [""] and not tags["entrance"]:
        return Passage()
    said = verdict(tags, HIERARCHY[mode.family])
    if _is_unfit(tags, mode) or _stops_by_kind(kinds, said, mode):
        return Passage(is_blocked=True)
    if said == "closed" or _is_locked(tags, mode):
        return Passage(is_blocked=True, is_private=_has_keys(tags, mode))
    return Passage(seconds=0.0 if said == "open" else max(mode.barrier_s.get(kind, 0.0) for kind in kinds))


def _by_lift(tags: Tags, mode: Mode) -> Passage:
    """How a mode takes a lift: its access tags count as those of a barrier.

    A bicycle is pushed into it: it needs what walkers need, and « bicycle=no » keeps it out of the cabin.
    """
    if _is_unfit(tags, mode):
        return Passage(is_blocked=True)
    names = ("foot", "access") if mode.family == "foot" else ("bicycle", "foot", "access")
    if verdict(tags, names) == "closed" or _is_locked(tags, mode):
        return Passage(is_blocked=True, is_private=_has_keys(tags, mode))
    return Passage(seconds=mode.elevator_s)


def _is_unfit(tags: Tags, mode: Mode) -> bool:
    """Whether a barrier is not for wheelchairs, or too narrow: nobody's key helps."""
    return (mode.needs_wheelchair_access and tags["wheelchair"] == "no") or _is_too_narrow(tags, mode)


def _is_locked(tags: Tags, mode: Mode) -> bool:
    """Whether a barrier is locked, and opened to the mode by no tag of its own."""
    return tags["locked"] == "yes" and verdict(tags, HIERARCHY[mode.family][:-1]) != "open"


def _has_keys(tags: Tags, mode: Mode) -> bool:
    """Whether those who live behind a closed gate pass it: it is private or locked, not forbidden."""
    values = next((tags[name] for name in HIERARCHY[mode.family] if tags[name]), "")
    parts = {part.strip() for part in values.split(";")} - {""}
    return bool(parts & PRIVATE) or (not parts and tags["locked"] == "yes")


def _stops_by_kind(kinds: list[str], said: str, mode: Mode) -> bool:
    """Whether what a barrier is stops the mode, and no access tag says that it passes all the same.

    « foot=yes » on a stile says that people climb it, not that wheels do.
    """
    rolls = mode.family == "foot" and mode.steps_speed_kmh is None
    return any(kind in mode.blocked_by for kind in kinds) and (rolls or said not in ("open", "dismount"))


def _is_too_narrow(tags: Tags, mode: Mode) -> bool:
    """Whether a stated width is less than that of the mode; the sign (``maxwidth``) is for vehicles."""
    names = ("maxwidth_physical", "maxwidth") if mode.family == "car" else ("maxwidth_physical",)
    return mode.width_m is not None and any(parse_width_m(tags[name]) < mode.width_m for name in names)


def barrier_nodes(nodes: pd.DataFrame, mode: Mode) -> BarrierNodes:
    """The nodes of a table (``TrafficRules.nodes``) that a mode does not simply pass.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> nodes = pd.DataFrame({"node_id": [7, 9], "barrier": ["bollard", "lift_gate"]})
    >>> found = barrier_nodes(nodes, read_modes()["car"])
    >>> found.blocked.tolist(), found.slow.tolist(), found.slow_s.tolist()
    ([7], [9], [30.0])
    """
    present = [name for name in _TAGS_READ if name in nodes.columns]
    columns = {name: nodes[name].fillna("").astype(str).str.strip().str.lower() for name in present}
    rows = pd.DataFrame(columns, index=nodes.index).drop_duplicates() if present else pd.DataFrame()
    empty = dict.fromkeys(_TAGS_READ, "")
    combinations = [tuple(row) for row in rows.itertuples(index=False)]
    known = {row: passage(empty | dict(zip(present, row, strict=True)), mode) for row in combinations}
    found = [known[row] for row in zip(*columns.values(), strict=True)] if present else []
    ids = nodes["node_id"].to_numpy(np.int64) if found else np.empty(0, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    blocked = np.array([item.is_blocked for item in found], dtype=bool)[order]
    private = np.array([item.is_private for item in found], dtype=bool)[order]
    kerbs = np.array([item.by_kerb for item in found], dtype=bool)[order]
    seconds = np.array([item.seconds for item in found], dtype=float)[order]
    return BarrierNodes(ids[blocked], ids[private], ids[kerbs], ids[seconds > 0], seconds[seconds > 0])


def cut_at_barriers(ends: np.ndarray, highway: np.ndarray, barriers: BarrierNodes) -> np.ndarray:
    """New node numbers of the ends of streets: at a node that stops the mode each end has a number of its own.

    ``ends``: int64 (2, n), from_node then to_node. ``highway``: the class of each street; at a raised kerb the ends
    of walkways are set apart, those of carriageways stay together. Other numbers stay as they are; new ones are greater
    than all of them. A street whose two ends are at the node has two.

    Examples
    --------
    >>> barriers = BarrierNodes(np.array([2]), *np.empty((3, 0), dtype=np.int64), np.empty(0))
    >>> cut_at_barriers(np.array([[1, 2], [2, 3]]), np.array(["residential"] * 2), barriers).tolist()
    [[1, 5], [4, 3]]
    """
    is_walkway = np.isin(highway.astype(str), list(_WALKWAYS))
    apart = np.isin(ends, barriers.blocked) | (np.isin(ends, barriers.kerbs) & is_walkway[None, :])
    if not apart.any():
        return ends
    # street after street, so that the new numbers follow the order of the table
    flat, where = ends.T.ravel(), apart.T.ravel()
    flat = np.where(where, int(ends.max()) + np.cumsum(where), flat)
    cut: np.ndarray = np.ascontiguousarray(flat.reshape(-1, 2).T)
    return cut
