"""The figures of those who ride: how often, at which percentile of the departures, on which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from access92.measures.access import Access
from access92.measures.publics import count_publics
from access92.measures.rides import riders_population, tabulate_rides
from access92.measures.sensitivity import (
    OtherDay,
    SensitivityTables,
    departure_bands,
    riding_ranking,
    widened_bands,
    widened_ranking,
)
from access92.run.study_inputs import StudyInputs
from access92.study.model import Study
from access92.transit.rider import build_riders
from access92.travel.router import Router
from access92.travel.study_routers import SharedRouter


def tabulate_study_rides(
    study: Study, inputs: StudyInputs, routers: Sequence[SharedRouter], records: Sequence[Access]
) -> pd.DataFrame:
    """How often vehicles are taken, and the coverage at other percentiles of the departures; empty without a mode.

    ``records``: the access of every scenario by every mode, those of publics too.
    """
    riding = _riding_routers(routers)
    return tabulate_rides(
        riding, {(item.scenario, item.mode): item for item in records}, inputs.plan.services.geometry, inputs.demand,
        area_ids=list(inputs.areas["area_id"].astype(str)), publics=count_publics(study, inputs.modes),
        threshold_min=study.analysis.threshold_min,
    )  # fmt: skip


def _riding_routers(routers: Sequence[SharedRouter]) -> dict[tuple[str, str], Router]:
    """The routers that ride, by scenario and mode."""
    riding = [item for item in routers if item.router.rider is not None]
    return {(scenario, item.router.mode.name): item.router for item in riding for scenario in item.scenarios}


def with_departures(
    study: Study,
    inputs: StudyInputs,
    routers: Sequence[SharedRouter],
    records: Sequence[Access],
    rides: pd.DataFrame,
    sensitivity: SensitivityTables,
) -> SensitivityTables:
    """The sensitivity with the bands of the modes that ride: by minute of departure, on other days.

    ``records``, ``rides``: as of :func:`tabulate_study_rides`, and what it gave.
    """
    if study.sensitivity is None:
        return sensitivity
    people = inputs.demand["population"].to_numpy(dtype=float)
    by_key = {(item.scenario, item.mode): item for item in records}
    other_days = []
    for day, states in inputs.other_days.items():
        riders = build_riders(study.transit, {name: item.table for name, item in states.items()}) or {}
        for (scenario, mode), router in _riding_routers(routers).items():
            if mode not in study.modes:
                continue
            covered = riders_population(
                router, riders[scenario], by_key[scenario, mode], inputs.plan.services.geometry, people,
                study.analysis.threshold_min,
            )  # fmt: skip
            share = covered / people.sum() if people.sum() > 0 else float("nan")
            other_days.append(OtherDay(scenario, mode, day, covered, share))
    riding = departure_bands(rides, study.modes, other_days)
    ranking = riding_ranking(rides, study.modes, other_days)
    return replace(
        sensitivity,
        bands=widened_bands(sensitivity.bands, riding),
        ranking=widened_ranking(sensitivity.ranking, ranking),
        riding=riding, other_days=tuple(other_days), riding_ranking=ranking,
    )  # fmt: skip
