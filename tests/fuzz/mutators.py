"""Seeded damage: bytes, words, columns, values, geometries and metadata of the subjects of :mod:`tests.fuzz.corpus`."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from access92.cache.store import file_sha256
from access92.outputs.manifest import SEAL, seal_of
from tests.fuzz.corpus import Subject, subjects

Mutator = Callable[[bytes, Random], bytes]

WORDS = (
    "1e308", "-1e308", "1e300", "1e-300", "1e20", "NaN", "nan", "inf", "-inf", "Infinity", "-0", "0", "-1", "90", "-90",
    "91", "180", "181", "360", "1e9", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
    "9223372036854775808", "99999999999999999999999", "0x10", "1_000", "1,250", "٣", "²", "", " ", "null", "true",
    "9999-12-31", "0001-01-01", "2024-13-45", "9999-12-31T23:59:59", "25:61", "\x00", "\x1b[31m", "😀", "\ufeff", "../..",
    "a" * 5000, "=1+1", '"', "'", "[", "{", "[[]]", "{}", "<b>", "EPSG:4326", "EPSG:999999", "+proj=nothing", "total", "any",
)  # fmt: skip
"""What a number, a date or a word of a text file is replaced by."""

_WORD = re.compile(r"[-+]?\d[\d.:eE+-]*|[A-Za-zÀ-ÿ_]+")

_ICS_LINES = (
    "RRULE:FREQ=SECONDLY", "RRULE:FREQ=MINUTELY", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;INTERVAL=0",
    "RRULE:FREQ=DAILY;INTERVAL=-3", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "RRULE:FREQ=YEARLY;BYDAY=53MO",
    "RRULE:FREQ=DAILY;BYSETPOS=400;BYHOUR=1", "RRULE:FREQ=SECONDLY;BYSETPOS=2;BYSECOND=1,2", "RRULE:FREQ=DAILY;COUNT=0",
    "RRULE:FREQ=DAILY;COUNT=999999999", "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z", "RRULE:FREQ=YEARLY;UNTIL=00010101",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "RRULE:FREQ=HOURLY;COUNT=20000", "RRULE:FREQ=NEVER", "RRULE:", "RRULE:COUNT=2",
    "RDATE:99991231T100000Z", "RDATE;VALUE=PERIOD:20250204T100000Z/P10000D", "EXDATE:20250204", "EXDATE:x", "DURATION:P999999999D",
    "DURATION:-PT1H", "DURATION:PT0S", "DTEND:99991231T235959Z", "DTSTART:00010101T000000Z", "DTSTART:20250204",
    "DTSTART;TZID=Mars/Olympus:20250204T100000", "GEO:90;0", "GEO:nan;nan", "GEO:inf;1", "GEO:1e308;1e308", "GEO:1", "GEO:",
    "GEO:48.8,2.2", "LOCATION:999.9, 999.9", "RECURRENCE-ID:20250204T090000Z", "STATUS:CANCELLED", "BEGIN:VEVENT", "END:VEVENT",
    "BEGIN:VALARM", "BEGIN:VTIMEZONE", "CATEGORIES:", "SUMMARY:" + "x" * 5000, "UID:", "\x00",
)  # fmt: skip


def flip_bytes(content: bytes, rng: Random) -> bytes:
    """Some bytes, one to eight of them, are others."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut_end(content: bytes, rng: Random) -> bytes:
    """The file ends too early."""
    return content[: rng.randrange(len(content))]


def remove_piece(content: bytes, rng: Random) -> bytes:
    """A stretch is missing."""
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 200) :]


def repeat_piece(content: bytes, rng: Random) -> bytes:
    """A stretch comes several times."""
    start = rng.randrange(len(content))
    piece = content[start : start + rng.randint(1, 200)]
    return content[:start] + piece * rng.randint(2, 60) + content[start:]


