"""The other side of :mod:`access92.outputs.helper_process`: reads results and steps, writes, says what it wrote.

It ends when its standard input does: also when the first process is killed.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from access92.outputs.helper_process import LOST
from access92.outputs.steps import STEPS, Target
from access92.run.results import Results


def answer() -> None:
    """The other side: read the results, then steps and where to; answer with the paths written, or what was raised."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between two answers
    _import_writers()
    results: Results | None = None
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        except LOST:  # it has ended, or was killed in the middle of a message
            return
        if isinstance(message, Results):
            results = message
            continue
        step, target = message
        answered = _write(step, results, target)
        try:
            pickle.dump(answered, answers, protocol=5)
            answers.flush()
        except OSError:  # nobody listens any more
            os._exit(0)  # at the usual end Python would try to flush, and complain


def _write(step: str, results: Results | None, target: Target) -> Sequence[Path] | BaseException:
    if results is None:
        return RuntimeError("asked to write before the results were handed over")
    try:
        return STEPS[step](results, replace(target, threads=1))  # the other core is the first process's
    except Exception as error:  # noqa: BLE001 - raised again in the first process
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301
        except Exception:  # noqa: BLE001 - an exception that cannot travel
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error


def _import_writers() -> None:
    """What the steps import, while there is nothing else to do."""
    for name in ("report", "slides.single", "tables.geoparquet", "tables.spreadsheet"):
        import_module(f"access92.outputs.{name}")
