"""Streets of our own making in a GeoParquet file: a download pinned with its date, or streets made by hand."""

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

from access92.errors import Fault, InputError, refuse, some_values
from access92.sealed_files import written_aside
from access92.sources.parquet_files import read_parquet, read_parquet_metadata
from access92.sources.places import check_places, project
from access92.sources.street_ways import Bounds
from access92.tables import STREET_TAGS, STREETS, check_table

_METADATA = b"access92"
_TEXTS = ("highway", "oneway", "name", *STREET_TAGS)


def write_streets(streets: gpd.GeoDataFrame, path: str | Path, *, metadata: Mapping[str, str]) -> Path:
    """Write a streets table to GeoParquet, with where it comes from and when; whole or not at all.

    ``metadata`` is kept under the key « access92 » of the file: see :func:`read_street_metadata`.

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
    check_table(streets, STREETS, where=path.name)
    buffer = io.BytesIO()
    streets.to_parquet(buffer, index=False, compression="zstd")
    table = pq.read_table(pa.BufferReader(buffer.getvalue()))
    known = {**(table.schema.metadata or {}), _METADATA: json.dumps(dict(metadata), ensure_ascii=False).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as aside:
        pq.write_table(table.replace_schema_metadata(known), aside, compression="zstd")
    return path


def read_street_metadata(path: str | Path) -> dict[str, str]:
    """What :func:`write_streets` noted beside the streets; empty where the file is not ours."""
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
    check_table(streets, STREETS, where=str(path))
    streets = check_places(_with_numbers(streets, path), where=str(path))
    degrees = project(streets[["geometry"]], "EPSG:4326", where=str(path)).geometry
    west, south, east, north = (float(value) for value in degrees.total_bounds)
    if extent is not None:
        shapely.prepare(extent)
        inside = shapely.intersects(extent, degrees.array)
        streets = streets[inside].reset_index(drop=True)
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
    texts = {name: streets[name].astype("object").fillna("").astype("str").astype("category") for name in _TEXTS}
    return project(streets.assign(**texts), crs, where=str(path)), (west, south, east, north)


_LARGEST_NODE = 2.0**53
"""Up to here every whole number is one of double precision too."""


def _with_numbers(streets: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """The streets with whole numbers for nodes (int64) and finite lengths and speeds.

    Raises
    ------
    InputError
        A node is no whole number, or a length no finite one.
    """
    faults, numbers = [], {}
    for name in ("from_node", "to_node", "length_m", "maxspeed_kmh"):
        if name not in streets.columns:
            continue
        values = pd.to_numeric(streets[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        good = np.abs(values) <= _LARGEST_NODE
        if name == "maxspeed_kmh":  # one that cannot be is as good as none
            numbers[name] = np.where(good & (values > 0), values, np.nan)
            continue
        is_node = name != "length_m"
        good &= (values == np.floor(values)) | (not is_node)
        if good.all():
            numbers[name] = values.astype(np.int64) if is_node else values
            continue
        words = "des nombres entiers" if is_node else "des longueurs en mètres"
        faults.append(
            Fault(
                f"La colonne « {name} » doit porter {words}.",
                f"{path}, lignes {some_values(streets.index[~good])}, valeurs {some_values(streets[name][~good])}",
                "Corriger ces valeurs.",
            )
        )
    if faults:
        raise InputError(faults)
    return streets.assign(**numbers)


def _unreadable(path: Path, error: Exception) -> Exception:
    return refuse(
        "Le fichier de rues n'est pas un GeoParquet lisible.",
        f"{path} ({error})",
        "Le produire de nouveau avec « access92 fetch streets », ou l'enregistrer en GeoParquet depuis un SIG.",
    )
