"""One size of the growth table: the stages of a run on synthetic streets, timed in the calling process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from access92.measures.coverage import coverage_table
from access92.network.graph import MS_PER_MIN, build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.kernels import reset, search
from access92.travel.matrix import network_scratch, travel_time_matrix
from access92.travel.nearest import nearest_service
from access92.travel.time_grid import build_time_grid
from benchmarks.machine import peak_memory_mb
from benchmarks.synthetic import make_grid_streets, scatter_points

LIMIT_MIN = 30
_AREAS = 36
_THRESHOLDS_MIN = (5.0, 10.0, 15.0, 20.0, 30.0)
_ANY_MIN = 24 * 60

STAGES = {
    "network": "construire le réseau",
    "nearest": "plus proche service de chaque nœud",
    "snap": "accrocher les points",
    "matrix": "matrice services × points",
    "coverage": "couverture",
    "grid": "poser la grille des isochrones",
    "peak": "pic de mémoire",
}
"""Key of an answer → French name."""


def measure_size(nodes: int, *, services: int, doors: int, repeats: int = 3) -> dict[str, float]:
    """Seconds of each stage (least of the repeats: other programs only add), and MB beyond the imports.

    >>> sorted(measure_size(100, services=2, doors=10, repeats=1)) == sorted(STAGES)
    True
    """
    mode = read_modes()["walk"]
    _stages(make_grid_streets(100), 2, 10, 1)  # compiles or loads what is compiled
    start_mb = peak_memory_mb()
    streets = make_grid_streets(nodes)
    seconds = _stages(streets, services, doors, repeats, mode=mode)
    return {**seconds, "peak": peak_memory_mb() - start_mb}


def _stages(streets: Any, services: int, doors: int, repeats: int, *, mode: Any = None) -> dict[str, float]:  # noqa: ANN401
    mode = mode or read_modes()["walk"]
    build_s, network = _timed(lambda: build_network(streets, mode), repeats)
    places = scatter_points(streets, services, seed=1)
    demand_points = scatter_points(streets, doors, seed=2)
    service_snaps = snap_places(places, streets, network, max_snap_m=300)
    snap_s, demand_snaps = _timed(lambda: snap_places(demand_points, streets, network, max_snap_m=300), repeats)
    matrix_s, minutes = _timed(
        lambda: travel_time_matrix(network, service_snaps, demand_snaps, cutoff_min=LIMIT_MIN), repeats
    )
    demand = pd.DataFrame({"area_id": (np.arange(doors) * _AREAS // doors).astype(str), "population": 1.0})
    coverage_s, _ = _timed(lambda: _covered(minutes, demand), repeats)
    limit_ms = _ANY_MIN * MS_PER_MIN
    scratch = network_scratch(network, limit_ms=limit_ms)
    sources = np.linspace(0, network.node_count - 1, services).astype(np.int32)
    zeros = np.zeros(services, dtype=np.int32)

    def nearest() -> None:
        reached = search(network.arc_start, network.arcs, sources, zeros, limit_ms, scratch)
        reset(scratch, reached)

    nearest_s, _ = _timed(nearest, repeats)
    grid_s, _ = _timed(lambda: build_time_grid(streets, network), min(repeats, 3))
    return {
        "network": build_s, "nearest": nearest_s, "snap": snap_s, "matrix": matrix_s, "coverage": coverage_s,
        "grid": grid_s,
    }  # fmt: skip


def _covered(minutes: np.ndarray, demand: pd.DataFrame) -> pd.DataFrame:
    nearest_min, _ = nearest_service(minutes, np.arange(len(minutes)))
    return coverage_table(
        nearest_min, demand, scenario="s", mode="walk", rule="any", thresholds_min=_THRESHOLDS_MIN,
        unsnapped=np.zeros(len(demand), dtype=bool),
    )  # fmt: skip


def _timed(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds = []
    answer = None
    for _ in range(repeats):
        answer = None  # the last answer must not be in memory beside the next one
        begin = time.perf_counter()
        answer = run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), answer
