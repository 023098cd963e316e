"""A whole trial as somebody makes it: by keyboard alone, by a link, back again; seen at any width; or in vain."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import Opened, open_run_map
from tests.toy_study import lon_lat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]

FIGURE = "A92.app.sums.after[A92.app.sums.last]"
IN_VIEW = """() => { const map = A92.app.map, room = A92.app.room(), size = map.getSize();
  return A92.app.data.view.every(corner => { const at = map.latLngToContainerPoint(corner);
    return at.x >= room.left - 1 && at.y >= room.top - 1
      && at.x <= size.x - room.right + 1 && at.y <= size.y - room.bottom + 1; }); }"""
"""Whether nothing stands over any corner of the study."""

WAY_SEEN = """() => { const shapes = [...document.querySelectorAll(".leaflet-overlay-pane path")]
    .filter(path => path.getAttribute("stroke") === "#7a1fa2").map(path => path.getBoundingClientRect());
  const map = document.querySelector("#a92-map .folium-map").getBoundingClientRect();
  const over = [...document.querySelectorAll("#a92-way, #a92-legend-box")].map(box => box.getBoundingClientRect());
  return shapes.length > 2 && shapes.every(s =>
    s.left >= map.left && s.right <= map.right && s.top >= map.top && s.bottom <= map.bottom &&
    !over.some(b => b.width && s.left < b.right && s.right > b.left && s.top < b.bottom && s.bottom > b.top)); }"""
"""Whether the whole way is in the map, and neither its box nor the legend over any of it."""


@pytest.fixture(scope="module")
def path(toy_page: Path) -> Path:
    return toy_page


@pytest.fixture
def opened(browser: Browser, path: Path) -> Iterator[Opened]:
    with open_run_map(browser, path) as page:
        yield page
        assert page.said == []


def tab_to(page: Page, condition: str) -> None:
    """Press Tab until what has the focus meets a condition."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const it = document.activeElement; return {condition}; }})()"):
            return
    pytest.fail(f"Tab never reached: {condition}")


def test_a_whole_trial_is_made_and_read_by_keyboard_alone(opened: Opened) -> None:
    page, first = opened.page, opened.figure()
    said = "document.getElementById('a92-trial-words')"
    assert page.get_attribute("#a92-trial-words", "role") == "status"  # what a trial brings is read out
    # a new service: placed, moved
    tab_to(page, "it.matches('#a92-what-if > summary')")
    page.keyboard.press("Enter")
    tab_to(page, "it.id === 'a92-add'")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.classList.contains('a92-new')")
    assert "1\u00a0service nouveau" in page.evaluate(f"{said}.textContent")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    assert [item["kind"] for item in page.evaluate("A92.app.trials.actions()")] == ["add_service", "move_service"]
    # a street: what is under the cross is told, Enter takes it, the choice of a part has the focus
    page.focus("#a92-add")
    tab_to(page, "it.id === 'a92-close-street'")
    page.keyboard.press("Enter")
    lon, lat = lon_lat(2.5, 3)
    page.evaluate("at => A92.app.map.setView(at, 16, { animate: false })", [lat, lon])
    assert "Sous la croix\u00a0: Rue Haute." in page.inner_text("#a92-notice")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'a92-close-part'")
    page.keyboard.press("Enter")
    page.wait_for_function("() => A92.app.state.trial.closed.size === 1")
    assert "1\u00a0rue fermée" in page.evaluate(f"{said}.textContent")
    # a service of the study: moved, moved again by its mark, put back
    page.evaluate("A92.app.showWhole()")
    page.locator(".a92-pin:not(.a92-new)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup button")
    tab_to(page, "it.tagName === 'BUTTON' && /^Déplacer/.test(it.textContent)")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_function("() => A92.app.state.trial.moved.size === 1")
    where = "Array.from(A92.app.state.trial.moved.values())[0][0]"
    before = page.evaluate(where)
    page.locator(".a92-new[title*='(déplacé)']").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => {where} > before", arg=before)
    page.keyboard.press("Delete")
    page.wait_for_function("() => A92.app.state.trial.moved.size === 0")
    # all of it taken back, by the keyboard too
    page.focus("#a92-what-if > summary")
    tab_to(page, "/^Rouvrir/.test(it.getAttribute('aria-label') || '')")
    page.keyboard.press("Enter")
    page.wait_for_function("() => A92.app.state.trial.closed.size === 0")
    page.focus("#a92-add")
    tab_to(page, "/^Retirer le service nouveau/.test(it.getAttribute('aria-label') || '')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#a92-trial", state="hidden")
    assert opened.figure() == first


