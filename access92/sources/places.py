"""Whether coordinates can be places on earth, and whether they can be meant: one check for every table and calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.likely_crs import likely_crs

WGS84 = CRS.from_epsg(4326)

MOST_LATITUDE = 85.0
"""Beyond, no map projection in use keeps distances, and nobody lives."""

WIDEST_M = 1e8
"""Metres from the origin of a projected system: the earth is 4 × 10⁷ m round."""

FARTHEST_KM = 200.0
"""A service or a visit farther than this from the study area is taken for a mistake."""

_EARTH_RADIUS_KM = 6371.0088
_ZERO_DEGREES = 1e-3


def check_places(frame: gpd.GeoDataFrame, *, where: str) -> gpd.GeoDataFrame:
    """The table itself where every coordinate of it is finite and may lie on earth; empty geometries pass.

    Raises
    ------
    InputError
        A coordinate is infinite, not a number, or beyond the earth; the CRS has no longitude and latitude.

    Examples
    --------
    >>> table = gpd.GeoDataFrame(geometry=[shapely.Point(2.25, 48.82), shapely.Point(0, 1e300)], crs=4326)
    >>> check_places(table, where="lieux.geojson")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Des coordonnées ne sont pas celles d'un lieu sur terre.
      Où : lieux.geojson, lignes 1
      Remède : Corriger ces géométries, ou déclarer le vrai CRS du fichier.
    """
    if frame.crs is not None:
        projected_or_geographic(frame.crs, where=where)
    coordinates, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    wrong = ~(np.abs(coordinates) <= _widest(frame.crs)).all(axis=1)
    if wrong.any():
        rows = frame.index[np.unique(row[wrong])]
        fix = f"Corriger ces géométries, ou déclarer le vrai CRS du fichier. {likely_crs(coordinates)}".strip()
        raise input_error(
            "Des coordonnées ne sont pas celles d'un lieu sur terre.", f"{where}, lignes {some_values(rows)}", fix
        )
    return frame


def _widest(crs: CRS | None) -> tuple[float, float]:
    """The largest x and y that a coordinate may have."""
    if crs is not None and crs.is_geographic:
        return 360.0, 360.0  # swapped or in the wrong unit: whoever knows the study says it better
    return WIDEST_M, WIDEST_M


def projected_or_geographic(crs: CRS, *, where: str) -> CRS:
    """The system itself; a vertical or geocentric one, which gives no place on a map, is refused."""
    if not (crs.is_geographic or crs.is_projected) or crs.is_geocentric:
        raise input_error(
            f"Le système de coordonnées « {crs.name} » ne situe pas un lieu sur une carte.",
            where,
            "Déclarer un CRS à deux dimensions, par exemple EPSG:4326 ou EPSG:2154.",
        )
    return crs


def project(frame: gpd.GeoDataFrame, crs: object, *, where: str) -> gpd.GeoDataFrame:
    """The table in another CRS.

    Raises
    ------
    InputError
        PROJ cannot do it, or a place has no finite coordinates there.
    """
    try:
        projected = frame.to_crs(crs)
    except (CRSError, ProjError, ValueError) as error:
        raise input_error(
            "Les coordonnées ne se convertissent pas.", f"{where} : {error}", "Vérifier le CRS."
        ) from error
    faults = list(_unprojected_faults(projected, where))
    if faults:
        raise InputError(faults)
    return projected


def _unprojected_faults(projected: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    """A fault where places have no finite coordinates in the projection."""
    coordinates, row = shapely.get_coordinates(projected.geometry.to_numpy(), return_index=True)
    wrong = ~np.isfinite(coordinates).all(axis=1)
    if wrong.any():
        rows = some_values(projected.index[np.unique(row[wrong])])
        yield Fault(
            "Des coordonnées sortent de la projection de l'étude.",
            f"{where}, lignes {rows}",
            "Corriger ces géométries, ou déclarer le vrai CRS du fichier.",
        )


TRUEST_SCALE = 0.005
"""How far from 1 the scale of a projection may be where metres are counted in it; Lambert-93 and UTM keep 0.002."""

_STEP_DEGREES = 1e-3


def scale_range(crs: CRS, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """The least and the greatest scale of a projection in metres: what a metre on the ground is long in it.

    ``box``: west, south, east, north in WGS 84; its corners and its middle are measured, eastward and northward,
    against the geodesic of WGS 84. Infinite where the projection does not reach.

    >>> box = (2.1, 48.7, 2.4, 48.9)
    >>> [round(value, 3) for code in (2154, 3857) for value in scale_range(CRS.from_epsg(code), box)]
    [1.0, 1.0, 1.512, 1.523]
    """
    west, south, east, north = box
    lon = np.repeat([west, west, east, east, (west + east) / 2], 2)
    lat = np.repeat([south, north, south, north, (south + north) / 2], 2)
    step = np.tile([_STEP_DEGREES, 0.0], len(lon) // 2)
    ahead = lon + step, lat + (_STEP_DEGREES - step)
    ground_m = np.asarray(Geod(ellps="WGS84").inv(lon, lat, *ahead)[2])
    to_plane = Transformer.from_crs(WGS84, crs, always_xy=True)
    (x, y), (next_x, next_y) = to_plane.transform(lon, lat), to_plane.transform(*ahead)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        scale = np.nan_to_num(np.hypot(next_x - x, next_y - y) / ground_m, nan=np.inf)
    return float(scale.min()), float(scale.max())


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
    >>> areas = gpd.GeoDataFrame(geometry=[shapely.box(2.1, 48.7, 2.3, 48.9)], crs=4326)
    >>> places = gpd.GeoSeries.from_xy([48.8, 0.0, 650000.0, 5.4], [2.2, 0.0, 6860000.0, 43.3], crs=4326)
    >>> wrong = misplaced(places, areas)
    >>> [int(reason.argmax()) for reason in (wrong.swapped, wrong.zero, wrong.not_degrees, wrong.far)]
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
    nearest_lon, nearest_lat = np.clip(lon, west, east), np.clip(lat, south, north)
    lon_1, lat_1, lon_2, lat_2 = (np.radians(values) for values in (lon, lat, nearest_lon, nearest_lat))
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def read_crs(name: str, *, where: str) -> CRS:
    """The coordinate reference system of that name.

    >>> read_crs("EPSG:3035", where="étude").to_epsg()
    3035
    """
    try:
        return projected_or_geographic(CRS.from_user_input(name), where=f"{where} = {name[:80]}")
    except CRSError as error:
        raise input_error(
            f"Le système de coordonnées « {name} » est inconnu.",
            where,
            "Écrire un code EPSG, par exemple EPSG:3035.",
        ) from error
