"""Squares: walked along their outline, crossed in straight lines where one sees through, holes respected."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from access92.sources.streets.plazas import CROSSED, MOST_ENTRANCES
from access92.sources.streets.read import StreetsRead, read_streets
from tests.sources.streets.river_town import BRIDGE, Town, lon_lat, minutes, node, read, town, write_xml
from tests.sources.streets.test_real_streets import shared

WEST, EAST = node(2, 2), node(3, 2)
SOUTH_CORNER, NORTH_CORNER = 301, 302
SQUARE = {"highway": "pedestrian", "area": "yes", "name": "Place du Pont"}


def square_town() -> Town:
    """The town with a square over the river for a bridge: its west and east corners are crossings."""
    whole = town()
    del whole.ways[BRIDGE]
    whole.nodes |= {SOUTH_CORNER: lon_lat(2.5, 1.3), NORTH_CORNER: lon_lat(2.5, 2.7)}
    return whole


def relation(members: dict[int, str], **tags: str) -> str:
    """A pedestrian multipolygon of these ways by role."""
    body = "".join(f"<member type='way' ref='{way}' role='{role}'/>" for way, role in members.items())
    body += "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items())
    return f"<relation id='9'>{body}<tag k='type' v='multipolygon'/><tag k='highway' v='pedestrian'/></relation>"


def crossings(found: StreetsRead) -> list[tuple[int, int]]:
    """The ends of the lines across squares."""
    lines = found.streets[found.streets["area"] == CROSSED]
    return sorted(zip(lines["from_node"].tolist(), lines["to_node"].tolist(), strict=True))


def test_a_square_is_crossed_between_its_entrances(tmp_path: Path) -> None:
    whole = square_town()
    whole.ways[60] = [WEST, SOUTH_CORNER, EAST, NORTH_CORNER, WEST], SQUARE
    found = read(write_xml(tmp_path / "square.osm", whole.xml()))
    assert crossings(found) == [(WEST, EAST)]
    line = found.streets[found.streets["area"] == CROSSED].iloc[0]
    assert (line["edge_id"], line["name"], line["highway"]) == ("w60-2", "Place du Pont", "pedestrian")
    assert minutes(found) == pytest.approx(6.0, rel=0.02)  # as over a bridge
    assert np.isnan(minutes(found, mode="car"))


def test_without_its_tag_a_closed_street_is_only_walked_round(tmp_path: Path) -> None:
    whole = square_town()
    whole.ways[60] = [WEST, SOUTH_CORNER, EAST, NORTH_CORNER, WEST], {"highway": "pedestrian"}
    found = read(write_xml(tmp_path / "ring.osm", whole.xml()))
    assert crossings(found) == []
    assert minutes(found) > 6.7  # two sides of the square


@pytest.mark.parametrize("halves", [1, 2])
def test_a_multipolygon_is_crossed_as_well(tmp_path: Path, halves: int) -> None:
    whole = square_town()
    if halves == 1:
        whole.ways[60] = [WEST, SOUTH_CORNER, EAST, NORTH_CORNER, WEST], {}
    else:
        whole.ways[60] = [WEST, SOUTH_CORNER, EAST], {}
        whole.ways[61] = [WEST, NORTH_CORNER, EAST], {}
    members = dict.fromkeys([60, 61][:halves], "outer")
    file = write_xml(tmp_path / "relation.osm", [*whole.xml(), relation(members, name="Place")])
    found = read(file)
    assert crossings(found) == [(WEST, EAST)]
    assert minutes(found) == pytest.approx(6.0, rel=0.02)
    assert set(found.streets["name"]) == {"", "Place"}
    assert not found.omissions

    # of the same objects as Overpass answers them the streets are the same
    elements: list[dict[str, object]] = [
        {"type": "node", "id": number, "lon": lon, "lat": lat} for number, (lon, lat) in whole.nodes.items()
    ]
    elements += [{"type": "way", "id": way, "nodes": refs, "tags": tags} for way, (refs, tags) in whole.ways.items()]
    listed = [{"type": "way", "ref": way, "role": role} for way, role in members.items()]
    tags = {"type": "multipolygon", "highway": "pedestrian", "name": "Place"}
    elements.append({"type": "relation", "id": 9, "members": listed, "tags": tags})
    answer = tmp_path / "relation.json"
    answer.write_text(json.dumps({"elements": elements}), encoding="utf-8")
    assert read(answer).streets.equals(found.streets)


def test_a_square_of_which_a_part_is_missing_is_walked_where_it_is_known(tmp_path: Path) -> None:
    whole = square_town()
    whole.ways[60] = [WEST, SOUTH_CORNER, EAST], {}
    file = write_xml(tmp_path / "part.osm", [*whole.xml(), relation({60: "outer", 61: "outer"})])
    found = read(file)
    assert crossings(found) == []
    assert minutes(found) > 6.7


def test_nobody_walks_through_a_hole(tmp_path: Path) -> None:
    whole = square_town()
    corners = {311: (2.4, 1.9), 312: (2.6, 1.9), 313: (2.6, 2.1), 314: (2.4, 2.1)}
    whole.nodes |= {number: lon_lat(*place) for number, place in corners.items()}
    whole.ways[60] = [WEST, SOUTH_CORNER, EAST, NORTH_CORNER, WEST], {}
    whole.ways[61] = [311, 312, 313, 314, 311], {}
    found = read(write_xml(tmp_path / "hole.osm", [*whole.xml(), relation({60: "outer", 61: "inner"})]))
    assert crossings(found) == []
    assert minutes(found) > 6.7

    # a door in the hole is an entrance: it is seen from both sides
    whole.ways[62] = [311, 313], {"highway": "footway"}
    open_hole = read(write_xml(tmp_path / "open.osm", [*whole.xml(), relation({60: "outer", 61: "inner"})]))
    assert crossings(open_hole) == [(WEST, 311), (EAST, 313)]


def test_two_entrances_on_one_side_are_not_joined_twice(tmp_path: Path) -> None:
    whole = square_town()
    whole.nodes |= {320: lon_lat(2.2, 2.0), 321: lon_lat(2.4, 2.0)}
    whole.ways[60] = [WEST, 320, 321, EAST, NORTH_CORNER, WEST], SQUARE  # a flat side with four entrances
    whole.ways[61] = [320, SOUTH_CORNER, 321], {"highway": "footway"}
    found = read(write_xml(tmp_path / "flat.osm", whole.xml()))
    assert crossings(found) == []


def test_the_lines_of_a_square_of_many_entrances_stay_bounded(tmp_path: Path) -> None:
    whole = town()
    count = 3 * MOST_ENTRANCES
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    for place, angle in enumerate(angles):
        whole.nodes[1000 + place] = lon_lat(2.5 + 0.4 * np.cos(angle), 2.5 + 0.4 * np.sin(angle))
        whole.nodes[2000 + place] = lon_lat(2.5 + 0.45 * np.cos(angle), 2.5 + 0.45 * np.sin(angle))
        whole.ways[3000 + place] = [1000 + place, 2000 + place], {"highway": "path"}
    whole.ways[60] = [*range(1000, 1000 + count), 1000], SQUARE
    found = read(write_xml(tmp_path / "round.osm", whole.xml()))
    assert 0 < len(crossings(found)) <= MOST_ENTRANCES * (MOST_ENTRANCES - 1) // 2


@pytest.mark.parametrize("seed", range(4))
def test_lines_stay_inside_squares_of_any_shape(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    whole, count = town(), 12
    radius = random.uniform(0.1, 0.45, count)
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    for place, (angle, far) in enumerate(zip(angles, radius, strict=True)):
        whole.nodes[1000 + place] = lon_lat(2.5 + far * np.cos(angle), 2.5 + far * np.sin(angle))
        whole.nodes[2000 + place] = lon_lat(2.5 + 0.49 * np.cos(angle), 2.5 + 0.49 * np.sin(angle))
        if place % 2:
            whole.ways[3000 + place] = [1000 + place, 2000 + place], {"highway": "path"}
    whole.ways[60] = [*range(1000, 1000 + count), 1000], SQUARE
    found = read(write_xml(tmp_path / "star.osm", whole.xml()))
    entrances = [1000 + place for place in range(count) if place % 2]
    star = shapely.Polygon([whole.nodes[1000 + place] for place in range(count)])
    seen = [
        (a, b)
        for a in entrances
        for b in entrances
        if a < b and star.buffer(5e-7).covers(shapely.LineString([whole.nodes[a], whole.nodes[b]]))
    ]
    assert crossings(found) == seen


@pytest.mark.slow
def test_real_squares_are_crossed() -> None:
    streets = read_streets(shared("porto.osm.pbf"), extent=None, crs=3763).streets
    lines = streets[streets["area"] == CROSSED]
    assert len(lines) > 5000
    assert streets["edge_id"].is_unique
    assert (lines["length_m"] < 1000).all()


def write_square(folder: Path, *ways: tuple[list[tuple[int, int]], dict[str, str]], south: float = 48.89) -> Path:
    """A square of 100 units, its south-western corner at (0, 0), its nodes 1 to 8, and other ways.

    A unit is 10⁻⁵ degrees. A node of a way at the place of another one is that one; the square has a street into its
    south-western corner and one out of its north-eastern one.
    """
    numbers: dict[tuple[int, int], int] = {}

    def number(place: tuple[int, int]) -> int:
        return numbers.setdefault(place, len(numbers) + 1)

    outline = [(0, 0), (100, 0), (100, 30), (100, 60), (100, 100), (0, 100), (0, 60), (0, 30), (0, 0)]
    streets = [
        (outline, SQUARE),
        ([(0, 0), (-90, -90)], {"highway": "path"}),
        ([(100, 100), (190, 190)], {"highway": "path"}),
    ]
    body = ""
    for at, (places, tags) in enumerate([*streets, *ways], start=1):
        refs = "".join(f"<nd ref='{number(place)}'/>" for place in places)
        keys = "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items())
        body += f"<way id='{at}'>{refs}{keys}</way>"
    nodes = "".join(
        f"<node id='{at}' lon='{2.2 + east / 1e5:.7f}' lat='{south + north / 1e5:.7f}'/>"
        for (east, north), at in numbers.items()
    )
    file = folder / "square.osm"
    file.write_text(f"<osm version='0.6'>{nodes}{body}</osm>", encoding="utf-8")
    return file


@pytest.mark.parametrize("south", [48.8991, 48.8995, 48.8999])
def test_a_square_on_a_tenth_of_a_degree_is_crossed_as_any_other(south: float, tmp_path: Path) -> None:
    """Metres east were counted at the tenth of a degree below each node: a square on one was torn by 300 m."""
    found = read_streets(write_square(tmp_path, south=south), extent=None, crs=2154)
    assert crossings(found) == [(1, 5)]


def unjoined(found: StreetsRead) -> list[tuple[int, int, tuple[str, ...]]]:
    return [
        (item.count, item.total, item.examples) for item in found.omissions if item.code == "street_unjoined_square"
    ]


ACROSS, ONTO = [(-50, 40), (150, 60)], [(50, 50), (50, 150)]


@pytest.mark.parametrize("places", [ACROSS, ONTO], ids=["across", "onto"])
@pytest.mark.parametrize("south", [48.89, 48.8995])
def test_a_street_over_the_outline_without_a_common_node_is_not_joined_and_counted(
    places: list[tuple[int, int]], south: float, tmp_path: Path
) -> None:
    found = read_streets(write_square(tmp_path, (places, {"highway": "footway"}), south=south), extent=None, crs=2154)
    assert unjoined(found) == [(1, 3, ("w4",))]
    assert crossings(found) == [(1, 5)]


@pytest.mark.parametrize(
    "tags",
    [
        {"bridge": "yes"}, {"tunnel": "building_passage"}, {"layer": "-1"}, {"layer": "1"}, {"indoor": "yes"},
        {"foot": "no"}, {"highway": "motorway"},
    ],
    ids=str,
)  # fmt: skip
def test_what_passes_above_below_or_without_walkers_is_no_fault_of_a_square(
    tags: dict[str, str], tmp_path: Path
) -> None:
    file = write_square(tmp_path, (ACROSS, {"highway": "footway", **tags}))
    assert unjoined(read_streets(file, extent=None, crs=2154)) == []


def test_a_street_that_ends_at_a_node_of_the_outline_or_lies_beside_the_square_is_not_counted(tmp_path: Path) -> None:
    joined, beside = [(100, 0), (150, 50)], [(120, 20), (120, 80)]
    file = write_square(tmp_path, (joined, {"highway": "footway"}), (beside, {"highway": "footway"}))
    assert unjoined(read_streets(file, extent=None, crs=2154)) == []
