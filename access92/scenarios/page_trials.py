"""A trial saved by the page of a run, as one more scenario of the study: ids of services are those of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from access92.scenarios.chain import original_id
from access92.study.model import Study
from access92.study.trials import read_trial, with_trial


def with_page_trial(study: Study, path: Path, *, scenarios: Sequence[str] = ()) -> tuple[Study, list[str]]:
    """The study with the trial of a file, and the scenarios to run: those named, the trial's own and the trial.

    Raises
    ------
    InputError
        The file is no trial, or tries what the study does not have.
    """
    trial = read_trial(path)
    made, name = trial_study(study, trial)
    return made, list(dict.fromkeys([*scenarios, str(trial["scenario"]), name]))


def trial_study(study: Study, trial: Mapping[str, Any]) -> tuple[Study, str]:
    """The study with a trial, and the name of its scenario; services that a scenario changed are those of the study."""
    return with_trial(study, trial, study_id=partial(original_id, study=study))


def run_folder_of(study: Study) -> Path:
    """Where a run is written that names no folder; that of a trial beside that of its study.

    >>> from access92.study.read import read_study
    >>> run_folder_of(read_study("data/studies/sosms.toml")).as_posix()
    'maps/sosms'
    """
    return Path("maps") / (f"{study.name}-{study.scenarios[-1].name}" if study.trial else study.name)
