"""A town of 3 × 3 crossings where one block is one minute on foot: every expected value is mental arithmetic.

::

    7 --- 8 --- 9        node 1 at (X0, Y0); one block = 250/3 m = 1 min at 5 km/h
    |     |     |
    4 --- 5 --- 6        streets "h12" … run east, "v14" … run north
    |     |     |
    1 --- 2 --- 3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
from shapely import LineString, Point

CRS = "EPSG:2154"
X0, Y0 = 650_000.0, 6_860_000.0
BLOCK_M = 250 / 3


def at(east: float, north: float) -> Point:
    """The point so many blocks east and north of node 1."""
    return Point(X0 + east * BLOCK_M, Y0 + north * BLOCK_M)


def node_place(node: int) -> tuple[float, float]:
    """Blocks east and north of node 1 (nodes 1 to 9; others are given by their street)."""
    return float((node - 1) % 3), float((node - 1) // 3)


def street(
    edge_id: str,
    from_node: int,
    to_node: int,
    places: Mapping[int, tuple[float, float]] | None = None,
    **tags: object,
) -> dict[str, object]:
    """One straight street between two nodes; tags override « residential, two-way »."""
    places = places or {}
    ends = [at(*places.get(node, node_place(node))) for node in (from_node, to_node)]
    line = LineString(ends)
    plain = {"highway": "residential", "oneway": "", "maxspeed_kmh": float("nan"), "name": ""}
    return {
        "edge_id": edge_id, "from_node": from_node, "to_node": to_node, "length_m": line.length, "geometry": line,
        **plain, **tags,
    }  # fmt: skip


def town(
    *,
    without: Iterable[str] = (),
    tagged: Mapping[str, Mapping[str, object]] | None = None,
    more: Iterable[dict[str, object]] = (),
) -> gpd.GeoDataFrame:
    """The streets of the town: ``without`` some, with tags on some, with more of them."""
    tagged = tagged or {}
    rows = []
    for node in range(1, 10):
        if node % 3:
            rows.append((f"h{node}{node + 1}", node, node + 1))
        if node <= 6:
            rows.append((f"v{node}{node + 3}", node, node + 3))
    gone = set(without)
    streets = [street(name, a, b, **tagged.get(name, {})) for name, a, b in rows if name not in gone]
    table = gpd.GeoDataFrame([*streets, *more], geometry="geometry", crs=CRS)
    for column in set(table.columns) - {"geometry", "length_m", "maxspeed_kmh", "from_node", "to_node"}:
        table[column] = table[column].fillna("")
    return table.sort_values("edge_id", ignore_index=True)


def river_town(*, bridge: bool) -> gpd.GeoDataFrame:
    """A river between the middle and the upper row; the only bridge is v69 in the east (or there is none)."""
    gone = ["v47", "v58"] if bridge else ["v47", "v58", "v69"]
    return town(without=gone)


def services_at(**places: tuple[float, float]) -> gpd.GeoDataFrame:
    """SST at so many blocks east and north, by service_id."""
    return gpd.GeoDataFrame(
        {"service_id": list(places), "name": list(places), "kind": "sst"},
        geometry=[at(*place) for place in places.values()],
        crs=CRS,
    )


def demand_at(*places: tuple[float, float], population: int = 10, area_id: str = "a") -> gpd.GeoDataFrame:
    """People at so many blocks east and north."""
    return gpd.GeoDataFrame(
        {"demand_id": [f"d{i}" for i in range(len(places))], "area_id": area_id, "population": population},
        geometry=[at(*place) for place in places],
        crs=CRS,
    )
