"""A grid over the streets of a network: for each cell the nearest usable street, and the time to its ends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely
from scipy import ndimage

from access92._space import LINK_RADIUS_M
from access92.cache.kernels import kernel
from access92.errors import input_error
from access92.network.graph import Network
from access92.network.lines import StreetLines, street_lines
from access92.network.linkable import is_linkable
from access92.network.modes import Family
from access92.network.snapping import NOT_SNAPPED
from access92.network.street_index import StreetIndex, index_lines, nearest_lines
from access92.travel.matrix import access_leg_ms, exit_ms
from access92.travel.water_cells import water_cells

CELL_M: Mapping[Family, float] = MappingProxyType({"foot": 15.0, "bicycle": 20.0, "car": 15.0})
"""Sides of the cells; docs/method.md says how many people are on the wrong side of what is drawn from them."""

OFF_STREET_M = 300.0
"""How far from a street an isochrone reaches where nothing else is said: the ``max_snap_m`` of a study by default."""

_NEAR_M = 50.0
"""Up to so far streets write into the cells around them; the fewer cells beyond look their street up in an index."""

MOST_CELLS = 16_000_000
"""Cells that any grid may have (about 600 MB while it is built): those of 60 km by 60 km on foot."""

CELLS_A_POINT = 200
"""More only where streets have so many points: memory is bounded by the size of their file. Real streets have 10."""

_BARRED = 2
_ROUNDED = 1.000001  # so that rounding does not leave out a segment at the very limit

_CELLS_AT_ONCE = 1_000_000
"""Twelve bytes each: what a core works on, while the streets come in any order."""


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Cells of ``cell_m`` metres; arrays are (rows, columns), row 0 at the south.

    ``street``/``position``: the nearest usable street within ``off_street_m`` of the cell centre
    (NOT_SNAPPED where none, or where a barrier lies between) and the place along it (0–1);
    ``access_leg_ms``: from the cell to it. ``node_*``/``ms_*``: the ends of that street, ahead and back, and the
    time to each (:func:`access92.travel.matrix.exit_ms`).
    """

    x0: float
    y0: float
    cell_m: float
    off_street_m: float
    link_radius_m: float  # how much further than its nearest a cell may use another street
    street: np.ndarray
    position: np.ndarray
    access_leg_ms: np.ndarray
    node_ahead: np.ndarray
    ms_ahead: np.ndarray
    node_back: np.ndarray
    ms_back: np.ndarray
    street_bounds: np.ndarray  # (n_streets, 4) minx, miny, maxx, maxy in metres

    def window(self, bounds: np.ndarray) -> tuple[int, int, int, int]:
        """Rows and columns (first, last + 1) of the cells that streets inside a bounding box may hold."""
        rows, columns = self.street.shape
        pad_m = self.off_street_m
        first_column = max(0, int((bounds[0] - pad_m - self.x0) // self.cell_m))
        first_row = max(0, int((bounds[1] - pad_m - self.y0) // self.cell_m))
        last_column = min(columns, int((bounds[2] + pad_m - self.x0) // self.cell_m) + 2)
        last_row = min(rows, int((bounds[3] + pad_m - self.y0) // self.cell_m) + 2)
        return first_row, last_row, first_column, last_column


def build_time_grid(
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    cell_m: float | None = None,
    off_street_m: float = OFF_STREET_M,
    link_radius_m: float = LINK_RADIUS_M,
    barriers: shapely.Geometry | None = None,
    lines: StreetLines | None = None,
) -> TimeGrid:
    """The grid of a network: each cell is snapped to the street nearest to its centre, exactly, that serves homes.

    ``cell_m`` follows the family of the mode: :data:`CELL_M`. ``off_street_m``: the longest walk off the streets, the
    ``max_snap_m`` of the study, so that the drawing goes as far as places are snapped. ``barriers`` (water, in the CRS
    of the streets): a cell is not snapped by a straight way that touches another cell inside them, but for the cells
    beside a bridge. So water is filled one cell from its shore, for the people of its quays
    (:func:`access92.travel.isochrones.draw_all` cuts it out again), and one to each side of a bridge, which no
    isochrone cuts; no further. ``lines``: those of all the streets, where they are unpacked already.
    """
    # the extent, on whole multiples of the cell: the same cells whatever streets lie at the border
    cell_m = CELL_M[network.mode.family] if cell_m is None else cell_m
    usable = (street_lines(streets.geometry.to_numpy()) if lines is None else lines).part(network.street_row)
    bounds = usable.bounds()
    # cells are snapped as homes are: to streets from which the rest is reached, with doors where there are any
    with_doors = is_linkable(streets)[network.street_row] & network.serves_demand
    number = np.flatnonzero(with_doors if with_doors.any() else network.serves_demand).astype(np.int32)
    linkable = usable.part(number)
    x0, y0 = (np.floor((bounds[:, :2].min(axis=0) - off_street_m) / cell_m) - 1) * cell_m
    columns, rows = (np.ceil((bounds[:, 2:].max(axis=0) + off_street_m - (x0, y0)) / cell_m) + 2).astype(int)
    if rows * columns > max(MOST_CELLS, CELLS_A_POINT * len(usable.coordinates)):
        raise input_error(
            "Les rues sont trop dispersées pour dessiner les isochrones.",
            f"rues sur {columns * cell_m / 1000:.0f} km par {rows * cell_m / 1000:.0f} km, "
            f"pour {len(usable.coordinates)} points",
            "Retirer les rues isolées au loin, ou étudier chaque territoire à part.",
        )

    # 2 where a cell is water, 1 where water is near enough to bar a way to a street, 0 where no way need be looked at
    barred = water_cells(barriers, x0, y0, cell_m, (int(rows), int(columns)))
    bars = _widened(barred, int(off_street_m / cell_m) + 1).astype(np.uint8) + barred
    street = np.full((rows, columns), NOT_SNAPPED, dtype=np.int32)
    along_m = np.zeros((rows, columns), dtype=np.float32)
    distance_m = np.full((rows, columns), np.inf, dtype=np.float32)
    # each core takes bands of rows, so that no two write one cell, no larger than what stays near the processor
    count = max(os.cpu_count() or 1, int(rows * columns) // _CELLS_AT_ONCE)
    bands = np.linspace(0, rows, count + 1).astype(int)
    length_m = np.maximum(shapely.length(streets.geometry.to_numpy()[network.street_row]), 1e-9).astype(np.float32)
    position = np.empty((rows, columns), dtype=np.float32)
    leg_ms, node_ahead, ms_ahead, node_back, ms_back = (np.empty((rows, columns), dtype=np.int32) for _ in range(5))

    index = index_lines(linkable) if off_street_m > _NEAR_M else None

    def fill_band(first: int, last: int) -> None:
        _snap_cells(
            linkable.coordinates, linkable.offsets, x0, y0, cell_m, min(off_street_m, _NEAR_M), bars, first, last,
            street, along_m, distance_m,
        )  # fmt: skip
        band = slice(first, last)
        if index is not None:
            _snap_far_cells(index, x0, y0, cell_m, off_street_m, bars, first, last, street, along_m, distance_m)
        street[band] = np.where(street[band] == NOT_SNAPPED, NOT_SNAPPED, number[street[band]])
        snapped = street[band] != NOT_SNAPPED
        any_street = np.where(snapped, street[band], 0)
        position[band] = np.clip(along_m[band] / length_m[any_street], 0, 1)
        # beside a street, straight lines between centres would cut off the valley that times form along it: within one
        # cell of it, cells are moved nearer, so that what is drawn is right on the street and beside it, on average
        walk_m = np.minimum(distance_m[band], np.maximum(0, 1.5 * distance_m[band] - 0.5 * cell_m))
        leg_ms[band] = access_leg_ms(network, np.where(snapped, walk_m, 0))
        ms_ahead[band], ms_back[band] = exit_ms(network, street[band], position[band], leg_ms[band])
        node_ahead[band] = network.leave_to_node[any_street]
        node_back[band] = network.leave_from_node[any_street]

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        list(pool.map(fill_band, bands[:-1], bands[1:]))
    return TimeGrid(
        x0=float(x0),
        y0=float(y0),
        cell_m=cell_m,
        off_street_m=off_street_m,
        link_radius_m=link_radius_m,
        street=street,
        position=position,
        access_leg_ms=leg_ms,
        node_ahead=node_ahead,
        ms_ahead=ms_ahead,
        node_back=node_back,
        ms_back=ms_back,
        street_bounds=bounds,
    )


def _widened(barred: np.ndarray, by: int) -> np.ndarray:
    """Whether a barred cell lies at most ``by`` rows and columns away: elsewhere no way need be looked at.

    >>> _widened(np.array([[False, False, False, True]]), 1).tolist()
    [[False, False, True, True]]
    """
    wide: np.ndarray = ndimage.maximum_filter(barred, size=2 * by + 1, mode="constant")
    return wide


def _snap_far_cells(  # noqa: PLR0913 - beside the loop that it goes on from
    index: StreetIndex,
    x0: float,
    y0: float,
    cell_m: float,
    cap_m: float,
    bars: np.ndarray,
    from_row: int,
    to_row: int,
    street: np.ndarray,
    along_m: np.ndarray,
    distance_m: np.ndarray,
) -> None:
    """Snap the cells of some rows that :func:`_snap_cells` left to their nearest street within ``cap_m``.

    Where water bars the way to it, not at all: beyond the first metres nobody is snapped to a street further off.
    """
    row, column = np.nonzero(street[from_row:to_row] == NOT_SNAPPED)
    row += from_row
    x, y = x0 + (column + 0.5) * cell_m, y0 + (row + 0.5) * cell_m
    line, position, away_m = nearest_lines(index, x, y, limit_m=cap_m)
    near = line != NOT_SNAPPED
    row, column, x, y, line, away_m = row[near], column[near], x[near], y[near], line[near], away_m[near]
    before_m = position[near] * index.length_m[line]
    first = np.searchsorted(index.line, line)
    is_free = _free_ways(index.segments, first, before_m, x, y, x0, y0, cell_m, bars)
    cells = (row[is_free], column[is_free])
    street[cells], along_m[cells], distance_m[cells] = line[is_free], before_m[is_free], away_m[is_free]


@kernel
def _snap_cells(  # noqa: PLR0913 - one hot loop, flat arguments for numba
    coordinates: np.ndarray,
    offsets: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
    cap_m: float,
    bars: np.ndarray,
    from_row: int,
    to_row: int,
    street: np.ndarray,
    along_m: np.ndarray,
    distance_m: np.ndarray,
) -> None:
    """Snap each cell of rows ``from_row`` to ``to_row`` (excluded) to the nearest segment within ``cap_m``.

    Of segments at one distance the first. Streets write into the cells around them, not cells look for streets: of
    the few cells near a segment most are ruled out by a product, without a search.

    ``bars`` (uint8): 0 where no barred cell is near, 1 where one is, 2 where the cell is barred itself.
    """
    columns = street.shape[1]
    for line in range(len(offsets) - 1):
        before_m = 0.0
        for i in range(offsets[line], offsets[line + 1] - 1):
            # the cells of this band whose centres may lie within the cap of the segment
            ax, ay = coordinates[i]
            bx, by = coordinates[i + 1]
            dx, dy = bx - ax, by - ay
            length2 = dx * dx + dy * dy
            length_m = np.sqrt(length2)
            first_row = max(from_row, int((min(ay, by) - cap_m - y0) / cell_m - 0.5))
            last_row = min(to_row - 1, int((max(ay, by) + cap_m - y0) / cell_m))
            first_column = max(0, int((min(ax, bx) - cap_m - x0) / cell_m - 0.5))
            last_column = min(columns - 1, int((max(ax, bx) + cap_m - x0) / cell_m))
            for row in range(first_row, last_row + 1):
                y = y0 + (row + 0.5) * cell_m
                for column in range(first_column, last_column + 1):
                    x = x0 + (column + 0.5) * cell_m
                    # as the square of the distance to the whole line, before any division or root: most cells end here
                    aside = (x - ax) * dy - (y - ay) * dx  # from the line that the segment lies on, × its length
                    limit_m = min(cap_m, np.float64(distance_m[row, column])) * _ROUNDED
                    if aside * aside > limit_m * limit_m * length2:
                        continue

                    # the nearest point of the segment itself; a way that water bars is as if there were no segment
                    share = 0.0
                    if length2 > 0:
                        share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length2))
                    px, py = ax + share * dx, ay + share * dy
                    away = np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
                    if away > cap_m or away >= distance_m[row, column]:
                        continue
                    if bars[row, column]:
                        # the cells beside a bridge are its own, or a contour would be no wider there than a thread
                        on_bridge = (
                            away <= cell_m
                            and bars[row, column] == _BARRED
                            and bars[int((py - y0) / cell_m), int((px - x0) / cell_m)] == _BARRED
                        )
                        if not on_bridge and _is_barred(x, y, px, py, x0, y0, cell_m, bars):
                            continue
                    distance_m[row, column] = away
                    street[row, column] = line
                    along_m[row, column] = before_m + share * length_m
            before_m += length_m


@kernel
def _free_ways(
    segments: np.ndarray,
    first: np.ndarray,
    along_m: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    x0: float,
    y0: float,
    cell_m: float,
    bars: np.ndarray,
) -> np.ndarray:
    """Whether no water bars the straight way from each point to the place ``along_m`` on the line of its segment."""
    free = np.ones(len(x), dtype=np.bool_)
    for k in range(len(x)):
        if bars[int((y[k] - y0) / cell_m), int((x[k] - x0) / cell_m)]:
            # the segment of that line that the place lies on; rounding may put it past the end of the last
            i, left_m = first[k], along_m[k]
            size_m = np.hypot(segments[i, 2] - segments[i, 0], segments[i, 3] - segments[i, 1])
            while left_m > size_m and i + 1 < len(segments) and segments[i + 1, 0] == segments[i, 2]:
                left_m -= size_m
                i += 1
                size_m = np.hypot(segments[i, 2] - segments[i, 0], segments[i, 3] - segments[i, 1])
            share = min(1.0, left_m / size_m) if size_m > 0 else 0.0
            px = segments[i, 0] + share * (segments[i, 2] - segments[i, 0])
            py = segments[i, 1] + share * (segments[i, 3] - segments[i, 1])
            free[k] = not _is_barred(x[k], y[k], px, py, x0, y0, cell_m, bars)
    return free


@kernel
def _is_barred(x: float, y: float, px: float, py: float, x0: float, y0: float, cell_m: float, bars: np.ndarray) -> bool:
    """Whether the straight way from a cell centre to a street point touches another cell that is barred."""
    centre_row, centre_column = int((y - y0) / cell_m), int((x - x0) / cell_m)
    steps = int(np.sqrt((x - px) ** 2 + (y - py) ** 2) / (0.25 * cell_m)) + 1
    for k in range(1, steps):
        share = k / steps
        row = int((y + share * (py - y) - y0) / cell_m)
        column = int((x + share * (px - x) - x0) / cell_m)
        if bars[row, column] == _BARRED and (row != centre_row or column != centre_column):
            return True
    return False
