"""A finished run, read back from its folder and checked against its manifest."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from access92._limits import parse_json
from access92.audit.compared_tables import COVERAGE, FIGURES, HOURS_UNKNOWN, KEYS, SERVICES, SUMMARY
from access92.audit.faults import RESTORE, unreadable_table
from access92.audit.values import FinishedRun
from access92.cache.store import file_sha256
from access92.errors import Fault, InputError, some_values
from access92.outputs.layout import ACCESS, GEOPACKAGE, file_in, flat_name, is_listed_path
from access92.outputs.manifest import MANIFEST, SEAL, SOFTWARE, seal_of
from access92.study.schemas import EVERYBODY

_REDO = "Refaire le calcul avec « access92 run »."


def read_run(folder: Path) -> FinishedRun:
    """A finished run, its manifest checked against its seal where it has one, every file against its SHA-256.

    Raises
    ------
    InputError
        As :func:`check_run`; or a table without the columns that are compared.

    Examples
    --------
    >>> import tempfile
    >>> read_run(Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    run = check_run(folder, needed=(COVERAGE, SUMMARY, SERVICES), is_seal_needed=False)
    files = run.files
    tables = {name: _read_table(files[name], KEYS[name], FIGURES[name]) for name in KEYS if name in files}
    tables[SERVICES] = _read_table(files[SERVICES], ("service_id", "name", "kind", "lon", "lat", "scenarios"), ())
    places = _read_places(files[ACCESS]) if ACCESS in files else None
    names = _area_names(files[GEOPACKAGE]) if GEOPACKAGE in files else {}
    return FinishedRun(run.manifest, files, tables, places, names)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRun:
    """A finished run whose files are those of its manifest; ``files``: by name, wherever they stand."""

    manifest: Mapping[str, Any]
    files: Mapping[str, Path]


def check_run(folder: Path, *, needed: Sequence[str], is_seal_needed: bool = True) -> CheckedRun:
    """A finished run, its seal checked (where it has one, or ``is_seal_needed``), and every file by its SHA-256.

    Raises
    ------
    InputError
        Not a folder, no manifest of access92, an unreadable one, a broken seal, an output that is missing or was
        altered since (each is named), or no file of a ``needed`` name.

    Examples
    --------
    >>> import tempfile
    >>> check_run(Path(tempfile.mkdtemp()), needed=())
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    manifest = read_manifest(folder)
    files = run_files(manifest, folder)
    faults = seal_faults(manifest, folder, needed=is_seal_needed) or output_faults(manifest, folder)
    faults = faults or [
        _fault(f"Le calcul n'a pas écrit {name}.", file_in(folder, name), "Le refaire avec cette version d'access92.")
        for name in needed
        if name not in files
    ]
    if faults:
        raise InputError(faults)
    return CheckedRun(manifest, files)


def run_files(manifest: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """The files that a manifest lists, by name: in the folders of a run, or at its top, as before there were any."""
    return {flat_name(item["path"]): folder / item["path"] for item in manifest["outputs"]}


def file_hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of the files that a manifest lists, by name."""
    return {flat_name(item["path"]): item["sha256"] for item in manifest["outputs"]}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run of access92, whatever its seal says (:func:`seal_faults`).

    Raises
    ------
    InputError
        No manifest, an unreadable one, or one of another program.

    Examples
    --------
    >>> import tempfile
    >>> read_manifest(Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    # a folder of something else is said to be so, before its content is judged
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            _fault(
                "Ce dossier ne contient pas un calcul d'access92.",
                f"{folder}, sans {MANIFEST}" if folder.is_dir() else folder,
                "Donner le dossier écrit par « access92 run ».",
            )
        )
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(_fault("Le manifeste est illisible.", f"{path} : {error}", _REDO)) from error
    # all that the readers below take for granted, checked at once: they need no guard of their own
    try:
        known = content["software"] == SOFTWARE
        shaped = (
            all(is_listed_path(item["path"]) and isinstance(item["sha256"], str) for item in content["outputs"])
            and len(file_hashes(content)) == len(content["outputs"])
            and all(isinstance(item[key], str) for item in content["inputs"] for key in ("role", "path", "sha256"))
            and all(isinstance(item["name"], str) for item in content["parameters"]["study"]["scenario"])
            and all(isinstance(version, str) for version in content["versions"].values())
            and all(isinstance(item, dict) for item in content["parameters"]["modes"].values())
            and all(isinstance(name, str) for name in content["parameters"]["scenarios_run"])
            and isinstance(content["streets"], dict)
            and isinstance(content.get("code") or {}, dict)
            and isinstance(content.get("study_path") or "", str)
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(_fault("Le manifeste est incomplet.", f"{path} : {error!r}", _REDO)) from error
    if not known or not shaped:
        raise InputError(_fault("Le manifeste n'est pas celui d'un calcul d'access92.", path, _REDO))
    return cast("dict[str, Any]", content)


def seal_faults(manifest: Mapping[str, Any], folder: Path, *, needed: bool = True) -> list[Fault]:
    """A fault where the manifest no longer has the content that was sealed; or no seal, where one is ``needed``."""
    where = folder / MANIFEST
    if SEAL not in manifest:
        what = "Le manifeste n'est pas scellé : il date d'une version plus ancienne."
        return [_fault(what, where, _REDO)] if needed else []
    content = seal_of(manifest)
    if content == manifest[SEAL]:
        return []
    said = f"{where}, sceau {str(manifest[SEAL])[:12]}…, contenu {content[:12]}…"
    return [_fault("Le manifeste a été modifié depuis le calcul : son sceau est rompu.", said, RESTORE)]


def output_faults(manifest: Mapping[str, Any], folder: Path) -> list[Fault]:
    """A fault per output that is missing, or no longer has the SHA-256 of the manifest."""
    faults = []
    for item in manifest["outputs"]:
        path = folder / item["path"]
        sha256 = sha256_of(path)
        if sha256 is None:
            faults.append(_fault(f"Un fichier du calcul manque ou ne s'ouvre pas : {path.name}.", path, RESTORE))
        elif sha256 != item["sha256"]:
            where = f"{path}, SHA-256 {sha256[:12]}… au lieu de {item['sha256'][:12]}…"
            faults.append(_fault(altered_words(path.name), where, RESTORE))
    return faults


def altered_words(name: str) -> str:
    """What a file is that no longer is as it was written.

    >>> altered_words("coverage.csv")
    'Un fichier du calcul a été modifié depuis : coverage.csv.'
    """
    return f"Un fichier du calcul a été modifié depuis : {name}."


def sha256_of(path: Path) -> str | None:
    """The SHA-256 of a file; None where it cannot be read."""
    try:
        return file_sha256(path)
    except OSError:
        return None


def _read_table(path: Path, keys: Sequence[str], figures: Sequence[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError, pd.errors.ParserError) as error:  # also UnicodeDecodeError, EmptyDataError
        raise InputError(unreadable_table(path, error)) from error
    if "public" in keys and "public" not in table.columns:  # a run from before publics: everybody
        table = table.assign(public=EVERYBODY)
    # a run from before hours by public transport: all its hours are known
    table = table.assign(**{name: "0" for name in HOURS_UNKNOWN if name in figures and name not in table.columns})
    absent = [name for name in (*keys, *figures) if name not in table.columns]
    if absent:
        fix = "Refaire le calcul avec cette version d'access92."
        raise InputError(_fault("Une table n'a pas les colonnes attendues.", f"{path}, {some_values(absent)}", fix))
    numbers = {name: pd.to_numeric(table[name], errors="coerce").astype(float) for name in figures}
    wrong = [name for name in figures if (numbers[name].isna() & (table[name] != "")).any()]
    if wrong:
        raise InputError(_fault("Une table a des chiffres illisibles.", f"{path}, {some_values(wrong)}", _REDO))
    return table.assign(**numbers)


def _read_places(path: Path) -> pd.DataFrame | None:
    columns = ["scenario", "mode", "lon", "lat", "area_id", "population", "travel_time_min"]
    try:
        if not set(columns) <= set(pq.read_schema(path).names):
            return None
        ids = [name for name in ("demand_id",) if name in pq.read_schema(path).names]
        return cast("pd.DataFrame", pq.read_table(path, columns=[*columns, *ids]).to_pandas())
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise InputError(unreadable_table(path, error)) from error


def _area_names(path: Path) -> dict[str, str]:
    """The names of the areas, from the GeoPackage; none where it does not hold them."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            return {str(key): str(name) for key, name in base.execute("SELECT area_id, name FROM areas")}
    except (sqlite3.Error, UnicodeDecodeError):  # the second: sqlite's own message may quote damaged names
        return {}


def _fault(what: str, where: object, fix: str) -> Fault:
    return Fault(what, str(where), fix)
