"""Parsed streets kept on disk: same table, never a stale or damaged one."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
import shapely

import access92.sources.streets.cache
from access92.sources.streets.read import StreetsRead, read_streets
from tests.sources.street_fixtures import NANTERRE, STREET_FIXTURES


def read(folder: Path, name: str = "crossing.osm", **options: object) -> StreetsRead:
    settings: dict[str, object] = {"extent": NANTERRE, "crs": 2154} | options
    return read_streets(STREET_FIXTURES / name, cache_folder=folder / "cache", **settings)  # type: ignore[arg-type]


def cache_file(folder: Path, part: str = "") -> Path:
    (file,) = (folder / "cache").glob(f"streets{part}-{64 * '[0-9a-f]'}.arrow")
    return file


def test_the_second_reading_comes_from_the_cache_and_is_the_same(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert (first.from_cache, second.from_cache) == (False, True)
    assert second.streets.equals(first.streets)
    assert second.streets.crs == first.streets.crs
    assert (second.streets.dtypes == first.streets.dtypes).all()


def test_notices_come_back_from_the_cache(tmp_path: Path) -> None:
    first, second = read(tmp_path, "undirected.graphml"), read(tmp_path, "undirected.graphml")
    assert second.from_cache
    assert second.notices == first.notices
    assert first.notices


@pytest.mark.parametrize(
    "change",
    [{"extent": None}, {"extent": shapely.box(2, 48, 3, 49)}, {"crs": 3035}, {"graphml_direction": "two_way"}],
)
def test_another_extent_system_or_option_is_read_anew(tmp_path: Path, change: dict[str, object]) -> None:
    read(tmp_path, "undirected.graphml")
    assert not read(tmp_path, "undirected.graphml", **change).from_cache


def test_another_code_version_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(tmp_path)
    monkeypatch.setattr(access92.sources.streets.cache, "writers_fingerprint", lambda *_: "another")
    assert not read(tmp_path).from_cache


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file = Path(shutil.copy(STREET_FIXTURES / "crossing.osm", tmp_path))
    cache = tmp_path / "cache"
    read_streets(file, extent=None, crs=2154, cache_folder=cache)
    file.write_text(file.read_text(encoding="utf-8").replace("Rue Haute", "Rue Basse"), encoding="utf-8")
    changed = read_streets(file, extent=None, crs=2154, cache_folder=cache)
    assert not changed.from_cache
    assert "Rue Basse" in set(changed.streets["name"])


@pytest.mark.parametrize("damage", ["cut off", "one byte", "empty"])
@pytest.mark.parametrize("part", ["", "-nodes", "-restrictions"])
def test_a_damaged_cache_file_is_told_and_made_anew(
    tmp_path: Path,
    damage: str,
    part: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = read(tmp_path)
    file = cache_file(tmp_path, part)
    content = bytearray(file.read_bytes())
    if damage == "one byte":
        content[len(content) // 2] ^= 1
    file.write_bytes(bytes({"cut off": content[:-100], "one byte": content, "empty": bytearray()}[damage]))
    with caplog.at_level(logging.WARNING):
        again = read(tmp_path)
    assert "damaged" in caplog.text
    assert not again.from_cache
    assert again.streets.equals(whole.streets)
    assert read(tmp_path).from_cache


def test_a_cache_that_cannot_be_written_is_told_and_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert len(read(tmp_path).streets) > 0
    assert "cannot be cached" in caplog.text
