"""The demonstration streets and their frame, made once for all tests of a worker."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from access92.sources.demo.shipped_streets import shipped_streets as streets_of_file
from access92.sources.demo.streets import DemoFrame, make_demo_streets, read_demo_frame

DATA = Path(__file__).resolve().parents[2] / "data"
SEED, MARGIN_M = 92, 3000.0


@cache
def shipped_frame() -> DemoFrame:
    areas = gpd.read_file(DATA / "areas" / "communes.geojson").rename(columns={"insee": "area_id"})
    return read_demo_frame(
        areas,
        grid_file=DATA / "population" / "grid_1km_2021.csv",
        seine_file=DATA / "demo" / "seine.csv",
        bridges_file=DATA / "demo" / "seine_bridges.csv",
        roads_file=DATA / "demo" / "main_roads.csv",
        green_file=DATA / "demo" / "green.geojson",
        stations_file=DATA / "demo" / "stations.csv",
    )


@cache
def shipped_streets() -> gpd.GeoDataFrame:
    """Those that are shipped, which a slow test grows; grown here while they are not yet made anew."""
    shipped = streets_of_file(shipped_frame(), seed=SEED, margin_m=MARGIN_M)
    return make_demo_streets(shipped_frame(), seed=SEED, margin_m=MARGIN_M) if shipped is None else shipped


def small_frame(*, modes: str = "walk bike car", population: float = 8000.0) -> DemoFrame:
    """Two communes of 2 km on both banks of a straight river, joined by one bridge."""
    communes = gpd.GeoDataFrame(
        {"area_id": ["s", "n"], "name": ["Sud", "Nord"]},
        geometry=[shapely.box(0, 0, 2000, 2000), shapely.box(0, 2000, 2000, 4000)],
        crs=2154,
    )
    bridges = gpd.GeoDataFrame(
        {"name": ["Pont du Milieu"], "modes": [frozenset(modes.split())]},
        geometry=[shapely.Point(900, 2000)],
        crs=2154,
    )
    corners = [(x, y) for x in (0.0, 1000.0) for y in (0.0, 1000.0, 2000.0, 3000.0)]
    grid = pd.DataFrame(corners, columns=["x_m", "y_m"]).assign(population=population)
    seine = shapely.LineString([(-4000, 2000), (1000, 2000), (6000, 2000)])
    return DemoFrame(communes, seine, bridges, grid, "EPSG:2154", 1000.0)
