"""How often those who go by public transport take a vehicle, and how coverage depends on the minute of departure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.measures.access import Access
from access92.measures.publics import CountedPublic
from access92.study.schemas import TOTAL
from access92.travel.nearest import nearest_service
from access92.travel.riding import Rider, RideTimes
from access92.travel.router import Router
from access92.travel.time_limits import is_under

QUARTILES = (25, 75)
"""Between the times of these percentiles are those of half of the departures."""

RIDES_COLUMNS = (
    "scenario", "mode", "public", "area_id", "threshold_min", "population", "population_within_cutoff",
    "population_riding", "ride_minutes_share", "population_covered_p25", "population_covered", "population_covered_p75",
)  # fmt: skip


def tabulate_rides(
    routers: Mapping[tuple[str, str], Router],
    access: Mapping[tuple[str, str], Access],
    services: gpd.GeoSeries,
    demand: gpd.GeoDataFrame,
    *,
    area_ids: Sequence[str],
    publics: Sequence[CountedPublic],
    threshold_min: float,
) -> pd.DataFrame:
    """A row for each public, scenario, mode by which it rides, and area (« total » last); empty where nobody rides.

    ``routers``: by scenario and mode, those that ride; ``access``: by scenario and mode. ``population_within_cutoff``:
    who reaches a service within it; ``population_riding``: who takes a vehicle to the nearest one in some minute
    of the window; ``ride_minutes_share``: the share (0–1) of the minutes of those who reach one in which a vehicle is
    faster than walking all the way, each person counted alike; ``population_covered…``: in less than the threshold at
    the percentile that counts, and at those of :data:`QUARTILES`.
    """
    areas = pd.Categorical(demand["area_id"].astype(str), categories=list(area_ids))
    by_home = {key: _by_home(router, access[key], services, threshold_min) for key, router in routers.items()}
    rows = [
        row
        for public in publics
        for (scenario, mode), of_homes in by_home.items()
        if mode in public.travel_modes
        for row in _area_rows(
            of_homes, demand[public.column].to_numpy(dtype=float), areas, (scenario, mode, public.name), threshold_min
        )
    ]
    return pd.DataFrame(rows, columns=list(RIDES_COLUMNS))


def _by_home(router: Router, record: Access, services: gpd.GeoSeries, threshold_min: float) -> dict[str, np.ndarray]:
    """What is said of each home: reached, riding and covered (bool), and the share of its minutes with a vehicle."""
    rider, counted = router.rider, record.service_rows
    if rider is None:
        message = "a mode that rides has a rider"
        raise ValueError(message)
    places = services.iloc[counted]
    times = rider.ride_times(router, places, cutoff_min=router.cutoff_min)
    reached = record.nearest_service >= 0
    nearest = np.searchsorted(counted, np.where(reached, record.nearest_service, counted[0]))
    ride_minutes = np.where(reached, times.ride_minutes[nearest, np.arange(len(nearest))], 0)
    by_home = {
        "population_within_cutoff": reached,
        "population_riding": ride_minutes > 0,
        "population_covered": is_under(record.travel_time_min, threshold_min),
        "share": ride_minutes / times.n_minutes,
    }
    for percentile in QUARTILES:
        minutes = _at(router, rider, places, times, percentile)
        least, _ = nearest_service(minutes, np.arange(len(counted), dtype=np.int32))
        by_home[f"population_covered_p{percentile}"] = is_under(least, threshold_min)
    return by_home


def riders_population(
    router: Router, rider: Rider, record: Access, services: gpd.GeoSeries, people: np.ndarray, threshold_min: float
) -> float:
    """The people in less than the threshold, at the percentile that counts, were they to ride by another rider."""
    places = services.iloc[record.service_rows]
    times = rider.ride_times(router, places, cutoff_min=router.cutoff_min)
    minutes = _at(router, rider, places, times, rider.percentile)
    least, _ = nearest_service(minutes, np.arange(len(places), dtype=np.int32))
    return float(people[is_under(least, threshold_min)].sum())


def _at(router: Router, rider: Rider, places: gpd.GeoSeries, times: RideTimes, percentile: int) -> np.ndarray:
    """The minutes at a percentile; where streets are closed never less than with nothing closed."""
    minutes = times.at(percentile)
    if router.whole is None:
        return minutes
    whole = rider.ride_times(router.whole, places, cutoff_min=router.cutoff_min)
    least: np.ndarray = np.maximum(minutes, whole.at(percentile))
    return least


def _area_rows(
    by_home: Mapping[str, np.ndarray],
    people: np.ndarray,
    areas: pd.Categorical,
    names: tuple[str, str, str],
    threshold_min: float,
) -> list[dict[str, object]]:
    """The rows of one public: area by area, then all together."""
    scenario, mode, public = names
    rows: list[dict[str, object]] = []
    every = np.ones(len(people), dtype=bool)
    for area_id, inside in (*((name, areas == name) for name in areas.categories), (TOTAL, every)):
        counts = {name: float(people[inside & is_so].sum()) for name, is_so in by_home.items() if name in RIDES_COLUMNS}
        reached = counts["population_within_cutoff"]
        with_vehicle = float((people * by_home["share"])[inside & by_home["population_within_cutoff"]].sum())
        rows.append({
            "scenario": scenario, "mode": mode, "public": public, "area_id": area_id, "threshold_min": threshold_min,
            "population": float(people[inside].sum()), **counts,
            "ride_minutes_share": with_vehicle / reached if reached > 0 else np.nan,
        })  # fmt: skip
    return rows