def insert_noise(content: bytes, rng: Random) -> bytes:
    """Bytes of nothing in the middle, NUL among them."""
    start = rng.randrange(len(content))
    return content[:start] + rng.choice([b"\x00", b"\x00" * 64, rng.randbytes(16), b"\xff\xfe"]) + content[start:]


def replace_words(content: bytes, rng: Random) -> bytes:
    """One to three numbers or words of a text are hostile ones."""
    text = content.decode("utf-8", "surrogateescape")
    for _ in range(rng.randint(1, 3)):
        matches = list(_WORD.finditer(text))
        if not matches:
            break
        match = rng.choice(matches)
        text = text[: match.start()] + rng.choice(WORDS) + text[match.end() :]
    return text.encode("utf-8", "surrogateescape")


def shuffle_lines(content: bytes, rng: Random) -> bytes:
    """Lines are removed, doubled or moved."""
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    line = lines.pop(at)
    lines[rng.randrange(len(lines) + 1) : 0] = [line] * rng.choice([0, 1, 2, 30])
    return b"\n".join(lines)


def edit_columns(content: bytes, rng: Random) -> bytes:
    """Columns of a CSV are swapped, removed, doubled, renamed with blanks, or emptied; a row is doubled."""
    text = content.decode("utf-8")
    separator = max(",;\t", key=text.split("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    width = min(map(len, rows))
    a, b = rng.randrange(width), rng.randrange(width)
    how = rng.choice(
        ["swap", "swap heads", "remove", "double", "blank double", "one value", "empty", "double row", "no row"]
    )
    if how == "swap":
        for row in rows:
            row[a], row[b] = row[b], row[a]
    elif how == "swap heads":
        rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
    elif how == "remove":
        rows = [row[:a] + row[a + 1 :] for row in rows]
    elif how in ("double", "blank double"):
        blank = " " if how == "blank double" else ""
        rows = [[*row, row[a] + blank * (row is rows[0])] for row in rows]
    elif how in ("one value", "empty"):
        value = "" if how == "empty" else rng.choice(WORDS)
        for row in rows[1:]:
            row[a] = value
    elif how == "double row":
        rows += [rng.choice(rows)] * rng.choice([1, 500])
    else:
        rows = rows[:1]
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def edit_cell(content: bytes, rng: Random) -> bytes:
    """One cell of a CSV is a hostile one."""
    lines = content.decode("utf-8").split("\n")
    at = rng.randrange(len(lines))
    separator = max(",;\t", key=lines[0].count)
    cells = lines[at].split(separator)
    cells[rng.randrange(len(cells))] = rng.choice(WORDS)
    lines[at] = separator.join(cells)
    return "\n".join(lines).encode()


_JSON_VALUES = (
    None, True, 0, -1, 1e308, -1e308, 1e300, float("nan"), float("inf"), 10**30, 10**400, "", "x", "\x00", "\ud800", [], {}, [[]], [[1, 2]],
    {"a": 1}, 90, 91, 180.0, "Polygon", "Point", "LineString", "GeometryCollection", "Feature", [0, 90], ["a", None], [None],
    [[[0, 0], [1, 1]]], [[[0, 0], [1, 1], [0, 0], [0, 0]]], 2**31, 2**63, "9" * 500,
)  # fmt: skip


def edit_json(content: bytes, rng: Random) -> bytes:
    """A value anywhere in a JSON file is another, is missing, or has its neighbour's place."""
    whole = json.loads(content)
    places: list[tuple[dict[object, object] | list[object], object]] = []

    def walk(value: object) -> None:
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
        for key in keys:
            places.append((value, key))
            walk(value[key])  # type: ignore[index]

    walk(whole)
    for _ in range(rng.randint(1, 2)):
        holder, key = rng.choice(places)
        if (isinstance(holder, list) and not 0 <= key < len(holder)) or (
            isinstance(holder, dict) and key not in holder
        ):  # type: ignore[operator]
            continue
        if rng.random() < 0.2:
            del holder[key]  # type: ignore[arg-type]
        else:
            holder[key] = rng.choice(_JSON_VALUES)  # type: ignore[index]
    return json.dumps(whole).encode()


def edit_event(content: bytes, rng: Random) -> bytes:
    """A line of a calendar is a hostile property, or has one behind it."""
    lines = content.split(b"\r\n")
    at = rng.randrange(4, len(lines) - 2)
    lines[at : at + rng.randint(0, 1)] = [rng.choice(_ICS_LINES).encode()]
    return b"\r\n".join(lines)


with np.errstate(invalid="ignore"):  # NaN is what some of them are for
    _GEOMETRIES = tuple(
        shapely.from_wkt(text)
        for text in (
            "POINT (2.25 48.82)", "POINT (nan nan)", "POINT (inf 48)", "POINT (1e308 1e308)", "POINT (0 90)", "POINT (180 -90)",
            "POINT (48.82 2.25)", "POINT EMPTY", "POINT Z (2.25 48.82 1e300)", "LINESTRING (2.25 48.82, 2.251 48.82)",
            "LINESTRING (2.25 48.82, 2.25 48.82)", "LINESTRING (2.25 48.82, nan nan)", "LINESTRING (0 90, 10 90)",
            "LINESTRING (2.25 48.82, -177.75 -48.82)", "LINESTRING EMPTY", "POLYGON EMPTY", "POLYGON ((0 0, 1 1, 0 0, 0 0))",
            "POLYGON ((2.25 48.82, 2.26 48.83, 2.26 48.82, 2.25 48.83, 2.25 48.82))", "POLYGON ((2.25 48.82, 1e300 48.83, 2.26 48.8, 2.25 48.82))",
            "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))", "POLYGON ((2.25 48.82, nan 48.83, 2.26 48.8, 2.25 48.82))",
            "MULTIPOINT (2.25 48.82, 2.26 48.83)", "MULTIPOINT EMPTY", "MULTILINESTRING ((2.25 48.82, 2.26 48.83))",
            "GEOMETRYCOLLECTION (POINT (2.25 48.82), LINESTRING (2 48, 3 49))", "GEOMETRYCOLLECTION EMPTY",
        )
    )  # fmt: skip
_COLUMN_VALUES: tuple[object, ...] = (
    None, "x", "", "\x00", 1e308, 1e300, -1.0, float("nan"), float("inf"), -0.0, 2**62, True, b"\x00\xff", [1, 2], {"a": 1},
    pd.Timestamp("2262-04-11"), pd.Timestamp("1677-09-22"), "9999-12-31", pd.Timedelta(days=3), 1 + 0j,
)  # fmt: skip


def _edited(table: gpd.GeoDataFrame, rng: Random) -> pd.DataFrame:
    """A table with a hostile geometry, column, CRS or name of a column."""
    how = rng.choice(
        ["geometry", "geometry", "geometry", "cell", "cell", "column", "crs", "rename", "drop", "double", "no row"]
    )
    row = rng.randrange(len(table))
    names = [name for name in table.columns if name != table.geometry.name]
    name = rng.choice(names)
    if how == "geometry":
        shapes = table.geometry.to_numpy().copy()
        shapes[row if rng.random() < 0.7 else slice(None)] = rng.choice([None, *_GEOMETRIES])
        return table.set_geometry(gpd.GeoSeries(shapes, crs=table.crs))
    if how == "cell":
        values = table[name].astype(object)
        values.iloc[row] = rng.choice(_COLUMN_VALUES[:14])
        return table.assign(**{name: values})
    if how == "column":
        return table.assign(**{name: pd.Series([rng.choice(_COLUMN_VALUES)] * len(table))})
    if how == "crs":
        return table.set_crs(rng.choice([2154, 3857, 3035, 4326, 27572, 32661, 4978]), allow_override=True)
    if how == "rename":
        return table.rename(columns={name: rng.choice([" ", f" {name} ", "geometry2", "FID", "x" * 300, "index"])})
    if how == "drop":
        return table.drop(columns=[name])
    if how == "double":
        return table.iloc[[*range(len(table)), row]]
    return table.iloc[:0]


def edit_geojson(content: bytes, rng: Random) -> bytes:
    """A GeoJSON whose table is damaged, but written as it should be."""
    return _edited(gpd.read_file(io.BytesIO(content)), rng).to_json(to_wgs84=False).encode()


def edit_geoparquet(content: bytes, rng: Random) -> bytes:
    """A GeoParquet whose table is damaged, but written as it should be."""
    out = io.BytesIO()
    table = _edited(gpd.read_parquet(io.BytesIO(content)), rng)
    table.columns = [str(name) for name in table.columns]
    table.to_parquet(out)
    return out.getvalue()


def edit_arrow(content: bytes, rng: Random) -> bytes:
    """A GeoParquet whose ``geo`` metadata, geometry bytes, or type of a column are not what they should be."""
    table = pq.read_table(io.BytesIO(content))
    how = rng.choice(["geo", "wkb", "type", "no geo"])
    metadata = dict(table.schema.metadata or {})
    if how == "geo":
        whole = metadata[b"geo"]
        metadata[b"geo"] = rng.choice(
            [
                b"[]",
                b"3",
                b"null",
                b'"x"',
                b"{}",
                b"{",
                b"\xff",
                b"[" * 3000,
                edit_json(whole, rng),
                edit_json(whole, rng),
            ]
        )
    elif how == "no geo":
        metadata.pop(b"geo", None)
    elif how == "wkb":
        at = table.schema.get_field_index("geometry")
        shapes = table.column(at).to_pylist()
        row = rng.randrange(len(shapes))
        shapes[row] = rng.choice(
            [
                b"",
                b"\x01",
                rng.randbytes(30),
                flip_bytes(shapes[row], rng),
                shapes[row][:-3],
                b"\x01\x02\x00\x00\x00\xff\xff\xff\xff",
            ]
        )
        table = table.set_column(at, "geometry", pa.array(shapes, type=pa.binary()))
    else:
        at = rng.randrange(table.num_columns)
        kind = rng.choice(
            [
                pa.string(),
                pa.int64(),
                pa.bool_(),
                pa.list_(pa.int64()),
                pa.struct([("a", pa.int64())]),
                pa.date32(),
                pa.null(),
            ]
        )
        table = table.set_column(at, table.column_names[at], pa.nulls(len(table), kind))
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata or None), out)
    return out.getvalue()


