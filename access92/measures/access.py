"""The nearest service of each demand point by scenario and mode, and the tables made from these times alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._statistics import ascending
from access92.measures.areas import AreaSums, index_areas
from access92.measures.columns import Columns, stack_columns
from access92.measures.coverage import coverage_columns, summary_columns, threshold_classes, unsnapped_population
from access92.measures.ledger import COMPARISON_COLUMNS, comparison_columns
from access92.measures.pockets import find_pockets, index_homes, pocket_areas_table, pockets_table
from access92.measures.publics import CountedPublic
from access92.measures.quarters import Quarters
from access92.scenarios.selection import rules_of
from access92.study.model import CURVE_MIN, Analysis, Scenario
from access92.study.schemas import ANY
from access92.travel.matrix import TravelTimes
from access92.travel.nearest import nearest_service


@dataclass(frozen=True, slots=True)
class Access:
    """One scenario by one mode: for each demand point the nearest service.

    ``travel_time_min``: float32, minutes, NaN = beyond the cut-off, or not reached (or not snapped).
    ``nearest_service``: int32 row of the services table, -1 where not reached.
    ``service_rows``: int32 rows of the services table that the scenario counts.
    """

    scenario: str
    mode: str
    service_rows: np.ndarray
    travel_time_min: np.ndarray
    nearest_service: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Coverage and typical times of one public, for the same services on the same streets in any scenario."""

    coverage: Columns
    summary: Columns


@dataclass(frozen=True, slots=True)
class AccessTables:
    """The access of each scenario and mode, and its tables, in the order public, scenario, mode, rule.

    ``access_records``: by the modes of the study; ``public_situations``: by those by which only a public walks.
    """

    access_records: tuple[Access, ...]
    public_situations: tuple[Access, ...]
    coverage: pd.DataFrame
    curve: pd.DataFrame
    summary: pd.DataFrame
    comparison: pd.DataFrame
    pockets: gpd.GeoDataFrame
    pocket_areas: pd.DataFrame


def tabulate_access(  # noqa: PLR0913
    scenario_rows: Mapping[str, np.ndarray],
    scenario_kinds: Mapping[str, Collection[str]],
    travel_times: Mapping[tuple[str, str], TravelTimes],
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    searched: Mapping[tuple[str, str], TravelTimes],
    areas: AreaSums,
    analysis: Analysis,
    scenarios: Sequence[Scenario],
    publics: Sequence[CountedPublic],
    quarters: Quarters | None = None,
) -> AccessTables:
    """Coverage, curve, typical times, comparison with the first scenario, and pockets.

    ``scenario_rows``: by scenario name the rows of ``services`` that it counts; ``scenario_kinds``: the kinds that
    it asks for; ``travel_times``: by scenario and mode, up to the cut-off; ``searched``: the same as far as they were
    searched, for the curve; ``areas``: the areas of the tables, ready to sum; ``publics``: everybody first, each
    counted by its own modes; pockets are those of everybody, by ``quarters``.
    """
    # the nearest service of every demand point, once for all the tables
    study_modes = publics[0].travel_modes
    rules = {name: rules_of(services, rows, scenario_kinds[name]) for name, rows in scenario_rows.items()}
    nearest, farther = _NearestOnce(travel_times, analysis.thresholds_min), _NearestOnce(searched, CURVE_MIN)
    # by the modes of the study first, then by those by which only a public walks
    every_mode = dict.fromkeys(mode for public in publics for mode in public.travel_modes)
    by_mode = {
        (scenario.name, mode): Access(
            scenario.name, mode, scenario_rows[scenario.name], *nearest(scenario.name, mode, rules[scenario.name][ANY])
        )
        for scenario in scenarios
        for mode in every_mode
    }

    # every table of a public from its own population and modes
    area_sums = [areas.for_public(public.name, demand[public.column].to_numpy(float)) for public in publics]
    tables = [
        _count_public(public, sums, nearest, farther, rules, by_mode, analysis, scenarios)
        for public, sums in zip(publics, area_sums, strict=True)
    ]
    coverage, curve, summary, comparison = (
        stack_columns([part for parts in of_publics for part in parts]) for of_publics in zip(*tables, strict=True)
    )

    # neighbours are the same for all scenarios and modes
    homes = index_homes(demand, quarters)
    pockets = [
        pocket
        for (scenario_name, mode), access in by_mode.items()
        if mode in study_modes
        for pocket in find_pockets(
            access.travel_time_min, homes, scenario=scenario_name, mode=mode,
            threshold_min=analysis.threshold_min,
            reference_min=by_mode[scenarios[0].name, mode].travel_time_min,
        )
    ]  # fmt: skip
    return AccessTables(
        access_records=tuple(item for (_, mode), item in by_mode.items() if mode in study_modes),
        public_situations=tuple(item for (_, mode), item in by_mode.items() if mode not in study_modes),
        coverage=coverage,
        curve=curve,
        summary=summary,
        comparison=comparison if len(comparison) else pd.DataFrame(columns=list(COMPARISON_COLUMNS)),
        pockets=pockets_table(pockets, demand.crs),
        pocket_areas=pocket_areas_table(pockets),
    )


