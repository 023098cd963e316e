"""Which cells of a grid lie in water: polygons filled row by row, however many points they have."""

from __future__ import annotations

import numpy as np
import shapely

from access92.cache.kernels import kernel


def water_cells(
    water: shapely.Geometry | None, x0: float, y0: float, cell_m: float, shape: tuple[int, int]
) -> np.ndarray:
    """Whether the centre of each cell is inside the water: bool (rows, columns), row 0 at the south.

    ``water``: a valid polygon, or several, in metres; None is no water. ``x0``, ``y0``: the south-west corner. Each
    edge of a ring turns the cells to its east over, from dry to wet or back (the even-odd rule), so that the
    rivers of a département cost milliseconds where asking a prepared polygon cell by cell takes seconds.

    >>> lake_with_island = shapely.box(0, 0, 5, 3).difference(shapely.box(2, 1, 3, 2))
    >>> water_cells(lake_with_island, 0, 0, 1, (4, 6)).astype(int).tolist()
    [[1, 1, 1, 1, 1, 0], [1, 1, 0, 1, 1, 0], [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]]
    """
    rows, columns = shape
    rings = shapely.get_rings(shapely.get_parts(water)) if water is not None else np.array([], dtype=object)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(places):
        return np.zeros(shape, dtype=bool)

    # in cells, so that the centre of row r has the height r: the rows whose centres an edge passes, its upper end not
    x, y = (places[:, 0] - x0) / cell_m - 0.5, (places[:, 1] - y0) / cell_m - 0.5
    edges = np.flatnonzero((ring[1:] == ring[:-1]) & (y[1:] != y[:-1]))
    low, high = np.minimum(y[edges], y[edges + 1]), np.maximum(y[edges], y[edges + 1])
    first = np.clip(np.ceil(low), 0, rows).astype(np.int64)
    count = np.clip(np.ceil(high), 0, rows).astype(np.int64) - first

    # where it passes each of them; all cells from there on to the east are turned over
    edge = np.repeat(edges, count)
    row = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    crossing = x[edge] + (row - y[edge]) / (y[edge + 1] - y[edge]) * (x[edge + 1] - x[edge])
    column = np.clip(np.ceil(crossing), 0, columns).astype(np.int64)
    turned, times = np.unique(row * (columns + 1) + column, return_counts=True)
    turns = np.zeros(rows * (columns + 1), dtype=np.uint8)
    turns[turned] = times & 1
    wet: np.ndarray = np.bitwise_xor.accumulate(turns.reshape(rows, columns + 1)[:, :columns], axis=1)
    return wet.view(bool)


@kernel
def cells_near(barred: np.ndarray, reach: int) -> np.ndarray:
    """Whether a barred cell (bool) lies at most ``reach`` rows and ``reach`` columns away: bool, of the same shape.

    >>> cells_near(np.array([[False, False, False, True]]), 1).tolist()
    [[False, False, True, True]]
    """
    rows, columns = barred.shape
    # along each row how many cells ago one was barred, from the west and from the east; then the same along columns
    beside, near = np.zeros((rows, columns), dtype=np.bool_), np.zeros((rows, columns), dtype=np.bool_)
    for row in range(rows):
        west = east = reach + 1
        for column in range(columns):
            west = 0 if barred[row, column] else west + 1
            beside[row, column] |= west <= reach
            east = 0 if barred[row, columns - 1 - column] else east + 1
            beside[row, columns - 1 - column] |= east <= reach
    for turn in range(2):
        ago = np.full(columns, reach + 1, dtype=np.int32)
        for step in range(rows):
            row = step if turn == 0 else rows - 1 - step
            for column in range(columns):
                ago[column] = 0 if beside[row, column] else ago[column] + 1
                near[row, column] |= ago[column] <= reach
    return near
