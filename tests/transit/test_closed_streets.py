"""A street that a scenario closes brings nobody sooner: times, hours and isochrones, on random towns with vehicles."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from access92.sources.timetable import Timetable
from access92.study.transit import Transit
from access92.transit.rider import StudyRider
from access92.travel.cached_isochrones import draw_mode
from access92.travel.cached_times import time_mode
from access92.travel.closed_times import closed_reach
from access92.travel.router import Router
from tests.full_towns import FullTown
from tests.transit.random_timetables import Call, timetable_of
from tests.travel.test_full_towns import routers_of

THRESHOLDS_MIN = (2.0, 4.0, 7.0, 10.0)
WINDOW_S = (8 * 3600, 8 * 3600 + 1800)
HALF_AN_HOUR = Transit.model_validate({"demo": True, "window": ["08:00", "08:30"]}, strict=False)
LOST_STREETS = 7
"""A town in which a place or a stop that loses its streets would be sooner elsewhere."""

few = settings(max_examples=1, deadline=None)


def town_timetable(town: FullTown, seed: int) -> Timetable:
    """Some lines with a headway each, between stops anywhere in the town."""
    random = np.random.default_rng([seed, 9])
    west, south, east, north = town.streets.total_bounds
    places = gpd.points_from_xy(random.uniform(west, east, 6), random.uniform(south, north, 6), crs=town.streets.crs)
    runs: list[list[Call]] = []
    for _ in range(5):
        way, hops = random.choice(len(places), 3, replace=False), random.integers(1, 4, 3)
        for begin in range(WINDOW_S[0] - 1200, WINDOW_S[1] + 3600, 60 * int(random.integers(5, 20))):
            at_s = begin + 60 * np.append(0, np.cumsum(hops))
            runs.append([(int(stop), int(when), int(when), True, True, len(runs))
                         for stop, when in zip(way, at_s[:3], strict=True)])  # fmt: skip
    table = timetable_of(runs, n_stops=len(places))
    return replace(table, stops=table.stops.set_geometry(gpd.GeoSeries(places).to_crs(4326)))


def riding_routers(seed: int) -> tuple[FullTown, Router, Router] | None:
    """A town, and the router of those who ride with all its streets and without those that are closed."""
    routers = routers_of(seed, "walk", restrictions=20)
    if routers is None:
        return None
    rider = StudyRider(town_timetable(routers.town, seed), HALF_AN_HOUR)
    whole = replace(routers.whole, rider=rider)
    return routers.town, whole, replace(routers.after, whole=whole, rider=rider)


def isochrones(router: Router, town: FullTown) -> list[shapely.MultiPolygon]:
    groups = {("s", "any"): np.arange(len(town.services))}
    times = time_mode(router, town.services)
    drawn = draw_mode(
        router, times, town.services.geometry, single_ids=list(town.services["service_id"]), groups=groups,
        thresholds_min=THRESHOLDS_MIN,
    )  # fmt: skip
    return list(drawn.table.geometry)


@few
@example(seed=LOST_STREETS)
@given(seed=st.integers(0, 100_000))
def test_closing_streets_widens_no_isochrone(seed: int) -> None:
    made = riding_routers(seed)
    if made is None:
        return
    town, whole, after = made
    for of_rider in (True, False):
        before, closed = (
            isochrones(router if of_rider else replace(router, rider=None), town)
            for router in (whole, after if of_rider else replace(after, whole=replace(whole, rider=None)))
        )
        for large, small in zip(before, closed, strict=True):
            assert small.is_valid
            assert small.difference(large).area < 1e-6
        assert all(
            small.difference(large).area < 1e-6
            for at, (small, large) in enumerate(pairwise(closed), start=1)
            if at % len(THRESHOLDS_MIN)
        )


@few
@example(seed=LOST_STREETS)
@given(seed=st.integers(0, 100_000))
def test_closing_streets_shortens_no_ride_and_gives_nobody_an_hour(seed: int) -> None:
    made = riding_routers(seed)
    if made is None:
        return
    town, whole, after = made
    before_min, closed_min = (
        np.nan_to_num(time_mode(router, town.services).times.minutes, nan=np.inf) for router in (whole, after)
    )
    assert (closed_min >= before_min).all()
    places = town.services.geometry
    before, closed = (
        list(closed_reach(router, router.rider, places, window_s=WINDOW_S, under_min=7.0)) for router in (whole, after)
    )
    assert all(not (now & ~then).any() for now, then in zip(closed, before, strict=True))


def test_without_that_rule_who_loses_a_street_is_sooner_elsewhere() -> None:
    made = riding_routers(LOST_STREETS)
    assert made is not None
    town, whole, after = made
    alone = replace(after, whole=None)
    pairs = zip(isochrones(whole, town), isochrones(alone, town), strict=True)
    assert any(area.difference(large).area > 1 for large, area in pairs)
    before, closed = (time_mode(router, town.services).times.minutes for router in (whole, alone))
    assert (closed < before).any()
