"""How a study computes: its thresholds, limits and clocks, what its sensitivity moves, the options of its maps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from access92._clock import time_zone_fault
from access92._space import LINK_RADIUS_M, SAME_PLACE_M
from access92.study.holidays import holidays_fault
from access92.study.types import BasemapName, Seed, StudyPart


def _in_hundredths(minutes: float) -> float:
    """Refuse minutes finer than a hundredth: pages hold times as whole hundredths."""
    if round(minutes, 2) != minutes:
        message = f"{minutes:g} : les minutes se donnent au centième près"
        raise ValueError(message)
    return minutes


FARTHEST_MIN = 240.0
Minutes = Annotated[float, Field(gt=0, le=FARTHEST_MIN), AfterValidator(_in_hundredths)]
SnapMetres = Annotated[float, Field(gt=0, le=10_000)]
LinkMetres = Annotated[float, Field(ge=0, le=100)]


class Analysis(StudyPart):
    """Thresholds (strict: a place at exactly the threshold is not covered), cut-off, snapping, one place.

    ``cutoff_min``: the longest time that is reported as a time. Beyond it a place counts as not reached: no minutes, no
    nearest service, and the cut-off itself in the minutes that a ledger adds up. It is not how far times are searched:
    see :attr:`Study.searched_min`. ``link_radius_m``: how much farther than its nearest street a place links to others.
    ``same_place_m``: services that this distance links, one to the next, are at one place (0: at the very same
    coordinates only). ``reference_hour`` (« 10:00 ») of the ``reference_date``: at which conditional restrictions of
    streets and the congestion of cars are taken. ``signals``: every mode waits at signals. ``time_zone`` (IANA): what
    the clocks of the services and of the
    calendar show. ``holidays``: the country, or the country and its subdivision, whose bank holidays close services
    (ISO 3166: « FR », « FR-974 »); '' for none.
    """

    headline_mode: str = "walk"
    threshold_min: Minutes = 20.0
    thresholds_min: Annotated[tuple[Minutes, ...], Field(max_length=50)] = (10.0, 15.0, 20.0, 30.0)
    cutoff_min: Minutes = 60.0
    max_snap_m: SnapMetres = 300.0
    link_radius_m: LinkMetres = LINK_RADIUS_M
    same_place_m: Annotated[float, Field(ge=0, le=200)] = SAME_PLACE_M
    reference_date: date
    reference_hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "10:00"
    signals: bool = False
    time_zone: str = "Europe/Paris"
    holidays: str = "FR"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if fault := time_zone_fault(name):
            raise ValueError(fault)
        return name

    @field_validator("holidays")
    @classmethod
    def _known_holidays(cls, code: str) -> str:
        if fault := holidays_fault(code):
            raise ValueError(fault)
        return code

    @property
    def reference_moment(self) -> datetime:
        """The reference hour of the reference date, on the clocks of the place."""
        return datetime.combine(self.reference_date, time.fromisoformat(self.reference_hour))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.threshold_min not in self.thresholds_min:
            message = "threshold_min doit figurer dans thresholds_min"
            raise ValueError(message)
        if list(self.thresholds_min) != sorted(set(self.thresholds_min)):
            message = "thresholds_min doit être croissant et sans doublon"
            raise ValueError(message)
        if self.cutoff_min < max(self.thresholds_min):
            message = "cutoff_min doit atteindre le plus grand seuil"
            raise ValueError(message)
        return self


class MapOptions(StudyPart):
    """Options of the maps; ``basemap`` adds an online one, which they never need.

    ``candidates_m`` does nothing any more, as the page computes a new service anywhere; studies that have it still run.
    """

    basemap: BasemapName | None = None
    candidates_m: Annotated[float, Field(ge=0, le=100_000)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _former_tiles(cls, value: object) -> object:
        """Read ``tiles``, the former name of the one base map that there was."""
        if not isinstance(value, Mapping) or not isinstance(value.get("tiles"), bool):
            return value
        present = {name: part for name, part in value.items() if name != "tiles"}
        return {"basemap": "osm", **present} if value["tiles"] else present


class SensitivityOptions(StudyPart):
    """What is moved, and how far, to see how far each headline moves with it.

    ``speed_share``: speed of the headline mode, more and less; ``threshold_min``: minutes more and less;
    ``max_snap_m``: the other limits of the link to the streets, ``link_radius_m``: its other radii; ``draws``: seeded
    draws of the positions of services; ``transit_days``: other days of the timetable, by which the modes that ride are
    counted too.
    """

    speed_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.10
    threshold_min: Annotated[float, Field(gt=0, le=120)] = 2.0
    max_snap_m: Annotated[tuple[SnapMetres, ...], Field(max_length=20)] = (150.0, 600.0)
    link_radius_m: Annotated[tuple[LinkMetres, ...], Field(max_length=20)] = (0.0, 20.0)
    draws: Annotated[int, Field(ge=1, le=1000)] = 20
    seed: Seed = 92
    transit_days: Annotated[tuple[date, ...], Field(max_length=14)] = ()

    @model_validator(mode="after")
    def _days_apart(self) -> Self:
        if len(set(self.transit_days)) < len(self.transit_days):
            message = "transit_days a deux fois le même jour"
            raise ValueError(message)
        return self
