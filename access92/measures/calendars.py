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
    group_demand,
    open_rows,
    person_hours,
    person_hours_table,
    week_table,
)
from access92.sources.opening_hours import hours_known, opening_intervals
from access92.sources.visits import visit_intervals
from access92.study.model import Analysis, Calendar
from access92.study.notices import Notice
from access92.study.schemas import ANY
from access92.travel.matrix import TravelTimes
from access92.travel.nearest import nearest_service


@dataclass(frozen=True, slots=True)
class HourTables:
    """What a calendar gives, by the headline mode.

    ``hours``: scenario, mode, threshold_min, area_id, population, person_hours, hours_per_week, population_without.
    ``week``: scenario, mode, threshold_min, and a row for each hour of the week.
    ``moments``: the columns of coverage and ``moment`` (ISO text).
    ``notices``: what was assumed: hours of services, and weeks that are not whole.
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
) -> HourTables:
    """Person-hours, the week and coverage at moments, for each scenario, with the hours of its services and visits.

    ``services``: the rows of the travel times, places of halts included (kind ``mobile``); ``scenario_rows``: the
    fixed services that each scenario counts; ``scenario_visits``: its halts; ``travel_times``: by scenario;
    ``analysis``: the threshold, the time zone of the clocks, and whose bank holidays close services.

    Raises
    ------
    InputError
        Hours that cannot be read (the service is named), a moment outside the days of the calendar.
    """
    period = Period(calendar.first_day, calendar.last_day, analysis.zone)
    threshold_min = analysis.threshold_min
    ids = [str(name) for name in services["service_id"]]
    population = demand["population"].to_numpy(float)
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

        times = travel_times[scenario]
        visit_min = calendar.minimal_visit_min
        key: dict[str, str | float] = {"scenario": scenario, "mode": times.mode, "threshold_min": threshold_min}
        # people are summed by group: with the rows of other scenarios among them, the groups, and so the last digit of
        # the sums, would depend on which others run
        places = services["service_id"].isin(scenario_visits[scenario]["place_id"])
        counted = np.union1d(rows, np.flatnonzero(places.to_numpy()))
        minutes, counted_ids = times.minutes[counted], [ids[row] for row in counted]
        group_key = (id(times), counted.tobytes())
        if group_key not in groups:
            groups[group_key] = group_demand(minutes, threshold_min)

        # over the whole period, then by hour of the week
        reachable = person_hours(
            minutes, counted_ids, intervals, period=period, threshold_min=threshold_min, minimal_visit_min=visit_min,
            groups=groups[group_key],
        )  # fmt: skip
        hours.append(person_hours_table(reachable, demand, period=period, areas=areas).assign(**key))
        by_hour = week_table(
            minutes, counted_ids, intervals, population,
            period=period, threshold_min=threshold_min, minimal_visit_min=visit_min, groups=groups[group_key],
        )  # fmt: skip
        week.append(by_hour.assign(**key))

        # coverage by the services that are open at each moment
        for moment in calendar.moments:
            open_services = open_rows(intervals, ids, moment, period=period, minimal_visit_min=visit_min)
            nearest, _ = nearest_service(times.minutes, open_services)
            table = coverage_table(
                nearest, demand, scenario=scenario, mode=times.mode, rule=ANY, thresholds_min=[threshold_min],
                unsnapped=times.demand_snaps["edge_id"].isna().to_numpy(), areas=areas,
            )  # fmt: skip
            # everybody only, as every table of hours
            moments.append(table.drop(columns="public").assign(moment=moment.isoformat(timespec="minutes")))

        # what the hours of this scenario assume
        unknown = int((~hours_known(fixed)).sum())
        if unknown:
            numbers = {"services": unknown, "fixed_services": len(fixed)}
            notices.append(Notice("hours_unknown", (scenario, calendar.assumed_hours or ""), numbers))
    return HourTables(_stacked(hours), _stacked(week), _stacked(moments), tuple(notices))


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
