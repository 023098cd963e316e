"""Drawn positions: uniform in their disc, the same whatever else is drawn."""

from __future__ import annotations

import numpy as np

from access92.sensitivity.position_draws import disc_offsets, drawn_places


def test_a_position_is_drawn_uniformly_in_its_disc() -> None:
    places = drawn_places(np.array([1000.0]), np.array([2000.0]), np.array([300.0]), draws=4000, seed=1)[0]
    east, north = places[:, 0] - 1000, places[:, 1] - 2000
    away_m = np.hypot(east, north)
    assert away_m.max() <= 300
    for share in (0.25, 0.5, 0.75):  # so much of the disc lies within the square root of that share of the radius
        assert abs((away_m <= 300 * np.sqrt(share)).mean() - share) < 0.03
    assert abs(((east > 0) == (north > 0)).mean() - 0.5) < 0.03
    assert abs(east.mean()) < 10
    assert abs(north.mean()) < 10


def test_a_radius_of_nothing_moves_nothing() -> None:
    places = drawn_places(np.array([5.0, 8.0]), np.array([7.0, 9.0]), np.array([0.0, 10.0]), draws=20, seed=92)
    assert (places[0] == [5.0, 7.0]).all()
    assert (places[1] != [8.0, 9.0]).any()


def test_a_draw_depends_neither_on_the_other_places_nor_on_how_many_draws_follow() -> None:
    x, y, radius_m = np.array([650_000.0, 651_000.0]), np.array([6_860_000.0, 6_861_000.0]), np.array([400.0, 250.0])
    both = drawn_places(x, y, radius_m, draws=20, seed=92)
    alone = drawn_places(x[1:], y[1:], radius_m[1:], draws=5, seed=92)
    assert both[1, :5].tobytes() == alone[0].tobytes()


def test_two_services_at_one_address_are_at_one_address_in_every_draw() -> None:
    x, y = np.full(2, 650_000.25), np.full(2, 6_860_000.0)
    places = drawn_places(x, y, np.full(2, 500.0), draws=20, seed=92)
    assert places[0].tobytes() == places[1].tobytes()


def test_another_seed_and_another_place_draw_other_positions() -> None:
    one = disc_offsets(650_000, 6_860_000, draws=20, seed=92)
    assert not np.isclose(one, disc_offsets(650_000, 6_860_000, draws=20, seed=93)).any()
    assert not np.isclose(one, disc_offsets(650_001, 6_860_000, draws=20, seed=92)).any()
    assert np.isfinite(disc_offsets(650_000, 6_860_000, draws=1, seed=-1)).all()
