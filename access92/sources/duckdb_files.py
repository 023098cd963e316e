"""DuckDB files: read without writing to them, without their extensions, without the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyproj import CRS
from pyproj.exceptions import CRSError

from access92._limits import readable_file
from access92.errors import InputError, input_error, some_values
from access92.sources.database_columns import MOST_ROWS, DatabaseColumns, decimal_numbers, missing_library, no_table
from access92.study.databases import DatabaseTable, one_query

if TYPE_CHECKING:
    import duckdb

_PLACE_NAMES = ("geometry", "geom", "the_geom", "wkb_geometry", "wkb", "shape")
_CRS = re.compile(r"GEOMETRY\('(.*)'\)", re.DOTALL)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
_NAMES = (
    "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal "
    "UNION SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
)
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_REAL = {"FLOAT", "DOUBLE", "REAL"}
_HUGE = {"UBIGINT", "HUGEINT", "UHUGEINT"}


def quoted(*names: str) -> str:
    """Names between quotation marks, whatever they hold, with a dot between them.

    >>> quoted("a", 'b"; DROP TABLE x')
    '"a"."b""; DROP TABLE x"'
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def open_duckdb(path: Path, *, where: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to a file, which may load no extension, open no other file and reach no network.

    Raises
    ------
    InputError
        No library, no such file, a file that is none of DuckDB's, or that another program holds.
    """
    try:
        import duckdb
    except ImportError as error:
        raise missing_library("duckdb", "duckdb", where) from error
    try:
        link = duckdb.connect(
            str(path),
            read_only=read_only,
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"},
        )
        link.execute("SET enable_external_access = false")
        link.execute("SET TimeZone = 'UTC'") if _has_zones(link) else None
        link.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        raise refused(error, where) from error
    return link


def _has_zones(link: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build knows time zones: they are of an extension, which most builds carry."""
    row = link.execute("SELECT count(*) FROM duckdb_settings() WHERE name = 'TimeZone'").fetchone()
    return bool(row and row[0])


def refused(error: Exception, where: str) -> InputError:  # noqa: PLR0911 - one return per complaint
    """What DuckDB complained of, in French."""
    said = str(error).strip().split("\n")[0]
    at, kind = f"{where} : {said}", type(error).__name__
    if "lock" in said.lower() and kind == "IOException":
        return input_error(
            "Un autre programme tient ce fichier de DuckDB ouvert.", at, "Fermer ce programme, puis recommencer."
        )
    if kind == "IOException":
        return input_error("Le fichier n'est pas une base de DuckDB lisible.", at, "Donner le fichier entier.")
    if kind == "BinderException" and "column" in said.lower():
        return input_error("La requête nomme une colonne que la table n'a pas.", at, "La corriger.")
    if "extension" in said.lower() and kind in {"CatalogException", "BinderException", "MissingExtensionException"}:
        return input_error(
            "La table ou la requête demande une extension de DuckDB (spatial…), et access92 n'en charge aucune.",
            at,
            "Écrire le résultat dans la base, avec DuckDB et son extension : "
            "CREATE TABLE … AS SELECT …, ST_AsWKB(…) AS geom ; puis lire cette table.",
        )
    if kind in {"ParserException", "BinderException", "CatalogException"}:
        return input_error("DuckDB ne comprend pas la requête.", at, "Corriger query dans l'étude.")
    if kind == "PermissionException":
        return input_error(
            "La requête lirait un autre fichier que la base.", at, "N'y nommer que des tables de la base."
        )
    return input_error("DuckDB refuse.", at, "Corriger ce qu'il dit.")


def read_duckdb(path: Path, origins: Sequence[DatabaseTable], names: Sequence[str]) -> list[DatabaseColumns]:
    """Tables or queries of one file, in one transaction; ``names``: as messages name them.

    Raises
    ------
    InputError
        As :func:`open_duckdb`; no such table (with the nearest), a query that is no single SELECT, several columns of
        geometry.
    """
    readable_file(path, where=names[0])
    link = open_duckdb(path, where=names[0], read_only=True)
    import duckdb

    try:
        link.execute("BEGIN TRANSACTION")
        read = []
        for origin, where in zip(origins, names, strict=True):
            try:
                read.append(_read(link, origin, where))
            except duckdb.Error as error:
                raise refused(error, where) from error
        return read
    finally:
        link.close()


def _read(link: duckdb.DuckDBPyConnection, origin: DatabaseTable, where: str) -> DatabaseColumns:
    relation = quoted(*_find_table(link, origin.table, where)) if origin.table is not None else ""
    if not relation:
        query = origin.query or ""
        statements = link.extract_statements(query)
        if len(statements) != 1 or statements[0].type.name != "SELECT":
            raise input_error("query doit être une lecture, une seule.", where, "La réduire à un SELECT …")
        relation = f"({one_query(query)}\n)"
    described = link.execute(f"DESCRIBE SELECT * FROM {relation} AS whole").fetchall()  # noqa: S608 - quoted, or the user's own
    columns = [(str(row[0]), str(row[1])) for row in described]
    _check_columns([name for name, _ in columns], where)
    place = _place_column(columns, where)
    asked = ", ".join(_asked(name, kind, is_place=name == place) for name, kind in columns)
    _check_dates(link, columns, relation, where)
    rows = link.execute(f"SELECT {asked} FROM {relation} AS whole").fetchmany(MOST_ROWS + 1)  # noqa: S608 - as above
    if len(rows) > MOST_ROWS:
        raise input_error(f"La table a plus de {MOST_ROWS} lignes.", where, "N'en lire que la zone d'étude, par query.")
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays: dict[str, pa.Array] = {}
    shapes: list[bytes | None] = []
    crs = None
    for (name, kind), cells in zip(columns, values, strict=True):
        if name == place:
            shapes, crs = list(cells), _declared_crs(kind)
        else:
            arrays[name] = _array(kind, cells)
    return DatabaseColumns(arrays, place, shapes, crs)


def _find_table(link: duckdb.DuckDBPyConnection, written: str, where: str) -> tuple[str, str]:
    """Schema and name of a table; DuckDB takes no notice of capitals."""
    parts = [(match[1].replace('""', '"') if match[1] else match[2]).lower() for match in _PART.finditer(written)]
    known = sorted((str(schema), str(name)) for schema, name in link.execute(_NAMES).fetchall())
    users = [(schema, name) for schema, name in known if schema not in {"information_schema", "pg_catalog"}]
    found = [
        (schema, name)
        for schema, name in users
        if parts in ([schema.lower(), name.lower()], [name.lower()] if schema == "main" else None)
    ]
    if len(found) == 1:
        return found[0]
    raise no_table(written, parts, [(schema, name, schema == "main") for schema, name in users], where)


def _check_columns(names: Sequence[str], where: str) -> None:
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise input_error(
            f"Deux colonnes portent le nom « {doubled[0]} ».", where, "Nommer chacune (SELECT a.nom AS autre_nom …)."
        )


def _place_column(columns: Sequence[tuple[str, str]], where: str) -> str:
    """The column of geometry: of that type, else the one of bytes (WKB) with a usual name; '' for none."""
    places = [name for name, kind in columns if kind.startswith("GEOMETRY")]
    places = places or [name for name, kind in columns if kind == "BLOB" and name.lower() in _PLACE_NAMES]
    if len(places) > 1:
        raise input_error(
            "La table a plusieurs colonnes de géométrie : laquelle lire ?",
            f"{where}, colonnes {some_values(places, most=12)}",
            "N'en lire qu'une : query = \"SELECT … FROM …\", à la place de table.",
        )
    return places[0] if places else ""


def _check_dates(
    link: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], relation: str, where: str
) -> None:
    """Refuse dates without end: no number of microseconds is theirs, and empty would mean another thing."""
    for name, kind in columns:
        if not _is_time(kind):
            continue
        column = f"whole.{quoted(name)}"
        found = link.execute(
            f"SELECT {column}::VARCHAR FROM {relation} AS whole WHERE NOT isfinite({column}) LIMIT 1"  # noqa: S608 - as above
        ).fetchone()
        if found is not None:
            raise input_error(
                "Une valeur de la table ne se lit pas.",
                f"{where}, colonne « {name} », valeur {found[0]}",
                "La corriger, ou l'écarter par query (nullif, isfinite…).",
            )


