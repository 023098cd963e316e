"""Whether numba's compiled code is on the disk of this machine, and how to put it there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92 import _statistics
from access92.cache.fingerprints import importers
from access92.cache.kernels import KernelCache, is_kernel, kernel
from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.sources.demo.blocks import Block, StreetPlan, add_node, add_street, cut_block
from access92.travel import isochrones, matrix, nearest, shore, time_grid, water_cells

_LATER = ("access92.transit.", "access92.outputs.")
"""Rooms whose kernels are compiled where they are used: by a study that has a timetable, by the page of a run."""

FIRST_RUN = "Première exécution : compilation du noyau de calcul (une seule fois, environ 10\u202fs)"
"""The message to show while :func:`compile_kernels` is at work."""


def is_compiled() -> bool:
    """Whether the code of a run was compiled by this process, or lies on the disk since an earlier one.

    Looks at the names of files only (some milliseconds); a change of a module, or of numba, is noticed.
    """
    return all(_is_compiled(compiled) for compiled in kernels().values())


def kernels() -> dict[str, Any]:
    """By dotted name every compiled function that any run needs to compute: those of modules that import the decorator.

    Those of public transport are compiled when a study has a timetable, those of pages when one is written.
    """
    names = importers(kernel.__name__, kernel.__module__)
    modules = [import_module(name) for name in names if not name.startswith(_LATER)]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if is_kernel(value)
    }


def compile_kernels() -> None:
    """Compile what a run needs, on a town of four crossings, and store it; a few seconds, once a machine.

    The town goes through the functions that a run calls, so that each kernel is compiled for the very types
    of its arguments.
    """
    streets = _four_crossings()
    network = build_network(streets, read_modes()["walk"])
    places = gpd.GeoSeries(shapely.points([1.0, 20.0, 40.0], 3.0), crs=streets.crs)
    snaps = snap_places(places, streets, network, max_snap_m=100.0)
    minutes = matrix.travel_time_matrix(network, snaps, snaps, cutoff_min=5.0)
    water_cells.cells_near(np.zeros((1, 1), dtype=bool), 1)
    grid = time_grid.build_time_grid(streets, network)
    pond = shore.shore_of(shapely.union_all(shapely.box([10.0, 50.0], 0.0, [20.0, 90.0], [90.0, 5.0])))
    isochrones.draw_isochrones(network, grid, snaps, np.arange(2), thresholds_min=(1.0,), shore=pond)
    nearest_min, _ = nearest.nearest_service(minutes, np.arange(2))
    # out of a table, as in a run: numba compiles apart for arrays that may be written and for those that may not
    population = pd.DataFrame({"population": np.ones(len(places))})["population"].to_numpy(float)
    groups = np.zeros(len(places), dtype=np.int64)
    _statistics.grouped_quantiles(nearest_min, population, groups, 1, [0.5])
    _statistics.grouped_sums(population, groups, groups, (2, 2))
    _cut_a_block()


def _is_compiled(compiled: Any) -> bool:  # noqa: ANN401 - numba has no types
    return bool(compiled.signatures) or not isinstance(compiled._cache, KernelCache) or compiled._cache.is_stored  # noqa: SLF001


def _cut_a_block() -> None:
    """Cut a block of demonstration streets in two, as their growth does."""
    plan = StreetPlan()
    ring = tuple(add_node(plan, x_m, y_m) for x_m, y_m in ((0.0, 0.0), (200.0, 0.0), (200.0, 100.0), (0.0, 100.0)))
    sides = tuple(add_street(plan, ring[at], ring[(at + 1) % 4], "residential") for at in range(4))
    cut_block(plan, Block(ring, sides), shift=0.0, bend=0.0, snap_m=10.0)


def _four_crossings() -> gpd.GeoDataFrame:
    """A square of four streets of 60 m."""
    corners = [(0.0, 0.0), (60.0, 0.0), (60.0, 60.0), (0.0, 60.0)]
    return gpd.GeoDataFrame(
        {
            "edge_id": list("abcd"),
            "from_node": [0, 1, 2, 3],
            "to_node": [1, 2, 3, 0],
            "length_m": 60.0,
            "highway": "residential",
            "oneway": "",
            "maxspeed_kmh": np.nan,
        },
        geometry=[shapely.LineString([corners[i], corners[(i + 1) % 4]]) for i in range(4)],
        crs="EPSG:2154",
    )
