"""The maps as files: self-contained, escaped, light; what they hold is what the run found."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from access92.outputs.layout import file_in
from access92.outputs.maps.single import map_name, write_maps
from access92.outputs.pages import asset_text, leaflet_css, template_text
from access92.run.results import Results
from tests.outputs.synthetic import make_results


class Loaded(HTMLParser):
    """Everything that a page would load by itself, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed", "object"):
            own = [value for name in ("src", "srcset", "data") if (value := values.get(name))]
            self.loads += [value for value in own if not value.startswith("data:")]
        if tag == "link":
            self.loads.append(values.get("href") or "")
        if values.get("id"):
            self.ids.append(values["id"] or "")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="a92-data">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def numbers(packed: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), dtype=dtype)


@pytest.fixture(scope="module")
def page(run_folder: Path) -> str:
    return file_in(run_folder, map_name("aujourdhui", "walk")).read_text("utf-8")


def test_no_page_loads_anything_from_anywhere(run_folder: Path) -> None:
    for path in sorted(run_folder.rglob("*.html")):
        text = path.read_text("utf-8")
        parser = Loaded()
        parser.feed(text)
        assert parser.loads == [], path.name
        styles = "".join(re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL))
        assert not re.findall(r"@import|url\((?!data:|#)", styles), path.name
        assert "sourceMappingURL" not in text
        assert "default-src 'none'" in text


@pytest.mark.slow
def test_an_identifier_is_never_given_twice_nor_at_random(page: str) -> None:
    parser = Loaded()
    parser.feed(page)
    assert len(set(parser.ids)) == len(parser.ids)
    assert not re.findall(r"_[0-9a-f]{32}", page)


def test_two_writings_give_the_same_bytes(results: Results, run_folder: Path, tmp_path: Path) -> None:
    for path in write_maps(results, tmp_path):
        assert path.read_bytes() == (file_in(run_folder, path.name)).read_bytes()


def test_the_title_states_scenario_mode_threshold_vintage_and_share(page: str) -> None:
    header = page[page.index("<header>") : page.index("</header>")]
    for words in (
        "Maillage d’aujourd’hui", "à pied (adulte)", "moins de 20", "population légale 2023", "services\u00a0: 2021",
        "11\u202f692\u00a0habitants", "Rues de démonstration",
    ):  # fmt: skip
        assert words in header, words


def test_real_streets_carry_no_banner(tmp_path: Path) -> None:
    for path in write_maps(make_results(is_demo=False), tmp_path):
        text = path.read_text("utf-8")
        assert "démonstration" not in text[text.index("<header>") :].lower()
        assert "© contributeurs OpenStreetMap" in text


def test_the_times_of_the_page_are_those_of_the_run_never_rounded_up(page: str, results: Results) -> None:
    minutes = results.access("aujourdhui", "walk").travel_time_min
    hundredths = numbers(data_of(page)["people"]["hundredths"], "<u2")
    reached = ~np.isnan(minutes)
    assert (hundredths[~reached] == 65_535).all()
    assert (hundredths[reached] / 100 <= minutes[reached]).all()
    assert (hundredths[reached] / 100 > minutes[reached] - 0.011).all()
    assert ((hundredths < 2000) == (minutes < 20)).all()


@pytest.mark.slow
def test_people_and_their_nearest_service_are_packed_in_order(page: str, results: Results) -> None:
    people = data_of(page)["people"]
    np.testing.assert_allclose(numbers(people["population"], "<f4"), results.demand["population"])
    nearest = results.access("aujourdhui", "walk").nearest_service
    service = numbers(people["service"], "<u2").astype(int)
    np.testing.assert_array_equal(np.where(service == 65_535, -1, service), nearest)


def test_places_are_packed_within_a_metre(page: str, results: Results) -> None:
    data = data_of(page)
    x0, y0, step = data["fine"]
    world_m = 40_075_016.685578488
    x = (x0 + numbers(data["people"]["x"], "<u2") * step - 0.5) * world_m
    y = (0.5 - y0 - numbers(data["people"]["y"], "<u2") * step) * world_m
    places = results.demand.geometry.to_crs("EPSG:3857")
    assert np.hypot(x - places.x, y - places.y).max() < 1


