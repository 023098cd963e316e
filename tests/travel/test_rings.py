"""Outlines as rings: the areas that they stand for, which way they run, what they lie around."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.travel.rings import Rings, double_areas, rings_around


def closed(*corners: tuple[float, float]) -> np.ndarray:
    return np.array([*corners, corners[0]])


@given(seed=st.integers(0, 10**9), step=st.sampled_from([0.0, 1.0]))
def test_places_are_inside_the_rings_that_geos_finds_around_them(seed: int, step: float) -> None:
    # places at the very heights of corners too
    rng = np.random.default_rng(seed)
    rings = []
    for _ in range(rng.integers(1, 5)):
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        reach = rng.uniform(2, 10, len(angles))
        corners = rng.uniform(-5, 5, 2) + np.column_stack([reach * np.cos(angles), reach * np.sin(angles)])
        corners = np.roll(np.round(corners) if step else corners, rng.integers(len(angles)), axis=0)
        rings.append(closed(*corners.tolist()))
    offsets = np.append(0, np.cumsum([len(ring) for ring in rings]))
    places = rng.uniform(-15, 15, (40, 2))
    places = np.round(places) if step else places
    found = rings_around(np.concatenate(rings), offsets, np.arange(len(rings)), places)
    for ring, is_around in zip(rings, found, strict=True):
        area, line = shapely.polygons(ring), shapely.linestrings(ring)
        if shapely.is_valid(area):
            apart = shapely.distance(shapely.points(places), line) > 1e-9
            assert np.array_equal(is_around[apart], shapely.contains_xy(area, places)[apart])
            assert abs(abs(double_areas(ring, np.array([0, len(ring)]))[0]) / 2 - area.area) < 1e-9


def test_a_ring_is_above_nothing_where_it_runs_counterclockwise() -> None:
    ring = closed((7e5, 6.8e6), (7e5 + 1e-3, 6.8e6), (7e5, 6.8e6 + 1e-3))
    both = double_areas(np.concatenate([ring, ring[::-1]]), np.array([0, 4, 8]))
    assert both[0] > 0 > both[1]


def test_holes_stand_in_the_parts_that_they_belong_to_whatever_their_order() -> None:
    small, large, hole = (
        closed((20, 0), (21, 0), (21, 1)),
        closed((0, 0), (10, 0), (10, 10), (0, 10)),
        closed((1, 1), (1, 2), (2, 2)),
    )
    rings = Rings(np.concatenate([hole, small, large]), np.array([0, 4, 8, 13]), np.array([2, 1, 2]))
    area = rings.polygons()
    assert [len(part.interiors) for part in area.geoms] == [0, 1]
    assert area.area == 0.5 + 100 - 0.5
    assert shapely.is_valid(area)
    nothing = Rings(np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64))
    assert nothing.polygons().is_empty
