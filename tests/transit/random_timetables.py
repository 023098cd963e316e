"""Small random timetables with whatever makes an engine wrong, and random walks around their stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from access92.sources.timetable import NO_RUN, TRANSFER_FORBIDDEN, TRANSFER_MINIMUM, Timetable
from access92.transit.footpaths import Footpaths, apply_rules, index_walks
from access92.travel.kernels import UNREACHED
from tests.transit.oracle import INFINITE, PlainWalks

Call = tuple[int, int, int, bool, bool, int]
"""Stop, arrival, departure, may board, may alight, trip."""

Rule = tuple[int, int, int, int, int, int]
"""From stop, to stop, from run, to run, kind, least seconds."""


def timetable_of(runs: Sequence[Sequence[Call]], rules: Sequence[Rule] = (), *, n_stops: int) -> Timetable:
    """The timetable of some vehicle runs."""
    calls = [(run, *call) for run, some in enumerate(runs) for call in some]
    columns = list(zip(*calls, strict=True)) if calls else [()] * 7
    n_trips = max([call[6] for call in calls], default=-1) + 1
    return Timetable(
        day=dt.date(2018, 1, 16),
        timezone="Europe/Paris",
        stops=gpd.GeoDataFrame(
            {
                "stop_id": [f"f:{i}" for i in range(n_stops)], "name": [f"Arrêt {i}" for i in range(n_stops)],
                "parent": "", "wheelchair": np.zeros(n_stops, dtype=np.int8), "feed": "f",
            },
            geometry=shapely.points(np.zeros(n_stops), np.zeros(n_stops)), crs="EPSG:4326",
        ),
        trips=pd.DataFrame({
            "trip_id": [f"f:{i}" for i in range(n_trips)], "line": [f"L{i}" for i in range(n_trips)],
            "headsign": "", "route_id": [f"f:{i}" for i in range(n_trips)],
            "route_type": np.full(n_trips, 3, dtype=np.int16), "wheelchair": np.zeros(n_trips, dtype=np.int8),
            "feed": "f",
        }),
        call_run=np.array(columns[0], dtype=np.int32),
        call_trip=np.array(columns[6], dtype=np.int32),
        call_stop=np.array(columns[1], dtype=np.int32),
        arrival_s=np.array(columns[2], dtype=np.int32),
        departure_s=np.array(columns[3], dtype=np.int32),
        may_board=np.array(columns[4], dtype=bool),
        may_alight=np.array(columns[5], dtype=bool),
        transfers=pd.DataFrame(
            np.array(rules, dtype=np.int64).reshape(-1, 6),
            columns=["from_stop", "to_stop", "from_run", "to_run", "kind", "min_transfer_s"],
        ).astype({"kind": np.int8, "min_transfer_s": np.int32}),
    )  # fmt: skip


def footpaths_of(timetable: Timetable, walks: PlainWalks) -> Footpaths:
    """The arrays of plain walks."""
    pairs = [(*stops, seconds) for stops, seconds in walks.transfers.items()]
    from_stop, to_stop, walk_s = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    transfers, rules = apply_rules(timetable.transfers, from_stop, to_stop, walk_s, n_stops=len(timetable.stops))
    sides = []
    for places in (walks.access, walks.egress):
        rows = [(place, stop, seconds) for place, near in enumerate(places) for stop, seconds in near]
        sides.append(index_walks(*np.array(rows, dtype=np.int64).reshape(-1, 3).T, count=len(places)))
    direct = np.array(walks.direct_ms, dtype=float).reshape(len(walks.egress), len(walks.access))
    return Footpaths(
        transfers=transfers,
        run_rules=rules,
        access=sides[0],
        egress=sides[1],
        direct_ms=np.where(direct == INFINITE, UNREACHED, direct).astype(np.int32),
    )


@dataclass(frozen=True)
class Case:
    """One timetable, its walks, and what is asked of them."""

    timetable: Timetable
    walks: PlainWalks
    window_s: tuple[int, int]
    max_rides: int
    slack_s: int
    max_trip_min: float


@st.composite
def cases(draw: st.DrawFn, *, with_rules: bool = True) -> Case:
    """A few stops that several vehicles call at: loops, zero-minute hops, overtaking, midnight, rules, many walks."""
    n_stops, begin = draw(st.integers(2, 6)), draw(st.sampled_from([-900, -60, 0, 86_100]))
    step = draw(st.sampled_from([60, 30, 1]))
    seconds = st.integers(0, 12).map(lambda n: n * step * (7 if step == 1 else 1))
    runs, trip = [], -1
    for _ in range(draw(st.integers(1, 7))):
        when, calls = begin + draw(st.integers(-5, 20)) * 60 + draw(st.integers(0, 59)) * (step == 1), []
        trip += 1
        for _ in range(draw(st.integers(2, 6))):
            arrival = when + draw(seconds)
            when = arrival + draw(st.sampled_from([0, 0, 0, step]))
            if len(calls) > 1 and draw(st.integers(0, 5)) == 0:
                trip += 1  # the vehicle goes on as another trip, riders aboard
            calls.append((
                draw(st.integers(0, n_stops - 1)), arrival, when, draw(st.integers(0, 7)) > 0,
                draw(st.integers(0, 7)) > 0, trip,
            ))  # fmt: skip
        runs.append(calls)

    stop, walk = st.integers(0, n_stops - 1), st.integers(0, 300)
    transfers = draw(st.dictionaries(st.tuples(stop, stop).filter(lambda two: two[0] != two[1]), walk, max_size=10))
    run = st.one_of(st.just(NO_RUN), st.integers(0, len(runs) - 1)) if with_rules else st.just(NO_RUN)
    kinds = st.sampled_from([0, 1, TRANSFER_MINIMUM, TRANSFER_FORBIDDEN])
    rules = draw(st.lists(st.tuples(stop, stop, run, run, kinds, st.sampled_from([0, 60, 200])), max_size=6))
    near = st.lists(st.tuples(stop, walk), max_size=4)
    access, egress = draw(st.lists(near, min_size=1, max_size=3)), draw(st.lists(near, min_size=1, max_size=2))
    direct = st.one_of(st.just(INFINITE), st.integers(0, 1_800_000), st.integers(0, 20).map(lambda n: n * 60_000))
    return Case(
        timetable=timetable_of(runs, rules, n_stops=n_stops),
        walks=PlainWalks(
            transfers=transfers, access=access, egress=egress,
            direct_ms=[[draw(direct) for _ in access] for _ in egress],
        ),
        window_s=(begin, begin + 60 * draw(st.integers(1, 12))),
        max_rides=draw(st.integers(1, 4)),
        slack_s=draw(st.sampled_from([1, 60, 60, 90])),
        max_trip_min=draw(st.sampled_from([5.0, 10.0, 20.0, 45.0])),
    )  # fmt: skip


def dense_case(seed: int) -> Case:
    """A timetable with many vehicles between few stops, so that most trips need changes; the same for a seed."""
    random = np.random.default_rng(seed)
    n_stops, begin = int(random.integers(4, 9)), int(random.choice([-900, 0, 86_100]))
    step = int(random.choice([60, 60, 30, 7]))
    runs: list[list[Call]] = []
    trip = -1
    for _ in range(int(random.integers(8, 22))):
        when, calls = begin + int(random.integers(-3, 25)) * 60 + int(random.integers(0, 60)) * (step == 7), []
        trip += 1
        for at in range(int(random.integers(2, 5))):
            arrival = when + step * int(random.choice([0, 1, 2, 5]))
            when = arrival + int(random.choice([0, 0, step]))
            trip += at > 1 and random.random() < 0.2
            calls.append((
                int(random.integers(n_stops)), arrival, when, random.random() < 0.9, random.random() < 0.9, trip,
            ))  # fmt: skip
        runs.append(calls)
    pairs = [(a, b) for a in range(n_stops) for b in range(n_stops) if a != b and random.random() < 0.25]
    rules: list[Rule] = []
    for _ in range(int(random.choice([0, 0, 3, 8]))):
        here, there = pairs[int(random.integers(len(pairs)))] if pairs and random.random() < 0.6 else (0, 0)
        first, second = (int(run) for run in random.integers(-1, len(runs), 2))
        if random.random() < 0.5:
            first = second = NO_RUN
        rules.append((here, there, first, second, int(random.integers(4)), int(random.choice([0, 60, 150]))))
    walks = PlainWalks(
        transfers={pair: int(random.integers(0, 180)) for pair in pairs},
        access=[[(int(random.integers(n_stops)), int(random.integers(0, 200)))] for _ in range(3)],
        egress=[[(int(random.integers(n_stops)), int(random.integers(0, 90)))] for _ in range(2)],
        direct_ms=[[int(random.choice([10**6, 600_000, 1_800_000, 840_000])) for _ in range(3)] for _ in range(2)],
    )
    return Case(
        timetable=timetable_of(runs, rules, n_stops=n_stops), walks=walks, window_s=(begin, begin + 600),
        max_rides=int(random.integers(1, 5)), slack_s=int(random.choice([1, 60])),
        max_trip_min=float(random.choice([8.0, 14.0, 25.0])),
    )  # fmt: skip
