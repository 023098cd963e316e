"""The publics of a study: whose figures are computed apart, and by which mode each of them walks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator

from access92.study.schemas import EVERYBODY
from access92.study.types import StudyPart

POPULATION = "population"
"""The ``column`` of a public that is the whole population."""


class Public(StudyPart):
    """A part of the population whose figures are computed apart.

    ``column``: the column of the population file that counts it, ``population`` for everybody. ``walk_mode``: the mode
    by which this public walks wherever the study walks; the study's own walking mode by default.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: str = Field(min_length=1)
    column: str = Field(default=POPULATION, min_length=1)
    walk_mode: str | None = None

    @field_validator("name")
    @classmethod
    def _not_everybody(cls, name: str) -> str:
        """Refuse the name of everybody, who is always the first public."""
        if name == EVERYBODY:
            message = f"« {EVERYBODY} » est le nom de toute la population, toujours comptée : le nommer autrement"
            raise ValueError(message)
        return name


def doubled_public(publics: Sequence[Public]) -> str:
    """The first name that two publics have; '' where there is none.

    >>> doubled_public([Public(name="a", title="A"), Public(name="a", title="B")])
    'a'
    """
    names = [public.name for public in publics]
    return next((name for name in names if names.count(name) > 1), "")


def demand_column(column: str, *, population_column: str, age_columns: Sequence[str]) -> str:
    """The column of the demand points that holds a column of people of the population file.

    An age group begins with ``age_``, a public of another kind with ``public_``.

    >>> options = {"population_column": "ind", "age_columns": ["plus65"]}
    >>> [demand_column(name, **options) for name in ("ind", "population", "plus65", "age_80_plus", "sans_voiture")]
    ['population', 'population', 'age_plus65', 'age_80_plus', 'public_sans_voiture']
    """
    if column in (POPULATION, population_column):
        return POPULATION
    if column.startswith(("age_", "public_")):
        return column
    return f"age_{column}" if column in age_columns else f"public_{column}"
