"""A publication written into PostGIS: one transaction, all of it or nothing, and no table of anybody else touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from access92.audit.publication.content import (
    GEOMETRY,
    LONGEST_NAME,
    PUBLICATION,
    RECORD_WORDS,
    SRID,
    Publication,
    PublishedTable,
    listed_tables,
    tables_json,
)
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.postgresql import connection
from access92.study.databases import ServerAddress

if TYPE_CHECKING:
    import psycopg

_TYPES = {"text": "text", "number": "double precision", "integer": "bigint", "date": "date"}
_MARK = "access92, sceau "
_BLOCK = 1 << 20


def publish_postgis(publication: Publication, address: ServerAddress, schema: str, *, overwrite: bool) -> None:
    """Write a publication into a schema, which is made where there is none.

    Raises
    ------
    InputError
        The database cannot be reached or refuses; it has no PostGIS; the schema holds a publication and ``overwrite``
        is not asked, or a table of somebody else with a name that is needed, or something depends on what would go.
    """
    where = f"{address}, schéma « {schema} »"
    if len(schema.encode()) > LONGEST_NAME:
        raise input_error("Le nom du schéma est trop long.", where, f"Le réduire à {LONGEST_NAME} octets.")
    with connection(address, read_only=False) as link:
        from psycopg import sql

        # two that publish into one schema come one after the other
        link.execute(sql.SQL("SELECT pg_advisory_xact_lock(hashtext({}))").format(sql.Literal(f"access92 {schema}")))
        places = _schema_of_geometry(link, where)
        # asked first: « IF NOT EXISTS » wants the right to make schemas, also where there is nothing to make
        if not link.execute("SELECT FROM pg_namespace WHERE nspname = %s", [schema]).fetchall():
            link.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        _make_room(link, publication, schema, where, overwrite=overwrite)
        for table in publication.tables:
            _write(link, table, schema, places, publication.record["seal"])
        for table in publication.tables:  # once all are there
            _refer(link, table, schema)
        _write_record(link, publication, schema)


def _schema_of_geometry(link: psycopg.Connection[Any], where: str) -> str:
    row = link.execute(
        "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'geometry'"
    ).fetchone()
    if row is None:
        raise input_error(
            "Cette base n'a pas PostGIS.", where, "Le faire installer (CREATE EXTENSION postgis), ou publier en DuckDB."
        )
    return str(row[0])


def _make_room(
    link: psycopg.Connection[Any], publication: Publication, schema: str, where: str, *, overwrite: bool
) -> None:
    """Take away the publication that is there, if asked, and refuse names that somebody else holds."""
    from psycopg import errors, sql

    comments = {
        str(name): str(comment or "")
        for name, comment in link.execute(
            sql.SQL(
                "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = {}"
            ).format(sql.Literal(schema))
        )
    }
    before: tuple[str, ...] = ()
    if _MARK in comments.get(PUBLICATION, ""):
        record = sql.Identifier(schema, PUBLICATION)
        row = link.execute(sql.SQL("SELECT study, run_date, seal, tables FROM {}").format(record)).fetchone()
        if row is not None:
            if not overwrite:
                raise input_error(
                    f"Une publication est déjà là : étude « {row[0]} », calcul du {row[1]}.",
                    where,
                    "La remplacer avec --overwrite, ou en choisir un autre (?schema=…).",
                )
            # what was replaced by somebody since no longer carries the mark: it is theirs
            before = (PUBLICATION, *(name for name in listed_tables(row[3]) if _is_of(comments.get(name, ""), row[2])))
    if before:
        try:
            link.execute(
                sql.SQL("DROP TABLE {}").format(sql.SQL(", ").join(sql.Identifier(schema, name) for name in before))
            )
        except errors.DependentObjectsStillExist as error:
            raise input_error(
                "D'autres objets de la base dépendent de la publication à remplacer.",
                f"{where} : {' '.join((error.diag.message_detail or '').split())}",
                "Les ôter d'abord, ou publier dans un autre schéma (?schema=…).",
            ) from error
    needed = {PUBLICATION, *(table.name for table in publication.tables)}
    if theirs := sorted(needed & comments.keys() - set(before)):
        raise InputError(
            Fault(
                "Le schéma a déjà des tables de ces noms, qui ne sont pas celles d'une publication.",
                f"{where}, tables {some_values(theirs, most=12)}",
                "Publier dans un autre schéma (?schema=…) ; access92 ne touche à aucune table d'autrui.",
            )
        )


def _is_of(comment: str, seal: str) -> bool:
    return comment.endswith(f"({_MARK}{seal[:12]})")


def _write(link: psycopg.Connection[Any], table: PublishedTable, schema: str, places: str, seal: str) -> None:
    """One table: columns, rows, primary key, indexes, comments."""
    from psycopg import sql

    name = sql.Identifier(schema, table.name)
    columns = [
        sql.SQL("{} {}").format(
            sql.Identifier(column.name),
            sql.SQL("{}({}, {})").format(sql.Identifier(places, GEOMETRY), sql.SQL(table.shape), sql.Literal(SRID))
            if column.type == GEOMETRY
            else sql.SQL(_TYPES[column.type]),
        )
        for column in table.columns
    ]
    link.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
    every = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER, FORCE_NULL ({}))").format(name, every, every)
    body = table.csv()
    with link.cursor() as cursor, cursor.copy(query) as copy:
        for start in range(0, len(body), _BLOCK):
            copy.write(body[start : start + _BLOCK])
    if table.key:
        _add(link, name, sql.SQL("PRIMARY KEY ({})").format(_names(table.key)))
    for column in _indexed(table):
        method = sql.SQL("USING gist ({})" if column == GEOMETRY else "({})").format(sql.Identifier(column))
        link.execute(sql.SQL("CREATE INDEX ON {} {}").format(name, method))
    comment = f"{table.comment} ({_MARK}{seal[:12]})"
    link.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(comment)))
    for item in table.columns:
        place = sql.Identifier(schema, table.name, item.name)
        link.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(item.comment)))


def _indexed(table: PublishedTable) -> list[str]:
    """The columns that people search by: geometry, and those of other tables' keys but for the first of its own."""
    referring = [item.column for item in table.references if item.column not in table.key[:1]]
    return [*([GEOMETRY] if table.shape else []), *referring]


