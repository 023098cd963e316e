"""Geographic files that GDAL reads (GeoPackage, GeoJSON, Shapefile): their layers, and the rows of one."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from access92._limits import check_unpacked_size, readable_file
from access92.errors import InputError, input_error, nearest_word, some_values
from access92.sources.places import WGS84

CSV_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".geoparquet", ".pq")

_OGR_COMPLAINTS = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, pyogrio.errors.CRSError,
    pyogrio.errors.GeometryError, pyogrio.errors.FieldError, shapely.errors.ShapelyError, CRSError, ProjError, OSError,
    ValueError, TypeError, KeyError, OverflowError,
)  # fmt: skip
"""What GDAL, shapely, pyproj and pandas raise through pyogrio on geometries, fields or a CRS that cannot be."""


def layer_names(path: Path, *, where: str) -> tuple[str, ...]:
    """The layers of a geographic file, in its order; none of a CSV or Parquet file.

    Raises
    ------
    InputError
        The file is missing, or GDAL cannot read it.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "places.gpkg"
    >>> gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326).to_file(file, layer="homes")
    >>> layer_names(file, where="places.gpkg")
    ('homes',)
    """
    if readable_file(path, where=where).suffix.lower() in (*CSV_ENDINGS, *PARQUET_ENDINGS):
        return ()
    try:
        return tuple(str(name) for name in pyogrio.list_layers(path)[:, 0])
    except _OGR_COMPLAINTS as error:
        raise _unreadable(where, error) from error


def check_no_layer(asked: str | None, *, where: str) -> None:
    """Refuse a layer or sheet that is asked of a file that has none (CSV, Parquet, iCalendar).

    >>> check_no_layer("Feuil1", where="lieux.csv")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce fichier n'a ni couche ni feuille : « Feuil1 » ne peut pas y être lue.
      Où : lieux.csv
      Remède : Retirer la clé layer de l'étude, ou donner le classeur (ou le GeoPackage) dont c'est une partie.
    """
    if asked is not None:
        raise input_error(
            f"Ce fichier n'a ni couche ni feuille : « {asked} » ne peut pas y être lue.",
            where,
            "Retirer la clé layer de l'étude, ou donner le classeur (ou le GeoPackage) dont c'est une partie.",
        )


def only_layer(path: Path, asked: str | None, *, where: str) -> str | None:
    """The layer to read: the one asked for, or the only one; that of styles, which QGIS adds, is none.

    Raises
    ------
    InputError
        A layer that is not there; several, of which none is asked for.
    """
    layers = [name for name in layer_names(path, where=where) if name not in _NO_DATA]
    if asked is not None and asked not in layers:
        raise input_error(
            f"Le fichier n'a pas de couche « {asked} ».",
            f"{where}, couches {some_values(layers, most=12)}",
            f"Corriger la clé layer de l'étude. {nearest_word(asked, layers)}",
        )
    if asked is None and len(layers) > 1:
        raise input_error(
            "Le fichier a plusieurs couches : laquelle lire ?",
            f"{where}, couches {some_values(layers, most=12)}",
            "L'écrire dans l'étude, à côté de file (layer = \"…\"), ou donner un fichier d'une seule couche.",
        )
    return asked or next(iter(layers), None)


_NO_DATA = frozenset({"layer_styles", "qgis_projects"})


def _unreadable(where: str, error: Exception) -> InputError:
    return input_error(
        "Le fichier géographique est illisible.",
        f"{where} : {error}",
        "Donner un CSV, GPKG, GeoJSON ou GeoParquet entier.",
    )


def read_layer(
    path: Path, *, where: str, bounds_wgs84: tuple[float, float, float, float] | None, layer: str | None
) -> pd.DataFrame:
    """The rows of a layer, as GDAL reads them: those that touch a box (WGS 84) where one is given.

    Raises
    ------
    InputError
        A file that unpacks to far more than it weighs, or that GDAL cannot read.
    """
    check_unpacked_size(path, where=where)
    try:
        box = None
        if bounds_wgs84 is not None:
            declared = pyogrio.read_info(path, layer=layer).get("crs")
            box = None if declared is None else tuple(_boxed(bounds_wgs84, CRS.from_user_input(declared)))
        frame = pyogrio.read_dataframe(path, bbox=box, layer=layer)
    except _OGR_COMPLAINTS as error:
        raise _unreadable(where, error) from error
    return cast("pd.DataFrame", frame)


def _boxed(bounds_wgs84: tuple[float, float, float, float], crs: CRS) -> np.ndarray:
    return np.asarray(gpd.GeoSeries([shapely.box(*bounds_wgs84)], crs=WGS84).to_crs(crs).total_bounds)
