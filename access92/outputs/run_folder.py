"""The folder of a run: written aside, then put in place at once; what was there before stays until then."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pandas as pd

from access92.errors import Fault, OutputError
from access92.outputs.data_package import write_data_package
from access92.outputs.difference_maps import write_difference_maps
from access92.outputs.files import csv_tables, streets_origin, write_access, write_csv_files
from access92.outputs.geopackage import write_geopackage
from access92.outputs.geoparquet import write_demand
from access92.outputs.manifest import MANIFEST, SOFTWARE, unchanged_outputs, write_manifest
from access92.outputs.map_ground import prepare_ground
from access92.outputs.maps import write_maps
from access92.outputs.people_tables import write_people_tables
from access92.outputs.report import write_dossier
from access92.outputs.run_map import RUN_MAP, write_run_map
from access92.outputs.static_slides import write_slides
from access92.results import Results

_STEPS_AT_ONCE = 2

Progress = Callable[[str], None]
"""Told the French name of each step as it begins."""


def check_output_folder(folder: Path, *, overwrite: bool) -> None:
    """Nothing, where a run may be written into ``folder``; to be asked before computing.

    Raises
    ------
    OutputError
        The folder is a file; or holds something and ``overwrite`` is false; or holds something that is
        not a run of access92 (no ``manifest.json`` of ours).

    Examples
    --------
    >>> import tempfile
    >>> check_output_folder(Path(tempfile.mkdtemp()), overwrite=False)
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _refusal("La sortie demandée est un fichier, pas un dossier.", folder, "Donner le nom d'un dossier.")
    if not any(folder.iterdir()):
        return
    if not overwrite:
        raise _refusal(
            "Le dossier de sortie n'est pas vide.",
            folder,
            "Choisir un autre dossier avec --output, ou remplacer le résultat précédent avec --overwrite.",
        )
    if _listed_outputs(folder) is None:
        raise _refusal(
            "Le dossier de sortie ne contient pas un résultat d'access92 : il ne sera pas remplacé.",
            folder,
            "Choisir un autre dossier avec --output, ou vider celui-ci vous-même.",
        )


def write_run(
    results: Results,
    folder: Path,
    *,
    overwrite: bool,
    study_path: Path | None = None,
    on_progress: Progress | None = None,
) -> list[Path]:
    """Write everything that a run gives into ``folder``; the paths of the files, manifest last.

    All is written into a folder beside, then renamed: an interrupted or refused run leaves the previous
    result untouched. Files of the old folder that its manifest does not list are somebody's own: they are kept.
    Where the folder holds this very run already (same inputs, code, results, and every file as it was written),
    nothing is written.

    Parameters
    ----------
    study_path
        The study as the user named it, for the « how to reproduce » of the report; only its name is written
        when it is absolute.
    on_progress
        Told the French name of each step as it begins.

    Raises
    ------
    OutputError
        As :func:`check_output_folder`, or the disk refuses.
    """
    check_output_folder(folder, overwrite=overwrite)
    tell = on_progress or (lambda _: None)
    kept = unchanged_outputs(results, folder, study_path=study_path)
    if kept is not None:
        tell("Résultat inchangé : les fichiers sont déjà là")
        return kept
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link, which rename would replace
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        written = _write_all(results, aside, study_path, tell)
        _put_in_place(aside, folder)
    except OSError as error:
        raise _refusal(
            f"Le résultat n'a pas pu être écrit ({error.strerror or error}).",
            folder,
            "Vérifier la place et les droits, et fermer les programmes qui tiennent ces fichiers ouverts.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [folder / path.name for path in written]


def _write_all(results: Results, folder: Path, study_path: Path | None, tell: Progress) -> list[Path]:
    """Every file, those of a step one after the other, the steps two at a time: most of the work leaves Python free.

    Progress is told, and files are listed, in the order of the steps, whichever ends first.
    """
    tables = csv_tables(results)
    steps: tuple[tuple[str, Callable[[], list[Path]]], ...] = (
        ("Tableaux", lambda: _write_tables(results, tables, folder)),
        ("GeoPackage", lambda: [write_geopackage(results, folder / "results.gpkg")]),
        ("Images", lambda: write_slides(results, folder)),
        ("Cartes", lambda: _write_pages(results, folder)),
        ("Rapport", lambda: write_dossier(results, folder, study_path=study_path, run_map=RUN_MAP)),
    )
    written: list[Path] = []
    pool = ThreadPoolExecutor(_STEPS_AT_ONCE)
    try:
        for (name, _), step in zip(steps, [pool.submit(write) for _, write in steps], strict=True):
            tell(name)
            written += step.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # nothing may still write when the folder is moved or removed
    written.append(write_data_package(results, tables, folder, written))
    written.append(write_manifest(results, folder, written, study_path=study_path))
    return written


def _write_tables(results: Results, tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    return [
        *write_csv_files(tables, folder, streets_origin(results)),
        write_access(results, folder),
        write_demand(results, folder),
        *write_people_tables(results, folder),
    ]


def _write_pages(results: Results, folder: Path) -> list[Path]:
    ground = prepare_ground(results)
    return [
        write_run_map(results, folder, ground=ground),
        *write_maps(results, folder, ground=ground),
        *write_difference_maps(results, folder, ground=ground),
    ]


def _put_in_place(aside: Path, folder: Path) -> None:
    """Rename ``aside`` to ``folder``; the old one steps back and returns if that fails."""
    if not folder.exists():
        aside.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    ours = {MANIFEST, *(_listed_outputs(folder) or ())}
    folder.rename(old)
    try:
        aside.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    for item in sorted(old.iterdir()):
        if item.name not in ours and not (folder / item.name).exists():
            item.rename(folder / item.name)
    shutil.rmtree(old, ignore_errors=True)


def _listed_outputs(folder: Path) -> set[str] | None:
    """The files that the manifest of a run of ours lists; None where the folder is not one."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["software"] == SOFTWARE:
            return {item["path"] for item in content["outputs"]}
    return None


def _refusal(what: str, folder: Path, mend: str) -> OutputError:
    return OutputError(Fault(what, f"dossier {folder}", mend))
