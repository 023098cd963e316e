"""Search of places for one more service, with the scenario, streets, speeds and population of a finished run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd

from access92.errors import Fault, InputError, nearest_word
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.run.results import Results
from access92.scenarios.apply import change_modes, close_streets
from access92.scenarios.chain import resolve_scenario
from access92.scenarios.timetable_chain import chained_timetables
from access92.siting.greedy import Site, best_sites, fullest_in_cells
from access92.sources.study_timetable import read_study_timetable, read_study_timetable_of
from access92.study.model import Scenario, Study
from access92.transit.rider import StudyRider, build_riders
from access92.travel.router import Router
from access92.travel.time_limits import is_under


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """The best places for new services, and the settings of their search.

    ``candidate_count``: how many places were tried; ``population_uncovered``: population at the threshold or beyond
    without any new service.
    """

    sites: tuple[Site, ...]
    study: Study
    scenario: Scenario
    mode: Mode
    apart_m: float
    cell_m: float
    candidate_count: int
    population: float
    population_uncovered: float
    is_demo: bool


def find_sites(
    results: Results,
    *,
    scenario: str,
    mode: str | None = None,
    count: int = 3,
    apart_m: float = 3000.0,
    cell_m: float = 300.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> SiteSearch:
    """The places where one more service would bring the largest population under the threshold, by one mode.

    Candidates: the most populated demand point of each cell of ``cell_m`` metres, on the streets, at the speeds and
    with the vehicles of the scenario: see :func:`access92.siting.greedy.best_sites`. ``mode``: the headline mode by
    default.

    Raises
    ------
    InputError
        A scenario that was not run, a mode that the study does not compute.

    Examples
    --------
    >>> import access92
    >>> study = access92.read_study("data/studies/sosms.toml")
    >>> find_sites(access92.run_study(study), scenario="maillage-2024").sites  # doctest: +SKIP
    (Site(area_id='92044', area_name='Levallois-Perret', lon=2.277367, lat=48.896614, population_gained=83618.0), ...)
    """
    scenarios = {item.name: item for item in results.scenarios}
    if scenario not in scenarios:
        raise InputError(
            Fault(f"Scénario inconnu : « {scenario} ».", "recherche de lieux", nearest_word(scenario, scenarios))
        )
    # one place for each inhabited cell: trying every demand point costs far more for nearly the same places
    demand, threshold_min = results.demand, results.study.analysis.threshold_min
    candidates = demand.iloc[fullest_in_cells(demand, cell_m=cell_m)]
    # a threshold is strict, as everywhere: whoever is exactly at it is uncovered, and only they can be gained
    name = site_mode(results.study, mode)
    uncovered = ~is_under(results.access(scenario, name).travel_time_min, threshold_min)
    router = _router(results, scenarios[scenario], name, demand[uncovered])
    sites = best_sites(
        router, candidates,
        area_names=dict(zip(results.areas["area_id"].astype(str), results.areas["name"], strict=True)),
        threshold_min=threshold_min, count=count, apart_m=apart_m, on_progress=on_progress,
    )  # fmt: skip
    population = demand["population"].to_numpy(dtype=float)
    return SiteSearch(
        sites=sites,
        study=results.study,
        scenario=scenarios[scenario],
        mode=router.mode,
        apart_m=apart_m,
        cell_m=cell_m,
        candidate_count=len(candidates),
        population=float(population.sum()),
        population_uncovered=float(population[uncovered].sum()),
        is_demo=results.origin.is_demo,
    )


def _router(results: Results, scenario: Scenario, mode: str, demand: gpd.GeoDataFrame) -> Router:
    """The router by which a new service of a scenario is reached: open streets, speeds and vehicles are its own."""
    study, streets = results.study, results.streets
    changes = resolve_scenario(study, scenario).changes
    left = close_streets(streets, changes, scenario=scenario.name)
    analysis, by_name = study.analysis, change_modes(results.modes, changes, scenario=scenario.name)
    reference = LinkReference(streets, traffic=results.traffic)
    whole = Router(
        streets=streets, streets_key="", water=None, demand=demand, demand_key="", mode=by_name[mode],
        cutoff_min=analysis.threshold_min, max_snap_m=analysis.max_snap_m, cache_folder=None, reference=reference,
        link_radius_m=analysis.link_radius_m, traffic=results.traffic,
        rider=_rider(results, scenario) if by_name[mode].rides else None,
    )  # fmt: skip
    return whole if len(left) == len(streets) else replace(whole, streets=left, whole=whole)


def _rider(results: Results, scenario: Scenario) -> StudyRider | None:
    """Who rides in a scenario: its timetable is read again, as results do not hold it."""
    study, areas = results.study, results.areas
    timetables = chained_timetables(
        study, (scenario,), read_study_timetable(study, areas), near=areas,
        read_day=lambda day: read_study_timetable_of(study, areas, day),
    )  # fmt: skip
    riders = build_riders(study.transit, {name: item.table for name, item in timetables.items()}) or {}
    return riders.get(scenario.name)


def site_mode(study: Study, mode: str | None) -> str:
    """The mode by which places are compared: the one asked for, else the study's headline mode.

    Raises
    ------
    InputError
        A mode that the study does not compute, with the nearest that it does.

    Examples
    --------
    >>> from access92.study.read import read_study
    >>> site_mode(read_study("data/studies/sosms.toml"), None)
    'walk'
    """
    if mode is None:
        return study.analysis.headline_mode
    if mode not in study.modes:
        fix = nearest_word(mode, study.modes)
        raise InputError(Fault(f"L'étude ne calcule pas le mode « {mode} ».", "recherche de lieux", fix))
    return mode


def site_kind(study: Study, kind: str | None) -> str:
    """The kind of the service to open: the one asked for, else the study's competent kind, else its first.

    Raises
    ------
    InputError
        A kind that the study does not have, with the nearest that it has.

    Examples
    --------
    >>> from access92.study.read import read_study
    >>> site_kind(read_study("data/studies/sosms.toml"), None)
    'sst'
    """
    if kind is None:
        return (study.competent_kind or study.kinds[0]).name
    known = [item.name for item in study.kinds]
    if kind not in known:
        raise InputError(Fault(f"Catégorie inconnue : « {kind} ».", "recherche de lieux", nearest_word(kind, known)))
    return kind
