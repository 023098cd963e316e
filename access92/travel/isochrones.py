"""Nested isochrone polygons: contours of travel times on a time grid."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import contourpy
import geopandas as gpd
import numpy as np
import shapely

from access92._concurrency import prepared_copy
from access92.cache.kernels import kernel
from access92.network.graph import MS_PER_MIN, Network
from access92.network.snapping import NOT_SNAPPED, Links, Snaps
from access92.travel.kernels import UNREACHED, Scratch, reset, search
from access92.travel.matrix import access_leg_ms, network_scratch, same_street_ms, service_seeds
from access92.travel.open_water import without_water
from access92.travel.time_grid import TimeGrid

_LOOK_AHEAD_MIN = 2.0
"""Searched beyond the largest threshold, so that its boundary too is interpolated between two cells."""

_HALF_MS_MIN = 0.5 / MS_PER_MIN
"""Times are whole milliseconds: a level half a millisecond under the threshold is the strict boundary, and
never equals a cell, so that no two parts of a contour meet in a point."""

_WORTH_CUTTING = 0.7
"""A lower threshold is contoured on a smaller window of its own where that has fewer than this share of the cells."""

_BEYOND_MIN = np.float32(1e6)
"""The minutes of a cell that is not reached: the contour then passes at the centre of the last reached cell."""

ISOCHRONE_COLUMNS = ("scenario", "mode", "rule", "service_id", "threshold_min", "area_km2", "geometry")


def isochrones_table(
    mode: str,
    single_ids: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    polygons: Mapping[tuple[int, ...], Sequence[shapely.MultiPolygon]],
    *,
    thresholds_min: Sequence[float],
    crs: object,
) -> gpd.GeoDataFrame:
    """The contract table « isochrones » of one mode: of single services, then of each scenario and rule.

    ``single_ids`` are the ids of the first services; ``groups`` maps (scenario, rule) to service rows; ``polygons``
    gives the isochrones of a tuple of rows, one per threshold. Rows of a single service have scenario and rule '';
    those of a group have ``service_id`` ''. Sorted: services first, then groups; thresholds increasing. Geometry in
    ``crs`` (metres).
    """
    subjects: list[tuple[str, str, str, tuple[int, ...]]] = [
        ("", "", service_id, (row,)) for row, service_id in enumerate(single_ids)
    ]
    subjects += [(scenario, rule, "", tuple(map(int, rows))) for (scenario, rule), rows in groups.items()]
    rows = [
        (scenario, mode, rule, service_id, float(threshold), area.area / 1e6, area)
        for scenario, rule, service_id, members in subjects
        for threshold, area in zip(thresholds_min, polygons[members], strict=True)
    ]
    return gpd.GeoDataFrame(rows, columns=list(ISOCHRONE_COLUMNS), geometry="geometry", crs=crs)


def draw_all(
    network: Network,
    grid: TimeGrid,
    service_snaps: Snaps,
    groups: Collection[tuple[int, ...]],
    *,
    thresholds_min: Sequence[float],
    water: shapely.Geometry | None = None,
) -> dict[tuple[int, ...], list[shapely.MultiPolygon]]:
    """The isochrones of each set of services (rows), one per threshold; on all cores, the largest sets first.

    ``water`` (:func:`access92.travel.open_water.open_water`) is cut out of them: a grid knows its shore to a cell only.
    """
    order = sorted(groups, key=lambda members: (-len(members), members))
    limit_ms = _limit_ms(thresholds_min)
    of_thread = threading.local()

    def draw(members: tuple[int, ...]) -> list[shapely.MultiPolygon]:
        if not hasattr(of_thread, "scratch"):
            of_thread.scratch = network_scratch(network, limit_ms=limit_ms)
            of_thread.water = None if water is None else prepared_copy(water)
        areas = draw_isochrones(
            network,
            grid,
            service_snaps,
            np.array(members, dtype=np.int64),
            thresholds_min=thresholds_min,
            scratch=of_thread.scratch,
        )
        return areas if water is None else [without_water(area, of_thread.water) for area in areas]

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return dict(zip(order, pool.map(draw, order), strict=True))


def draw_isochrones(
    network: Network,
    grid: TimeGrid,
    service_snaps: Snaps,
    rows: np.ndarray,
    *,
    thresholds_min: Sequence[float],
    scratch: Scratch | None = None,
) -> list[shapely.MultiPolygon]:
    """The area from which one of the services ``rows`` is reached within each threshold, nested.

    The boundary is where the time, interpolated between the cells of the grid, equals the threshold:
    streets are cut where time runs out, holes and detached parts stay, and the off-street walk is
    capped by the grid. Each cell's time is that of its nearest street, so nothing leaks over a river.
    ``scratch`` (from :func:`access92.travel.matrix.network_scratch`) is left clean.

    Gives one (possibly empty) valid MultiPolygon per threshold, in their order, in the CRS of the streets.
    """
    # one search for all thresholds: each is a level of the same surface, which is what nests them
    limit_ms = _limit_ms(thresholds_min)
    scratch = network_scratch(network, limit_ms=limit_ms) if scratch is None else scratch
    times = _window_times(network, grid, service_snaps, rows, limit_ms, scratch)
    if times is None:
        return [shapely.MultiPolygon() for _ in thresholds_min]

    # contours go through the centres of cells; the window has a frame of one cell on each side
    minutes, first_row, first_column = times
    height, width = minutes.shape
    x = grid.x0 + (np.arange(first_column - 1, first_column + width - 1) + 0.5) * grid.cell_m
    y = grid.y0 + (np.arange(first_row - 1, first_row + height - 1) + 0.5) * grid.cell_m

    # from the largest threshold to the least: each cuts the window that the next is searched in
    areas: dict[float, shapely.MultiPolygon] = {}
    contours = None
    for threshold in sorted(map(float, thresholds_min), reverse=True):
        part = _part_under(minutes, threshold)
        if contours is None or minutes[part].size < _WORTH_CUTTING * minutes.size:
            minutes, y, x = minutes[part], y[part[0]], x[part[1]]
            # the class itself: its maker looks for masked and missing values, which takes as long as the contours
            contours = contourpy.SerialContourGenerator(
                np.broadcast_to(x, minutes.shape),
                np.broadcast_to(y[:, None], minutes.shape),
                minutes,
                cast("np.ndarray", None),  # nothing masked: its stub knows arrays only
                corner_mask=False,
                line_type=contourpy.SerialContourGenerator.default_line_type,
                fill_type=contourpy.FillType.ChunkCombinedOffsetOffset,
                quad_as_tri=False,
                z_interp=contourpy.ZInterp.Linear,
            )
        areas[threshold] = _contour(contours, threshold)
    return [areas[float(threshold)] for threshold in thresholds_min]


def _part_under(minutes: np.ndarray, threshold_min: float) -> tuple[slice, slice]:
    """The rows and columns with cells under a threshold, and one more on each side."""
    under = minutes < threshold_min
    spans = []
    for axis in (1, 0):
        lines = np.flatnonzero(under.any(axis=axis))
        first, last = (lines[0], lines[-1]) if len(lines) else (1, 0)
        spans.append(slice(int(first) - 1, int(last) + 2))
    return spans[0], spans[1]


def _contour(contours: contourpy.ContourGenerator, threshold_min: float) -> shapely.MultiPolygon:
    """The polygons under one threshold; nested and valid by construction, so that neither costs a check.

    Valid: no cell equals the level, so rings never touch themselves or one another. Nested: within a
    cell the part under a level of an interpolated surface only grows
    with the level, saddles included (they are decided by the mean of the corners).
    """
    chunk: Any = contours.filled(-1.0, threshold_min - _HALF_MS_MIN)
    (points,), (rings,), (polygons,) = chunk
    if points is None:
        return shapely.MultiPolygon()
    offsets = (rings.astype(np.int64), polygons.astype(np.int64))
    parts = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, offsets)
    return shapely.multipolygons(parts[shapely.area(parts) > 0])


def _limit_ms(thresholds_min: Sequence[float]) -> int:
    return round((max(thresholds_min) + _LOOK_AHEAD_MIN) * MS_PER_MIN)


def _window_times(
    network: Network, grid: TimeGrid, service_snaps: Snaps, rows: np.ndarray, limit_ms: int, scratch: Scratch
) -> tuple[np.ndarray, int, int] | None:
    """Minutes of the cells around what is reached, with the first row and column; None if nothing is.

    A frame of one cell that is not reached is added on each side. The values are those of float32, stored as
    float64 (C order), which is what contours are computed from: no copy is needed.
    """
    rows = rows[service_snaps.street[rows] != NOT_SNAPPED]
    if len(rows) == 0:
        return None

    # the window: the streets with an end that was reached, and those of the services, on which a place may be reached
    # although no end is
    seed_node, seed_ms = service_seeds(network, service_snaps, rows)
    reached = search(network.arc_start, network.arcs, seed_node, seed_ms, limit_ms, scratch)
    time_ms = scratch.time_ms
    box = _reached_box(network.leave_from_node, network.leave_to_node, time_ms, grid.street_bounds)
    links = service_snaps.links()
    links = links.take(np.flatnonzero(np.isin(links.place, rows)))
    of_services = grid.street_bounds[links.street]
    south_west, north_east = of_services[:, :2].min(axis=0), of_services[:, 2:].max(axis=0)
    box = np.array([*np.minimum(box[:2], south_west), *np.maximum(box[2:], north_east)])
    first_row, last_row, first_column, last_column = grid.window(box)

    # each cell has the time of the better end of its street, or straight along the street of a service
    minutes = np.empty((last_row - first_row + 2, last_column - first_column + 2))
    _fill_window(
        time_ms,
        grid.node_ahead,
        grid.ms_ahead,
        grid.node_back,
        grid.ms_back,
        first_row,
        first_column,
        limit_ms,
        minutes,
    )
    step_ms, most_ms = access_leg_ms(network, np.array([grid.cell_m, grid.link_radius_m])).tolist()
    minutes = _through_neighbours(minutes, grid.access_leg_ms, first_row, first_column, step_ms, most_ms)
    _fill_service_streets(network, grid, links, limit_ms, minutes[1:-1, 1:-1], (first_row, first_column))
    reset(scratch, reached)
    return minutes, first_row, first_column


def _fill_service_streets(
    network: Network,
    grid: TimeGrid,
    links: Links,
    limit_ms: int,
    minutes: np.ndarray,
    corner: tuple[int, int],
) -> None:
    """Shorten in ``minutes`` the times of cells on a street that a service links to: straight along that street."""
    legs_ms = access_leg_ms(network, links.snap_m) + round(network.mode.parking_min * MS_PER_MIN)
    for street, position, leg_ms in zip(links.street.tolist(), links.position.tolist(), legs_ms.tolist(), strict=True):
        # the cells of that street, by their places in the grid and in the window (whose corner is ``corner``)
        first_row, last_row, first_column, last_column = grid.window(grid.street_bounds[street])
        at_row, at_column = np.nonzero(grid.street[first_row:last_row, first_column:last_column] == street)
        cells = (at_row + first_row, at_column + first_column)
        at_row, at_column = cells[0] - corner[0], cells[1] - corner[1]
        inside = (at_row >= 0) & (at_row < minutes.shape[0]) & (at_column >= 0) & (at_column < minutes.shape[1])
        cells, at_row, at_column = (cells[0][inside], cells[1][inside]), at_row[inside], at_column[inside]

        # both access legs and the parking count, as they do by way of the ends
        direct = same_street_ms(network, street, position, grid.position[cells])
        total = direct + grid.access_leg_ms[cells] + leg_ms
        direct_min = np.where(total <= limit_ms, total / MS_PER_MIN, _BEYOND_MIN).astype(np.float32)
        minutes[at_row, at_column] = np.minimum(minutes[at_row, at_column], direct_min)


@kernel
def _reached_box(
    leave_from_node: np.ndarray, leave_to_node: np.ndarray, time_ms: np.ndarray, street_bounds: np.ndarray
) -> np.ndarray:
    """The bounding box (metres) of the streets with an end that was reached."""
    west = south = np.inf
    east = north = -np.inf
    for i in range(len(leave_from_node)):
        if time_ms[np.uint64(leave_from_node[i])] != UNREACHED or time_ms[np.uint64(leave_to_node[i])] != UNREACHED:
            west, south = min(west, street_bounds[i, 0]), min(south, street_bounds[i, 1])
            east, north = max(east, street_bounds[i, 2]), max(north, street_bounds[i, 3])
    return np.array([west, south, east, north])


@kernel
def _through_neighbours(
    minutes: np.ndarray, leg_ms: np.ndarray, first_row: int, first_column: int, step_ms: int, most_ms: int
) -> np.ndarray:
    """The minutes of the cells where one may also walk to one of the four cells around, and on to the street of that.

    Places link to each street that is at most so much further than their nearest (``most_ms`` of walking), cells to the
    nearest only: this is what the others are worth. The frame stays as it is, and a cell that no street reaches too.
    """
    height, width = minutes.shape
    linked = minutes.copy()
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            if minutes[i, j] >= _BEYOND_MIN:
                continue
            row, column = first_row + i - 1, first_column + j - 1
            longest_ms = leg_ms[row, column] + most_ms - step_ms
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                around = minutes[i + down, j + right] + step_ms / 60000.0
                if around < linked[i, j] and leg_ms[row + down, column + right] <= longest_ms:
                    linked[i, j] = np.float64(np.float32(around))
    return linked


@kernel
def _fill_window(
    time_ms: np.ndarray,
    node_ahead: np.ndarray,
    ms_ahead: np.ndarray,
    node_back: np.ndarray,
    ms_back: np.ndarray,
    first_row: int,
    first_column: int,
    limit_ms: int,
    minutes: np.ndarray,
) -> None:
    """Write the minutes of the cells of a window, by the better end of their streets, and the frame around them."""
    height, width = minutes.shape
    for i in range(height):
        minutes[i, 0] = minutes[i, width - 1] = _BEYOND_MIN
    for j in range(width):
        minutes[0, j] = minutes[height - 1, j] = _BEYOND_MIN
    for i in range(np.uint64(1), np.uint64(height - 1)):
        row = np.uint64(first_row) + i - np.uint64(1)
        for j in range(np.uint64(1), np.uint64(width - 1)):
            column = np.uint64(first_column) + j - np.uint64(1)
            # UNREACHED on either side makes a sum beyond any limit
            ahead = np.int64(time_ms[np.uint64(node_ahead[row, column])]) + ms_ahead[row, column]
            back = np.int64(time_ms[np.uint64(node_back[row, column])]) + ms_back[row, column]
            best = min(ahead, back)
            minutes[i, j] = np.float32(best / 60000.0) if best <= limit_ms else _BEYOND_MIN
