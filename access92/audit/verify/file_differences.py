"""Where two files of the same name first differ: the row and the figure of a table, the line of a text, the byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from access92.audit.values import cell_text
from access92.outputs.words.data_dictionary import table_words

_TEXTS = (".html", ".json", ".csv", ".txt")


def describe_difference(written: Path, again: Path) -> str:
    """Where a file that was written differs from the same file made again, in French; '' where they are the same.

    A table is compared cell by cell (the row by its line and its key), a JSON file key by key, a text line by line,
    anything else byte by byte.
    """
    if written.read_bytes() == again.read_bytes():
        return ""
    compare: dict[str, Callable[[Path, Path], str]] = {
        ".csv": _csv, ".parquet": _parquet, ".gpkg": _geopackage, ".json": _json,
    }  # fmt: skip
    try:
        difference = compare[written.suffix](written, again) if written.suffix in compare else ""
    except (OSError, ValueError, KeyError, pa.ArrowException, sqlite3.Error) as error:
        difference = f"le fichier écrit ne se lit plus ({error})"
    return difference or (_text(written, again) if written.suffix in _TEXTS else "") or _bytes(written, again)


def _csv(written: Path, again: Path) -> str:
    separator = ";" if written.stem.endswith("_fr") else ","
    tables = [
        pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for path in (written, again)
    ]
    return _tables(tables[0], tables[1], list(table_words(written.name).key), first_line=2)


def _parquet(written: Path, again: Path) -> str:
    tables = [pq.read_table(path).to_pandas() for path in (written, again)]
    return _tables(tables[0], tables[1], ["scenario", "mode", "demand_id"], first_line=1)


def _tables(written: pd.DataFrame, again: pd.DataFrame, key: list[str], *, first_line: int) -> str:
    """The first cell that differs, its row and its key; how many do."""
    columns = [[str(name) for name in table.columns] for table in (written, again)]
    if columns[0] != columns[1]:
        odd = sorted(set(columns[0]) ^ set(columns[1])) or ["leur ordre"]
        return f"colonnes différentes : {', '.join(odd[:3])}"
    if len(written) != len(again):
        return f"{len(written)} lignes écrites, {len(again)} recalculées"
    differ = np.column_stack([_unequal(written[name], again[name]) for name in written.columns])
    if not differ.any():
        return ""
    row = int(np.flatnonzero(differ.any(axis=1))[0])
    column = str(written.columns[int(np.flatnonzero(differ[row])[0])])
    key_words = ", ".join(f"{name} = {written[name].iloc[row]}" for name in key if name in columns[0])
    return (
        f"ligne {row + first_line}{f' ({key_words})' if key_words else ''}, colonne {column} : "
        f"{cell_text(written[column].iloc[row])} écrit, {cell_text(again[column].iloc[row])} recalculé"
        f" ({int(differ.sum())} cellule{'s' if differ.sum() > 1 else ''} en tout)"
    )


def _unequal(one: pd.Series, other: pd.Series) -> np.ndarray:
    a, b = (column.astype(object).to_numpy() for column in (one, other))
    nothing = pd.isna(a) & pd.isna(b)
    return np.asarray((a != b) & ~nothing, dtype=bool)


def _geopackage(written: Path, again: Path) -> str:
    """The first row of a table of the GeoPackage that differs, by its rowid."""
    with closing(_opened(written)) as one, closing(_opened(again)) as other:
        names = [
            [str(row[0]) for row in base.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")]
            for base in (one, other)
        ]
        if names[0] != names[1]:
            return f"couches différentes : {', '.join(sorted(set(names[0]) ^ set(names[1])))}"
        for name in names[0]:
            difference = _layer(one, other, name)
            if difference:
                return f"couche {name}, {difference}"
    return ""


def _layer(one: sqlite3.Connection, other: sqlite3.Connection, name: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    cursors = [base.execute(f"SELECT * FROM {quoted} ORDER BY 1") for base in (one, other)]  # noqa: S608 - quoted above
    columns = [[item[0] for item in cursor.description] for cursor in cursors]
    if columns[0] != columns[1]:
        return f"colonnes différentes : {', '.join(sorted(set(columns[0]) ^ set(columns[1])))}"
    while True:
        was, now = (cursor.fetchone() for cursor in cursors)
        if was is None and now is None:
            return ""
        if was is None or now is None:
            return "nombre de lignes différent"
        if was != now:
            at = next(i for i, (a, b) in enumerate(zip(was, now, strict=True)) if a != b)
            values = (
                "" if isinstance(was[at], bytes) else f" : {cell_text(was[at])} écrit, {cell_text(now[at])} recalculé"
            )
            return f"ligne {was[0]}, colonne {columns[0][at]}{values}"


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _json(written: Path, again: Path) -> str:
    return json_difference(*(json.loads(path.read_text(encoding="utf-8")) for path in (written, again)))


def json_difference(one: Any, other: Any, at: str = "") -> str:  # noqa: ANN401 - JSON values
    """The first key under which two JSON values differ; '' where they are the same.

    >>> json_difference({"a": [1, 2]}, {"a": [1, 3]})
    'clé a[1] : 2 écrit, 3 recalculé'
    """
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"clés différentes sous {at or 'la racine'} : {', '.join(sorted(one.keys() ^ other.keys())[:3])}"
        pairs = [(f"{at}.{key}" if at else str(key), one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"clé {at} : {len(one)} éléments écrits, {len(other)} recalculés"
        pairs = [(f"{at}[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    else:
        return "" if one == other and type(one) is type(other) else f"clé {at} : {one} écrit, {other} recalculé"
    return next((difference for name, a, b in pairs if (difference := json_difference(a, b, name))), "")


def _text(written: Path, again: Path) -> str:
    try:
        lines = [path.read_text(encoding="utf-8").splitlines() for path in (written, again)]
    except UnicodeDecodeError:
        return ""
    for number, (was, now) in enumerate(zip(*lines, strict=False), start=1):
        if was != now:
            column = next(
                (i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now))
            )
            return f"ligne {number}, caractère {column + 1}"
    return f"{len(lines[0])} lignes écrites, {len(lines[1])} recalculées" if len(lines[0]) != len(lines[1]) else ""


def _bytes(written: Path, again: Path) -> str:
    one, other = (np.frombuffer(path.read_bytes(), dtype=np.uint8) for path in (written, again))
    if len(one) != len(other):
        return f"{len(one)} octets écrits, {len(other)} recalculés"
    differ = np.flatnonzero(one != other)
    return f"octet {int(differ[0])} ({len(differ)} en tout)"
