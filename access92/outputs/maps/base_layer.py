"""The base layer of the maps, drawn from our own streets: main roads, then generalised residential ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from access92.outputs.maps.encoding import Grid, pack_lines

_RANKS: tuple[tuple[str, ...], ...] = (
    ("motorway", "trunk", "motorway_link", "trunk_link"),
    ("primary", "secondary", "primary_link", "secondary_link"),
    ("tertiary", "tertiary_link", "unclassified"),
    ("residential", "living_street", "pedestrian", "road"),
)
_REST = 4  # paths, steps, service ways: left out of the page, unless the file has nothing else
_TOLERANCE_M = (6.0, 6.0, 6.0, 9.0, 9.0)  # Web Mercator metres: a third less on the ground in France


@dataclass(frozen=True, slots=True)
class BaseLayer:
    """Packed streets by rank, 0 = motorways … 3 = residential."""

    ranks: tuple[str, ...]
    n_streets: int

    def as_json(self) -> list[str]:
        """The layer as the page reads it."""
        return list(self.ranks)


def base_layer(streets: np.ndarray, highway: np.ndarray, grid: Grid) -> BaseLayer:
    """The streets (Web Mercator lines and their classes), simplified and packed; one known in both directions once.

    >>> from access92.outputs.maps.encoding import COARSE_CELLS, grid_over
    >>> there, back = shapely.linestrings([[[0, 0], [90, 0]], [[90, 0], [0, 0]]])
    >>> grid = grid_over((0, 0, 100, 100), n_cells=COARSE_CELLS)
    >>> base_layer(np.array([there, back]), np.array(["primary", "primary"]), grid).n_streets
    1
    """
    rank = road_ranks(highway)
    if not (rank < _REST).any():
        rank[:] = _REST - 1
    main_streets = np.flatnonzero(rank < _REST)
    lines, rank = streets[main_streets], rank[main_streets]
    order = _along_the_grid(lines)
    lines, rank = lines[order], rank[order]
    lines, rank = _each_once(lines, rank)
    packed = tuple(
        pack_lines(shapely.simplify(_joined(lines[rank == i]), _TOLERANCE_M[i], preserve_topology=False), grid)
        for i in range(_REST)
    )
    return BaseLayer(packed, len(lines))


def road_ranks(highway: np.ndarray) -> np.ndarray:
    """The rank of each class of streets (int64): 0 = motorways … 3 = residential, 4 = paths and the rest.

    >>> road_ranks(np.array(["trunk", "residential", "steps"])).tolist()
    [0, 3, 4]
    """
    rank = np.full(len(highway), _REST)
    for i, classes in enumerate(_RANKS):
        rank[np.isin(highway, classes)] = i
    return rank


def _joined(lines: np.ndarray) -> np.ndarray:
    """The lines of one rank joined where only two meet, neighbours one after the other.

    An extract cuts its streets where a lane or a path joins, which the map does not draw: of real streets
    four tenths of the bytes are saved, and what is drawn is the same.
    """
    if not len(lines):
        return lines
    joined = np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))))
    return np.asarray(joined[_along_the_grid(joined)])


def _each_once(lines: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without the lines that were there before, in the same order: matched by ends, length and bounds (0.1 m)."""
    if not len(lines):
        return lines, rank
    xy = shapely.get_coordinates(lines)
    after = np.cumsum(shapely.get_num_coordinates(lines))
    ends = np.hstack([xy[np.append(0, after[:-1])], xy[after - 1]])
    turned = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[turned] = ends[turned][:, [2, 3, 0, 1]]
    key = np.rint(10 * np.column_stack([ends, shapely.length(lines), shapely.bounds(lines)])).astype(np.int64)
    is_first = ~pd.DataFrame(key).duplicated().to_numpy()
    return lines[is_first], rank[is_first]


def _along_the_grid(lines: np.ndarray) -> np.ndarray:
    """The order that visits neighbouring lines one after the other: by squares of 300 m, row by row, to and fro."""
    bounds = shapely.bounds(lines)
    column = np.floor(bounds[:, 0] / 300).astype(np.int64)
    row = np.floor(bounds[:, 1] / 300).astype(np.int64)
    return np.lexsort((bounds[:, 1], bounds[:, 0], np.where(row % 2 == 0, column, -column), row))
