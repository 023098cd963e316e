"""What is around the streets reaches the maps: packed on their grid, drawn under the people, named over them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from access92.outputs.layout import file_in
from access92.outputs.maps.backdrop import prepare_backdrop
from access92.outputs.maps.base_layer import base_layer
from access92.outputs.maps.encoding import COARSE_CELLS, grid_over
from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.maps.single import write_maps
from access92.outputs.pages import template_text
from access92.outputs.palette import GREEN_COLOURS, rgb
from access92.outputs.slides.maps import prepare_scene
from access92.run.results import Results
from access92.sources.surroundings import GREEN_KINDS, PLACE_KINDS, surroundings_of
from tests.outputs.chromium import find_chromium, open_page, with_probe
from tests.outputs.synthetic import ORIGIN_X, ORIGIN_Y, SIDE_M, make_results

BROWSER = find_chromium()
PROBE = """
(function () {
  function inked(pane) {
    var canvas = document.querySelector(".leaflet-a92-" + pane + "-pane canvas"), drawn = 0;
    if (!canvas) return -1;
    var pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (var i = 3; i < pixels.length; i += 4) if (pixels[i]) drawn++;
    return drawn;
  }
  var said = { names: inked("names"), green: Math.max(inked("green"), inked("ground")) };
  said.offered = document.body.textContent.indexOf("Noms des lieux") >= 0;
  document.documentElement.setAttribute("data-said", JSON.stringify(said));
})();
"""


@pytest.fixture(scope="module")
def around() -> Results:
    """The made-up town with a wood, a railway, a station and a name."""
    results = make_results(n_demand=40)
    park = shapely.multipolygons([shapely.box(ORIGIN_X, ORIGIN_Y, ORIGIN_X + SIDE_M, ORIGIN_Y + SIDE_M)])
    line = shapely.multilinestrings([shapely.linestrings([(ORIGIN_X, ORIGIN_Y + 900), (ORIGIN_X + 1500, ORIGIN_Y)])])
    middle = shapely.Point(ORIGIN_X + SIDE_M, ORIGIN_Y + SIDE_M)
    rows = [
        ("green", "wood", "", park), ("rail", "", "", line), ("station", "train", "Gare d'Issy", middle),
        ("place", "city", "Issy", shapely.Point(ORIGIN_X + 700, ORIGIN_Y + 700)),
        ("nature", "wood", "Bois d'Issy", shapely.Point(ORIGIN_X + 400, ORIGIN_Y + 300)),
    ]  # fmt: skip
    return replace(results, surroundings=surroundings_of(rows, results.areas.crs))


def test_each_layer_is_packed_on_the_grid_of_the_streets(around: Results) -> None:
    packed = prepare_backdrop(around).around
    assert list(packed) == ["green", "rails", "stations", "places", "nature", "communes"]
    assert list(packed["green"]) == ["wood"]
    assert [row[2:] for row in packed["stations"]] == [["Gare d’Issy"]]
    assert [row[2:] for row in packed["nature"]] == [["wood", "Bois d’Issy"]]
    assert [row[2:] for row in packed["places"]] == [[PLACE_KINDS.index("city"), "Issy"]]


def test_a_page_of_streets_with_nothing_around_has_the_names_of_its_areas_only() -> None:
    assert list(prepare_backdrop(make_results(n_demand=40)).around) == ["communes"]


def test_every_kind_has_a_colour_on_every_map() -> None:
    script = template_text("map_drawing.js")
    on_pages = dict(re.findall(r'(\w+): "(#\w{6})"', re.findall(r"A92\.GREEN = \{(.*?)\}", script)[0]))
    assert on_pages == GREEN_COLOURS
    assert set(GREEN_COLOURS) == set(GREEN_KINDS)
    looks = json.loads(re.findall(r"place: (\[\[.*?\]\])", template_text("map_names.js"))[0])
    assert len(looks) == len(PLACE_KINDS)


def test_a_slide_draws_the_wood_below_the_streets(around: Results) -> None:
    def green_pixels(results: Results) -> int:
        scene = prepare_scene(results, width_px=300, height_px=300)
        return int((scene.backdrop == rgb(GREEN_COLOURS["wood"])).all(axis=2).sum())

    assert green_pixels(make_results(n_demand=40)) == 0
    assert green_pixels(around) > 1000


def test_streets_cut_where_a_path_joins_are_packed_as_one() -> None:
    ends = [[(60 * i, 0), (60 * i + 60, 0)] for i in range(20)]
    grid = grid_over((0, 0, 1200, 1200), n_cells=COARSE_CELLS)
    cut = base_layer(shapely.linestrings(ends), np.full(20, "primary"), grid)
    whole = base_layer(shapely.linestrings([[(0, 0), (1200, 0)]]), np.array(["primary"]), grid)
    assert cut.ranks == whole.ranks


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
@pytest.mark.parametrize("page", ["map.html", "map_aujourdhui_walk.html"])
def test_woods_and_names_are_drawn_and_offered_among_the_layers(around: Results, page: str, tmp_path: Path) -> None:
    assert BROWSER is not None
    write_run_map(around, tmp_path)
    write_maps(around, tmp_path)
    file = file_in(tmp_path, page)
    ready = "document.documentElement.hasAttribute('data-access92')"
    waiting = f"(function wait() {{ if ({ready}) {{ {PROBE} }} else setTimeout(wait, 50); }})();"
    file.write_text(with_probe(file.read_text("utf-8"), waiting), encoding="utf-8")
    opened = open_page(BROWSER, file, tmp_path / "profile")
    said = json.loads(html.unescape(re.findall(r'data-said="([^"]*)"', opened.dom)[0]))
    assert opened.console == []
    assert said["names"] > 50
    assert said["green"] > 1000
    assert said["offered"]
