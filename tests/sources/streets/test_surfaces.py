"""Squares, water and buildings of files that editors write: new ids, nodes after ways, positions that are not there."""

from __future__ import annotations

from pathlib import Path

import osmium
import pytest
import shapely

from access92.sources.population.footprints import FOOTPRINTS, FootprintCollector
from access92.sources.streets.broken_surfaces import count_broken_surfaces
from access92.sources.streets.plazas import CROSSED
from access92.sources.streets.read import StreetsRead, read_streets
from access92.sources.surroundings import TABLE, SurroundingsCollector

EXTENT = shapely.box(2.19, 48.79, 2.22, 48.82)
CORNERS = {10: (0, 20, 10), 20: (20, 20, 10), 30: (0, 40, 10), 40: (20, 40, 10), 50: (40, 20, 2), 60: (44, 20, 2)}
"""By number of the first of its four nodes: west, south and side of each square, in 10⁻⁴ degrees."""
NODES = {1: (0, 0), 2: (50, 0)} | {
    first + at: (west + side * east, south + side * north)
    for first, (west, south, side) in CORNERS.items()
    for at, (east, north) in enumerate([(0, 0), (0, 1), (1, 1), (1, 0)])
}
WAYS: list[tuple[int, list[int], dict[str, str]]] = [
    (1, [1, 2], {"highway": "residential"}), (2, [1, 10], {"highway": "footway"}),
    (3, [12, 20], {"highway": "footway"}), (4, [22, 2], {"highway": "footway"}),
    (5, [10, 11, 12, 13, 10], {"highway": "pedestrian", "area": "yes"}),
    (6, [20, 21, 22], {}), (7, [22, 23, 20], {}),
    (8, [30, 31, 32, 33, 30], {"natural": "water"}), (9, [40, 41, 42], {}), (10, [42, 43, 40], {}),
    (11, [50, 51, 52, 53, 50], {"building": "yes"}), (12, [60, 61, 62], {}), (13, [62, 63, 60], {}),
]  # fmt: skip
RELATIONS = [
    (1, [6, 7], {"highway": "pedestrian"}), (2, [9, 10], {"natural": "water"}), (3, [12, 13], {"building": "yes"})
]  # fmt: skip


def write_town(
    file: Path, *, node: int = 1, way: int = 1, relation: int = 1, order: str = "nwr", without: tuple[int, ...] = ()
) -> Path:
    """Two squares to cross, two ponds and two buildings, each as a way and as a relation of two halves.

    ``node``, ``way``, ``relation``: the signs of the ids. ``without``: nodes that the file lacks.
    """

    def tags(values: dict[str, str]) -> str:
        return "".join(f"<tag k='{key}' v='{value}'/>" for key, value in values.items())

    parts = {
        "n": "".join(
            f"<node id='{node * number}' version='1' lon='{2.2 + east * 1e-4:.7f}' lat='{48.8 + north * 1e-4:.7f}'/>"
            for number, (east, north) in NODES.items()
            if number not in without
        ),
        "w": "".join(
            f"<way id='{way * number}' version='1'>"
            + "".join(f"<nd ref='{node * ref}'/>" for ref in refs)
            + tags(keys)
            + "</way>"
            for number, refs, keys in WAYS
        ),
        "r": "".join(
            f"<relation id='{relation * number}' version='1'>"
            + "".join(f"<member type='way' ref='{way * ref}' role='outer'/>" for ref in refs)
            + tags({"type": "multipolygon", **keys})
            + "</relation>"
            for number, refs, keys in RELATIONS
        ),
    }
    file.write_text(f"<osm version='0.6'>{''.join(parts[letter] for letter in order)}</osm>", encoding="utf-8")
    return file


def read(file: Path, *, extent: shapely.Geometry = EXTENT) -> StreetsRead:
    collectors = (SurroundingsCollector(extent), FootprintCollector())
    return read_streets(file, extent=extent, crs=2154, collectors=collectors)


def surfaces(result: StreetsRead) -> tuple[int, float, int]:
    """Lines across squares, square metres of water, buildings."""
    table = result.layers[TABLE]
    water_m2 = table.loc[table["layer"].astype(str) == "water"].geometry.area.sum()
    return int((result.streets["area"] == CROSSED).sum()), round(float(water_m2)), len(result.layers[FOOTPRINTS])


