"""Runs that were asked before: the same question, of the same files and code, has the answer that it had.

A run is decided by its study, the bytes of its input files, the code and the libraries. Whoever asks the same again
gets the files of the first time (:func:`access92.outputs.folder.write_known_run`, byte for byte or not at all) and the
words that were said of them, without anything being computed. Streets, times and isochrones have caches of their own,
which serve where only a part of the question is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from access92.cache.store import read_sealed, write_sealed
from access92.outputs.folder import write_known_run
from access92.outputs.manifest import identity_in, indirect_libraries_fingerprint, package_fingerprint, versions
from access92.outputs.words.headlines import (
    answer_lines,
    headline_lines,
    headline_record,
    not_counted_lines,
    reading_lines,
)
from access92.progress import Progress
from access92.run.inputs import InputFile, watch_inputs
from access92.run.results import Results
from access92.study.model import Study


@dataclass(frozen=True, slots=True)
class Question:
    """All that decides a run before anything is computed: its SHA-256, and the input files as they were then."""

    sha256: str
    inputs: tuple[InputFile, ...]


@dataclass(frozen=True, slots=True)
class KnownRun:
    """What is said of a run, besides its files.

    ``identity``: :func:`access92.outputs.manifest.run_identity`; ``lines``: for the reader; ``record``: the same for
    machines; ``provenance``: the mode's label and the step, how many of its results were computed and how many not.
    """

    identity: Mapping[str, Any]
    lines: Sequence[str]
    record: Mapping[str, Any]
    provenance: Sequence[tuple[str, str, int, int]]

    def again(self) -> KnownRun:
        """The same, for a run of which nothing was computed."""
        provenance = [(mode, step, 0, computed + kept) for mode, step, computed, kept in self.provenance]
        of_steps = [
            {**item, "computed": 0, "from_cache": item["computed"] + item["from_cache"]}
            for item in self.record["provenance"]
        ]
        return replace(self, record={**self.record, "provenance": of_steps}, provenance=provenance)


def ask(study: Study, scenarios: Sequence[str] | None, study_path: Path) -> Question | None:
    """The question of a run; None where an input file is not there.

    ``study_path``: the study as the manifest names it.
    """
    watch = watch_inputs(study)
    if None in watch.states.values():
        return None
    inputs = watch.files()
    asked = {
        "study": study.model_dump(mode="json", by_alias=True),
        "inputs": [asdict(item) for item in inputs],
        "scenarios": [scenario.name for scenario in study.choose(scenarios)],
        "study_path": study_path.as_posix(),
        "trial": study.trial,
        "versions": versions(),
        "code": [package_fingerprint(), indirect_libraries_fingerprint()],
    }
    text = json.dumps(asked, sort_keys=True, default=str)
    return Question(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), inputs)


def answer_again(
    question: Question | None,
    folder: Path,
    *,
    overwrite: bool,
    cache_folder: Path,
    on_progress: Progress | None = None,
) -> tuple[KnownRun, list[Path]] | None:
    """A run that was asked before, and its files in ``folder``; None where it has to be computed.

    Raises
    ------
    OutputError
        As :func:`access92.outputs.folder.write_run`.
    """
    body = None if question is None else read_sealed(_file(cache_folder, question))
    if body is None:
        return None
    known = KnownRun(**json.loads(bytes(body)))
    written = write_known_run(
        known.identity, folder, overwrite=overwrite, cache_folder=cache_folder, on_progress=on_progress
    )
    return None if written is None else (known.again(), written)


def describe_run(results: Results, written: Sequence[Path]) -> KnownRun:
    """What is said of a run whose files have just been written (manifest last)."""
    not_counted = not_counted_lines(results.study, results.omissions, results.modes)
    readings = [notice.subject[0] for notice in results.notices if notice.code == "tables_read"]
    lines = [*headline_lines(results), *reading_lines(readings), *not_counted, *answer_lines(results)]
    provenance = [
        (results.modes[item.mode].label, item.step, item.computed, item.from_cache) for item in results.provenance
    ]
    return KnownRun(identity_in(written[-1]), lines, headline_record(results), provenance)


def remember_run(known: KnownRun, results: Results, cache_folder: Path, question: Question | None) -> None:
    """Keep what is said of a run, where its input files were still those of the question when it read them."""
    if question is not None and question.inputs == tuple(results.inputs):
        write_sealed(_file(cache_folder, question), json.dumps(asdict(known), ensure_ascii=False).encode())


def _file(cache_folder: Path, question: Question) -> Path:
    return cache_folder / f"answers-{question.sha256}.json"
