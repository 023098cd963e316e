"""People as demand points: a 1 km grid or polygons spread over residential streets, or points as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.place_checks import misplaced
from access92.sources.places import project
from access92.sources.population.apportion import apportion
from access92.sources.population.read import People, read_people
from access92.sources.population.residences import (
    NOWHERE,
    PIECE_M,
    StreetPoints,
    area_of_points,
    demand_table,
    residential_points,
)
from access92.sources.tables import WGS84, check_columns, place_rows, read_crs, read_numbers, read_text
from access92.study.model import Study
from access92.study.omissions import MOST_EXAMPLES, Omission, omission
from access92.study.schemas import DEMAND, check_table

Progress = Callable[[int, int], None]

_STEPS = 4
_SOMEBODY = 0.5


def _silent(_done: int, _total: int) -> None:
    """No progress to show."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """People at points.

    ``source``: the row of the population file that each point comes from, NOWHERE for none. ``unit_ids``: by row of
    that file the id of its cell or polygon; None where each row is a point.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    length_m: np.ndarray
    source: np.ndarray
    area: np.ndarray
    ids: np.ndarray | None = None
    unit_ids: np.ndarray | None = None


_Read = tuple[People, _Spread, tuple[str, ...], tuple[Omission, ...]]
"""People, where they are, notices, omissions."""


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
        columns, rows = (
            np.floor(np.where(np.isfinite(metres), (metres - corner) / self.side_m, NOWHERE)).astype(np.int64)
            for metres, corner in ((east, self.corner_x), (north, self.corner_y))
        )  # NOWHERE: what the projection of the grid does not reach
        found: np.ndarray = self.index.get_indexer(pd.MultiIndex.from_arrays([columns, rows]))
        return found

    def touching(self, rows: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
        """Those of the cells (rows of the population file) whose square touches the areas."""
        columns, lines = (self.index.get_level_values(level).to_numpy()[rows] for level in (0, 1))
        west, south = self.corner_x + columns * self.side_m, self.corner_y + lines * self.side_m
        squares = shapely.box(west, south, west + self.side_m, south + self.side_m)
        shape = areas.geometry.to_crs(self.crs).union_all()
        shapely.prepare(shape)
        touching: np.ndarray = rows[shapely.intersects(shape, squares)]
        return touching

    def names(self) -> np.ndarray:
        """The INSPIRE name of each cell, from its lower-left corner: CRS3035RES1000mN2875000E3755000.

        References
        ----------
        INSPIRE, *Data Specification on Geographical Grid Systems*, D2.8.I.2, 2014 (grid cell codes).
        """
        authority, code = self.crs.to_authority() or ("", "")
        grid = f"{'CRS' + code if authority == 'EPSG' else ''}RES{self.side_m:.15g}m"
        columns, rows = (self.index.get_level_values(level).to_numpy() for level in (0, 1))
        corners = zip(self.corner_y + rows * self.side_m, self.corner_x + columns * self.side_m, strict=True)
        return np.array([f"{grid}N{north:.15g}E{east:.15g}" for north, east in corners], dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class PopulationRead:
    """People as points (contract DEMAND), what to know of them (French sentences), and who does not count."""

    demand: gpd.GeoDataFrame
    notices: tuple[str, ...] = ()
    omissions: tuple[Omission, ...] = ()


def read_population(
    study: Study,
    *,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
    on_progress: Progress | None = None,
) -> PopulationRead:
    """The people of the study as points (contract DEMAND, ``unit_id`` and ``age_*``), and what to know of them.

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
    The table, in ``crs``, sorted by ``demand_id``, without points where nobody lives; French notices; and the people of
    the file who do not count, and why. Age columns are named ``age_…`` (the prefix is added where missing), other
    columns of publics ``public_…`` (see :meth:`access92.study.model.Study.demand_columns`); all keep the shares of the
    cell, polygon or point. ``unit_id``: the cell or polygon whose people stand at the point ('' in none), or the point
    itself: ``population.id_column``, else the INSPIRE name of the cell, the rank of the polygon.

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
    people, spread, notices, omissions = read(study, areas, streets, crs)
    tell(2, _STEPS)
    explicit = "rescale" in study.population.model_fields_set
    rescale = study.population.rescale and "population" in areas.columns and (method != "points" or explicit)
    if "population" in areas.columns and (rescale or method == "grid"):
        _check_inhabitable(spread, areas, on_streets=method == "grid")
    population, told = _rescaled(spread, areas) if rescale else (spread.weight, ())
    tell(3, _STEPS)
    inhabited = population > 0
    if not inhabited.any():
        raise input_error(
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
        unit_ids=None if spread.unit_ids is None else np.where(source == NOWHERE, "", spread.unit_ids[source]),
    )
    check_table(demand, DEMAND, where=people.where)
    tell(_STEPS, _STEPS)
    return PopulationRead(demand, (*notices, *told), omissions)


def _grid(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
) -> _Read:
    """The people of square cells, on the residential streets of each."""
    people, cells = _read_cells(study)
    points = residential_points(streets)
    cell_of = cells.rows_of(points.x, points.y, crs)
    spread = replace(_on_streets(points, cell_of, people.population, areas), unit_ids=_unit_ids(study, people, cells))
    has_street = np.zeros(len(people.population), dtype=bool)
    has_street[cell_of[cell_of != NOWHERE]] = True
    bare = cells.touching(np.flatnonzero(~has_street & (people.population > 0)), areas)
    homeless = float(people.population[bare].sum())
    omissions = (
        *omission(
            "cell_without_street", _row_names(people, bare), len(bare) + len(np.unique(spread.source)),
            population=homeless, population_total=homeless + float(spread.weight.sum()),
        ),
        *_outside(people, spread, bare),
    )  # fmt: skip
    if not len(bare):
        return people, spread, (), omissions
    notice = (
        f"{len(bare)} carreaux habités n'ont pas de rue résidentielle dans les rues chargées : leurs "
        f"{homeless:.0f} habitants sont laissés de côté avant le calage."
    )
    return people, spread, (notice,), omissions


def _outside(people: People, spread: _Spread, elsewhere: np.ndarray | None = None) -> tuple[Omission, ...]:
    """The people of the file who live outside the areas; ``elsewhere``: rows that are left out for another reason."""
    total = float(people.population.sum())
    left_out = 0.0 if elsewhere is None else float(people.population[elsewhere].sum())
    outside = total - float(spread.weight.sum()) - left_out
    apart = people.population > 0
    apart[spread.source] = False
    if elsewhere is not None:
        apart[elsewhere] = False
    rows = np.flatnonzero(apart)
    if outside < _SOMEBODY and not len(rows):
        return ()
    names = tuple(_row_names(people, rows[:MOST_EXAMPLES]))
    inhabited = int((people.population > 0).sum())
    return (
        Omission(
            "people_outside_areas",
            len(rows),
            inhabited,
            population=max(outside, 0.0),
            population_total=total,
            examples=names,
        ),
    )


def _row_names(people: People, rows: np.ndarray) -> list[str]:
    """Rows of the file as messages name them."""
    return [f"ligne {line}" for line in people.rows.index[rows]]


def _read_cells(study: Study) -> tuple[People, _Cells]:
    """The people of square cells, and where the cells are."""
    given = study.population
    people = read_people(study, None)
    check_columns(people.rows, (given.x_column,), where=people.where, key="population.x_column")
    check_columns(people.rows, (given.y_column,), where=people.where, key="population.y_column")
    corner_x, x_faults = read_numbers(people.rows[given.x_column], where=people.where)
    corner_y, y_faults = read_numbers(people.rows[given.y_column], where=people.where)
    blank = people.rows.index[np.isnan(corner_x) | np.isnan(corner_y)]
    if len(blank):
        where = f"{people.where}, lignes {some_values(blank)}"
        x_faults.append(Fault("Des carreaux n'ont pas de coordonnées.", where, "Les remplir, ou retirer ces lignes."))
    if x_faults or y_faults:
        raise InputError([*x_faults, *y_faults])
    column, row = (corner_x - corner_x.min()) / given.cell_m, (corner_y - corner_y.min()) / given.cell_m
    if not (np.isclose(column, np.round(column)).all() and np.isclose(row, np.round(row)).all()):
        raise input_error(
            "Les carreaux ne sont pas alignés sur une grille.",
            f"{people.where}, colonnes {given.x_column} et {given.y_column}, côté {given.cell_m:g} m",
            "Vérifier cell_m, et que les coordonnées sont celles du coin inférieur gauche.",
        )
    cells = pd.MultiIndex.from_arrays([np.round(column).astype(np.int64), np.round(row).astype(np.int64)])
    if cells.has_duplicates:
        places = [f"({corner_x[at]:g}, {corner_y[at]:g})" for at in np.flatnonzero(cells.duplicated())]
        raise input_error(
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
) -> _Read:
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
        unit_ids=_unit_ids(study, people, None),
    )
    notices = []
    if inside.any():
        notices.append(
            f"{int(inside.sum())} polygones habités sans rue résidentielle : leurs "
            f"{people.population[bare][inside].sum():.0f} habitants sont placés en un point de chacun.",
        )
    return people, spread, tuple(notices), _outside(people, spread)


def _read_shapes(study: Study, areas: gpd.GeoDataFrame, crs: CRS) -> tuple[People, np.ndarray]:
    """The people of polygons, and the polygons in ``crs``."""
    west, south, east, north = areas.to_crs(WGS84).total_bounds
    people = read_people(study, (float(west), float(south), float(east), float(north)))
    if not isinstance(people.rows, gpd.GeoDataFrame):
        raise input_error(
            "Le fichier de population n'a pas de polygones.",
            people.where,
            'Donner un fichier géographique, ou choisir method = "points" ou "grid".',
        )
    shapes = project(people.rows, crs, where=people.where).geometry.to_numpy()
    wrong = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) != 2)  # noqa: PLR2004
    if wrong.any():
        raise input_error(
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
) -> _Read:
    """The people of points, as they are."""
    given = study.population
    people = read_people(study, None)
    grid_crs = read_crs(given.grid_crs, where="étude, clé population.grid_crs")
    placed = place_rows(people.rows, where=people.where, x_column=given.x_column, y_column=given.y_column, crs=grid_crs)
    stated = placed.geometry.to_numpy()
    wrong = shapely.is_missing(stated) | shapely.is_empty(stated) | (shapely.get_type_id(stated) != 0)
    if wrong.any():
        raise input_error(
            "Des lignes de population ne sont pas des points.",
            f"{people.where}, lignes {some_values(placed.index[wrong])}",
            'Leur donner des coordonnées, ou choisir method = "polygons".',
        )
    faults = list(_misplaced_faults(people, placed, areas))
    if faults:
        raise InputError(faults)
    shapes = project(placed, crs, where=people.where).geometry.to_numpy()
    ids = _stated_ids(study, people)
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    area = area_of_points(x, y, areas.geometry.to_numpy())
    rows = np.flatnonzero(area != NOWHERE)
    spread = _Spread(
        x=x[rows],
        y=y[rows],
        weight=people.population[rows],
        length_m=np.zeros(len(rows)),
        source=rows,
        area=area[rows],
        ids=None if ids is None else ids[rows],
    )
    omissions = _outside(people, spread)
    notices = tuple(
        f"{item.count} points de population ({item.population:.0f} habitants) hors de la zone d'étude, écartés."
        for item in omissions
    )
    return people, spread, notices, omissions


def _misplaced_faults(people: People, placed: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Points that cannot be meant. A file may well hold people far away: they live outside the areas, no more."""
    found = misplaced(placed.geometry, areas, swapped_within_km=0.0)
    for chosen, what, fix in (
        (
            found.swapped,
            "Longitude et latitude semblent interverties : une fois échangées, le point tombe dans la zone d'étude.",
            "Échanger les deux coordonnées (lon ≈ 2, lat ≈ 49 en Île-de-France).",
        ),
        (
            found.not_degrees,
            "Des coordonnées ne sont pas des degrés.",
            "Les convertir en degrés (WGS 84), ou nommer les colonnes x_column et y_column et leur grid_crs.",
        ),
        (
            found.zero,
            "Des habitants sont à la longitude 0 et à la latitude 0 : leur position manque.",
            "Donner leurs coordonnées, ou retirer ces lignes.",
        ),
    ):
        if chosen.any():
            degrees = zip(found.lon[chosen], found.lat[chosen], strict=True)
            named = some_values(f"({lon:.4f}, {lat:.4f})" for lon, lat in degrees)
            yield Fault(what, f"{people.where}, lignes {some_values(placed.index[chosen])}, {named}", fix)


def _unit_ids(study: Study, people: People, cells: _Cells | None) -> np.ndarray:
    """By row of the population file the id of its cell or polygon: as stated, else its name or its rank from 1."""
    stated = _stated_ids(study, people)
    if stated is not None:
        return stated
    if cells is None:
        return np.array([str(rank) for rank in range(1, len(people.rows) + 1)], dtype=object)
    return cells.names()


def _stated_ids(study: Study, people: People) -> np.ndarray | None:
    """The ids of the rows of the population file, each its own; None where the study names no column of ids."""
    column = study.population.id_column
    if column is None:
        return None
    check_columns(people.rows, (column,), where=people.where, key="population.id_column")
    ids = read_text(people.rows[column])
    doubled = ids[ids.duplicated() | ids.eq("")]
    if len(doubled):
        raise input_error(
            f"L'identifiant « {column} » est vide ou n'est pas unique.",
            f"{people.where}, valeurs {some_values(doubled.unique())}",
            "Donner à chaque ligne un identifiant différent, ou retirer id_column.",
        )
    return ids.to_numpy(dtype=object)


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
        what, fix = (
            (f"« {name} » est une zone sans rues : {people}, mais aucune rue résidentielle.",
             "Charger des rues qui couvrent cette zone, ou la retirer de l'étude.")
            if on_streets
            else (f"« {name} » compte {people}, mais aucun point de population.",
                  "Compléter le fichier de population, ou écrire rescale = false.")
        )  # fmt: skip
        faults.append(Fault(what, f"zone {areas['area_id'].iloc[row]}", fix))
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
