"""Points along streets, the area of each, and whole people from shares."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.sources.population.apportion import apportion
from access92.sources.population.residences import NOWHERE, area_of_points, residential_points, spatial_order
from tests.sources.table_studies import X0, make_streets


@given(
    weights=st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=40),
    total=st.integers(min_value=0, max_value=100_000),
)
def test_apportioned_people_sum_to_the_total_within_one_of_their_quota(weights: list[float], total: int) -> None:
    values = np.array(weights)
    people = apportion(values, np.zeros(len(values), dtype=np.int64), np.array([total]))
    if values.sum() < 1e-200:
        return
    assert people.sum() == total
    quota = values * (total / values.sum())
    assert (np.abs(people - quota) < 1 + 1e-6).all()
    assert (people[values == 0] == 0).all()


def test_equal_shares_go_to_the_first_rows() -> None:
    assert apportion(np.ones(4), np.zeros(4, dtype=np.int64), np.array([6])).tolist() == [2, 2, 1, 1]


def test_a_street_is_cut_into_equal_pieces_of_100_m_at_most() -> None:
    points = residential_points(make_streets((0, 0, 250, 0)))
    assert (points.x - X0).tolist() == pytest.approx([250 / 6, 125, 250 * 5 / 6])
    assert points.length_m.sum() == pytest.approx(250)


def test_a_street_of_exactly_100_m_is_one_piece() -> None:
    assert len(residential_points(make_streets((0, 0, 100, 0))).x) == 1


def test_points_find_their_polygon_as_a_slow_search_does() -> None:
    rng = np.random.default_rng(92)
    polygons = np.array([shapely.Point(*rng.uniform(0, 10, 2)).buffer(rng.uniform(0.5, 3)) for _ in range(12)])
    x, y = rng.uniform(0, 10, 500), rng.uniform(0, 10, 500)
    slow = [
        next((row for row, polygon in enumerate(polygons) if polygon.intersects(shapely.Point(at))), NOWHERE)
        for at in zip(x, y, strict=True)
    ]
    assert area_of_points(x, y, polygons).tolist() == slow


def test_neighbours_in_place_are_neighbours_in_the_table() -> None:
    x, y = (part.ravel().astype(float) for part in np.meshgrid(np.arange(16), np.arange(16)))
    order = spatial_order(x, y)
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert steps.mean() < 1.5
