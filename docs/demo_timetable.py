"""The demonstration timetable: how often vehicles call where, drawn from real feeds of GTFS, metro and tram supposed.

Run by hand when it is made anew; what it writes is committed (see data/README.md)::

    python -m docs.demo_timetable ratp.zip=2018-01-16 transilien.zip=2017-01-17

Facts only: lines, stops in their order with the running minutes (medians of the morning), departures an hour. Trips
are cut to the stops near the study area; trips that call at the same stops are one pattern. Lines that the feeds do
not have run between the stations of ``data/demo/stations.csv`` in the order of the shortest way, at the speeds and as
often as ``data/timetable/hypotheses.csv`` says.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.sources.areas import read_areas
from access92.sources.demo.timetable import HOURS
from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.study_streets import study_extent
from access92.sources.timetable import Timetable
from access92.study.read import read_study

STUDY = Path("data/studies/sosms.toml")
OUT = Path("data/timetable")
STATIONS = Path("data/demo/stations.csv")
GAP_M = 3_000.0
"""Between two stations of a line: further apart, the line runs through Paris, where no station is known."""

DETOUR = 1.05
"""Of the rails, over the straight line between two stations (hypothesis)."""

_ROUTE_TYPE = {"METRO": 1, "TRAMWAY": 0}
_LINE_NAME = {"METRO": "Métro {}", "TRAMWAY": "T{}"}
_HOURLY = [f"h{hour}" for hour in HOURS]
_KEY = ["line", "route_type", "stops"]


def feed_patterns(timetable: Timetable, extent: shapely.Geometry) -> pd.DataFrame:
    """One row a pattern: line, route_type, feed, headsign, stops (positions), minutes (medians), departures an hour.

    ``extent``: in WGS 84; calls outside it are left out, and trips with one call inside it.
    """
    inside = shapely.contains_xy(extent, shapely.get_coordinates(timetable.stops.geometry.to_numpy()))
    calls = pd.DataFrame(
        {
            "trip": timetable.call_trip,
            "stop": timetable.call_stop,
            "arrival_s": timetable.arrival_s,
            "departure_s": timetable.departure_s,
        }
    )[inside[timetable.call_stop]]
    trips = calls.groupby("trip", sort=False).agg(
        stops=("stop", tuple), arrivals=("arrival_s", tuple), start_s=("departure_s", "first")
    )
    trips = trips[trips["stops"].map(len) > 1].join(timetable.trips[["line", "route_type", "headsign", "feed"]])
    trips["hour"] = trips["start_s"] // 3600
    trips = trips[trips["hour"].isin(HOURS)]

    # trips of a line that call at the same stops: the median of their running times, never backwards
    rows = []
    for key, group in trips.groupby(_KEY, sort=True):
        running = np.array([np.array(item) for item in group["arrivals"]]) - group["start_s"].to_numpy()[:, None]
        running[:, 0] = 0
        minutes = np.maximum.accumulate(np.median(running, axis=0)) / 60
        hourly = [int((group["hour"] == hour).sum()) for hour in HOURS]
        first = group.iloc[0]
        rows.append((*key, first["feed"], first["headsign"], np.round(minutes, 1).tolist(), *hourly))
    return pd.DataFrame(rows, columns=[*_KEY, "feed", "headsign", "minutes", *_HOURLY])


def supposed_lines(stations: pd.DataFrame, hypotheses: pd.DataFrame, crs: object) -> pd.DataFrame:
    """One row for each line and direction that no feed has: name, route_type, basis, stations, minutes, hourly."""
    rows = []
    for item in hypotheses.to_dict("records"):
        of_line = stations[(stations["line"] == item["line"]) & (stations["mode"] == item["mode"])]
        places = gpd.GeoSeries(gpd.points_from_xy(of_line["lon"], of_line["lat"]), crs="EPSG:4326").to_crs(crs)
        xy = shapely.get_coordinates(places.to_numpy())
        order = shortest_way(xy)
        apart = np.hypot(*np.diff(xy[order], axis=0).T)
        for part in np.split(np.arange(len(order)), np.flatnonzero(apart > GAP_M) + 1):
            minutes = np.append(0.0, np.cumsum(apart[part[:-1]] * DETOUR / 1000 / float(item["speed_kmh"]) * 60))
            for way, running in ((part, minutes), (part[::-1], minutes[-1] - minutes[::-1])):
                ids = of_line.index[[order[at] for at in way]].tolist()
                rows.append(
                    (
                        _LINE_NAME[item["mode"]].format(item["line"]), _ROUTE_TYPE[item["mode"]], item["basis"], ids,
                        np.round(running, 1).tolist(), *(int(item[hour]) for hour in _HOURLY),
                    )
                )  # fmt: skip
    return pd.DataFrame(rows, columns=["line", "route_type", "basis", "stations", "minutes", *_HOURLY])


def shortest_way(xy: np.ndarray) -> list[int]:
    """The order of places (n, 2) along the shortest way through all of them, by exchanges from each first place.

    >>> shortest_way(np.array([[0.0, 0], [2, 0], [1, 0], [3, 0]]))
    [0, 2, 1, 3]
    """
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))

    def length(way: Sequence[int]) -> float:
        return float(sum(apart[a, b] for a, b in pairwise(way)))

    ways = []
    for first in range(len(xy)):
        way = [first]
        while len(way) < len(xy):
            rest = np.setdiff1d(np.arange(len(xy)), way)
            way.append(int(rest[apart[way[-1], rest].argmin()]))
        shorter = True
        while shorter:
            shorter = False
            for a, b in combinations(range(len(way)), 2):
                turned = way[:a] + way[a : b + 1][::-1] + way[b + 1 :]
                if length(turned) < length(way) - 1e-6:
                    way, shorter = turned, True
        ways.append(way)
    return min(ways, key=length)


def main(feeds: Sequence[str]) -> None:
    """Write the tables of the demonstration timetable."""
    study = read_study(STUDY)
    areas = read_areas(study)
    days = [
        FeedDay(path=Path(name), name=Path(name).stem.split("_")[0], day=dt.date.fromisoformat(day))
        for name, _, day in (feed.partition("=") for feed in feeds)
    ]
    timetable = read_gtfs(days, day=days[0].day)
    patterns = feed_patterns(timetable, study_extent(study, areas))
    stations = pd.read_csv(STATIONS, dtype={"line": str})
    supposed = supposed_lines(stations, pd.read_csv(OUT / "hypotheses.csv", dtype={"line": str}), areas.crs)
    write_tables(timetable, patterns, stations, supposed)


def write_tables(timetable: Timetable, patterns: pd.DataFrame, stations: pd.DataFrame, supposed: pd.DataFrame) -> None:
    """The three tables: stops, patterns with their departures an hour, calls of the patterns in their order."""
    # the stops that a pattern calls at, by short ids
    used = sorted({stop for stops in patterns["stops"] for stop in stops})
    bus = timetable.stops.iloc[used]
    xy = shapely.get_coordinates(bus.geometry.to_numpy()).round(5)
    stop_id = {stop: f"s{number}" for number, stop in enumerate(used)}
    stops = pd.DataFrame(
        {"stop_id": stop_id.values(), "name": bus["name"].to_numpy(), "lon": xy[:, 0], "lat": xy[:, 1]}
    )
    on_rails = sorted({station for ids in supposed["stations"] for station in ids})
    named = stations.loc[on_rails]
    more = pd.DataFrame(
        {
            "stop_id": [f"m{number}" for number in on_rails],
            "name": named["name"].to_numpy(),
            "lon": named["lon"].round(5).to_numpy(),
            "lat": named["lat"].round(5).to_numpy(),
        }
    )
    pd.concat([stops, more]).to_csv(OUT / "stops.csv", index=False)

    # each pattern by a number, and its calls
    heads, calls = [], []
    for row in patterns.to_dict("records"):
        ids = [stop_id[stop] for stop in row["stops"]]
        heads.append(
            {"basis": row["feed"], **{name: row[name] for name in ("line", "route_type", "headsign", *_HOURLY)}}
        )
        calls.append((ids, row["minutes"]))
    for row in supposed.to_dict("records"):
        ids = [f"m{station}" for station in row["stations"]]
        headsign = str(stations.loc[row["stations"][-1], "name"])
        heads.append({**{name: row[name] for name in ("basis", "line", "route_type", *_HOURLY)}, "headsign": headsign})
        calls.append((ids, row["minutes"]))
    table = pd.DataFrame(heads)
    table.insert(0, "pattern", range(len(table)))
    order = ["pattern", "line", "route_type", "headsign", *_HOURLY, "basis"]
    table[order].to_csv(OUT / "patterns.csv", index=False)
    pd.DataFrame(
        [
            (number, stop, f"{minutes:g}")
            for number, (ids, running) in enumerate(calls)
            for stop, minutes in zip(ids, running, strict=True)
        ],
        columns=["pattern", "stop_id", "minutes"],
    ).to_csv(OUT / "calls.csv", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
