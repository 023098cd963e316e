"""Studies whose tables are moved from their files into a database, with nothing else changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import pandas as pd
import psycopg
import shapely

from access92.sources.duckdb_files import quoted
from tests.postgis_server import load_table

FILES = {"areas": "areas.geojson", "services": "services.csv", "population": "people.csv", "calendar": "calendar.csv"}
_LAMBERT = 2154
MISSPELT = (
    "postgres:/u:SECRET@h/db",
    "postgresql:u:SECRET@h/db",
    "postgresql//u:SECRET@h/db",
    "//u:SECRET@h/db",
    "postgis://u:SECRET@h/db",
    "mysql+pymysql://u:SECRET@h/db",
    "jdbc:postgresql://u:SECRET@h/db",
    "u:SECRET@h/db.duckdb",
    "host=h password=SECRET",
    "PG:host=h password = 'un SECRET'",
)
"""Addresses of databases as other tools write them, or badly written; each with a password."""


def tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    """By part of the study the table of its file, as text; areas with their geometry, in Lambert-93."""
    present = {part: folder / name for part, name in FILES.items() if (folder / name).is_file()}
    return {
        part: gpd.read_file(path).to_crs(_LAMBERT)
        if path.suffix == ".geojson"
        else pd.read_csv(path, dtype=str, keep_default_na=False)
        for part, path in present.items()
    }


def load_postgis(link: psycopg.Connection[Any], schema: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Make a table of each frame, its rows backwards: a database promises no order."""
    for part, frame in tables.items():
        load_table(link, (schema, part), frame.iloc[::-1], srid=_LAMBERT)


def load_duckdb(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """The same in a file of DuckDB; the geometry as WKB."""
    with duckdb.connect(str(path)) as link:
        for part, frame in tables.items():
            placed = isinstance(frame, gpd.GeoDataFrame)
            names = [str(name) for name in frame.columns if not placed or name != "geometry"]
            columns = [f"{quoted(name)} VARCHAR" for name in names] + ["geometry BLOB"] * placed
            link.execute(f"CREATE TABLE {quoted(part)} ({', '.join(columns)})")
            rows = [[cell or None for cell in row] for row in frame[names].to_numpy().tolist()]
            if placed:
                rows = [[*row, shapely.to_wkb(shape)] for row, shape in zip(rows, frame.geometry, strict=True)]
            query = f"INSERT INTO {quoted(part)} VALUES ({', '.join('?' * len(columns))})"
            link.executemany(query, rows[::-1])


def moved_study(study_file: Path, database: str, *, schema: str = "", crs: str = "", name: str = "base.toml") -> Path:
    """The study with its tables in a database, beside it."""
    text = study_file.read_text(encoding="utf-8")
    for part, file in FILES.items():
        table = f'table = "{schema}{"." if schema else ""}{part}"'
        line = f'file = "{database}"\n{table}' + (f'\ncrs = "{crs}"' if crs and part == "areas" else "")
        text = re.sub(rf'(\[{part}\]\n(?:method = "points"\n)?)file = "{file}"', lambda m, line=line: m[1] + line, text)
    target = study_file.with_name(name)
    target.write_text(text, encoding="utf-8")
    return target