def broken(result: StreetsRead) -> list[tuple[int, int]]:
    """Of areas left out for want of a position: their number, and of how many."""
    return [(item.count, item.total) for item in result.omissions if item.code == "surface_incomplete"]


SIDE_M2 = 8167
WHOLE = (2, 16333, 2)


@pytest.mark.parametrize(
    "form",
    [
        {}, {"node": -1}, {"way": -1}, {"relation": -1}, {"node": -1, "way": -1, "relation": -1},
        {"order": "wnr"}, {"order": "rwn"}, {"order": "wrn", "node": -1},
    ],
    ids=str,
)  # fmt: skip
def test_areas_are_read_under_any_ids_and_in_any_order(form: dict[str, int], tmp_path: Path) -> None:
    result = read(write_town(tmp_path / "town.osm", **form))
    assert surfaces(result) == WHOLE
    assert broken(result) == []


def test_nodes_in_a_second_block_of_a_packed_file_serve_areas_too(tmp_path: Path) -> None:
    ordinary = write_town(tmp_path / "town.osm")
    things = list(osmium.FileProcessor(str(ordinary)))
    with osmium.SimpleWriter(str(tmp_path / "town.osm.pbf")) as writer:
        for kind in (osmium.osm.Way, osmium.osm.Relation, osmium.osm.Node):
            for thing in osmium.FileProcessor(str(ordinary)):
                if isinstance(thing, kind):
                    writer.add(thing)
    assert len(things) == len(NODES) + len(WAYS) + len(RELATIONS)
    assert surfaces(read(tmp_path / "town.osm.pbf")) == WHOLE


@pytest.mark.parametrize(
    ("node", "expected"),
    [(31, (2, SIDE_M2, 2)), (41, (2, SIDE_M2, 2)), (51, (2, 16333, 1)), (61, (2, 16333, 1))],
    ids=str,
)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_area_that_lacks_a_position_is_counted(
    node: int, expected: tuple[int, float, int], sign: int, tmp_path: Path
) -> None:
    result = read(write_town(tmp_path / "town.osm", node=sign, without=(node,)))
    assert surfaces(result) == expected
    assert broken(result) == [(1, 4)]


@pytest.mark.parametrize("node", [11, 21])
def test_a_square_that_lacks_a_position_is_a_street_that_lacks_one(node: int, tmp_path: Path) -> None:
    result = read(write_town(tmp_path / "town.osm", without=(node,)))
    assert surfaces(result) == (1, 16333, 2)
    assert [item.count for item in result.omissions if item.code == "street_incomplete"] == [1]


def test_an_area_beyond_the_extent_is_not_missed(tmp_path: Path) -> None:
    south = shapely.box(2.19, 48.79, 2.22, 48.8015)  # the streets, not the ponds nor the buildings
    assert broken(read(write_town(tmp_path / "town.osm", without=(31, 41, 51, 61)), extent=south)) == []


def test_a_packed_extract_that_lacks_positions_counts_its_areas_too(tmp_path: Path) -> None:
    text = write_town(tmp_path / "town.osm", without=(13, 41))  # a street lacks one as well
    with osmium.SimpleWriter(str(tmp_path / "town.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(text)):
            writer.add(thing)
    assert broken(read(tmp_path / "town.osm.pbf")) == [(1, 4)]


@pytest.mark.parametrize("above", [0, 9 * 10**15])
def test_ways_of_broken_surfaces_are_found_by_ids_as_great_as_those_that_were_negative(
    above: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Osmium's filter would take 2 GB for them."""
    if above:
        monkeypatch.delattr(osmium.filter, "IdFilter")
    node, way, other = above + 1, above + 7, above + 8
    text = (
        f"<osm version='0.6'><node id='{node}' lat='48' lon='2'/>"
        f"<way id='{way}'><nd ref='{node}'/><nd ref='{node}'/></way>"
        f"<way id='{other}'><nd ref='{node}'/><nd ref='{node + 1}'/></way>"
        + "".join(
            f"<relation id='{above + 9 + ref}'><member type='way' ref='{ref}' role='outer'/>"
            "<tag k='type' v='multipolygon'/><tag k='building' v='yes'/></relation>"
            for ref in (way, other)
        )
        + "</osm>"
    )
    assert count_broken_surfaces(osmium.io.FileBuffer(text.encode(), "osm"), ("building",), None) == 1
