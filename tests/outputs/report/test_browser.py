"""The report in a real browser, with no network: nothing asked of anyone, no serious fault of accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import find_axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSER = find_chromium()
AXE = find_axe()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]


@pytest.fixture(scope="module")
def opened(changed_folder: Path) -> Iterator[tuple[Page, list[str]]]:
    api = pytest.importorskip("playwright.sync_api", reason="no playwright (dev dependency)")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        context = browser.new_context(offline=True, bypass_csp=False)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text))
        page.on("requestfailed", lambda request: said.append(request.url))
        page.goto((changed_folder / "report.html").as_uri())
        yield page, said
        browser.close()


@pytest.mark.slow  # by default test_report finds no script and no other host in the page
def test_it_opens_without_network_and_says_nothing_in_the_console(opened: tuple[Page, list[str]]) -> None:
    page, said = opened
    loaded = page.evaluate("Array.from(document.images).every(image => image.complete && image.naturalWidth > 0)")
    assert loaded
    assert said == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1920])
def test_nothing_is_wider_than_the_window(opened: tuple[Page, list[str]], width: int) -> None:
    page, _ = opened
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.skipif(AXE is None, reason="no axe-core (npm pack axe-core; set ACCESS92_AXE to its folder)")
def test_axe_finds_no_serious_fault_of_accessibility(opened: tuple[Page, list[str]]) -> None:
    assert AXE is not None
    page, _ = opened
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    faults = page.evaluate("axe.run(document).then(found => found.violations.map(v => [v.impact, v.id]))")
    assert [fault for fault in faults if fault[0] in {"serious", "critical"}] == []
