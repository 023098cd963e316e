"""The changes of a scenario that touch the timetable: lines, headways, stops and the day."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from access92.study.types import StudyPart

Identifier = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LineType = Literal["bus", "tram", "metro", "train"]
"""What a planner calls the vehicles of a line (GTFS: :data:`access92.scenarios.timetable_names.ROUTE_TYPES`)."""

RunningMinutes = Annotated[float, Field(gt=0, le=180)]
HeadwayMinutes = Annotated[float, Field(ge=1, le=240)]


class LineStop(StudyPart):
    """A stop of a new line: one of the timetable's (``stop``: its id, or a name that only it has), or a new place."""

    stop: Identifier | None = None
    name: str = ""
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None

    @model_validator(mode="after")
    def _one_way_of_saying_where(self) -> Self:
        is_new = self.lon is not None and self.lat is not None
        if (self.lon is None) != (self.lat is None) or is_new == (self.stop is not None):
            message = "un arrêt de ligne est soit stop (un arrêt des horaires), soit lon et lat (un arrêt nouveau)"
            raise ValueError(message)
        return self


class AddLine(StudyPart):
    """A new line: its stops in order, minutes from each to the next, and when vehicles leave the first stop.

    ``headway_min`` from ``first`` to ``last`` (a departure at ``last`` counts), or ``departures``; in the other
    direction vehicles leave the last stop at the same times and take as long (``both_directions``).
    """

    kind: Literal["add_line"]
    name: Identifier
    type: LineType = "bus"
    stops: Annotated[tuple[LineStop, ...], Field(min_length=2, max_length=500)]
    minutes: Annotated[tuple[RunningMinutes, ...], Field(max_length=499)]
    headway_min: HeadwayMinutes | None = None
    first: time | None = None
    last: time | None = None
    departures: Annotated[tuple[time, ...], Field(max_length=1500)] = ()
    both_directions: bool = True
    source: str = ""

    @property
    def departures_s(self) -> tuple[int, ...]:
        """When vehicles leave the first stop, in seconds after midnight, ascending."""
        if self.headway_min is None or self.first is None or self.last is None:
            return tuple(sorted(map(seconds_of, self.departures)))
        first, last = seconds_of(self.first), seconds_of(self.last)
        times = (first + round(60 * self.headway_min * nth) for nth in range(24 * 60))
        return tuple(second for second in times if second <= last)

    @model_validator(mode="after")
    def _runs(self) -> Self:
        if len(self.minutes) != len(self.stops) - 1:
            message = (
                f"la ligne « {self.name} » a {len(self.stops)} arrêts et {len(self.minutes)} temps de parcours : "
                "minutes en demande un d'un arrêt au suivant, donc un de moins"
            )
            raise ValueError(message)
        regular = [self.headway_min, self.first, self.last]
        if bool(self.departures) == any(value is not None for value in regular):
            which = "pas les deux" if self.departures else "et departures n'a pas d'heure"
            message = f"la ligne « {self.name} » demande headway_min, first et last, ou bien departures, {which}"
            raise ValueError(message)
        if not self.departures and None in regular:
            message = f"la ligne « {self.name} » demande headway_min, first et last, les trois"
            raise ValueError(message)
        if self.first is not None and self.last is not None and self.last < self.first:
            message = f"le dernier départ de la ligne « {self.name} » (last) est avant le premier (first)"
            raise ValueError(message)
        if len(set(self.departures)) < len(self.departures):
            message = f"la ligne « {self.name} » a deux départs à la même heure (departures)"
            raise ValueError(message)
        return self


class RemoveLine(StudyPart):
    """A line that no longer runs. ``line``: the name that riders know, or the feed's route_id."""

    kind: Literal["remove_line"]
    line: Identifier
    type: LineType | None = None
    feed: str = ""


class SetHeadway(StudyPart):
    """Another interval between the vehicles of a line, in each direction; running times stay.

    ``window``: the passages that it replaces, its end left out; without it those of the whole day.
    """

    kind: Literal["set_headway"]
    line: Identifier
    headway_min: HeadwayMinutes
    window: tuple[time, time] | None = None
    type: LineType | None = None
    feed: str = ""

    @property
    def window_s(self) -> tuple[int, int] | None:
        """The window in seconds after midnight."""
        return None if self.window is None else (seconds_of(self.window[0]), seconds_of(self.window[1]))

    @field_validator("window")
    @classmethod
    def _ends_after_it_starts(cls, value: tuple[time, time] | None) -> tuple[time, time] | None:
        if value is not None and value[1] <= value[0]:
            message = "la fenêtre (window) finit avant de commencer"
            raise ValueError(message)
        return value


class CloseStop(StudyPart):
    """A stop that vehicles pass without stopping. ``stop``: its id, its name (all stops of it), or its station's."""

    kind: Literal["close_stop"]
    stop: Identifier
    feed: str = ""


class ShiftServiceDay(StudyPart):
    """The scenario is computed with the timetable of another day."""

    kind: Literal["shift_service_day"]
    day: date


TimetableChange = AddLine | RemoveLine | SetHeadway | CloseStop | ShiftServiceDay

TIMETABLE_CHANGES = (AddLine, RemoveLine, SetHeadway, CloseStop)
"""Those that change the vehicles of a day; the day itself is apart."""


def seconds_of(moment: time) -> int:
    """Seconds after midnight.

    >>> seconds_of(time(7, 30))
    27000
    """
    return 3600 * moment.hour + 60 * moment.minute + moment.second
