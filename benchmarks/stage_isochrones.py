"""Isochrones: time and accuracy, beside buffers of streets, a concave hull, and Valhalla's isochrone on Porto."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from access92.errors import Access92Error
from access92.network.graph import MS_PER_MIN, Network, build_network
from access92.network.modes import Mode, read_modes
from access92.network.snapping import Snaps, snap_places
from access92.sources.areas import read_areas
from access92.sources.population.demand import read_population
from access92.sources.services import read_services
from access92.sources.streets.read import read_streets
from access92.sources.study_streets import read_study_streets
from access92.study.read import read_study
from access92.travel.isochrones import draw_isochrones
from access92.travel.kernels import reset, search
from access92.travel.matrix import network_scratch, service_seeds, travel_time_matrix
from access92.travel.nearest import nearest_service
from access92.travel.time_grid import TimeGrid, build_time_grid
from benchmarks.measures import OURS, Contender, Options, Row, Section, race, spread_row
from benchmarks.synthetic import scatter_points
from benchmarks.valhalla_engine import Valhalla, build_valhalla

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "studies" / "sosms.toml"
PORTO = ROOT.parent / "shared" / "networks" / "porto.osm.pbf"
_PORTO_CRS = 32629  # UTM zone 29 North
_BARS_MS = {"walk": 10.0, "car": 60.0}
_WRONG_BAR = 1.5  # % of the population
_BUFFER_M = 25.0
_HULL_RATIO = 0.3  # of 0.05 to 0.6 the ratio with the least population on the wrong side
_WALK_MIN = 20.0
_PORTO_SERVICES, _PORTO_DEMAND = 20, 20_000
_SEED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One mode on one set of streets, services and demand points."""

    network: Network
    grid: TimeGrid
    services: Snaps
    demand: np.ndarray  # points
    population: np.ndarray
    minutes: np.ndarray  # services × demand
    lines: np.ndarray  # of the network's streets
    cutoff_min: float


def measure(options: Options) -> Section:
    """The shipped study, every mode; then 20 minutes on foot in Porto, beside peers."""
    rows = _study_rows(options)
    remarks = [
        "Du mauvais côté : dans le contour sans être couvert, ou l'inverse (temps de porte à porte strictement sous "
        "le seuil). « Ensemble » : tous les services, en part de tous les habitants ; « chacun » : services un à un, "
        "en part des habitants couverts, cumulés.",
        f"Tampons : {_BUFFER_M:g} m autour des rues atteintes, coupées où le temps finit. "
        "concave_hull : nœuds atteints, ratio 0,3 (le meilleur de 0,05 à 0,6).",
        "Le temps d'une isochrone d'access92 ne compte pas la grille, posée une fois par réseau (ligne à part).",
    ]
    if PORTO.exists():
        rows += _porto_rows(options, remarks)
    else:
        remarks.append("Porto : ../shared/networks est absent, mesure omise.")
    return Section("Isochrones", rows, remarks)


def _study_rows(options: Options) -> list[Row]:
    study = read_study(STUDY)
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    services = services[~(services.geometry.isna() | services.geometry.is_empty)].reset_index(drop=True)
    streets = read_study_streets(study, areas, cache_folder=options.folder / "cache")
    demand = read_population(study, areas=areas, streets=streets.table, crs=areas.crs).demand
    thresholds = study.analysis.thresholds_min
    rows: list[Row] = []
    for name in study.modes[:1] if options.quick else study.modes:
        begin = time.perf_counter()
        case = _prepare_case(
            read_modes()[name], streets.table, services.geometry, demand.geometry,
            demand["population"].to_numpy(float), cutoff_min=study.analysis.cutoff_min, water=streets.water,
        )  # fmt: skip
        rows.append(
            Row(f"{name} : réseau, matrice et grille de l'étude livrée", OURS, time.perf_counter() - begin, "s")
        )
        rows += _mode_rows(name, case, thresholds, repeats=options.repeats)
    return rows


def _prepare_case(
    mode: Mode,
    streets: gpd.GeoDataFrame,
    services: gpd.GeoSeries,
    demand: gpd.GeoSeries,
    population: np.ndarray,
    *,
    cutoff_min: float,
    water: shapely.Geometry | None = None,
) -> Case:
    network = build_network(streets, mode)
    snaps = snap_places(services, streets, network, max_snap_m=300.0)
    demand_snaps = snap_places(demand, streets, network, max_snap_m=300.0)
    return Case(
        network=network,
        grid=build_time_grid(streets, network, barriers=water),
        services=snaps,
        demand=demand.to_numpy(),
        population=population,
        minutes=travel_time_matrix(network, snaps, demand_snaps, cutoff_min=cutoff_min),
        lines=streets.geometry.to_numpy()[network.street_row],
        cutoff_min=cutoff_min,
    )


