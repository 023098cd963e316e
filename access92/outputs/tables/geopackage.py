"""``results.gpkg``: the layers of a run for QGIS, each with its styles; the same results give the same bytes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from access92.outputs.degrees import WGS84, Degrees
from access92.outputs.figures import figures
from access92.outputs.tables.files import streets_origin
from access92.outputs.tables.qgis_layers import layer_styles
from access92.outputs.tables.qgis_styles import write_styles
from access92.run.results import Results
from access92.study.schemas import ANY
from access92.travel.open_water import SHORE_M

SETTLED_TIME = "2000-01-01T00:00:00.000Z"  # GeoPackage stores when it was written: a clock in the bytes
_VERSION = "1.3"  # what QGIS 3.22 (Debian 12) knows
_ISOCHRONE_KEY = ["mode", "rule", "service_id", "threshold_min"]


def write_geopackage(results: Results, path: Path, *, degrees: Degrees | None = None) -> Path:
    """Write the layers in WGS 84, and their styles for QGIS (table ``layer_styles``); the path.

    ``demand`` carries ``min_<scenario>_<mode>`` (null = not reached), ``areas`` carries
    ``share_<scenario>_<mode>`` at the headline threshold, ``isochrones`` those of all services together, one row for
    all the scenarios with the same one, ``changes`` (where some scenario changes anything) the points that gain,
    lose, get nearer or further; ``water`` and ``green`` (woods, parks, cemeteries) where the streets come with them.
    The attribution of the streets stands in the description of each layer and in the metadata of the file.
    ``degrees``: those of the isochrones, where another file asks for them too.
    """
    layers = {
        "services": results.services.assign(streets_origin=streets_origin(results)),
        "demand": demand_layer(results),
        "areas": areas_layer(results),
        "isochrones": isochrones_layer(results, degrees=degrees),
    }
    if len(results.changes.changed):
        layers["changes"] = results.changes.changed.assign(streets_origin=streets_origin(results))
    layers |= surroundings_layers(results)
    description = "Rues de démonstration" if results.origin.is_demo else results.origin.label
    # of the file as a whole, once: GDAL shows it among its metadata
    metadata = {"ATTRIBUTION": results.origin.attribution} if results.origin.attribution else None
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": SETTLED_TIME, "OGR_SQLITE_SYNCHRONOUS": "OFF"})
    try:
        for name, layer in layers.items():
            settled = _plain_columns(layer.to_crs(WGS84))
            promote = name in ("areas", "isochrones", "water", "green")
            settled.to_file(
                path, layer=name, driver="GPKG", engine="pyogrio", promote_to_multi=promote, use_arrow=True,
                layer_options={"DESCRIPTION": description}, dataset_options={"VERSION": _VERSION},
                dataset_metadata=metadata,
            )  # fmt: skip
    except (DataLayerError, DataSourceError) as error:  # GDAL's words for a disk that refuses
        raise OSError(str(error)) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None, "OGR_SQLITE_SYNCHRONOUS": None})
    write_styles(
        layer_styles(results), path, {name: list(layer.columns) for name, layer in layers.items()}, at=SETTLED_TIME
    )
    return path


def demand_layer(results: Results, *, with_publics: bool = False) -> gpd.GeoDataFrame:
    """The demand points with the minutes of each scenario and mode, but not the cell that they come from.

    ``with_publics``: by the walks of the publics too.
    """
    access_records = (*results.access_records, *(results.public_situations if with_publics else ()))
    minutes = {f"min_{item.scenario}_{item.mode}": item.travel_time_min.astype(np.float32) for item in access_records}
    return results.demand.drop(columns="unit_id", errors="ignore").assign(**minutes)


def areas_layer(results: Results) -> gpd.GeoDataFrame:
    """The areas with the share of people covered at the headline threshold, by scenario and mode."""
    shares = {}
    for item in results.access_records:
        by_area = figures(results, item.scenario, item.mode, threshold_min=results.study.analysis.threshold_min)
        shares[f"share_{item.scenario}_{item.mode}"] = [
            by_area[area_id].share if area_id in by_area else np.nan for area_id in results.areas["area_id"]
        ]
    return results.areas.assign(**shares, streets_origin=streets_origin(results))


def isochrones_layer(results: Results, *, degrees: Degrees | None = None) -> gpd.GeoDataFrame:
    """The isochrones (WGS 84), each shape once: ``scenarios`` ("a;b") names those that have it, '' for a service alone.

    Of a scenario's services together by every mode; by the headline mode of each kind, and of each service, too.
    By the other modes only of all together: by car, a hundred services alone are a hundred megabytes.
    """
    table = results.isochrones
    headline = table["mode"] == results.study.analysis.headline_mode
    table = table[headline | (table["rule"] == ANY)].reset_index(drop=True)
    if table.empty:
        return table.rename(columns={"scenario": "scenarios"})
    # a row of the layer for each key and shape, in the order in which they come
    degrees = degrees or Degrees()
    shape = pd.Series(degrees.numbers(table.geometry), index=table.index, name="shape")
    row = table.groupby([*_ISOCHRONE_KEY, shape], sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(row, return_index=True)
    scenarios = table["scenario"].groupby(row).agg(";".join).to_numpy()
    layer = table.iloc[first].assign(scenario=scenarios).rename(columns={"scenario": "scenarios"})
    return layer.reset_index(drop=True).set_geometry(gpd.GeoSeries(degrees.of(layer.geometry), crs=WGS84))


def surroundings_layers(results: Results) -> dict[str, gpd.GeoDataFrame]:
    """The water that bars the isochrones, and the woods, parks and cemeteries; none where none is known."""
    layers = {}
    if results.water is not None and not results.water.is_empty:
        water = shapely.segmentize(results.water, SHORE_M)  # as the isochrones' own shore: the same points in degrees
        layers["water"] = gpd.GeoDataFrame(geometry=[water], crs=results.areas.crs)
    green = results.surroundings.layer("green")
    if len(green):
        layers["green"] = green[["kind", green.geometry.name]].rename(columns={"kind": "green_kind"})
    origin = streets_origin(results)
    return {name: layer.reset_index(drop=True).assign(streets_origin=origin) for name, layer in layers.items()}


def _plain_columns(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Days as ISO text, so that no layer depends on how a driver writes dates."""
    days = [name for name in layer.columns if pd.api.types.is_datetime64_any_dtype(layer[name])]
    return layer.assign(**{name: layer[name].dt.strftime("%Y-%m-%d") for name in days})
