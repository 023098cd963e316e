"""Which streets a place links to: how many, how far, and which never unless there is nothing else."""

from __future__ import annotations

import gc

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from access92.network.graph import build_network
from access92.network.link_reference import LinkReference
from access92.network.linkable import is_linkable
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, Snaps, beyond_radius, snap_places, snaps_of_links
from access92.network.street_index import index_lines, lines_within, nearest_lines
from access92.travel.router import decode_snaps, encode_snaps
from tests.door_to_door import door_to_door
from tests.random_examples import examples
from tests.random_towns import random_town, rugged
from tests.toy_town import BLOCK_M, CRS, at, demand_at, services_at, street, town

MODES = read_modes()
WALK = MODES["walk"]
UNDERGROUND = street("u", 1, 3, {1: (0.0, 0.0), 3: (2.0, 0.0)}, highway="footway", tunnel="yes")
"""A tunnel from crossing 1 to crossing 3, straight under h12 and h23."""


def linked(
    streets: gpd.GeoDataFrame,
    place: Point,
    *,
    mode: str = "walk",
    max_snap_m: float = 300.0,
    whole: gpd.GeoDataFrame | None = None,
) -> list[str]:
    network = build_network(streets, MODES[mode])
    reference = None if whole is None else LinkReference(whole)
    places = gpd.GeoSeries([place], crs=CRS)
    links = snap_places(places, streets, network, max_snap_m=max_snap_m, reference=reference).links()
    names = streets["edge_id"].to_numpy()
    return [names[network.street_row[number]] for number in links.street if number != NOT_SNAPPED]


@pytest.mark.parametrize(
    ("tags", "links"),
    [
        ({"highway": "motorway"}, False),
        ({"highway": "trunk_link"}, False),
        ({"highway": "corridor"}, False),
        ({"tunnel": "yes"}, False),
        ({"tunnel": "culvert"}, False),
        ({"tunnel": "building_passage"}, True),
        ({"tunnel": "no"}, True),
        ({"indoor": "yes"}, False),
        ({"indoor": "no"}, True),
        ({"layer": "-1"}, False),
        ({"layer": "1", "bridge": "yes"}, True),
        ({"level": "0;1"}, True),
        ({"level": "-2--1"}, False),
        ({"level": "0;-1"}, False),
        ({"level": "-0.5"}, False),
        ({"level": "0-1"}, True),
        ({"layer": "-0"}, True),
        ({"layer": None}, True),
        ({"layer": -1}, False),
        ({"covered": "yes"}, True),
        ({}, True),
    ],
)
def test_places_link_to_streets_with_doors(tags: dict[str, object], links: bool) -> None:
    table = pd.DataFrame({"highway": ["footway"], **{name: [value] for name, value in tags.items()}})
    assert is_linkable(table).tolist() == [links]
    assert is_linkable(table.astype("category")).tolist() == [links]


def test_no_place_links_to_a_tunnel_however_near_but_routes_use_it() -> None:
    streets = town(without=["h12", "h23", "v14"], more=[UNDERGROUND])
    assert linked(streets, at(0.5, 0.05)) == ["v25"]
    # from crossing 3 to crossing 1 the tunnel is two blocks; without it there is no way
    streets = town(without=["h12", "h23"], more=[UNDERGROUND])
    times = door_to_door(services_at(s=(0, 0)), demand_at((2, 0)), streets, WALK)
    assert times.minutes.tolist() == [[2.0]]


def test_where_nothing_else_is_within_the_limit_a_place_links_to_a_tunnel() -> None:
    streets = town(without=["h12", "h23", "v14"], more=[UNDERGROUND])
    assert linked(streets, at(0.5, 0.05), max_snap_m=20.0) == ["u"]
    assert linked(streets, at(0.5, 0.05), max_snap_m=BLOCK_M) == ["v25"]


def test_a_place_links_to_every_street_within_ten_metres_more_than_its_nearest() -> None:
    # between two streets 20 m apart: 5 m from one and 15 m from the other, then 4.9 and 15.1 m
    second = street("b12", 20, 21, {20: (0.0, 20 / BLOCK_M), 21: (1.0, 20 / BLOCK_M)})
    ends = [
        street(f"e{n}", a, b, {20: (0.0, 20 / BLOCK_M), 21: (1.0, 20 / BLOCK_M)})
        for n, a, b in ((1, 1, 20), (2, 2, 21))
    ]
    streets = town(more=[second, *ends])
    assert linked(streets, at(0.5, 5 / BLOCK_M)) == ["h12", "b12"]
    assert linked(streets, at(0.5, 4.9 / BLOCK_M)) == ["h12"]


