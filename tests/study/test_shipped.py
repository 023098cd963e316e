"""The shipped study is found by its name wherever one is, and may be copied with its data."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError, OutputError
from access92.study import shipped
from access92.study.read import read_study
from tests.conftest import ROOT


def test_a_shipped_study_is_read_by_its_name_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = read_study("sosms")
    assert study.file == ROOT / "data/studies/sosms.toml"
    assert study == read_study("sosms.toml")
    assert study.locate(study.services.file).is_file()


def test_a_file_of_that_name_in_the_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sosms.toml").write_text("name = 3", encoding="utf-8")
    with pytest.raises(InputError, match="name"):
        read_study("sosms.toml")


@pytest.mark.parametrize("name", ["ailleurs/sosms", "sosm", "../sosms", ".toml", ""])
def test_any_other_name_is_a_path(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        read_study(name)


def test_an_installed_package_has_the_data_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = shipped.copy_shipped(tmp_path / "access92" / "shipped")
    (tmp_path / "access92" / "study").mkdir()
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "access92" / "study" / "shipped.py"))
    assert shipped.shipped_data() == tmp_path / "access92" / "shipped"
    assert read_study("sosms").file == copied
    (tmp_path / "data" / "studies").mkdir(parents=True)  # of somebody else
    assert shipped.shipped_data() == tmp_path / "access92" / "shipped"
    with pytest.raises(OutputError, match="existe déjà"):
        shipped.copy_shipped(tmp_path / "data")