def test_isochrones_are_those_of_all_services_together_up_to_the_threshold_shown(page: str) -> None:
    isochrones = data_of(page)["isochrones"]
    assert [item["label"].replace("\u00a0", " ") for item in isochrones] == [
        f"Isochrone, moins de {minutes} min" for minutes in (30, 20, 15, 10)
    ]
    assert [item["shown"] for item in isochrones] == [False, True, True, True]


def test_services_tell_their_doubts_and_whether_they_count(page: str) -> None:
    services = {item["name"]: item for item in data_of(page)["services"]}
    assert [item["counted"] for item in services.values()] == [True] * 5 + [False] * 3
    doubtful = services["Lieu n° 6 <antenne>"]
    assert doubtful["doubt"]
    assert "approximative à 400\u00a0m près" in doubtful["sheet"]["doubt"]
    assert not services["Lieu n° 1 <sst>"]["doubt"]
    assert not services["Lieu n° 1 <sst>"]["sheet"]["doubt"]
    popup = json.dumps(services["Lieu n° 1 <sst>"]["sheet"], ensure_ascii=False)
    for words in ("1 rue d’Essai", "8 h 30-17 h 30 (2016)", "annuaire tiers, été 2021", "à 12\u00a0m de la rue"):
        assert words in popup, words
    assert ["exemple.fr", "https://exemple.fr/page"] in dict(services["Lieu n° 1 <sst>"]["sheet"]["rows"])["Source"]
    assert dict(services["Lieu n° 3 <pole_social>"]["sheet"]["rows"])["Validité"] == ["depuis le 16\u00a0mai\u00a02023"]


def test_a_name_with_markup_stays_text(page: str) -> None:
    data = data_of(page)
    assert data["services"][0]["name"] == "Lieu n° 1 <sst>"
    assert data["areas"][4]["tip"][0] == "Étang & Île"
    assert '<option value="4">Étang &amp; Île</option>' in page
    raw = page[page.index('id="a92-data">') :]
    assert "<" not in raw[len('id="a92-data">') : raw.index("</script>")]


def test_the_water_known_with_the_streets_is_on_the_map_and_none_is_invented(page: str, tmp_path: Path) -> None:
    assert [len(polygons) for polygons in data_of(page)["water"]] == [1]
    dry = write_maps(replace(make_results(), water=None), tmp_path)[0].read_text("utf-8")
    assert data_of(dry)["water"] == []


def test_a_page_grows_so_slowly_that_a_department_stays_under_six_megabytes(tmp_path: Path) -> None:
    sizes = []
    for places, streets in ((300, 30), (4_300, 77)):  # a tenth of the test below, and more: streets by their square
        (path, *_) = write_maps(make_results(n_demand=places, n_streets=streets), tmp_path)
        sizes.append(path.stat().st_size)
    assert sizes[0] + 10 * (sizes[1] - sizes[0]) < 6_000_000


@pytest.mark.slow
def test_forty_thousand_places_and_a_hundred_thousand_streets_stay_under_six_megabytes(tmp_path: Path) -> None:
    (path, *_) = write_maps(make_results(n_demand=40_000, n_streets=225), tmp_path)
    assert path.stat().st_size < 6_000_000


def test_leaflet_is_vendored_whole_with_its_licence() -> None:
    assert "Leaflet 1.9.4" in asset_text("leaflet.js")[:200]
    assert "BSD 2-Clause" in asset_text("leaflet.LICENSE")
    assert leaflet_css().count("url(data:image/png;base64,") == 2


def test_the_pages_script_speaks_french_and_names_no_host() -> None:
    script = template_text("map.js")
    assert "http" not in script
    assert "Zoomer" in script
    assert len(script) < 16_000
