"""One trip from any place to the nearest service of a scenario, leg by leg, as the times of a run count it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import Fault, InputError, input_error, nearest_word
from access92.network.graph import MS_PER_MIN
from access92.network.modes import Mode
from access92.network.snapping import NOT_SNAPPED
from access92.progress import Progress, silent
from access92.run.study_inputs import StudyInputs, read_inputs
from access92.study.model import Scenario, Study
from access92.study.read import validated_study
from access92.transit.legs import LegKind, time_profile, trip_legs
from access92.transit.matrix import transit_times
from access92.transit.mode_rides import ModeRides, collect_rides
from access92.transit.rider import build_riders
from access92.travel.closed_times import closed_times
from access92.travel.kernels import UNREACHED
from access92.travel.router import Router
from access92.travel.study_routers import build_routers

_MINUTE_S = 60
_MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class ItineraryLeg:
    """One part of a trip: seconds of the day of the timetable (from the departure, by a mode without one).

    ``from_stop``, ``to_stop``: names, None at a door; of a ride ``line``, ``headsign``, ``route_type`` (GTFS) and
    ``calls``, the stops that it comes to. ``from_point``, ``to_point``: where its stops are, None at a door.
    """

    kind: LegKind
    begin_s: float
    end_s: float
    from_stop: str | None = None
    to_stop: str | None = None
    line: str = ""
    headsign: str = ""
    route_type: int = -1
    calls: int = 0
    from_point: shapely.Point | None = None
    to_point: shapely.Point | None = None

    @property
    def duration_s(self) -> float:
        """How long it takes."""
        return self.end_s - self.begin_s


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A trip to a service.

    ``published_min``: the travel time of a run from such a place, at the percentile of the study where the mode rides;
    NaN where no service is reached in the time that is searched, and then ``service_id`` is "". ``legs``: none where
    nobody arrives in time who leaves at this minute. ``snap_m``: how far the place is from the street that it links to;
    ``is_in_areas``: whether it lies in an area of the study.
    """

    study: Study
    scenario: Scenario
    mode: Mode
    service_id: str
    service_name: str
    published_min: float
    searched_min: float
    legs: tuple[ItineraryLeg, ...]
    begin_s: int | None
    is_demo: bool
    snap_m: float = 0.0
    is_in_areas: bool = True

    @property
    def duration_s(self) -> float:
        """From door to door."""
        return sum(leg.duration_s for leg in self.legs)


