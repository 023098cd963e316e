"""What private ways change at the doors of a real town: ``python -m benchmarks.private_ways``."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.network.access_rules import directed_access
from access92.network.graph import build_network
from access92.network.modes import Mode, read_modes
from access92.network.snapping import snap_places
from access92.sources.streets.read import read_streets
from access92.travel.matrix import travel_time_matrix

TOWN = Path(__file__).resolve().parents[2] / "shared" / "networks" / "stgermain78_overpass.json"
_CRS = 2154
_SEED = 92
_DOORS = 3000
_SERVICES = 10
_OFF_STREET_M = 15.0
_MODES = {"walk": 20.0, "bike": 10.0, "car": 10.0}
"""Minutes of the coverage that is compared, by mode."""


def measure_private_ways(streets: gpd.GeoDataFrame, mode: Mode, threshold_min: float) -> dict[str, float]:
    """Shares (0–1) of doors: with a private way nearest, under a threshold with private ways closed and open.

    Doors are drawn evenly along the residential and service ways, private ones too, and moved off the street at random;
    services along the public ones of both kinds.
    """
    rng = np.random.default_rng(_SEED)
    forward_s, backward_s, private = directed_access(streets, mode)
    usable = np.isfinite(forward_s) | np.isfinite(backward_s)
    of_homes = usable & streets["highway"].isin(["residential", "living_street", "service", "unclassified"]).to_numpy()
    doors = _points(streets, of_homes, _DOORS, rng)
    services = _points(streets, of_homes & ~private, _SERVICES, rng)
    index = shapely.STRtree(streets.geometry.to_numpy()[usable])
    nearest = index.query_nearest(doors.to_numpy(), all_matches=False)[1]

    covered = []
    for table in (streets[~private | ~usable].reset_index(drop=True), streets):
        network = build_network(table, mode)
        ends, starts = (
            snap_places(places, table, network, max_snap_m=300.0, serving=serving)
            for places, serving in ((services, network.serves_services), (doors, network.serves_demand))
        )
        minutes = travel_time_matrix(network, ends, starts, cutoff_min=60.0)
        covered.append(float((np.nan_to_num(minutes, nan=np.inf).min(axis=0) < threshold_min).mean()))
    return {
        "private_nearest": float(private[usable][nearest].mean()),
        "covered_closed": covered[0],
        "covered_open": covered[1],
    }


def _points(streets: gpd.GeoDataFrame, among: np.ndarray, count: int, rng: np.random.Generator) -> gpd.GeoSeries:
    """Random places beside some of the streets, by length."""
    rows = np.flatnonzero(among)
    length_m = streets["length_m"].to_numpy(float)[rows]
    lines = streets.geometry.to_numpy()[rng.choice(rows, count, p=length_m / length_m.sum())]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines, rng.random(count), normalized=True))
    return gpd.GeoSeries(shapely.points(xy + rng.uniform(-_OFF_STREET_M, _OFF_STREET_M, xy.shape)), crs=streets.crs)


def main() -> None:
    """Print the shares by mode, in percent."""
    streets = read_streets(TOWN, extent=None, crs=_CRS).streets
    modes = read_modes()
    rows = {name: measure_private_ways(streets, modes[name], threshold_min) for name, threshold_min in _MODES.items()}
    print((100 * pd.DataFrame(rows).T).round(1).to_string())


if __name__ == "__main__":
    main()
