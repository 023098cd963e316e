"""The order of the steps, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.changes import scenario_services, unlocated_services
from access92.inputs import input_files
from access92.mode_runs import ModeGround, ModeRun, run_mode
from access92.modes import Mode, study_modes
from access92.network import build_network
from access92.notices import collect_notices
from access92.results import Results
from access92.situations import rules_of, tabulate_situations
from access92.sources.areas import read_areas
from access92.sources.population import read_population
from access92.sources.services import read_services
from access92.sources.study_streets import StudyStreets, read_study_streets
from access92.study import Scenario, Study
from access92.travel_cache import streets_fingerprint
from access92.travel_times import TravelTimes

Progress = Callable[[str], None]
"""Told the French name of each step as it begins."""


def run_study(
    study: Study,
    *,
    scenarios: Sequence[str] | None = None,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> Results:
    """Everything a study asks for: travel times, coverage, comparison, catchments.

    Nothing is fetched and nothing is written, but for the cache.

    Parameters
    ----------
    scenarios
        The names to run (in the study's order); all of them by default.
    cache_folder
        Where parsed streets, travel times and catchments are kept from one run to the next; nowhere by default.

    Raises
    ------
    InputError
        Any input that is refused, before anything is computed on it.
    """
    tell = on_progress or (lambda _: None)
    chosen = study.choose(scenarios)
    read = _read_inputs(study, chosen, cache_folder, tell)
    areas, demand, streets = read.areas, read.demand, read.streets
    used = sorted({int(row) for kept in read.scenario_rows.values() for row in kept})
    services = read.services.iloc[used].reset_index(drop=True)
    position = {row: at for at, row in enumerate(used)}
    rows = {
        name: np.array([position[int(row)] for row in kept], dtype=np.int32)
        for name, kept in read.scenario_rows.items()
    }
    kinds = {scenario.name: scenario.kinds for scenario in chosen}
    groups = {
        (name, rule): members
        for name, kept in rows.items()
        for rule, members in rules_of(services, kept, kinds[name]).items()
    }
    runs: dict[str, ModeRun] = {}
    streets_key = "" if cache_folder is None else streets_fingerprint(streets.table)
    for name, mode in read.modes.items():
        tell(f"Temps de parcours et isochrones : {mode.label.lower()}")
        ground = ModeGround(
            streets=streets.table, streets_key=streets_key, water=streets.water, demand=demand, mode=mode,
            cutoff_min=study.analysis.cutoff_min, max_snap_m=study.analysis.max_snap_m, cache_folder=cache_folder,
        )  # fmt: skip
        runs[name] = run_mode(
            ground,
            services,
            alone=list(services["service_id"]) if name == study.analysis.headline_mode else (),
            groups=groups,
            thresholds_min=study.analysis.thresholds_min,
        )
    times = {name: run.times for name, run in runs.items()}
    networks = {name: run.network for name, run in runs.items()}
    tell("Couverture")
    tables = tabulate_situations(
        rows,
        times,
        services,
        demand,
        areas=list(areas["area_id"]),
        analysis=study.analysis,
        scenarios=chosen,
    )
    unlocated = unlocated_services(read.services, study.analysis.reference_date)
    return Results(
        study=study,
        modes=read.modes,
        scenarios=tuple(chosen),
        origin=streets.origin,
        areas=_peopled(areas, demand),
        demand=demand,
        services=_described(services, rows, times, study.analysis.headline_mode),
        unlocated=unlocated,
        streets=streets.table,
        water=streets.water,
        networks=networks,
        travel_times=times,
        situations=tables.situations,
        coverage=tables.coverage,
        curve=tables.curve,
        summary=tables.summary,
        comparison=tables.comparison,
        pockets=tables.pockets,
        catchments=gpd.GeoDataFrame(
            pd.concat([run.catchments for run in runs.values()], ignore_index=True), geometry="geometry", crs=areas.crs
        ),
        notices=collect_notices(
            read=[
                *(("Zones", text) for text in areas.attrs.get("notices", ())),
                *(("Rues", text) for text in streets.notices),
                *(("Population", text) for text in read.population_notices),
            ],
            unlocated=unlocated, services=services, demand=demand, modes=read.modes, networks=networks,
            travel_times=times, areas=areas, streets=streets.table,
            threshold_min=study.analysis.threshold_min, max_snap_m=study.analysis.max_snap_m,
        ),
        inputs=input_files(study),
        provenance=tuple(item for run in runs.values() for item in run.provenance),
    )  # fmt: skip


def check_study(
    study: Study,
    *,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> dict[str, int]:
    """How many of everything a study would work with (French names), after all its inputs were checked.

    Raises
    ------
    InputError
        Whatever :func:`run_study` would refuse.
    """
    read = _read_inputs(study, study.scenarios, cache_folder, on_progress or (lambda _: None))
    counts = {"zones": len(read.areas), "services connus": len(read.services), "rues": len(read.streets.table)}
    counts["points de population"] = len(read.demand)
    counts["habitants"] = round(float(read.demand["population"].sum()))
    counts |= {f"services du scénario {name}": len(rows) for name, rows in read.scenario_rows.items()}
    for mode in read.modes.values():
        counts[f"carrefours, {mode.label.lower()}"] = build_network(read.streets.table, mode).node_count
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """All that a study reads, checked."""

    modes: Mapping[str, Mode]
    areas: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    scenario_rows: Mapping[str, np.ndarray]
    streets: StudyStreets
    demand: gpd.GeoDataFrame
    population_notices: tuple[str, ...]


def _read_inputs(study: Study, chosen: Sequence[Scenario], cache_folder: Path | None, tell: Progress) -> _Inputs:
    modes = study_modes(study.modes, study.mode_settings, where=f"étude « {study.name} »")
    tell("Zones et services")
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    rows = {
        scenario.name: scenario_services(services, scenario, reference_date=study.analysis.reference_date)
        for scenario in chosen
    }
    tell("Rues")
    streets = read_study_streets(study, areas, cache_folder=cache_folder)
    tell("Population")
    demand, notices = read_population(study, areas=areas, streets=streets.table, crs=areas.crs)
    return _Inputs(modes, areas, services, rows, streets, demand, notices)


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
    return services.assign(
        scenarios=[";".join(names) for names in named],
        snap_m=snaps[f"snap_m_{headline_mode}"],
        **snaps,
    )