def edit_geopackage(content: bytes, rng: Random) -> bytes:
    """A GeoPackage whose geometry bytes, tables or table of contents are not what they should be."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.gpkg"
        file.write_bytes(content)
        with closing(sqlite3.connect(file)) as base:
            layer, column = base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchone()
            names = [row[1] for row in base.execute(f'PRAGMA table_info("{layer}")') if row[1] not in ("fid", column)]
            garbage = [None, b"", b"GP", rng.randbytes(40), "texte", 3.5]
            for trigger in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                base.execute(f'DROP TRIGGER "{trigger[0]}"')
            how = rng.choice(["wkb", "flip", "cell", "contents", "columns", "srs", "rows"])
            if how == "wkb":
                base.execute(f'UPDATE "{layer}" SET "{column}" = ? WHERE fid = 1', (rng.choice(garbage),))
            elif how == "flip":
                shape = base.execute(f'SELECT "{column}" FROM "{layer}" LIMIT 1').fetchone()[0]
                base.execute(f'UPDATE "{layer}" SET "{column}" = ? WHERE fid = 1', (flip_bytes(shape, rng),))
            elif how == "cell" and names:
                value = rng.choice([None, "x", 1e308, -1, float("inf"), b"\xff", 2**62, "9" * 4000])
                base.execute(f'UPDATE "{layer}" SET "{rng.choice(names)}" = ? WHERE fid = 1', (value,))
            elif how == "contents":
                base.execute("UPDATE gpkg_contents SET table_name = 'ailleurs'")
            elif how == "columns":
                base.execute("DELETE FROM gpkg_geometry_columns")
            elif how == "srs":
                base.execute(f"UPDATE gpkg_geometry_columns SET srs_id = {rng.choice([-1, 0, 999, 2154])}")
            else:
                base.execute(f'DELETE FROM "{layer}"')
            base.commit()
        return file.read_bytes()


def _edit_table(content: bytes, rng: Random) -> bytes:
    """A GeoPackage whose table is damaged, but written as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        source, file = Path(folder) / "source.gpkg", Path(folder) / "x.gpkg"
        source.write_bytes(content)
        _edited(gpd.read_file(source), rng).to_file(file, engine="pyogrio")
        return file.read_bytes()


