"""The last runs are kept: one that comes back is copied, byte for byte; a damaged one is written anew."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from access92.outputs import write_run
from access92.outputs.kept import MOST_RUNS
from access92.outputs.layout import file_in
from access92.outputs.manifest import MANIFEST, run_identity
from access92.run.results import Results
from tests.outputs.synthetic import make_results
from tests.run_files import files_in
from tests.run_files import fingerprints as all_fingerprints

pytestmark = pytest.mark.slow

STUDY_PATH = Path("studies/ville.toml")
KNOWN = "Calcul déjà connu : les fichiers sont copiés du cache"


def fingerprints(folder: Path) -> dict[str, str]:
    return {path: sha256 for path, sha256 in all_fingerprints(folder).items() if path != MANIFEST}


def manifest_of(folder: Path) -> dict[str, object]:
    return {**json.loads((folder / MANIFEST).read_text("utf-8"))}


def with_figure(results: Results, added: float) -> Results:
    coverage = results.coverage.copy()
    coverage.loc[0, "population_covered"] += added
    return replace(results, coverage=coverage)


def written(results: Results, folder: Path, cache: Path) -> list[str]:
    """Write a run; the steps it told."""
    told: list[str] = []
    paths = write_run(
        results, folder, overwrite=True, study_path=STUDY_PATH, cache_folder=cache, on_progress=told.append
    )
    assert set(paths) == set(files_in(folder).values())
    assert all(path.is_file() for path in paths)
    return told


@pytest.mark.usefixtures("light_steps")
def test_a_run_that_comes_back_is_copied_in_any_folder_and_after_another(results: Results, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert written(results, tmp_path / "a", cache) != [KNOWN]
    before = fingerprints(tmp_path / "a")
    assert written(results, tmp_path / "b", cache) == [KNOWN]
    assert fingerprints(tmp_path / "b") == before
    assert written(with_figure(results, 1.0), tmp_path / "a", cache) != [KNOWN]
    assert fingerprints(tmp_path / "a") != before
    assert written(results, tmp_path / "a", cache) == [KNOWN]
    assert fingerprints(tmp_path / "a") == before
    first, second = manifest_of(tmp_path / "a"), manifest_of(tmp_path / "b")
    assert first.pop("run_date")
    assert second.pop("run_date")
    assert first == second  # the seal too: it leaves the date out


@pytest.mark.usefixtures("light_steps")
def test_a_file_changed_by_hand_is_never_given_back(results: Results, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    written(results, tmp_path / "a", cache)
    before = fingerprints(tmp_path / "a")
    with file_in(tmp_path / "a", "coverage.csv").open("a") as stream:  # in place: the kept file may be the same one
        stream.write("x")
    for file in (cache / "runs").rglob("ledger.csv"):
        file.write_text("y")
    assert written(results, tmp_path / "b", cache) != [KNOWN]
    assert fingerprints(tmp_path / "b") == before
    assert written(results, tmp_path / "c", cache) == [KNOWN]  # kept again, sound
    assert fingerprints(tmp_path / "c") == before


@pytest.mark.usefixtures("light_steps")
def test_a_copied_run_shares_no_file_with_the_cache(results: Results, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    written(results, tmp_path / "a", cache)
    written(results, tmp_path / "b", cache)
    assert all(path.stat().st_nlink == 1 for path in files_in(tmp_path / "b").values())


@pytest.mark.slow
@pytest.mark.usefixtures("light_steps")
def test_the_oldest_of_many_runs_makes_room(results: Results, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for number in range(MOST_RUNS + 1):
        written(with_figure(results, float(number)), tmp_path / "a", cache)
        time.sleep(0.02)
        if number == MOST_RUNS - 1:
            assert written(results, tmp_path / "b", cache) == [KNOWN]  # of use again: number 1 is the oldest now
            time.sleep(0.02)
    assert len(list((cache / "runs").iterdir())) == MOST_RUNS
    assert written(results, tmp_path / "c", cache) == [KNOWN]
    assert written(with_figure(results, 1.0), tmp_path / "d", cache) != [KNOWN]


@pytest.mark.usefixtures("light_steps")
def test_a_disk_without_links_keeps_copies(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_link)
    written(results, tmp_path / "a", tmp_path / "cache")
    assert written(results, tmp_path / "b", tmp_path / "cache") == [KNOWN]
    assert fingerprints(tmp_path / "a") == fingerprints(tmp_path / "b")


@pytest.mark.usefixtures("light_steps")
def test_a_kept_run_that_cannot_be_read_is_written_anew(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    written(results, tmp_path / "a", cache)
    before = fingerprints(tmp_path / "a")
    copyfile = shutil.copyfile

    def gone(source: Path, target: Path) -> object:
        if source.name == "ledger.csv":
            raise FileNotFoundError(2, "No such file or directory")  # another run made room
        return copyfile(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "copyfile", gone)
        told = written(results, tmp_path / "b", cache)
    assert told[0] == KNOWN
    assert "Tableaux" in told
    assert fingerprints(tmp_path / "b") == before
    open_file = Path.open

    def unreadable(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "ledger.csv" and "runs" in path.parts:
            raise PermissionError(13, "Permission denied")
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", unreadable)
    assert KNOWN not in written(results, tmp_path / "c", cache)
    assert fingerprints(tmp_path / "c") == before


@pytest.mark.usefixtures("light_steps")
def test_what_a_killed_process_left_goes_after_a_day(results: Results, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "runs" / ".abc-def"
    recent = tmp_path / "cache" / "runs" / ".abc-123"
    left.mkdir(parents=True)
    recent.mkdir()
    os.utime(left, (0, 0))
    written(results, tmp_path / "a", tmp_path / "cache")
    assert not left.exists()
    assert recent.exists()


@pytest.mark.parametrize("changed", ["streets", "classes", "water", "minutes", "scenario minutes"])
def test_another_result_is_another_run(changed: str) -> None:
    results = make_results()
    if changed == "streets":
        other = replace(results, streets=results.streets.set_geometry(results.streets.geometry.translate(1.0)))
    elif changed == "classes":
        other = replace(results, streets=results.streets.assign(highway="steps"))
    elif changed == "water":
        other = replace(results, water=shapely.box(0, 0, 1, 1))
    else:
        times = results.travel_times["walk"]
        later = replace(times, minutes=times.minutes + np.float32(1))
        if changed == "minutes":
            other = replace(results, travel_times={**results.travel_times, "walk": later})
        else:
            other = replace(results, scenario_times={("sst-seuls", "walk"): later})
    assert run_identity(results) == run_identity(results)
    assert run_identity(results) != run_identity(other)


@pytest.mark.usefixtures("light_steps")
def test_a_cache_that_cannot_be_written_is_no_error(results: Results, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    written(results, tmp_path / "a", tmp_path / "cache")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "cache"]
