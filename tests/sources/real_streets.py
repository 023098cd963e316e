"""The real OSM files of ../shared as streets tables, read as plainly as can be: the calibration's own reader.

Independent of ``access92.sources.streets.read`` on purpose: a fault there must not move the calibration.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

SHARED_NETWORKS = Path(__file__).resolve().parents[2].parent / "shared" / "networks"
SAINT_GERMAIN = SHARED_NETWORKS / "stgermain78_overpass.json"
MEUDON = SHARED_NETWORKS / "meudon92_drive.graphml"
TAGS = ("access", "foot", "bicycle", "service", "footway", "bridge", "oneway", "surface", "maxspeed", "name")


def _to_metres(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Longitudes and latitudes as EPSG:2154 coordinates, n × 2."""
    return np.column_stack(Transformer.from_crs(4326, 2154, always_xy=True).transform(lon, lat))


def _streets_table(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=2154)
    table["length_m"] = table.geometry.length
    return table


def read_overpass_streets(path: Path) -> gpd.GeoDataFrame:
    """Every highway of an Overpass response, split where ways meet."""
    elements = json.loads(path.read_text(encoding="utf-8"))["elements"]
    nodes = [element for element in elements if element["type"] == "node"]
    ways = [element for element in elements if element["type"] == "way" and "highway" in element["tags"]]
    place = _to_metres(np.array([node["lon"] for node in nodes]), np.array([node["lat"] for node in nodes]))
    at = {node["id"]: place[i] for i, node in enumerate(nodes)}
    uses = Counter(node for way in ways for node in way["nodes"])
    rows: list[dict[str, object]] = []
    for way in ways:
        tags = {name: way["tags"].get(name, "") for name in TAGS}
        ids, start = way["nodes"], 0
        for stop in range(1, len(ids)):
            if stop < len(ids) - 1 and uses[ids[stop]] == 1:
                continue
            line = shapely.LineString([at[node] for node in ids[start : stop + 1]])
            highway = way["tags"]["highway"]
            rows.append({"from_node": ids[start], "to_node": ids[stop], "highway": highway, **tags, "geometry": line})
            start = stop
    return _streets_table(rows)


def read_graphml_streets(path: Path) -> gpd.GeoDataFrame:
    """The edges of an OSMnx GraphML, taken as undirected; the first class where an edge has several."""
    graph = nx.read_graphml(path)
    names = list(graph.nodes)
    place = _to_metres(
        np.array([float(graph.nodes[name]["x"]) for name in names]),
        np.array([float(graph.nodes[name]["y"]) for name in names]),
    )
    at = dict(zip(names, place, strict=True))
    rows: list[dict[str, object]] = []
    for start, stop, data in graph.edges(data=True):
        line = shapely.LineString([at[start], at[stop]])
        if "geometry" in data:
            written = shapely.get_coordinates(shapely.from_wkt(data["geometry"]))
            line = shapely.LineString(_to_metres(written[:, 0], written[:, 1]))
        highway = data["highway"].strip("[]").split(",")[0].strip("'\" ")
        rows.append(
            {
                "from_node": int(start), "to_node": int(stop), "highway": highway, "access": "", "foot": "",
                "oneway": "yes" if data.get("oneway") == "True" else "", "geometry": line,
            },
        )  # fmt: skip
    return _streets_table(rows)
