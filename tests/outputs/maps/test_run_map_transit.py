"""Public transport in the page of a run: what it says is what the engine computes, and a click shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import access92
from access92.outputs.maps.run_map.page import write_run_map
from access92.run.results import Results
from tests.conftest import ROOT
from tests.outputs.chromium import find_chromium
from tests.outputs.node_scripts import needs_node
from tests.outputs.run_map_browser import Opened, find_axe, open_run_map
from tests.outputs.transit_page import TransitPage, check_answer, transit_page
from tests.random_studies import write_random_study
from tests.run.test_timetable_scenarios import CLOSED, OFTEN, REMOVED, SHIFTED, added_line, file_with, scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE, BROWSER = find_axe(), find_chromium()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
CHANGES = {"ligne": added_line("N <b>&"), "sans": REMOVED, "souvent": OFTEN, "ferme": CLOSED, "dimanche": SHIFTED}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    scenarios = [scenario(name, change) for name, change in CHANGES.items()]
    return access92.run_study(access92.read_study(file_with(tmp_path_factory.mktemp("bus"), *scenarios)))


@pytest.fixture(scope="module")
def page(results: Results) -> TransitPage:
    return transit_page(results)


def check_homes(page: TransitPage, *, homes: int, minutes: int, seed: int = 92) -> int:
    """Compare the page with the engine for some homes of each scenario, mode and rule; how many minutes ride."""
    rng = np.random.default_rng(seed)
    results = page.results
    asked = [
        (item["name"], rides.mode, rule, int(home))
        for rides in results.mode_rides
        for item in page.data["scenarios"]
        if item["name"] in rides.scenarios
        for rule in item["rules"]
        for home in rng.choice(len(results.demand), min(homes, len(results.demand)), replace=False)
    ]
    ridden = 0
    for question, told in zip(asked, page.ask(asked), strict=True):
        if told is None:
            name, mode, *_ = question
            assert np.isnan(results.access(name, mode).travel_time_min[question[3]]) or question[2] != "any"
            continue
        check_answer(results, question, told, minutes=rng.choice(len(told["seconds"]), minutes).tolist())
        ridden += sum(told["rides"])
    return ridden


@needs_node
def test_the_page_says_of_homes_and_minutes_what_the_engine_says(page: TransitPage) -> None:
    assert check_homes(page, homes=4, minutes=1) > 0


@needs_node
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 60)])
def test_random_studies_that_ride_have_such_pages(seed: int, tmp_path: Path) -> None:
    try:
        results = access92.run_study(access92.read_study(write_random_study(tmp_path / "study", seed)))
    except access92.InputError as error:  # two changes that were drawn contradict each other
        pytest.skip(str(error))
    write_run_map(results, tmp_path)
    if results.mode_rides:
        check_homes(transit_page(results), homes=4, minutes=2)


@pytest.mark.slow
@needs_node
def test_the_shipped_study_says_of_homes_and_minutes_what_the_engine_says() -> None:
    results = access92.run_study(access92.read_study(ROOT / "data/studies/sosms_transport.toml"))
    assert check_homes(transit_page(results), homes=3, minutes=1) > 0


@pytest.fixture(scope="module")
def opened(browser: Browser, results: Results, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with open_run_map(browser, write_run_map(results, tmp_path_factory.mktemp("map"))) as shared:
        yield shared
        assert shared.said == []
        assert shared.asked == []


def click_a_home(opened: Opened, *, rides: bool) -> int:
    """Click a home whose nearest service is reached by a ride at some minute, or by none; its number."""
    home = opened.page.evaluate(
        """async rides => {
          const app = A92.app, read = await app.loadTrips();
          for (let i = 0; i < app.data.points; i++) {
            const service = app.after.provider[i];
            if (service < 0 || !(app.model.population.all[i] > 0)) continue;
            const told = read.profile(i, service, app.data.transit, 60);
            if (told.some(item => item.node) === rides) {
              app.map.setView(app.latLng(app.model.x[i], app.model.y[i]), 17, { animate: false });
              return i;
            }
          }
        }""",
        rides,
    )
    at = opened.page.evaluate(
        "i => { const app = A92.app, p = app.map.latLngToContainerPoint(app.latLng(app.model.x[i], app.model.y[i])),"
        " box = app.map.getContainer().getBoundingClientRect(); return [box.left + p.x, box.top + p.y]; }",
        home,
    )
    opened.page.wait_for_function("() => !document.querySelector('.leaflet-popup')")  # one that fades takes the click
    opened.page.mouse.click(*at)
    opened.page.wait_for_selector("#a92-trip-legs li")
    return int(home)


@needs_browser
def test_a_click_on_a_home_shows_its_times_by_minute_and_its_legs(opened: Opened) -> None:
    page = opened.page
    opened.update({"scenario": "tous", "mode": "transit"})
    click_a_home(opened, rides=True)
    shown = page.inner_text("#a92-trip-time").replace(",", ".").split("\u00a0")[0]
    state = page.evaluate("(() => { const a = A92.app; return a.data.edges; })()")
    assert float(shown) in [0.0, *(round(edge, 1) for edge in state)]
    # the picture has words for who does not see it, and its numbers on demand
    assert "temps médian" in str(page.get_attribute("#a92-trip-chart", "aria-label"))
    page.evaluate("document.getElementById('a92-trip-numbers').open = true")
    page.wait_for_selector("#a92-trip-numbers tbody tr")
    assert page.locator("#a92-trip-numbers tbody tr").count() == 120
    # the legs follow the minute that is chosen, with the keyboard too
    before = page.inner_text("#a92-trip-legs")
    page.focus("#a92-trip-minute")
    page.keyboard.press("Home")
    assert "8\u00a0h\u00a000" in page.inner_text("#a92-trip-legs")
    page.keyboard.press("End")
    after = page.inner_text("#a92-trip-legs")
    assert "9\u00a0h\u00a059" in after
    assert before != after
    # their durations sum to the time
    page.keyboard.press("Home")
    seconds = page.evaluate(
        """() => Array.from(document.querySelectorAll('#a92-trip-legs li > :last-child'), item => {
          const parts = item.textContent.match(/(?:(\\d+)\\s*min)?\\s*(?:(\\d+)\\s*s)?/);
          return 60 * (parts[1] || 0) + +(parts[2] || 0);
        }).reduce((sum, value) => sum + value, 0)"""
    )
    row = page.inner_text("#a92-trip-numbers tbody tr:first-child td")
    assert int(seconds / 6) / 10 == float(row.split("\u00a0")[0].replace(",", "."))
    page.keyboard.press("Escape")
    assert not page.is_visible("#a92-trip")


@needs_browser
def test_enter_on_the_map_asks_for_the_home_under_the_cross(opened: Opened) -> None:
    page = opened.page
    opened.update({"scenario": "tous", "mode": "transit"})
    click_a_home(opened, rides=True)
    page.evaluate("A92.app.closeTrip()")
    page.focus("#a92-map .folium-map")
    page.keyboard.press("Enter")
    page.wait_for_selector("#a92-trip-legs li")
    page.wait_for_function("() => document.activeElement.id === 'a92-trip'")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === A92.app.map.getContainer()")
    # by a mode that does not ride there is nothing to tell
    opened.update({"mode": "walk"})
    page.keyboard.press("Enter")
    assert not page.is_visible("#a92-trip")


@needs_browser
def test_lines_are_those_of_the_scenario(opened: Opened) -> None:
    page = opened.page
    opened.update({"scenario": "tous", "mode": "transit"})
    page.evaluate("A92.app.fit(A92.app.data.view); document.getElementById('a92-lines').click()")
    page.wait_for_selector("#a92-lines-legend")

    def told(scenario: str) -> tuple[list[str], str]:
        """The legend of a scenario, and what a click on the stop « Arrêt A » tells."""
        opened.update({"scenario": scenario})
        items = page.locator("#a92-lines-legend li").all_inner_texts()
        page.evaluate(
            """() => { const app = A92.app, map = app.map; map.closePopup(); map.setZoom(16, { animate: false });
              const stop = app.stopNamed("Arrêt A");
              map.setView(app.latLng(stop.x, stop.y), 16, { animate: false });
              app.tellLineAt(map.latLngToContainerPoint(app.latLng(stop.x, stop.y))); }"""
        )
        return items, page.inner_text(".leaflet-popup-content >> nth=-1")

    items, words = told("tous")
    assert items == ["Bus"]
    assert "Bus\u00a012" in words
    assert "12\u00a0: 8\u00a0h\u00a000, 8\u00a0h\u00a010, 8\u00a0h\u00a020, 8\u00a0h\u00a030…" in words
    items, words = told("ligne")
    assert items == ["Bus", "Bus (ligne du scénario)"]
    assert "N <b>&" in words
    items, words = told("souvent")
    assert "40\u00a0:" in words
    opened.update({"scenario": "sans"})
    assert page.locator("#a92-lines-legend li").count() == 0
    opened.update({"scenario": "dimanche"})
    for place in ("#a92-lines-legend", "#a92-figure"):
        assert "dimanche 20" in page.inner_text(place).replace("\u00a0", " ")
    page.evaluate("document.getElementById('a92-lines').click(); A92.app.map.closePopup()")


@needs_browser
def test_isochrones_are_those_of_the_scenario_and_none_of_a_trial(opened: Opened) -> None:
    page = opened.page
    opened.update({"scenario": "tous", "mode": "transit", "threshold": 7.0})
    page.wait_for_function("() => A92.app.isochroneShapes().length === 3")
    page.evaluate("A92.app.setCounted(A92.app.model.scenario('tous').rows[0], false)")
    assert page.evaluate("A92.app.isochroneShapes().length") == 0
    page.evaluate("document.getElementById('a92-undo').click()")
    opened.update({"mode": "walk"})


@pytest.mark.slow
@needs_browser
@pytest.mark.skipif(AXE is None, reason="no axe-core (npm pack axe-core; set ACCESS92_AXE to its folder)")
def test_axe_finds_no_serious_fault_of_accessibility(opened: Opened) -> None:
    assert AXE is not None
    page = opened.page
    opened.update({"scenario": "ligne", "mode": "transit"})
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    click_a_home(opened, rides=True)
    page.evaluate("document.getElementById('a92-lines').click()")
    page.wait_for_selector("#a92-lines-legend")
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    faults = page.evaluate("axe.run(document).then(found => found.violations.map(v => [v.impact, v.id, "
                           "v.nodes.slice(0, 3).map(n => n.html + ' ' + (n.any[0] || {}).message)]))")  # fmt: skip
    page.evaluate("A92.app.closeTrip(); document.getElementById('a92-lines').click()")
    assert [fault for fault in faults if fault[0] in {"serious", "critical"}] == []
