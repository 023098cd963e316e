"""Results that differ in anything that files show have another fingerprint, also where they read alike by points."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.outputs.results_fingerprint import results_fingerprint
from access92.run.results import Results


def with_first(table: gpd.GeoDataFrame, shape: shapely.Geometry) -> gpd.GeoDataFrame:
    shapes = table.geometry.to_numpy().copy()
    shapes[0] = shape
    return gpd.GeoDataFrame(table.drop(columns=table.geometry.name), geometry=shapes, crs=table.crs)


LINES = np.array([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)])
OUTER, INNER = shapely.box(0, 0, 9, 9), shapely.box(1, 1, 2, 2)
SAME_POINTS = {
    "lines cut elsewhere": (
        shapely.MultiLineString([LINES[:2], LINES[2:]]),
        shapely.LineString(LINES),
    ),
    "parts cut elsewhere": (
        shapely.MultiLineString([LINES[[0, 1]], LINES[[2, 3, 0]]]),
        shapely.MultiLineString([LINES[[0, 1, 2]], LINES[[3, 0]]]),
    ),
    "a hole, or another part": (
        shapely.Polygon(OUTER.exterior, [INNER.exterior]),
        shapely.MultiPolygon([OUTER, INNER]),
    ),
    "one part, or its polygon": (OUTER, shapely.MultiPolygon([OUTER])),
}


@pytest.mark.parametrize("name", ["streets", "areas", "isochrones"])
@pytest.mark.parametrize("case", SAME_POINTS)
def test_shapes_of_the_same_points_are_not_the_same(results: Results, name: str, case: str) -> None:
    one, other = SAME_POINTS[case]
    assert shapely.get_coordinates(one).tolist() == shapely.get_coordinates(other).tolist()
    table = getattr(results, name)
    prints = [results_fingerprint(replace(results, **{name: with_first(table, shape)})) for shape in (one, other)]
    assert prints[0] != prints[1]


def test_a_point_that_moves_and_one_that_changes_places_are_told(results: Results) -> None:
    table = results.isochrones
    shapes = table.geometry.to_numpy()
    moved = shapely.transform(shapes[0], lambda xy: xy + np.array([1e-6, 0]))
    swapped = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes[::-1], crs=table.crs)
    prints = {
        results_fingerprint(replace(results, isochrones=item)) for item in (table, with_first(table, moved), swapped)
    }
    assert len(prints) == 3


def test_times_of_the_same_bytes_are_not_the_same(results: Results) -> None:
    prints = set()
    mode, times = next(iter(results.travel_times.items()))
    for minutes in (times.minutes, times.minutes.T, times.minutes.view(f"i{times.minutes.itemsize}")):
        read = np.ascontiguousarray(times.minutes).reshape(minutes.shape).view(minutes.dtype)
        prints.add(results_fingerprint(replace(results, travel_times={mode: replace(times, minutes=read)})))
    assert len(prints) == 3
