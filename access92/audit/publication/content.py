"""What a finished run publishes: its tables and its layers, each with types, keys and French comments."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pyogrio
import shapely

from access92._limits import parse_json
from access92.audit.finished import check_run
from access92.outputs.layout import ACCESS, DEMAND, GEOPACKAGE, flat_name
from access92.outputs.manifest import SEAL
from access92.outputs.tables.data_package import DATA_PACKAGE
from access92.outputs.words.data_dictionary import ColumnWords, column_words, table_words

PUBLICATION = "access92_publication"
"""The table that says what was published, and by which names: what it lists may be replaced, and nothing else."""

GEOMETRY = "geometry"
ROW = "row_id"
SRID = 4326
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL, which cuts the rest off."""

_LAYERS = ("services", "demand", "areas", "isochrones", "changes", "water", "green")
_CSV_NAME = re.compile(r"\b(\w+)\.csv\b")  # a file of the folder is a table here
_LAYER_KEYS = {"services": "service_id", "demand": "demand_id", "areas": "area_id"}
_REFERENCES = {
    "scenario": ("scenarios", "scenario"), "scenario_reference": ("scenarios", "scenario"), "mode": ("modes", "mode"),
    "area_id": ("areas", "area_id"), "nearest_service_id": ("services", "service_id"),
    "demand_id": ("layer_demand", "demand_id"),
}  # fmt: skip
"""Of the files that no data package describes."""

_LAYER_WORDS = {
    "services": "Les services et leurs positions",
    "demand": "Les lieux d'habitation : habitants et minutes par scénario et mode",
    "areas": "Les zones, et la part couverte au seuil principal par scénario et mode",
    "isochrones": "Les isochrones : une illustration, dont aucun chiffre ne vient",
    "changes": "Les lieux d'habitation dont le temps change par rapport au premier scénario",
    "water": "L'eau, qui arrête les isochrones",
    "green": "Bois, parcs et cimetières",
}


@dataclass(frozen=True, slots=True)
class PublishedColumn:
    """A column: its name in the database, its type (``text``, ``number``, ``integer``, ``date``) and its comment."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are those of the key of another table."""

    column: str
    table: str
    referred: str


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table or a layer of a run.

    ``key``: the columns of its primary key (none where no rows can be told apart). ``shape``: the type of its geometry
    (column ``geometry``, last, SRID 4326), '' for a table. ``csv``: gives its rows as CSV with a heading, in UTF-8; an
    empty cell is null, a geometry is EWKB in hexadecimal.
    """

    name: str
    comment: str
    columns: tuple[PublishedColumn, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    shape: str
    csv: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Publication:
    """A finished run as it is published; ``record``: by column the only row of :data:`PUBLICATION`, but its names."""

    tables: tuple[PublishedTable, ...]
    record: Mapping[str, str]


def read_publication(folder: Path) -> Publication:
    """What a finished run publishes, its seal and every file checked first.

    Raises
    ------
    InputError
        No finished run, a broken seal, a file that is missing or was altered since.

    Examples
    --------
    >>> import tempfile
    >>> read_publication(Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    run = check_run(folder, needed=(DATA_PACKAGE,))
    files = run.files
    package = parse_json(files[DATA_PACKAGE].read_text(encoding="utf-8"))
    described = {flat_name(resource["path"]): resource for resource in package["resources"]}
    tables = [
        _csv_table(files[name], resource)
        for name, resource in described.items()
        if name in files and name.endswith(".csv") and not name.endswith("_fr.csv")
    ]
    if ACCESS in files:
        tables.append(_access_table(files[ACCESS]))
    tables += _layers(files)
    known = {table.name: {column.name for column in table.columns} for table in tables}
    return Publication(tuple(_with_known_references(table, known) for table in tables), _record(run.manifest, package))


def short_name(name: str) -> str:
    """A name that every database keeps whole: cut, with a fingerprint, where it is too long.

    >>> short_name("min_actuel_walk"), len(short_name("min_" + "a" * 80 + "_walk"))
    ('min_actuel_walk', 63)
    """
    encoded = name.encode()
    if len(encoded) <= LONGEST_NAME:
        return name
    mark = f"_{sha256(encoded).hexdigest()[:8]}"
    return encoded[: LONGEST_NAME - len(mark)].decode(errors="ignore") + mark


def _csv_table(path: Path, resource: Mapping[str, Any]) -> PublishedTable:
    """A table of the run, as its data package describes it."""
    schema = resource["schema"]
    columns = tuple(
        PublishedColumn(short_name(field["name"]), _type(field["type"]), _comment(field)) for field in schema["fields"]
    )
    references = tuple(
        Reference(short_name(item["fields"][0]), item["reference"]["resource"], item["reference"]["fields"][0])
        for item in schema.get("foreignKeys", ())
    )
    comment = f"{resource['title']}. {resource['description']}"
    return PublishedTable(
        resource["name"], comment, columns, tuple(map(short_name, schema.get("primaryKey", ()))), references, "",
        path.read_bytes,
    )  # fmt: skip


def _access_table(path: Path) -> PublishedTable:
    """``access.parquet``: a row per scenario, mode and home."""
    names = [str(name) for name in pq.read_schema(path).names]
    words = table_words(ACCESS)

    def csv() -> bytes:
        body, table = io.BytesIO(), pq.read_table(path)
        columns = [_plain_column(table[name]) for name in table.column_names]
        pa_csv.write_csv(pa.table(columns, names=table.column_names), body)
        return body.getvalue()

    comment = f"{words.title}. {words.description}"
    return PublishedTable("access", comment, tuple(map(_column, names)), words.key, _references(names), "", csv)


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words for their codes, and null for what is no number: not reached."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), None, column)
    return column


def _layers(files: Mapping[str, Path]) -> Iterator[PublishedTable]:
    """The layers of the GeoPackage; homes from their GeoParquet, which has the walks of the publics too."""
    present: set[str] = set()
    if GEOPACKAGE in files:
        present = {str(name) for name in pyogrio.list_layers(files[GEOPACKAGE])[:, 0]}
    if DEMAND in files:
        present.add("demand")
    for name in _LAYERS:
        if name in present:
            yield _layer(name, _layer_frame(files, name))


def _layer_frame(files: Mapping[str, Path], name: str) -> gpd.GeoDataFrame:
    if name == "demand" and DEMAND in files:
        return gpd.read_parquet(files[DEMAND])
    return pyogrio.read_dataframe(files[GEOPACKAGE], layer=name)


def _layer(name: str, frame: gpd.GeoDataFrame) -> PublishedTable:
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    key = (_LAYER_KEYS[name],) if name in _LAYER_KEYS else (ROW,)
    columns = [_column(str(column)) for column in attributes.columns]
    if key == (ROW,):
        attributes.insert(0, ROW, range(1, len(attributes) + 1))
        columns.insert(0, PublishedColumn(ROW, "integer", "Numéro de la ligne, pour les SIG qui en demandent un."))
    shapes = frame.geometry.to_numpy()
    types = sorted(set(frame.geometry.geom_type.dropna()))

    def csv() -> bytes:
        hexadecimal = shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True)
        text: str = attributes.assign(**{GEOMETRY: hexadecimal}).to_csv(index=False, lineterminator="\n")
        return text.encode()

    return PublishedTable(
        f"layer_{name}", f"{_LAYER_WORDS[name]}. Couche, WGS 84 (EPSG:{SRID}).",
        (*columns, PublishedColumn(GEOMETRY, GEOMETRY, f"Géométrie, WGS 84 (EPSG:{SRID}).")), key,
        _references(str(column) for column in attributes.columns),
        types[0] if len(types) == 1 else "Geometry", csv,
    )  # fmt: skip


