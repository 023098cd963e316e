"""Ways that stop short: the dead ends, and the longer ways round, that real suburbs have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92.sources.demo.blocks import StreetPlan, add_node

LEAST_DEAD_END_M = 18.0
BARRIER_TIGHTNESS = 0.9  # of the small streets that meet a barrier, how many it stops


def open_gaps(
    edges: pd.DataFrame,
    plan: StreetPlan,
    random: np.random.Generator,
    *,
    gap_share: dict[str, float],
    clean_share: dict[str, float],
    drivable: frozenset[str],
    barrier_km_per_km2: float = 0.0,
    extent: shapely.Geometry | None = None,
) -> pd.DataFrame:
    """The edges, some stopped short of one end, some taken away; what would part a network is left whole.

    ``gap_share`` of each class becomes a dead end (its nodes are added to ``plan``), ``clean_share`` is
    taken away (a block twice as large), and so are nearly all edges of those classes that meet one
    of the straight barriers (railways, walls of great estates) drawn at random over the ``extent``.
    Cars still reach all that they reached, and so do people on foot.
    """
    highway = edges["highway"].to_numpy(dtype=object)
    start, stop = edges["start"].to_numpy().copy(), edges["stop"].to_numpy().copy()
    x_m, y_m = np.array(plan.x_m), np.array(plan.y_m)
    length_m = np.hypot(x_m[stop] - x_m[start], y_m[stop] - y_m[start])

    # all the dice at once: what one edge does never depends on what became of another
    dice, share, side = random.random((3, len(edges)))
    share = 0.4 + 0.45 * share
    gap = np.zeros(len(edges), dtype=bool)
    gone = np.zeros(len(edges), dtype=bool)
    degree = np.bincount(np.concatenate([start, stop]), minlength=len(x_m))
    through = (degree[start] > 1) & (degree[stop] > 1) & (edges["bridge"].to_numpy() < 0)
    for name in sorted(gap_share.keys() | clean_share.keys()):
        of_class = (highway == name) & through
        gap |= of_class & (dice < gap_share.get(name, 0.0)) & (length_m * share >= LEAST_DEAD_END_M)
        gone |= of_class & (dice > 1 - clean_share.get(name, 0.0))

    # barriers stop small streets only: main roads have their bridges and level crossings
    if extent is not None:
        local = through & np.isin(highway, sorted(gap_share.keys() | clean_share.keys()))
        places = np.column_stack([x_m, y_m])
        barred = _barred(places[start], places[stop], extent, barrier_km_per_km2, random)
        gone |= local & (side < BARRIER_TIGHTNESS) & barred

    # what would cut somebody off stays, for cars and then for everybody
    cars = np.isin(highway, list(drivable))
    everybody = np.ones(len(edges), dtype=bool)
    for users in (cars, everybody):
        needed = users & (gap | gone) & _parted(start, stop, users & ~gap & ~gone, len(x_m))
        gap, gone = gap & ~needed, gone & ~needed

    # an edge stopped short ends at a node of its own, at either end alike
    backwards = gap & (side < 0.5)  # noqa: PLR2004 - heads or tails
    start[backwards], stop[backwards] = stop[backwards], start[backwards].copy()
    for at in np.flatnonzero(gap).tolist():
        a, b = int(start[at]), int(stop[at])
        stop[at] = add_node(
            plan,
            plan.x_m[a] + share[at] * (plan.x_m[b] - plan.x_m[a]),
            plan.y_m[a] + share[at] * (plan.y_m[b] - plan.y_m[a]),
        )
    return edges.assign(start=start, stop=stop)[~gone].reset_index(drop=True)


def _barred(
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    extent: shapely.Geometry,
    km_per_km2: float,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """The edges that cross a random straight barrier; barriers are drawn until they are as long as asked."""
    west_m, south_m, east_m, north_m = shapely.bounds(extent)
    barred = np.zeros(len(start), dtype=bool)
    remaining_m = km_per_km2 * 1000.0 * extent.area / 1e6
    while remaining_m > 0:
        x_m, y_m = random.uniform((west_m, south_m), (east_m, north_m))
        heading = random.uniform(0, np.pi)
        along = np.array([np.cos(heading), np.sin(heading)]) * (east_m - west_m + north_m - south_m)
        origin = np.array([x_m, y_m])
        remaining_m -= max(shapely.LineString([origin - along, origin + along]).intersection(extent).length, 1000.0)
        is_left_of_it = [
            np.cos(heading) * (ends[:, 1] - y_m) - np.sin(heading) * (ends[:, 0] - x_m) > 0 for ends in (start, stop)
        ]
        barred |= is_left_of_it[0] != is_left_of_it[1]
    return barred


def _parted(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    open_edges: NDArray[np.bool_],
    count: int,
) -> NDArray[np.bool_]:
    """The edges whose two ends the open edges do not join."""
    graph = coo_array(
        (np.ones(int(open_edges.sum())), (start[open_edges], stop[open_edges])), shape=(count, count)
    ).tocsr()
    _, part = connected_components(graph, directed=False)
    return np.asarray(part[start] != part[stop])
