"""All that a study reads, checked: modes, areas, services, scenarios, streets and population."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._clock import Period
from access92.measures.publics import all_modes
from access92.network.modes import Mode
from access92.progress import Progress
from access92.run.inputs import InputWatch, watch_inputs
from access92.run.notices import farthest_m, read_notices
from access92.run.sloped_streets import add_slopes
from access92.run.street_cover import street_cover
from access92.scenarios.plan import ScenarioPlan, count_services, plan_scenarios
from access92.scenarios.timetable_chain import (
    ScenarioTimetable,
    chained_timetables,
    timetables_on,
    unreachable_stops,
)
from access92.scenarios.timetable_days import daily_timetables
from access92.sources.areas import read_areas
from access92.sources.office.heads import READING
from access92.sources.opening_hours import opening_intervals
from access92.sources.population.layout import resolve_population
from access92.sources.service_days import OF_ANOTHER_DAY, CalendarDay, calendar_days, day_omissions
from access92.sources.services import read_services
from access92.sources.study_population import read_study_population
from access92.sources.study_streets import StudyStreets, read_study_streets
from access92.sources.study_timetable import StudyTimetable, read_study_timetable, read_study_timetable_of
from access92.sources.visits import read_calendar_whole, visit_intervals
from access92.study.changes import AddVisit
from access92.study.model import Calendar, Scenario, Study
from access92.study.notices import Notice
from access92.study.omissions import Omission


@dataclass(frozen=True, slots=True, eq=False)
class PlannedStreets:
    """What the networks of a study are built from; ``timetables``: by scenario, where a mode rides."""

    modes: Mapping[str, Mode]
    plan: ScenarioPlan
    streets: StudyStreets
    timetables: Mapping[str, ScenarioTimetable]


@dataclass(frozen=True, slots=True, eq=False)
class StudyInputs:
    """The tables of a study, in its CRS (metres), and what its readers say of them.

    ``study``: with the keys of ``[population]`` that the names of its columns say.
    """

    study: Study
    modes: Mapping[str, Mode]
    areas: gpd.GeoDataFrame
    services: gpd.GeoDataFrame  # all those of the file, counted or not
    plan: ScenarioPlan
    streets: StudyStreets
    demand: gpd.GeoDataFrame
    timetable: StudyTimetable | None  # None where no mode rides
    timetables: Mapping[str, ScenarioTimetable]  # by scenario, where a mode rides
    days: Mapping[str, tuple[CalendarDay, ...]]  # by scenario, where hours are counted by a mode that rides
    other_days: Mapping[date, Mapping[str, ScenarioTimetable]]  # those of the sensitivity, by day
    population_notices: tuple[Notice, ...]
    omissions: tuple[Omission, ...]  # of inhabitants, visits, streets and areas
    watch: InputWatch
    readings: tuple[str, ...] = ()  # what of services and visits was read otherwise than it is written (French)

    @property
    def planned(self) -> PlannedStreets:
        """What the networks are built from."""
        return PlannedStreets(self.modes, self.plan, self.streets, self.timetables)


def read_inputs(
    study: Study,
    scenarios: Sequence[Scenario],
    *,
    cache_folder: Path | None,
    on_progress: Progress,
    on_streets: Callable[[PlannedStreets], object] | None = None,
) -> StudyInputs:
    """Every input of a study and the plan of some of its scenarios; nothing is computed on them.

    ``on_streets``: called when all but the population is read, with what is there by then.

    Raises
    ------
    InputError
        Any input that is refused, or that changes while it is read.
    """
    # the fingerprints are taken before the first file is read: a later change is then noticed
    watch = watch_inputs(study)
    study = watch.study
    modes = all_modes(study, where=f"« {study.name} »")

    on_progress("Zones et services")
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    area_names = dict(zip(areas["area_id"].astype(str), areas["name"].astype(str), strict=True))
    counted = count_services(study, scenarios, services, area_names=area_names, near=areas)

    # hours are checked before the streets are read: a mistake in them must not wait for minutes
    visits, visit_omissions = None, tuple[Omission, ...]()
    open_days: set[date] = set()
    if study.calendar is not None:
        period = Period(study.calendar.first_day, study.calendar.last_day, study.zone)
        origin = study.calendar.origin
        visits, visit_omissions = read_calendar_whole(
            study.table_source(origin),
            crs=areas.crs,
            near=areas,
            period=period,
            where=origin.as_posix(),
            layer=study.calendar.layer,
        )
        openings = _openings(
            study, study.calendar, counted.services, counted.rows, period, where=study.services.origin.as_posix()
        )
        open_days = (
            _days_of(openings)
            | _days_of(visit_intervals(visits))
            | {change.date for item in study.scenarios for change in item.changes if isinstance(change, AddVisit)}
        )

    # so is the timetable, which takes seconds to read
    if study.transit is not None:
        on_progress("Horaires")
    timetable = read_study_timetable(study, areas)

    @cache
    def read_day(day: date) -> StudyTimetable:
        return read_study_timetable_of(study, areas, day)

    timetables = chained_timetables(study, scenarios, timetable, near=areas, read_day=read_day)
    asked_days = () if study.sensitivity is None else study.sensitivity.transit_days
    other_days = {day: timetables_on(study, day, timetables, read_day=read_day, near=areas) for day in asked_days}

    # hours by a mode that rides ask for the timetable of each day of the calendar
    of_calendar: tuple[CalendarDay, ...] = ()
    if study.period is not None and any(modes[name].rides for name in study.hour_modes):
        of_calendar = calendar_days(study, study.period, open_days)
    days = daily_timetables(timetables, of_calendar) if of_calendar else {}

    # so is the layout of the population, which its columns may tell
    laid_out = resolve_population(study)

    # scenarios that close streets need the streets, and the spreading of the population too
    on_progress("Rues")
    streets = add_slopes(study, areas, read_study_streets(laid_out, areas, cache_folder=cache_folder))
    plan = plan_scenarios(study, scenarios, counted, streets.table, modes, visits, near=areas)
    on_progress("Population")
    if on_streets is not None:
        on_streets(PlannedStreets(modes, plan, streets, timetables))
    population = read_study_population(
        study, areas, streets.table,
        streets_key=streets.key, cache_folder=cache_folder, osm_footprints=streets.footprints,
    )  # fmt: skip
    watch.check()

    reach_m = farthest_m(modes[study.analysis.headline_mode], study.analysis.threshold_min)
    cover = street_cover(study, areas, population.demand, streets.table, reach_m=reach_m)
    omissions = (*population.omissions, *visit_omissions, *streets.omissions, *cover)
    of_days = (item for states in (timetables, *other_days.values()) for item in states.values())
    read = [timetable, *(item.source for item in of_days)]
    # that the feeds of another day are of another day is said with the scenario, or with the band of that day
    omissions += tuple(
        dict.fromkeys(
            omission
            for item in read
            if item is not None
            for omission in item.omissions
            if item is timetable or omission.code not in OF_ANOTHER_DAY
        )
    )
    omissions += day_omissions(of_calendar, omissions)
    omissions += unreachable_stops(timetables, streets.table, max_snap_m=study.analysis.max_snap_m)
    readings = services.attrs.get("notices", ()) + (() if visits is None else visits.attrs.get(READING, ()))
    notices = (*read_notices("population_read", population.notices), *population.records)
    laid_out = laid_out.with_tables({})  # what was read of databases has become the tables below
    return StudyInputs(
        laid_out, modes, areas, services, plan, streets, population.demand, timetable, timetables, days, other_days,
        notices, omissions, watch, readings,
    )  # fmt: skip


def _openings(
    study: Study,
    calendar: Calendar,
    services: gpd.GeoDataFrame,
    rows: Mapping[str, np.ndarray],
    period: Period,
    *,
    where: str,
) -> pd.DataFrame:
    """When counted services are open; hours that cannot be read and moments outside the calendar are refused."""
    for moment in calendar.moments:
        period.moment(moment)
    counted = services.iloc[np.unique(np.concatenate(list(rows.values())))]
    return opening_intervals(
        counted, period, assumed_hours=calendar.assumed_hours, holiday_region=study.analysis.holidays, where=where
    )


def _days_of(intervals: pd.DataFrame) -> set[date]:
    """The days that some interval has a part of."""
    return {
        start.date() + timedelta(days=number)
        for start, end in zip(intervals["starts_at"], intervals["ends_at"], strict=True)
        for number in range((end.date() - start.date()).days + 1)
    }
