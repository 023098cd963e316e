"""The rows of a population file, checked: how many people on each, and of what age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, refuse, some_values
from access92.reading_limits import MOST_PEOPLE
from access92.sources.point_tables import check_columns, read_numbers, read_table
from access92.study import Study

_PARTITION_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class People:
    """The rows of a population file.

    ``population``: people on each row. ``age_shares``: for each age column (named ``age_…``), its share of the
    people of each row, then, as one last value, its share of everybody: the index -1 serves a point of no row.
    """

    rows: pd.DataFrame
    where: str
    population: np.ndarray
    age_shares: dict[str, np.ndarray]


def read_people(study: Study, bounds_wgs84: tuple[float, float, float, float] | None) -> People:
    """The population file, with its people and age groups checked."""
    given = study.population
    where = str(given.file)
    rows = read_table(study.locate(given.file), where=where, bounds_wgs84=bounds_wgs84)
    check_columns(rows, (given.population_column,), where=where, key="population.population_column")
    check_columns(rows, given.age_columns, where=where, key="population.age_columns")
    if rows.empty:
        raise refuse("La table de population est vide.", where, "Vérifier qu'elle couvre la zone d'étude.")
    faults: list[Fault] = []
    numbers: dict[str, np.ndarray] = {}
    for name in (given.population_column, *given.age_columns):
        numbers[name], found = read_numbers(rows[name], where=where)
        faults += found
        wrong = ~((numbers[name] >= 0) & (numbers[name] <= MOST_PEOPLE))
        if wrong.any() and not found:
            shown = some_values(f"{value:g}" for value in numbers[name][wrong])
            faults.append(
                Fault(
                    f"La colonne « {name} » a des valeurs négatives ou vides, ou démesurées.",
                    f"{where}, lignes {some_values(rows.index[wrong])}, valeurs {shown.replace('nan', 'vide')}",
                    "Mettre un nombre positif ou nul, ou retirer ces lignes.",
                ),
            )
    if faults:
        raise InputError(faults)
    population = numbers[given.population_column]
    return People(rows, where, population, _age_shares(population, {name: numbers[name] for name in given.age_columns}))


def _age_shares(population: np.ndarray, ages: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The share of each age group on each row; they sum to 1 where the groups divide the whole population."""
    if not ages:
        return {}
    table = np.vstack(list(ages.values()))
    divides = abs(table.sum() - population.sum()) <= _PARTITION_TOLERANCE * population.sum()
    whole = table.sum(axis=0) if divides else population
    everywhere = table.sum(axis=1) / max(whole.sum(), 1e-300)
    known = whole > 0
    shares = np.where(known, table / np.where(known, whole, 1.0), everywhere[:, None])
    shares = np.column_stack([shares, everywhere])
    names = [name if name.startswith("age_") else f"age_{name}" for name in ages]
    return dict(zip(names, shares, strict=True))
