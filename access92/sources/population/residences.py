"""Where people may live: points along the residential streets, and the area each point belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._concurrency import prepared_copy

RESIDENTIAL_HIGHWAYS = frozenset(
    {"residential", "living_street", "unclassified", "tertiary", "secondary", "primary", "pedestrian", "road"},
)
"""Streets that doors give onto: no motorway, trunk, footpath or service way."""

PIECE_M = 100.0
"""Longest piece of street that one point stands for, in metres."""

NOWHERE = -1
"""The area of a point that lies in none."""


@dataclass(frozen=True, slots=True)
class StreetPoints:
    """Points along streets, in metres: ``length_m`` is the length of street that each stands for."""

    x: np.ndarray
    y: np.ndarray
    length_m: np.ndarray


def residential_points(streets: gpd.GeoDataFrame, *, piece_m: float = PIECE_M) -> StreetPoints:
    """The middles of the pieces, of equal length and ``piece_m`` at most, of every residential street.

    Bridges, tunnels and squares mapped as surfaces bear nobody. Sorted by place (x, then y, then length),
    so that the order of the streets does not matter.

    Examples
    --------
    >>> from shapely import LineString
    >>> street = gpd.GeoDataFrame(
    ...     {"highway": ["residential"], "length_m": [150.0]}, geometry=[LineString([(0, 0), (150, 0)])], crs=2154)
    >>> residential_points(street).x.tolist()
    [37.5, 112.5]
    """
    residential = streets["highway"].isin(RESIDENTIAL_HIGHWAYS).to_numpy()
    for tag in ("bridge", "tunnel", "area"):
        if tag in streets.columns:
            residential = residential & streets[tag].fillna("").isin(("", "no")).to_numpy()
    lines = streets.geometry.to_numpy()[residential]
    length_m = streets["length_m"].to_numpy(dtype=float)[residential]

    # equal pieces, so that a long street bears people all along and not at its ends
    pieces = np.maximum(1, np.ceil(length_m / piece_m - 1e-9)).astype(np.int64)
    line_of = np.repeat(np.arange(len(lines)), pieces)
    rank = np.arange(len(line_of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middles = shapely.line_interpolate_point(lines[line_of], (rank + 0.5) / pieces[line_of], normalized=True)
    x, y, share_m = shapely.get_x(middles), shapely.get_y(middles), length_m[line_of] / pieces[line_of]
    order = np.lexsort((share_m, y, x))
    order = order[share_m[order] > 0]
    return StreetPoints(x=x[order], y=y[order], length_m=share_m[order])


def area_of_points(x: np.ndarray, y: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """The row of the polygon that each point lies in (int64), NOWHERE where none.

    A point on a border, or where polygons overlap, belongs to the first of them.

    >>> halves = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> area_of_points(np.array([0.5, 1.0, 1.5, 9.0]), np.array([0.5, 0.5, 0.5, 0.5]), halves).tolist()
    [0, 0, 1, -1]
    """
    area = np.full(len(x), NOWHERE, dtype=np.int64)
    if len(x) == 0 or len(polygons) == 0:
        return area
    # Points in strips of x, sorted: each polygon looks only at the slice under its own box.
    order = np.argsort(x, kind="stable")
    sorted_x, sorted_y = x[order], y[order]
    bounds = shapely.bounds(polygons)
    first = np.searchsorted(sorted_x, bounds[:, 0], side="left")
    last = np.searchsorted(sorted_x, bounds[:, 2], side="right")
    polygons = prepared_copy(polygons)
    for row in range(len(polygons) - 1, -1, -1):  # backwards: the first polygon has the last word
        if last[row] <= first[row]:
            continue
        heights = sorted_y[first[row] : last[row]]
        inside_box = first[row] + np.flatnonzero((heights >= bounds[row, 1]) & (heights <= bounds[row, 3]))
        hits = shapely.intersects_xy(polygons[row], sorted_x[inside_box], sorted_y[inside_box])
        area[order[inside_box[hits]]] = row
    return area


def spatial_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The rows along a Hilbert curve: neighbours in place are neighbours in the table.

    >>> spatial_order(np.array([5.0, 0.0]), np.array([5.0, 0.0])).tolist()
    [1, 0]
    """
    if len(x) == 0:
        return np.zeros(0, dtype=np.int64)
    points = gpd.GeoSeries(gpd.points_from_xy(x, y))
    return np.lexsort((y, x, points.hilbert_distance(level=16).to_numpy()))


def demand_table(
    x: np.ndarray,
    y: np.ndarray,
    *,
    area_ids: np.ndarray,
    population: np.ndarray,
    ages: dict[str, np.ndarray],
    crs: object,
    ids: np.ndarray | None = None,
    unit_ids: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    """The demand table (contract DEMAND), sorted by ``demand_id``.

    Without ``ids`` the points are numbered along a Hilbert curve, from d000001. ``unit_ids``: the cell or polygon that
    the people of each point come from, '' for none; without it each point is a unit of its own.
    """
    order = spatial_order(x, y) if ids is None else np.argsort(ids.astype(str), kind="stable")
    if ids is None:
        width = max(6, len(str(len(x))))
        names = np.array([f"d{number:0{width}d}" for number in range(1, len(x) + 1)], dtype=object)
    else:
        names = ids[order]
    units = names if unit_ids is None else unit_ids[order]
    columns = {"demand_id": names, "area_id": area_ids[order], "unit_id": units, "population": population[order]}
    columns |= {name: values[order] for name, values in ages.items()}
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=gpd.points_from_xy(x[order], y[order]), crs=crs)
