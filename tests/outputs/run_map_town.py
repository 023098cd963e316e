"""The made-up town with all that the page of a run can show: candidate places, other streets, lone catchments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import MultiPolygon

from access92.candidates import CandidateTimes, choose_candidates
from access92.commitments import services_of_kinds
from access92.coverage import coverage_table, nearest_service
from access92.results import Results
from access92.situations import rules_of
from access92.tables import ANY
from tests.outputs.synthetic import CUTOFF_MIN, EXTRA_MIN, MINUTES_PER_M, make_results

THRESHOLDS_MIN = (10.0, 12.25, 20.0, 30.0)  # one that is no multiple of a tenth of a minute
OTHER_GROUND = ("demenage", "walk")


def town() -> Results:
    """Straight-line times; in one scenario by one mode the streets are slower; coverage by the real function."""
    results = make_results(changes=True)
    analysis = results.study.analysis.model_copy(update={"thresholds_min": THRESHOLDS_MIN})
    study = results.study.model_copy(
        update={"analysis": analysis, "map": results.study.map.model_copy(update={"candidates_m": 500.0})}
    )
    slow = results.travel_times["walk"]
    counted = results.situation(*OTHER_GROUND).service_rows
    minutes = np.full_like(slow.minutes, np.nan)
    minutes[counted] = slow.minutes[counted] * np.float32(1.25)
    minutes[minutes > CUTOFF_MIN] = np.nan
    other = {OTHER_GROUND: replace(slow, minutes=minutes)}
    best, nearest = nearest_service(minutes, counted)
    situations = tuple(
        replace(item, travel_time_min=best, nearest_service=nearest)
        if (item.scenario, item.mode) == OTHER_GROUND
        else item
        for item in results.situations
    )
    made = replace(
        results,
        study=study,
        situations=situations,
        scenario_times=other,
        candidates=_candidates(results),
        catchments=_with_lone_catchments(results),
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
    candidates: Sequence[int] = (),
) -> float:
    """People of the whole town who reach a service: what the page must say after the same trials."""
    rows = np.array([*(row for row in results.situation(scenario, mode).service_rows if row not in without), *more])
    rows = rows if rule == ANY else services_of_kinds(results.services, rows, (rule,))
    times = results.scenario_times.get((scenario, mode), results.travel_times[mode]).minutes[rows]
    if candidates:
        assert results.candidates is not None
        times = np.vstack([times, results.candidates.minutes[mode][list(candidates)]])
    reached = (times < np.float32(threshold_min)).any(axis=0)
    return float(results.demand[public].to_numpy()[reached].sum())


def _coverage(results: Results) -> pd.DataFrame:
    parts = []
    for item in results.situations:
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
                    areas=list(results.areas["area_id"]),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _candidates(results: Results) -> CandidateTimes:
    demand = results.demand
    places = choose_candidates(demand, results.areas, cell_m=500)
    distance_m = np.hypot(
        places.geometry.x.to_numpy()[:, None] - demand.geometry.x.to_numpy(),
        places.geometry.y.to_numpy()[:, None] - demand.geometry.y.to_numpy(),
    )
    minutes = {}
    for mode in results.modes:
        times = (distance_m * MINUTES_PER_M[mode] + EXTRA_MIN[mode]).astype(np.float32)
        times[times > CUTOFF_MIN] = np.nan
        times[:, -1] = np.nan
        minutes[mode] = times
    return CandidateTimes(places, minutes, CUTOFF_MIN)


def _with_lone_catchments(results: Results) -> gpd.GeoDataFrame:
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
        pd.concat([results.catchments, alone], ignore_index=True), geometry="geometry", crs=services.crs
    )
