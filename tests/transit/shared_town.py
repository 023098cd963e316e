"""One timetable for two engines: as runs of ours, and as the GTFS and the footpaths that cafein reads."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from access92.sources.timetable import Timetable
from access92.transit.footpaths import Footpaths
from access92.travel.kernels import UNREACHED
from tests.transit.oracle import INFINITE, PlainWalks
from tests.transit.random_timetables import Call, footpaths_of, timetable_of

WALK_S = 120
BEGIN_S = 8 * 3600


@dataclass(frozen=True)
class SharedTown:
    """Stops in threes, 120 s from one another: a closed set of footpaths, as cafein needs it; and vehicle runs.

    ``services``: the first stops, which our engine searches back from; cafein always finds the times to all.
    """

    runs: list[list[Call]]
    n_stops: int
    services: int

    def changes(self, stop: int) -> list[int]:
        """The stops that one walks to from a stop."""
        first = stop // 3 * 3
        return [other for other in range(first, min(first + 3, self.n_stops)) if other != stop]

    def ours(self) -> tuple[Timetable, Footpaths]:
        """The town for our engine: from stop to stop cafein boards at the stop itself, and walks only afterwards."""
        table = timetable_of(self.runs, n_stops=self.n_stops)
        walks = PlainWalks(
            transfers={(stop, other): WALK_S for stop in range(self.n_stops) for other in self.changes(stop)},
            access=[[(stop, 0)] for stop in range(self.n_stops)],
            egress=[[(stop, 0), *((other, WALK_S) for other in self.changes(stop))] for stop in range(self.services)],
            direct_ms=[[INFINITE] * self.n_stops for _ in range(self.services)],
        )
        return table, footpaths_of(table, walks)

    def cafein(self, network: Any, folder: Path) -> Any:
        """The town for cafein; ``network``: its module of that name."""
        theirs = network.TransportNetwork.from_gtfs(str(self._write(folder / "feed.zip")))
        theirs.set_transfers([
            (f"s{stop}", f"s{other}", WALK_S, float(WALK_S))
            for stop in range(self.n_stops) for other in self.changes(stop)
        ])  # fmt: skip
        return theirs

    def cafein_ms(self, theirs: Any, *, minutes: int, percentiles: tuple[int, ...]) -> np.ndarray:
        """Milliseconds, origins × services × percentiles, by cafein."""
        ids = [f"s{stop}" for stop in range(self.n_stops)]
        found = theirs.travel_time_matrix(
            ids, departure="2018-01-16 08:00", max_rides=4, departure_time_window=minutes,
            percentiles=list(percentiles), router="raptor",
        )  # fmt: skip
        by_name = {stop_id: at for at, (stop_id, *_) in enumerate(theirs.stops)}
        columns = [by_name[name] for name in ids[: self.services]]
        whole: np.ndarray = np.where(found == np.iinfo(np.uint32).max, UNREACHED, found.astype(np.int64) * 1000)
        return whole[:, columns]

    def _write(self, path: Path) -> Path:
        trips = [f"r{number},w,t{number}" for number in range(len(self.runs))]
        times = [
            f"t{number},{_clock(arrival)},{_clock(departure)},s{stop},{at}"
            for number, calls in enumerate(self.runs)
            for at, (stop, arrival, departure, *_) in enumerate(calls)
        ]
        stops = [f"s{i},S{i},48.9,{2.2 + i / 100_000}" for i in range(self.n_stops)]
        tables = {
            "agency": ["agency_id,agency_name,agency_url,agency_timezone", "a,A,https://example.org,Europe/Paris"],
            "stops": ["stop_id,stop_name,stop_lat,stop_lon", *stops],
            "routes": [
                "route_id,agency_id,route_short_name,route_type",
                *(f"r{i},a,{i},3" for i in range(len(self.runs))),
            ],
            "trips": ["route_id,service_id,trip_id", *trips],
            "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times],
            "calendar": [
                "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
                "w,1,1,1,1,1,1,1,20180101,20181231",
            ],
        }
        with zipfile.ZipFile(path, "w") as feed:
            for name, lines in tables.items():
                feed.writestr(f"{name}.txt", "\n".join(lines) + "\n")
        return path


def shared_town(seed: int, *, n_stops: int, lines: int, services: int | None = None) -> SharedTown:
    """Vehicles that arrive at full minutes and depart at half ones.

    cafein boards without slack and we with one second of it: nobody can be at a stop at the very second of a departure.
    """
    random = np.random.default_rng(seed)
    runs = []
    for _ in range(lines):
        stops = random.choice(n_stops, random.integers(3, 9), replace=False)
        hops = random.integers(1, 9, len(stops)) * 60
        for begin in range(BEGIN_S - 1800, BEGIN_S + 3 * 3600, 60 * int(random.integers(5, 30))):
            when, calls = begin, []
            for stop, hop in zip(stops.tolist(), hops.tolist(), strict=True):
                calls.append((stop, when, when + 30, True, True, len(runs)))
                when += hop
            runs.append(calls)
    return SharedTown(runs, n_stops, n_stops if services is None else services)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
