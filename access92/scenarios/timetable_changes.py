"""A scenario's changes applied to a timetable: lines added and removed, headways, stops closed; a new one is returned.

Calls keep their seconds whatever changes around them. What is added comes last (stops, trips, runs), so that no
position of what was there moves, and no figure depends on the order in which scenarios are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.scenarios.timetable_names import ROUTE_TYPES
from access92.scenarios.timetable_passages import LinePassages, LineSegments, line_passages, line_segments
from access92.sources.timetable import NO_RUN, WHEELCHAIR_UNKNOWN, Timetable
from access92.study.timetable_changes import AddLine

ADDED_FEED = "+"
"""The feed that added lines and stops are of: no feed of a study can have this name."""

_CALLS = ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")


def without_trips(timetable: Timetable, trips: np.ndarray) -> Timetable:
    """The timetable without some trips (bool, n_trips); their rows stay, without calls.

    A vehicle that went on as one of them ends there; one that began as one begins later: riders stay aboard through
    what is left only.
    """
    return _without_calls(timetable, trips[timetable.call_trip])


def without_stops(timetable: Timetable, stops: np.ndarray) -> Timetable:
    """The timetable whose vehicles pass some stops (positions) without stopping: nobody boards or alights there."""
    passed = np.isin(timetable.call_stop, stops)
    return replace(timetable, may_board=timetable.may_board & ~passed, may_alight=timetable.may_alight & ~passed)


def with_line(timetable: Timetable, line: AddLine, positions: list[int]) -> Timetable:
    """The timetable with one line more.

    ``positions``: by stop of the line that of the timetable's stop, -1 where the line brings its own. Vehicles wait
    nowhere; minutes are rounded to whole seconds from the first stop on.
    """
    new = [stop for stop, position in zip(line.stops, positions, strict=True) if position < 0]
    numbers = iter(range(len(timetable.stops), len(timetable.stops) + len(new)))
    stops = [next(numbers) if position < 0 else position for position in positions]

    # one trip a direction holds all its runs, as those of a frequency
    ways = [(stops, line.minutes)]
    if line.both_directions:
        ways.append((stops[::-1], line.minutes[::-1]))
    departures_s = np.array(line.departures_s, dtype=np.int64)
    parts = []
    for way, (called, minutes) in enumerate(ways):
        elapsed_s = np.rint(60 * np.append(0.0, np.cumsum(minutes))).astype(np.int64)
        at_s = (departures_s[:, None] + elapsed_s).ravel()
        place = np.tile(np.arange(len(called)), len(departures_s))
        parts.append({
            "call_run": np.repeat(np.arange(len(departures_s)) + way * len(departures_s), len(called)),
            "call_trip": np.full(len(at_s), len(timetable.trips) + way),
            "call_stop": np.tile(called, len(departures_s)), "arrival_s": at_s, "departure_s": at_s,
            "may_board": place < len(called) - 1, "may_alight": place > 0,
        })  # fmt: skip
    calls = {name: np.concatenate([part[name] for part in parts]) for name in _CALLS}
    return replace(
        _with_calls(timetable, calls),
        stops=_with_stops(timetable.stops, line, len(new)),
        trips=_with_trips(timetable.trips, line, len(ways)),
    )


def with_headway(
    timetable: Timetable, trips: np.ndarray, *, headway_s: int, window_s: tuple[int, int] | None
) -> Timetable:
    """The timetable where vehicles of a line (its trips: bool) follow each other every ``headway_s`` seconds.

    In each direction at its busiest stop: from the first passage of the window on, to the last one where there is no
    window. A passage takes the running times of a trip that is there now: where there are as many as before each keeps
    its own, otherwise the sequences of stops alternate in their present shares, each with its trip nearest in time. A
    passage at the second of its trip is that trip. Trips that do not call at the busiest stop have one of their own.
    """
    segments = line_segments(timetable, trips)
    dropped, added = np.zeros(len(timetable), dtype=bool), []
    for passages in line_passages(timetable, segments):
        low, high = (passages.at_s[0], passages.at_s[-1] + 1) if window_s is None else window_s
        rows = np.flatnonzero((passages.at_s >= low) & (passages.at_s < high))
        if not len(rows):
            continue
        slots = np.arange(passages.at_s[rows[0]], high, headway_s)
        chosen = rows if len(slots) == len(rows) else _sequenced(passages, rows, slots)
        stays = set()
        for row, slot in zip(chosen.tolist(), slots.tolist(), strict=True):
            if passages.at_s[row] == slot and row not in stays:
                stays.add(row)
            else:
                added.append((passages.segment[row], int(slot - passages.at_s[row])))
        for row in rows.tolist():
            if row not in stays:
                first, end = segments.bounds[passages.segment[row]]
                dropped[first:end] = True
    if not dropped.any() and not added:
        return timetable
    calls = [_copied(timetable, segments, segment, shift_s, run) for run, (segment, shift_s) in enumerate(added)]
    shortened = _without_calls(timetable, dropped)
    if not calls:
        return shortened
    return _with_calls(shortened, {name: np.concatenate([part[name] for part in calls]) for name in _CALLS})


def _sequenced(passages: LinePassages, rows: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """By slot the row of the passage whose running times it takes: each sequence of stops keeps its share."""
    by_pattern: dict[int, list[int]] = {}
    for row in rows.tolist():
        by_pattern.setdefault(passages.pattern[row], []).append(row)
    given = dict.fromkeys(by_pattern, 0)
    chosen = []
    for nth, slot in enumerate(slots.tolist(), start=1):
        # the sequence that is furthest behind its share; of equals the one that comes first
        pattern = max(given, key=lambda item: nth * len(by_pattern[item]) - given[item] * len(rows))
        given[pattern] += 1
        chosen.append(min(by_pattern[pattern], key=lambda row: (abs(int(passages.at_s[row]) - slot), row)))
    return np.array(chosen, dtype=np.int64)


def _copied(
    timetable: Timetable, segments: LineSegments, segment: int, shift_s: int, run: int
) -> dict[str, np.ndarray]:
    """The calls of one more vehicle that drives as a trip does, so many seconds later."""
    (first, end), last = segments.bounds[segment], segments.last[segment]
    calls = {name: getattr(timetable, name)[first : last + 1].copy() for name in _CALLS}
    for name in ("arrival_s", "departure_s"):
        calls[name] += np.int32(shift_s)
    calls["call_run"][:], calls["call_trip"][:] = run, timetable.call_trip[first]
    if last >= end:  # where the vehicle goes on as another trip, riders only get off
        calls["may_board"][-1], calls["departure_s"][-1] = False, calls["arrival_s"][-1]
    return calls


def _without_calls(timetable: Timetable, dropped: np.ndarray) -> Timetable:
    """The timetable without some calls (bool), all those of a trip's part of a run or none; runs are numbered anew."""
    if not dropped.any():
        return timetable
    run = timetable.call_run
    follows = np.diff(run, prepend=-1) == 0  # the call before is of the same vehicle
    before = np.append(False, dropped[:-1])
    # where a trip that stays becomes one that goes, riders get off at the first call of the latter
    is_end = dropped & follows & ~before
    kept = np.flatnonzero(~dropped | is_end)
    new_run = np.cumsum((~follows | (before & follows))[kept]) - 1
    calls = {name: getattr(timetable, name)[kept] for name in _CALLS}
    at_end = is_end[kept]
    calls["may_board"] = calls["may_board"] & ~at_end
    calls["departure_s"] = np.where(at_end, calls["arrival_s"], calls["departure_s"])
    calls["call_trip"] = np.where(at_end, timetable.call_trip[kept - 1], calls["call_trip"])
    calls["call_run"] = new_run.astype(np.int32)
    return replace(_of_calls(timetable, calls), transfers=_rules_of(timetable.transfers, run[kept], new_run))


