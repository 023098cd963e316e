"""People as demand points: a 1 km grid or polygons spread over residential streets, or points as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from access92.errors import Fault, InputError, refuse, some_values
from access92.sources.apportionment import apportion
from access92.sources.people import People, read_people
from access92.sources.point_tables import WGS84, check_columns, place_rows, read_crs, read_numbers, read_text
from access92.sources.residences import (
    NOWHERE,
    PIECE_M,
    StreetPoints,
    area_of_points,
    demand_table,
    residential_points,
)
from access92.study import Study
from access92.tables import DEMAND, check_table

Progress = Callable[[int, int], None]

_STEPS = 4


def _silent(_done: int, _total: int) -> None:
    """No progress to show."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """People at points: ``source`` is the row of the population file that each point comes from."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    length_m: np.ndarray
    source: np.ndarray
    area: np.ndarray
    ids: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class _Cells:
    """Square cells of a grid: column and row of each, from the lower-left corner of the first."""

    index: pd.MultiIndex
    corner_x: float
    corner_y: float
    side_m: float
    crs: CRS

    def rows_of(self, x: np.ndarray, y: np.ndarray, crs: CRS) -> np.ndarray:
        """The row of the cell that each point of ``crs`` lies in, NOWHERE where none."""
        east, north = Transformer.from_crs(crs, self.crs, always_xy=True).transform(x, y)
        columns = np.floor((east - self.corner_x) / self.side_m).astype(np.int64)
        rows = np.floor((north - self.corner_y) / self.side_m).astype(np.int64)
        found: np.ndarray = self.index.get_indexer(pd.MultiIndex.from_arrays([columns, rows]))
        return found


