"""Whether coordinates can be places on earth: one check for every table, street and calendar."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from access92.errors import Fault, InputError, input_error, some_values

MOST_LATITUDE = 85.0
"""Beyond, no map projection in use keeps distances, and nobody lives."""

_WIDEST_M = 1e8
"""Metres from the origin of a projected system: the earth is 4 × 10⁷ m round."""


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
        raise input_error(
            "Des coordonnées ne sont pas celles d'un lieu sur terre.",
            f"{where}, lignes {some_values(rows)}",
            "Corriger ces géométries, ou déclarer le vrai CRS du fichier.",
        )
    return frame


def _widest(crs: CRS | None) -> tuple[float, float]:
    """The largest x and y that a coordinate may have."""
    if crs is not None and crs.is_geographic:
        return 360.0, 360.0  # swapped or in the wrong unit: whoever knows the study says it better
    return _WIDEST_M, _WIDEST_M


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
    faults = list(_lost(projected, where))
    if faults:
        raise InputError(faults)
    return projected


def _lost(projected: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    coordinates, row = shapely.get_coordinates(projected.geometry.to_numpy(), return_index=True)
    wrong = ~np.isfinite(coordinates).all(axis=1)
    if wrong.any():
        rows = some_values(projected.index[np.unique(row[wrong])])
        yield Fault(
            "Des coordonnées sortent de la projection de l'étude.",
            f"{where}, lignes {rows}",
            "Corriger ces géométries, ou déclarer le vrai CRS du fichier.",
        )
