"""What a street network looks like in figures: the same measures for real and demonstration streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

CELL_M = 500.0
BUILT_UP_STREET_M = 1000.0
HULL_RATIO, HULL_INSET_M = 0.08, 20.0
PAIR_MIN_M, PAIR_MAX_M, LIMIT_M = 200.0, 2000.0, 10_000.0
DETOUR_ORIGINS, DETOUR_PER_ORIGIN = 250, 40
CONNECTED_DEGREE = 3

HOME_STREETS = frozenset({"residential", "living_street"})
NO_WALK = frozenset(
    {"motorway", "motorway_link", "construction", "proposed", "raceway", "bus_guideway", "corridor", "platform"},
)
DRIVE = frozenset(
    {
        "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
        "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "road",
    },
)  # fmt: skip
"""The classes that OSMnx keeps as ``drive``: service streets and paths are left out."""


@dataclass(frozen=True, slots=True)
class StreetMeasures:
    """Figures of one network in one region. Shares are 0–1, of the nodes whose degree is not 2."""

    area_km2: float
    junctions_per_km2: float
    street_km_per_km2: float
    degree_1_share: float
    degree_3_share: float
    degree_4_share: float
    degree_5_share: float
    detour_factor: float
    detour_pairs: int


def select_network(streets: gpd.GeoDataFrame, network: Literal["walk", "drive"]) -> gpd.GeoDataFrame:
    """The rows that count as walking or as driving network, by plain rules that need few tags.

    Walking: everything but motorways, ``foot=no`` and private ways that do not say ``foot=yes``.
    Driving: the classes of :data:`DRIVE`, private ones left out (as OSMnx does).

    Examples
    --------
    >>> from shapely import LineString
    >>> table = gpd.GeoDataFrame(
    ...     {"highway": ["residential", "footway"], "access": "", "foot": ""},
    ...     geometry=[LineString([(0, 0), (1, 0)])] * 2, crs=2154)
    >>> len(select_network(table, "walk")), len(select_network(table, "drive"))
    (2, 1)
    """
    closed = streets["access"].isin(["private", "no"])
    if network == "drive":
        return streets[streets["highway"].isin(DRIVE) & ~closed]
    open_to_foot = streets["foot"].isin(["yes", "designated", "permissive"])
    usable = ~streets["highway"].isin(NO_WALK) & ~streets["foot"].isin(["no", "private"]) & (~closed | open_to_foot)
    return streets[usable]


def built_up_region(
    streets: gpd.GeoDataFrame,
    *,
    within: shapely.Geometry | None = None,
    cell_m: float = CELL_M,
    least_m: float = BUILT_UP_STREET_M,
) -> shapely.Geometry:
    """The squares of ``cell_m`` that hold at least ``least_m`` of residential or living streets.

    Measured on the streets alone, so that the same rule holds where no population grid exists.
    ``within`` cuts the squares at the edge of what is known.
    """
    homes = streets[streets["highway"].isin(HOME_STREETS)].geometry.to_numpy()
    boxes = _cells_touching(homes, cell_m)
    tree = shapely.STRtree(homes)
    cell, line = tree.query(boxes, predicate="intersects")
    length_m = np.bincount(cell, shapely.length(shapely.intersection(homes[line], boxes[cell])), len(boxes))
    built = boxes[length_m >= least_m]
    region = shapely.union_all(built)
    return region if within is None else shapely.intersection(region, within)


def known_footprint(streets: gpd.GeoDataFrame) -> shapely.Geometry:
    """The extent that a clipped extract knows: the concave hull of its points, drawn in by 20 m.

    Examples
    --------
    >>> from shapely import LineString
    >>> square = LineString([(0, 0), (0, 1000), (1000, 1000), (1000, 0), (0, 0)])
    >>> known_footprint(gpd.GeoDataFrame(geometry=[square], crs=2154)).area
    921600.0
    """
    points = shapely.multipoints(shapely.get_coordinates(streets.geometry.to_numpy()))
    return shapely.buffer(shapely.concave_hull(points, ratio=HULL_RATIO), -HULL_INSET_M)


def _cells_touching(lines: NDArray[np.object_], cell_m: float) -> NDArray[np.object_]:
    """Squares, aligned on round coordinates, that hold a vertex of the lines."""
    west, south = (np.unique(np.floor(shapely.get_coordinates(lines) / cell_m).astype(np.int64), axis=0) * cell_m).T
    boxes: NDArray[np.object_] = shapely.box(west, south, west + cell_m, south + cell_m)
    return boxes


def measure_streets(
    streets: gpd.GeoDataFrame,
    region: shapely.Geometry,
    *,
    seed: int = 92,
) -> StreetMeasures:
    """Junction and street density, degree shares and detour factor of the streets inside a region.

    The degree of a node counts the edge ends that meet there in the whole table, a loop twice.
    Street length is cut at the region. The detour factor is the mean of network length ÷ straight
    line over random pairs of nodes (junctions and dead ends of the region, main component) whose
    straight line is 200 m to 2 km; their paths may leave the region.

    Examples
    --------
    >>> from shapely import LineString, box
    >>> lines = [LineString([(0, 0), (400, 0)]), LineString([(400, 0), (400, 300)]), LineString([(400, 0), (800, 0)])]
    >>> table = gpd.GeoDataFrame({"from_node": [0, 1, 1], "to_node": [1, 2, 3]}, geometry=lines, crs=2154)
    >>> table["length_m"] = table.geometry.length
    >>> figures = measure_streets(table, box(-100, -100, 900, 900))
    >>> figures.junctions_per_km2, figures.street_km_per_km2, figures.degree_1_share
    (1.0, 1.1, 0.75)
    >>> round(figures.detour_factor, 3)
    1.133
    """
    node_ids, ends = np.unique(streets[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    ends = ends.reshape(-1, 2)
    lines = streets.geometry.to_numpy()
    place = np.empty((len(node_ids), 2))
    place[ends[:, 0]] = shapely.get_coordinates(shapely.get_point(lines, 0))
    place[ends[:, 1]] = shapely.get_coordinates(shapely.get_point(lines, -1))

    # a node of degree 2 is a bend of one street, no junction
    degree = np.bincount(ends.ravel(), minlength=len(node_ids))
    shapely.prepare(region)
    inside = shapely.contains_xy(region, place) & (degree != 2)  # noqa: PLR2004 - a bend, not a junction
    area_km2 = region.area / 1e6
    count = max(int(inside.sum()), 1)

    # lines are cut at the region, those wholly inside excepted: cutting costs ten times as much
    wholly = shapely.contains_properly(region, lines)
    partly = ~wholly & shapely.intersects(region, lines)
    length_m = shapely.length(lines[wholly]).sum() + shapely.length(shapely.intersection(lines[partly], region)).sum()
    factor, pairs = _detour(ends, streets["length_m"].to_numpy(dtype=float), place, inside, seed=seed)

    def share(chosen: NDArray[np.bool_]) -> float:
        return float((inside & chosen).sum() / count)

    return StreetMeasures(
        area_km2=float(area_km2),
        junctions_per_km2=float((inside & (degree >= CONNECTED_DEGREE)).sum() / area_km2),
        street_km_per_km2=float(length_m / 1000 / area_km2),
        degree_1_share=share(degree == 1),
        degree_3_share=share(degree == CONNECTED_DEGREE),
        degree_4_share=share(degree == CONNECTED_DEGREE + 1),
        degree_5_share=share(degree > CONNECTED_DEGREE + 1),
        detour_factor=factor,
        detour_pairs=pairs,
    )


def _detour(
    ends: NDArray[np.int64],
    length_m: NDArray[np.float64],
    place: NDArray[np.float64],
    inside: NDArray[np.bool_],
    *,
    seed: int,
) -> tuple[float, int]:
    """Mean of network ÷ straight-line length over seeded random pairs, and how many pairs."""
    graph = _shortest_edges(ends, length_m, len(place))
    _, component = connected_components(graph, directed=False)
    main = component == np.bincount(component).argmax()
    ends_inside = np.flatnonzero(inside & main)
    random = np.random.default_rng(seed)
    origins = random.choice(ends_inside, size=min(DETOUR_ORIGINS, len(ends_inside)), replace=False)
    tree = cKDTree(place[ends_inside])
    ratios: list[NDArray[np.float64]] = []
    for origin in origins:
        near = ends_inside[tree.query_ball_point(place[origin], PAIR_MAX_M)]
        straight_m = np.hypot(*(place[near] - place[origin]).T)
        near, straight_m = near[straight_m >= PAIR_MIN_M], straight_m[straight_m >= PAIR_MIN_M]
        if len(near) == 0:
            continue
        chosen = random.choice(len(near), size=min(DETOUR_PER_ORIGIN, len(near)), replace=False)
        network_m = dijkstra(graph, directed=False, indices=origin, limit=LIMIT_M)[near[chosen]]
        ratios.append(network_m / straight_m[chosen])
    joined = np.concatenate(ratios) if ratios else np.empty(0)
    joined = joined[np.isfinite(joined)]
    return (float(joined.mean()), len(joined)) if len(joined) else (float("nan"), 0)


def _shortest_edges(ends: NDArray[np.int64], length_m: NDArray[np.float64], count: int) -> csr_array:
    """The undirected graph as a sparse matrix; of parallel edges the shortest (scipy would add them up)."""
    low, high = ends.min(axis=1), ends.max(axis=1)
    order = np.lexsort((length_m, high, low))
    low, high, length_m = low[order], high[order], length_m[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return coo_array((np.maximum(length_m[first], 1e-3), (low[first], high[first])), shape=(count, count)).tocsr()
