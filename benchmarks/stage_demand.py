"""Snapping a million doors, and counting who is covered, beside shapely and geopandas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.measures.coverage import coverage_table
from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, Snaps, snap_places
from access92.study.schemas import TOTAL
from access92.travel.nearest import nearest_service
from benchmarks.measures import OURS, Contender, Options, Row, Section, race, under
from benchmarks.synthetic import make_grid_streets, scatter_points

SERVICES = 100
THRESHOLDS_MIN = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)
_AREAS = 36
_MAX_SNAP_M = 300.0
_SEED = 11
_SAMPLE = 20  # geopandas is given one point in so many
_UNREACHED_SHARE = 0.3
_MILLION = 1_000_000


def measure(options: Options) -> Section:
    """A million points: their streets, then the coverage of 100 services at 7 thresholds."""
    count = _MILLION // 20 if options.quick else _MILLION
    if options.node_counts and max(options.node_counts) < _MILLION // 100:
        count = max(options.node_counts)
    rows = _snapping(count, min(options.node_counts), options)
    rows += _coverage(count, options)
    remarks = [
        f"Points à moins de 50 m d'une rue, limite {_MAX_SNAP_M:g} m ; matrice tirée au sort (float32, "
        f"{100 * _UNREACHED_SHARE:g} % de NaN), {_AREAS} communes.",
        "sjoin_nearest donne une ligne par rue à égale distance : la première est retenue pour comparer.",
    ]
    return Section("Population : accrochage et couverture", rows, remarks)


def _snapping(count: int, nodes: int, options: Options) -> list[Row]:
    streets = make_grid_streets(nodes)
    network = build_network(streets, read_modes()["walk"])
    doors = scatter_points(streets, count)
    lines = streets.geometry.to_numpy()[network.street_row]
    points = doors.to_numpy()

    def by_tree() -> np.ndarray:
        tree = shapely.STRtree(lines)
        found, distance_m = tree.query_nearest(
            points, max_distance=_MAX_SNAP_M, return_distance=True, all_matches=False
        )
        snapped = np.full(len(points), np.nan)
        snapped[found[0]] = distance_m
        _along(lines[found[1]], points[found[0]])
        return snapped

    def by_geopandas() -> np.ndarray:
        left = gpd.GeoDataFrame(geometry=doors.iloc[::_SAMPLE].reset_index(drop=True))
        right = gpd.GeoDataFrame(geometry=gpd.GeoSeries(lines, crs=streets.crs))
        joined = gpd.sjoin_nearest(left, right, max_distance=_MAX_SNAP_M, how="left", distance_col="snap_m")
        distance_m: np.ndarray = joined.groupby(level=0)["snap_m"].first().to_numpy()
        return distance_m

    label = f"accrocher {count:,} points à {len(lines):,} rues".replace(",", " ")
    return race(
        label,
        [
            Contender(OURS, lambda: snap_places(doors, streets, network, max_snap_m=_MAX_SNAP_M), note="index compris"),
            Contender("shapely STRtree", by_tree, _snap_difference, repeats=3, note="arbre et position compris"),
            Contender(
                "geopandas sjoin_nearest", by_geopandas, lambda ours, its: _snap_difference(_every(ours), its),
                scale=_SAMPLE, repeats=3, note=f"un point sur {_SAMPLE}, sans la position sur la rue",
            ),
        ],
        repeats=min(options.repeats, 5),
        unit="s",
        bars={OURS: under(3, words="< 3 s")} if count == _MILLION else None,
    )  # fmt: skip


def _along(lines: np.ndarray, points: np.ndarray) -> np.ndarray:
    shares: np.ndarray = shapely.line_locate_point(lines, points, normalized=True)
    return shares


def _every(snaps: Snaps) -> Snaps:
    return Snaps(street=snaps.street[::_SAMPLE], position=snaps.position[::_SAMPLE], snap_m=snaps.snap_m[::_SAMPLE])


def _snap_difference(ours: Snaps, its: np.ndarray) -> str:
    mine = np.where(ours.street == NOT_SNAPPED, np.nan, ours.snap_m)
    alone = int((np.isnan(mine) ^ np.isnan(its)).sum())
    gap_m = float(np.nanmax(np.abs(mine - its)))
    return f"écart max {gap_m:.0e} m" + (f" ; {alone} points par un seul" if alone else "")


def _coverage(count: int, options: Options) -> list[Row]:
    rng = np.random.default_rng(_SEED)
    minutes = rng.uniform(0, 80, size=(SERVICES, count)).astype(np.float32)
    minutes[rng.random(minutes.shape, dtype=np.float32) < _UNREACHED_SHARE] = np.nan
    people = rng.integers(0, 9, size=count).astype(float)
    area = np.array([f"920{number:02}" for number in range(_AREAS)])[np.sort(rng.integers(_AREAS, size=count))]
    demand = pd.DataFrame({"area_id": area, "population": people})
    nobody = np.zeros(count, dtype=bool)
    rows = np.arange(SERVICES)

    def ours() -> pd.DataFrame:
        nearest_min, _ = nearest_service(minutes, rows)
        return coverage_table(
            nearest_min, demand, scenario="s", mode="walk", rule="any", thresholds_min=THRESHOLDS_MIN, unsnapped=nobody
        )

    def by_pandas() -> pd.DataFrame:
        nearest_min = np.fmin.reduce(minutes, axis=0)
        parts = {
            limit: demand.loc[nearest_min < np.float32(limit)].groupby("area_id")["population"].sum()
            for limit in THRESHOLDS_MIN
        }
        return pd.DataFrame(parts)

    def told(mine: pd.DataFrame, its: pd.DataFrame) -> str:
        wide = mine[mine["area_id"] != TOTAL].pivot_table(
            index="area_id", columns="threshold_min", values="population_covered"
        )
        gap = float(np.abs(wide.to_numpy() - its.fillna(0).to_numpy()).max())
        return "identique" if gap == 0 else f"écart max {gap:g} habitants"

    label = f"couverture de {count:,} points × {SERVICES} services × {len(THRESHOLDS_MIN)} seuils".replace(",", " ")
    return race(
        label,
        [
            Contender(OURS, ours, note="nearest_service puis coverage_table"),
            Contender("numpy + pandas", by_pandas, told, repeats=3, note="sans le service le plus proche"),
        ],
        repeats=options.repeats,
        unit="s",
        bars={OURS: under(1, words="< 1 s")} if count == _MILLION else None,
    )
