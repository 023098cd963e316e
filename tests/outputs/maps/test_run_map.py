"""The page of a run in a real browser, with no network: its figures are those of Python, whatever is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from access92.outputs.maps.run_map.packing import time_codes
from access92.outputs.maps.run_map.page import write_run_map
from access92.run.results import Results
from access92.study.schemas import TOTAL
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import ALL_FIGURES, Opened, open_run_map
from tests.outputs.run_map_town import OTHER_GROUND, THRESHOLDS_MIN, covered
from tests.outputs.synthetic import make_results

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSER = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]
FREE_POINT = """() => {
  const app = A92.app, container = app.map.getContainer(), box = container.getBoundingClientRect();
  for (let i = 0; i < app.data.points; i++) {
    const p = app.map.latLngToContainerPoint(app.latLng(app.model.x[i], app.model.y[i]));
    const x = p.x + box.left, y = p.y + box.top;
    if (app.after.provider[i] >= 0 && document.elementFromPoint(x, y) === container) return [i, x, y];
  }
}"""
"""A demand point that nothing lies over, and where it is on the screen."""

CLOSE = 0.01  # people: the page sums float32 values


@pytest.fixture(scope="module")
def results(town_results: Results) -> Results:
    return town_results


@pytest.fixture(scope="module")
def path(town_page: Path) -> Path:
    return town_page


@pytest.fixture(scope="module")
def shared(browser: Browser, path: Path) -> Iterator[Opened]:
    with open_run_map(browser, path) as opened:
        yield opened
        assert opened.said == []
        assert opened.asked == []


@pytest.fixture
def opened(shared: Opened) -> Opened:
    """The page as it is at first: every choice and trial of another test undone."""
    shared.page.evaluate("A92.app.map.closePopup(); document.getElementById('a92-undo').click()")
    shared.update(
        {"scenario": "aujourdhui", "mode": "walk", "rule": "any", "public": "all", "threshold": 20.0,
         "view": "times", "base": "aujourdhui"}
    )  # fmt: skip
    shared.page.evaluate("A92.app.showWhole()")
    return shared


def test_a_page_in_which_nobody_rides_has_nothing_of_public_transport(opened: Opened, path: Path) -> None:
    assert opened.page.evaluate("'transit' in A92.app.data || 'Trips' in A92") is False
    assert "a92-trip" not in path.read_text(encoding="utf-8")


def test_the_page_opens_without_a_request_or_a_line_in_the_console(opened: Opened, path: Path) -> None:
    assert opened.said == []
    assert opened.asked == []
    assert opened.page.title() == "Carte\u00a0: Ville d’essai"
    assert "default-src 'none'" in path.read_text(encoding="utf-8")


def test_every_figure_is_that_of_the_coverage_table(opened: Opened, results: Results) -> None:
    found = opened.page.evaluate(ALL_FIGURES)
    key = ["scenario", "mode", "rule", "public", "threshold_min", "area_id"]
    table = results.coverage.set_index(key)["population_covered"]
    ids = [*results.areas["area_id"], TOTAL]
    seen = 0
    for scenario, mode, rule, public, threshold, sums in found:
        expected = [table[scenario, mode, rule, public, threshold, area] for area in ids]
        np.testing.assert_allclose([*sums[:-2], sums[-1]], expected, atol=CLOSE)
        seen += len(expected)
    assert seen == len(table)


@pytest.mark.parametrize(
    ("control", "value", "scenario", "mode", "rule", "threshold", "public"),
    [
        ("scenario", "sst-seuls", "sst-seuls", "walk", "any", 20.0, "population"),
        ("mode", "car", "aujourdhui", "car", "any", 20.0, "population"),
        ("rule", "pmi", "aujourdhui", "walk", "pmi", 20.0, "population"),
        ("threshold", "1", "aujourdhui", "walk", "any", 12.25, "population"),
        ("public", "seniors", "aujourdhui", "walk_senior", "any", 20.0, "age_65_plus"),
    ],
)
def test_each_control_changes_the_figures_as_python_computes(
    opened: Opened, results: Results, control: str, value: str,
    scenario: str, mode: str, rule: str, threshold: float, public: str,
) -> None:  # fmt: skip
    before = opened.page.inner_text("#a92-figure")
    opened.page.select_option(f"#a92-{control}", value)
    opened.page.wait_for_function("words => document.getElementById('a92-figure').innerText !== words", arg=before)
    expected = covered(results, scenario, mode, rule, threshold, public=public)
    assert opened.figure() == pytest.approx(expected, abs=CLOSE)
    words = re.sub(r"\s", "", opened.page.inner_text("#a92-covered"))
    assert words == f"{expected:.0f}"


def test_the_headline_the_table_and_the_legend_say_what_they_count(opened: Opened, results: Results) -> None:
    for place in ("#a92-figure", "#a92-table caption"):
        words = opened.page.text_content(place) or ""
        for said in ("20\u00a0min", "à pied", "toute la population", "population légale 2023", "2021", "démonstration"):
            assert said in words, (place, said)
    legend = opened.page.locator("#a92-legend")
    rows = legend.locator("tbody tr")
    people = sum(int(re.sub(r"\s", "", rows.nth(i).locator("td").first.inner_text())) for i in range(rows.count()))
    assert people == pytest.approx(results.demand["population"].sum(), abs=len(THRESHOLDS_MIN) + 2)
    assert "Rues de démonstration" in legend.inner_text()


def test_an_unticked_service_no_longer_counts_and_undoing_gives_back_the_scenario(
    opened: Opened, results: Results
) -> None:
    page = opened.page
    opened.update({"threshold": 10.0})
    page.evaluate("document.getElementById('a92-what-if').open = true")
    page.evaluate("document.querySelectorAll('#a92-services details').forEach(item => { item.open = true; })")
    row = int(results.access("aujourdhui", "walk").service_rows[0])
    own = covered(results, "aujourdhui", "walk", "any", 10.0)
    page.uncheck(f'#a92-services input[data-row="{row}"]')
    fewer = covered(results, "aujourdhui", "walk", "any", 10.0, without=[row])
    assert fewer < own
    assert opened.figure() == pytest.approx(fewer, abs=CLOSE)
    said = page.inner_text("#a92-trial-words")
    assert results.services["name"].iloc[row] in said
    assert f"\u2212{own - fewer:.0f}" in re.sub(r"\s", "", said)
    page.click("#a92-undo")
    page.wait_for_selector("#a92-trial", state="hidden")
    assert opened.figure() == pytest.approx(own, abs=CLOSE)
    assert page.is_checked(f'#a92-services input[data-row="{row}"]')


def test_a_service_that_the_scenario_does_not_count_can_be_ticked(opened: Opened, results: Results) -> None:
    row = next(i for i in range(len(results.services)) if i not in results.access("sst-seuls", "walk").service_rows)
    opened.update({"scenario": "sst-seuls"})
    opened.page.evaluate("row => A92.app.setCounted(row, true)", row)
    more = covered(results, "sst-seuls", "walk", "any", 20.0, more=[row])
    assert more > covered(results, "sst-seuls", "walk", "any", 20.0)
    assert opened.figure() == pytest.approx(more, abs=CLOSE)


def test_a_public_of_households_is_counted_in_households_by_every_word_of_the_page(
    opened: Opened, results: Results
) -> None:
    page, column = opened.page, "households_foyers"
    figure = opened.update({"public": "foyers"})
    assert figure == pytest.approx(covered(results, "aujourdhui", "walk", "any", 20.0, public=column), abs=CLOSE)
    row = int(results.access("aujourdhui", "walk").service_rows[0])
    page.evaluate("row => A92.app.setCounted(row, false)", row)
    told = {
        "headline": page.inner_text("#a92-figure"),
        "trial": page.inner_text("#a92-trial-words"),
        "legend": page.inner_text("#a92-legend table"),
        "table": page.evaluate("document.getElementById('a92-table').textContent"),
        "service": page.evaluate("row => A92.app.reachWords(row).join(' ')", row),
        "point": page.evaluate("A92.app.describePoint(0)"),
    }
    for place, words in told.items():
        assert "ménage" in words.lower(), place
        assert "habitant" not in re.sub(r"habitants? \(|lieux d’habitation", "", words.lower()), place
    total = results.demand[column].sum()
    assert f"{total:.0f}ménages" in re.sub(r"\s", "", told["headline"])


def test_a_public_walks_at_its_own_pace_in_figures_trials_and_words(opened: Opened, results: Results) -> None:
    page, seniors = opened.page, "age_65_plus"
    figure = opened.update({"public": "seniors"})
    assert figure == pytest.approx(
        covered(results, "aujourdhui", "walk_senior", "any", 20.0, public=seniors), abs=CLOSE
    )
    assert figure < covered(results, "aujourdhui", "walk", "any", 20.0, public=seniors)
    assert page.input_value("#a92-mode") == "walk"  # the reader's choice stays, on foot, under the name of this walk
    assert "À pied (personne âgée)" in page.inner_text("#a92-mode")
    words = re.sub(r"\s", " ", page.inner_text("#a92-figure"))
    assert "à pied (personne âgée), à 3,4 km/h · public : 65 ans et plus" in words
    # a service that closes, for those of the public
    row = int(results.access("aujourdhui", "walk_senior").service_rows[0])
    page.evaluate("row => A92.app.setCounted(row, false)", row)
    fewer = covered(results, "aujourdhui", "walk_senior", "any", 20.0, public=seniors, without=[row])
    assert opened.figure() == pytest.approx(fewer, abs=CLOSE)
    for threshold in (12.25, 10.0):
        expected = covered(results, "aujourdhui", "walk_senior", "any", threshold, public=seniors, without=[row])
        assert opened.update({"threshold": threshold}) == pytest.approx(expected, abs=CLOSE)
    said = re.sub(r"\s", " ", page.inner_text("#a92-trial-words"))
    assert "habitants couverts (65 ans et plus, à pied (personne âgée), à 3,4 km/h)" in said
    # everybody again, the service still closed: by the walk of everybody
    expected = covered(results, "aujourdhui", "walk", "any", 10.0, without=[row])
    assert opened.update({"public": "all"}) == pytest.approx(expected, abs=CLOSE)
    # by car a public has the times of everybody
    figure = opened.update({"public": "seniors", "mode": "car"})
    assert figure == pytest.approx(
        covered(results, "aujourdhui", "car", "any", 10.0, public=seniors, without=[row]), abs=CLOSE
    )
    page.click("#a92-undo")


@pytest.mark.slow
def test_the_guess_of_a_public_s_walk_is_undone_to_the_last_class(opened: Opened, results: Results) -> None:
    codes = opened.page.evaluate(
        "A92.app.model.load('aujourdhui', 'walk_senior', false).then(() => {"
        "  const table = A92.app.model.known['services-walk_senior'];"
        "  return [Array.from(table.codes), Array.from(table.at)]; })"
    )
    edges = opened.page.evaluate("A92.app.data.edges")
    minutes = results.travel_times["walk_senior"].minutes
    expected = time_codes(minutes, edges)
    found = np.array(codes[0], dtype=np.int16).reshape(len(minutes), -1)[codes[1]]
    np.testing.assert_array_equal(found, expected)


def test_where_the_streets_differ_figures_follow(opened: Opened, results: Results) -> None:
    scenario, mode = OTHER_GROUND
    row = int(results.access(scenario, mode).service_rows[0])
    assert opened.update({"scenario": scenario}) == pytest.approx(
        covered(results, scenario, mode, "any", 20.0), abs=CLOSE
    )
    opened.page.evaluate("row => A92.app.setCounted(row, false)", row)
    assert opened.figure() == pytest.approx(covered(results, scenario, mode, "any", 20.0, without=[row]), abs=CLOSE)


def test_the_difference_view_tells_gained_and_lost_as_the_ledger(opened: Opened, results: Results) -> None:
    opened.update({"scenario": "neuf", "view": "difference", "base": "aujourdhui"})
    table = results.changes.ledger
    row = table[
        (table["scenario"] == "neuf") & (table["mode"] == "walk") & (table["rule"] == "any")
        & (table["area_id"] == TOTAL) & (table["public"] == "all")
    ].iloc[0]  # fmt: skip
    parts = opened.page.evaluate("A92.app.sums.parts.map(part => part[part.length - 1])")
    assert parts[:2] == pytest.approx([row["population_gained"], row["population_lost"]], abs=CLOSE)
    assert row["population_gained"] > 0
    said = re.sub(r"\s", "", opened.page.inner_text("#a92-ledger"))
    assert f"{row['population_gained']:.0f}gagnés" in said
    assert "Maillaged’aujourd’hui" in said
    assert opened.page.locator(".a92-added").count() == 1


def test_a_click_on_a_service_tells_whom_it_reaches_and_whom_it_is_alone_to_cover(
    opened: Opened, results: Results
) -> None:
    rows = results.access("aujourdhui", "walk").service_rows
    row = int(rows[0])
    reached = results.travel_times["walk"].minutes[rows] < np.float32(10)
    people = results.demand["population"].to_numpy()
    sole = people[reached[0] & (reached.sum(axis=0) == 1)].sum()
    assert sole > 1
    opened.update({"threshold": 10.0})
    name = results.services["name"].iloc[row]
    marker = opened.page.locator(f'.leaflet-marker-icon[title="{name}"]')
    marker.focus()
    opened.page.keyboard.press("Enter")
    said = re.sub(r"\s", "", opened.popup(".a92-facts"))
    assert f"{people[reached[0]].sum():.0f}habitantsl’atteignent" in said
    assert f"Seulàcouvrir:{sole:.0f}habitants" in said
    assert "en gris" in opened.page.inner_text("#a92-legend caption")
    opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("A92.app.state.chosen") is None


def test_a_service_names_those_at_its_place_and_what_closing_the_place_would_cost(
    opened: Opened, results: Results
) -> None:
    rows = results.access("aujourdhui", "walk").service_rows.tolist()
    under = results.travel_times["walk"].minutes < np.float32(10)
    population = results.demand["population"].to_numpy()
    one, other, rest = rows[0], rows[1], rows[2:]
    both = population[(under[one] | under[other]) & ~under[rest].any(axis=0)].sum()
    alone = population[under[one] & ~under[[other, *rest]].any(axis=0)].sum()
    said = opened.page.evaluate(
        """([one, other]) => {
          const services = A92.app.data.services, places = services.map(item => item.place);
          const model = A92.app.model, trial = A92.app.state.trial, limit = model.limit(10);
          const ask = () => model.reach("aujourdhui", "walk", "any", trial, one, "all", limit);
          services.forEach((item, at) => { item.place = at; });
          const apart = ask();
          services[other].place = services[one].place;
          const beside = ask(), words = A92.app.reachWords(one).join(" ");
          services.forEach((item, at) => { item.place = places[at]; });
          return [apart.place, apart.sole, beside.place, beside.sole, words];
        }""",
        [one, other],
    )
    assert said[:4] == [alone, alone, both, alone]
    assert f"Au même lieu\u00a0: {results.services['name'].iloc[other]}, qui reste si ce service ferme" in said[4]


def test_a_point_under_the_pointer_tells_its_time_and_its_service(opened: Opened, results: Results) -> None:
    access = results.access("aujourdhui", "walk")
    for mode in ("car", "walk"):  # unpacked beforehand: nothing is told of a place while a mode unpacks
        opened.update({"mode": mode})
    i, *at = opened.page.evaluate(FREE_POINT)
    said = opened.page.evaluate("i => A92.app.describePoint(i)", i)
    tenths = f"{np.floor(access.travel_time_min[i] * 10) / 10:.1f}".replace(".", ",")
    assert f"{tenths}\u00a0min vers {results.services['name'].iloc[access.nearest_service[i]]}" in said
    opened.page.mouse.move(at[0] + 40, at[1])
    opened.page.mouse.move(*at)
    opened.page.wait_for_selector(".a92-tip")
    assert "min vers " in opened.page.inner_text(".a92-tip")
    # what is told of a place follows the mode, as the figures do
    on_foot = opened.page.inner_text(".a92-tip")
    opened.update({"mode": "car"})
    by_car = opened.page.inner_text(".a92-tip")
    assert by_car != on_foot
    assert "min vers " in by_car


def test_services_at_one_place_are_one_pin_that_shows_and_tells_all(opened: Opened, results: Results) -> None:
    page = opened.page
    one, other = results.access("aujourdhui", "walk").service_rows[:2].tolist()
    names = [str(results.services["name"].iloc[row]) for row in (one, other)]
    made = page.evaluate(
        """([one, other]) => {
          const list = [one, other].map(row => ({ ...A92.app.data.services[row], place: 7 }));
          const groups = A92.byPlace([...list, { ...list[0], place: 8 }, { ...list[0], place: null }]);
          const pin = A92.pin([48.8, 2.2]).addTo(A92.app.map);
          pin.show(list.map((item, i) => ({ sign: item.sign, colour: item.colour, name: item.name, removed: i === 1,
            note: i === 1 ? "non compté" : "" })));
          const element = pin.getElement();
          const said = [groups, [...element.querySelectorAll(".a92-sign")].map(mark => mark.textContent),
            element.getAttribute("aria-label"), element.querySelectorAll(".a92-removed").length, pin.signs()];
          pin.show(Array.from({ length: 6 }, () => ({ sign: "S", colour: "#000", name: "x" })));
          said.push(element.querySelector(".a92-sign:last-child").textContent);
          pin.remove();
          return said;
        }""",
        [one, other],
    )
    signs = page.evaluate("rows => rows.map(row => A92.app.data.services[row].sign)", [one, other])
    assert made == [[[0, 1], [2], [3]], signs, f"{names[0]}\u202f; {names[1]} (non compté)", 1, 2, "+3"]


def test_the_chosen_commune_is_outlined_and_has_its_own_figures_which_follow(opened: Opened, results: Results) -> None:
    page = opened.page
    table = results.coverage.set_index(["scenario", "mode", "rule", "public", "threshold_min", "area_id"])
    inked = """() => { const canvas = document.querySelector('.leaflet-a92-areas-pane canvas');
      const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
      const context = copy.getContext('2d', { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
      return pixels.reduce((sum, value) => sum + (value === 0xff803f0d), 0); }"""
    assert page.is_hidden("#a92-area")
    assert page.evaluate(inked) == 0
    row = 1
    at = results.areas.geometry.to_crs("EPSG:4326").iloc[row].representative_point()
    click = "at => A92.app.map.fire('click', {latlng: L.latLng(at), containerPoint: L.point(0, 0)})"
    page.evaluate(click, [at.y, at.x])
    assert page.evaluate(inked) > 200
    for threshold in (20.0, 10.0):
        opened.update({"threshold": threshold})
        own = table.loc[("aujourdhui", "walk", "any", "all", threshold, results.areas["area_id"].iloc[row])]
        said = re.sub(r"\s", "", page.inner_text("#a92-area"))
        assert f"{own['population_covered']:.0f}couverts" in said
        assert f"{own['population']:.0f}habitants" in said
    page.click("#a92-area button")
    assert page.is_hidden("#a92-area")
    assert page.evaluate(inked) == 0
    page.evaluate("A92.app.goToArea(0)")
    page.click(".a92-whole")
    assert page.evaluate("A92.app.state.area") is None
    assert page.evaluate("A92.app.map.getBounds().contains(A92.app.data.view)")


def test_the_search_is_a_list_that_the_keyboard_walks(opened: Opened) -> None:
    page = opened.page
    page.fill("#a92-search", "Lieu")
    page.wait_for_selector("#a92-found li")
    assert page.get_attribute("#a92-search", "aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute("#a92-search", "aria-activedescendant")
    assert chosen == "a92-found-1"
    name = page.inner_text(f"#{chosen} span >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup")
    assert name in page.inner_text("#a92-search-said")
    assert page.get_attribute("#a92-search", "aria-expanded") == "false"
    page.fill("#a92-search", "rien de tel")
    page.wait_for_function("() => document.getElementById('a92-search-said').textContent.startsWith('Rien')")
    assert page.is_hidden("#a92-found")


def test_the_north_and_the_scale_are_there(opened: Opened) -> None:
    assert opened.page.get_attribute(".a92-north", "aria-label") == "Le nord est en haut"
    assert opened.page.inner_text(".a92-whole") == "toute l’étude"


def test_a_commune_is_found_whatever_its_accents_and_the_keyboard_reaches_every_control(opened: Opened) -> None:
    page = opened.page
    zoom = page.evaluate("A92.app.map.getZoom()")
    page.fill("#a92-search", "etang")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('a92-search-said').textContent.includes('Étang')")
    assert page.evaluate("A92.app.map.getZoom()") > zoom
    page.focus("#a92-search")
    reached = []
    for _ in range(12):
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
        page.keyboard.press("Tab")
    for name in ("scenario", "mode", "threshold", "public", "rule", "view", "base", "search"):
        assert f"a92-{name}" in reached, reached
    page.focus("#a92-map .folium-map")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('a92-point').textContent !== ''")


@pytest.mark.slow
def test_nothing_is_wider_than_a_phone_or_lost_on_a_large_screen(browser: Browser, path: Path) -> None:
    with open_run_map(browser, path, viewport={"width": 375, "height": 720}) as phone:
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 375
        assert not phone.page.is_visible("#a92-scenario")
        phone.page.click("#a92-sheet")
        assert phone.page.is_visible("#a92-scenario")
        wider = phone.page.evaluate(
            "Array.from(document.querySelectorAll('#a92-side *')).filter(e => e.closest('.a92-scroll') === null"
            " && !e.closest('.a92-hidden') && e.getBoundingClientRect().right > 376).map(e => e.outerHTML.slice(0, 80))"
        )
        assert wider == []
        phone.page.set_viewport_size({"width": 1920, "height": 1080})
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 1920
        assert phone.said == []


def test_on_paper_stand_the_figures_the_map_the_legend_and_the_table(opened: Opened) -> None:
    page = opened.page
    page.emulate_media(media="print")
    try:
        page.wait_for_function("() => document.getElementById('a92-areas').open")
        for shown in ("#a92-figure", "#a92-table", "#a92-legend", "#a92-map .folium-map", ".a92-demo"):
            assert page.is_visible(shown), shown
        for hidden in ("#a92-scenario", "#a92-add", "#a92-undo", ".leaflet-control-zoom", "#a92-search"):
            assert not page.is_visible(hidden), hidden
    finally:
        page.emulate_media(media="screen")
    page.wait_for_function("() => !document.getElementById('a92-areas').open")


@pytest.mark.slow
def test_a_study_without_network_or_other_scenarios_has_its_page_too(browser: Browser, tmp_path: Path) -> None:
    made = make_results(is_demo=False)
    alone = replace(made, scenarios=made.scenarios[:1], access_records=made.access_records[:2], water=None)
    with open_run_map(browser, write_run_map(alone, tmp_path)) as opened:
        assert opened.figure() == pytest.approx(covered(alone, "aujourdhui", "walk", "any", 20.0), abs=CLOSE)
        opened.update({"view": "difference"})
        assert "un service nouveau demande un calcul" in (opened.page.text_content("#a92-what-if") or "")
        assert "démonstration" not in (opened.page.text_content("body") or "").partition("{")[0]
        assert opened.said == []
