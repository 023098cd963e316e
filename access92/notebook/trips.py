"""The way from each home to its nearest service, leg by leg, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.errors import input_error
from access92.network.graph import MS_PER_MIN
from access92.notebook.networks import Network
from access92.notebook.numbers import read_minutes
from access92.notebook.places import Places, check_not_taken, read_places
from access92.notebook.progress_bar import notebook_progress
from access92.notebook.times import times_of_places
from access92.progress import Progress
from access92.run.itinerary import ItineraryLeg, ride_trip
from access92.travel.nearest import nearest_service
from access92.travel.paths import PathFinder, path_line

_COLUMNS = (
    "leg", "kind", "line", "headsign", "from_stop", "to_stop", "begin", "duration_min", "length_m", "follows_streets",
)  # fmt: skip
_MINUTE_S, _HOUR_S = 60, 3600


def itineraries(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    at: time | None = None,
    cutoff_min: float = 60.0,
    origin_id: str | None = None,
    destination_id: str | None = None,
    on_progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """The way from each origin to its nearest destination, one row a leg: what :func:`nearest` counts, drawn.

    Parameters
    ----------
    at
        By a network that rides, the minute of departure; by default the first with the time that counts.

    Others, and what is refused: as :func:`travel_time_matrix`.

    Returns
    -------
    geopandas.GeoDataFrame
        The ids of origin and destination; ``leg`` (from 1); ``kind`` (« direct »: the whole way by the streets; else
        access, wait, ride, transfer, egress); of a ride ``line``, ``headsign``, ``from_stop``, ``to_stop``; ``begin``
        (« 08:12:30 », '' where a mode has no departures); ``duration_min``; ``length_m``; ``follows_streets`` (bool:
        the line is the way itself, and not straight from stop to stop) and a LineString in the CRS of the origins; none
        where a scenario moves a home off a closed street, whose time stays that of before.
        Origins in their order. One that reaches nothing has one row, with leg 0, no destination, NaN and no line.

    Raises
    ------
    InputError
        As :func:`travel_time_matrix`; a departure for a mode without any, or outside the window of the study.

    Examples
    --------
    >>> from access92.notebook import build_network
    >>> from tests.toy_town import demand_at, services_at, town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> ways = itineraries(network, demand_at((0, 0), (2, 1)), services_at(S1=(0, 1), S2=(2, 2)))
    >>> ways[["demand_id", "service_id", "duration_min", "length_m"]].round(1).values.tolist()
    [['d0', 'S1', 1.0, 83.3], ['d1', 'S2', 1.0, 83.3]]
    """
    if at is not None and not isinstance(at, time):
        raise input_error(
            "Ce n'est pas une heure de départ.", f"at = {at!r}", "Donner datetime.time(8, 30) pour 8 h 30."
        )
    if network.router.rider is None:
        rows = _on_streets(network, origins, destinations, at, cutoff_min, origin_id, destination_id, on_progress)
    else:
        rows = _by_vehicle(network, origins, destinations, at, cutoff_min, origin_id, destination_id, on_progress)
    return rows


def _on_streets(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    at: time | None,
    cutoff_min: float,
    origin_id: str | None,
    destination_id: str | None,
    on_progress: Progress | None,
) -> gpd.GeoDataFrame:
    """One leg each: the whole way along the streets."""
    if at is not None:
        raise input_error(
            f"Une heure de départ ne change rien à un trajet par ce mode : {network.mode.label.lower()}.",
            f"at={at:%H:%M}", "Retirer at, ou prendre le réseau d'une étude avec horaires (study_network).",
        )  # fmt: skip
    found = times_of_places(
        network, origins, destinations, cutoff_min=cutoff_min, origin_id=origin_id, destination_id=destination_id,
        on_progress=on_progress,
    )  # fmt: skip
    homes, services = found.origins, found.destinations
    minutes, nearest = nearest_service(found.times.minutes, np.arange(len(services.ids), dtype=np.int32))
    router = network.to_reach(homes.table("demand_id"), cutoff_min=cutoff_min)
    home_snaps, service_snaps = router.demand_snaps, router.snap(services.points)
    finder, lines = PathFinder(router.network), router.streets.geometry.to_numpy()[router.network.street_row]

    # the homes of one service together: one search for all of them
    way: dict[int, shapely.LineString] = {}
    served = np.unique(nearest[nearest >= 0]).tolist()
    with notebook_progress(on_progress) as progress:
        for number, service in enumerate(served):
            progress("Trajets", number, len(served))
            rows = np.flatnonzero(nearest == service).tolist()
            paths = finder.paths(home_snaps, rows, service_snaps, service, cutoff_min=cutoff_min)
            for row, path in zip(rows, paths, strict=True):
                # where closed streets keep the time from before, no way of today is that long
                if path is not None and path.ms == round(float(minutes[row]) * MS_PER_MIN):
                    way[row] = path_line(path, lines, homes.points.iloc[row], services.points.iloc[service])

    def legs() -> Iterator[tuple[int, int, dict[str, Any], shapely.LineString | None]]:
        for row, service in enumerate(nearest.tolist()):
            told: dict[str, Any] = {
                "leg": int(service >= 0),
                "kind": "direct" if service >= 0 else "",
                "follows_streets": row in way,
            }
            told |= {"duration_min": float(minutes[row]), "begin": ""}
            yield row, service, told, way.get(row)

    return _table(homes, services, legs(), network)


def _by_vehicle(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    at: time | None,
    cutoff_min: float,
    origin_id: str | None,
    destination_id: str | None,
    on_progress: Progress | None,
) -> gpd.GeoDataFrame:
    """The legs of the trip of each origin, as ``find_itinerary`` tells them."""
    cutoff_min = read_minutes(cutoff_min, "cutoff_min")
    homes = read_places(origins, role="origins", streets=network.streets, id_column=origin_id, usual_id="demand_id")
    services = read_places(
        destinations, role="destinations", streets=network.streets, id_column=destination_id, usual_id="service_id"
    )
    _check_departure(network, at)
    demand = homes.table("demand_id")

    def legs() -> Iterator[tuple[int, int, dict[str, Any], shapely.LineString | None]]:
        for row in range(len(demand)):
            progress("Trajets", row, len(demand))
            trip = ride_trip(network.to_reach(demand.iloc[[row]], cutoff_min=cutoff_min), services.points, at)
            if trip.row is None or not trip.legs:
                yield row, -1, {"leg": 0, "kind": "", "begin": "", "duration_min": np.nan}, None
                continue
            ends = homes.points.iloc[row], services.points.iloc[trip.row]
            for number, leg in enumerate(trip.legs, start=1):
                yield row, trip.row, {"leg": number, **_told(leg)}, _straight(leg, *ends)

    with notebook_progress(on_progress) as progress:
        return _table(homes, services, legs(), network)


def _check_departure(network: Network, at: time | None) -> None:
    options = getattr(network.router.rider, "options", None)
    if at is None or options is None:
        return
    first, end = options.window
    if not first <= at < end:
        raise input_error(
            "Cette heure de départ est hors de la fenêtre de l'étude.", f"at={at:%H:%M}",
            f"Choisir une minute à partir de {first:%H:%M} et avant {end:%H:%M}, ou changer window dans [transit].",
        )  # fmt: skip


def _told(leg: ItineraryLeg) -> dict[str, Any]:
    return {
        "kind": leg.kind, "line": leg.line, "headsign": leg.headsign, "from_stop": leg.from_stop,
        "to_stop": leg.to_stop, "begin": _clock(leg.begin_s), "duration_min": leg.duration_s / _MINUTE_S,
    }  # fmt: skip


def _clock(seconds: float) -> str:
    """Seconds of the day of the timetable as a clock shows them; beyond midnight it counts on (« 24:05:00 »).

    >>> _clock(29_550.4)
    '08:12:30'
    """
    whole = int(seconds)
    return f"{whole // _HOUR_S:02}:{whole % _HOUR_S // _MINUTE_S:02}:{whole % _MINUTE_S:02}"


def _straight(leg: ItineraryLeg, home: shapely.Point, service: shapely.Point) -> shapely.LineString:
    """From one end of a leg to the other, as the crow flies; a wait stays where it is."""
    begins = leg.from_point or (leg.to_point if leg.kind == "wait" else None) or home
    ends = leg.to_point or (leg.from_point if leg.kind == "wait" else None) or service
    return shapely.LineString([begins, ends])


def _table(
    homes: Places,
    services: Places,
    legs: Iterator[tuple[int, int, dict[str, Any], shapely.LineString | None]],
    network: Network,
) -> gpd.GeoDataFrame:
    """The rows of the legs, with the ids of both ends, in the CRS of the origins."""
    listed = list(legs)
    home_name, service_name = homes.ids.name or "origin_id", services.ids.name or "destination_id"
    if home_name == service_name:
        home_name, service_name = f"origin_{home_name}", f"destination_{service_name}"
    for name, role in ((home_name, "origins"), (service_name, "destinations")):
        check_not_taken([name], ("mode", *_COLUMNS, "geometry"), role=role)
    told = pd.DataFrame([item[2] for item in listed]).reindex(columns=list(_COLUMNS))
    lines = gpd.GeoSeries([item[3] for item in listed], crs=network.crs)
    told["length_m"] = lines.length
    told["follows_streets"] = told["follows_streets"].eq(other=True)
    for name in ("line", "headsign", "from_stop", "to_stop", "begin"):
        told[name] = told[name].astype(object).where(told[name].notna(), "")
    row, service = (np.array([item[at] for item in listed], dtype=np.int64) for at in (0, 1))
    named = pd.Series(services.ids.take(np.maximum(service, 0))).where(service >= 0).to_numpy()
    told.insert(0, home_name, homes.ids.take(row).to_numpy())
    told.insert(1, service_name, named)
    told.insert(2, "mode", network.mode.name)
    return gpd.GeoDataFrame(told, geometry=lines).to_crs(homes.crs)
