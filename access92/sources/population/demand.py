"""Demand points: the population of a study at points, scaled to the legal population of the areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from pyproj import CRS

from access92.errors import Fault, InputError, input_error
from access92.sources.office.heads import READING
from access92.sources.population.apportion import apportion
from access92.sources.population.doubts import doubtful_squares
from access92.sources.population.footprints import Footprints
from access92.sources.population.layout import layout_notices, resolve_population
from access92.sources.population.publics import count_publics, public_totals
from access92.sources.population.residences import NOWHERE, demand_table
from access92.sources.population.spread import (
    Spread,
    SpreadRead,
    spread_grid,
    spread_points,
    spread_polygons,
)
from access92.sources.population.street_surface import FAR_M, surface_beyond_streets
from access92.sources.written_numbers import written
from access92.study.model import Study
from access92.study.notices import Notice
from access92.study.omissions import Omission
from access92.study.schemas import DEMAND, check_table

Progress = Callable[[int, int], None]

_STEPS = 4
_SPREADERS: Mapping[str, Callable[[Study, gpd.GeoDataFrame, gpd.GeoDataFrame, CRS, Footprints | None], SpreadRead]] = {
    "grid": spread_grid,
    "polygons": spread_polygons,
    "points": spread_points,
}


def _silent(_steps_done: int, _steps: int) -> None:
    """No progress to show."""


@dataclass(frozen=True, slots=True, eq=False)
class PopulationRead:
    """Demand points (contract DEMAND), French notices, the population left out with the reason, and records.

    ``records``: how the file was understood, the totals of publics in their units, doubtful squares.
    """

    demand: gpd.GeoDataFrame
    notices: tuple[str, ...] = ()
    omissions: tuple[Omission, ...] = ()
    records: tuple[Notice, ...] = ()


def read_population(
    study: Study,
    *,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
    footprints: Footprints | None = None,
    on_progress: Progress | None = None,
) -> PopulationRead:
    """The population of the study as demand points (contract DEMAND, ``unit_id`` and publics), with notices.

    Keys of ``[population]`` that the study does not write are those that the names of the columns say
    (:func:`access92.sources.population.layout.resolve_population`).

    ``grid``: the population of each cell goes to the homes in it, in proportion to their floor (``place_on =
    "buildings"``, see :mod:`access92.sources.population.buildings`); or to its residential streets, in proportion to
    length, at points 100 m apart at most; or to its centre. Homes and streets outside the areas count in that
    proportion: a cell on the border leaves its outsiders outside. ``polygons``: the same inside each polygon, with a
    point inside it where it has no such street. ``points``: each row at its place.

    Where ``population.rescale`` is true and the areas have a legal population, each area sums to it exactly, in
    whole persons (largest remainder); for ``points`` only where the study writes ``rescale = true``.

    Parameters
    ----------
    areas, streets
        In ``crs``, contracts AREAS and STREETS; streets may reach beyond the areas, and should.
    footprints
        The buildings known, in ``crs``; None where no file has some.
    on_progress
        Called with steps done and steps in all.

    Returns
    -------
    The table, in ``crs``, sorted by ``demand_id``, without points where nobody lives; French notices; and who of
    the file does not count, and why. Age columns are named ``age_…`` (the prefix is added where missing), other
    columns of publics ``public_…``, ``households_…`` and ``dwellings_…`` (see
    :meth:`access92.study.model.Study.demand_columns`); persons have the shares of the cell, polygon or point,
    households and dwellings their own total (:func:`access92.sources.population.publics.count_publics`).
    ``unit_id``: the cell or polygon that the population comes from ('' in none), or the point itself:
    ``population.id_column``, else the INSPIRE name of the cell, the rank of the polygon.

    Raises
    ------
    InputError
        Missing file or column, no CRS, empty table, negative or missing numbers, duplicate ids, an area with people but
        without residential street, nobody in the areas.
    """
    report = on_progress or _silent
    report(0, _STEPS)
    written, study = study.population, resolve_population(study)
    method = str(study.population.method)
    read = _SPREADERS[method](study, areas, streets, crs, footprints)
    table, spread = read.table, read.spread
    report(2, _STEPS)

    # points have a population of their own: they are rescaled only where the study writes so
    rescale = study.population.follows_legal and "population" in areas.columns
    if "population" in areas.columns and (rescale or method == "grid"):
        on_streets = method == "grid" and study.population.place_on != "centres"
        _check_inhabitable(spread, areas, on_streets=on_streets)
    population, rescale_notices = _rescaled(spread, areas) if rescale else (spread.population, ())
    report(3, _STEPS)

    # a point where nobody lives would cost a row of every matrix and change no figure
    inhabited = population > 0
    if not inhabited.any():
        raise input_error(
            "Personne n'habite la zone d'étude selon ce fichier.",
            table.where,
            "Vérifier que la population couvre la zone d'étude, son CRS, et que lon et lat ne sont pas échangées.",
        )
    row = spread.row[inhabited]
    publics = count_publics(study, spread, population, table.shares)
    demand = demand_table(
        spread.x[inhabited],
        spread.y[inhabited],
        area_ids=areas["area_id"].to_numpy()[spread.area[inhabited]],
        population=population[inhabited].astype(float),
        ages={name: values[inhabited] for name, values in publics.items()},
        crs=crs,
        ids=None if spread.ids is None else spread.ids[inhabited],
        unit_ids=None if spread.unit_ids is None else np.where(row == NOWHERE, "", spread.unit_ids[row]),
    )
    check_table(demand, DEMAND, where=table.where)
    report(_STEPS, _STEPS)
    records = (
        *layout_notices(written, study.population),
        _placing_record(study, read.placed_on, rescaled=rescale),
        *doubtful_squares(study, table, spread, population),
        *read.records,
        *public_totals(study, read, publics),
    )
    omissions = (*read.omissions, *_beyond_streets(study, read, areas, streets, population))
    return PopulationRead(
        demand, (*read.table.rows.attrs.get(READING, ()), *read.notices, *rescale_notices), omissions, records
    )


def _beyond_streets(
    study: Study, read: SpreadRead, areas: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, population: np.ndarray
) -> tuple[Omission, ...]:
    """The areas whose squares or polygons go farther than the streets of the file, on which their people were put."""
    within_m = max(study.analysis.max_snap_m, FAR_M)
    settings, spread = study.population, read.spread
    # a square that is smaller has no ground far from the street that took its people
    is_small = settings.method == "grid" and settings.cell_m * np.sqrt(2) <= within_m
    if study.streets.demo or is_small or read.by_streets is None or read.units_at is None:
        return ()
    unit = np.where((spread.row != NOWHERE) & read.by_streets[spread.row], spread.row, NOWHERE)
    return surface_beyond_streets(
        areas, streets, read.units_at,
        x=spread.x, y=spread.y, population=population.astype(float), unit=unit, area=spread.area, within_m=within_m,
    )  # fmt: skip


def _placing_record(study: Study, placed_on: str, *, rescaled: bool) -> Notice:
    """How people come to their places: by which unit, on what, and whether each area sums to its legal population.

    Subject: method, and buildings, streets or centres ('' for points). Numbers: sides of the squares in metres (of the
    people, of the publics' file), where there are some; 1 where the population is rescaled.
    """
    settings = study.population
    numbers = {"rescaled": float(rescaled)}
    if settings.method == "grid":
        numbers["cell_m"] = settings.cell_m
        numbers |= {} if settings.publics_file is None else {"publics_cell_m": settings.publics_cell_m}
    return Notice("population_placed", (str(settings.method), placed_on), numbers)


def _check_inhabitable(spread: Spread, areas: gpd.GeoDataFrame, *, on_streets: bool) -> None:
    """Refuse an area that has a legal population and no point to put it at."""
    legal = areas["population"].to_numpy(dtype=float)
    deserted = np.flatnonzero((np.bincount(spread.area, minlength=len(areas)) == 0) & (legal > 0))
    faults = []
    for row in deserted:
        name, inhabitants = areas["name"].iloc[row], f"{legal[row]:.0f} habitants"
        what, fix = (
            (f"« {name} » est une zone sans rues : {inhabitants}, mais aucune rue résidentielle.",
             "Charger des rues qui couvrent cette zone, ou la retirer de l'étude.")
            if on_streets
            else (f"« {name} » compte {inhabitants}, mais aucun point de population.",
                  "Compléter le fichier de population, ou écrire rescale = false.")
        )  # fmt: skip
        faults.append(Fault(what, f"zone {areas['area_id'].iloc[row]}", fix))
    if faults:
        raise InputError(faults)


def _rescaled(spread: Spread, areas: gpd.GeoDataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """Whole persons at each point, each area summing to its legal population; and French notices of what it took."""
    legal = np.round(areas["population"].to_numpy(dtype=float)).astype(np.int64)
    names = areas["name"].to_numpy()
    shares = spread.population.copy()
    notices = []
    empty = (np.bincount(spread.area, weights=shares, minlength=len(areas)) == 0) & (legal > 0)
    # a legal population where the file has nobody: the streets are all there is to share it by
    for row in np.flatnonzero(empty):
        in_area = spread.area == row
        shares[in_area] = np.where(spread.length_m[in_area] > 0, spread.length_m[in_area], 1.0)
        notices.append(
            f"« {names[row]} » : le fichier de population n'y place personne ; "
            f"ses {written(legal[row])} habitants sont répartis également le long des rues.",
        )
    return apportion(shares, spread.area, legal), tuple(notices)
