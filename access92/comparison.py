"""Two situations of the same people: who gains, who loses, apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from access92.tables import TOTAL

COMPARISON_COLUMNS = (
    "scenario_reference", "scenario", "mode", "rule", "area_id", "threshold_min",
    "population_gained", "population_lost", "minutes_saved_person_min",
)  # fmt: skip


def comparison_table(
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
) -> pd.DataFrame:
    """People gained and people lost between two situations, per area and in total.

    Gained: not covered in the reference, covered (strictly) in the scenario; lost: the other way round.
    ``minutes_saved_person_min``: people × minutes saved (negative where slower), a time that is not
    reached counting as the cut-off; the same for every threshold.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20]})
    >>> table = comparison_table(np.array([25.0, 10.0]), np.array([15.0, 30.0]), demand, scenario_reference="r",
    ...     scenario="s", mode="walk", rule="any", thresholds_min=[20.0], cutoff_min=60.0)
    >>> table[["population_gained", "population_lost", "minutes_saved_person_min"]].to_numpy().tolist()[-1]
    [10.0, 20.0, -300.0]
    """
    ids = sorted(demand["area_id"].unique())
    codes = pd.Index(ids, dtype=object).get_indexer(pd.Index(demand["area_id"], dtype=object))
    people = demand["population"].to_numpy(float)

    def by_area(weight: np.ndarray) -> np.ndarray:
        return np.append(np.bincount(codes, weights=weight, minlength=len(ids)), weight.sum())

    before, after = (np.nan_to_num(times.astype(float), nan=cutoff_min) for times in (reference_min, scenario_min))
    saved = by_area(people * (before - after))
    parts = []
    for threshold_min in thresholds_min:
        was = reference_min < np.float32(threshold_min)
        now = scenario_min < np.float32(threshold_min)
        parts.append(
            pd.DataFrame(
                {
                    "scenario_reference": scenario_reference,
                    "scenario": scenario,
                    "mode": mode,
                    "rule": rule,
                    "area_id": [*ids, TOTAL],
                    "threshold_min": float(threshold_min),
                    "population_gained": by_area(np.where(now & ~was, people, 0.0)),
                    "population_lost": by_area(np.where(was & ~now, people, 0.0)),
                    "minutes_saved_person_min": saved,
                },
            ),
        )
    return pd.concat(parts, ignore_index=True)
