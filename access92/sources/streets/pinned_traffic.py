"""Barriers, signals and turn restrictions kept in the metadata of a GeoParquet file of streets, and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from access92._limits import parse_json
from access92.errors import input_error
from access92.sources.places import WGS84
from access92.sources.streets.traffic import NODE_TAGS, RESTRICTION_COLUMNS, TrafficRules, no_traffic_rules

TRAFFIC_KEY = b"access92_traffic"
"""The key of the file's metadata; a file without it knows no rule."""

_WHOLE = ("relation_id", "from_way", "via_node", "to_way")


def traffic_json(traffic: TrafficRules, crs: pyproj.CRS) -> bytes:
    """The rules as JSON: nodes as [id, lon, lat, tags], restrictions as rows in the order of their columns.

    ``crs``: that of the positions of the nodes.

    >>> traffic_json(no_traffic_rules(), pyproj.CRS(2154))
    b'{"nodes": [], "restrictions": []}'
    """
    nodes = traffic.nodes
    to_degrees = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = to_degrees.transform(nodes["x"].to_numpy(float), nodes["y"].to_numpy(float))
    tags = [
        {name: text for name, text in zip(NODE_TAGS, row, strict=True) if text}
        for row in nodes[list(NODE_TAGS)].astype(str).itertuples(index=False)
    ]
    places = zip(nodes["node_id"].tolist(), np.round(lon, 7).tolist(), np.round(lat, 7).tolist(), tags, strict=True)
    restrictions = traffic.restrictions[list(RESTRICTION_COLUMNS)].astype(object).to_numpy().tolist()
    return json.dumps({"nodes": list(places), "restrictions": restrictions}, ensure_ascii=False).encode()


def read_traffic(path: Path, streets: gpd.GeoDataFrame) -> TrafficRules:
    """The rules that a file keeps, of the streets read from it: their nodes, and restrictions with all their streets.

    Streets beyond the extent take their restrictions with them. Positions in the CRS of ``streets``.

    Raises
    ------
    InputError
        What stands in the metadata is not what :func:`traffic_json` wrote.
    """
    try:
        kept = (pq.read_metadata(path).metadata or {}).get(TRAFFIC_KEY)
        if kept is None:
            return no_traffic_rules()
        table = parse_json(kept)
        nodes, restrictions = _node_table(table["nodes"], streets.crs), _restriction_table(table["restrictions"])
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise input_error(
            "Les barrières et interdictions de tourner du fichier de rues sont illisibles.",
            f"{path}, métadonnée « {TRAFFIC_KEY.decode()} » ({type(error).__name__} : {error})",
            "Produire ce fichier de nouveau avec « access92 fetch streets ».",
        ) from error
    ends = np.unique(streets[["from_node", "to_node"]].to_numpy(np.int64))
    ways = set(streets["edge_id"].astype(str).str.removeprefix("w").str.rpartition("-")[0])
    is_whole = restrictions["via_node"].isin(ends) | restrictions["via_node"].eq(-1)
    for name in ("from_way", "to_way"):
        is_whole &= restrictions[name].astype(str).isin(ways)
    vias = [all(way in ways for way in text.split(";") if way) for text in restrictions["via_ways"]]
    is_whole &= np.array(vias, dtype=bool)
    return TrafficRules(
        nodes[nodes["node_id"].isin(ends)].reset_index(drop=True),
        restrictions[is_whole].reset_index(drop=True),
    )


def _node_table(rows: Sequence[Sequence[object]], crs: pyproj.CRS) -> pd.DataFrame:
    """Nodes sorted by id, in the CRS, a text column a tag."""
    ids, lon, lat, tags = zip(*rows, strict=True) if rows else ((), (), (), ())
    place = np.array([lon, lat], dtype=float).reshape(2, -1)
    if not np.isfinite(place).all():
        raise ValueError("position")
    x, y = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True).transform(*place)
    texts = {column: pd.Series([str(known.get(column, "")) for known in tags], dtype="str") for column in NODE_TAGS}
    table = pd.DataFrame({"node_id": np.array(ids, dtype=np.int64), "x": x, "y": y} | texts)
    return table.sort_values("node_id", kind="stable", ignore_index=True)


def _restriction_table(rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else ((),) * len(RESTRICTION_COLUMNS)
    return pd.DataFrame(
        {
            name: np.array(values, dtype=np.int64) if name in _WHOLE else pd.Series(list(map(str, values)), dtype="str")
            for name, values in zip(RESTRICTION_COLUMNS, columns, strict=True)
        }
    )
