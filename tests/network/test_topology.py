"""Graphs of streets that modes share: each network is the one that is built without the others."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from access92.errors import InputError
from access92.network.graph import CLOSED, Network, build_network
from access92.network.lines import street_lines
from access92.network.modes import read_modes
from access92.network.topology import Topologies, UsableStreets
from tests.full_towns import full_town
from tests.toy_town import town

MODES = read_modes()
SLOWER = [replace(MODES[name], name=f"slower_{name}", speed_kmh=MODES[name].speed_kmh / 2) for name in ("walk", "bike")]


def assert_same(one: Network, other: Network) -> None:
    for field in fields(Network):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, its, err_msg=field.name)
            assert mine.dtype == its.dtype, field.name
        else:
            assert mine == its, field.name


@pytest.mark.parametrize("seed", range(12))
def test_a_network_is_the_same_whatever_modes_it_shares_its_graph_with(seed: int) -> None:
    place = full_town(seed)
    streets, traffic = place.streets, place.traffic
    topologies = Topologies(streets, street_lines(streets.geometry.to_numpy()), traffic)
    other_half = np.arange(len(streets)) % 7 == seed % 7
    compared = 0
    for mode in (*MODES.values(), *SLOWER):
        for closed in (None, place.closed, other_half):
            try:
                alone = build_network(streets, mode, traffic=traffic, closed=closed)
            except InputError:
                with pytest.raises(InputError):
                    build_network(streets, mode, traffic=traffic, closed=closed, topologies=topologies)
                continue
            assert_same(build_network(streets, mode, traffic=traffic, closed=closed, topologies=topologies), alone)
            compared += 1
    assert compared > len(MODES)


def test_a_slower_walker_has_the_graph_of_a_walker() -> None:
    streets = town()
    topologies = Topologies(streets, street_lines(streets.geometry.to_numpy()))
    fast, slow = (build_network(streets, mode, topologies=topologies) for mode in (MODES["walk"], SLOWER[0]))
    assert fast.node_x is slow.node_x
    is_open = fast.forward_ms != CLOSED
    assert (slow.forward_ms[is_open] > fast.forward_ms[is_open]).all()


def test_streets_that_differ_in_anything_have_another_digest() -> None:
    row, ends = np.array([0, 1]), np.array([[0, 1], [1, 2]])
    no, one = np.array([False, False]), np.array([False, True])
    usable = UsableStreets(row, ends, no, ~no, ~no, "foot")
    others = [
        replace(usable, row=np.array([0, 2])),
        replace(usable, ends=np.array([[0, 1], [1, 3]])),
        replace(usable, private=one),
        replace(usable, may_forward=one),
        replace(usable, may_backward=one),
        replace(usable, family="car"),
    ]
    assert len({usable.digest(), *(other.digest() for other in others)}) == 1 + len(others)
    assert replace(usable, row=row.copy()).digest() == usable.digest()
