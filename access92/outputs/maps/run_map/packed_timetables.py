"""The timetables of a run packed for its page: stops, lines, and the vehicles that leave in the window or later.

Vehicles that call at the same stops, as trips of the same lines, are one *pattern*: its stops, its running times, and
when its vehicles leave. Timetables of several scenarios share the patterns that are the same.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.outputs.maps.encoding import Grid, to_mercator, varints
from access92.outputs.maps.run_map.packing import pack_tree
from access92.outputs.words.typography import typeset
from access92.scenarios.timetable_changes import ADDED_FEED
from access92.scenarios.timetable_names import ROUTE_TYPES
from access92.sources.timetable import Timetable
from access92.transit.matrix import TransitOptions

LINE_TYPES = (*ROUTE_TYPES, "other")
"""What the page tells lines apart by: the types of a line, and all others together."""

PUBLISHED, ASSUMED, ADDED = range(3)
"""Whose the departures of a line are: a timetable's, a hypothesis', a scenario's."""

NOT_PACKED = -1


@dataclass(frozen=True, slots=True, eq=False)
class PackedTimetables:
    """Timetables as the page reads them.

    ``content``: the packed array. By timetable: ``stop_number``, the number in the page of each of its stops, and
    ``departure_rank``, of each call the rank of its departure at its stop (by second, then as the page's vehicles
    come); :data:`NOT_PACKED` where the page has no such stop or departure.
    """

    content: str
    stop_number: tuple[np.ndarray, ...]
    departure_rank: tuple[np.ndarray, ...]


def pack_timetables(
    timetables: Sequence[Timetable], ridden: Sequence[np.ndarray], grid: Grid, options: TransitOptions
) -> PackedTimetables:
    """The timetables of the scenarios, without the vehicles that no trip and no map needs.

    ``ridden`` (bool, by call, one array a timetable): the calls of the trips of the page; a vehicle that has one is
    packed, and so is one that leaves from a stop on the map. Departures are those of the window, and what
    one rides afterwards.
    """
    drawn = [grid.covers(shapely.get_coordinates(to_mercator(table.stops))) for table in timetables]
    calls = [
        _packed_calls(table, is_ridden, is_drawn, options)
        for table, is_ridden, is_drawn in zip(timetables, ridden, drawn, strict=True)
    ]
    stops = _number_stops(timetables, calls, drawn, grid)

    names = _Names()
    patterns: dict[bytes, int] = {}
    listed, ranks = [], []
    for table, rows, number in zip(timetables, calls, stops.number, strict=True):
        order, starts = _runs_by_pattern(table, rows, number, names, patterns)
        listed.append(order)
        ranks.append(_departure_ranks(table, starts, number))
    tree = {
        "names": stops.names,
        "drawn": stops.n_drawn,
        "stops": _text(stops.packed),
        "lines": names.lines,
        "headsigns": list(names.headsigns),
        "patterns": [_text(content) for content in patterns],
        "timetables": listed,
    }
    return PackedTimetables(pack_tree(tree, ("stops", "patterns")), stops.number, tuple(ranks))


def line_type(route_type: int) -> int:
    """The position in :data:`LINE_TYPES` of a GTFS route type.

    >>> [LINE_TYPES[line_type(number)] for number in (3, 0, 109, 1000)]
    ['bus', 'tram', 'train', 'other']
    """
    known = (at for at, parts in enumerate(ROUTE_TYPES.values()) if any(route_type in part for part in parts))
    return next(known, len(LINE_TYPES) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Stops:
    """The stops of the page, those on the map first: their names, places and order by id, and their numbers."""

    names: list[str]
    n_drawn: int
    packed: bytes
    number: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """The lines and the headsigns of the page, in the order in which patterns name them."""

    lines: list[list[object]] = field(default_factory=list)
    headsigns: dict[str, int] = field(default_factory=dict)
    _numbers: dict[tuple[str, int, int, str], int] = field(default_factory=dict)

    def line(self, name: str, type_number: int, origin: int, feed: str) -> int:
        """The number of a line: of one name and type in one feed."""
        key = (name, type_number, origin, feed)
        if key not in self._numbers:
            self._numbers[key] = len(self.lines)
            self.lines.append([typeset(name), type_number, origin])
        return self._numbers[key]

    def headsign(self, words: str) -> int:
        """The number of a headsign."""
        return self.headsigns.setdefault(typeset(words), len(self.headsigns))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _packed_calls(table: Timetable, ridden: np.ndarray, drawn: np.ndarray, options: TransitOptions) -> np.ndarray:
    """The calls (positions, ascending) of the vehicles that are packed, each from its first departure of interest."""
    first_s, end_s = options.window_s
    run = table.call_run
    leaves = np.flatnonzero(run[:-1] == run[1:])
    departure_s, arrival_s = table.departure_s[leaves], table.arrival_s[leaves + 1]
    of_interest = (departure_s >= first_s) & ((arrival_s <= end_s + options.max_trip_s) | (departure_s < end_s))
    leaves = leaves[of_interest]
    needed = np.zeros(table.n_runs, dtype=bool)
    needed[run[leaves[ridden[leaves] | drawn[table.call_stop[leaves]]]]] = True
    leaves = leaves[needed[run[leaves]]]
    return np.unique(np.concatenate([leaves, leaves + 1]))


def _number_stops(
    timetables: Sequence[Timetable], calls: Sequence[np.ndarray], drawn: Sequence[np.ndarray], grid: Grid
) -> _Stops:
    """The stops of the packed calls: on the map first, neighbours together; one of several timetables once."""
    tables = []
    for table, rows, is_drawn in zip(timetables, calls, drawn, strict=True):
        used = np.unique(table.call_stop[rows])
        tables.append(table.stops.iloc[used][["stop_id", "name", "geometry"]].assign(drawn=is_drawn[used]))
    together = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), geometry="geometry", crs=timetables[0].stops.crs)
    together = together.drop_duplicates("stop_id", ignore_index=True)
    curve = together.hilbert_distance().to_numpy() if len(together) else np.empty(0)
    together = together.iloc[np.lexsort((curve, ~together["drawn"].to_numpy(dtype=bool)))].reset_index(drop=True)
    position = pd.Index(together["stop_id"])
    cells = grid.cells(shapely.get_coordinates(to_mercator(together)))
    name_number, names = pd.factorize(together["name"].astype(str).map(typeset))
    rank = together["stop_id"].rank(method="first").to_numpy(dtype=np.int64) - 1
    steps = np.diff(np.column_stack([name_number, cells]), axis=0, prepend=np.zeros((1, 3), dtype=np.int64))
    return _Stops(
        list(names), int(together["drawn"].sum()), varints(np.column_stack([steps, rank]).ravel()),
        tuple(position.get_indexer(table.stops["stop_id"]) for table in timetables),
    )  # fmt: skip


