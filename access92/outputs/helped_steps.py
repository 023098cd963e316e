"""The steps of a run, two at a time: by this process and a second one, or by two threads of this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from access92._concurrency import thread_pool
from access92.outputs.helper_process import SecondProcess
from access92.outputs.steps import HELPED_STEPS, STEPS, Target, light_results
from access92.progress import Progress
from access92.run.results import Results

_STEPS_AT_ONCE = 2


def write_steps(results: Results, target: Target, tell: Progress) -> dict[str, list[Path]]:
    """Write every step by threads, two at a time: some of the work leaves Python free; the paths, by step."""
    written: dict[str, list[Path]] = {}
    with thread_pool(_STEPS_AT_ONCE) as pool:  # nothing may still write when the folder is moved or removed
        waiting = {name: pool.submit(write, results, target) for name, write in STEPS.items()}
        for name, step in waiting.items():
            tell(name)
            written[name] = step.result()
    return written


@contextmanager
def helped_steps(results: Results, target: Target, helper: SecondProcess | None) -> Iterator[HelpedSteps | None]:
    """The steps of a run, of which a second process begins to write some at once; None without such a process.

    Left before :meth:`HelpedSteps.finish` has given all the files, the second process is ended: nothing may still
    write when the folder is removed.
    """
    if helper is None:
        yield None
        return
    # asked by a thread: that process may still be importing
    steps = HelpedSteps(results, target, helper)
    with thread_pool(1) as pool:
        asking = pool.submit(steps.ask)
        try:
            steps.asking = asking
            yield steps
        finally:
            if not steps.is_finished:
                helper.stop()


class HelpedSteps:
    """The steps of a run: the second process takes from the left of those that it can write, this one from the right.

    Made by :func:`helped_steps`.
    """

    def __init__(self, results: Results, target: Target, helper: SecondProcess) -> None:
        self.asking: Future[None]
        self.is_finished = False
        self._results, self._target, self._helper = results, target, helper
        self._left = deque(HELPED_STEPS)
        self._written: dict[str, list[Path]] = {}

    def ask(self) -> None:
        """Hand the results to the second process, then ask it for step after step, until none is left or it is gone."""
        if not self._helper.hand_over(light_results(self._results)):
            return
        while (step := _taken(self._left.popleft)) is not None:
            paths = self._helper.write(step, self._target)
            if paths is None:
                self._left.appendleft(step)
                return
            self._written[step] = paths

    def finish(self, tell: Progress) -> dict[str, list[Path]]:
        """Write the steps that only this process can, then what is still there; the paths of all, by step."""
        for step in (name for name in STEPS if name not in HELPED_STEPS):
            self._write(step, tell)
        self._write_left(tell)
        self.asking.result()
        self._write_left(tell)  # the second process is gone
        self.is_finished = True
        return self._written

    def _write_left(self, tell: Progress) -> None:
        while (step := _taken(self._left.pop)) is not None:
            self._write(step, tell)

    def _write(self, step: str, tell: Progress) -> None:
        tell(step)
        self._written[step] = STEPS[step](self._results, self._target)


def _taken(take: Callable[[], str]) -> str | None:
    """The next step; None where the other side took the last one."""
    try:
        return take()
    except IndexError:
        return None
