"""What all tests share: hypothesis without deadlines (numba compiles on first use), and where the real data are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings

from access92.outputs.steps import STEPS

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

os.environ.setdefault("ACCESS92_PROCESSES", "1")  # a second one is slower to start than a small town is to write

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real networks beside the checkout; the test is skipped where it is not."""
    folder = ROOT.parent / "shared"
    if not (folder / "networks").is_dir():
        pytest.skip("real networks (../shared/networks) are not on this machine")
    return folder


@pytest.fixture
def light_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written without pictures and report: most of the time of a small run, and of no matter to some tests."""
    for step in ("Images", "Rapport"):
        monkeypatch.setitem(cast(dict[str, object], STEPS), step, lambda *_: [])
