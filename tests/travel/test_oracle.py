"""Our arrays against two independent answers: a plain-Python Dijkstra, and scipy's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from access92._space import LINK_RADIUS_M
from access92.measures.coverage import coverage_table
from access92.network.access_rules import directed_seconds
from access92.network.graph import build_network
from access92.network.link_reference import LinkReference
from access92.network.linkable import is_linkable
from access92.network.modes import Mode, read_modes
from access92.travel.kernels import UNREACHED, make_scratch, reset, search
from access92.travel.nearest import nearest_service
from tests.door_to_door import door_to_door
from tests.oracle import Street, link_place, minutes_towards, people_covered
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town, rugged

MODES = read_modes()
SEEDS = st.integers(0, 10_000)


def oracle_minutes(
    town: RandomTown, mode: Mode, *, max_snap_m: float, link_radius_m: float = LINK_RADIUS_M
) -> list[list[float]]:
    """The matrix by the oracle, on the streets that the network kept (its component is tested apart)."""
    network = build_network(town.streets, mode)
    forward_s, backward_s = directed_seconds(town.streets, mode)

    def ms(seconds: float) -> int | None:
        return None if np.isnan(seconds) else max(1, round(seconds * 1000))

    streets = [
        Street(
            int(town.streets["from_node"].iloc[row]), int(town.streets["to_node"].iloc[row]),
            town.streets.geometry.iloc[row], ms(forward_s[row]), ms(backward_s[row]),
        )
        for row in network.street_row
    ]  # fmt: skip
    # the streets that each kind of place may be linked to (their reach is tested apart)
    reference = LinkReference(town.streets)
    lines = town.streets.geometry.to_numpy()
    linkable = is_linkable(town.streets.iloc[network.street_row])
    links = []
    for table, serves in ((town.services, network.serves_services), (town.demand, network.serves_demand)):
        numbers = np.flatnonzero(serves)
        linked = [
            link_place(
                place,
                [streets[number] for number in numbers],
                metres_per_ms=mode.access_speed_kmh / 3600,
                max_snap_m=max_snap_m,
                radius_m=link_radius_m,
                reference=lines[reference.open_to_one(mode.family)],
                accessible=lines[reference.open_to_all(mode.family)],
                linkable=linkable[numbers].tolist(),
            )
            for place in table.geometry
        ]
        links.append([[replace(link, street=int(numbers[link.street])) for link in place] for place in linked])
    parking = mode.parking_min
    return [[minute + parking for minute in minutes_towards(service, links[1], streets)] for service in links[0]]


@examples(40)
@given(seed=SEEDS, name=st.sampled_from(["walk", "walk_wheelchair", "car", "bike"]), is_rugged=st.booleans())
def test_the_matrix_is_that_of_the_plain_python_oracle(seed: int, name: str, is_rugged: bool) -> None:
    town = rugged(random_town(seed), seed) if is_rugged else random_town(seed)
    times = door_to_door(
        town.services,
        town.demand,
        town.streets,
        MODES[name],
        cutoff_min=120.0,
        max_snap_m=90.0,
    )
    expected = np.array(oracle_minutes(town, MODES[name], max_snap_m=90.0))
    np.testing.assert_allclose(times.minutes, expected, atol=5e-5, equal_nan=True)


@examples(20)
@given(seed=SEEDS, threshold=st.sampled_from([3.0, 6.0, 9.0]))
def test_the_people_covered_are_those_of_the_oracle(seed: int, threshold: float) -> None:
    town = random_town(seed)
    times = door_to_door(town.services, town.demand, town.streets, MODES["walk"], cutoff_min=60.0, max_snap_m=90.0)
    nearest, _ = nearest_service(times.minutes, np.arange(len(town.services)))
    unsnapped = times.demand_snaps["edge_id"].isna().to_numpy()
    table = coverage_table(
        nearest,
        town.demand,
        scenario="s",
        mode="walk",
        rule="any",
        thresholds_min=[threshold],
        unsnapped=unsnapped,
    )
    total = table[table["area_id"] == "total"].iloc[0]
    expected = people_covered(
        oracle_minutes(town, MODES["walk"], max_snap_m=90.0), list(town.demand["population"]), threshold
    )
    assert total["population_covered"] == expected
    assert total["population"] == town.demand["population"].sum()


@examples(30)
@given(seed=SEEDS, width_ms=st.sampled_from([1, 700, 20_000, 500_000]), limit_min=st.sampled_from([2, 5, 60]))
def test_the_kernel_is_scipy_dijkstra_whatever_its_bucket_width(seed: int, width_ms: int, limit_min: int) -> None:
    network = build_network(random_town(seed).streets, MODES["car"])
    limit_ms = limit_min * 60_000
    scratch = make_scratch(network.node_count, limit_ms=limit_ms, width_ms=width_ms)
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, network.node_count, 3).astype(np.int32)
    head = np.repeat(np.arange(network.node_count), np.diff(network.arc_start))
    order = np.lexsort((network.arcs[:, 1], network.arcs[:, 0], head))
    pairs = np.stack([head, network.arcs[:, 0]])[:, order]
    first = np.append(True, (np.diff(pairs, axis=1) != 0).any(axis=0))  # scipy sums parallel arcs: keep the least
    graph = coo_array(
        (network.arcs[order, 1][first].astype(float), (pairs[0, first], pairs[1, first])),
        shape=(network.node_count, network.node_count),
    ).tocsr()
    for _ in range(2):  # the second search starts from a cleaned scratch
        reached = search(network.arc_start, network.arcs, seeds, np.zeros(3, np.int32), limit_ms, scratch)
        ours = np.where(scratch.time_ms == UNREACHED, np.inf, scratch.time_ms)
        theirs = dijkstra(graph, indices=seeds, min_only=True)
        theirs[theirs > limit_ms] = np.inf
        np.testing.assert_array_equal(ours, theirs)
        assert reached == np.isfinite(theirs).sum()
        reset(scratch, reached)
        assert (scratch.time_ms == UNREACHED).all()
        assert (scratch.bucket == -1).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_search_that_takes_all_its_entries_sweeps_out_those_that_are_outdated(seed: int) -> None:
    network = build_network(random_town(seed).streets, MODES["walk"])
    limit_ms, count = 60 * 60_000, network.node_count
    plenty = make_scratch(count, limit_ms=limit_ms, width_ms=500_000)
    scant = replace(plenty, time_ms=plenty.time_ms.copy(), entries=np.empty(3 * (count + 1), np.int32))
    seeds = np.tile(np.arange(count, dtype=np.int32), 30)  # ever earlier at each node: more seeds than entries
    late_ms = np.arange(len(seeds), 0, -1, dtype=np.int32) * (limit_ms // len(seeds))
    late_ms[-count:] = np.random.default_rng(seed).integers(1, limit_ms, count)
    for scratch in (plenty, scant):
        search(network.arc_start, network.arcs, seeds, late_ms, limit_ms, scratch)
    np.testing.assert_array_equal(scant.time_ms, plenty.time_ms)
    assert (scant.bucket == -1).all()


@pytest.mark.parametrize("seed", range(5))
def test_seeds_may_start_late_and_beyond_the_limit(seed: int) -> None:
    network = build_network(random_town(seed).streets, MODES["walk"])
    scratch = make_scratch(network.node_count, limit_ms=60_000, width_ms=1000)
    reached = search(
        network.arc_start,
        network.arcs,
        np.array([0, 1, 1], np.int32),
        np.array([50_000, 70_000, 59_999], np.int32),
        60_000,
        scratch,
    )
    assert scratch.time_ms[0] <= 50_000
    assert scratch.time_ms[1] <= 59_999
    assert reached >= 2
