"""An online base map: only where the study asks for it, from one host, and never needed."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from access92.errors import InputError
from access92.outputs.layout import file_in
from access92.outputs.maps.basemaps import BASEMAPS
from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.maps.single import write_maps
from access92.run.results import Results
from access92.study.model import MapOptions
from access92.study.read import read_study
from access92.study.types import BasemapName
from tests.outputs.chromium import find_chromium
from tests.outputs.synthetic import make_results

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSER = find_chromium()
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""An image of one pixel."""

OWN = "document.querySelectorAll('.leaflet-a92-backdrop-pane canvas, .leaflet-a92-streets-pane canvas').length"


def few(basemap: BasemapName | None) -> Results:
    made = make_results(n_demand=60, basemap=basemap)
    return replace(made, access_records=made.access_records[:1], scenarios=made.scenarios[:1])


def policy(page: str) -> str:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("name", [None, *get_args(BasemapName)])
def test_only_the_base_map_that_a_study_asks_for_may_be_called(name: BasemapName | None, tmp_path: Path) -> None:
    results = few(name)
    for path in (*write_maps(results, tmp_path), write_run_map(results, tmp_path)):
        text = path.read_text("utf-8")
        images = re.findall(r"img-src ([^;]*)", policy(text))
        assert images == ["data:" if name is None else f"data: {BASEMAPS[name].host}"]
        assert [other for other in BASEMAPS.values() if other.path in text] == ([BASEMAPS[name]] if name else [])
        assert "unsafe" not in policy(text)


def test_every_name_has_a_base_map_by_https_that_says_who_made_it() -> None:
    assert set(BASEMAPS) == set(get_args(BasemapName))
    for item in BASEMAPS.values():
        assert item.host.startswith("https://")
        assert all(part in item.path for part in ("{z}", "{x}", "{y}"))
        assert item.attribution.startswith("©")


def test_the_former_name_of_the_option_is_read() -> None:
    assert MapOptions.model_validate({"tiles": True}).basemap == "osm"
    assert MapOptions.model_validate({"tiles": False}).basemap is None
    assert MapOptions.model_validate({"tiles": True, "basemap": "ign"}).basemap == "ign"


def test_another_base_map_is_refused(tmp_path: Path) -> None:
    study = (Path(__file__).parents[3] / "data/studies/sosms.toml").read_text("utf-8")
    path = tmp_path / "etude.toml"
    path.write_text(study + '\n[map]\nbasemap = "google"\n', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_study(path)
    assert "basemap" in str(refused.value)


def serve(page: Page, host: str, *, answers: bool) -> list[str]:
    """Answers the requests to a host with an image, or cuts them off; the addresses asked for."""
    asked: list[str] = []

    def answer(route: Any) -> None:
        if not route.request.url.startswith("http"):
            route.continue_()
            return
        asked.append(route.request.url)
        if answers and route.request.url.startswith(host):
            route.fulfill(body=DOT, content_type="image/png")
        else:
            route.abort()

    page.route("**/*", answer)
    return asked


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
@pytest.mark.parametrize("page_name", ["map.html", pytest.param("map_aujourdhui_walk.html", marks=pytest.mark.slow)])
def test_the_study_s_own_ground_gives_way_to_images_and_is_there_without_them(
    browser: Browser, page_name: str, tmp_path: Path
) -> None:
    results = few("ign")
    write_maps(results, tmp_path)
    write_run_map(results, tmp_path)
    for answers in (True, False):
        page = browser.new_page(viewport={"width": 900, "height": 700})
        asked = serve(page, BASEMAPS["ign"].host, answers=answers)
        page.goto(file_in(tmp_path, page_name).as_uri())
        page.wait_for_selector("html[data-access92=ready]", state="attached")
        page.wait_for_function(f"shown => ({OWN} === 0) === shown", arg=answers)
        words = page.locator("#a92-online, .a92-online").text_content() or ""
        if not answers:
            page.wait_for_function(
                "() => document.querySelector('#a92-online, .a92-online').textContent.includes('injoignable')"
            )
        else:
            assert "data.geopf.fr" in words
        assert asked
        assert all(url.startswith("https://data.geopf.fr/wmts?") for url in asked)
        page.close()
