"""Other allocations of the same people: each group keeps its own, nobody appears or vanishes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from access92.measures.sensitivity.allocation_draws import BLOCK_M, even_population, other_allocations

RNG = np.random.default_rng(5)
X, Y = RNG.uniform(0, 2000, 500), RNG.uniform(0, 1000, 500)
POINTS = gpd.GeoSeries.from_xy(X, Y)
PEOPLE = RNG.integers(0, 40, 500).astype(float)
CELLS = (X >= 1000).astype(np.int64)


def test_every_allocation_keeps_the_people_of_every_cell() -> None:
    found = list(other_allocations(POINTS, PEOPLE, CELLS, draws=5, seed=92))
    assert len(found) == 6
    for people in found:
        np.testing.assert_allclose(np.bincount(CELLS, weights=people), np.bincount(CELLS, weights=PEOPLE))
        assert (people >= 0).all()


def test_the_first_allocation_is_even_and_the_others_are_drawn_by_the_seed() -> None:
    one, same, other = (list(other_allocations(POINTS, PEOPLE, CELLS, draws=3, seed=s)) for s in (92, 92, -1))
    assert (one[0] == even_population(PEOPLE, CELLS)).all()
    assert [people.tobytes() for people in one] == [people.tobytes() for people in same]
    assert not np.isclose(one[1], other[1])[PEOPLE > 0].any()
    assert not np.isclose(one[1], one[2])[PEOPLE > 0].any()


def test_points_of_one_block_and_one_cell_share_one_factor() -> None:
    drawn = list(other_allocations(POINTS, PEOPLE, CELLS, draws=1, seed=92))[1]
    here = (np.floor(X / BLOCK_M) == 2) & (np.floor(Y / BLOCK_M) == 3) & (PEOPLE > 0)
    assert here.sum() > 3
    np.testing.assert_allclose(drawn[here] / PEOPLE[here], (drawn[here] / PEOPLE[here])[0])


def test_a_cell_of_one_point_keeps_its_people_there() -> None:
    alone = list(other_allocations(POINTS[:1], np.array([7.0]), np.array([0]), draws=4, seed=92))
    np.testing.assert_allclose(alone, 7.0)


def test_a_cell_without_people_stays_empty() -> None:
    empty = list(other_allocations(POINTS[:2], np.array([0.0, 3.0]), np.array([0, 1]), draws=2, seed=92))
    np.testing.assert_allclose(empty, [[0.0, 3.0]] * 3)
