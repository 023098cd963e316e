"""The demonstration timetable: patterns of stops with departures an hour, expanded into the trips of a morning."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault, InputError
from access92.sources.csv_files import read_csv
from access92.sources.tables import check_columns, read_numbers
from access92.sources.timetable import WHEELCHAIR_UNKNOWN, Timetable

HOURS = range(6, 13)
"""The hours of the morning of which the tables say how often vehicles leave."""

_GOLDEN = (5**0.5 - 1) / 2
"""Steps of it spread the first departures of patterns over their intervals: no two lines leave in step."""

_HYPOTHESIS = "Hypothèse"
"""What the basis of a pattern begins with whose departures nobody published."""

_COLUMNS = {
    "stops.csv": ("stop_id", "name", "lon", "lat"),
    "patterns.csv": ("pattern", "line", "route_type", "headsign", *(f"h{hour}" for hour in HOURS), "basis"),
    "calls.csv": ("pattern", "stop_id", "minutes"),
}


def read_demo_timetable(folder: Path, *, day: dt.date, where: str) -> Timetable:
    """The timetable of a morning from the tables of a folder; the same tables give the same trips.

    ``stops.csv`` (stop_id, name, lon, lat), ``patterns.csv`` (pattern, line, route_type, headsign, departures in each
    of :data:`HOURS`, basis) and ``calls.csv`` (pattern, stop_id, minutes since the first stop, in the order of travel).
    The departures of an hour are spread evenly over it, in whole seconds; vehicles wait nowhere.

    Raises
    ------
    InputError
        A table or a column that is missing, a number that cannot be read, a call at a stop or of a pattern that is not
        in its table, minutes that go back, a pattern with fewer than two calls.
    """
    tables = {name: _read(folder / name, columns, f"{where}/{name}") for name, columns in _COLUMNS.items()}
    stops, patterns, calls = tables["stops.csv"], tables["patterns.csv"], tables["calls.csv"]
    numbers = {
        name: _numbers(tables[file], name, f"{where}/{file}")
        for file, names in (
            ("stops.csv", ("lon", "lat")),
            ("patterns.csv", ("route_type", *(f"h{hour}" for hour in HOURS))),
            ("calls.csv", ("minutes",)),
        )
        for name in names
    }
    stop, pattern = _positions(calls, stops, patterns, numbers["minutes"], where)

    # the departures of each pattern: n in an hour, an n-th of it apart, the first at a phase of the pattern's own
    hourly = np.array([numbers[f"h{hour}"] for hour in HOURS]).astype(np.int64)
    phase = (np.arange(len(patterns)) * _GOLDEN) % 1
    of_pattern, start_s = [], []
    for hour, counts in zip(HOURS, hourly, strict=True):
        number = np.repeat(np.arange(len(patterns)), counts)
        nth = np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)
        of_pattern.append(number)
        first_s = np.floor(3600 * phase[number] / counts[number]).astype(np.int64)
        start_s.append(3600 * hour + first_s + 3600 * nth // counts[number])
    trip_pattern, trip_start_s = np.concatenate(of_pattern), np.concatenate(start_s)

    # one run for each departure, in the order of patterns and time, and its calls
    order = np.lexsort((trip_start_s, trip_pattern))
    trip_pattern, trip_start_s = trip_pattern[order], trip_start_s[order]
    first = np.searchsorted(pattern, np.arange(len(patterns) + 1))
    length = np.diff(first)[trip_pattern]
    run = np.repeat(np.arange(len(trip_pattern)), length)
    call = np.arange(len(run)) - np.repeat(np.cumsum(length) - length, length) + first[trip_pattern][run]
    at_s = trip_start_s[run] + np.rint(60 * numbers["minutes"][call]).astype(np.int64)
    is_first, is_last = np.diff(run, prepend=-1) > 0, np.diff(run, append=run[-1] + 1 if len(run) else 0) > 0
    return Timetable(
        day=day,
        timezone="Europe/Paris",
        stops=gpd.GeoDataFrame(
            {
                "stop_id": [f"demo:{name}" for name in stops["stop_id"]],
                "name": stops["name"].to_numpy(),
                "parent": "",
                "wheelchair": np.int8(WHEELCHAIR_UNKNOWN),
                "feed": "demo",
            },
            geometry=gpd.points_from_xy(numbers["lon"], numbers["lat"]),
            crs="EPSG:4326",
        ),
        trips=_trips(patterns, trip_pattern, numbers["route_type"]),
        call_run=run.astype(np.int32),
        call_trip=run.astype(np.int32),
        call_stop=stop[call].astype(np.int32),
        arrival_s=at_s.astype(np.int32),
        departure_s=at_s.astype(np.int32),
        may_board=~is_last,
        may_alight=~is_first,
        transfers=pd.DataFrame(
            {
                name: pd.Series(dtype=np.int8 if name == "kind" else np.int32)
                for name in ("from_stop", "to_stop", "from_run", "to_run", "kind", "min_transfer_s")
            }
        ),
        assumed_routes=frozenset(_route_ids(patterns[patterns["basis"].astype(str).str.startswith(_HYPOTHESIS)])),
    )


def _route_ids(patterns: pd.DataFrame) -> list[str]:
    """The route_id of each pattern: that of its line."""
    return ("demo:" + patterns["line"].astype(str)).to_list()


def _trips(patterns: pd.DataFrame, trip_pattern: np.ndarray, route_type: np.ndarray) -> pd.DataFrame:
    """The trips of the timetable: those of a pattern are numbered in the order of departure."""
    nth = np.arange(len(trip_pattern)) - np.searchsorted(trip_pattern, trip_pattern)
    rows = patterns.iloc[trip_pattern].reset_index(drop=True)
    return pd.DataFrame(
        {
            "trip_id": [f"demo:{name}:{number}" for name, number in zip(rows["pattern"], nth, strict=True)],
            "line": rows["line"].astype(str),
            "headsign": rows["headsign"].fillna("").astype(str),
            "route_id": _route_ids(rows),
            "route_type": route_type[trip_pattern].astype(np.int16),
            "wheelchair": np.int8(WHEELCHAIR_UNKNOWN),
            "feed": "demo",
        }
    )


def _read(path: Path, columns: tuple[str, ...], where: str) -> pd.DataFrame:
    frame = read_csv(path, where=where)
    check_columns(frame, columns, where=where)
    return frame


def _numbers(frame: pd.DataFrame, name: str, where: str) -> np.ndarray:
    """The numbers of a column, all of them there; none below 0 but for places."""
    values, faults = read_numbers(frame[name], where=f"{where}, {name}", may_be_thousands=False)
    if not faults and np.isnan(values).any():
        row = int(np.flatnonzero(np.isnan(values))[0])
        place = f"{where}, ligne {frame.index[row]}"
        faults = [Fault(f"Il manque un nombre dans la colonne {name}.", place, "L'écrire.")]
    if not faults and name not in ("lon", "lat") and (values < 0).any():
        row = int(np.flatnonzero(values < 0)[0])
        faults = [
            Fault(f"Un nombre de la colonne {name} est négatif.", f"{where}, ligne {frame.index[row]}", "Le corriger.")
        ]
    if faults:
        raise InputError(faults)
    return values


def _positions(
    calls: pd.DataFrame, stops: pd.DataFrame, patterns: pd.DataFrame, minutes: np.ndarray, where: str
) -> tuple[np.ndarray, np.ndarray]:
    """For each call the row of its stop and of its pattern; patterns come in their order, minutes never go back."""
    stop = pd.Index(stops["stop_id"].astype(str)).get_indexer(pd.Index(calls["stop_id"].astype(str)))
    pattern = pd.Index(patterns["pattern"].astype(str)).get_indexer(pd.Index(calls["pattern"].astype(str)))
    same = np.diff(pattern) == 0
    for wrong, what, fix in (
        (stop < 0, "Un passage nomme un arrêt inconnu.", "L'ajouter à stops.csv, ou corriger son nom."),
        (pattern < 0, "Un passage nomme une mission inconnue.", "L'ajouter à patterns.csv, ou corriger son numéro."),
        (
            np.append(False, np.diff(pattern) < 0),
            "Les passages ne sont pas dans l'ordre des missions.",
            "Trier calls.csv comme patterns.csv.",
        ),
        (
            np.append(False, same & (np.diff(minutes) < 0)),
            "Les minutes d'une mission reviennent en arrière.",
            "Corriger minutes, ou l'ordre des arrêts.",
        ),
    ):
        if wrong.any():
            line = calls.index[np.flatnonzero(wrong)[0]]
            raise InputError([Fault(what, f"{where}/calls.csv, ligne {line}", fix)])
    short = np.bincount(pattern, minlength=len(patterns)) < 2  # noqa: PLR2004 - a trip goes from one stop to another
    if short.any():
        line = patterns.index[np.flatnonzero(short)[0]]
        what = "Une mission n'a pas deux arrêts."
        raise InputError([Fault(what, f"{where}/patterns.csv, ligne {line}", "Ajouter ses passages, ou l'ôter.")])
    return stop, pattern
