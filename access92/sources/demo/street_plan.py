"""The plan of the demonstration streets: nodes, straight streets between them, and the nodes that stand on each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """Nodes and streets; what comes after the growth of streets adds to the lists.

    ``marks`` holds, per street, (metres from its start, node) in order. ``ends_at_m`` cuts a class in two:
    beyond it the street is only a footpath (infinite: all along).
    """

    x_m: list[float] = field(default_factory=list)
    y_m: list[float] = field(default_factory=list)
    marks: list[list[tuple[float, int]]] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    bridge: list[int] = field(default_factory=list)
    ends_at_m: list[float] = field(default_factory=list)


def add_node(plan: StreetPlan, x_m: float, y_m: float) -> int:
    """A new node; its number."""
    plan.x_m.append(x_m)
    plan.y_m.append(y_m)
    return len(plan.x_m) - 1


def add_street(plan: StreetPlan, start: int, stop: int, highway: str, *, bridge: int = -1) -> int:
    """A new straight street between two nodes; its number."""
    length_m = math.hypot(plan.x_m[stop] - plan.x_m[start], plan.y_m[stop] - plan.y_m[start])
    plan.marks.append([(0.0, start), (length_m, stop)])
    plan.classes.append(highway)
    plan.bridge.append(bridge)
    plan.ends_at_m.append(math.inf)
    return len(plan.classes) - 1
