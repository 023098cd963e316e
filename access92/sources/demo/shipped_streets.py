"""The demonstration streets of the shipped study as they were grown: read, they take a tenth of the time.

``data/demo/streets.parquet`` (written by ``python -m docs.demo_streets``) holds what the generator gives
(:func:`access92.sources.demo.streets.make_demo_streets`), and under which key. The key is of the frame, of the seed and
margin, and of the text of the generator: where one of them is another, streets are grown. A slow test grows them and
compares every value.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyarrow import parquet

from access92.cache.fingerprints import code_files
from access92.cache.store import written_aside
from access92.errors import InputError
from access92.sources.demo.frame import DemoFrame
from access92.sources.demo.tags import street_table
from access92.study.schemas import STREET_TAGS
from access92.study.shipped import shipped_data

GENERATOR = "access92.sources.demo.streets"
FILE = Path("demo", "streets.parquet")
"""In the shipped data."""

_KEY = b"access92_key"
_POINTS_X, _POINTS_Y = "x_cm", "y_cm"
_OF_POINTS = (f"{_POINTS_X}.list.element", f"{_POINTS_Y}.list.element")
_NODES = ("from_node", "to_node")
_PER_M = 100
_TEXTS = ("highway", "oneway", "name", *STREET_TAGS)
_log = logging.getLogger(__name__)


def shipped_streets(frame: DemoFrame, *, seed: int, margin_m: float) -> gpd.GeoDataFrame | None:
    """The streets that the generator would give for these, to the bit; None where the shipped ones are others.

    None too where there are none, or where their file is damaged (logged by name).
    """
    try:
        path = shipped_data() / FILE
    except InputError:
        return None
    return read_grown(path, streets_key(frame, seed=seed, margin_m=margin_m))


def streets_key(frame: DemoFrame, *, seed: int, margin_m: float) -> str:
    """SHA-256 of all that decides the demonstration streets but the libraries: frame, settings, text of the generator.

    Places count to the millimetre: another build of PROJ puts them some nanometres away.
    """
    digest = hashlib.sha256(f"{seed}|{float(margin_m)}|{frame.grid_crs}|{float(frame.cell_m)}|".encode())
    for table in (frame.communes, frame.bridges, frame.grid, frame.roads, frame.green):
        digest.update(b"none" if table is None else _table_bytes(table))
    digest.update(_geometry_bytes([frame.seine]))
    folder = Path(__file__).parent
    for path in code_files(GENERATOR):
        if path.parent == folder:
            text = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(text).digest())
    return digest.hexdigest()


def _table_bytes(table: pd.DataFrame) -> bytes:
    """The values of a table of the frame, column after column."""
    pieces = []
    for name in table.columns:
        column = table[name]
        pieces.append(f"{name}|{len(column)}|".encode())
        if isinstance(column, gpd.GeoSeries):
            pieces.append(_geometry_bytes(column.to_list()))
        elif pd.api.types.is_float_dtype(column):
            pieces.append(_millimetres(column.to_numpy(dtype=np.float64)))
        else:
            texts = [sorted(value) if isinstance(value, frozenset) else str(value) for value in column]
            pieces.append(repr(texts).encode())
    return b"".join(pieces)


def _geometry_bytes(shapes: Sequence[shapely.Geometry]) -> bytes:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    kinds = repr([(int(shapely.get_type_id(shape)), shapely.get_num_interior_rings(shape)) for shape in shapes])
    return b"".join([kinds.encode(), owner.astype("<i8").tobytes(), _millimetres(coordinates)])


def _millimetres(values: np.ndarray) -> bytes:
    return bytes(np.rint(values * 1000).astype("<i8"))


def write_grown(streets: gpd.GeoDataFrame, path: Path, key: str) -> None:
    """Write demonstration streets (coordinates rounded to the centimetre) under their key; 3 MB for the shipped ones.

    One row a street: its nodes, texts and speed, and how far each of its points is from the one before (the first: from
    the last of the street before), in centimetres. Ids and lengths follow.
    """
    coordinates = shapely.get_coordinates(streets.geometry.to_numpy())
    steps = np.diff(np.rint(coordinates * _PER_M).astype(np.int64), axis=0, prepend=0).astype(np.int32)
    offsets = np.append(0, np.cumsum(shapely.get_num_coordinates(streets.geometry.to_numpy()))).astype(np.int32)
    columns: dict[str, Any] = {
        name: pa.ListArray.from_arrays(offsets, np.ascontiguousarray(steps[:, axis]))
        for axis, name in enumerate((_POINTS_X, _POINTS_Y))
    }
    columns |= {name: pa.array(streets[name].to_numpy(dtype=np.int32)) for name in _NODES}
    columns["maxspeed_kmh"] = pa.array(streets["maxspeed_kmh"].to_numpy(), from_pandas=True)
    used = [name for name in _TEXTS if (streets[name] != "").any()]
    columns |= {name: pa.array(streets[name].to_numpy(dtype=object), pa.string()).dictionary_encode() for name in used}
    table = pa.table(columns).replace_schema_metadata({_KEY: key.encode()})
    with written_aside(path) as aside:
        parquet.write_table(
            table, aside, compression="zstd", compression_level=19, write_page_checksum=True,
            use_dictionary=["maxspeed_kmh", *used],
            column_encoding=dict.fromkeys((*_OF_POINTS, *_NODES), "DELTA_BINARY_PACKED"),
        )  # fmt: skip


def read_grown(path: Path, key: str) -> gpd.GeoDataFrame | None:
    """The streets of a file of :func:`write_grown`; None where it is missing, damaged (logged) or of another key."""
    try:
        file = parquet.ParquetFile(path, page_checksum_verification=True)
        if (file.schema_arrow.metadata or {}).get(_KEY) != key.encode():
            return None
        table = file.read()
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException) as error:
        _log.warning("%s cannot be read (%s): the streets are grown", path, error)
        return None

    # lines from the steps between their points
    steps = np.column_stack([_flat(table[name]) for name in (_POINTS_X, _POINTS_Y)])
    coordinates = np.cumsum(steps, axis=0, dtype=np.int64) / _PER_M
    counts = table[_POINTS_X].combine_chunks().value_lengths().to_numpy()
    offsets = np.append(0, np.cumsum(counts)).astype(np.int64)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, coordinates, (offsets,))
    nodes = np.column_stack([table[name].to_numpy() for name in _NODES]).astype(np.int64)
    columns = {name: _values(table, name) for name in ("highway", "oneway", "maxspeed_kmh", "name", *STREET_TAGS)}
    # texts that no street has are not in the file
    empty = pd.array([""], dtype="str").take(np.zeros(len(lines), dtype=np.int64))
    filled = {name: empty if values is None else values for name, values in columns.items()}
    return street_table(nodes, filled, lines)


def _flat(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.combine_chunks().flatten())


def _values(table: pa.Table, name: str) -> Any:  # noqa: ANN401 - what pandas makes a column of
    """A column as the generator makes it; None where the file has none of that name."""
    if name not in table.column_names:
        return None
    if name == "maxspeed_kmh":
        return table[name].to_numpy()
    texts = table[name].combine_chunks()
    return pd.array(texts.dictionary.to_pylist(), dtype="str").take(texts.indices.to_numpy())
