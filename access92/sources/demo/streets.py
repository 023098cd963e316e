"""Demonstration streets: real in their frame, invented in their detail, seeded and deterministic."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from access92.sources.demo.arterials import plan_arterials
from access92.sources.demo.blocks import StreetPlan
from access92.sources.demo.communes import calibrated_growth
from access92.sources.demo.crossings import far_from_homes, join_crossings
from access92.sources.demo.frame import DemoFrame, built_up, read_demo_frame, seine_polygon
from access92.sources.demo.gaps import open_gaps
from access92.sources.demo.growth import DRIVABLE, Growth, gap_shares, grow_streets
from access92.sources.demo.motorways import add_motorways
from access92.sources.demo.tags import tag_streets

__all__ = ["DemoFrame", "Growth", "make_demo_streets", "read_demo_frame", "seine_polygon"]

BEND_STEP_M = 40.0
CALM_M, FULL_BEND_M = 60.0, 500.0  # from the Seine: no bending up to here, full bending from there
WAVES = 14
WAVE_MIN_M, WAVE_MAX_M, WAVE_SLOPE = 350.0, 2200.0, 0.075


def make_demo_streets(
    frame: DemoFrame,
    *,
    seed: int = 92,
    margin_m: float = 3000.0,
    on_progress: Callable[[str, float], None] | None = None,
    growth: Growth | None = None,
) -> gpd.GeoDataFrame:
    """The demonstration streets of the communes and ``margin_m`` around, keeping ``tables.STREETS``.

    Same frame, seed and margin: same table. Coordinates in EPSG:2154, rounded to 0.01 m; rows in
    the order of ``edge_id``; edges meet at shared nodes only, except that motorways pass over other
    streets. ``on_progress`` receives a French step name and the share done (0–1).

    Examples
    --------
    >>> land = gpd.GeoDataFrame({"area_id": ["a"], "name": ["A"]}, geometry=[shapely.box(0, 0, 1500, 1500)], crs=2154)
    >>> bridges = gpd.GeoDataFrame(
    ...     {"name": ["Pont"], "modes": [frozenset({"walk"})]}, geometry=[shapely.Point(750, -300)], crs=2154)
    >>> grid = pd.DataFrame({"x_m": [0.0], "y_m": [0.0], "population": [5000.0]})
    >>> seine = shapely.LineString([(-500, -300), (2000, -300)])
    >>> frame = DemoFrame(land, seine, bridges, grid, "EPSG:2154", 1000.0)
    >>> streets = make_demo_streets(frame, margin_m=500)
    >>> streets.geometry.equals(make_demo_streets(frame, margin_m=500).geometry)
    True
    """
    report = on_progress or _ignore
    random = np.random.default_rng(seed)
    extent = shapely.buffer(shapely.union_all(frame.communes.geometry.to_numpy()), margin_m)
    report("Où l'on habite", 0.0)
    built = built_up(frame, extent, random)

    # from large to small, one generator all along: the same seed gives the same streets
    report("Grandes rues", 0.05)
    arterials = plan_arterials(frame, extent, built, random)
    report("Rues et chemins", 0.15)
    growth = growth or calibrated_growth()
    plan = grow_streets(arterials, built, random, growth, frame.communes["area_id"].tolist())
    water = seine_polygon(frame)
    add_motorways(plan, arterials, extent, water, random)
    report("Tracé", 0.6)

    # straight streets first, whose crossings are exact; then dead ends, joined crossings and bends
    shares = gap_shares(growth)
    edges = open_gaps(
        _edges(plan), plan, random,
        gap_share=shares[0], clean_share=shares[1],
        drivable=DRIVABLE, barrier_km_per_km2=growth.barrier_km_per_km2, extent=extent,
    )  # fmt: skip
    edges = join_crossings(
        edges, plan, green=far_from_homes(edges, plan, homes_m=growth.green_homes_m),
        wild=far_from_homes(edges, plan, homes_m=growth.wild_homes_m),
        cross_m=growth.forest_cross_m, star_m=growth.forest_star_m,
    )  # fmt: skip
    waves = _waves(random)
    lines = _bent_lines(edges, plan, waves, water)
    report("Étiquettes", 0.75)
    streets = tag_streets(edges, lines, frame, random)
    report("Fini", 1.0)
    return streets


def _ignore(step: str, share: float) -> None:
    """No progress is shown."""


def _edges(plan: StreetPlan) -> pd.DataFrame:
    """One row per piece of street between two marks, with the street it belongs to."""
    start, stop, street, highway, bridge = [], [], [], [], []
    for number, marks in enumerate(plan.marks):
        for (from_m, a), (to_m, b) in pairwise(marks):
            if a == b:
                continue
            start.append(a)
            stop.append(b)
            street.append(number)
            highway.append("footway" if (from_m + to_m) / 2 > plan.ends_at_m[number] else plan.classes[number])
            bridge.append(plan.bridge[number])
    classes = pd.Series(highway, dtype=object)  # small texts that are compared often: as Python has them
    return pd.DataFrame({"start": start, "stop": stop, "street": street, "highway": classes, "bridge": bridge})


def _waves(random: np.random.Generator) -> NDArray[np.float64]:
    """Smooth waves that bend straight streets: rows of (kx, ky, phase, dx, dy)."""
    length_m = np.exp(random.uniform(np.log(WAVE_MIN_M), np.log(WAVE_MAX_M), WAVES))
    heading, push = random.uniform(0, 2 * np.pi, (2, WAVES))
    number = 2 * np.pi / length_m
    height_m = WAVE_SLOPE / number
    return np.column_stack(
        [
            number * np.cos(heading), number * np.sin(heading), random.uniform(0, 2 * np.pi, WAVES),
            height_m * np.cos(push), height_m * np.sin(push),
        ],
    )  # fmt: skip


def bend(places: NDArray[np.float64], waves: NDArray[np.float64], water: shapely.Geometry) -> NDArray[np.float64]:
    """Places moved by the waves; those near the water stay where they are."""
    x, y = (places - np.array(shapely.bounds(water)[:2])).T
    moved = np.zeros_like(places)
    for kx, ky, phase, dx, dy in waves:
        height = np.sin(x * kx + y * ky + phase)
        moved += height[:, None] * np.array([dx, dy])
    calm = np.clip((_distance_to(places, water) - CALM_M) / (FULL_BEND_M - CALM_M), 0, 1)
    result: NDArray[np.float64] = np.round(places + moved * calm[:, None], 2)
    return result


def _distance_to(places: NDArray[np.float64], water: shapely.Geometry) -> NDArray[np.float64]:
    """Metres from each place to the water where that is less than FULL_BEND_M; infinite where it is surely more."""
    square_m = 250.0
    column, row = np.floor(places / square_m).astype(np.int64).T
    width = np.int64(1 << 32)
    squares, square_of = np.unique(row * width + column, return_inverse=True)
    middles = shapely.points((np.column_stack([squares % width, squares // width]) + 0.5) * square_m)
    near = shapely.distance(middles, water) < FULL_BEND_M + square_m  # more than half a diagonal beyond
    rows = np.flatnonzero(near[square_of.reshape(-1)])
    distance_m = np.full(len(places), np.inf)
    distance_m[rows] = shapely.distance(shapely.points(places[rows]), water)
    return distance_m


def _bent_lines(
    edges: pd.DataFrame,
    plan: StreetPlan,
    waves: NDArray[np.float64],
    water: shapely.Geometry,
) -> NDArray[np.object_]:
    """The line of each edge: straight, given points every 40 m, then bent."""
    places = np.column_stack([plan.x_m, plan.y_m])
    start, stop = places[edges["start"].to_numpy()], places[edges["stop"].to_numpy()]
    pieces = np.maximum(np.ceil(np.hypot(*(stop - start).T) / BEND_STEP_M).astype(np.int64), 1)
    index = np.repeat(np.arange(len(edges)), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    share = (np.arange(len(index)) - first[index]) / pieces[index]
    line_places = start[index] * (1 - share[:, None]) + stop[index] * share[:, None]
    last = first + pieces
    line_places[last] = stop  # exactly the node, whatever rounding does to the sum
    lines: NDArray[np.object_] = shapely.linestrings(bend(line_places, waves, water), indices=index)
    return lines
