"""The publics of a study: whose figures are computed apart, and by which mode each of them walks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from access92.study.schemas import EVERYBODY
from access92.study.types import StudyPart
from access92.study.units import PERSONS, Unit, summed_columns, unit_fault

POPULATION = "population"
"""The ``column`` of a public that is the whole population."""


class Public(StudyPart):
    """A part of the population whose figures are computed apart.

    ``column``: the column of the population file that counts it, or several to add up (« ind_65_79 + ind_80p »);
    ``population`` for everybody. ``unit``: what the column counts; households and dwellings keep their own total.
    ``walk_mode``: the mode by which this public walks wherever the study walks; the study's own walking mode by
    default.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: str = Field(min_length=1)
    column: str = Field(default=POPULATION, min_length=1)
    unit: Unit = PERSONS
    walk_mode: str | None = None

    @field_validator("name")
    @classmethod
    def _not_everybody(cls, name: str) -> str:
        """Refuse the name of everybody, who is always the first public."""
        if name == EVERYBODY:
            message = f"« {EVERYBODY} » est le nom de toute la population, toujours comptée : le nommer autrement"
            raise ValueError(message)
        return name

    @model_validator(mode="after")
    def _counted_in_its_unit(self) -> Self:
        """Refuse households taken for persons: INSEE's names say what they count."""
        if fault := unit_fault(self.column, self.unit):
            raise ValueError(fault)
        if self.column == POPULATION and self.unit != PERSONS:
            message = f"la colonne « {POPULATION} » compte des habitants : nommer celle qui compte « {self.unit} »"
            raise ValueError(message)
        return self


def doubled_public(publics: Sequence[Public]) -> str:
    """The first name that two publics have; '' where there is none.

    >>> doubled_public([Public(name="a", title="A"), Public(name="a", title="B")])
    'a'
    """
    names = [public.name for public in publics]
    return next((name for name in names if names.count(name) > 1), "")


def doubled_unit(publics: Sequence[Public]) -> str:
    """The first column that two publics count in two units; '' where there is none.

    >>> homes = Public(name="a", title="A", column="foyers", unit="households")
    >>> doubled_unit([homes, Public(name="b", title="B", column="foyers")]), doubled_unit([homes])
    ('foyers', '')
    """
    units = {(public.column, public.unit) for public in publics}
    columns = sorted(column for column, _ in units)
    return next((name for name in columns if columns.count(name) > 1), "")


def demand_column(column: str, *, population_column: str, age_columns: Sequence[str], unit: Unit = PERSONS) -> str:
    """The column of the demand points that holds a column of people of the population file.

    An age group begins with ``age_``, a public of another kind with ``public_``, households and dwellings with their
    unit.

    >>> options = {"population_column": "ind", "age_columns": ["plus65"]}
    >>> [demand_column(name, **options) for name in ("ind", "population", "plus65", "age_80_plus", "sans_voiture")]
    ['population', 'population', 'age_plus65', 'age_80_plus', 'public_sans_voiture']
    >>> demand_column("ind_65_79 + ind_80p", **options), demand_column("men_pauv", unit="households", **options)
    ('public_ind_65_79_ind_80p', 'households_men_pauv')
    """
    name = "_".join(summed_columns(column))
    if unit != PERSONS:
        return name if name.startswith(f"{unit}_") else f"{unit}_{name}"
    if column in (POPULATION, population_column):
        return POPULATION
    if name.startswith(("age_", "public_")):
        return name
    return f"age_{name}" if column in age_columns else f"public_{name}"
