"""What every command does at a terminal: show progress, configure logs, name paths without the machine's folders."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from access92.errors import without_passwords
from access92.progress import Progress, progress_text, silent

INTERRUPTED = 130


@contextmanager
def shown_progress(*, verbose: bool = False) -> Iterator[Progress]:
    """A callback that shows the step under way: a spinner on a terminal, a line each with --verbose, else nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    try:
        if verbose:
            log = logging.getLogger("access92")
            yield lambda step, *parts: log.info(progress_text(step, *parts))
        elif console.is_terminal:
            with console.status("Lecture de l'étude") as status:
                yield lambda step, *parts: status.update(progress_text(step, *parts))
        else:
            yield silent
    except KeyboardInterrupt:
        typer.echo("Interrompu ; rien n'est à moitié écrit.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def configure_logs(*, verbose: bool) -> None:
    """Logs on stderr: every step with --verbose, else warnings only."""
    logging.getLogger("pyogrio").setLevel(logging.WARNING)  # it counts every record written
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutPasswords("%(asctime)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO if verbose else logging.WARNING)


class _WithoutPasswords(logging.Formatter):
    """Lines of the log without the password of a database."""

    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(super().format(record))


def publishable_path(path: Path) -> Path:
    """A path relative to the current folder where it is below it, else its name alone: no folder of a machine."""
    current = Path.cwd()
    return path.resolve().relative_to(current) if path.resolve().is_relative_to(current) else Path(path.name)
