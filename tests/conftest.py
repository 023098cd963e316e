"""What all tests share: how many random examples, a heap that is not searched again and again, the real data.

Nothing of access92 is imported here: the process that only hands out the tests imports this file first, and the others
wait for it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.families import mark_the_rest_slow
from tests.random_examples import MANY
from tests.workers import UnitScheduling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tests.postgis_server import Server

# no deadlines: numba compiles on first use. The same examples each time where a failure must not depend on luck
_FIXED = bool(os.environ.get("CI"))
settings.register_profile("few", deadline=None, derandomize=_FIXED, max_examples=MANY // 10)
settings.register_profile("many", deadline=None, derandomize=_FIXED, max_examples=MANY)
settings.load_profile("few")

# compiled modules are kept, whatever the user's habit: each worker and each process that tests start imports hundreds
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

os.environ.setdefault("ACCESS92_PROCESSES", "1")  # a second one is slower to start than a small town is to write

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and tests stay until the end: the collector of garbage need not look through them.

    Looking through them took a fifth of the time of collecting; once is a tenth.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> UnitScheduling | None:
    """Where pytest would keep modules together, folders that share runs stay together too."""
    return UnitScheduling(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before any test is left out or moved."""
    mark_the_rest_slow(items, ROOT)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real networks beside the checkout; the test is skipped where it is not."""
    folder = ROOT.parent / "shared"
    if not (folder / "networks").is_dir():
        pytest.skip("real networks (../shared/networks) are not on this machine")
    return folder


@pytest.fixture(autouse=True)
def no_cache_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a notebook keeps by default is kept nowhere: no test reads what another one, or the user, has computed."""
    monkeypatch.setattr("access92.notebook.cached.default_cache_folder", lambda: None)


@pytest.fixture(scope="session")
def postgis() -> Generator[Server]:
    """A real PostGIS server, one for all the tests of this process; skipped, with the reason, where there is none."""
    from tests.postgis_server import postgis_server  # noqa: PLC0415 - with its library, for few tests

    with postgis_server() as server:
        yield server


@pytest.fixture(scope="session")
def compiled_kernels() -> None:
    """In this process once, from the disk or compiled: with another cache, a run would compile them for itself."""
    from access92.travel.compilation import compile_kernels  # noqa: PLC0415 - as above

    compile_kernels()


@pytest.fixture
def isolated_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_kernels: None) -> Path:  # noqa: ARG001 - first
    """The cache of the commands of one test; nothing is in it, and nobody else's changes."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ACCESS92_CACHE", str(folder))
    return folder


@pytest.fixture
def light_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written without pictures and report: most of the time of a small run, and of no matter to some tests."""
    without_steps(monkeypatch, "Images", "Rapport")


@pytest.fixture
def tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written as tables: for tests of what becomes of files, whatever is in them."""
    without_steps(monkeypatch, "GeoPackage", "Images", "Cartes", "Rapport")


@pytest.fixture
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures of the report are prepared, and left blank: for tests of its words."""
    leave_pictures_blank(monkeypatch)


def leave_pictures_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``blank_pictures`` does, for as long as the patch is there."""

    def leave_blank(_: Figure, stream: TextIO, **__: object) -> None:
        stream.write('<svg xmlns="http://www.w3.org/2000/svg" width="1pt" height="1pt" viewBox="0 0 1 1"></svg>')

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", leave_blank)


@pytest.fixture
def words_only(monkeypatch: pytest.MonkeyPatch, blank_pictures: None) -> None:  # noqa: ARG001 - for its effect
    """Runs are written without pictures: for tests of what their tables, report and pages say."""
    without_steps(monkeypatch, "GeoPackage", "Images")


def without_steps(monkeypatch: pytest.MonkeyPatch, *steps: str) -> None:
    """Let these steps of writing a run write nothing."""
    from access92.outputs.steps import STEPS  # noqa: PLC0415 - as above

    for step in steps:
        monkeypatch.setitem(cast(dict[str, object], STEPS), step, lambda *_: [])
