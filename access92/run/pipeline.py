"""The order of the steps: inputs, routers, travel times, tables, results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from access92._concurrency import thread_pool
from access92.cache.bound import max_bytes, trim_cache
from access92.measures.access import AccessTables, tabulate_access
from access92.measures.areas import index_areas
from access92.measures.calendars import HourTables
from access92.measures.publics import count_publics, public_notices
from access92.measures.quarters import nearest_quarters, with_street_names
from access92.measures.sensitivity import ScenarioRouter, SensitivityTables, study_sensitivity
from access92.measures.sensitivity.position_draws import with_draw_origins
from access92.measures.tables import ScenarioTables, tabulate_scenarios
from access92.progress import Progress, silent
from access92.run.hours import tabulate_study_hours
from access92.run.notices import advice_notices, choice_notices, collect_notices, read_notices
from access92.run.omissions import study_omissions, unsnapped_places
from access92.run.results import Results, difference_modes
from access92.run.rides import tabulate_study_rides, with_departures
from access92.run.routers import BegunRouters, build_study_routers
from access92.run.study_inputs import StudyInputs, read_inputs
from access92.scenarios.plan import ScenarioPlan
from access92.scenarios.selection import unlocated_services
from access92.sources.served_areas import SERVED_COLUMNS
from access92.study.model import Scenario, Study
from access92.study.notices import Notice
from access92.study.omissions import Omission
from access92.study.read import validated_study
from access92.transit.mode_rides import ModeRides, collect_rides
from access92.travel.cached_isochrones import ModeIsochrones
from access92.travel.cached_times import ModeTimes, NetworkSummary, Provenance
from access92.travel.matrix import TravelTimes, up_to_cutoff
from access92.travel.study_routers import SharedRouter, compute_times, submit_isochrones

_AT_ONCE = 3
_NETWORKS_AT_ONCE = 2
_DRAWN_AT_ONCE = 2


def run_study(
    study: Study,
    *,
    scenarios: Sequence[str] | None = None,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> Results:
    """Everything a study asks for: travel times, coverage, comparison, isochrones.

    Nothing is fetched and nothing is written, but for the cache.

    Parameters
    ----------
    scenarios
        The names to run (in the study's order); all of them by default.
    cache_folder
        Where parsed streets, travel times and isochrones are kept from one run to the next; nowhere by default.

    Raises
    ------
    InputError
        Any input that is refused, before anything is computed on it.
    """
    progress = on_progress or silent
    study = validated_study(study)
    # the cache is trimmed at the end: what this run used since now stays
    began_s, cache_limit_bytes = time.time(), max_bytes()
    chosen = study.choose(scenarios)
    # networks are built while the population is read, which computes on one core
    with thread_pool(1) as early_pool:
        begun = BegunRouters(study, cache_folder, early_pool)
        inputs = read_inputs(study, chosen, cache_folder=cache_folder, on_progress=progress, on_streets=begun.begin)
        study = inputs.study
        routers = build_study_routers(study, inputs, cache_folder, progress, begun=begun)
        # a mode without a street is refused now, as check_study does; known times prove that it has some. Those of all
        # the streets first: networks of a part of them take what they share from theirs
        with thread_pool(_NETWORKS_AT_ONCE) as pool:
            list(pool.map(_check_streets, sorted(routers, key=lambda item: item.router.whole is not None)))

    # several at a time: compiled code, fingerprints and files leave Python free for the others; isochrones are drawn
    # by two routers at a time (each on all cores): one reads, prepares and caches what it draws on one of them only
    with thread_pool(_AT_ONCE) as pool, thread_pool(_DRAWN_AT_ONCE) as drawing_pool:
        mode_times = compute_times(routers, inputs.plan, pool, on_progress=progress)
        # isochrones are those of everybody: none is drawn by a mode by which only a public walks
        mapped = [at for at, shared in enumerate(routers) if shared.router.mode.name in study.modes]
        isochrones = submit_isochrones(
            [routers[at] for at in mapped], [mode_times[at] for at in mapped], inputs.plan, drawing_pool,
            analysis=study.analysis,
        )  # fmt: skip
        times = _index_times(study, routers, mode_times)
        sensitivity = pool.submit(_sensitivity, study, inputs, routers, times, cache_folder)

        # the tables are made in this thread while the pools compute what was submitted
        progress("Couverture")
        tables = _tabulate(study, chosen, inputs, routers, times)
        if study.sensitivity is not None:
            progress("Sensibilité")
        records = (*tables.access.access_records, *tables.access.public_situations)
        rides = tabulate_study_rides(study, inputs, routers, records)
        sensitivity_tables = with_departures(study, inputs, routers, records, rides, sensitivity.result())
        progress("Isochrones")
        mode_isochrones = {at: future.result() for at, future in zip(mapped, isochrones, strict=True)}

    if cache_folder is not None:
        trim_cache(cache_folder, max_bytes=cache_limit_bytes, since_s=began_s)
    return _results(
        study, chosen, inputs, times, tables,
        isochrones=list(mode_isochrones.values()),
        sensitivity=sensitivity_tables,
        rides=rides,
        mode_rides=collect_rides(
            [(item.router, item.scenarios) for item in routers],
            inputs.plan.services.geometry,
        ),
        street_routers=tuple(item for item in routers if item.router.rider is None),
        provenance=_provenance(mode_times, mode_isochrones),
        omissions=study_omissions(study, inputs, unsnapped_places(routers, mode_times, inputs.plan)),
    )  # fmt: skip


def _check_streets(shared: SharedRouter) -> None:
    """Build the network of a router whose times are not known."""
    if shared.router.cached_times is None:
        shared.router.check_streets()


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """The travel times of a run by scenario and mode, and by mode those of the first scenario (the reference)."""

    searched: Mapping[tuple[str, str], TravelTimes]  # as far as they were searched
    up_to_cutoff: Mapping[tuple[str, str], TravelTimes]
    reference: Mapping[str, TravelTimes]  # up to the cut-off
    networks: Mapping[str, NetworkSummary]  # of the reference

    @property
    def changed(self) -> dict[tuple[str, str], TravelTimes]:
        """Those of the scenarios whose streets or speeds are not the reference's."""
        return {key: item for key, item in self.up_to_cutoff.items() if item is not self.reference[key[1]]}


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """The tables of a run that follow from its travel times."""

    access: AccessTables
    changes: ScenarioTables
    hours: HourTables


def _index_times(study: Study, routers: Sequence[SharedRouter], mode_times: Sequence[ModeTimes]) -> _Times:
    """The times of each router under each scenario that shares it."""
    reference = next(name for shared in routers for name in shared.scenarios)
    searched: dict[tuple[str, str], TravelTimes] = {}
    until_cutoff: dict[tuple[str, str], TravelTimes] = {}
    networks: dict[str, NetworkSummary] = {}
    for shared, item in zip(routers, mode_times, strict=True):
        mode = shared.router.mode.name
        # commitments, curve and sensitivity ask beyond the cut-off; every other table says no time beyond it
        cut = up_to_cutoff(item.times, study.analysis.cutoff_min)
        for scenario in shared.scenarios:
            searched[scenario, mode], until_cutoff[scenario, mode] = item.times, cut
        if reference in shared.scenarios:
            networks[mode] = item.network
    by_mode = {mode: until_cutoff[reference, mode] for mode in networks}
    return _Times(searched, until_cutoff, by_mode, networks)


def _tabulate(
    study: Study, scenarios: Sequence[Scenario], inputs: StudyInputs, routers: Sequence[SharedRouter], times: _Times
) -> _Tables:
    """Coverage of each scenario, what the scenarios change, and the hours where the study has a calendar."""
    services, rows, demand = inputs.plan.services, inputs.plan.rows, inputs.demand
    publics = count_publics(study, inputs.modes)
    area_sums = index_areas(demand, list(inputs.areas["area_id"]))
    access = tabulate_access(
        rows, inputs.plan.kinds, times.up_to_cutoff, services, demand,
        searched=times.searched, areas=area_sums, analysis=study.analysis, scenarios=scenarios, publics=publics,
        quarters=nearest_quarters(demand, inputs.streets.surroundings.features.to_crs(demand.crs), inputs.areas),
    )  # fmt: skip
    changes = tabulate_scenarios(
        study, (*access.access_records, *access.public_situations), times.up_to_cutoff, services, demand, inputs.areas,
        searched=times.searched, area_sums=area_sums, publics=publics,
        difference_modes=difference_modes(study, inputs.modes),
    )  # fmt: skip

    hours = tabulate_study_hours(study, inputs, routers, times.up_to_cutoff, area_sums)
    return _Tables(access, changes, hours)


def _results(  # noqa: PLR0913
    study: Study,
    scenarios: Sequence[Scenario],
    inputs: StudyInputs,
    times: _Times,
    tables: _Tables,
    *,
    isochrones: Sequence[ModeIsochrones],
    sensitivity: SensitivityTables,
    rides: pd.DataFrame,
    mode_rides: tuple[ModeRides, ...],
    street_routers: tuple[SharedRouter, ...],
    provenance: tuple[Provenance, ...],
    omissions: tuple[Omission, ...],
) -> Results:
    """Everything that was computed, with what the report says of the inputs."""
    unlocated = unlocated_services(
        inputs.services, study.analysis.reference_date, counted=inputs.plan.services["service_id"]
    )
    isochrone_table = pd.concat([item.table for item in isochrones], ignore_index=True)
    return Results(
        study=study,
        modes=inputs.modes,
        scenarios=tuple(scenarios),
        origin=inputs.streets.origin,
        areas=_with_population(inputs.areas, inputs.demand),
        demand=inputs.demand,
        services=_describe_services(inputs.plan, times.reference, study.analysis.headline_mode),
        unlocated=unlocated,
        streets=inputs.streets.table,
        water=inputs.streets.water,
        surroundings=inputs.streets.surroundings,
        traffic=inputs.streets.traffic,
        timetable=None if inputs.timetable is None else inputs.timetable.origin,
        networks=times.networks,
        travel_times=times.reference,
        access_records=tables.access.access_records,
        coverage=tables.access.coverage,
        curve=tables.access.curve,
        summary=tables.access.summary,
        comparison=tables.access.comparison,
        pockets=with_street_names(tables.access.pockets, inputs.streets.table, inputs.areas),
        pocket_areas=tables.access.pocket_areas,
        changes=tables.changes,
        hour_tables=tables.hours,
        isochrones=gpd.GeoDataFrame(isochrone_table, geometry="geometry", crs=inputs.areas.crs),
        notices=_notices(study, scenarios, inputs, times, tables, unlocated),
        inputs=inputs.watch.files(),
        provenance=provenance,
        sensitivity=sensitivity,
        rides=rides,
        mode_rides=mode_rides,
        street_routers=street_routers,
        omissions=(*inputs.omissions, *omissions),
        public_situations=tables.access.public_situations,
        scenario_times=times.changed,
    )


def _notices(
    study: Study,
    scenarios: Sequence[Scenario],
    inputs: StudyInputs,
    times: _Times,
    tables: _Tables,
    unlocated: pd.DataFrame,
) -> tuple[Notice, ...]:
    """Everything that the run survived or assumed, in the order of the table of notices."""
    return (
        *advice_notices(study),
        *choice_notices(study, scenarios),
        *read_notices("areas_read", inputs.areas.attrs.get("notices", ())),
        *read_notices("tables_read", inputs.readings),
        *read_notices("streets_read", inputs.streets.notices),
        *inputs.population_notices,
        *inputs.plan.notices,
        *tables.hours.notices,
        *public_notices(study, inputs.modes),
        *collect_notices(
            unlocated=unlocated, services=inputs.plan.services, demand=inputs.demand, modes=inputs.modes,
            networks=times.networks, travel_times=times.reference, areas=inputs.areas, streets=inputs.streets.table,
            threshold_min=study.analysis.threshold_min, max_snap_m=study.analysis.max_snap_m,
        ),
        *tables.changes.notices,
    )  # fmt: skip


def _provenance(mode_times: Sequence[ModeTimes], isochrones: Mapping[int, ModeIsochrones]) -> tuple[Provenance, ...]:
    """Where the times of each router come from, and its isochrones (by position of the router) where it has some."""
    return tuple(
        part.provenance
        for at, times in enumerate(mode_times)
        for part in (times, *((isochrones[at],) if at in isochrones else ()))
    )


def _sensitivity(
    study: Study, inputs: StudyInputs, routers: Sequence[SharedRouter], times: _Times, cache_folder: Path | None
) -> SensitivityTables:
    """How sure the headlines are, by the headline mode; empty tables where the study does not ask."""
    if study.sensitivity is None:
        return SensitivityTables()
    mode = study.analysis.headline_mode
    router_of = {name: item.router for item in routers if item.router.mode.name == mode for name in item.scenarios}
    scenarios = {
        name: ScenarioRouter(router_of[name], times.searched[name, mode].minutes, rows)
        for name, rows in inputs.plan.rows.items()
    }
    # draws are seeded with the places of the file, so that no scenario moves them
    services = with_draw_origins(inputs.plan.services, inputs.services, same_place_m=study.analysis.same_place_m)
    return study_sensitivity(study, scenarios, services, cache_folder=cache_folder)


def _with_population(areas: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas with the population that is counted in them: that of the demand points."""
    population = demand.groupby("area_id", observed=True)["population"].sum()
    return areas.assign(population=areas["area_id"].map(population).fillna(0.0).astype(float))


def _describe_services(plan: ScenarioPlan, times: Mapping[str, TravelTimes], headline_mode: str) -> gpd.GeoDataFrame:
    """The services as used: in which scenarios, and how far from the streets of each mode."""
    services = plan.services
    scenario_names: list[list[str]] = [[] for _ in range(len(services))]
    for scenario, rows in plan.rows.items():
        for row in rows:
            scenario_names[row].append(scenario)
    snaps = {f"snap_m_{mode}": travel.service_snaps["snap_m"].to_numpy() for mode, travel in times.items()}
    return services.drop(columns=[name for name in SERVED_COLUMNS if name in services.columns]).assign(
        scenarios=[";".join(names) for names in scenario_names],
        snap_m=snaps[f"snap_m_{headline_mode}"],
        **snaps,
    )
