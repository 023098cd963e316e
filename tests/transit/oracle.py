"""Public transport by brute force, in plain Python: forward from each origin at each minute, ride by ride.

It knows nothing of the engine: no profile, no scan, no array. It reads a timetable and walks in seconds, applies the
transfer rules itself, and rides every vehicle to every call.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from access92.sources.timetable import NO_RUN, TRANSFER_FORBIDDEN, Timetable

INFINITE = math.inf


@dataclass(frozen=True)
class PlainWalks:
    """Walks in seconds by (from stop, to stop), and of each origin and service as (stop, seconds)."""

    transfers: Mapping[tuple[int, int], int]
    access: Sequence[Sequence[tuple[int, int]]]
    egress: Sequence[Sequence[tuple[int, int]]]
    direct_ms: Sequence[Sequence[float]]  # by service, then by origin


@dataclass
class Oracle:
    """All that a rider may do in one timetable, asked one origin and one second at a time."""

    timetable: Timetable
    walks: PlainWalks
    max_rides: int
    slack_s: int
    rideable: frozenset[int] | None = None  # trips; None = all
    open_stops: frozenset[int] | None = None
    runs: dict[int, list[tuple[int, int, int, bool, bool, int]]] = field(default_factory=dict)
    rules: dict[tuple[int, int], list[tuple[int, int, int, int]]] = field(default_factory=dict)

    near: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table = self.timetable
        for stop, other in self.walks.transfers:
            self.near.setdefault(stop, []).append(other)
        for i in range(len(table)):
            self.runs.setdefault(int(table.call_run[i]), []).append((
                int(table.call_stop[i]), int(table.arrival_s[i]), int(table.departure_s[i]), bool(table.may_board[i]),
                bool(table.may_alight[i]), int(table.call_trip[i]),
            ))  # fmt: skip
        for row in table.transfers.itertuples():
            self.rules.setdefault((int(row.from_stop), int(row.to_stop)), []).append(
                (int(row.from_run), int(row.to_run), int(row.kind), int(row.min_transfer_s))
            )

    @cached_property
    def depends_on_runs(self) -> bool:
        """Whether any rule is for given vehicles: then every pair of vehicles is looked at."""
        return any(rule[:2] != (NO_RUN, NO_RUN) for rules in self.rules.values() for rule in rules)

    def _changed(self, on_foot: list[tuple[int, int, float]]) -> dict[int, float]:
        """By stop the earliest second at which a rider is there after one change, whatever the vehicles."""
        first: dict[int, float] = {}
        for _, stop, when in on_foot:
            first[stop] = min(first.get(stop, INFINITE), when)
        there: dict[int, float] = {}
        for stop, when in first.items():
            for other in (stop, *self.near.get(stop, ())):
                there[other] = min(there.get(other, INFINITE), when + self.change_s(stop, other, NO_RUN, NO_RUN))
        return there

    def change_s(self, stop: int, other: int, run: int, other_run: int) -> float:
        """Seconds from one vehicle at a stop to another at a stop; infinite where the change cannot be made."""
        street = 0 if stop == other else self.walks.transfers.get((stop, other), INFINITE)
        matching = [
            rule
            for rule in self.rules.get((stop, other), [])
            if rule[0] in (NO_RUN, run) and rule[1] in (NO_RUN, other_run)
        ]
        if not matching:
            return street
        most = max((rule[0] != NO_RUN) + (rule[1] != NO_RUN) for rule in matching)
        says = [
            INFINITE if kind == TRANSFER_FORBIDDEN else max(street, least)
            for first, second, kind, least in matching
            if (first != NO_RUN) + (second != NO_RUN) == most
        ]
        return max(says)

    def arrivals(self, origin: int, second: int) -> list[float]:  # noqa: C901, PLR0912 - plain on purpose
        """By service the earliest second of arrival by a ride, who leaves at a second; infinite where none."""
        best = [INFINITE] * len(self.walks.egress)
        on_foot: list[tuple[int, int, float]] = []  # alighted: run, stop, second
        for ride in range(self.max_rides):
            alighted: dict[tuple[int, int], float] = {}
            changed = {} if self.depends_on_runs else self._changed(on_foot)
            for run, calls in self.runs.items():
                aboard = False
                for at, (stop, arrival, departure, may_board, may_alight, trip) in enumerate(calls):
                    is_open = self.open_stops is None or stop in self.open_stops
                    may_enter = self.rideable is None or trip in self.rideable
                    if aboard and may_alight and is_open:
                        alighted[run, stop] = min(alighted.get((run, stop), INFINITE), arrival)
                    if not may_enter:
                        aboard = False
                    elif not aboard and may_board and is_open and at + 1 < len(calls):
                        if ride == 0:
                            ready = [second + walk for near, walk in self.walks.access[origin] if near == stop]
                        elif self.depends_on_runs:
                            ready = [when + self.change_s(off, stop, last, run) for last, off, when in on_foot]
                        else:
                            ready = [changed.get(stop, INFINITE)]
                        aboard = any(when + self.slack_s <= departure for when in ready)
            for (_, stop), when in alighted.items():
                for service, near in enumerate(self.walks.egress):
                    for other, walk in near:
                        if other == stop:
                            best[service] = min(best[service], when + walk)
            on_foot = [(run, stop, when) for (run, stop), when in alighted.items()]
        return best

    def latest_departure(self, origin: int, service: int, deadline: int, earliest: int) -> float:
        """The last second from ``earliest`` on at which a rider may leave and be there in time; -infinite if none."""
        # arrivals never get earlier by leaving later: halve the seconds
        if self.arrivals(origin, earliest)[service] > deadline:
            return -INFINITE
        low, high = earliest, deadline + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.arrivals(origin, middle)[service] <= deadline:
                low = middle
            else:
                high = middle
        return low


def rank_of(values: Sequence[float], percentile: float) -> float:
    """R5's rule: the value at ``ceil(p / 100 · n) - 1`` of the sorted ones."""
    return sorted(values)[math.ceil(percentile / 100 * len(values)) - 1]