def _refer(link: psycopg.Connection[Any], table: PublishedTable, schema: str) -> None:
    from psycopg import sql

    here = sql.Identifier(schema, table.name)
    for item in table.references:
        there = sql.Identifier(schema, item.table)
        # an older run may declare a reference that some row does not keep
        astray = sql.SQL("SELECT EXISTS (SELECT {0} FROM {1} WHERE {0} IS NOT NULL EXCEPT SELECT {2} FROM {3})").format(
            sql.Identifier(item.column), here, sql.Identifier(item.referred), there
        )
        if link.execute(astray).fetchone() == (True,):
            continue
        constraint = sql.SQL("FOREIGN KEY ({}) REFERENCES {} ({})").format(
            sql.Identifier(item.column), there, sql.Identifier(item.referred)
        )
        _add(link, here, constraint)


def _add(link: psycopg.Connection[Any], name: Any, constraint: Any) -> None:  # noqa: ANN401 - pieces of SQL
    from psycopg import sql

    link.execute(sql.SQL("ALTER TABLE {} ADD {}").format(name, constraint))


def _names(columns: Sequence[str]) -> Any:  # noqa: ANN401 - pieces of SQL
    from psycopg import sql

    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _write_record(link: psycopg.Connection[Any], publication: Publication, schema: str) -> None:
    """The table that says what was published: one row."""
    from psycopg import sql

    name = sql.Identifier(schema, PUBLICATION)
    record = {**publication.record, "tables": tables_json(publication.tables)}
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in record)
    link.execute(sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY (seal))").format(name, columns))
    values = sql.SQL(", ").join(map(sql.Literal, record.values()))
    link.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(name, values))
    comment = f"Le calcul publié dans ce schéma. ({_MARK}{record['seal'][:12]})"
    link.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(comment)))
    for column in record:
        place = sql.Identifier(schema, PUBLICATION, column)
        link.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(RECORD_WORDS[column])))
