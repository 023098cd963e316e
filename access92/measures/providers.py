"""Sole providers and next nearest services: who loses cover when a service closes, and where they turn."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._space import SAME_PLACE_M, place_numbers
from access92._statistics import weighted_quantile
from access92.measures.areas import AreaSums, index_areas
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under

SOLE_PROVIDER_COLUMNS = (
    "service_id", "area_id", "population_reached", "population_sole", "population_sole_place", "same_place",
)  # fmt: skip

NEXT_NEAREST_COLUMNS = (
    "service_id", "turns_to", "population", "population_lost", "median_extra_min", "extra_person_min",
)  # fmt: skip


def sole_providers(
    reached: np.ndarray,
    rows: np.ndarray,
    services: gpd.GeoDataFrame,
    demand: pd.DataFrame,
    *,
    areas: AreaSums | None = None,
    same_place_m: float = SAME_PLACE_M,
) -> pd.DataFrame:
    """Population that each service alone covers, by area: SOLE_PROVIDER_COLUMNS.

    ``population_reached``: those who reach it under the rule; ``population_sole``: those who reach no other,
    and lose cover when it closes. Of two services at the same place each has none, since the other stays:
    ``same_place`` names the others ("A;B"), and ``population_sole_place`` counts those who lose cover when
    the whole place closes. One place: see :func:`access92._space.place_numbers`. Services in the order of
    ``rows``; of each the areas with people who reach it, sorted, then ``total`` always.

    Parameters
    ----------
    reached
        bool (len(rows), n_demand): ``is_under(minutes[rows], threshold_min)``.
    rows
        The rows of ``services`` that count.
    same_place_m
        How far apart, in metres, two services at one place may be.

    Examples
    --------
    >>> from shapely import Point
    >>> services = gpd.GeoDataFrame({"service_id": ["A", "B"]}, geometry=[Point(0, 0), Point(90, 90)], crs=2154)
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "a"], "population": [1, 2, 4]})
    >>> reached = np.array([[True, True, False], [False, True, True]])
    >>> table = sole_providers(reached, np.array([0, 1]), services, demand)
    >>> table.loc[table["area_id"] == "total", ["service_id", "population_sole"]].to_numpy().tolist()
    [['A', 1.0], ['B', 4.0]]
    """
    area_sums = index_areas(demand, areas)
    names = services["service_id"].astype(str).to_numpy()[rows]

    # who reaches each place, by any of its services
    place = place_numbers(services.geometry.iloc[rows], same_place_m=same_place_m)
    by_place = np.zeros((int(place.max(initial=-1)) + 1, reached.shape[1]), dtype=bool)
    for row, label in enumerate(place):
        by_place[label] |= reached[row]

    # by service and area: who reaches it, who reaches nothing else, who reaches no other place
    sums = np.array([area_sums.sum(np.where(row, area_sums.population, 0.0)) for row in reached]).reshape(
        -1, len(area_sums.labels)
    )
    sole, sole_place = (_sole_population(members, area_sums) for members in (reached, by_place))
    same_place = [
        ";".join(other for other in names[place == label] if other != name)
        for name, label in zip(names, place, strict=True)
    ]

    # a row where someone reaches the service
    has_row = sums > 0
    has_row[:, -1] = True  # the total always
    at, column = np.nonzero(has_row)
    return pd.DataFrame(
        {
            "service_id": names[at],
            "area_id": np.array(area_sums.labels, dtype=object)[column],
            "population_reached": sums[at, column],
            "population_sole": sole[at, column],
            "population_sole_place": sole_place[place[at], column],
            "same_place": np.array(same_place, dtype=object)[at],
        },
        columns=list(SOLE_PROVIDER_COLUMNS),
    )


def next_nearest_table(
    minutes: np.ndarray,
    rows_before: np.ndarray,
    rows_after: np.ndarray,
    service_ids: Sequence[str],
    demand: pd.DataFrame,
    *,
    threshold_min: float,
    minutes_after: np.ndarray | None = None,
) -> pd.DataFrame:
    """The next nearest service for the population of each service that closes: NEXT_NEAREST_COLUMNS, per pair.

    The people of a service are those who have it nearest (of equal times the first row). ``turns_to``: the
    nearest of those that remain or open, '' where none is reached. ``population_lost``: covered before, in
    strictly less than the threshold, and no longer after. ``median_extra_min``: of the extra minutes, by people
    (NaN for ''); ``extra_person_min``: their sum (0 for '', whose minutes nobody knows). ``minutes_after``: the
    matrix of the scenario after, where its streets or speeds are others (the same rows and columns). In the order of
    the closed rows, then most people first.

    Examples
    --------
    >>> minutes = np.array([[5, 6, 30], [9, 25, 1], [np.nan, 7, 40]], dtype=np.float32)
    >>> demand = pd.DataFrame({"population": [1, 2, 4]})
    >>> table = next_nearest_table(
    ...     minutes, np.array([0, 1]), np.array([1]), ["A", "B", "C"], demand, threshold_min=20)
    >>> table.values.tolist()
    [['A', 'B', 3.0, 2.0, 19.0, 42.0]]
    """
    before_min, before = nearest_service(minutes, rows_before)
    after_min, after = nearest_service(minutes if minutes_after is None else minutes_after, rows_after)
    closed = np.setdiff1d(rows_before, rows_after)
    population = demand["population"].to_numpy(float)
    lost = is_under(before_min, threshold_min) & ~is_under(after_min, threshold_min)
    extra_min = after_min.astype(float) - before_min

    # the inhabited points of the closed services, those of one pair (closed, next) one after the other
    members = np.flatnonzero(np.isin(before, closed) & (population > 0))
    members = members[np.lexsort((after[members], before[members]))]
    breaks = np.flatnonzero(np.diff(before[members]) | np.diff(after[members])) + 1

    # one row a pair; its closed row goes first, for the order alone
    pairs = []
    for points in np.split(members, breaks) if len(members) else ():
        turning, extra = population[points], extra_min[points]
        pairs.append(
            (
                before[points[0]],
                service_ids[before[points[0]]],
                service_ids[after[points[0]]] if after[points[0]] >= 0 else "",
                turning.sum(),
                turning[lost[points]].sum(),
                weighted_quantile(extra, turning, 0.5),
                float(np.nansum(turning * extra)),
            ),
        )
    order = {int(row): rank for rank, row in enumerate(closed)}
    pairs.sort(key=lambda row: (order[int(row[0])], -row[3], row[2]))
    table = pd.DataFrame([row[1:] for row in pairs], columns=list(NEXT_NEAREST_COLUMNS))
    return table if pairs else table.astype(dict.fromkeys(NEXT_NEAREST_COLUMNS[2:], float))


def _sole_population(reached: np.ndarray, area_sums: AreaSums) -> np.ndarray:
    """Population (rows of ``reached`` × areas, then the total) that a single row reaches."""
    width = len(area_sums.ids) + 1
    sole_points = np.flatnonzero(reached.sum(axis=0, dtype=np.int32) == 1)
    if len(sole_points) == 0:
        return np.zeros((len(reached), width))
    provider = reached[:, sole_points].argmax(axis=0)
    size = len(reached) * width
    sums = np.bincount(
        provider * width + area_sums.codes[sole_points], weights=area_sums.population[sole_points], minlength=size
    )
    sums = sums.reshape(-1, width)
    sums[:, -1] = sums.sum(axis=1)
    return sums
