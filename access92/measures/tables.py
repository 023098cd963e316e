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
from access92.measures.columns import Columns, stack_columns
from access92.measures.commitments import (
    NO_STEP,
    commitment_columns,
    commitment_summary,
    empty_steps,
    first_step,
    service_counts,
)
from access92.measures.ledger import Reach, changed_points, ledger_columns, nearest_ids
from access92.measures.providers import next_nearest_table, sole_providers
from access92.measures.publics import CountedPublic
from access92.measures.sectors import find_sectors, sector_notices, sector_table
from access92.scenarios.chain import resolve_scenario
from access92.study.changes import RemoveService
from access92.study.commitments import Commitment
from access92.study.model import Analysis, Study
from access92.study.notices import Notice
from access92.study.schemas import ANY
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
    and by commitment; ``changed`` is by the modes that have maps of differences; the ledger and the commitments are by
    public, each by its own modes; ``sole`` and
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


def tabulate_scenarios(  # noqa: PLR0913
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
    difference_modes: Sequence[str],
) -> ScenarioTables:
    """All tables, from the access records of a run (the first scenario is the reference).

    ``access_records``: by every mode of ``publics``, of whom everybody comes first. ``times``: by scenario and mode,
    up to the cut-off; ``searched``: the same as far as they were searched, for the commitments, which may ask beyond;
    ``area_sums``: the ready sums of ``areas``; ``difference_modes``: by which ``changed`` is told.
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
    committed: list[Columns] = []
    ledgers: list[Columns] = []
    steps = _Steps(study, by_key, times, searched, services)
    for public in publics:
        public_sums = area_sums.for_public(public.name, demand[public.column].to_numpy(float))
        committed += _committed(study, public, scenarios, steps, public_sums)
        ledgers += _ledgers(study, public, by_key, scenarios, steps, public_sums)
    points = [
        table
        for mode in difference_modes
        for table in _changed(study, publics[0].modes[mode], by_key, scenarios, ids, demand)
    ]
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
    commitments = stack_columns(committed)
    return ScenarioTables(
        commitments=commitments,
        commitment_summary=commitment_summary(commitments) if committed else pd.DataFrame(),
        ledger=stack_columns(ledgers),
        changed=changed,
        sole=sole,
        next_nearest=next_nearest,
        competence=pd.concat(sector_tables, ignore_index=True) if sector_tables else pd.DataFrame(),
        shared_closures=shared,
        notices=tuple(notices),
    )


class _Steps:
    """The first step of each commitment that covers each demand point, once for all publics of the same modes."""

    def __init__(
        self,
        study: Study,
        by_key: Mapping[tuple[str, str], Access],
        times: Mapping[tuple[str, str], TravelTimes],
        searched: Mapping[tuple[str, str], TravelTimes],
        services: gpd.GeoDataFrame,
    ) -> None:
        self._searched, self._services = searched, services
        self._rows = {
            scenario: access.service_rows
            for (scenario, mode), access in by_key.items()
            if mode == study.analysis.headline_mode
        }
        self._unsnapped = {key: item.demand_snaps["edge_id"].isna().to_numpy() for key, item in times.items()}
        self._counts = {
            (scenario, commitment.name): service_counts(commitment, services, rows)
            for scenario, rows in self._rows.items()
            for commitment in study.commitments
        }
        self._first: dict[tuple[str, str, tuple[str, ...]], np.ndarray] = {}

    def first(self, rule: Commitment, scenario: str) -> np.ndarray:
        """As :func:`access92.measures.commitments.first_step`."""
        modes = tuple(step.mode for step in rule.any_of)
        key = scenario, rule.name, modes
        if key not in self._first:
            minutes = {mode: self._searched[scenario, mode].minutes for mode in modes}
            self._first[key] = first_step(rule, minutes, self._services, self._rows[scenario])
        return self._first[key]

    def columns(self, rule: Commitment, scenario: str, area_sums: AreaSums) -> list[dict[str, object]]:
        """As :func:`access92.measures.commitments.commitment_columns`."""
        return commitment_columns(
            rule,
            self.first(rule, scenario),
            area_sums,
            scenario=scenario,
            service_counts=self._counts[scenario, rule.name],
            unsnapped_by_mode={step.mode: self._unsnapped[scenario, step.mode] for step in rule.any_of},
        )


def _committed(
    study: Study, public: CountedPublic, scenarios: Sequence[str], steps: _Steps, area_sums: AreaSums
) -> list[dict[str, object]]:
    """The commitments to one public, step by step; ``area_sums``: the sums of its population."""
    return [
        part
        for commitment in study.commitments
        for scenario in scenarios
        for part in steps.columns(public.commitment(commitment), scenario, area_sums)
    ]


def _ledgers(
    study: Study,
    public: CountedPublic,
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    steps: _Steps,
    area_sums: AreaSums,
) -> list[dict[str, object]]:
    """The ledger of each scenario against the first for one public."""
    cutoff_min = study.analysis.cutoff_min
    nobody = np.full(len(area_sums.population), "", dtype=object)
    tables = []
    for scenario in scenarios[1:]:
        for mode in public.travel_modes:
            before, after = (
                _reach(by_key[name, mode], nobody, study.analysis.threshold_min) for name in (scenarios[0], scenario)
            )
            tables.append(ledger_columns(before, after, area_sums, mode=mode, rule=ANY, cutoff_min=cutoff_min))
        for commitment in study.commitments:
            # a rule of several steps has no one time: it says who gains and who loses, and nothing of minutes
            rule = public.commitment(commitment)
            before, after = (
                Reach(name, None, nobody, steps.first(rule, name) != NO_STEP) for name in (scenarios[0], scenario)
            )
            mode = ";".join(dict.fromkeys(step.mode for step in rule.any_of))
            options = {"mode": mode, "rule": commitment.name}
            tables.append(ledger_columns(before, after, area_sums, **options, cutoff_min=cutoff_min))
    return tables


def _reach(access: Access, nearest_id: np.ndarray, threshold_min: float) -> Reach:
    """What a threshold covers by one scenario and mode."""
    covered = is_under(access.travel_time_min, threshold_min)
    return Reach(access.scenario, access.travel_time_min, nearest_id, covered)


def _changed(
    study: Study,
    mode: str,
    by_key: Mapping[tuple[str, str], Access],
    scenarios: Sequence[str],
    ids: Sequence[str],
    demand: gpd.GeoDataFrame,
) -> list[gpd.GeoDataFrame]:
    """The points that change between each scenario and the first by a mode."""
    reaches = {
        name: _reach(access, nearest_ids(access.nearest_service, ids), study.analysis.threshold_min)
        for name, access in ((name, by_key[name, mode]) for name in scenarios)
    }
    return [
        changed_points(reaches[scenarios[0]], reaches[scenario], demand, mode=mode, rule=ANY)
        for scenario in scenarios[1:]
    ]


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
