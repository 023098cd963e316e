"""The made-up town with all that the page of a run can show: other streets, lone isochrones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import MultiPolygon

from access92.measures.areas import index_areas
from access92.measures.coverage import coverage_table
from access92.network.modes import read_modes
from access92.run.results import Results
from access92.scenarios.selection import rules_of, services_of_kinds
from access92.study.publics import Public
from access92.study.schemas import ANY
from access92.travel.nearest import nearest_service
from tests.outputs.synthetic import (
    CUTOFF_MIN,
    MINUTES_PER_M,
    make_results,
    nearest_situation,
    straight_times,
)

THRESHOLDS_MIN = (10.0, 12.25, 20.0, 30.0)  # one that is no multiple of a tenth of a minute
OTHER_GROUND = ("demenage", "walk")
OWN_WALK = "walk_senior"
SENIORS = Public(name="seniors", title="65 ans et plus", column="age_65_plus", walk_mode=OWN_WALK)
CARLESS = Public(name="foyers", title="Sans voiture", column="foyers", unit="households")


def town() -> Results:
    """Straight-line times; in one scenario the streets are slower for who walks; coverage by the real function.

    Seniors walk by a mode of their own, which nobody else takes; households without a car, of which each
    square has its own number for an inhabitant, are no persons.
    """
    results = make_results(changes=True)
    square = np.arange(len(results.demand)) // 8
    foyers = results.demand["population"] * (0.2 + 0.05 * (square % 7))
    results = replace(results, demand=results.demand.assign(unit_id=square.astype(str), households_foyers=foyers))
    analysis = results.study.analysis.model_copy(update={"thresholds_min": THRESHOLDS_MIN})
    study = results.study.model_copy(
        update={
            "analysis": analysis,
            "publics": (SENIORS, CARLESS),
        }
    )
    times = dict(results.travel_times) | {OWN_WALK: straight_times(OWN_WALK, results.services, results.demand)}
    own = tuple(
        nearest_situation(scenario, OWN_WALK, results.services, times[OWN_WALK]) for scenario in results.scenarios
    )
    other, access_records = {}, []
    for item in (*results.access_records, *own):
        if item.scenario != OTHER_GROUND[0] or item.mode == "car":
            access_records.append(item)
            continue
        minutes = np.full_like(times[item.mode].minutes, np.nan)
        minutes[item.service_rows] = times[item.mode].minutes[item.service_rows] * np.float32(1.25)
        minutes[minutes > CUTOFF_MIN] = np.nan
        other[item.scenario, item.mode] = replace(times[item.mode], minutes=minutes)
        best, nearest = nearest_service(minutes, item.service_rows)
        access_records.append(replace(item, travel_time_min=best, nearest_service=nearest))
    results = replace(
        results,
        study=study,
        modes=dict(results.modes) | {OWN_WALK: read_modes()[OWN_WALK]},
        networks=dict(results.networks) | {OWN_WALK: replace(results.networks["walk"], mode=OWN_WALK)},
        travel_times=times,
        access_records=tuple(item for item in access_records if item.mode != OWN_WALK),
        public_situations=tuple(item for item in access_records if item.mode == OWN_WALK),
    )
    made = replace(
        results,
        scenario_times=other,
        isochrones=_with_lone_isochrones(results),
    )
    return replace(made, coverage=_coverage(made))


def covered(
    results: Results,
    scenario: str,
    mode: str,
    rule: str,
    threshold_min: float,
    *,
    public: str = "population",
    without: Collection[int] = (),
    more: Sequence[int] = (),
) -> float:
    """People of the whole town who reach a service: what the page must say after the same trials."""
    rows = np.array([*(row for row in results.access(scenario, mode).service_rows if row not in without), *more])
    rows = rows if rule == ANY else services_of_kinds(results.services, rows, (rule,))
    times = results.scenario_times.get((scenario, mode), results.travel_times[mode]).minutes[rows]
    reached = (times < np.float32(threshold_min)).any(axis=0)
    return float(results.demand[public].to_numpy()[reached].sum())


def _coverage(results: Results) -> pd.DataFrame:
    parts = []
    people = {item.name: results.demand[item.column].to_numpy(float) for item in results.publics}
    ready = index_areas(results.demand, list(results.areas["area_id"]))
    asked = [
        (public, results.access(scenario.name, mode))
        for public in results.publics
        for scenario in results.scenarios
        for mode in public.travel_modes
    ]
    for public, item in asked:
        times = results.scenario_times.get((item.scenario, item.mode), results.travel_times[item.mode])
        kinds = next(one.kinds for one in results.scenarios if one.name == item.scenario)
        for rule, rows in rules_of(results.services, item.service_rows, kinds).items():
            parts.append(
                coverage_table(
                    nearest_service(times.minutes, rows)[0],
                    results.demand,
                    scenario=item.scenario,
                    mode=item.mode,
                    rule=rule,
                    thresholds_min=THRESHOLDS_MIN,
                    unsnapped=np.arange(len(results.demand)) == len(results.demand) - 1,
                    areas=ready.for_public(public.name, people[public.name]),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _with_lone_isochrones(results: Results) -> gpd.GeoDataFrame:
    services = results.services
    rows = [("", "walk", "", name, threshold, 1.0) for name in services["service_id"] for threshold in THRESHOLDS_MIN]
    shapes = [
        MultiPolygon([place.buffer(threshold / MINUTES_PER_M["walk"])])
        for place in services.geometry
        for threshold in THRESHOLDS_MIN
    ]
    columns = ["scenario", "mode", "rule", "service_id", "threshold_min", "area_km2"]
    alone = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=shapes, crs=services.crs)
    return gpd.GeoDataFrame(
        pd.concat([results.isochrones, alone], ignore_index=True), geometry="geometry", crs=services.crs
    )
