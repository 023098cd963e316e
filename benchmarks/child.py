"""One measure in a process of its own, for its peak of memory: ``python -m benchmarks.child TASK key=value…``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.machine import peak_memory_mb

Answer = dict[str, float]


def run_child(task: str, **arguments: object) -> Answer:
    """What the task gives in a new process, with ``peak_mb`` and ``imports_mb``, both in MB.

    Raises
    ------
    RuntimeError
        The process failed; its last words are in the message.
    """
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", task, *(f"{key}={value}" for key, value in arguments.items())],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    if done.returncode != 0:
        message = f"{task}: {done.stderr[-500:]}"
        raise RuntimeError(message)
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def _ours(*, file: str, crs: str, cache: str = "", box: str = "") -> Answer:
    import shapely  # noqa: PLC0415 - imports are timed apart

    from access92.network.graph import build_network  # noqa: PLC0415
    from access92.network.modes import read_modes  # noqa: PLC0415
    from access92.sources.streets.read import read_streets  # noqa: PLC0415

    build_network(_one_square(), read_modes()["walk"])  # compiled code is loaded before the watch starts
    imports_mb = peak_memory_mb()
    extent = shapely.box(*map(float, box.split(","))) if box else None
    begin = time.perf_counter()
    read = read_streets(file, extent=extent, crs=crs, cache_folder=Path(cache) if cache else None)
    read_s = time.perf_counter() - begin
    network = build_network(read.streets, read_modes()["walk"])
    return {
        "read_s": read_s,
        "seconds": time.perf_counter() - begin,
        "km": float(read.streets["length_m"].sum() / 1000),
        "walk_km": network.length_km,
        "streets": len(read.streets),
        "from_cache": float(read.from_cache),
        "imports_mb": imports_mb,
    }


def _one_square() -> Any:  # noqa: ANN401 - a table of streets
    from benchmarks.synthetic import make_grid_streets  # noqa: PLC0415

    return make_grid_streets(100)


def _pyrosm(*, file: str) -> Answer:
    import pyrosm  # noqa: PLC0415 - a peer

    imports_mb = peak_memory_mb()
    begin = time.perf_counter()
    _, edges = pyrosm.OSM(file).get_network(network_type="walking", nodes=True)
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds, "walk_km": float(edges["length"].sum() / 1000), "streets": len(edges),
        "imports_mb": imports_mb,
    }  # fmt: skip


def _gdal(*, file: str, crs: str) -> Answer:
    import pyogrio  # noqa: PLC0415 - a peer

    imports_mb = peak_memory_mb()
    begin = time.perf_counter()
    lines = pyogrio.read_dataframe(file, layer="lines", columns=["highway"], where="highway IS NOT NULL")
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds, "km": float(lines.to_crs(crs).length.sum() / 1000), "streets": len(lines),
        "imports_mb": imports_mb,
    }  # fmt: skip


def _osmnx(*, file: str, crs: str) -> Answer:
    import osmium  # noqa: PLC0415
    import osmnx as ox  # noqa: PLC0415 - a peer

    xml = Path(file + ".osm")
    if not xml.exists():
        with osmium.SimpleWriter(str(xml)) as writer:
            for item in osmium.FileProcessor(file):
                writer.add(item)
    imports_mb = peak_memory_mb()
    begin = time.perf_counter()
    graph = ox.graph_from_xml(xml)
    seconds = time.perf_counter() - begin
    edges = ox.graph_to_gdfs(ox.project_graph(graph, to_crs=crs).to_undirected(), nodes=False)
    return {
        "seconds": seconds, "km": float(edges.length.sum() / 1000), "streets": len(edges), "imports_mb": imports_mb
    }  # fmt: skip


def _grow(*, nodes: str, services: str, doors: str, repeats: str) -> Answer:
    from benchmarks.growth import measure_size  # noqa: PLC0415

    return measure_size(int(nodes), services=int(services), doors=int(doors), repeats=int(repeats))


def _timetable(*, file: str, day: str) -> Answer:
    from datetime import date  # noqa: PLC0415

    from access92.sources.gtfs import FeedDay, read_gtfs  # noqa: PLC0415 - imports are timed apart

    imports_mb = peak_memory_mb()
    begin = time.process_time()
    timetable = read_gtfs([FeedDay(Path(file), "feed")], day=date.fromisoformat(day))
    return {
        "seconds": time.process_time() - begin, "rows": len(timetable), "trips": len(timetable.trips),
        "imports_mb": imports_mb,
    }  # fmt: skip


def _transit(*, origins: str, copies: str, services: str, cache: str) -> Answer:
    from benchmarks.transit_growth import measure_size  # noqa: PLC0415

    return measure_size(int(origins), copies=int(copies), services=int(services), cache=Path(cache))


TASKS: Mapping[str, Callable[..., Answer]] = MappingProxyType(
    {
        "ours": _ours,
        "pyrosm": _pyrosm,
        "gdal": _gdal,
        "osmnx": _osmnx,
        "grow": _grow,
        "timetable": _timetable,
        "transit": _transit,
    }
)


def main() -> None:
    """Run the task and print its answer as JSON, on the last line."""
    warnings.simplefilter("ignore")
    task, *given = sys.argv[1:]
    answer = TASKS[task](**dict(argument.split("=", 1) for argument in given))
    print(json.dumps({**answer, "peak_mb": peak_memory_mb(), "imports_mb": answer.get("imports_mb", np.nan)}))


if __name__ == "__main__":
    main()
