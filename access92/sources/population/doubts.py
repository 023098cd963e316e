"""What is doubtful in a grid: squares that INSEE imputed, and squares with more people than can live there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from access92.sources.population.read import PopulationRows
from access92.sources.population.residences import NOWHERE
from access92.sources.population.spread import Spread
from access92.study.model import Study
from access92.study.notices import Notice

IMPUTED_COLUMNS = ("i_est_200", "i_est_200m", "i_est_cr", "i_car_est", "i_est_1km", "imputed")
"""Columns that flag a square whose values INSEE approximated, in small letters, those of 200 m first.

Filosofi 2015: ``I_est_cr``; 2017: ``I_est_200``; 2019 and 2021: ``i_est_200``; 1 km: ``i_est_1km`` (1 where imputed).
"""

DENSEST_PER_KM2 = 100_000.0
"""More persons per km² than any square of homes: rather an address of record. *Assumption of access92*; the densest
square of 200 m but one of the Hauts-de-Seine in 2021 has 65,000 per km²."""

_LARGEST_SIDE_M = 250.0
"""Only small squares: over a larger one so high a density is no slip of an address."""


def doubtful_squares(study: Study, table: PopulationRows, spread: Spread, population: np.ndarray) -> Iterator[Notice]:
    """Records of the imputed squares (``squares_imputed``) and of each too dense one (``square_too_dense``).

    ``population``: of each point of ``spread``, as it is counted. Numbers: ``squares`` and ``of``: of the whole file;
    ``persons``: those of the file. The population of the record: those of these squares that count, in the areas.
    """
    flag = _imputed(table.rows)
    if flag is not None and flag.any():
        numbers = {"squares": float(flag.sum()), "of": float(len(flag)), "persons": float(table.population[flag].sum())}
        yield Notice("squares_imputed", (), numbers, _counted(flag, spread, population))
    if study.population.method != "grid" or study.population.cell_m > _LARGEST_SIDE_M:
        return
    dense = table.population > DENSEST_PER_KM2 * (study.population.cell_m / 1000) ** 2
    for row in np.flatnonzero(dense):
        counted = _counted(np.arange(len(dense)) == row, spread, population)
        if counted <= 0:  # outside the areas: of no figure
            continue
        name = "" if spread.unit_ids is None else str(spread.unit_ids[row])
        numbers = {"persons": float(table.population[row]), "side_m": study.population.cell_m}
        yield Notice("square_too_dense", (name,), numbers | {"densest_per_km2": DENSEST_PER_KM2}, counted)


def _imputed(rows: pd.DataFrame) -> np.ndarray | None:
    """Which rows INSEE imputed; None where no column says so."""
    by_lower = {str(name).lower(): name for name in rows.columns}
    column = next((by_lower[name] for name in IMPUTED_COLUMNS if name in by_lower), None)
    if column is None:
        return None
    return np.asarray(pd.to_numeric(rows[column], errors="coerce").to_numpy(dtype=float) == 1)


def _counted(rows: np.ndarray, spread: Spread, population: np.ndarray) -> float:
    """The people that count at the points of some rows of the file."""
    of_rows = np.append(rows, [False])[np.where(spread.row == NOWHERE, len(rows), spread.row)]
    return float(population[of_rows].sum())