def _mode_rows(name: str, case: Case, thresholds: tuple[float, ...], *, repeats: int) -> list[Row]:
    count = len(case.services.street)
    every = np.arange(count)
    drawn = [_draw(case, every[row : row + 1], thresholds) for row in every]
    seconds = np.zeros((repeats, count))
    for turn in range(repeats):
        for row in every:
            begin = time.perf_counter()
            _draw(case, every[row : row + 1], thresholds)
            seconds[turn, row] = time.perf_counter() - begin
    limit_ms = _BARS_MS.get(name, np.inf)
    each = spread_row(
        f"{name} : isochrone d'un service ({len(thresholds)} seuils, {count} services)", OURS,
        np.median(seconds, axis=0) * 1e3, unit="ms",
    )  # fmt: skip
    slowest_ms = float(np.median(seconds, axis=0).max() * 1e3)
    each = replace(each, repeats=repeats, note=f"la plus lente {slowest_ms:.1f} ms".replace(".", ","))
    if name in _BARS_MS:
        each = replace(each, bar=f"< {limit_ms:g} ms", kept=each.median < limit_ms)
    rows = [each]
    rows += race(
        f"{name} : isochrone de tous les services ensemble",
        [Contender(OURS, lambda: _draw(case, every, thresholds))],
        repeats=repeats,
    )  # fmt: skip
    together_min, _ = nearest_service(case.minutes, every)
    together = _draw(case, every, thresholds)
    for at, threshold in enumerate(thresholds):
        whole = 100 * wrong_population(together[at], case, together_min, threshold) / case.population.sum()
        wrong = sum(wrong_population(drawn[row][at], case, case.minutes[row], threshold) for row in every)
        covered = sum(case.population[case.minutes[row] < np.float32(threshold)].sum() for row in every)
        share = 100 * wrong / covered
        task = f"{name} : habitants du mauvais côté à {threshold:g} min"
        bar = f"≤ {_WRONG_BAR:g} %".replace(".", ",")
        rows.append(Row(task, "ensemble", float(whole), "%", bar=bar, kept=bool(whole <= _WRONG_BAR)))
        rows.append(Row(task, "chacun", float(share), "%", bar=bar, kept=bool(share <= _WRONG_BAR)))
    return rows


def _draw(case: Case, rows: np.ndarray, thresholds: tuple[float, ...]) -> list[shapely.MultiPolygon]:
    return draw_isochrones(case.network, case.grid, case.services, rows, thresholds_min=thresholds)


def wrong_population(area: shapely.Geometry, case: Case, minutes: np.ndarray, threshold_min: float) -> float:
    """Population inside the area that is not within the threshold, or the other way round."""
    shapely.prepare(area)
    inside = shapely.contains_xy(area, shapely.get_x(case.demand), shapely.get_y(case.demand))
    return float(case.population[inside != (minutes < np.float32(threshold_min))].sum())


