"""What the maps draw under the data besides streets and water: woods and parks, railways, stations, names of places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from access92.outputs.maps.encoding import Grid, pack_lines, pack_polygons, to_mercator
from access92.outputs.words.typography import typeset
from access92.sources.surroundings import PLACE_KINDS, Surroundings

_GREEN_TOLERANCE_M = 12.0
_RAIL_TOLERANCE_M = 9.0  # Web Mercator metres: a third less on the ground in France


@dataclass(frozen=True, slots=True, eq=False)
class SurroundingsLayer:
    """The packed surroundings: green by kind as polygons, rails as paths, points as cells of the grid with a name.

    ``places`` carry the rank of their kind, 0 for the widest (:data:`access92.sources.surroundings.PLACE_KINDS`);
    ``nature``, rivers first, then the largest, the kind of what is named.
    """

    green: dict[str, list[str]]
    rails: str
    stations: list[list[Any]]
    places: list[list[Any]]
    nature: list[list[Any]]

    def as_json(self) -> dict[str, Any]:
        """The layer as the page reads it; {} where nothing is known, so that such a page grows by nothing."""
        parts = {
            "green": self.green,
            "rails": self.rails,
            "stations": self.stations,
            "places": self.places,
            "nature": self.nature,
        }
        return {name: part for name, part in parts.items() if part}


def surroundings_layer(surroundings: Surroundings, grid: Grid) -> SurroundingsLayer:
    """Pack the surroundings on the grid of the streets of a map.

    >>> from access92.outputs.maps.encoding import COARSE_CELLS, grid_over
    >>> from access92.sources.surroundings import surroundings_of
    >>> town = surroundings_of([("place", "town", "Sèvres", shapely.Point(2.2, 48.8))], 4326)
    >>> grid = grid_over((244900, 6243000, 261300, 6259400), n_cells=COARSE_CELLS)
    >>> surroundings_layer(town, grid).as_json()
    {'places': [[3, 16383, 1, 'Sèvres']]}
    """
    green, rails = surroundings.layer("green"), surroundings.layer("rail")
    surfaces = pack_polygons(to_mercator(green), grid, tolerance_m=_GREEN_TOLERANCE_M)
    lines = shapely.simplify(shapely.get_parts(to_mercator(rails)), _RAIL_TOLERANCE_M, preserve_topology=False)
    stations, places, nature = (surroundings.layer(name) for name in ("station", "place", "nature"))
    return SurroundingsLayer(
        green=dict(zip(green["kind"], surfaces, strict=True)),
        rails=pack_lines(lines, grid) if len(lines) else "",
        stations=[
            [x, y, typeset(name)]
            for (x, y), name in zip(_cells(to_mercator(stations), grid), stations["name"], strict=True)
        ],
        places=[
            [x, y, PLACE_KINDS.index(kind), typeset(name)]
            for (x, y), kind, name in zip(
                _cells(to_mercator(places), grid), places["kind"], places["name"], strict=True
            )
        ],
        nature=[
            [x, y, kind, typeset(name)]
            for (x, y), kind, name in zip(
                _cells(to_mercator(nature), grid), nature["kind"], nature["name"], strict=True
            )
        ],
    )


def _cells(points: np.ndarray, grid: Grid) -> list[list[int]]:
    coordinates = shapely.get_coordinates(points)
    return grid.cells(coordinates).tolist() if len(coordinates) else []
