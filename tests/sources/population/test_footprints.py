"""Which footprints are homes, by their tags; collected from an OpenStreetMap file with its streets."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS

from access92.sources.population.footprints import (
    FOOTPRINTS,
    FootprintCollector,
    building_rules,
    floor_areas,
    read_measure,
    reason_left_out,
)
from access92.sources.streets.read import read_streets

LAMBERT = CRS(2154)


def square(west: float, south: float, side: float = 0.0002) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(west, south, west + side, south + side)))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"building": "school"}, "education"), ({"building": "yes", "amenity": "school"}, "education"),
        ({"building": "church"}, "worship"), ({"building": "yes", "amenity": "place_of_worship"}, "worship"),
        ({"building": "hospital"}, "health"), ({"building": "yes", "office": "company"}, "work"),
        ({"building": "yes", "shop": "bakery"}, "work"), ({"building": "industrial"}, "work"),
        ({"building": "garages"}, "annex"), ({"building": "shed"}, "annex"),
        ({"building": "train_station"}, "transport"),
        ({"building": "apartments", "ruins": "yes"}, "unfinished"), ({"building": "construction"}, "unfinished"),
        ({"building": "yes"}, ""), ({"building": "apartments", "shop": "bakery"}, ""), ({"building": "House"}, ""),
        ({"building": "yes", "shop": "no"}, ""), ({"building": "yes", "amenity": "bench"}, ""),
    ],
)  # fmt: skip
def test_tags_say_why_a_building_is_no_home(tags: dict[str, str], reason: str) -> None:
    assert reason_left_out(tags) == reason


def test_a_value_has_one_reason_only_and_every_reason_a_word_for_the_report() -> None:
    rules = building_rules()
    parts = rules["left_out"].values()
    tags = [(key, value) for part in parts for key in part if key != "label" for value in part[key]]
    assert len(tags) == len(set(tags))
    assert all(part["label"] for part in parts)
    assert not set(rules["homes"]["building"]) & {value for key, value in tags if key == "building"}
    words = (rules["bdtopo"]["usage"], rules["bdtopo"]["nature"], rules["bdtopo"]["state"], rules["bdnb"]["usage"])
    assert {reason for part in words for reason in part.values()} <= set(rules["left_out"])


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ("2.5", 2.5), ("12 m", 12), ("R+3", None), ("-1", None), ("", None)]
)
def test_levels_and_heights_are_numbers_or_not_known(text: str, value: float | None) -> None:
    np.testing.assert_equal(read_measure(text, most=200), np.nan if value is None else value)


def test_floor_is_ground_by_levels_else_height_else_the_kinds_hypothesis() -> None:
    collector = FootprintCollector()
    for number, tags in enumerate((
        {"building": "house", "building:levels": "4", "height": "3"}, {"building": "yes", "height": "9 m"},
        {"building": "yes", "height": "1"}, {"building": "apartments"},
    )):  # fmt: skip
        collector.add_area(tags, square(2.2 + number / 1000, 48.8))
    table = collector.finish(LAMBERT)[FOOTPRINTS]
    defaults = building_rules()["default_levels"]
    assert floor_areas(table, np.ones(4)).tolist() == [4, 3, 1, defaults["apartments"]]


def test_plain_buildings_on_the_grounds_of_a_school_or_a_factory_are_no_homes() -> None:
    collector = FootprintCollector()
    collector.add_area({"building": "yes"}, square(2.2001, 48.8001))
    collector.add_area({"building": "house"}, square(2.2005, 48.8001))
    collector.add_area({"building": "yes"}, square(2.2051, 48.8001))
    collector.add_area({"building": "yes"}, square(2.2101, 48.8001))
    collector.add_area({"landuse": "industrial"}, square(2.205, 48.8, 0.001))
    collector.add_area({"amenity": "school"}, square(2.2, 48.8, 0.001))
    collector.add_area({"landuse": "residential"}, square(2.21, 48.8, 0.001))
    table = collector.finish(LAMBERT)[FOOTPRINTS]
    assert table["left_out"].tolist() == ["education", "", "work", ""]


def test_the_order_of_the_file_decides_nothing() -> None:
    things = [
        ({"building": "yes", "height": "9"}, square(2.2001, 48.8001)), ({"building": "house"}, square(2.2001, 48.8004)),
        ({"amenity": "school"}, square(2.2, 48.8, 0.001)), ({"landuse": "industrial"}, square(2.2, 48.8, 0.001)),
    ]  # fmt: skip
    tables = []
    for order in itertools.permutations(things):
        collector = FootprintCollector()
        for tags, shape in order:
            collector.add_area(tags, shape)
        tables.append(collector.finish(LAMBERT)[FOOTPRINTS].to_wkb())
    assert all(table.equals(tables[0]) for table in tables)
    assert tables[0]["left_out"].tolist() == ["education", ""]


def test_a_file_without_buildings_gives_an_empty_table() -> None:
    table = FootprintCollector().finish(LAMBERT)[FOOTPRINTS]
    assert table.empty
    assert table.crs == LAMBERT


OSM = """<osm version="0.6">
<node id="1" lat="48.8" lon="2.2"/><node id="2" lat="48.8" lon="2.201"/>
<node id="3" lat="48.8001" lon="2.2"/><node id="4" lat="48.8001" lon="2.2003"/>
<node id="5" lat="48.8003" lon="2.2003"/><node id="6" lat="48.8003" lon="2.2"/>
<node id="7" lat="48.80015" lon="2.2001"/><node id="8" lat="48.80015" lon="2.2002"/>
<node id="9" lat="48.80025" lon="2.2002"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="3"/></way>
<way id="3"><nd ref="7"/><nd ref="8"/><nd ref="9"/><nd ref="7"/></way>
<relation id="4"><member type="way" ref="2" role="outer"/><member type="way" ref="3" role="inner"/>
<tag k="type" v="multipolygon"/><tag k="building" v="apartments"/><tag k="building:levels" v="6"/></relation>
</osm>"""


def test_a_block_with_a_courtyard_is_read_with_the_streets_and_from_the_cache_too(tmp_path: Path) -> None:
    file = tmp_path / "block.osm"
    file.write_text(OSM, encoding="utf-8")
    for _ in range(2):
        read = read_streets(
            file, extent=None, crs=2154, collectors=(FootprintCollector(),), cache_folder=tmp_path / "cache"
        )
        table = read.layers[FOOTPRINTS]
        assert table["levels"].tolist() == [6]
        assert len(shapely.get_parts(table.geometry)[0].interiors) == 1
    assert read.from_cache
