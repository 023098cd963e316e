"""The commitments that a study declares: rules over kinds of services, modes and thresholds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Self

from pydantic import Field, model_validator

from access92.study.kinds import unknown_kind_fault
from access92.study.schemas import ANY
from access92.study.types import StudyPart

Minutes = Annotated[float, Field(gt=0, le=240)]


class Step(StudyPart):
    """One step of a commitment: some service of these kinds, by this mode, in strictly less than this."""

    kinds: tuple[str, ...] = Field(min_length=1)
    mode: str
    under_min: Minutes


class Commitment(StudyPart):
    """A rule of the Département over kinds, modes and thresholds; the steps are tried in their order."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: str
    source: str
    note: str = ""
    any_of: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _name_of_no_rule(self) -> Self:
        if self.name == ANY:
            message = f"l'engagement « {self.name} » porte le nom d'une règle des résultats : lui en donner un autre"
            raise ValueError(message)
        return self


def commitment_fault(commitment: Commitment, known: Collection[str]) -> str:
    """Why a commitment is refused among these kinds (French), '' where it is not."""
    where = f"l'engagement « {commitment.name} »"
    if commitment.name in known:
        return f"{where} porte le nom d'une règle des résultats : lui en donner un autre"
    faults = (unknown_kind_fault(where, kind, known) for step in commitment.any_of for kind in step.kinds)
    return next(filter(None, faults), "")