def _of_calls(timetable: Timetable, calls: Mapping[str, np.ndarray]) -> Timetable:
    """The timetable with other calls."""
    return replace(
        timetable, call_run=calls["call_run"], call_trip=calls["call_trip"], call_stop=calls["call_stop"],
        arrival_s=calls["arrival_s"], departure_s=calls["departure_s"], may_board=calls["may_board"],
        may_alight=calls["may_alight"],
    )  # fmt: skip


def _rules_of(rules: pd.DataFrame, old_run: np.ndarray, new_run: np.ndarray) -> pd.DataFrame:
    """The transfer rules for runs with other numbers: one that was cut has its rules twice, one that is gone none."""
    if not ((rules["from_run"] != NO_RUN) | (rules["to_run"] != NO_RUN)).any():
        return rules
    numbers = pd.DataFrame({"old": old_run, "new": new_run}).drop_duplicates()
    numbers = pd.concat([pd.DataFrame({"old": [NO_RUN], "new": [NO_RUN]}), numbers])
    columns, types = list(rules.columns), rules.dtypes
    for name in ("from_run", "to_run"):
        rules = rules.merge(numbers.rename(columns={"old": name}), on=name).drop(columns=name)
        rules = rules.rename(columns={"new": name})
    return rules[columns].astype(types)


def _with_calls(timetable: Timetable, calls: Mapping[str, np.ndarray]) -> Timetable:
    """The timetable with calls of more runs (numbered from 0) after all others."""
    calls = {**calls, "call_run": calls["call_run"] + timetable.n_runs}
    together = {
        name: np.concatenate([getattr(timetable, name), calls[name].astype(getattr(timetable, name).dtype)])
        for name in _CALLS
    }
    return _of_calls(timetable, together)


def _with_stops(stops: gpd.GeoDataFrame, line: AddLine, count: int) -> gpd.GeoDataFrame:
    """The stops and the new ones of a line, in its order."""
    if not count:
        return stops
    new = [stop for stop in line.stops if stop.stop is None]
    rows = gpd.GeoDataFrame(
        {
            "stop_id": [f"{ADDED_FEED}:{line.name}:{number}" for number in range(1, count + 1)],
            "name": [stop.name or f"{line.name}, arrêt {number}" for number, stop in enumerate(new, start=1)],
            "parent": "", "wheelchair": np.full(count, WHEELCHAIR_UNKNOWN, dtype=np.int8), "feed": ADDED_FEED,
        },
        geometry=[shapely.Point(stop.lon, stop.lat) for stop in new], crs="EPSG:4326",
    )  # fmt: skip
    together = pd.concat([stops, rows.to_crs(stops.crs)[stops.columns]], ignore_index=True)
    return gpd.GeoDataFrame(together.astype({"wheelchair": np.int8}), geometry="geometry", crs=stops.crs)


def _with_trips(trips: pd.DataFrame, line: AddLine, count: int) -> pd.DataFrame:
    """The trips and those of a line, one a direction."""
    ends = [line.stops[-1], line.stops[0]][:count]
    rows = pd.DataFrame({
        "trip_id": [f"{ADDED_FEED}:{line.name}:{way}" for way in ("aller", "retour")[:count]], "line": line.name,
        "headsign": [end.name or end.stop or "" for end in ends], "route_id": f"{ADDED_FEED}:{line.name}",
        "route_type": ROUTE_TYPES[line.type][0][0], "wheelchair": WHEELCHAIR_UNKNOWN, "feed": ADDED_FEED,
        "day_shift": 0,
    })  # fmt: skip
    together = pd.concat([trips, rows[trips.columns]], ignore_index=True)
    return together.astype({name: trips[name].dtype for name in trips.columns})
