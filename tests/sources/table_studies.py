"""Small studies over the files of tests/fixtures/tables, and small places to put people in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from access92.sources.population.demand import read_population
from access92.sources.population.footprints import Footprints
from access92.study.model import Study

TABLES = Path(__file__).resolve().parents[1] / "fixtures" / "tables"
SHIPPED_STUDY = Path(__file__).resolve().parents[2] / "data" / "studies" / "sosms.toml"
LAMBERT = CRS.from_epsg(2154)
X0, Y0 = 650_000.0, 6_860_000.0
GRID_COLUMNS = {"grid_crs": "EPSG:2154", "x_column": "x", "y_column": "y"}


def make_study(**parts: Any) -> Study:
    """A study over good files, with some of its parts replaced; paths start from tests/fixtures/tables."""
    content: dict[str, Any] = {
        "name": "essai",
        "title": "Essai",
        "areas": {"file": "areas_good.geojson"},
        "services": {"file": "services_good.csv"},
        "population": {"method": "points", "file": "people_good.csv"},
        "streets": {"demo": True},
        "analysis": {"reference_date": "2024-10-18"},
        "scenario": [{"name": "tout", "title": "Tout", "kinds": ["sst"]}],
    }
    study = Study.model_validate(content | parts)
    study._file = TABLES / "study.toml"
    return study


def two_squares(legal: tuple[float, float] | None = (30.0, 20.0)) -> gpd.GeoDataFrame:
    """Two areas of 1 km side by side, « a » in the west and « b » in the east."""
    squares = [shapely.box(X0, Y0, X0 + 1000, Y0 + 1000), shapely.box(X0 + 1000, Y0, X0 + 2000, Y0 + 1000)]
    areas = gpd.GeoDataFrame({"area_id": ["a", "b"], "name": ["Ouest", "Est"]}, geometry=squares, crs=LAMBERT)
    if legal is not None:
        areas.insert(2, "population", legal)
    return areas


def make_streets(*rows: tuple[float, float, float, float, str] | tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Straight streets from (x, y) to (x, y), in metres from the corner of the squares, with their highway class."""
    lines = [shapely.LineString([(X0 + row[0], Y0 + row[1]), (X0 + row[2], Y0 + row[3])]) for row in rows]
    return gpd.GeoDataFrame(
        {
            "edge_id": [f"e{number}" for number in range(len(rows))],
            "from_node": np.arange(len(rows)) * 2,
            "to_node": np.arange(len(rows)) * 2 + 1,
            "length_m": [line.length for line in lines],
            "highway": [row[4] if len(row) > 4 else "residential" for row in rows],
            "oneway": "",
            "bridge": "",
            "tunnel": "",
        },
        geometry=lines,
        crs=LAMBERT,
    )


def make_footprints(*rows: tuple[Any, ...]) -> Footprints:
    """Buildings from corner to corner (west, south, east, north), then left_out, levels, dwellings where known."""
    shapes = [shapely.box(X0 + row[0], Y0 + row[1], X0 + row[2], Y0 + row[3]) for row in rows]
    known = [(*row[4:], *("", np.nan, np.nan)[len(row) - 4 :]) for row in rows]
    table = gpd.GeoDataFrame(
        {
            "kind": ["yes"] * len(rows),
            "left_out": [values[0] for values in known],
            "levels": np.array([values[1] for values in known], dtype=float),
            "height_m": np.full(len(rows), np.nan),
            "dwellings": np.array([values[2] for values in known], dtype=float),
        },
        geometry=shapes,
        crs=LAMBERT,
    )
    return Footprints(table, "bâtiments d'essai")


def people_of(
    population: dict[str, Any],
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None = None,
    footprints: Footprints | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The demand and notices of a population part, on the two squares unless told otherwise."""
    study = make_study(population=population)
    areas = two_squares() if areas is None else areas
    read = read_population(study, areas=areas, streets=streets, crs=LAMBERT, footprints=footprints)
    return read.demand, read.notices
