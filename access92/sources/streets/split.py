"""Ways cut into edges where streets meet, and the streets table made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from access92.sources.streets.maxspeed import maxspeed_kmh
from access92.sources.streets.ways import COORDINATE_SCALE, MISSING, Texts, Ways
from access92.study.schemas import STREET_TAGS

WGS84_RADIUS_M = 6_378_137.0
WGS84_ECCENTRICITY_2 = 0.006_694_379_990_14


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Streets between two junctions, as flat arrays.

    Edge ``i`` belongs to the row ``way[i]`` of the tags, is the ``index[i]``-th of its way, and has the
    points ``first[i]`` to ``first[i + 1]``, exclusive, of ``lon`` and ``lat`` (degrees, WGS 84).
    """

    way: NDArray[np.int64]
    index: NDArray[np.int64]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    first: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        """Count them."""
        return len(self.way)

    def take(self, rows: NDArray[np.int64]) -> Edges:
        """The edges at these rows, in this order."""
        points, first = _ranges(self.first[rows], self.first[rows + 1])
        return Edges(
            way=self.way[rows],
            index=self.index[rows],
            from_node=self.from_node[rows],
            to_node=self.to_node[rows],
            first=first,
            lon=self.lon[points],
            lat=self.lat[points],
        )

    def lines(self) -> NDArray[np.object_]:
        """The edges as lines, WGS 84."""
        return _lines(self.lon, self.lat, self.first)


def split_ways(ways: Ways, *, cut_at: NDArray[np.int64] | None = None) -> Edges:
    """Edges between the nodes where streets meet or end, sorted by way, then along the way.

    A node is a junction when two ways use it, or one way twice (a loop, a crossing with itself), or a
    way ends there; a way is also cut where a node is missing from the file, and at the nodes ``cut_at`` (any order),
    on which a rule hangs. Repeated nodes are dropped;
    two successive nodes at one position become one (the smaller id), so that no edge has length zero
    and nothing comes apart. A closed way that meets no other is one edge from its node to itself.

    Examples
    --------
    Two streets that cross at node 3 give four edges:

    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(1, [], [(1, 0, 0), (3, 5, 0), (2, 9, 0)])
    >>> collector.add(2, [], [(4, 5, -5), (3, 5, 0), (5, 5, 5)])
    >>> edges = split_ways(collector.finish())
    >>> list(zip(edges.from_node.tolist(), edges.to_node.tolist()))
    [(1, 3), (3, 2), (4, 3), (3, 5)]
    """
    # nodes that are not in the file cut their way: no street jumps over a gap
    way = np.repeat(np.arange(len(ways)), np.diff(ways.first))
    known = (ways.x != MISSING) & (ways.y != MISSING)
    run = np.cumsum(~known)[known]  # a missing node starts a new run of its way
    merged = merged_nodes(ways)
    way, node, x, y = way[known], merged[known], ways.x[known], ways.y[known]
    same_run = (way[1:] == way[:-1]) & (run[1:] == run[:-1])

    # two nodes at one place are one junction, and a node repeated is none: no edge of length zero
    fresh = np.append(np.ones(min(1, len(way)), dtype=bool), ~(same_run & (node[1:] == node[:-1])))
    way, node, x, y, run = way[fresh], node[fresh], x[fresh], y[fresh], run[fresh]

    # junctions: ends of ways, and nodes used twice, also by ways beyond the extent
    starts = np.append(np.ones(min(1, len(way)), dtype=bool), (way[1:] != way[:-1]) | (run[1:] != run[:-1]))
    ends = np.append(starts[1:], np.ones(min(1, len(way)), dtype=bool))
    numbers, which, uses = np.unique(node, return_inverse=True, return_counts=True)
    shared = (uses > 1) | np.isin(numbers, ways.elsewhere, assume_unique=True)
    if cut_at is not None and len(cut_at):
        shared |= np.isin(numbers, np.concatenate([cut_at, merged[np.isin(ways.node, cut_at)]]))
    cut = np.flatnonzero(shared[which] | starts | ends)

    # an edge runs from each cut to the next on the same run
    run_number = np.cumsum(starts)
    along = run_number[cut[1:]] == run_number[cut[:-1]]
    begin, end = cut[:-1][along], cut[1:][along]
    points, first = _ranges(begin, end + 1)
    edge_way = way[begin]
    return Edges(
        way=edge_way,
        index=rank_in_group(edge_way),
        from_node=node[begin],
        to_node=node[end],
        first=first,
        lon=x[points] / COORDINATE_SCALE,
        lat=y[points] / COORDINATE_SCALE,
    )


def merged_nodes(ways: Ways) -> NDArray[np.int64]:
    """The number of each node of each way, where two that follow each other at one place become the smaller one.

    Examples
    --------
    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(1, [], [(7, 5, 5), (3, 5, 5), (4, 9, 9)])
    >>> merged_nodes(collector.finish()).tolist()
    [3, 3, 4]
    """
    node, x, y = ways.node, ways.x, ways.y
    same_place = (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (x[1:] != MISSING)
    starts = ways.first[1:-1]  # the first node of a way follows no other
    same_place[starts[(starts > 0) & (starts < len(node))] - 1] = False
    pairs = np.flatnonzero(same_place & (node[1:] != node[:-1]))
    if not len(pairs):
        return node
    numbers, inverse = np.unique(np.concatenate([node[pairs], node[pairs + 1]]), return_inverse=True)
    pairs_graph = sparse.coo_array(
        (np.ones(len(pairs)), (inverse[: len(pairs)], inverse[len(pairs) :])),
        shape=(len(numbers), len(numbers)),
    )
    _, group = sparse.csgraph.connected_components(pairs_graph, directed=False)
    smallest = np.full(len(numbers), np.iinfo(np.int64).max)
    np.minimum.at(smallest, group, numbers)
    place = np.searchsorted(numbers, node).clip(max=len(numbers) - 1)
    return np.where(numbers[place] == node, smallest[group[place]], node)


def _ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All positions from each ``begin`` to its ``end`` (exclusive), and where each range starts in them."""
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(end - begin)])
    return np.repeat(begin - first[:-1], end - begin) + np.arange(first[-1]), first


def rank_in_group(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2 … within each stretch of equal values."""
    position = np.arange(len(group))
    changes = np.append(np.ones(min(1, len(group)), dtype=bool), group[1:] != group[:-1])
    return position - np.maximum.accumulate(np.where(changes, position, 0))


def _lines(x: NDArray[np.float64], y: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.object_]:
    lines: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.LINESTRING,
        np.column_stack([x, y]),
        (first,),
    )
    return lines


