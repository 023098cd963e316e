"""Pages for everyone: axe-core without a violation, keyboard, enlargement to 400 %, narrow screens, paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from access92.outputs.maps.difference import write_difference_maps
from access92.outputs.maps.single import write_maps
from access92.outputs.report import write_report
from access92.run.results import Results
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import Opened, find_axe, open_run_map

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSER = find_chromium()
AXE = find_axe()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]
with_axe = pytest.mark.skipif(AXE is None, reason="no axe-core (npm pack axe-core; set ACCESS92_AXE to its folder)")
VIOLATIONS = """axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(v =>
  [v.impact, v.id, v.nodes.slice(0, 3).map(n => [n.html.slice(0, 160), n.failureSummary])]))"""
FADED_IN = """() => { const seen = document.querySelectorAll('.leaflet-popup');
  return seen.length === 1 && getComputedStyle(seen[0]).opacity === '1'; }"""


@pytest.fixture(scope="module")
def results(town_results: Results) -> Results:
    return town_results


@pytest.fixture(scope="module")
def folder(town_page: Path) -> Path:
    return town_page.parent


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    with open_run_map(browser, folder / "map.html") as page:
        yield page
        assert page.said == []


def violations(page: Page) -> list[object]:
    assert AXE is not None
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    return list(page.evaluate(VIOLATIONS))


@with_axe
@pytest.mark.parametrize(
    "size", [(1400, 900), *(pytest.param(size, marks=pytest.mark.slow) for size in ((320, 640), (640, 400)))]
)
def test_axe_finds_nothing_in_the_page_of_a_run_whatever_is_open(
    browser: Browser, folder: Path, size: tuple[int, int]
) -> None:
    with open_run_map(browser, folder / "map.html", viewport={"width": size[0], "height": size[1]}) as opened:
        page = opened.page
        assert violations(page) == []
        page.evaluate("A92.app.goToArea(1)")
        if page.is_visible("#a92-sheet"):
            page.click("#a92-sheet")
        page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
        page.evaluate("A92.app.setCounted(0, false)")
        page.evaluate("document.getElementById('a92-keep').requestSubmit()")
        page.evaluate("document.getElementById('a92-toml').click()")
        page.evaluate("document.getElementById('a92-search').focus()")
        page.fill("#a92-search", "Lieu")
        page.wait_for_selector("#a92-found li")
        page.keyboard.press("ArrowDown")
        assert violations(page) == []
        page.evaluate("A92.app.goToService(0)")
        page.wait_for_function(FADED_IN)
        assert violations(page) == []


@pytest.mark.slow
@with_axe
def test_axe_finds_nothing_in_the_other_pages_of_a_run(browser: Browser, results: Results, tmp_path: Path) -> None:
    single, difference = write_maps(results, tmp_path)[0], write_difference_maps(results, tmp_path)[0]
    report = write_report(results, tmp_path / "report.html")
    for path in (single, difference, report):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(path.as_uri())
        if path != report:
            page.wait_for_selector("html[data-access92=ready]", state="attached")
        assert (path.name, violations(page)) == (path.name, [])
        page.close()


def names(page: Page) -> list[str]:
    return [str(name) for name in page.locator("#a92-table tbody th").all_inner_texts()]


@pytest.mark.slow
def test_the_table_is_sorted_by_any_column_with_the_keyboard_and_keeps_its_order_and_the_focus(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-areas').open = true")
    of_study = names(page)
    page.focus("#a92-table thead th:nth-child(4) button")
    page.keyboard.press("Enter")
    head = page.locator("#a92-table thead th >> nth=3")
    assert head.get_attribute("aria-sort") == "descending"
    shares = page.evaluate("A92.app.data.areas.map((_, i) => A92.app.sums.after[i] / A92.app.sums.total[i])")
    expected = [name for _, name in sorted(zip(shares, of_study, strict=True), key=lambda pair: -pair[0])]
    assert names(page) == expected
    assert page.evaluate("document.activeElement.textContent").startswith("Part")
    opened.update({"threshold": 10.0})
    assert head.get_attribute("aria-sort") == "descending"
    shares = page.evaluate("A92.app.data.areas.map((_, i) => A92.app.sums.after[i] / A92.app.sums.total[i])")
    assert names(page) == [name for _, name in sorted(zip(shares, of_study, strict=True), key=lambda pair: -pair[0])]
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert names(page) == of_study
    # a commune keeps the focus too while figures change
    page.focus("#a92-table tbody tr:nth-child(2) button")
    opened.update({"mode": "car"})
    assert page.evaluate("document.activeElement.textContent") == of_study[1]


@pytest.mark.slow
def test_tab_goes_through_the_whole_page_and_is_never_stuck(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    page.evaluate("document.activeElement.blur()")
    path = """(() => { const active = document.activeElement;
      return [active === document.body, Array.from(document.querySelectorAll('*')).indexOf(active)]; })()"""
    seen = []
    for _ in range(250):
        page.keyboard.press("Tab")
        is_body, at = page.evaluate(path)
        if is_body or (seen and at == seen[0]):
            break
        assert at not in seen, page.evaluate("document.activeElement.outerHTML")
        seen.append(at)
    else:
        pytest.fail("Tab never came back to the beginning")
    reached = page.evaluate("rows => rows.map(at => document.querySelectorAll('*')[at].id)", seen)
    for name in ("search", "scenario", "copy", "kept-name", "toml", "paper", "print"):
        assert f"a92-{name}" in reached
    assert page.locator(".leaflet-marker-icon").count() > 0


@pytest.mark.slow
def test_the_links_past_the_panel_move_the_focus_and_leave_what_is_shown(opened: Opened) -> None:
    page = opened.page
    opened.update({"threshold": 10.0})
    page.wait_for_timeout(350)
    for place, focused in (("a92-areas", "#a92-areas summary"), ("a92-map", "#a92-map")):
        page.focus(f".a92-skip[href='#{place}']")
        page.keyboard.press("Enter")
        assert page.evaluate("selector => document.activeElement === document.querySelector(selector)", focused)
        assert "seuil=10" in page.evaluate("location.hash")
    page.goto(page.url.partition("#")[0] + "#a92-areas")
    page.wait_for_timeout(100)
    assert page.evaluate("A92.app.state.threshold") == 10


@pytest.mark.slow
def test_no_fold_is_skipped_by_the_keyboard(opened: Opened) -> None:
    """A fold with a tabindex below 0 hides all that is in it from the keyboard in Firefox."""
    assert opened.page.locator("details[tabindex]").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "size",
    [
        (320, 640), (320, 256), (1280, 800),
        *(pytest.param(size, marks=pytest.mark.slow) for size in ((640, 400), (768, 1024), (1920, 1080))),
    ],
)  # fmt: skip
def test_nothing_is_lost_at_any_width_nor_when_the_page_is_enlarged_to_400_per_cent(
    browser: Browser, folder: Path, size: tuple[int, int]
) -> None:
    with open_run_map(browser, folder / "map.html", viewport={"width": size[0], "height": size[1]}) as opened:
        page = opened.page
        if page.is_visible("#a92-sheet"):
            page.click("#a92-sheet")
        page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        wider = page.evaluate(
            "width => Array.from(document.querySelectorAll('#a92-side *'))"
            ".filter(e => e.closest('.a92-scroll') === null && !e.closest('.a92-hidden'))"
            ".filter(e => e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 90))",
            size[0],
        )
        assert wider == []
        for name in ("search", "scenario", "threshold", "copy", "kept-name", "paper", "table"):
            box = page.locator(f"#a92-{name}")
            box.scroll_into_view_if_needed()
            assert box.is_visible(), name
        page.evaluate("document.getElementById('a92-map').scrollIntoView()")
        box = page.locator("#a92-map .folium-map").bounding_box()
        assert box is not None
        assert box["width"] >= min(280, size[0] - 40)
        assert box["height"] >= 100


@pytest.mark.slow
def test_settings_are_a_sheet_over_the_map_that_closes(browser: Browser, folder: Path) -> None:
    with open_run_map(browser, folder / "map.html", viewport={"width": 320, "height": 640}) as opened:
        page = opened.page
        closed = page.locator("#a92-map .folium-map").bounding_box()
        page.click("#a92-sheet")
        # it fills the screen: nothing of the map shows by halves, nor changes its size for it
        assert page.locator("#a92-side").bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 640}
        page.evaluate("document.getElementById('a92-side').scrollTo(0, 1e6)")
        assert (
            page.evaluate("document.elementFromPoint(160, 12).id") == "a92-sheet"
        )  # the way back stays in view, however far one has scrolled
        page.click("#a92-sheet")
        assert page.locator("#a92-map .folium-map").bounding_box() == closed
        # nor does anything stand over the legend
        page.click("#a92-legend-box summary")
        page.wait_for_function("() => document.querySelector('.a92-legend-open')")
        over = page.evaluate("""() => { const seen = [];
          const b = document.getElementById("a92-legend-box").getBoundingClientRect();
          for (let x = b.left + 2; x < b.right; x += 8) for (let y = b.top + 2; y < b.bottom; y += 8) {
            const on = document.elementFromPoint(x, y);
            if (!on.closest("#a92-legend-box")) seen.push(on.className);
          }
          return seen; }""")
        assert over == []
        page.click("#a92-legend-box summary")
        # what shows something on the map shows the map
        page.click("#a92-sheet")
        page.evaluate("A92.app.goToArea(0)")
        assert page.get_attribute("#a92-sheet", "aria-expanded") == "false"
        assert not page.evaluate(
            """() => { const said = document.querySelector(".leaflet-control-attribution").getBoundingClientRect();
              const others = [...document.querySelectorAll(".leaflet-control, #a92-legend-box")];
              return others.filter(e => !e.matches(".leaflet-control-attribution")).map(e => e.getBoundingClientRect())
                .some(b => b.width && b.bottom > said.top + 1 && b.top < said.bottom - 1 && b.right > said.left); }"""
        )


@pytest.mark.slow
def test_ctrl_p_prints_what_the_button_prints(opened: Opened) -> None:
    page = opened.page
    page.evaluate("""() => { window.printed = []; window.print = () => {
      const size = A92.app.map.getSize();
      window.printed.push([document.documentElement.classList.contains("a92-paper"), size.x, size.y]); }; }""")
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.printed.length === 1")
    page.evaluate("A92.app.layBack(); document.getElementById('a92-print').click()")
    page.wait_for_function("() => window.printed.length === 2")
    page.evaluate("A92.app.layBack()")
    first, second = page.evaluate("window.printed")
    assert first == second
    assert first[0]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (poppler-utils)")
@pytest.mark.parametrize("paper", ["A4 portrait", pytest.param("A3 landscape", marks=pytest.mark.slow)])
def test_a_map_laid_out_for_a_paper_fills_its_page_and_the_table_follows_whole(
    opened: Opened, tmp_path: Path, paper: str
) -> None:
    page, made = opened.page, tmp_path / "page.pdf"
    before = page.evaluate("[A92.app.map.getZoom(), A92.app.map.getCenter().lat, location.hash]")
    page.evaluate("paper => A92.app.layOut(paper)", paper)
    size = page.evaluate("[A92.app.map.getSize().x, A92.app.map.getSize().y]")
    page.pdf(path=str(made), prefer_css_page_size=True, print_background=True)
    page.evaluate("A92.app.layBack()")
    assert page.evaluate("[A92.app.map.getZoom(), A92.app.map.getCenter().lat, location.hash]") == pytest.approx(before)
    info = subprocess.run(["pdfinfo", str(made)], capture_output=True, check=True, encoding="utf-8").stdout
    millimetres = {"A4 portrait": (210, 297), "A3 landscape": (420, 297)}[paper]
    wide, high = (float(value) * 25.4 / 72 for value in re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", info)[0])
    assert (wide, high) == pytest.approx(millimetres, abs=1)
    # the map takes the width of the page, and all that the sentence leaves of its height
    assert size[0] * 25.4 / 96 == pytest.approx(millimetres[0] - 24, abs=1)
    assert size[1] * 25.4 / 96 > 0.6 * (millimetres[1] - 24)
    pages = subprocess.run(
        ["pdftotext", "-layout", str(made), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout.split("\f")
    assert "couverts" in pages[0]
    assert "Classe" not in pages[0]
    table = "\n".join(pages[1:])
    assert all(re.search(rf"^\s*{re.escape(name.split('’')[0])}", table, re.MULTILINE) for name in
               page.evaluate("A92.app.data.areas"))  # fmt: skip
    assert len([text for text in pages if text.strip()]) == 2
