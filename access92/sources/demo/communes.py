"""The real streets of each commune in figures, and what of the demonstration is turned to come near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.sources.demo.growth import Growth
from access92.sources.demo.measures import measure_streets, select_network

REAL_FILE = "hauts-de-seine_2021-08.osm.pbf"
AROUND_M = 2500.0
"""Streets so far from a commune are looked at for the detours of its pairs: paths may leave it."""

INDICATORS: dict[str, tuple[str, str]] = {
    "junctions_per_km2": ("carrefours, à pied", "par km²"),
    "street_km_per_km2": ("rues et chemins, à pied", "km par km²"),
    "drive_km_per_km2": ("voirie automobile", "km par km²"),
    "steps_km_per_km2": ("escaliers", "km par km²"),
    "detour_factor": ("détour, à pied", "rapport"),
}
"""Name → French label and unit."""

_FACTORS = ("block_factor", "path_factor", "steps_factor", "green_factor")


@dataclass(frozen=True, slots=True)
class CommuneMeasures:
    """Figures of the streets inside one commune, water left out (see :class:`..measures.StreetMeasures`)."""

    area_km2: float
    junctions_per_km2: float
    street_km_per_km2: float
    drive_km_per_km2: float
    steps_km_per_km2: float
    detour_factor: float


def measure_communes(
    streets: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, *, water: shapely.Geometry | None = None
) -> pd.DataFrame:
    """The figures of the streets of each commune: ``area_id`` and the fields of :class:`CommuneMeasures`.

    Examples
    --------
    >>> lines = [shapely.LineString([(x, 0), (x, 500)]) for x in range(0, 501, 100)]
    >>> table = gpd.GeoDataFrame(
    ...     {"highway": "residential", "access": "", "foot": "", "from_node": range(6), "to_node": range(6, 12)},
    ...     geometry=lines, crs=2154)
    >>> table["length_m"] = table.geometry.length
    >>> area = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[shapely.box(-50, 0, 550, 500)], crs=2154)
    >>> measure_communes(table, area)[["area_id", "street_km_per_km2"]].values.tolist()
    [['a', 10.0]]
    """
    networks = {name: select_network(streets, name) for name in ("walk", "drive")}
    trees = {name: shapely.STRtree(network.geometry.to_numpy()) for name, network in networks.items()}
    rows = []
    for area_id, polygon in zip(communes["area_id"], communes.geometry, strict=True):
        ground = polygon if water is None else shapely.difference(polygon, water)
        around = shapely.buffer(ground, AROUND_M)
        near = networks["walk"].iloc[np.sort(trees["walk"].query(around, predicate="intersects"))]
        walk = measure_streets(near, ground)
        steps = near.geometry.to_numpy()[(near["highway"] == "steps").to_numpy()]
        drive = networks["drive"].geometry.to_numpy()[trees["drive"].query(ground, predicate="intersects")]
        figures = CommuneMeasures(
            area_km2=walk.area_km2,
            junctions_per_km2=walk.junctions_per_km2,
            street_km_per_km2=walk.street_km_per_km2,
            drive_km_per_km2=_length_km(drive, ground) / walk.area_km2,
            steps_km_per_km2=_length_km(steps, ground) / walk.area_km2,
            detour_factor=walk.detour_factor,
        )
        rows.append({"area_id": str(area_id), **asdict(figures)})
    return pd.DataFrame(rows)


def _length_km(lines: np.ndarray, ground: shapely.Geometry) -> float:
    """Kilometres of lines inside the ground."""
    return float(shapely.length(shapely.intersection(lines, ground)).sum() / 1000)


@cache
def read_communes() -> pd.DataFrame:
    """The real figures of each commune (:data:`REAL_FILE`), and the factors found for it; one row an ``area_id``.

    >>> len(read_communes())
    36
    """
    with resources.files("access92.sources.demo").joinpath("communes.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"area_id": str})


def calibrated_growth(growth: Growth | None = None) -> Growth:
    """The settings of the demonstration with the factors of each commune."""
    table = read_communes()
    factors = zip(table["area_id"], table[list(_FACTORS)].to_numpy().tolist(), strict=True)
    return replace(growth or Growth(), factors={area_id: tuple(values) for area_id, values in factors})


def commune_table(
    streets: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, *, water: shapely.Geometry | None = None
) -> pd.DataFrame:
    """Real and demonstration figures of each commune side by side.

    Columns area_id, name, then ``<indicator>_real``, ``_demo`` and ``_ratio`` (demo ÷ real) of each of
    :data:`INDICATORS`. Communes whose real streets are not known are left out.
    """
    known = communes[communes["area_id"].isin(read_communes()["area_id"])]
    demo = measure_communes(streets, known, water=water)
    both = (
        known[["area_id", "name"]]
        .merge(read_communes(), on="area_id")
        .merge(demo, on="area_id", suffixes=("", "_demo"))
    )
    columns: dict[str, object] = {"area_id": both["area_id"], "name": both["name"]}
    for name in INDICATORS:
        real, made = both[name], both[f"{name}_demo"]
        columns |= {f"{name}_real": real, f"{name}_demo": made, f"{name}_ratio": made / real}
    return pd.DataFrame(columns)


def commune_text(table: pd.DataFrame) -> str:
    """A table of communes (:func:`commune_table`) as French text: demo ÷ real of each indicator.

    >>> row = {"name": "Antony"} | {f"{name}_ratio": 0.97 for name in INDICATORS}
    >>> print(commune_text(pd.DataFrame([row])).splitlines()[-1])
    Antony                           0,97      0,97      0,97      0,97      0,97
    """
    lines = ["démo ÷ réel par commune : " + ", ".join(label for label, _ in INDICATORS.values())]
    for row in table.to_dict("records"):
        ratios = [f"{row[f'{name}_ratio']:.2f}".replace(".", ",") for name in INDICATORS]
        lines.append(f"{row['name']:<27}" + "".join(f"{ratio:>10}" for ratio in ratios))
    return "\n".join(lines)


def near_shares(table: pd.DataFrame, name: str, within: Sequence[float] = (0.1, 0.2)) -> list[int]:
    """How many communes are within each relative distance of the real figure of one indicator."""
    off = (table[f"{name}_ratio"] - 1).abs()
    return [int((off <= limit).sum()) for limit in within]
