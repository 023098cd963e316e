"""The lines and stops of a timetable that a change names, as riders and feeds call them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from access92.errors import Fault, nearest_word, some_values
from access92.scenarios.apply import plain_id
from access92.sources.timetable import Timetable
from access92.study.timetable_changes import LineType

ROUTE_TYPES: dict[LineType, tuple[range, ...]] = {
    "bus": (range(3, 4), range(11, 12), range(200, 300), range(700, 900)),
    "tram": (range(1), range(900, 1000)),
    "metro": (range(1, 2), range(400, 500)),
    "train": (range(2, 3), range(100, 200)),
}
"""By type of line GTFS's route types, the extended ones included; the first is that of a new line."""

_SAME_TOWN = 2  # decimals of a degree: stops of one name within about a kilometre are of one line
_MOST = 6


def named_trips(
    timetable: Timetable, line: str, *, kind: LineType | None = None, feed: str = "", where: str
) -> tuple[np.ndarray, list[Fault]]:
    """Which trips (bool) are of a line, or why that cannot be said.

    A line is named by its route_id, with or without the prefix of its feed, or as riders know it (capitals, accents
    and spaces aside). Routes of one name are one line where they share stops (a feed may have one for each direction).
    """
    trips = timetable.trips
    none = np.zeros(len(trips), dtype=bool)
    runs = none.copy()
    runs[timetable.call_trip] = True
    if feed:
        runs &= trips["feed"].to_numpy() == feed
    if kind is not None:
        route_type = trips["route_type"].to_numpy()
        runs &= np.isin(route_type, [number for part in ROUTE_TYPES[kind] for number in part])
    routes = trips.loc[runs, ["route_id", "line", "route_type", "feed"]].drop_duplicates()

    ids = routes["route_id"].astype(str)
    asked = routes[(ids == line) | (_without_prefix(ids) == line)]
    if not len(asked):
        asked = routes[routes["line"].map(plain_id) == plain_id(line)]
    if not len(asked):
        if kind is not None or feed:
            anywhere, _ = named_trips(timetable, line, where=where)
            if anywhere.any():
                return none, [_elsewhere(timetable, anywhere, line, where)]
        fix = nearest_word(line, set(routes["line"].astype(str)) - {""}) or "Corriger le type, le feed ou la ligne."
        # a change before this one may have taken it away
        what = f"Aucune ligne ne s'appelle « {line} » ce jour-là, après les changements qui précèdent."
        return none, [Fault(what, where, fix)]
    of_line = runs & trips["route_id"].isin(asked["route_id"]).to_numpy()
    lines = _lines_apart(timetable, of_line)
    if len(lines) > 1:
        listed = "; ".join(
            f"{route} ({trips.loc[trips['route_id'] == route, 'route_type'].iloc[0]})" for route, *_ in lines
        )
        what = f"Plusieurs lignes s'appellent « {line} »."
        fix = "En donner le type (bus, tram, metro, train), le feed, ou l'identifiant (route_id) à la place du nom."
        return none, [Fault(what, f"{where}, lignes (type GTFS) {listed}", fix)]
    return of_line, []


def _elsewhere(timetable: Timetable, of_line: np.ndarray, line: str, where: str) -> Fault:
    """A line that is there, of another type or in another feed than the change says."""
    rows = timetable.trips.loc[of_line, ["route_type", "feed"]].drop_duplicates()
    kinds = [next((name for name, ranges in ROUTE_TYPES.items() if any(number in part for part in ranges)), str(number))
             for number in rows["route_type"]]  # fmt: skip
    there = " ; ".join(f"{name}, feed « {feed} »" for name, feed in zip(kinds, rows["feed"], strict=True))
    what = f"La ligne « {line} » n'est pas du type ou de l'horaire que dit le changement."
    return Fault(what, f"{where} ; la ligne : {there}", "Corriger type ou feed, ou les retirer.")


