"""Pockets on paper: who belongs to one, its people by area, and what it is called after."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely import LineString, Point, box

from access92.measures.pockets import find_pockets, index_homes, pocket_areas_table, pockets_table
from access92.measures.quarters import Quarters, nearest_quarters, with_street_names

X, Y = 650_000, 6_860_000
WHOLE = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[box(X - 5_000, Y - 5_000, X + 5_000, Y + 5_000)], crs=2154)
"""One area around all the homes."""

A_AND_B = gpd.GeoDataFrame(
    {"area_id": ["a", "b"]}, crs=2154,
    geometry=[box(X - 5_000, Y - 5_000, X + 50, Y + 5_000), box(X + 50, Y - 5_000, X + 5_000, Y + 5_000)],
)  # fmt: skip
"""Two areas that touch 50 m east of the first home."""


def demand_in_a_row(*east: float, area_id: str = "a") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"area_id": area_id, "population": [10.0 * (i + 1) for i in range(len(east))]},
        geometry=[Point(X + x, Y) for x in east], crs=2154,
    )  # fmt: skip


def pockets(
    times: list[float], demand: gpd.GeoDataFrame, quarters: Quarters | None = None, *, most: int = 20
) -> gpd.GeoDataFrame:
    homes = index_homes(demand, quarters)
    found = find_pockets(np.array(times), homes, scenario="now", mode="walk", threshold_min=20.0, most=most)
    return pockets_table(found, demand.crs)


def quarters_at(demand: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, **east: float) -> Quarters:
    """The quarters of some homes, by name the metres east of the first home where each place is."""
    places = gpd.GeoDataFrame(
        {"kind": "quarter", "name": list(east)}, geometry=[Point(X + x, Y) for x in east.values()], crs=2154
    )
    return nearest_quarters(demand, places, areas)


def test_neighbours_that_are_not_covered_make_one_pocket_and_the_largest_comes_first() -> None:
    found = pockets([30.0, 40.0, 5.0, np.nan], demand_in_a_row(0, 100, 200, 900))
    assert found["population"].tolist() == [40, 30]
    assert found["rank"].tolist() == [1, 2]
    assert found.geometry.x.tolist() == [650_900, 650_100]


def test_pockets_stop_at_the_border_of_an_area() -> None:
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    assert len(pockets([30.0, 30.0], demand)) == 2


def test_a_pocket_of_a_quarter_passes_the_border_of_an_area_and_is_called_after_the_quarter() -> None:
    demand = demand_in_a_row(0, 100, 200, 300)
    demand["area_id"] = ["a", "b", "b", "b"]
    places = gpd.GeoDataFrame(
        {"kind": ["quarter", "train", "town"], "name": ["Les Prés", "Gare", "Ville"]},
        geometry=[Point(650_000, 6_860_000), Point(650_250, 6_860_000), Point(650_200, 6_860_000)], crs=2154,
    )  # fmt: skip
    found = pockets([30.0] * 4, demand, quarters=nearest_quarters(demand, places, A_AND_B))
    assert found[["place_name", "area_id", "population"]].to_numpy().tolist() == [
        ["Gare", "b", 70],
        ["Les Prés", "b", 30],
    ]


def test_beyond_the_reach_of_quarters_pockets_stop_at_borders_and_are_called_after_their_street() -> None:
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    found = pockets([30.0, 30.0], demand, quarters=quarters_at(demand, A_AND_B, Loin=4_000))
    assert found["place_name"].tolist() == ["", ""]
    lines = [LineString([(X - 900, Y + 200), (X + 900, Y + 200)]), LineString([(X, Y), (X + 100, Y)])]
    streets = gpd.GeoDataFrame({"name": ["Rue Haute", None]}, geometry=lines, crs=2154)
    named = with_street_names(found, streets, A_AND_B)
    assert named[["place_name", "place_position"]].to_numpy().tolist() == [["Rue Haute", "near"]] * 2
    # the street of the next area, however near, is no name for a pocket of the first
    next_to_it = streets.set_geometry([LineString([(X + 60, Y - 900), (X + 60, Y + 900)])] * 2)
    named = with_street_names(found, next_to_it, A_AND_B)
    assert named[["area_id", "place_name", "place_position"]].to_numpy().tolist() == [
        ["b", "Rue Haute", "inside"],
        ["a", "", ""],
    ]
    away = streets.set_geometry(streets.translate(5_000))
    assert with_street_names(found, away, A_AND_B)["place_name"].tolist() == ["", ""]


def test_no_pocket_where_all_are_covered() -> None:
    assert len(pockets([1.0], demand_in_a_row(0))) == 0


def test_only_the_largest_pockets_are_listed() -> None:
    assert len(pockets([30.0] * 5, demand_in_a_row(0, 500, 1000, 1500, 2000), most=3)) == 3


def test_a_place_outside_the_areas_of_the_study_names_no_pocket() -> None:
    demand = demand_in_a_row(0, 100)
    narrow = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[box(X - 900, Y - 900, X + 150, Y + 900)], crs=2154)
    found = pockets([30.0, 30.0], demand, quarters=quarters_at(demand, narrow, Ternes=160, Bourg=-800))
    assert found[["place_name", "place_position"]].to_numpy().tolist() == [["Bourg", "near"]]


def test_a_pocket_is_only_near_a_place_that_lies_among_the_covered() -> None:
    # the homes at 0 and 100 are too far, those from 200 on are covered: « Est » is among these, « Ouest » among those
    demand = demand_in_a_row(0, 100, 200, 300)
    times = [30.0, 30.0, 5.0, 5.0]
    both = pockets(times, demand, quarters=quarters_at(demand, WHOLE, Est=160, Ouest=-140))
    assert both[["place_name", "place_position"]].to_numpy().tolist() == [["Est", "near"], ["Ouest", "inside"]]
    only_east = pockets(times, demand, quarters=quarters_at(demand, WHOLE, Est=160))
    assert only_east[["place_name", "place_position"]].to_numpy().tolist() == [["Est", "near"]]


def test_a_pocket_without_a_place_of_its_own_is_near_one_of_the_area_of_most_of_its_people() -> None:
    # one pocket on both sides of the border: 10 people in a, 20 in b; the nearest place is in a
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    found = pockets([30.0, 30.0], demand, quarters=quarters_at(demand, A_AND_B, Proche=-200, Loin=1_400))
    assert found[["area_id", "place_name", "place_position"]].to_numpy().tolist() == [["b", "Loin", "near"]]


def test_of_a_pocket_it_is_told_how_many_are_left_out_in_the_reference_too() -> None:
    # 10, 20 and 30 people: the second is covered in the reference only, the third in neither
    found = find_pockets(
        np.array([5.0, 30.0, np.nan]), index_homes(demand_in_a_row(0, 100, 200)), scenario="now", mode="walk",
        threshold_min=20.0, reference_min=np.array([30.0, 5.0, 25.0]),
    )  # fmt: skip
    table = pockets_table(found, WHOLE.crs)
    assert table[["population", "population_uncovered_reference"]].to_numpy().tolist() == [[50, 30]]
    assert pockets([30.0], demand_in_a_row(0))["population_uncovered_reference"].tolist() == [10]


def test_the_people_of_a_pocket_are_told_area_by_area_most_first() -> None:
    demand = demand_in_a_row(0, 100)
    demand["area_id"] = ["a", "b"]
    homes = index_homes(demand, quarters_at(demand, A_AND_B, Bourg=0))
    found = find_pockets(np.array([30.0, 30.0]), homes, scenario="now", mode="walk", threshold_min=20.0)
    assert pocket_areas_table(found).to_numpy().tolist() == [
        ["now", "walk", 1, "b", 20],
        ["now", "walk", 1, "a", 10],
    ]
