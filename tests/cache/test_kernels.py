"""Compiled kernels on disk: never older than any file that was compiled into them, never damaged, shared safely."""

from __future__ import annotations

import ast
import inspect
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import access92
from access92.cache import fingerprints
from access92.cache.fingerprints import code_files
from access92.cache.kernels import KernelCache, kernel, kernels_folder
from access92.travel.compilation import kernels
from access92.travel.kernels import search_kernel

PACKAGE = Path(access92.__file__).parent

MATRIX = """
import json, sys
import numpy as np
from access92.cache.kernels import is_kernel
from access92.network.modes import read_modes
from access92.network.graph import build_network
from access92.network.snapping import snap_places
from access92.travel.matrix import travel_time_matrix
from tests.toy_town import demand_at, town
streets = town()
network = build_network(streets, read_modes()["walk"])
places = [demand_at((0, 0)), demand_at((2, 2), (1, 0))]
snaps = [snap_places(each.geometry, streets, network, max_snap_m=100.0) for each in places]
minutes = travel_time_matrix(network, *snaps, cutoff_min=30.0)
print(json.dumps(minutes.astype(float).round(3).tolist()))
"""


def minutes_of(package_folder: Path, kernels_at: Path) -> list[list[float]]:
    """Travel times on the toy town by the package in a folder, in a process of its own."""
    root = PACKAGE.parent
    environment = {
        **os.environ,
        "PYTHONPATH": f"{package_folder}{os.pathsep}{root}",
        "NUMBA_CACHE_DIR": str(kernels_at),
    }
    done = subprocess.run(
        [sys.executable, "-c", MATRIX], capture_output=True, text=True, check=True, env=environment, cwd=package_folder
    )
    return [*json.loads(done.stdout.splitlines()[-1])]


def edit(package_folder: Path, source_file: Path, old: str, new: str) -> None:
    file = package_folder / "access92" / source_file.relative_to(PACKAGE)
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.slow
def test_a_kernel_that_calls_an_edited_kernel_of_another_file_is_compiled_again(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "access92", ignore=shutil.ignore_patterns("__pycache__"))
    assert minutes_of(tmp_path, tmp_path / "kernels") == [[4.0, 1.0]]
    # the kernel of the search leaves six seconds later: nothing else is touched, least of all the file of its caller
    source = inspect.getsource(search_kernel.py_func)  # type: ignore[attr-defined]
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    first = function.body[1]
    lines = source.splitlines(keepends=True)
    changed = [*lines[: first.lineno - 1], "    seed_ms = seed_ms + np.int32(6000)\n", *lines[first.lineno - 1 :]]
    edit(tmp_path, Path(inspect.getfile(search_kernel.py_func)), source, "".join(changed))  # type: ignore[attr-defined]
    assert minutes_of(tmp_path, tmp_path / "kernels") == [[4.1, 1.0]]  # the near one is on its street


def test_each_kernel_has_another_file_once_any_file_that_it_comes_from_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {name: item._cache for name, item in kernels().items()}
    assert len(found) >= 14
    before = {name: item._stem for name, item in found.items()}
    files = {name: set(code_files(item._function.__module__)) for name, item in found.items()}
    text = fingerprints._text
    for file in set().union(*files.values()):
        if file.suffix != ".py":
            continue
        monkeypatch.setattr(fingerprints, "_text", lambda path, at=file: text(path) + b"\n" * (path == at))
        fingerprints.code_fingerprint.cache_clear()
        changed = {name for name, item in found.items() if item._stem != before[name]}
        assert changed == {name for name in found if file in files[name]}, file
    monkeypatch.undo()
    fingerprints.code_fingerprint.cache_clear()


def test_the_files_of_a_kernel_hold_every_kernel_that_it_calls() -> None:
    """Numba freezes both into the machine code."""
    for item in kernels().values():
        files = {str(path) for path in code_files(item._cache._function.__module__)}
        for value in item.py_func.__globals__.values():
            if getattr(value, "py_func", None) is not None:
                assert inspect.getfile(value.py_func) in files


def test_no_function_is_compiled_without_that_cache() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name != "kernels.py" or path.parent.name != "cache":
            assert "import njit" not in path.read_text("utf-8"), path


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of kernels."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return kernels_folder()


def squared_again() -> int:
    """A kernel defined anew, as by another process, at its first call."""

    @kernel
    def squared(x: int) -> int:
        return x * x

    return int(squared(7))


def test_a_damaged_kernel_is_named_and_compiled_anew(at: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert squared_again() == 49
    (file,) = at.iterdir()
    sound = file.read_bytes()
    for place in (0, 40, len(sound) // 2, len(sound) - 1):
        damaged = bytearray(sound)
        damaged[place] ^= 1
        file.write_bytes(bytes(damaged))
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert squared_again() == 49
        assert file.name in caplog.text
    caplog.clear()
    assert squared_again() == 49
    assert caplog.text == ""


def read_and_compiled(dispatcher: Any) -> tuple[int, int]:
    """How many types of arguments a kernel read from the disk, and how many it compiled."""
    return sum(dispatcher.stats.cache_hits.values()), sum(dispatcher.stats.cache_misses.values())


def test_code_that_is_stored_is_read_and_not_compiled_again(at: Path) -> None:
    def cubed(x: int) -> int:
        return x * x * x

    first, second = kernel(cubed), kernel(cubed)
    assert (first(3), second(3)) == (27, 27)
    assert len(list(at.iterdir())) == 1
    assert (read_and_compiled(first), read_and_compiled(second)) == ((0, 1), (1, 0))


def test_a_cache_that_is_off_leaves_the_disk_alone_until_it_is_on_again(at: Path) -> None:
    def halved(x: int) -> int:
        return x // 2

    off, on, after = (kernel(halved) for _ in range(3))
    off._cache.disable()  # type: ignore[attr-defined]
    assert off(8) == 4
    assert not at.exists()
    on._cache.disable()  # type: ignore[attr-defined]
    on._cache.enable()  # type: ignore[attr-defined]
    assert on(8) == 4
    assert on._cache.is_stored  # type: ignore[attr-defined]
    after._cache.disable()  # type: ignore[attr-defined]
    assert after(8) == 4
    assert read_and_compiled(after) == (0, 1)


def test_flushing_a_kernel_removes_its_code_and_no_other(at: Path) -> None:
    def doubled(x: int) -> int:
        return x + x

    assert kernel(doubled)(2) + squared_again() == 53
    cache = KernelCache(doubled)
    (other,) = (path for path in at.iterdir() if "squared" in path.name)
    cache.flush()
    assert not cache.is_stored
    assert list(at.iterdir()) == [other]


def test_code_that_only_this_process_can_run_is_not_stored(at: Path) -> None:
    def tripled(x: int) -> int:
        return 3 * x

    loop = SimpleNamespace(can_cache=False)
    for has_dynamic_globals, lifted in ((True, []), (False, [loop]), (True, [loop])):
        compiled = SimpleNamespace(
            library=SimpleNamespace(has_dynamic_globals=has_dynamic_globals), lifted=lifted,
            codegen=SimpleNamespace(magic_tuple=tuple), _reduce=tuple,
        )  # fmt: skip
        KernelCache(tripled).save_overload("(int64,)", compiled)
        assert not at.exists()


def test_where_no_kernel_can_be_kept_it_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert squared_again() == 49


def test_without_a_folder_of_numba_kernels_are_in_the_cache_of_access92(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("ACCESS92_CACHE", "/somewhere")
    assert kernels_folder() == Path("/somewhere/kernels")
