"""A whole small study on disk: 5 × 5 blocks of real-looking streets in OSM XML, two areas, three services, people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

LON0, LAT0, STEP_LON, STEP_LAT = 2.2500, 48.8200, 0.00136, 0.00090  # blocks of about 100 m
SIZE = 6

GOOD_STUDY = """
name = "essai"
title = "Essai"
modes = ["walk", "car"]
[areas]
file = "areas.geojson"
[services]
file = "services.csv"
[population]
method = "points"
file = "people.csv"
rescale = false
[streets]
file = "streets.osm"
source = "OpenStreetMap (essai)"
licence = "ODbL 1.0"
[analysis]
reference_date = 2024-10-18
threshold_min = 5
thresholds_min = [2, 5, 10]
cutoff_min = 60
[[scenario]]
name = "tous"
title = "Tous les services"
kinds = ["sst", "pmi"]
[[scenario]]
name = "sst"
title = "SST seul"
kinds = ["sst"]
"""


def lon_lat(east: float, north: float) -> tuple[float, float]:
    """Degrees of a place so many blocks east and north."""
    return round(LON0 + east * STEP_LON, 7), round(LAT0 + north * STEP_LAT, 7)


def write_toy_study(folder: Path, *, study: str = GOOD_STUDY) -> Path:
    """The study file, with its data beside it."""
    nodes = {(i, j): 1 + i + SIZE * j for j in range(SIZE) for i in range(SIZE)}
    lines = ["<osm version='0.6'>"]
    for (i, j), number in nodes.items():
        lon, lat = lon_lat(i, j)
        lines.append(f"<node id='{number}' lon='{lon}' lat='{lat}'/>")
    ways = [[nodes[i, j] for i in range(SIZE)] for j in range(SIZE)] + [
        [nodes[i, j] for j in range(SIZE)] for i in range(SIZE)
    ]
    for number, way in enumerate(ways, start=1):
        refs = "".join(f"<nd ref='{node}'/>" for node in way)
        lines.append(f"<way id='{number}'>{refs}<tag k='highway' v='residential'/></way>")
    lines.append("</osm>")
    (folder / "streets.osm").write_text("\n".join(lines), encoding="utf-8")

    def square(west: float, east: float) -> list[list[tuple[float, float]]]:
        return [[lon_lat(west, -1), lon_lat(east, -1), lon_lat(east, SIZE), lon_lat(west, SIZE), lon_lat(west, -1)]]

    features = [
        {
            "type": "Feature",
            "properties": {"insee": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": square(a, b)},
        }
        for code, name, a, b in (("01", "Ouest", -1, 2.5), ("02", "Est", 2.5, SIZE))
    ]
    (folder / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    rows = ["service_id,kind,name,lon,lat,position_basis,position_uncertainty_m"]
    for service_id, kind, east, north, basis in (
        ("S1", "sst", 0, 0, ""),
        ("S2", "pmi", 5, 5, "approximate"),
        ("S3", "pmi", 2, 3, ""),
    ):
        lon, lat = lon_lat(east, north)
        rows.append(f"{service_id},{kind},Service {service_id},{lon},{lat},{basis},{250 if basis else ''}")
    (folder / "services.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rng = np.random.default_rng(5)
    people = ["lon,lat,population"]
    for east, north, count in zip(rng.uniform(0, 5, 60), rng.uniform(0, 5, 60), rng.integers(1, 30, 60), strict=True):
        lon, lat = lon_lat(east, north)
        people.append(f"{lon},{lat},{count}")
    (folder / "people.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    file = folder / "study.toml"
    file.write_text(study, encoding="utf-8")
    return file
