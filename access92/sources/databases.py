"""Tables of databases: read whole in one transaction, put in an order that their content decides, fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from access92.cache.store import FileState, file_state
from access92.errors import input_error, some_values
from access92.sources.database_columns import DatabaseColumns
from access92.sources.duckdb_files import read_duckdb
from access92.sources.likely_crs import likely_crs_of
from access92.sources.places import read_crs
from access92.sources.postgresql import read_postgresql
from access92.study.databases import DatabaseRows, DatabaseTable, ServerAddress, TableSource, one_query
from access92.study.model import Study

GEOMETRY = "geometry"
_EXACT_IN_DOUBLES = 2**53


def with_tables_read(study: Study) -> Study:
    """The study with every table that it takes from a database read, once; itself where it takes none.

    The tables of one server are read in one transaction: they are those of one moment.

    Raises
    ------
    InputError
        A database that cannot be reached or read, no such table, a query that it refuses, geometry without a CRS.

    Examples
    --------
    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> with_tables_read(study) is study
    True
    """
    origins = database_tables(study)
    return study.with_tables(read_database_tables(study, origins)) if origins else study


def database_tables(study: Study) -> tuple[DatabaseTable, ...]:
    """The tables that a study takes from databases, each once."""
    parts = (study.areas, study.services, study.population, study.calendar)
    origins = [part.origin for part in parts if part is not None]
    return tuple(dict.fromkeys(origin for origin in origins if isinstance(origin, DatabaseTable)))


def read_database_tables(study: Study, origins: Iterable[DatabaseTable]) -> dict[DatabaseTable, DatabaseRows]:
    """What tables hold now, by the table; those of one database in one transaction.

    Raises
    ------
    InputError
        As :func:`with_tables_read`.
    """
    by_database: dict[object, list[DatabaseTable]] = {}
    for origin in origins:
        by_database.setdefault(origin.database, []).append(origin)
    read: dict[DatabaseTable, DatabaseRows] = {}
    for group in by_database.values():
        located = [origin.located(study.locate) for origin in group]
        columns = _read_database(located, [str(origin) for origin in group])
        read |= {
            origin: _fingerprinted(item, origin, where=str(origin)) for origin, item in zip(group, columns, strict=True)
        }
    return read


def source_state(source: TableSource) -> FileState | None:
    """The state of what a table is read from: of a file, or of what was read of a database; None of what is unknown."""
    if isinstance(source, Path):
        return file_state(source)
    return FileState(source.sha256, source.size_bytes, 0) if isinstance(source, DatabaseRows) else None


def read_database_table(origin: DatabaseTable, *, where: str) -> DatabaseRows:
    """What one table (its file by its place on the disk) holds now.

    Raises
    ------
    InputError
        As :func:`with_tables_read`.
    """
    return _fingerprinted(_read_database([origin], [where])[0], origin, where=where)


def _read_database(origins: list[DatabaseTable], names: list[str]) -> list[DatabaseColumns]:
    """The tables of one database; ``names``: as messages name each."""
    for origin, where in zip(origins, names, strict=True):
        try:
            one_query(origin.query or "")
        except ValueError as error:
            raise input_error(f"{error}.", where, "Ne rien écrire après son point-virgule.") from error
    if isinstance(origins[0].database, ServerAddress):
        return read_postgresql(origins[0].database, origins, names)
    return read_duckdb(origins[0].database, origins, names)


def _fingerprinted(read: DatabaseColumns, origin: DatabaseTable, *, where: str) -> DatabaseRows:
    """The rows in the order of their content, as a file of Parquet would give them, with their fingerprint."""
    columns = dict(read.columns)
    crs = read.crs
    if read.geometry_column:
        if GEOMETRY in columns:
            raise input_error("Une colonne de données s'appelle « geometry ».", where, "La renommer, par query.")
        shapes = _shapes(read, where)
        crs = crs or _crs_of(shapes, origin, read.geometry_column, where)
        columns[GEOMETRY] = pa.array(shapely.to_wkb(shapes), type=pa.large_binary())
    columns = {name: _without_minus_zero(column) for name, column in columns.items()}
    table = pa.table(columns) if columns else pa.table({"": pa.array([], pa.string())}).select([])
    if table.num_rows > 1:
        table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names]))
    digest = hashlib.sha256(b"" if crs is None else crs.to_wkt().encode())
    size = sum(_hash_column(digest, name, table[name].combine_chunks()) for name in table.column_names)
    return DatabaseRows(_frame(table, crs, has_geometry=bool(read.geometry_column)), digest.hexdigest(), size)


def _without_minus_zero(column: pa.Array) -> pa.Array:
    """The same numbers, the zero below zero as zero: they are equal, so no order puts one before the other."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.equal(column, 0.0), pa.scalar(0.0, column.type), column)


