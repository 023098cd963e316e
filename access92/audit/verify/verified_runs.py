"""A finished run, verified: sealed manifest, outputs, inputs; then made again in a folder aside and compared."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access92.audit.compare import compare_runs
from access92.audit.faults import RESTORE
from access92.audit.finished import (
    altered_words,
    file_hashes,
    output_faults,
    read_manifest,
    run_files,
    seal_faults,
    sha256_of,
)
from access92.audit.verify.file_differences import describe_difference, json_difference
from access92.audit.verify.flat_runs import flatten, is_flat
from access92.audit.verify.sealed_manifests import find_study, input_faults, study_faults
from access92.errors import Fault, InputError
from access92.outputs import SecondProcess, write_run
from access92.outputs.manifest import MANIFEST, SEAL, indirect_libraries_fingerprint, package_fingerprint, versions
from access92.progress import Progress, silent
from access92.run.pipeline import run_study
from access92.scenarios.page_trials import trial_study
from access92.study.model import Study
from access92.study.read import read_study
from access92.study.trials import check_trial

_NOT_RESULTS = ("run_date", SEAL, "versions", "code", "outputs")


@dataclass(frozen=True, slots=True)
class Verification:
    """A run whose files were recomputed and are the same.

    ``was_recomputed``: False where only the fingerprints were checked. ``figures``: rows of the compared
    tables that are the same. ``changed_versions``: what is not what it was when the run was made.
    """

    folder: Path
    outputs: int
    inputs: int
    figures: int
    was_recomputed: bool
    changed_versions: tuple[str, ...]


def verify_run(
    folder: Path,
    *,
    study_file: Path | None = None,
    quick: bool = False,
    helper: SecondProcess | None = None,
    on_progress: Progress | None = None,
) -> Verification:
    """Whether a finished run is what its manifest says, and comes out the same when it is made again.

    Nothing is taken from the cache, and the folder of the run is only read.

    Parameters
    ----------
    study_file
        The study; looked for around the run by default (see :func:`find_study`).
    quick
        Only the fingerprints: seal, outputs, and inputs where the study is found.
    helper
        As for :func:`access92.outputs.write_run`.
    on_progress
        Told the French name of each step as it begins.

    Raises
    ------
    InputError
        The run is not the same: a fault for each file that differs, with its row and figure.

    Examples
    --------
    >>> import tempfile
    >>> verify_run(Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    tell = on_progress or silent
    manifest = read_manifest(folder)
    # what costs no computing first: seal, outputs, study and inputs
    tell("Empreintes")
    sealed = seal_faults(manifest, folder)
    altered = output_faults(manifest, folder)
    study, entered = _entered(manifest, folder, study_file, needed=not quick)
    known = _changed_versions(manifest)
    # other inputs would give other figures: there is nothing to learn from making the run again
    if quick or entered or study is None:
        _refuse([*sealed, *altered, *entered])
        inputs = 0 if study is None else len(manifest["inputs"])
        return Verification(folder, len(manifest["outputs"]), inputs, 0, was_recomputed=False, changed_versions=known)
    # made again by the same path as any run, then compared file by file
    with tempfile.TemporaryDirectory(prefix="access92-") as aside:
        again = Path(aside) / "run"
        _make_again(study, manifest, again, helper, tell)
        if is_flat(manifest):
            flatten(again)
        tell("Comparaison")
        faults = [*_differences(manifest, folder, again, known), *_manifest_differences(manifest, again, known)]
        # an altered file whose difference is known is reported once, with its row and figure
        altered = [fault for fault in altered if not _is_reported(fault, faults)]
        if faults and not output_faults(manifest, folder):
            faults = [*_figure_faults(folder, again, known), *faults]
        _refuse([*sealed, *altered, *faults])
        figures = sum(compare_runs(folder, again).compared.values())
    return Verification(
        folder, len(manifest["outputs"]), len(manifest["inputs"]), figures, was_recomputed=True, changed_versions=known
    )


def verification_text(verification: Verification) -> str:
    """What was verified, in French.

    >>> print(verification_text(Verification(Path("r"), 9, 3, 0, was_recomputed=False, changed_versions=())))
    Empreintes identiques : 9 fichiers du calcul, 3 entrées, manifeste scellé.
    Le calcul n'a pas été refait (--quick) : ses chiffres restent à vérifier.
    """
    if not verification.was_recomputed:
        inputs = (
            f"{verification.inputs} entrées" if verification.inputs else "entrées non vérifiées (étude introuvable)"
        )
        lines = [
            f"Empreintes identiques : {verification.outputs} fichiers du calcul, {inputs}, manifeste scellé.",
            "Le calcul n'a pas été refait (--quick) : ses chiffres restent à vérifier.",
        ]
    else:
        lines = [
            f"Identique : le calcul refait donne les mêmes {verification.outputs} fichiers, à l'octet près "
            f"({verification.figures} lignes de chiffres comparées, {verification.inputs} entrées vérifiées).",
        ]
    if verification.changed_versions:
        effect = "Sans effet sur le résultat" if verification.was_recomputed else "Depuis ce calcul"
        lines.append(f"{effect} : {', '.join(verification.changed_versions)}.")
    return "\n".join(lines)


def _entered(
    manifest: Mapping[str, Any], folder: Path, study_file: Path | None, *, needed: bool
) -> tuple[Study | None, list[Fault]]:
    """The study and what is wrong with its inputs; no study where it is missing and not needed."""
    try:
        file = find_study(manifest, folder, study_file)
    except InputError as error:
        return None, list(error.faults) if needed else []
    changed = study_faults(manifest, file)
    try:
        study = read_study(file)
        if trial := manifest.get("trial"):  # what a page tried, which no file of the study says
            study, _ = trial_study(study, check_trial(trial, where=str(folder / MANIFEST)))
    except InputError as error:
        return None, [*changed, *error.faults]
    return study, changed or input_faults(manifest, study)


def _make_again(
    study: Study, manifest: Mapping[str, Any], again: Path, helper: SecondProcess | None, tell: Progress
) -> None:
    results = run_study(study, scenarios=manifest["parameters"]["scenarios_run"], on_progress=tell)
    study_path = manifest.get("study_path")
    write_run(
        results,
        again,
        overwrite=False,
        study_path=Path(study_path) if study_path else None,
        helper=helper,
        on_progress=tell,
    )


def _differences(manifest: Mapping[str, Any], folder: Path, again: Path, known: tuple[str, ...]) -> list[Fault]:
    """A fault per output that does not come out the same."""
    listed, sha256 = run_files(manifest, folder), file_hashes(manifest)
    rewritten = run_files(read_manifest(again), again)
    faults = [
        Fault(f"Le calcul refait n'écrit plus ce fichier : {name}.", str(listed[name]), _fix_words(known))
        for name in sorted(listed.keys() - rewritten.keys())
    ]
    faults += [
        Fault(f"Le calcul refait écrit un fichier de plus : {name}.", str(folder), _fix_words(known))
        for name in sorted(rewritten.keys() - listed.keys())
    ]
    for name in sorted(listed.keys() & rewritten.keys()):
        path = listed[name]
        where = describe_difference(path, rewritten[name]) if path.is_file() else ""
        if where:
            as_written = sha256_of(path) == sha256[name]
            what, fix = (_differs(name), _fix_words(known)) if as_written else (altered_words(name), RESTORE)
            faults.append(Fault(what, f"{path}, {where}", fix))
    return faults


def _manifest_differences(manifest: Mapping[str, Any], again: Path, known: tuple[str, ...]) -> list[Fault]:
    """A fault where the manifest says of the run what the run made again does not."""
    then, now = (
        {key: value for key, value in content.items() if key not in _NOT_RESULTS}
        for content in (manifest, read_manifest(again))
    )
    where = json_difference(then, now)
    return [Fault(_differs(MANIFEST), f"{MANIFEST}, {where}", _fix_words(known))] if where else []


def _differs(name: str) -> str:
    return f"Refait, ce fichier n'est pas le même : {name}."


def _figure_faults(folder: Path, again: Path, known: tuple[str, ...]) -> list[Fault]:
    """The figures that differ where the files are those of the run: how many, and the largest difference."""
    comparison = compare_runs(folder, again)
    if not comparison.rows:
        return []
    row = comparison.rows[0]
    key = ", ".join(f"{name} = {value}" for name, value in row.key.items())
    changes = "; ".join(f"{item.figure} : {item.before} écrit, {item.after} recalculé" for item in row.changes)
    how_many = sum(len(item.changes) for item in comparison.rows)
    what = f"Refait, le calcul ne donne pas les mêmes chiffres ({how_many} en tout)."
    return [Fault(what, f"le plus grand écart : {row.table}, {key}, {changes}", _fix_words(known))]


def _is_reported(fault: Fault, others: list[Fault]) -> bool:
    """Whether what differs in the file of a fault is reported already, with its row and figure."""
    return any(fault.what.rsplit(" : ", 1)[-1] == other.what.rsplit(" : ", 1)[-1] for other in others)


def _fix_words(known: tuple[str, ...]) -> str:
    if known:
        return f"Chercher d'abord là : {', '.join(known)}. Refaire le calcul, puis « access92 compare »."
    return RESTORE


def _changed_versions(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """What is not what it was when the run was made: libraries, and access92's own files."""
    now, then = versions(), manifest["versions"]
    changed = [
        f"{name} {then.get(name, 'absent')} alors, {now.get(name, 'absent')} maintenant"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    ]
    code = manifest.get("code") or {}
    libraries = indirect_libraries_fingerprint()
    if not changed and code.get("libraries_sha256", libraries) != libraries:
        changed.append("une bibliothèque que le manifeste ne nomme pas a changé de version")
    if code.get("sha256") != package_fingerprint():
        changed.append("le code d'access92 a changé")
    return tuple(changed)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InputError(faults)
