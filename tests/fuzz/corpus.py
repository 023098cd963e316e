"""Small valid inputs, one subject for each format that a reader takes: what the mutators start from."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pyogrio
import shapely

from access92.outputs import write_run
from access92.outputs.layout import run_path
from access92.run.pipeline import run_study
from access92.sources.streets.read import read_streets, write_streets
from access92.study.read import read_study
from tests.run_files import files_in
from tests.toy_study import GOOD_STUDY as TOY_STUDY
from tests.toy_study import LAT0, LON0, SIZE, STEP_LAT, STEP_LON, write_toy_study

GOOD_STUDY = TOY_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk"]')

Action = Literal["run", "check", "verify", "cached"]
"""What reads the files: a whole study, only its check, ``verify`` and ``compare``, or a study with a damaged cache."""

CALENDAR = """
[calendar]
file = "{}"
first_day = 2025-02-03
last_day = 2025-02-16
assumed_hours = "Mo-Fr 09:00-17:00"
moments = [2025-02-04T10:00:00]
"""

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//access92//tests//FR
X-WR-CALNAME:Caravane solidaire
BEGIN:VEVENT
UID:market
DTSTAMP:20250101T000000Z
SUMMARY:Marché
GEO:48.8209;2.2514
DTSTART;TZID=Europe/Paris:20250204T100000
DTEND;TZID=Europe/Paris:20250204T170000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Paris:20250211T100000
END:VEVENT
BEGIN:VEVENT
UID:station
DTSTAMP:20250101T000000Z
SUMMARY:Gare
CATEGORIES:Bus Santé,essai
LOCATION:Gare (48.82180\\, 2.25272)
DTSTART:20250205T090000Z
DURATION:PT4H
END:VEVENT
END:VCALENDAR
"""

CHANGES = """
[[scenario]]
name = "change"
title = "Tout change"
based_on = "tous"
[[scenario.change]]
kind = "add_service"
service_id = "N1"
name = "Nouveau"
service_kind = "sst"
lon = 2.2530
lat = 48.8220
[[scenario.change]]
kind = "close_street"
polygon = [[2.2510, 48.8195], [2.2520, 48.8195], [2.2520, 48.8205]]
[[scenario.change]]
kind = "set_speed"
mode = "walk"
speed_kmh = 4.0
[mode_settings.walk]
speed_kmh = 4.8
[[commitment]]
name = "sst-proche"
title = "SST à moins de 5 minutes"
source = "essai"
any_of = [{ kinds = ["sst"], mode = "walk", under_min = 5 }]
[map]
candidates_m = 200
[sensitivity]
draws = 2
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A folder of files that are read without a fault, and the one of them (``target``) to damage."""

    name: str
    files: Mapping[str, bytes]
    target: str
    action: Action = "run"

    def with_target(self, content: bytes) -> Subject:
        """The same folder with other bytes in its target."""
        return replace(self, files={**self.files, self.target: content})


