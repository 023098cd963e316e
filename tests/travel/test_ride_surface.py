"""Isochrones of those who ride, on paper: a stop in the middle of a long street, and nodes with times of their own."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from access92.network.graph import Network, build_network
from access92.network.modes import read_modes
from access92.network.snapping import Snaps, snap_places
from access92.travel.isochrones import draw_isochrones
from access92.travel.kernels import UNREACHED
from access92.travel.ride_surface import group_rides
from access92.travel.riding import RideField
from access92.travel.time_grid import TimeGrid, build_time_grid
from tests.toy_town import at, services_at, street, town

MINUTE_MS = 60_000


@pytest.fixture(scope="module")
def long_street() -> tuple[Network, TimeGrid, Snaps, Snaps]:
    """A street of ten blocks east of node 3, a service at node 1, a stop six blocks along the street."""
    streets = town(more=[street("long", 3, 20, {20: (12.0, 0.0)})])
    network = build_network(streets, read_modes()["walk"])
    grid = build_time_grid(streets, network, cell_m=5.0, off_street_m=20.0)
    service, stop = (snap_places(services_at(s=place).geometry, streets, network, max_snap_m=300.0)
                     for place in ((0, 0), (8, 0)))  # fmt: skip
    return network, grid, service, stop


def draw(case: tuple[Network, TimeGrid, Snaps, Snaps], node_min: dict[int, float], stop_min: float) -> shapely.Geometry:
    """The isochrone of four minutes, by times to ride from some nodes (their numbers in the network) and the stop."""
    network, grid, service, stop = case
    node_ms = np.full((1, network.node_count), UNREACHED, dtype=np.int32)
    for node, minutes in node_min.items():
        node_ms[0, node] = round(minutes * MINUTE_MS)
    stop_ms = np.array([[UNREACHED if np.isnan(stop_min) else round(stop_min * MINUTE_MS)]], dtype=np.int32)
    rides = group_rides(RideField(node_ms, stop_ms, stop), np.array([0]))
    (area,) = draw_isochrones(network, grid, service, np.array([0]), thresholds_min=[4.0], rides=rides)
    return area


def test_around_a_stop_in_a_long_street_is_an_island_of_those_who_walk_to_it(
    long_street: tuple[Network, TimeGrid, Snaps, Snaps],
) -> None:
    area = draw(long_street, {}, 1.0)
    for east, is_inside in ((3.8, True), (4.5, False), (5.2, True), (8, True), (10.8, True), (11.2, False)):
        assert area.contains(at(east, 0)) == is_inside, east
    assert not area.contains(at(8, 1))


def test_without_a_ride_in_time_the_drawing_is_that_of_walking(
    long_street: tuple[Network, TimeGrid, Snaps, Snaps],
) -> None:
    network, grid, service, _ = long_street
    (on_foot,) = draw_isochrones(network, grid, service, np.array([0]), thresholds_min=[4.0])
    for minutes in (np.nan, 4.0, 9.0):
        assert draw(long_street, {}, minutes).equals(on_foot)


def test_a_node_with_a_time_of_its_own_lowers_the_streets_that_end_there(
    long_street: tuple[Network, TimeGrid, Snaps, Snaps],
) -> None:
    network = long_street[0]
    drawn = [draw(long_street, {node: 2.5}, np.nan) for node in range(network.node_count)]
    assert (
        sum(area.contains(at(11, 0)) for area in drawn) == 1
    )  # the far end alone brings the east of the street nearer
    assert not any(area.contains(at(8, 0)) for area in drawn)