def _shapes(read: DatabaseColumns, where: str) -> np.ndarray:
    """The geometry of each row, without what a reader of plain WKB would stumble over."""
    try:
        return cast("np.ndarray", shapely.from_wkb(np.array(read.geometry, dtype=object)))
    except NotImplementedError as error:  # as shapely says of curves and surfaces
        raise input_error(
            f"La colonne « {read.geometry_column} » porte des courbes ou des surfaces, qui ne se lisent pas.",
            f"{where} : {error}",
            "Les convertir par query : ST_CurveToLine (ou ST_Force2D d'un polygone), sous le même nom de colonne.",
        ) from error
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        raise input_error(
            f"La colonne « {read.geometry_column} » porte une géométrie illisible.",
            f"{where} : {error}",
            "La réparer, ou la convertir (ST_CurveToLine) par query.",
        ) from error


def _crs_of(shapes: np.ndarray, origin: DatabaseTable, column: str, where: str) -> CRS:
    """The CRS of geometry whose type says none: that of its SRIDs, else the one that the study names."""
    srids = sorted({int(number) for number in shapely.get_srid(shapes[~shapely.is_missing(shapes)])} - {0})
    if len(srids) > 1:
        raise input_error(
            f"La colonne « {column} » mêle plusieurs systèmes de coordonnées.",
            f"{where}, SRID {some_values(srids)}",
            "Les ramener à un seul (ST_Transform) par query.",
        )
    if origin.crs is not None:
        return read_crs(origin.crs, where="clé crs")
    try:
        if srids:
            return CRS.from_epsg(srids[0])
    except CRSError:  # no code of EPSG: as unknown as none
        pass
    is_server = isinstance(origin.database, ServerAddress)
    fix = (
        "Le déclarer dans la base (ST_SetSRID, UpdateGeometrySRID)."
        if is_server
        else "L'écrire dans l'étude, à côté de file (crs = \"EPSG:2154\")."
    )
    raise input_error(
        f"Le système de coordonnées (CRS) de la colonne « {column} » est inconnu.",
        where + (f", SRID {srids[0]}" if srids else ", SRID 0" if is_server else ", que son type ne dit pas"),
        f"{fix} {likely_crs_of(shapes)}".strip(),
    )


def _hash_column(digest: hashlib._Hash, name: str, column: pa.Array) -> int:
    """Add a column to a digest: name, type, which values are null, the others; how many bytes those are."""
    kind = str(column.type)
    nulls = np.packbits(column.is_null().to_numpy(zero_copy_only=False))
    if pa.types.is_large_binary(column.type) or pa.types.is_string(column.type):
        values = column.cast(pa.large_binary())
        lengths = pc.fill_null(pc.binary_length(values), -1).to_numpy(zero_copy_only=False).tobytes()
        body = lengths + b"".join(value for value in values.to_pylist() if value is not None)
    else:
        whole = column.cast(pa.int64()) if pa.types.is_temporal(column.type) or _is_whole(column.type) else column
        filled = pc.fill_null(whole, False if pa.types.is_boolean(whole.type) else 0)
        body = filled.to_numpy(zero_copy_only=False).tobytes()
    for piece in (name.encode("utf-8", "surrogatepass"), kind.encode(), nulls.tobytes(), body):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return len(body)


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


def _is_beyond_doubles(column: pa.ChunkedArray) -> bool:
    """Whether a double would round one of the whole numbers."""
    ends = pc.min_max(column).as_py()
    return any(abs(end or 0) > _EXACT_IN_DOUBLES for end in ends.values())


def _frame(table: pa.Table, crs: CRS | None, *, has_geometry: bool) -> pd.DataFrame:
    """The rows for those who check them; their index names them in messages, as the line does that of a file."""
    whole: pd.DataFrame = table.to_pandas()
    for name in table.column_names:  # with nulls they would be doubles, which round beyond 2**53
        column = table[name]
        if _is_whole(column.type) and column.null_count and _is_beyond_doubles(column):
            whole[name] = pd.array(column.to_pylist(), dtype="Int64")
    frame = whole.set_axis(_row_names(whole), axis="index")
    if not has_geometry:
        return frame
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame.drop(columns=GEOMETRY), geometry=gpd.GeoSeries.from_wkb(frame[GEOMETRY], index=frame.index, crs=crs)
    )
    return placed


def _row_names(frame: pd.DataFrame) -> pd.Index:
    """What tells rows apart for people: the first column of text or whole numbers that does, else their numbers."""
    for name in frame.columns:
        column = frame[name]
        is_plain = pd.api.types.is_integer_dtype(column) or pd.api.types.is_string_dtype(column)
        if is_plain and name != GEOMETRY and len(column) and column.notna().all() and column.is_unique:
            return pd.Index(f"{name} = {value}" for value in column)
    return pd.RangeIndex(1, len(frame) + 1)
