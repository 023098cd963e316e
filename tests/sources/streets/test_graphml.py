"""GraphML of OSMnx: directed, undirected, projected; how the direction was found is said."""

from __future__ import annotations

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import pytest

from access92.sources.streets.read import GraphmlDirection, StreetsRead, read_streets
from tests.sources.street_fixtures import NANTERRE, STREET_FIXTURES
from tests.sources.streets.river_town import lon_lat, minutes


def oneways(name: str, direction: GraphmlDirection = "auto") -> tuple[dict[tuple[int, int], str], str]:
    """From and to of each street with its oneway, and the notice."""
    read = read_streets(STREET_FIXTURES / name, extent=NANTERRE, crs=2154, graphml_direction=direction)
    (notice,) = read.notices
    streets = read.streets
    ends = zip(streets["from_node"], streets["to_node"], streets["oneway"], strict=True)
    return {(int(start), int(end)): str(oneway) for start, end, oneway in ends}, notice


@pytest.fixture
def directed() -> gpd.GeoDataFrame:
    return read_streets(STREET_FIXTURES / "directed.graphml", extent=None, crs=2154).streets


def test_in_a_directed_graph_reverse_edges_are_one_two_way_street_and_an_edge_alone_is_one_way() -> None:
    streets, notice = oneways("directed.graphml")
    assert streets == {(1, 2): "yes", (2, 3): "no", (2, 4): "no", (5, 2): "yes"}
    assert "graphe orienté" in notice
    assert "2 paires d'arêtes réunies, 2 rues à sens unique sur 4" in notice


def test_the_tags_of_a_directed_graph_decide_where_asked_for() -> None:
    streets, _ = oneways("directed.graphml", "from_tags")
    assert streets == {(1, 2): "yes", (2, 3): "no", (2, 4): "no", (5, 2): "no"}


@pytest.mark.parametrize("name", ["directed.graphml", "undirected.graphml"])
def test_every_street_is_two_way_where_asked_for(name: str) -> None:
    streets, notice = oneways(name, "two_way")
    assert set(streets.values()) == {"no"}
    assert "comme demandé" in notice


def test_in_an_undirected_graph_one_way_streets_run_as_drawn_then_as_their_neighbours_else_both_ways() -> None:
    streets, notice = oneways("undirected.graphml")
    assert streets == {(2, 1): "yes", (4, 2): "yes", (3, 2): "no", (3, 9): "no"}
    assert "non orienté" in notice
    assert "sur 3 rues à sens unique, le sens de 1 est repris du tracé, celui de 1 des tronçons voisins" in notice
    assert "1 sont prises à double sens" in notice


def test_geometry_runs_from_the_first_node_to_the_second(directed: gpd.GeoDataFrame) -> None:
    bent = directed.set_index("edge_id").to_crs(4326).geometry["w10-0"]
    assert [tuple(round(value, 4) for value in point) for point in bent.coords] == [
        (2.2, 48.89),
        (2.2005, 48.8902),
        (2.201, 48.89),
    ]


def test_of_merged_ways_the_slowest_class_gives_the_name_and_the_lowest_speed_counts(
    directed: gpd.GeoDataFrame,
) -> None:
    merged = directed.set_index("edge_id").loc["w30-0"]
    assert merged["highway"] == "residential"
    assert merged["name"] == "Rue A"
    assert directed.set_index("edge_id").loc["w10-0", "maxspeed_kmh"] == 30


def test_a_projected_graph_is_brought_back_to_the_same_place() -> None:
    streets = read_streets(STREET_FIXTURES / "projected.graphml", extent=NANTERRE, crs=2154).streets
    assert streets["edge_id"].tolist() == ["w10-0", "w20-0"]
    assert streets["length_m"].tolist() == pytest.approx([73.3, 73.3], abs=0.1)


def graph_town(folder: Path, values: dict[str, object]) -> StreetsRead:
    """A river between two banks: a bridge 100 m long with these values, and another way round of 500 m."""
    corners = {1: (0, 0), 2: (1, 0), 3: (0, 2), 4: (1, 2)}
    graph = nx.MultiGraph(crs="epsg:4326")
    for number, place in corners.items():
        x, y = lon_lat(*place)
        graph.add_node(number, x=x, y=y)
    for way, (start, end) in enumerate([(1, 2), (1, 3), (3, 4), (4, 2)], start=1):
        tags = {"osmid": str(way), "highway": "residential"} | (values if way == 1 else {})
        graph.add_edge(start, end, **{key: str(value) for key, value in tags.items()})
    file = folder / "town.graphml"
    nx.write_graphml(graph, file)
    return read_streets(file, extent=None, crs=2154)


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        {"highway": ["steps", "footway"]},
        {"highway": ["residential", "cycleway"]},
        {"highway": ["residential", "footway"], "access": ["private", "yes"]},
        {"highway": "residential", "surface": ["gravel", "asphalt", "grass"]},
        {"highway": ["primary", "living_street"], "maxspeed": ["50", "30"]},
    ],
)
def test_lists_of_merged_ways_are_as_slow_as_the_slowest_and_closed_if_one_is(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    lists = {key: value for key, value in values.items() if isinstance(value, list)}
    singles = [values | dict(zip(lists, choice, strict=True)) for choice in product(*lists.values())]
    alone = [graph_town(tmp_path, one) for one in singles]
    turned = values | {key: value[::-1] for key, value in lists.items()}
    merged = [graph_town(tmp_path, both) for both in (values, turned)]
    for mode in ("walk", "walk_wheelchair", "bike", "car"):
        across_min = partial(minutes, start=(0.1, 0.0), end=(0.9, 0.0), mode=mode)
        slowest_min = max(map(across_min, alone))
        assert [across_min(read) for read in merged] == pytest.approx([slowest_min] * 2, abs=0.01), mode


def test_the_table_of_merged_ways_does_not_depend_on_the_order_of_their_lists(tmp_path: Path) -> None:
    lists = {
        "highway": ["steps", "path", "footway"],
        "name": ["B", "A"],
        "tunnel": ["no", "yes"],
        "oneway": [True, False],
    }
    one = graph_town(tmp_path, lists).streets
    other = graph_town(tmp_path, {key: value[::-1] for key, value in lists.items()}).streets
    assert one.equals(other)
    assert one.loc[0, ["highway", "name"]].tolist() == ["steps", "A"]
