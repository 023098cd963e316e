"""Travel times where turns are banned and streets are private, by the plainest means: a search on whole histories.

Nothing is split and nothing is copied: a state is the list of streets travelled last, and the rules are read off it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.oracle import Link, Street

Arc = tuple[int, bool]
"""A street, and whether it is travelled along its line."""

History = tuple[Arc, ...]


@dataclass(frozen=True)
class Rule:
    """A restriction: who has come by ``before`` may not, or may only, go on by ``then``."""

    before: History
    then: Arc
    only: bool


@dataclass
class LineGraph:
    """Streets (``private`` ones too) with the rules of their turns; of ``closed`` ones the signs stay."""

    streets: Sequence[Street]
    private: Sequence[bool]
    rules: Sequence[Rule]
    closed: frozenset[int] = frozenset()
    out: dict[int, list[Arc]] = field(init=False)

    def __post_init__(self) -> None:
        self.out = {}
        for number, street in enumerate(self.streets):
            for ahead, ms, tail in ((True, street.ahead_ms, street.start), (False, street.back_ms, street.end)):
                if ms is not None:
                    self.out.setdefault(tail, []).append((number, ahead))
        self.rules = [rule for rule in self.rules if all(self.ms(arc) is not None for arc in (*rule.before, rule.then))]
        self.must: dict[History, set[Arc]] = {}
        for rule in self.rules:
            if rule.only:
                self.must.setdefault(rule.before, set()).add(rule.then)
        self.memory = max((len(rule.before) for rule in self.rules), default=1)
        leaving = {before: set(self.out.get(self.head(before[-1]), ())) for before in self.must}
        obliging = {before for before, allowed in self.must.items() if leaving[before] - allowed}
        self.restricted = {self.tail(rule.then) for rule in self.rules if not rule.only or rule.before in obliging}

    def ms(self, arc: Arc) -> int | None:
        """Milliseconds of a directed street, None where it is closed."""
        return self.streets[arc[0]].ahead_ms if arc[1] else self.streets[arc[0]].back_ms

    def tail(self, arc: Arc) -> int:
        """The node where a directed street begins."""
        return self.streets[arc[0]].start if arc[1] else self.streets[arc[0]].end

    def head(self, arc: Arc) -> int:
        """The node where a directed street ends."""
        return self.tail((arc[0], not arc[1]))

    def allows(self, history: History, then: Arc) -> bool:
        """Whether one may go on by a street after these."""
        for rule in self.rules:
            if not rule.only and rule.then == then and history[-len(rule.before) :] == rule.before:
                return False
        for before, allowed in self.must.items():
            if history[-len(before) :] == before and then not in allowed:
                return False
        return not (history and then == (history[-1][0], not history[-1][1]) and self.keeps_from_turning(history[-1]))

    def keeps_from_turning(self, arc: Arc) -> bool:
        """Whether nobody turns round at the end of this street: a restricted junction lies just behind."""
        for start in self.restricted:
            if self.comes_from(arc, start) and self.head(arc) != start:
                return bool(self.ways_on(arc))
        return False

    def comes_from(self, arc: Arc, start: int) -> bool:
        """Whether no junction with a choice lies between a restricted one and this street."""
        if self.ms((arc[0], not arc[1])) is None:
            return False
        tail = self.tail(arc)
        if tail == start:
            return True
        ends = [street for street in self.streets for node in (street.start, street.end) if node == tail]
        if len(ends) != 2:
            return False
        return any(
            self.ms(before) is not None
            and self.head(before) == tail
            and number != arc[0]
            and (self.private[number] or not self.private[arc[0]])
            and self.comes_from(before, start)
            for number in range(len(self.streets))
            for before in ((number, True), (number, False))
        )

    def ways_on(self, arc: Arc) -> list[Arc]:
        """The streets beyond a street but back along it; private ones only for who is on a private one."""
        return [
            other
            for other in self.out.get(self.head(arc), ())
            if other != (arc[0], not arc[1]) and (self.private[arc[0]] or not self.private[other[0]])
        ]

    def stage(self, stage: int, arc: Arc) -> int | None:
        """0 in the first estate, 1 on the streets of all, 2 in the last estate; None: nobody goes through."""
        if self.private[arc[0]]:
            return 0 if stage == 0 else 2
        return 1 if stage < 2 else None

    def least_minutes(self, door: Sequence[Link], service: Sequence[Link]) -> float:
        """The least minutes over all the links of a door and of a service, each pair by a search of its own."""
        pairs = [self.minutes(start, end) for start in door for end in service]
        return min((minutes for minutes in pairs if not math.isnan(minutes)), default=math.nan)

    def minutes(self, door: Link, service: Link) -> float:
        """Minutes from a link of a door to one of a service, access legs included."""
        best = self._straight(door, service)
        queue: list[tuple[int, int, History, int]] = list(self._starts(door))
        heapq.heapify(queue)
        known: set[tuple[int, History, int]] = set()
        while queue:
            ms, node, history, stage = heapq.heappop(queue)
            if (node, history, stage) in known or ms >= best:
                continue
            known.add((node, history, stage))
            best = min(best, ms + self._arrival(node, history, stage, service))
            for arc in self.out.get(node, ()):
                later = self.stage(stage, arc)
                if later is not None and arc[0] not in self.closed and self.allows(history, arc):
                    seen = (*history, arc)[-self.memory :]
                    heapq.heappush(queue, (ms + (self.ms(arc) or 0), self.head(arc), seen, later))
        return math.nan if math.isinf(best) else (best + door.access_leg_ms + service.access_leg_ms) / 60_000

    def _straight(self, door: Link, service: Link) -> float:
        best = math.inf
        if door.street == service.street:
            for ahead, share in ((True, service.position - door.position), (False, door.position - service.position)):
                whole = self.ms((door.street, ahead))
                if whole is not None and share >= 0:
                    best = min(best, round(share * whole))
        return best

    def _starts(self, door: Link) -> Iterator[tuple[int, int, History, int]]:
        first = 0 if self.private[door.street] else 1
        for ahead, share in ((True, 1 - door.position), (False, door.position)):
            arc = (door.street, ahead)
            whole = self.ms(arc)
            if whole is not None:
                yield round(share * whole), self.head(arc), (arc,), first
            elif share == 0:
                yield 0, self.head(arc), (), first

    def _arrival(self, node: int, history: History, stage: int, service: Link) -> float:
        best = math.inf
        for ahead, share in ((True, service.position), (False, 1 - service.position)):
            arc = (service.street, ahead)
            if self.tail(arc) != node or self.stage(stage, arc) is None:
                continue
            whole = self.ms(arc)
            if whole is None:
                best = min(best, 0 if share == 0 else math.inf)
            elif self.allows(history, arc):
                best = min(best, round(share * whole))
        return best