def _inside(unpack: Callable[[bytes], bytes], pack: Callable[[bytes], bytes]) -> Mutator:
    """Damage to what a compressed file holds."""
    return lambda content, rng: pack(replace_words(unpack(content), rng))


_BYTES: tuple[Mutator, ...] = (flip_bytes, flip_bytes, cut_end, remove_piece, repeat_piece, insert_noise)
_TEXT: tuple[Mutator, ...] = (replace_words, replace_words, replace_words, shuffle_lines)


def mutators_of(subject: Subject) -> Sequence[Mutator]:
    """The kinds of damage that make sense for the format of a subject's target."""
    kinds: dict[str, tuple[Mutator, ...]] = {
        ".toml": _TEXT * 3,
        ".csv": (*_TEXT, edit_columns, edit_columns, edit_cell, edit_cell),
        ".ics": (*_TEXT, edit_event, edit_event, edit_event, edit_event),
        ".geojson": (*_TEXT, edit_json, edit_json, edit_json, edit_geojson, edit_geojson),
        ".json": (*_TEXT, edit_json, edit_json, edit_json, edit_json),
        ".graphml": _TEXT * 2,
        ".osm": _TEXT * 2,
        ".gpkg": (edit_geopackage, edit_geopackage, _edit_table, _edit_table),
        ".parquet": (edit_geoparquet, edit_geoparquet, edit_geoparquet, edit_arrow, edit_arrow, edit_arrow),
        ".gz": (_inside(gzip.decompress, gzip.compress),) * 3,
        ".bz2": (_inside(bz2.decompress, bz2.compress),) * 3,
    }
    return (*_BYTES, *kinds.get(Path(subject.target).suffix, ()))


