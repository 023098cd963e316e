"""What belongs to a network: its core, what leads there, where one goes from there; private streets; islands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from access92.network.graph import build_network
from access92.network.islands import find_islands
from access92.network.modes import read_modes
from tests.door_to_door import door_to_door
from tests.toy_town import BLOCK_M, demand_at, services_at, street, town

MODES = read_modes()
CAR = replace(MODES["car"], speed_kmh=5.0, class_speed_kmh={}, time_factor=1.0, parking_min=0.0)
WALK = MODES["walk"]
INTO = street("into", 10, 4, {10: (-1.0, 1.0)}, oneway="yes")  # one-way streets at the edge of an extract
OUT = street("out", 6, 11, {11: (3.0, 1.0)}, oneway="yes")
PASSING_BY = [  # its middle neither leads to the core nor is led to from there
    street(name, a, b, {10: (-1.0, 1.0), 14: (1.0, -1.0), 11: (3.0, 1.0)}, oneway="yes", length_m=BLOCK_M)
    for name, a, b in (("by1", 10, 14), ("by2", 14, 11))
]


def minutes(streets, home, service, *, mode=CAR, max_snap_m=40.0) -> float:
    times = door_to_door(services_at(s=service), demand_at(home), streets, mode, max_snap_m=max_snap_m)
    # junctions and places are read to the centimetre, and a block is 83.33 m: some milliseconds
    return round(float(times.minutes[0, 0]), 3)


def test_a_home_on_a_street_into_the_core_and_a_service_on_one_out_of_it_are_joined() -> None:
    streets = town(more=[INTO, OUT])
    assert minutes(streets, (-0.5, 1.0), (2.5, 1.0)) == 3.0
    network = build_network(streets, CAR)
    names = streets["edge_id"].iloc[network.street_row]
    served = np.stack([network.serves_demand, network.serves_services], axis=1).tolist()
    by_name = dict(zip(names, served, strict=True))
    assert by_name["into"] == [True, False]
    assert by_name["out"] == [False, True]
    assert by_name["h45"] == [True, True]
    assert network.cut_off_nodes == 0


def test_nobody_is_linked_to_a_street_that_serves_only_the_others() -> None:
    streets = town(more=[INTO, OUT])
    times = door_to_door(services_at(s=(-0.7, 1.0)), demand_at((2.7, 1.0)), streets, CAR, max_snap_m=80.0)
    assert times.service_snaps["edge_id"].tolist() == ["h45"]
    assert times.demand_snaps["edge_id"].tolist() == ["h56"]


def test_a_way_that_passes_the_core_by_is_travelled() -> None:
    long = street("start", 12, 10, {12: (-2.0, 1.0), 10: (-1.0, 1.0)}, oneway="yes")
    end = street("end", 11, 13, {11: (3.0, 1.0), 13: (4.0, 1.0)}, oneway="yes")
    assert minutes(town(more=[INTO, OUT, long, end]), (-1.5, 1.0), (3.5, 1.0)) == 5.0
    assert minutes(town(more=[INTO, OUT, long, end, *PASSING_BY]), (-1.5, 1.0), (3.5, 1.0)) == 3.0


@pytest.mark.parametrize("mode", [CAR, WALK])
def test_a_private_street_serves_its_own_places_and_nobody_else(mode) -> None:
    private = town(tagged={"v58": {"access": "private"}})
    assert minutes(private, (1.0, 1.5), (1.0, 1.0), mode=mode) == 0.5  # from a home on it
    assert minutes(private, (1.0, 1.0), (1.0, 1.5), mode=mode) == 0.5  # to a service on it
    assert minutes(private, (1.0, 1.2), (1.0, 1.7), mode=mode) == pytest.approx(0.5, abs=1e-4)  # within it
    assert minutes(town(), (1.0, 0.5), (1.0, 2.0), mode=mode) == 1.5
    assert minutes(private, (1.0, 0.5), (1.0, 2.0), mode=mode) == 3.5  # round it
    # nor do places at its corner, within the radius of links, walk through it
    assert minutes(private, (0.95, 1.0), (1.05, 2.0), mode=mode) == pytest.approx(3.0, abs=1e-3)


def test_an_estate_is_left_and_entered_by_several_private_streets() -> None:
    estate = [
        street("p1", 6, 20, {20: (3.0, 1.0)}, access="private"), street("p2", 20, 21, {20: (3.0, 1.0), 21: (4.0, 1.0)}),
        street("p3", 20, 22, {20: (3.0, 1.0), 22: (3.0, 2.0)}, access="private"),
        street("p4", 22, 9, {22: (3.0, 2.0)}, access="private"),
    ]  # fmt: skip
    streets = town(more=estate)
    assert minutes(streets, (4.0, 1.0), (1.5, 1.0)) == 2.5  # from behind the gate, p2 untagged
    assert minutes(streets, (1.5, 1.0), (4.0, 1.0)) == 2.5
    assert minutes(streets, (4.0, 1.0), (3.0, 1.8)) == pytest.approx(1.8, abs=1e-4)  # wholly inside
    assert minutes(streets, (2.0, 0.5), (2.0, 2.0)) == 1.5  # v69 is open: not through the estate
    assert minutes(town(without=["v69"], more=estate), (2.0, 0.5), (2.0, 2.0)) == 3.5  # nor when it is not


def test_access_no_stays_closed() -> None:
    streets = town(tagged={"v58": {"access": "no"}})
    assert np.isnan(minutes(streets, (1.0, 1.5), (1.0, 1.0), max_snap_m=20.0))


def test_private_copies_leave_the_streets_of_all_as_they_are() -> None:
    plain, private = (build_network(streets, CAR) for streets in (town(), town(tagged={"v58": {"access": "private"}})))
    assert (plain.node_count, private.node_count, private.junctions) == (9, 13, 9)


def test_an_island_is_named_after_the_street_that_has_most_of_it() -> None:
    places = {20: (10.0, 10.0), 21: (14.0, 10.0), 22: (16.0, 10.0), 23: (20.0, 20.0), 24: (20.0, 21.0)}
    island = [
        street("x", 20, 21, places, name="Rue Haute"), street("y", 21, 22, places, name="Rue Basse"),
        street("z", 23, 24, places, name="Venelle"),
    ]  # fmt: skip
    streets = town(more=island)
    islands = find_islands(streets, build_network(streets, WALK))
    assert (islands.count, islands.large, islands.names) == (2, 1, ("Rue Haute",))
    nameless = streets.drop(columns="name")
    assert find_islands(nameless, build_network(nameless, WALK)).names == ("x",)
