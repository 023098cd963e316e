"""The study and the inputs of a finished run: where they are, and whether they are still those of its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from access92._limits import is_readable_file
from access92.audit.finished import sha256_of
from access92.errors import Fault, InputError
from access92.outputs.manifest import MANIFEST
from access92.run.inputs import InputFile, input_files
from access92.study.model import Study
from access92.study.shipped import locate_study

_STUDY = "étude"
_FOLDERS = (Path(), Path("data/studies"), Path("studies"))


def find_study(manifest: Mapping[str, Any], folder: Path, study_file: Path | None) -> Path:
    """The study that a run was made from: the one named, or else looked for by its name around the run.

    In the folder of the run, the folders above it and the current one, and in their ``data/studies`` and ``studies``:
    the nearest with the SHA-256 of the manifest, else the nearest; then among the shipped studies.

    Raises
    ------
    InputError
        There is none.
    """
    if study_file is not None:
        return locate_study(study_file)
    entry = next((item for item in manifest["inputs"] if item["role"] == _STUDY), None)
    where = str(folder / MANIFEST)
    if entry is None:
        raise InputError(Fault("Le manifeste ne nomme pas son étude.", where, "La donner avec --study."))
    name = Path(entry["path"]).name
    around = [folder.resolve(), *folder.resolve().parents, Path.cwd()]
    candidates = [path for base in around for below in _FOLDERS if is_readable_file(path := base / below / name)]
    candidates += [path] if is_readable_file(path := locate_study(Path(name))) else []  # a shipped study, last
    if not candidates:
        raise InputError(
            Fault(f"L'étude de ce calcul est introuvable : {name}.", f"{where}, et les dossiers au-dessus",
                  "La donner avec --study, ou vérifier les seules empreintes avec --quick.")
        )  # fmt: skip
    return next((path for path in candidates if sha256_of(path) == entry["sha256"]), candidates[0])


def study_faults(manifest: Mapping[str, Any], study_file: Path) -> list[Fault]:
    """A fault where the study is no longer the one of the run."""
    for item in manifest["inputs"]:
        sha256 = sha256_of(study_file)
        if item["role"] == _STUDY and sha256 != item["sha256"]:
            return [_input_fault(item, study_file, sha256)]
    return []


def input_faults(manifest: Mapping[str, Any], study: Study) -> list[Fault]:
    """A fault per input that is missing, was altered, or did not go into the run."""
    try:
        now = input_files(study)
    except OSError as error:
        where = f"{error.filename} : {error.strerror}"
        return [Fault("Un fichier d'entrée de ce calcul manque ou ne s'ouvre pas.", where, "Le remettre à sa place.")]
    return list(_compare_inputs(manifest["inputs"], now, study))


def _compare_inputs(listed: Sequence[Mapping[str, Any]], now: Sequence[InputFile], study: Study) -> Iterator[Fault]:
    current = {(item.role, item.path): item for item in now}
    for item in listed:
        file = current.pop((item["role"], item["path"]), None)
        if file is None:
            what = f"L'étude ne lit plus une entrée de ce calcul : {item['path']} ({item['role']})."
            yield Fault(what, str(study.file), "Remettre l'étude telle qu'elle était.")
        elif file.sha256 != item["sha256"]:
            beside = study.locate(Path(item["path"]))  # files of the package itself are known by their name
            yield _input_fault(item, beside if is_readable_file(beside) else item["path"], file.sha256)
    for more in current.values():
        what = f"L'étude lit une entrée que ce calcul n'avait pas : {more.path} ({more.role})."
        yield Fault(what, str(study.file), "Remettre l'étude telle qu'elle était.")


def _input_fault(item: Mapping[str, Any], path: Path | str, sha256: str | None) -> Fault:
    if sha256 is None:
        return Fault(f"Une entrée de ce calcul manque : {item['path']} ({item['role']}).", str(path), "La remettre.")
    return Fault(
        f"Une entrée a changé depuis le calcul : {item['path']} ({item['role']}).",
        f"{path}, SHA-256 {sha256[:12]}… au lieu de {item['sha256'][:12]}…",
        "Remettre ce qu'il y avait alors, ou refaire le calcul ; « access92 compare » dira ce qui change.",
    )
