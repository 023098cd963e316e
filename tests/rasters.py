"""Small rasters of heights, from a formula of the coordinates in metres."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.errors import NotGeoreferencedWarning

Heights = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Heights (m) at x, y of EPSG:2154."""


def write_raster(
    path: Path,
    heights: Heights,
    bounds: tuple[float, float, float, float],
    *,
    cell: float = 5.0,
    crs: str | None = "EPSG:2154",
    holes: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    bands: int = 1,
) -> Path:
    """A GeoTIFF whose cells have the heights of their centres; ``bounds`` and ``cell`` in the units of ``crs``."""
    west, south, east, north = bounds
    columns, rows = round((east - west) / cell), round((north - south) / cell)
    x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * cell, north - (np.arange(rows) + 0.5) * cell)
    if crs not in (None, "EPSG:2154"):
        x, y = pyproj.Transformer.from_crs(crs, "EPSG:2154", always_xy=True).transform(x, y)
    values = heights(x, y).astype("float32")
    if holes is not None:
        values[holes(x, y)] = -9999
    options = {} if crs is None else {"crs": crs, "transform": rasterio.Affine(cell, 0, west, 0, -cell, north)}
    warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=bands, dtype="float32", nodata=-9999, **options
    ) as out:
        for band in range(bands):
            out.write(values, band + 1)
    return path
