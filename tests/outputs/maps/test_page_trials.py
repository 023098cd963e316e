"""Trials as a hand makes them: a service dragged onto the map, moved, refused, removed; the list of actions behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import GATE, WIDE, Opened, open_run_map
from tests.toy_study import lon_lat

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]


@pytest.fixture(scope="module")
def shared(browser: Browser, toy_page: Path) -> Iterator[Opened]:
    with open_run_map(browser, toy_page) as opened:
        yield opened
        assert opened.said == []
        assert opened.asked == []


@pytest.fixture
def opened(shared: Opened) -> Opened:
    """The page as it is at first."""
    shared.page.evaluate("A92.app.map.closePopup(); document.getElementById('a92-undo').click()")
    shared.update({"scenario": "tous", "mode": "walk", "rule": "any", "threshold": 5.0, "view": "times"})
    shared.page.evaluate("A92.app.showWhole()")
    return shared


def test_a_service_dragged_onto_the_map_is_one_action_with_its_place(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-what-if').open = true")
    page.drag_and_drop("#a92-add", "#a92-map .folium-map", target_position={"x": 620, "y": 430})
    page.wait_for_selector("#a92-new-list li")
    (action,) = page.evaluate("A92.app.trials.actions()")
    assert {key: action[key] for key in ("kind", "service_id", "name")} == {
        "kind": "add_service", "service_id": "essai-1", "name": "service nouveau n°\u00a01",
    }  # fmt: skip
    assert re.search(r"m à pied jusqu’à", page.inner_text("#a92-new-list li"))
    assert "1\u00a0service nouveau" in page.inner_text("#a92-trial-words")
    page.click("#a92-new-list button:has-text('retirer')")
    page.wait_for_selector("#a92-trial", state="hidden")
    assert page.locator(".a92-new").count() == 0


def test_a_new_service_is_moved_and_removed_with_the_keyboard(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-what-if').open = true")
    page.focus("#a92-add")
    page.keyboard.press("Enter")
    page.wait_for_selector(".a92-new")
    page.wait_for_function("() => document.activeElement.classList.contains('a92-new')")
    where = "A92.app.state.trial.places[0].lon"
    before = page.evaluate(where)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.evaluate(where) > before
    assert [action["kind"] for action in page.evaluate("A92.app.trials.actions()")] == ["add_service", "move_service"]
    page.keyboard.press("Delete")
    page.wait_for_selector("#a92-trial", state="hidden")
    assert page.locator(".a92-new").count() == 0


def test_a_new_service_far_from_any_street_is_refused_with_its_reason(opened: Opened) -> None:
    page, here = opened.page, "A92.app.map.getCenter()"
    page.evaluate("document.getElementById('a92-what-if').open = true")
    assert page.evaluate(f"A92.app.addPlace(L.latLng({here}.lat, {here}.lng + 0.08)).then(place => place === null)")
    assert "Aucune rue que ce mode emprunte à moins de 300\u00a0m" in page.inner_text("#a92-notice")
    assert page.is_hidden("#a92-trial")
    page.evaluate(f"A92.app.addPlace({here})")
    stood = page.evaluate("A92.app.trials.actions()")
    page.evaluate("""() => { const mark = A92.app.markOf("essai-1"), at = mark.getLatLng();
      mark.fire("dragstart"); mark.setLatLng([at.lat, at.lng + 0.08]); mark.fire("dragend"); }""")
    assert page.evaluate("A92.app.trials.actions()") == stood
    assert page.evaluate("A92.app.markOf('essai-1').getLatLng().lng") == stood[0]["lon"]


def test_a_new_service_asked_for_in_a_scenario_that_is_left_is_not_put_in_another(opened: Opened) -> None:
    page = opened.page
    page.reload()  # whatever order the tests have: nothing of the other mode is unpacked yet
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    page.evaluate(GATE)
    page.evaluate("() => { A92.app.set({mode: 'car'}); A92.app.addPlace(A92.app.map.getCenter()); }")
    page.evaluate("() => { A92.app.set({scenario: 'sst'}); }")
    # what the place waits for may come after what the page waits for
    page.wait_for_function(
        "() => { openGates();"
        " return document.getElementById('a92-notice').textContent.startsWith('Le scénario a changé'); }",
        polling=20,
    )
    page.evaluate("withoutGates()")
    assert page.locator(".a92-new").count() == 0


def test_a_list_of_actions_is_taken_whole_and_what_is_wrong_is_said(opened: Opened) -> None:
    lon, lat = lon_lat(1, 1)
    good = [
        {"kind": "add_service", "service_id": "X", "name": "Ici", "service_kind": "pmi", "lon": lon, "lat": lat},
        {"kind": "remove_service", "service_id": "S1"},
        {"kind": "close_street", "edge_ids": ["w1-0"]},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": 4},
        {"kind": "set_threshold", "threshold_min": 7},
    ]
    bad = [
        {"kind": "remove_service", "service_id": "nobody"},
        {"kind": "close_street", "edge_ids": ["nowhere"]},
        {"kind": "set_speed", "mode": "car", "speed_kmh": 4},
    ]
    refused = opened.page.evaluate("list => A92.app.trials.set(list)", [*good, *bad])
    assert len(refused) == 3
    assert opened.page.evaluate("A92.app.trials.actions()") == good
    assert opened.page.evaluate("A92.app.state.threshold") == 7
    tried = opened.figure()
    opened.page.evaluate("list => A92.app.trials.set([]).then(() => A92.app.trials.set(list))", good)
    assert opened.figure() == tried
    opened.page.evaluate("A92.app.trials.set([])")
    assert opened.page.evaluate("A92.app.state.threshold") == 5


def _seconds(text: str) -> float:
    """Seconds of « 3 min 4,250 s »."""
    found = re.fullmatch(r"(?:\+ )?(?:(\d+)\smin )?([\d,]+)\ss", text.strip())
    assert found, text
    return 60 * int(found[1] or 0) + float(found[2].replace(",", "."))


def test_a_click_on_a_home_shows_a_way_whose_legs_sum_to_its_time(opened: Opened) -> None:
    page = opened.page
    page.evaluate("""() => { const app = A92.app; let i = 0;
      while (!(app.after.ms[i] > 120000 && app.after.ms[i] < 1e9 && app.model.population.all[i] > 0)) i++;
      window.home = i; app.map.setView(app.latLng(app.model.x[i], app.model.y[i]), 18, { animate: false }); }""")
    page.evaluate("""() => { const size = A92.app.map.getSize().divideBy(2);
      A92.app.map.fire("click", { latlng: A92.app.map.getCenter(), containerPoint: size }); }""")
    page.wait_for_selector("#a92-way:not([hidden])")
    legs = page.locator("#a92-way li").all_inner_texts()
    total = sum(_seconds(leg.split("\n")[-1]) for leg in legs)
    assert round(1000 * total) == page.evaluate("A92.app.after.ms[home]")
    assert len(legs) >= 3
    # towards another service: the time of that one
    page.select_option("#a92-way-to", index=1)
    service = int(page.input_value("#a92-way-to"))
    total = sum(_seconds(leg.split("\n")[-1]) for leg in page.locator("#a92-way li").all_inner_texts())
    expected = page.evaluate(
        "row => A92.app.model.searched('tous', 'walk', row, A92.app.state.trial).ms[home]", service
    )
    assert round(1000 * total) == expected
    page.keyboard.press("Escape")
    page.focus("#a92-way-to")
    page.keyboard.press("Escape")
    assert page.is_hidden("#a92-way")


def test_a_service_says_who_is_just_over_the_threshold(opened: Opened) -> None:
    page = opened.page
    page.evaluate("A92.app.openOver(0, A92.app.map.getContainer())")
    told = page.inner_text("#a92-way p")
    ms = page.evaluate("A92.app.model.searched('tous', 'walk', 0, A92.app.state.trial).ms")
    people = page.evaluate("Array.from(A92.app.model.population.all)")
    over = [i for i, time in enumerate(ms) if 300_000 <= time < 420_000 and people[i] > 0]
    assert over
    assert f"en {len(over)} lieu" in told
    assert re.sub(r"\s", "", told).startswith(f"{round(sum(people[i] for i in over))}habitant")
    first = page.locator("#a92-way li").first.inner_text().split("\n")[-1]
    assert round(1000 * _seconds(first)) == min(ms[i] for i in over) - 300_000
    page.evaluate("A92.app.closeWay()")


@pytest.mark.slow
def test_the_box_of_a_way_shows_its_columns_on_screen_and_on_paper(opened: Opened) -> None:
    page = opened.page
    page.evaluate("A92.app.data.areas = A92.app.data.areas.map(() => 'Boulogne-Billancourt')")
    page.evaluate("A92.app.openOver(0, A92.app.map.getContainer())")
    over_edge = "() => { const box = document.getElementById('a92-way'); return box.scrollWidth - box.clientWidth; }"
    uncovered = """() => {
      const at = document.getElementById('a92-way-title').getBoundingClientRect();
      return document.elementFromPoint(at.left + 30, at.top + 8).closest('#a92-way') !== null;
    }"""
    try:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate(over_edge) <= 0
            assert page.evaluate(uncovered)
        page.emulate_media(media="print")
        assert page.locator("#a92-way li button").first.is_visible()
        assert not page.is_visible("#a92-way-close")
    finally:
        page.emulate_media(media="screen")
        page.set_viewport_size(WIDE)
        page.evaluate("A92.app.closeWay()")


def test_the_page_offers_postcodes_where_it_has_some_and_counts_what_it_closes(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate("A92.app.data.postcodes") == []
    assert "code postal" not in page.inner_text("#a92-search-form label")
    page.evaluate("""() => A92.app.model.grounds.loadStreets().then(() => {
      const ids = A92.app.model.grounds.ready.network.ids;
      return A92.app.trials.act({ kind: "close_street", edge_ids: [ids.of(0), ids.of(1)] });
    })""")
    assert "2\u00a0tronçons de rue fermés" in page.inner_text("#a92-trial-words")
    page.click("#a92-undo")


def test_threshold_pace_closed_streets_and_moves_are_actions_of_the_hand(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-what-if').open = true")
    page.fill("#a92-minutes", "7")
    page.press("#a92-minutes", "Tab")
    page.wait_for_function("() => A92.app.state.threshold === 7")
    assert "7\u00a0min" in page.inner_text("#a92-figure")
    for wrong in ("0", "61", "6.5"):
        page.fill("#a92-minutes", wrong)
        page.press("#a92-minutes", "Tab")
        assert f"{wrong.replace('.', ',')} n’est pas pris, il reste à 7\u00a0min" in page.inner_text(
            "#a92-more-title ~ [role=status]"
        )
        assert page.input_value("#a92-minutes") == "7"
    more = opened.figure()
    page.evaluate("""() => { const input = document.getElementById("a92-speed");
      input.value = "3.5"; input.dispatchEvent(new Event("input")); input.dispatchEvent(new Event("change")); }""")
    page.wait_for_function("() => A92.app.state.trial.speeds.get('walk') === 3.5 && A92.app.sums")
    assert opened.figure() < more
    assert "à 3,5\u00a0km/h" in page.inner_text("#a92-figure")
    # a street: the middle of one, clicked
    page.click("#a92-close-street")
    page.evaluate("""() => { const app = A92.app, streets = app.model.grounds.ready.network;
      const [x, y] = A92.lineOf(streets, { street: 5, from: 0.5, to: 0.6 })[0];
      const at = A92.polynomials(app.data.network.projection.to_world)(x, y);
      app.map.setView(app.latLng(at[0], at[1]), 18, { animate: false }); }""")
    page.keyboard.press("Enter")
    page.wait_for_selector("#a92-closed-list li")
    # a service: to the middle of the map
    page.evaluate("A92.app.moveButton(0)[0].click()")
    page.keyboard.press("Enter")
    page.wait_for_function("() => A92.app.state.trial.moved.has(0)")
    kinds = [action["kind"] for action in page.evaluate("A92.app.trials.actions()")]
    assert kinds == ["set_threshold", "set_speed", "close_street", "move_service"]
    words = page.inner_text("#a92-trial-words")
    for said in ("1\u00a0service déplacé", "1\u00a0rue fermée", "pas de 3,5\u00a0km/h"):
        assert said in words
    page.click("#a92-closed-list button")
    page.wait_for_function("() => A92.app.state.trial.closed.size === 0")
    page.evaluate("A92.app.moveButton(0)[0].click()")
    page.wait_for_function("() => A92.app.state.trial.moved.size === 0")
    # a threshold of the study takes the place of the trial's
    page.select_option("#a92-threshold", index=1)
    page.wait_for_function("() => A92.app.state.threshold === 5")


_LOOK_AT = """street => { const app = A92.app, streets = app.model.grounds.ready.network;
  const [x, y] = A92.lineOf(streets, { street, from: 0.5, to: 0.6 })[0];
  const at = A92.polynomials(app.data.network.projection.to_world)(x, y);
  app.map.setView(app.latLng(at[0], at[1]), 18, { animate: false }); }"""


def test_a_street_is_closed_in_part_or_whole_as_the_reader_says(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-what-if').open = true")
    whole = [f"w4-{rank}" for rank in range(5)]
    for button, closed in (("part", ["w4-2"]), ("whole", whole)):
        page.evaluate("document.getElementById('a92-close-street').click()")
        page.evaluate(_LOOK_AT, page.evaluate("A92.app.model.grounds.ready.network.ids.find('w4-2')"))
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#a92-close-{button}")
        assert page.inner_text(".leaflet-popup h3") == "Rue Haute"
        page.click(f"#a92-close-{button}")
        page.wait_for_function("n => A92.app.state.trial.closed.size === n", arg=len(closed))
        assert page.evaluate("A92.app.trials.actions()") == [{"kind": "close_street", "edge_ids": closed}]
        assert "edge_ids = [" + ", ".join(f'"{edge}"' for edge in closed) + "]" in page.evaluate("A92.app.toml('x')")
        assert page.locator("#a92-closed-list li").count() == 1
        page.click("#a92-closed-list button")
        page.wait_for_function("() => A92.app.state.trial.closed.size === 0")
        page.evaluate("A92.app.trials.set([])")


def test_what_a_scenario_closes_and_what_the_page_draws_is_said_on_the_map(opened: Opened) -> None:
    page = opened.page
    assert page.locator(".a92-closed-by-scenario, #a92-reach-legend").count() == 0
    page.evaluate("A92.app.data.network.grounds['sst/walk'] = { network: 'network-walk', closed: [5, 6] }")
    opened.update({"scenario": "sst"})
    assert page.locator("path.a92-closed-by-scenario").count() == 1
    assert "rues que le scénario ferme" in page.inner_text("#a92-legend")
    page.evaluate("delete A92.app.data.network.grounds['sst/walk']")
    opened.update({"scenario": "tous"})
    assert page.locator(".a92-closed-by-scenario").count() == 0
    page.evaluate("A92.app.trials.set([{ kind: 'set_speed', mode: 'walk', speed_kmh: 4 }])")
    page.wait_for_selector("#a92-reach-legend")
    assert "Le contour d’un calcul est plus large" in page.inner_text("#a92-reach-legend")


def test_each_kept_trial_has_its_own_threshold_pace_and_name(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.getElementById('a92-kept').open = true")
    remove, seven = {"kind": "remove_service", "service_id": "S1"}, {"kind": "set_threshold", "threshold_min": 7}
    slow = {"kind": "set_speed", "mode": "walk", "speed_kmh": 3}
    own = []
    for name, actions in (("Sept", [slow, seven]), ("Pas lent", [slow]), ("Pas-lent !", [remove])):
        page.evaluate("actions => A92.app.trials.set(actions)", actions)
        page.fill("#a92-kept-name", name)
        page.click("#a92-keep button")
        own.append(page.evaluate("A92.number(A92.app.sums.after[A92.app.sums.last])"))
        text = page.eval_on_selector("#a92-threshold", "list => list.selectedOptions[0].text").replace("\u00a0", " ")
        assert text == ("moins de 7 min" if name == "Sept" else "moins de 5 min"), text
    # forgotten by the page, then computed: each at its own threshold and pace
    page.evaluate("A92.app.setKept(A92.app.keptTrials())")
    opened.update({"mode": "car"})
    page.click("#a92-kept-refresh")
    page.wait_for_selector("#a92-kept-refresh", state="hidden")
    opened.update({"mode": "walk", "threshold": 5.0})
    table = dict(
        page.eval_on_selector_all(
            "#a92-kept-table tr",
            "rows => rows.map(r => [...r.children].map(c => c.innerText)).map(c => [c[0], c.slice(1)])",
        )
    )
    assert [text.replace("\u00a0", " ") for text in table["Seuil"]] == ["moins de 7 min", *["moins de 5 min"] * 2]
    assert table["Pas"][:2] == ["3\u00a0km/h"] * 2 != table["Pas"][1:]
    assert table["Couverts"] == own
    assert "km/h" not in page.inner_text("#a92-kept-table caption")
    # the kept name goes into the files; two that make one name do not collide
    for at, slug in ((1, "pas-lent"), (2, "pas-lent-2")):
        page.locator("#a92-kept-table button", has_text="reprendre").nth(at).click()
        page.wait_for_function("() => document.getElementById('a92-kept-said').textContent.includes('repris')")
        page.click("#a92-toml")
        assert f'name = "{slug}"' in page.input_value("#a92-toml-text")
    # the scenario to paste and what was said leave with their trial; without a name: a number of its own
    for number in (1, 2):
        page.evaluate("kmh => A92.app.trials.set([{kind: 'set_speed', mode: 'walk', speed_kmh: kmh}])", 4 + number / 10)
        assert page.is_hidden("#a92-toml-text")
        assert page.inner_text("#a92-kept-said") == ""
        page.click("#a92-toml")
        assert f'name = "essai-{number}"' in page.input_value("#a92-toml-text")
    page.evaluate("A92.app.setKept([])")


def test_thin_bands_of_reached_streets_are_those_that_the_browser_draws(opened: Opened) -> None:
    page = opened.page
    page.evaluate("async () => { await A92.app.addPlace(A92.app.map.getCenter()); }")
    page.evaluate("A92.app.map.setZoom(14, { animate: false })")
    painted = """limit => {
      const kept = A92.FINE_PX, copy = document.createElement("canvas");
      A92.FINE_PX = limit; A92.app.reachDrawing.redraw(); A92.FINE_PX = kept;
      const drawn = A92.app.reachDrawing._canvas, context = copy.getContext("2d", { willReadFrequently: true });
      copy.width = drawn.width; copy.height = drawn.height; context.drawImage(drawn, 0, 0);
      const bytes = context.getImageData(0, 0, copy.width, copy.height).data;
      return bytes.filter((value, at) => at % 4 === 3 && value > 127).length; }"""
    by_mask, by_paths = page.evaluate(painted, 10_000), page.evaluate(painted, 0)
    assert by_paths > 500
    assert by_mask == pytest.approx(by_paths, rel=0.05)
