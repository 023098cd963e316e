"""Tables of PostGIS and DuckDB read as those of files are; what a database may have wrong, said in French."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import duckdb
import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal
from psycopg import sql

from access92 import terminal
from access92.errors import DataSourceError, Fault, InputError
from access92.run.inputs import watch_inputs
from access92.sources import postgresql
from access92.sources.areas import read_areas
from access92.sources.databases import read_database_table, with_tables_read
from access92.sources.population.demand import read_population
from access92.sources.population.read import read_population_rows
from access92.sources.services import read_services
from access92.sources.tables import read_text
from access92.sources.visits import read_calendar
from access92.study.databases import DatabaseTable, ServerAddress
from access92.study.model import Study
from access92.study.read import read_study, validated_study
from tests.postgis_server import PASSWORD, Server, load_table
from tests.random_studies import write_random_study
from tests.sources.database_studies import MISSPELT, load_duckdb, load_postgis, moved_study, tables_of
from tests.sources.table_studies import make_study
from tests.toy_study import write_toy_study

PLACES = gpd.GeoDataFrame(
    {"service_id": ["B", "A"], "kind": ["sst", "pmi"], "name": ["Bé", "Ah"]},
    geometry=[shapely.Point(2.26, 48.82), shapely.Point(2.25, 48.83)], crs=4326,
)  # fmt: skip


def _postgis_study(folder: Path, file: Path, request: pytest.FixtureRequest) -> Path:
    server: Server = request.getfixturevalue("postgis")
    schema = server.new_schema()
    with server.connect() as link:
        load_postgis(link, schema, tables_of(folder))
    return moved_study(file, server.url(), schema=schema)


def _duckdb_study(folder: Path, file: Path, request: pytest.FixtureRequest) -> Path:
    del request
    load_duckdb(folder / "base.duckdb", tables_of(folder))
    return moved_study(file, "base.duckdb", crs="EPSG:2154")


@pytest.mark.parametrize("move", [_postgis_study, _duckdb_study])
@pytest.mark.parametrize("seed", [1, pytest.param(4, marks=pytest.mark.slow), pytest.param(6, marks=pytest.mark.slow)])
def test_tables_of_a_database_are_read_as_those_of_files(
    tmp_path: Path, request: pytest.FixtureRequest, move: Callable[..., Path], seed: int
) -> None:
    file = write_random_study(tmp_path, seed)
    study, moved = read_study(file), read_study(move(tmp_path, file, request))
    whole = with_tables_read(moved)
    for other in (moved, whole):  # read one by one, and all at one moment
        areas, moved_areas = read_areas(study), read_areas(other)
        assert_geodataframe_equal(areas, moved_areas, check_less_precise=True)
        assert_geodataframe_equal(
            read_services(study, crs=areas.crs, near=areas), read_services(other, crs=areas.crs, near=areas)
        )
        people = [
            read_population(item, areas=areas, streets=gpd.GeoDataFrame(), crs=areas.crs).demand
            for item in (study, other)
        ]
        order = ["lon", "lat", "population"]  # points of one row each: their ids are their order in the file
        rows = [
            frame.assign(lon=frame.geometry.x, lat=frame.geometry.y)
            .sort_values(order, ignore_index=True)
            .drop(columns=["demand_id", "unit_id", "geometry"])
            for frame in people
        ]
        assert_frame_equal(pd.DataFrame(rows[0]), pd.DataFrame(rows[1]))
        if study.calendar is not None and other.calendar is not None:
            visits = [
                read_calendar(item.table_source(item.calendar.origin), crs=areas.crs, near=areas, where="haltes")
                for item in (study, other)
                if item.calendar is not None
            ]
            assert_geodataframe_equal(*visits)


def _services_study(file: str, **keys: str) -> Study:
    return make_study(services={"file": file, **keys})


def _fault(study: Study) -> Fault:
    with pytest.raises(InputError) as refusal:
        with_tables_read(study)
    assert PASSWORD not in str(refusal.value)
    assert refusal.value.exit_code == 3
    return refusal.value.faults[0]


@pytest.fixture
def schema(postgis: Server) -> str:
    """A schema with the table « services », in WGS 84."""
    name = postgis.new_schema()
    with postgis.connect() as link:
        load_table(link, (name, "services"), PLACES, srid=4326)
    return name


def test_a_table_is_named_with_its_schema_or_as_the_server_finds_it_whatever_its_capitals(
    postgis: Server, schema: str
) -> None:
    for table in (f"{schema}.services", f'"{schema}"."services"', f"{schema.upper()}.Services"):
        read = with_tables_read(_services_study(postgis.url(), table=table))
        assert sorted(read_services(read, crs=PLACES.crs)["service_id"]) == ["A", "B"]
    query = f"SELECT * FROM {schema}.services WHERE kind = 'sst' -- une lecture"
    read = with_tables_read(_services_study(postgis.url(), query=query))
    assert list(read_services(read, crs=PLACES.crs)["name"]) == ["Bé"]


def test_types_of_a_database_are_read_as_what_they_mean(postgis: Server) -> None:
    schema = postgis.new_schema()
    with postgis.connect() as link:
        link.execute(
            sql.SQL(
                "CREATE DOMAIN {0}.code AS varchar(5); CREATE TYPE {0}.humeur AS ENUM ('bon', 'mauvais');"
                "CREATE TABLE {0}.t (a {0}.code, b numeric(12,2), c numeric, d real, e date, f timestamptz, g time,"
                " h boolean, i uuid, j {0}.humeur, k int[], l jsonb, m bigint)"
            ).format(sql.Identifier(schema))
        )
        link.execute(
            sql.SQL(
                "INSERT INTO {}.t VALUES ('01004', 1.25, 12345678901234567, 0.1, '2024-10-18', '2024-10-18 23:30+02',"
                " '08:30', true, '00000000-0000-0000-0000-000000000001', 'bon', '{{1,2}}', '{{\"a\": 1}}',"
                " 9007199254740993)"
            ).format(sql.Identifier(schema))
        )
    address = ServerAddress(postgis.url())
    frame = read_database_table(DatabaseTable(address, f"{schema}.t"), where="t").frame
    expected = {
        "a": "01004", "b": 1.25, "c": 12345678901234567, "d": 0.1, "e": pd.Timestamp("2024-10-18"),
        "f": pd.Timestamp("2024-10-18 21:30", tz="UTC"), "g": "08:30:00", "h": True,
        "i": "00000000-0000-0000-0000-000000000001", "j": "bon", "k": "{1,2}", "l": '{"a": 1}', "m": 9007199254740993,
    }  # fmt: skip
    assert frame.iloc[0].to_dict() == expected


def test_what_a_server_may_have_wrong_is_said_in_french(
    postgis: Server, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGPASSWORD", "PGPASSFILE"):
        monkeypatch.delenv(name, raising=False)
    table = {"table": f"{schema}.services"}
    silent = f"postgresql://admin:{PASSWORD}@127.0.0.1:1/postgres"
    with pytest.raises(DataSourceError, match=r"Le serveur de la base de données ne répond pas\.") as unreachable:
        with_tables_read(_services_study(silent, **table))
    assert unreachable.value.exit_code == 4
    assert PASSWORD not in str(unreachable.value)
    wrong = postgis.url(password="autre-Zq9")
    fault = _fault(_services_study(wrong, **table))
    assert fault.what == "La base de données refuse cet utilisateur ou ce mot de passe."
    assert "autre-Zq9" not in str(fault)
    fault = _fault(_services_study(postgis.url(password=""), **table))
    assert fault.what == "La base de données demande un mot de passe."
    fault = _fault(_services_study(postgis.url("absente"), **table))
    assert fault.what == "Il n'y a pas de base de ce nom sur le serveur."
    fault = _fault(_services_study(postgis.url(), table=f"{schema}.service"))
    assert fault.what == f"La base n'a pas de table « {schema}.service »."
    assert f"« {schema}.services »" in fault.fix
    fault = _fault(_services_study(postgis.url(), query=f"SELECT nom FROM {schema}.services"))
    assert fault.what == "La requête nomme une colonne que la table n'a pas."
    assert "nom" in fault.where
    fault = _fault(_services_study(postgis.url().replace("admin:", "admin:$MOT_DE_PASSE_ABSENT@").partition("@")[0]
                                   + f"@127.0.0.1:{postgis.port}/postgres", **table))  # fmt: skip
    assert fault.what == "La variable d'environnement « MOT_DE_PASSE_ABSENT » n'est pas définie."


def test_a_password_comes_from_the_environment_or_from_a_variable_that_the_address_names(
    postgis: Server, schema: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, table = postgis.url(password=""), f"{schema}.services"
    for name in ("PGPASSWORD", "PGPASSFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MDP_SIG", PASSWORD)
    by_variable = address.replace("admin@", "admin:${MDP_SIG}@")
    assert len(read_database_table(DatabaseTable(ServerAddress(by_variable), table), where="t").frame) == 2
    assert not ServerAddress(by_variable).has_password
    hostile = "p@ss:w/o?r#d %41 é'$X"
    with postgis.connect() as link:  # a value is a value, whatever an address would make of it
        link.execute(sql.SQL("DROP ROLE IF EXISTS lectrice"))
        link.execute(sql.SQL("CREATE ROLE lectrice LOGIN SUPERUSER PASSWORD {}").format(sql.Literal(hostile)))
    monkeypatch.setenv("MDP_SIG", hostile)
    by_variable = address.replace("admin@", "lectrice:$MDP_SIG@")
    assert len(read_database_table(DatabaseTable(ServerAddress(by_variable), table), where="t").frame) == 2
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:*:*:admin:{PASSWORD}\n", encoding="utf-8")
    passwords.chmod(0o600)
    for name, value in (("PGPASSFILE", str(passwords)), ("PGPASSWORD", PASSWORD)):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert len(read_database_table(DatabaseTable(ServerAddress(address), table), where="t").frame) == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1) AS a; DROP TABLE {0}.services; --",
        "SELECT 1; DROP TABLE {0}.services",
        "SELECT 1) AS a; COMMIT; DROP TABLE {0}.services; SELECT * FROM (SELECT 1",
        "WITH gone AS (DELETE FROM {0}.services RETURNING *) SELECT * FROM gone",
        "SELECT * FROM {0}.services FOR UPDATE",
        "SELECT set_config('transaction_read_only', 'off', false), nextval('{0}.numbers')",
    ],
)
def test_a_query_writes_nothing_whatever_it_says(postgis: Server, schema: str, query: str) -> None:
    with postgis.connect() as link:
        link.execute(sql.SQL("CREATE SEQUENCE {}.numbers").format(sql.Identifier(schema)))
        _fault(_services_study(postgis.url(), query=query.format(schema)))
        services = sql.SQL("SELECT count(*) FROM {}.services").format(sql.Identifier(schema))
        assert link.execute(services).fetchone() == (2,)
        used = sql.SQL("SELECT is_called FROM {}.numbers").format(sql.Identifier(schema))
        assert link.execute(used).fetchone() == (False,)


def test_what_a_function_of_a_query_writes_is_undone(postgis: Server) -> None:
    query = "SELECT lo_from_bytea(0, 'a')::text AS a WHERE 'a%s' LIKE 'a%'"
    read_database_table(DatabaseTable(ServerAddress(postgis.url()), query=query), where="t")
    with postgis.connect() as link:
        assert link.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)


@pytest.mark.parametrize("name", ['l\'été; DROP TABLE "x"', 'a"b', "日本 %s {} $1", "--", "x.y"])
def test_hostile_names_of_schemas_tables_and_columns_are_names(postgis: Server, tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"service_id": ["A"], name: ["1"], "lon": ["2.25"], "lat": ["48.82"]})
    written = '"' + name.replace('"', '""') + '"'
    with postgis.connect() as link:
        link.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
        load_table(link, (name, name), frame)
    with duckdb.connect(str(tmp_path / "base.duckdb")) as base:
        base.register("frame", frame)
        base.execute(f"CREATE SCHEMA {written}; CREATE TABLE {written}.{written} AS SELECT * FROM frame")
    for database in (ServerAddress(postgis.url()), tmp_path / "base.duckdb"):
        read = read_database_table(DatabaseTable(database, f"{written}.{written}"), where="t").frame
        assert_frame_equal(read.astype(object).reset_index(drop=True), frame.astype(object), check_dtype=False)


def test_geometry_of_a_table_is_one_column_with_a_known_crs(postgis: Server, schema: str) -> None:
    statements = (
        "ALTER TABLE {0}.services ADD COLUMN halo geometry(Polygon, 2154)",
        "CREATE TABLE {0}.sans AS SELECT name, ST_SetSRID(geom, 0) AS geom FROM {0}.services",
        "CREATE TABLE {0}.mêlé AS SELECT geom FROM {0}.services UNION SELECT ST_SetSRID(geom, 2154) FROM {0}.sans",
        "CREATE TABLE {0}.vide (geom geometry(Point, 2154))",
        "CREATE TABLE {0}.globe AS SELECT geom::geography AS place FROM {0}.services",
    )
    with postgis.connect() as link:
        for statement in statements:
            link.execute(sql.SQL(statement).format(sql.Identifier(schema)))
    fault = _fault(_services_study(postgis.url(), table=f"{schema}.services"))
    assert fault.what == "La table a plusieurs colonnes de géométrie : laquelle lire ?"
    assert "geom, halo" in fault.where
    fault = _fault(_services_study(postgis.url(), table=f"{schema}.sans"))
    assert fault.what == "Le système de coordonnées (CRS) de la colonne « geom » est inconnu."
    fault = _fault(_services_study(postgis.url(), table=f"{schema}.mêlé"))
    assert "2154, 4326" in fault.where
    address = ServerAddress(postgis.url())
    for table, code in (("vide", 2154), ("globe", 4326)):
        read = read_database_table(DatabaseTable(address, f"{schema}.{table}"), where="t").frame
        assert isinstance(read, gpd.GeoDataFrame)
        assert read.crs.to_epsg() == code


def test_areas_of_a_table_without_geometry_are_refused(postgis: Server, schema: str) -> None:
    study = make_study(areas={"file": postgis.url(), "query": f"SELECT name FROM {schema}.services"})
    with pytest.raises(InputError, match="n'a pas de polygones"):
        read_areas(study)


def test_the_fingerprint_is_that_of_the_content_and_of_nothing_else(postgis: Server) -> None:
    schema = postgis.new_schema()
    frames = {
        "a": PLACES.drop(columns="geometry"),
        "same": PLACES.drop(columns="geometry").iloc[::-1],
        "other": PLACES.drop(columns="geometry").assign(name=["Bé", "Ah!"]),
        "renamed": PLACES.drop(columns="geometry").rename(columns={"name": "nom"}),
        "null": PLACES.drop(columns="geometry").assign(name=["", "BéAh"]),
        "shifted": PLACES.drop(columns="geometry").assign(name=["é", "AhB"]),
    }
    with postgis.connect() as link:
        for name, frame in frames.items():
            load_table(link, (schema, name), frame)
        query = "CREATE TABLE {0}.text AS SELECT service_id, kind, coalesce(name, '') AS name FROM {0}.null"
        link.execute(sql.SQL(query).format(sql.Identifier(schema)))
    address = ServerAddress(postgis.url())
    prints = {
        name: read_database_table(DatabaseTable(address, f"{schema}.{name}"), where="t").sha256
        for name in (*frames, "text")
    }
    assert prints["a"] == prints["same"]
    assert len(set(prints.values())) == len(prints) - 1
    numbers = ("0", "NULL::int", "0.0::float", "NULL::float", "false", "NULL::bool", "'1970-01-01'::date", "NULL::date")
    queries = [DatabaseTable(address, query=f"SELECT {number} AS a") for number in numbers]
    assert len({read_database_table(query, where="t").sha256 for query in queries}) == len(numbers)


def test_tables_of_one_server_are_those_of_one_moment(
    postgis: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_random_study(tmp_path, 1)
    schema = postgis.new_schema()
    with postgis.connect() as link:
        load_postgis(link, schema, tables_of(tmp_path))
    study = read_study(moved_study(file, postgis.url(), schema=schema))
    whole = postgresql._read

    def read_then_change(*args: object) -> object:
        columns = whole(*args)  # type: ignore[arg-type]
        with postgis.connect() as other:
            other.execute(sql.SQL("DELETE FROM {}.services").format(sql.Identifier(schema)))
        return columns

    watch = watch_inputs(study)
    monkeypatch.setattr(postgresql, "_read", read_then_change)
    assert watch_inputs(study).states == watch.states
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"Une table d'entrée a changé pendant le calcul : table « .*services »"):
        watch.check()
    watch.check("population")


def test_a_library_that_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "base.duckdb").touch()
    for module, file in (("psycopg", "postgresql://serveur/sig"), ("duckdb", str(tmp_path / "base.duckdb"))):
        monkeypatch.setitem(sys.modules, module, None)
        fault = _fault(_services_study(file, table="services"))
        assert "python -m pip install 'access92[database]'" in fault.fix


def test_the_geometry_of_a_file_of_duckdb_is_wkb_or_its_own_type(tmp_path: Path) -> None:
    path = tmp_path / "base.duckdb"
    with duckdb.connect(str(path)) as link:
        link.execute("CREATE TABLE wkb (name VARCHAR, geom BLOB); CREATE TABLE own (name VARCHAR, place GEOMETRY)")
        link.execute("CREATE TABLE typed (name VARCHAR, place GEOMETRY('OGC:CRS84'))")
        for name, shape in zip(PLACES["name"], PLACES.geometry, strict=True):
            link.execute("INSERT INTO wkb VALUES (?, ?)", [name, shapely.to_wkb(shape)])
            for table in ("own", "typed"):
                link.execute(f"INSERT INTO {table} SELECT ?, ST_GeomFromWKB(?)", [name, shapely.to_wkb(shape)])
        link.execute("CREATE VIEW vue AS SELECT name, geom AS wkb FROM wkb")
        link.execute("CREATE TABLE deux AS SELECT place, place AS autre FROM own")
    for table, crs in (("wkb", "EPSG:4326"), ("own", "EPSG:4326"), ("typed", None), ("vue", "EPSG:4326")):
        frame = read_database_table(DatabaseTable(path, table, None, crs), where="t").frame
        assert isinstance(frame, gpd.GeoDataFrame)
        assert frame.to_crs(4326).sort_values("name").geometry.tolist() == PLACES.sort_values("name").geometry.tolist()
    fault = _fault(_services_study(str(path), table="own"))
    assert fault.what == "Le système de coordonnées (CRS) de la colonne « place » est inconnu."
    assert 'crs = "EPSG:' in fault.fix
    assert "place, autre" in _fault(_services_study(str(path), table="deux")).where


def test_what_a_file_of_duckdb_may_have_wrong_is_said_in_french(tmp_path: Path) -> None:
    path, none = tmp_path / "base.duckdb", tmp_path / "autre.duckdb"
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    none.write_text("rien d'une base", encoding="utf-8")
    with duckdb.connect(str(path)) as link:
        link.execute("CREATE TABLE services (service_id VARCHAR, lon DOUBLE, lat DOUBLE)")
    says = {
        "La base n'a pas de table « service ».": {"table": "service"},
        "La requête nomme une colonne que la table n'a pas.": {"query": "SELECT nom FROM services"},
        "query doit être une lecture, une seule.": {"query": "SELECT 1; SELECT 2"},
        "La requête lirait un autre fichier que la base.": {
            "query": f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')"
        },
        "DuckDB ne comprend pas la requête.": {"query": "SELECT 1) AS a"},
    }
    for what, keys in says.items():
        assert _fault(_services_study(str(path), **keys)).what == what
    fault = _fault(_services_study(str(none), table="services"))
    assert fault.what == "Le fichier n'est pas une base de DuckDB lisible."
    assert _fault(_services_study("absente.duckdb", table="services")).what == "Le fichier est introuvable."


def test_dates_without_end_are_refused_and_not_taken_for_none(postgis: Server, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "base.duckdb")).close()
    for database in (ServerAddress(postgis.url()), tmp_path / "base.duckdb"):
        for value in ("'infinity'::date", "'-infinity'::date", "'infinity'::timestamp", "'-infinity'::timestamptz"):
            query = f"SELECT '2024-01-01'::date AS b, NULL::date AS c UNION ALL SELECT {value}, NULL"
            with pytest.raises(InputError, match="Une valeur de la table ne se lit pas") as refusal:
                read_database_table(DatabaseTable(database, query=query), where="t")
            assert "infinity" in str(refusal.value).lower() or isinstance(database, ServerAddress)
    read_database_table(DatabaseTable(tmp_path / "base.duckdb", query="SELECT NULL::date AS a, now() AS b"), where="t")


def test_whole_numbers_keep_their_digits(postgis: Server, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "base.duckdb")).close()
    numbers = {
        "9007199254740993::int8": "9007199254740993",
        "9223372036854775809::decimal(38,0)": "9223372036854775809",
    }
    for database in (ServerAddress(postgis.url()), tmp_path / "base.duckdb"):
        for number, digits in numbers.items():
            query = f"SELECT {number} AS a UNION ALL SELECT NULL"
            frame = read_database_table(DatabaseTable(database, query=query), where="t").frame
            assert read_text(frame["a"]).tolist() == [digits, ""]


def test_zeros_below_zero_are_zeros_to_the_fingerprint(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "base.duckdb")).close()
    rows = [f"SELECT '{a}'::double AS a, '{b}' AS b" for a, b in (("-0.0", "x"), ("0.0", "x"), ("0.0", "y"))]
    queries = [" UNION ALL ".join(order) for order in permutations(rows)]
    tables = [DatabaseTable(tmp_path / "base.duckdb", query=query) for query in queries]
    assert len({read_database_table(table, where="t").sha256 for table in tables}) == 1


def test_curves_are_refused_with_the_function_that_makes_lines_of_them(postgis: Server) -> None:
    curve = "CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0))"
    query = f"SELECT ST_GeomFromText('{curve}', 2154) AS geom"
    table = DatabaseTable(ServerAddress(postgis.url()), query=query)
    with pytest.raises(InputError, match="courbes") as refusal:
        read_database_table(table, where="t")
    assert "ST_CurveToLine" in refusal.value.faults[0].fix
    lines = replace(table, query=query.replace("SELECT", "SELECT ST_CurveToLine(").replace(" AS", ") AS"))
    assert read_database_table(lines, where="t").frame.geometry.is_valid.all()


def test_rows_that_a_policy_hides_are_not_missing_in_silence(postgis: Server, schema: str) -> None:
    with postgis.connect() as link:
        link.execute(
            sql.SQL(
                "DROP ROLE IF EXISTS myope; CREATE ROLE myope LOGIN PASSWORD {1}; GRANT USAGE ON SCHEMA {0} TO myope;"
                "GRANT SELECT ON {0}.services TO myope; ALTER TABLE {0}.services ENABLE ROW LEVEL SECURITY;"
                "CREATE POLICY un ON {0}.services USING (kind = 'sst')"
            ).format(sql.Identifier(schema), sql.Literal(PASSWORD))
        )
    try:
        fault = _fault(_services_study(postgis.url(user="myope"), table=f"{schema}.services"))
        assert "row-level security" in fault.what
        with_tables_read(_services_study(postgis.url(), table=f"{schema}.services"))
    finally:
        with postgis.connect() as link:
            link.execute("DROP OWNED BY myope; DROP ROLE myope")


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"file": "postgresql://serveur/sig"}, "donner soit table"),
        ({"file": "postgresql://serveur/sig", "table": "a", "query": "SELECT 1"}, "donner soit table"),
        ({"file": "services.csv", "table": "a"}, "table ne sert qu'avec une base de données"),
        ({"file": "base.duckdb", "table": "a", "layer": "b"}, "layer ne sert pas"),
        ({"file": "postgresql://serveur/sig", "table": "a", "crs": "EPSG:2154"}, "crs ne sert qu'avec DuckDB"),
        ({"file": "base.duckdb", "query": "DROP TABLE a"}, "query doit être une lecture"),
        ({"file": "postgresql://u:p@ss@serveur/sig", "table": "a"}, "« @ » de trop"),
        ({"file": "postgresql://u:mot/secret@serveur/sig", "table": "a"}, "« @ » de trop"),
    ],
)
def test_keys_of_a_database_that_do_not_go_together_are_refused(
    tmp_path: Path, keys: dict[str, str], what: str
) -> None:
    file = write_random_study(tmp_path, 1)
    lines = "\n".join(f"{key} = '{value}'" for key, value in keys.items())
    text = file.read_text(encoding="utf-8").replace('file = "services.csv"', lines)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=what) as refusal:
        read_study(file)
    for password in ("p@ss", "mot/secret"):
        assert password not in str(refusal.value)


def test_an_address_that_is_none_is_told_without_its_password(tmp_path: Path) -> None:
    file = write_random_study(tmp_path, 1)
    text = file.read_text(encoding="utf-8")
    for written in MISSPELT:
        file.write_text(text.replace('file = "services.csv"', f'file = "{written}"\ntable = "a"'), encoding="utf-8")
        with pytest.raises(InputError, match="postgresql://utilisateur@serveur") as refusal:
            read_study(file)
        assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize(
    "written",
    [
        "postgresql+psycopg://u:SECRET@h/db",
        "https://u:SECRET@h/db",
        "postgres:/u:SECRET@h",
        "postgresql//u:SECRET@h",
        "postgresql://h/db?passw%6Frd=SECRET&user=u",
        "postgresql://h/db?user=u&%50ASSWORD=SECRET",
        "host=h password=a&SECRET",
        "host=h password = 'un \\' SECRET' port=1",
        "dbname=a password=un\\ SECRET",
    ],
)
def test_no_error_and_no_log_shows_a_password(written: str) -> None:
    fault = Fault(written, written, written)
    line = logging.makeLogRecord({"msg": "lu de %s", "args": (written,)})
    said = repr(fault) + str(InputError(fault)) + terminal._WithoutPasswords().format(line)
    assert "SECRET" not in said
    assert said.count("***") == 7


def test_an_address_with_the_driver_of_another_library_is_read(postgis: Server, schema: str) -> None:
    address = ServerAddress(postgis.url().replace("postgresql://", "PostgreSQL+psycopg2://"))
    assert len(read_database_table(DatabaseTable(address, f"{schema}.services"), where="t").frame) == len(PLACES)
    assert PASSWORD not in str(address)


def test_a_study_changed_or_written_by_python_keeps_the_address_and_shows_no_password(tmp_path: Path) -> None:
    address = f"postgresql://admin:{PASSWORD}@serveur/sig"
    file = moved_study(write_toy_study(tmp_path), address, schema="s")
    study = read_study(file)
    changed = study.with_options(analysis={"threshold_min": 2})
    for other in (changed, validated_study(study), read_study(changed.write(tmp_path / "autre.toml"))):
        assert other.services.origin == DatabaseTable(ServerAddress(address), "s.services")
        assert PASSWORD not in repr(other) + str(other) + other.model_dump_json()


def test_a_row_that_is_refused_is_named_by_what_tells_it_apart(postgis: Server) -> None:
    schema = postgis.new_schema()
    people = pd.DataFrame({"commune": ["01", "01"], "iris": ["a", "b"], "population": ["3", "-2"]})
    with postgis.connect() as link:
        load_table(link, (schema, "people"), people.assign(lon="2.25", lat="48.82"))
    study = make_study(population={"method": "points", "file": postgis.url(), "table": f"{schema}.people"})
    with pytest.raises(InputError, match="valeurs négatives") as refusal:
        read_population_rows(study, None)
    assert "lignes iris = b, valeurs -2" in refusal.value.faults[0].where


ENDED = ("SELECT a FROM t;", "SELECT a FROM t ;; ", "SELECT a FROM t; -- fin ; fin", "SELECT a FROM t /* ; */;/* x */")
TWO = ("SELECT a FROM t; DROP TABLE t", "SELECT a FROM t; SELECT 2", "SELECT $x$;$x$ AS a; -- un\n SELECT 2")
HELD = ("SELECT ';' AS a", 'SELECT a AS "x;y" FROM t', "SELECT 'l''été ; fin' AS a -- ; fin")


def one_table(path: Path, *statements: str) -> Path:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as link:
        for statement in statements:
            link.execute(statement)
    return path


def read_of(origin: DatabaseTable) -> pd.DataFrame:
    return read_database_table(origin, where="base").frame


@pytest.mark.slow
def test_a_semicolon_that_ends_a_query_is_no_fault_and_one_between_two_is_told(postgis: Server, tmp_path: Path) -> None:
    path = one_table(tmp_path / "a.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    schema = postgis.new_schema()
    with postgis.connect() as link:
        link.execute(f"CREATE TABLE {schema}.t AS SELECT 1 AS a")  # type: ignore[arg-type]
    server = ServerAddress(f"{postgis.url()}?options=-csearch_path%3D{schema}")
    for database in (path, server):
        for query in (*ENDED, *HELD):
            assert len(read_of(DatabaseTable(database, query=query))) == 1, query
        for query in TWO:
            with pytest.raises(InputError, match="Ne rien écrire après son point-virgule"):
                read_of(DatabaseTable(database, query=query))


def test_a_table_of_another_schema_is_named_with_it(postgis: Server, tmp_path: Path) -> None:
    path = one_table(tmp_path / "a.duckdb", "CREATE SCHEMA sig", "CREATE TABLE sig.lieux (a INT)")
    schema = postgis.new_schema()
    with postgis.connect() as link:
        link.execute(f"CREATE TABLE {schema}.lieux_{schema} (a int)")  # type: ignore[arg-type]
    for database, name, label in (
        (path, "lieux", "sig.lieux"),
        (ServerAddress(postgis.url()), f"lieux_{schema}", f"{schema}.lieux_{schema}"),
    ):
        with pytest.raises(InputError, match="Écrire son schéma") as caught:
            read_of(DatabaseTable(database, table=name))
        assert f"« {label} »" in str(caught.value)


def test_what_asks_for_an_extension_of_duckdb_is_told_and_downloads_nothing(tmp_path: Path) -> None:
    path = one_table(tmp_path / "a.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(InputError, match="demande une extension de DuckDB") as caught:
        read_of(DatabaseTable(path, query="SELECT ST_Point(a, 2) AS geom FROM t"))
    assert "ST_AsWKB" in str(caught.value)


@pytest.mark.parametrize(
    ("libpq", "words"),
    [
        ("failed to resolve host 'invalid.exemple': Name or service not known", "ne répond pas"),
        ('connection to server at "missing" failed: no pg_hba.conf entry for host', "n'accepte pas cet utilisateur"),
        ("connection to server failed: server does not support SSL, but SSL was required", "chiffrement"),
        ("connection to server failed: FATAL: sorry, too many clients already", "trop de connexions"),
        ('invalid port number: "SECRET"', "mal écrite"),
    ],
)
def test_why_a_server_cannot_be_reached_is_told_apart(libpq: str, words: str) -> None:
    error = postgresql._unreachable("postgresql://u:***@h/b", psycopg.OperationalError(libpq))
    assert words in str(error)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize("missing", ["NULL", "'nan'::DOUBLE"])
def test_services_of_a_base_may_have_no_place_and_numbers_where_a_file_has_text(missing: str, tmp_path: Path) -> None:
    """Numeric columns with nulls: they were an AttributeError."""
    file = write_toy_study(tmp_path)
    load_duckdb(tmp_path / "base.duckdb", tables_of(tmp_path))
    with duckdb.connect(str(tmp_path / "base.duckdb")) as link:
        link.execute("CREATE TABLE s AS SELECT * REPLACE (lon::DOUBLE AS lon, lat::DOUBLE AS lat) FROM services")
        link.execute(f"UPDATE s SET lon = {missing}, lat = {missing} WHERE service_id = 'S2'")
        link.execute("ALTER TABLE s ADD COLUMN longitude DOUBLE")
        link.execute("UPDATE s SET longitude = lon")
        link.execute("DROP TABLE services")
        link.execute("ALTER TABLE s RENAME TO services")
    study = with_tables_read(read_study(moved_study(file, "base.duckdb", crs="EPSG:2154")))
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    assert services.loc[services.geometry.isna(), "service_id"].tolist() == ["S2"]
