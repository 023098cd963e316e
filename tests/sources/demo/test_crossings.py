"""Crossings close together become one, where few people live, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from access92.sources.demo.blocks import StreetPlan
from access92.sources.demo.crossings import far_from_homes, join_crossings

PLACES = [(-90.0, 0.0), (0.0, 0.0), (20.0, 0.0), (90.0, 0.0), (0.0, 80.0), (20.0, -80.0), (-60.0, -80.0)]
TWO_TS = [(0, 1), (1, 2), (2, 3), (1, 4), (2, 5)]
T_AND_X = [*TWO_TS, (1, 6)]


def alleys(
    pairs: list[tuple[int, int]], highway: str = "path", places: list[tuple[float, float]] = PLACES
) -> tuple[pd.DataFrame, StreetPlan]:
    """Straight ways between places, as the plan and the edges that the generator passes on."""
    plan = StreetPlan(x_m=[x for x, _ in places], y_m=[y for _, y in places])
    return pd.DataFrame(pairs, columns=["start", "stop"]).assign(highway=highway, bridge=-1), plan


def joined(edges: pd.DataFrame, plan: StreetPlan, *, green: bool = True, wild: bool = True) -> list[tuple[int, int]]:
    count = len(plan.x_m)
    result = join_crossings(
        edges, plan, green=np.full(count, green), wild=np.full(count, wild), cross_m=25, star_m=25,
    )  # fmt: skip
    return [(int(a), int(b)) for a, b in result[["start", "stop"]].to_numpy()]


def test_two_t_crossings_20_m_apart_become_an_x() -> None:
    assert joined(*alleys(TWO_TS)) == [(0, 1), (1, 3), (1, 4), (1, 5)]


def test_a_t_near_an_x_becomes_a_star_around_the_larger_crossing() -> None:
    assert joined(*alleys(T_AND_X)) == [(0, 1), (1, 3), (1, 4), (1, 5), (1, 6)]


def test_crossings_where_people_live_stay_as_they_are() -> None:
    assert joined(*alleys(TWO_TS), green=False) == TWO_TS
    assert joined(*alleys(T_AND_X), wild=False) == T_AND_X


def test_a_street_for_homes_ends_in_no_star() -> None:
    assert joined(*alleys(T_AND_X, "residential")) == T_AND_X


@pytest.mark.parametrize("way", range(len(TWO_TS)))
def test_bridges_and_motorways_keep_their_ends(way: int) -> None:
    edges, plan = alleys(TWO_TS)
    assert joined(edges.assign(bridge=np.where(edges.index == way, 3, -1)), plan) == TWO_TS
    assert joined(edges.assign(highway=np.where(edges.index == way, "motorway", "path")), plan) == TWO_TS


def test_nothing_is_joined_where_two_ways_would_lie_side_by_side() -> None:
    triangle = [(0, 1), (1, 2), (2, 3), (1, 4), (2, 4)]
    assert joined(*alleys(triangle)) == triangle


def test_nothing_is_joined_where_the_way_that_moves_would_cross_another() -> None:
    barred = [*PLACES, (5.0, -40.0), (12.0, -40.0)]
    assert joined(*alleys([*TWO_TS, (7, 8)], places=barred)) == [*TWO_TS, (7, 8)]


def test_nothing_is_joined_where_two_ways_would_leave_at_a_sharp_angle() -> None:
    slanted = [*PLACES[:4], (80.0, 10.0), *PLACES[5:]]
    assert joined(*alleys(TWO_TS, places=slanted)) == TWO_TS


def test_the_edges_given_are_left_as_they_were() -> None:
    edges, plan = alleys(TWO_TS)
    before = edges.copy(deep=True)
    joined(edges, plan)
    pd.testing.assert_frame_equal(edges, before)


def test_a_place_is_far_from_homes_by_the_residential_metres_within_the_square_around() -> None:
    edges, plan = alleys([(0, 1)], "residential", [(0.0, 0.0), (300.0, 0.0), (900.0, 0.0)])
    assert far_from_homes(edges, plan, homes_m=250).tolist() == [False, False, True]
    assert far_from_homes(edges, plan, homes_m=301).all()
    assert far_from_homes(edges.assign(highway="path"), plan, homes_m=1).all()
