"""Seeded draws of doubtful positions: uniform in the disc of the stated radius, the same whatever else is run."""

from __future__ import annotations

import hashlib

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from access92._space import place_numbers

ORIGIN_COLUMNS = ("draw_x_m", "draw_y_m")


def with_draw_origins(services: gpd.GeoDataFrame, known: gpd.GeoDataFrame, *, same_place_m: float) -> gpd.GeoDataFrame:
    """The services with the coordinates (ORIGIN_COLUMNS) that their draws are seeded with: those of their place.

    A place is that of the ``known`` services, those of the study's file: so neither the scenarios that are run nor what
    they change moves a draw, and two services in one building are drawn together. A service that no known one is near
    has its own coordinates.

    >>> known = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0.49, 8.0, 900.0], [0, 0, 0]), crs=2154)
    >>> with_draw_origins(known, known, same_place_m=25)["draw_x_m"].tolist()
    [0.49, 0.49, 900.0]
    """
    located = known[~(known.geometry.is_empty | known.geometry.isna())]
    service_xy = shapely.get_coordinates(services.geometry.to_numpy())
    if len(located) == 0 or len(service_xy) != len(services):
        return services.assign(**dict.fromkeys(ORIGIN_COLUMNS, np.nan))
    xy = shapely.get_coordinates(located.geometry.to_numpy())
    number = place_numbers(located.geometry, same_place_m=same_place_m)
    _, first = np.unique(number, return_index=True)
    away_m, nearest = cKDTree(xy).query(service_xy)
    origin = np.where((away_m <= same_place_m)[:, None], xy[first[number[nearest]]], service_xy)
    return services.assign(**dict(zip(ORIGIN_COLUMNS, origin.T, strict=True)))


def disc_offsets(x: float, y: float, *, draws: int, seed: int) -> np.ndarray:
    """Offsets uniform in the disc of radius 1, for a place at (x, y) metres: (draws, 2), float64.

    They depend on the place (to the metre) and on the seed alone: not on the other places, nor on how many
    draws follow.

    Examples
    --------
    >>> offsets = disc_offsets(650_000, 6_860_000, draws=3, seed=92)
    >>> bool((np.hypot(*offsets.T) <= 1).all())
    True
    >>> np.array_equal(offsets[:2], disc_offsets(650_000.2, 6_860_000, draws=2, seed=92))
    True
    """
    place = hashlib.sha256(f"{seed}|{x:.0f}|{y:.0f}".encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(place[:16], "big")))
    share, turn = generator.random((draws, 2)).T
    radius, angle = np.sqrt(share), 2 * np.pi * turn
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def draw_places(
    x: np.ndarray,
    y: np.ndarray,
    radius_m: np.ndarray,
    *,
    draws: int,
    seed: int,
    origins: np.ndarray | None = None,
) -> np.ndarray:
    """Where each place is in each draw: (n, draws, 2), metres, uniform in the disc of its own radius.

    ``origins``: the coordinates (n, 2) that seed each, by default its own: places of one origin move together.

    >>> draw_places(np.array([5.0]), np.array([7.0]), np.array([0.0]), draws=2, seed=1).tolist()
    [[[5.0, 7.0], [5.0, 7.0]]]
    """
    seeds = np.stack([x, y], axis=1) if origins is None else origins
    offsets = [disc_offsets(east, north, draws=draws, seed=seed) for east, north in seeds]
    offsets_m = np.array(offsets).reshape(len(x), draws, 2) * np.asarray(radius_m, dtype=float)[:, None, None]
    positions: np.ndarray = np.stack([x, y], axis=1)[:, None, :] + offsets_m
    return positions
