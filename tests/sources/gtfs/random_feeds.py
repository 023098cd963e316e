"""Random GTFS feeds: every peculiarity that the reader must follow, few stops, few trips."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from tests.sources.gtfs.feeds import TOY, Tables, csv_text

DAYS = tuple(
    dt.date.fromisoformat(day) for day in ("2024-03-12", "2024-03-31", "2024-04-01", "2024-10-27", "2024-10-28")
)
"""A Tuesday, and the days around both changes of clocks."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = (dt.date(2024, 3, 1), dt.date(2024, 11, 15))


@dataclass(frozen=True, slots=True)
class RandomFeed:
    """Tables, and what else says the same: services by day, trips of a frequency one by one."""

    tables: Tables
    dated: str  # calendar_dates.txt for a feed without calendar.txt
    expanded: dict[str, str]  # trips.txt, stop_times.txt without frequencies.txt (all exact)
    halves: tuple[dict[str, str], dict[str, str]]  # trips.txt, stop_times.txt, frequencies.txt of two feeds


def clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def random_feed(seed: int, *, exact_only: bool = False) -> RandomFeed:
    """A feed of 3 to 8 trips over 6 stops."""
    random = Random(seed)
    stops = [
        (
            f"s{k}",
            f"Arrêt {k}",
            48.9 + 0.001 * random.randrange(6),
            2.2 + 0.001 * random.randrange(6),
            0,
            random.choice(["", "P"]),
            random.choice(["", 0, 1, 2]),
        )
        for k in range(6)
    ]
    stops.append(("P", "Gare", 48.9, 2.2, 1, "", random.choice(["", 1, 2])))
    services, dated = _services(random)
    service_ids = [row[0] for row in services]
    trips, calls, frequencies = [], {}, []
    for k in range(random.randint(3, 8)):
        trip = f"t{k:02}"
        block = random.choice(["", "", "B1", "B2"])
        trips.append(
            (
                "R1" if random.random() < 0.6 else "R2",
                random.choice(service_ids),
                trip,
                f"Vers {k}",
                block,
                random.choice(["", 1, 2]),
            )
        )
        calls[trip] = _calls(random)
        if random.random() < 0.3:
            frequencies += _windows(random, trip, exact=exact_only or random.random() < 0.5)
    transfers = [
        (
            random.choice(stops)[0],
            random.choice(stops)[0],
            *pair,
            kind,
            random.choice([0, 60, 240]) if kind == 2 else "",
        )
        for kind in (random.choice([0, 1, 2, 3]) for _ in range(random.randint(0, 4)))
        for pair in [random.choice([("", ""), ("", ""), (random.choice(trips)[2], random.choice(trips)[2])])]
    ]
    transfers += [("", "", random.choice(trips)[2], random.choice(trips)[2], 5, "")] * random.randint(0, 2)
    tables = {
        "agency.txt": TOY["agency.txt"],
        "routes.txt": TOY["routes.txt"],
        "stops.txt": csv_text(
            ["stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding"],
            stops,
        ),
        "calendar.txt": csv_text(["service_id", *_WEEKDAYS, "start_date", "end_date"], [row[:-1] for row in services]),
        "calendar_dates.txt": csv_text(
            ["service_id", "date", "exception_type"], [(row[0], *change) for row in services for change in row[-1]]
        ),
        **_timetable(trips, calls, frequencies),
        "transfers.txt": csv_text(
            ["from_stop_id", "to_stop_id", "from_trip_id", "to_trip_id", "transfer_type", "min_transfer_time"],
            list(dict.fromkeys(transfers)),
        ),
    }
    first = {trip[2] for trip in trips if trip[4] == "B1" or (not trip[4] and trip[0] == "R1")}
    halves = [
        _timetable([trip for trip in trips if (trip[2] in first) == side], calls, frequencies) for side in (True, False)
    ]
    return RandomFeed(tables, dated, _expanded(trips, calls, frequencies), (halves[0], halves[1]))


