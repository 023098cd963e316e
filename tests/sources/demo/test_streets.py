"""The shipped demonstration streets keep their contract, their frame and their promises."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92.sources.demo.measures import select_network
from access92.sources.demo.streets import make_demo_streets, seine_polygon
from access92.study import schemas
from tests.sources.demo_streets import shipped_frame, shipped_streets, small_frame

HOMES = ["residential", "living_street", "unclassified", "tertiary", "secondary", "primary", "pedestrian"]
CARS = {
    "motorway", "motorway_link", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service",
}  # fmt: skip


def main_component_share(streets: gpd.GeoDataFrame, *, follow_one_way: bool) -> float:
    """The share of the nodes of some streets that lie in their largest strongly connected component."""
    start, stop = streets["from_node"].to_numpy(), streets["to_node"].to_numpy()
    back = (streets["oneway"] != "yes").to_numpy() | (not follow_one_way)
    heads, tails = np.concatenate([start, stop[back]]), np.concatenate([stop, start[back]])
    size = int(max(start.max(), stop.max())) + 1
    graph = coo_array((np.ones(len(heads)), (heads, tails)), shape=(size, size)).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    used = np.unique(np.concatenate([start, stop]))
    return float(np.bincount(part[used]).max() / len(used))


def homes_of(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return streets[streets["highway"].isin(HOMES) & (streets["bridge"] == "") & (streets["tunnel"] == "")]


def test_the_streets_keep_the_contract_of_the_streets_table() -> None:
    streets = shipped_streets()
    assert schemas.check_table(streets, schemas.STREETS, where="demo") is streets
    assert streets.crs.to_epsg() == 2154
    for tag in schemas.STREET_TAGS:
        assert {*map(type, streets[tag].unique())} == {str}, tag
    assert streets["from_node"].dtype == streets["to_node"].dtype == np.int64
    assert streets["edge_id"].is_monotonic_increasing


def test_lengths_are_those_of_the_geometry_and_coordinates_are_rounded_to_the_centimetre() -> None:
    streets = shipped_streets()
    np.testing.assert_allclose(streets["length_m"], streets.geometry.length, rtol=0, atol=1e-9)
    assert (streets["length_m"] > 0).all()
    coordinates = shapely.get_coordinates(streets.geometry.to_numpy())
    np.testing.assert_array_equal(coordinates, np.round(coordinates, 2))


@pytest.mark.slow
def test_edges_that_share_a_node_share_its_coordinate_and_no_two_nodes_stand_on_one_place() -> None:
    streets = shipped_streets()
    lines = streets.geometry.to_numpy()
    ends = np.vstack(
        [shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))],
    )
    nodes = np.concatenate([streets["from_node"], streets["to_node"]])
    places = pd.DataFrame({"node": nodes, "x": ends[:, 0], "y": ends[:, 1]}).drop_duplicates()
    assert places["node"].is_unique
    assert not places.duplicated(["x", "y"]).any()


def test_streets_cross_without_a_node_only_where_a_motorway_passes_over() -> None:
    streets = shipped_streets()
    west, south = np.floor(shapely.get_coordinates(shapely.union_all(shipped_frame().communes.centroid).centroid)[0])
    some = streets.cx[west : west + 2500, south : south + 2500]
    some = some[~some["highway"].str.startswith("motorway")]
    lines = some.geometry.to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(some) > 500
    assert len(one) == 0, f"{some['edge_id'].iloc[one[:3]].tolist()} × {some['edge_id'].iloc[other[:3]].tolist()}"


@pytest.mark.slow
def test_no_two_streets_cross_without_a_node_anywhere_but_under_motorways() -> None:
    streets = select_network(shipped_streets(), "walk")
    lines = streets.geometry.to_numpy()
    one, _ = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == 0, streets["edge_id"].iloc[one[:6]].tolist()


@pytest.mark.slow
def test_there_are_between_100_000_and_180_000_walk_nodes() -> None:
    walk = select_network(shipped_streets(), "walk")
    assert 100_000 <= np.unique(walk[["from_node", "to_node"]]).size <= 180_000


@pytest.mark.slow
def test_the_streets_reach_2_km_beyond_the_departement() -> None:
    around = shapely.buffer(shapely.union_all(shipped_frame().communes.geometry.to_numpy()), 2000)
    rim = shapely.line_interpolate_point(around.exterior, np.arange(0, around.exterior.length, 500))
    distance_m = shapely.distance(rim, shapely.multilinestrings(shipped_streets().geometry.to_numpy()))
    assert np.quantile(distance_m, 0.9) < 400


@pytest.mark.slow
def test_only_the_bridges_carry_streets_over_the_seine_and_each_bridge_is_there_once() -> None:
    streets, frame = shipped_streets(), shipped_frame()
    over = streets[streets.intersects(seine_polygon(frame))]
    assert (over["bridge"] == "yes").all()
    assert sorted(over["name"]) == sorted(frame.bridges["name"])


def test_a_bridge_stands_within_100_m_of_its_published_place_and_lets_through_the_modes_named() -> None:
    streets, frame = shipped_streets(), shipped_frame()
    decks = streets[streets["bridge"] == "yes"].set_index("name")
    for name, modes, point in zip(frame.bridges["name"], frame.bridges["modes"], frame.bridges.geometry, strict=True):
        deck = decks.loc[name]
        assert shapely.distance(deck.geometry, point) < 100, name
        if "car" in modes:
            assert deck["highway"] in ("primary", "secondary"), name
        else:
            assert deck["highway"] in ("cycleway", "footway"), name
            assert (deck["foot"], deck["bicycle"], deck["motor_vehicle"]) == ("yes", "yes", "no")


def test_nearly_every_place_can_be_reached_on_foot_and_by_car() -> None:
    streets = shipped_streets()
    assert main_component_share(select_network(streets, "walk"), follow_one_way=False) >= 0.97
    cars = streets[streets["highway"].isin(CARS) & (streets["motor_vehicle"] != "no")]
    assert main_component_share(cars, follow_one_way=True) >= 0.93


@pytest.mark.slow
def test_every_commune_and_every_populated_piece_of_cell_out_of_the_woods_has_streets_for_homes() -> None:
    frame = shipped_frame()
    x_m, y_m = frame.grid["x_m"].to_numpy(), frame.grid["y_m"].to_numpy()
    squares = shapely.box(x_m, y_m, x_m + frame.cell_m, y_m + frame.cell_m)
    cells = gpd.GeoDataFrame(frame.grid[["population"]], geometry=squares, crs=frame.grid_crs).to_crs(2154)
    pieces = gpd.overlay(cells[cells["population"] > 0], frame.communes, how="intersection")
    # towns do not grow in woods and parks, and slivers of cells may lie between two streets
    free_m2 = pieces.geometry.difference(frame.green.union_all()).area
    pieces = pieces[free_m2 > 80_000]
    homes = shapely.STRtree(homes_of(shipped_streets()).geometry.to_numpy())
    empty = np.setdiff1d(np.arange(len(pieces)), homes.query(pieces.geometry.to_numpy(), predicate="intersects")[0])
    assert len(empty) == 0, pieces.iloc[empty][["name", "population"]]
    assert set(pieces["name"]) == set(frame.communes["name"])


@pytest.mark.slow
def test_dense_cells_hold_more_streets_for_homes_than_nearly_empty_ones() -> None:
    frame = shipped_frame()
    x_m, y_m = frame.grid["x_m"].to_numpy(), frame.grid["y_m"].to_numpy()
    squares = shapely.box(x_m, y_m, x_m + frame.cell_m, y_m + frame.cell_m)
    cells = gpd.GeoSeries(squares, crs=frame.grid_crs).to_crs(2154).to_numpy()
    homes = homes_of(shipped_streets()).geometry.to_numpy()
    cell, line = shapely.STRtree(homes).query(cells, predicate="intersects")
    km = np.bincount(cell, shapely.length(shapely.intersection(homes[line], cells[cell])), len(cells)) / 1000
    population = frame.grid["population"].to_numpy()
    assert km[population < 1500].mean() < 0.7 * km[population > 8000].mean()


def test_the_hierarchy_of_classes_is_that_of_a_suburb() -> None:
    streets = shipped_streets()
    share = streets.groupby("highway")["length_m"].sum() / streets["length_m"].sum()
    assert share["motorway"] < share["primary"] < share["secondary"] < share["tertiary"] < share["residential"]
    assert share["footway"] > 0.1
    assert all(share[name] > 0 for name in ("steps", "path", "track", "living_street", "pedestrian", "service"))
    assert streets.loc[streets["highway"] == "motorway", "oneway"].eq("yes").all()


def test_a_real_share_of_the_residential_streets_is_one_way_and_part_of_them_say_their_speed() -> None:
    homes = shipped_streets().query("highway == 'residential'")
    one_way = homes.loc[homes["oneway"] == "yes", "length_m"].sum() / homes["length_m"].sum()
    assert 0.25 < one_way < 0.45  # Saint-Germain-en-Laye 0.29, Meudon 0.44
    assert 0.3 < homes["maxspeed_kmh"].notna().mean() < 0.7


@pytest.mark.slow
def test_the_same_seed_gives_the_same_streets_and_another_seed_others() -> None:
    frame = small_frame()
    once, again, other = (make_demo_streets(frame, margin_m=600, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(again))
    assert once.geometry.to_wkb().tolist() != other.geometry.to_wkb().tolist()


@pytest.mark.slow
def test_without_its_bridge_for_cars_a_river_parts_the_car_network_but_not_the_walkers() -> None:
    streets = make_demo_streets(small_frame(modes="walk bike"), margin_m=600)
    assert main_component_share(select_network(streets, "walk"), follow_one_way=False) == 1.0
    cars = streets[streets["highway"].isin(CARS)]
    assert main_component_share(cars, follow_one_way=True) < 0.7


@pytest.mark.slow
def test_the_frame_is_left_as_it_was_and_progress_ends_at_one() -> None:
    frame = small_frame()
    before = frame.bridges.copy(deep=True)
    told: list[float] = []
    make_demo_streets(frame, margin_m=300, on_progress=lambda _, share: told.append(share))
    pd.testing.assert_frame_equal(pd.DataFrame(frame.bridges), pd.DataFrame(before))
    assert told == sorted(told)
    assert told[-1] == 1.0
