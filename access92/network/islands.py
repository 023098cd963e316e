"""Islands: parts of the streets of a mode that no trip joins to the rest, by the names of their streets."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92.network.graph import Network

LEAST_KM = 0.5
"""Shorter parts are mostly paths drawn without their last metre: they are counted, not named (access92's choice)."""


@dataclass(frozen=True, slots=True)
class Islands:
    """How many parts are cut off, how many of them have ``LEAST_KM`` of streets, and the names of these.

    ``names``: of each, the longest first, the name of the most of its length; an ``edge_id`` where no street has one.
    """

    count: int = 0
    large: int = 0
    names: tuple[str, ...] = ()


def find_islands(streets: gpd.GeoDataFrame, network: Network, *, most_names: int = 3) -> Islands:
    """The parts of the streets that the network leaves out; streets that meet, whatever their direction, are one part.

    ``streets``: the table that the network was built from.

    >>> from access92.network.modes import read_modes
    >>> from access92.network.graph import build_network
    >>> import shapely
    >>> ends = [((0, 0), (900, 0)), ((900, 0), (900, 900)), ((0, 5000), (0, 5800))]
    >>> streets = gpd.GeoDataFrame(
    ...     {"edge_id": list("abc"), "from_node": [1, 2, 8], "to_node": [2, 3, 9], "name": ["Rue A", "", "Rue C"],
    ...      "length_m": [900.0, 900.0, 800.0], "highway": "residential", "oneway": "", "maxspeed_kmh": np.nan},
    ...     geometry=[shapely.LineString(line) for line in ends], crs=2154)
    >>> find_islands(streets, build_network(streets, read_modes()["walk"]))
    Islands(count=1, large=1, names=('Rue C',))
    """
    rows = network.cut_off_row
    if len(rows) == 0:
        return Islands()
    ends = np.stack([streets["from_node"].to_numpy(np.int64)[rows], streets["to_node"].to_numpy(np.int64)[rows]])
    nodes, codes = np.unique(ends, return_inverse=True)
    start, end = codes.reshape(2, -1)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (start, end)), shape=(len(nodes), len(nodes)))
    count, part = connected_components(graph, directed=False)

    # names by length: a square of ten paths and one avenue is called after the avenue where that is longer
    members = streets.iloc[rows]
    names = members["name"].astype(object).fillna("").astype(str) if "name" in streets.columns else ""
    table = pd.DataFrame({"edge_id": members["edge_id"].astype(str), "km": members["length_m"].astype(float) / 1000})
    table = table.assign(part=part[start], name=names)
    km = table.groupby("part")["km"].sum()
    large = km[km >= LEAST_KM].sort_values(ascending=False, kind="stable")
    chosen = []
    for number in large.index[:most_names]:
        island = table[table["part"] == number]
        named = island[island["name"] != ""].groupby("name")["km"].sum()
        chosen.append(str(named.idxmax() if len(named) else island["edge_id"].iloc[0]))
    return Islands(int(count), len(large), tuple(chosen))
