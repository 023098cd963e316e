"""What is wrong with a change of the timetable: lines that cannot run so, changes that change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import Fault
from access92.scenarios.apply import plain_id
from access92.scenarios.timetable_names import named_stop
from access92.sources.places import distance_to_box_km, misplaced
from access92.sources.timetable import Timetable
from access92.study.model import Study
from access92.study.timetable_changes import AddLine, RemoveLine, SetHeadway


def line_stops(
    study: Study, table: Timetable, line: AddLine, near: gpd.GeoDataFrame | None, where: str
) -> tuple[list[int], list[Fault]]:
    """The positions of the stops of a new line (-1 = its own), and what is wrong with the line."""
    where = f"{where} « {line.name} »"
    runs = np.unique(table.call_trip)
    known = table.trips["line"].iloc[runs].astype(str)
    same = sorted({name for name in known if plain_id(name) == plain_id(line.name)})
    faults = []
    if same:
        what = f"La ligne à ajouter existe déjà : « {same[0]} »."
        faults.append(Fault(what, where, "Lui donner un autre nom, ou retirer d'abord l'autre (remove_line)."))
    positions = []
    for stop in line.stops:
        position, wrong = (-1, []) if stop.stop is None else named_stop(table, stop.stop, where=where)
        positions.append(position)
        faults += wrong
    faults += _misplaced_faults(line, near, where)
    if not faults:
        faults += _hurried_faults(line, table, positions, where)

    # a vehicle that nobody of the window can board is no change
    first_s, end_s = _looked_at_s(study)
    rides_s = round(60 * sum(line.minutes))
    if not any(first_s - rides_s < second < end_s for second in line.departures_s):
        what = "La ligne à ajouter ne roule pas quand l'étude la regarde : rien ne changerait."
        faults.append(Fault(what, f"{where}, fenêtre de {_clock(first_s)} à {_clock(end_s)}", "Changer ses départs."))
    return positions, faults


def _hurried_faults(line: AddLine, table: Timetable, positions: Sequence[int], where: str) -> list[Fault]:
    """Ways from a stop to the next that no such vehicle makes in that time, or that lead nowhere."""
    places = table.stops.to_crs(4326).get_coordinates().to_numpy()
    lon, lat = np.array(
        [(stop.lon, stop.lat) if at < 0 else places[at] for stop, at in zip(line.stops, positions, strict=True)],
        dtype=float,
    ).T
    names = [stop.name or str(stop.stop) for stop in line.stops]
    faults = []
    for nth, minutes in enumerate(line.minutes):
        box = (lon[nth + 1], lat[nth + 1]) * 2
        km = float(distance_to_box_km(lon[nth : nth + 1], lat[nth : nth + 1], box)[0])
        way = f"{where}, de « {names[nth]} » à « {names[nth + 1]} »"
        if km < _SAME_PLACE_KM:
            what = "Deux arrêts de suite d'une ligne sont au même endroit."
            faults.append(Fault(what, way, "Retirer l'un des deux."))
        elif km > _MOST_KMH[line.type] * minutes / 60:
            said = f"{km:.1f} km à vol d'oiseau en {minutes:g} min, soit {60 * km / minutes:.0f} km/h".replace(".", ",")
            what = f"Aucun véhicule de ce type ({line.type}) ne va si vite d'un arrêt à l'autre."
            faults.append(Fault(what, f"{way} : {said}", "Corriger minutes, le type de la ligne ou les arrêts."))
    return faults


_MOST_KMH = {"bus": 80.0, "tram": 70.0, "metro": 90.0, "train": 200.0}
"""As the crow flies, from stop to stop: no line of a town is faster on average."""

_SAME_PLACE_KM = 0.02


def unserved_faults(table: Timetable, stops: np.ndarray, stop: str, where: str) -> list[Fault]:
    """A stop to close where no vehicle lets board or alight anyway, that day."""
    calls = np.isin(table.call_stop, stops)
    if (calls & (table.may_board | table.may_alight)).any():
        return []
    what = f"L'arrêt « {stop} » n'est déjà desservi par aucun véhicule de ce jour : rien ne changerait."
    return [Fault(what, where, "Retirer ce changement.")]


def _misplaced_faults(line: AddLine, near: gpd.GeoDataFrame | None, where: str) -> list[Fault]:
    """New stops of a line that cannot be where they are said to be."""
    new = [stop for stop in line.stops if stop.stop is None]
    if not new:
        return []
    wrong = misplaced(gpd.GeoSeries([shapely.Point(stop.lon, stop.lat) for stop in new], crs=4326), near)
    faults = []
    for is_wrong, what, fix in (
        (wrong.swapped, "Longitude et latitude d'un arrêt semblent interverties.", "Les échanger."),
        (wrong.zero | wrong.far, "Un arrêt est loin de la zone d'étude.", "Corriger ses coordonnées."),
    ):
        if is_wrong.any():
            stop = new[int(np.flatnonzero(is_wrong)[0])]
            faults.append(Fault(what, f"{where}, arrêt « {stop.name} » ({stop.lon}, {stop.lat})", fix))
    return faults


def idle_faults(
    study: Study, table: Timetable, change: RemoveLine | SetHeadway, trips: np.ndarray, where: str
) -> list[Fault]:
    """A change of vehicles that do not run when the study looks, or of passages that are none."""
    of_line = trips[table.call_trip]
    seconds = table.departure_s[of_line]
    served = f"ses passages vont de {_clock(seconds.min())} à {_clock(seconds.max())}"
    first_s, end_s = _looked_at_s(study)
    faults = []
    if isinstance(change, SetHeadway) and change.window_s is not None:
        low, high = change.window_s
        if not ((seconds >= low) & (seconds < high)).any():
            what = f"La ligne « {change.line} » ne roule pas dans la fenêtre du changement."
            return [Fault(what, f"{where}, de {_clock(low)} à {_clock(high)} ; {served}", "Corriger window.")]
        first_s, end_s = max(first_s, low), min(end_s, high)
    if not ((seconds >= first_s) & (seconds < end_s)).any():
        what = f"La ligne « {change.line} » ne roule pas quand l'étude la regarde : rien ne changerait."
        faults.append(Fault(what, f"{where} ; {served}", "Retirer ce changement, ou changer la fenêtre de [transit]."))
    return faults


def _looked_at_s(study: Study) -> tuple[int, int]:
    """The first second at which a rider of the study may board, and the last at which one may still be on the way."""
    first_s, end_s = (0, 0) if study.transit is None else study.transit.window_s
    return first_s, end_s + round(60 * study.searched_min)


def _clock(seconds: int) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}"
