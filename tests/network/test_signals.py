"""Waits at signals: once a junction, on whoever enters it, in whole milliseconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.network.modes import read_modes
from access92.network.signals import NO_JUNCTION, entry_waits, has_signals, junction_numbers, nodes_in_junctions
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from tests.door_to_door import door_to_door
from tests.network.test_barriers import rules
from tests.random_examples import examples
from tests.toy_town import BLOCK_M, X0, Y0, at, demand_at, services_at, street, town

WAITING = replace(read_modes()["walk"], waits_at_signals=True)
LIGHTS = {"highway": "traffic_signals"}


def minutes(traffic: TrafficRules, home: tuple[float, float], service: tuple[float, float], **changes: object) -> float:
    times = door_to_door(services_at(s=service), demand_at(home), town(**changes), WAITING, traffic=traffic)
    return float(times.minutes[0, 0])


def test_a_walk_past_one_signal_takes_twenty_seconds_more() -> None:
    assert minutes(rules(n2=LIGHTS), (0.0, 0.0), (2.0, 0.0)) == pytest.approx(2 + 1 / 3, abs=1e-3)
    assert minutes(no_traffic_rules(), (0.0, 0.0), (2.0, 0.0)) == pytest.approx(2.0, abs=1e-3)


def test_who_starts_at_a_signal_does_not_wait_for_it_and_who_ends_there_does() -> None:
    assert minutes(rules(n1=LIGHTS), (0.0, 0.0), (2.0, 0.0)) == pytest.approx(2.0, abs=1e-3)
    assert minutes(rules(n3=LIGHTS), (0.0, 0.0), (2.0, 0.0)) == pytest.approx(2 + 1 / 3, abs=1e-3)


def test_waiting_long_enough_makes_the_way_round_the_quicker_one() -> None:
    lights = rules(n2=LIGHTS)
    patient = replace(WAITING, signal_s=120.0)
    times = door_to_door(services_at(s=(2.0, 0.0)), demand_at((0.0, 0.0)), town(), patient, traffic=lights)
    assert times.minutes[0, 0] == pytest.approx(4.0, abs=1e-3)  # 2 + 2 waited, or 4 blocks by the middle row


def test_the_signals_of_one_junction_are_waited_for_once() -> None:
    # two lights 24 m apart on the way through node 2, and the crossing between them that carries none
    near = 12 / BLOCK_M
    places = {20: (1 - near, 0.0), 21: (1 + near, 0.0)}
    pieces = [street("p1", 1, 20, places), street("p2", 20, 2, places), street("p3", 2, 21, places),
              street("p4", 21, 3, places)]  # fmt: skip
    nodes = pd.DataFrame(
        {
            "node_id": [20, 21], "x": [at(*places[20]).x, at(*places[21]).x], "y": [Y0, Y0],
            "highway": ["traffic_signals", "crossing"], "crossing": ["", "traffic_signals"],
        }
    )  # fmt: skip
    lights = TrafficRules(nodes, no_traffic_rules().restrictions)
    walk = minutes(lights, (0.0, 0.0), (2.0, 0.0), without=["h12", "h23"], more=pieces)
    assert walk == pytest.approx(2 + 1 / 3, abs=1e-3)
    far = nodes.assign(x=[nodes["x"][0], X0 + 2 * BLOCK_M], node_id=[20, 3])  # two junctions: two waits
    walk = minutes(TrafficRules(far, lights.restrictions), (0.0, 0.0), (2.0, 0.0), without=["h12", "h23"], more=pieces)
    assert walk == pytest.approx(2 + 2 / 3, abs=1e-3)


def test_without_being_asked_nobody_waits() -> None:
    times = door_to_door(
        services_at(s=(2.0, 0.0)), demand_at((0.0, 0.0)), town(), read_modes()["walk"], traffic=rules(n2=LIGHTS)
    )
    assert times.minutes[0, 0] == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "traffic_signals"}, True),
        ({"highway": "crossing", "crossing": "traffic_signals"}, True),
        ({"highway": "crossing;traffic_signals"}, True),
        ({"highway": "crossing", "crossing": "marked", "crossing_signals": "yes"}, True),
        ({"highway": "crossing", "crossing": "marked", "crossing_signals": "no"}, False),
        ({"highway": "crossing", "crossing": "uncontrolled"}, False),
        ({"highway": "traffic_signals", "traffic_signals": "level_crossing"}, False),
        ({"barrier": "gate"}, False),
    ],
    ids=str,
)
def test_these_nodes_have_signals(tags: dict[str, str], expected: bool) -> None:
    assert has_signals(rules(n5=tags).nodes).tolist() == [expected]


@examples(40)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60))
def test_no_junction_is_wider_than_stated_and_the_order_of_the_table_does_not_matter(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 200, (2, count))
    numbers = junction_numbers(x, y)
    for junction in np.unique(numbers):
        members = numbers == junction
        apart = np.hypot(x[members][:, None] - x[members], y[members][:, None] - y[members])
        assert apart.max() <= 40.0
    assert numbers.max() + 1 == len(np.unique(numbers))
    order = rng.permutation(count)
    other = junction_numbers(x[order], y[order])
    np.testing.assert_array_equal(numbers[order][:, None] == numbers[order], other[:, None] == other)


def test_a_node_between_the_signals_of_a_junction_is_in_it_and_one_beside_them_is_not() -> None:
    x, y = np.array([0.0, 10.0, 10.0, 30.0]), np.array([0.0, 0.5, 8.0, 0.0])
    found = nodes_in_junctions(x, y, np.array([0.0, 20.0]), np.array([0.0, 0.0]))
    assert found.tolist() == [0, 0, NO_JUNCTION, NO_JUNCTION]


def test_only_who_comes_into_a_junction_waits() -> None:
    start, end = np.array([NO_JUNCTION, 0, 0, 0, NO_JUNCTION]), np.array([0, NO_JUNCTION, 0, 1, NO_JUNCTION])
    forward, backward = entry_waits(np.stack([start, end]), 20.0)
    assert forward.tolist() == [20.0, 0.0, 0.0, 20.0, 0.0]
    assert backward.tolist() == [0.0, 20.0, 0.0, 20.0, 0.0]