def find_itinerary(
    study: Study,
    lon_lat: tuple[float, float],
    *,
    mode: str | None = None,
    scenario: str | None = None,
    at: time | None = None,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> Itinerary:
    """The trip from a place (WGS 84) to the service that a run calls its nearest.

    ``mode``: of the study; by default the first that rides, else the headline mode. ``scenario``: the reference by
    default. ``at``: the minute of departure, within the window of the study; by default the first minute with the
    percentile's time. A mode that does not ride has one leg, the whole way.

    Raises
    ------
    InputError
        An unknown scenario or mode; a place beyond all streets of the mode; a minute outside the window, or one for a
        mode without departures; any input that a run would refuse.
    """
    progress = on_progress or silent
    study = validated_study(study)
    chosen = study.reference if scenario is None else next(
        item for item in study.choose([scenario]) if item.name == scenario
    )  # fmt: skip
    inputs = read_inputs(study, study.choose([chosen.name]), cache_folder=cache_folder, on_progress=progress)
    study = inputs.study
    travel_mode = _chosen_mode(study, inputs, mode)
    _check_minute(study, travel_mode, at)
    router = _router(study, inputs, chosen, travel_mode, lon_lat, cache_folder)

    progress(f"Temps de parcours : {travel_mode.label.lower()}")
    rows = inputs.plan.rows[chosen.name]
    services = inputs.plan.services.iloc[rows]
    found = ride_trip(router, services.geometry, at) if travel_mode.rides else _direct(router, services.geometry)
    nearest = services.iloc[found.row] if found.row is not None else None
    is_demo = inputs.streets.origin.is_demo
    return Itinerary(
        study, chosen, travel_mode,
        "" if nearest is None else str(nearest["service_id"]), "" if nearest is None else str(nearest["name"]),
        found.minutes, router.cutoff_min, found.legs, found.begin_s, is_demo,
        float(router.demand_snaps.snap_m[0]), bool(inputs.areas.intersects(router.demand.geometry.iloc[0]).any()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundTrip:
    """The nearest service by its row (None where none is reached), and the trip to it."""

    row: int | None
    minutes: float
    legs: tuple[ItineraryLeg, ...] = ()
    begin_s: int | None = None


def _chosen_mode(study: Study, inputs: StudyInputs, name: str | None) -> Mode:
    if name is None:
        riding = (mode for mode in inputs.modes.values() if mode.rides and mode.name in study.modes)
        return next(riding, inputs.modes[study.analysis.headline_mode])
    if name not in inputs.modes:
        raise input_error(f"Mode inconnu : « {name} ».", f"étude « {study.name} »", nearest_word(name, inputs.modes))
    return inputs.modes[name]


def _check_minute(study: Study, mode: Mode, at: time | None) -> None:
    if at is None:
        return
    if not mode.rides or study.transit is None:
        raise input_error(
            f"Une heure de départ ne change rien à un trajet par ce mode : {mode.label.lower()}.",
            f"--at {at:%H:%M}", "Retirer --at, ou choisir un mode en transports en commun (--mode transit).",
        )  # fmt: skip
    first, end = study.transit.window
    if not first <= at < end:
        raise input_error(
            "Cette heure de départ est hors de la fenêtre de l'étude.", f"--at {at:%H:%M}",
            f"Choisir une minute à partir de {first:%H:%M} et avant {end:%H:%M}, ou changer window dans [transit].",
        )  # fmt: skip


def _router(
    study: Study,
    inputs: StudyInputs,
    scenario: Scenario,
    mode: Mode,
    lon_lat: tuple[float, float],
    cache_folder: Path | None,
) -> Router:
    """The router of a mode in a scenario whose demand is the place alone, which is near enough to a street."""
    crs = inputs.areas.crs
    place = gpd.GeoDataFrame(
        {"demand_id": ["lieu"]}, geometry=gpd.points_from_xy([lon_lat[0]], [lon_lat[1]]), crs="EPSG:4326"
    ).to_crs(crs)
    riders = build_riders(study.transit, {name: item.table for name, item in inputs.timetables.items()})
    shared = build_routers(
        inputs.plan, {mode.name: mode}, inputs.streets, place, searched_min=study.searched_min,
        max_snap_m=study.analysis.max_snap_m, link_radius_m=study.analysis.link_radius_m, riders=riders,
        cache_folder=cache_folder,
    )  # fmt: skip
    router = next(item.router for item in shared if scenario.name in item.scenarios)
    if router.demand_snaps.street[0] == NOT_SNAPPED:
        example, is_swapped = _own_place(inputs, lon_lat)
        swapped = "Longitude et latitude semblent inversées. " if is_swapped else ""
        raise InputError([
            Fault(
                f"Aucune rue de l'étude que prend ce mode ({mode.label.lower()}) n'est assez près de ce lieu.",
                f"--from {lon_lat[0]:g},{lon_lat[1]:g} ; max_snap_m = {study.analysis.max_snap_m:g}",
                f"{swapped}Donner la longitude puis la latitude d'un lieu de l'étude, par exemple {example}.",
            )
        ])  # fmt: skip
    return router


def _own_place(inputs: StudyInputs, lon_lat: tuple[float, float]) -> tuple[str, bool]:
    """An inhabited place of the study as it is typed, and whether a place would be in the study turned round."""
    homes = inputs.demand.geometry.representative_point().to_crs(4326)
    middle = homes.iloc[len(homes) // 2]
    west, south, east, north = homes.total_bounds
    lat, lon = lon_lat
    margin = 0.05
    is_swapped = west - margin <= lon <= east + margin and south - margin <= lat <= north + margin
    return (f"{lon:.5f},{lat:.5f}" if is_swapped else f"{middle.x:.5f},{middle.y:.5f}"), is_swapped


def ride_trip(router: Router, services: gpd.GeoSeries, at: time | None) -> FoundTrip:
    """The trip of the one place of a router that rides, in the CRS of the streets, to its nearest service.

    ``at``: the minute of departure; None: the first with the time of the percentile that counts.
    """
    # where closed streets move a place a run keeps the time from before, and so does its trip
    routers = [router] if router.whole is None else [router, router.whole]
    each = collect_rides([(item, ("",)) for item in routers], services)
    times = np.stack([_percentile_ms(rides) for rides in each])
    ms = times.max(axis=0)
    row = int(ms.argmin()) if len(ms) else 0
    if not len(ms) or ms[row] == UNREACHED:
        return FoundTrip(None, float("nan"))
    rides = each[int(times[:, row].argmax())]
    options = rides.options
    if at is None:
        profile_ms = time_profile(
            rides.timetable, rides.footpaths, origin=0, service=row, options=options, usability=rides.usability
        )
        begin_s = options.window_s[0] + _MINUTE_S * int(np.flatnonzero(profile_ms == ms[row])[0])
    else:
        begin_s = _MINUTE_S * (_MINUTE_S * at.hour + at.minute)
    return FoundTrip(row, float(ms[row]) / MS_PER_MIN, _legs(rides, row, begin_s), begin_s)


def _percentile_ms(rides: ModeRides) -> np.ndarray:
    """Milliseconds to each service at the percentile that counts (int32)."""
    options, percentile = rides.options, rides.rider.percentile
    times = transit_times(
        rides.timetable, rides.footpaths, window_s=options.window_s, percentiles=(percentile,),
        max_rides=options.max_rides, boarding_slack_s=options.boarding_slack_s, max_trip_min=options.max_trip_min,
        usability=rides.usability,
    )  # fmt: skip
    column: np.ndarray = times.at(percentile)[:, 0]
    return column


def _legs(rides: ModeRides, row: int, begin_s: int) -> tuple[ItineraryLeg, ...]:
    timetable = rides.timetable
    names, types = timetable.stops["name"], timetable.trips["route_type"]
    places = timetable.stops.geometry.to_numpy()
    legs = trip_legs(
        timetable, rides.footpaths, origin=0, service=row, departure_s=begin_s, options=rides.options,
        usability=rides.usability,
    )  # fmt: skip
    return tuple(
        ItineraryLeg(
            leg.kind, leg.begin_ms / _MS_PER_S, leg.end_ms / _MS_PER_S,
            None if leg.from_stop is None else str(names[leg.from_stop]),
            None if leg.to_stop is None else str(names[leg.to_stop]),
            leg.line, leg.headsign, int(types[leg.trips[0]]) if leg.trips else -1, leg.calls,
            *(None if stop is None else places[stop] for stop in (leg.from_stop, leg.to_stop)),
        )
        for leg in legs
    )  # fmt: skip


def _direct(router: Router, services: gpd.GeoSeries) -> FoundTrip:
    minutes = closed_times(router, services, router.snap(services), cutoff_min=router.cutoff_min)[:, 0]
    if np.isnan(minutes).all():
        return FoundTrip(None, float("nan"))
    row = int(np.nanargmin(minutes))
    shortest_min = float(minutes[row])
    return FoundTrip(row, shortest_min, (ItineraryLeg("direct", 0.0, shortest_min * _MINUTE_S),))
