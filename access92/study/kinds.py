"""The kinds of services: those of the study, or the nine of the Département's schéma where the study lists none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from access92.errors import nearest_word
from access92.study.schemas import ANY, EVERYBODY
from access92.study.types import StudyPart


class Kind(StudyPart):
    """A kind of services: its code in tables, its label, and how maps and sentences tell it.

    ``noun``: what a sentence says after « un » or « une » (``feminine``); by default the abbreviation in brackets at
    the end of the label, else the label. ``sign`` (one or two letters) and ``colour`` (#rrggbb) mark it on maps, which
    choose them where they are empty. ``mobile``: the kind of the places that mobile units visit.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
    label: Annotated[str, Field(min_length=1, max_length=300)]
    noun: Annotated[str, Field(max_length=100)] = ""
    feminine: bool = False
    sign: Annotated[str, Field(max_length=2)] = ""
    colour: Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")] = ""
    mobile: bool = False

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        if self.name in (ANY, EVERYBODY):
            message = f"« {self.name} » est un mot des résultats : donner un autre nom à cette catégorie"
            raise ValueError(message)
        return self

    @property
    def spoken(self) -> str:
        """The noun of a sentence.

        >>> Kind(name="sst", label="Service des solidarités territoriales (SST)").spoken
        'SST'
        >>> Kind(name="antenne", label="Antenne de proximité").spoken
        'antenne de proximité'
        """
        return self.noun or self.label.partition("(")[2].rstrip(")") or f"{self.label[:1].lower()}{self.label[1:]}"


class Sectors(StudyPart):
    """The kind of services whose sectors say which of them receives the residents of an area; None: no sectors."""

    kind: str | None = None


KINDS: tuple[Kind, ...] = (
    Kind(name="sst", label="Service des solidarités territoriales (SST)", sign="S", colour="#b3004b"),
    Kind(name="pole_social", label="Pôle social", sign="P", colour="#6a1b9a"),
    Kind(name="antenne", label="Antenne de proximité", feminine=True, sign="A", colour="#8a3b00"),
    Kind(name="pmi", label="Protection maternelle et infantile (PMI)", feminine=True, sign="M", colour="#00695c"),
    Kind(name="espace_insertion", label="Espace insertion", sign="I", colour="#455a00"),
    Kind(name="css", label="Centre de santé sexuelle (CSS)", sign="C", colour="#ad1457"),
    Kind(
        name="mdph",
        label="Maison départementale des personnes handicapées (MDPH)",
        feminine=True,
        sign="H",
        colour="#37474f",
    ),
    Kind(name="permanence", label="Permanence", feminine=True, sign="R", colour="#5d4037"),
    Kind(name="mobile", label="Unité mobile", feminine=True, sign="U", colour="#1a237e", mobile=True),
)
"""The kinds of the schéma (SOSMS 2024-2028), for a study that lists none."""

COMPETENT_KIND = "sst"
"""Whose sectors are compared with the nearest, among :data:`KINDS`."""


def kind_labels(kinds: Iterable[Kind] = KINDS) -> Mapping[str, str]:
    """The label of each kind, by its name, in the order of the study.

    >>> kind_labels()["sst"]
    'Service des solidarités territoriales (SST)'
    """
    return {kind.name: kind.label for kind in kinds}


def kinds_fault(kinds: Sequence[Kind], *, has_calendar: bool) -> str:
    """What is wrong with the kinds of a study as a whole (French), '' where nothing is.

    >>> kinds_fault((KINDS[0], KINDS[0]), has_calendar=False)
    'deux catégories (kind) portent le nom « sst »'
    >>> kinds_fault(KINDS, has_calendar=True)
    ''
    """
    for name, values in (
        ("nom", [kind.name for kind in kinds]),
        ("signe", [kind.sign for kind in kinds if kind.sign]),
    ):
        doubled = sorted({value for value in values if values.count(value) > 1})
        if doubled:
            return f"deux catégories (kind) portent le {name} « {doubled[0]} »"
    mobile = [kind.name for kind in kinds if kind.mobile]
    if len(mobile) > 1:
        return f"plusieurs catégories (kind) sont mobiles : {', '.join(mobile)} ; une seule peut l'être"
    if any(kind.name == "mobile" and not kind.mobile for kind in kinds):
        return "la catégorie (kind) « mobile » est celle des unités mobiles : mobile = true, ou un autre nom"
    if has_calendar and not mobile:
        return "l'étude a un [calendar] : dire quelle catégorie (kind) est celle des unités mobiles, par mobile = true"
    return ""


def unknown_kind_fault(where: str, kind: str, known: Collection[str]) -> str:
    """Why a kind is refused (French), '' where it is known.

    >>> unknown_kind_fault("le scénario « a »", "ssst", ["sst", "pmi"])
    'le scénario « a » nomme une catégorie inconnue, « ssst ». Vouliez-vous dire « sst » ?'
    """
    if kind in known:
        return ""
    return f"{where} nomme une catégorie inconnue, « {kind} ». {nearest_word(kind, known)}"
