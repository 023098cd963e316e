"""One link a place beside the links of access92, on the streets of ../shared: ``python -m benchmarks.link_comparison``.

One link: the nearest usable street, of whatever sort. Porto: times that a closed staircase or a stricter profile
shortens. Hauts-de-Seine: coverage. Shipped study: time of the matrix.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._space import LINK_RADIUS_M
from access92.network.graph import Network, build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, Snaps, beyond_radius, snap_places
from access92.network.street_index import index_lines, nearest_lines
from access92.sources.areas import read_areas
from access92.sources.population.demand import read_population
from access92.sources.services import read_services
from access92.sources.streets.read import read_streets
from access92.sources.study_streets import read_study_streets
from access92.study.read import read_study
from access92.travel.matrix import index_exits, travel_time_matrix
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
STUDY = ROOT / "data" / "studies" / "sosms.toml"
PORTO, PORTO_CRS = SHARED / "networks" / "porto.osm.pbf", 32629  # UTM zone 29 North
PORTO_BOUNDS = (-8.66, 41.14, -8.58, 41.18)
REAL_92 = SHARED / "networks" / "hauts-de-seine_2021-08.osm.pbf"
SQUARES = SHARED / "facts" / "population_200m_2021.csv"
RADII_M = (0.0, LINK_RADIUS_M, 20.0, 30.0)
SLOWER = ("walk_senior", "walk_stroller", "walk_wheelchair")
_LIMIT_M, _CUTOFF_MIN, _WALK_MIN = 300.0, 60.0, 20.0
_DOORS, _SERVICES, _STAIRCASES = 2000, 20, 10
_FROM_STREETS_M = (3.0, 40.0)  # doors are drawn that far from a street
_PARTS = 4  # of a square, a side
_SEED, _TURNS = 92, 7


@dataclass(frozen=True, slots=True)
class Linking:
    """A way to link places to the streets of a network; ``radius_m`` is None for one link."""

    label: str
    radius_m: float | None

    def snaps(self, places: gpd.GeoSeries, own: LinkReference, network: Network, whole: LinkReference) -> Snaps:
        """The links; ``own``: the streets of the network, ``whole``: those of the study."""
        if self.radius_m is not None:
            return snap_places(
                places, own.streets, network, max_snap_m=_LIMIT_M, radius_m=self.radius_m, reference=whole
            )
        index = index_lines(own.lines.lines.part(network.street_row))
        street, position, snap_m = nearest_lines(index, places.x.to_numpy(), places.y.to_numpy(), limit_m=_LIMIT_M)
        return Snaps(street, position, np.where(street == NOT_SNAPPED, np.nan, snap_m))


LINKINGS = (Linking("one link", None), *(Linking(f"radius {radius_m:g} m", radius_m) for radius_m in RADII_M))


def times(network: Network, services: Snaps, doors: Snaps) -> np.ndarray:
    """Minutes (services × doors), inf where not reached."""
    minutes = travel_time_matrix(network, services, doors, cutoff_min=_CUTOFF_MIN)
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


def porto_rows() -> Iterator[str]:
    """Pairs that get shorter when a staircase is closed, and pairs on which a stricter profile is faster."""
    streets = read_streets(PORTO, extent=shapely.box(*PORTO_BOUNDS), crs=PORTO_CRS).streets
    whole, walk = LinkReference(streets), build_network(streets, read_modes()["walk"])
    places = scatter_doors(streets, walk, _DOORS + _SERVICES, np.random.default_rng(_SEED))
    ends = places.iloc[:_SERVICES], places.iloc[_SERVICES:]

    # the staircases that most doors stand nearest to
    steps = streets["highway"].astype(str).to_numpy() == "steps"
    nearest = walk.street_row[LINKINGS[0].snaps(ends[1], whole, walk, whole).street]
    rows, count = np.unique(nearest[steps[nearest]], return_counts=True)
    closed = [
        LinkReference(streets.drop(index=row).reset_index(drop=True)) for row in rows[np.argsort(-count)][:_STAIRCASES]
    ]
    without = [build_network(own.streets, read_modes()["walk"]) for own in closed]
    slower = {name: build_network(streets, read_modes()[name]) for name in SLOWER}
    for linking in LINKINGS:

        def minutes(own: LinkReference, network: Network, by: Linking = linking) -> np.ndarray:
            return times(network, *(by.snaps(part, own, network, whole) for part in ends))

        adult = minutes(whole, walk)
        shorter = sum(int((minutes(*pair) < adult).sum()) for pair in zip(closed, without, strict=True))
        faster = {name: int((minutes(whole, network) < adult).sum()) for name, network in slower.items()}
        exits = len(index_exits(walk, linking.snaps(ends[1], whole, walk, whole)).demand) / _DOORS
        yield (
            f"Porto, {linking.label}: {shorter} of {adult.size * len(closed)} pairs shortened by closing one of "
            f"{len(closed)} staircases; of {adult.size} pairs faster than the adult: {faster}; {exits:.2f} exits a "
            f"door; mean {adult[np.isfinite(adult)].mean():.3f} min"
        )


def real_rows() -> Iterator[str]:
    """Coverage of the Hauts-de-Seine on real streets by all services in under 20 minutes, with each linking."""
    study = read_study(STUDY)
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    services = services[~(services.geometry.isna() | services.geometry.is_empty)].reset_index(drop=True)
    with tempfile.TemporaryDirectory() as folder:
        streets = read_streets(REAL_92, extent=None, crs=areas.crs, cache_folder=Path(folder)).streets
    whole = LinkReference(streets)
    doors, people = _doors_of_squares(areas)
    adult: dict[str, np.ndarray] = {}
    for name in ("walk", "walk_wheelchair", "bike", "car"):
        network = build_network(streets, read_modes()[name])
        before: np.ndarray | None = None
        for linking in LINKINGS:
            snaps = [linking.snaps(part, whole, network, whole) for part in (services.geometry, doors)]
            matrix = travel_time_matrix(network, *snaps, cutoff_min=_CUTOFF_MIN)
            covered = is_under(nearest_service(matrix, np.arange(len(matrix)))[0], _WALK_MIN)
            before = covered if before is None else before
            row = network.street_row[np.maximum(snaps[1].street, 0)]
            doorless = (snaps[1].street != NOT_SNAPPED) & ~whole.linkable[row]
            exceptions = np.zeros(len(doors), dtype=bool)
            if linking.radius_m is not None:
                exceptions = beyond_radius(
                    doors, snaps[1], streets, network, max_snap_m=_LIMIT_M, radius_m=linking.radius_m, reference=whole
                )
            finite = np.where(np.isnan(matrix), np.inf, matrix)
            faster = ""
            if name == "walk":
                adult[linking.label] = finite
            elif name == "walk_wheelchair":
                faster = (
                    f"; faster than the adult on {int((finite < adult[linking.label]).sum())} of {finite.size} pairs"
                )
            yield (
                f"92, {name}, {linking.label}: {100 * people[covered].sum() / people.sum():.2f} % covered, "
                f"{people[covered & ~before].sum():.0f} persons gained, {people[before & ~covered].sum():.0f} lost; "
                f"shortest link to a tunnel, a fast road or the like: {people[doorless].sum():.0f} persons; not "
                f"linked: {people[snaps[1].street == NOT_SNAPPED].sum():.0f}; beyond their radius: "
                f"{people[exceptions].sum():.0f}{faster}"
            )


def _doors_of_squares(areas: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, np.ndarray]:
    """The centres of the 16 parts of each square of 200 m inside the areas, and a sixteenth of its persons each."""
    table = pd.read_csv(SQUARES)
    step_m = 200 / _PARTS
    offset = (np.indices((_PARTS, _PARTS)).reshape(2, -1) + 0.5) * step_m
    x = table["x_3035"].to_numpy(float)[:, None] + offset[0]
    y = table["y_3035"].to_numpy(float)[:, None] + offset[1]
    doors = gpd.GeoSeries(gpd.points_from_xy(x.ravel(), y.ravel()), crs=3035).to_crs(areas.crs)
    inside = shapely.contains_xy(areas.union_all(), doors.x, doors.y)
    people = np.repeat(table["ind"].to_numpy(float) / _PARTS**2, _PARTS**2)
    return doors[inside].reset_index(drop=True), people[inside]


def study_rows() -> Iterator[str]:
    """Time of the matrix of the shipped study with one link and with the links of access92, in turn."""
    study = read_study(STUDY)
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    services = services[~(services.geometry.isna() | services.geometry.is_empty)].reset_index(drop=True)
    streets = read_study_streets(study, areas, cache_folder=None)
    demand = read_population(study, areas=areas, streets=streets.table, crs=areas.crs).demand
    whole = LinkReference(streets.table)
    for name in study.modes:
        network = build_network(streets.table, read_modes()[name])
        snaps = [
            [linking.snaps(part, whole, network, whole) for part in (services.geometry, demand.geometry)]
            for linking in (LINKINGS[0], Linking("access92", LINK_RADIUS_M))
        ]
        seconds = _in_turn([partial(times, network, *pair) for pair in snaps])
        exits = [len(index_exits(network, pair[1]).demand) / len(demand) for pair in snaps]
        yield (
            f"Shipped study, {name}, {len(services)} services, {len(demand)} points: matrix {1000 * seconds[0]:.0f} ms "
            f"with one link, {1000 * seconds[1]:.0f} ms ({seconds[1] / seconds[0]:.2f} ×); exits a point "
            f"{exits[0]:.2f} and {exits[1]:.2f}"
        )


def _in_turn(contenders: Sequence[Callable[[], object]]) -> list[float]:
    """The least seconds of each, taken in turn."""
    best = [np.inf] * len(contenders)
    for _ in range(_TURNS):
        for number, contender in enumerate(contenders):
            begin = time.perf_counter()
            contender()
            best[number] = min(best[number], time.perf_counter() - begin)
    return [float(value) for value in best]


PARTS: dict[str, Callable[[], Iterable[str]]] = {"porto": porto_rows, "92": real_rows, "study": study_rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rows of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"among {', '.join(PARTS)}")
    for part in parser.parse_args(arguments).parts:
        for row in PARTS[part]():
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
