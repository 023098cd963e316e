"""Places that cannot be meant: degrees swapped, metres for degrees, 0 and 0 for nothing, another country."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from access92.sources.tables import WGS84

FARTHEST_KM = 200.0
"""A service or a visit farther than this from the study area is taken for a mistake."""

_EARTH_RADIUS_KM = 6371.0088
_ZERO_DEGREES = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Misplaced:
    """Which places (bool, in their order) cannot be meant, each for one reason; and their degrees.

    ``swapped``: far away, but near the areas once longitude and latitude are exchanged. ``not_degrees``: outside the
    globe. ``zero``: at longitude 0 and latitude 0, far from the areas. ``far``: farther than FARTHEST_KM, for no reason
    that we see.
    """

    lon: np.ndarray
    lat: np.ndarray
    swapped: np.ndarray
    not_degrees: np.ndarray
    zero: np.ndarray
    far: np.ndarray


def misplaced(
    places: gpd.GeoSeries, near: gpd.GeoDataFrame | None, *, swapped_within_km: float = FARTHEST_KM
) -> Misplaced:
    """The places that cannot be meant; ``near``: the areas of the study, without which only the globe is looked at.

    A place that is missing or empty is not misplaced. ``swapped_within_km``: how near the areas a swapped place falls.

    Examples
    --------
    >>> import shapely
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(2.1, 48.7, 2.3, 48.9)], crs=4326)
    >>> places = gpd.GeoSeries.from_xy([48.8, 0.0, 650000.0, 5.4], [2.2, 0.0, 6860000.0, 43.3], crs=4326)
    >>> found = misplaced(places, areas)
    >>> [int(reason.argmax()) for reason in (found.swapped, found.zero, found.not_degrees, found.far)]
    [0, 1, 2, 3]
    """
    degrees = places.representative_point().to_crs(WGS84)
    lon, lat = degrees.x.to_numpy(dtype=float), degrees.y.to_numpy(dtype=float)
    finite = np.isfinite(lon) & np.isfinite(lat)
    present = (places.notna() & ~places.is_empty).to_numpy()
    off_globe = (present & ~finite) | (finite & ((np.abs(lat) > 90) | (np.abs(lon) > 180)))  # noqa: PLR2004 - degrees
    far, swapped = np.zeros(len(places), dtype=bool), finite & (np.abs(lat) > 90)  # noqa: PLR2004
    if near is not None and len(near):
        west, south, east, north = (float(value) for value in near.to_crs(WGS84).total_bounds)
        box = (west, south, east, north)
        far = finite & ~off_globe & (distance_to_box_km(lon, lat, box) > FARTHEST_KM)
        swapped = finite & (far | off_globe) & (distance_to_box_km(lat, lon, box) <= swapped_within_km)
    zero = far & ~swapped & (np.abs(lon) < _ZERO_DEGREES) & (np.abs(lat) < _ZERO_DEGREES)
    swapped &= far | off_globe
    return Misplaced(lon, lat, swapped, off_globe & ~swapped, zero, far & ~swapped & ~zero)


def distance_to_box_km(
    lon: np.ndarray,
    lat: np.ndarray,
    bounds_wgs84: tuple[float, float, float, float],
) -> np.ndarray:
    """Kilometres on the sphere from each place to a box (west, south, east, north); 0 inside it.

    Measured to the nearest longitude and latitude of the box: close enough to tell a country from another.

    >>> distance_to_box_km(np.array([2.2, 2.2]), np.array([48.8, 49.9]), (2.1, 48.7, 2.3, 48.9)).round().tolist()
    [0.0, 111.0]
    """
    west, south, east, north = bounds_wgs84
    there_lon, there_lat = np.clip(lon, west, east), np.clip(lat, south, north)
    lon_1, lat_1, lon_2, lat_2 = (np.radians(values) for values in (lon, lat, there_lon, there_lat))
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
