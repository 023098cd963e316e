"""Random towns for property tests: crossings on a jittered grid, streets left out, one-way streets, loops.

All places are whole centimetres, as the network reads them: what an oracle measures on them is what the network does.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point

from tests.toy_town import CRS, X0, Y0


@dataclass(frozen=True, slots=True)
class RandomTown:
    """Streets, services and demand in one small square."""

    streets: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame


def random_town(seed: int, *, size: int = 6, service_count: int = 4, demand_count: int = 25) -> RandomTown:
    """A connected-enough town: ``size`` × ``size`` crossings about 120 m apart; places on and off the streets."""
    rng = np.random.default_rng(seed)
    nodes = [(i, j) for j in range(size) for i in range(size)]
    place = {
        node: (
            round(X0 + 120 * node[0] + rng.uniform(-35, 35), 2), round(Y0 + 120 * node[1] + rng.uniform(-35, 35), 2)
        )
        for node in nodes
    }  # fmt: skip
    pairs = [((i, j), (i + 1, j)) for i, j in nodes if i + 1 < size] + [
        ((i, j), (i, j + 1)) for i, j in nodes if j + 1 < size
    ]
    pairs = [pair for pair in pairs if rng.random() > 0.15]
    pairs += [pairs[k] for k in rng.integers(0, len(pairs), 3)]  # parallel streets
    rows = []
    for number, pair in enumerate(pairs):
        a, b = pair if rng.random() < 0.5 else pair[::-1]
        middle = np.round((np.array(place[a]) + place[b]) / 2 + rng.uniform(-20, 20, 2), 2)
        line = LineString([place[a], middle, place[b]])
        oneway = rng.choice(["", "yes", "-1"], p=[0.7, 0.2, 0.1])
        rows.append(
            {
                "edge_id": f"e{number:03}", "from_node": a[0] + 100 * a[1], "to_node": b[0] + 100 * b[1],
                "length_m": line.length, "geometry": line, "highway": "residential", "oneway": oneway,
                "oneway_foot": oneway, "maxspeed_kmh": float(rng.choice([20, 30, 50])), "name": "",
            },
        )  # fmt: skip
    streets = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)

    def places(count: int) -> list[Point]:
        return [
            Point(round(X0 + rng.uniform(-40, 120 * size), 2), round(Y0 + rng.uniform(-40, 120 * size), 2))
            for _ in range(count)
        ]

    services = gpd.GeoDataFrame(
        {"service_id": [f"s{i}" for i in range(service_count)], "name": "x", "kind": "sst"},
        geometry=places(service_count), crs=CRS,
    )  # fmt: skip
    demand = gpd.GeoDataFrame(
        {
            "demand_id": [f"d{i:03}" for i in range(demand_count)],
            "area_id": [f"a{i % 3}" for i in range(demand_count)],
            "population": rng.integers(0, 60, demand_count),
        },
        geometry=places(demand_count),
        crs=CRS,
    )
    return RandomTown(streets, services, demand)


def rugged(town: RandomTown, seed: int) -> RandomTown:
    """The same town with staircases, loose ground, tunnels and a trunk road among its streets."""
    rng = np.random.default_rng([seed, 1])
    count = len(town.streets)
    streets = town.streets.assign(
        highway=rng.choice(["residential", "steps", "trunk", "path"], count, p=[0.72, 0.18, 0.02, 0.08]),
        foot="yes",
        tunnel=rng.choice(["", "yes"], count, p=[0.92, 0.08]),
        surface=rng.choice(["", "gravel"], count, p=[0.88, 0.12]),
    )
    return RandomTown(streets, town.services, town.demand)


def twin_town(seed: int) -> RandomTown:
    """A random town and the same again beside it: two parts of one size, their streets mixed in the table.

    One street joins them, whose edge_id is « bridge »; in one direction only, or both.
    """
    rng = np.random.default_rng([seed, 4])
    town = random_town(seed, size=4, service_count=3, demand_count=20)

    def beside(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return table.assign(geometry=table.geometry.translate(700, 0))

    other = beside(town.streets).assign(
        edge_id="f" + town.streets["edge_id"].str[1:],
        from_node=town.streets["from_node"] + 10_000,
        to_node=town.streets["to_node"] + 10_000,
    )
    start = int(rng.integers(len(town.streets)))
    line = LineString([town.streets.geometry[start].coords[0], other.geometry[start].coords[0]])
    oneway = rng.choice(["", "yes", "-1"])
    bridge = town.streets.iloc[[start]].assign(
        edge_id="bridge", to_node=other["from_node"].iloc[start], length_m=line.length, geometry=[line], oneway=oneway,
        oneway_foot=oneway,
    )  # fmt: skip
    streets = pd.concat([town.streets, other, bridge], ignore_index=True)
    return RandomTown(
        streets.iloc[rng.permutation(len(streets))].reset_index(drop=True),
        pd.concat([town.services, beside(town.services)], ignore_index=True),
        pd.concat([town.demand, beside(town.demand)], ignore_index=True),
    )
