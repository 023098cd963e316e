"""Turns in the cache: whatever decides a network is in its key, and what is read back is what was written."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.travel.cache import read_network, streets_fingerprint, write_network
from tests.restricted_towns import restricted_town, restriction, traffic_of

CAR = read_modes()["car"]


def test_a_network_with_banned_turns_and_private_streets_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    restricted = restricted_town(3)
    network = build_network(restricted.town.streets, CAR, traffic=restricted.traffic)
    assert network.turns.applied > 0
    write_network(tmp_path, "key", network)
    cached = read_network(tmp_path, "key", CAR)
    for field in fields(network):
        np.testing.assert_array_equal(getattr(cached, field.name), getattr(network, field.name))


def test_the_fingerprint_of_streets_covers_the_rules_of_their_traffic() -> None:
    streets = restricted_town(3).town.streets
    rules = [traffic_of([restriction(kind, 1, 2, via_node=3)]) for kind in ("no_left_turn", "no_right_turn")]
    assert len({streets_fingerprint(streets, None), *(streets_fingerprint(streets, rule) for rule in rules)}) == 3
