"""Banned turns and private streets against a search that keeps whole histories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.matrix import travel_time_matrix
from tests.line_graph import LineGraph
from tests.oracle import links_of_snaps
from tests.random_examples import examples
from tests.restricted_towns import RestrictedTown, line_graph, restricted_town

MODES = read_modes()


def _both_answers(restricted: RestrictedTown, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds by the network and by the oracle, -1 where there is no way."""
    mode, town = MODES[name], restricted.town
    network = build_network(town.streets, mode, traffic=restricted.traffic)
    services, demand = (
        snap_places(table.geometry, town.streets, network, max_snap_m=90.0, serving=serving)
        for table, serving in ((town.services, network.serves_services), (town.demand, network.serves_demand))
    )
    minutes = travel_time_matrix(network, services, demand, cutoff_min=300.0)
    graph: LineGraph = line_graph(restricted, mode)
    speed = mode.access_speed_kmh / 3600
    doors = links_of_snaps(demand, network.street_row, speed)
    expected = np.array(
        [
            [graph.least_minutes(door, service) + mode.parking_min for door in doors]
            for service in links_of_snaps(services, network.street_row, speed)
        ]
    )
    ours, theirs = (np.nan_to_num(table.astype(float) * 60_000, nan=-1) for table in (minutes, expected))
    return np.rint(ours), np.rint(theirs)


@examples(12)
@given(seed=st.integers(0, 10_000), name=st.sampled_from(["car", "bike", "walk"]))
def test_banned_turns_and_private_streets_are_those_of_a_search_on_whole_histories(seed: int, name: str) -> None:
    ours, theirs = _both_answers(restricted_town(seed), name)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_towns_full_of_restrictions_are_those_of_the_search_on_histories(seed: int) -> None:
    ours, theirs = _both_answers(restricted_town(seed, size=6, restrictions=40, private_share=0.25), "car")
    np.testing.assert_array_equal(ours, theirs)
