"""The cache as a whole: bounded, oldest use first; shown and cleared; nothing of anybody else is touched."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import access92
from access92 import _process
from access92.cache.bound import (
    CacheEntry,
    cache_entries,
    cache_text,
    clear_cache,
    clear_leftovers,
    max_bytes,
    removed_text,
    trim_cache,
)
from access92.cache.store import read_sealed, write_sealed
from access92.errors import InputError
from tests.command_line import command
from tests.toy_study import write_toy_study

DAY_S = 86_400.0
NOW_S = 1_700_000_000.0


def entry(folder: Path, kind: str, letter: str, size: int, days: float) -> Path:
    """A file of the cache, or a run, last of use some days ago."""
    path = folder / {"runs": f"runs/{letter * 64}", "kernels": f"kernels/k-{letter * 32}.kernel"}.get(
        kind, f"{kind}-{letter * 64}.arrays"
    )
    file = path / "map.html" if kind == "runs" else path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    os.utime(path, (NOW_S - days * DAY_S,) * 2)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_entry_of_use_longest_ago_goes_first_and_only_as_many_as_needed(tmp_path: Path) -> None:
    old = entry(tmp_path, "times", "a", 100, days=9)
    run = entry(tmp_path, "runs", "b", 100, days=8)
    kernel = entry(tmp_path, "kernels", "c", 100, days=7)
    new = entry(tmp_path, "streets", "d", 100, days=6)
    assert [item.kind for item in cache_entries(tmp_path)] == ["times", "runs", "kernels", "streets"]
    assert trim_cache(tmp_path, max_bytes=400, since_s=NOW_S) == []
    assert [item.path for item in trim_cache(tmp_path, max_bytes=250, since_s=NOW_S)] == [old, run]
    assert not old.exists()
    assert not run.exists()
    assert kernel.exists()
    assert new.exists()


def test_what_this_run_used_stays_whatever_room_it_takes(tmp_path: Path) -> None:
    old = entry(tmp_path, "times", "a", 100, days=9)
    used = entry(tmp_path, "grid", "b", 1000, days=0)
    assert [item.path for item in trim_cache(tmp_path, max_bytes=0, since_s=NOW_S)] == [old]
    assert used.exists()


def test_reading_an_entry_is_using_it(tmp_path: Path) -> None:
    file = tmp_path / f"grid-{'a' * 64}.arrays"
    write_sealed(file, b"content")
    os.utime(file, (0, 0))
    began_s = time.time()
    assert read_sealed(file) is not None
    assert cache_entries(tmp_path)[0].used_s >= began_s - 2


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.txt", "times.csv", "streets-of-paris.osm", ".hidden", "grid-short.arrays"):
        (tmp_path / name).write_text("à moi", encoding="utf-8")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "runs" / "photos").mkdir(parents=True)
    before = names(tmp_path)
    trim_cache(tmp_path, max_bytes=0, since_s=NOW_S)
    clear_cache(tmp_path)
    assert names(tmp_path) == before
    assert (tmp_path / "runs" / "photos").is_dir()


def test_clearing_takes_all_or_what_was_of_no_use_for_some_days(tmp_path: Path) -> None:
    entry(tmp_path, "times", "a", 10, days=40)
    entry(tmp_path, "times", "b", 10, days=20)
    assert len(clear_cache(tmp_path, unused_days=30, now_s=NOW_S)) == 1
    assert len(clear_cache(tmp_path)) == 1
    assert cache_entries(tmp_path) == []


def test_leftovers_of_dead_processes_go_and_those_of_others_stay_for_a_day(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        start = _process._start(process.pid)
    dead = f"{_process._host()}-{process.pid}-{start}"
    uuid = "0" * 32
    stays = {f".grid-x-{_process.process_mark()}-{uuid}", f".grid-x-{'0' * 8}-1-1-{uuid}"}
    goes = {f".grid-x-{dead}-{uuid}", f".grid-old-{uuid}"}
    for name in stays | goes:
        (tmp_path / name).write_text("à moitié", encoding="utf-8")
    os.utime(tmp_path / f".grid-old-{uuid}", (0, 0))
    clear_leftovers(tmp_path)
    assert names(tmp_path) == stays


@pytest.mark.parametrize("written", ["four", "-1", "nan", "inf", "1e30"])
def test_a_bound_that_is_no_size_is_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS92_CACHE_MAX_GB", written)
    with pytest.raises(InputError, match="taille maximale du cache"):
        max_bytes()


@pytest.mark.parametrize(("written", "size"), [("", 4 * 10**9), ("0.5", 5 * 10**8), ("1,5", 15 * 10**8), ("0", 0)])
def test_the_bound_is_in_gigabytes(written: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS92_CACHE_MAX_GB", written)
    assert max_bytes() == size


def test_a_run_keeps_its_cache_within_the_bound_but_for_what_it_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCESS92_CACHE_MAX_GB", "0")
    cache = tmp_path / "cache"
    old = entry(cache, "times", "a", 10, days=1)
    study = access92.read_study(write_toy_study(tmp_path))
    access92.run_study(study, cache_folder=cache)
    assert not old.exists()
    first = {item.path for item in cache_entries(cache)}
    assert {item.kind for item in cache_entries(cache)} >= {"streets", "people", "network", "grid", "times"}
    for path in first:  # a machine at work on other things may leave a while between two runs
        os.utime(path, (path.stat().st_mtime - 60,) * 2)
    results = access92.run_study(study, cache_folder=cache)
    assert all(item.computed == 0 for item in results.provenance)
    left = {item.path for item in cache_entries(cache)}
    assert left < first  # a second run reads neither networks nor grids
    assert {item.kind for item in cache_entries(cache)} == {"streets", "people", "times", "isochrones"}


def test_an_entry_removed_while_another_reads_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / f"grid-{'a' * 64}.arrays"
    content = np.arange(200_000).tobytes()
    is_over = threading.Event()

    def write_and_clear() -> None:
        while not is_over.is_set():
            write_sealed(file, content)
            clear_cache(tmp_path)

    other = threading.Thread(target=write_and_clear)
    other.start()
    try:
        read = [read_sealed(file) for _ in range(100)]
    finally:
        is_over.set()
        other.join()
    assert all(body is None or bytes(body) == content for body in read)


def test_the_command_shows_and_clears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ACCESS92_CACHE", str(tmp_path))
    entry(tmp_path, "times", "a", 2_000_000, days=1)
    entry(tmp_path, "runs", "b", 500_000, days=2)
    assert command("cache", "show", monkeypatch=monkeypatch) == 0
    text = capsys.readouterr().out.replace("\u202f", " ")
    assert f"Cache : {tmp_path}" in text
    assert "2,5 Mo, 2 éléments (au plus 4,0 Go)" in text
    assert "temps de parcours : 2,0 Mo, 1 élément\n" in text
    assert "Le plus anciennement utilisé : 12/11/2023 (calculs entiers)" in text
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert command("cache", "clear", monkeypatch=monkeypatch) == 1  # nobody said yes
    assert len(cache_entries(tmp_path)) == 2
    capsys.readouterr()
    assert command("cache", "clear", "--yes", "--older-than", "100000", monkeypatch=monkeypatch) == 0
    assert "Rien à effacer." in capsys.readouterr().out
    assert command("cache", "clear", "--yes", monkeypatch=monkeypatch) == 0
    assert "Effacé : 2,5 Mo, 2 éléments." in capsys.readouterr().out.replace("\u202f", " ")
    assert cache_text(tmp_path).endswith("Vide (au plus 4,0\u202fGo).")


@pytest.mark.parametrize(("written", "is_accepted"), [("999999", True), ("1000000", False)])
def test_a_bound_of_a_million_gigabytes_is_a_slip_of_the_pen(
    written: str, is_accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCESS92_CACHE_MAX_GB", written)
    if is_accepted:
        assert max_bytes() == int(written) * 10**9
        return
    with pytest.raises(InputError):
        max_bytes()


def test_clearing_without_an_age_takes_what_was_used_a_moment_ago(tmp_path: Path) -> None:
    entry(tmp_path, "times", "a", 10, days=0)
    assert len(clear_cache(tmp_path, now_s=NOW_S)) == 1


def test_leftovers_go_whatever_stands_before_them(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "runs", tmp_path / "kernels"):
        folder.mkdir(exist_ok=True)
        for name in (".a", ".b", f".grid-old-{'0' * 32}"):
            (folder / name).write_text("à moitié", encoding="utf-8")
            os.utime(folder / name, (0, 0))
    clear_leftovers(tmp_path)
    assert {folder.name: names(folder) for folder in (tmp_path / "runs", tmp_path / "kernels")} == {
        "runs": {".a", ".b"},
        "kernels": {".a", ".b"},
    }
    assert names(tmp_path) == {".a", ".b", "runs", "kernels"}


def test_each_kind_is_counted_by_itself_and_only_those_that_are_there(tmp_path: Path) -> None:
    for kind, letter, size in (("times", "a", 2), ("times", "b", 3), ("grid", "c", 4), ("runs", "d", 1)):
        entry(tmp_path, kind, letter, size * 1_000_000, days=1)
    lines = cache_text(tmp_path).replace("\u202f", " ").splitlines()
    assert lines[1].startswith("10,0 Mo, 4 éléments")
    assert lines[2:-1] == [
        "  grilles de temps : 4,0 Mo, 1 élément",
        "  temps de parcours : 5,0 Mo, 2 éléments",
        "  calculs entiers : 1,0 Mo, 1 élément",
    ]


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(999_900_000, "999,9 Mo"), (10**9, "1,0 Go"), (2_500_000_000, "2,5 Go")]
)
def test_sizes_are_in_gigabytes_from_one_on(size_bytes: int, text: str) -> None:
    written = removed_text([CacheEntry(Path("x"), "times", size_bytes, 0.0)])
    assert written.replace("\u202f", " ") == f"Effacé : {text}, 1 élément."
