"""The projection of a study as polynomials, which the page computes without knowing any coordinate system.

On a territory a projection is so smooth that polynomials of a dozen degrees follow it to far less than a millimetre:
degrees to metres, to compute where a new place stands; metres to the map's own coordinates, to draw streets and homes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
from numpy.polynomial import chebyshev

_DEGREE = 11
_NODES = 24
_MARGIN_M = 2000.0
_WORLD_M = 40_075_016.685578488  # circumference of the Web Mercator sphere
CLOSE_M = 1e-6
"""How far the polynomials may be from the projection (metres): a ten-thousandth of what places are read to."""


def projection(crs: Any, bounds_m: tuple[float, float, float, float]) -> dict[str, Any]:  # noqa: ANN401 - as pyproj
    """Polynomials around ``bounds_m`` (west, south, east, north in ``crs``): ``to_m`` and ``to_world``.

    ``to_m`` takes degrees (longitude, latitude) to metres of ``crs``; ``to_world`` takes those to fractions of the Web
    Mercator world (x eastwards, y southwards). Each has ``u`` and ``v``, the bounds of its two variables, and ``x`` and
    ``y``: rows of Chebyshev coefficients, by degree of the first variable.

    Examples
    --------
    >>> polynomials = projection(2154, (630_000, 6_845_000, 660_000, 6_880_000))
    >>> x, y = evaluate(polynomials["to_m"], np.array([2.25]), np.array([48.85]))
    >>> x0, y0 = pyproj.Transformer.from_crs(4326, 2154, always_xy=True).transform(2.25, 48.85)
    >>> bool(np.hypot(x[0] - x0, y[0] - y0) < CLOSE_M)
    True
    """
    west, south, east, north = bounds_m
    west, south, east, north = west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    from_degrees = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    to_mercator = pyproj.Transformer.from_crs(crs, "EPSG:3857", always_xy=True)
    edge_x, edge_y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    lon, lat = to_degrees.transform(edge_x.ravel(), edge_y.ravel())

    def world(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        east_m, north_m = to_mercator.transform(x, y)
        return east_m / _WORLD_M + 0.5, 0.5 - north_m / _WORLD_M

    to_m = _fit(from_degrees.transform, (float(lon.min()), float(lon.max())), (float(lat.min()), float(lat.max())))
    return {"to_m": to_m, "to_world": _fit(world, (west, east), (south, north))}


def evaluate(polynomials: dict[str, Any], u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two values of polynomials of :func:`projection`, as the page computes them."""
    (u0, u1), (v0, v1) = polynomials["u"], polynomials["v"]
    at = (2 * u - u0 - u1) / (u1 - u0), (2 * v - v0 - v1) / (v1 - v0)
    x, y = (chebyshev.chebval2d(*at, np.array(polynomials[name])) for name in ("x", "y"))
    return x, y


def _fit(function: Any, u: tuple[float, float], v: tuple[float, float]) -> dict[str, Any]:  # noqa: ANN401
    """Polynomials of a function of two variables, by its values at Chebyshev nodes."""
    nodes = np.cos((np.arange(_NODES) + 0.5) * np.pi / _NODES)
    first, second = np.meshgrid(nodes, nodes, indexing="ij")
    at = (u[0] + u[1] + first * (u[1] - u[0])) / 2, (v[0] + v[1] + second * (v[1] - v[0])) / 2
    # at these nodes the polynomials are orthogonal: each coefficient is one sum
    basis = chebyshev.chebvander(nodes, _DEGREE) * (2.0 / _NODES)
    basis[:, 0] /= 2
    values = function(at[0].ravel(), at[1].ravel())
    of_nodes = (np.asarray(part).reshape(_NODES, _NODES) for part in values)
    x, y = (np.einsum("ni,nm,mj->ij", basis, part, basis).tolist() for part in of_nodes)
    return {"u": list(u), "v": list(v), "x": x, "y": y}
