"""OSM tags of the demonstration streets: classes, one-way streets, speeds, surfaces and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92.sources.demo.frame import CRS_M, DemoFrame
from access92.sources.demo.growth import DRIVABLE
from access92.study.schemas import STREET_TAGS

ONE_WAY_SHARE = {
    "primary": 0.4, "secondary": 0.3, "tertiary": 0.22, "unclassified": 0.12, "residential": 0.36,
    "living_street": 0.4, "service": 0.08,
}  # fmt: skip
SPEEDS_KMH = {
    "trunk": ((70.0,), 1.0), "primary": ((50.0,), 0.8), "secondary": ((50.0, 50.0, 30.0), 0.75),
    "tertiary": ((50.0, 30.0), 0.6),
    "unclassified": ((50.0, 30.0), 0.4),
    "residential": ((30.0, 30.0, 30.0, 50.0), 0.5),
    "living_street": ((20.0,), 0.8), "motorway": ((90.0, 110.0), 1.0), "motorway_link": ((50.0, 70.0), 0.7),
}  # fmt: skip
SURFACES = {
    "track": (("compacted", "gravel", "dirt", ""), 0.8), "path": (("dirt", "ground", "compacted", ""), 0.8),
    "bridleway": (("dirt", "sand"), 0.8), "footway": (("asphalt", "paving_stones", "compacted", ""), 0.6),
    "steps": (("concrete", "paving_stones"), 0.5),
}  # fmt: skip
NAME_TYPES = {
    "primary": ("Avenue", "Boulevard", "Route"), "secondary": ("Avenue", "Boulevard", "Rue"),
    "tertiary": ("Rue", "Avenue"),
}  # fmt: skip
NAME_WORDS = (
    "de la République", "de Verdun", "du Général-Leclerc", "de la Gare", "Jean-Jaurès", "Victor-Hugo", "de Paris",
    "de la Mairie", "de l'Église", "du Château", "de Versailles", "Gambetta", "Pasteur", "de la Division-Leclerc",
    "du Maréchal-Foch",
    "Aristide-Briand", "des Écoles", "de la Libération", "Roger-Salengro", "Henri-Barbusse",
    "de la Paix", "du Parc", "de Stalingrad", "Louis-Blanc", "Raspail", "Marcel-Sembat", "du 8-Mai-1945",
    "de la Fontaine",
)  # fmt: skip


def tag_streets(
    edges: pd.DataFrame,
    lines: NDArray[np.object_],
    frame: DemoFrame,
    random: np.random.Generator,
) -> gpd.GeoDataFrame:
    """The finished streets table: edges with lines, tags, and numbers that follow the ground."""
    streets = int(edges["street"].max()) + 1
    highway = edges["highway"].to_numpy(dtype=object)
    street = edges["street"].to_numpy()
    tags = {name: np.full(len(edges), "", dtype=object) for name in STREET_TAGS}
    # the dice of a street are those of all its pieces: a street has one speed, surface and direction
    dice = random.random((8, streets))[:, street]
    maxspeed = np.full(len(edges), np.nan)
    for name, (speeds, share) in SPEEDS_KMH.items():
        of_class = (highway == name) & (dice[0] < share)
        maxspeed[of_class] = np.array(speeds)[(dice[1, of_class] * len(speeds)).astype(int)]
    drivable = np.isin(highway, list(DRIVABLE))
    tags["surface"][drivable & (dice[2] < 0.45)] = "asphalt"  # noqa: PLR2004
    for name, (surfaces, share) in SURFACES.items():
        of_class = (highway == name) & (dice[2] < share)
        tags["surface"][of_class] = np.array(surfaces, dtype=object)[(dice[3, of_class] * len(surfaces)).astype(int)]

    # one-way streets run either way; where one would trap cars it goes both ways
    one_way = np.zeros(len(edges), dtype=bool)
    for name, share in ONE_WAY_SHARE.items():
        one_way |= (highway == name) & (dice[4] < share)
    one_way &= edges["bridge"].to_numpy() < 0
    start, stop = edges["start"].to_numpy().copy(), edges["stop"].to_numpy().copy()
    motorway = np.isin(highway, ["motorway", "motorway_link"])
    backwards = (dice[5] < 0.5) & ~motorway  # noqa: PLR2004 - heads or tails
    start[backwards], stop[backwards] = stop[backwards], start[backwards].copy()
    lines = lines.copy()
    lines[backwards] = shapely.reverse(lines[backwards])
    one_way &= ~_parts_the_network(start, stop, drivable, one_way)
    one_way |= motorway

    # tags as OpenStreetMap has them in the Hauts-de-Seine, in about those shares
    tags["oneway_bicycle"][one_way & (maxspeed <= 30) & (dice[6] < 0.6)] = "no"  # noqa: PLR2004
    service = highway == "service"
    tags["service"][service & (dice[6] < 0.4)] = "parking_aisle"  # noqa: PLR2004
    tags["service"][service & (dice[6] > 0.85)] = "driveway"  # noqa: PLR2004
    big = np.isin(highway, ["primary", "secondary", "tertiary"])
    tags["sidewalk"][big & (dice[7] < 0.5)] = "both"  # noqa: PLR2004
    walkable = np.isin(highway, ["footway", "path"])
    tags["bicycle"][walkable & (dice[6] < 0.15)] = "yes"  # noqa: PLR2004
    tags["foot"][(highway == "cycleway")] = "yes"

    # bridges have their real names and modes
    names = _names(edges, highway, random)
    for row, (name, modes) in enumerate(zip(frame.bridges["name"], frame.bridges["modes"], strict=True)):
        on_bridge = edges["bridge"].to_numpy() == row
        names[on_bridge] = name
        tags["bridge"][on_bridge] = "yes"
        for tag, mode in (("foot", "walk"), ("bicycle", "bike"), ("motor_vehicle", "car")):
            if "car" not in modes or mode not in modes:
                tags[tag][on_bridge] = "yes" if mode in modes else "no"
    oneway = np.where(one_way, "yes", "").astype(object)
    columns = {"highway": highway, "oneway": oneway, "maxspeed_kmh": maxspeed, "name": names, **tags}
    return _numbered(start, stop, columns, lines)


def _parts_the_network(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    drivable: NDArray[np.bool_],
    one_way: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """The edges between two strongly connected parts of the car network: one-way there would trap cars."""
    count = int(max(start.max(), stop.max())) + 1
    forward = drivable
    backward = drivable & ~one_way
    heads, tails = np.concatenate([start[forward], stop[backward]]), np.concatenate([stop[forward], start[backward]])
    graph = coo_array((np.ones(len(heads)), (heads, tails)), shape=(count, count)).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    return np.asarray(part[start] != part[stop])


def _names(edges: pd.DataFrame, highway: NDArray[np.object_], random: np.random.Generator) -> NDArray[np.object_]:
    """Invented names for main roads, one per street."""
    street = edges["street"].to_numpy()
    count = int(street.max()) + 1
    kinds, words = random.integers(0, 6, count), random.integers(0, len(NAME_WORDS), count)
    names = np.full(len(edges), "", dtype=object)
    for at in np.flatnonzero(np.isin(highway, list(NAME_TYPES))).tolist():
        types = NAME_TYPES[highway[at]]
        names[at] = f"{types[kinds[street[at]] % len(types)]} {NAME_WORDS[words[street[at]]]}"
    return names


def _numbered(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    columns: Mapping[str, NDArray[Any]],
    lines: NDArray[np.object_],
) -> gpd.GeoDataFrame:
    """Edges and nodes numbered along a Hilbert curve, so that neighbours stand near each other in memory."""
    order = np.argsort(gpd.GeoSeries(lines, crs=CRS_M).hilbert_distance().to_numpy(), kind="stable")
    ends = np.column_stack([start[order], stop[order]]).ravel()
    # a node is numbered when an edge first meets it
    first = np.full(int(ends.max()) + 1, len(ends))
    first[ends[::-1]] = np.arange(len(ends))[::-1]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return street_table(
        rank[ends].reshape(-1, 2), {name: _column(values[order]) for name, values in columns.items()}, lines[order]
    )


def street_table(nodes: NDArray[np.int64], columns: Mapping[str, Any], lines: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """The streets table: ids in the order of the rows, ends (``nodes``, (n, 2)), lengths, columns, lines in metres."""
    return gpd.GeoDataFrame(
        {
            "edge_id": [f"demo-{i:06d}" for i in range(len(lines))],
            "from_node": nodes[:, 0],
            "to_node": nodes[:, 1],
            "length_m": shapely.length(lines),
            **columns,
        },
        geometry=lines,
        crs=CRS_M,
    )


def _column(values: NDArray[Any]) -> Any:  # noqa: ANN401 - what pandas makes a column of
    """Texts as pandas keeps them, each different one looked at once; numbers as they are."""
    if values.dtype != object:
        return values
    codes, texts = pd.factorize(values)
    return pd.array(texts, dtype="str").take(codes)
