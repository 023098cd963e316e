"""Door to door on the toy town: all expected minutes are mental arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.travel.matrix import TravelTimes
from tests.door_to_door import door_to_door
from tests.toy_town import demand_at, river_town, services_at, street, town

WALK = read_modes()["walk"]
CAR = read_modes()["car"]


def times_on(streets, services, demand, *, mode=WALK, cutoff_min=60.0, max_snap_m=300.0) -> TravelTimes:
    return door_to_door(services, demand, streets, mode, cutoff_min=cutoff_min, max_snap_m=max_snap_m)


def minutes(*arguments, **options) -> list[list[float]]:
    return times_on(*arguments, **options).minutes.astype(float).round(3).tolist()  # places are read to the centimetre


def test_one_block_is_one_minute_and_a_diagonal_is_four() -> None:
    assert minutes(town(), services_at(s=(0, 0)), demand_at((1, 0), (2, 2), (0, 0))) == [[1, 4, 0]]


def test_places_in_the_middle_of_streets_add_their_parts() -> None:
    assert minutes(town(), services_at(s=(0.5, 0)), demand_at((1.5, 0), (0, 0.25))) == [[1, 0.75]]


def test_both_places_on_the_same_street_go_straight() -> None:
    assert minutes(town(), services_at(s=(0.25, 0)), demand_at((0.75, 0), (0.25, 0))) == [[0.5, 0]]


def test_a_one_way_street_is_travelled_towards_the_service_only_one_way() -> None:
    streets = town(tagged={"h12": {"oneway": "yes", "oneway_foot": "yes"}})
    # from the middle of h12 to node 1: on to node 2, and around 5, 4
    assert minutes(streets, services_at(s=(0, 0)), demand_at((0.5, 0), (1, 0))) == [[3.5, 3]]
    assert minutes(streets, services_at(s=(1, 0)), demand_at((0.5, 0), (0, 0))) == [[0.5, 1]]


def test_both_places_on_one_one_way_street_the_wrong_way_round_go_around() -> None:
    streets = town(tagged={"h12": {"oneway": "yes", "oneway_foot": "yes"}})
    ahead, behind = (0.75, 0), (0.25, 0)
    assert minutes(streets, services_at(s=ahead), demand_at(behind)) == [[0.5]]
    assert minutes(streets, services_at(s=behind), demand_at(ahead)) == [[3.5]]


def test_minus_one_turns_the_one_way_street_around() -> None:
    forwards = town(tagged={"h12": {"oneway": "yes"}})
    backwards = town(tagged={"h12": {"oneway": "-1"}})
    ends = services_at(west=(0, 0), east=(1, 0))
    home = demand_at((0, 0), (1, 0))
    ahead = times_on(forwards, ends, home, mode=CAR).minutes
    turned = times_on(backwards, ends, home, mode=CAR).minutes
    assert ahead[1, 0] == turned[0, 1] < ahead[0, 1] == turned[1, 0]


def test_a_river_is_crossed_only_at_its_bridge() -> None:
    service, home = services_at(s=(0, 2)), demand_at((0, 1))
    assert minutes(town(), service, home) == [[1]]
    assert minutes(river_town(bridge=True), service, home) == [[5]]


def test_a_place_beyond_a_river_without_bridge_links_to_the_side_that_is_connected() -> None:
    # the upper bank is the smaller component: it is left out, and its people are too far from the rest
    times = times_on(river_town(bridge=False), services_at(s=(0, 1)), demand_at((0, 2), (0, 0)), max_snap_m=50.0)
    assert np.isnan(times.minutes[0, 0])
    assert times.minutes[0, 1] == 1
    assert times.demand_snaps["edge_id"].isna().tolist() == [True, False]


def test_an_island_is_counted_and_left_out() -> None:
    island = street("x", 20, 21, {20: (10.0, 10.0), 21: (11.0, 10.0)})
    network = build_network(town(more=[island]), WALK)
    assert (network.cut_off_nodes, round(network.cut_off_length_km * 1000, 2)) == (2, 83.33)
    assert network.node_count == 9


@pytest.mark.parametrize("off_blocks", [0.0, 1e-11, 1e-10])
def test_who_stands_at_a_crossing_but_for_rounding_may_leave_by_any_of_its_streets(off_blocks: float) -> None:
    # h12 is one-way to the east: from within it, crossing 1 is three blocks away, and so is the service beyond
    streets = town(tagged={"h12": {"oneway": "yes", "oneway_foot": "yes"}})
    assert minutes(streets, services_at(s=(0, 1)), demand_at((off_blocks, 0))) == [[1]]
    assert minutes(streets, services_at(s=(0, 1)), demand_at((0.25, 0))) == [[2.75]]
    # and towards it: a service at crossing 2 but for rounding is entered from the north too
    towards = services_at(s=(1 - off_blocks, 0))
    assert minutes(streets, towards, demand_at((1, 1))) == [[1]]


def test_a_dead_end_is_reached() -> None:
    lane = street("z", 9, 30, {30: (3.5, 2.0)})
    assert minutes(town(more=[lane]), services_at(s=(2, 2)), demand_at((3.5, 2))) == [[1.5]]


def test_the_walk_to_the_street_is_timed_at_both_ends() -> None:
    # 0.2 block off the street each: 0.2 min each
    assert minutes(town(), services_at(s=(0.5, -0.2)), demand_at((1.5, -0.2))) == [[1.4]]


def test_parallel_streets_keep_the_shorter() -> None:
    longer = street("a12", 1, 2)
    longer["length_m"] = 10 * float(longer["length_m"])
    assert minutes(town(more=[longer]), services_at(s=(0, 1)), demand_at((1, 0))) == [[2]]


def test_a_tie_of_two_ways_is_one_time() -> None:
    assert minutes(town(), services_at(s=(0, 0)), demand_at((1, 1))) == [[2]]


@pytest.mark.parametrize(("cutoff_min", "reached"), [(2.0, True), (1.999, False)])
def test_the_cut_off_is_inclusive(cutoff_min: float, reached: bool) -> None:
    times = times_on(town(), services_at(s=(0, 0)), demand_at((1, 1)), cutoff_min=cutoff_min)
    assert np.isfinite(times.minutes[0, 0]) == reached


def test_twenty_blocks_are_exactly_twenty_minutes() -> None:
    row = [
        street(f"r{i:02}", 100 + i, 101 + i, {100 + i: (float(i), 9.0), 101 + i: (float(i + 1), 9.0)})
        for i in range(20)
    ]
    streets = town(
        without=[f"h{n}{n + 1}" for n in (1, 2, 4, 5, 7, 8)] + [f"v{n}{n + 3}" for n in range(1, 7)], more=row
    )
    times = times_on(streets, services_at(s=(0, 9)), demand_at((20, 9), (19.99, 9)))
    assert times.minutes[0, 0] == np.float32(20)
    assert times.minutes[0, 1] < np.float32(20)


def test_the_car_pays_for_parking_once() -> None:
    zero = times_on(town(), services_at(s=(0, 0)), demand_at((0, 0)), mode=CAR).minutes[0, 0]
    assert zero == pytest.approx(CAR.parking_min)


def test_a_place_too_far_from_any_street_is_not_reached_and_its_distance_is_told() -> None:
    times = times_on(town(), services_at(s=(0, 0)), demand_at((0, -5)), max_snap_m=300.0)
    assert np.isnan(times.minutes).all()
    assert times.demand_snaps["snap_m"].round(1).tolist() == [416.7]


def test_a_service_without_street_reaches_nobody() -> None:
    assert np.isnan(times_on(town(), services_at(s=(0, -50)), demand_at((0, 0))).minutes).all()