def test_the_least_time_of_all_links_counts() -> None:
    # two streets 25 m apart that meet only in the east: from the middle of one to that of the other it is 3.3 blocks
    places = {20: (0.0, 0.3), 21: (2.0, 0.3)}
    others = [name for name in town()["edge_id"] if name not in ("h12", "h23")]
    streets = town(without=others, more=[street("b", 20, 21, places), street("c", 21, 3, places)])
    doors = demand_at((0.5, 0.1), (0.5, 0.05))
    # the first door is 8 m from one street and 17 m from the other, the second 4 and 21 m
    times = door_to_door(services_at(s=(0.5, 0.3)), doors, streets, WALK)
    assert times.minutes[0] == pytest.approx([0.2, 0.05 + 1.5 + 0.3 + 1.5], abs=1e-3)
    # and the service has the links of its own: the same way back
    back = door_to_door(services_at(s=(0.5, 0.1), t=(0.5, 0.05)), demand_at((0.5, 0.3)), streets, WALK)
    assert back.minutes[:, 0] == pytest.approx(times.minutes[0], abs=1e-3)


def test_a_closed_street_makes_no_link_that_was_not_there_before() -> None:
    whole = town()
    closed = town(without=["h12"])
    # beside h12, 42 m from the crossings: with h12 closed nothing is within the radius, and the nearest beyond is taken
    place = at(0.49, 0.1)
    assert linked(whole, place) == ["h12"]
    assert linked(closed, place, whole=whole) == ["v14"]
    network = build_network(closed, WALK)
    places = gpd.GeoSeries([place, at(0.05, 0.1)], crs=CRS)
    snaps = snap_places(places, closed, network, max_snap_m=300.0, reference=LinkReference(whole))
    said = beyond_radius(places, snaps, closed, network, max_snap_m=300.0, reference=LinkReference(whole))
    assert said.tolist() == [True, False]


def test_only_the_streets_that_serve_such_places_are_linked_to() -> None:
    streets = town()
    network = build_network(streets, WALK)
    places = gpd.GeoSeries([at(0.49, 0.1)], crs=CRS)
    serving = streets["edge_id"].to_numpy()[network.street_row] != "h12"
    snaps = snap_places(places, streets, network, max_snap_m=300.0, serving=serving)
    assert streets["edge_id"].iloc[network.street_row[snaps.street[0]]] == "v14"


def test_only_places_nearest_to_a_private_way_link_to_it_whatever_is_closed() -> None:
    # a private drive 8 m north of h45, joined to it by its ends
    drive = street("p", 4, 5, {4: (0.0, 1.1), 5: (1.0, 1.1)}, access="private")
    streets = town(more=[drive])
    near_drive, between = at(0.5, 1.06), at(0.5, 1.04)
    assert linked(streets, near_drive) == ["p", "h45"]
    assert linked(streets, between) == ["h45"]
    assert linked(town(more=[street("p", 4, 5, {4: (0.0, 1.1), 5: (1.0, 1.1)})]), between) == ["h45", "p"]
    # the public street closed, who lives on it goes to the next one of all, not through the drive
    closed = streets[streets["edge_id"] != "h45"].reset_index(drop=True)
    assert linked(closed, near_drive, whole=streets) == ["p"]
    assert "p" not in linked(closed, between, whole=streets)
    assert linked(closed, between, whole=streets, max_snap_m=20.0) == []


def test_what_lies_behind_a_private_way_is_as_private_as_the_way() -> None:
    gate = street("gate", 5, 10, {10: (1.2, 1.2)}, access="private")
    inside = street("inside", 10, 11, {10: (1.2, 1.2), 11: (1.8, 1.2)})
    streets = town(without=["h56"], more=[gate, inside, street("out", 5, 6, {5: (1.0, 1.1), 6: (2.0, 1.1)})])
    assert linked(streets, at(1.5, 1.16)) == ["inside", "out"]
    assert linked(streets, at(1.5, 1.14)) == ["out"]


def test_the_order_of_streets_changes_no_link() -> None:
    streets = rugged(random_town(5), 5).streets
    shuffled = streets.iloc[np.random.default_rng(1).permutation(len(streets))].reset_index(drop=True)
    rng = np.random.default_rng(2)
    west, south, east, north = streets.total_bounds
    for x, y in zip(rng.uniform(west, east, 20), rng.uniform(south, north, 20), strict=True):
        once, again = linked(streets, Point(x, y)), linked(shuffled, Point(x, y))
        assert sorted(once) == sorted(again)
        assert len(once) >= 1


