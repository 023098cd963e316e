"""Search of places for one more service, with the scenario, streets, speeds and population of a finished run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from access92.errors import Fault, InputError, nearest_word
from access92.network.graph import build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.run.results import Results
from access92.scenarios.apply import change_modes, close_streets
from access92.scenarios.chain import resolve_scenario
from access92.siting.greedy import Site, best_sites, fullest_in_cells
from access92.study.model import Scenario, Study
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
    count: int = 3,
    apart_m: float = 3000.0,
    cell_m: float = 300.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> SiteSearch:
    """The places where one more service would bring the largest population under the threshold, by the headline mode.

    Candidates: the most populated demand point of each cell of ``cell_m`` metres, on the streets and at the speeds of
    the scenario: see :func:`access92.siting.greedy.best_sites`.

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
    scenarios = {item.name: item for item in results.scenarios}
    if scenario not in scenarios:
        raise InputError(
            Fault(f"Scénario inconnu : « {scenario} ».", "recherche de lieux", nearest_word(scenario, scenarios))
        )

    # a new service is reached on the streets that the scenario leaves open, at the speeds that it sets
    analysis, demand = results.study.analysis, results.demand
    changes = resolve_scenario(results.study, scenarios[scenario]).changes
    streets = close_streets(results.streets, changes, scenario=scenario)
    reference = LinkReference(results.streets, traffic=results.traffic)
    closed = np.ones(len(results.streets), dtype=bool)
    closed[reference.rows_of(streets)] = False
    mode = change_modes(results.modes, changes, scenario=scenario)[analysis.headline_mode]
    travel_time_min = results.access(scenario, mode.name).travel_time_min

    # one place for each inhabited cell: trying every demand point costs far more for nearly the same places
    candidate_rows = fullest_in_cells(demand, cell_m=cell_m)
    sites = best_sites(
        demand,
        travel_time_min,
        streets,
        build_network(results.streets, mode, traffic=results.traffic, closed=closed if closed.any() else None),
        candidate_rows=candidate_rows,
        area_names=dict(zip(results.areas["area_id"].astype(str), results.areas["name"], strict=True)),
        threshold_min=analysis.threshold_min,
        max_snap_m=analysis.max_snap_m,
        link_radius_m=analysis.link_radius_m,
        reference=reference,
        whole=build_network(results.streets, mode, traffic=results.traffic) if closed.any() else None,
        count=count,
        apart_m=apart_m,
        on_progress=on_progress,
    )
    population = demand["population"].to_numpy(dtype=float)
    return SiteSearch(
        sites=sites,
        study=results.study,
        scenario=scenarios[scenario],
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
