"""By bicycle to the stop, beside plain Python: streets, parking, limits and vehicles on random towns and timetables."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import time

import geopandas as gpd
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from shapely import Point

from access92.network.modes import read_modes
from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.rider import StudyRider
from access92.travel.matrix import travel_time_matrix
from access92.travel.riding import RideTimes
from access92.travel.router import Router
from access92.travel.time_limits import NOT_REACHED_MS, minutes_to_ms
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town, rugged
from tests.transit.oracle import INFINITE, Oracle, PlainWalks
from tests.transit.random_timetables import Call, timetable_of
from tests.transit.test_oracle import rank_of
from tests.travel.test_oracle import oracle_minutes

MODES = read_modes()
SEEDS = st.integers(0, 10_000)
CUTOFF_MIN, SNAP_M, HOMES = 25.0, 90.0, 6
ROUNDING_MS = 6
"""Each street is rounded to the millisecond: a way over some of them is as far as that from the plain sum, and where it
ends by a whole second, but for that, it takes one second more or less, and so perhaps another vehicle."""


@dataclass(frozen=True)
class Rides:
    """A town, the stops and vehicles in it, and what is asked of them."""

    town: RandomTown
    timetable: Timetable
    options: Transit
    parking_min: float

    def router(self, name: str) -> Router:
        """The router of a mode that rides, as a run builds it."""
        mode, rider = MODES[name], StudyRider(self.timetable, self.options)
        access = None
        if mode.access_mode is not None:
            access = self._on_streets("bike", parking_min=self.parking_min)
            mode = replace(mode, access_mode=access.mode)
        return replace(self._on_streets("walk"), mode=mode, rider=rider, access_router=access)

    def _on_streets(self, name: str, **changes: float) -> Router:
        return Router(
            streets=self.town.streets, streets_key="", water=None, demand=self.town.demand, demand_key="",
            mode=replace(MODES[name], **changes), cutoff_min=CUTOFF_MIN, max_snap_m=SNAP_M, cache_folder=None,
        )  # fmt: skip

    def times(self, name: str) -> RideTimes:
        """The times of a mode that rides, by the engine."""
        router = self.router(name)
        return StudyRider(self.timetable, self.options).ride_times(
            router, self.town.services.geometry, cutoff_min=CUTOFF_MIN
        )

    def direct_ms(self) -> np.ndarray:
        """Milliseconds on foot from door to door."""
        router = self._on_streets("walk")
        services = router.snap(self.town.services.geometry)
        return minutes_to_ms(travel_time_matrix(router.network, services, router.demand_snaps, cutoff_min=CUTOFF_MIN))


def random_rides(seed: int) -> Rides:
    """A town of a few minutes, with vehicles that are faster than walking and come now and then."""
    rng = np.random.default_rng([seed, 7])
    town = random_town(seed, demand_count=HOMES, service_count=3)
    town = rugged(town, seed) if seed % 2 else town
    n_stops = int(rng.integers(3, 7))
    # near homes and services, where somebody gets to them
    near = [*town.demand.geometry, *town.services.geometry]
    stops = [Point(*(np.array(near[int(rng.integers(len(near)))].coords[0]) + rng.uniform(-60, 60, 2)))
             for _ in range(n_stops)]  # fmt: skip
    runs: list[list[Call]] = []
    for _ in range(int(rng.integers(2, 5))):
        called = rng.permutation(n_stops)[: int(rng.integers(2, 4))].tolist()
        for begin in range(28_800 + int(rng.integers(0, 500)), 28_800 + 2400, 60 * int(rng.integers(2, 7))):
            when, calls = begin, []
            for stop in called:
                calls.append((stop, when, when + 10, True, True, len(runs)))
                when += 10 + int(rng.integers(20, 100))
            runs.append(calls)
    table = timetable_of(runs, n_stops=n_stops)
    table = replace(table, stops=table.stops.set_geometry(gpd.GeoSeries(stops, crs=town.streets.crs)))
    options = Transit(
        demo=True, window=(time(8), time(8, 8)), percentile=60, boarding_slack_s=int(rng.choice([1, 60])),
        max_access_min=float(rng.choice([2, 4, 9])), max_bike_access_min=float(rng.choice([1.5, 3, 8])),
        max_transfer_min=3.0, max_egress_min=float(rng.choice([3, 6])),
    )  # fmt: skip
    return Rides(town, table, options, parking_min=float(rng.choice([0, 0.5, 1, 1.4])))


def plain_ways(rides: Rides, shift_ms: int) -> PlainWalks:
    """All the ways of the oracle: on foot, and to the stop by bicycle with its parking, each within its own limit.

    ``shift_ms``: by how much every way is longer.
    """
    town, options = rides.town, rides.options
    stops = gpd.GeoDataFrame(geometry=list(rides.timetable.stops.geometry), crs=town.streets.crs)

    def seconds(goals: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, limit_min: float, **by: float) -> list[list[float]]:
        """By goal, then by home; ``by``: what the bicycle's minutes of parking are, nothing on foot."""
        mode = replace(MODES["bike" if by else "walk"], parking_min=0.0)
        minutes = oracle_minutes(replace(town, services=goals, demand=homes), mode, max_snap_m=SNAP_M)
        ms = [[math.nan if math.isnan(x) else round(x * 60_000) + 60_000 * by.get("parking_min", 0) + shift_ms
               for x in row] for row in minutes]  # fmt: skip
        return [[max(0, math.ceil(x / 1000)) if x <= 60_000 * limit_min else INFINITE for x in row] for row in ms]

    def near(rows: list[list[float]]) -> list[list[tuple[int, int]]]:
        return [[(other, int(s)) for other, s in enumerate(row) if s < INFINITE] for row in rows]

    def turned(rows: list[list[float]]) -> list[list[float]]:
        return [list(column) for column in zip(*rows, strict=True)]

    on_foot = turned(seconds(stops, town.demand, options.max_access_min))
    by_bike = turned(seconds(stops, town.demand, options.max_bike_access_min, parking_min=rides.parking_min))
    linked = [any(s < INFINITE for s in row) for row in turned(seconds(stops, town.demand, 1e6))]
    ways = [near([foot])[0] + (near([bike])[0] if is_linked else [])
            for foot, bike, is_linked in zip(on_foot, by_bike, linked, strict=True)]  # fmt: skip
    between = seconds(stops, stops, options.max_transfer_min)
    direct = oracle_minutes(town, MODES["walk"], max_snap_m=SNAP_M)
    return PlainWalks(
        transfers={(start, end): int(s) for end, row in enumerate(between) for start, s in enumerate(row)
                   if start != end and s < INFINITE},
        access=ways,
        egress=near(seconds(town.services, stops, options.max_egress_min)),
        direct_ms=[[INFINITE if math.isnan(x) or x > CUTOFF_MIN else round(x * 60_000) + shift_ms for x in row]
                   for row in direct],
    )  # fmt: skip


