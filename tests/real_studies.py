"""Small studies on the real networks of ../shared: Porto, Saint-Germain-en-Laye, Meudon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from tests.conftest import ROOT


@dataclass(frozen=True, slots=True)
class Town:
    """A real network and the square in which people and services are made up."""

    name: str
    file: str
    bounds: tuple[float, float, float, float]  # lon, lat


PORTO = Town("porto", "networks/porto.osm.pbf", (-8.66, 41.14, -8.58, 41.18))
SAINT_GERMAIN = Town("stgermain", "networks/stgermain78_overpass.json", (2.07, 48.885, 2.12, 48.915))


def write_town_study(
    town: Town, shared: Path, folder: Path, *, people: int = 3000, modes: str = '["walk", "bike", "car"]'
) -> Path:
    """A study whose streets are real and whose 4 areas, 6 services and people are made up (seeded)."""
    rng = np.random.default_rng(92)
    west, south, east, north = town.bounds
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    areas = gpd.GeoDataFrame(
        {"insee": ["1", "2", "3", "4"], "name": ["SO", "SE", "NO", "NE"]},
        geometry=[
            box(west, south, middle_lon, middle_lat), box(middle_lon, south, east, middle_lat),
            box(west, middle_lat, middle_lon, north), box(middle_lon, middle_lat, east, north),
        ],
        crs=4326,
    )  # fmt: skip
    areas.to_file(folder / "areas.geojson", driver="GeoJSON")
    lon, lat = rng.uniform(west, east, people), rng.uniform(south, north, people)
    pd.DataFrame({"lon": lon, "lat": lat, "population": rng.integers(1, 40, people)}).to_csv(
        folder / "people.csv", index=False
    )
    kinds = ["sst", "sst", "pole_social", "pmi", "pmi", "permanence"]
    pd.DataFrame(
        {
            "service_id": [f"S{i}" for i in range(6)], "kind": kinds, "name": [f"Service {i}" for i in range(6)],
            "lon": rng.uniform(west, east, 6), "lat": rng.uniform(south, north, 6),
        },
    ).to_csv(folder / "services.csv", index=False)  # fmt: skip
    study = folder / f"{town.name}.toml"
    study.write_text(
        f"""
name = "{town.name}"
title = "Essai sur {town.name}"
modes = {modes}
[areas]
file = "areas.geojson"
[services]
file = "services.csv"
[population]
method = "points"
file = "people.csv"
rescale = false
[streets]
file = "{(shared / town.file).as_posix()}"
source = "OpenStreetMap"
licence = "ODbL 1.0"
[analysis]
reference_date = 2024-10-18
[[scenario]]
name = "tous"
title = "Tous les services"
kinds = ["sst", "pole_social", "pmi", "permanence"]
[[scenario]]
name = "sst"
title = "SST seuls"
kinds = ["sst"]
""",
        encoding="utf-8",
    )
    return study


def write_meudon_study(shared: Path, folder: Path) -> Path:
    """Meudon's real streets (GraphML of OSMnx), real people, and the real PMI and SST of Meudon and Issy."""
    data = ROOT / "data"
    communes = gpd.read_file(data / "areas" / "communes.geojson")
    communes[communes["insee"] == "92048"].to_file(folder / "meudon.geojson", driver="GeoJSON")
    services = pd.read_csv(data / "services" / "services.csv", dtype=str)
    near = services["commune_insee"].isin(["92048", "92040"]) & services["kind"].isin(["pmi", "sst"])
    services[near].to_csv(folder / "services.csv", index=False)
    study = folder / "meudon.toml"
    study.write_text(
        f"""
name = "meudon"
title = "PMI et SST de Meudon et d'Issy, rues réelles"
modes = ["walk", "car"]
[areas]
file = "meudon.geojson"
population_file = "{(data / "population" / "communes.csv").as_posix()}"
population_column = "population_2023"
[services]
file = "services.csv"
[population]
method = "grid"
file = "{(data / "population" / "grid_1km_2021.csv").as_posix()}"
age_columns = ["age_0_14", "age_15_64", "age_65_plus"]
[streets]
file = "{(shared / "networks/meudon92_drive.graphml").as_posix()}"
[analysis]
reference_date = 2024-10-18
max_snap_m = 400
[[scenario]]
name = "pmi-sst"
title = "PMI et SST"
kinds = ["pmi", "sst"]
""",
        encoding="utf-8",
    )
    return study
