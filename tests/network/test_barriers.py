"""Barriers on nodes: who passes which, and what a cut does to the way round; towns with answers known on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.network.barriers import BarrierNodes, barrier_nodes, cut_at_barriers
from access92.network.modes import BARRIERS, read_modes
from access92.sources.streets.traffic import NODE_TAGS, TrafficRules, no_traffic_rules
from tests.door_to_door import door_to_door
from tests.random_examples import examples
from tests.toy_town import at, demand_at, node_place, services_at, street, town

MODES = {name: mode for name, mode in read_modes().items() if not mode.rides}


def rules(**nodes: dict[str, str]) -> TrafficRules:
    """Rules of nodes « n5 » of the toy town: their tags."""
    rows = []
    for name, tags in nodes.items():
        number = int(name.removeprefix("n"))
        place = at(*node_place(number))
        rows.append({"node_id": number, "x": place.x, "y": place.y, **dict.fromkeys(NODE_TAGS, ""), **tags})
    return TrafficRules(pd.DataFrame(rows), no_traffic_rules().restrictions)


def stopped(mode: str, **tags: str) -> bool:
    found = barrier_nodes(rules(n5=tags).nodes, MODES[mode])
    return len(found.blocked) > 0


def wait_s(mode: str, **tags: str) -> float:
    return float(barrier_nodes(rules(n5=tags).nodes, MODES[mode]).slow_s.sum())


def in_order(value: object) -> str:
    """The name of a parameter of a test, the same in every process."""
    return str(sorted(value)) if isinstance(value, set) else str(value)


WHO_IS_STOPPED = {
    "bollard": {"car"},
    "block": {"car"},
    "cycle_barrier": {"walk_wheelchair", "car"},
    "gate": set(),
    "lift_gate": set(),
    "swing_gate": set(),
    "stile": {"walk_stroller", "walk_wheelchair", "bike", "car"},
    "kissing_gate": {"walk_stroller", "walk_wheelchair", "bike", "car"},
    "turnstile": {"walk_stroller", "walk_wheelchair", "bike", "car"},
    "kerb": set(),
    "wall": set(MODES),
    "entrance": set(),
    "a word that nobody knows": set(),
}


@pytest.mark.parametrize(("barrier", "modes"), WHO_IS_STOPPED.items(), ids=in_order)
def test_a_barrier_without_access_tags_stops_these_modes(barrier: str, modes: set[str]) -> None:
    assert {name for name in MODES if stopped(name, barrier=barrier)} == modes


@pytest.mark.parametrize(
    ("tags", "modes"),
    [
        ({"barrier": "gate", "access": "private"}, set(MODES)),
        ({"barrier": "gate", "access": "no"}, set(MODES)),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, {"bike", "car"}),
        ({"barrier": "gate", "locked": "yes"}, set(MODES)),
        ({"barrier": "gate", "locked": "yes", "access": "yes"}, set(MODES)),
        ({"barrier": "gate", "locked": "yes", "foot": "yes", "bicycle": "yes"}, {"car"}),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, set()),
        ({"barrier": "bollard", "bicycle": "no"}, {"bike", "car"}),
        ({"barrier": "stile", "bicycle": "yes"}, {"walk_stroller", "walk_wheelchair", "car"}),
        ({"barrier": "stile", "bicycle": "dismount"}, {"walk_stroller", "walk_wheelchair", "car"}),
        ({"barrier": "stile", "foot": "yes"}, {"walk_stroller", "walk_wheelchair", "bike", "car"}),
        ({"barrier": "kissing_gate", "wheelchair": "yes"}, {"walk_stroller", "bike", "car"}),
        ({"barrier": "gate", "wheelchair": "no"}, {"walk_wheelchair"}),
        ({"barrier": "gate", "maxwidth_physical": "0.7 m"}, {"walk_wheelchair", "car"}),
        ({"barrier": "gate", "maxwidth_physical": "1.9"}, {"car"}),
        ({"barrier": "gate;bollard"}, {"car"}),
        ({"entrance": "main", "access": "private"}, set(MODES)),
        ({"highway": "crossing", "bicycle": "no", "foot": "no"}, set()),
    ],
    ids=in_order,
)
def test_the_access_tags_of_a_barrier_say_more_than_its_kind(tags: dict[str, str], modes: set[str]) -> None:
    assert {name for name in MODES if stopped(name, **tags)} == modes


def test_a_car_waits_half_a_minute_at_a_gate_unless_it_is_said_to_be_open() -> None:
    assert [wait_s("car", barrier=kind) for kind in ("gate", "lift_gate", "toll_booth", "cattle_grid")] == [
        30.0, 30.0, 15.0, 0.0,
    ]  # fmt: skip
    assert wait_s("car", barrier="gate", access="yes") == 0.0
    assert wait_s("walk", barrier="gate") == 0.0


def minutes(
    traffic: TrafficRules, mode: str, service: tuple[float, float], home: tuple[float, float], **changes: object
) -> float:
    streets = town(**changes)
    return float(
        door_to_door(services_at(s=service), demand_at(home), streets, MODES[mode], traffic=traffic).minutes[0, 0]
    )


def test_a_stile_in_mid_block_makes_a_stroller_go_round() -> None:
    halves = [
        street("a", 4, 10, {10: (0.5, 1.0)}, highway="footway"),
        street("b", 10, 5, {10: (0.5, 1.0)}, highway="footway"),
    ]
    stile = TrafficRules(
        pd.DataFrame({"node_id": [10], "x": [at(0.5, 1).x], "y": [at(0.5, 1).y], "barrier": ["stile"]}),
        no_traffic_rules().restrictions,
    )
    by_mode = [
        minutes(stile, mode, (1.0, 1.0), (0.0, 1.0), without=["h45"], more=halves) for mode in ("walk", "walk_stroller")
    ]
    assert by_mode[0] == pytest.approx(1.0, abs=1e-3)  # over the stile
    assert by_mode[1] == pytest.approx(3 * 5 / 4.2, abs=1e-3)  # three blocks round at 4.2 km/h
    assert minutes(no_traffic_rules(), "walk_stroller", (1.0, 1.0), (0.0, 1.0), without=["h45"], more=halves) == (
        pytest.approx(5 / 4.2, abs=1e-3)
    )


def test_a_place_beside_a_barrier_is_on_its_own_side() -> None:
    service, home = (1.0, 0.5), (1.0, 1.5)  # on v25 and v58, a wall at node 5 between them
    assert minutes(rules(n5={"barrier": "wall"}), "walk", service, home) == pytest.approx(5.0, abs=1e-3)
    assert minutes(no_traffic_rules(), "walk", service, home) == pytest.approx(1.0, abs=1e-3)


def test_a_raised_kerb_stops_a_wheelchair_on_the_footway_and_not_on_the_carriageway() -> None:
    kerb = rules(n5={"kerb": "raised", "highway": "crossing"})
    footway = {name: {"highway": "footway"} for name in ("v25", "v58")}
    along, across = ((0.0, 1.0), (2.0, 1.0)), ((1.0, 0.0), (1.0, 2.0))
    pace = 5 / 3.3
    assert minutes(kerb, "walk_wheelchair", *along, tagged=footway) == pytest.approx(2 * pace, abs=1e-3)
    assert minutes(kerb, "walk_wheelchair", *across, tagged=footway) == pytest.approx(4 * pace, abs=1e-3)
    assert minutes(kerb, "walk_stroller", *across, tagged=footway) == pytest.approx(2 * 5 / 4.2, abs=1e-3)


def test_a_gate_takes_its_time_once_of_whoever_passes() -> None:
    free = minutes(no_traffic_rules(), "car", (1.0, 0.0), (1.0, 2.0))
    gates = rules(n5={"barrier": "gate"}, n4={"barrier": "wall"}, n6={"barrier": "wall"})
    assert minutes(gates, "car", (1.0, 0.0), (1.0, 2.0)) == pytest.approx(free + 0.5, abs=1e-3)


LIFT_MIN = 110 / 60
LIFT = {"highway": "elevator"}
ON_FOOT = tuple(name for name, mode in MODES.items() if mode.family == "foot")


@pytest.mark.parametrize("mode", [*ON_FOOT, "bike"])
def test_a_lift_on_a_node_takes_its_time_once_of_whoever_walks_rolls_or_pushes_a_bicycle(mode: str) -> None:
    """Node 5 joins the south and the north of the town, whose other ways are gone."""
    ways = {name: {"highway": "footway"} for name in ("v25", "v58")}
    through = {"without": ["v14", "v47", "v36", "v69"], "tagged": ways}
    free = minutes(no_traffic_rules(), mode, (1.0, 0.0), (1.0, 2.0), **through)
    assert minutes(rules(n5=LIFT), mode, (1.0, 0.0), (1.0, 2.0), **through) == pytest.approx(free + LIFT_MIN, abs=1e-3)


@pytest.mark.parametrize(
    ("tags", "stopped_modes"),
    [
        ({}, set()),
        ({"wheelchair": "yes"}, set()),
        ({"wheelchair": "no"}, {"walk_wheelchair"}),
        ({"bicycle": "no"}, {"bike"}),
        ({"bicycle": "yes", "access": "no", "foot": "yes"}, set()),
        ({"vehicle": "no"}, set()),
        ({"access": "private"}, {*ON_FOOT, "bike"}),
        ({"access": "no"}, {*ON_FOOT, "bike"}),
        ({"foot": "no"}, {*ON_FOOT, "bike"}),
        ({"locked": "yes"}, {*ON_FOOT, "bike"}),
    ],
    ids=in_order,
)
def test_the_tags_of_a_lift_say_who_may_take_it(tags: dict[str, str], stopped_modes: set[str]) -> None:
    assert {name for name in MODES if stopped(name, **LIFT, **tags)} == stopped_modes


@pytest.mark.parametrize("mode", [*ON_FOOT, "bike"])
def test_a_lift_drawn_as_a_way_takes_its_time_whatever_its_length_on_the_map(mode: str) -> None:
    streets = {"h45": {"highway": "elevator"}, "h56": {"highway": "footway"}}
    gone = ["h12", "h23", "h78", "h89"]  # the middle row is the only way east
    walked = {"h45": {"highway": "footway"}, "h56": {"highway": "footway"}}
    no_rule = no_traffic_rules()
    free = minutes(no_rule, mode, (2.0, 1.0), (0.0, 1.0), without=gone, tagged=walked)
    by_lift = minutes(no_rule, mode, (2.0, 1.0), (0.0, 1.0), without=gone, tagged=streets)
    assert by_lift == pytest.approx(free + LIFT_MIN, abs=1e-3)


def test_no_car_takes_a_lift() -> None:
    streets = {"h45": {"highway": "elevator"}}
    detour = minutes(no_traffic_rules(), "car", (2.0, 1.0), (0.0, 1.0), without=["h45"])
    assert minutes(no_traffic_rules(), "car", (2.0, 1.0), (0.0, 1.0), tagged=streets) == detour
    assert wait_s("car", **LIFT) == 0.0


def test_at_a_barrier_every_street_has_an_end_of_its_own_and_others_keep_theirs() -> None:
    none = np.empty(0, dtype=np.int64)
    barriers = BarrierNodes(np.array([5]), none, none, none, np.empty(0))
    ends = np.array([[1, 5, 5], [5, 5, 9]])  # into it, a loop at it, out of it
    cut = cut_at_barriers(ends, np.array(["path"] * 3), barriers)
    apart = cut[ends == 5]
    assert len(set(apart)) == 4
    assert min(apart) > ends.max()
    np.testing.assert_array_equal(cut[ends != 5], ends[ends != 5])
    np.testing.assert_array_equal(ends, [[1, 5, 5], [5, 5, 9]])  # the input stays


@examples(40)
@given(
    barrier=st.sampled_from(["", *BARRIERS]),
    tags=st.dictionaries(
        st.sampled_from(["access", "foot", "bicycle", "vehicle", "motorcar", "wheelchair", "locked"]),
        st.sampled_from(["yes", "no", "private", "destination", "permissive", "", "?", "yes;no"]),
    ),
)
def test_who_rolls_on_foot_never_passes_where_a_walker_is_stopped(barrier: str, tags: dict[str, str]) -> None:
    tags = {name: value for name, value in tags.items() if name != "wheelchair" or value not in ("yes", "limited")}
    if stopped("walk", barrier=barrier, **tags):
        assert stopped("walk_stroller", barrier=barrier, **tags)
        assert stopped("walk_wheelchair", barrier=barrier, **tags)


ESTATE = [
    street("e1", 5, 10, {10: (1.5, 1.5)}, highway="service"),
    street("e2", 10, 11, {10: (1.5, 1.5), 11: (1.9, 1.5)}, highway="service"),
]
"""Two streets behind node 5, towards the middle of the north-eastern block."""


@pytest.mark.parametrize("gate", [{"access": "private"}, {"locked": "yes"}, {"foot": "private"}], ids=str)
def test_who_lives_behind_the_only_gate_of_an_estate_has_its_key(gate: dict[str, str]) -> None:
    inner = TrafficRules(
        pd.DataFrame([{"node_id": 10, "x": at(1.5, 1.5).x, "y": at(1.5, 1.5).y, "barrier": "gate", **gate}]),
        no_traffic_rules().restrictions,
    )
    out = minutes(inner, "walk", (1.0, 1.0), (1.9, 1.5), more=ESTATE)
    assert out == pytest.approx(0.4 + 0.5**0.5, abs=1e-3)
    shut = TrafficRules(inner.nodes.assign(access="no", foot="", locked=""), inner.restrictions)
    assert minutes(shut, "walk", (1.0, 1.0), (1.9, 1.5), more=ESTATE) == pytest.approx(1.6, abs=1e-3)  # out by the east


def test_an_estate_with_two_private_gates_is_not_walked_through() -> None:
    # the short cut from 5 to 9 by node 10: through it 1,41 blocks, round it 2
    short_cut = [street("g1", 5, 10, {10: (1.4, 1.4)}, highway="service"),
                 street("g2", 10, 11, {10: (1.4, 1.4), 11: (1.6, 1.6)}, highway="service"),
                 street("g3", 11, 9, {11: (1.6, 1.6)}, highway="service")]  # fmt: skip
    gates = TrafficRules(
        pd.DataFrame(
            [
                {"node_id": number, "x": at(*place).x, "y": at(*place).y, "barrier": "gate", "access": "private"}
                for number, place in ((10, (1.4, 1.4)), (11, (1.6, 1.6)))
            ]
        ),
        no_traffic_rules().restrictions,
    )
    diagonal = 2**0.5
    assert minutes(no_traffic_rules(), "walk", (2.0, 2.0), (1.0, 1.0), more=short_cut) == pytest.approx(
        diagonal, abs=1e-3
    )
    assert minutes(gates, "walk", (2.0, 2.0), (1.0, 1.0), more=short_cut) == pytest.approx(2.0, abs=1e-3)
    home = minutes(gates, "walk", (2.0, 2.0), (1.5, 1.5), more=short_cut)
    assert home == pytest.approx(diagonal / 2, abs=1e-3)  # who lives inside walks out by the nearer gate
