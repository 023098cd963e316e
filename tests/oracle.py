"""The same answers by the plainest means: pure Python, no arrays, no cleverness. Slow on purpose."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from shapely import LineString, Point

from access92.network.snapping import NOT_SNAPPED, Snaps


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


def link_place(
    place: Point,
    streets: Sequence[Street],
    *,
    metres_per_ms: float,
    max_snap_m: float,
    radius_m: float,
    reference: Sequence[LineString],
    accessible: Sequence[LineString],
    linkable: Sequence[bool] | None = None,
) -> list[Link]:
    """Every link of a place, by trying all the streets; none where nothing is within the limit.

    ``reference``: the streets of which the nearest decides the radius, which ``radius_m`` widens; ``accessible``: those
    of which the nearest counts however far it is; ``linkable``: which of ``streets`` have doors.
    """
    away = [street.line.distance(place) for street in streets]
    doors = [number for number in range(len(streets)) if linkable is None or linkable[number]]
    nearest = min((line.distance(place) for line in reference), default=math.inf)
    farther = min((line.distance(place) for line in accessible), default=math.inf)
    chosen = [
        number
        for number in doors
        if away[number] <= max_snap_m
        and nearest <= max_snap_m
        and (away[number] <= nearest + radius_m or abs(away[number] - farther) < 1e-7)
    ]
    for fallback in (doors, range(len(streets))):
        within = [number for number in fallback if away[number] <= max_snap_m]
        if not chosen and within:
            chosen = [min(within, key=lambda number: (away[number], number))]
    return [_link(place, number, streets[number].line, away[number], metres_per_ms) for number in chosen]


def links_of_snaps(snaps: Snaps, street_row: np.ndarray, metres_per_ms: float) -> list[list[Link]]:
    """Every link that snaps give each place, for tests of what lies between links (links have an oracle of their own).

    ``street_row``: the number that the oracle has for each street of the network.
    """
    of_place: list[list[Link]] = [[] for _ in snaps.street]
    links = snaps.links()
    for place, street, position, snap_m in zip(links.place, links.street, links.position, links.snap_m, strict=True):
        if street != NOT_SNAPPED:
            of_place[place].append(Link(int(street_row[street]), float(position), round(snap_m / metres_per_ms)))
    return of_place


def _link(place: Point, street: int, line: LineString, away_m: float, metres_per_ms: float) -> Link:
    position = line.project(place, normalized=True)
    position = 0.0 if position < 1e-9 else 1.0 if position > 1 - 1e-9 else position
    return Link(street, position, round(away_m / metres_per_ms))


def minutes_towards(service: Sequence[Link], doors: Iterable[Sequence[Link]], streets: Sequence[Street]) -> list[float]:
    """Minutes from each door to the service by Dijkstra on a dict, one pair of links at a time: not backwards.

    Of all the links of a door and of the service the least time counts.
    """
    ways: dict[int, list[tuple[int, int]]] = {}
    for street in streets:
        if street.ahead_ms is not None:
            ways.setdefault(street.start, []).append((street.end, street.ahead_ms))
        if street.back_ms is not None:
            ways.setdefault(street.end, []).append((street.start, street.back_ms))
    times = []
    for door in doors:
        pairs = [_one_way(start, end, streets, ways) for start in door for end in service]
        times.append(min((minutes for minutes in pairs if not math.isnan(minutes)), default=math.nan))
    return times


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