class _NearestOnce:
    """The nearest service of each demand point, computed once for all scenarios and publics that share it.

    So are what the tables make of these times before they look at the people: classes and order.
    """

    def __init__(self, travel_times: Mapping[tuple[str, str], TravelTimes], thresholds_min: Sequence[float]) -> None:
        self._times = travel_times
        self._thresholds_min = thresholds_min
        self._done: dict[tuple[int, bytes], tuple[np.ndarray, np.ndarray]] = {}
        self._classes: dict[tuple[int, bytes], np.ndarray] = {}
        self._order: dict[tuple[int, bytes], np.ndarray] = {}
        self._unsnapped: dict[int, np.ndarray] = {}

    def key(self, scenario: str, mode: str, rows: np.ndarray) -> tuple[int, bytes]:
        """What scenarios share that count the same services on the same streets."""
        return id(self._times[scenario, mode]), rows.tobytes()

    def unsnapped(self, scenario: str, mode: str) -> np.ndarray:
        """Which demand points (bool) no street of the mode is near to."""
        times = self._times[scenario, mode]
        if id(times) not in self._unsnapped:
            self._unsnapped[id(times)] = times.demand_snaps["edge_id"].isna().to_numpy()
        return self._unsnapped[id(times)]

    def classes(self, scenario: str, mode: str, rows: np.ndarray) -> np.ndarray:
        """As :func:`access92.measures.coverage.threshold_classes`."""
        key = self.key(scenario, mode, rows)
        if key not in self._classes:
            self._classes[key] = threshold_classes(self(scenario, mode, rows)[0], self._thresholds_min)
        return self._classes[key]

    def order(self, scenario: str, mode: str, rows: np.ndarray) -> np.ndarray:
        """As :func:`access92._statistics.ascending`."""
        key = self.key(scenario, mode, rows)
        if key not in self._order:
            self._order[key] = ascending(self(scenario, mode, rows)[0])
        return self._order[key]

    def __call__(self, scenario: str, mode: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As :func:`access92.travel.matrix.nearest_service`."""
        key = self.key(scenario, mode, rows)
        if key not in self._done:
            self._done[key] = nearest_service(self._times[scenario, mode].minutes, rows)
        return self._done[key]


def _count_public(
    public: CountedPublic,
    areas: AreaSums,
    nearest: _NearestOnce,
    farther: _NearestOnce,
    rules: Mapping[str, Mapping[str, np.ndarray]],
    by_mode: Mapping[tuple[str, str], Access],
    analysis: Analysis,
    scenarios: Sequence[Scenario],
) -> tuple[list[Columns], list[Columns], list[Columns], list[Columns]]:
    """Coverage, curve, summary and comparison of one public by its travel modes; ``areas``: its population sums."""
    coverage: list[Columns] = []
    curve: list[Columns] = []
    summary: list[Columns] = []
    # no area: the total alone
    whole = index_areas(pd.DataFrame({"area_id": "", "population": areas.population}), ()).for_public(
        public.name, areas.population
    )

    # scenarios that count the same services on the same streets share their tables, but for the key
    done: dict[tuple[int, bytes], _Counted] = {}
    for scenario in scenarios:
        for mode in public.travel_modes:
            unsnapped = unsnapped_population(nearest.unsnapped(scenario.name, mode), areas)
            for rule, rule_rows in rules[scenario.name].items():
                key = {"scenario": scenario.name, "mode": mode, "rule": rule}
                at = scenario.name, mode, rule_rows
                same = nearest.key(*at)
                if same not in done:
                    done[same] = _Counted(
                        coverage_columns(
                            nearest.classes(*at), areas,
                            thresholds_min=analysis.thresholds_min, unsnapped_population=unsnapped,
                        ),
                        summary_columns(nearest(*at)[0], areas, order=nearest.order(*at)),
                    )  # fmt: skip
                coverage.append({**key, **done[same].coverage})
                summary.append({**key, **done[same].summary})
                # the curve asks beyond the cut-off, of the whole study area only
                if rule == ANY:
                    far = coverage_columns(
                        farther.classes(*at), whole, thresholds_min=CURVE_MIN, unsnapped_population=unsnapped[-1:]
                    )
                    curve.append({**key, **far})
    access_records = [by_mode[scenario.name, mode] for scenario in scenarios for mode in public.travel_modes]
    return coverage, curve, summary, _comparisons(access_records, analysis, areas)


def _comparisons(access_records: Sequence[Access], analysis: Analysis, areas: AreaSums) -> list[Columns]:
    """Each scenario against the first one, mode by mode."""
    reference = {item.mode: item for item in access_records if item.scenario == access_records[0].scenario}
    return [
        comparison_columns(
            reference[item.mode].travel_time_min,
            item.travel_time_min,
            areas,
            scenario_reference=reference[item.mode].scenario,
            scenario=item.scenario,
            mode=item.mode,
            rule=ANY,
            thresholds_min=analysis.thresholds_min,
            cutoff_min=analysis.cutoff_min,
        )
        for item in access_records
        if item.scenario != access_records[0].scenario
    ]
