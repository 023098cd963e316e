"""Every scenario by every mode: which services count, who is nearest to what, and the tables that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.area_sums import AreaSums, area_sums
from access92.commitments import services_of_kinds
from access92.comparison import COMPARISON_COLUMNS, comparison_table
from access92.coverage import coverage_table, nearest_service, summary_table
from access92.pockets import neighbour_pairs, pocket_rows, pockets_table
from access92.study import CURVE_MIN, Analysis, Scenario
from access92.tables import ANY, KINDS
from access92.travel_times import TravelTimes


@dataclass(frozen=True, slots=True)
class Situation:
    """One scenario seen by one mode: for each demand point the nearest service.

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
class _Reached:
    """What some rows of services give on some streets, whichever scenario asks."""

    travel_time_min: np.ndarray
    nearest: np.ndarray
    coverage: pd.DataFrame
    summary: pd.DataFrame


@dataclass(frozen=True, slots=True)
class SituationTables:
    """The situations of a run and the tables computed from them, in the order scenario, mode, rule."""

    situations: tuple[Situation, ...]
    coverage: pd.DataFrame
    curve: pd.DataFrame
    summary: pd.DataFrame
    comparison: pd.DataFrame
    pockets: gpd.GeoDataFrame


def rules_of(services: pd.DataFrame, rows: np.ndarray, asked: Collection[str] = ()) -> dict[str, np.ndarray]:
    """The rules of a scenario and the rows that serve each: ``any``, then each kind.

    ``asked`` are the kinds of the scenario: a service chosen as a PMI that is also a CSS makes no rule
    « css » where CSS were not asked for, since the other CSS would be missing. Empty: every kind present.
    A service with further kinds (``also_kinds``) serves the rule of each of them.

    >>> services = pd.DataFrame({"kind": ["pmi", "sst"], "also_kinds": ["css", ""]})
    >>> {rule: rows.tolist() for rule, rows in rules_of(services, np.array([0, 1])).items()}
    {'any': [0, 1], 'sst': [1], 'pmi': [0], 'css': [0]}
    >>> list(rules_of(services, np.array([0, 1]), asked=["pmi", "sst"]))
    ['any', 'sst', 'pmi']
    """
    rules = {ANY: rows}
    for kind in KINDS:
        members = services_of_kinds(services, rows, (kind,))
        if len(members) and (not asked or kind in asked):
            rules[kind] = members
    return rules


def tabulate_situations(
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
) -> SituationTables:
    """Coverage, curve, typical times, comparison with the first scenario, and pockets.

    ``scenario_rows``: by scenario name the rows of ``services`` that it counts; ``scenario_kinds``: the kinds that
    it asks for; ``travel_times``: by scenario and mode, up to the cut-off; ``searched``: the same as far as they were
    searched, for the curve; ``areas``: the areas to tell and the people of the demand.
    """
    situations, coverage, curve, summary, pockets = [], [], [], [], []
    whole = area_sums(pd.DataFrame({"area_id": "", "population": areas.people}), ())
    pairs = neighbour_pairs(demand)
    done: dict[tuple[int, bytes], _Reached] = {}  # scenarios that count the same services on the same streets
    for scenario in scenarios:
        rows = scenario_rows[scenario.name]
        rules = rules_of(services, rows, scenario_kinds[scenario.name])
        for (_, mode), times in ((key, item) for key, item in travel_times.items() if key[0] == scenario.name):
            unsnapped = times.demand_snaps["edge_id"].isna().to_numpy()
            for rule, rule_rows in rules.items():
                same = (id(times), rule_rows.tobytes())
                key = {"scenario": scenario.name, "mode": mode, "rule": rule}
                reached = done.get(same)
                if reached is None:
                    minutes, nearest = nearest_service(times.minutes, rule_rows)
                    reached = done[same] = _Reached(
                        minutes,
                        nearest,
                        coverage_table(
                            minutes, demand, **key,
                            thresholds_min=analysis.thresholds_min, unsnapped=unsnapped, areas=areas,
                        ),
                        summary_table(minutes, demand, **key, areas=areas),
                    )  # fmt: skip
                else:
                    coverage_here, summary_here = (part.assign(**key) for part in (reached.coverage, reached.summary))
                    reached = replace(reached, coverage=coverage_here, summary=summary_here)
                coverage.append(reached.coverage)
                summary.append(reached.summary)
                if rule != ANY:
                    continue
                situations.append(Situation(scenario.name, mode, rows, reached.travel_time_min, reached.nearest))
                whole_min = reached.travel_time_min
                if (far := searched[scenario.name, mode]) is not times:
                    whole_min, _ = nearest_service(far.minutes, rule_rows)
                curve.append(
                    coverage_table(
                        whole_min, demand, **key,
                        thresholds_min=CURVE_MIN, unsnapped=unsnapped, areas=whole,
                    )
                )  # fmt: skip
                pockets += pocket_rows(
                    reached.travel_time_min, demand, scenario=scenario.name, mode=mode,
                    threshold_min=analysis.threshold_min, pairs=pairs,
                )  # fmt: skip
    return SituationTables(
        situations=tuple(situations),
        coverage=pd.concat(coverage, ignore_index=True),
        curve=pd.concat(curve, ignore_index=True),
        summary=pd.concat(summary, ignore_index=True),
        comparison=_comparisons(situations, demand, analysis, areas),
        pockets=pockets_table(pockets, demand.crs),
    )


def _comparisons(
    situations: Sequence[Situation], demand: pd.DataFrame, analysis: Analysis, areas: AreaSums
) -> pd.DataFrame:
    """Each scenario against the first one, mode by mode."""
    reference = {item.mode: item for item in situations if item.scenario == situations[0].scenario}
    parts = [
        comparison_table(
            reference[item.mode].travel_time_min,
            item.travel_time_min,
            demand,
            scenario_reference=reference[item.mode].scenario,
            scenario=item.scenario,
            mode=item.mode,
            rule=ANY,
            thresholds_min=analysis.thresholds_min,
            cutoff_min=analysis.cutoff_min,
            areas=areas,
        )
        for item in situations
        if item.scenario != situations[0].scenario
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COMPARISON_COLUMNS))
