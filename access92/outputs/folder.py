"""The folder of a run: written aside, then put in place at once; what was there before stays until then."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from access92._limits import parse_json
from access92._process import is_of_dead_process, process_mark
from access92.cache.store import file_sha256
from access92.errors import Fault, OutputError, some_values
from access92.outputs.helped_steps import HelpedSteps, helped_steps, write_steps
from access92.outputs.helper_process import SecondProcess
from access92.outputs.index import INDEX, write_index
from access92.outputs.kept import cache_run, cached_run, copy_run
from access92.outputs.layout import FOLDERS, flat_name, run_path
from access92.outputs.manifest import MANIFEST, SOFTWARE, holds_run, run_identity, write_manifest
from access92.outputs.steps import STEPS, Target
from access92.outputs.tables.data_package import write_data_package
from access92.outputs.words.data_dictionary import table_names
from access92.progress import Progress, silent
from access92.run.results import Results

_FIXED_NAMES = frozenset(
    {INDEX, "map.html", "report.html", "report.pdf", "synthese.docx", "synthese.pdf", "datapackage.json", MANIFEST}
)
_PAGE_NAME = re.compile(r"(map|difference)_[\w-]+_[\w-]+\.(html|png)")
_log = logging.getLogger(__name__)


def check_output_folder(folder: Path, *, overwrite: bool) -> None:
    """Check, before anything is computed, that a run may be written into ``folder``.

    What killed processes left beside it is put right first (:func:`clear_leftovers`).

    Raises
    ------
    OutputError
        The folder is a file; or holds something and ``overwrite`` is false; or holds something that is
        not a run of access92 (no ``manifest.json`` of access92); or holds files that a run may write, and that
        the run which it holds did not write.

    Examples
    --------
    >>> import tempfile
    >>> check_output_folder(Path(tempfile.mkdtemp()), overwrite=False)
    """
    clear_leftovers(folder)
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
    listed = _listed_outputs(folder)
    if listed is None:
        raise _refusal(
            "Le dossier de sortie ne contient pas un résultat d'access92 : il ne sera pas remplacé.",
            folder,
            "Choisir un autre dossier avec --output, ou vider celui-ci vous-même.",
        )
    _refuse_collisions(folder, {path for path in _entries(folder) if may_be_written(path)} - listed.keys())


def may_be_written(path: str) -> bool:
    """Whether a run, of whatever study, may write a file at that path of its folder, or needs a folder of that name.

    >>> [may_be_written(path) for path in ("tableaux/comparison.csv", "diapositives/map_tous_walk.png", "cartes")]
    [True, True, True]
    >>> may_be_written("comparison.csv"), may_be_written("tableaux/notes.csv")
    (False, False)
    """
    name = flat_name(path)
    if path != run_path(name):
        return False
    is_table = name.replace("_fr.csv", ".csv") in table_names()
    return path in FOLDERS or name in _FIXED_NAMES or is_table or bool(_PAGE_NAME.fullmatch(name))


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
    result untouched. Files of the old folder that its manifest does not list are somebody's own: they stay, and a run
    that would write one of that name is refused. A file that was edited since the run wrote it stays beside the new
    one, under another name. What processes that were killed left beside the folder is put right first.
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
        Called with the French name of each step as it begins.

    Raises
    ------
    OutputError
        As :func:`check_output_folder`, or the disk refuses.
    """
    # refused before anything is written or computed
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link, which rename would replace
    check_output_folder(folder, overwrite=overwrite)
    tell = on_progress or silent
    identity: dict[str, Any] = {}

    def write(aside: Path) -> list[Path]:
        # the second process writes already while this one looks whether anything has to be written at all
        target = Target(aside, study_path)
        with helped_steps(results, target, helper) as helped:
            identity.update(run_identity(results, study_path=study_path))
            if _known_files(identity, folder, cache_folder) is not None:
                return []
            return _write_all(results, target, identity, helped, tell)

    placed = _fill(folder, write, overwrite=overwrite)
    if not placed:
        # the same run is not written twice: it is there already, or in the cache, where it can be copied from there
        known = write_known_run(identity, folder, overwrite=overwrite, cache_folder=cache_folder, on_progress=tell)
        if known is not None:
            return known
        placed = _fill(
            folder, lambda aside: _write_all(results, Target(aside, study_path), identity, None, tell),
            overwrite=overwrite,
        )  # fmt: skip
    # cached only once it is in place: a run that failed is never cached
    if cache_folder is not None:
        cache_run(placed, cache_folder, identity)
    return placed


