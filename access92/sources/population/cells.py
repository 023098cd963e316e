"""The square cells of a population grid: their rows, positions and names."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.places import read_crs
from access92.sources.population.read import PopulationRows, read_population_rows
from access92.sources.population.residences import NOWHERE
from access92.sources.population.squares import check_one_vintage, read_square_ids
from access92.sources.tables import check_columns, read_numbers
from access92.study.files import PopulationInput
from access92.study.model import Study

_ENOUGH_CELLS = 10
"""Of so few or more, not all lie apart by a multiple of their side by chance."""


@dataclass(frozen=True, slots=True)
class Cells:
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
        positions: np.ndarray = self.index.get_indexer(pd.MultiIndex.from_arrays([columns, rows]))
        return positions

    def touching(self, rows: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
        """Those of the cells (rows of the population file) whose square touches the areas."""
        columns, lines = (self.index.get_level_values(level).to_numpy()[rows] for level in (0, 1))
        west, south = self.corner_x + columns * self.side_m, self.corner_y + lines * self.side_m
        squares = shapely.box(west, south, west + self.side_m, south + self.side_m)
        shape = areas.geometry.to_crs(self.crs).union_all()
        shapely.prepare(shape)
        rows_touching: np.ndarray = rows[shapely.intersects(shape, squares)]
        return rows_touching

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """The middle of each cell, in ``crs``."""
        columns, rows = (self.index.get_level_values(level).to_numpy() for level in (0, 1))
        return self.corner_x + (columns + 0.5) * self.side_m, self.corner_y + (rows + 0.5) * self.side_m

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


def read_cells(
    study: Study, bounds_wgs84: tuple[float, float, float, float] | None = None
) -> tuple[PopulationRows, Cells]:
    """The rows of a population grid, and the position of each cell.

    ``bounds_wgs84``: only the cells of a geographic file that touch this box: INSEE's holds those of all France.
    """
    table = read_population_rows(study, bounds_wgs84)
    return table, place_cells(study.population, table.rows, table.where)


def place_cells(settings: PopulationInput, rows: pd.DataFrame, where: str) -> Cells:
    """The cells of a grid: by their corners (``x_column``, ``y_column``), else by the INSPIRE names of ``id_column``.

    Raises
    ------
    InputError
        Cells without a place, not aligned, larger than ``cell_m``, or twice in the file; of two vintages, two sides or
        two CRS.
    """
    check_one_vintage(rows, where=where)
    grid_crs = read_crs(settings.grid_crs, where="étude, clé population.grid_crs")
    named = settings.id_column is not None and settings.x_column not in rows.columns
    if named and settings.id_column in rows.columns:
        squares = read_square_ids(rows[settings.id_column], where=where)
        corner_x, corner_y = squares.east, squares.north
    else:
        corner_x, corner_y = _corners(settings, rows, where)
    column, row = (corner_x - corner_x.min()) / settings.cell_m, (corner_y - corner_y.min()) / settings.cell_m
    if not (np.isclose(column, np.round(column)).all() and np.isclose(row, np.round(row)).all()):
        raise input_error(
            "Les carreaux ne sont pas alignés sur une grille.",
            f"{where}, colonnes {settings.x_column} et {settings.y_column}, côté {settings.cell_m:g} m",
            "Vérifier cell_m, que les coordonnées sont celles du coin inférieur gauche, et qu'aucun carreau d'un autre "
            "côté n'est mêlé aux autres.",
        )
    column, row = np.round(column).astype(np.int64), np.round(row).astype(np.int64)
    apart = int(np.gcd.reduce(np.append(column, row)))
    if apart > 1 and len(rows) >= _ENOUGH_CELLS:
        raise input_error(
            "Les carreaux sont plus grands que l'étude ne le dit.",
            f"{where} : tous distants d'un multiple de {apart * settings.cell_m:g} m ; étude, clé population.cell_m : "
            f"{settings.cell_m:g} m",
            f"Écrire cell_m = {apart * settings.cell_m:g} : avec {settings.cell_m:g}, leurs habitants seraient comptés "
            "dans un coin de chacun.",
        )
    cells = pd.MultiIndex.from_arrays([column, row])
    if cells.has_duplicates:
        places = [f"({corner_x[at]:g}, {corner_y[at]:g})" for at in np.flatnonzero(cells.duplicated())]
        raise input_error(
            "Un carreau figure deux fois.",
            f"{where}, {some_values(places)}",
            "Garder une ligne par carreau, et un seul millésime par fichier.",
        )
    return Cells(cells, float(corner_x.min()), float(corner_y.min()), settings.cell_m, grid_crs)


def _corners(settings: PopulationInput, rows: pd.DataFrame, where: str) -> tuple[np.ndarray, np.ndarray]:
    """The lower-left corners that the columns of coordinates say."""
    check_columns(rows, (settings.x_column,), where=where, key="population.x_column")
    check_columns(rows, (settings.y_column,), where=where, key="population.y_column")
    corner_x, x_faults = read_numbers(rows[settings.x_column], where=where)
    corner_y, y_faults = read_numbers(rows[settings.y_column], where=where)
    blank = rows.index[np.isnan(corner_x) | np.isnan(corner_y)]
    if len(blank):
        lines = f"{where}, lignes {some_values(blank)}"
        x_faults.append(Fault("Des carreaux n'ont pas de coordonnées.", lines, "Les remplir, ou retirer ces lignes."))
    if x_faults or y_faults:
        raise InputError([*x_faults, *y_faults])
    return corner_x, corner_y