def _is_time(kind: str) -> bool:
    return kind == "DATE" or kind.startswith("TIMESTAMP")


def _asked(name: str, kind: str, *, is_place: bool) -> str:
    """A column as the query asks for it: what Python has no plain value for, as text."""
    column = f"whole.{quoted(name)}"
    if is_place:
        return f"{column}::BLOB"
    if kind in _WHOLE | _REAL | {"BOOLEAN", "VARCHAR"}:
        return column
    if _is_time(kind):
        # instants by their number of microseconds: Python's need a library of time zones
        return f"epoch_us({column})"
    return f"{column}::VARCHAR"


def _array(kind: str, cells: Sequence[Any]) -> pa.Array:
    if kind in _WHOLE:
        return pa.array(cells, type=pa.int64())
    if kind in _REAL:
        return pa.array(cells, type=pa.float64())
    if kind in _HUGE or kind.startswith("DECIMAL"):
        return decimal_numbers([None if cell is None else Decimal(cell) for cell in cells])
    if kind == "BOOLEAN":
        return pa.array(cells, type=pa.bool_())
    if _is_time(kind):
        zone = "UTC" if kind.endswith("TIME ZONE") else None
        return pa.array(cells, type=pa.int64()).cast(pa.timestamp("us", tz=zone))
    return pa.array(cells, type=pa.string())


def _declared_crs(kind: str) -> CRS | None:
    """The CRS that a type of geometry names; None where it names none that is known."""
    match = _CRS.fullmatch(kind)
    try:
        return None if match is None else CRS.from_user_input(match[1].replace("''", "'"))
    except CRSError:
        return None
