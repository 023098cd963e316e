"""How far the demonstration streets are from the real ones they imitate, indicator by indicator."""

from __future__ import annotations

from importlib import resources
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from access92.sources.demo.communes import REAL_FILE, commune_table, commune_text
from access92.sources.demo.measures import StreetMeasures, built_up_region, measure_streets, select_network

SAINT_GERMAIN = "stgermain78_overpass.json"
MEUDON = "meudon92_drive.graphml"
DEPARTMENT = REAL_FILE

STRATA: dict[tuple[str, str], tuple[str, str]] = {
    ("built_up", "walk"): ("zones bâties, à pied", DEPARTMENT),
    ("built_up", "drive"): ("zones bâties, voirie automobile", DEPARTMENT),
    ("open", "walk"): ("forêts et parcs, à pied", DEPARTMENT),
}
"""(stratum, network) → French label, and the real file that the demonstration imitates there."""

INDICATORS: dict[str, tuple[str, str]] = {
    "junctions_per_km2": ("carrefours (degré 3 et plus)", "par km²"),
    "street_km_per_km2": ("longueur de rues et chemins", "km par km²"),
    "degree_1_share": ("nœuds de degré 1 (impasses)", "part"),
    "degree_3_share": ("nœuds de degré 3", "part"),
    "degree_4_share": ("nœuds de degré 4", "part"),
    "degree_5_share": ("nœuds de degré 5 et plus", "part"),
    "detour_factor": ("détour (réseau ÷ vol d'oiseau, 200 m à 2 km)", "rapport"),
}


def measure_strata(
    streets: gpd.GeoDataFrame,
    within: shapely.Geometry,
    *,
    networks: tuple[Literal["walk", "drive"], ...] = ("walk", "drive"),
    seed: int = 92,
) -> dict[tuple[str, str], StreetMeasures]:
    """The figures of every stratum of :data:`STRATA`: the same steps for real and invented streets.

    ``within`` is the ground known (water left out). Built-up squares are measured on the streets;
    what is left is « open ».

    Examples
    --------
    >>> lines = [shapely.LineString([(x, 0), (x, 500)]) for x in range(0, 501, 100)]
    >>> lines += [shapely.LineString([(x, 0), (x + 100, 0)]) for x in range(0, 500, 100)]
    >>> table = gpd.GeoDataFrame(
    ...     {"highway": "residential", "access": "", "foot": "", "from_node": [*range(6), *range(5)],
    ...      "to_node": [*range(10, 16), *range(1, 6)]}, geometry=lines, crs=2154)
    >>> table["length_m"] = table.geometry.length
    >>> figures = measure_strata(table, shapely.box(-500, -500, 1000, 1000), networks=("drive",))
    >>> round(figures["built_up", "drive"].street_km_per_km2, 1)
    14.0
    """
    built = built_up_region(streets, within=within)
    regions = {"built_up": built, "open": shapely.difference(within, built)}
    return {
        (stratum, network): measure_streets(select_network(streets, network), regions[stratum], seed=seed)
        for stratum, network in STRATA
        if network in networks
    }


def read_real_measures() -> pd.DataFrame:
    """The figures of the real files, as measured by this code and shipped beside it.

    Columns file, stratum, network, indicator, value, source.

    Examples
    --------
    >>> sorted(read_real_measures()["file"].unique())
    ['hauts-de-seine_2021-08.osm.pbf', 'meudon92_drive.graphml', 'stgermain78_overpass.json']
    """
    with resources.files("access92.sources.demo").joinpath("calibration.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def calibration_table(
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    water: shapely.Geometry | None = None,
    seed: int = 92,
) -> pd.DataFrame:
    """Real and demonstration figures side by side, one row per stratum and indicator.

    Columns: ``stratum``, ``indicator``, ``unit`` (French), one column per real file (NaN where the file
    does not tell), ``reference`` (the file imitated), ``demo`` and ``ratio`` (demo ÷ reference). The
    demonstration is measured inside the areas; give the ``water`` too (CRS of the streets), or the
    density of open ground counts the Seine as ground.

    Examples
    --------
    >>> calibration_table(streets, areas, water=seine_polygon(frame))  # doctest: +SKIP
    """
    real = read_real_measures()
    stored = real.set_index(["file", "stratum", "network", "indicator"])["value"]
    land = shapely.union_all(areas.geometry.to_crs(streets.crs).to_numpy())
    if water is not None:
        land = shapely.difference(land, water)
    demo = measure_strata(streets, land, seed=seed)
    files = sorted(real["file"].unique())
    rows = []
    for (stratum, network), (label, reference) in STRATA.items():
        for name, (indicator, unit) in INDICATORS.items():
            values = {file: float(stored.get((file, stratum, network, name), float("nan"))) for file in files}
            measured = float(getattr(demo[stratum, network], name))
            rows.append(
                {
                    "stratum": label, "indicator": indicator, "unit": unit, **values, "reference": reference,
                    "demo": measured, "ratio": measured / values[reference],
                },
            )  # fmt: skip
    return pd.DataFrame(rows)


def calibration_text(
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    water: shapely.Geometry | None = None,
) -> str:
    """The calibration table, and that of the communes, as French text for a terminal.

    Examples
    --------
    >>> print(calibration_text(streets, areas))  # doctest: +SKIP
    """
    strata = written_table(calibration_table(streets, areas, water=water))
    return f"{strata}\n\n{commune_text(commune_table(streets, areas, water=water))}"


def written_table(table: pd.DataFrame) -> str:
    """A calibration table as French text: one block per stratum, decimal commas, the ratio at the end.

    Examples
    --------
    >>> row = {"stratum": "zones bâties", "indicator": "impasses", "unit": "part", "reference": "r.json",
    ...        "r.json": 0.2, "demo": 0.21, "ratio": 1.05}
    >>> print(written_table(pd.DataFrame([row])))
    zones bâties (modèle : r.json)
      indicateur                                     unité           réel       démo   démo ÷ réel
      impasses                                       part            0,200      0,210         1,05
    """
    lines: list[str] = []
    for (stratum, reference), rows in table.groupby(["stratum", "reference"], sort=False):
        lines.append(f"{stratum} (modèle : {reference})")
        lines.append(f"  {'indicateur':<46} {'unité':<12} {'réel':>7} {'démo':>10} {'démo ÷ réel':>13}")
        for row in rows.to_dict("records"):
            real, demo, ratio = (
                _with_comma(float(row[name]), places)
                for name, places in ((str(reference), 3), ("demo", 3), ("ratio", 2))
            )
            lines.append(f"  {row['indicator']:<46} {row['unit']:<12} {real:>8} {demo:>10} {ratio:>12}")
    return "\n".join(lines)


def _with_comma(value: float, places: int) -> str:
    """A number with a decimal comma, fewer decimals where it is large."""
    return f"{value:.{places if abs(value) < 10 else 1}f}".replace(".", ",")  # noqa: PLR2004 - three figures are enough
