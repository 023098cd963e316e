"""What a study asks of public transport: its timetables, the day, the window of departures, how far people walk."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from access92.study.types import Slug, StudyPart

WalkMinutes = Annotated[float, Field(gt=0, le=60)]
LONGEST_WINDOW_MIN = 360


class Feed(StudyPart):
    """A timetable in GTFS (a zip or a folder).

    ``name``: what the ids of its stops and trips begin with; by default that of the file. ``day``: the day of its
    calendar that stands for the study's, where the calendar does not hold that one.
    """

    file: Path
    name: Slug | None = None
    day: date | None = None
    source: str = ""
    licence: str = ""
    vintage: str = ""


class Transit(StudyPart):
    """The timetables of a study, and how they are searched.

    Without ``feeds``, those of the demonstration (``demo = true``, ``demo_folder``). ``day``: the service day;
    without it the ``reference_date``. ``window``: the first departure and the end of the departures, minute by
    minute. ``percentile``: of the travel times of the window, the one that counts. ``max_rides``: vehicles one
    after the other. ``boarding_slack_s``: at the stop before each vehicle. ``max_access_min``,
    ``max_transfer_min``, ``max_egress_min``: the longest walks to the first stop, between two vehicles and from the
    last stop. ``bike_parking_min``: to park a bicycle at the stop; ``max_bike_access_min``: the longest way to the
    first stop by bicycle, parking included. ``wheelchair_unknown``: whether a stop or a trip of which nothing is
    known counts for who needs access.
    """

    feeds: Annotated[tuple[Feed, ...], Field(max_length=100)] = ()
    demo: bool = False
    demo_folder: Path = Path("../timetable")
    day: date | None = None
    window: tuple[time, time] = (time(7, 30), time(9, 30))
    percentile: Annotated[int, Field(ge=1, le=99)] = 50
    max_rides: Annotated[int, Field(ge=1, le=8)] = 4
    boarding_slack_s: Annotated[int, Field(ge=1, le=600)] = 60
    max_access_min: WalkMinutes = 15.0
    max_transfer_min: WalkMinutes = 10.0
    max_egress_min: WalkMinutes = 15.0
    bike_parking_min: Annotated[float, Field(ge=0, le=30)] = 1.0
    max_bike_access_min: WalkMinutes = 10.0
    wheelchair_unknown: bool = True
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @property
    def window_s(self) -> tuple[int, int]:
        """The window in seconds after the day's zero (noon − 12 h)."""
        first, end = (3600 * item.hour + 60 * item.minute for item in self.window)
        return first, end

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if bool(self.feeds) == self.demo:
            message = '[transit] demande des horaires : feeds = [{ file = "….zip" }], ou demo = true, pas les deux'
            raise ValueError(message)
        if any(item.second or item.microsecond for item in self.window):
            message = "window va d'une minute à une autre (« 07:30 », « 09:30 »)"
            raise ValueError(message)
        first, end = self.window_s
        if not 0 < end - first <= 60 * LONGEST_WINDOW_MIN:
            asked = ", ".join(f'"{moment:%H:%M}"' for moment in self.window)
            message = (
                f"window = [{asked}] doit finir après son début, le même jour, {LONGEST_WINDOW_MIN // 60} heures plus "
                "tard au plus"
            )
            raise ValueError(message)
        if self.bike_parking_min >= self.max_bike_access_min:
            message = "max_bike_access_min compte bike_parking_min : il doit être plus grand que ce stationnement"
            raise ValueError(message)
        names = [feed.name or feed.file.stem for feed in self.feeds]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            message = f"deux horaires portent le nom « {doubled[0]} » : leur donner un name à chacun"
            raise ValueError(message)
        return self
