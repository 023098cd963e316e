"""Metres between stops."""

from __future__ import annotations

import numpy as np

_M_PER_DEGREE = 111_195.0
"""Of a great circle of the mean sphere (radius 6,371 km)."""


def metres_between(lon: np.ndarray, lat: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Metres between the stops at two arrays of positions; a plane will do for the few hundred that are compared.

    >>> lon, lat = np.array([2.0, 2.0]), np.array([48.0, 48.001])
    >>> metres_between(lon, lat, np.array([0]), np.array([1])).round(1).tolist()
    [111.2]
    """
    return plane_m(lon[first], lat[first], lon[second], lat[second])


def plane_m(lon_a: np.ndarray, lat_a: np.ndarray, lon_b: np.ndarray, lat_b: np.ndarray) -> np.ndarray:
    """Metres between places in degrees, on the plane that touches the Earth between them."""
    east = (lon_b - lon_a) * np.cos(np.radians((lat_a + lat_b) / 2))
    return np.asarray(np.hypot(east, lat_b - lat_a) * _M_PER_DEGREE)
