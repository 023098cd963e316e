"""Person-hours, hours of the week and coverage at moments, from the opening hours of services and visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._clock import Period
from access92.measures.areas import AreaSums
from access92.measures.coverage import coverage_table
from access92.measures.hours import (
    DemandGroups,
    arrival_windows,
    group_demand,
    open_rows,
    person_hours,
    person_hours_table,
    week_frame,
    week_table,
)
from access92.measures.riding_hours import RidingHours
from access92.sources.opening_hours import hours_known, opening_intervals
from access92.sources.visits import visit_intervals
from access92.study.model import Analysis, Calendar
from access92.study.notices import Notice
from access92.study.schemas import ANY
from access92.travel.matrix import TravelTimes
from access92.travel.nearest import nearest_service

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class HourTables:
    """What a calendar gives, mode after mode.

    ``hours``: scenario, mode, threshold_min, and the columns of :func:`access92.measures.hours.person_hours_table`.
    ``week``: scenario, mode, threshold_min, and a row for each hour of the week.
    ``moments``: the columns of coverage and ``moment`` (ISO text).
    ``notices``: what was assumed: hours of services, weeks that are not whole, hours that are not known.
    """

    hours: pd.DataFrame
    week: pd.DataFrame
    moments: pd.DataFrame
    notices: tuple[Notice, ...]


def tabulate_hours(
    calendar: Calendar,
    services: gpd.GeoDataFrame,
    scenario_rows: Mapping[str, np.ndarray],
    scenario_visits: Mapping[str, gpd.GeoDataFrame],
    travel_times: Mapping[str, TravelTimes],
    demand: pd.DataFrame,
    *,
    areas: AreaSums,
    analysis: Analysis,
    riding: Mapping[str, RidingHours] | None = None,
) -> HourTables:
    """Person-hours, the week and coverage at moments, for each scenario, with the hours of its services and visits.

    ``services``: the rows of the travel times, places of halts included (kind ``mobile``); ``scenario_rows``: the
    fixed services that each scenario counts; ``scenario_visits``: its halts; ``travel_times``: by scenario, of one
    mode; ``analysis``: the threshold, the time zone of the clocks, and whose bank holidays close services;
    ``riding``: by scenario, where the mode rides: then the times of each minute count, not ``travel_times``.

    Raises
    ------
    InputError
        Hours that cannot be read (the service is named), a moment outside the days of the calendar.
    """
    period = Period(calendar.first_day, calendar.last_day, analysis.zone)
    hours, week, moments = [], [], []
    groups: dict[tuple[int, bytes], DemandGroups] = {}  # of scenarios that count the same on the same streets
    notices = list(_partial_weeks(period))
    for scenario, rows in scenario_rows.items():
        # when the fixed services and the visits of the scenario are open
        fixed = services.iloc[rows]
        intervals = pd.concat(
            [
                opening_intervals(
                    fixed,
                    period,
                    assumed_hours=calendar.assumed_hours,
                    beyond_min=calendar.minimal_visit_min,
                    holiday_region=analysis.holidays,
                ),
                visit_intervals(scenario_visits[scenario]),
            ],
            ignore_index=True,
        )

        # people are summed by group: with the rows of other scenarios among them, the groups, and so the last digit of
        # the sums, would depend on which others run
        times = travel_times[scenario]
        places = services["service_id"].isin(scenario_visits[scenario]["place_id"])
        counted = np.union1d(rows, np.flatnonzero(places.to_numpy()))
        openings = _Openings(calendar, period, intervals, services.iloc[counted], analysis.threshold_min)
        if riding is None:
            group_key = (id(times), counted.tobytes())
            if group_key not in groups:
                groups[group_key] = group_demand(times.minutes[counted], analysis.threshold_min)
            tables = _walked(openings, times.minutes[counted], groups[group_key], demand, areas)
        else:
            tables = _ridden(openings, riding[scenario], demand, areas)
            notices += _unknown_hours(scenario, times.mode, tables)
        key: dict[str, str | float] = {
            "scenario": scenario, "mode": times.mode, "threshold_min": analysis.threshold_min,
        }  # fmt: skip
        hours.append(tables.hours.assign(**key))
        week.append(tables.week.assign(**key))

        # coverage by the services that are open at each moment; where it is not known, no figure
        for moment, nearest in zip(calendar.moments, tables.nearest, strict=True):
            table = coverage_table(
                np.full(len(demand), np.nan, dtype=np.float32) if nearest is None else nearest,
                demand, scenario=scenario, mode=times.mode, rule=ANY, thresholds_min=[analysis.threshold_min],
                unsnapped=times.demand_snaps["edge_id"].isna().to_numpy(), areas=areas,
            )  # fmt: skip
            if nearest is None:
                table = table.assign(population_covered=np.nan, coverage_share=np.nan)
            # everybody only, as every table of hours
            moments.append(table.drop(columns="public").assign(moment=moment.isoformat(timespec="minutes")))

        # what the hours of this scenario assume
        unknown = int((~hours_known(fixed)).sum())
        if unknown:
            numbers = {"services": unknown, "fixed_services": len(fixed)}
            notices.append(Notice("hours_unknown", (scenario, calendar.assumed_hours or ""), numbers))
    return HourTables(_stacked(hours), _stacked(week), _stacked(moments), tuple(notices))


def joined_hours(tables: Sequence[HourTables]) -> HourTables:
    """The tables of several modes, mode after mode; what all of them assume is said once."""
    if not tables:
        return HourTables(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), ())
    hours, week, moments = (
        pd.concat([getattr(item, name) for item in tables], ignore_index=True) for name in ("hours", "week", "moments")
    )
    notices: list[Notice] = []
    for item in tables:
        notices += [notice for notice in item.notices if notice not in notices]
    return HourTables(hours, week, moments, tuple(notices))


@dataclass(frozen=True, slots=True, eq=False)
class _Openings:
    """When the services of one scenario are open, and the services: those of the intervals, in their rows."""

    calendar: Calendar
    period: Period
    intervals: pd.DataFrame
    services: gpd.GeoDataFrame
    threshold_min: float

    @property
    def ids(self) -> list[str]:
        """The ids of the services."""
        return [str(name) for name in self.services["service_id"]]


@dataclass(frozen=True, slots=True, eq=False)
class _ScenarioHours:
    """The tables of one scenario; ``nearest``: at each moment minutes by demand point, None where not known."""

    hours: pd.DataFrame
    week: pd.DataFrame
    nearest: Sequence[np.ndarray | None]


def _walked(
    openings: _Openings, minutes: np.ndarray, groups: DemandGroups, demand: pd.DataFrame, areas: AreaSums
) -> _ScenarioHours:
    """By a mode of the streets, whose times are the same at any minute."""
    period, intervals, ids = openings.period, openings.intervals, openings.ids
    threshold_min, visit_min = openings.threshold_min, openings.calendar.minimal_visit_min
    reachable = person_hours(
        minutes, ids, intervals, period=period, threshold_min=threshold_min, minimal_visit_min=visit_min, groups=groups
    )
    by_hour = week_table(
        minutes, ids, intervals, demand["population"].to_numpy(float),
        period=period, threshold_min=threshold_min, minimal_visit_min=visit_min, groups=groups,
    )  # fmt: skip
    nearest = [
        nearest_service(minutes, open_rows(intervals, ids, moment, period=period, minimal_visit_min=visit_min))[0]
        for moment in openings.calendar.moments
    ]
    return _ScenarioHours(person_hours_table(reachable, demand, period=period, areas=areas), by_hour, nearest)


def _ridden(openings: _Openings, riding: RidingHours, demand: pd.DataFrame, areas: AreaSums) -> _ScenarioHours:
    """By a mode that rides, minute by minute."""
    calendar, period = openings.calendar, openings.period
    population = demand["population"].to_numpy(float)
    windows = arrival_windows(openings.intervals, openings.ids, period, calendar.minimal_visit_min)
    sums = riding.count(
        openings.services.geometry, windows, population,
        period=period, threshold_min=openings.threshold_min, moments=calendar.moments,
    )  # fmt: skip
    return _ScenarioHours(
        person_hours_table(
            sums.counted_s / _HOUR_S, demand, period=period, areas=areas, unknown_hours=sums.unknown_s / _HOUR_S
        ),
        week_frame(sums.week_person_s, sums.week_unknown_s, population, period=period),
        # whoever is there is under the threshold, by how much is not asked
        [None if there is None else np.where(there, np.float32(0), np.float32(np.nan)) for there in sums.moments],
    )


def _unknown_hours(scenario: str, mode: str, tables: _ScenarioHours) -> list[Notice]:
    """That hours are not known, where some are not."""
    total = tables.hours.iloc[-1]
    open_h = float(tables.week["hours_unknown"].sum())
    if open_h == 0:
        return []
    numbers = {"hours": open_h, **{name: float(total[name]) for name in ("person_hours", "person_hours_unknown")}}
    return [Notice("ride_hours_unknown", (scenario, mode), numbers)]


def _partial_weeks(period: Period) -> list[Notice]:
    """A notice where the days are not whole weeks: a mean per week then leans towards some weekdays."""
    days = round(7 * period.weeks)
    return [] if days % 7 == 0 else [Notice("partial_weeks", numbers={"days": days})]


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The parts one after the other, their key first."""
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    key = ["scenario", "mode", "threshold_min", *(["moment"] if "moment" in table.columns else [])]
    return table[[*key, *(name for name in table.columns if name not in key)]]
