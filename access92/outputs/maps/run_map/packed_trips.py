"""The trips of a mode that rides packed for the page of a run: from every home to what the page calls its nearest.

The page holds no trip whole. It holds the walks from homes to stops, and for each service the boardings that lead to
it; it finds the trip of a home at a minute among them, by the order of :func:`access92.transit.legs.trip_legs`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

import numpy as np

from access92.outputs.maps.encoding import varints
from access92.outputs.maps.run_map.packed_timetables import PackedTimetables
from access92.outputs.maps.run_map.packing import pack_tree
from access92.transit.matrix import TransitOptions
from access92.transit.origins import MS_PER_S
from access92.transit.trip_kernels import NO_BOARDING
from access92.transit.trips import Trips

TRIP_PATHS = ("homes", "walks", "stops", "departures", "ridden", "following", "boarding_walks", "direct")
"""The parts of a packed mode that stand apart, as bytes."""

ALWAYS_WALKED = 0
"""How the page reads that at no minute a ride is faster than the walk."""


def nearest_pairs(codes: np.ndarray, rows_of_rules: Iterable[Sequence[int]], *, beyond: int) -> list[np.ndarray]:
    """By service (row of ``codes``) the points of which the page can call it the nearest.

    ``codes``: as :func:`~.packing.time_codes` gives them; ``rows_of_rules``: the rows that each choice of the reader
    counts, in the order in which the page looks at them. Of equal codes the first row is the nearest, as there.

    >>> [points.tolist() for points in nearest_pairs(np.array([[3, 1], [2, 1]]), [[0, 1], [1]], beyond=3)]
    [[1], [0, 1]]
    """
    is_nearest = np.zeros(codes.shape, dtype=bool)
    points = np.arange(codes.shape[1])
    for rows in rows_of_rules:
        if len(rows):
            chosen = np.asarray(rows)[codes[rows].argmin(axis=0)]
            reached = codes[chosen, points] < beyond
            is_nearest[chosen[reached], points[reached]] = True
    return [np.flatnonzero(row) for row in is_nearest]


def ridden_calls(trips: Trips, *, count: int) -> np.ndarray:
    """The calls of the timetable, ``count`` of them (bool), that a trip boards at or passes on its way."""
    calls = np.zeros(count + 1, dtype=np.int64)
    for part in trips.boardings:
        np.add.at(calls, trips.connections.call[part.boarding], 1)
        np.add.at(calls, trips.connections.call[part.alighting] + 1, -1)
    ridden: np.ndarray = np.cumsum(calls)[:-1] > 0
    return ridden


def pack_trips(trips: Trips, options: TransitOptions, timetables: PackedTimetables, at: int) -> str:
    """The trips of a mode; ``options``: that they were searched with; ``at``: which of the timetables it rides."""
    stop_number = timetables.stop_number[at]
    head, boardings = _packed_boardings(trips, stop_number, timetables.departure_rank[at])
    tree: dict[str, object] = {
        **head,
        **_packed_access(trips, stop_number),
        **boardings,
        "direct": varints(_direct(trips, options)),
    }
    return pack_tree(
        {
            name: base64.b64encode(part).decode("ascii") if isinstance(part, bytes) else part
            for name, part in tree.items()
        },
        TRIP_PATHS,
    )


def _packed_access(trips: Trips, stop_number: np.ndarray) -> dict[str, object]:
    """The walks from homes to stops by stop: how many, then of each stop the homes and seconds as steps."""
    home, stop, walk_s = trips.origin, stop_number[trips.stop], trips.walk_s
    order = np.lexsort((walk_s, home, stop))
    home, stop, walk_s = home[order], stop[order], walk_s[order]
    is_first = np.diff(stop, prepend=-1) != 0
    at_stops, counts = np.unique(stop, return_counts=True)
    return {
        "homes": varints(np.concatenate([
            [len(at_stops)], np.diff(at_stops, prepend=0), counts,
            np.where(is_first, home, np.diff(home, prepend=0)),
        ])),
        "walks": varints(np.where(is_first, walk_s, np.diff(walk_s, prepend=0))),
    }  # fmt: skip


def _packed_boardings(
    trips: Trips, stop_number: np.ndarray, departure_rank: np.ndarray
) -> tuple[dict[str, object], dict[str, bytes]]:
    """Of each service its boardings: how many, their stops and departures as steps, what is ridden, what follows.

    A walk to the service is written as -1 - seconds; nothing follows it.
    """
    connections = trips.connections
    columns: dict[str, list[np.ndarray]] = {name: [] for name in TRIP_PATHS[2:-1]}
    services = []
    for row, part in enumerate(trips.boardings):
        if not len(part.boarding):
            continue
        calls = connections.call[part.boarding]
        stop, rank = stop_number[connections.from_stop[part.boarding]], departure_rank[calls]
        # those of a stop stay in their order: of equal ones the first is told
        order = np.argsort(stop, kind="stable")
        position = np.empty(len(order), dtype=np.int64)
        position[order] = np.arange(len(order))
        stop, rank, ends = stop[order], rank[order], part.following[order] == NO_BOARDING
        is_first = np.diff(stop, prepend=-1) != 0
        follows = position[part.following[order][~ends]]
        services.append([row, len(order)])
        columns["stops"].append(np.diff(stop, prepend=0))
        columns["departures"].append(np.where(is_first, rank, np.diff(rank, prepend=0)))
        columns["ridden"].append((connections.call[part.alighting] - calls)[order])
        columns["following"].append(np.diff(follows, prepend=0))
        columns["boarding_walks"].append(np.where(ends, -1 - part.walk_s[order], part.walk_s[order]))
    packed = {name: varints(np.concatenate(some or [np.empty(0, dtype=np.int64)])) for name, some in columns.items()}
    return {"services": services}, packed


def _direct(trips: Trips, options: TransitOptions) -> np.ndarray:
    """Of each service the homes that walk all the way at some minute: how many, which (as steps), and how long.

    :data:`ALWAYS_WALKED` where they do at every minute, otherwise one more than twice the whole seconds, and one more
    where there is a part of a second beyond them: a ride is faster where it takes no longer than those.
    """
    parts: list[np.ndarray] = []
    for homes, ride_minutes, ms in zip(trips.origins, trips.ride_minutes, trips.direct_ms, strict=True):
        direct_ms = ms.astype(np.int64)
        walks = (direct_ms <= options.max_trip_s * MS_PER_S) & (ride_minutes < options.n_minutes)
        seconds, beyond = np.divmod(direct_ms[walks], MS_PER_S)
        written = np.where(ride_minutes[walks] == 0, ALWAYS_WALKED, 1 + 2 * seconds + (beyond > 0))
        parts += [np.array([walks.sum()]), np.diff(homes[walks], prepend=0), written]
    return np.concatenate(parts or [np.empty(0, dtype=np.int64)])
