"""A second process that writes some files of a run while the first writes the others: Python computes on one core.

It is started before the results are there, so that its imports cost no time, reads its work from its standard input,
answers on its standard output, and ends when that input does: also when the first process is killed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from access92.outputs.degrees import Degrees
from access92.outputs.steps import STEPS, Target, light_results
from access92.run.results import Results

CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # the first process decides what it means
    "sys.path[:] = {path!r}; from access92._process import configure_process; configure_process(); "
    "from access92.outputs.worker import answer; answer()"
)
_LOST = (OSError, EOFError, pickle.UnpicklingError, ValueError)


class SecondProcess:
    """The other process, seen from the first: hand the results over once, then ask for step after step.

    Examples
    --------
    ``with second_process() as helper: write_run(results, folder, overwrite=False, helper=helper)``.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by the Python that runs this one
            [sys.executable, "-c", CHILD.format(path=sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def hand_over(self, packed: bytes) -> bool:
        """Give it the results to write (:func:`pack_results`); whether it took them."""
        return self._send(packed)

    def write(self, step: str, target: Target) -> list[Path] | None:
        """The files of a step, written there; None where the process is gone, and the step still to be done.

        Raises
        ------
        Exception
            Whatever the step raised in the other process.
        """
        if not self._send(_packed((step, replace(target, threads=1, degrees=Degrees())))):
            return None
        try:
            answer = pickle.load(self._pipe(self._process.stdout))  # noqa: S301 - from our own process
        except _LOST:
            return None
        if isinstance(answer, BaseException):
            raise answer
        return list(answer)

    def stop(self) -> None:
        """End it at once, whatever it is doing; nothing is written afterwards."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                self._pipe(pipe).close()

    def _send(self, packed: bytes) -> bool:
        try:
            pipe = self._pipe(self._process.stdin)
            pipe.write(packed)
            pipe.flush()
        except _LOST:
            return False
        return True

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise BrokenPipeError
        return pipe


def pack_results(results: Results) -> bytes:
    """The results as :meth:`SecondProcess.hand_over` sends them: what the steps of a second process read."""
    return _packed(light_results(results))


def _packed(message: Any) -> bytes:  # noqa: ANN401 - what the other side expects
    return pickle.dumps(message, protocol=5)


@contextmanager
def second_process(*, enabled: bool = True) -> Iterator[SecondProcess | None]:
    """A second process for the time of a ``with``; None where it is not enabled, or cannot be started."""
    process = None
    if enabled and sys.executable and not getattr(sys, "frozen", False):  # frozen: it would start the program again
        with suppress(OSError):
            process = SecondProcess()
    try:
        yield process
    finally:
        if process is not None:
            process.stop()


def answer() -> None:
    """The other side: read the results, then steps and where to; answer with the paths written, or what was raised."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between two answers
    _import_writers()
    results: Results | None = None
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        except _LOST:  # it has ended, or was killed in the middle of a message
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
        return STEPS[step](results, target)
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
