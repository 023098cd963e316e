"""A few invented motorways: they pass over other streets and meet them at interchanges only."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from access92.sources.demo.arterials import Arterials
from access92.sources.demo.blocks import StreetPlan, add_node, add_street

MOTORWAYS = 5
LEAST_M = 5000.0
INTERCHANGE_STEP_M = 2600.0
HALF_GAP_M = 14.0  # from the axis to each carriageway
RAMP_M = 280.0  # from the axis of the interchange to where ramps leave or join
CLEAR_OF_WATER_M = 400.0
NEAR_JUNCTIONS = 12  # arterial crossings that an interchange may be joined to
TRIES = 60


def add_motorways(
    plan: StreetPlan,
    arterials: Arterials,
    extent: shapely.Geometry,
    water: shapely.Geometry,
    random: np.random.Generator,
) -> None:
    """Adds two one-way carriageways and one-way ramps along a few straight axes that keep off the water."""
    west_m, south_m, east_m, north_m = shapely.bounds(extent)
    room = shapely.difference(shapely.buffer(extent, -600.0), shapely.buffer(water, CLEAR_OF_WATER_M))
    inland = np.unique(arterials.links[arterials.bridge < 0])
    inland = inland[shapely.distance(shapely.points(arterials.places[inland]), water) > CLEAR_OF_WATER_M]
    axes: list[shapely.LineString] = []
    for _ in range(TRIES):
        if len(axes) == MOTORWAYS or len(inland) == 0:
            return
        origin = random.uniform((west_m, south_m), (east_m, north_m))
        heading = random.uniform(0, np.pi)
        along = np.array([np.cos(heading), np.sin(heading)]) * (east_m - west_m + north_m - south_m)
        pieces = shapely.get_parts(shapely.LineString([origin - along, origin + along]).intersection(room))
        pieces = [piece for piece in pieces if LEAST_M <= piece.length <= 4 * LEAST_M]
        if pieces and all(shapely.distance(piece, pieces[0]) > LEAST_M / 2 for piece in axes):
            axes.append(pieces[0])
            _add_motorway(plan, arterials.places, inland, shapely.get_coordinates(pieces[0]), water)


def _add_motorway(
    plan: StreetPlan,
    places: NDArray[np.float64],
    inland: NDArray[np.int64],
    axis: NDArray[np.float64],
    water: shapely.Geometry,
) -> None:
    """Both carriageways of one axis, with an interchange at each end and every few kilometres."""
    length_m = float(np.hypot(*(axis[1] - axis[0])))
    count = max(2, round(length_m / INTERCHANGE_STEP_M) + 1)
    stations = axis[0] + np.linspace(0, 1, count)[:, None] * (axis[1] - axis[0])
    _, near = cKDTree(places[inland]).query(stations, k=min(NEAR_JUNCTIONS, len(inland)))
    near = inland[near.reshape(count, -1)]
    room = shapely.buffer(water, RAMP_M + 2 * HALF_GAP_M)
    ramps = shapely.linestrings(np.stack([np.broadcast_to(stations[:, None], (*near.shape, 2)), places[near]], axis=2))
    dry = ~shapely.intersects(ramps, room)
    junctions = near[np.arange(count), dry.argmax(axis=1)]
    if not dry.any(axis=1).all():
        return
    for start, stop, meets in ((axis[0], axis[1], junctions), (axis[1], axis[0], junctions[::-1])):
        along = (stop - start) / length_m
        right = np.array([along[1], -along[0]]) * HALF_GAP_M
        before = -1
        for number, junction in enumerate(meets.tolist()):
            at_m = length_m * number / (count - 1)
            for offset_m, leaves in ((-RAMP_M, True), (RAMP_M, False)):
                if (leaves and number == 0) or (not leaves and number == count - 1):
                    continue
                node = add_node(plan, *(start + along * (at_m + offset_m) + right).tolist())
                if before >= 0:
                    add_street(plan, before, node, "motorway")
                off, on = (node, junction) if leaves else (junction, node)
                add_street(plan, off, on, "motorway_link")
                before = node
