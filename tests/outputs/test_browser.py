"""The pages in a real browser, with no network: nothing asked of anyone, nothing in the console."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from access92.outputs.layout import file_in
from access92.outputs.maps.difference import difference_map_name
from access92.outputs.maps.single import map_name
from access92.run.results import Results
from tests.outputs.chromium import Opened, find_chromium, open_page, with_probe

BROWSER = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]

PROBE = """
(function () {
  var map = %s, said = {};
  var box = map.getContainer();
  said.markers = box.querySelectorAll(".leaflet-marker-icon").length;
  said.canvases = box.querySelectorAll("canvas").length;
  said.overlays = box.querySelectorAll(".leaflet-control-layers-overlays input").length;
  var people = box.querySelector(".leaflet-a92-people-pane canvas");
  var pixels = people.getContext("2d").getImageData(0, 0, people.width, people.height).data, drawn = 0;
  for (var i = 3; i < pixels.length; i += 4) if (pixels[i]) drawn++;
  said.drawn = drawn;
  var at = L.latLng(%f, %f);
  map.setView(at, 15, { animate: false });
  map.fire("click", { latlng: at, containerPoint: map.latLngToContainerPoint(at) });
  said.popup = (box.querySelector(".leaflet-popup-content") || {}).textContent || "";
  said.close = (box.querySelector(".leaflet-popup-close-button") || box).getAttribute("aria-label");
  said.focusable = box.querySelectorAll(".leaflet-marker-icon[tabindex='0']").length;
  document.documentElement.setAttribute("data-said", JSON.stringify(said));
})();
"""


def opened(page: Path, tmp_path: Path) -> Opened:
    assert BROWSER is not None
    return open_page(BROWSER, page, tmp_path / "profile")


def said(dom: str) -> dict[str, object]:
    found = re.search(r'data-said="([^"]*)"', dom)
    assert found, "the probe did not run to its end"
    return dict(json.loads(html.unescape(found[1])))


@pytest.mark.slow
def test_a_map_opens_without_network_and_says_nothing_in_the_console(run_folder: Path, tmp_path: Path) -> None:
    page = opened(file_in(run_folder, map_name("aujourdhui", "walk")), tmp_path)
    assert page.console == []
    assert 'data-access92="ready"' in page.dom


@pytest.mark.slow
def test_the_same_check_catches_a_page_that_calls_another_host(run_folder: Path, tmp_path: Path) -> None:
    text = file_in(run_folder, map_name("aujourdhui", "car")).read_text("utf-8")
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(text.replace("<header>", '<img src="https://example.org/x.png"><header>', 1), encoding="utf-8")
    console = opened(spoilt, tmp_path).console
    assert any("Content Security Policy" in line for line in console)


@pytest.mark.slow
def test_places_services_and_layers_are_drawn_and_a_click_tells_minutes(
    run_folder: Path,
    results: Results,
    tmp_path: Path,
) -> None:
    text = file_in(run_folder, map_name("aujourdhui", "walk")).read_text("utf-8")
    name = re.search(r"access92Map\((map_\w+),", text)
    assert name
    access = results.access("aujourdhui", "walk")
    row = 0
    place = results.demand.geometry.to_crs("EPSG:4326").iloc[row]
    probe = PROBE % (name[1], place.y, place.x)
    probed = tmp_path / "probed.html"
    probed.write_text(with_probe(text, probe), encoding="utf-8")
    page = opened(probed, tmp_path)
    assert page.console == []
    found = said(page.dom)
    assert found["markers"] == found["focusable"] == len(access.service_rows)
    assert found["canvases"] == 4  # parks, streets, people, names of the communes
    assert found["overlays"] == 12  # streets, names, four isochrones, communes, people, three kinds, other services
    assert int(str(found["drawn"])) > 500
    minutes = int(access.travel_time_min[row] * 10) / 10
    people = int(results.demand["population"].iloc[row])
    service = results.services["name"].iloc[access.nearest_service[row]]
    assert (
        found["popup"]
        == f"{people}\u00a0habitants\u00a0: {minutes:.1f}".replace(".", ",") + f"\u00a0min vers {service}"
    )
    assert found["close"] == "Fermer"


@pytest.mark.slow
def test_the_report_opens_without_network_and_says_nothing_in_the_console(run_folder: Path, tmp_path: Path) -> None:
    page = opened(run_folder / "report.html", tmp_path)
    assert page.console == []
    assert "<h1>" in page.dom


def test_a_difference_map_draws_what_changes_and_a_click_tells_before_and_after(
    changed_folder: Path,
    changed: Results,
    tmp_path: Path,
) -> None:
    text = file_in(changed_folder, difference_map_name("demenage", "walk")).read_text("utf-8")
    name = re.search(r"access92Map\((map_\w+),", text)
    assert name
    points = changed.changes.changed
    point = points[(points["scenario"] == "demenage") & points["minutes_after"].notna()].iloc[[0]]
    place = point.geometry.to_crs("EPSG:4326").iloc[0]
    probed = tmp_path / "probed.html"
    probed.write_text(with_probe(text, PROBE % (name[1], place.y, place.x)), encoding="utf-8")
    page = opened(probed, tmp_path)
    assert page.console == []
    found = said(page.dom)
    assert found["markers"] == 6  # three kept, one gone, one at its old place and at its new one
    assert found["overlays"] == 3 + 4 + 4 + 1  # streets, names, communes, changes, kinds of services, the move
    assert int(str(found["drawn"])) > 200
    for word in ("avant, ", "après, ", "min vers "):
        assert word in str(found["popup"])
