"""The rows of a population file, checked: how many people on each, and of what age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92._limits import MOST_PEOPLE
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.tables import check_columns, read_numbers, read_table
from access92.study.model import Study

_PARTITION_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class People:
    """The rows of a population file.

    ``population``: people on each row. ``shares``: for each column of the demand points that counts a public (an age
    group: ``age_…``), its share of the people of each row, then, as one last value, its share of everybody: the index
    -1 serves a point of no row.
    """

    rows: pd.DataFrame
    where: str
    population: np.ndarray
    shares: dict[str, np.ndarray]


def read_people(study: Study, bounds_wgs84: tuple[float, float, float, float] | None) -> People:
    """The population file, with its people, age groups and publics checked."""
    given = study.population
    columns = study.demand_columns()
    others = tuple(name for name in columns if name not in given.age_columns)
    where = str(given.file)
    rows = read_table(study.locate(given.file), where=where, bounds_wgs84=bounds_wgs84)
    check_columns(rows, (given.population_column,), where=where, key="population.population_column")
    check_columns(rows, given.age_columns, where=where, key="population.age_columns")
    check_columns(rows, others, where=where, key="public.column")
    if rows.empty:
        raise input_error("La table de population est vide.", where, "Vérifier qu'elle couvre la zone d'étude.")
    faults: list[Fault] = []
    numbers: dict[str, np.ndarray] = {}
    for name in (given.population_column, *columns):
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
    population = numbers[given.population_column]
    faults += [
        Fault(
            f"La colonne « {name} » compte plus d'habitants que la population : {numbers[name].sum():.0f} au lieu de "
            f"{population.sum():.0f} au plus.",
            f"{where}, clé public.column de l'étude",
            "Donner une colonne qui compte une partie des habitants, ou corriger population_column.",
        )
        for name in others
        if numbers[name].sum() > (1 + _PARTITION_TOLERANCE) * population.sum()
    ]
    if faults:
        raise InputError(faults)
    shares = _shares(population, {columns[name]: numbers[name] for name in columns if name in given.age_columns})
    for name in others:  # not with the age groups: only those divide the population among them
        shares |= _shares(population, {columns[name]: numbers[name]})
    return People(rows, where, population, shares)


def _shares(population: np.ndarray, groups: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The share of each group on each row; they sum to 1 where the groups divide the whole population."""
    if not groups:
        return {}
    table = np.vstack(list(groups.values()))
    divides = abs(table.sum() - population.sum()) <= _PARTITION_TOLERANCE * population.sum()
    whole = table.sum(axis=0) if divides else population
    everywhere = table.sum(axis=1) / max(whole.sum(), 1e-300)
    known = whole > 0
    shares = np.where(known, table / np.where(known, whole, 1.0), everywhere[:, None])
    shares = np.column_stack([shares, everywhere])
    return dict(zip(groups, shares, strict=True))