def _runs_by_pattern(
    table: Timetable, calls: np.ndarray, number: np.ndarray, names: _Names, patterns: dict[bytes, int]
) -> tuple[list[int], list[np.ndarray]]:
    """The numbers of the patterns of a timetable, and the calls of each of its vehicles in their order."""
    trips = table.trips
    types = [line_type(int(value)) for value in trips["route_type"]]
    feeds, routes = trips["feed"].to_list(), trips["route_id"].to_list()
    origins = [
        ADDED if feed == ADDED_FEED else ASSUMED if route in table.assumed_routes else PUBLISHED
        for feed, route in zip(feeds, routes, strict=True)
    ]
    lines, headsigns = trips["line"].to_list(), trips["headsign"].to_list()

    # vehicles with the same stops, lines and rules, in the order in which they come
    bounds = np.append(np.flatnonzero(np.diff(table.call_run[calls], prepend=-1)), len(calls))
    groups: dict[bytes, list[np.ndarray]] = {}
    for first, end in pairwise(bounds.tolist()):
        rows = calls[first:end]
        trip = table.call_trip[rows]
        begins = np.flatnonzero(np.diff(trip[:-1], prepend=-1))  # who boards at the last call boards nothing
        parts = [
            (at, names.line(lines[t], types[t], origins[t], feeds[t]), names.headsign(headsigns[t]))
            for at, t in zip(begins.tolist(), trip[begins].tolist(), strict=True)
        ]
        head = [len(parts), *np.array(parts).ravel().tolist()]
        closed = [*np.flatnonzero(~table.may_board[rows[:-1]]).tolist(),
                  *(len(rows) + np.flatnonzero(~table.may_alight[rows[1:]])).tolist()]  # fmt: skip
        stops = number[table.call_stop[rows]]
        key = varints(np.array([*head, len(closed), *closed, len(rows), *np.diff(stops, prepend=0).tolist()]))
        groups.setdefault(key, []).append(rows)

    listed, starts = [], []
    for key in sorted(groups):
        runs = sorted(groups[key], key=lambda rows: (table.departure_s[rows[0]], rows[0]))
        content = key + _running_times(table, runs)
        listed.append(patterns.setdefault(content, len(patterns)))
        starts += runs
    return listed, starts


def _running_times(table: Timetable, runs: Sequence[np.ndarray]) -> bytes:
    """Of the vehicles of a pattern when they leave, and which running times each has."""
    profiles: dict[tuple[int, ...], int] = {}
    of_run = []
    for rows in runs:
        way = np.diff(np.column_stack([table.arrival_s[rows], table.departure_s[rows]]).ravel())[1:]
        of_run.append(profiles.setdefault(tuple(way[:-1].tolist()), len(profiles)))
    leave_s = np.array([table.departure_s[rows[0]] for rows in runs], dtype=np.int64)
    parts = [[len(profiles), len(runs)], *profiles, np.diff(leave_s, prepend=0)]
    if len(profiles) > 1:
        parts.append(of_run)
    return varints(np.concatenate([np.asarray(part, dtype=np.int64) for part in parts]))


def _departure_ranks(table: Timetable, runs: Sequence[np.ndarray], number: np.ndarray) -> np.ndarray:
    """Of each call the rank of its departure at its stop; the page numbers the departures of its vehicles alike."""
    leaves = np.concatenate([rows[:-1] for rows in runs]) if runs else np.empty(0, dtype=np.int64)
    stop = number[table.call_stop[leaves]]
    order = np.lexsort((np.arange(len(leaves)), table.departure_s[leaves], stop))
    rank = np.full(len(table), NOT_PACKED, dtype=np.int64)
    rank[leaves[order]] = np.arange(len(leaves)) - np.searchsorted(stop[order], stop[order])
    return rank
