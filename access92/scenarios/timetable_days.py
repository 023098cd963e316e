"""The timetable of each scenario on each day of a calendar: that of the day, with the changes of its chain.

The days are those of the calendar, whatever day ``shift_service_day`` gives the travel times. A line or a stop that a
change names and that day does not have leaves nothing to change; a line that is added runs on every day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from access92.scenarios.timetable_chain import ScenarioTimetable
from access92.scenarios.timetable_changes import ADDED_FEED, with_headway, with_line, without_stops, without_trips
from access92.scenarios.timetable_names import named_stop, named_stops, named_trips
from access92.sources.service_days import CalendarDay
from access92.sources.timetable import Timetable
from access92.study.timetable_changes import AddLine, CloseStop, LineStop, RemoveLine, SetHeadway, TimetableChange


def daily_timetables(
    timetables: Mapping[str, ScenarioTimetable], days: Sequence[CalendarDay]
) -> dict[str, tuple[CalendarDay, ...]]:
    """By scenario the days of a calendar with its own timetables: one object where day and changes are the same."""
    same: dict[tuple[int, tuple[TimetableChange, ...]], Timetable] = {}

    def changed(table: Timetable, state: ScenarioTimetable) -> Timetable:
        key = (id(table), state.changes)
        if key not in same:
            same[key] = _with_changes(table, state)
        return same[key]

    return {
        name: tuple(day if day.table is None else replace(day, table=changed(day.table, state)) for day in days)
        for name, state in timetables.items()
    }


def _with_changes(table: Timetable, state: ScenarioTimetable) -> Timetable:
    """The timetable of a day after the changes of a scenario, which its own day was checked for."""
    known = state.source.table
    for change in state.changes:
        if isinstance(change, AddLine):
            table = _with_line(table, known, change)
        elif isinstance(change, CloseStop):
            table = without_stops(table, named_stops(table, change.stop, feed=change.feed, where="")[0])
        elif isinstance(change, RemoveLine | SetHeadway):
            trips = _trips_of(table, known, change)
            if not trips.any():
                continue
            if isinstance(change, RemoveLine):
                table = without_trips(table, trips)
            else:
                headway_s = round(60 * change.headway_min)
                table = with_headway(table, trips, headway_s=headway_s, window_s=change.window_s)
    return table


def _trips_of(table: Timetable, known: Timetable, change: RemoveLine | SetHeadway) -> np.ndarray:
    """The trips (bool) of a line that run that day.

    Where several lines bear its name that day, those of the routes that it has on the day of the scenario.
    """
    named, faults = named_trips(table, change.line, kind=change.type, feed=change.feed, where="")
    if not faults:
        return named
    on_known_day, _ = named_trips(known, change.line, kind=change.type, feed=change.feed, where="")
    routes = known.trips["route_id"].to_numpy()[on_known_day]
    runs = np.zeros(len(table.trips), dtype=bool)
    runs[table.call_trip] = True
    of_line: np.ndarray = runs & table.trips["route_id"].isin(routes).to_numpy()
    return of_line


def _with_line(table: Timetable, known: Timetable, line: AddLine) -> Timetable:
    """The timetable with a line more, whose stops are those that it has on the day of the scenario."""
    placed = [(-1, stop) if stop.stop is None else _stop_on(table, known, stop.stop) for stop in line.stops]
    stops = tuple(stop for _, stop in placed)
    return with_line(table, line.model_copy(update={"stops": stops}), [position for position, _ in placed])


def _stop_on(table: Timetable, known: Timetable, name: str) -> tuple[int, LineStop]:
    """A stop by its position that day, or as a new place (-1) where no vehicle calls there that day."""
    position, faults = named_stop(table, name, where="")
    if not faults:
        return position, LineStop(stop=name)
    at, unknown = named_stop(known, name, where="")
    if unknown:  # of a line that the scenario adds before, beside another of its name
        return int(named_stops(table, name, feed=ADDED_FEED, where="")[0][0]), LineStop(stop=name)
    same = np.flatnonzero((table.stops["stop_id"] == known.stops["stop_id"].iloc[at]).to_numpy())
    if len(same):
        return int(same[0]), LineStop(stop=name)
    place = known.stops.geometry.iloc[at]
    return -1, LineStop(name=str(known.stops["name"].iloc[at]), lon=place.x, lat=place.y)
