"""The folder of a run: written aside, then put in place at once; what was there before stays until then."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from access92.errors import Fault, OutputError
from access92.outputs.data_package import write_data_package
from access92.outputs.files import csv_tables
from access92.outputs.kept_runs import copy_run, keep_run, kept_run
from access92.outputs.manifest import MANIFEST, SOFTWARE, holds_run, run_identity, write_manifest
from access92.outputs.second_process import SecondProcess
from access92.outputs.steps import HELPED_STEPS, STEPS, Target
from access92.reading_limits import parse_json
from access92.results import Results
from access92.thread_pool import thread_pool

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
    helper: SecondProcess | None = None,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> list[Path]:
    """Write everything that a run gives into ``folder``; the paths of the files, manifest last.

    All is written into a folder beside, then renamed: an interrupted or refused run leaves the previous
    result untouched. Files of the old folder that its manifest does not list are somebody's own: they are kept.
    Where the folder holds this very run already (same inputs, code, results, and every file as it was written),
    nothing is written; where the cache holds it, it is copied from there.

    Parameters
    ----------
    study_path
        The study as the user named it, for the « how to reproduce » of the report; only its name is written
        when it is absolute.
    helper
        A second process that writes some of the files; the same files without it, later.
    cache_folder
        Where the last runs are kept; nowhere by default.
    on_progress
        Told the French name of each step as it begins.

    Raises
    ------
    OutputError
        As :func:`check_output_folder`, or the disk refuses.
    """
    check_output_folder(folder, overwrite=overwrite)
    tell = on_progress or (lambda _: None)
    identity = run_identity(results, study_path=study_path)
    here = holds_run(folder, identity)
    if here is not None:
        tell("Résultat inchangé : les fichiers sont déjà là")
        return here
    kept = None if cache_folder is None else kept_run(cache_folder, identity)
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link, which rename would replace
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        written = None
        if kept is not None:
            tell("Calcul déjà connu : les fichiers sont copiés du cache")
            written = copy_run(kept, aside)
        if written is None:
            written = _write_all(results, Target(aside, study_path), identity, helper, tell)
        _put_in_place(aside, folder)
    except OSError as error:
        raise _refusal(
            f"Le résultat n'a pas pu être écrit ({error.strerror or error}).",
            folder,
            "Vérifier la place et les droits, et fermer les programmes qui tiennent ces fichiers ouverts.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    placed = [folder / path.name for path in written]
    if cache_folder is not None and kept is None:
        keep_run(placed, cache_folder, identity)
    return placed


def _write_all(
    results: Results, target: Target, identity: Mapping[str, Any], helper: SecondProcess | None, tell: Progress
) -> list[Path]:
    """Every file; two steps at a time, by a second process where there is one, else by two threads.

    Files are listed in the order of the steps, whoever writes them and whichever ends first.
    """
    by_step = _by_threads(results, target, tell) if helper is None else _with_helper(results, target, helper, tell)
    written = [path for step in STEPS for path in by_step[step]]
    written.append(write_data_package(results, csv_tables(results), target.folder, written))
    written.append(write_manifest(identity, target.folder, written))
    return written


def _by_threads(results: Results, target: Target, tell: Progress) -> dict[str, list[Path]]:
    """The steps two at a time: some of the work leaves Python free."""
    written: dict[str, list[Path]] = {}
    with thread_pool(_STEPS_AT_ONCE) as pool:  # nothing may still write when the folder is moved or removed
        waiting = {name: pool.submit(write, results, target) for name, write in STEPS.items()}
        for name, step in waiting.items():
            tell(name)
            written[name] = step.result()
    return written


def _with_helper(results: Results, target: Target, helper: SecondProcess, tell: Progress) -> dict[str, list[Path]]:
    """The second process writes the steps it can, one after the other; this one the rest, then what is still there."""
    written: dict[str, list[Path]] = {}
    left = deque(HELPED_STEPS)  # taken by the second process from the left, by this one from the right

    def ask() -> None:
        if not helper.hand_over(results, target):
            return
        while (step := _taken(left.popleft)) is not None:
            paths = helper.write(step)
            if paths is None:
                left.appendleft(step)
                return
            written[step] = paths

    with thread_pool(1) as pool:
        try:
            asking = pool.submit(ask)
            for step in (name for name in STEPS if name not in HELPED_STEPS):
                tell(step)
                written[step] = STEPS[step](results, target)
            _write_left(results, target, left, written, tell)
            asking.result()
            _write_left(results, target, left, written, tell)  # the second process is gone
        except BaseException:
            helper.stop()  # nothing may still write when the folder is removed
            raise
    return written


def _write_left(
    results: Results, target: Target, left: deque[str], written: dict[str, list[Path]], tell: Progress
) -> None:
    while (step := _taken(left.pop)) is not None:
        tell(step)
        written[step] = STEPS[step](results, target)


def _taken(take: Callable[[], str]) -> str | None:
    """The next step; None where the other side took the last one."""
    try:
        return take()
    except IndexError:
        return None


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
        content = parse_json((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["software"] == SOFTWARE:
            return {item["path"] for item in content["outputs"]}
    return None


def _refusal(what: str, folder: Path, mend: str) -> OutputError:
    return OutputError(Fault(what, f"dossier {folder}", mend))
