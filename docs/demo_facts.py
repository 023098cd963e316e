"""The real places in the demonstration streets, drawn from an OpenStreetMap extract: main roads, woods and parks.

Run by hand when the frame of the demonstration is made anew; what it writes is committed (ODbL, see data/README.md)::

    python -m docs.demo_facts hauts-de-seine.osm.pbf

Main roads are simplified to straight links between crossings about 450 m apart: each road by its name and a few dozen
points. Woods and parks under 8 ha are left out, the others drawn to 60 m.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from access92.sources.areas import read_areas
from access92.sources.streets.read import read_streets
from access92.sources.study_streets import study_extent
from access92.study.read import read_study

STUDY = Path("data/studies/sosms.toml")
OUT = Path("data/demo")
RANKS = {"tertiary": 1, "secondary": 2, "primary": 3, "trunk": 4}
SPACING_M = 450.0
GREEN_HA, GREEN_M, NEAR_M = 8.0, 60.0, 300.0
NAMED = {
    "Bois de Boulogne": (2.2480, 48.8640),
    "Forêt de Meudon": (2.2250, 48.7880),
    "Domaine de Saint-Cloud": (2.2030, 48.8370),
    "Forêt de Fausses-Reposes": (2.1650, 48.8130),
    "Parc de Sceaux": (2.2990, 48.7710),
    "Forêt de Verrières": (2.2500, 48.7560),
    "Forêt de la Malmaison": (2.1560, 48.8610),
    "Parc des Chanteraines": (2.3230, 48.9330),
    "Parc André-Malraux": (2.2190, 48.8900),
    "Parc de l'île Saint-Germain": (2.2560, 48.8260),
    "Hippodrome de Saint-Cloud": (2.1930, 48.8560),
    "Bois de Clamart": (2.2380, 48.7920),
    "Parc Henri-Sellier": (2.2560, 48.7810),
    "Vallée-aux-Loups": (2.2680, 48.7740),
    "Parc Pierre-Lagravère": (2.2590, 48.9370),
}
"""Names of the larger woods and parks, and a point inside each: the extract at hand names none (general knowledge)."""


def main_roads(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Straight links between crossings of main roads: name, highway, longitude and latitude of both ends."""
    main = streets[streets["highway"].isin(RANKS)]
    rank = main["highway"].astype(str).map(RANKS).to_numpy()
    ends, codes = np.unique(main[["from_node", "to_node"]].to_numpy(), return_inverse=True)
    start, stop = codes.reshape(-1, 2).T
    first = shapely.get_coordinates(shapely.get_point(main.geometry.to_numpy(), 0))
    last = shapely.get_coordinates(shapely.get_point(main.geometry.to_numpy(), -1))
    places = np.empty((len(ends), 2))
    places[start], places[stop] = first, last

    # crossings of large roads first, none nearer than the spacing to another; each place goes with its nearest
    weight = np.bincount(start, weights=rank, minlength=len(ends)) + np.bincount(
        stop, weights=rank, minlength=len(ends)
    )
    centres: list[int] = []
    taken = np.zeros(len(ends), dtype=bool)
    tree = cKDTree(places)
    for node in np.lexsort((places[:, 1], places[:, 0], -weight)).tolist():
        if not taken[node]:
            centres.append(node)
            taken[tree.query_ball_point(places[node], SPACING_M)] = True
    _, group = cKDTree(places[centres]).query(places)

    # a link wherever a road leads from one to another; of several the largest road, by its longest name
    frame = pd.DataFrame(
        {
            "a": np.minimum(group[start], group[stop]), "b": np.maximum(group[start], group[stop]), "rank": rank,
            "name": main["name"].astype(str).to_numpy(), "length_m": main["length_m"].to_numpy(),
        }
    )  # fmt: skip
    links = frame[frame["a"] != frame["b"]].sort_values(["a", "b", "rank", "length_m"], kind="stable")
    links = links.groupby(["a", "b"], as_index=False).last()

    # straight lines may cross where roads do not: the smaller road goes
    at = places[centres]
    lines = shapely.linestrings(np.stack([at[links["a"]], at[links["b"]]], axis=1))
    order = np.lexsort((shapely.length(lines), -links["rank"].to_numpy()))
    chosen: list[int] = []
    search = shapely.STRtree(lines)
    stays = np.zeros(len(lines), dtype=bool)
    for row in order.tolist():
        near = search.query(lines[row], predicate="crosses")
        if not stays[near].any():
            stays[row] = True
            chosen.append(row)
    links = links.iloc[sorted(chosen)]
    degrees = gpd.GeoSeries(gpd.points_from_xy(*at.T), crs=streets.crs).to_crs(4326)
    lon, lat = degrees.x.round(5).to_numpy(), degrees.y.round(5).to_numpy()
    names = {value: name for name, value in RANKS.items()}
    return pd.DataFrame(
        {
            "name": links["name"].to_numpy(), "highway": links["rank"].map(names).to_numpy(),
            "from_lon": lon[links["a"]], "from_lat": lat[links["a"]],
            "to_lon": lon[links["b"]], "to_lat": lat[links["b"]],
        }
    ).sort_values(["name", "from_lon", "from_lat", "to_lon", "to_lat"], kind="stable")  # fmt: skip


