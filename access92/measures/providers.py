"""Who provides alone, and who is next: people whom one service alone covers, and where they turn when it closes."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._space import SAME_PLACE_M, place_numbers
from access92._statistics import weighted_quantile
from access92.measures.areas import AreaSums, area_sums
from access92.travel.matrix import nearest_service
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
    """People whom each service is alone to cover, by area: SOLE_PROVIDER_COLUMNS.

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
    told = area_sums(demand, areas)
    names = services["service_id"].astype(str).to_numpy()[rows]
    place = place_numbers(services.geometry.iloc[rows], same_place_m=same_place_m)
    by_place = np.zeros((int(place.max(initial=-1)) + 1, reached.shape[1]), dtype=bool)
    for row, label in enumerate(place):
        by_place[label] |= reached[row]
    sums = np.array([told.sums(np.where(row, told.people, 0.0)) for row in reached]).reshape(-1, len(told.labels))
    sole, sole_place = (_alone(members, told) for members in (reached, by_place))
    others = [
        ";".join(other for other in names[place == label] if other != name)
        for name, label in zip(names, place, strict=True)
    ]
    is_told = sums > 0
    is_told[:, -1] = True  # the total always
    at, column = np.nonzero(is_told)
    return pd.DataFrame(
        {
            "service_id": names[at],
            "area_id": np.array(told.labels, dtype=object)[column],
            "population_reached": sums[at, column],
            "population_sole": sole[at, column],
            "population_sole_place": sole_place[place[at], column],
            "same_place": np.array(others, dtype=object)[at],
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
    """Where the people of each service that closes turn: NEXT_NEAREST_COLUMNS, per closed service and next one.

    The people of a service are those who have it nearest (of equal times the first row). ``turns_to``: the
    nearest of those that remain or open, '' where none is reached. ``population_lost``: covered before, in
    strictly less than the threshold, and no longer after. ``median_extra_min``: of the extra minutes, by people
    (NaN for ''); ``extra_person_min``: their sum (0 for '', whose minutes nobody knows). ``minutes_after``: the
    matrix of the situation after, where its streets or speeds are others (the same rows and columns). In the order of
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
    return _next_nearest(before_min, before, after_min, after, closed, service_ids, demand, threshold_min)


def _next_nearest(
    before_min: np.ndarray,
    before: np.ndarray,
    after_min: np.ndarray,
    after: np.ndarray,
    closed: np.ndarray,
    service_ids: Sequence[str],
    demand: pd.DataFrame,
    threshold_min: float,
) -> pd.DataFrame:
    people = demand["population"].to_numpy(float)
    lost = is_under(before_min, threshold_min) & ~is_under(after_min, threshold_min)
    extra_min = after_min.astype(float) - before_min
    members = np.flatnonzero(np.isin(before, closed) & (people > 0))
    members = members[np.lexsort((after[members], before[members]))]
    breaks = np.flatnonzero(np.diff(before[members]) | np.diff(after[members])) + 1
    found = []
    for group in np.split(members, breaks) if len(members) else ():
        weight, extra = people[group], extra_min[group]
        found.append(
            (
                before[group[0]],
                service_ids[before[group[0]]],
                service_ids[after[group[0]]] if after[group[0]] >= 0 else "",
                weight.sum(),
                weight[lost[group]].sum(),
                weighted_quantile(extra, weight, 0.5),
                float(np.nansum(weight * extra)),
            ),
        )
    order = {int(row): rank for rank, row in enumerate(closed)}
    found.sort(key=lambda row: (order[int(row[0])], -row[3], row[2]))
    table = pd.DataFrame([row[1:] for row in found], columns=list(NEXT_NEAREST_COLUMNS))
    return table if found else table.astype(dict.fromkeys(NEXT_NEAREST_COLUMNS[2:], float))


def _alone(reached: np.ndarray, told: AreaSums) -> np.ndarray:
    """People (rows of ``reached`` × areas, then the total) whom a single row reaches."""
    width = len(told.ids) + 1
    single = np.flatnonzero(reached.sum(axis=0, dtype=np.int32) == 1)
    if len(single) == 0:
        return np.zeros((len(reached), width))
    keeper = reached[:, single].argmax(axis=0)
    size = len(reached) * width
    found = np.bincount(keeper * width + told.codes[single], weights=told.people[single], minlength=size)
    found = found.reshape(-1, width)
    found[:, -1] = found.sum(axis=1)
    return found
