"""The network in the page: packed as it is, linked to and searched as the kernel does, to the millisecond (Node)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from access92.network.access_rules import whole_mm
from access92.network.graph import CLOSED
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED
from access92.travel.router import Router
from access92.travel.time_limits import minutes_to_ms
from tests.door_to_door import door_to_door
from tests.full_towns import full_town
from tests.outputs.maps.network_towns import READ, SCRIPTS, page_content, route
from tests.outputs.node_scripts import needs_node, run_script
from tests.random_towns import random_town

pytestmark = needs_node

_MODES = ("walk", "bike", "car", "walk_wheelchair")
_FAR = 2**31 - 1

_UNPACKED = (
    SCRIPTS
    + READ
    + """
const times = A92.streetTimes(network, null, null), graph = A92.reversedArcs(network, times);
const arcs = [];
for (let v = 0; v < network.nodes; v++)
  for (let a = graph.start[v]; a < graph.start[v + 1]; a++) arcs.push([graph.arcs[2 * a], v, graph.arcs[2 * a + 1]]);
console.log(JSON.stringify({
  x: [...streets.x], y: [...streets.y], first: [...streets.first], length: [...streets.lengthMm],
  forward: [...times.forward], backward: [...times.backward], serves: [...times.serves], used: [...network.used], arcs,
  ends: ["leaveTo", "leaveFrom", "arriveFrom", "arriveTo"].map(name => [...network[name]]),
  ids: input.row.map((_, i) => streets.ids.of(i)), names: input.row.map((_, i) => streets.names(i)),
}));"""
)

_SEARCHED = (
    SCRIPTS
    + READ
    + """
const times = A92.streetTimes(network, null, null), graph = A92.reversedArcs(network, times);
const link = bit => at =>
  A92.linkPlace(index, at[0], at[1], flags, street => (times.serves[street] & bit) > 0, input.reach);
const homes = input.homes.map(link(1)), services = input.services.map(link(2));
const scratch = A92.scratch(network.nodes, input.limit, network.head.typical_arc_ms);
const exits = A92.indexHomes(network, times, homes);
console.log(JSON.stringify({ homes, services,
  rows: services.map(links => [...A92.serviceRow(network, times, graph, exits, links, scratch)]) }));"""
)


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_unpacked_is_what_was_packed(seed: int, mode: str) -> None:
    town = full_town(seed)
    router = route(town.streets, town.demand, read_modes()[mode], traffic=town.traffic)
    content = page_content(router, town.services)
    read = run_script(_UNPACKED, content)
    assert isinstance(read, dict)
    network, rows = router.network, np.array(content["row"])
    lines = router.lines.lines.part(rows)
    assert np.column_stack([read["x"], read["y"]]).tolist() == lines.coordinates.tolist()
    assert read["first"] == lines.offsets.tolist()
    table = town.streets.iloc[rows]
    assert read["ids"] == table["edge_id"].tolist()
    assert read["names"] == table["name"].tolist()
    assert (np.array(read["length"]) / 1000).tolist() == whole_mm(table["length_m"].to_numpy(float)).tolist()
    used = np.array(read["used"])
    assert rows[used].tolist() == network.street_row.tolist()
    assert np.array(read["forward"])[used].tolist() == network.forward_ms.tolist()
    assert np.array(read["backward"])[used].tolist() == network.backward_ms.tolist()
    serves = np.array(read["serves"])[used]
    assert (serves & 1 > 0).tolist() == network.serves_demand.tolist()
    assert (serves & 2 > 0).tolist() == network.serves_services.tolist()
    # nodes have other numbers there: the same graph under one renaming
    number = np.full(network.node_count, -1)
    names = ("leave_to_node", "leave_from_node", "arrive_from_node", "arrive_to_node")
    for of, name in zip(read["ends"], names, strict=True):
        here, there = getattr(network, name), np.array(of)[used]
        assert (number[here[number[here] >= 0]] == there[number[here] >= 0]).all()
        number[here] = there
    heads = np.repeat(np.arange(network.node_count), np.diff(network.arc_start))
    ends_only = (number[network.arcs[:, 0]] >= 0) & (number[heads] >= 0)
    mine = np.column_stack([number[network.arcs[:, 0]], number[heads], network.arcs[:, 1]])[ends_only].tolist()
    assert len(read["arcs"]) == len(heads)
    assert not {tuple(arc) for arc in mine} - {tuple(arc) for arc in read["arcs"]}


def _same_links(read: list[list[dict[str, float]]], router: Router, *, services: bool, town_places: object) -> None:
    snaps = router.snap(town_places) if services else router.demand_snaps
    links = snaps.links()
    for place, found in enumerate(read):
        at = np.flatnonzero((links.place == place) & (links.street != NOT_SNAPPED))
        rows = router.network.street_row[links.street[at]].tolist()
        assert [(item["street"], item["position"], item["metres"]) for item in found] == list(
            zip(rows, links.position[at].tolist(), links.snap_m[at].tolist(), strict=True)
        )


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("seed", range(4))
def test_links_and_times_are_those_of_the_kernel_to_the_bit(seed: int, mode: str) -> None:
    town = full_town(seed, homes=40) if seed < 2 else random_town(seed, size=9, service_count=8, demand_count=60)
    traffic = getattr(town, "traffic", None)
    router = route(town.streets, town.demand, read_modes()[mode], traffic=traffic)
    content = page_content(router, town.services)
    read = run_script(_SEARCHED, content)
    assert isinstance(read, dict)
    rows = np.array(content["row"])
    for key in ("homes", "services"):
        for found in read[key]:
            for item in found:
                item["street"] = int(rows[item["street"]])
    _same_links(read["homes"], router, services=False, town_places=None)
    _same_links(read["services"], router, services=True, town_places=town.services.geometry)
    minutes = door_to_door(
        town.services, town.demand, town.streets, read_modes()[mode], traffic=traffic
    ).minutes  # fmt: skip
    expected = minutes_to_ms(minutes)
    expected = np.where(expected > _FAR, _FAR, expected)
    assert (expected < _FAR).any()
    assert read["rows"] == expected.tolist()


def test_closed_streets_are_closed() -> None:
    assert CLOSED == -1  # as run_map_network.js has it


_WAYS = (
    SCRIPTS
    + READ
    + """
