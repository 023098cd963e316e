"""Parquet and GeoParquet files: the one place where pyarrow and geopandas read them, and complain."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj.exceptions import CRSError

from access92._limits import MOST_COLUMNS, SURE_BYTES, parse_json, readable_file
from access92.errors import InputError, input_error

_CELL_BYTES = 8
"""Least memory that a value takes once it is read."""

_MOST_TIMES_LARGER = 1000
"""A column with one value in it is nearly nothing on disk: 24 empty tags of a street cost 200 bytes a street read."""

_COMPLAINTS = (
    pa.ArrowException, OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
    RecursionError, shapely.errors.ShapelyError, CRSError,
)  # fmt: skip
"""What pyarrow, geopandas, shapely and pyproj raise on files whose metadata or bytes are not what they should be."""


def read_parquet(path: Path, *, where: str) -> pd.DataFrame:
    """The rows of a Parquet file: a GeoDataFrame where its ``geo`` metadata declare geometry.

    Raises
    ------
    InputError
        The file is missing, damaged, would not fit into memory, or its metadata are not those of a GeoParquet file.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.parquet"
    >>> pd.DataFrame({"a": [1, 2]}).to_parquet(file)
    >>> read_parquet(file, where="x.parquet")["a"].tolist()
    [1, 2]
    """
    readable_file(path, where=where)
    try:
        metadata = pq.read_metadata(path)
        _check_size(path, metadata, where)
        geo = (metadata.metadata or {}).get(b"geo")
        if geo is None:
            return _with_plain_index(pd.read_parquet(path))
        _check_geo(geo)
        frame = _with_plain_index(gpd.read_parquet(path))
    except InputError:
        raise
    except _COMPLAINTS as error:
        raise input_error(
            "Le fichier Parquet est illisible.",
            f"{where} : {type(error).__name__}, {str(error).strip() or 'sans précision'}",
            "Fournir le fichier entier, enregistré de nouveau en GeoParquet par un SIG.",
        ) from error
    return frame


def _with_plain_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The table under row numbers, a named index of pandas made a column again: an index may hold a row twice."""
    names = [name for name in frame.index.names if name is not None and name not in frame.columns]
    if names:
        frame = frame.reset_index(level=names)
    return frame.reset_index(drop=True)


def read_parquet_metadata(path: Path, key: bytes, *, where: str) -> dict[str, str]:
    """The table of texts that a Parquet file carries under a key of its metadata; empty where it has none.

    Raises
    ------
    InputError
        The file is unreadable, or what it carries is no JSON object.
    """
    try:
        noted = parse_json((pq.read_metadata(readable_file(path, where=where)).metadata or {}).get(key, b"{}"))
        if not isinstance(noted, dict):
            raise TypeError(f"« {key.decode()} » : {type(noted).__name__}")  # noqa: TRY301 - metadata below with the others
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise input_error(
            "Les métadonnées du fichier Parquet sont illisibles.",
            f"{where} : {error}",
            "Produire ce fichier de nouveau.",
        ) from error
    return {str(name): str(value) for name, value in noted.items()}


def _check_size(path: Path, metadata: pq.FileMetaData, where: str) -> None:
    """Refuse what unpacks to far more than the file weighs: a billion equal rows take some kilobytes."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    values = metadata.num_rows * metadata.num_columns
    unpacked = max(sum(group.total_byte_size for group in groups), values * _CELL_BYTES)
    size = path.stat().st_size
    if metadata.num_columns > MOST_COLUMNS or unpacked > max(SURE_BYTES, _MOST_TIMES_LARGER * size):
        raise input_error(
            "Le fichier Parquet se déploie sans mesure.",
            f"{where}, {metadata.num_rows} lignes et {metadata.num_columns} colonnes "
            f"({unpacked / 1e6:.0f} Mo) dans {size / 1e6:.2f} Mo",
            "Vérifier ce fichier, ou le couper en morceaux.",
        )


def _check_geo(geo: bytes) -> None:
    """Refuse ``geo`` metadata that are not those of GeoParquet (an object, with an object of columns)."""
    metadata = parse_json(geo)
    if not isinstance(metadata, dict) or not isinstance(metadata.get("columns"), dict) or not all(
        isinstance(column, dict) for column in metadata["columns"].values()
    ):  # fmt: skip
        raise ValueError("les métadonnées « geo » ne sont pas celles d'un GeoParquet")
