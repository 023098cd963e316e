"""The two real feeds as one timetable, read in the plainest way: for tests and benchmarks of the engine alone."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.sources.timetable import Timetable

FEEDS = Path(__file__).parents[2].parent / "shared" / "gtfs"
REAL = (
    ("ratp", FEEDS / "ratp_bus92_gtfs_2017-12.zip", dt.date(2018, 1, 16)),
    ("transilien", FEEDS / "transilien_gtfs_2016-12.zip", dt.date(2017, 1, 17)),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_real_timetable(*, first_s: int, last_s: int) -> Timetable:
    """Both feeds on their Tuesdays, calls between two seconds only; no transfer rule, no block, no yesterday."""
    parts = [_read(name, path, day, first_s, last_s) for name, path, day in REAL]
    stops = pd.concat([part[0] for part in parts], ignore_index=True)
    calls = pd.concat([part[1] for part in parts], ignore_index=True)
    stop_position = pd.Series(np.arange(len(stops)), index=stops["stop_id"])
    trip, trip_ids = pd.factorize(calls["trip_id"])
    lines = pd.concat([part[2] for part in parts]).reindex(trip_ids)
    return Timetable(
        day=REAL[0][2],
        timezone="Europe/Paris",
        stops=gpd.GeoDataFrame(
            {"stop_id": stops["stop_id"], "name": stops["stop_name"], "parent": "",
             "wheelchair": np.zeros(len(stops), dtype=np.int8), "feed": stops["feed"]},
            geometry=gpd.points_from_xy(stops["stop_lon"].astype(float), stops["stop_lat"].astype(float)),
            crs="EPSG:4326",
        ),
        trips=pd.DataFrame({
            "trip_id": trip_ids, "line": lines.to_numpy(), "headsign": "", "route_id": lines.to_numpy(),
            "route_type": np.int16(3), "wheelchair": np.int8(0), "feed": [name.partition(":")[0] for name in trip_ids],
        }),
        call_run=trip.astype(np.int32),
        call_trip=trip.astype(np.int32),
        call_stop=stop_position.loc[calls["stop_id"]].to_numpy().astype(np.int32),
        arrival_s=calls["arrival_s"].to_numpy().astype(np.int32),
        departure_s=calls["departure_s"].to_numpy().astype(np.int32),
        may_board=calls["pickup_type"].to_numpy() == 0,
        may_alight=calls["drop_off_type"].to_numpy() == 0,
        transfers=pd.DataFrame({
            name: np.empty(0, dtype=np.int32)
            for name in ("from_stop", "to_stop", "from_run", "to_run", "kind", "min_transfer_s")
        }),
    )  # fmt: skip


def _read(
    name: str, path: Path, day: dt.date, first_s: int, last_s: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    with zipfile.ZipFile(path) as feed:
        trips = _table(feed, "trips.txt")
        trips = trips[trips["service_id"].isin(_services(feed, day))]
        routes = _table(feed, "routes.txt").set_index("route_id")["route_short_name"]
        running = set(trips["trip_id"])
        columns = [
            "trip_id",
            "arrival_time",
            "departure_time",
            "stop_id",
            "stop_sequence",
            "pickup_type",
            "drop_off_type",
        ]
        kept = []
        with feed.open("stop_times.txt") as stream:
            chunks = pd.read_csv(stream, dtype=str, usecols=lambda column: column in columns, chunksize=400_000)
            kept = [chunk[chunk["trip_id"].isin(running)] for chunk in chunks]
        stops = _table(feed, "stops.txt")
    calls = pd.concat(kept, ignore_index=True)
    for column in ("arrival", "departure"):
        calls[f"{column}_s"] = _seconds(calls[f"{column}_time"])
    for column in ("pickup_type", "drop_off_type"):
        calls[column] = pd.to_numeric(calls.get(column, pd.Series(0, index=calls.index)), errors="coerce").fillna(0)
    calls["stop_sequence"] = calls["stop_sequence"].astype(int)
    calls = calls.sort_values(["trip_id", "stop_sequence"], kind="stable", ignore_index=True)
    calls = calls[(calls["departure_s"] >= first_s) & (calls["arrival_s"] <= last_s)]
    stops = stops[stops["stop_id"].isin(set(calls["stop_id"]))].copy()
    lines = trips.set_index("trip_id")["route_id"].map(routes).fillna("")
    lines.index = name + ":" + lines.index
    for table, column in ((stops, "stop_id"), (calls, "stop_id"), (calls, "trip_id")):
        table[column] = name + ":" + table[column]
    stops["feed"] = name
    return stops.sort_values("stop_id"), calls, lines


def _table(feed: zipfile.ZipFile, name: str) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(feed.read(name)), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.apply(lambda column: column.str.strip())


def _services(feed: zipfile.ZipFile, day: dt.date) -> set[str]:
    date, services = day.strftime("%Y%m%d"), set()
    if "calendar.txt" in feed.namelist():
        table = _table(feed, "calendar.txt")
        runs = (table["start_date"] <= date) & (table["end_date"] >= date) & (table[_WEEKDAYS[day.weekday()]] == "1")
        services = set(table.loc[runs, "service_id"])
    if "calendar_dates.txt" in feed.namelist():
        table = _table(feed, "calendar_dates.txt")
        table = table[table["date"] == date]
        services |= set(table.loc[table["exception_type"] == "1", "service_id"])
        services -= set(table.loc[table["exception_type"] == "2", "service_id"])
    return services


def _seconds(texts: pd.Series) -> np.ndarray:
    codes, distinct = pd.factorize(texts.str.strip())
    seconds = [
        sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=True)) for text in distinct
    ]
    return np.array(seconds, dtype=np.int64)[codes]


def chosen_calls(timetable: Timetable, stops: Sequence[int]) -> Timetable:
    """The same timetable with the calls at some stops alone: vehicles pass the others without stopping."""
    from dataclasses import replace  # noqa: PLC0415

    stays = np.isin(timetable.call_stop, np.asarray(stops))
    arrays = ("call_run", "call_trip", "call_stop", "arrival_s", "departure_s", "may_board", "may_alight")
    return replace(timetable, **{name: getattr(timetable, name)[stays] for name in arrays})
