"""The tests of a module run on one mutant, in a process that has the libraries already.

Importing numpy, geopandas and numba costs more than most tests: they are imported once, and each mutant is judged by a
fork that imports the package and the tests from a copy in which one file is the mutant.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_COPIED = ("access92", "tests", "data", "docs", "benchmarks", "pyproject.toml", "README.md")
_LIBRARIES = (
    "numpy", "pandas", "geopandas", "shapely", "pyogrio", "pyproj", "pyarrow.parquet", "scipy.sparse.csgraph",
    "scipy.ndimage", "numba", "networkx", "requests", "holidays", "icalendar", "recurring_ical_events",
    "opening_hours", "osmium", "typer", "rich", "hypothesis", "pydantic", "pytest", "xdist", "pytest_cov",
)  # fmt: skip
_OPTIONS = (
    "-x -q -n 0 -rfE --tb=line -p no:randomly -p no:cacheprovider --hypothesis-seed=0 "
    "--hypothesis-profile=mutation "
    "-W ignore::pytest.PytestAssertRewriteWarning"  # the libraries are imported before pytest
)
_KILLER = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the tests ended: ``outcome`` is survived, killed or timeout; ``killer`` the first test that failed."""

    outcome: str
    killer: str
    seconds: float


@contextmanager
def copied_package() -> Iterator[Path]:
    """A copy of the package and its tests, to be mutated; it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="access92-mutation-") as name:
        for part in _COPIED:
            source, target = _ROOT / part, Path(name) / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "mutation"))
            elif source.is_file():
                shutil.copy2(source, target)
        yield Path(name)


def import_libraries() -> None:
    """Import once what every test needs; the package and its tests are left to the forks."""
    for library in _LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(library)


def judge(copy: Path, tests: Sequence[str], *, compiled: bool, timeout_s: float) -> Judgement:
    """Run tests in a fork on the copy as it is, up to the first that fails."""
    begin = time.monotonic()
    output = copy / "output.txt"
    child = os.fork()
    if child == 0:
        _run_tests(copy, tests, output, compiled=compiled)  # does not return
    status = None
    while status is None and time.monotonic() - begin < timeout_s:
        ended, code = os.waitpid(child, os.WNOHANG)
        status = code if ended else None
        time.sleep(0.02)
    if status is None:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return Judgement("timeout", "", time.monotonic() - begin)
    killers = _KILLER.findall(output.read_text("utf-8", errors="replace"))
    outcome = "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
    return Judgement(outcome, killers[0] if killers else "", time.monotonic() - begin)


def _run_tests(copy: Path, tests: Sequence[str], output: Path, *, compiled: bool) -> None:
    """The tests in this process, which ends with their code; everything that it starts is in its group."""
    code = 99
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(copy)
        for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "access92"}]:
            del sys.modules[name]
        sys.path[:] = [str(copy), *(place for place in sys.path if place not in {"", str(_ROOT)})]
        sys.dont_write_bytecode = True
        os.environ |= {
            "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "ACCESS92_CACHE": str(copy / "cache"),
        }  # fmt: skip
        if not compiled:
            os.environ["NUMBA_DISABLE_JIT"] = "1"
            importlib.import_module("numba").config.reload_config()
        hypothesis = importlib.import_module("hypothesis")
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a failure is enough: none is made smaller
        hypothesis.settings.register_profile("mutation", phases=phases, deadline=None, database=None)
        code = int(importlib.import_module("pytest").main([*_OPTIONS.split(), *tests]))
    except BaseException:  # noqa: BLE001 - a fork never goes on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
