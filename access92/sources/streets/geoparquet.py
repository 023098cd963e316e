"""Streets in a GeoParquet file: a download pinned with its date, or streets drawn by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from access92.cache.store import written_aside
from access92.errors import InputError, input_error, some_values
from access92.sources.parquet import read_parquet, read_parquet_metadata
from access92.sources.places import check_places, project
from access92.sources.streets.pinned_traffic import TRAFFIC_KEY, traffic_json
from access92.sources.streets.traffic import TrafficRules
from access92.sources.streets.ways import Bounds
from access92.study.schemas import STREET_TAGS
from access92.study.street_checks import check_streets

_METADATA = b"access92"
_TEXTS = ("highway", "oneway", "name", *STREET_TAGS)


def write_streets(
    streets: gpd.GeoDataFrame, path: str | Path, *, metadata: Mapping[str, str], traffic: TrafficRules | None = None
) -> Path:
    """Write a streets table to GeoParquet, with where it comes from and when; whole or not at all.

    ``metadata`` is kept under the key « access92 » of the file: see :func:`read_street_metadata`. ``traffic``: its
    barriers, signals and turn restrictions, in the CRS of the streets, kept beside it.

    Examples
    --------
    >>> import tempfile
    >>> streets = gpd.GeoDataFrame(
    ...     {"edge_id": ["a"], "from_node": [1], "to_node": [2], "length_m": [10.0],
    ...      "highway": ["path"], "oneway": [""]},
    ...     geometry=[shapely.LineString([(0, 0), (10, 0)])], crs=2154)
    >>> file = write_streets(streets, Path(tempfile.mkdtemp()) / "streets.parquet", metadata={"source": "croquis"})
    >>> read_street_metadata(file)
    {'source': 'croquis'}
    """
    path = Path(path)
    check_streets(streets, where=path.name)
    buffer = io.BytesIO()
    streets.to_parquet(buffer, index=False, compression="zstd")
    table = pq.read_table(pa.BufferReader(buffer.getvalue()))
    known = {**(table.schema.metadata or {}), _METADATA: json.dumps(dict(metadata), ensure_ascii=False).encode()}
    if traffic is not None:
        known[TRAFFIC_KEY] = traffic_json(traffic, streets.crs)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as aside:
        pq.write_table(table.replace_schema_metadata(known), aside, compression="zstd")
    return path


def read_street_metadata(path: str | Path) -> dict[str, str]:
    """The metadata that :func:`write_streets` wrote beside the streets; empty for a file of another origin."""
    return read_parquet_metadata(Path(path), _METADATA, where=str(path))


def read_street_file(
    path: Path,
    *,
    extent: BaseGeometry | None,
    crs: pyproj.CRS,
) -> tuple[gpd.GeoDataFrame, Bounds | None]:
    """The streets of a GeoParquet file that touch the extent (WGS 84), in ``crs``; and the box of all of them.

    Tag columns that the file lacks are added, empty.

    Raises
    ------
    InputError
        Not a GeoParquet file, or its table breaks the contract ``tables.STREETS``.
    """
    try:
        streets = read_parquet(path, where=str(path))
    except InputError as error:
        raise _unreadable(path, error) from error
    if not isinstance(streets, gpd.GeoDataFrame):
        raise _unreadable(path, ValueError("pas de géométrie"))
    if not len(streets):
        return streets, None
    check_places(streets, where=str(path))
    check_streets(streets, where=str(path))

    # the box of the whole file, which says where the streets are when none touches the extent
    degrees = project(streets[["geometry"]], "EPSG:4326", where=str(path)).geometry
    west, south, east, north = (float(value) for value in degrees.total_bounds)
    if extent is not None:
        shapely.prepare(extent)
        inside = shapely.intersects(extent, degrees.array)
        streets = streets[inside].reset_index(drop=True)

    # what a file of another tool may lack or type otherwise: tags, speeds, numbers of nodes
    missing = {name: "" for name in _TEXTS if name not in streets.columns}
    if "maxspeed_kmh" not in streets.columns:
        streets = streets.assign(maxspeed_kmh=np.nan)
    streets = streets.assign(**missing)
    loose = [name for name in _TEXTS if streets[name].dtype == object]  # others are text already
    odd = [
        name for name in loose if any(isinstance(value, bytes | dict | list | np.ndarray) for value in streets[name])
    ]
    if odd:
        raise _unreadable(path, TypeError(f"colonnes qui ne sont pas du texte : {some_values(odd)}"))
    texts = {name: _tag(streets[name]) for name in _TEXTS}
    # whole and finite, which check_streets made sure of: whatever their type in the file
    nodes = {name: streets[name].astype("int64") for name in ("from_node", "to_node")}
    numbers = {name: streets[name].to_numpy(dtype=float, na_value=np.nan) for name in ("length_m", "maxspeed_kmh")}
    return project(streets.assign(**texts, **nodes, **numbers), crs, where=str(path)), (west, south, east, north)


def _tag(column: pd.Series) -> pd.Series:
    """A tag as categorical text, '' where null; True and False (OSMnx) are what OSM writes yes and no."""
    texts = column.astype("object").fillna("").astype("str")
    return texts.replace({"True": "yes", "False": "no"}).astype("category")


def _unreadable(path: Path, error: Exception) -> Exception:
    return input_error(
        "Le fichier de rues n'est pas un GeoParquet lisible.",
        f"{path} ({error})",
        "Le produire de nouveau avec « access92 fetch streets », ou l'enregistrer en GeoParquet depuis un SIG.",
    )
