"""Whole runs of a study whose tables are in a database: the figures of the files, noticed changes, no password."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from psycopg import sql

from access92.errors import DataSourceError
from access92.outputs.known_runs import ask
from access92.outputs.layout import file_in
from access92.run import inputs, pipeline
from access92.run.inputs import input_files
from access92.study.databases import DatabaseTable
from access92.study.read import read_study
from tests.command_line import command
from tests.postgis_server import PASSWORD, Server
from tests.random_studies import write_random_study
from tests.sources.database_studies import load_duckdb, load_postgis, moved_study, tables_of
from tests.toy_study import write_toy_study


def _postgis(folder: Path, file: Path, request: pytest.FixtureRequest) -> Path:
    server: Server = request.getfixturevalue("postgis")
    schema = server.new_schema()
    with server.connect() as link:
        load_postgis(link, schema, tables_of(folder))
    return moved_study(file, server.url(password=""), schema=schema)  # one that is written makes a notice


def _duckdb(folder: Path, file: Path, request: pytest.FixtureRequest) -> Path:
    del request
    load_duckdb(folder / "base.duckdb", tables_of(folder))
    return moved_study(file, "base.duckdb", crs="EPSG:2154")


@pytest.mark.slow
def test_a_password_in_the_study_is_shown_nowhere(
    postgis: Server, tmp_path: Path, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, light_steps: None,
) -> None:  # fmt: skip
    del light_steps
    caplog.set_level(logging.DEBUG)
    schema = postgis.new_schema()
    file = write_toy_study(tmp_path)
    with postgis.connect() as link:
        load_postgis(link, schema, tables_of(tmp_path))
    study = moved_study(file, postgis.url(), schema=schema)
    out = tmp_path / "out"
    assert command("check", study, monkeypatch=monkeypatch) == 0
    assert command("run", study, "--output", out, "--verbose", monkeypatch=monkeypatch) == 0
    assert command("verify", out, "--study", study, "--quick", monkeypatch=monkeypatch) == 0
    said = capfd.readouterr()
    assert "mot de passe d'une base à [areas], [services], [population]" in said.err
    with postgis.connect() as link:
        link.execute(sql.SQL("DROP TABLE {}.services").format(sql.Identifier(schema)))
    assert command("run", study, "--output", out, "--overwrite", monkeypatch=monkeypatch) == 3
    later = capfd.readouterr()
    assert "La base n'a pas de table" in later.err
    texts = [said.out, said.err, later.out, later.err, caplog.text, repr(read_study(study))]
    assert not [text for text in texts if PASSWORD in text]
    written = [path for folder in (out, isolated_cache) for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if PASSWORD.encode() in path.read_bytes()]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    shown = f"postgresql://admin:***@127.0.0.1:{postgis.port}/postgres"
    assert f"{shown}, table « {schema}.services »" in [item["path"] for item in manifest["inputs"]]
    assert manifest["parameters"]["study"]["services"]["file"] == shown


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_run_is_answered_again_until_a_table_changes(
    postgis: Server, tmp_path: Path, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del isolated_cache
    schema = postgis.new_schema()
    file = write_toy_study(tmp_path)
    with postgis.connect() as link:
        load_postgis(link, schema, tables_of(tmp_path))
    study = moved_study(file, postgis.url(), schema=schema)
    computed, compute = [], pipeline.run_study
    monkeypatch.setattr(pipeline, "run_study", lambda *args, **more: (computed.append(1), compute(*args, **more))[1])

    def run(folder: str) -> int:
        assert command("run", study, "--output", tmp_path / folder, monkeypatch=monkeypatch) == 0
        return len(computed)

    assert [run("a"), run("b")] == [1, 1]
    people = sql.Identifier(schema, "population")
    with postgis.connect() as link:  # the same rows in another order, then one person more
        link.execute(sql.SQL("CREATE TABLE {}.kept AS TABLE {}").format(sql.Identifier(schema), people))
        link.execute(sql.SQL("TRUNCATE {}").format(people))
        link.execute(
            sql.SQL("INSERT INTO {} SELECT * FROM {}.kept ORDER BY random()").format(people, sql.Identifier(schema))
        )
        assert run("c") == 1
        first = sql.SQL("(SELECT ctid FROM {} LIMIT 1)").format(people)
        link.execute(sql.SQL("UPDATE {} SET population = population::float + 1 WHERE ctid = {}").format(people, first))
    assert run("d") == 2
    assert file_in(tmp_path / "a", "coverage.csv").read_bytes() != file_in(tmp_path / "d", "coverage.csv").read_bytes()


def test_the_inputs_of_a_manifest_are_what_was_read_not_the_file_of_the_base(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    study = read_study(_duckdb(tmp_path, write_toy_study(tmp_path), request))
    before = {item.role: item for item in input_files(study)}
    assert before["services"].path == "base.duckdb, table « services »"
    path = tmp_path / "base.duckdb"
    bytes_before = path.read_bytes()
    with duckdb.connect(str(path)) as link:  # a table of somebody else comes
        link.execute("CREATE TABLE autre AS SELECT range AS a FROM range(5000)")
    assert path.read_bytes() != bytes_before
    assert {item.role: item for item in input_files(study)} == before
    with duckdb.connect(str(path)) as link:
        link.execute("UPDATE services SET name = 'Autre' WHERE service_id = (SELECT min(service_id) FROM services)")
    after = {item.role: item for item in input_files(study)}
    assert {role for role, item in after.items() if item != before[role]} == {"services"}
    divided = DatabaseTable(path, query="SELECT 1 / 2 AS a")
    assert inputs._published(divided) == "base.duckdb, requête « SELECT 1 / 2 AS a »"
    absolute = read_study(moved_study(tmp_path / "study.toml", str(path), crs="EPSG:2154", name="absolue.toml"))
    assert {item.path for item in input_files(absolute)} & {item.path for item in after.values()} >= {
        "base.duckdb, table « services »"
    }


def test_a_base_that_does_not_answer_refuses_the_question_as_the_run(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    study = read_study(moved_study(file, "postgresql://127.0.0.1:1/sig"))
    with pytest.raises(DataSourceError, match="ne répond pas"):
        ask(study, None, file)


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
@pytest.mark.parametrize("move", [_postgis, _duckdb])
@pytest.mark.parametrize("seed", [1, 3, 6, 8, 12])
def test_a_random_study_from_a_base_gives_the_tables_of_its_files(
    tmp_path: Path, request: pytest.FixtureRequest, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch,
    move: Callable[..., Path], seed: int,
) -> None:  # fmt: skip
    del isolated_cache
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    file = write_random_study(tmp_path, seed)
    moved = move(tmp_path, file, request)
    for study, folder in ((file, "files"), (moved, "base")):
        assert command("run", study, "--output", tmp_path / folder, monkeypatch=monkeypatch) == 0
    for path in sorted((tmp_path / "files").rglob("*.csv")):
        assert file_in(tmp_path / "base", path.name).read_bytes() == path.read_bytes(), path.name