@cache
def subjects() -> dict[str, Subject]:
    """Every subject by its name; made once, from seeded toy data."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_toy_study(folder, study=GOOD_STUDY)
        base = {file.name: file.read_bytes() for file in folder.iterdir()}
        made = [
            *_studies(base), *_services(base), *_areas(base), *_populations(base), *_streets(base, folder),
            *_calendars(base), *_demonstration(base), *_finished(folder), *_caches(base, folder),
        ]  # fmt: skip
    return {subject.name: subject for subject in made}


def _studies(base: dict[str, bytes]) -> list[Subject]:
    study = GOOD_STUDY + CALENDAR.format("halts.csv") + CHANGES
    return [Subject("study", {**base, "study.toml": study.encode(), "halts.csv": _halts()}, "study.toml")]


def _variant(base: dict[str, bytes], name: str, old: str, new: str, content: bytes, study: str = GOOD_STUDY) -> Subject:
    """The toy study with one of its files in another format."""
    if old not in study:
        raise ValueError(old)
    return Subject(name, {**base, "study.toml": study.replace(f'"{old}"', f'"{new}"').encode(), new: content}, new)


def _formats(table: gpd.GeoDataFrame, stem: str) -> dict[str, bytes]:
    """The table as GeoJSON, GeoPackage and GeoParquet, by file name."""
    parquet = io.BytesIO()
    table.to_parquet(parquet)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / f"{stem}.gpkg"
        pyogrio.write_dataframe(table, package)
        return {
            f"{stem}.geojson": table.to_json().encode(),
            f"{stem}.gpkg": package.read_bytes(),
            f"{stem}.parquet": parquet.getvalue(),
        }


def _points(csv: bytes) -> gpd.GeoDataFrame:
    rows = pd.read_csv(io.BytesIO(csv), keep_default_na=False)
    return gpd.GeoDataFrame(
        rows.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs=4326
    )


def _services(base: dict[str, bytes]) -> list[Subject]:
    made = [Subject("services.csv", base, "services.csv")]
    for name, content in _formats(_points(base["services.csv"]), "services").items():
        made.append(_variant(base, name, "services.csv", name, content))
    return made


def _areas(base: dict[str, bytes]) -> list[Subject]:
    made = [Subject("areas.geojson", base, "areas.geojson")]
    table = gpd.read_file(io.BytesIO(base["areas.geojson"]))
    for name, content in _formats(table, "zones").items():
        if not name.endswith(".geojson"):
            made.append(_variant(base, f"areas {name}", "areas.geojson", name, content))
    study = GOOD_STUDY.replace('"areas.geojson"', '"areas.geojson"\npopulation_file = "legal.csv"')
    legal = b"insee;name;population\n01;Ouest;1200\n02;Est;900\n"
    made.append(Subject("legal.csv", {**base, "study.toml": study.encode(), "legal.csv": legal}, "legal.csv"))
    return made


def _populations(base: dict[str, bytes]) -> list[Subject]:
    made = [Subject("people.csv", base, "people.csv")]
    for name, content in _formats(_points(base["people.csv"]), "people").items():
        made.append(_variant(base, f"points {name}", "people.csv", name, content))
    by_polygons = GOOD_STUDY.replace('method = "points"', 'method = "polygons"')
    east, north = np.meshgrid(np.arange(SIZE - 1), np.arange(SIZE - 1))
    west, south = LON0 + east.ravel() * STEP_LON, LAT0 + north.ravel() * STEP_LAT
    blocks = gpd.GeoDataFrame(
        {"population": np.arange(west.size) + 3.0, "age_65_plus": 1.0},
        geometry=shapely.box(west, south, west + STEP_LON, south + STEP_LAT),
        crs=4326,
    )
    for name, content in _formats(blocks, "blocks").items():
        made.append(_variant(base, f"polygons {name}", "people.csv", name, content, by_polygons))
    corner = gpd.GeoSeries(gpd.points_from_xy([LON0], [LAT0]), crs=4326).to_crs(3035).iloc[0]
    x0, y0 = (int(value // 200) * 200 for value in (corner.x, corner.y))
    cells = [f"{x0 + 200 * i},{y0 + 200 * j},{7 + i + j},{1 + i}" for i in range(-1, 5) for j in range(-1, 5)]
    grid = "\n".join(["x_3035,y_3035,population,age_65_plus", *cells]).encode()
    by_cells = GOOD_STUDY.replace('method = "points"', 'method = "grid"\ncell_m = 200\nage_columns = ["age_65_plus"]')
    made.append(_variant(base, "grid.csv", "people.csv", "grid.csv", grid, by_cells))
    return made


def _streets(base: dict[str, bytes], folder: Path) -> list[Subject]:
    xml = base["streets.osm"]
    made = [Subject("streets.osm", base, "streets.osm")]
    contents = {
        "ways.osm.gz": gzip.compress(xml, mtime=0),
        "ways.osm.bz2": bz2.compress(xml),
        "ways.osm.pbf": _pbf(folder),
        "answer.json": _overpass(folder),
        "graph.graphml": _graphml(folder),
    }
    read = read_streets(folder / "streets.osm", extent=None, crs=2154)
    contents["ours.parquet"] = write_streets(
        read.streets,
        folder / "ours.parquet",
        metadata={"source": "essai", "downloaded": "2024-01-02"},
        traffic=read.traffic,
    ).read_bytes()
    return made + [_variant(base, name, "streets.osm", name, content) for name, content in contents.items()]


def _pbf(folder: Path) -> bytes:
    file = folder / "ways.osm.pbf"
    with osmium.SimpleWriter(str(file), overwrite=True) as writer:
        for item in osmium.FileProcessor(str(folder / "streets.osm")):
            writer.add(item)
    return file.read_bytes()


def _overpass(folder: Path) -> bytes:
    elements: list[dict[str, object]] = []
    for item in osmium.FileProcessor(str(folder / "streets.osm")):
        if item.is_node():
            elements.append({"type": "node", "id": item.id, "lat": item.lat, "lon": item.lon})
        elif item.is_way():
            refs = [node.ref for node in item.nodes]
            elements.append({"type": "way", "id": item.id, "nodes": refs, "tags": dict(item.tags)})
    return json.dumps({"version": 0.6, "elements": elements}).encode()


def _graphml(folder: Path) -> bytes:
    """A directed graph as OSMnx saves it: x and y on nodes, WKT on edges, the CRS on the graph."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    places = {}
    for item in osmium.FileProcessor(str(folder / "streets.osm")):
        if item.is_node():
            places[item.id] = (item.lon, item.lat)
            graph.add_node(str(item.id), x=str(item.lon), y=str(item.lat))
        elif item.is_way():
            refs = [node.ref for node in item.nodes]
            for a, b in [*pairwise(refs), *pairwise(refs[::-1])]:
                line = shapely.LineString([places[a], places[b]]).wkt
                tags = {"highway": "residential", "oneway": "False", "maxspeed": "['30', '50']", "osmid": str(item.id)}
                graph.add_edge(str(a), str(b), **tags, geometry=line)
    buffer = io.BytesIO()
    nx.write_graphml(graph, buffer)
    return buffer.getvalue()


