"""A finished run in PostGIS and DuckDB: what its files say, with keys and comments, all of it or nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from psycopg import sql

import access92
from access92.audit.publication import content, publish
from access92.audit.publication.content import PUBLICATION, read_publication
from access92.audit.publication.publish import PublicationTarget, publication_target, publish_run
from access92.errors import InputError
from access92.outputs.layout import file_in
from access92.sources.databases import read_database_table
from access92.sources.duckdb_files import quoted
from access92.study.databases import DatabaseTable, ServerAddress
from tests.command_line import command
from tests.conftest import without_steps
from tests.postgis_server import PASSWORD, Server
from tests.random_studies import write_random_study
from tests.run_files import lay_flat
from tests.sources.database_studies import MISSPELT
from tests.toy_study import write_toy_study

HOSTILE = "L'été \"d'ici\"; DROP TABLE x; -- \\. \\N {} %s $$ 日本 🏥"


def _run(folder: Path, file: Path) -> Path:
    results = access92.run_study(access92.read_study(file))
    with pytest.MonkeyPatch.context() as patch:
        without_steps(patch, "Images", "Cartes", "Rapport")
        access92.write_run(results, folder / "run", overwrite=False)
    return folder / "run"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose services bear hostile names."""
    folder = tmp_path_factory.mktemp("published")
    file = write_toy_study(folder)
    services = pd.read_csv(folder / "services.csv", dtype=str)
    services["name"] = [HOSTILE, *services["name"][1:]]
    services.to_csv(folder / "services.csv", index=False)
    return _run(folder, file)


SOME = ("areas", "scenarios", "modes", "publics", "services", "coverage", "ledger", "layer_areas", "layer_isochrones")


@pytest.fixture(scope="module")
def some_tables(run: Path) -> content.Publication:
    """Some tables and layers of the run, read once."""
    publication = read_publication(run)
    chosen = [replace(table, csv=partial(bytes, table.csv())) for table in publication.tables if table.name in SOME]
    return replace(publication, tables=tuple(chosen))


@pytest.fixture
def light(some_tables: content.Publication, monkeypatch: pytest.MonkeyPatch) -> content.Publication:
    """A run is published as these tables: for tests of what becomes of tables, whatever is in them."""
    monkeypatch.setattr(publish, "read_publication", lambda _: some_tables)
    return some_tables


def _without_ledger(publication: content.Publication) -> content.Publication:
    """The publication of another run, which has no such table."""
    tables = tuple(table for table in publication.tables if table.name != "ledger")
    return content.Publication(tables, {**publication.record, "study": "avant", "seal": "0" * 64})