def mutate(number: int, seed: int, names: Sequence[str] = ()) -> tuple[str, Subject]:
    """The damaged folder of that number, and what was done to which subject: always the same for the same seed."""
    rng = Random(f"{seed}/{number}")
    known = subjects()
    chosen = list(names) or list(known)
    subject = known[chosen[number % len(chosen)]]
    mutator = rng.choice(mutators_of(subject))
    content = subject.files[subject.target]
    try:
        changed = mutator(content, rng)
    except Exception:  # noqa: BLE001 - what cannot be written so (no library writes it) is damaged byte by byte
        mutator, changed = flip_bytes, flip_bytes(content, rng)
    damaged = subject.with_target(changed)
    if subject.action == "verify" and rng.random() < 0.7:
        damaged = resealed(damaged)
    return f"{seed}/{number} {subject.name}, {getattr(mutator, '__name__', 'inside')}", damaged


def resealed(subject: Subject) -> Subject:
    """A finished run whose manifest agrees with its damaged files, as somebody would write it who means harm."""
    if "run/manifest.json" not in subject.files:
        return subject
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x"
        file.write_bytes(subject.files[subject.target])
        try:
            manifest = json.loads(subject.files["run/manifest.json"])
            for item in manifest["outputs"]:
                if f"run/{item['path']}" == subject.target:
                    item["sha256"] = file_sha256(file)
            manifest[SEAL] = seal_of(manifest)
        except (ValueError, KeyError, TypeError, AttributeError):
            return subject
    return Subject(
        subject.name, {**subject.files, "run/manifest.json": json.dumps(manifest).encode()}, subject.target, "verify"
    )
