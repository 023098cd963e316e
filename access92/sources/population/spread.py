"""Population from its file to points: in buildings or along streets of cells or polygons, or where the file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.places import WGS84, misplaced, project, read_crs
from access92.sources.population.beyond_streets import beyond_streets
from access92.sources.population.buildings import (
    find_homes,
    grid_centres,
    parts_in_cells,
    parts_in_polygons,
    weigh_buildings,
)
from access92.sources.population.cells import Cells, read_cells
from access92.sources.population.footprints import Footprints
from access92.sources.population.placing import PlacedPeople, Places, place_people
from access92.sources.population.placing_choice import Placing, choose_placing, placing_notices
from access92.sources.population.read import PopulationRows, read_population_rows
from access92.sources.population.residences import (
    NOWHERE,
    PIECE_M,
    StreetPoints,
    area_of_points,
    residential_points,
)
from access92.sources.population.square_publics import with_square_publics
from access92.sources.population.street_surface import UnitsAt
from access92.sources.tables import check_columns, has_degrees, place_rows, read_text
from access92.sources.written_numbers import written
from access92.study.model import Study
from access92.study.notices import Notice
from access92.study.omissions import MOST_EXAMPLES, Omission, omission

_SOMEBODY = 0.5


@dataclass(frozen=True, slots=True)
class Spread:
    """Population at points, one value a point.

    ``row``: the row of the population file that the point comes from, NOWHERE for none; ``area``: the row of its area;
    ``length_m``: what it counts for among the points of its row: the length of street that it stands for, floor or
    dwellings. ``ids``: of the points, where the file states them. ``unit_ids``: by row of the file the id of its cell
    or polygon; None where each row is a point.
    """

    x: np.ndarray
    y: np.ndarray
    population: np.ndarray
    length_m: np.ndarray
    row: np.ndarray
    area: np.ndarray
    ids: np.ndarray | None = None
    unit_ids: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SpreadRead:
    """The rows of the population file, their population at points, French notices, who is left out, and records.

    ``bare``: the rows of the table without a street, which are left out. ``placed_on``: « buildings », « streets » or
    « centres », as chosen for the study; '' for points. ``by_streets`` (bool by row of the table): whose people are
    where the file of streets has streets or buildings; with ``units_at``, which finds the row that holds a place.
    """

    table: PopulationRows
    spread: Spread
    notices: tuple[str, ...]
    omissions: tuple[Omission, ...]
    records: tuple[Notice, ...] = ()
    bare: tuple[int, ...] = ()
    placed_on: str = ""
    by_streets: np.ndarray | None = None
    units_at: UnitsAt | None = None


def spread_grid(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
    footprints: Footprints | None = None,
) -> SpreadRead:
    """The population of square cells, in the buildings, along the residential streets or at the centre of each."""
    table, cells = read_cells(study, _bounds_wgs84(areas))
    table, records = with_square_publics(study, table, cells)
    inhabited = table.population > 0

    # streets beyond the areas count in the shares of a cell on the border, so that its outsiders stay outside
    points = residential_points(streets)
    along_streets = _street_places(points, cells.rows_of(points.x, points.y, crs), areas)
    centres = _centre_places(*grid_centres(cells, crs), inhabited, areas)
    homes = None
    if footprints is not None:
        weight, weighing = weigh_buildings(footprints)
        parts = parts_in_cells(footprints, weight, cells, inhabited)
        homes = find_homes(parts, areas, streets, merge_m=study.population.merge_m), weighing
    touching = np.zeros(len(inhabited), dtype=bool)
    touching[cells.touching(np.flatnonzero(inhabited), areas)] = True
    placing = choose_placing(study, table.population, touching, footprints, homes)
    choices = {
        "buildings": (homes[0], along_streets, centres) if homes is not None else (),
        "streets": (along_streets, _beyond_streets(study, centres, streets)),
        "centres": (centres, along_streets),
    }[placing.on]
    placed = place_people(table.population, choices)
    spread = _spread_of(placed, _unit_ids(study, table, cells))
    notices = placing_notices(placing, placed, areas, units="carreaux")

    # a cell whose streets are none that people live on (a park, a depot) is left out where they go along streets
    bare = np.flatnonzero((placed.kind == NOWHERE) & touching)
    population_left_out = float(table.population[bare].sum())
    omissions = (
        *omission(
            "cell_without_street", _row_names(table, bare), len(bare) + len(np.unique(spread.row)),
            population=population_left_out, population_total=population_left_out + float(spread.population.sum()),
        ),
        *_outside(table, spread, bare),
    )  # fmt: skip
    if len(bare):
        notices = (
            *notices,
            f"{written(len(bare))} carreaux habités n'ont pas de rue résidentielle dans les rues chargées : leurs "
            f"{written(population_left_out)} habitants sont laissés de côté avant le calage.",
        )
    return SpreadRead(
        table, spread, notices, omissions, records, tuple(bare.tolist()), placing.on,
        by_streets=_placed_by_streets(study, placing, placed), units_at=partial(cells.rows_of, crs=crs),
    )  # fmt: skip


def spread_polygons(
    study: Study,
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    crs: CRS,
    footprints: Footprints | None = None,
) -> SpreadRead:
    """The population of polygons, in the buildings or on the residential streets in each, or at a point inside it."""
    table, shapes = _read_shapes(study, areas, crs)
    inhabited = table.population > 0
    side_m = float(np.sqrt(np.median(shapely.area(shapes))))
    points = residential_points(streets, piece_m=min(PIECE_M, max(10.0, side_m / 4)))
    along_streets = _street_places(points, area_of_points(points.x, points.y, shapes), areas)
    inside = shapely.point_on_surface(shapes)
    centres = _centre_places(shapely.get_x(inside), shapely.get_y(inside), inhabited, areas)
    homes = None
    if footprints is not None:
        weight, weighing = weigh_buildings(footprints)
        parts = parts_in_polygons(footprints, weight, shapes, inhabited)
        homes = find_homes(parts, areas, streets, merge_m=study.population.merge_m), weighing
    touching = shapely.intersects(areas.geometry.union_all(), shapes) & inhabited
    placing = choose_placing(study, table.population, touching, footprints, homes)
    choices = {
        "buildings": (homes[0], along_streets, centres) if homes is not None else (),
        "streets": (along_streets, centres),
        "centres": (centres, along_streets),
    }[placing.on]
    placed = place_people(table.population, choices)
    spread = _spread_of(placed, _unit_ids(study, table, None))
    notices = placing_notices(placing, placed, areas, units="polygones")
    return SpreadRead(
        table, spread, notices, _outside(table, spread), placed_on=placing.on,
        by_streets=_placed_by_streets(study, placing, placed), units_at=partial(area_of_points, polygons=shapes),
    )  # fmt: skip


def spread_points(
    study: Study,
    areas: gpd.GeoDataFrame,
    _streets: gpd.GeoDataFrame,
    crs: CRS,
    _footprints: Footprints | None = None,
) -> SpreadRead:
    """The population of a file of points, each where the file puts it."""
    settings = study.population
    table = read_population_rows(study, None)
    grid_crs = read_crs(settings.grid_crs, where="étude, clé population.grid_crs")
    grid_crs = WGS84 if grid_crs == WGS84 else grid_crs
    placed = place_rows(
        table.rows, where=table.where, x_column=settings.x_column, y_column=settings.y_column, crs=grid_crs
    )

    # refused before anything is projected: no place, no point, or a place that cannot be meant
    geometries = placed.geometry.to_numpy()
    wrong = shapely.is_missing(geometries) | shapely.is_empty(geometries) | (shapely.get_type_id(geometries) != 0)
    if wrong.any():
        raise input_error(
            "Des lignes de population ne sont pas des points.",
            f"{table.where}, lignes {some_values(placed.index[wrong])}",
            'Leur donner des coordonnées, ou choisir method = "polygons".',
        )
    faults = list(_misplaced_faults(table, placed, areas))
    if faults:
        raise InputError(faults)
    points = project(placed, crs, where=table.where).geometry.to_numpy()
    ids = _stated_ids(study, table)

    # only those inside the areas are counted; the others become an omission, with their number
    x, y = shapely.get_x(points), shapely.get_y(points)
    area = area_of_points(x, y, areas.geometry.to_numpy())
    rows = np.flatnonzero(area != NOWHERE)
    spread = Spread(
        x=x[rows],
        y=y[rows],
        population=table.population[rows],
        length_m=np.zeros(len(rows)),
        row=rows,
        area=area[rows],
        ids=None if ids is None else ids[rows],
    )
    omissions = _outside(table, spread)
    notices = tuple(
        f"{written(item.count)} points de population ({written(item.population or 0)} habitants) hors de la zone "
        "d'étude, écartés."
        for item in omissions
    )
    if not has_degrees(table.rows.columns) and not isinstance(table.rows, gpd.GeoDataFrame):
        axes = f"« {settings.x_column} » et « {settings.y_column} »"
        read_as = f"{table.where}, {axes} lus en {grid_crs.name} ({settings.grid_crs})."
        notices = (read_as, *notices)
    return SpreadRead(table, spread, notices, omissions)


def _bounds_wgs84(areas: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """West, south, east and north of the areas, in degrees."""
    west, south, east, north = areas.to_crs(WGS84).total_bounds
    return float(west), float(south), float(east), float(north)


def _read_shapes(study: Study, areas: gpd.GeoDataFrame, crs: CRS) -> tuple[PopulationRows, np.ndarray]:
    """The rows of a population file of polygons, and the polygons in ``crs``."""
    table = read_population_rows(study, _bounds_wgs84(areas))
    if not isinstance(table.rows, gpd.GeoDataFrame):
        raise input_error(
            "Le fichier de population n'a pas de polygones.",
            table.where,
            'Donner un fichier géographique, ou choisir method = "points" ou "grid".',
        )
    shapes = project(table.rows, crs, where=table.where).geometry.to_numpy()
    wrong = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) != 2)  # noqa: PLR2004
    if wrong.any():
        raise input_error(
            "Des lignes de population ne sont pas des polygones.",
            f"{table.where}, lignes {some_values(table.rows.index[wrong])}",
            'Les retirer, ou choisir method = "points".',
        )
    return table, shapely.make_valid(shapes)


def _street_places(points: StreetPoints, holder: np.ndarray, areas: gpd.GeoDataFrame) -> Places:
    """The points of residential streets as places of the cell or polygon (row) that holds each."""
    area = area_of_points(points.x, points.y, areas.geometry.to_numpy())
    return Places(points.x, points.y, holder, area, points.length_m)


def _centre_places(x: np.ndarray, y: np.ndarray, inhabited: np.ndarray, areas: gpd.GeoDataFrame) -> Places:
    """One place for each inhabited cell or polygon."""
    rows = np.flatnonzero(inhabited)
    area = area_of_points(x[rows], y[rows], areas.geometry.to_numpy())
    return Places(x[rows], y[rows], rows, area, np.ones(len(rows)))


def _beyond_streets(study: Study, centres: Places, streets: gpd.GeoDataFrame) -> Places:
    """The centres without any street of the study's file within ``max_snap_m``: the file does not cover them.

    Their people stay there, linked to nothing: were they left out, the legal population would move them to the part of
    their area that the file does cover. The demonstration covers all areas by its making.
    """
    if study.streets.demo:
        return centres.take(np.empty(0, dtype=np.int64))
    is_beyond = beyond_streets(centres.x, centres.y, streets.geometry.to_numpy(), within_m=study.analysis.max_snap_m)
    return centres.take(np.flatnonzero(is_beyond))


def _spread_of(placed: PlacedPeople, unit_ids: np.ndarray) -> Spread:
    return Spread(
        x=placed.x, y=placed.y, population=placed.population, length_m=placed.weight, row=placed.unit, area=placed.area,
        unit_ids=unit_ids,
    )  # fmt: skip


def _placed_by_streets(study: Study, placing: Placing, placed: PlacedPeople) -> np.ndarray:
    """The units (bool) whose people are put where the file of streets has something: it may have but a part of them.

    Buildings of a file of their own say by themselves where people live.
    """
    ranks = {"buildings": (1,) if study.population.buildings_file else (0, 1), "streets": (0,), "centres": (1,)}
    by_streets: np.ndarray = np.isin(placed.kind, ranks[placing.on])
    return by_streets


def _outside(table: PopulationRows, spread: Spread, elsewhere: np.ndarray | None = None) -> tuple[Omission, ...]:
    """The population of the file outside the areas; ``elsewhere``: rows left out for another reason."""
    total = float(table.population.sum())
    population_elsewhere = 0.0 if elsewhere is None else float(table.population[elsewhere].sum())
    outside = total - float(spread.population.sum()) - population_elsewhere
    uncounted = table.population > 0
    uncounted[spread.row] = False
    if elsewhere is not None:
        uncounted[elsewhere] = False
    rows = np.flatnonzero(uncounted)
    if outside < _SOMEBODY and not len(rows):
        return ()
    names = tuple(_row_names(table, rows[:MOST_EXAMPLES]))
    inhabited = int((table.population > 0).sum())
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


def _row_names(table: PopulationRows, rows: np.ndarray) -> list[str]:
    """Rows of the file as messages name them."""
    return [f"ligne {line}" for line in table.rows.index[rows]]


def _misplaced_faults(table: PopulationRows, placed: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Points that cannot be meant. A file may well hold people far away: they live outside the areas, no more."""
    wrong = misplaced(placed.geometry, areas, swapped_within_km=0.0)
    for is_wrong, what, fix in (
        (
            wrong.swapped,
            "Longitude et latitude semblent interverties : une fois échangées, le point tombe dans la zone d'étude.",
            "Échanger les deux coordonnées (lon ≈ 2, lat ≈ 49 en Île-de-France).",
        ),
        (
            wrong.not_degrees,
            "Des coordonnées ne sont pas des degrés.",
            "Les convertir en degrés (WGS 84), ou nommer les colonnes x_column et y_column et leur grid_crs.",
        ),
        (
            wrong.zero,
            "Des habitants sont à la longitude 0 et à la latitude 0 : leur position manque.",
            "Donner leurs coordonnées, ou retirer ces lignes.",
        ),
    ):
        if is_wrong.any():
            pairs = zip(wrong.lon[is_wrong], wrong.lat[is_wrong], strict=True)
            degrees = some_values(f"({lon:.4f}, {lat:.4f})" for lon, lat in pairs)
            yield Fault(what, f"{table.where}, lignes {some_values(placed.index[is_wrong])}, {degrees}", fix)


def _unit_ids(study: Study, table: PopulationRows, cells: Cells | None) -> np.ndarray:
    """By row of the population file the id of its cell or polygon: as stated, else its name or its rank from 1."""
    stated = _stated_ids(study, table)
    if stated is not None:
        return stated
    if cells is None:
        return np.array([str(rank) for rank in range(1, len(table.rows) + 1)], dtype=object)
    return cells.names()


def _stated_ids(study: Study, table: PopulationRows) -> np.ndarray | None:
    """The ids of the rows of the population file, each its own; None where the study names no column of ids."""
    column = study.population.id_column
    if column is None:
        return None
    check_columns(table.rows, (column,), where=table.where, key="population.id_column")
    ids = read_text(table.rows[column])
    doubled = ids[ids.duplicated() | ids.eq("")]
    if len(doubled):
        raise input_error(
            f"L'identifiant « {column} » est vide ou n'est pas unique.",
            f"{table.where}, valeurs {some_values(doubled.unique())}",
            "Donner à chaque ligne un identifiant différent, ou retirer id_column.",
        )
    return ids.to_numpy(dtype=object)
