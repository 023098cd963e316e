"""A real PostGIS server for the tests: made in a temporary folder, on a port of the loopback, stopped at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from psycopg import sql

PASSWORD = "mot-de-passe-7Kq2"  # noqa: S105 - of a server that lives as long as the tests
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_NOBODY = 65534
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A server of PostgreSQL with PostGIS in its first database."""

    port: int

    def url(self, database: str = "postgres", *, user: str = "admin", password: str = PASSWORD) -> str:
        """An address of it, with a password."""
        return f"postgresql://{user}{f':{password}' if password else ''}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True)

    def new_schema(self) -> str:
        """A schema for one test."""
        name = f"essai{os.getpid()}_{next(_numbers)}"
        with self.connect() as link:
            link.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        return name


@contextmanager
def postgis_server() -> Iterator[Server]:
    """The server for the time of a ``with``; the test is skipped, with the reason, where there can be none."""
    if not _PROGRAMS:
        pytest.skip("no PostgreSQL is on this machine (Debian: postgresql, postgresql-postgis)")
    programs = _PROGRAMS[-1].parent
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("PostgreSQL is on this machine, PostGIS is not (Debian: postgresql-postgis-scripts)")
    folder = Path(tempfile.mkdtemp(prefix="access92-postgis-"))  # short, as the path of a socket must be
    passwords = folder / "password"
    passwords.write_text(PASSWORD, encoding="utf-8")
    person: Mapping[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to be root
        person = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        for path in (folder, passwords):
            os.chown(path, _NOBODY, _NOBODY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [programs / program, "-D", folder / "data", *words], check=True, cwd=folder, stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **person,
        )  # fmt: skip

    try:
        run("initdb", "-U", "admin", "-A", "scram-sha-256", f"--pwfile={passwords}", "-E", "UTF8", "--no-sync")
        settings = {
            "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": str(folder), "fsync": "off",
            "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "16MB",
        }  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            server = Server(port)
            with server.connect() as link:
                link.execute("CREATE EXTENSION postgis")
            yield server
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load_table(link: psycopg.Connection[Any], table: tuple[str, ...], frame: pd.DataFrame, *, srid: int = 0) -> None:
    """Make a table of a frame: text columns, and « geom » of its geometry with a SRID."""
    places = isinstance(frame, gpd.GeoDataFrame)
    names = [str(name) for name in frame.columns if not places or name != frame.geometry.name]
    columns = [sql.SQL("{} text").format(sql.Identifier(name)) for name in names]
    rows = [[None if cell == "" else cell for cell in row] for row in frame[names].to_numpy().tolist()]
    if places:
        columns.append(sql.SQL("geom geometry(Geometry, {})").format(sql.Literal(srid)))
        for row, shape in zip(rows, frame.geometry.to_numpy(), strict=True):
            row.append(shapely.to_wkb(shapely.set_srid(shape, srid), hex=True, include_srid=True))
    name = sql.Identifier(*table)
    link.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(columns)))
    with link.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for row in rows:
            copy.write_row(row)
