"""Nested isochrone polygons: contours of travel times on a time grid."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92.cache.kernels import kernel
from access92.network.graph import MS_PER_MIN, Network
from access92.network.snapping import NOT_SNAPPED, Links, Snaps
from access92.travel.block_times import block_bounds, cell_times
from access92.travel.cell_links import BLOCK
from access92.travel.contours import contour_under
from access92.travel.drawn_links import DrawnLinks
from access92.travel.kernels import UNREACHED, Scratch, reset, search
from access92.travel.matrix import access_leg_ms, access_metres_per_ms, network_scratch, service_seeds
from access92.travel.open_water import without_water
from access92.travel.ride_surface import GroupRides
from access92.travel.shore import Shore, shore_of
from access92.travel.time_grid import TimeGrid

LOOK_AHEAD_MIN = 2.0
"""Searched beyond the largest threshold, so that its boundary too is interpolated between two cells."""

_HALF_MS = 0.5
"""Times are whole milliseconds: a level half a millisecond under the threshold is the strict boundary, and
never equals a cell, so that no two parts of a contour meet in a point."""

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
    rides: Callable[[tuple[int, ...]], GroupRides] | None = None,
) -> dict[tuple[int, ...], list[shapely.MultiPolygon]]:
    """The isochrones of each set of services (rows), one per threshold; on all cores, the largest sets first.

    ``water`` (:func:`access92.travel.open_water.open_water`) is cut out of them: a grid knows its shore to a cell only.
    ``rides``: by set of services the times of those who ride to them; nobody rides by default.
    """
    order = sorted(groups, key=lambda members: (-len(members), members))
    limit_ms = _limit_ms(thresholds_min)
    cell_links, shore = DrawnLinks(network, grid), None if water is None else shore_of(water)
    of_thread = threading.local()

    def draw(members: tuple[int, ...]) -> list[shapely.MultiPolygon]:
        if not hasattr(of_thread, "scratch"):
            of_thread.scratch = network_scratch(network, limit_ms=limit_ms)
        return draw_isochrones(
            network,
            grid,
            service_snaps,
            np.array(members, dtype=np.int64),
            thresholds_min=thresholds_min,
            scratch=of_thread.scratch,
            cell_links=cell_links,
            rides=None if rides is None else rides(members),
            shore=shore,
        )

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
    cell_links: DrawnLinks | None = None,
    rides: GroupRides | None = None,
    shore: Shore | None = None,
) -> list[shapely.MultiPolygon]:
    """The area from which one of the services ``rows`` is reached within each threshold, nested.

    The boundary is where the time, interpolated between the cells of the grid, equals the threshold:
    streets are cut where time runs out, holes and detached parts stay, and the off-street walk is
    capped by the grid. Each cell's time is that of its nearest street, so nothing leaks over a river.
    ``scratch`` (from :func:`access92.travel.matrix.network_scratch`) is left clean. ``cell_links``: those of the grid,
    which the isochrones that are drawn on it share. ``rides``: the times to these services of those who ride; without
    them everybody goes by the streets alone. ``shore``: of the water that is cut out.

    Gives one (possibly empty) valid MultiPolygon per threshold, in their order, in the CRS of the streets.
    """
    # one search for all thresholds: each is a level of the same times, which is what nests them
    limit_ms = _limit_ms(thresholds_min)
    scratch = network_scratch(network, limit_ms=limit_ms) if scratch is None else scratch
    levels_ms = [threshold * MS_PER_MIN - _HALF_MS for threshold in thresholds_min]
    cell_links = DrawnLinks(network, grid) if cell_links is None else cell_links
    surface = _window_times(network, grid, service_snaps, rows, levels_ms, limit_ms, scratch, cell_links, rides)
    if surface is None:
        return [shapely.MultiPolygon() for _ in thresholds_min]
    step_ms = grid.cell_m / access_metres_per_ms(network) + 1
    outlines = [
        contour_under(
            level_ms, step_ms, surface.least_ms, surface.most_ms, surface.slot, surface.times,
            x0=grid.x0 + ((surface.first_column - 1) * BLOCK + 0.5) * grid.cell_m,
            y0=grid.y0 + ((surface.first_row - 1) * BLOCK + 0.5) * grid.cell_m,
            cell_m=grid.cell_m,
        )
        for level_ms in levels_ms
    ]  # fmt: skip
    return [rings.polygons() if shore is None else without_water(rings, shore) for rings in outlines]


def _limit_ms(thresholds_min: Sequence[float]) -> int:
    return round((max(thresholds_min) + LOOK_AHEAD_MIN) * MS_PER_MIN)


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """The times in a window of blocks: :func:`access92.travel.contours.contour_under`."""

    first_row: int
    first_column: int
    least_ms: np.ndarray
    most_ms: np.ndarray
    slot: np.ndarray
    times: np.ndarray


def _window_times(
    network: Network,
    grid: TimeGrid,
    service_snaps: Snaps,
    rows: np.ndarray,
    levels_ms: Sequence[float],
    limit_ms: int,
    scratch: Scratch,
    cell_links: DrawnLinks,
    rides: GroupRides | None,
) -> _Surface | None:
    """The times around what is reached, cell by cell where a level passes; None if nothing is reached."""
    rows = rows[service_snaps.street[rows] != NOT_SNAPPED]
    if len(rows) == 0:
        return None

    # the window: the streets with an end that was reached, and those of the services, on which a place may be reached
    # although no end is
    seed_node, seed_ms = service_seeds(network, service_snaps, rows)
    reached = search(network.arc_start, network.arcs, seed_node, seed_ms, limit_ms, scratch)
    time_ms = scratch.time_ms
    if rides is not None:
        np.minimum(time_ms, rides.node_ms, out=time_ms)
    box = _reached_box(network.leave_from_node, network.leave_to_node, time_ms, grid.street_bounds)
    links = service_snaps.links()
    links = links.take(np.flatnonzero(np.isin(links.place, rows)))
    link_ms = access_leg_ms(network, links.snap_m) + round(network.mode.parking_min * MS_PER_MIN)
    if rides is not None:  # a stop is a door as well, at which one is so long before the service
        links, link_ms = _with_stops(links, link_ms, *rides.better_stops(network, time_ms))
    order = np.argsort(links.street, kind="stable")
    links, link_ms = links.take(order), link_ms[order]
    of_services = grid.street_bounds[links.street]
    south_west, north_east = of_services[:, :2].min(axis=0), of_services[:, 2:].max(axis=0)
    box = np.array([*np.minimum(box[:2], south_west), *np.maximum(box[2:], north_east)])
    first_row, last_row, first_column, last_column = grid.window(box)

    shape = (last_row - first_row + 2, last_column - first_column + 2)
    least_ms, most_ms = np.full(shape, UNREACHED), np.full(shape, UNREACHED)
    block_bounds(
        time_ms, limit_ms, grid.columns, first_row, first_column, grid.range_start, grid.ranges, grid.is_whole,
        least_ms, most_ms,
    )  # fmt: skip

    # the cells of each block that a level passes through; those on the streets of a service may be reached sooner
    needed = np.zeros(shape, dtype=bool)
    for level_ms in levels_ms:
        needed |= (least_ms < level_ms) & (most_ms > level_ms)
    for street in np.unique(links.street).tolist():
        south, north, west, east = grid.window(grid.street_bounds[street])
        _mark_blocks_of(
            street, south, north, west, east, grid.columns, first_row, first_column, grid.candidate_start,
            grid.candidates, grid.segment_street, needed,
        )  # fmt: skip
    slot = np.where(needed, np.cumsum(needed, dtype=np.int32).reshape(shape) - np.int32(1), np.int32(-1))
    times = np.empty((int(slot.max()) + 1, BLOCK * BLOCK), dtype=np.int32)
    row, column = np.nonzero(needed)
    cells = cell_links.of_blocks((first_row + row - 1) * grid.columns + first_column + column - 1)
    first_service = np.append(0, np.cumsum(np.bincount(links.street, minlength=len(network.street_row))))
    cell_times(
        slot, first_row, first_column, grid.columns, cells.number, cells.start, cells.links, cells.position,
        network.forward_ms, network.backward_ms, network.leave_to_node, network.leave_from_node, time_ms, limit_ms,
        first_service, links.position, link_ms, times, least_ms, most_ms,
    )  # fmt: skip
    reset(scratch, reached if rides is None else len(time_ms))
    return _Surface(first_row, first_column, least_ms, most_ms, slot, times)


def _with_stops(links: Links, link_ms: np.ndarray, stop_links: Links, stop_ms: np.ndarray) -> tuple[Links, np.ndarray]:
    """The links of services and those of stops, each with its milliseconds."""
    fields = (getattr(links, item.name) for item in dataclasses.fields(Links))
    more = (getattr(stop_links, item.name) for item in dataclasses.fields(Links))
    both = (np.concatenate(pair) for pair in zip(fields, more, strict=True))
    return Links(*both), np.concatenate([link_ms, stop_ms])


@kernel
def _mark_blocks_of(  # noqa: PLR0913 - flat arguments for numba
    street: int,
    south: int,
    north: int,
    west: int,
    east: int,
    columns: int,
    first_row: int,
    first_column: int,
    candidate_start: np.ndarray,
    candidates: np.ndarray,
    segment_street: np.ndarray,
    marked: np.ndarray,
) -> None:
    """Mark the blocks (of a window with a frame) that have a cell which links to a street."""
    for row in range(south, north):
        for column in range(west, east):
            block = row * columns + column
            for k in range(candidate_start[block], candidate_start[block + 1]):
                if segment_street[candidates[k]] == street:
                    marked[row - first_row + 1, column - first_column + 1] = True


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
