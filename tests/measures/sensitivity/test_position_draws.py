"""Drawn positions: uniform in their disc, the same whatever else is drawn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from access92.measures.sensitivity.position_draws import ORIGIN_COLUMNS, disc_offsets, draw_places, with_draw_origins


def test_a_position_is_drawn_uniformly_in_its_disc() -> None:
    places = draw_places(np.array([1000.0]), np.array([2000.0]), np.array([300.0]), draws=4000, seed=1)[0]
    east, north = places[:, 0] - 1000, places[:, 1] - 2000
    away_m = np.hypot(east, north)
    assert away_m.max() <= 300
    for share in (0.25, 0.5, 0.75):  # so much of the disc lies within the square root of that share of the radius
        assert abs((away_m <= 300 * np.sqrt(share)).mean() - share) < 0.03
    assert abs(((east > 0) == (north > 0)).mean() - 0.5) < 0.03
    assert abs(east.mean()) < 10
    assert abs(north.mean()) < 10


def test_a_radius_of_nothing_moves_nothing() -> None:
    places = draw_places(np.array([5.0, 8.0]), np.array([7.0, 9.0]), np.array([0.0, 10.0]), draws=20, seed=92)
    assert (places[0] == [5.0, 7.0]).all()
    assert (places[1] != [8.0, 9.0]).any()


def test_a_draw_depends_neither_on_the_other_places_nor_on_how_many_draws_follow() -> None:
    x, y, radius_m = np.array([650_000.0, 651_000.0]), np.array([6_860_000.0, 6_861_000.0]), np.array([400.0, 250.0])
    both = draw_places(x, y, radius_m, draws=20, seed=92)
    alone = draw_places(x[1:], y[1:], radius_m[1:], draws=5, seed=92)
    assert both[1, :5].tobytes() == alone[0].tobytes()


def test_two_services_at_one_address_are_at_one_address_in_every_draw() -> None:
    x, y = np.full(2, 650_000.25), np.full(2, 6_860_000.0)
    places = draw_places(x, y, np.full(2, 500.0), draws=20, seed=92)
    assert places[0].tobytes() == places[1].tobytes()


def services_at(*x: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, [6_860_000.0] * len(x)), crs=2154)


def test_services_in_one_building_move_together_on_either_side_of_a_metre() -> None:
    for east in (650_000.49, 650_000.0):
        known = services_at(east, east + 0.02, east + 13.3, east + 500)
        rows = with_draw_origins(known, known, same_place_m=25)
        x, y = known.geometry.x.to_numpy(), known.geometry.y.to_numpy()
        origins = rows[list(ORIGIN_COLUMNS)].to_numpy()
        moved = draw_places(x, y, np.full(4, 400.0), draws=20, seed=92, origins=origins) - np.stack([x, y], 1)[:, None]
        np.testing.assert_allclose(moved[1:3], np.stack([moved[0], moved[0]]), atol=1e-6)
        assert not np.isclose(moved[3], moved[0]).any()


def test_neither_the_services_that_count_nor_those_that_open_move_the_draw_of_another() -> None:
    known = services_at(650_000.0, 650_010.0, 651_000.0)
    every = with_draw_origins(known, known, same_place_m=25)
    fewer = with_draw_origins(known.iloc[1:], known, same_place_m=25)
    opened = with_draw_origins(services_at(650_005.0, 650_010.0, 655_000.0), known, same_place_m=25)
    origin = every[list(ORIGIN_COLUMNS)].iloc[0].tolist()
    assert fewer[list(ORIGIN_COLUMNS)].iloc[0].tolist() == origin
    assert opened[list(ORIGIN_COLUMNS)].iloc[:2].to_numpy().tolist() == [origin, origin]
    assert opened["draw_x_m"].iloc[2] == 655_000.0


def test_another_seed_and_another_place_draw_other_positions() -> None:
    one = disc_offsets(650_000, 6_860_000, draws=20, seed=92)
    assert not np.isclose(one, disc_offsets(650_000, 6_860_000, draws=20, seed=93)).any()
    assert not np.isclose(one, disc_offsets(650_001, 6_860_000, draws=20, seed=92)).any()
    assert np.isfinite(disc_offsets(650_000, 6_860_000, draws=1, seed=-1)).all()
