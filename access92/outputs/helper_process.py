"""A second process that writes some files of a run while the first writes the others: Python computes on one core.

It is started before anything heavy is imported, so that its imports cost no time: this module imports nothing heavy. It
reads its work from its standard input (:func:`access92.outputs.worker.answer`) and answers on its standard output.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from access92.outputs.steps import Target

CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # the first process decides what it means
    "sys.path[:] = {path!r}; from access92._process import configure_process; configure_process(); "
    "from access92.outputs.worker import answer; answer()"
)
LOST = (OSError, EOFError, pickle.UnpicklingError, ValueError)


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

    def hand_over(self, results: object) -> bool:
        """Give it the results to write (:func:`access92.outputs.steps.light_results`); whether it took them."""
        return self._send(results)

    def write(self, step: str, target: Target) -> list[Path] | None:
        """The files of a step, written there; None where the process is gone, and the step still to be done.

        Raises
        ------
        Exception
            Whatever the step raised in the other process.
        """
        if not self._send((step, target)):
            return None
        try:
            answer = pickle.load(self._pipe(self._process.stdout))  # noqa: S301 - from our own process
        except LOST:
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

    def _send(self, message: object) -> bool:
        try:
            # as it is packed, piece by piece: the other process reads the first while the next is packed
            pipe = self._pipe(self._process.stdin)
            pickle.dump(message, pipe, protocol=5)
            pipe.flush()
        except LOST:
            return False
        return True

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise BrokenPipeError
        return pipe


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