def clip_edges(edges: Edges, extent: BaseGeometry) -> Edges:
    """The edges that touch the extent (WGS 84), whole.

    Examples
    --------
    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(1, [], [(1, 0, 0), (2, 9_000_000, 0)])
    >>> edges = split_ways(collector.finish())
    >>> len(clip_edges(edges, shapely.box(0.5, -1, 2, 1))), len(clip_edges(edges, shapely.box(1, 0, 2, 1)))
    (1, 0)
    """
    if not len(edges):
        return edges
    shapely.prepare(extent)
    return edges.take(np.flatnonzero(shapely.intersects(extent, edges.lines())))


def ground_lengths_m(edges: Edges) -> NDArray[np.float64]:
    """Length of each edge on the WGS 84 ellipsoid, in metres.

    Each segment is measured with the two radii of curvature at its middle latitude: on segments of
    streets (under some kilometres) this is the geodesic to about a millionth, where a projection such as
    Lambert-93 is off by up to a thousandth and a sphere by three.

    Examples
    --------
    One thousandth of a degree along the equator:

    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(1, [], [(1, 0, 0), (2, 10_000, 0)])
    >>> ground_lengths_m(split_ways(collector.finish())).round(3).tolist()
    [111.319]
    """
    middle = np.radians((edges.lat[1:] + edges.lat[:-1]) / 2)
    flattening = 1 - WGS84_ECCENTRICITY_2 * np.sin(middle) ** 2
    east_m = np.radians(np.diff(edges.lon)) * np.cos(middle) * WGS84_RADIUS_M / np.sqrt(flattening)
    north_m = np.radians(np.diff(edges.lat)) * WGS84_RADIUS_M * (1 - WGS84_ECCENTRICITY_2) / flattening**1.5
    total_m = np.concatenate([[0.0], np.cumsum(np.hypot(east_m, north_m))])
    lengths_m: NDArray[np.float64] = total_m[edges.first[1:] - 1] - total_m[edges.first[:-1]]
    return lengths_m


@lru_cache(maxsize=8)
def from_degrees(crs: pyproj.CRS) -> pyproj.Transformer:
    """What takes longitudes and latitudes to a CRS; made once, which takes longer than to use it on a town.

    >>> from_degrees(pyproj.CRS(2154)).transform(3.0, 46.5)
    (700000.0, 6600000.0)
    """
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


SHORTEST_M = 0.001
"""Length of a street between two nodes at one place: no street is of no length."""


def streets_table(
    edges: Edges,
    *,
    way_id: NDArray[np.int64],
    tags: Mapping[str, Texts],
    crs: pyproj.CRS,
) -> gpd.GeoDataFrame:
    """The streets table (contract ``tables.STREETS``) of these edges, geometry in ``crs``.

    ``way_id`` and ``tags`` have one row a way; tag columns come out categorical, '' where absent.
    ``edge_id`` is « w<way>-<rank of the edge along the way> ».
    """
    x, y = from_degrees(crs).transform(edges.lon, edges.lat)
    way_text = pd.Series(way_id).astype("str").take(edges.way).reset_index(drop=True)
    columns: dict[str, object] = {
        "edge_id": "w" + way_text + "-" + pd.Series(edges.index).astype("str"),
        "from_node": edges.from_node,
        "to_node": edges.to_node,
        "length_m": np.maximum(ground_lengths_m(edges), SHORTEST_M),
        "highway": _tag_of_edges(tags["highway"], edges.way),
        "oneway": _tag_of_edges(tags["oneway"], edges.way),
        "maxspeed_kmh": maxspeed_kmh(tags["maxspeed"])[edges.way],
        "name": _tag_of_edges(tags["name"], edges.way),
    }
    none = pd.Categorical.from_codes(np.zeros(len(edges), dtype=np.int8), categories=pd.Index([""], dtype="str"))
    carried = {tag for tag, texts in tags.items() if list(texts.categories) != [""] or not len(edges)}
    columns |= {tag: _tag_of_edges(tags[tag], edges.way) if tag in carried else none for tag in STREET_TAGS}
    return gpd.GeoDataFrame(columns, geometry=_lines(np.asarray(x), np.asarray(y), edges.first), crs=crs)


def _tag_of_edges(tag: Texts, way: NDArray[np.int64]) -> Texts:
    """The tag of each edge's way; the categories that occur, sorted, so that equal tables are equal bytes."""
    codes = tag.codes[way]
    used = np.flatnonzero(np.bincount(codes, minlength=len(tag.categories)))
    words = tag.categories.take(used)
    order = np.argsort(words.to_numpy(dtype=object))
    rank = np.zeros(len(tag.categories), dtype=np.int32)
    rank[used[order]] = np.arange(len(order))
    return pd.Categorical.from_codes(rank[codes], categories=words.take(order))
