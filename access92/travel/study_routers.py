"""The grounds of a study: its streets by mode, each laid once however many scenarios share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92.network.lines import SharedLines
from access92.network.modes import Mode
from access92.progress import Progress
from access92.scenarios.plan import ScenarioPlan
from access92.scenarios.selection import rules_of
from access92.sources.study_streets import StudyStreets
from access92.study.model import Analysis
from access92.travel.cache import demand_fingerprint, fewer_streets_key, streets_fingerprint
from access92.travel.cached_isochrones import ModeIsochrones, draw_mode
from access92.travel.cached_times import ModeTimes, time_mode
from access92.travel.router import Router


@dataclass(frozen=True, slots=True, eq=False)
class SharedRouter:
    """The ground of one mode, and the scenarios (in the study's order) that have its streets and speeds."""

    ground: Router
    scenarios: Sequence[str]


def build_routers(
    plan: ScenarioPlan,
    modes: Mapping[str, Mode],
    streets: StudyStreets,
    demand: gpd.GeoDataFrame,
    *,
    searched_min: float,
    max_snap_m: float,
    cache_folder: Path | None = None,
) -> list[SharedRouter]:
    """The grounds of all scenarios, mode after mode; nothing is computed on them yet.

    ``searched_min``: how far times are searched (:attr:`access92.study.model.Study.searched_min`).
    """
    known = streets.table
    fingerprints = {id(table): "" for table in plan.streets.values()}
    if cache_folder is not None:
        key = streets.key or streets_fingerprint(known)
        fewer = {id(table): table for table in plan.streets.values() if table is not known}
        fingerprints = {name: fewer_streets_key(key, known, table) for name, table in fewer.items()} | {id(known): key}
    shared = {id(table): SharedLines(table.geometry) for table in plan.streets.values()}
    demand_key = "" if cache_folder is None else demand_fingerprint(demand)
    grounds: list[tuple[Router, list[str]]] = []
    for name in modes:
        for scenario, table in plan.streets.items():
            mode = plan.modes[scenario][name]
            same = [names for ground, names in grounds if ground.streets is table and ground.mode == mode]
            if same:
                same[0].append(scenario)
                continue
            ground = Router(
                streets=table, streets_key=fingerprints[id(table)], water=streets.water, demand=demand,
                demand_key=demand_key, mode=mode, cutoff_min=searched_min, max_snap_m=max_snap_m,
                cache_folder=cache_folder, shared_lines=shared[id(table)],
            )  # fmt: skip
            grounds.append((ground, [scenario]))
    return [SharedRouter(ground, tuple(names)) for ground, names in grounds]


def compute_times(
    grounds: Sequence[SharedRouter], plan: ScenarioPlan, pool: Executor, *, tell: Progress
) -> list[ModeTimes]:
    """The travel times of each ground, as many grounds at a time as the pool takes."""
    first = next(iter(plan.streets))

    def timed(shared: SharedRouter) -> ModeTimes:
        needed = None if first in shared.scenarios else _rows_of(plan, shared.scenarios)
        return time_mode(shared.ground, plan.services, needed=needed)

    found = []
    for shared, waited in zip(grounds, [pool.submit(timed, item) for item in grounds], strict=True):
        tell(f"Temps de parcours : {shared.ground.mode.label.lower()}")
        found.append(waited.result())
    return found


def submit_isochrones(
    grounds: Sequence[SharedRouter],
    timed: Sequence[ModeTimes],
    plan: ScenarioPlan,
    pool: Executor,
    *,
    analysis: Analysis,
) -> list[Future[ModeIsochrones]]:
    """The isochrones of each ground, which the pool draws while the caller goes on."""
    first = next(iter(plan.streets))
    rules = {name: rules_of(plan.services, rows, plan.kinds[name]) for name, rows in plan.rows.items()}

    def draw(shared: SharedRouter, times: ModeTimes) -> ModeIsochrones:
        groups = {
            (scenario, rule): members for scenario in shared.scenarios for rule, members in rules[scenario].items()
        }
        shown_alone = shared.ground.mode.name == analysis.headline_mode and first in shared.scenarios
        alone = list(plan.services["service_id"]) if shown_alone else ()
        return draw_mode(shared.ground, times, alone=alone, groups=groups, thresholds_min=analysis.thresholds_min)

    return [pool.submit(draw, shared, times) for shared, times in zip(grounds, timed, strict=True)]


def _rows_of(plan: ScenarioPlan, scenarios: Sequence[str]) -> np.ndarray:
    """The rows of services that some of the scenarios count, places of halts included."""
    counted = np.concatenate([plan.rows[scenario] for scenario in scenarios])
    if any(len(plan.visits.get(scenario, ())) for scenario in scenarios):
        places = {place_id for visits in plan.visits.values() for place_id in visits["place_id"]}
        counted = np.append(counted, np.flatnonzero(plan.services["service_id"].isin(places)))
    return np.unique(counted)