def _porto_rows(options: Options, remarks: list[str]) -> list[Row]:
    streets = read_streets(PORTO, extent=None, crs=_PORTO_CRS, cache_folder=options.folder / "cache").streets
    mode = read_modes()["walk"]
    walkable = streets.iloc[build_network(streets, mode).street_row]
    demand = scatter_points(walkable, _PORTO_DEMAND)
    services = scatter_points(walkable, _PORTO_SERVICES, seed=_SEED)
    case = _prepare_case(mode, streets, services, demand, np.ones(len(demand)), cutoff_min=2 * _WALK_MIN)
    rows, every = np.arange(_PORTO_SERVICES), range(_PORTO_SERVICES)

    def wrong(areas: list[shapely.Geometry]) -> str:
        total = sum(
            wrong_population(area, case, case.minutes[row], _WALK_MIN) for row, area in zip(rows, areas, strict=True)
        )
        covered = float((case.minutes < np.float32(_WALK_MIN)).sum())
        return f"{100 * total / covered:.1f} % du mauvais côté".replace(".", ",")

    def ours() -> list[shapely.Geometry]:
        return [_draw(case, rows[row : row + 1], (_WALK_MIN,))[0] for row in rows]

    def difference(_: object, its: list[shapely.Geometry]) -> str:
        return wrong(its)

    contenders = [
        Contender(OURS, ours),
        Contender("tampons de 25 m, union", lambda: [_buffers(case, at) for at in every], difference, repeats=3),
        Contender("shapely concave_hull", lambda: [_hull(case, at) for at in every], difference, repeats=3),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        try:
            valhalla = build_valhalla(PORTO, Path(folder))
        except Access92Error as error:
            remarks.append(f"Valhalla absent : {error.faults[0].what}")
        else:
            contenders.append(
                Contender(
                    "Valhalla isochrone", lambda: _valhalla_isochrones(valhalla, services, mode),
                    difference, repeats=3, note="programme lancé à chaque demande, démarrage compris",
                ),
            )  # fmt: skip
        raced = race(
            f"Porto : {_PORTO_SERVICES} isochrones de {_WALK_MIN:g} min à pied", contenders, repeats=options.repeats
        )
    return [replace(raced[0], difference=wrong(ours())), *raced[1:]]


def _reached(case: Case, row: int) -> np.ndarray:
    """Milliseconds left at each node for one service, negative where it is not reached."""
    limit_ms = round(_WALK_MIN * MS_PER_MIN)
    scratch = network_scratch(case.network, limit_ms=limit_ms)
    seed_node, seed_ms = service_seeds(case.network, case.services, np.array([row]))
    reached = search(case.network.arc_start, case.network.arcs, seed_node, seed_ms, limit_ms, scratch)
    left = limit_ms - scratch.time_ms.astype(np.int64)
    reset(scratch, reached)
    return left


def _buffers(case: Case, row: int) -> shapely.Geometry:
    """The union of buffers around the reached streets, those reached in part cut (on the straight line)."""
    left = _reached(case, row)
    at_start, at_end = left[case.network.leave_from_node], left[case.network.leave_to_node]
    whole_ms = np.maximum(case.network.forward_ms, case.network.backward_ms)
    whole = np.maximum(at_start, 0) + np.maximum(at_end, 0) >= whole_ms
    lines = [case.lines[whole]]
    for left_ms, from_end in ((at_start, False), (at_end, True)):
        part = np.flatnonzero(~whole & (left_ms > 0))
        share = left_ms[part] / whole_ms[part]
        first = shapely.line_interpolate_point(case.lines[part], 1.0 if from_end else 0.0, normalized=True)
        last = shapely.line_interpolate_point(case.lines[part], 1 - share if from_end else share, normalized=True)
        ends = np.stack([shapely.get_coordinates(first), shapely.get_coordinates(last)], axis=1)
        lines.append(shapely.linestrings(ends))
    return shapely.union_all(shapely.buffer(np.concatenate(lines), _BUFFER_M, quad_segs=2))


def _hull(case: Case, row: int) -> shapely.Geometry:
    near = _reached(case, row) > 0
    points = shapely.multipoints(np.stack([case.network.node_x[near], case.network.node_y[near]], axis=1))
    return shapely.concave_hull(points, ratio=_HULL_RATIO)


def _valhalla_isochrones(valhalla: Valhalla, services: gpd.GeoSeries, mode: Mode) -> list[shapely.Geometry]:
    """Valhalla's polygons of the same minutes, towards the places, projected to metres again."""
    to_metres = pyproj.Transformer.from_crs(4326, services.crs, always_xy=True)
    places = services.to_crs(4326)
    areas = []
    for place in places:
        answer = valhalla.ask(
            "isochrone",
            {
                "locations": [{"lon": place.x, "lat": place.y}],
                "costing": "pedestrian",
                "costing_options": {"pedestrian": {"walking_speed": mode.speed_kmh, "shortest": True}},
                "contours": [{"time": _WALK_MIN}],
                "polygons": True,
                "reverse": True,
                "denoise": 0.0,
                "generalize": 0,
            },
        )
        rings = [shapely.from_geojson(_text(feature["geometry"])) for feature in answer["features"]]
        area = shapely.make_valid(shapely.union_all(rings))
        areas.append(shapely.transform(area, lambda xy: np.column_stack(to_metres.transform(*xy.T))))
    return areas


def _text(geometry: object) -> str:
    return json.dumps(geometry)
