"""Streets far from the extent are passed by without their nodes: what is read is the same, to the last node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium
import pytest
from osmium.osm.mutable import Node, Way

from access92.errors import InputError
from access92.sources.streets import osm
from access92.sources.streets.osm import read_osm
from access92.sources.streets.ways import MISSING, NOT_STREETS, Bounds, WayCollector, Ways
from tests.sources.streets.test_real_streets import helsinki_extract, shared

Nodes = list[tuple[int, tuple[float, float]]]
WrittenWay = tuple[int, list[int], dict[str, str]]

TOWN: Bounds = (2.20, 48.80, 2.30, 48.90)
NODES: Nodes = [
    (1, (2.21, 48.81)), (2, (2.22, 48.81)), (3, (2.22, 48.82)), (4, (2.35, 48.85)), (5, (1.90, 48.85)),
    (6, (2.60, 48.85)), (7, (1.95, 48.60)), (8, (1.95, 49.20)), (9, (-0.5, -3.3)), (10, (2.36, 48.85)),
    (11, (50.000004, 48.0)),  # 500,000,039.99999994 when multiplied back
]  # fmt: skip
WAYS: list[WrittenWay] = [
    (10, [1, 2, 3], {"highway": "residential", "name": "Rue de l’Église", "foot": "yes", "colour": "red"}),
    (11, [3, 4], {"highway": "path"}),
    (12, [5, 6], {"highway": "primary"}),  # through the town, with both ends far outside and no node in it
    (13, [7, 8], {"highway": "primary", "oneway": "yes"}),  # passes by
    (14, [1, 99, 3], {"highway": "footway"}),  # node 99 is not in the file
    (15, [2, 3, 1], {"building": "yes"}),
    (16, [1, 2], {"name": "not yet", "highway": "construction"}),
    (17, [], {"highway": "track"}),
    (18, [9, 7], {"highway": "track", "maxspeed": "80"}),
    (19, [4, 10], {"highway": "steps"}),  # outside, but within reach of way 11
    (20, [7, 7], {"highway": "path"}),
    (21, [7, 11], {"highway": "motorway"}),
]  # fmt: skip


def write(file: Path, *, nodes: Nodes = NODES, ways: list[WrittenWay] = WAYS, ways_first: bool = False) -> Path:
    with osmium.SimpleWriter(str(file)) as writer:
        things: list[Node | Way] = [Node(id=number, location=place) for number, place in nodes]
        roads = [Way(id=number, nodes=list(refs), tags=tags) for number, refs, tags in ways]
        for thing in [*roads, *things] if ways_first else [*things, *roads]:
            writer.add(thing)
    return file


def read_every_node(file: Path, bounds: Bounds | None) -> Ways:
    """The oracle: no street is passed by, and every position is looked up in the whole file.

    The outline of a square that is a relation is walked with the tags of the square, where it is no street itself.
    """
    collector = WayCollector(bounds)
    squares = {
        member.ref: {tag.k: tag.v for tag in relation.tags if tag.k != "area"}
        for relation in osmium.FileProcessor(str(file))
        if isinstance(relation, osmium.osm.Relation)
        and relation.tags.get("type") == "multipolygon"
        and relation.tags.get("highway") in ("pedestrian", "footway", "path", "platform", "corridor")
        for member in relation.members
        if member.type == "w"
    }
    nodes = (thing for thing in osmium.FileProcessor(str(file)) if isinstance(thing, osmium.osm.Node))
    places = {node.id: (node.location.x, node.location.y) for node in nodes}
    for way in osmium.FileProcessor(str(file)):
        if not isinstance(way, osmium.osm.Way):
            continue
        is_street = way.tags.get("highway", "no") not in NOT_STREETS
        if is_street or way.id in squares:
            located = [(node.ref, *places.get(node.ref, (MISSING, MISSING))) for node in way.nodes]
            collector.add(way.id, way.tags if is_street else squares[way.id].items(), located)
    return collector.finish()


def check_same(found: Ways, expected: Ways) -> None:
    for name in ("way_id", "first", "node", "x", "y", "elsewhere"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    assert (found.seen, found.bounds) == (expected.seen, expected.bounds)
    for column, values in expected.tags.items():
        assert list(found.tags[column]) == list(values), column


@pytest.mark.parametrize("bounds", [None, TOWN, (1.94, 48.5, 1.96, 48.7), (5.0, 45.0, 6.0, 46.0), (-180, -90, 180, 90)])
@pytest.mark.parametrize("ending", [".osm", ".osm.pbf"])
def test_a_file_is_read_as_if_every_node_was_looked_at(tmp_path: Path, bounds: Bounds | None, ending: str) -> None:
    file = write(tmp_path / f"town{ending}")
    check_same(read_osm(file, bounds=bounds).ways, read_every_node(file, bounds))


def test_a_street_that_crosses_the_extent_without_a_node_in_it_is_kept(tmp_path: Path) -> None:
    ways = read_osm(write(tmp_path / "town.osm.pbf"), bounds=TOWN).ways
    assert ways.way_id.tolist() == [10, 11, 12, 14]
    assert ways.seen == 10
    assert ways.bounds == (-0.5, -3.3, 50.000004, 49.2)
    assert ways.x[ways.node == 99].tolist() == [MISSING]
    assert ways.elsewhere.tolist() == [4, 10]


def test_a_far_street_is_passed_by_without_its_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    class Watched(WayCollector):
        def add(self, way_id: int, *given: object) -> None:
            looked_at.append(way_id)
            super().add(way_id, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(osm, "WayCollector", Watched)
    read_osm(write(tmp_path / "town.osm.pbf"), bounds=TOWN)
    assert looked_at == [10, 11, 12, 17, 19, 20, 14]  # 17 and 20 are no lines; 14 waits for its node to the end


@pytest.mark.parametrize(
    "written",
    [
        {"nodes": [(-number, place) for number, place in NODES], "ways": [(1, [-1, -2], {"highway": "path"})]},
        {"ways": [(-number, refs, tags) for number, refs, tags in WAYS]},
        {"nodes": NODES[::-1]},
        {"ways_first": True},
        {"ways": [(10, [7, 8], {"highway": "path"}), (10, [1, 2], {"highway": "steps"})]},
        {"ways": [(10, [1, 2], {"highway": "path"}), (10, [7, 8], {"highway": "steps"})]},
        {"nodes": [(1, (179.9, 48.85)), (2, (-179.9, 48.85))], "ways": [(1, [1, 2], {"highway": "path"})]},
    ],
    ids=[
        "negative nodes", "negative ways", "unsorted", "ways first", "twice, near last", "twice, far last",
        "across 180 degrees",
    ],
)  # fmt: skip
def test_an_unusual_file_is_read_as_if_every_node_was_looked_at(tmp_path: Path, written: dict[str, object]) -> None:
    file = write(tmp_path / "unusual.osm.pbf", **written)  # type: ignore[arg-type]
    check_same(read_osm(file, bounds=TOWN).ways, read_every_node(file, TOWN))


@pytest.mark.parametrize("seed", range(40))
def test_random_streets_and_extents_are_read_as_if_every_node_was_looked_at(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    places = random.uniform((1.7, 48.3), (2.8, 49.4), size=(60, 2)).round(random.integers(1, 8))
    nodes = [(number, (float(lon), float(lat))) for number, (lon, lat) in enumerate(places, start=1)]
    ways: list[WrittenWay] = [
        (number, random.integers(1, 62, size=random.integers(0, 5)).tolist(), {"highway": "path"})
        for number in range(1, 80)
    ]
    file = write(tmp_path / "random.osm.pbf", nodes=nodes, ways=ways)
    west, south = nodes[0][1]  # a border exactly at a node, and a border exactly at the end of the reach
    reach_degrees = float(random.choice([0.0, 0.1]))
    bounds = (west + reach_degrees, south - 0.05, west + reach_degrees + 0.05, south + 0.05)
    check_same(read_osm(file, bounds=bounds).ways, read_every_node(file, bounds))


@pytest.mark.slow
@pytest.mark.parametrize("bounds", [None, (24.93, 60.165, 24.95, 60.175), (24.7, 60.0, 24.85, 60.3)])
def test_helsinki_is_read_as_if_every_node_was_looked_at(bounds: Bounds | None) -> None:
    check_same(read_osm(helsinki_extract(), bounds=bounds).ways, read_every_node(helsinki_extract(), bounds))


@pytest.mark.slow
def test_porto_is_read_as_if_every_node_was_looked_at() -> None:
    bounds = (-8.80, 40.98, -8.75, 41.00)  # a corner: most streets lie out of reach
    check_same(read_osm(shared("porto.osm.pbf"), bounds=bounds).ways, read_every_node(shared("porto.osm.pbf"), bounds))


def test_progress_counts_all_streets_of_the_file(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    file = write(tmp_path / "town.osm.pbf")
    read_osm(file, bounds=TOWN, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (10, 0)


@pytest.mark.parametrize("kept_share", [0.0, 0.001, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, kept_share: float) -> None:
    whole = helsinki_extract().read_bytes()
    file = tmp_path / "cut.osm.pbf"
    file.write_bytes(whole[: int(kept_share * len(whole))])
    with pytest.raises(InputError, match="tronqué"):
        read_osm(file, bounds=TOWN)
