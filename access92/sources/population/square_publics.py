"""Publics that a second file counts by larger squares: to the cells inside each, in proportion to their persons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from access92.errors import input_error
from access92.sources.population.cells import Cells, place_cells
from access92.sources.population.layout import resolved_layout
from access92.sources.population.read import PopulationRows, read_shares
from access92.sources.population.residences import NOWHERE
from access92.sources.tables import check_columns, read_table
from access92.study.model import Study
from access92.study.notices import Notice

_LEAST_COMMON_SHARE = 0.5
"""Two files that have less than half of the persons in common are not of one territory."""


def with_square_publics(study: Study, table: PopulationRows, cells: Cells) -> tuple[PopulationRows, tuple[Notice, ...]]:
    """The rows of the population with the shares of the publics of ``population.publics_file``, and notices.

    A public of a larger square goes to the cells inside it in proportion to their persons: INSEE gives nothing nearer
    for households and dwellings (*assumption of access92*). So each cell has the shares of the square that its middle
    lies in, as numbers for each person of that square.

    Raises
    ------
    InputError
        As the reading of the population file; squares that the cells do not lie in.
    """
    file = study.population.publics_file
    if file is None:
        return table, ()
    where = str(file)
    rows = read_table(study.locate(file), where=where)
    if rows.empty:
        raise input_error(
            "La table des publics est vide.", where, "Fournir un carreau au moins, ou retirer publics_file."
        )

    # the same names as in the population file where they are there, else those that the columns say
    settings = study.population
    shared = {"method": "grid", "file": file, "grid_crs": settings.grid_crs}
    names = ("population_column", "x_column", "y_column")
    shared |= {key: getattr(settings, key) for key in names if getattr(settings, key) in rows.columns}
    if "publics_cell_m" in settings.model_fields_set:
        shared["cell_m"] = settings.publics_cell_m
    layout = resolved_layout(type(settings).model_validate(shared), rows, where=where)
    check_columns(rows, (layout.population_column,), where=where, key="population.population_column")
    squares = place_cells(layout, rows, where)
    columns = {name: column for name, column in study.demand_columns().items() if name not in settings.age_columns}
    of_squares = study.model_copy(update={"population": layout})
    _, shares = read_shares(of_squares, rows, columns, where=where)

    # the square of each cell; cells in none have the shares of the whole, and are told
    square_of = squares.rows_of(*cells.centres(), cells.crs)
    alone = (square_of == NOWHERE) & (table.population > 0)
    persons_alone, persons = float(table.population[alone].sum()), float(table.population.sum())
    if persons_alone > (1 - _LEAST_COMMON_SHARE) * persons:
        raise input_error(
            f"Le fichier des publics ne couvre pas les carreaux de la population : {persons_alone:.0f} habitants sur "
            f"{persons:.0f} sont hors de ses carreaux.",
            f"{where}, côté {squares.side_m:g} m",
            "Donner le fichier du même territoire ; vérifier publics_cell_m et grid_crs.",
        )
    own = {name: np.append(values[square_of], values[-1]) for name, values in shares.items()}
    numbers = {"squares": float(alone.sum()), "of": float((table.population > 0).sum())}
    notices = (Notice("squares_without_publics", (where,), numbers, persons_alone),) if alone.any() else ()
    return replace(table, shares=table.shares | own), notices
