"""The changes that a scenario may list: services, visits, streets, speeds and timetables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from access92.study.timetable_changes import AddLine, CloseStop, RemoveLine, SetHeadway, ShiftServiceDay
from access92.study.types import StudyPart

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Identifier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

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


class AddVisit(StudyPart):
    """One more dated visit of a mobile unit."""

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
            message = f"la halte « {self.visit_id} » donne un fuseau : écrire l'heure des horloges du lieu, 10:00:00"
            raise ValueError(message)
        if self.end <= self.start:
            message = f"la halte « {self.visit_id} » finit ({self.end:%H:%M}) avant de commencer ({self.start:%H:%M})"
            raise ValueError(message)
        return self


class RemoveVisit(StudyPart):
    """A dated visit that does not take place."""

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
    AddService
    | RemoveService
    | MoveService
    | ChangeKind
    | AddVisit
    | RemoveVisit
    | CloseStreet
    | SetSpeed
    | AddLine
    | RemoveLine
    | SetHeadway
    | CloseStop
    | ShiftServiceDay,
    Field(discriminator="kind"),
]