@pytest.mark.slow
def test_the_browser_s_arrows_bring_back_every_state_of_a_long_trial(opened: Opened) -> None:
    page = opened.page
    (lon, lat), services = lon_lat(2, 2), opened.page.evaluate("A92.app.data.services.map(service => service.id)")
    added = {
        "kind": "add_service", "service_id": "essai-1", "name": "Ici", "service_kind": "pmi", "lon": lon, "lat": lat
    }  # fmt: skip
    acts = [
        "A92.app.set({ mode: 'car' })", "A92.app.set({ threshold: A92.app.data.thresholds[0] })",
        f"A92.app.trials.act({json.dumps(added)})", "A92.app.goToArea(1)",
        "A92.app.set({ view: 'difference', base: 'same' })",
        "A92.app.trials.act({ kind: 'set_threshold', threshold_min: 7 })",
        f"A92.app.trials.act({{ kind: 'remove_service', service_id: {json.dumps(services[0])} }})",
        "A92.app.trials.act({ kind: 'set_threshold', threshold_min: null })", "A92.app.set({ scenario: 'sst' })",
        "A92.app.set({ mode: 'walk' })",
    ]  # fmt: skip

    def state() -> list[object]:
        page.wait_for_timeout(350)
        page.wait_for_selector("#a92-answer:not([aria-busy])")
        return list(
            page.evaluate(
                "(() => { const state = A92.app.state, words = A92.byId('a92-figure').textContent; return "
                f"[location.hash.replace(/&?carte=[^&]*/, ''), {FIGURE}, state.mode, state.threshold, state.view, "
                "state.base, state.area, words]; })()"
            )
        )

    states = [state()]
    for act in acts:
        page.evaluate(f"() => {act}")
        states.append(state())
    for expected in reversed(states[:-1]):
        page.go_back()
        assert state() == expected
    for expected in states[1:]:
        page.go_forward()
        assert state() == expected


def test_a_link_that_puts_a_service_far_from_all_streets_is_told_as_the_click_is(browser: Browser, path: Path) -> None:
    here, far = lon_lat(1, 1), (lon_lat(1, 1)[0] + 0.2, lon_lat(1, 1)[1])
    actions = [
        {"kind": "add_service", "service_id": f"E{name}", "name": name, "service_kind": "pmi", "lon": lon, "lat": lat}
        for name, (lon, lat) in (("Ici", here), ("Loin", far))
    ]
    text = base64.urlsafe_b64encode(json.dumps(actions).encode()).decode().rstrip("=")
    page = browser.new_page()
    page.goto(f"{path.as_uri()}#essai={text}")
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    assert [item["name"] for item in page.evaluate("A92.app.trials.actions()")] == ["Ici"]
    assert "aucune rue à moins de 300\u00a0m de l’endroit donné à «\u00a0Loin\u00a0»" in page.inner_text("#a92-notice")
    page.close()


def test_a_service_moved_where_no_street_is_stays_and_the_page_says_why(opened: Opened) -> None:
    page = opened.page
    lon, lat = lon_lat(1, 1)
    page.evaluate("A92.app.goToService(0)")
    page.click(".leaflet-popup button:has-text('Déplacer')")
    page.evaluate("at => A92.app.map.setView(at, 14, { animate: false })", [lat, lon + 0.2])
    page.keyboard.press("Enter")
    page.wait_for_selector("#a92-notice:not([hidden])")
    assert "personne n’y atteindrait un service" in page.inner_text("#a92-notice")
    assert page.evaluate("A92.app.trials.actions()") == []


def test_a_trial_that_leaves_no_street_open_says_so(opened: Opened) -> None:
    page = opened.page
    close = """keep => { const streets = A92.app.model.grounds.ready.network, closed = [];
      for (let i = 0; i < streets.count - keep; i++) closed.push(streets.ids.of(i));
      return A92.app.trials.set([{ kind: "close_street", edge_ids: closed }]); }"""
    page.evaluate(close, 1)
    assert "Plus aucune rue" not in page.inner_text("#a92-trial-words")
    page.evaluate(close, 0)
    assert "Plus aucune rue n’est ouverte" in page.inner_text("#a92-trial-words")
    assert opened.figure() == 0


@pytest.mark.parametrize(("width", "height"), [(320, 640), (768, 1024), (1400, 900)])
def test_the_study_and_a_way_are_seen_whole_at_any_width(browser: Browser, path: Path, width: int, height: int) -> None:
    with open_run_map(browser, path, viewport={"width": width, "height": height}) as opened:
        page = opened.page
        assert page.evaluate(IN_VIEW)
        page.set_viewport_size({"width": width, "height": height - 60})
        page.wait_for_timeout(200)
        assert page.evaluate(IN_VIEW)  # and once the window has another size
        assert "carte=" not in page.evaluate("location.hash")  # which is no move of the reader's
        homes = page.evaluate("""() => {
          const pairs = Array.from(A92.app.after.ms, (ms, home) => [ms, home]), people = A92.app.model.population.all;
          return pairs.filter(([ms, home]) => ms < A92.FAR && people[home] > 0).sort((a, b) => b[0] - a[0])
            .map(pair => pair[1]); }""")
        for home in (homes[0], homes[len(homes) // 2]):
            page.evaluate("A92.app.showWhole()")
            page.evaluate("home => A92.app.openWay(home)", home)
            page.wait_for_timeout(50)
            assert page.evaluate(WAY_SEEN), (width, home)
            page.evaluate("A92.app.closeWay()")
        # what was asked for last is in view of the answer, however little room it has
        page.evaluate("A92.app.goToArea(1)")
        assert page.evaluate("""() => { const box = document.getElementById("a92-answer").getBoundingClientRect();
          const at = document.getElementById("a92-area-share").getBoundingClientRect();
          return at.top >= box.top && at.bottom <= box.bottom; }""")
        assert opened.said == []
