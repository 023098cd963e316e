"""Runs that are killed, run together, or find a damaged cache: whatever is there afterwards is whole and right.

Two runs are killed by default; ``ACCESS92_KILLS=30`` kills thirty.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import access92
from access92.cache.bound import cache_entries
from access92.cache.kernels import kernels_folder
from access92.outputs import write_run
from access92.outputs.layout import file_in
from tests.run_files import fingerprints
from tests.toy_study import GOOD_STUDY, write_toy_study

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("ACCESS92_KILLS", "2"))
STUDY = GOOD_STUDY + "[sensitivity]\ndraws = 2\n[map]\ncandidates_m = 200\n"


def prepare(folder: Path, kernels: Path) -> None:
    """The toy study in a folder, with a cache beside it that holds compiled kernels only."""
    write_toy_study(folder, study=STUDY)
    if kernels.is_dir():
        shutil.copytree(kernels, folder / "cache" / "kernels")


def start(folder: Path, *more: str, processes: int = 1) -> subprocess.Popen[str]:
    """A run of the toy study into « out »."""
    environment = {**os.environ, "ACCESS92_CACHE": str(folder / "cache"), "ACCESS92_PROCESSES": str(processes)}
    environment.pop("NUMBA_CACHE_DIR", None)
    return subprocess.Popen(
        [sys.executable, "-m", "access92", "run", str(folder / "study.toml"), "-o", str(folder / "out"), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    """What it wrote on its error output; it must have gone well."""
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return errors


def whole(folder: Path) -> dict[str, str]:
    """The files of a run and their SHA-256, each checked against its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    sums = {item["path"]: item["sha256"] for item in manifest["outputs"]}
    there = fingerprints(folder)
    del there["manifest.json"]
    assert there == sums
    return {"results": manifest["results"]["sha256"], **sums}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], float]:
    """A folder with the study, its run and its cache; the files of the run; the seconds that it took."""
    folder = tmp_path_factory.mktemp("killed")
    prepare(folder, kernels_folder())
    began = time.monotonic()
    finish(start(folder))
    return folder, whole(folder / "out"), time.monotonic() - began


def test_a_run_killed_at_any_moment_leaves_whole_results_and_the_next_one_leaves_nothing_beside_them(
    town: tuple[Path, dict[str, str], float], tmp_path: Path
) -> None:
    folder, right, seconds = town
    prepare(tmp_path, folder / "cache" / "kernels")
    moments = random.Random()
    for number in range(KILLS):
        process = start(tmp_path, "--overwrite", processes=1 + number % 2)
        time.sleep(moments.uniform(0.3, 1.1) * seconds)
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=60)  # also waits for its second process, which holds the same pipes
        assert "Traceback" not in errors
        if (tmp_path / "out").exists():
            assert whole(tmp_path / "out") == right
    finish(start(tmp_path, "--overwrite"))
    assert whole(tmp_path / "out") == right
    assert not list(tmp_path.glob(".out*"))
    assert not [path for path in (tmp_path / "cache").rglob(".*") if path.is_file()]


def test_two_runs_at_once_both_end_well(town: tuple[Path, dict[str, str], float], tmp_path: Path) -> None:
    folder, right, _ = town
    prepare(tmp_path, folder / "cache" / "kernels")
    both = [start(tmp_path, "--overwrite") for _ in range(2)]
    for process in both:
        finish(process)
    assert whole(tmp_path / "out") == right
    assert not list(tmp_path.glob(".out*"))


def test_a_flipped_byte_in_any_file_of_the_cache_is_told_and_changes_nothing(
    town: tuple[Path, dict[str, str], float], caplog: pytest.LogCaptureFixture
) -> None:
    folder, right, _ = town
    study = access92.read_study(folder / "study.toml")
    files = sorted(path for path in (folder / "cache").glob("*") if path.is_file())
    assert {path.name.partition("-")[0] for path in files} >= {
        "streets", "people", "network", "grid", "times", "isochrones", "sensitivity",
    }  # fmt: skip
    assert {entry.path for entry in cache_entries(folder / "cache")} >= set(files)  # all of them count for its bound
    moments = random.Random(92)
    results = None
    # answers are read by the command alone: tests/outputs/test_known_runs.py
    for path in (path for path in files if not path.name.startswith("answers")):
        is_built = path.name.startswith(("network", "grid"))  # read only where something must be computed
        computed = ("times", "isochrones", "sensitivity")
        hidden = [other for other in files if is_built and other.name.startswith(computed)]
        for other in hidden:
            other.unlink(missing_ok=True)
        damaged = bytearray(path.read_bytes())
        damaged[moments.randrange(len(damaged))] ^= 1
        path.write_bytes(bytes(damaged))
        caplog.clear()
        results = access92.run_study(study, cache_folder=folder / "cache")
        assert path.name in caplog.text
    assert results is not None
    (kept,) = (folder / "cache" / "runs").iterdir()
    damaged = bytearray(file_in(kept, "coverage.csv").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file_in(kept, "coverage.csv").unlink()  # a link to the file in the folder of the run
    file_in(kept, "coverage.csv").write_bytes(bytes(damaged))
    caplog.clear()
    write_run(results, folder / "again", overwrite=False, cache_folder=folder / "cache", study_path=Path("study.toml"))
    assert "cached run" in caplog.text
    assert whole(folder / "again") == right
