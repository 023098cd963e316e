"""What a run says that it read is what it read: files that change meanwhile are refused, and never cached as others."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import access92
from access92.cache.store import file_state
from access92.errors import InputError
from access92.run.inputs import input_files, watch_inputs
from access92.sources import study_population
from access92.sources.streets import read as street_source
from access92.sources.streets.read import read_streets
from tests.toy_study import GOOD_STUDY, write_toy_study

INPUTS = {"areas.geojson": "zones", "services.csv": "services", "people.csv": "population", "streets.osm": "rues"}
SENSITIVE = GOOD_STUDY + "[sensitivity]\ndraws = 2\n"


def edit(file: Path) -> None:
    """One blank more: the same content for any reader, and other bytes."""
    file.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")


def edit_at(step: str, file: Path) -> Any:
    def tell(name: str) -> None:
        if name == step:
            edit(file)

    return tell


@pytest.mark.parametrize("name", INPUTS)
def test_a_file_that_changes_while_the_study_is_read_is_refused(name: str, tmp_path: Path) -> None:
    study = access92.read_study(write_toy_study(tmp_path))
    tell = edit_at("Population", tmp_path / name)
    with pytest.raises(InputError, match=f"a changé pendant le calcul : {name}") as refusal:
        access92.run_study(study, on_progress=tell, cache_folder=tmp_path / "cache")
    assert refusal.value.exit_code == 3


@pytest.mark.slow
def test_a_population_that_changes_once_it_was_read_no_longer_concerns_the_sensitivity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = access92.read_study(write_toy_study(tmp_path, study=SENSITIVE))
    expected = access92.run_study(study).sensitivity.bands
    build_routers = access92.run.pipeline.build_study_routers

    def late(*arguments: Any, **options: Any) -> Any:
        edit(tmp_path / "people.csv")
        return build_routers(*arguments, **options)

    monkeypatch.setattr("access92.run.pipeline.build_study_routers", late)
    pd.testing.assert_frame_equal(access92.run_study(study).sensitivity.bands, expected)


def test_a_file_that_changes_once_it_was_read_is_sealed_as_it_was_read(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    study = access92.read_study(file)
    before = {item.path: item.sha256 for item in input_files(study)}
    edit(file)  # read already

    def tell(step: str) -> None:
        if step == "Couverture":
            for name in INPUTS:
                edit(tmp_path / name)

    results = access92.run_study(study, on_progress=tell)
    assert {item.path: item.sha256 for item in results.inputs} == before
    assert {item.path: item.sha256 for item in input_files(study)} != before


def test_the_fingerprint_of_a_study_is_that_of_the_bytes_it_was_read_from(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    content = file.read_bytes()
    study = access92.read_study(file)
    file.write_text("autre chose", encoding="utf-8")
    assert study.sha256 == hashlib.sha256(content).hexdigest()
    assert study.size_bytes == len(content)
    first = watch_inputs(study).files()[0]
    assert (first.role, first.sha256, first.size_bytes) == ("étude", study.sha256, len(content))


def test_a_file_that_was_changed_and_changed_back_is_not_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a", encoding="utf-8")
    before = file_state(file)
    os.utime(file, ns=(1, 1))
    assert file_state(file) != before
    assert file_state(tmp_path / "absent") is None


def test_streets_that_change_between_their_key_and_their_reading_are_not_kept_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_toy_study(tmp_path)
    file, cache = tmp_path / "streets.osm", tmp_path / "cache"
    whole = file.read_text("utf-8")
    fewer = "".join(line for line in whole.splitlines(keepends=True) if "<way id='3'" not in line)
    read = street_source.read_osm

    def read_another(path: Path, **options: Any) -> Any:
        file.write_text(fewer, encoding="utf-8")
        ways = read(path, **options)
        file.write_text(whole, encoding="utf-8")
        return ways

    monkeypatch.setattr(street_source, "read_osm", read_another)
    few = read_streets(file, extent=None, crs=2154, cache_folder=cache)
    monkeypatch.undo()
    again = read_streets(file, extent=None, crs=2154, cache_folder=cache)
    assert not again.from_cache
    assert len(again.streets) > len(few.streets)
    assert read_streets(file, extent=None, crs=2154, cache_folder=cache).from_cache


def test_people_that_change_between_their_key_and_their_reading_are_not_kept_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = access92.read_study(write_toy_study(tmp_path))
    cache = tmp_path / "cache"
    read = study_population.read_population

    def read_and_edit(*arguments: Any, **options: Any) -> Any:
        edit(tmp_path / "people.csv")
        return read(*arguments, **options)

    monkeypatch.setattr(study_population, "read_population", read_and_edit)
    with pytest.raises(InputError, match="a changé pendant le calcul"):
        access92.run_study(study, cache_folder=cache)
    assert not list(cache.glob("people-*"))
