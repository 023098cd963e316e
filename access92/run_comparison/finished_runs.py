"""A finished run, read back from its folder and checked against its manifest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow.parquet as pq

from access92.errors import Fault, InputError, some_values
from access92.outputs.manifest import MANIFEST, SEAL, SOFTWARE, seal_of
from access92.run_comparison.compared_tables import ACCESS, COVERAGE, FIGURES, KEYS, SERVICES, SUMMARY
from access92.run_comparison.values import FinishedRun
from access92.sealed_files import file_sha256
from access92.tables import EVERYBODY


def read_run(folder: Path) -> FinishedRun:
    """A finished run, its manifest checked against its seal where it has one, every file against its SHA-256.

    Raises
    ------
    InputError
        Not a folder, no manifest of access92, an unreadable one, an output that is missing or was altered since
        (each is named), or a table without the columns that are compared.

    Examples
    --------
    >>> import tempfile
    >>> read_run(Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    manifest = _read_manifest(folder)
    listed_files = {item["path"]: item["sha256"] for item in manifest["outputs"]}
    faults = [*_altered(folder, listed_files)]
    if not faults:
        faults = [
            _fault(f"Le calcul n'a pas écrit {name}.", folder / name, "Le refaire avec cette version d'access92.")
            for name in (COVERAGE, SUMMARY, SERVICES)
            if name not in listed_files
        ]
    if faults:
        raise InputError(faults)
    tables = {name: _read_table(folder / name, KEYS[name], FIGURES[name]) for name in KEYS if name in listed_files}
    tables[SERVICES] = _read_table(folder / SERVICES, ("service_id", "name", "kind", "lon", "lat", "scenarios"), ())
    places = _read_places(folder / ACCESS) if ACCESS in listed_files else None
    names = _area_names(folder / "results.gpkg") if "results.gpkg" in listed_files else {}
    return FinishedRun(folder, manifest, tables, places, names)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            _fault(
                "Ce dossier ne contient pas un calcul d'access92.",
                f"{folder}, sans {MANIFEST}" if folder.is_dir() else folder,
                "Donner le dossier écrit par « access92 run ».",
            )
        )
    redo = "Refaire le calcul avec « access92 run »."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(_fault("Le manifeste est illisible.", f"{path} : {error}", redo)) from error
    try:
        known = content["software"] == SOFTWARE
        shaped = (
            all(isinstance(item["path"], str) and isinstance(item["sha256"], str) for item in content["outputs"])
            and all(isinstance(item[key], str) for item in content["inputs"] for key in ("role", "path", "sha256"))
            and all(isinstance(item["name"], str) for item in content["parameters"]["study"]["scenario"])
            and all(isinstance(item, dict) for item in content["parameters"]["modes"].values())
            and isinstance(content["parameters"]["scenarios_run"], list)
            and isinstance(content["versions"], dict)
            and isinstance(content["streets"], dict)
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(_fault("Le manifeste est incomplet.", f"{path} : {error!r}", redo)) from error
    if not known or not shaped:
        raise InputError(_fault("Le manifeste n'est pas celui d'un calcul d'access92.", path, redo))
    if SEAL in content and content[SEAL] != seal_of(content):
        mend = "Refaire ce calcul, ou remettre le manifeste tel qu'il a été écrit."
        raise InputError(_fault("Le manifeste a été modifié depuis le calcul.", path, mend))
    return cast("dict[str, Any]", content)


def _altered(folder: Path, listed_files: Mapping[str, str]) -> Iterator[Fault]:
    for name, sha256 in listed_files.items():
        path = folder / name
        mend = "Refaire ce calcul, ou remettre le fichier tel qu'il a été écrit."
        try:
            found = file_sha256(path)
        except OSError:
            yield _fault(f"Un fichier du calcul manque ou ne s'ouvre pas : {name}.", path, mend)
            continue
        if found != sha256:
            where = f"{path}, SHA-256 {found[:12]}… au lieu de {sha256[:12]}…"
            yield _fault(f"Un fichier du calcul a été modifié depuis : {name}.", where, mend)


def _read_table(path: Path, keys: Sequence[str], figures: Sequence[str]) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if "public" in keys and "public" not in table.columns:  # a run from before publics: everybody
        table = table.assign(public=EVERYBODY)
    absent = [name for name in (*keys, *figures) if name not in table.columns]
    if absent:
        mend = "Refaire le calcul avec cette version d'access92."
        raise InputError(_fault("Une table n'a pas les colonnes attendues.", f"{path}, {some_values(absent)}", mend))
    return table.assign(**{name: pd.to_numeric(table[name]).astype(float) for name in figures})


def _read_places(path: Path) -> pd.DataFrame | None:
    wanted = ["scenario", "mode", "lon", "lat", "area_id", "population", "travel_time_min"]
    if not set(wanted) <= set(pq.read_schema(path).names):
        return None
    return cast("pd.DataFrame", pq.read_table(path, columns=wanted).to_pandas())


def _area_names(path: Path) -> dict[str, str]:
    """The names of the areas, from the GeoPackage; none where it does not tell them."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            return {str(key): str(name) for key, name in base.execute("SELECT area_id, name FROM areas")}
    except sqlite3.Error:
        return {}


def _fault(what: str, where: object, mend: str) -> Fault:
    return Fault(what, str(where), mend)
