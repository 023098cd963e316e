"""The rows of a population file, checked: the population of each, and its age groups and publics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92._limits import MOST_PEOPLE
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.column_names import check_counts_persons
from access92.sources.tables import check_columns, read_numbers, read_table
from access92.study.model import Study
from access92.study.units import PERSONS, summed_columns

_PARTITION_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class PopulationRows:
    """The rows of a population file.

    ``where``: the file, as messages name it. ``population``: persons on each row. ``shares``: for each column
    of the demand points that counts a public (an age group: ``age_…``), its number for each person of a row, then,
    as one last value, for each person of the whole: the index -1 serves a point of no row.
    """

    rows: pd.DataFrame
    where: str
    population: np.ndarray
    shares: dict[str, np.ndarray]


def read_population_rows(study: Study, bounds_wgs84: tuple[float, float, float, float] | None) -> PopulationRows:
    """The population file, with its population, age groups and publics checked.

    Where the study has a ``publics_file``, its publics are left to :mod:`access92.sources.population.square_publics`.
    """
    settings = study.population
    columns = study.demand_columns()
    if settings.publics_file is not None:
        columns = {name: column for name, column in columns.items() if name in settings.age_columns}
    where = str(settings.origin)
    rows = read_table(study.table_source(settings.origin), where=where, bounds_wgs84=bounds_wgs84, layer=settings.layer)
    check_columns(rows, (settings.population_column,), where=where, key="population.population_column")
    check_counts_persons(settings.population_column, where=where)
    check_columns(rows, settings.age_columns, where=where, key="population.age_columns")
    if rows.empty:
        raise input_error("La table de population est vide.", where, "Vérifier qu'elle couvre la zone d'étude.")
    population, shares = read_shares(study, rows, columns, where=where)
    return PopulationRows(rows, where, population, shares)


def read_shares(
    study: Study, rows: pd.DataFrame, columns: dict[str, str], *, where: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The population of each row, and the shares of :class:`PopulationRows`.

    ``columns``: by column of the file that of the demand points. A public of households or dwellings has so many for
    each person of the row.

    Raises
    ------
    InputError
        A missing column, numbers that are negative, empty or too large, a public that outnumbers the population.
    """
    settings, units = study.population, study.column_units()
    others = tuple(name for name in columns if name not in settings.age_columns)
    check_columns(rows, _in_file(rows, others), where=where, key="public.column")

    # every column that counts, each with its own faults: all are reported at once
    faults: list[Fault] = []
    numbers: dict[str, np.ndarray] = {}
    for name in dict.fromkeys((settings.population_column, *settings.age_columns, *_in_file(rows, others))):
        if name not in rows.columns:  # an age group of the other file
            continue
        numbers[name], unread = read_numbers(rows[name], where=where, are_counts=True)
        faults += unread
        wrong = ~((numbers[name] >= 0) & (numbers[name] <= MOST_PEOPLE))
        if wrong.any() and not unread:
            texts = some_values(f"{value:g}" for value in numbers[name][wrong])
            faults.append(
                Fault(
                    f"La colonne « {name} » a des valeurs négatives ou vides, ou démesurées.",
                    f"{where}, lignes {some_values(rows.index[wrong])}, valeurs {texts.replace('nan', 'vide')}",
                    "Mettre un nombre positif ou nul, ou retirer ces lignes.",
                ),
            )

    # a public may be the sum of several columns
    for name in others:
        if name not in numbers:
            numbers[name] = np.sum([numbers[part] for part in summed_columns(name)], axis=0)

    # a public is a part of the population: more of them than persons is a wrong column
    population = numbers[settings.population_column]
    faults += [
        Fault(
            f"La colonne « {name} » compte plus d'habitants que la population : {numbers[name].sum():.0f} au lieu de "
            f"{population.sum():.0f} au plus.",
            f"{where}, clé public.column de l'étude",
            "Donner une colonne qui compte une partie des habitants, ou corriger population_column.",
        )
        for name in others
        if units[name] == PERSONS and numbers[name].sum() > (1 + _PARTITION_TOLERANCE) * population.sum()
    ]
    if faults:
        raise InputError(faults)

    # shares, not numbers: the population of a row may be rescaled, its shares stay
    shares = _shares(population, {columns[name]: numbers[name] for name in columns if name in settings.age_columns})
    for name in others:  # not with the age groups: only those divide the population among them
        shares |= _shares(population, {columns[name]: numbers[name]}, may_divide=False)
    return population, shares


def _in_file(rows: pd.DataFrame, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a file that publics count: one that bears the whole name, else those that it adds up."""
    return tuple(part for name in columns for part in ((name,) if name in rows.columns else summed_columns(name)))


def _shares(population: np.ndarray, groups: dict[str, np.ndarray], *, may_divide: bool = True) -> dict[str, np.ndarray]:
    """The share of each group on each row; they sum to 1 where the groups divide the whole population."""
    if not groups:
        return {}
    table = np.vstack(list(groups.values()))
    divides = may_divide and abs(table.sum() - population.sum()) <= _PARTITION_TOLERANCE * population.sum()
    whole = table.sum(axis=0) if divides else population
    everywhere = table.sum(axis=1) / max(whole.sum(), 1e-300)
    known = whole > 0
    shares = np.where(known, table / np.where(known, whole, 1.0), everywhere[:, None])
    shares = np.column_stack([shares, everywhere])
    return dict(zip(groups, shares, strict=True))
