"""Restrictions of turns in the toy town, by car at one speed: a block is one minute at 5 km/h."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest

from access92.network.graph import Network, build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.network.turns import TurnCounts
from access92.travel.matrix import travel_time_matrix
from tests.restricted_towns import restriction, traffic_of
from tests.toy_town import at, demand_at, services_at, street, town

CAR = replace(read_modes()["car"], speed_kmh=5.0, class_speed_kmh={}, time_factor=1.0, parking_min=0.0)
BIKE = replace(read_modes()["bike"], speed_kmh=5.0, class_speed_kmh={}, parking_min=0.0)
WALK = read_modes()["walk"]
NUMBER = {name: 100 + rank for rank, name in enumerate(town()["edge_id"])}


def named(streets: gpd.GeoDataFrame, **ways: str) -> gpd.GeoDataFrame:
    """The streets as OSM ways: each one of its own, or as told (« w7-1 »)."""
    ids = [ways.get(name, f"w{NUMBER.get(name, 900 + row)}-0") for row, name in enumerate(streets["edge_id"])]
    return streets.assign(edge_id=ids)


def minutes(
    network: Network, streets: gpd.GeoDataFrame, home: tuple[float, float], service: tuple[float, float]
) -> float:
    """Minutes from home to service, both on streets, and linked to no other within reach: turns alone count."""
    ends = [
        snap_places(table.geometry, streets, network, max_snap_m=5.0, radius_m=0.0, serving=serving)
        for table, serving in (
            (services_at(s=service), network.serves_services), (demand_at(home), network.serves_demand)
        )
    ]  # fmt: skip
    # junctions and places are read to the centimetre, and a block is 83.33 m: some milliseconds
    return round(float(travel_time_matrix(network, *ends, cutoff_min=60.0)[0, 0]), 3)


def drive(rows, home, service, *, mode=CAR, streets=None) -> float:
    """Minutes by a mode from home to service under these restrictions."""
    streets = named(town()) if streets is None else streets
    return minutes(build_network(streets, mode, traffic=traffic_of(rows)), streets, home, service)


FROM_WEST, TO_NORTH = (0.5, 1.0), (1.0, 1.5)  # on h45 and v58: over junction 5 it is one minute
NO_LEFT = restriction("no_left_turn", NUMBER["h45"], NUMBER["v58"], via_node=5)


def test_a_turn_that_is_forbidden_costs_the_way_round_the_block() -> None:
    assert drive([], FROM_WEST, TO_NORTH) == 1.0
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH) == 3.0  # back to 4, then by 7 and 8


def test_from_other_streets_the_turn_is_free() -> None:
    assert drive([NO_LEFT], (1.0, 0.5), TO_NORTH) == 1.0
    assert drive([NO_LEFT], (1.5, 1.0), TO_NORTH) == 1.0


def test_nobody_dodges_a_restriction_by_turning_round_at_the_next_junction() -> None:
    # the home cannot go back: by 5, 6, 9 and 8; turning round at 6 would make it 3 minutes
    one_way = named(town(tagged={"h45": {"oneway": "yes"}}))
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=one_way) == 0.5 + 3 + 0.5


def test_nor_where_the_streets_are_drawn_against_the_way_that_he_goes() -> None:
    tags = {"h45": {"oneway": "yes"}, "h78": {"oneway": "-1"}}  # the next street of the table is closed along its line
    streets = named(town(without=["h56"], tagged=tags, more=[street("h56", 6, 5)]))
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=streets) == 0.5 + 3 + 0.5


def test_in_a_dead_end_one_turns_round() -> None:
    # beyond 5 to the east a dead end only, and nothing to the south
    streets = named(town(without=["h56", "v25", "v47", "h78"], more=[street("x", 5, 10, {10: (2.0, 1.0)})]))
    streets = streets.assign(oneway=np.where(streets["edge_id"] == f"w{NUMBER['h45']}-0", "yes", ""))
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=streets) == 0.5 + 1 + 1 + 0.5


def test_a_dead_end_with_a_private_drive_is_a_dead_end_too() -> None:
    more = [
        street("x", 5, 10, {10: (2.0, 1.0)}),
        street("y", 10, 11, {10: (2.0, 1.0), 11: (3.0, 1.0)}, access="private"),
    ]
    streets = named(town(without=["h56", "v25", "v47", "h78"], tagged={"h45": {"oneway": "yes"}}, more=more))
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=streets) == 0.5 + 1 + 1 + 0.5


def test_a_mere_crossing_on_the_way_is_no_place_to_turn_round_either() -> None:
    # h56 is cut in its middle: the node there is no junction, and no dead end
    halves = [street("a", 5, 50, {50: (1.5, 1.0)}), street("b", 50, 6, {50: (1.5, 1.0)})]
    streets = named(town(without=["h56"], tagged={"h45": {"oneway": "yes"}}, more=halves))
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=streets) == 0.5 + 3 + 0.5


def test_a_street_that_one_must_take_forbids_all_others() -> None:
    row = restriction("only_straight_on", NUMBER["h45"], NUMBER["h56"], via_node=5)
    assert drive([row], FROM_WEST, (1.5, 1.0)) == 1.0
    assert drive([row], FROM_WEST, TO_NORTH) == 3.0
    both = [row, restriction("only_left_turn", NUMBER["h45"], NUMBER["v58"], via_node=5)]
    assert drive(both, FROM_WEST, TO_NORTH) == 1.0
    assert drive(both, FROM_WEST, (1.0, 0.5)) == 3.0


def test_a_service_on_the_forbidden_street_is_not_reached_by_the_forbidden_turn() -> None:
    assert drive([NO_LEFT], FROM_WEST, (1.0, 1.01)) == pytest.approx(3.49, abs=1e-3)


def test_ways_between_concern_those_only_who_come_by_all_of_them() -> None:
    # from h45 by h56 not into v69: the way of two streets h45 and h56 is one OSM way for the junction between
    row = restriction("no_left_turn", NUMBER["h45"], NUMBER["v69"], via_ways=str(NUMBER["h56"]))
    assert drive([row], (0.5, 1.0), (2.0, 1.5)) == 3.0  # by 5, 8, 9
    assert drive([row], (1.0, 0.5), (2.0, 1.5)) == 2.0


def test_a_way_between_may_be_of_several_streets() -> None:
    streets = named(town(), h45="w7-0", h56="w7-1")
    row = restriction("no_left_turn", NUMBER["v14"], NUMBER["v69"], via_ways="7")
    assert drive([row], (0.0, 0.5), (2.0, 1.2), streets=streets) == pytest.approx(0.5 + 3 + 0.2, abs=1e-3)  # by 1, 2, 3
    assert drive([row], (0.5, 1.0), (2.0, 1.2), streets=streets) == pytest.approx(1.7, abs=1e-3)


def test_who_turns_round_by_sign_does_so_nowhere_near() -> None:
    row = restriction("no_u_turn", NUMBER["h45"], NUMBER["h45"], via_node=5)
    network = build_network(named(town()), CAR, traffic=traffic_of([row]))
    assert network.turns == TurnCounts(applied=1)


@pytest.mark.parametrize(
    ("more", "by_car", "by_bike"),
    [
        ({}, 3.0, 3.0),
        ({"except_for": "bicycle;psv"}, 3.0, 1.0),
        ({"except_for": "motorcar"}, 1.0, 3.0),
        ({"only_for": "hgv"}, 1.0, 1.0),
        ({"only_for": "bicycle"}, 1.0, 3.0),
        ({"only_for": "motor_vehicle"}, 3.0, 1.0),
        ({"condition": "Mo-Fr 07:00-09:00"}, 1.0, 1.0),
        ({"kind": "no_turn_on_red"}, 1.0, 1.0),
    ],
)
def test_a_restriction_is_of_the_vehicles_that_it_names(more, by_car, by_bike) -> None:
    row = {**NO_LEFT, **more}
    assert drive([row], FROM_WEST, TO_NORTH) == by_car
    assert drive([row], FROM_WEST, TO_NORTH, mode=BIKE) == by_bike
    assert drive([row], FROM_WEST, TO_NORTH, mode=WALK) == 1.0


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    rows = [
        NO_LEFT,
        {**NO_LEFT, "from_way": 77},
        {**NO_LEFT, "to_way": NUMBER["h12"]},
        {**NO_LEFT, "kind": "no_turn_on_red"},
        {**NO_LEFT, "condition": "sunset-sunrise"},
        {**NO_LEFT, "only_for": "hgv"},
        restriction("no_left_turn", NUMBER["h45"], NUMBER["v69"], via_ways=str(NUMBER["v58"])),
    ]
    network = build_network(named(town()), CAR, traffic=traffic_of(rows))
    assert network.turns == TurnCounts(applied=1, missing=1, unclear=2, unknown=1, conditional=1)
    assert build_network(named(town()), WALK, traffic=traffic_of(rows)).turns == TurnCounts()


def test_a_way_that_passes_through_the_junction_is_unclear() -> None:
    streets = named(town(), h45="w7-0", h56="w7-1")
    row = restriction("no_left_turn", 7, NUMBER["v58"], via_node=5)
    assert build_network(streets, CAR, traffic=traffic_of([row])).turns == TurnCounts(unclear=1)


def test_the_restrictions_of_other_streets_hold_when_a_street_is_closed() -> None:
    streets = named(town())
    closed = streets[streets["edge_id"] != f"w{NUMBER['h12']}-0"].reset_index(drop=True)
    assert drive([NO_LEFT], FROM_WEST, TO_NORTH, streets=closed) == 3.0
    # what one must take and cannot is no duty
    only = restriction("only_straight_on", NUMBER["h45"], NUMBER["h56"], via_node=5)
    closed = streets[streets["edge_id"] != f"w{NUMBER['h56']}-0"].reset_index(drop=True)
    assert drive([only], FROM_WEST, TO_NORTH, streets=closed) == 1.0


def test_only_junctions_with_a_rule_are_copied() -> None:
    plain = build_network(named(town()), CAR)
    split = build_network(named(town()), CAR, traffic=traffic_of([NO_LEFT]))
    assert (plain.node_count, plain.junctions, split.junctions) == (9, 9, 9)
    # at 5 who has come by h45, at 2, 4, 6 and 8 who may not turn round; and a node at each for places that all reach
    assert split.node_count == 9 + 5 + 5
    junction = (round(at(1, 1).x, 2), round(at(1, 1).y, 2))  # as streets are read
    assert junction in set(zip(split.node_x, split.node_y, strict=True))
