"""The parts of a day, one per feed, laid end to end in the arrays of one timetable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.sources.gtfs.journeys import JourneyEnds, Journeys
from access92.sources.gtfs.stop_times import BY_DRIVER, BY_PHONE, REGULAR, Calls
from access92.sources.gtfs.stops import Stops
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.transfers import TRANSFER_COLUMNS, expanded_transfers
from access92.sources.timetable import WHEELCHAIR_UNKNOWN, Timetable


@dataclass(frozen=True, slots=True, eq=False)
class PartOfDay:
    """One feed's day: its journeys in runs.

    ``head``: of each journey the first of its run, ``place``: its place in the run (0, 1, 2…).
    """

    name: str
    publishers: tuple[str, ...]
    stops: Stops
    trips: pd.DataFrame
    calls: Calls
    journeys: Journeys
    ends: JourneyEnds
    head: np.ndarray
    place: np.ndarray
    rules: pd.DataFrame


def joined_timetable(
    parts: Sequence[PartOfDay], tallies: Sequence[Tally], *, day: dt.date, timezone: str, on_demand: bool
) -> Timetable:
    """The timetable of all parts: stops and trips in the order of feed and id, runs in that of their departure."""
    run_of_journey = _number_runs(parts)
    tables = [_part_tables(part, runs) for part, runs in zip(parts, run_of_journey, strict=True)]
    stop_base = np.cumsum([0, *(len(table.stops) for table in tables)])
    trip_base = np.cumsum([0, *(len(table.trips) for table in tables)])
    transfers = []
    for part, table, runs, base, tally in zip(parts, tables, run_of_journey, stop_base, tallies, strict=False):
        used = np.where(table.used >= 0, table.used + base, -1)
        routes = part.trips["route_id"].to_numpy()[table.feed_trip]
        calls = pd.DataFrame({"stop": table.stop + base, "route": routes, "run": table.run})
        run_of = pd.DataFrame({"trip": part.journeys.trip, "run": runs})
        transfers.append(
            expanded_transfers(part.rules, stops=part.stops, used=used, run_of=run_of, calls=calls, tally=tally)
        )
        unknown = int((table.stops["wheelchair"] == WHEELCHAIR_UNKNOWN).sum())
        tally.add("gtfs_wheelchair_unknown", unknown, len(table.stops))

    columns = {
        name: np.concatenate([getattr(table, name) for table in tables])
        for name in ("run", "place", "arrival_s", "departure_s", "pickup", "drop_off")
    }
    columns["stop"] = np.concatenate([t.stop + base for t, base in zip(tables, stop_base, strict=False)])
    columns["trip"] = np.concatenate([t.trip + base for t, base in zip(tables, trip_base, strict=False)])
    # within a journey the order of travel holds already: the sort is stable
    order = np.lexsort((columns["place"], columns["run"]))
    columns = {name: values[order] for name, values in columns.items()}
    kinds = {REGULAR, *((BY_PHONE, BY_DRIVER) if on_demand else ())}
    calls_of_runs = _one_call_at_joints(columns, np.array(sorted(kinds)))
    named = dict.fromkeys(name for part in parts for name in part.publishers)
    stops = pd.concat([table.stops for table in tables], ignore_index=True)
    return Timetable(
        day=day, timezone=timezone,
        stops=gpd.GeoDataFrame(
            stops.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(stops["lon"], stops["lat"]), crs="EPSG:4326"
        ),
        trips=pd.concat([table.trips for table in tables], ignore_index=True),
        transfers=pd.concat(transfers, ignore_index=True)[list(TRANSFER_COLUMNS)],
        attribution=", ".join(named),
        notices=tuple(notice for tally in tallies for notice in tally.notices),
        assumed_routes=frozenset(),
        **calls_of_runs,
    )  # fmt: skip


def _number_runs(parts: Sequence[PartOfDay]) -> list[np.ndarray]:
    """Of each journey of each part the number of its run: by first departure, then feed, trip and shift."""
    heads = [np.flatnonzero(part.place == 0) for part in parts]
    keys = pd.DataFrame(
        {
            "first_s": np.concatenate([part.ends.first_s[head] for part, head in zip(parts, heads, strict=True)]),
            "part": np.repeat(np.arange(len(parts)), [len(head) for head in heads]),
            "journey": np.concatenate(heads),
        }
    )
    keys = keys.sort_values(["first_s", "part", "journey"], ignore_index=True)
    numbers = []
    for number, part in enumerate(parts):
        own = keys[keys["part"] == number]
        run = np.zeros(len(part.journeys), dtype=np.int32)
        run[own["journey"].to_numpy()] = own.index.to_numpy()
        numbers.append(run[part.head])
    return numbers


@dataclass(frozen=True, slots=True, eq=False)
class _PartTables:
    """The calls of one part, spread over its journeys, and its used stops and trips (positions within the part)."""

    stops: pd.DataFrame
    trips: pd.DataFrame
    used: np.ndarray
    feed_trip: np.ndarray
    run: np.ndarray
    place: np.ndarray
    stop: np.ndarray
    trip: np.ndarray
    arrival_s: np.ndarray
    departure_s: np.ndarray
    pickup: np.ndarray
    drop_off: np.ndarray


def _part_tables(part: PartOfDay, runs: np.ndarray) -> _PartTables:
    journeys, calls, stops = part.journeys, part.calls, part.stops
    lengths = part.ends.last_call - part.ends.first_call + 1
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = np.repeat(part.ends.first_call, lengths) + within
    shift_s = np.repeat(journeys.shift_s, lengths)

    # stops in the order of their ids, so that the rows of the file do not matter
    stop_at = calls.stop[at]
    is_used = np.zeros(len(stops.ids), dtype=bool)
    is_used[stop_at] = True
    in_order = np.argsort(stops.ids.to_numpy(dtype=object), kind="stable")
    in_order = in_order[is_used[in_order]]
    used = np.full(len(stops.ids), -1, dtype=np.int64)
    used[in_order] = np.arange(len(in_order))
    stations = np.array(["", *(f"{part.name}:{text}" for text in stops.ids)], dtype=object)
    stop_table = pd.DataFrame(
        {
            "stop_id": stations[1:][in_order], "name": stops.names[in_order],
            "parent": stations[stops.parent[in_order] + 1], "wheelchair": stops.wheelchair[in_order],
            "feed": part.name, "lon": stops.lon[in_order], "lat": stops.lat[in_order],
        }
    )  # fmt: skip

    # journeys are in the order of trips, yesterday's first: so are the rows of trips
    key = journeys.trip.astype(np.int64) * 2 + ~journeys.yesterday
    distinct, row = np.unique(key, return_inverse=True)
    trips = part.trips.iloc[distinct // 2]
    trip_table = pd.DataFrame(
        {
            "trip_id": (part.name + ":" + trips["trip_id"]).to_numpy(dtype=object), "line": trips["line"].to_numpy(),
            "headsign": trips["headsign"].to_numpy(),
            "route_id": (part.name + ":" + trips["route_id"]).to_numpy(dtype=object),
            "route_type": trips["route_type"].to_numpy(), "wheelchair": trips["wheelchair"].to_numpy(),
            "feed": part.name, "day_shift": np.where(distinct % 2, 0, -1).astype(np.int8),
        }
    )  # fmt: skip
    return _PartTables(
        stops=stop_table, trips=trip_table, used=used, feed_trip=np.repeat(journeys.trip, lengths),
        run=np.repeat(runs, lengths), place=np.repeat(part.place, lengths), stop=used[stop_at],
        trip=np.repeat(row, lengths), arrival_s=calls.arrival_s[at] + shift_s,
        departure_s=calls.departure_s[at] + shift_s, pickup=calls.pickup[at], drop_off=calls.drop_off[at],
    )  # fmt: skip


def _one_call_at_joints(columns: dict[str, np.ndarray], kinds: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of calls; where a vehicle ends a trip and begins the next at one stop, one call.

    It arrives as the trip that ends (where riders alight), and departs as the one that begins (where riders board).
    """
    run, stop = columns["run"], columns["stop"]
    joint = (run[1:] == run[:-1]) & (columns["place"][1:] != columns["place"][:-1]) & (stop[1:] == stop[:-1])
    begins = np.flatnonzero(joint) + 1
    arrival_s, drop_off = columns["arrival_s"].copy(), columns["drop_off"].copy()
    arrival_s[begins], drop_off[begins] = arrival_s[begins - 1], drop_off[begins - 1]
    stays = np.ones(len(run), dtype=bool)
    stays[begins - 1] = False
    return {
        "call_run": run[stays].astype(np.int32),
        "call_trip": columns["trip"][stays].astype(np.int32),
        "call_stop": stop[stays].astype(np.int32),
        "arrival_s": arrival_s[stays].astype(np.int32),
        "departure_s": columns["departure_s"][stays].astype(np.int32),
        "may_board": np.isin(columns["pickup"][stays], kinds),
        "may_alight": np.isin(drop_off[stays], kinds),
    }