@examples(30)
@given(
    seed=st.integers(0, 10_000),
    cell_m=st.sampled_from([7.0, 60.0, 500.0]),
    radius_m=st.sampled_from([0.0, 15.0, 90.0, 400.0]),
)
def test_the_lines_within_a_radius_are_those_that_trying_them_all_finds(
    seed: int, cell_m: float, radius_m: float
) -> None:
    streets = random_town(seed).streets
    reference = LinkReference(streets)
    vertices = reference.lines.lines  # to the centimetre
    lines = shapely.linestrings(
        vertices.coordinates, indices=np.repeat(np.arange(len(vertices)), np.diff(vertices.offsets))
    )
    rng = np.random.default_rng(seed)
    allowed = rng.random(len(lines)) < 0.8
    west, south, east, north = streets.total_bounds
    x, y = rng.uniform(west - 100, east + 100, 30), rng.uniform(south - 100, north + 100, 30)
    index = index_lines(reference.lines.lines, cell_m=cell_m)
    nearest, position_there, _ = nearest_lines(index, x, y, limit_m=1e4, allowed=allowed)
    count, line, position, distance_m = lines_within(index, x, y, radius_m=np.full(30, radius_m), allowed=allowed)
    first = np.append(0, np.cumsum(count))
    for p in range(30):
        away = np.array([each.distance(Point(x[p], y[p])) for each in lines])
        expected = [i for i in np.argsort(away, kind="stable") if away[i] <= radius_m and allowed[i]]
        part = slice(first[p], first[p + 1])
        assert sorted(line[part].tolist()) == sorted(expected)
        np.testing.assert_allclose(distance_m[part], np.sort(away[expected]), atol=1e-7)
        for number, where in zip(line[part], position[part], strict=True):
            on_line = lines[number].interpolate(where, normalized=True)
            assert on_line.distance(Point(x[p], y[p])) == pytest.approx(away[number], abs=1e-6)
        if expected:
            assert (line[first[p]], position[first[p]]) == (nearest[p], position_there[p])


def test_no_line_is_within_a_radius_under_zero() -> None:
    index = LinkReference(town()).index
    count, line, _, _ = lines_within(
        index,
        np.array([at(0, 0).x]),
        np.array([at(0, 0).y]),
        radius_m=np.array([-1.0]),
        allowed=np.ones(12, dtype=bool),
    )
    assert (count.tolist(), line.tolist()) == ([0], [])


def assert_same_snaps(one: Snaps, other: Snaps) -> None:
    for name in ("place", "street", "position", "snap_m"):
        np.testing.assert_array_equal(getattr(one.links(), name), getattr(other.links(), name))


def test_links_are_the_same_after_the_cache_and_in_parts() -> None:
    streets = random_town(3).streets
    network = build_network(streets, WALK)
    rng = np.random.default_rng(4)
    west, south, east, north = streets.total_bounds
    places = gpd.GeoSeries(
        gpd.points_from_xy(rng.uniform(west - 300, east, 50), rng.uniform(south, north, 50)), crs=CRS
    )
    snaps = snap_places(places, streets, network, max_snap_m=60.0)
    assert (snaps.street == NOT_SNAPPED).any()
    assert len(snaps.others.place) > 10
    assert_same_snaps(decode_snaps(encode_snaps(snaps, network), network), snaps)
    assert_same_snaps(snaps_of_links(snaps.links()), snaps)
    for rows in (slice(0, 7), slice(7, 33), slice(33, None), slice(5, 5)):
        apart = snap_places(places.iloc[rows], streets, network, max_snap_m=60.0)
        assert_same_snaps(snaps.part(rows), apart)


@pytest.mark.slow
def test_the_rows_of_a_table_are_looked_up_once_and_never_those_of_a_table_that_is_gone() -> None:
    streets = town()
    reference = LinkReference(streets)
    part = streets.iloc[[1, 4]]
    assert reference.rows_of(part) is reference.rows_of(part)
    # a new table may get the identity of one that was freed
    for first in (0, 1, 2, 3) * 5:
        assert reference.rows_of(streets.iloc[[first, first + 2]]).tolist() == [first, first + 2]
        gc.collect()