def read_population(
    study: Study,
    *,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
    on_progress: Progress | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The people of the study as points (contract DEMAND and its ``age_*`` columns), and what to know of them.

    ``grid``: the people of each cell go to the residential streets in it, in proportion to length, at
    points 100 m apart at most. Streets outside the areas count in that proportion: a cell on the border leaves its
    outsiders outside. ``polygons``: the same inside each polygon, with a point inside it where it has
    no such street. ``points``: the rows as they are.

    Where ``population.rescale`` is true and the areas have a legal population, each area sums to it exactly, in
    whole people (largest remainder); for ``points`` only where the study writes ``rescale = true``.

    Parameters
    ----------
    areas, streets
        In ``crs``, contracts AREAS and STREETS; streets may reach beyond the areas, and should.
    on_progress
        Called with steps done and steps in all.

    Returns
    -------
    The table, in ``crs``, sorted by ``demand_id``, without points where nobody lives; and French notices:
    people left out, and why. Age columns are named ``age_…`` (the prefix is added where missing), other columns of
    publics ``public_…`` (see :meth:`access92.study.Study.demand_columns`); all keep the shares of the
    cell, polygon or point.

    Raises
    ------
    InputError
        Missing file or column, no CRS, empty table, negative or missing numbers, duplicate ids, an area with people but
        without residential street, nobody in the areas.
    """
    tell = on_progress or _silent
    method = study.population.method
    tell(0, _STEPS)
    read = {"grid": _grid, "polygons": _polygons, "points": _points}[method]
    people, spread, notices = read(study, areas, streets, crs)
    tell(2, _STEPS)
    explicit = "rescale" in study.population.model_fields_set
    rescale = study.population.rescale and "population" in areas.columns and (method != "points" or explicit)
    if "population" in areas.columns and (rescale or method == "grid"):
        _check_inhabitable(spread, areas, on_streets=method == "grid")
    population, told = _rescaled(spread, areas) if rescale else (spread.weight, ())
    tell(3, _STEPS)
    inhabited = population > 0
    if not inhabited.any():
        raise refuse(
            "Personne n'habite la zone d'étude selon ce fichier.",
            people.where,
            "Vérifier que la population couvre la zone d'étude, son CRS, et que lon et lat ne sont pas échangées.",
        )
    source = spread.source[inhabited]
    demand = demand_table(
        spread.x[inhabited],
        spread.y[inhabited],
        area_ids=areas["area_id"].to_numpy()[spread.area[inhabited]],
        population=population[inhabited].astype(float),
        ages={name: shares[source] * population[inhabited] for name, shares in people.shares.items()},
        crs=crs,
        ids=None if spread.ids is None else spread.ids[inhabited],
    )
    check_table(demand, DEMAND, where=people.where)
    tell(_STEPS, _STEPS)
    return demand, (*notices, *told)


def units_of_demand(study: Study, areas: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> np.ndarray | None:
    """The cell or polygon (row of the population file, int64) whose people stand at each demand point.

    NOWHERE for a point of none; None for a population of points, which nothing was spread over.

    Raises
    ------
    InputError
        As :func:`read_population`, for a file that changed since.
    """
    x, y = demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy()
    if study.population.method == "points":
        return None
    if study.population.method == "grid":
        return _read_cells(study)[1].rows_of(x, y, demand.crs)
    return area_of_points(x, y, _read_shapes(study, areas, demand.crs)[1])


def _grid(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
) -> tuple[People, _Spread, tuple[str, ...]]:
    """The people of square cells, on the residential streets of each."""
    people, cells = _read_cells(study)
    points = residential_points(streets)
    cell_of = cells.rows_of(points.x, points.y, crs)
    spread = _on_streets(points, cell_of, people.population, areas)
    bare = np.bincount(np.maximum(cell_of, 0), minlength=len(people.population)) == 0
    bare &= people.population > 0
    if not bare.any():
        return people, spread, ()
    notice = (
        f"{int(bare.sum())} carreaux habités n'ont pas de rue résidentielle dans les rues chargées : leurs "
        f"{people.population[bare].sum():.0f} habitants sont laissés de côté avant le calage."
    )
    return people, spread, (notice,)


def _read_cells(study: Study) -> tuple[People, _Cells]:
    """The people of square cells, and where the cells are."""
    given = study.population
    people = read_people(study, None)
    check_columns(people.rows, (given.x_column,), where=people.where, key="population.x_column")
    check_columns(people.rows, (given.y_column,), where=people.where, key="population.y_column")
    corner_x, x_faults = read_numbers(people.rows[given.x_column], where=people.where)
    corner_y, y_faults = read_numbers(people.rows[given.y_column], where=people.where)
    if x_faults or y_faults:
        raise InputError([*x_faults, *y_faults])
    column, row = (corner_x - corner_x.min()) / given.cell_m, (corner_y - corner_y.min()) / given.cell_m
    if not (np.isclose(column, np.round(column)).all() and np.isclose(row, np.round(row)).all()):
        raise refuse(
            "Les carreaux ne sont pas alignés sur une grille.",
            f"{people.where}, colonnes {given.x_column} et {given.y_column}, côté {given.cell_m:g} m",
            "Vérifier cell_m, et que les coordonnées sont celles du coin inférieur gauche.",
        )
    cells = pd.MultiIndex.from_arrays([np.round(column).astype(np.int64), np.round(row).astype(np.int64)])
    if cells.has_duplicates:
        places = [f"({corner_x[at]:g}, {corner_y[at]:g})" for at in np.flatnonzero(cells.duplicated())]
        raise refuse(
            "Un carreau figure deux fois.",
            f"{people.where}, {some_values(places)}",
            "Garder une ligne par carreau.",
        )
    grid_crs = read_crs(given.grid_crs, where="étude, clé population.grid_crs")
    return people, _Cells(cells, float(corner_x.min()), float(corner_y.min()), given.cell_m, grid_crs)


def _polygons(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
) -> tuple[People, _Spread, tuple[str, ...]]:
    """The people of polygons, on the residential streets of each, or at a point inside it."""
    people, shapes = _read_shapes(study, areas, crs)
    side_m = float(np.sqrt(np.median(shapely.area(shapes))))
    points = residential_points(streets, piece_m=min(PIECE_M, max(10.0, side_m / 4)))
    holder = area_of_points(points.x, points.y, shapes)
    spread = _on_streets(points, holder, people.population, areas)
    bare = (np.bincount(holder[holder != NOWHERE], minlength=len(shapes)) == 0) & (people.population > 0)
    centres = shapely.point_on_surface(shapes[bare])
    x, y = shapely.get_x(centres), shapely.get_y(centres)
    area = area_of_points(x, y, areas.geometry.to_numpy())
    inside = area != NOWHERE
    spread = _Spread(
        x=np.concatenate([spread.x, x[inside]]),
        y=np.concatenate([spread.y, y[inside]]),
        weight=np.concatenate([spread.weight, people.population[bare][inside]]),
        length_m=np.concatenate([spread.length_m, np.zeros(int(inside.sum()))]),
        source=np.concatenate([spread.source, np.flatnonzero(bare)[inside]]),
        area=np.concatenate([spread.area, area[inside]]),
    )
    notices = []
    if inside.any():
        notices.append(
            f"{int(inside.sum())} polygones habités sans rue résidentielle : leurs "
            f"{people.population[bare][inside].sum():.0f} habitants sont placés en un point de chacun.",
        )
    return people, spread, tuple(notices)


def _read_shapes(study: Study, areas: gpd.GeoDataFrame, crs: CRS) -> tuple[People, np.ndarray]:
    """The people of polygons, and the polygons in ``crs``."""
    west, south, east, north = areas.to_crs(WGS84).total_bounds
    people = read_people(study, (float(west), float(south), float(east), float(north)))
    if not isinstance(people.rows, gpd.GeoDataFrame):
        raise refuse(
            "Le fichier de population n'a pas de polygones.",
            people.where,
            'Donner un fichier géographique, ou choisir method = "points" ou "grid".',
        )
    shapes = people.rows.geometry.to_crs(crs).to_numpy()
    wrong = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) != 2)  # noqa: PLR2004
    if wrong.any():
        raise refuse(
            "Des lignes de population ne sont pas des polygones.",
            f"{people.where}, lignes {some_values(people.rows.index[wrong])}",
            'Les retirer, ou choisir method = "points".',
        )
    return people, shapely.make_valid(shapes)


def _points(
    study: Study,
    areas: gpd.GeoDataFrame,
    _streets: gpd.GeoDataFrame,
    crs: CRS,
) -> tuple[People, _Spread, tuple[str, ...]]:
    """The people of points, as they are."""
    given = study.population
    people = read_people(study, None)
    grid_crs = read_crs(given.grid_crs, where="étude, clé population.grid_crs")
    placed = place_rows(people.rows, where=people.where, x_column=given.x_column, y_column=given.y_column, crs=grid_crs)
    shapes = placed.geometry.to_crs(crs).to_numpy()
    wrong = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_type_id(shapes) != 0)
    if wrong.any():
        raise refuse(
            "Des lignes de population ne sont pas des points.",
            f"{people.where}, lignes {some_values(placed.index[wrong])}",
            'Leur donner des coordonnées, ou choisir method = "polygons".',
        )
    ids = None
    if given.id_column is not None:
        check_columns(people.rows, (given.id_column,), where=people.where, key="population.id_column")
        ids = read_text(people.rows[given.id_column])
        doubled = ids[ids.duplicated() | ids.eq("")]
        if len(doubled):
            raise refuse(
                f"L'identifiant « {given.id_column} » est vide ou n'est pas unique.",
                f"{people.where}, valeurs {some_values(doubled.unique())}",
                "Donner à chaque ligne un identifiant différent, ou retirer id_column.",
            )
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    area = area_of_points(x, y, areas.geometry.to_numpy())
    rows = np.flatnonzero(area != NOWHERE)
    notices: tuple[str, ...] = ()
    if len(rows) < len(x):
        away, left = people.population[area == NOWHERE].sum(), len(x) - len(rows)
        notices = (f"{left} points de population ({away:.0f} habitants) hors de la zone d'étude, écartés.",)
    spread = _Spread(
        x=x[rows],
        y=y[rows],
        weight=people.population[rows],
        length_m=np.zeros(len(rows)),
        source=rows,
        area=area[rows],
        ids=None if ids is None else ids.to_numpy(dtype=object)[rows],
    )
    return people, spread, notices


def _on_streets(points: StreetPoints, holder: np.ndarray, population: np.ndarray, areas: gpd.GeoDataFrame) -> _Spread:
    """The people of each holder (cell or polygon) over the street points in it, those inside the areas kept."""
    held = holder != NOWHERE
    total_m = np.bincount(holder[held], weights=points.length_m[held], minlength=len(population))
    weight = np.zeros(len(holder))
    weight[held] = population[holder[held]] * points.length_m[held] / total_m[holder[held]]
    area = area_of_points(points.x, points.y, areas.geometry.to_numpy())
    kept = np.flatnonzero(area != NOWHERE)
    return _Spread(
        x=points.x[kept],
        y=points.y[kept],
        weight=weight[kept],
        length_m=points.length_m[kept],
        source=holder[kept],
        area=area[kept],
    )


def _check_inhabitable(spread: _Spread, areas: gpd.GeoDataFrame, *, on_streets: bool) -> None:
    """Refuse an area that has a legal population and no point to put it at."""
    legal = areas["population"].to_numpy(dtype=float)
    deserted = np.flatnonzero((np.bincount(spread.area, minlength=len(areas)) == 0) & (legal > 0))
    faults = []
    for row in deserted:
        name, people = areas["name"].iloc[row], f"{legal[row]:.0f} habitants"
        what, mend = (
            (f"« {name} » est une zone sans rues : {people}, mais aucune rue résidentielle.",
             "Charger des rues qui couvrent cette zone, ou la retirer de l'étude.")
            if on_streets
            else (f"« {name} » compte {people}, mais aucun point de population.",
                  "Compléter le fichier de population, ou écrire rescale = false.")
        )  # fmt: skip
        faults.append(Fault(what, f"zone {areas['area_id'].iloc[row]}", mend))
    if faults:
        raise InputError(faults)


def _rescaled(spread: _Spread, areas: gpd.GeoDataFrame) -> tuple[np.ndarray, tuple[str, ...]]:
    """Whole people at each point, each area summing to its legal population; and what had to be done for it."""
    legal = np.round(areas["population"].to_numpy(dtype=float)).astype(np.int64)
    names = areas["name"].to_numpy()
    weight = spread.weight.copy()
    notices = []
    empty = (np.bincount(spread.area, weights=weight, minlength=len(areas)) == 0) & (legal > 0)
    for row in np.flatnonzero(empty):
        here = spread.area == row
        weight[here] = np.where(spread.length_m[here] > 0, spread.length_m[here], 1.0)
        notices.append(
            f"« {names[row]} » : le fichier de population n'y place personne ; "
            f"ses {legal[row]} habitants sont répartis également le long des rues.",
        )
    return apportion(weight, spread.area, legal), tuple(notices)
