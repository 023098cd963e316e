"""All tables that follow from the access of a run: commitments, ledger, sole providers, next nearest, sectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._space import place_numbers
from access92.measures.access import Access
from access92.measures.areas import AreaSums
from access92.measures.commitments import NO_STEP, commitment_summary, commitment_table, empty_steps, first_step
from access92.measures.ledger import Reach, changed_points, ledger_table, nearest_ids
from access92.measures.providers import next_nearest_table, sole_providers
from access92.measures.publics import CountedPublic
from access92.measures.sectors import find_sectors, sector_notices, sector_table
from access92.scenarios.chain import resolve_scenario
from access92.study.changes import RemoveService
from access92.study.model import Analysis, Study
from access92.study.notices import Notice
from access92.study.schemas import ANY, EVERYBODY
from access92.travel.matrix import TravelTimes
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under

SHARED_CLOSURE_COLUMNS = ("scenario", "mode", "service_id", "remains", "population_place")
"""A service that a scenario removes, those (« A;B ») that remain at its place, and the people who would lose cover if
they closed too."""


@dataclass(frozen=True, slots=True)
class ScenarioTables:
    """The tables that compare scenarios (columns: see ``commitments``, ``ledger``, ``providers`` and ``sectors``).

    ``ledger`` and ``changed`` compare each scenario with the first, by mode at the study's threshold (rule ``any``)
    and by commitment; the ledger and the commitments are by public, each by its own modes; ``sole`` and
    ``next_nearest`` are by the headline mode; ``shared_closures``: columns SHARED_CLOSURE_COLUMNS; ``notices``: what
    commitments, closures and sectors leave unsaid.
    """

    commitments: pd.DataFrame
    commitment_summary: pd.DataFrame
    ledger: pd.DataFrame
    changed: gpd.GeoDataFrame
    sole: pd.DataFrame
    next_nearest: pd.DataFrame
    competence: pd.DataFrame
    shared_closures: pd.DataFrame
    notices: tuple[Notice, ...]


def tabulate_scenarios(
    study: Study,
    access_records: Sequence[Access],
    times: Mapping[tuple[str, str], TravelTimes],
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    searched: Mapping[tuple[str, str], TravelTimes],
    area_sums: AreaSums,
    publics: Sequence[CountedPublic],
) -> ScenarioTables:
    """All tables, from the access records of a run (the first scenario is the reference).

    ``access_records``: by every mode of ``publics``, of whom everybody comes first. ``times``: by scenario and mode,
    up to the cut-off; ``searched``: the same as far as they were searched, for the commitments, which may ask beyond;
    ``area_sums``: the ready sums of ``areas``.
    """
    ids = [str(name) for name in services["service_id"]]
    by_key = {(item.scenario, item.mode): item for item in access_records}
    scenarios = list(dict.fromkeys(item.scenario for item in access_records))
    headline, threshold_min = study.analysis.headline_mode, study.analysis.threshold_min
    # steps that cover nobody, for want of a service of their kinds
    notices = [
        notice
        for commitment in study.commitments
        for scenario in scenarios
        for notice in empty_steps(commitment, services, by_key[scenario, headline].service_rows, scenario=scenario)
    ]

    # commitments and ledger by public, each by its own modes; the points that change are those of everybody
    committed, ledgers, points = [], [], []
    for public in publics:
        public_sums = area_sums.for_public(public.name, demand[public.column].to_numpy(float))
        tables, covered = _committed(study, public, by_key, scenarios, times, searched, services, demand, public_sums)
        committed += tables
        tables, moved = _ledgers(study, public, by_key, scenarios, covered, ids, demand, public_sums)
        ledgers += tables
        points += moved if public.name == EVERYBODY else []
    changed = (
        gpd.GeoDataFrame(pd.concat(points, ignore_index=True), geometry="geometry", crs=demand.crs)
        if points
        else gpd.GeoDataFrame(geometry=[], crs=demand.crs)
    )

    # who depends on one service alone, and where people turn when it closes
    sole, next_nearest = _closures(by_key, scenarios, times, services, ids, demand, area_sums, study.analysis)
    shared = _shared_closures(study, by_key, scenarios, times, services, demand)
    notices += [
        Notice("shared_closure", (scenario, str(closed), str(remains)), population=float(population))
        for scenario, _, closed, remains, population in shared.itertuples(index=False)
    ]

    # the competent service against the nearest; what the sectors leave unsaid is that of the reference
    sector_tables = []
    for scenario in scenarios:
        if study.competent_kind is None:
            break
        counted = by_key[scenario, headline].service_rows
        sector_map = find_sectors(services, counted, areas, kind=study.competent_kind)
        table = sector_table(
            sector_map,
            times[scenario, headline].minutes,
            demand,
            areas,
            scenario=scenario,
            mode=headline,
            threshold_min=threshold_min,
        )
        sector_tables.append(table)
        if scenario == scenarios[0]:
            notices += sector_notices(sector_map, table, areas)
    commitments = pd.concat(committed, ignore_index=True) if committed else pd.DataFrame()
    return ScenarioTables(
        commitments=commitments,
        commitment_summary=commitment_summary(commitments) if committed else pd.DataFrame(),
        ledger=pd.concat(ledgers, ignore_index=True) if ledgers else pd.DataFrame(),
        changed=changed,
        sole=sole,
        next_nearest=next_nearest,
        competence=pd.concat(sector_tables, ignore_index=True) if sector_tables else pd.DataFrame(),
        shared_closures=shared,
        notices=tuple(notices),
    )


def _committed(
    study: Study,
    public: CountedPublic,
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    times: Mapping[tuple[str, str], TravelTimes],
    searched: Mapping[tuple[str, str], TravelTimes],
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    area_sums: AreaSums,
) -> tuple[list[pd.DataFrame], dict[tuple[str, str], np.ndarray]]:
    """The commitments to one public, step by step; and which points each covers, by scenario and commitment.

    ``area_sums``: the sums of the population of the public.
    """
    tables, covered = [], {}
    for commitment in study.commitments:
        rule = public.commitment(commitment)
        for scenario in scenarios:
            rows = by_key[scenario, study.analysis.headline_mode].service_rows
            reached = {mode: times[scenario, mode] for mode in public.travel_modes}
            minutes = {mode: searched[scenario, mode].minutes for mode in reached}
            unsnapped = {mode: item.demand_snaps["edge_id"].isna().to_numpy() for mode, item in reached.items()}
            first = first_step(rule, minutes, services, rows)
            tables.append(
                commitment_table(
                    rule,
                    minutes,
                    services,
                    rows,
                    demand,
                    scenario=scenario,
                    unsnapped_by_mode=unsnapped,
                    areas=area_sums,
                    first=first,
                )
            )
            covered[scenario, commitment.name] = first != NO_STEP
    return tables, covered


def _ledgers(
    study: Study,
    public: CountedPublic,
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    covered: Mapping[tuple[str, str], np.ndarray],
    ids: Sequence[str],
    demand: gpd.GeoDataFrame,
    area_sums: AreaSums,
) -> tuple[list[pd.DataFrame], list[gpd.GeoDataFrame]]:
    """The ledger of each scenario against the first for one public; the points that change by its headline mode."""
    threshold_min = study.analysis.threshold_min
    headline, cutoff_min = public.modes[study.analysis.headline_mode], study.analysis.cutoff_min
    tables, points = [], []

    def reach(scenario: str, mode: str, is_covered: np.ndarray) -> Reach:
        access = by_key[scenario, mode]
        return Reach(scenario, access.travel_time_min, nearest_ids(access.nearest_service, ids), is_covered)

    for scenario in scenarios[1:]:
        for mode in public.travel_modes:
            before, after = (
                reach(name, mode, is_under(by_key[name, mode].travel_time_min, threshold_min))
                for name in (scenarios[0], scenario)
            )
            options = {"mode": mode, "rule": ANY}
            tables.append(ledger_table(before, after, demand, **options, cutoff_min=cutoff_min, areas=area_sums))
            if mode == headline:
                points.append(changed_points(before, after, demand, **options))
        for commitment in study.commitments:
            # a rule of several steps has no one time: it says who gains and who loses, and nothing of minutes
            nobody = np.full(len(demand), "", dtype=object)
            before, after = (
                Reach(name, None, nobody, covered[name, commitment.name]) for name in (scenarios[0], scenario)
            )
            steps = ";".join(dict.fromkeys(step.mode for step in public.commitment(commitment).any_of))
            options = {"mode": steps, "rule": commitment.name}
            tables.append(ledger_table(before, after, demand, **options, cutoff_min=cutoff_min, areas=area_sums))
    return tables, points


def _closures(
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    times: Mapping[tuple[str, str], TravelTimes],
    services: gpd.GeoDataFrame,
    ids: Sequence[str],
    demand: gpd.GeoDataFrame,
    area_sums: AreaSums,
    analysis: Analysis,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sole providers of each scenario, and the next nearest services of those who lose their nearest one."""
    sole, next_nearest = [], []
    mode, threshold_min = analysis.headline_mode, analysis.threshold_min
    first = by_key[scenarios[0], mode].service_rows
    before = times[scenarios[0], mode].minutes
    for scenario in scenarios:
        rows, minutes = by_key[scenario, mode].service_rows, times[scenario, mode].minutes
        reached = is_under(minutes[rows], threshold_min)
        table = sole_providers(reached, rows, services, demand, areas=area_sums, same_place_m=analysis.same_place_m)
        sole.append(table.assign(scenario=scenario, mode=mode))
        if set(first) - set(rows):  # each side with the times of its own streets and speeds
            table = next_nearest_table(
                before, first, rows, ids, demand, threshold_min=threshold_min, minutes_after=minutes
            )
            next_nearest.append(table.assign(scenario=scenario, mode=mode))
    return _keyed(sole), _keyed(next_nearest)


