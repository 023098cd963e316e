"""Tables in sealed files, with the notices of their reader."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from access92.cache.store import read_sealed, write_sealed

_NOTICES = b"access92_notices"


def read_cached_table(file: Path) -> tuple[gpd.GeoDataFrame, tuple[str, ...]] | None:
    """The table of a cache file and the notices of its reader; None where there is no sound file."""
    body = read_sealed(file)
    if body is None:
        return None
    table = feather.read_table(pa.BufferReader(body))
    return gpd.GeoDataFrame.from_arrow(table), tuple(json.loads(table.schema.metadata[_NOTICES]))


def write_cached_table(table: gpd.GeoDataFrame, notices: tuple[str, ...], file: Path) -> None:
    """Write a table and its notices; a folder that cannot be written is logged, and is no error."""
    arrow = pa.table(table.to_arrow(index=False))
    metadata = {**(arrow.schema.metadata or {}), _NOTICES: json.dumps(notices).encode()}
    body = pa.BufferOutputStream()
    feather.write_feather(arrow.replace_schema_metadata(metadata), body)
    write_sealed(file, memoryview(body.getvalue()))


def read_cached_frame(file: Path) -> pd.DataFrame | None:
    """The table without geometry of a cache file; None where there is no sound file."""
    body = read_sealed(file)
    return None if body is None else feather.read_table(pa.BufferReader(body)).to_pandas()


def write_cached_frame(frame: pd.DataFrame, file: Path) -> None:
    """Write a table without geometry; a folder that cannot be written is logged, and is no error."""
    body = pa.BufferOutputStream()
    feather.write_feather(pa.Table.from_pandas(frame, preserve_index=False), body)
    write_sealed(file, memoryview(body.getvalue()))