def _services(random: Random) -> tuple[list[tuple], str]:
    """Rows of calendar.txt, with their exceptions last, and the same days one by one."""
    rows, dates = [], []
    for k in range(random.randint(1, 3)):
        week = [int(random.random() < 0.85) for _ in range(7)]
        first = random.choice([_SPAN[0], dt.date(2024, 3, 12), dt.date(2024, 3, 31)])
        last = random.choice([_SPAN[1], dt.date(2024, 10, 27), dt.date(2024, 4, 1)])
        changed = {
            random.choice([*DAYS, *(day - dt.timedelta(1) for day in DAYS)]): random.choice([1, 2]) for _ in range(4)
        }
        rows.append(
            (
                f"S{k}",
                *week,
                f"{first:%Y%m%d}",
                f"{last:%Y%m%d}",
                [(f"{day:%Y%m%d}", kind) for day, kind in changed.items()],
            )
        )
        running = []
        day = _SPAN[0]
        while day <= _SPAN[1]:
            runs = first <= day <= last and week[day.weekday()]
            if changed.get(day, 1 if runs else 2) == 1:
                running.append((f"S{k}", f"{day:%Y%m%d}", 1))
            day += dt.timedelta(1)
        # one that never runs is known all the same: without a row its trips would be of an unknown service
        dates += running or [(f"S{k}", f"{_SPAN[0]:%Y%m%d}", 2)]
    return rows, csv_text(["service_id", "date", "exception_type"], dates)


def _calls(random: Random) -> list[list]:
    """Calls of a trip: arrival, departure, stop, sequence, pickup, drop_off, distance; some times empty or wrong."""
    second = random.choice([6, 8, 12, 22, 23, 24, 25]) * 3600 + random.randrange(3600)
    calls: list[list] = []
    sequence, distance = random.randrange(3), 0.0
    for _ in range(random.randint(2, 5)):
        arrival = second
        second += random.choice([0, 0, 30, 60])
        calls.append(
            [
                arrival,
                second,
                f"s{random.randrange(6)}",
                sequence,
                random.choice(["", 0, 0, 1, 2]),
                random.choice(["", 0, 0, 1, 3]),
                distance,
            ]
        )
        second += random.choice([0, 60, 61, 300])
        sequence += random.randint(1, 3)
        distance += random.choice([0.0, 0.5, 1.25])
    if random.random() < 0.1:  # runs back in time
        calls[-1][0] = calls[-1][1] = calls[0][0] - 60
    if random.random() < 0.1:
        calls[1][1] = calls[1][0] - 1
    empty = [k for k in range(1, len(calls) - 1) if random.random() < 0.4]
    if random.random() < 0.1:
        empty.append(0)
    for k in empty:
        calls[k][0] = calls[k][1] = None
    for call in calls:
        if random.random() < 0.15:
            call[random.randrange(2)] = None
        if random.random() < 0.1:
            call[6] = ""
    return calls


def _windows(random: Random, trip: str, *, exact: bool) -> list[tuple]:
    start = random.choice([6, 21, 23]) * 3600
    rows = []
    for _ in range(random.randint(1, 2)):
        end = start + random.choice([600, 1800, 3600])
        rows.append((trip, start, end, random.choice([300, 420, 900]), int(exact)))
        start = end + random.choice([0, 600])
    return rows


def _timetable(trips: list[tuple], calls: dict[str, list], frequencies: list[tuple]) -> dict[str, str]:
    ids = {trip[2] for trip in trips}
    tables = {
        "trips.txt": csv_text(
            ["route_id", "service_id", "trip_id", "trip_headsign", "block_id", "wheelchair_accessible"], trips
        ),
        "stop_times.txt": csv_text(
            [
                "trip_id",
                "arrival_time",
                "departure_time",
                "stop_id",
                "stop_sequence",
                "pickup_type",
                "drop_off_type",
                "shape_dist_traveled",
            ],
            [
                (trip, *("" if second is None else clock(second) for second in call[:2]), *call[2:])
                for trip in sorted(ids)
                for call in calls[trip]
            ],
        ),
    }
    rows = [(row[0], clock(row[1]), clock(row[2]), *row[3:]) for row in frequencies if row[0] in ids]
    if rows:
        tables["frequencies.txt"] = csv_text(["trip_id", "start_time", "end_time", "headway_secs", "exact_times"], rows)
    return tables


def _expanded(trips: list[tuple], calls: dict[str, list], frequencies: list[tuple]) -> dict[str, str]:
    """The same day without frequencies: a trip for each departure, outside all blocks."""
    more_trips, more_calls = [], {}
    windowed = {row[0] for row in frequencies}
    for trip in trips:
        if trip[2] not in windowed:
            more_trips.append(trip)
            more_calls[trip[2]] = calls[trip[2]]
            continue
        first = calls[trip[2]][0][1] if calls[trip[2]][0][1] is not None else calls[trip[2]][0][0]
        for row in frequencies:
            if row[0] != trip[2] or first is None:
                continue
            for start in range(row[1], row[2], row[3]):
                name, shift = f"{trip[2]}@{start}", start - first
                more_trips.append((*trip[:2], name, trip[3], "", trip[5]))
                more_calls[name] = [
                    [*(None if second is None else second + shift for second in call[:2]), *call[2:]]
                    for call in calls[trip[2]]
                ]
    return _timetable(more_trips, more_calls, [])
