"""The hours of a run: by each mode that its calendar asks for, with what stands for the days of the timetable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from access92.measures.areas import AreaSums
from access92.measures.calendars import HourTables, joined_hours, tabulate_hours
from access92.measures.riding_hours import RidingHours
from access92.run.study_inputs import StudyInputs
from access92.sources.service_days import day_notices
from access92.study.model import Study
from access92.transit.rider import build_ride_days
from access92.travel.matrix import TravelTimes
from access92.travel.study_routers import SharedRouter


def tabulate_study_hours(
    study: Study,
    inputs: StudyInputs,
    routers: Sequence[SharedRouter],
    travel_times: Mapping[tuple[str, str], TravelTimes],
    areas: AreaSums,
) -> HourTables:
    """The hours by each mode that the calendar asks for; empty tables without one.

    ``travel_times``: by scenario and mode, up to the cut-off.
    """
    if study.calendar is None:
        return joined_hours([])
    plan, ride_days = inputs.plan, build_ride_days(study.transit, inputs.days)
    tables = []
    for mode in study.hour_modes:
        riding = None
        if inputs.modes[mode].rides:
            riding = {
                name: RidingHours(item.router, ride_days[name])
                for item in routers
                if item.router.mode.name == mode
                for name in item.scenarios
            }
        tables.append(
            tabulate_hours(
                study.calendar, plan.services, plan.rows, plan.visits,
                {scenario: travel_times[scenario, mode] for scenario in plan.rows}, inputs.demand,
                areas=areas, analysis=study.analysis, riding=riding,
            )
        )  # fmt: skip
    hours, days = joined_hours(tables), next(iter(inputs.days.values()), ())
    is_demo = study.transit is not None and study.transit.demo
    return replace(hours, notices=(*hours.notices, *day_notices(days, is_demo=is_demo)))
