"""The way behind a travel time: its parts follow one another, and add up to the milliseconds of the matrix."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from access92.network.graph import CLOSED, build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.matrix import access_leg_ms, travel_time_matrix
from access92.travel.paths import PathFinder, path_line
from tests.restricted_towns import restricted_town

MODES = read_modes()


@pytest.mark.parametrize("name", ["walk", "bike", "car"])
@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, *range(3, 40)))])
def test_the_pieces_of_a_way_join_up_and_take_the_time_of_the_matrix(seed: int, name: str) -> None:
    restricted, mode = restricted_town(seed), MODES[name]
    town = restricted.town
    network = build_network(town.streets, mode, traffic=restricted.traffic)
    services, demand = (
        snap_places(table.geometry, town.streets, network, max_snap_m=90.0, serving=serving)
        for table, serving in ((town.services, network.serves_services), (town.demand, network.serves_demand))
    )
    minutes = travel_time_matrix(network, services, demand, cutoff_min=300.0)
    lines = town.streets.geometry.to_numpy()[network.street_row]
    finder, homes = PathFinder(network), range(len(town.demand))
    for service in range(len(town.services)):
        paths = finder.paths(demand, homes, services, service, cutoff_min=300.0)
        assert [path is None for path in paths] == np.isnan(minutes[service]).tolist()
        for home, path in zip(homes, paths, strict=True):
            if path is None:
                continue
            assert path.ms == round(float(minutes[service, home]) * 60_000)

            # an independent sum: the share of each street at its own speed, with what is walked off the streets
            ms = 0.0
            for street, enters, leaves in path.pieces:
                whole = network.forward_ms[street] if leaves > enters else network.backward_ms[street]
                assert whole != CLOSED or enters == leaves
                ms += abs(leaves - enters) * max(float(whole), 0.0)
            ms += sum(access_leg_ms(network, np.array(path.access_m))) + mode.parking_min * 60_000
            assert path.ms == pytest.approx(ms, abs=2)  # the first and the last piece are rounded
            for (before, _, ends), (after, begins, _) in pairwise(path.pieces):
                joint = [
                    lines[street].interpolate(at, normalized=True) for street, at in ((before, ends), (after, begins))
                ]
                assert joint[0].distance(joint[1]) < 1e-6

            line = path_line(path, lines, town.demand.geometry.iloc[home], town.services.geometry.iloc[service])
            assert shapely.Point(line.coords[0]).equals(town.demand.geometry.iloc[home])
            assert shapely.Point(line.coords[-1]).equals(town.services.geometry.iloc[service])
