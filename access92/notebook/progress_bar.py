"""The progress of a long computation in a notebook: one line with a bar, which goes when the work is done."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from access92.progress import Progress, progress_text, silent

_PATIENCE_S = 1.0
"""What is done sooner shows no bar."""

_REFRESH_S = 0.1


@contextmanager
def notebook_progress(asked: Progress | None = None) -> Iterator[Progress]:
    """The callback to compute with: the one asked for; else a bar in a notebook, and nothing elsewhere.

    >>> with notebook_progress() as progress:
    ...     progress("Rues", 1, 2)
    """
    if asked is not None:
        yield asked
        return
    display = _notebook_display()
    if display is None:
        yield silent
        return
    bar = _Bar(display)
    try:
        yield bar.tell
    finally:
        bar.remove()


def _notebook_display() -> Any:  # noqa: ANN401 - IPython has no types
    """IPython's ``display`` where this process is the kernel of a notebook; None elsewhere. IPython is not imported."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if type(shell).__name__ != "ZMQInteractiveShell":
        return None
    from IPython.display import display  # noqa: PLC0415 - it is there in a notebook

    return display


class _Bar:
    """A bar in the output of a cell, made at its first late step and changed in place."""

    def __init__(self, display: Any) -> None:  # noqa: ANN401 - as above
        self._display: Any = display
        self._handle: Any = None
        self._began_s = self._told_s = time.monotonic()

    def tell(self, step: str, /, *parts: int) -> None:
        """Show the step, and how far it is where that is known."""
        now_s = time.monotonic()
        if now_s - self._began_s < _PATIENCE_S or (parts and now_s - self._told_s < _REFRESH_S):
            return
        self._told_s = now_s
        self._put(bar_html(step, *parts))

    def remove(self) -> None:
        """Leave the cell with its results only."""
        if self._handle is not None:
            self._put("")

    def _put(self, content: str) -> None:
        data = {"text/html": content, "text/plain": ""}
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def bar_html(step: str, *parts: int) -> str:
    """A step as HTML: a bar where its parts are counted, one without end elsewhere.

    >>> bar_html("Lieux", 1, 4)
    '<progress value="1" max="4" aria-label="Lieux"></progress> Lieux : 1 sur 4'
    """
    share = f' value="{parts[0]}" max="{parts[1]}"' if len(parts) > 1 and parts[1] else ""
    name = html.escape(step)
    return f'<progress{share} aria-label="{name}"></progress> {html.escape(progress_text(step, *parts))}'
