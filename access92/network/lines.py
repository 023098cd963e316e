"""The vertices of streets (metres) in two arrays: unpacked once, however many steps need them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92._concurrency import locked_cached_property


@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """Lines behind one another: ``coordinates`` (n, 2) in metres; line i has the vertices offsets[i]:offsets[i + 1]."""

    coordinates: np.ndarray
    offsets: np.ndarray  # int64, one more than lines

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, rows: np.ndarray) -> StreetLines:
        """The lines of ``rows``, in their order."""
        counts = self.offsets[rows + 1] - self.offsets[rows]
        offsets = np.append(0, np.cumsum(counts))
        at = np.repeat(self.offsets[rows] - offsets[:-1], counts) + np.arange(offsets[-1])
        return StreetLines(self.coordinates[at], offsets)

    def bounds(self) -> np.ndarray:
        """The bounding box of each line: (n_lines, 4) min x, min y, max x, max y."""
        if len(self) == 0:
            return np.empty((0, 4))
        starts = self.offsets[:-1]
        return np.hstack([np.minimum.reduceat(self.coordinates, starts), np.maximum.reduceat(self.coordinates, starts)])


def street_lines(lines: np.ndarray) -> StreetLines:
    """The vertices of an array of LineStrings, to the centimetre (:func:`whole_cm`); heights are left out.

    >>> lines = street_lines(np.array([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(5, 5), (6, 7)])]))
    >>> lines.offsets.tolist(), lines.part(np.array([1])).coordinates.tolist()
    ([0, 2, 4], [[5.0, 5.0], [6.0, 7.0]])
    """
    if len(lines) == 0:
        return StreetLines(np.empty((0, 2)), np.zeros(1, dtype=np.int64))
    _, coordinates, offsets = shapely.to_ragged_array(lines)
    return StreetLines(whole_cm(coordinates[:, :2]), offsets[0].astype(np.int64))


def whole_cm(metres: np.ndarray) -> np.ndarray:
    """Coordinates in metres (float64), each the nearest whole centimetre.

    As fine as OpenStreetMap's own steps, and the same number for whoever reads it, a page in a browser too: where a
    place links then follows from whole numbers, and not from what a projection leaves in the twelfth decimal.

    >>> whole_cm(np.array([12.3449999, 0.1 + 0.2])).tolist()
    [12.34, 0.3]
    """
    rounded: np.ndarray = np.rint(np.asarray(metres, dtype=np.float64) * 100) / 100
    return rounded


@dataclass(frozen=True, eq=False)
class SharedLines:
    """The vertices of all the streets of a table, unpacked at the first question, once for all."""

    streets: gpd.GeoSeries

    @locked_cached_property
    def lines(self) -> StreetLines:
        """The vertices."""
        return street_lines(self.streets.to_numpy())

    @locked_cached_property
    def bounds(self) -> np.ndarray:
        """The bounding box of each street: (n, 4) min x, min y, max x, max y."""
        return self.lines.bounds()
