"""The timetable of each scenario: that of its day, with the changes of all its chain in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import Fault, InputError, input_error
from access92.scenarios.chain import along_chains
from access92.scenarios.timetable_changes import with_headway, with_line, without_stops, without_trips
from access92.scenarios.timetable_faults import idle_faults, line_stops, unserved_faults
from access92.scenarios.timetable_names import named_stops, named_trips
from access92.sources.study_timetable import StudyTimetable
from access92.sources.timetable import Timetable
from access92.study.model import Scenario, Study
from access92.study.omissions import Omission
from access92.study.timetable_changes import (
    TIMETABLE_CHANGES,
    AddLine,
    CloseStop,
    RemoveLine,
    SetHeadway,
    ShiftServiceDay,
    TimetableChange,
)


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioTimetable:
    """What a scenario rides by.

    ``table``: the very object of the study, or of another scenario, where day and changes are the same; ``source``: the
    timetable of the day before any change; ``changes``: of all the chain, in order, without the shifts of the day.
    """

    table: Timetable
    source: StudyTimetable
    changes: tuple[TimetableChange, ...] = ()


def chained_timetables(
    study: Study,
    chosen: Sequence[Scenario],
    timetable: StudyTimetable | None,
    *,
    read_day: Callable[[date], StudyTimetable],
    near: gpd.GeoDataFrame | None = None,
) -> dict[str, ScenarioTimetable]:
    """By name, for the chosen scenarios, the timetable after the changes of their chains; none without a timetable.

    ``timetable``: the study's; ``read_day``: the same on another day; ``near``: the areas of the study. A scenario that
    shifts the day has all the changes of its chain on that day.

    Raises
    ------
    InputError
        A change in a study without timetable; a line or a stop that is not there, or more than one of the name; a line
        to add that is there already; a line that does not run when the study looks; a day that changes nothing.
        Whatever ``read_day`` refuses. Of every scenario at once.
    """
    same: dict[tuple[date, tuple[TimetableChange, ...]], ScenarioTimetable] = {}
    by_day = {} if timetable is None else {timetable.table.day: timetable}

    def after(link: Scenario, base: ScenarioTimetable | None) -> ScenarioTimetable | None:
        changes = tuple(item for item in link.changes if isinstance(item, TIMETABLE_CHANGES))
        shifts = [item for item in link.changes if isinstance(item, ShiftServiceDay)]
        if timetable is None:
            if changes or shifts:
                raise input_error(
                    "Un changement porte sur les horaires, mais l'étude n'en a pas.",
                    f"scénario « {link.name} », {(*changes, *shifts)[0].kind}",
                    "Ajouter une partie [transit] à l'étude, et transit à ses modes.",
                )
            return None
        state = base or ScenarioTimetable(timetable.table, timetable)
        if not changes and not shifts:
            return state
        before, source = state.changes, state.source
        if shifts:
            day = shifts[-1].day
            _check_shift(study, link, day, state.source.table.day)
            source = by_day[day] = by_day.get(day) or read_day(day)
        key = (source.table.day, (*before, *changes))
        if key not in same:
            # on another day the changes of the bases are made anew, under the name of the scenario that shifts it
            table, pending = (state.table, changes) if source is state.source else (source.table, key[1])
            same[key] = ScenarioTimetable(_changed(study, link, table, pending, near), source, key[1])
        return same[key]

    states = along_chains(study, chosen, after)
    return {item.name: state for item in chosen if (state := states[item.name]) is not None}


def timetables_on(
    study: Study,
    day: date,
    timetables: Mapping[str, ScenarioTimetable],
    *,
    read_day: Callable[[date], StudyTimetable],
    near: gpd.GeoDataFrame | None = None,
) -> dict[str, ScenarioTimetable]:
    """The timetable of each scenario on another day, with the changes of its chain (``[sensitivity] transit_days``).

    ``timetables``: of :func:`chained_timetables`. A scenario that has that day already keeps its own.

    Raises
    ------
    InputError
        A day that changes nothing for any scenario; a change that cannot be made on that day; whatever ``read_day``
        refuses.
    """
    where = f"[sensitivity] transit_days, {day.isoformat()}"
    _check_other_day(study, where)
    shifts = any(isinstance(item, ShiftServiceDay) for scenario in study.scenarios for item in scenario.changes)
    if day == study.service_day and not shifts:  # of the whole study, whichever scenarios are run
        what = "Ce jour est déjà celui de tous les scénarios : rien ne changerait."
        raise input_error(what, where, "Donner un autre jour, ou retirer celui-là.")
    source = read_day(day)
    same: dict[tuple[TimetableChange, ...], ScenarioTimetable] = {}
    on_day: dict[str, ScenarioTimetable] = {}
    for scenario in study.scenarios:
        state = timetables.get(scenario.name)
        if state is None or state.source.table.day == day:
            on_day |= {} if state is None else {scenario.name: state}
            continue
        if state.changes not in same:
            table = _changed(study, scenario, source.table, state.changes, near, on=f" ({where})")
            same[state.changes] = ScenarioTimetable(table, source, state.changes)
        on_day[scenario.name] = same[state.changes]
    return on_day


def unreachable_stops(
    timetables: dict[str, ScenarioTimetable], streets: gpd.GeoDataFrame, *, max_snap_m: float
) -> tuple[Omission, ...]:
    """The new stops of scenarios that no street comes near: vehicles call there, and nobody boards."""
    omissions = []
    for scenario, state in timetables.items():
        lines = [item for item in state.changes if isinstance(item, AddLine)]
        named = [(line.name, stop) for line in lines for stop in line.stops if stop.stop is None]
        if not named:
            continue
        places = gpd.GeoSeries(gpd.points_from_xy(*zip(*((s.lon, s.lat) for _, s in named), strict=True)), crs=4326)
        points = places.to_crs(streets.crs).to_numpy()
        near = shapely.STRtree(streets.geometry.to_numpy()).query(points, predicate="dwithin", distance=max_snap_m)
        far = np.setdiff1d(np.arange(len(points)), near[0])
        if len(far):
            examples = tuple(f"{line} « {stop.name} »" for line, stop in (named[at] for at in far[:3]))
            omissions.append(
                Omission("line_stop_off_street", len(far), len(named), scenarios=(scenario,), examples=examples)
            )
    return tuple(omissions)


def _check_shift(study: Study, link: Scenario, day: date, present: date) -> None:
    """Refuse a shift of the day that changes nothing."""
    where = f"scénario « {link.name} », shift_service_day = {day.isoformat()}"
    _check_other_day(study, where)
    if day == present:
        what = "Le jour de ce scénario est celui qu'il a déjà : rien ne changerait."
        raise input_error(what, where, "Donner un autre jour, ou retirer ce changement.")


def _check_other_day(study: Study, where: str) -> None:
    """Refuse another day where the timetables of the study have one only."""
    transit = study.transit
    if transit is not None and transit.demo:
        what = "Les horaires de démonstration n'ont qu'un jour : un autre ne changerait rien."
        raise input_error(what, where, "Le retirer, ou donner de vrais horaires (feeds).")
    if transit is not None and all(feed.day is not None for feed in transit.feeds):
        what = "Chaque horaire de l'étude a son propre jour (feeds, day) : un autre jour ne changerait rien."
        raise input_error(what, where, "Retirer day de ces horaires, ou cet autre jour.")


def _changed(
    study: Study,
    link: Scenario,
    table: Timetable,
    changes: Sequence[TimetableChange],
    near: gpd.GeoDataFrame | None,
    *,
    on: str = "",
) -> Timetable:
    """The timetable after changes; what is wrong with each is collected, and it is skipped.

    ``on``: what is said after where a fault is.
    """
    faults: list[Fault] = []
    for change in changes:
        where = f"scénario « {link.name} », {change.kind}{on}"
        if isinstance(change, AddLine):
            positions, wrong = line_stops(study, table, change, near, where)
            table = table if wrong else with_line(table, change, positions)
        elif isinstance(change, CloseStop):
            stops, wrong = named_stops(table, change.stop, feed=change.feed, where=where)
            wrong = wrong or unserved_faults(table, stops, change.stop, where)
            table = table if wrong else without_stops(table, stops)
        elif isinstance(change, RemoveLine | SetHeadway):
            trips, wrong = named_trips(table, change.line, kind=change.type, feed=change.feed, where=where)
            wrong = wrong or idle_faults(study, table, change, trips, where)
            if wrong:
                pass
            elif isinstance(change, RemoveLine):
                table = without_trips(table, trips)
            else:
                headway_s = round(60 * change.headway_min)
                table = with_headway(table, trips, headway_s=headway_s, window_s=change.window_s)
        else:
            wrong = []
        faults += wrong
    if faults:
        raise InputError(faults)
    return table
