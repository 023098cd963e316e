"""Files of editors and servers, read as the ordinary file is: the bridge carries people exactly where it should."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path

import numpy as np
import osmium
import pytest

from access92.errors import InputError
from access92.sources.streets.read import StreetsRead
from access92.study.omissions import Omission
from tests.sources.streets.river_town import (
    BRIDGE,
    MIDDLE,
    Town,
    minutes,
    node,
    read,
    town,
    write_xml,
)  # fmt: skip


@pytest.fixture(name="ordinary", scope="module")
def ordinary_fixture(tmp_path_factory: pytest.TempPathFactory) -> StreetsRead:
    return read(write_xml(tmp_path_factory.mktemp("town") / "town.osm", town().xml()))


def check_same_streets(found: StreetsRead, ordinary: StreetsRead) -> None:
    assert found.streets.drop(columns="geometry").equals(ordinary.streets.drop(columns="geometry"))
    assert found.streets.geometry.geom_equals_exact(ordinary.streets.geometry, 1e-6).all()
    assert not found.omissions


def test_the_ordinary_town_is_crossed_over_its_bridge(ordinary: StreetsRead) -> None:
    assert len(ordinary.streets) == 55
    assert minutes(ordinary) == pytest.approx(500 / 100 * 1.2, rel=0.02)  # five blocks of 100 m at 5 km/h


def test_without_its_bridge_nobody_crosses(tmp_path: Path) -> None:
    cut = town()
    del cut.ways[BRIDGE]
    assert np.isnan(minutes(read(write_xml(tmp_path / "cut.osm", cut.xml()))))


@pytest.mark.parametrize("highway", ["steps", "footway"])
@pytest.mark.parametrize(
    ("conveying", "with_it", "against_it"),
    [("forward", True, False), ("backward", False, True), ("yes", True, False), ("no", True, True)],
)
def test_an_escalator_for_a_bridge_is_taken_in_its_direction_only(
    highway: str, conveying: str, with_it: bool, against_it: bool, tmp_path: Path
) -> None:
    """Two blocks further north an ordinary bridge: 9 blocks of 100 m for 5 where the escalator runs the other way."""
    moved = town()
    moved.ways[BRIDGE] = moved.ways[BRIDGE][0], {"highway": highway, "conveying": conveying}
    moved.ways[51] = [node(2, 4), node(3, 4)], {"highway": "residential"}
    found = read(write_xml(tmp_path / "escalator.osm", moved.xml()))
    over_it = (4 + 5 / 1.7 if highway == "steps" else 5) * 1.2
    east, west = (0.0, 2.0), (5.0, 2.0)
    assert minutes(found, start=east, end=west) == pytest.approx(over_it if with_it else 10.8, rel=0.02)
    assert minutes(found, start=west, end=east) == pytest.approx(over_it if against_it else 10.8, rel=0.02)


def renumbered(whole: Town, sign: dict[int, int]) -> Town:
    """The same town under other node ids."""
    names = {number: sign.get(number, number) for number in whole.nodes}
    return Town(
        {names[number]: place for number, place in whole.nodes.items()},
        {way: ([names[number] for number in refs], tags) for way, (refs, tags) in whole.ways.items()},
    )


@pytest.mark.parametrize("which", ["one in the middle", "all", "all, of ways too"])
def test_negative_ids_of_an_editor_are_ids_like_others(tmp_path: Path, ordinary: StreetsRead, which: str) -> None:
    whole = town()
    new = renumbered(whole, {MIDDLE: -7} if which == "one in the middle" else {n: -n for n in whole.nodes})
    if which == "all, of ways too":
        new.ways = {-way: value for way, value in new.ways.items()}
    found = read(write_xml(tmp_path / "edited.osm", new.xml()))
    assert (len(found.streets), found.omissions) == (55, ())
    assert minutes(found) == pytest.approx(minutes(ordinary), abs=1e-6)


def test_positions_are_used_wherever_they_stand_in_the_file(tmp_path: Path, ordinary: StreetsRead) -> None:
    whole = town()
    ways_first = [*whole.xml_ways(whole.ways), *whole.xml_nodes(whole.nodes)]
    early, late = [n for n in whole.nodes if n != MIDDLE], [MIDDLE]
    first, second = [way for way in whole.ways if way < 20], [way for way in whole.ways if way >= 20]
    two_blocks = [
        *whole.xml_nodes(early), *whole.xml_ways(first), *whole.xml_ways(second), *whole.xml_nodes(late),
    ]  # fmt: skip
    backwards = [*whole.xml_ways(whole.ways), *whole.xml_nodes(list(whole.nodes)[::-1])]
    for name, lines in (("ways_first", ways_first), ("two_blocks", two_blocks), ("backwards", backwards)):
        check_same_streets(read(write_xml(tmp_path / f"{name}.osm", lines)), ordinary)


def test_a_node_that_the_file_lacks_opens_a_gap_that_is_told(tmp_path: Path) -> None:
    whole = town()
    lines = [*whole.xml_nodes(n for n in whole.nodes if n != MIDDLE), *whole.xml_ways(whole.ways)]
    found = read(write_xml(tmp_path / "gap.osm", lines))
    assert np.isnan(minutes(found))
    assert found.omissions == (
        Omission("street_incomplete", 1, 19, examples=(f"w{BRIDGE}",)), Omission("street_km_missing", 1, 7),
    )  # fmt: skip


def test_streets_without_any_position_are_counted_too(tmp_path: Path) -> None:
    whole = town()
    whole.ways[60] = [901, 902, 903], {"highway": "path"}
    found = read(write_xml(tmp_path / "gone.osm", whole.xml()))
    assert len(found.streets) == 55
    assert found.omissions == (Omission("street_incomplete", 1, 20), Omission("street_km_missing", 1, 7))


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2"])
@pytest.mark.parametrize("mark", [" action='delete'", ' visible="true" action = "delete" user="a > b"'])
def test_what_an_editor_deletes_is_gone(tmp_path: Path, mark: str, ending: str) -> None:
    whole = town()
    others = [way for way in whole.ways if way != BRIDGE]
    middle = whole.xml_nodes([MIDDLE])[0].replace("/>", f"{mark}/>")
    lines = [
        *whole.xml_nodes(n for n in whole.nodes if n != MIDDLE), middle,
        *whole.xml_ways([BRIDGE], attributes=mark), *whole.xml_ways(others),
    ]  # fmt: skip
    file = write_xml(tmp_path / "edited.osm", lines)
    packed = tmp_path / f"edited_too{ending}"
    pack = {".osm": bytes, ".osm.gz": gzip.compress, ".osm.bz2": bz2.compress}[ending]
    packed.write_bytes(pack(file.read_bytes()))
    found = read(packed)
    assert len(found.streets) == 54
    assert np.isnan(minutes(found))
    assert not found.omissions


def test_a_deleted_node_of_a_street_that_stays_is_a_gap(tmp_path: Path) -> None:
    whole = town()
    middle = whole.xml_nodes([MIDDLE])[0].replace("/>", " action='delete'/>")
    lines = [*whole.xml_nodes(n for n in whole.nodes if n != MIDDLE), middle, *whole.xml_ways(whole.ways)]
    found = read(write_xml(tmp_path / "edited.osm", lines))
    assert np.isnan(minutes(found))
    assert found.omissions[0].count == 1


def test_positions_that_the_ways_carry_are_read(tmp_path: Path, ordinary: StreetsRead) -> None:
    whole = town()
    member = "<member type='way' ref='50' role=''><nd lon='2.25' lat='48.82'/></member>"
    relation = f"<relation id='1'>{member}<tag k='type' v='route'/></relation>"
    answer = [*whole.xml_ways(whole.ways, with_places=True), relation]
    check_same_streets(read(write_xml(tmp_path / "out_geom.osm", answer)), ordinary)

    elements = [
        {
            "type": "way", "id": way, "nodes": refs, "tags": tags,
            "geometry": [{"lon": whole.nodes[n][0], "lat": whole.nodes[n][1]} for n in refs],
        }
        for way, (refs, tags) in whole.ways.items()
    ]  # fmt: skip
    json_file = tmp_path / "out_geom.json"
    json_file.write_text(json.dumps({"elements": elements}), encoding="utf-8")
    check_same_streets(read(json_file), ordinary)

    pbf = tmp_path / "locations_on_ways.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(pbf), "pbf,locations_on_ways=true")) as writer:
        for thing in osmium.FileProcessor(str(write_xml(tmp_path / "town.osm", whole.xml()))).with_locations():
            if isinstance(thing, osmium.osm.Way):
                writer.add(thing)
    check_same_streets(read(pbf), ordinary)


def test_a_file_whose_ways_have_no_position_at_all_is_still_refused(tmp_path: Path) -> None:
    whole = town()
    with pytest.raises(InputError, match="pas les positions"):
        read(write_xml(tmp_path / "bare.osm", whole.xml_ways(whole.ways)))


@pytest.mark.parametrize("damage", ["cut off", "one byte"])
def test_a_packed_file_that_is_damaged_is_refused(tmp_path: Path, damage: str) -> None:
    packed = bytearray(gzip.compress(write_xml(tmp_path / "town.osm", town().xml()).read_bytes()))
    packed[len(packed) // 2] ^= 255
    file = tmp_path / "damaged.osm.gz"
    file.write_bytes(bytes(packed) if damage == "one byte" else bytes(packed[: len(packed) // 3]))
    with pytest.raises(InputError, match="tronqué"):
        read(file)
