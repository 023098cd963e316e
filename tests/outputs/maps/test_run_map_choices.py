"""The page of a run while things change: choices during unpacking, trials kept or dropped, open sheets, paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from access92.outputs.maps.run_map.page import write_run_map
from access92.run.results import Results
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import GATE, Opened, open_run_map
from tests.outputs.run_map_town import OTHER_GROUND, covered
from tests.outputs.synthetic import CRS, ORIGIN_X, ORIGIN_Y

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSER = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]
CLOSE = 0.01  # people: the page sums float32 values
MEDDLE = """() => {
  const app = A92.app, map = app.map;
  app.setCounted(0, false);
  app.goToService(1);
  app.goToArea(2);
  document.getElementById("a92-public").value = "seniors";
  document.getElementById("a92-public").dispatchEvent(new Event("change"));
  map.fire("mousemove", { latlng: map.getCenter(), containerPoint: map.getSize().divideBy(2) });
  map.fire("click", { latlng: map.getCenter(), containerPoint: map.getSize().divideBy(2) });
  map.fire("moveend");
  document.getElementById("a92-search").value = "lieu n° 4";
  document.getElementById("a92-search-form").requestSubmit();
  document.querySelector(".leaflet-marker-icon").click();
  app.addPlace(map.getCenter());
  map.invalidateSize();
}"""
"""All that a hand can do on the page, at once: trials, sheets, search, pointer, a new service, a new size."""


@pytest.fixture(scope="module")
def results(town_results: Results) -> Results:
    return town_results


@pytest.fixture(scope="module")
def path(town_page: Path) -> Path:
    return town_page


@pytest.fixture
def opened(browser: Browser, path: Path) -> Iterator[Opened]:
    with open_run_map(browser, path) as page:
        yield page
        assert page.said == []


def settled(opened: Opened) -> None:
    """Every array let through, until the page speaks for what is chosen."""
    opened.page.wait_for_function(
        "() => { openGates(); return !document.querySelector('[aria-busy]') && A92.app.after !== null"
        " && document.documentElement.dataset.access92 === 'ready'; }",
        polling=20,
    )


def expected(results: Results, opened: Opened) -> float:
    """What Python computes for what the page says that it shows."""
    state = opened.page.evaluate("""() => { const s = A92.app.state; return {
      scenario: s.scenario, mode: s.mode, rule: s.rule, threshold: s.threshold, public: s.public,
      without: Array.from(s.trial.removed), more: Array.from(s.trial.extra) }; }""")
    public = "population" if state["public"] == "all" else "age_65_plus"
    return covered(
        results, state["scenario"], state["mode"], state["rule"], state["threshold"],
        public=public, without=state["without"], more=state["more"],
    )  # fmt: skip


@pytest.mark.slow
def test_a_trial_that_the_new_mode_cannot_compute_is_dropped_with_a_message(opened: Opened, results: Results) -> None:
    scenario, mode = OTHER_GROUND
    minutes = results.scenario_times[OTHER_GROUND].minutes
    row = next(i for i in range(len(minutes)) if np.isnan(minutes[i]).all())
    opened.update({"scenario": scenario, "mode": "car"})
    opened.page.evaluate("row => A92.app.setCounted(row, true)", row)
    assert opened.figure() == pytest.approx(expected(results, opened), abs=CLOSE)
    said = opened.page.inner_text("#a92-trial-words")
    assert "1\u00a0service ajouté" in said
    opened.page.select_option("#a92-mode", mode)
    opened.page.wait_for_selector("#a92-trial", state="hidden")
    notice = opened.page.inner_text("#a92-notice")
    assert notice.startswith("Essai retiré")
    assert results.services["name"].iloc[row] in notice
    assert opened.figure() == pytest.approx(covered(results, scenario, mode, "any", 20.0), abs=CLOSE)
    opened.page.select_option("#a92-mode", "car")
    assert not opened.page.is_visible("#a92-notice")


@pytest.mark.slow
def test_a_trial_follows_a_change_of_mode_where_it_can_be_computed(opened: Opened, results: Results) -> None:
    for row, wanted in ((0, False), (7, True)):
        opened.page.evaluate("([row, wanted]) => A92.app.setCounted(row, wanted)", [row, wanted])
    for mode in ("car", "walk", "car"):
        figure = opened.update({"mode": mode, "threshold": 10.0})
        assert figure == pytest.approx(expected(results, opened), abs=CLOSE)
        if mode == "walk":
            assert figure != pytest.approx(covered(results, "aujourdhui", mode, "any", 10.0), abs=CLOSE)


@pytest.mark.slow
def test_whatever_is_done_while_the_page_unpacks_at_first_is_done_once_it_has(
    browser: Browser, path: Path, results: Results
) -> None:
    with open_run_map(browser, path, gated=True) as opened:
        opened.page.wait_for_function("() => window.A92 && A92.app && A92.app.addPlace")
        opened.page.evaluate(MEDDLE)
        assert opened.said == []
        settled(opened)
        assert opened.figure() == pytest.approx(expected(results, opened), abs=CLOSE)
        assert opened.page.evaluate("A92.app.state.public") == "seniors"
        assert opened.page.evaluate("Array.from(A92.app.state.trial.removed)") == [0]
        assert opened.said == []


@pytest.mark.slow
def test_whatever_is_done_while_a_mode_unpacks_waits_for_it(opened: Opened, results: Results) -> None:
    opened.page.evaluate(GATE)
    opened.page.select_option("#a92-mode", "car")
    assert opened.page.get_attribute("#a92-answer", "aria-busy") == "true"
    opened.page.evaluate(MEDDLE)
    assert "Lecture des temps" in opened.popup(".a92-facts")
    assert opened.page.evaluate("A92.app.state.mode") == "car"
    assert opened.said == []
    settled(opened)
    assert opened.page.get_attribute("#a92-answer", "aria-busy") is None
    assert opened.figure() == pytest.approx(expected(results, opened), abs=CLOSE)
    assert "en voiture" in opened.popup(".a92-facts")


@pytest.mark.slow
@pytest.mark.parametrize("last", ["walk", "car"])
def test_of_two_unpackings_the_last_choice_shows_whichever_ends_first(
    opened: Opened, results: Results, last: str
) -> None:
    page = opened.page
    page.evaluate(GATE)
    for scenario, mode in (("demenage", "walk"), ("aujourdhui", "car"), ("demenage", "car"), ("neuf", last)):
        page.evaluate("choice => { A92.app.set(choice); }", {"scenario": scenario, "mode": mode, "view": "difference"})
    settled(opened)
    assert page.evaluate("[A92.app.state.scenario, A92.app.state.mode]") == ["neuf", last]
    assert [page.input_value("#a92-scenario"), page.input_value("#a92-mode")] == ["neuf", last]
    assert opened.figure() == pytest.approx(expected(results, opened), abs=CLOSE)
    # and back to a scenario of other streets, whose times are differences from the first
    assert opened.update({"scenario": "demenage", "mode": "walk"}) == pytest.approx(
        covered(results, "demenage", "walk", "any", 20.0), abs=CLOSE
    )


@pytest.mark.slow
def test_an_open_sheet_follows_threshold_mode_public_and_scenario(opened: Opened, results: Results) -> None:
    page, row = opened.page, 0
    name = results.services["name"].iloc[row]
    page.locator(f'.leaflet-marker-icon[title="{name}"]').focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Retirer ce service"
    for choice, public in (
        ({"threshold": 10.0}, "population"),
        ({"mode": "car"}, "population"),
        ({"public": "seniors"}, "age_65_plus"),
        ({"threshold": 20.0, "view": "difference", "base": "sst-seuls"}, "age_65_plus"),
    ):  # fmt: skip
        opened.update(choice)
        mode, threshold = page.evaluate("[A92.app.state.mode, A92.app.state.threshold]")
        reached = results.travel_times[mode].minutes[row] < np.float32(threshold)
        words = re.sub(r"\s", "", opened.popup(".a92-facts"))
        assert f"{results.demand[public].to_numpy()[reached].sum():.0f}habitants" in words
        assert f"moinsde{threshold:g}min" in words
        snap = {"walk": "à 12\u00a0m de la rue", "car": "à 30\u00a0m de la rue"}[mode]
        assert snap in opened.popup(".leaflet-popup-content dl")
        assert page.evaluate("document.activeElement.textContent") == "Retirer ce service"
    opened.update({"scenario": "sst-seuls"})
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("A92.app.state.chosen") is None


@pytest.mark.slow
def test_a_service_that_the_rule_hides_is_shown_when_it_is_searched_for(opened: Opened, results: Results) -> None:
    opened.update({"rule": "pmi"})
    opened.page.fill("#a92-search", str(results.services["name"].iloc[0]))
    opened.page.keyboard.press("Enter")
    assert "Lieu n° 1" in opened.popup(".leaflet-popup-content h2")
    opened.page.keyboard.press("Escape")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (poppler-utils)")
@pytest.mark.parametrize(
    ("paper", "landscape"),
    [
        ("A4", False),
        *(pytest.param(*other, marks=pytest.mark.slow) for other in (("A4", True), ("A3", False), ("A3", True))),
    ],
)
def test_every_commune_is_printed_under_its_heading(
    browser: Browser, results: Results, tmp_path: Path, paper: str, landscape: bool
) -> None:
    names = [f"Commune-numéro-{i:02d}" for i in range(80)]  # more than any of the papers holds
    ids = [f"92{i:03d}" for i in range(80)]
    cells = [
        box(
            ORIGIN_X + 450 * (i % 10),
            ORIGIN_Y + 375 * (i // 10),
            ORIGIN_X + 450 * (i % 10 + 1),
            ORIGIN_Y + 375 * (i // 10 + 1),
        )
        for i in range(80)
    ]
    x, y = results.demand.geometry.x - ORIGIN_X, results.demand.geometry.y - ORIGIN_Y
    demand = results.demand.assign(area_id=[ids[int(b // 375) * 10 + int(a // 450)] for a, b in zip(x, y, strict=True)])
    people = demand.groupby("area_id")["population"].sum().reindex(ids).fillna(0.0)
    areas = gpd.GeoDataFrame({"area_id": ids, "name": names, "population": people.to_numpy()}, geometry=cells, crs=CRS)
    many = replace(results, areas=areas, demand=demand)
    with open_run_map(browser, write_run_map(many, tmp_path)) as opened:
        for _ in range(2):  # a second time too
            made = tmp_path / "page.pdf"
            opened.page.pdf(path=str(made), format=paper, landscape=landscape, print_background=True)
            words = subprocess.run(
                ["pdftotext", "-layout", str(made), "-"], capture_output=True, check=True, encoding="utf-8"
            ).stdout
            assert [name for name in names if words.count(name) != 1] == []
            assert len(re.findall(r"^Ensemble\s", words, flags=re.MULTILINE)) == 1
            sheets = [sheet for sheet in words.split("\f") if "Commune-numéro" in sheet]
            assert len(sheets) > 1
            assert all(re.search(r"Commune\s+Habitants\s+Couverts\s+Part", sheet) for sheet in sheets)
            assert not opened.page.evaluate("document.getElementById('a92-areas').open")
        assert opened.said == []


@pytest.mark.slow
def test_the_sources_never_cover_the_scale_however_long_they_are(opened: Opened) -> None:
    boxes = opened.page.evaluate("""() => {
      const sources = A92.app.map.attributionControl, words = "Rues, grandes rues et parcs, ".repeat(12);
      sources.addAttribution(words);
      const found = [".leaflet-control-scale-line", ".leaflet-control-attribution"].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom];
      });
      sources.removeAttribution(words);
      return found;
    }""")
    scale, sources = boxes
    assert sources[3] - sources[1] > 30  # two lines at least
    assert scale[3] <= sources[1] or scale[2] <= sources[0]


def test_names_keep_off_the_marks_that_stand_on_the_map_now(opened: Opened) -> None:
    page = opened.page
    page.evaluate("() => { window.drawn = 0; const draw = A92.app.redrawNames; "
                  "A92.app.redrawNames = () => { window.drawn += 1; draw(); }; }")  # fmt: skip
    counts = {}
    for scenario in ("neuf", "aujourdhui"):
        opened.update({"scenario": scenario})
        counts[scenario] = page.evaluate("A92.app.markedPlaces().length")
        assert counts[scenario] == page.locator(".a92-pin:not(.a92-new)").count() > 0
    assert counts["neuf"] != counts["aujourdhui"]
    assert page.evaluate("window.drawn") >= 1  # written anew where marks came or went
