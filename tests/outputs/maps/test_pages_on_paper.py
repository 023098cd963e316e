"""The pages printed from the browser's own menu, which no button of theirs announces: a map that fills its page."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from access92.outputs.maps.difference import write_difference_maps
from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.maps.single import write_maps
from access92.run.results import Results
from tests.outputs.chromium import find_chromium
from tests.outputs.firefox import find_firefox, running_firefox
from tests.outputs.run_map_town import town

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIREFOX = find_firefox()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no pdftoppm (poppler-utils)"),
]
in_chromium = pytest.mark.skipif(
    find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)"
)
_MARGIN_MM = 12
_GROUND = (246, 244, 239)  # of the map, where nothing is drawn


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    results: Results = town()
    folder = tmp_path_factory.mktemp("paper")
    return {
        "run": write_run_map(results, folder), "single": write_maps(results, folder)[0],
        "difference": write_difference_maps(results, folder)[0],
    }  # fmt: skip


def printed(file: Path) -> tuple[np.ndarray, float]:
    """The first page (uint8, RGB) and how many millimetres one of its pixels is."""
    subprocess.run(["pdftoppm", "-r", "50", "-png", "-singlefile", str(file), str(file.with_suffix(""))], check=True)
    with Image.open(file.with_suffix(".png")) as image:
        return np.asarray(image.convert("RGB")).astype(int), 25.4 / 50


def check_map(file: Path) -> None:
    """The map is on the first page, as wide as it and down to its foot, and what is under the names is drawn."""
    image, mm = printed(file)
    ground = (np.abs(image - _GROUND) <= 2).all(axis=2)
    rows, columns = np.flatnonzero(ground.sum(axis=1) > 20), np.flatnonzero(ground.sum(axis=0) > 20)
    assert len(rows), "nothing of the map's ground is printed"
    height, width = image.shape[0] * mm, image.shape[1] * mm
    assert (columns[-1] - columns[0]) * mm == pytest.approx(width - 2 * _MARGIN_MM, abs=3)
    assert rows[-1] * mm > height - _MARGIN_MM - 15
    assert (rows[-1] - rows[0]) * mm > 0.5 * height
    colourful = image[rows[0] : rows[-1]].max(axis=2) - image[rows[0] : rows[-1]].min(axis=2) > 60
    assert colourful.mean() > 0.004, "no people are printed"


@in_chromium
@pytest.mark.parametrize(
    "kind", ["run", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("single", "difference"))]
)
def test_the_browser_s_menu_prints_a_map_that_fills_its_page(
    browser: Browser, pages: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(pages[kind].as_uri())
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    ink = """() => { const found = document.querySelector(".leaflet-pane canvas").getContext("2d");
      return [document.querySelector(".folium-map").clientWidth, document.documentElement.className, !!found]; }"""
    before = page.evaluate(ink)
    for name in ("first.pdf", "again.pdf"):
        page.pdf(path=str(tmp_path / name), prefer_css_page_size=True, print_background=True)
        check_map(tmp_path / name)
        assert page.evaluate(ink) == before  # the screen has its map back
    page.close()


@in_chromium
@pytest.mark.slow
def test_the_menu_prints_on_the_paper_that_was_chosen(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(pages["run"].as_uri())
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    page.evaluate("document.getElementById('a92-paper').value = 'A3 landscape'")
    page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True, print_background=True)
    info = subprocess.run(["pdfinfo", str(tmp_path / "page.pdf")], capture_output=True, check=True, encoding="utf-8")
    wide, high = (float(value) * 25.4 / 72 for value in re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", info.stdout)[0])
    assert (wide, high) == pytest.approx((420, 297), abs=1)
    check_map(tmp_path / "page.pdf")
    page.close()


@pytest.mark.slow
@pytest.mark.skipif(FIREFOX is None, reason="no Firefox on the path (set FIREFOX to its executable)")
def test_firefox_prints_it_too(pages: dict[str, Path], tmp_path: Path) -> None:
    assert FIREFOX is not None
    with running_firefox(FIREFOX, tmp_path / "profile") as firefox:
        for kind, path in pages.items():
            firefox.open(path)
            made = tmp_path / f"{kind}.pdf"
            made.write_bytes(base64.b64decode(firefox.pdf(background=True)))
            check_map(made)
