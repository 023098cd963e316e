"""The trips of a study by one mode that rides, whenever somebody asks for them: legs, profiles, trips of all homes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd

from access92.sources.timetable import Timetable
from access92.transit.connections import Usability
from access92.transit.footpaths import Footpaths
from access92.transit.matrix import TransitOptions
from access92.transit.rider import StudyRider
from access92.travel.router import Router


@dataclass(frozen=True, slots=True, eq=False)
class ModeRides:
    """What the trips of one mode are made of, and the scenarios (in the study's order) that share it.

    ``services``: the places of all the services of the run; its rows are those of the footpaths. Trips are searched as
    far as the times of the router are.
    """

    mode: str
    scenarios: tuple[str, ...]
    router: Router
    rider: StudyRider
    services: gpd.GeoSeries

    @property
    def timetable(self) -> Timetable:
        """The timetable, with what the scenarios change of it."""
        return self.rider.timetable

    @property
    def options(self) -> TransitOptions:
        """How the timetable is searched, minute by minute."""
        asked = self.rider.options
        return TransitOptions(
            window_s=asked.window_s, max_rides=asked.max_rides, boarding_slack_s=asked.boarding_slack_s,
            max_trip_min=self.router.cutoff_min,
        )  # fmt: skip

    @property
    def usability(self) -> Usability | None:
        """What the riders may use; None for everything."""
        return self.rider.usability(self.router.mode)

    @property
    def footpaths(self) -> Footpaths:
        """The walks from every demand point and to every service."""
        return self.rider.footpaths(self.router, self.services, cutoff_min=self.router.cutoff_min)


def collect_rides(routers: Sequence[tuple[Router, Sequence[str]]], services: gpd.GeoSeries) -> tuple[ModeRides, ...]:
    """The rides of the routers that ride, each with its scenarios, in their order."""
    return tuple(
        ModeRides(router.mode.name, tuple(scenarios), router, router.rider, services)
        for router, scenarios in routers
        if isinstance(router.rider, StudyRider)
    )
