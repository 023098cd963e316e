"""Publics at the demand points: persons follow the population, households and dwellings keep their own total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from access92.sources.population.residences import NOWHERE
from access92.sources.population.spread import Spread, SpreadRead
from access92.study.model import Study
from access92.study.notices import Notice
from access92.study.units import PERSONS


def count_publics(
    study: Study, spread: Spread, population: np.ndarray, shares: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """By column of the demand points the number of each public at each point (float64), in its own unit.

    Persons are a share of the population of the point, and are scaled with it. Households and dwellings are those of
    the row of the file, in the part of it that lies in the areas: nothing scales them. They stand at the inhabited
    points of the row in proportion to the population there; where a row has no such point in an area (its people round
    to nobody), at all the inhabited points of that area.

    Parameters
    ----------
    population
        Of each point of ``spread``, as it is counted (scaled to the areas, or not).
    shares
        By column the number for each person of each row, and of the whole as one last value.
    """
    units = {column: study.column_units()[name] for name, column in study.demand_columns().items()}
    factor = _unscaled(spread, population)
    values = {}
    for column, share in shares.items():
        persons = share[spread.row] * population
        if units[column] == PERSONS:
            values[column] = persons
            continue
        counted = persons * factor
        raw = np.where(spread.row == NOWHERE, 0.0, share[spread.row] * spread.population)
        values[column] = counted + _left_over(raw, counted, spread.area, population)
    return values


def _unscaled(spread: Spread, population: np.ndarray) -> np.ndarray:
    """For each point the persons of the file for one counted person, in its row and area (0 where nobody counts)."""
    areas = int(spread.area.max(initial=0)) + 1
    group = (spread.row + 1) * areas + spread.area
    _, group = np.unique(group, return_inverse=True)
    in_file, counted = (np.bincount(group, weights=values) for values in (spread.population, population))
    factor: np.ndarray = np.divide(in_file, counted, out=np.zeros(len(counted)), where=counted > 0)[group]
    factor[spread.row == NOWHERE] = 0.0
    return factor


def _left_over(raw: np.ndarray, counted: np.ndarray, area: np.ndarray, population: np.ndarray) -> np.ndarray:
    """What the points of an area do not count yet of its total, shared by their population."""
    missing = np.bincount(area, weights=raw) - np.bincount(area, weights=counted)
    people = np.bincount(area, weights=population)
    missing = np.where(missing > _ROUNDING * np.bincount(area, weights=raw), missing, 0.0)
    per_person = np.divide(missing, people, out=np.zeros(len(people)), where=people > 0)
    shared: np.ndarray = per_person[area] * population
    return shared


_ROUNDING = 1e-12
"""The share of a total under which a difference is only that of sums of decimals."""


def public_totals(study: Study, read: SpreadRead, values: Mapping[str, np.ndarray]) -> Iterator[Notice]:
    """A record for each public of the study (``public_total``): title and unit; what counts, what the file has.

    ``counted``: at the points; ``in_file``: of the rows of the file, in the part of them that lies in the areas;
    ``without_street``: of the rows that are left out since they have no street.
    """
    columns, spread, shares = study.demand_columns(), read.spread, read.table.shares
    bare = np.array(read.bare, dtype=np.int64)
    for public in study.publics:
        column = columns.get(public.column)
        if column is None or column not in values:  # everybody
            continue
        raw = np.where(spread.row == NOWHERE, 0.0, shares[column][spread.row] * spread.population)
        numbers = {"counted": float(values[column].sum()), "in_file": float(raw.sum())}
        numbers["without_street"] = float((shares[column][bare] * read.table.population[bare]).sum())
        yield Notice("public_total", (public.title, public.unit), numbers)
