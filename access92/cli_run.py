"""``access92 run``: a study computed, or known from before; and what is better not written in one."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from access92.outputs import SecondProcess
    from access92.outputs.known_runs import KnownRun
    from access92.study.model import Study

from access92.cache.folder import default_cache_folder as cache_folder
from access92.cli_words import PROCESSES, Processes, StudyFile
from access92.terminal import configure_logs, publishable_path, shown_progress

_SCENARIO_HELP = "Scénario à calculer (répétable), avec la référence : le premier de l'étude."
_TRIAL_HELP = "Essai enregistré depuis map.html (JSON), calculé comme un scénario de plus."


def run(
    study_file: StudyFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DOSSIER", help="Dossier des résultats.")
    ] = None,
    scenario: Annotated[list[str] | None, typer.Option(metavar="NOM", help=_SCENARIO_HELP)] = None,
    trial: Annotated[Path | None, typer.Option(metavar="FICHIER", help=_TRIAL_HELP)] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Remplacer les résultats d'un calcul précédent.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Écrire le résumé en JSON sur la sortie standard.")] = False,
    processes: Processes = PROCESSES,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Détailler les étapes.")] = False,
) -> None:
    """Calculer une étude : temps de parcours, couverture, cartes, rapport et fichiers."""
    configure_logs(verbose=verbose)
    from access92.outputs import second_process

    # started before all the rest is imported: it imports the same meanwhile
    with second_process(enabled=processes > 1) as helper:
        known, written, folder = _known_or_computed(
            study_file, output, scenario or (), trial, helper, overwrite=overwrite, verbose=verbose
        )

    # stdout carries the results, the log what came from the cache
    for mode, step, computed, from_cache in known.provenance:
        logging.getLogger("access92").info("%s, %s : %d calculés, %d repris du cache", mode, step, computed, from_cache)
    if as_json:
        typer.echo(json.dumps({**known.record, "output": str(folder)}, ensure_ascii=False, indent=2))
        return
    for line in known.lines:
        typer.echo(line)
    typer.echo(f"{len(written)} fichiers à jour dans {folder} ; commencer par index.html")


def _known_or_computed(
    study_file: Path,
    output: Path | None,
    scenario: Sequence[str],
    trial: Path | None,
    helper: SecondProcess | None,
    *,
    overwrite: bool,
    verbose: bool,
) -> tuple[KnownRun, list[Path], Path]:
    """What is said of a run, its files, and their folder."""
    from access92.cache.bound import max_bytes, trim_cache
    from access92.outputs import check_output_folder, write_run
    from access92.outputs.known_runs import answer_again, ask, describe_run, remember_run
    from access92.run.pipeline import run_study
    from access92.scenarios.page_trials import run_folder_of, with_page_trial
    from access92.study.read import read_study

    began_s, cache_limit_bytes = time.time(), max_bytes()

    # what forbids writing is said before anything is computed
    study = read_study(study_file)
    advise(study)
    if trial is not None:
        study, scenario = with_page_trial(study, trial, scenarios=scenario)
        typer.echo(f"Essai « {study.scenarios[-1].title} » : scénario « {study.scenarios[-1].name} ».", err=True)
    folder = output if output is not None else run_folder_of(study)
    check_output_folder(folder, overwrite=overwrite)
    if scenario and study.choose(scenario)[0].name not in scenario:
        typer.echo(f"Avec la référence, « {study.reference.name} » (premier scénario de l'étude).", err=True)
    cache, named = cache_folder(), publishable_path(study_file)
    question = ask(study, scenario or None, named)
    with shown_progress(verbose=verbose) as on_progress:
        again = answer_again(question, folder, overwrite=overwrite, cache_folder=cache, on_progress=on_progress)
        if again is not None:
            known, written = again
        else:
            results = run_study(study, scenarios=scenario or None, cache_folder=cache, on_progress=on_progress)
            on_progress("Cartes, rapport et fichiers")
            written = write_run(
                results, folder, overwrite=overwrite, study_path=named, helper=helper, cache_folder=cache
            )
            known = describe_run(results, written)
            remember_run(known, results, cache, question)
    trim_cache(cache, max_bytes=cache_limit_bytes, since_s=began_s)
    return known, written, folder


def advise(study: Study) -> None:
    """Say on stderr what is better not written in a study file: the password of a database, a key without effect."""
    from access92.outputs.words.notices import advice_sentence
    from access92.run.notices import advice_notices

    for notice in advice_notices(study):
        typer.echo(f"Conseil : {advice_sentence(notice)}", err=True)
