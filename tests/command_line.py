"""The ``access92`` command as a person types it, in the process of the test."""

from __future__ import annotations

import sys

import pytest

from access92 import cli


def command(*words: object, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["access92", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return int(stop.value.code or 0)
