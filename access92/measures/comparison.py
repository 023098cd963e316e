"""Two situations of the same people: who gains, who loses, apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from access92.measures.areas import AreaSums, area_sums
from access92.travel.time_limits import is_under

COMPARISON_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "public", "area_id", "threshold_min",
    "population_gained", "population_lost", "minutes_saved_person_min",
)  # fmt: skip


def comparison_table(  # noqa: PLR0913 - four of them are the key of the table
    reference_min: np.ndarray,
    scenario_min: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario_reference: str,
    scenario: str,
    mode: str,
    rule: str,
    thresholds_min: Sequence[float],
    cutoff_min: float,
    areas: AreaSums | None = None,
) -> pd.DataFrame:
    """People gained and people lost between two situations, per area and in total.

    Gained: not covered in the reference, covered (strictly) in the scenario; lost: the other way round.
    ``minutes_saved_person_min``: people × minutes saved (negative where slower), a time that is not
    reached counting as the cut-off; the same for every threshold. ``areas``: the ready sums of the areas, of one
    public (everybody by default).

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20]})
    >>> table = comparison_table(np.array([25.0, 10.0]), np.array([15.0, 30.0]), demand, scenario_reference="r",
    ...     scenario="s", mode="walk", rule="any", thresholds_min=[20.0], cutoff_min=60.0)
    >>> table[["population_gained", "population_lost", "minutes_saved_person_min"]].to_numpy().tolist()[-1]
    [10.0, 20.0, -300.0]
    """
    told = area_sums(demand, areas)
    columns = [*told.with_points(), len(told.ids)]
    before, after = (np.nan_to_num(times.astype(float), nan=cutoff_min) for times in (reference_min, scenario_min))
    saved = told.sums(told.people * (before - after))[columns]
    gained, lost = [], []
    for threshold_min in thresholds_min:
        was, now = (is_under(times, threshold_min) for times in (reference_min, scenario_min))
        # 0: the same, 1: lost, 2: gained
        changed = told.sums_by_class(np.where(was == now, 0, np.where(now, 2, 1)), 3, told.people)[columns]
        gained.append(changed[:, 2])
        lost.append(changed[:, 1])
    count = len(thresholds_min)
    return pd.DataFrame(
        {
            "scenario_reference": scenario_reference,
            "scenario": scenario,
            "mode": mode,
            "rule": rule,
            "public": told.public,
            "area_id": [told.labels[column] for column in columns] * count,
            "threshold_min": np.repeat(np.asarray(thresholds_min, dtype=float), len(columns)),
            "population_gained": np.concatenate(gained),
            "population_lost": np.concatenate(lost),
            "minutes_saved_person_min": np.tile(saved, count),
        },
    )
