"""Where one more service would help, asked of a finished computation: its scenario, streets, speeds and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from access92.errors import Fault, InputError, nearest_word
from access92.network.graph import build_network
from access92.network.modes import Mode
from access92.run.results import Results
from access92.scenarios.apply import change_modes, close_streets
from access92.scenarios.chain import resolve_scenario
from access92.siting.greedy import Site, best_sites, fullest_in_cells
from access92.study.model import Scenario, Study
from access92.travel.time_limits import is_under


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """The best places, and what they were looked for in.

    ``candidate_count``: how many places were tried; ``population_uncovered``: people at the threshold or beyond in
    the scenario as it is.
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
    count: int = 3,
    apart_m: float = 3000.0,
    cell_m: float = 300.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> SiteSearch:
    """The places where one more service would bring most people under the threshold, by the headline mode.

    Tried: of each inhabited cell of ``cell_m`` metres the place where most people live, against the scenario as it is
    (its closed streets and its speeds too): see :func:`access92.siting.greedy.best_sites`.

    Raises
    ------
    InputError
        A scenario that was not run.

    Examples
    --------
    >>> import access92
    >>> study = access92.read_study("data/studies/sosms.toml")
    >>> find_sites(access92.run_study(study), scenario="maillage-2024").sites  # doctest: +SKIP
    (Site(area_id='92044', area_name='Levallois-Perret', lon=2.277367, lat=48.896614, population_gained=83618.0), ...)
    """
    ran = {item.name: item for item in results.scenarios}
    if scenario not in ran:
        raise InputError(
            Fault(f"Scénario inconnu : « {scenario} ».", "recherche de lieux", nearest_word(scenario, ran))
        )
    analysis, demand = results.study.analysis, results.demand
    changes = resolve_scenario(results.study, ran[scenario]).changes
    streets = close_streets(results.streets, changes, scenario=scenario)
    mode = change_modes(results.modes, changes, scenario=scenario)[analysis.headline_mode]
    travel_time_min = results.access(scenario, mode.name).travel_time_min
    candidate_rows = fullest_in_cells(demand, cell_m=cell_m)
    sites = best_sites(
        demand,
        travel_time_min,
        streets,
        build_network(streets, mode),
        candidate_rows=candidate_rows,
        area_names=dict(zip(results.areas["area_id"].astype(str), results.areas["name"], strict=True)),
        threshold_min=analysis.threshold_min,
        max_snap_m=analysis.max_snap_m,
        count=count,
        apart_m=apart_m,
        on_progress=on_progress,
    )
    population = demand["population"].to_numpy(dtype=float)
    return SiteSearch(
        sites=sites,
        study=results.study,
        scenario=ran[scenario],
        mode=mode,
        apart_m=apart_m,
        cell_m=cell_m,
        candidate_count=len(candidate_rows),
        population=float(population.sum()),
        population_uncovered=float(population[~is_under(travel_time_min, analysis.threshold_min)].sum()),
        is_demo=results.origin.is_demo,
    )


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
