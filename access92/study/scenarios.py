"""A scenario of a study: a choice of services, changes, and the scenario that it is based on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from access92.errors import nearest_word
from access92.study.changes import Change, with_present_names
from access92.study.types import Slug, StudyPart, Title

_LOOP_NAMES = 12  # a longer loop of scenarios is cut in its message


class Scenario(StudyPart):
    """A choice of services (kinds, plus ``include``, minus ``exclude``: service_id) and a list of changes.

    ``based_on`` names the scenario that it starts from: its choice and its changes come first. ``chosen_on_demo``: its
    places were chosen on demonstration streets, which a run on other streets tells beside their gains.
    """

    name: Slug
    title: Title
    description: str = ""
    based_on: str | None = None
    kinds: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mobile: bool = False  # whether the visits of the study's calendar count, in person-hours and at a moment
    chosen_on_demo: bool = False
    changes: tuple[Change, ...] = Field(default=(), alias="change")

    @field_validator("changes", mode="before")
    @classmethod
    def _present_names(cls, value: object) -> object:
        """Read the former names of changes too: studies written before « visit » go on working."""
        return tuple(map(with_present_names, value)) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _counts_services(self) -> Self:
        if self.based_on is not None and self.kinds:
            message = "un scénario qui part d'un autre (based_on) en reprend les catégories : retirer kinds"
            raise ValueError(message)
        if not (self.kinds or self.include or self.based_on):
            message = "donner kinds ou include : un scénario sans service ne dessert personne"
            raise ValueError(message)
        return self


def bases_fault(bases: Mapping[str, str | None]) -> str:
    """Why scenarios cannot be based on one another so (French), '' where they can.

    ``bases``: by name of each scenario that of its base, None where it has none.

    >>> bases_fault({"a": None, "b": "a"})
    ''
    >>> bases_fault({"a": "b", "b": "a"})
    "les scénarios partent l'un de l'autre en boucle : a ← b ← a"
    """
    settled: set[str] = set()
    for first in bases:
        name, chain = first, {first: None}  # in order
        # a chain that joins one already followed ends well: each scenario is followed once
        while (base := bases[name]) is not None and name not in settled:
            if base not in bases:
                return f"le scénario « {name} » part d'un scénario inconnu, « {base} ». {nearest_word(base, bases)}"
            if base in chain:
                loop = [*chain, base]
                names = " ← ".join(loop if len(loop) <= _LOOP_NAMES else [*loop[:3], "…", *loop[-2:]])
                return f"les scénarios partent l'un de l'autre en boucle : {names}"
            name = base
            chain[name] = None
        settled.update(chain)
    return ""