def green(path: Path, extent: shapely.Geometry) -> gpd.GeoDataFrame:
    """Woods, parks and cemeteries of the extent (Lambert-93), simplified; touching ones of a kind as one."""
    factory = osmium.geom.WKBFactory()
    keys = osmium.filter.KeyFilter("natural", "landuse", "leisure")
    kinds = {"wood": "bois", "forest": "bois", "park": "parc", "cemetery": "cimetière"}
    shapes: dict[str, list[shapely.Geometry]] = {kind: [] for kind in kinds.values()}
    for item in osmium.FileProcessor(str(path)).with_areas(keys).with_filter(keys):
        if isinstance(item, osmium.osm.Area):
            value = next((item.tags[key] for key in ("natural", "landuse", "leisure") if key in item.tags), "")
            if value in kinds:
                shapes[kinds[value]].append(shapely.from_wkb(bytes.fromhex(factory.create_multipolygon(item))))
    rows = []
    for kind, parts in shapes.items():
        projected = gpd.GeoSeries(parts, crs=4326).to_crs(2154).buffer(15)
        for polygon in shapely.get_parts(shapely.intersection(projected.union_all().buffer(-15), extent)):
            if polygon.area >= GREEN_HA * 1e4:
                simple = shapely.simplify(polygon, GREEN_M)
                rows.append((kind, polygon.area, shapely.Polygon(simple.exterior)))
    table = gpd.GeoDataFrame(rows, columns=["kind", "area", "geometry"], crs=2154)
    points = gpd.GeoSeries(gpd.points_from_xy(*np.array(list(NAMED.values())).T), crs=4326).to_crs(2154)
    names = np.full(len(table), "", dtype=object)
    for name, point in zip(NAMED, points, strict=True):
        near = table.geometry.distance(point)
        at = int(near.argmin())
        if near.iloc[at] < NEAR_M and not names[at]:
            names[at] = name
    table["name"] = names
    table = table.sort_values("area", ascending=False)[["name", "kind", "geometry"]].to_crs(4326)
    table.geometry = shapely.set_precision(table.geometry.to_numpy(), 1e-5)
    return table


def main() -> None:
    """Write both files."""
    study = read_study(STUDY)
    areas = read_areas(study)
    path = Path(sys.argv[1])
    extent = study_extent(study, areas)
    streets = read_streets(path, extent=extent, crs=2154).streets
    roads = main_roads(streets)
    roads.to_csv(OUT / "main_roads.csv", index=False)
    woods = green(path, gpd.GeoSeries([extent], crs=4326).to_crs(2154).iloc[0])
    (OUT / "green.geojson").write_text(woods.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    print(f"{len(roads)} tronçons de {roads['name'].nunique()} grandes rues, {len(woods)} bois, parcs et cimetières")


if __name__ == "__main__":
    main()
