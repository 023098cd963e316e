"""The changes that a scenario may list, and the commitments that a study may declare: parts of a study file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from access92.errors import nearest_word
from access92.study.schemas import ANY, KINDS
from access92.study.types import value_fault

Part = TypeVar("Part", bound="StudyPart")
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Minutes = Annotated[float, Field(gt=0, le=240)]
Identifier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


MOST_LETTERS = 5_000
"""Of any text of a study: a page and a half."""

MOST_CALENDAR_DAYS = 1_100
"""Three years: hours are averaged over a week, which months tell as well."""

Title = Annotated[str, Field(max_length=300)]


class StudyPart(BaseModel):
    """A part of a study: frozen, no unknown key, no infinite number, no endless text."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=MOST_LETTERS)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: object) -> object:
        """Refuse what pydantic would read as something else: a number for a date, text for a number, 1 for true."""
        if isinstance(content, Mapping):
            for name, info in cls.model_fields.items():
                key = info.alias or name
                fault = value_fault(content[key], info.annotation) if key in content else ""
                if fault:
                    context = {"key": key, "value": content[key], "fault": fault}
                    raise PydanticCustomError("as_written", "{key} : {fault}", context)
        return content


_FORMER_KINDS = {"add_stop": "add_visit", "remove_stop": "remove_visit"}


def with_present_names(change: object) -> object:
    """A change as a study file writes it, the former names of a visit (« stop ») replaced by those of today.

    >>> with_present_names({"kind": "remove_stop", "stop_id": "A"})
    {'kind': 'remove_visit', 'visit_id': 'A'}
    """
    if not isinstance(change, Mapping) or change.get("kind") not in _FORMER_KINDS:
        return change
    present = {"visit_id" if key == "stop_id" else key: value for key, value in change.items()}
    return present | {"kind": _FORMER_KINDS[str(change["kind"])]}


class AddService(StudyPart):
    """A new service at a place.

    ``communes_served``: INSEE codes of the areas whose residents it receives; none where its sector is not decided.
    """

    kind: Literal["add_service"]
    service_id: Identifier
    name: Identifier
    service_kind: str
    lon: Longitude
    lat: Latitude
    source: str = ""
    position_basis: str = "hypothèse du scénario"
    communes_served: tuple[str, ...] = ()

    @field_validator("communes_served", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        """Refuse what is no list of codes: a single text, numbers (a leading zero is lost), a code given twice."""
        if not isinstance(value, list | tuple) or not all(isinstance(code, str) and code.strip() for code in value):
            message = 'communes_served est une liste de codes INSEE entre guillemets : ["92012", "92049"]'
            raise ValueError(message)
        doubled = sorted({code for code in value if value.count(code) > 1})
        if doubled:
            message = f"communes_served donne deux fois le code « {doubled[0]} »"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _known(self) -> Self:
        return _known_kind(self, self.service_kind)


class RemoveService(StudyPart):
    """A closure."""

    kind: Literal["remove_service"]
    service_id: Identifier


class MoveService(StudyPart):
    """The same service at another place."""

    kind: Literal["move_service"]
    service_id: Identifier
    lon: Longitude
    lat: Latitude


class ChangeKind(StudyPart):
    """A service that becomes one of another kind."""

    kind: Literal["change_kind"]
    service_id: Identifier
    service_kind: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        return _known_kind(self, self.service_kind)


class AddVisit(StudyPart):
    """One more dated halt of a mobile unit."""

    kind: Literal["add_visit"]
    visit_id: Identifier
    unit: Identifier
    name: str = ""
    lon: Longitude
    lat: Latitude
    date: date
    start: time
    end: time

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            message = f"la halte « {self.visit_id} » donne un fuseau : écrire l'heure des horloges françaises, 10:00:00"
            raise ValueError(message)
        if self.end <= self.start:
            message = f"la halte « {self.visit_id} » finit ({self.end:%H:%M}) avant de commencer ({self.start:%H:%M})"
            raise ValueError(message)
        return self


class RemoveVisit(StudyPart):
    """A dated halt that does not take place."""

    kind: Literal["remove_visit"]
    visit_id: Identifier


class CloseStreet(StudyPart):
    """Streets closed to all modes: by name, by id, or all that a polygon touches (lon, lat pairs)."""

    kind: Literal["close_street"]
    edge_ids: tuple[Identifier, ...] = ()
    names: tuple[Identifier, ...] = ()
    polygon: Annotated[tuple[tuple[Longitude, Latitude], ...], Field(max_length=10_000)] = ()

    @model_validator(mode="after")
    def _one_way_of_saying_which(self) -> Self:
        if sum(map(bool, (self.edge_ids, self.names, self.polygon))) != 1:
            message = "close_street : donner edge_ids, names ou polygon, un seul des trois"
            raise ValueError(message)
        if self.polygon and len(set(self.polygon)) < 3:  # noqa: PLR2004 - a triangle
            message = "close_street : polygon demande au moins trois points [lon, lat] distincts"
            raise ValueError(message)
        return self


class SetSpeed(StudyPart):
    """Another speed for a mode of the study."""

    kind: Literal["set_speed"]
    mode: str
    speed_kmh: Annotated[float, Field(gt=0, le=130)]


Change = Annotated[
    AddService | RemoveService | MoveService | ChangeKind | AddVisit | RemoveVisit | CloseStreet | SetSpeed,
    Field(discriminator="kind"),
]


class Step(StudyPart):
    """One step of a commitment: some service of these kinds, by this mode, in strictly less than this."""

    kinds: tuple[str, ...] = Field(min_length=1)
    mode: str
    under_min: Minutes

    @model_validator(mode="after")
    def _known(self) -> Self:
        for kind in self.kinds:
            _known_kind(self, kind)
        return self


class Commitment(StudyPart):
    """A rule of the Département over kinds, modes and thresholds; the steps are tried in their order."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: str
    source: str
    note: str = ""
    any_of: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _name_of_no_rule(self) -> Self:
        if self.name == ANY or self.name in KINDS:
            message = f"l'engagement « {self.name} » porte le nom d'une règle des résultats : lui en donner un autre"
            raise ValueError(message)
        return self


class Calendar(StudyPart):
    """The dated halts of mobile units, the days that are looked at, and what a visit takes.

    ``assumed_hours`` (OpenStreetMap syntax) stands for the fixed services whose hours are not known; without it
    they are never open. ``moments``: at which coverage is told too (French clocks).
    """

    file: Path
    first_day: date
    last_day: date
    minimal_visit_min: Annotated[float, Field(ge=0, le=480)] = 0.0
    assumed_hours: str | None = None
    moments: Annotated[tuple[datetime, ...], Field(max_length=200)] = ()
    is_example: bool = False
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.last_day < self.first_day:
            message = f"le calendrier finit ({self.last_day}) avant de commencer ({self.first_day})"
            raise ValueError(message)
        if (self.last_day - self.first_day).days >= MOST_CALENDAR_DAYS:
            message = (
                f"le calendrier va du {self.first_day} au {self.last_day}, plus de {MOST_CALENDAR_DAYS} jours ; "
                "choisir quelques mois"
            )
            raise ValueError(message)
        return self


def _known_kind(part: Part, kind: str) -> Part:
    if kind not in KINDS:
        message = f"catégorie inconnue « {kind} ». {nearest_word(kind, KINDS)}"
        raise ValueError(message)
    return part