@examples(12)
@given(seed=SEEDS)
@example(seed=275)  # a way of 101,997 ms, of which the streets sum to 102,002
def test_every_time_by_bicycle_and_vehicle_is_that_of_the_plain_python_search(seed: int) -> None:
    rides = random_rides(seed)
    options = rides.options
    times = rides.times("bike_transit")
    ways = [plain_ways(rides, shift) for shift in (-ROUNDING_MS, ROUNDING_MS)]
    oracles = [Oracle(rides.timetable, walks, options.max_rides, options.boarding_slack_s) for walks in ways]
    first_s, end_s = options.window_s
    for home in range(HOMES):
        arrivals = [[(second, oracle.arrivals(home, second)) for second in range(first_s, end_s, 60)]
                    for oracle in oracles]  # fmt: skip
        for service in range(len(rides.town.services)):
            direct_ms = [walks.direct_ms[service][home] for walks in ways]
            ridden_ms = [[(there[service] - second) * 1000 for second, there in found] for found in arrivals]
            ridden_ms = [[ms if ms <= CUTOFF_MIN * 60_000 else INFINITE for ms in found] for found in ridden_ms]
            fastest_ms = [[min(ms, direct) for ms in found] for found, direct in zip(ridden_ms, direct_ms, strict=True)]
            for percentile in times.percentiles:
                (ms,) = minutes_to_ms(times.at(percentile)[service, [home]])
                least, most = (rank_of(found, percentile) for found in fastest_ms)
                assert least <= (INFINITE if ms == NOT_REACHED_MS else ms) <= most, (home, service, percentile)
            (soon, late), (least, most) = ridden_ms, direct_ms
            assert sum(ms < least for ms in late) <= times.ride_minutes[service, home] <= sum(ms < most for ms in soon)


@examples(40)
@given(seed=SEEDS)
def test_nobody_is_slower_for_having_a_bicycle_nor_for_the_vehicles(seed: int) -> None:
    rides = random_rides(seed)
    on_foot, by_bike, direct_ms = rides.times("transit"), rides.times("bike_transit"), rides.direct_ms()
    for percentile in on_foot.percentiles:
        walked_ms, cycled_ms = (minutes_to_ms(times.at(percentile)) for times in (on_foot, by_bike))
        assert (cycled_ms <= walked_ms).all()
        assert (walked_ms <= direct_ms).all()
    assert (by_bike.ride_minutes >= on_foot.ride_minutes).all()
