"""The isochrones of a run are projected once, for whichever files draw them, and to the metre as PROJ does."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.outputs.degrees import WGS84, Degrees
from access92.outputs.maps.encoding import mercator_of_degrees, to_mercator


def shapes_of(*sizes_m: float) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        [shapely.box(650_000, 6_860_000, 650_000 + size, 6_860_000 + size) for size in sizes_m], crs=2154
    )


def test_each_different_shape_is_projected_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    projected: list[int] = []
    to_crs = gpd.GeoSeries.to_crs

    def counted(shapes: gpd.GeoSeries, crs: str) -> gpd.GeoSeries:
        projected.append(len(shapes))
        return to_crs(shapes, crs)

    monkeypatch.setattr(gpd.GeoSeries, "to_crs", counted)
    degrees, shapes = Degrees(), shapes_of(10, 20, 10)
    found = degrees.of(shapes)
    assert found[0] is found[2]
    assert projected == [2]
    again = degrees.of(shapes_of(20, 30))  # other objects, of which one has the same bytes
    assert again[0] is found[1]
    assert projected == [2, 1]
    assert degrees.numbers(shapes_of(30, 10, 20)).tolist() == [2, 0, 1]
    np.testing.assert_array_equal(
        shapely.get_coordinates(found), shapely.get_coordinates(np.asarray(to_crs(shapes, WGS84).array))
    )


def test_web_mercator_from_degrees_is_that_of_proj() -> None:
    rng = np.random.default_rng(92)
    places = gpd.GeoDataFrame(
        geometry=shapely.points(rng.uniform((100_000, 6_100_000), (1_200_000, 7_100_000), (999, 2))), crs=2154
    )
    direct = shapely.get_coordinates(to_mercator(places))
    by_degrees = shapely.get_coordinates(mercator_of_degrees(Degrees().of(places.geometry)))
    np.testing.assert_allclose(by_degrees, direct, rtol=0, atol=1e-7)