def named_stops(timetable: Timetable, stop: str, *, feed: str = "", where: str) -> tuple[np.ndarray, list[Fault]]:
    """The positions of the stops of an id (with or without the prefix of its feed), of a station's, or of a name."""
    stops = timetable.stops
    inside = (stops["feed"] == feed).to_numpy() if feed else np.ones(len(stops), dtype=bool)
    for column in ("stop_id", "parent"):
        ids = stops[column].astype(str)
        asked = np.flatnonzero(inside & ((ids == stop) | (_without_prefix(ids) == stop)).to_numpy())
        if len(asked):
            return asked, []
    names = stops["name"].astype(str)
    asked = np.flatnonzero(inside & (names.map(plain_id) == plain_id(stop)).to_numpy())
    if len(asked):
        return asked, []
    fix = nearest_word(stop, set(names[inside]) - {""})
    return asked, [Fault(f"Aucun arrêt des horaires ne s'appelle « {stop} ».", where, fix)]


def named_stop(timetable: Timetable, stop: str, *, where: str) -> tuple[int, list[Fault]]:
    """The position of the one stop of an id or a name; -1 with a fault where there is none or more than one."""
    asked, faults = named_stops(timetable, stop, where=where)
    if len(asked) > 1:
        listed = some_values(timetable.stops["stop_id"].iloc[asked], most=_MOST)
        what = f"Plusieurs arrêts s'appellent « {stop} »."
        faults = [Fault(what, f"{where}, {listed}", "Donner l'identifiant de l'un d'eux.")]
    return (-1 if faults else int(asked[0])), faults


def _without_prefix(ids: pd.Series) -> pd.Series:
    """Ids as their feed has them."""
    return ids.str.partition(":")[2] if len(ids) else ids


def all_lines(timetable: Timetable) -> list[list[str]]:
    """The route_ids of each line that runs, by their first trips: those that :func:`named_trips` takes as one."""
    runs = np.zeros(len(timetable.trips), dtype=bool)
    runs[timetable.call_trip] = True
    routes = timetable.trips.loc[runs, ["route_id", "line"]].drop_duplicates("route_id")
    lines: list[list[str]] = []
    for _, same in routes.groupby(routes["line"].map(plain_id), sort=False)["route_id"]:
        of_name = runs & timetable.trips["route_id"].isin(same).to_numpy()
        lines += [[str(same.iloc[0])]] if len(same) == 1 else _lines_apart(timetable, of_name)
    return lines


def _lines_apart(timetable: Timetable, of_line: np.ndarray) -> list[list[str]]:
    """The route_ids of each line among the routes of some trips: routes that share stops of one name are one line."""
    calls = of_line[timetable.call_trip]
    pairs = pd.DataFrame({
        "route": timetable.trips["route_id"].to_numpy()[timetable.call_trip[calls]], "stop": timetable.call_stop[calls],
    }).drop_duplicates()  # fmt: skip
    used = timetable.stops.iloc[pairs["stop"].to_numpy()]
    towns = used.get_coordinates().round(_SAME_TOWN).to_numpy()
    places = list(zip(used["name"].map(plain_id), *towns.T.tolist(), strict=True))
    kinds = timetable.trips.drop_duplicates("route_id").set_index("route_id")["route_type"]
    find, join = _sets()
    # a bus that stands in for a train of the same name is another line
    for route, place in zip(pairs["route"], places, strict=True):
        join((route,), (int(kinds[route]), *place))
    lines: dict[object, list[str]] = {}
    for route in pairs["route"].drop_duplicates():
        lines.setdefault(find((route,)), []).append(str(route))
    return list(lines.values())


def _sets() -> tuple[Callable[[object], object], Callable[[object, object], None]]:
    """Disjoint sets: the first member of the set of a thing, and the joining of two."""
    parent: dict[object, object] = {}

    def find(item: object) -> object:
        root = item
        while parent.setdefault(root, root) != root:
            root = parent[root]
        while parent[item] != root:
            parent[item], item = root, parent[item]
        return root

    def join(one: object, other: object) -> None:
        parent[find(other)] = find(one)

    return find, join


def directions(patterns: list[tuple[int, ...]]) -> list[list[int]]:
    """The sequences of stops of a line by direction (positions): two that share a way from stop to stop are of one.

    >>> directions([(1, 2, 3), (3, 2, 1), (0, 1, 2)])
    [[0, 2], [1]]
    """
    find, join = _sets()
    for number, stops in enumerate(patterns):
        for pair in pairwise(stops):
            join(("way", *pair), number)
    groups: dict[object, list[int]] = {}
    for number in range(len(patterns)):
        groups.setdefault(find(number), []).append(number)
    return list(groups.values())
