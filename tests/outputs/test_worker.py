"""A second process writes some of the files: the same bytes, and nothing depends on its being there."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from access92.errors import OutputError
from access92.outputs import second_process, write_run
from access92.outputs.helper_process import CHILD, SecondProcess
from access92.outputs.layout import run_path
from access92.outputs.manifest import MANIFEST
from access92.outputs.steps import HELPED_STEPS, STEPS, Target, light_results
from access92.run.results import Results
from tests.loaded_libraries import loaded_by
from tests.run_files import files_in
from tests.run_files import fingerprints as all_fingerprints

STUDY_PATH = Path("studies/ville.toml")


def fingerprints(folder: Path) -> dict[str, str]:
    return {path: sha256 for path, sha256 in all_fingerprints(folder).items() if path != MANIFEST}


def outputs_told(folder: Path) -> list[dict[str, object]]:
    return list(json.loads((folder / MANIFEST).read_text("utf-8"))["outputs"])


@pytest.fixture(scope="module")
def ready(changed: Results, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondProcess]:
    """A second process that has imported what it needs, and written once; for tests that leave it as it was."""
    with second_process() as helper:
        assert helper is not None
        assert helper.hand_over(light_results(changed))
        assert helper.write("Tableaux", Target(tmp_path_factory.mktemp("first"), STUDY_PATH))
        yield helper


@pytest.mark.slow  # by default in test_folder: of another town
def test_a_second_process_writes_the_same_bytes(
    ready: SecondProcess, changed: Results, changed_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    write = ready.write

    def counted(step: str, target: Target) -> list[Path] | None:
        asked.append(step)
        return write(step, target)

    monkeypatch.setattr(ready, "write", counted)
    written = write_run(changed, tmp_path / "r", overwrite=False, study_path=STUDY_PATH, helper=ready)
    assert asked[0] == "Images"
    assert fingerprints(tmp_path / "r") == fingerprints(changed_folder)
    assert outputs_told(tmp_path / "r") == outputs_told(changed_folder)
    assert {path.name for path in written} == {path.name for path in files_in(changed_folder).values()}


@pytest.mark.slow
def test_every_helped_step_is_a_step_and_writes_the_same_with_light_results(
    ready: SecondProcess, changed: Results, changed_folder: Path, tmp_path: Path
) -> None:
    assert set(HELPED_STEPS) < set(STEPS)
    assert ready.hand_over(light_results(changed))
    paths = [path for step in HELPED_STEPS for path in ready.write(step, Target(tmp_path, STUDY_PATH)) or ()]
    assert paths
    known = fingerprints(changed_folder)
    assert fingerprints(tmp_path) == {place: known[place] for path in paths if (place := run_path(path.name))}


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_second_process_that_dies_is_done_without(
    moment: str, results: Results, run_folder: Path, tmp_path: Path
) -> None:
    class Dying(SecondProcess):
        def write(self, step: str, target: Target) -> list[Path] | None:
            os.kill(self._process.pid, signal.SIGKILL)
            return super().write(step, target)

    helper = Dying()
    if moment == "before":
        helper.stop()
    try:
        write_run(results, tmp_path / "r", overwrite=False, study_path=STUDY_PATH, helper=helper)
    finally:
        helper.stop()
    assert fingerprints(tmp_path / "r") == fingerprints(run_folder)


@pytest.mark.slow
def test_what_goes_wrong_there_is_said_here_and_leaves_nothing(
    ready: SecondProcess, changed: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    write = ready.write
    monkeypatch.setattr(ready, "write", lambda step, _: write(step, Target(tmp_path / "absent")))
    stopped: list[bool] = []
    monkeypatch.setattr(ready, "stop", lambda: stopped.append(True))  # other tests still need it
    with pytest.raises(OutputError, match="n'a pas pu être écrit"):
        write_run(changed, folder / "r", overwrite=False, study_path=STUDY_PATH, helper=ready)
    assert stopped == [True]
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("light_steps")
@pytest.mark.parametrize("where", ["there", "here"])
def test_a_fault_of_a_writer_is_never_taken_for_the_end_of_the_work(
    where: str, changed: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Willing(SecondProcess):
        """Takes the results, as if there was a process."""

        def __init__(self) -> None:
            self.was_stopped = False

        def hand_over(self, results: object) -> bool:  # noqa: ARG002 - as in the base
            return True

        def stop(self) -> None:
            self.was_stopped = True

    def fail(*_: object) -> list[Path]:
        raise IndexError("a fault of the writer")

    helper = Willing()
    if where == "there":
        monkeypatch.setattr(helper, "write", fail)
    else:
        monkeypatch.setattr(helper, "write", lambda *_: None)
        monkeypatch.setitem(STEPS, "Tableaux", fail)
    with pytest.raises(IndexError, match="a fault of the writer"):
        write_run(changed, tmp_path / "r", overwrite=False, study_path=STUDY_PATH, helper=helper)
    assert helper.was_stopped  # nothing may still write there
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("light_steps")
def test_a_second_process_is_ended_where_the_run_is_there_already(changed: Results, tmp_path: Path) -> None:
    write_run(changed, tmp_path / "r", overwrite=False, study_path=STUDY_PATH)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")}
    with second_process() as helper:
        assert helper is not None
        write_run(changed, tmp_path / "r", overwrite=True, study_path=STUDY_PATH, helper=helper)
        assert helper._process.poll() is not None
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "r"]


def test_the_first_process_loads_no_library_that_only_draws_pictures() -> None:
    pages = (
        "access92.outputs.tables.geopackage, access92.outputs.tables.qgis_project, access92.outputs.maps.run_map.page, "
        "access92.outputs.maps.single, access92.outputs.maps.difference"
    )
    assert loaded_by(pages, {"matplotlib", "PIL", "typst"}) == []


def test_it_is_started_before_anything_heavy_is_imported() -> None:
    heavy = {"numpy", "pandas", "shapely", "geopandas", "pyarrow", "numba", "scipy", "pydantic", "matplotlib"}
    assert loaded_by("access92.cli, access92.outputs.helper_process", heavy) == []


def test_none_is_started_where_none_is_wanted() -> None:
    with second_process(enabled=False) as helper:
        assert helper is None


@pytest.mark.parametrize("fault", ["no executable", "frozen"])
def test_none_is_started_where_python_cannot_be(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "frozen":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(sys, "executable", None)
    with second_process() as helper:
        assert helper is None


@pytest.mark.slow
def test_it_ends_when_the_first_process_lets_go_of_it() -> None:
    helper = SecondProcess()
    pipe = helper._process.stdin
    assert pipe is not None
    pipe.close()
    before = time.monotonic()
    assert helper._process.wait(timeout=60) == 0
    assert time.monotonic() - before < 60
    helper.stop()


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
def test_it_is_settled_before_numpy_starts_threads_for_algebra() -> None:
    counting = "import pathlib; print(*[p.read_text() for p in pathlib.Path('/proc/self/task').glob('*/comm')])"
    code = CHILD.format(path=sys.path).replace("answer()", counting)
    assert counting in code
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=free)
    assert len([name for name in done.stdout.split() if "jemalloc" not in name]) == 1  # Arrow's own house-keeping


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["in the middle of a message", "before the answer"])
def test_a_second_process_whose_first_was_killed_ends_without_a_word(moment: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(path=sys.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    if moment == "before the answer":
        process.stdout.close()  # nobody reads any more
        process.stdin.write(pickle.dumps(("Tableaux", Target(Path()))))
    else:
        process.stdin.write(pickle.dumps("x" * 1000)[:500])
    process.stdin.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0
    process.stderr.close()
    process.stdout.close()