def write_known_run(
    identity: Mapping[str, Any],
    folder: Path,
    *,
    overwrite: bool,
    cache_folder: Path | None,
    on_progress: Progress | None = None,
) -> list[Path] | None:
    """The files of a run that need not be made: the folder holds it already, or it is copied from the cache.

    None where neither holds it. Paths, parameters and errors are those of :func:`write_run`; ``identity``:
    :func:`access92.outputs.manifest.run_identity`.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - as in write_run
    check_output_folder(folder, overwrite=overwrite)
    tell = on_progress or silent
    known = _known_files(identity, folder, cache_folder)
    if known is None:
        return None
    if known[-1].parent == folder:
        tell("Résultat inchangé : les fichiers sont déjà là")
        return known
    tell("Calcul déjà connu : les fichiers sont copiés du cache")
    # nothing could be copied where another run made room meanwhile
    return _fill(folder, lambda aside: copy_run(known, aside) or [], overwrite=overwrite) or None


def _known_files(identity: Mapping[str, Any], folder: Path, cache_folder: Path | None) -> list[Path] | None:
    """The files of that very run, manifest last: those of ``folder``, else those of the cache; None without."""
    present = holds_run(folder, identity)
    if present is not None or cache_folder is None:
        return present
    return cached_run(cache_folder, identity)


def _fill(folder: Path, write: Callable[[Path], list[Path]], *, overwrite: bool) -> list[Path]:
    """What is written into a folder aside, once that has taken the place of ``folder``; nothing where none is written.

    Whatever stops this leaves the former result whole.
    """
    aside = _beside(folder, "part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        written = write(aside)
        if written:
            _put_in_place(aside, folder, overwrite=overwrite)
    except OSError as error:
        raise _refusal(
            f"Le résultat n'a pas pu être écrit ({error.strerror or error}).",
            folder,
            "Vérifier la place et les droits, et fermer les programmes qui tiennent ces fichiers ouverts.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [folder / path.relative_to(aside) for path in written]


def _write_all(
    results: Results, target: Target, identity: Mapping[str, Any], helped: HelpedSteps | None, tell: Progress
) -> list[Path]:
    """Every file; two steps at a time, by a second process where there is one, else by two threads.

    Files are listed in the order of the steps, whoever writes them and whichever ends first.
    """
    by_step = write_steps(results, target, tell) if helped is None else helped.finish(tell)
    written = [path for step in STEPS for path in by_step[step]]
    written.append(write_index(results, target.folder, written))
    tables, people = target.tables.csv(results), target.tables.people(results)
    written.append(write_data_package(results, tables, target.folder, written, people=people))
    written.append(write_manifest(identity, target.folder, written))
    return written


def clear_leftovers(folder: Path) -> None:
    """Put right what processes of this machine that were killed left beside a run's folder.

    What they had begun to write goes. A former result that had stepped back for a new one returns where the new one
    did not come, else what somebody else had put into its folder joins the new one.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - as in write_run
    with suppress(OSError):
        beside = [path for path in folder.parent.iterdir() if path.name.startswith(f".{folder.name}.")]
        for path in (path for path in beside if is_of_dead_process(path.name)):
            if path.suffix == ".part":
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".old" and not folder.exists():
                path.rename(folder)
            elif path.suffix == ".old":
                _bring_over(path, folder)


def _put_in_place(aside: Path, folder: Path, *, overwrite: bool) -> None:
    """Rename ``aside`` to ``folder``; the old one steps back and returns if that fails."""
    if not folder.exists() and _renamed_to_nothing(aside, folder):
        return
    check_output_folder(folder, overwrite=overwrite)  # again: another run may have been quicker
    listed = _listed_outputs(folder) or {}
    _refuse_collisions(folder, _entries(folder).keys() & {*_entries(aside), *FOLDERS} - listed.keys())
    old = _beside(folder, "old")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    try:
        aside.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    _bring_over(old, folder)


def _renamed_to_nothing(aside: Path, folder: Path) -> bool:
    """Whether a folder could take a name that none has; another run may take it at the same moment."""
    try:
        aside.rename(folder)
    except OSError:
        if folder.exists():
            return False
        raise
    return True


def _bring_over(old: Path, folder: Path) -> None:
    """Move from the former folder what its run did not write, or not so; the rest goes.

    A file edited since is called otherwise: ``coverage.csv`` becomes ``coverage.modifie.csv``, where it was.
    """
    listed = _listed_outputs(old) or {}
    # what the run did not write first: it keeps its name
    for path, item in sorted(_entries(old).items(), key=lambda entry: (entry[0] in listed, entry[0])):
        target = folder / path
        if path in listed and item.is_file():
            sha256 = listed[path]
            if not sha256 or file_sha256(item) == sha256:
                continue
            target = _free_name(target)
            _log.warning("%s a été modifié depuis le calcul précédent : gardé sous le nom %s", path, target.name)
        elif target.exists():
            if path == MANIFEST:
                continue
            target = _free_name(target)
        target.parent.mkdir(exist_ok=True)
        item.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _entries(folder: Path) -> dict[str, Path]:
    """By path what stands in a run's folder: the folders of a run are entered, one of somebody else is one thing."""
    entries = {}
    for item in folder.iterdir():
        is_entered = item.name in FOLDERS and item.is_dir() and not item.is_symlink()
        for entry in item.iterdir() if is_entered else (item,):
            entries[entry.relative_to(folder).as_posix()] = entry
    return entries


def _free_name(path: Path) -> Path:
    """A path beside that of a file, where nothing stands."""
    names = (f"{path.stem}.modifie{number or ''}{path.suffix}" for number in count())
    return next(free for name in names if not (free := path.with_name(name)).exists())


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f".{folder.name}.{process_mark()}.{suffix}")


def _listed_outputs(folder: Path) -> dict[str, str] | None:
    """The files that the manifest of a run lists, by path, and their SHA-256; None where the folder is not one."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        content = parse_json((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["software"] == SOFTWARE:
            return {MANIFEST: ""} | {item["path"]: str(item.get("sha256", "")) for item in content["outputs"]}
    return None


def _refuse_collisions(folder: Path, names: set[str]) -> None:
    if names:
        raise _refusal(
            f"Le calcul écrirait des fichiers déjà là, qu'aucun calcul n'a écrits : {some_values(sorted(names))}.",
            folder,
            "Les renommer ou les déplacer, ou choisir un autre dossier avec --output.",
        )


def _refusal(what: str, folder: Path, fix: str) -> OutputError:
    return OutputError(Fault(what, f"dossier {folder}", fix))
