"""``demand.parquet``: the demand points as GeoParquet 1.1, with the minutes of every scenario and mode."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from access92.outputs.layout import DEMAND, new_file_in
from access92.outputs.tables.files import lon_lat, streets_origin
from access92.outputs.tables.geopackage import demand_layer
from access92.run.results import Results


def write_demand(results: Results, folder: Path) -> Path:
    """Write the demand points (WGS 84, nine decimals) into ``folder``; the path.

    Columns: demand_id, area_id, unit_id, population, the publics (age_*, public_*, households_*, dwellings_*),
    ``min_<scenario>_<mode>`` (float32, null = not reached), geometry; the modes include
    those by which only a public walks.
    """
    layer = demand_layer(results, with_publics=True)
    name = layer.geometry.name
    lon, lat = lon_lat(layer.geometry)
    places = gpd.GeoSeries.from_xy(lon, lat, index=layer.index, crs="EPSG:4326")
    plain = layer.drop(columns=name)
    if "unit_id" in results.demand.columns:
        plain.insert(plain.columns.get_loc("area_id") + 1, "unit_id", results.demand["unit_id"])
    table = gpd.GeoDataFrame(plain, geometry=places)
    table.attrs = {"streets_origin": streets_origin(results)}  # kept among the metadata of the file
    path = new_file_in(folder, DEMAND)
    table.to_parquet(path, index=False, compression="zstd", schema_version="1.1.0")
    return path
