"""The routers of a study: one for each mode on each set of streets, however many scenarios share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92._space import LINK_RADIUS_M
from access92.network.lines import SharedLines
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.progress import Progress
from access92.scenarios.plan import ScenarioPlan
from access92.scenarios.selection import rules_of
from access92.sources.study_streets import StudyStreets
from access92.study.model import Analysis
from access92.travel.cache import demand_fingerprint, fewer_streets_key, streets_fingerprint
from access92.travel.cached_isochrones import ModeIsochrones, draw_mode
from access92.travel.cached_times import ModeTimes, time_mode
from access92.travel.riding import Rider
from access92.travel.router import Router, with_demand


@dataclass(frozen=True, slots=True, eq=False)
class SharedRouter:
    """The router of one mode, and the scenarios (in the study's order) that have its streets and speeds."""

    router: Router
    scenarios: Sequence[str]


def build_routers(
    plan: ScenarioPlan,
    modes: Mapping[str, Mode],
    streets: StudyStreets,
    demand: gpd.GeoDataFrame,
    *,
    searched_min: float,
    max_snap_m: float,
    link_radius_m: float = LINK_RADIUS_M,
    riders: Mapping[str, Rider] | None = None,
    cache_folder: Path | None = None,
) -> list[SharedRouter]:
    """The routers of all scenarios, mode after mode; nothing is computed by them yet.

    ``searched_min``: how far times are searched (:attr:`access92.study.model.Study.searched_min`). ``riders``: by
    scenario, where modes ride.
    """
    # a scenario that closes streets has a smaller table: its key follows from that of the whole, without reading it
    # again; tables are told apart by identity, because equal ones are shared
    whole = streets.table
    street_keys = {id(table): "" for table in plan.streets.values()}
    if cache_folder is not None:
        key = streets.key or streets_fingerprint(whole, streets.traffic)
        smaller = {id(table): table for table in plan.streets.values() if table is not whole}
        street_keys = {number: fewer_streets_key(key, whole, table) for number, table in smaller.items()}
        street_keys[id(whole)] = key
    else:
        street_keys[id(whole)] = ""
    shared_lines = {id(table): SharedLines(table.geometry) for table in plan.streets.values()}
    reference = LinkReference(whole, shared_lines.get(id(whole)), streets.traffic)
    demand_key = "" if cache_folder is None else demand_fingerprint(demand)

    def route(table: gpd.GeoDataFrame, mode: Mode, rider: Rider | None) -> Router:
        """The router of a mode on some streets: of two scenarios that have all in common, the same."""
        known = next(
            (item for item in made if item.streets is table and item.mode == mode and item.rider is rider), None
        )
        if known is not None:
            return known
        access = None if rider is None or mode.access_mode is None else route(table, mode.access_mode, None)
        same_ways = next(
            (item for item in made if item.streets is table and item.mode.on_streets == mode.on_streets), None
        )
        router = Router(
            streets=table, streets_key=street_keys[id(table)], water=streets.water, demand=demand,
            demand_key=demand_key, mode=mode, cutoff_min=searched_min, max_snap_m=max_snap_m,
            cache_folder=cache_folder, shared_lines=shared_lines.get(id(table)), reference=reference,
            link_radius_m=link_radius_m, traffic=streets.traffic, same_ways=same_ways, rider=rider,
            access_router=access,
            whole=None if table is whole else route(whole, mode, rider),
        )  # fmt: skip
        made.append(router)
        return router

    # scenarios with the same streets and the same speeds share a router, hence its network, grid and times
    made: list[Router] = []
    routers: list[tuple[Router, list[str]]] = []
    for name in modes:
        for scenario, table in plan.streets.items():
            mode = plan.modes[scenario][name]
            router = route(table, mode, riders[scenario] if riders is not None and mode.rides else None)
            same = [names for other, names in routers if other is router]
            if same:
                same[0].append(scenario)
            else:
                routers.append((router, [scenario]))
    return [SharedRouter(router, tuple(names)) for router, names in routers]


def for_people(
    routers: Sequence[SharedRouter], demand: gpd.GeoDataFrame, *, cache_folder: Path | None
) -> list[SharedRouter]:
    """The same routers for other demand points: what is built of them, and is being built, is theirs too."""
    demand_key = "" if cache_folder is None else demand_fingerprint(demand)
    moved: dict[Router, Router] = {}
    return [
        replace(item, router=with_demand(item.router, demand, demand_key=demand_key, moved=moved)) for item in routers
    ]


def compute_times(
    routers: Sequence[SharedRouter], plan: ScenarioPlan, pool: Executor, *, on_progress: Progress
) -> list[ModeTimes]:
    """The travel times (minutes) of each router, as many routers at a time as the pool takes."""
    reference = next(iter(plan.streets))

    def compute(shared: SharedRouter) -> ModeTimes:
        needed = None if reference in shared.scenarios else _counted_rows(plan, shared.scenarios)
        return time_mode(shared.router, plan.services, needed=needed)

    times = []
    for shared, future in zip(routers, [pool.submit(compute, item) for item in routers], strict=True):
        on_progress(f"Temps de parcours : {shared.router.mode.label.lower()}")
        times.append(future.result())
    return times


def submit_isochrones(
    routers: Sequence[SharedRouter],
    mode_times: Sequence[ModeTimes],
    plan: ScenarioPlan,
    pool: Executor,
    *,
    analysis: Analysis,
) -> list[Future[ModeIsochrones]]:
    """The isochrones of each router, which the pool draws while the caller goes on.

    Those of all the streets first: where some are closed, the isochrones lie in those of the whole, and wait for them.
    """
    reference = next(iter(plan.streets))
    rules = {name: rules_of(plan.services, rows, plan.kinds[name]) for name, rows in plan.rows.items()}

    drawn: dict[Router, Future[ModeIsochrones]] = {}

    def draw(shared: SharedRouter, times: ModeTimes) -> ModeIsochrones:
        whole = None if shared.router.whole is None else drawn.get(shared.router.whole)
        if whole is not None:  # it began before, and the cache holds it then
            wait([whole])
        groups = {
            (scenario, rule): members for scenario in shared.scenarios for rule, members in rules[scenario].items()
        }
        # only the map of the reference by the headline mode shows services one by one
        shows_each = shared.router.mode.name == analysis.headline_mode and reference in shared.scenarios
        single_ids = list(plan.services["service_id"]) if shows_each else ()
        return draw_mode(
            shared.router, times, plan.services.geometry, single_ids=single_ids, groups=groups,
            thresholds_min=analysis.thresholds_min,
        )  # fmt: skip

    for shared, times in sorted(
        zip(routers, mode_times, strict=True), key=lambda item: item[0].router.whole is not None
    ):
        drawn[shared.router] = pool.submit(draw, shared, times)
    return [drawn[shared.router] for shared in routers]


def _counted_rows(plan: ScenarioPlan, scenarios: Sequence[str]) -> np.ndarray:
    """The rows of services that one of the scenarios counts, places of visits included."""
    counted = np.concatenate([plan.rows[scenario] for scenario in scenarios])
    if any(len(plan.visits.get(scenario, ())) for scenario in scenarios):
        places = {place_id for visits in plan.visits.values() for place_id in visits["place_id"]}
        counted = np.append(counted, np.flatnonzero(plan.services["service_id"].isin(places)))
    return np.unique(counted)
