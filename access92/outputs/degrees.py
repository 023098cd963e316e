"""The isochrones of a run in degrees, each shape once: they have millions of vertices, and several files draw them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from access92._space import points_digest

WGS84 = "EPSG:4326"


class Degrees:
    """Shapes that were projected, told apart by their points; many rows of a table share one object."""

    def __init__(self) -> None:
        self._number_of_object: dict[int, int] = {}
        self._number_of_points: dict[bytes, int] = {}
        self._objects: list[shapely.Geometry] = []  # no other object takes the id of one that is kept
        self._projected: dict[int, shapely.Geometry] = {}

    def __reduce__(self) -> tuple[type[Degrees], tuple[()]]:
        """Another process gets none of them: it projects what it draws."""
        return Degrees, ()

    def numbers(self, shapes: gpd.GeoSeries) -> np.ndarray:
        """The number of each shape (int64): the same for the same points, whichever series it is in."""
        return np.array([self._number(shape) for shape in shapes.array], dtype=np.int64)

    def of(self, shapes: gpd.GeoSeries) -> np.ndarray:
        """The shapes in WGS 84 (longitude, latitude), as an array.

        >>> paris = gpd.GeoSeries([shapely.Point(652469, 6862035)] * 2, crs=2154)
        >>> [(round(place.x, 3), round(place.y, 3)) for place in Degrees().of(paris)]
        [(2.352, 48.857), (2.352, 48.857)]
        """
        numbers = self.numbers(shapes)
        different, first = np.unique(numbers, return_index=True)
        new = np.array([number not in self._projected for number in different.tolist()], dtype=bool)
        if new.any():
            projected = shapes.iloc[first[new]].to_crs(WGS84).array
            self._projected |= dict(zip(different[new].tolist(), projected, strict=True))
        found = np.empty(len(numbers), dtype=object)
        found[:] = [self._projected[number] for number in numbers.tolist()]
        return found

    def _number(self, shape: shapely.Geometry) -> int:
        number = self._number_of_object.get(id(shape))
        if number is None:
            number = self._number_of_points.setdefault(points_digest(shape), len(self._number_of_points))
            self._objects.append(shape)
            self._number_of_object[id(shape)] = number
        return number
