"""A few hundred broken and hostile inputs in child processes; thousands: see README.md beside this file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children with limits of memory need a Unix"),
    pytest.mark.slow,
]


def _fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_no_broken_or_hostile_input_ends_in_a_traceback_a_crash_or_a_hang() -> None:
    ended = _fuzz("--count", "60", "--seed", "20241018", "--hostile", "--sample", "100")
    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-2000:]
    assert "160 inputs" in ended.stdout


def test_the_command_line_refuses_a_hostile_study_in_french_and_writes_nothing(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_bytes(b'name = "essai"\n"\\u0000\\u001b[31m" = ' + b"[" * 5000)
    command = [sys.executable, "-m", "access92", "run", str(study), "--output", str(tmp_path / "out")]
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False, capture_output=True
    )
    assert ended.returncode == 3
    assert "imbrique trop de niveaux" in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
