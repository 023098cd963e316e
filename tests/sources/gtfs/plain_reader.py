"""A second GTFS reader in plain Python (csv, dictionaries), written from the reference: what ours must equal.

It knows none of our code. It gives the runs of a day as :func:`tests.sources.gtfs.feeds.runs_of` does, for feeds in
good order: the faults that are refused are the business of other tests.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

Rows = list[dict[str, str]]


def table(path: Path, name: str, wanted: set[str] | None = None) -> Rows:
    """The rows of a table; ``wanted``: only those of these trips."""
    with zipfile.ZipFile(path) as archive:
        if name not in archive.namelist():
            return []
        with archive.open(name) as raw:
            reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
            names = [cell.strip() for cell in next(reader)]
            trip = names.index("trip_id") if wanted is not None else 0
            return [
                dict(zip(names, (cell.strip() for cell in row), strict=True))
                for row in reader
                if row and any(row) and (wanted is None or row[trip].strip() in wanted)
            ]


def day_of(text: str) -> dt.date:
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def active(calendar: Rows, dates: Rows, day: dt.date) -> set[str]:
    name = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day.weekday()]
    services = {
        row["service_id"]
        for row in calendar
        if row[name] == "1" and day_of(row["start_date"]) <= day <= day_of(row["end_date"])
    }
    for row in dates:
        if day_of(row["date"]) == day:
            (services.add if row["exception_type"] == "1" else services.discard)(row["service_id"])
    return services


def seconds(text: str) -> int | None:
    if not text:
        return None
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def fixed_calls(rows: Rows) -> list[dict] | None:
    """The calls of a trip with all their times; None where it cannot run."""
    calls = []
    for row in sorted(rows, key=lambda row: int(row["stop_sequence"])):
        if not row["stop_id"]:
            continue
        arrival, departure = seconds(row["arrival_time"]), seconds(row["departure_time"])
        calls.append(
            {
                "stop": row["stop_id"],
                "arrival": departure if arrival is None else arrival,
                "departure": arrival if departure is None else departure,
                "board": row.get("pickup_type", "") in {"", "0"},
                "alight": row.get("drop_off_type", "") in {"", "0"},
                "distance": float(row["shape_dist_traveled"]) if row.get("shape_dist_traveled") else None,
            }
        )
    if not calls or calls[0]["arrival"] is None or calls[-1]["arrival"] is None:
        return None
    known = [k for k, call in enumerate(calls) if call["arrival"] is not None]
    for a, b in itertools.pairwise(known):
        distances = [calls[k]["distance"] for k in range(a, b + 1)]
        measured = None not in distances and distances == sorted(distances) and distances[0] < distances[-1]
        span = calls[b]["arrival"] - calls[a]["departure"]
        for k in range(a + 1, b):
            share = (
                (distances[k - a] - distances[0]) / (distances[-1] - distances[0]) if measured else (k - a) / (b - a)
            )
            time = calls[a]["departure"] + math.floor(share * span + 1e-6)
            calls[k]["arrival"] = calls[k]["departure"] = time
    last = None
    for call in calls:
        if call["departure"] < call["arrival"] or (last is not None and call["arrival"] < last):
            return None
        last = call["departure"]
    return calls if len(calls) > 1 else None


def journeys(path: Path, day: dt.date) -> tuple[list[dict], Rows]:  # noqa: C901 - read from top to bottom
    """Each time that a trip runs from second 0 of the day on, unjoined, and the rules for transfers."""
    trips = table(path, "trips.txt")
    calendar, dates = table(path, "calendar.txt"), table(path, "calendar_dates.txt")
    zone = ZoneInfo(table(path, "agency.txt")[0]["agency_timezone"])
    noons = [dt.datetime.combine(day - dt.timedelta(k), dt.time(12), tzinfo=zone).timestamp() for k in (1, 0)]
    gap = int(noons[1] - noons[0])
    first = min(0, int(dt.datetime.combine(day, dt.time(0), tzinfo=zone).timestamp() - noons[1] + 43_200))
    on = [active(calendar, dates, day - dt.timedelta(1)), active(calendar, dates, day)]
    wanted = {trip["trip_id"] for trip in trips if trip["service_id"] in on[0] | on[1]}
    by_trip = defaultdict(list)
    for row in table(path, "stop_times.txt", wanted):
        by_trip[row["trip_id"]].append(row)
    windows = defaultdict(list)
    for row in table(path, "frequencies.txt"):
        windows[row["trip_id"]].append(row)

    found = []
    for trip in trips:
        calls = fixed_calls(by_trip[trip["trip_id"]]) if trip["trip_id"] in wanted else None
        if calls is None:
            continue
        starts = [calls[0]["departure"]]
        if trip["trip_id"] in windows:
            starts = []
            for window in windows[trip["trip_id"]]:
                start, headway = seconds(window["start_time"]), int(window["headway_secs"])
                if window.get("exact_times") != "1":
                    start += int(zlib.crc32(trip["trip_id"].encode()) * ((5**0.5 - 1) / 2) % 1.0 * headway)
                starts += range(start, seconds(window["end_time"]), headway)
        for which, services in enumerate(on):
            for start in starts if trip["service_id"] in services else ():
                shift = start - calls[0]["departure"] - (0 if which else gap)
                if which or calls[-1]["arrival"] + shift >= first:
                    found.append(
                        {
                            "trip": trip["trip_id"],
                            "day": which,
                            "block": "" if trip["trip_id"] in windows else trip.get("block_id", ""),
                            "calls": [
                                {**call, "arrival": call["arrival"] + shift, "departure": call["departure"] + shift}
                                for call in calls
                            ],
                        }
                    )
    return found, table(path, "transfers.txt")


def metres(a: dict[str, str], b: dict[str, str]) -> float:
    """Great circle, by the haversine."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(float(row[name])) for row in (a, b) for name in ("stop_lat", "stop_lon"))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def plain_runs(path: Path, day: dt.date) -> list[tuple]:
    """The vehicle runs of one feed, in the form of ``runs_of``."""
    found, transfers = journeys(path, day)
    stops = {row["stop_id"]: row for row in table(path, "stops.txt")}
    forbidden = {(row["from_trip_id"], row["to_trip_id"]) for row in transfers if row.get("transfer_type") == "5"}
    blocks = defaultdict(list)
    runs = []
    for journey in found:
        if journey["block"]:
            blocks[journey["day"], journey["block"]].append(journey)
        else:
            runs.append([journey])
    for members in blocks.values():
        members.sort(key=lambda one: (one["calls"][0]["departure"], one["calls"][-1]["arrival"], one["trip"]))
        for k, journey in enumerate(members):
            before = members[k - 1] if k else None
            joined = (
                before is not None
                and journey["calls"][0]["departure"] >= before["calls"][-1]["arrival"]
                and metres(stops[before["calls"][-1]["stop"]], stops[journey["calls"][0]["stop"]]) <= 200
                and (before["trip"], journey["trip"]) not in forbidden
            )
            if joined:
                runs[-1].append(journey)
            else:
                runs.append([journey])
    return sorted(_called(run) for run in runs)


def _called(run: list[dict]) -> tuple:
    out: list[tuple] = []
    for journey in run:
        for k, call in enumerate(journey["calls"]):
            arrival, alight = call["arrival"], call["alight"]
            if k == 0 and out and out[-1][1][0] == call["stop"]:
                _, (_, arrival, _, _, alight) = out.pop()
            out.append((journey["trip"], (call["stop"], arrival, call["departure"], call["board"], alight)))
    return tuple(out)
