"""Barriers, gates and signals of random towns against a search that knows none of our arrays."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from access92.network.access_rules import directed_seconds
from access92.network.graph import build_network
from access92.network.modes import Mode, read_modes
from access92.network.snapping import Snaps, snap_places
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from access92.travel.matrix import travel_time_matrix
from tests.oracle import Street, links_of_snaps, minutes_towards
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town

MODES = {name: replace(mode, waits_at_signals=True, signal_s=20.0) for name, mode in read_modes().items()}
SEEDS = st.integers(0, 10_000)


def ruled_nodes(town: RandomTown, seed: int) -> dict[int, str]:
    """Crossings of a town and what stands there: « wall » for all, « gate » (cars: half a minute) or « signals »."""
    lot = random.Random(seed)
    crossings = sorted({*town.streets["from_node"].tolist(), *town.streets["to_node"].tolist()})
    return {node: lot.choice(["wall", "gate", "signals"]) for node in crossings if lot.random() < 0.3}


def as_traffic(town: RandomTown, nodes: dict[int, str]) -> TrafficRules:
    places = {}
    for row in town.streets.itertuples():
        places[row.from_node], places[row.to_node] = row.geometry.coords[0], row.geometry.coords[-1]
    table = pd.DataFrame(
        [
            {
                "node_id": node, "x": places[node][0], "y": places[node][1],
                "barrier": "" if kind == "signals" else kind,
                "highway": "traffic_signals" if kind == "signals" else "",
            }
            for node, kind in nodes.items()
        ],
        columns=["node_id", "x", "y", "barrier", "highway"],
    )  # fmt: skip
    return TrafficRules(table.astype({"node_id": "int64"}), no_traffic_rules().restrictions)


def plain_streets(town: RandomTown, mode: Mode, nodes: dict[int, str]) -> list[Street]:
    """Every street with an end of its own at each wall, and what it takes to come to a gate or to signals."""
    fresh = iter(range(-1, -10_000, -1))
    cost = {"gate": 30_000 if mode.family == "car" else 0, "signals": 20_000, "wall": 0}
    streets = []
    for row, ahead_s, back_s in zip(town.streets.itertuples(), *directed_seconds(town.streets, mode), strict=True):
        start, end = (next(fresh) if nodes.get(node) == "wall" else node for node in (row.from_node, row.to_node))
        arrivals = [(ahead_s, row.to_node), (back_s, row.from_node)]
        ahead, back = (
            None if np.isnan(seconds) else max(1, round(seconds * 1000)) + cost.get(nodes.get(node, ""), 0)
            for seconds, node in arrivals
        )
        streets.append(Street(start, end, row.geometry, ahead, back))
    return streets


@examples(16)
@given(seed=SEEDS, name=st.sampled_from(["walk", "walk_wheelchair", "bike", "car"]))
def test_times_past_walls_gates_and_signals_are_those_of_the_plain_search(seed: int, name: str) -> None:
    mode, town = MODES[name], random_town(seed)
    nodes = ruled_nodes(town, seed)
    network = build_network(town.streets, mode, traffic=as_traffic(town, nodes))
    services, demand = (
        snap_places(table.geometry, town.streets, network, max_snap_m=90.0, serving=serving)
        for table, serving in ((town.services, network.serves_services), (town.demand, network.serves_demand))
    )
    ours = travel_time_matrix(network, services, demand, cutoff_min=300.0)
    streets, speed = plain_streets(town, mode, nodes), mode.access_speed_kmh / 3600
    doors = links_of_snaps(demand, network.street_row, speed)
    theirs = np.array(
        [
            [minute + mode.parking_min for minute in minutes_towards(service, doors, streets)]
            for service in links_of_snaps(services, network.street_row, speed)
        ]
    )
    np.testing.assert_allclose(ours, theirs, atol=5e-5, equal_nan=True)


@examples(8)
@given(seed=SEEDS, name=st.sampled_from(["walk", "car"]))
def test_a_barrier_or_a_signal_more_never_shortens_a_time(seed: int, name: str) -> None:
    mode, town = MODES[name], random_town(seed)
    nodes = ruled_nodes(town, seed)
    fewer = dict(list(nodes.items())[: len(nodes) // 2])
    without, with_all = (
        build_network(town.streets, mode, traffic=as_traffic(town, chosen)) for chosen in (fewer, nodes)
    )

    # from and to the same points of streets that both networks have
    rows = np.intersect1d(without.street_row, with_all.street_row)
    times = []
    for network in (without, with_all):
        street = np.searchsorted(network.street_row, rows).astype(np.int32)
        snaps = Snaps(street=street, position=np.full(len(rows), 0.5), snap_m=np.zeros(len(rows)))
        minutes = travel_time_matrix(network, snaps, snaps, cutoff_min=300.0)
        times.append(np.where(np.isnan(minutes), np.inf, minutes))
    assert (times[0] <= times[1] + 1e-4).all()
