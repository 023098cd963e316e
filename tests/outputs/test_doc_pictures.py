"""The pictures of the documentation: made by one command from a finished run, light, the same bytes each time."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import docs.pictures.browser
from docs.pictures.__main__ import main
from docs.pictures.small_png import HEAVIEST_BYTES, WIDEST_PX, choose_palette, small_png
from tests.conftest import ROOT
from tests.outputs.chromium import find_chromium

OF_A_BROWSER = {"carte_a_pied.png", "carte.png", "difference.png", "diapositive.png"}
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]+\.png)\)")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
def test_one_command_makes_every_picture_light_and_narrow(
    changed_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    assert main([str(changed_folder), "--output", str(tmp_path)]) == 0
    made = {path.name: path for path in tmp_path.iterdir()}
    said = capsys.readouterr()
    left = {name for name in ("rapport.png", "qgis.png") if f"{name} reste tel quel" in said.err}
    assert set(made) == (OF_A_BROWSER | {"rapport.png", "qgis.png"}) - left
    for path in made.values():
        with Image.open(path) as picture:
            assert picture.mode == "P"
            assert picture.width <= WIDEST_PX
            assert len(picture.getcolors()) > 8, "a blank picture"
        assert path.stat().st_size <= HEAVIEST_BYTES


def test_a_missing_run_is_refused_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent"), "--output", str(tmp_path / "images")]) == 3
    assert "Le dossier du calcul n’existe pas." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_run_is_told_all_that_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--output", str(tmp_path / "images")]) == 3
    said = capsys.readouterr().err
    assert all(name in said for name in ("map.html", "report.pdf", "results.gpkg", "difference_*.html"))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_without_chromium_the_command_refuses_and_says_how_to_install_it(
    changed_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs.pictures.browser, "find_chromium", lambda: None)
    assert main([str(changed_folder), "--output", str(tmp_path)]) == 3
    assert "Installer chromium" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_ground_keeps_its_colour_and_the_others_stay_close() -> None:
    rng = np.random.default_rng(92)
    pixels = np.full((200, 300, 3), 255, dtype=np.uint8)
    pixels[:, :100] = (246, 244, 239)  # a cream that a coarse palette would make white
    pixels[:150, 200:] = rng.integers(0, 120, (150, 100, 3))
    palette, codes = choose_palette(pixels, 40)
    shown = palette[codes].astype(int)
    assert (shown[:, :200] == pixels[:, :200]).all()
    assert np.sqrt(((shown - pixels) ** 2).sum(axis=2)).max() <= 40
    picture = Image.fromarray(pixels)
    assert small_png(picture, "essai.png") == small_png(picture, "essai.png")


def test_every_picture_of_the_pages_is_there_light_and_told_in_words() -> None:
    seen = set()
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for words, name in SHOWN.findall(page.read_text(encoding="utf-8")):
            path = page.parent / name
            seen.add(path.name)
            assert len(words) > 30, f"{page.name}: {name} needs words for who does not see it"
            assert path.stat().st_size <= HEAVIEST_BYTES, name
            with Image.open(path) as picture:
                assert picture.width <= WIDEST_PX, name
    assert seen >= OF_A_BROWSER | {"rapport.png", "qgis.png"}


@pytest.mark.parametrize("name", ["small_png", "paper"])
def test_the_examples_of_the_command_hold(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"docs.pictures.{name}"))
    assert tried
    assert not failed
