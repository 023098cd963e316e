"""The same answers by the plainest means: pure Python, no arrays, no cleverness. Slow on purpose."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shapely import LineString, Point


@dataclass(frozen=True, slots=True)
class Street:
    """A street with its milliseconds along and against its geometry (None = closed)."""

    start: int
    end: int
    line: LineString
    ahead_ms: int | None
    back_ms: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """A place on a street: which, where along it (0–1), and the milliseconds of the leg."""

    street: int
    position: float
    access_leg_ms: int


def link_place(place: Point, streets: Sequence[Street], *, metres_per_ms: float, max_snap_m: float) -> Link | None:
    """The nearest street by trying them all; the first of equals."""
    best: tuple[float, int] | None = None
    for number, street in enumerate(streets):
        distance = street.line.distance(place)
        if distance <= max_snap_m and (best is None or distance < best[0]):
            best = (distance, number)
    if best is None:
        return None
    line = streets[best[1]].line
    position = line.project(place, normalized=True)
    position = 0.0 if position < 1e-9 else 1.0 if position > 1 - 1e-9 else position
    return Link(best[1], position, round(best[0] / metres_per_ms))


def minutes_towards(service: Link | None, doors: Iterable[Link | None], streets: Sequence[Street]) -> list[float]:
    """Minutes from each door to the service by Dijkstra on a dict, one door at a time: forwards, not backwards."""
    ways: dict[int, list[tuple[int, int]]] = {}
    for street in streets:
        if street.ahead_ms is not None:
            ways.setdefault(street.start, []).append((street.end, street.ahead_ms))
        if street.back_ms is not None:
            ways.setdefault(street.end, []).append((street.start, street.back_ms))
    return [math.nan if service is None or door is None else _one_way(door, service, streets, ways) for door in doors]


def _one_way(  # noqa: C901, PLR0912 - the plainest means
    door: Link,
    service: Link,
    streets: Sequence[Street],
    ways: Mapping[int, Sequence[tuple[int, int]]],
) -> float:
    home, target = streets[door.street], streets[service.street]
    best = math.inf
    if door.street == service.street:
        if home.ahead_ms is not None and door.position <= service.position:
            best = min(best, round((service.position - door.position) * home.ahead_ms))
        if home.back_ms is not None and door.position >= service.position:
            best = min(best, round((door.position - service.position) * home.back_ms))
    queue: list[tuple[int, int]] = []
    for node, whole_ms, share in (
        (home.end, home.ahead_ms, 1 - door.position),
        (home.start, home.back_ms, door.position),
    ):
        if share == 0:
            queue.append((0, node))  # at the end of a street is at the crossing, one-way or not
        elif whole_ms is not None:
            queue.append((round(share * whole_ms), node))
    heapq.heapify(queue)
    known: dict[int, int] = {}
    while queue:
        ms, node = heapq.heappop(queue)
        if node in known:
            continue
        known[node] = ms
        for other, more in ways.get(node, ()):
            if other not in known:
                heapq.heappush(queue, (ms + more, other))
    ends = ((target.start, target.ahead_ms, service.position), (target.end, target.back_ms, 1 - service.position))
    for node, whole_ms, share in ends:
        if node in known and share == 0:
            best = min(best, known[node])
        elif node in known and whole_ms is not None:
            best = min(best, known[node] + round(share * whole_ms))
    return math.nan if math.isinf(best) else (best + door.access_leg_ms + service.access_leg_ms) / 60_000


def people_covered(minutes: Sequence[Sequence[float]], population: Sequence[float], threshold_min: float) -> float:
    """People with at least one service in strictly less than the threshold."""
    covered = 0.0
    for person, people in enumerate(population):
        times = [row[person] for row in minutes if not math.isnan(row[person])]
        if times and min(times) < threshold_min:
            covered += people
    return covered
