"""The order of the steps, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._clock import Period
from access92._concurrency import thread_pool
from access92.cache.bound import max_bytes, trim_cache
from access92.measures.access import tabulate_access
from access92.measures.areas import index_areas
from access92.measures.calendars import HourTables, tabulate_hours
from access92.measures.publics import all_modes, count_publics, public_notices
from access92.measures.sensitivity import ScenarioRouter, SensitivityTables, study_sensitivity
from access92.measures.sensitivity.position_draws import with_draw_origins
from access92.measures.tables import tabulate_scenarios
from access92.network.modes import Mode
from access92.progress import Progress, silent
from access92.run.inputs import InputWatch, watch_inputs
from access92.run.notices import collect_notices, read_notices
from access92.run.omissions import UnsnappedPlaces, collect_omissions, snap_all, unsnapped_places
from access92.run.results import Results
from access92.scenarios.plan import ScenarioPlan, count_services, plan_scenarios
from access92.scenarios.selection import unlocated_services
from access92.siting.candidates import CandidateTimes, choose_candidates
from access92.sources.areas import read_areas
from access92.sources.opening_hours import opening_intervals
from access92.sources.served_areas import SERVED_COLUMNS
from access92.sources.services import read_services
from access92.sources.study_population import read_study_population
from access92.sources.study_streets import StudyStreets, read_study_streets
from access92.sources.visits import read_calendar_whole
from access92.study.model import Calendar, Scenario, Study
from access92.study.omissions import Omission
from access92.study.read import validated_study
from access92.travel.cached_isochrones import ModeIsochrones
from access92.travel.cached_times import ModeTimes, Provenance
from access92.travel.compilation import FIRST_RUN, compile_kernels, is_compiled
from access92.travel.lazy_matrix import LazyMatrices, place_matrix
from access92.travel.matrix import TravelTimes, up_to_cutoff
from access92.travel.router import Router
from access92.travel.study_routers import SharedRouter, build_routers, compute_times, submit_isochrones

_AT_ONCE = 3


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
    tell = on_progress or silent
    study = validated_study(study)
    began_s, room = time.time(), max_bytes()
    chosen = study.choose(scenarios)
    read = _read_inputs(study, chosen, cache_folder, tell)
    areas, demand, streets, plan = read.areas, read.demand, read.streets, read.plan
    services, rows = plan.services, plan.rows
    shared = _lay_grounds(study, read, cache_folder, tell)
    # a mode without a street is refused now, as check_study does; known times prove that it has some
    for item in shared:
        if item.router.cached_times is None:
            _ = item.router.network
    publics = count_publics(study, read.modes)
    grounds = {(name, item.router.mode.name): item.router for item in shared for name in item.scenarios}
    headline_mode = study.analysis.headline_mode
    # several at a time: compiled code, fingerprints and files leave Python free for the others; grounds are drawn one
    # after the other (each on all cores), so that the tables meanwhile get their share
    with thread_pool(_AT_ONCE) as pool, thread_pool(1) as drawers:
        own_grounds = {name: grounds[chosen[0].name, name] for name in read.modes}
        tried = pool.submit(_candidates, study, demand, areas, own_grounds)
        timed = compute_times(shared, plan, pool, tell=tell)
        # isochrones are those of everybody: none is drawn by a mode by which only a public walks
        shown = [at for at, item in enumerate(shared) if item.router.mode.name in study.modes]
        drawing = submit_isochrones(
            [shared[at] for at in shown], [timed[at] for at in shown], plan, drawers, analysis=study.analysis
        )
        runs = {
            (name, item.router.mode.name): run
            for item, run in zip(shared, timed, strict=True)
            for name in item.scenarios
        }
        # commitments, curve and sensitivity ask beyond the cut-off; every other table tells no time beyond it
        searched = {key: run.times for key, run in runs.items()}
        cut = {id(run): up_to_cutoff(run.times, study.analysis.cutoff_min) for run in timed}
        times = {key: cut[id(run)] for key, run in runs.items()}
        drawn = with_draw_origins(services, read.services, same_place_m=study.analysis.same_place_m)
        varied = pool.submit(_sensitivity, study, plan, drawn, searched, grounds, cache_folder)
        tell("Couverture")
        area_totals = index_areas(demand, list(areas["area_id"]))
        tables = tabulate_access(
            rows,
            plan.kinds,
            times,
            services,
            demand,
            searched=searched,
            areas=area_totals,
            analysis=study.analysis,
            scenarios=chosen,
            publics=publics,
        )
        changes = tabulate_scenarios(
            study, (*tables.access_records, *tables.public_situations), times, services, demand, areas,
            searched=searched, area_sums=area_totals, publics=publics,
        )  # fmt: skip
        hour_tables = HourTables(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), ())
        if study.calendar is not None:
            hour_tables = tabulate_hours(
                study.calendar, services, rows, plan.visits,
                {name: item for (name, mode), item in times.items() if mode == headline_mode}, demand,
                areas=area_totals, analysis=study.analysis,
            )  # fmt: skip
        if study.sensitivity is not None:
            tell("Sensibilité")
        sensitivity = varied.result()
        if study.map.candidates_m > 0:
            tell("Lieux possibles pour un service nouveau")
        candidates = tried.result()
        tell("Isochrones")
        isochrones = [waited.result() for waited in drawing]
    if cache_folder is not None:
        trim_cache(cache_folder, max_bytes=room, since_s=began_s)
    own_times = {name: times[chosen[0].name, name] for name in read.modes}  # on the ground of the first scenario
    networks = {name: runs[chosen[0].name, name].network for name in read.modes}
    unlocated = unlocated_services(read.services, study.analysis.reference_date)
    return Results(
        study=study,
        modes=read.modes,
        scenarios=tuple(chosen),
        origin=streets.origin,
        areas=_peopled(areas, demand),
        demand=demand,
        services=_described(services, rows, own_times, headline_mode),
        unlocated=unlocated,
        streets=streets.table,
        water=streets.water,
        networks=networks,
        travel_times=own_times,
        access_records=tables.access_records,
        coverage=tables.coverage,
        curve=tables.curve,
        summary=tables.summary,
        comparison=tables.comparison,
        pockets=tables.pockets,
        changes=changes,
        hour_tables=hour_tables,
        isochrones=gpd.GeoDataFrame(
            pd.concat([part.table for part in isochrones], ignore_index=True), geometry="geometry", crs=areas.crs
        ),
        notices=(
            *read_notices("areas_read", areas.attrs.get("notices", ())),
            *read_notices("streets_read", streets.notices),
            *read_notices("population_read", read.population_notices),
            *plan.notices,
            *hour_tables.notices,
            *public_notices(study, read.modes),
            *collect_notices(
                unlocated=unlocated, services=services, demand=demand, modes=read.modes, networks=networks,
                travel_times=own_times, areas=areas, streets=streets.table,
                threshold_min=study.analysis.threshold_min, max_snap_m=study.analysis.max_snap_m,
            ),
            *changes.notices,
        ),
        inputs=read.watch.files(),
        provenance=_provenance(timed, dict(zip(shown, isochrones, strict=True))),
        sensitivity=sensitivity,
        candidates=candidates,
        omissions=(*read.omissions, *_omissions(study, read, unsnapped_places(shared, timed, plan))),
        public_situations=tables.public_situations,
        scenario_times={key: item for key, item in times.items() if item is not own_times[key[1]]},
    )  # fmt: skip


def _provenance(timed: Sequence[ModeTimes], drawn: Mapping[int, ModeIsochrones]) -> tuple[Provenance, ...]:
    """Where the times of each ground come from, and its isochrones where they were drawn."""
    return tuple(
        part.provenance for at, times in enumerate(timed) for part in (times, *((drawn[at],) if at in drawn else ()))
    )


def _sensitivity(
    study: Study,
    plan: ScenarioPlan,
    services: gpd.GeoDataFrame,
    times: Mapping[tuple[str, str], TravelTimes],
    grounds: Mapping[tuple[str, str], Router],
    cache_folder: Path | None,
) -> SensitivityTables:
    """How sure the headlines are, by the headline mode; empty tables where the study does not ask."""
    if study.sensitivity is None:
        return SensitivityTables()
    mode = study.analysis.headline_mode
    counted = {
        name: ScenarioRouter(grounds[name, mode], times[name, mode].minutes, rows) for name, rows in plan.rows.items()
    }
    return study_sensitivity(study, counted, services, cache_folder=cache_folder)


def _candidates(
    study: Study, demand: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, grounds: Mapping[str, Router]
) -> CandidateTimes | None:
    """Times from places where a service could be opened, by mode; None where the study asks for none."""
    if study.map.candidates_m <= 0:
        return None
    places = choose_candidates(demand, areas, cell_m=study.map.candidates_m)
    farthest = max(study.analysis.thresholds_min)  # what the page tells of a new service needs no more
    minutes = {name: place_matrix(ground, places.geometry, cutoff_min=farthest) for name, ground in grounds.items()}
    return CandidateTimes(places, LazyMatrices(minutes), farthest)


@dataclass(frozen=True, slots=True)
class StudyCheck:
    """What a study would work with: counts by French name, and what of its inputs would not count."""

    counts: Mapping[str, int]
    omissions: tuple[Omission, ...]
    modes: Mapping[str, Mode]


def check_study(
    study: Study,
    *,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> StudyCheck:
    """How many of everything a study would work with, after all its inputs were checked and its places linked.

    Raises
    ------
    InputError
        Whatever :func:`run_study` would refuse.
    """
    tell = on_progress or silent
    study = validated_study(study)
    read = _read_inputs(study, study.scenarios, cache_folder, tell)
    shared = _lay_grounds(study, read, cache_folder, tell)
    tell("Rattachement aux rues")
    unsnapped = snap_all(shared, read.plan)
    counts = {"zones": len(read.areas), "services connus": len(read.services), "rues": len(read.streets.table)}
    counts["points de population"] = len(read.demand)
    counts["habitants"] = round(float(read.demand["population"].sum()))
    counts |= {
        f"habitants du public {public.name}": round(float(read.demand[public.column].sum()))
        for public in count_publics(study, read.modes)[1:]
    }
    counts |= {f"services du scénario {name}": len(rows) for name, rows in read.plan.rows.items()}
    for item in unsnapped:  # the first of a mode is that of the first scenario
        counts.setdefault(f"carrefours, {read.modes[item.mode].label.lower()}", item.nodes)
    return StudyCheck(counts, (*read.omissions, *_omissions(study, read, unsnapped)), read.modes)


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """All that a study reads, checked."""

    modes: Mapping[str, Mode]
    areas: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    plan: ScenarioPlan
    streets: StudyStreets
    demand: gpd.GeoDataFrame
    population_notices: tuple[str, ...]
    omissions: tuple[Omission, ...]  # of people and halts, by their readers
    watch: InputWatch


def _read_inputs(study: Study, chosen: Sequence[Scenario], cache_folder: Path | None, tell: Progress) -> _Inputs:
    watch = watch_inputs(study)  # before the first of them is read
    modes = all_modes(study, where=f"« {study.name} »")
    tell("Zones et services")
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    area_names = dict(zip(areas["area_id"].astype(str), areas["name"].astype(str), strict=True))
    counted = count_services(study, chosen, services, area_names=area_names, near=areas)
    visits, left_out = None, tuple[Omission, ...]()
    if study.calendar is not None:
        days = Period(study.calendar.first_day, study.calendar.last_day, study.zone)
        file = study.calendar.file
        visits, left_out = read_calendar_whole(
            study.locate(file), crs=areas.crs, near=areas, period=days, where=file.as_posix()
        )
        _check_openings(
            study, study.calendar, counted.services, counted.rows, days, where=study.services.file.as_posix()
        )
    tell("Rues")
    streets = read_study_streets(study, areas, cache_folder=cache_folder)
    plan = plan_scenarios(study, chosen, counted, streets.table, modes, visits, near=areas)
    tell("Population")
    population = read_study_population(study, areas, streets.table, streets_key=streets.key, cache_folder=cache_folder)
    watch.check()
    omissions = (*population.omissions, *left_out)
    return _Inputs(modes, areas, services, plan, streets, population.demand, population.notices, omissions, watch)


def _check_openings(
    study: Study,
    calendar: Calendar,
    services: gpd.GeoDataFrame,
    rows: Mapping[str, np.ndarray],
    days: Period,
    *,
    where: str,
) -> None:
    """Refuse hours of counted services that cannot be read, and moments outside the calendar."""
    counted = services.iloc[np.unique(np.concatenate(list(rows.values())))]
    opening_intervals(
        counted, days, assumed_hours=calendar.assumed_hours, holiday_region=study.analysis.holidays, where=where
    )
    for moment in calendar.moments:
        days.moment(moment)


def _lay_grounds(study: Study, read: _Inputs, cache_folder: Path | None, tell: Progress) -> list[SharedRouter]:
    """The grounds of the study, on which nothing is computed yet; kernels are compiled at the first run."""
    if not is_compiled():
        tell(FIRST_RUN)
        compile_kernels()
    return build_routers(
        read.plan, read.modes, read.streets, read.demand,
        searched_min=study.searched_min, max_snap_m=study.analysis.max_snap_m, cache_folder=cache_folder,
    )  # fmt: skip


def _omissions(study: Study, read: _Inputs, unsnapped: Sequence[UnsnappedPlaces]) -> tuple[Omission, ...]:
    extent = read.areas.geometry.union_all().buffer(study.streets.margin_m)
    return collect_omissions(study, read.services, read.plan, read.demand, read.streets.table, extent, unsnapped)


def _peopled(areas: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas with the population that is counted in them: that of the demand points."""
    counted = demand.groupby("area_id", observed=True)["population"].sum()
    return areas.assign(population=areas["area_id"].map(counted).fillna(0.0).astype(float))


def _described(
    services: gpd.GeoDataFrame,
    rows: Mapping[str, np.ndarray],
    times: Mapping[str, TravelTimes],
    headline_mode: str,
) -> gpd.GeoDataFrame:
    """The services as used: in which scenarios, and how far from the streets of each mode."""
    named: list[list[str]] = [[] for _ in range(len(services))]
    for name, kept in rows.items():
        for row in kept:
            named[row].append(name)
    snaps = {f"snap_m_{mode}": travel.service_snaps["snap_m"].to_numpy() for mode, travel in times.items()}
    return services.drop(columns=[name for name in SERVED_COLUMNS if name in services.columns]).assign(
        scenarios=[";".join(names) for names in named],
        snap_m=snaps[f"snap_m_{headline_mode}"],
        **snaps,
    )
