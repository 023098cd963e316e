"""Links of places to streets, one or several, on the real streets of ../shared: ``python -m benchmarks.link_comparison``.

One link (the nearest usable street of any sort) beside those of access92, on Porto and on the Hauts-de-Seine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.network.graph import Network, build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode, read_modes
from access92.network.snapping import LINK_RADIUS_M, NOT_SNAPPED, Snaps, beyond_radius, snap_places
from access92.network.street_index import index_lines, nearest_lines
from access92.sources.streets.read import read_streets
from access92.travel.matrix import index_exits, nearest_service, travel_time_matrix
from access92.travel.time_limits import is_under

NETWORKS = Path(__file__).resolve().parents[2] / "shared" / "networks"
PORTO, PORTO_CRS = NETWORKS / "porto.osm.pbf", 32629  # UTM zone 29 North
PORTO_BOUNDS = (-8.66, 41.14, -8.58, 41.18)
LIMIT_M = 300.0
DOORS, SERVICES, STAIRCASES = 2000, 20, 10
_FROM_STREETS_M = (3.0, 40.0)  # doors are drawn that far from a street
_CUTOFF_MIN = 60.0
_SEED = 92


def one_link(places: gpd.GeoSeries, reference: LinkReference, network: Network, *, limit_m: float = LIMIT_M) -> Snaps:
    """The nearest usable street of each place, whatever street it is, and no other."""
    lines = reference.lines.lines.part(network.street_row)
    x, y = places.x.to_numpy(), places.y.to_numpy()
    street, position, snap_m = nearest_lines(index_lines(lines), x, y, limit_m=limit_m)
    return Snaps(street, position, snap_m)


def times(network: Network, services: Snaps, doors: Snaps, *, cutoff_min: float = _CUTOFF_MIN) -> np.ndarray:
    """Minutes (services × doors), inf where not reached."""
    minutes = travel_time_matrix(network, services, doors, cutoff_min=cutoff_min)
    return np.where(np.isnan(minutes), np.inf, minutes)


def scatter_doors(streets: gpd.GeoDataFrame, network: Network, count: int, rng: np.random.Generator) -> gpd.GeoSeries:
    """Doors beside the streets of a network, drawn by length of street."""
    lines = streets.geometry.to_numpy()[network.street_row]
    length_m = shapely.length(lines)
    row = rng.choice(len(lines), count, p=length_m / length_m.sum())
    at = shapely.line_interpolate_point(lines[row], rng.random(count), normalized=True)
    angle, away_m = rng.uniform(0, 2 * np.pi, count), rng.uniform(*_FROM_STREETS_M, count)
    x, y = shapely.get_x(at) + away_m * np.cos(angle), shapely.get_y(at) + away_m * np.sin(angle)
    return gpd.GeoSeries(shapely.points(x, y), crs=streets.crs)


def porto_rows(radii_m: Sequence[float]) -> list[tuple[str, str]]:
    """Pairs that a closed staircase shortens, and that a wheelchair is faster on; by number of links."""
    streets = read_streets(PORTO, extent=shapely.box(*PORTO_BOUNDS), crs=PORTO_CRS).streets
    modes = read_modes()
    reference = LinkReference(streets)
    walk = build_network(streets, modes["walk"])
    rng = np.random.default_rng(_SEED)
    places = scatter_doors(streets, walk, DOORS + SERVICES, rng)
    services, doors = places.iloc[:SERVICES], places.iloc[SERVICES:]

    # the staircases that most doors stand nearest to
    steps = streets["highway"].astype(str).to_numpy() == "steps"
    nearest = walk.street_row[one_link(doors, reference, walk).street]
    rows, count = np.unique(nearest[steps[nearest]], return_counts=True)
    closed = [streets.drop(index=row).reset_index(drop=True) for row in rows[np.argsort(-count)][:STAIRCASES]]
    result = [("doors whose nearest street is a staircase", str(int(count.sum())))]

    def single(table: gpd.GeoDataFrame, own: LinkReference, network: Network, at: gpd.GeoSeries) -> Snaps:
        return one_link(at, own, network)

    cases = {"one link": single}
    for radius_m in radii_m:
        def several(
            table: gpd.GeoDataFrame, own: LinkReference, network: Network, at: gpd.GeoSeries, r: float = radius_m
        ) -> Snaps:
            return snap_places(at, table, network, max_snap_m=LIMIT_M, reference=reference, radius_m=r)

        cases[f"radius {radius_m:g} m"] = several
    networks = [(table, LinkReference(table), build_network(table, modes["walk"])) for table in closed]
    for label, link in cases.items():
        before = times(walk, *(link(streets, reference, walk, part) for part in (services, doors)))
        shorter = [
            int((times(network, *(link(table, own, network, part) for part in (services, doors))) < before).sum())
            for table, own, network in networks
        ]
        result.append((f"{label}: pairs that closing one of {STAIRCASES} staircases shortens", f"{sum(shorter)} ({shorter})"))
        for name in ("walk_wheelchair", "walk_stroller", "walk_senior"):
            network = build_network(streets, modes[name])
            snaps = [link(streets, reference, network, part) for part in (services, doors)]
            slower = times(network, *snaps)
            beyond = [beyond_radius(part, snap, streets, network, max_snap_m=LIMIT_M, reference=reference,
                                    radius_m=float(label.split()[1])) if label != "one link" else np.zeros(0)
                      for part, snap in zip((services, doors), snaps, strict=True)]
            result.append((f"{label}: pairs on which {name} beats the adult",
                           f"{int((slower < before).sum())} of {slower.size}; doors beyond radius {int(sum(b.sum() for b in beyond))}"))
        exits = index_exits(walk, link(streets, reference, walk, doors))
        result.append((f"{label}: exits a door", f"{len(exits.demand) / DOORS:.2f}; median {np.median(before[np.isfinite(before)]):.3f} min"))
    return result


def main() -> None:
    """Print the rows."""
    for label, value in porto_rows((0.0, 5.0, 10.0, 15.0, 20.0, 30.0)):
        print(f"{label}: {value}", flush=True)


if __name__ == "__main__":
    main()