@dataclass(frozen=True, slots=True)
class Base:
    """A database of a test: where a run goes, and how its tables are read back."""

    target: PublicationTarget
    query: Callable[[str], list[tuple[object, ...]]]

    def tables(self) -> list[str]:
        """The names of the tables of the schema, sorted."""
        schema = self.target.schema.replace("'", "''")
        rows = self.query(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'")
        return sorted(str(row[0]) for row in rows)

    def rows(self, table: str) -> pd.DataFrame:
        """The rows of a table as the reader of inputs gives them: types of the database, in an order of its own."""
        origin = DatabaseTable(self.target.database, quoted(self.target.schema, table))
        return read_database_table(origin, where=table).frame


@pytest.fixture(params=["postgis", "duckdb"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    """A database with nothing of access92 in it."""
    if request.param == "duckdb":
        path = tmp_path / "base.duckdb"

        def ask_file(text: str) -> list[tuple[object, ...]]:
            if not path.exists() and text.startswith("SELECT"):
                return []
            with duckdb.connect(str(path)) as link:
                return link.execute(text).fetchall()

        return Base(PublicationTarget(path, "access92"), ask_file)
    server: Server = request.getfixturevalue("postgis")

    def ask_server(text: str) -> list[tuple[object, ...]]:
        with server.connect() as link:
            cursor = link.execute(text)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    return Base(PublicationTarget(ServerAddress(server.url()), server.new_schema()), ask_server)


def _csv_files(run: Path) -> Iterator[Path]:
    return (path for path in run.rglob("*.csv") if not path.name.endswith("_fr.csv"))


def _same_rows(published: pd.DataFrame, written: pd.DataFrame, table: str) -> None:
    """The same columns and rows, whatever their order: text as text, numbers to the last bit, empty as empty."""
    assert list(published.columns) == list(written.columns), table
    rows = []
    for frame in (published, written):
        texts = pd.DataFrame(index=frame.index)
        for name in frame.columns:
            if pd.api.types.is_numeric_dtype(published[name]):
                texts[name] = frame[name].map(lambda cell: float(cell if cell != "" else "nan")).map(repr)
            else:
                texts[name] = frame[name].map(lambda cell: "" if pd.isna(cell) else str(cell).removesuffix(" 00:00:00"))
        rows.append(sorted(map(tuple, texts.to_numpy().tolist())))
    assert rows[0] == rows[1], table


def _check_published(base: Base, run: Path) -> None:
    """What is read back is what the files of the run say: tables, homes by their access, layers."""
    tables = set(base.tables())
    for path in _csv_files(run):
        written = pd.read_csv(path, dtype=str, keep_default_na=False)
        _same_rows(base.rows(path.stem), written, path.stem)
        tables.discard(path.stem)
    access = pd.read_parquet(file_in(run, "access.parquet"))
    text = access.to_csv(index=False)
    _same_rows(base.rows("access"), pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False), "access")
    for name in set(pyogrio.list_layers(file_in(run, "results.gpkg"))[:, 0]) - {"layer_styles"}:
        layer = gpd.read_file(file_in(run, "results.gpkg"), layer=name)
        if name == "demand":
            layer = gpd.read_parquet(file_in(run, "demand.parquet"))
        published = base.rows(f"layer_{name}")
        assert isinstance(published, gpd.GeoDataFrame)
        assert published.crs.to_epsg() == 4326 or published.crs.to_authority() == ("OGC", "CRS84")
        shapes = [sorted(shapely.to_wkb(frame.geometry.to_numpy(), hex=True)) for frame in (published, layer)]
        assert shapes[0] == shapes[1], name
        assert set(layer.columns) <= set(published.columns)
        tables.discard(f"layer_{name}")
    assert tables == {"access", PUBLICATION}


def test_a_run_from_before_folders_is_published_the_same(run: Path, tmp_path: Path) -> None:
    flat = Path(shutil.copytree(run, tmp_path / "run"))
    lay_flat(flat)
    before, after = ({table.name: table.csv() for table in read_publication(path).tables} for path in (run, flat))
    assert len(before) > 20
    assert before == after


def test_what_is_published_is_what_the_files_say(base: Base, run: Path) -> None:
    publish_run(run, base.target)
    _check_published(base, run)
    record = base.rows(PUBLICATION).iloc[0]
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert (record["study"], record["seal"]) == ("essai", manifest["seal"])
    assert record["attribution"] == manifest["streets"]["attribution"]


def test_tables_have_keys_indexes_and_comments(postgis: Server, run: Path) -> None:
    schema = postgis.new_schema()
    publication = publish_run(run, PublicationTarget(ServerAddress(postgis.url()), schema))
    with postgis.connect() as link:
        keys = link.execute(
            "SELECT c.relname, k.contype, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c"
            " ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s",
            [schema],
        ).fetchall()
        primary = {name: words for name, kind, words in keys if kind == "p"}
        assert primary["coverage"] == "PRIMARY KEY (scenario, mode, rule, public, area_id, threshold_min)"
        assert primary["layer_isochrones"] == "PRIMARY KEY (row_id)"
        assert len([words for name, kind, words in keys if kind == "f" and name == "coverage"]) == 4
        indexes = link.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = %s", [schema]).fetchall()
        gist = {name for name, words in indexes if "USING gist (geometry)" in words}
        assert gist == {table.name for table in publication.tables if table.shape}
        silent = link.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = %s AND c.relkind = 'r' AND a.attnum >= 0"
            " AND coalesce(col_description(c.oid, a.attnum), '') = ''",
            [schema],
        ).fetchall()
        assert silent == []
        words = link.execute("SELECT obj_description(%s::regclass)", [f"{schema}.coverage"]).fetchone()
        assert words is not None
        assert words[0].startswith("Couverture. Habitants à moins de chaque seuil")


def test_a_publication_is_replaced_only_when_asked_and_leaves_nothing_of_the_former(
    base: Base, run: Path, light: content.Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_run(run, base.target)
    before = base.tables()
    assert "ledger" in before
    monkeypatch.setattr(publish, "read_publication", lambda _: _without_ledger(light))
    with pytest.raises(InputError, match="Une publication est déjà là : étude « essai »"):
        publish_run(run, base.target)
    assert base.tables() == before
    publish_run(run, base.target, overwrite=True)
    assert base.tables() == [name for name in before if name != "ledger"]
    assert base.query(f"SELECT study FROM {quoted(base.target.schema, PUBLICATION)}") == [("avant",)]


@pytest.mark.slow
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.usefixtures("light")
def test_tables_of_somebody_else_are_never_touched(base: Base, run: Path, overwrite: bool) -> None:
    schema = quoted(base.target.schema)
    base.query("CREATE TABLE a (b int)")  # so that a file is there
    base.query(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    base.query(f"CREATE TABLE {schema}.coverage AS SELECT 1 AS mine")
    base.query(f"CREATE TABLE {schema}.notes AS SELECT 2 AS mine")
    try:
        with pytest.raises(InputError, match="qui ne sont pas celles d'une publication") as refusal:
            publish_run(run, base.target, overwrite=overwrite)
        assert "coverage" in refusal.value.faults[0].where
        assert base.tables() == ["coverage", "notes"]
        base.query(f"DROP TABLE {schema}.coverage")
        publish_run(run, base.target, overwrite=overwrite)
        # somebody puts a table of their own in the place of one that was published
        base.query(f"DROP TABLE {schema}.coverage")
        base.query(f"CREATE TABLE {schema}.coverage AS SELECT 1 AS mine")
        with pytest.raises(InputError, match="qui ne sont pas celles d'une publication"):
            publish_run(run, base.target, overwrite=True)
        assert base.query(f"SELECT mine FROM {schema}.coverage") == [(1,)]
        assert base.query(f"SELECT mine FROM {schema}.notes") == [(2,)]
    finally:
        base.query("DROP TABLE a")


@pytest.mark.usefixtures("light")
def test_a_view_of_somebody_on_a_publication_keeps_it_from_being_replaced(postgis: Server, run: Path) -> None:
    schema = postgis.new_schema()
    target = PublicationTarget(ServerAddress(postgis.url()), schema)
    publish_run(run, target)
    name = sql.Identifier(schema)
    with postgis.connect() as link:
        link.execute(sql.SQL("CREATE VIEW {}.vue AS SELECT area_id FROM {}.coverage").format(name, name))
        with pytest.raises(InputError, match="D'autres objets de la base dépendent") as refusal:
            publish_run(run, target, overwrite=True)
        assert "vue" in refusal.value.faults[0].where
        assert link.execute(sql.SQL("SELECT count(*) > 0 FROM {}.vue").format(name)).fetchone() == (True,)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_publication_that_fails_in_the_middle_leaves_what_was_there(
    base: Base, run: Path, overwrite: bool, light: content.Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    if overwrite:
        monkeypatch.setattr(publish, "read_publication", lambda _: _without_ledger(light))
        publish_run(run, base.target)
    before = base.tables()
    *others, last = light.tables
    spoiled = replace(light, tables=(*others, replace(last, csv=lambda: last.csv() + b"trop\npeu")))
    monkeypatch.setattr(publish, "read_publication", lambda _: spoiled)
    with pytest.raises((InputError, ValueError)):
        publish_run(run, base.target, overwrite=overwrite)
    assert base.tables() == before
    if overwrite:
        assert base.query(f"SELECT study FROM {quoted(base.target.schema, PUBLICATION)}") == [("avant",)]


@pytest.mark.usefixtures("light")
def test_a_new_file_that_fails_is_not_left_behind(tmp_path: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("access92.audit.publication.duckdb_file._write_record", break_off)
    with pytest.raises(KeyboardInterrupt):
        publish_run(run, PublicationTarget(tmp_path / "base.duckdb", "access92"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("light")
def test_hostile_names_of_schemas_are_names(postgis: Server, tmp_path: Path, run: Path) -> None:
    schema = 'l\'été; DROP TABLE "x" -- 日本 %s {} $1'
    for database in (ServerAddress(postgis.url()), tmp_path / "base.duckdb"):
        target = PublicationTarget(database, schema)
        publish_run(run, target)
        publish_run(run, target, overwrite=True)
        read = read_database_table(DatabaseTable(database, quoted(schema, "services")), where="t").frame
        assert HOSTILE in set(read["name"])
    with postgis.connect() as link:
        link.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


@pytest.mark.usefixtures("light")
def test_the_command_says_what_it_published_and_no_password(
    postgis: Server, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = postgis.new_schema()
    address = f"{postgis.url()}?schema={schema}&application_name=essai"
    assert command("publish", run, "--to", address, monkeypatch=monkeypatch) == 0
    assert f"couches publiées dans postgresql://admin:***@127.0.0.1:{postgis.port}/postgres" in capsys.readouterr().out
    assert command("publish", run, "--to", address, monkeypatch=monkeypatch) == 3
    assert command("publish", run, "--to", address.replace("@", "@@"), monkeypatch=monkeypatch) == 3
    assert command("publish", run, "--to", "mysql://a", monkeypatch=monkeypatch) == 3
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err
    assert publication_target("base.duckdb?schema=a%20b") == PublicationTarget(Path("base.duckdb"), "a b")


@pytest.mark.parametrize("written", MISSPELT)
def test_an_address_that_is_none_is_refused_without_its_password(
    written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("publish", ".", "--to", written, monkeypatch=monkeypatch) == 3
    said = capsys.readouterr()
    assert "postgresql://utilisateur@serveur" in said.err
    assert "SECRET" not in said.out + said.err


def test_a_run_that_was_altered_is_not_published(tmp_path: Path, run: Path) -> None:
    copied = Path(shutil.copytree(run, tmp_path / "run"))
    path = file_in(copied, "coverage.csv")
    path.write_text(path.read_text(encoding="utf-8").replace(",total,", ",tout,"), encoding="utf-8")
    with pytest.raises(InputError, match="modifié"):
        publish_run(copied, PublicationTarget(tmp_path / "base.duckdb", "access92"))
    assert not (tmp_path / "base.duckdb").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("light")
def test_two_that_publish_at_once_come_one_after_the_other(postgis: Server, run: Path) -> None:
    target = PublicationTarget(ServerAddress(postgis.url()), postgis.new_schema())
    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(publish_run, run, target, overwrite=True) for _ in range(3)]
    assert [item.exception() for item in done] == [None, None, None]


@pytest.mark.usefixtures("light")
@pytest.mark.usefixtures("light")
def test_who_owns_a_schema_publishes_into_it_without_the_right_to_make_one(postgis: Server) -> None:
    schema = postgis.new_schema()
    with postgis.connect() as link:
        link.execute(sql.SQL("DROP ROLE IF EXISTS auteur; CREATE ROLE auteur LOGIN PASSWORD {}").format(PASSWORD))
        link.execute(sql.SQL("ALTER SCHEMA {} OWNER TO auteur").format(sql.Identifier(schema)))
    try:
        database = ServerAddress(postgis.url(user="auteur"))
        publish_run(Path(), PublicationTarget(database, schema))
        with pytest.raises(InputError, match="refuse ce droit"):
            publish_run(Path(), PublicationTarget(database, f"{schema}_autre"))
    finally:
        with postgis.connect() as link:
            link.execute("DROP OWNED BY auteur CASCADE; DROP ROLE auteur")


def test_a_base_without_postgis_is_told_apart(postgis: Server, run: Path) -> None:
    with postgis.connect() as link:
        link.execute("CREATE DATABASE nue TEMPLATE template0")
    with pytest.raises(InputError, match="Cette base n'a pas PostGIS"):
        publish_run(run, PublicationTarget(ServerAddress(postgis.url("nue")), "access92"))
    with postgis.connect("nue") as link:
        assert link.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'access92'").fetchone() == (0,)


def test_long_names_of_columns_stay_apart() -> None:
    names = [f"min_{'a' * 70}{number}_walk" for number in range(3)]
    short = {content.short_name(name) for name in names}
    assert len(short) == 3
    assert all(len(name.encode()) <= 63 for name in short)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 5, 8, 11])
def test_what_is_published_of_random_studies_is_what_their_files_say(base: Base, tmp_path: Path, seed: int) -> None:
    run = _run(tmp_path, write_random_study(tmp_path / "study", seed))
    publish_run(run, base.target)
    _check_published(base, run)


_SLOW_TABLE = """
import sys, time
from pathlib import Path
from access92.audit.publication import content, publish
from dataclasses import replace
def slowed(folder, read=publish.read_publication):
    publication = read(folder)
    *others, last = publication.tables
    def wait():
        print("waiting", flush=True)
        time.sleep(60)
    return replace(publication, tables=(*others, replace(last, csv=wait)))
publish.read_publication = slowed
publish.publish_run(Path(sys.argv[1]), publish.publication_target(sys.argv[2]), overwrite=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_there", [False, True])
def test_a_publication_that_is_killed_leaves_what_was_there(base: Base, run: Path, is_there: bool) -> None:
    if is_there:
        publish_run(run, base.target)
    before = base.tables()
    database = base.target.database
    address = f"{database.written if isinstance(database, ServerAddress) else database}?schema={base.target.schema}"
    process = subprocess.Popen([sys.executable, "-c", _SLOW_TABLE, run, address], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"waiting\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while base.tables() != before and time.monotonic() < deadline:
        time.sleep(0.2)  # the server notices that nobody is there any more
    assert base.tables() == before
    if is_there:
        _check_published(base, run)
    publish_run(run, base.target, overwrite=is_there)
    _check_published(base, run)
