"""``datapackage.json``: the data dictionary of a run as a Frictionless data package, so that machines can check it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from access92.cache.store import file_sha256
from access92.outputs.figures import sources
from access92.outputs.layout import new_file_in, run_path
from access92.outputs.tables.spreadsheet import people_tables
from access92.outputs.words.data_dictionary import ColumnWords, column_words, table_words
from access92.run.results import Results

DATA_PACKAGE = "datapackage.json"
FLAT_NAME, FLAT_NAMES = "flat_name", "flat_names"
"""Properties of ours: the name of a file, under which it stood at the top of the run before folders."""

_ORIGIN = "streets_origin"
_FOREIGN = (
    ("area_id", "areas", "area_id"),
    ("scenario", "scenarios", "scenario"),
    ("scenario_reference", "scenarios", "scenario"),
    ("scenario_a", "scenarios", "scenario"),
    ("scenario_b", "scenarios", "scenario"),
    ("mode", "modes", "mode"),
    ("walk_mode", "modes", "mode"),
    ("public", "publics", "public"),
    ("service_id", "services", "service_id"),
)
_MEDIA = {
    ".parquet": "application/vnd.apache.parquet",
    ".gpkg": "application/geopackage+sqlite3",
    ".qgz": "application/x-qgis-project",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_data_package(
    results: Results,
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    written: Iterable[Path],
    *,
    people: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write ``datapackage.json`` for the data files among ``written``; its path.

    ``tables``: of :func:`access92.outputs.tables.files.csv_tables`; ``people``: of
    :func:`access92.outputs.tables.spreadsheet.people_tables`, where they are made already.
    """
    content = data_package(results, tables, sorted(written, key=lambda path: path.name), people=people)
    path = new_file_in(folder, DATA_PACKAGE)
    path.write_text(package_text(content), encoding="utf-8", newline="\n")
    return path


def package_text(content: Mapping[str, Any]) -> str:
    """The text of a descriptor."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def data_package(
    results: Results,
    tables: Mapping[str, pd.DataFrame],
    written: Iterable[Path],
    *,
    people: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, Any]:
    """The descriptor: a resource for each CSV, Parquet and GeoPackage file, sources and licences of the inputs.

    Two properties of ours lead from the name that a file had before folders to its path: :data:`FLAT_NAME` of a
    resource; and :data:`FLAT_NAMES` of the package, for every file of the run that stands in a folder, maps and slides
    too.
    """
    written = list(written)
    people = people_tables(results) if people is None else people
    keys = {(name, key): _values(tables[f"{name}.csv"][key]) for _, name, key in _FOREIGN if f"{name}.csv" in tables}
    resources = []
    for path in written:
        if path.name in tables:
            resources.append(_file(path) | _table(path.name, tables[path.name], keys))
        elif path.name in people:
            resources.append(_file(path) | _people_table(path.name, people[path.name]))
        elif path.suffix in _MEDIA:
            resources.append(
                _described(path) | {"type": "file", "format": path.suffix[1:], "mediatype": _MEDIA[path.suffix]}
            )
    warning = (
        "Rues de démonstration : les chiffres montrent la méthode, pas le terrain. " if results.origin.is_demo else ""
    )
    return {
        "profile": "data-package",
        "name": results.study.name,
        "title": results.study.title,
        "description": warning + " ".join(results.study.description.split()),
        "keywords": ["accessibilité", "temps de trajet", "services sociaux"],
        "licenses": _licences(results),
        **({"attribution": results.origin.attribution} if results.origin.attribution else {}),
        "sources": [{"title": f"{item.role} : {item.words}"} for item in sources(results)],
        FLAT_NAMES: {path.name: place for path in written if (place := run_path(path.name)) != path.name},
        "resources": resources,
    }


def table_schema(name: str, columns: Iterable[str], *, unreferred: Collection[str] = ()) -> dict[str, Any]:
    """The Table Schema of a CSV file of the run; ``unreferred``: columns that hold other words than those of the key.

    >>> schema = table_schema("areas.csv", ["area_id", "name"])
    >>> schema["fields"][0]["title"], schema["primaryKey"]
    ('Code de la commune', ['area_id'])
    """
    names = [*columns, _ORIGIN]
    key = [column for column in table_words(name).key if column in names]
    schema: dict[str, Any] = {
        "fields": [_field(column_words(column), required=column in key or column == _ORIGIN) for column in names],
        "missingValues": [""],
    }
    if key:
        schema["primaryKey"] = key
    table = name.removesuffix(".csv")
    foreign = [
        {"fields": [column], "reference": {"resource": resource, "fields": [there]}}
        for column, resource, there in _FOREIGN
        if column in names and resource != table and column not in unreferred
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return schema


def _table(name: str, table: pd.DataFrame, keys: Mapping[tuple[str, str], set[str]]) -> dict[str, Any]:
    # a commitment by two modes has « car;walk » for its mode, which is that of no row of modes.csv
    unreferred = {
        column
        for column, resource, there in _FOREIGN
        if column in table.columns and not _values(table[column]) <= keys.get((resource, there), set())
    }
    return {
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": table_schema(name, map(str, table.columns), unreferred=unreferred),
    }


def _values(column: pd.Series) -> set[str]:
    """The words of a column, but for empty cells."""
    return set(column.drop_duplicates().dropna().astype(str)) - {""}


def _people_table(name: str, table: pd.DataFrame) -> dict[str, Any]:
    machine = table_words(name.replace("_fr.csv", ".csv"))
    fields = [
        {"name": str(column), "type": "number", "decimalChar": ",", "bareNumber": True}
        if pd.api.types.is_numeric_dtype(table[column])
        else {"name": str(column), "type": "string"}
        for column in table.columns
    ]
    fields.append({"name": "Origine des rues", "type": "string"})
    return {
        "title": f"{machine.title}, pour un tableur",
        "description": f"{machine.description} En français : point-virgule, virgule décimale, noms au lieu de codes.",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "dialect": {"delimiter": ";", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _described(path: Path) -> dict[str, Any]:
    words = table_words(path.name)
    return {
        "name": path.stem if path.suffix == ".csv" else path.name,
        "path": run_path(path.name),
        FLAT_NAME: path.name,
        "title": words.title,
        "description": words.description,
    }


def _file(path: Path) -> dict[str, Any]:
    return _described(path) | {"bytes": path.stat().st_size, "hash": f"sha256:{file_sha256(path)}"}


def _field(words: ColumnWords, *, required: bool) -> dict[str, Any]:
    field: dict[str, Any] = {"name": words.name, "type": words.type, "title": words.title}
    if words.description:
        field["description"] = words.description
    if words.unit:
        field["unit"] = words.unit
    if words.type == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    constraints: dict[str, Any] = {"required": True} if required else {}
    if words.minimum is not None:
        constraints["minimum"] = words.minimum
    if words.maximum is not None:
        constraints["maximum"] = words.maximum
    if words.choices:
        constraints["enum"] = list(words.choices)
    if constraints:
        field["constraints"] = constraints
    return field


def _licences(results: Results) -> list[dict[str, str]]:
    """The licences of the inputs, each once; ``name`` is a slug, since none need be in Open Definition's list."""
    study = results.study
    parts = [study.areas.licence, study.services.licence, study.population.licence, results.origin.licence]
    if study.calendar is not None:
        parts.append(study.calendar.licence)
    return [{"name": _slug(licence), "title": licence} for licence in dict.fromkeys(parts) if licence]


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-") or "licence"