def _halts() -> bytes:
    rows = [
        "unit,stop,lon,lat,date,start,end,basis,position_basis,source",
        "Bus Santé,Marché,2.2514,48.8209,2025-02-04,10:00,17:00,essai,,",
        "Bus Santé,Gare,2.25272,48.8218,2025-02-05,9h30,13h,essai,,",
        "Caravane,Mairie,2.2540,48.8230,2025-02-06,14:00,24:00,essai,,",
    ]
    return "\n".join(rows).encode()


def _calendars(base: dict[str, bytes]) -> list[Subject]:
    made = []
    for name, content in (("halts.csv", _halts()), ("halts.ics", ICS.replace("\n", "\r\n").encode())):
        study = (GOOD_STUDY + CALENDAR.format(name)).replace('title = "Tous', 'mobile = true\ntitle = "Tous')
        made.append(Subject(name, {**base, "study.toml": study.encode(), name: content}, name))
    return made


def _demonstration(base: dict[str, bytes]) -> list[Subject]:
    study = GOOD_STUDY.replace(
        'file = "streets.osm"',
        'demo = true\nmargin_m = 300\ndemo_grid_file = "frame_grid.csv"\ndemo_seine_file = "seine.csv"\n'
        'demo_bridges_file = "bridges.csv"',
    )
    files = {
        **base,
        "study.toml": study.encode(),
        "frame_grid.csv": b"x_3035,y_3035,population\n3754000,2881000,9000\n3755000,2881000,8000\n"
        b"3754000,2882000,9000\n3755000,2882000,8000\n",
        "seine.csv": b"seq,lon,lat\n0,2.2400,48.8222\n1,2.2530,48.8224\n2,2.2700,48.8225\n",
        "bridges.csv": b"name,lon,lat,modes\nPont,2.2530,48.8224,walk bike car\n",
    }
    return [Subject(f"demo {name}", files, name) for name in ("frame_grid.csv", "seine.csv", "bridges.csv")]


def _finished(folder: Path) -> list[Subject]:
    """A finished run, each of whose files is read again by ``verify`` and ``compare``."""
    run_folder = folder / "run"
    write_run(run_study(read_study(folder / "study.toml")), run_folder, overwrite=False)
    names = (
        "manifest.json",
        "coverage.csv",
        "travel_time_summary.csv",
        "services.csv",
        "access.parquet",
        "results.gpkg",
    )
    paths = {name: f"run/{run_path(name)}" for name in names}
    files = {f"run/{path}": file.read_bytes() for path, file in files_in(run_folder).items()}
    files |= {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return [Subject(f"finished {name}", files, path, "verify") for name, path in paths.items()]


def _caches(base: dict[str, bytes], folder: Path) -> list[Subject]:
    """A cache that an earlier run filled, one file of each sort in it damaged."""
    cache_folder = folder / "cache"
    run_study(read_study(folder / "study.toml"), cache_folder=cache_folder)
    cached = {file.relative_to(folder).as_posix(): file for file in cache_folder.rglob("*") if file.is_file()}
    files = {**base, **{name: file.read_bytes() for name, file in cached.items()}}
    sorts = {file.name.split("-")[0]: name for name, file in sorted(cached.items())}
    return [Subject(f"cache {sort}", files, name, "cached") for sort, name in sorts.items()]
