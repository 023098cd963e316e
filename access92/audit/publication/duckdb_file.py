"""A publication written into a file of DuckDB: one transaction, all of it or nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pa_csv

from access92.audit.publication.content import (
    GEOMETRY,
    PUBLICATION,
    RECORD_WORDS,
    Publication,
    PublishedTable,
    listed_tables,
    tables_json,
)
from access92.cache.store import written_aside
from access92.errors import input_error, some_values
from access92.sources.duckdb_files import open_duckdb, quoted, refused

if TYPE_CHECKING:
    import duckdb

_TYPES = {
    "text": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "date": "DATE", GEOMETRY: "GEOMETRY('OGC:CRS84')",
}  # fmt: skip
_MARK = "access92, sceau "
_BLOCK = 1 << 20


def publish_duckdb(publication: Publication, path: Path, schema: str, *, overwrite: bool) -> None:
    """Write a publication into a schema of a file, both made where there is none.

    A new file is written aside, then renamed; one that is there is written to in one transaction.

    Raises
    ------
    InputError
        As :func:`access92.audit.publication.postgis.publish_postgis`.
    """
    where = f"{path}, schéma « {schema} »"
    if path.exists():
        _publish(publication, path, schema, where, overwrite=overwrite)
        return
    if not path.parent.is_dir():
        raise input_error("Le dossier de ce fichier n'existe pas.", where, "Le créer, ou corriger le chemin.")
    with written_aside(path) as aside:
        _publish(publication, aside, schema, where, overwrite=overwrite)


def _publish(publication: Publication, path: Path, schema: str, where: str, *, overwrite: bool) -> None:
    link = open_duckdb(path, where=where, read_only=False)
    import duckdb

    try:
        link.execute("BEGIN TRANSACTION")
        link.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        _make_room(link, publication, schema, where, overwrite=overwrite)
        for table in publication.tables:
            _write(link, table, schema, publication.record["seal"])
        _write_record(link, publication, schema)
        link.execute("COMMIT")
    except duckdb.Error as error:
        raise refused(error, where) from error
    finally:
        link.close()  # what was not committed is undone


def _make_room(
    link: duckdb.DuckDBPyConnection, publication: Publication, schema: str, where: str, *, overwrite: bool
) -> None:
    """Take away the publication that is there, if asked, and refuse names that somebody else holds."""
    known = link.execute(
        "SELECT table_name, comment, true FROM duckdb_tables() WHERE schema_name = ?"
        " UNION ALL SELECT view_name, comment, false FROM duckdb_views() WHERE schema_name = ?",
        [schema, schema],
    ).fetchall()
    comments = {str(name): str(comment or "") for name, comment, is_table in known if is_table}
    before: list[str] = []
    if _MARK in comments.get(PUBLICATION, ""):
        record = quoted(schema, PUBLICATION)
        row = link.execute(f"SELECT study, run_date, seal, tables FROM {record}").fetchone()
        if row is not None and not overwrite:
            raise input_error(
                f"Une publication est déjà là : étude « {row[0]} », calcul du {row[1]}.",
                where,
                "La remplacer avec --overwrite, ou en choisir un autre (?schema=…).",
            )
        if row is not None:
            mark = f"({_MARK}{row[2][:12]})"
            before = [PUBLICATION, *(name for name in listed_tables(row[3]) if comments.get(name, "").endswith(mark))]
    for name in before:
        link.execute(f"DROP TABLE {quoted(schema, name)}")
    # DuckDB takes no notice of capitals
    needed = {name.lower() for name in (PUBLICATION, *(table.name for table in publication.tables))}
    left = {str(name) for name, _, _ in known} - set(before)
    if theirs := sorted(name for name in left if name.lower() in needed):
        raise input_error(
            "Le schéma a déjà des tables de ces noms, qui ne sont pas celles d'une publication.",
            f"{where}, tables {some_values(theirs, most=12)}",
            "Publier dans un autre schéma (?schema=…) ; access92 ne touche à aucune table d'autrui.",
        )


def _write(link: duckdb.DuckDBPyConnection, table: PublishedTable, schema: str, seal: str) -> None:
    """One table: columns, primary key, rows, comments."""
    name = quoted(schema, table.name)
    parts = [f"{quoted(column.name)} {_TYPES[column.type]}" for column in table.columns]
    if table.key:
        parts.append(f"PRIMARY KEY ({', '.join(quoted(column) for column in table.key)})")
    link.execute(f"CREATE TABLE {name} ({', '.join(parts)})")
    texts = _texts(table)
    values = ", ".join(
        f"ST_GeomFromWKB(unhex(c{at}))" if column.type == GEOMETRY else f"c{at}::{_TYPES[column.type]}"
        for at, column in enumerate(table.columns)
    )
    link.register("rows_to_publish", texts)
    link.execute(f"INSERT INTO {name} SELECT {values} FROM rows_to_publish")
    link.unregister("rows_to_publish")
    _comment(link, f"TABLE {name}", f"{table.comment} ({_MARK}{seal[:12]})")
    for column in table.columns:
        _comment(link, f"COLUMN {name}.{quoted(column.name)}", column.comment)


def _texts(table: PublishedTable) -> pa.Table:
    """The rows of a table as text, in columns « c0 », « c1 »…; an empty cell is null."""
    names, body = [f"c{at}" for at in range(len(table.columns))], table.csv()
    return pa_csv.read_csv(
        io.BytesIO(body),
        # one block: a cell with the outline of the water is larger than the usual one
        read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, block_size=max(_BLOCK, len(body))),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )  # fmt: skip


def _comment(link: duckdb.DuckDBPyConnection, place: str, words: str) -> None:
    link.execute(f"COMMENT ON {place} IS '{words.replace(chr(39), chr(39) * 2)}'")


def _write_record(link: duckdb.DuckDBPyConnection, publication: Publication, schema: str) -> None:
    """The table that says what was published: one row."""
    name = quoted(schema, PUBLICATION)
    record = {**publication.record, "tables": tables_json(publication.tables)}
    link.execute(f"CREATE TABLE {name} ({', '.join(f'{quoted(column)} VARCHAR' for column in record)})")
    link.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(record))})", list(record.values()))
    _comment(link, f"TABLE {name}", f"Le calcul publié dans ce schéma. ({_MARK}{record['seal'][:12]})")
    for column in record:
        _comment(link, f"COLUMN {name}.{quoted(column)}", RECORD_WORDS[column])
