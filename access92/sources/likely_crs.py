"""Which coordinate systems in use in France the numbers of a file may be of, where it declares none or a wrong one."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Transformer

_FRANCE = (-5.3, 41.2, 9.7, 51.2)
_SYSTEMS: tuple[tuple[int, str, tuple[float, float, float, float]], ...] = (
    (2154, "Lambert-93", _FRANCE),
    (27572, "Lambert II étendu", _FRANCE),
    *((3900 + zone, f"CC{zone}", (_FRANCE[0], zone - 1.0, _FRANCE[2], zone + 1.0)) for zone in range(42, 51)),
    (32631, "UTM 31 nord", (0.0, _FRANCE[1], 6.0, _FRANCE[3])),
    (3857, "Web Mercator", _FRANCE),
    (2975, "RGR92, La Réunion", (55.1, -21.5, 55.9, -20.8)),
    (5490, "RGAF09, Antilles", (-62.0, 14.3, -60.7, 16.6)),
    (2972, "RGFG95, Guyane", (-54.7, 2.0, -51.5, 6.0)),
)
"""EPSG code, name, and the degrees (west, south, east, north) in which places are taken for meant."""


def likely_crs(xy: np.ndarray) -> str:
    """The systems in which all these coordinates fall in France, as a message names them; '' where none.

    ``xy``: float64 (n, 2).

    >>> likely_crs(np.array([[648000.0, 6860000.0], [651000.0, 6862000.0]]))
    "D'après les nombres : Lambert-93 (EPSG:2154)."
    >>> likely_crs(np.array([[1.0, 2.0]]))
    ''
    """
    fitting = [f"{name} (EPSG:{code})" for code, name in fitting_systems(xy)]
    return f"D'après les nombres : {' ou '.join(fitting[:3])}." if fitting else ""


def fitting_systems(xy: np.ndarray) -> list[tuple[int, str]]:
    """EPSG code and name of the systems in which all these coordinates (n, 2) fall in France; none for degrees.

    >>> fitting_systems(np.array([[648000.0, 6860000.0]]))
    [(2154, 'Lambert-93')]
    """
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy) or (np.abs(xy) <= 360.0).all():  # noqa: PLR2004 - degrees
        return []
    fitting = []
    for code, name, (west, south, east, north) in _SYSTEMS:
        to_degrees = Transformer.from_crs(code, 4326, always_xy=True)
        lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
        if ((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).all():
            fitting.append((code, name))
    return fitting


def likely_crs_of(places: np.ndarray) -> str:
    """The same for places (shapely geometries)."""
    return likely_crs(shapely.get_coordinates(places))
