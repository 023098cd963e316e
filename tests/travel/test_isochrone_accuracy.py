"""People on the wrong side of isochrones: inside without being within the threshold, or the other way round."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.sources.streets.read import read_streets
from access92.travel.isochrones import draw_all
from access92.travel.matrix import travel_time_matrix
from access92.travel.nearest import nearest_service
from access92.travel.time_grid import build_time_grid
from tests.random_towns import random_town

MODES = read_modes()
BAR = 0.015
"""Of those covered, service by service and by all services together: docs/method.md."""


def wrong_shares(
    streets: gpd.GeoDataFrame, services: gpd.GeoSeries, homes: gpd.GeoSeries, mode: str, threshold_min: float
) -> np.ndarray:
    """Homes on the wrong side and homes covered, (2, 2): service by service, summed; then by all together."""
    network = build_network(streets, MODES[mode])
    snaps = snap_places(services, streets, network, max_snap_m=300.0)
    home_snaps = snap_places(homes, streets, network, max_snap_m=300.0)
    minutes = travel_time_matrix(network, snaps, home_snaps, cutoff_min=2 * threshold_min)
    together, _ = nearest_service(minutes, np.arange(len(services)))
    every = tuple(range(len(services)))
    grid = build_time_grid(streets, network)
    drawn = draw_all(network, grid, snaps, [*((row,) for row in every), every], thresholds_min=[threshold_min])
    x, y = shapely.get_x(homes.to_numpy()), shapely.get_y(homes.to_numpy())

    def count(area: shapely.Geometry, of_homes: np.ndarray) -> tuple[int, int]:
        shapely.prepare(area)
        covered = of_homes < np.float32(threshold_min)
        return int((shapely.contains_xy(area, x, y) != covered).sum()), int(covered.sum())

    each = np.sum([count(drawn[row,][0], minutes[row]) for row in every], axis=0)
    return np.array([each, count(drawn[every][0], together)])


def homes_along(streets: gpd.GeoDataFrame, number: int, rng: np.random.Generator) -> gpd.GeoSeries:
    """Homes 5 to 25 m off the streets, by their length, as buildings stand."""
    lines = streets.geometry.to_numpy()
    length_m = shapely.length(lines)
    line = lines[rng.choice(len(lines), number, p=length_m / length_m.sum())]
    on_street = shapely.line_interpolate_point(line, rng.uniform(0, 1, number), normalized=True)
    angle, away_m = rng.uniform(0, 2 * np.pi, number), rng.uniform(5, 25, number)
    xy = shapely.get_coordinates(on_street) + away_m[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return gpd.GeoSeries(shapely.points(xy), crs=streets.crs)


def test_few_homes_of_random_towns_are_on_the_wrong_side() -> None:
    counts = np.zeros((2, 2))
    for seed in range(8):
        made = random_town(seed, size=8)
        homes = homes_along(made.streets, 2000, np.random.default_rng(seed))
        counts += wrong_shares(made.streets, made.services.geometry, homes, "walk", 8.0)
    assert (counts[:, 0] <= BAR * counts[:, 1]).all()


def test_a_boundary_between_gardens_lies_half_way_wherever_the_cells_lie() -> None:
    missing_less_extra = covered = 0
    for apart_m in range(40, 60):
        # two streets that meet only at their far end: who lives nearer to the second walks round
        ends = [(0, 0), (800, 0), (800, apart_m), (0, apart_m)]
        streets = gpd.GeoDataFrame(
            {"edge_id": list("abc"), "from_node": [0, 1, 2], "to_node": [1, 2, 3], "length_m": [800.0, apart_m, 800.0],
             "highway": "residential", "oneway": "", "maxspeed_kmh": np.nan, "name": ""},
            geometry=[shapely.LineString([ends[at], ends[at + 1]]) for at in range(3)], crs="EPSG:2154",
        )  # fmt: skip
        services = gpd.GeoSeries(shapely.points([(100.0, 0.0)]), crs=streets.crs)
        x, y = np.meshgrid(np.arange(50.0, 150.0, 2), np.arange(5.0, apart_m - 5))
        homes = gpd.GeoSeries(shapely.points(x.ravel(), y.ravel()), crs=streets.crs)
        network = build_network(streets, MODES["walk"])
        snaps, home_snaps = (snap_places(places, streets, network, max_snap_m=300.0) for places in (services, homes))
        minutes = travel_time_matrix(network, snaps, home_snaps, cutoff_min=20.0)[0]
        (area,) = draw_all(
            network, build_time_grid(streets, network), snaps, [(0,)], thresholds_min=[1.5]
        )[0,]  # fmt: skip
        is_covered = minutes < np.float32(1.5)
        missing_less_extra += int(is_covered.sum()) - int(shapely.contains_xy(area, x.ravel(), y.ravel()).sum())
        covered += int(is_covered.sum())
    assert abs(missing_less_extra) <= 0.05 * covered  # 16 % where times are interpolated over such a boundary


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "threshold_min"), [("walk", 20.0), ("bike", 10.0), ("car", 10.0)])
def test_few_homes_of_porto_are_on_the_wrong_side(shared_folder: Path, mode: str, threshold_min: float) -> None:
    streets = read_streets(
        shared_folder / "networks" / "porto.osm.pbf", extent=None, crs=32629, cache_folder=None
    ).streets
    rng = np.random.default_rng(5)
    usable = streets.iloc[build_network(streets, MODES["walk"]).street_row]
    homes, services = homes_along(usable, 20_000, rng), homes_along(usable, 20, rng)
    counts = wrong_shares(streets, services, homes, mode, threshold_min)
    assert (counts[:, 0] <= BAR * counts[:, 1]).all()
