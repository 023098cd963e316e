"""A second engine, cafein (its wheel from PyPI), on the same timetable and footpaths: equal to the second."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED
from tests.transit.oracle import INFINITE, PlainWalks
from tests.transit.random_timetables import Call, footpaths_of, timetable_of

pytestmark = pytest.mark.cafein

N_STOPS, WALK_S, MINUTES = 24, 120, 61
BEGIN_S = 8 * 3600
PERCENTILES = (25, 50, 75)
"""Of 61 minutes both rules of ranks take the same ones: 15, 30 and 45, from 0."""


def random_runs(random: np.random.Generator) -> list[list[Call]]:
    """Vehicles that arrive at full minutes and depart at half ones.

    cafein boards without slack and we with one second of it: nobody can be at a stop at the very second of a departure.
    """
    runs = []
    for _ in range(14):
        stops = random.choice(N_STOPS, random.integers(3, 9), replace=False)
        hops = random.integers(1, 9, len(stops)) * 60
        for begin in range(BEGIN_S - 1800, BEGIN_S + 3 * 3600, 60 * int(random.integers(5, 30))):
            when, calls = begin, []
            for stop, hop in zip(stops.tolist(), hops.tolist(), strict=True):
                calls.append((stop, when, when + 30, True, True, len(runs)))
                when += hop
            runs.append(calls)
    return runs


def write_feed(path: Path, runs: list[list[Call]]) -> Path:
    def clock(second: int) -> str:
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    trips = [f"r{number},w,t{number}" for number in range(len(runs))]
    times = [
        f"t{number},{clock(arrival)},{clock(departure)},s{stop},{at}"
        for number, calls in enumerate(runs)
        for at, (stop, arrival, departure, *_) in enumerate(calls)
    ]
    tables = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "a,A,https://example.org,Europe/Paris"],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", *(f"s{i},S{i},48.9,{2.2 + i / 1000}" for i in range(N_STOPS))],
        "routes": ["route_id,agency_id,route_short_name,route_type", *(f"r{i},a,{i},3" for i in range(len(runs)))],
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


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cafein_finds_the_same_seconds(seed: int, tmp_path: Path) -> None:
    network = pytest.importorskip("cafein.network", reason="cafein is not installed: pip install cafein")
    runs = random_runs(np.random.default_rng(seed))

    # three stops of a group are as far from one another: a closed set, as cafein needs it
    groups = [
        [other for other in range(N_STOPS) if other // 3 == stop // 3 and other != stop] for stop in range(N_STOPS)
    ]
    walks = PlainWalks(
        transfers={(stop, other): WALK_S for stop in range(N_STOPS) for other in groups[stop]},
        # from stop to stop cafein boards at the stop itself, and walks only between rides and after the last
        access=[[(stop, 0)] for stop in range(N_STOPS)],
        egress=[[(stop, 0), *((other, WALK_S) for other in groups[stop])] for stop in range(N_STOPS)],
        direct_ms=[[INFINITE] * N_STOPS for _ in range(N_STOPS)],
    )
    table = timetable_of(runs, n_stops=N_STOPS)
    ours = transit_times(
        table, footpaths_of(table, walks), window_s=(BEGIN_S, BEGIN_S + 60 * MINUTES), percentiles=PERCENTILES,
        boarding_slack_s=1, max_trip_min=480,
    ).percentile_ms.transpose(1, 0, 2)  # fmt: skip

    theirs_net = network.TransportNetwork.from_gtfs(str(write_feed(tmp_path / "feed.zip", runs)))
    theirs_net.set_transfers([
        (f"s{stop}", f"s{other}", WALK_S, float(WALK_S)) for stop in range(N_STOPS) for other in groups[stop]
    ])  # fmt: skip
    ids = [f"s{stop}" for stop in range(N_STOPS)]
    found = theirs_net.travel_time_matrix(
        ids, departure="2018-01-16 08:00", max_rides=4, departure_time_window=MINUTES,
        percentiles=list(PERCENTILES), router="raptor",
    )  # fmt: skip
    by_name = {stop_id: at for at, (stop_id, *_) in enumerate(theirs_net.stops)}
    columns = [by_name[name] for name in ids]
    theirs_ms = np.where(found == np.iinfo(np.uint32).max, UNREACHED, found.astype(np.int64) * 1000)[:, columns]
    elsewhere = ~np.eye(N_STOPS, dtype=bool)  # at its own stop a rider of cafein has arrived
    assert (ours[elsewhere] < UNREACHED).mean() > 0.5
    np.testing.assert_array_equal(ours[elsewhere], theirs_ms[elsewhere])
