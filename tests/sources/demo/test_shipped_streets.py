"""The shipped demonstration streets are those that the generator gives for the shipped study, and for no other."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from access92.sources import study_streets
from access92.sources.areas import read_areas
from access92.sources.demo.shipped_streets import FILE, read_grown, shipped_streets, streets_key, write_grown
from access92.sources.demo.streets import make_demo_streets
from access92.study.read import read_study
from tests.sources.demo_streets import DATA, MARGIN_M, SEED, shipped_frame, small_frame


@cache
def small_streets() -> gpd.GeoDataFrame:
    return make_demo_streets(small_frame(), margin_m=300)


def assert_same(streets: gpd.GeoDataFrame | None, grown: gpd.GeoDataFrame) -> None:
    assert streets is not None
    assert_frame_equal(streets.drop(columns="geometry"), grown.drop(columns="geometry"), check_exact=True)
    assert (shapely.to_wkb(streets.geometry.to_numpy()) == shapely.to_wkb(grown.geometry.to_numpy())).all()
    assert streets.crs == grown.crs


def test_the_shipped_streets_are_of_the_shipped_study_and_of_the_generator_as_it_is() -> None:
    streets = shipped_streets(shipped_frame(), seed=SEED, margin_m=MARGIN_M)
    assert streets is not None, "python -m docs.demo_streets makes them anew"
    assert len(streets) > 150_000
    assert (DATA / FILE).stat().st_size < 3e6


@pytest.mark.slow
def test_the_generator_gives_the_shipped_streets_to_the_bit() -> None:
    grown = make_demo_streets(shipped_frame(), seed=SEED, margin_m=MARGIN_M)
    assert_same(shipped_streets(shipped_frame(), seed=SEED, margin_m=MARGIN_M), grown)


def test_streets_come_back_from_their_file_as_they_were_grown(tmp_path: Path) -> None:
    write_grown(small_streets(), tmp_path / "s.parquet", "k")
    assert_same(read_grown(tmp_path / "s.parquet", "k"), small_streets())
    assert read_grown(tmp_path / "s.parquet", "other") is None
    assert read_grown(tmp_path / "none.parquet", "k") is None


def test_a_damaged_file_is_told_and_never_read_as_streets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "s.parquet"
    write_grown(small_streets(), file, "k")
    whole = file.read_bytes()
    for at in (200, len(whole) // 4, len(whole) // 3, len(whole) // 2):  # of the pages
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        assert read_grown(file, "k") is None, at
    file.write_bytes(whole[: len(whole) // 2])
    assert read_grown(file, "k") is None
    assert caplog.text.count("s.parquet cannot be read") == 5


def test_the_key_is_of_the_frame_the_seed_the_margin_and_the_text_of_the_generator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = small_frame()
    key = streets_key(frame, seed=1, margin_m=300)
    moved = frame.communes.assign(geometry=frame.communes.translate(0.01))
    others = [
        streets_key(frame, seed=2, margin_m=300),
        streets_key(frame, seed=1, margin_m=301),
        streets_key(replace(frame, communes=moved), seed=1, margin_m=300),
        streets_key(replace(frame, communes=frame.communes.assign(area_id=["a", "b"])), seed=1, margin_m=300),
        streets_key(replace(frame, bridges=small_frame(modes="walk").bridges), seed=1, margin_m=300),
        streets_key(replace(frame, grid=frame.grid.assign(population=1.0)), seed=1, margin_m=300),
        streets_key(replace(frame, seine=shapely.reverse(frame.seine)), seed=1, margin_m=300),
        streets_key(replace(frame, green=frame.communes), seed=1, margin_m=300),
    ]
    assert len({key, *others}) == len(others) + 1

    assert streets_key(small_frame(), seed=1, margin_m=300.0) == key
    nearly = frame.communes.assign(geometry=frame.communes.translate(1e-9))
    assert streets_key(replace(frame, communes=nearly), seed=1, margin_m=300) == key  # another build of PROJ
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path) + (b"#" if path.name == "gaps.py" else b""))
    assert streets_key(frame, seed=1, margin_m=300) != key


def test_the_shipped_study_grows_no_street_and_one_with_another_seed_does(monkeypatch: pytest.MonkeyPatch) -> None:
    study = read_study(DATA / "studies" / "sosms.toml")
    areas = read_areas(study)

    def grow(*_: object, **__: object) -> gpd.GeoDataFrame:
        raise NotImplementedError

    monkeypatch.setattr(study_streets, "make_demo_streets", grow)
    assert len(study_streets.read_study_streets(study, areas, cache_folder=None).table) > 150_000
    other = study.model_copy(update={"streets": study.streets.model_copy(update={"demo_seed": 93})})
    with pytest.raises(NotImplementedError):
        study_streets.read_study_streets(other, areas, cache_folder=None)
