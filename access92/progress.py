"""How far a computation is: one callback between what computes and what displays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """The callback of a long computation: the step under way, and how many of its parts are done.

    ``step`` is the French name of the step under way. ``done`` of ``total`` of its parts are done; both are left out
    as a step begins, and ``total`` is 0 where nobody knows how many parts there will be.
    """

    def __call__(self, step: str, /, *parts: int) -> object:
        """Take note of the step, and of ``done`` and ``total`` where they are known."""


def silent(_step: str, /, *_parts: int) -> None:
    """Ignore the progress: the default callback."""


def of_step(progress: Progress, step: str) -> Callable[[int, int], None]:
    """The callback (done, total) of a reader or a search that is one step of a longer computation.

    >>> seen = []
    >>> of_step(lambda *call: seen.append(call), "Rues")(10, 0)
    >>> seen
    [('Rues', 10, 0)]
    """

    def part(done: int, total: int) -> None:
        progress(step, done, total)

    return part


def progress_text(step: str, *parts: int) -> str:
    """A step in words, with how far it is.

    >>> progress_text("Rues"), progress_text("Lieux essayés", 10, 40), progress_text("Rues", 12, 0)
    ('Rues', 'Lieux essayés : 10 sur 40', 'Rues : 12')
    """
    if not parts:
        return step
    done, total = parts
    return f"{step} : {done} sur {total}" if total else f"{step} : {done}"
