"""Made-up streets of any size: a jittered grid with missing edges, built into a network by our real path."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SPACING_M = 60.0
"""Between crossings: about 280 nodes a km², as on foot in a dense town."""

_KEPT_SHARE = 0.82  # of the edges of the grid: 3.3 streets at a crossing, as in OSM
_JITTER = 0.3  # of the spacing
_SEED = 92
_LARGEST_ID = 2**40  # OSM node ids tell nothing of where a node is
CRS = "EPSG:2154"


def make_grid_streets(node_count: int, *, seed: int = _SEED) -> gpd.GeoDataFrame:
    """Streets (contract ``tables.STREETS``) of about ``node_count`` crossings, numbered at random as in OSM.

    One street in ten is one-way for vehicles. Lengths are those of the straight lines, 15 % longer where bent.

    >>> streets = make_grid_streets(100)
    >>> len(streets) > 120, streets["from_node"].is_unique
    (True, False)
    """
    rng = np.random.default_rng(seed)
    side = max(2, round(math.sqrt(node_count)))
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    jitter_m = rng.uniform(-_JITTER, _JITTER, size=(2, side * side)) * SPACING_M
    xy = np.stack([column.ravel() * SPACING_M + jitter_m[0], row.ravel() * SPACING_M + jitter_m[1]], axis=1)
    xy += (640_000.0, 6_860_000.0)
    node = np.arange(side * side).reshape(side, side)
    start = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    end = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    kept = rng.random(len(start)) < _KEPT_SHARE
    start, end = start[kept], end[kept]
    turned = rng.random(len(start)) < 0.5  # noqa: PLR2004 - a street is drawn in either direction
    start, end = np.where(turned, end, start), np.where(turned, start, end)
    line = np.stack([xy[start], xy[end]], axis=1)
    osm_id = _distinct_ids(rng, side * side)
    order = rng.permutation(len(start))
    bend = np.where(rng.random(len(start)) < 0.2, 1.15, 1.0)  # noqa: PLR2004 - one street in five
    classes = np.array(["residential", "tertiary", "footway", "service"])
    frame = pd.DataFrame(
        {
            "edge_id": pd.Series(np.arange(len(start))).map("w{}-0".format),
            "from_node": osm_id[start][order],
            "to_node": osm_id[end][order],
            "length_m": (np.hypot(*(line[:, 1] - line[:, 0]).T) * bend)[order],
            "highway": pd.Categorical(classes[rng.choice(4, size=len(start), p=[0.6, 0.15, 0.15, 0.1])]),
            "oneway": pd.Categorical(np.where(rng.random(len(start)) < 0.1, "yes", "")),  # noqa: PLR2004
            "maxspeed_kmh": np.nan,
        },
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.linestrings(line[order]), crs=CRS)


def scatter_points(streets: gpd.GeoDataFrame, count: int, *, seed: int = _SEED) -> gpd.GeoSeries:
    """Points within 50 m of streets taken at random: doors.

    >>> len(scatter_points(make_grid_streets(100), 5))
    5
    """
    rng = np.random.default_rng(seed)
    lines = streets.geometry.to_numpy()[rng.integers(len(streets), size=count)]
    on_street = shapely.line_interpolate_point(lines, rng.random(count), normalized=True)
    angle, away_m = rng.uniform(0, 2 * math.pi, count), rng.uniform(0, 50, count)
    x, y = shapely.get_x(on_street) + away_m * np.cos(angle), shapely.get_y(on_street) + away_m * np.sin(angle)
    return gpd.GeoSeries(shapely.points(x, y), crs=streets.crs)


def _distinct_ids(rng: np.random.Generator, count: int) -> np.ndarray:
    ids = np.unique(rng.integers(1, _LARGEST_ID, size=count + count // 100 + 10))
    chosen: np.ndarray = rng.permutation(ids)[:count]
    return chosen