def _column(name: str) -> PublishedColumn:
    """A column that no data package describes, by the data dictionary."""
    words = column_words(name)
    return PublishedColumn(short_name(name), _type(words.type), _comment(_described(words)))


def _described(words: ColumnWords) -> dict[str, str]:
    return {"name": words.name, "title": words.title, "description": words.description, "unit": words.unit}


def _references(names: Iterable[str]) -> tuple[Reference, ...]:
    return tuple(Reference(name, *_REFERENCES[name]) for name in names if name in _REFERENCES)


def _type(kind: str) -> str:
    return kind if kind in ("number", "integer", "date") else "text"


def _comment(field: Mapping[str, Any]) -> str:
    """What a column means, with its unit, and its whole name where the database's is cut."""
    words = _CSV_NAME.sub(r"\1", f"{field['title']}. {field.get('description') or ''}".strip())
    if field.get("unit"):
        words += f" Unité : {field['unit']}."
    return words if short_name(field["name"]) == field["name"] else f"{words} Nom entier : {field['name']}."


def _with_known_references(table: PublishedTable, known: Mapping[str, set[str]]) -> PublishedTable:
    """The table without references to what was not written."""
    known_here = [item for item in table.references if item.referred in known.get(item.table, ())]
    return replace(table, references=tuple(item for item in known_here if item.table != table.name))


def _record(manifest: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, str]:
    streets = manifest["streets"]
    return {
        "study": str(manifest["study"]),
        "title": str(manifest.get("title") or ""),
        "description": str(package.get("description") or ""),
        "run_date": str(manifest.get("run_date") or ""),
        "seal": str(manifest[SEAL]),
        "streets_origin": str(streets.get("streets_origin") or ""),
        "attribution": str(streets.get("attribution") or ""),
        "sources": "\n".join(str(item.get("title") or "") for item in package.get("sources", ())),
        "access92": str(manifest["versions"].get("access92") or ""),
    }


RECORD_WORDS: Mapping[str, str] = {
    "study": "Nom de l'étude",
    "title": "Titre de l'étude",
    "description": "Ce que l'étude compte",
    "run_date": "Date du calcul",
    "seal": "Sceau de son manifeste (SHA-256)",
    "streets_origin": "Origine des rues : demonstration, ou real avec leur attribution",
    "attribution": "Attribution que la licence des rues demande",
    "sources": "Sources des données, une par ligne",
    "access92": "Version d'access92 qui a fait le calcul",
    "tables": "Tables de cette publication, en JSON : --overwrite ne remplace qu'elles",
}


def listed_tables(text: str) -> tuple[str, ...]:
    """The names that a publication lists; none where the text is no list of names.

    >>> listed_tables('["coverage"]'), listed_tables("{}")
    (('coverage',), ())
    """
    try:
        names = parse_json(text)
    except ValueError:
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def tables_json(tables: Sequence[PublishedTable]) -> str:
    """The names of tables, as a publication lists them."""
    return json.dumps([table.name for table in tables])