def _shared_closures(
    study: Study,
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    times: Mapping[tuple[str, str], TravelTimes],
    services: gpd.GeoDataFrame,
    demand: pd.DataFrame,
) -> pd.DataFrame:
    """For each service that a scenario removes while its place keeps another: SHARED_CLOSURE_COLUMNS."""
    mode, threshold_min = study.analysis.headline_mode, study.analysis.threshold_min
    by_name = {item.name: item for item in study.scenarios}
    names = services["service_id"].astype(str).to_numpy()
    population = demand["population"].to_numpy(float)
    closures = []
    for scenario in scenarios:
        rows, minutes = by_key[scenario, mode].service_rows, times[scenario, mode].minutes
        for change in resolve_scenario(study, by_name[scenario]).changes:
            if not isinstance(change, RemoveService):
                continue
            removed = np.flatnonzero(names == change.service_id)
            # the place as it was: the removed service among those that the scenario counts
            at = np.union1d(rows, removed).astype(np.int64)
            place = place_numbers(services.geometry.iloc[at], same_place_m=study.analysis.same_place_m)
            stays = np.setdiff1d(at[np.isin(place, place[np.isin(at, removed)])], removed)
            if len(stays) == 0:
                continue
            # who is covered as long as those that remain do, and no longer without them
            with_place, _ = nearest_service(minutes, rows)
            without, _ = nearest_service(minutes, np.setdiff1d(rows, stays))
            lost = is_under(with_place, threshold_min) & ~is_under(without, threshold_min)
            closures.append((scenario, mode, change.service_id, ";".join(names[stays]), float(population[lost].sum())))
    return pd.DataFrame(closures, columns=list(SHARED_CLOSURE_COLUMNS))


def _keyed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The parts one after the other, scenario and mode first."""
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    return table[["scenario", "mode", *(name for name in table.columns if name not in ("scenario", "mode"))]]
