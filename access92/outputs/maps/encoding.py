"""Coordinates packed for a page: Web Mercator on a fine grid, delta-coded, base64.

A map of 40,000 places and 100,000 streets stays at one or two megabytes, and the page draws them
without projecting anything: screen = (origin + cell × step) × world size.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

_WORLD_M = 40_075_016.685578488  # circumference of the Web Mercator sphere
FINE_CELLS = 65_535
"""Cells a side of the grid of places: half a metre on a département; fits 16 bits."""

COARSE_CELLS = 16_383
"""Cells a side of the grid of lines: two metres on a département; most steps fit one byte."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A square grid over the study extent; ``x0``, ``y0``, ``step`` as fractions of the Web Mercator world."""

    x0: float
    y0: float
    step: float
    n_cells: int

    def cells(self, coords_3857: np.ndarray) -> np.ndarray:
        """Grid cells (int64, n × 2) of Web Mercator coordinates in metres; outside the grid they are clipped."""
        cells: np.ndarray = np.clip(np.rint(self._positions(coords_3857)), 0, self.n_cells).astype(np.int64)
        return cells

    def covers(self, coords_3857: np.ndarray) -> np.ndarray:
        """Whether Web Mercator coordinates (metres, n × 2) lie on the grid (bool, n).

        >>> grid = grid_over((0.0, 0.0, 100.0, 100.0), n_cells=10)
        >>> grid.covers(np.array([[50.0, 50.0], [50.0, 111.0]])).tolist()
        [True, False]
        """
        positions = self._positions(coords_3857)
        return np.asarray(((positions >= 0) & (positions <= self.n_cells)).all(axis=1))

    def _positions(self, coords_3857: np.ndarray) -> np.ndarray:
        """Positions on the grid, in cells (n × 2)."""
        x = coords_3857[:, 0] / _WORLD_M + 0.5
        y = 0.5 - coords_3857[:, 1] / _WORLD_M
        return np.column_stack([(x - self.x0) / self.step, (y - self.y0) / self.step])

    def as_json(self) -> list[float]:
        """The grid as the page reads it."""
        return [self.x0, self.y0, self.step]


def grid_over(bounds_3857: tuple[float, float, float, float], *, n_cells: int) -> Grid:
    """The square grid of ``n_cells`` + 1 positions a side that covers the bounds (Web Mercator metres).

    >>> grid = grid_over((0.0, 0.0, 65535.0, 100.0), n_cells=FINE_CELLS)
    >>> grid.cells(np.array([[0.0, 100.0], [65535.0, 0.0]])).tolist()
    [[0, 0], [65535, 100]]
    """
    left, bottom, right, top = bounds_3857
    side = max(right - left, top - bottom, 1.0) / _WORLD_M
    return Grid(left / _WORLD_M + 0.5, 0.5 - top / _WORLD_M, side / n_cells, n_cells)


def pack(values: np.ndarray, dtype: str) -> str:
    """An array as base64 of its little-endian bytes.

    >>> pack(np.array([1, 2]), "<u2")
    'AQACAA=='
    """
    return base64.b64encode(np.ascontiguousarray(values).astype(dtype).tobytes()).decode("ascii")


def varints(values: np.ndarray) -> bytes:
    """Signed integers as zigzag variable-length bytes (7 bits each, low first).

    >>> varints(np.array([0, -1, 1, 64])).hex()
    '0001028001'
    """
    signed = np.asarray(values, dtype=np.int64)
    left = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    n_bytes = np.ones(len(left), dtype=np.int64)
    for shift in (7, 14, 21, 28):
        n_bytes += left >= np.uint64(1 << shift)
    ends = np.cumsum(n_bytes)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    start = ends - n_bytes
    for i in range(int(n_bytes.max(initial=0))):
        has_byte = n_bytes > i
        bits = ((left[has_byte] >> np.uint64(7 * i)) & np.uint64(0x7F)).astype(np.uint8)
        more = (n_bytes[has_byte] > i + 1).astype(np.uint8) << 7
        out[start[has_byte] + i] = bits | more
    return out.tobytes()


def pack_paths(cells: np.ndarray, lengths: np.ndarray) -> str:
    """Paths as base64: for each its number of vertices, then x and y steps from the vertex before.

    The first vertex of a path steps from the last of the path before, so neighbours come cheap.
    ``cells``: int64 n × 2, all paths one after the other; ``lengths``: their numbers of vertices.
    """
    if len(cells) == 0:
        return ""
    steps = np.diff(cells, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    starts = 2 * (np.cumsum(lengths) - lengths)
    return base64.b64encode(varints(np.insert(steps, starts, lengths))).decode("ascii")


def to_mercator(frame: gpd.GeoDataFrame) -> np.ndarray:
    """The geometries of a table in Web Mercator metres (array of shapely geometries)."""
    return np.asarray(frame.geometry.to_crs("EPSG:3857").array)


def mercator_of_degrees(shapes: np.ndarray) -> np.ndarray:
    """Geometries in WGS 84 (longitude, latitude) in Web Mercator metres, to some nanometres as PROJ gives them.

    >>> east, north = shapely.get_coordinates(mercator_of_degrees(np.array([shapely.Point(180, 45)])))[0]
    >>> round(float(east), 6), round(float(north), 6)
    (20037508.342789, 5621521.486192)
    """
    radius_m = _WORLD_M / (2 * np.pi)

    def project(lon_lat: np.ndarray) -> np.ndarray:
        lon, lat = np.radians(lon_lat).T
        return radius_m * np.column_stack([lon, np.arcsinh(np.tan(lat))])

    return np.asarray(shapely.transform(shapes, project))


def pack_lines(lines: np.ndarray, grid: Grid) -> str:
    """LineStrings (Web Mercator) as packed paths; consecutive vertices in one cell become one."""
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    return _pack_owned(grid.cells(coords), owner)


def pack_polygons(polygons: np.ndarray, grid: Grid, *, tolerance_m: float) -> list[list[str]]:
    """Polygons or MultiPolygons (Web Mercator): for each, its polygons, each as packed paths (shell, then holes).

    Rings are simplified one by one, and those smaller than a square of ``4 × tolerance_m`` are left out: the page
    fills by the even-odd rule and needs no valid polygons, which are slow to keep valid.
    """
    return [_pack_parts(shape, grid, tolerance_m) for shape in polygons]


def _pack_parts(shape: shapely.Geometry, grid: Grid, tolerance_m: float) -> list[str]:
    parts = shapely.get_parts(shape)
    rings, owner = shapely.get_rings(parts, return_index=True)
    large = np.flatnonzero(shapely.area(shapely.polygons(rings)) > (4 * tolerance_m) ** 2)
    rings, owner = rings[large], owner[large]
    rings = shapely.simplify(rings, tolerance_m, preserve_topology=False)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    return [pack_lines(group, grid) for group in np.split(rings, first[1:]) if len(group)]


def _pack_owned(cells: np.ndarray, owner: np.ndarray) -> str:
    keep = np.ones(len(cells), dtype=bool)
    keep[1:] = (owner[1:] != owner[:-1]) | (cells[1:] != cells[:-1]).any(axis=1)
    _, lengths = np.unique(owner[keep], return_counts=True)
    return pack_paths(cells[keep], lengths)
