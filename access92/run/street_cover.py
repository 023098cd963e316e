"""Which areas the streets of a study's file leave out, in whole or in part, and how many people live there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from access92.errors import input_error, some_values
from access92.sources.population.beyond_streets import beyond_streets
from access92.sources.population.street_surface import FAR_M, PART_SHARE, margin_beyond_streets
from access92.sources.written_numbers import written
from access92.study.model import Study
from access92.study.omissions import Omission

MISSING_SHARE = 0.9
"""Of the people of an area: with more beyond all streets the area is called one without streets. Those near its border
have the streets of its neighbour, which the extract keeps whole (choice of access92)."""


def street_cover(
    study: Study,
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    *,
    reach_m: float,
) -> tuple[Omission, ...]:
    """The areas whose people have no street of the file within ``max_snap_m``: one record an area, most people first.

    ``area_without_streets`` and ``area_partly_without_streets``: ``count`` of ``total`` demand points of the area,
    ``population`` of ``population_total`` its people, ``examples`` its name. Nothing for the demonstration's streets,
    which are made for the areas. All in one CRS, metres. ``margin_beyond_streets``: the same of the margin of the study
    around them, by what its headline mode goes within the threshold (``reach_m``).

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
    margin = margin_beyond_streets(
        areas, demand, streets,
        margin_m=study.streets.margin_m, within_m=max(limit_m, FAR_M), reach_m=reach_m,
        mode=study.analysis.headline_mode,
    )  # fmt: skip
    if not is_beyond.any():
        return margin

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
    return (*by_people, *margin)