const times = A92.streetTimes(network, null, null), graph = A92.reversedArcs(network, times);
const link = bit => at =>
  A92.linkPlace(index, at[0], at[1], flags, street => (times.serves[street] & bit) > 0, input.reach);
const homes = input.homes.map(link(1)), services = input.services.map(link(2));
const scratch = A92.scratch(network.nodes, input.limit, network.head.typical_arc_ms);
const ground = { network, times, graph, links: homes, scratch, homes: A92.indexHomes(network, times, homes) };
const ways = [];
services.forEach((links, service) => {
  const row = A92.serviceRow(network, times, graph, ground.homes, links, scratch);
  homes.forEach((_, home) => {
    const way = A92.itinerary(ground, links, home, input.limit);
    ways.push({ service, home, ms: row[home], way, clean: scratch.time.every(time => time === A92.FAR),
      lines: way ? way.parts.filter(part => part.street >= 0).map(part => A92.lineOf(streets, part)) : [] });
  });
});
console.log(JSON.stringify({ ways, forward: [...times.forward], backward: [...times.backward] }));"""
)


@pytest.mark.parametrize("mode", ["walk", "car"])
@pytest.mark.parametrize("seed", [1, 5])
def test_an_itinerary_is_a_way_without_a_gap_whose_parts_sum_to_the_time(seed: int, mode: str) -> None:
    town = full_town(seed, homes=20)
    router = route(town.streets, town.demand, read_modes()[mode], traffic=town.traffic)
    read = run_script(_WAYS, page_content(router, town.services))
    assert isinstance(read, dict)
    several = 0
    for item in read["ways"]:
        assert item["clean"]
        if item["ms"] == _FAR:
            assert item["way"] is None
            continue
        parts = item["way"]["parts"]
        assert item["way"]["ms"] == item["ms"] == sum(part["ms"] for part in parts)
        assert [part["kind"] for part in parts if part["kind"] != "street"][:2] == ["access", "egress"]
        streets = [part for part in parts if part["kind"] == "street"]
        several += len(streets) > 3
        for part in streets:  # as long as that share of the street takes in that direction
            along = part["to"] >= part["from"]
            whole = read["forward" if along else "backward"][part["street"]]
            assert part["ms"] == np.rint(abs(part["to"] - part["from"]) * whole) or part["from"] == part["to"]
        for one, other in pairwise(item["lines"]):
            np.testing.assert_allclose(one[-1], other[0], atol=0.02)
    assert several > 20


_REACH = (
    SCRIPTS
    + READ
    + """
const times = A92.streetTimes(network, null, null), graph = A92.reversedArcs(network, times);
const link = bit => at =>
  A92.linkPlace(index, at[0], at[1], flags, street => (times.serves[street] & bit) > 0, input.reach);
const links = input.services.map(link(2))[0], scratch = A92.scratch(network.nodes, input.limit, 1000);
const ground = { network, times, graph, scratch }, seeds = A92.seedsOf(network, times, links), limit = input.under;
const parts = A92.reachedParts(ground, seeds, links, limit);
const clean = scratch.time.every(time => time === A92.FAR);
const none = { first: new Int32Array(network.nodes + 1), home: [], ms: [], onStreet: new Map(), count: 0 };
const checks = [];
for (const street of network.used) for (let share = 0.05; share < 1; share += 0.1) {
  // somebody who stands there, on the street itself
  const stands = [{ street, position: share, metres: 0 }];
  const homes = A92.indexHomes(network, times, [stands]);
  const ms = A92.serviceRow(network, times, graph, homes, links, scratch)[0];
  const drawn = parts.some(part => part[0] === street && part[1] <= share && share <= part[2]);
  if (Math.abs(ms - limit) > 5) checks.push([ms <= limit, drawn]);
}
console.log(JSON.stringify({ clean, checks }));"""
)


@pytest.mark.parametrize(("mode", "under_min"), [("walk", 4.0), ("bike", 3.0)])
def test_the_streets_that_are_drawn_are_those_from_which_one_arrives_in_time(mode: str, under_min: float) -> None:
    town = full_town(7)
    router = route(town.streets, town.demand, read_modes()[mode], traffic=town.traffic)
    read = run_script(_REACH, page_content(router, town.services) | {"under": round(under_min * 60_000)})
    assert isinstance(read, dict)
    assert read["clean"]
    assert {expected for expected, _ in read["checks"]} == {True, False}
    assert [pair for pair in read["checks"] if pair[0] != pair[1]] == []
