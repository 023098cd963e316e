"""PostgreSQL and PostGIS: one border with their library; what it complains of is said in French, without passwords."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from access92.errors import DataSourceError, Fault, InputError, input_error, some_values
from access92.sources.database_columns import MOST_ROWS, DatabaseColumns, decimal_numbers, missing_library, no_table
from access92.study.databases import DatabaseTable, ServerAddress, one_query

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

_VARIABLE = re.compile(r"\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\})")
_CONNECT_S = 10
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
_RELATIONS = ("r", "p", "v", "m", "f")  # tables, partitioned or not, views, materialized or not, foreign tables
_NAMES = """
SELECT n.nspname, c.relname, pg_table_is_visible(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = ANY(%s) AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_TYPES = """
SELECT t.oid, coalesce(b.typname, t.typname) FROM pg_type t LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
WHERE t.oid = ANY(%s::oid[])
"""
_PLACE_OF_SRIDS = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'spatial_ref_sys'
"""
_WHOLE, _REAL, _BOOLEAN, _NUMERIC = {"int2", "int4", "int8", "oid"}, {"float4", "float8"}, {"bool"}, {"numeric"}
_TEXT, _TIMES = {"text", "varchar", "bpchar", "name", "char"}, {"date", "timestamp", "timestamptz"}
_PLACES = {"geometry", "geography"}
_SRID_BITS, _SRID_SIGN = 0x0FFFFF00, 0x10000000


_REACHED = re.compile(r"connection to server|resolve host|translate host name")
"""What libpq says where it understood the address: the name of a server may be « invalid »."""


class _Column(NamedTuple):
    name: str
    kind: str  # the name of its type in the database
    modifier: int


@contextmanager
def connection(address: ServerAddress, *, read_only: bool) -> Iterator[psycopg.Connection[Any]]:
    """A connection in one transaction, committed at the end if it may write; what the server refuses is an InputError.

    ``$NAME`` and ``${NAME}`` in the address are variables of the environment; a password that it does not hold is
    looked for by libpq: PGPASSWORD, the file of passwords, the service file.

    Raises
    ------
    InputError
        No library, no such database, a wrong password, a variable that is not set; and what the database refuses in
        the transaction.
    DataSourceError
        No server answers, or it no longer does.
    """
    where = str(address)
    try:
        import psycopg
    except ImportError as error:
        raise missing_library("psycopg", "psycopg", where) from error
    conninfo = _expanded(address)
    try:
        link = psycopg.connect(conninfo, connect_timeout=_CONNECT_S, application_name="access92")
    except (psycopg.Error, UnicodeError, ValueError) as error:
        raise _unreachable(where, error) from None  # the cause may quote the address
    try:
        with link:
            link.read_only = read_only
            # who reads sees one moment; who writes sees what others wrote while it waited for them
            levels = psycopg.IsolationLevel
            link.isolation_level = levels.REPEATABLE_READ if read_only else levels.READ_COMMITTED
            link.execute("SET LOCAL TIME ZONE 'UTC'")
            link.execute("SET LOCAL client_encoding TO 'UTF8'")
            if read_only:  # rows that a policy hides would be missing in silence: refuse
                link.execute("SET LOCAL row_security = off")
            yield link
            if read_only:  # even what a function of a query may do in such a transaction is undone
                link.rollback()
    except psycopg.Error as error:
        raise refused(error, where, read_only=read_only) from error


def _expanded(address: ServerAddress) -> str:
    """The address with the values of its variables, each escaped as an address asks."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in os.environ:
            raise input_error(
                f"La variable d'environnement « {name} » n'est pas définie.",
                str(address),
                f"La définir ({name}=…), ou laisser PGPASSWORD ou le fichier .pgpass donner le mot de passe.",
            )
        return quote(os.environ[name], safe="")

    return _VARIABLE.sub(value, address.uri)


def _unreachable(where: str, error: Exception) -> InputError | DataSourceError:
    """Why there is no connection, by what libpq says."""
    text = " ".join(str(error).split())
    lower = text.lower()
    state = getattr(error, "sqlstate", None) or ""
    if "no password supplied" in lower or "fe_sendauth" in lower:
        what, fix = "La base de données demande un mot de passe.", (
            "Le donner par la variable PGPASSWORD, le fichier .pgpass, ou « $VARIABLE » dans l'adresse."
        )  # fmt: skip
    elif state == "28P01" or "authentication failed" in lower or "authentification" in lower:
        what = "La base de données refuse cet utilisateur ou ce mot de passe."
        fix = "Vérifier le nom d'utilisateur, et le mot de passe (PGPASSWORD, .pgpass ou « $VARIABLE » dans l'adresse)."
    elif state == "3D000" or ("database" in lower and "does not exist" in lower):
        what, fix = "Il n'y a pas de base de ce nom sur le serveur.", "Corriger ce qui suit le nom du serveur."
    elif "pg_hba.conf" in lower:
        what, fix = "La base de données n'accepte pas cet utilisateur depuis cette machine.", (
            "Demander à qui la tient une ligne dans pg_hba.conf, ou passer par une machine qu'elle accepte."
        )  # fmt: skip
    elif "ssl" in lower and "connection to server" in lower:
        what, fix = "Le serveur et l'adresse ne s'accordent pas sur le chiffrement (SSL).", (
            "Corriger sslmode dans l'adresse : disable, prefer ou require."
        )  # fmt: skip
    elif "too many" in lower or "remaining connection slots" in lower:
        what, fix = "La base de données a trop de connexions ouvertes.", "Recommencer plus tard."
        return DataSourceError(Fault(what, f"{where} : {text}", fix))
    elif isinstance(error, ValueError) or (("invalid" in lower or "missing" in lower) and not _REACHED.search(lower)):
        what, fix = "L'adresse de la base de données est mal écrite.", (
            "L'écrire postgresql://utilisateur@serveur:5432/base."
        )  # fmt: skip
        text = ""  # libpq quotes the part that it does not understand, which may be one of the password
    else:
        what = "Le serveur de la base de données ne répond pas."
        fix = "Vérifier le nom du serveur et le port, que PostgreSQL tourne, et que le réseau y mène."
        return DataSourceError(Fault(what, f"{where} : {text}", fix))
    return input_error(what, f"{where}{' : ' if text else ''}{text}", fix)


def refused(error: psycopg.Error, where: str, *, read_only: bool = True) -> InputError | DataSourceError:
    """What the database complained of while it worked, in French."""
    state = error.sqlstate or ""
    said = " ".join((error.diag.message_primary or str(error)).split())
    at = f"{where} : {said}" if said else where
    if state == "42501":
        return _no_right(said, at, read_only=read_only)
    if state == "25006":
        return input_error(
            "La requête écrirait dans la base.", at, "Donner une requête qui ne fait que lire (SELECT …)."
        )
    if state == "42703":
        hint = error.diag.message_hint or ""
        return input_error("La requête nomme une colonne que la table n'a pas.", f"{at} {hint}".strip(), "La corriger.")
    if state.startswith("42") and read_only:
        return input_error("La base de données ne comprend pas la requête.", at, "Corriger query dans l'étude.")
    if state.startswith("08") or state == "57P01" or not state:
        return DataSourceError(Fault("La base de données ne répond plus.", at, "Recommencer quand elle répond."))
    return input_error("La base de données refuse.", at, "Corriger ce qu'elle dit, ou demander à qui la tient.")


def _no_right(said: str, at: str, *, read_only: bool) -> InputError:
    """Which right the user lacks, by what the database says in English or French."""
    if "row-level security" in said or "niveau ligne" in said:
        return input_error(
            "Une règle de la base (row-level security) cache à l'utilisateur des lignes de la table.",
            at,
            "Demander à qui la tient un utilisateur qui les voit toutes (BYPASSRLS), ou une copie de la table.",
        )
    grant = "GRANT SELECT…" if read_only else "GRANT CREATE…"
    return input_error(
        "La base de données refuse ce droit à l'utilisateur.", at, f"Le demander à qui la tient ({grant})."
    )


def read_postgresql(
    address: ServerAddress, origins: Sequence[DatabaseTable], names: Sequence[str]
) -> list[DatabaseColumns]:
    """Tables or queries of one database, in one transaction that can only read; ``names``: as messages name them.

    Raises
    ------
    InputError
        As :func:`connection`; no such table (with the nearest), several columns of geometry, two columns of one name.
    """
    with connection(address, read_only=True) as link:
        return [_read(link, origin, where) for origin, where in zip(origins, names, strict=True)]


def _read(link: psycopg.Connection[Any], origin: DatabaseTable, where: str) -> DatabaseColumns:
    import psycopg
    from psycopg import sql

    relation = (
        sql.Identifier(*find_table(link, origin.table, where))
        if origin.table is not None
        # by the extended protocol, which takes one statement only: no second one hides behind a bracket
        else sql.SQL("({}\n)").format(sql.SQL(one_query(origin.query or "")))
    )
    try:
        columns = _describe(link, relation)
        _check_columns(columns, where)
        return _fetch(link, relation, columns, where)
    except psycopg.DataError as error:
        raise input_error(
            "Une valeur de la table ne se lit pas.",
            f"{where} : {' '.join(str(error).split())}",
            "La corriger, ou l'écarter par query (dates infinies ou avant notre ère, par exemple).",
        ) from error
    except psycopg.Error as error:
        raise refused(error, where) from error


def find_table(link: psycopg.Connection[Any], written: str, where: str) -> tuple[str, str]:
    """Schema and name of a table as the database writes them: « nom », « schéma.nom », between " where it must be.

    Raises
    ------
    InputError
        There is none (with the nearest), or there are several that differ by their capitals.
    """
    parts = [match[1].replace('""', '"') if match[1] else match[2] for match in _PART.finditer(written)]
    known = [(str(schema), str(name), bool(seen)) for schema, name, seen in link.execute(_NAMES, [list(_RELATIONS)])]
    for fold in (str, str.lower):  # as written, else whatever the capitals: most people do not write the quotes
        found = [
            (schema, name)
            for schema, name, is_visible in known
            if [fold(part) for part in parts] in ([fold(schema), fold(name)], [fold(name)] if is_visible else None)
        ]
        if len(found) == 1:
            return found[0]
    raise no_table(written, parts, known, where, several=bool(found))


def _describe(link: psycopg.Connection[Any], relation: sql.Composable) -> list[_Column]:
    """The columns of a table or query, by the names of their types."""
    from psycopg import sql

    cursor = link.execute(sql.SQL("SELECT * FROM {} AS whole LIMIT 0").format(relation), binary=True)
    result = cursor.pgresult
    if result is None or cursor.description is None:
        return []
    oids = [column.type_code for column in cursor.description]
    # a domain is read as the type below it
    rows = link.execute(_TYPES, [oids]).fetchall()
    kinds = {int(oid): str(name) for oid, name in rows}
    return [
        _Column(column.name, kinds.get(column.type_code, ""), result.fmod(at))
        for at, column in enumerate(cursor.description)
    ]


def _check_columns(columns: Sequence[_Column], where: str) -> None:
    names = [column.name for column in columns]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise input_error(
            f"Deux colonnes portent le nom « {doubled[0]} ».", where, "Nommer chacune (SELECT a.nom AS autre_nom …)."
        )
    places = [column.name for column in columns if column.kind in _PLACES]
    if len(places) > 1:
        raise input_error(
            "La table a plusieurs colonnes de géométrie : laquelle lire ?",
            f"{where}, colonnes {some_values(places, most=12)}",
            "N'en lire qu'une : query = \"SELECT … FROM …\", à la place de table.",
        )


def _fetch(
    link: psycopg.Connection[Any], relation: sql.Composable, columns: Sequence[_Column], where: str
) -> DatabaseColumns:
    from psycopg import sql

    known = _WHOLE | _REAL | _BOOLEAN | _NUMERIC | _TEXT | _TIMES
    # whatever Python has no value for is read as the database writes it; geometry so is EWKB in hexadecimal
    asked = [
        sql.SQL("whole.{}{}").format(sql.Identifier(column.name), sql.SQL("" if column.kind in known else "::text"))
        for column in columns
    ]
    query = sql.SQL("SELECT {} FROM {} AS whole").format(sql.SQL(", ").join(asked), relation)
    with link.cursor(name="access92") as cursor:
        cursor.itersize = 20_000
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = []
        while batch := cursor.fetchmany(20_000):
            rows += batch
            if len(rows) > MOST_ROWS:
                raise input_error(
                    f"La table a plus de {MOST_ROWS} lignes.", where, "N'en lire que la zone d'étude, par query."
                )
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays: dict[str, pa.Array] = {}
    geometry: tuple[str, list[bytes | None], CRS | None] = ("", [], None)
    for column, cells in zip(columns, values, strict=True):
        if column.kind in _PLACES:
            shapes = [None if cell is None else bytes.fromhex(cell) for cell in cells]
            geometry = (column.name, shapes, _crs(link, column, shapes, where))
        else:
            arrays[column.name] = _array(column.kind, cells)
    return DatabaseColumns(arrays, *geometry)


def _array(kind: str, cells: Sequence[Any]) -> pa.Array:
    """The cells of a column by the kind of its type."""
    if kind in _NUMERIC:
        return decimal_numbers(cells)
    if kind == "date":
        return pa.array(cells, type=pa.date32()).cast(pa.timestamp("us"))
    types = {
        **dict.fromkeys(_WHOLE, pa.int64()),
        **dict.fromkeys(_REAL, pa.float64()),
        "bool": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", tz="UTC"),
    }
    return pa.array(cells, type=types.get(kind, pa.string()))


def _crs(link: psycopg.Connection[Any], column: _Column, shapes: Sequence[bytes | None], where: str) -> CRS | None:
    """The CRS of the SRID of a column, by the database's own table of them; None where it has none."""
    from psycopg import sql

    written = np.array([shape for shape in shapes if shape is not None], dtype=object)
    try:
        found = shapely.from_wkb(written, on_invalid="ignore")
    except NotImplementedError:  # curves: told by who puts the rows together
        return None
    srids = {int(number) for number in shapely.get_srid(found)} if len(found) else {_declared_srid(column.modifier)}
    if column.kind == "geography" and srids == {0}:
        srids = {4326}
    if len(srids) != 1 or srids == {0}:  # told by who puts the rows together
        return None
    srid = srids.pop()
    place = link.execute(_PLACE_OF_SRIDS).fetchone()
    row = None
    if place is not None:
        table = sql.Identifier(str(place[0]), "spatial_ref_sys")
        query = sql.SQL("SELECT auth_name, auth_srid, srtext FROM {} WHERE srid = {}")
        row = link.execute(query.format(table, sql.Literal(srid))).fetchone()
    try:
        if row is None or (str(row[0]).upper() == "EPSG" and row[1] is not None):
            return CRS.from_epsg(srid if row is None else int(row[1]))
        return CRS.from_user_input(str(row[2]))
    except CRSError as error:
        raise input_error(
            f"Le système de coordonnées (SRID {srid}) de la colonne « {column.name} » est inconnu.",
            where,
            "La convertir dans un système courant (ST_Transform) par query.",
        ) from error


def _declared_srid(modifier: int) -> int:
    """The SRID of a type such as ``geometry(Point,2154)``, from its modifier as PostGIS packs it; 0 for none."""
    return 0 if modifier < 0 else ((modifier & _SRID_BITS) - (modifier & _SRID_SIGN)) >> 8
