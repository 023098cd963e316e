"""Which areas the streets of a study's file leave out, in whole or in part, and how many people live there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import input_error, some_values
from access92.sources.population.beyond_streets import beyond_streets
from access92.sources.written_numbers import written
from access92.study.model import Study
from access92.study.omissions import Omission

MISSING_SHARE = 0.9
"""Of the people of an area: with more beyond all streets the area is called one without streets. Those near its border
have the streets of its neighbour, which the extract keeps whole (choice of access92)."""

PART_SHARE = 0.05
"""With more than this, an area without a part of its streets; with less, an area with parks (choice of access92)."""


def surface_beyond_streets(
    areas: gpd.GeoDataFrame, people: np.ndarray, streets: gpd.GeoDataFrame, *, within_m: float
) -> tuple[Omission, ...]:
    """The areas that go beyond the extent of the streets: one record an area, most people first.

    The extent is the convex hull of the streets and ``within_m`` around it: what lies outside is far from every street,
    and a forest or a lake inside is none of it. ``area_surface_beyond_streets``: ``count`` thousandths of the surface,
    ``population`` the people that this share of the surface stands for. ``people``: by area.
    """
    extent = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(streets.geometry.to_numpy())))
    shapes = areas.geometry.to_numpy()
    outside = shapely.area(shapely.difference(shapes, shapely.buffer(extent, within_m)))
    share = np.divide(outside, shapely.area(shapes), out=np.zeros(len(shapes)), where=shapely.area(shapes) > 0)
    return tuple(
        Omission(
            "area_surface_beyond_streets", round(1000 * share[at]), 1000, population=float(share[at] * people[at]),
            population_total=float(people[at]), examples=(str(areas["name"].iloc[at]),),
        )
        for at in sorted(np.flatnonzero((share >= PART_SHARE) & (people > 0)), key=lambda at: -share[at] * people[at])
    )  # fmt: skip


def street_cover(
    study: Study,
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    is_spread: bool = False,
) -> tuple[Omission, ...]:
    """The areas whose people have no street of the file within ``max_snap_m``: one record an area, most people first.

    ``area_without_streets`` and ``area_partly_without_streets``: ``count`` of ``total`` demand points of the area,
    ``population`` of ``population_total`` its people, ``examples`` its name. Nothing for the demonstration's streets,
    which are made for the areas. All in one CRS, metres. ``is_spread``: people come as polygons, spread over streets
    in each; then :func:`surface_beyond_streets` says of the other areas what of them the file leaves out.

    Raises
    ------
    InputError
        No area with inhabitants has streets.
    """
    if study.streets.file is None:
        return ()
    x, y = demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy()
    limit_m = study.analysis.max_snap_m
    is_beyond = beyond_streets(x, y, streets.geometry.to_numpy(), within_m=limit_m)
    # people of polygons are put on the streets that there are: only the surface says what the file leaves out
    by_surface: tuple[Omission, ...] = ()
    if is_spread:
        sums = demand.groupby(demand["area_id"].astype(str))["population"].sum()
        of_area = areas["area_id"].astype(str).map(sums).fillna(0.0).to_numpy(dtype=float)
        by_surface = surface_beyond_streets(areas, of_area, streets, within_m=limit_m)
    if not is_beyond.any():
        return by_surface

    # by area the people of all its points, and of those beyond the streets
    ids = areas["area_id"].astype(str)
    row = ids.reset_index(drop=True).reset_index().set_index("area_id")["index"].loc[demand["area_id"].astype(str)]
    people = demand["population"].to_numpy(dtype=float)
    points = np.bincount(row, minlength=len(areas))
    beyond_points = np.bincount(row[is_beyond], minlength=len(areas))
    population = np.bincount(row, weights=people, minlength=len(areas))
    beyond = np.bincount(row[is_beyond], weights=people[is_beyond], minlength=len(areas))
    share = np.divide(beyond, population, out=np.zeros(len(areas)), where=population > 0)

    missing = (share >= MISSING_SHARE) & (population > 0)
    if missing.sum() == (population > 0).sum():
        names = areas["name"].astype(str).to_numpy()[missing]
        raise input_error(
            f"Le fichier de rues ne couvre aucune des zones de l'étude : {written(beyond.sum())} habitants sur "
            f"{written(population.sum())} n'ont aucune rue à moins de {written(limit_m)} m.",
            f"{study.streets.file.as_posix()}, zones {some_values(names)}",
            "Donner un fichier de rues qui couvre la zone étudiée et sa marge (« access92 fetch streets »).",
        )
    is_part = ~missing & (share >= PART_SHARE)
    by_people = tuple(
        Omission(
            code, int(beyond_points[at]), int(points[at]), population=float(beyond[at]),
            population_total=float(population[at]), examples=(str(areas["name"].iloc[at]),),
        )
        for code, chosen in (("area_without_streets", missing), ("area_partly_without_streets", is_part))
        for at in sorted(np.flatnonzero(chosen).tolist(), key=lambda at: -beyond[at])
    )  # fmt: skip
    said = {item.examples for item in by_people}
    return (*by_people, *(item for item in by_surface if item.examples not in said))
