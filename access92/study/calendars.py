"""The calendar of a study: the dated visits of mobile units, the days that hours are counted over, and how."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from access92.study.databases import DatabaseInput
from access92.study.types import Slug

MOST_CALENDAR_DAYS = 1_100
"""Three years: hours are averaged over a week, and months are enough for it."""


class Calendar(DatabaseInput):
    """The dated visits of mobile units, the days of the calendar, and the shortest visit.

    ``assumed_hours`` (OpenStreetMap syntax) stands for the fixed services whose hours are not known; without it
    they are never open. ``moments``: at which coverage is given too (clocks of the study's time zone). ``modes``: by
    which hours are counted, of those of the study; without it, by the headline mode.
    """

    layer: str | None = None  # of a file of several layers or sheets
    first_day: date
    last_day: date
    minimal_visit_min: Annotated[float, Field(ge=0, le=480)] = 0.0
    assumed_hours: str | None = None
    moments: Annotated[tuple[datetime, ...], Field(max_length=200)] = ()
    modes: tuple[Slug, ...] = ()
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
