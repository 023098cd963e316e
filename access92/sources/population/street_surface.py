"""Ground that the streets of a study do not come near: of its squares and polygons, and of its margin."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from access92.sources.population.beyond_streets import beyond_streets
from access92.sources.population.buildings import street_faces
from access92.sources.population.residences import NOWHERE, area_of_points
from access92.study.omissions import Omission

PART_SHARE = 0.05
"""With more of its people than this, an area is said to lack a part of its streets; with less, it is one with parks
(choice of access92)."""

_MOST_SAMPLES = 400_000
_LEAST_PITCH_M = 10.0
_SAMPLES_A_RADIUS = 6.0
"""A sample stands for a square whose side is the radius divided by so much: 50 m for 300 m."""

FAR_M = 300.0
"""Ground is far from streets beyond this, and beyond what the study links (choice of access92): a block of houses or
a yard is not, whatever the study's own limit."""

UnitsAt = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of places (x, y in the CRS of the areas) the row of the square or polygon that holds each, NOWHERE for none."""


def lattice(bounds: tuple[float, float, float, float], *, pitch_m: float) -> tuple[np.ndarray, np.ndarray]:
    """X and y of the middles of squares of ``pitch_m`` that cover a box; larger squares where they would be too many.

    >>> x, y = lattice((0.0, 0.0, 100.0, 50.0), pitch_m=50.0)
    >>> x.tolist(), y.tolist()
    ([25.0, 75.0], [25.0, 25.0])
    """
    west, south, east, north = bounds
    pitch_m = max(pitch_m, float(np.sqrt((east - west) * (north - south) / _MOST_SAMPLES)))
    columns, rows = (max(1, int(np.ceil(length / pitch_m))) for length in (east - west, north - south))
    x, y = west + (np.arange(columns) + 0.5) * pitch_m, south + (np.arange(rows) + 0.5) * pitch_m
    return np.tile(x, rows), np.repeat(y, columns)


def far_from_streets(x: np.ndarray, y: np.ndarray, streets: gpd.GeoDataFrame, *, within_m: float) -> np.ndarray:
    """Which places (bool) have no street that doors may give onto (no motorway, no tunnel) within so many metres."""
    return beyond_streets(x, y, street_faces(streets), within_m=within_m)


def surface_beyond_streets(
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    units_at: UnitsAt,
    *,
    x: np.ndarray,
    y: np.ndarray,
    population: np.ndarray,
    unit: np.ndarray,
    area: np.ndarray,
    within_m: float,
) -> tuple[Omission, ...]:
    """The areas whose people were put near streets, while their square or polygon goes far beyond: most people first.

    Of each unit in each area, the share of its surface without a street within ``within_m``, times its people: those
    who would live there, were they as dense everywhere in the unit. Who was put that far already is not counted again.
    ``area_surface_beyond_streets``: ``count`` thousandths of the surface of the area, ``population`` of
    ``population_total`` its people, ``examples`` its name.

    Parameters
    ----------
    x, y, population, unit, area
        By place: metres, people, row of the unit whose streets took them (NOWHERE for people of no such unit), row of
        the area.
    """
    sample_x, sample_y = lattice(tuple(areas.total_bounds), pitch_m=max(within_m / _SAMPLES_A_RADIUS, _LEAST_PITCH_M))
    in_area = area_of_points(sample_x, sample_y, areas.geometry.to_numpy())
    sample_x, sample_y, in_area = (values[in_area != NOWHERE] for values in (sample_x, sample_y, in_area))
    is_far = far_from_streets(sample_x, sample_y, streets, within_m=within_m)
    if not is_far.any():
        return ()

    # by pair of unit and area: samples, far samples, people, people who are that far where they were put
    in_unit = units_at(sample_x, sample_y)
    known, spread = in_unit != NOWHERE, unit != NOWHERE
    keys, pair = np.unique(
        np.concatenate([in_unit[known] * len(areas) + in_area[known], unit[spread] * len(areas) + area[spread]]),
        return_inverse=True,
    )
    of_sample, of_place = pair[: int(known.sum())], pair[int(known.sum()) :]
    samples, far_samples = (
        np.bincount(of_sample, weights=values, minlength=len(keys))
        for values in (np.ones(len(of_sample)), is_far[known].astype(float))
    )
    placed_far = far_from_streets(x[spread], y[spread], streets, within_m=within_m)
    people, people_far = (
        np.bincount(of_place, weights=values, minlength=len(keys))
        for values in (population[spread], population[spread] * placed_far)
    )
    share = np.divide(far_samples, samples, out=np.zeros(len(keys)), where=samples > 0)
    moved = np.maximum(0.0, share * people - people_far)

    # by area
    surface = np.bincount(in_area, minlength=len(areas))
    far_surface = np.bincount(in_area[is_far], minlength=len(areas))
    by_area = np.bincount(keys % len(areas), weights=moved, minlength=len(areas))
    total = np.bincount(area, weights=population, minlength=len(areas))
    chosen = np.flatnonzero((by_area >= PART_SHARE * total) & (by_area > 0))
    return tuple(
        Omission(
            "area_surface_beyond_streets", round(1000 * far_surface[at] / surface[at]), 1000,
            population=float(by_area[at]), population_total=float(total[at]),
            examples=(str(areas["name"].iloc[at]),),
        )
        for at in sorted(chosen.tolist(), key=lambda at: -by_area[at])
    )  # fmt: skip


def margin_beyond_streets(
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    margin_m: float,
    within_m: float,
    reach_m: float,
    mode: str,
) -> tuple[Omission, ...]:
    """The people who could go, in ``reach_m``, where the margin of the study has no streets in its file.

    ``margin_beyond_streets``: ``count`` thousandths of the surface of the margin, ``population`` of
    ``population_total`` the people within ``reach_m`` in a straight line of some of it. Nothing below
    :data:`PART_SHARE` of the surface. All in one CRS, metres.
    """
    extent = shapely.buffer(shapely.union_all(areas.geometry.to_numpy()), margin_m)
    x, y = lattice(tuple(shapely.bounds(extent)), pitch_m=max(within_m / 3, _LEAST_PITCH_M))
    ring = area_of_points(x, y, np.array([extent])) != NOWHERE
    ring[ring] = area_of_points(x[ring], y[ring], areas.geometry.to_numpy()) == NOWHERE
    x, y = x[ring], y[ring]
    is_far = far_from_streets(x, y, streets, within_m=within_m)
    if not len(x) or is_far.mean() < PART_SHARE:
        return ()
    missing = shapely.STRtree(shapely.points(x[is_far], y[is_far]))
    near = np.unique(missing.query(demand.geometry.to_numpy(), predicate="dwithin", distance=reach_m)[0])
    people = demand["population"].to_numpy(dtype=float)
    concerned = float(people[near].sum())
    if not concerned:
        return ()
    count, total = round(1000 * is_far.mean()), float(people.sum())
    return (Omission("margin_beyond_streets", count, 1000, mode, population=concerned, population_total=total),)
