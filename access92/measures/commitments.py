"""Commitments: rules of several steps over kinds, modes and thresholds; whom each step is the first to cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from access92.measures.areas import AreaSums, index_areas
from access92.measures.columns import stack_columns
from access92.scenarios.selection import services_of_kinds
from access92.study.commitments import Commitment
from access92.study.notices import Notice
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under

COMMITMENT_COLUMNS = (
    "scenario", "commitment", "step", "public", "area_id", "mode", "kinds", "under_min", "service_count",
    "population", "population_first_covered", "population_covered", "population_uncovered",
    "population_unsnapped", "coverage_share",
)  # fmt: skip

COMMITMENT_SUMMARY_COLUMNS = (
    "scenario", "commitment", "public", "area_id", "population", "population_first_step", "population_rescued",
    "population_uncovered", "population_unsnapped", "coverage_share",
)  # fmt: skip

NO_STEP = 0
"""The step of people whom no step covers."""


def first_step(
    commitment: Commitment,
    minutes_by_mode: Mapping[str, np.ndarray],
    services: pd.DataFrame,
    rows: np.ndarray,
) -> np.ndarray:
    """The first step (int8, from 1) that covers each demand point; NO_STEP where none does.

    A step covers those who reach one of the rows of its kinds, by its mode, in **strictly less** than
    ``under_min``. A step whose kinds none of the rows has covers nobody.

    Examples
    --------
    >>> rule = Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": [
    ...     {"kinds": ["pole_social"], "mode": "walk", "under_min": 20},
    ...     {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]})
    >>> services = pd.DataFrame({"kind": ["pole_social", "antenne"]})
    >>> minutes = np.array([[19, 20, 30, 25], [1, 14, 15, np.nan]], dtype=np.float32)
    >>> first_step(rule, {"walk": minutes}, services, np.array([0, 1])).tolist()
    [1, 2, 0, 0]
    """
    width = minutes_by_mode[commitment.any_of[0].mode].shape[1]
    first = np.full(width, NO_STEP, dtype=np.int8)
    for number, step in enumerate(commitment.any_of, start=1):
        times, _ = nearest_service(minutes_by_mode[step.mode], services_of_kinds(services, rows, step.kinds))
        first[(first == NO_STEP) & is_under(times, step.under_min)] = number
    return first


def commitment_table(
    commitment: Commitment,
    minutes_by_mode: Mapping[str, np.ndarray],
    services: pd.DataFrame,
    rows: np.ndarray,
    demand: pd.DataFrame,
    *,
    scenario: str,
    unsnapped_by_mode: Mapping[str, np.ndarray],
    areas: Sequence[str] | AreaSums | None = None,
    first: np.ndarray | None = None,
) -> pd.DataFrame:
    """People covered step by step, per area and in total: COMMITMENT_COLUMNS, one row per step and area.

    ``population_first_covered``: by this step and none before; ``population_covered``: by this step or one
    before, which ``coverage_share`` relates to the population; ``population_uncovered``: by none so far. The
    rows of the last step are thus the whole commitment. ``service_count``: services of the step's kinds; 0
    says why a step covers nobody. ``population_unsnapped``: linked to no street by any mode of the commitment;
    they stay in the denominator. ``areas``: the area ids (all of the demand by default) or their ready
    sums, then ``total``; ``first``: the :func:`first_step` of each demand point, where it is known. Rows in the
    order step, area. An area without people has a NaN share.

    Parameters
    ----------
    minutes_by_mode
        By mode, float32 (n_services, n_demand), NaN = not reached; the modes of the steps must be there.
    rows
        The rows of ``services`` that the scenario counts.

    Examples
    --------
    >>> rule = Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": [
    ...     {"kinds": ["pole_social"], "mode": "walk", "under_min": 20},
    ...     {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]})
    >>> services = pd.DataFrame({"kind": ["pole_social", "antenne"]})
    >>> minutes = np.array([[19, 20, 30], [1, 14, 15]], dtype=np.float32)
    >>> demand = pd.DataFrame({"area_id": ["a", "a", "a"], "population": [1, 2, 4]})
    >>> table = commitment_table(rule, {"walk": minutes}, services, np.array([0, 1]), demand, scenario="s",
    ...                          unsnapped_by_mode={"walk": np.zeros(3, dtype=bool)})
    >>> table.loc[table["area_id"] == "total", ["population_first_covered", "population_uncovered"]].values.tolist()
    [[1.0, 6.0], [2.0, 4.0]]
    """
    if first is None:
        first = first_step(commitment, minutes_by_mode, services, rows)
    return stack_columns(
        commitment_columns(
            commitment,
            first,
            index_areas(demand, areas),
            scenario=scenario,
            service_counts=service_counts(commitment, services, rows),
            unsnapped_by_mode=unsnapped_by_mode,
        )
    )


def service_counts(commitment: Commitment, services: pd.DataFrame, rows: np.ndarray) -> list[int]:
    """Of each step how many of the rows of ``services`` have its kinds.

    >>> rule = Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": [
    ...     {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]})
    >>> service_counts(rule, pd.DataFrame({"kind": ["sst", "antenne"]}), np.array([0, 1]))
    [1]
    """
    return [len(services_of_kinds(services, rows, step.kinds)) for step in commitment.any_of]


def commitment_columns(
    commitment: Commitment,
    first: np.ndarray,
    area_sums: AreaSums,
    *,
    scenario: str,
    service_counts: Sequence[int],
    unsnapped_by_mode: Mapping[str, np.ndarray],
) -> list[dict[str, object]]:
    """The columns of :func:`commitment_table`, step by step.

    ``first``: of :func:`first_step`, the same for all publics that travel by the same modes; ``service_counts``: of
    :func:`service_counts`.
    """
    steps = commitment.any_of
    width = len(steps) + 1
    column = np.where(first == NO_STEP, width, first.astype(np.int64)) - 1  # those whom no step covers come last

    # whom each step is the first to cover, by area; the people before and after it follow by sums
    counts = area_sums.sum_by_class(column, width, area_sums.population)
    unsnapped = np.logical_and.reduce([unsnapped_by_mode[step.mode] for step in steps])
    unsnapped_population = area_sums.sum(np.where(unsnapped, area_sums.population, 0.0))
    covered = counts.cumsum(axis=1)
    uncovered = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    population = counts.sum(axis=1)

    labels = area_sums.labels
    return [
        {
            "scenario": scenario,
            "commitment": commitment.name,
            "step": number,
            "public": area_sums.public,
            "area_id": labels,
            "mode": step.mode,
            "kinds": ";".join(step.kinds),
            "under_min": step.under_min,
            "service_count": service_counts[number - 1],
            "population": population,
            "population_first_covered": counts[:, number - 1],
            "population_covered": covered[:, number - 1],
            "population_uncovered": uncovered[:, number],
            "population_unsnapped": unsnapped_population,
            "coverage_share": np.divide(
                covered[:, number - 1], population, out=np.full(len(population), np.nan), where=population > 0
            ),
        }
        for number, step in enumerate(steps, start=1)
    ]


def commitment_summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per scenario, commitment, public and area: COMMITMENT_SUMMARY_COLUMNS, in the order of the table.

    ``table``: rows of :func:`commitment_table`, of one or several commitments. ``population_first_step``:
    covered by the first step; ``population_rescued``: only by a later one.
    """
    # the last step holds the whole commitment, the first whom it covers at once, the others whom they rescue
    key = ["scenario", "commitment", "public", "area_id"]
    last = table[table["step"] == table.groupby(key, sort=False)["step"].transform("max")]
    later = table["population_first_covered"].where(table["step"] > 1, 0.0)
    rescued = later.groupby([table[name] for name in key], sort=False).sum().rename("population_rescued")
    start = table.loc[table["step"] == 1, [*key, "population_first_covered"]]
    summary = (
        last.drop(columns="population_first_covered")
        .merge(start.rename(columns={"population_first_covered": "population_first_step"}), on=key)
        .merge(rescued.reset_index(), on=key)
    )
    return summary[list(COMMITMENT_SUMMARY_COLUMNS)]


def empty_steps(
    commitment: Commitment, services: pd.DataFrame, rows: np.ndarray, *, scenario: str
) -> tuple[Notice, ...]:
    """A notice (``empty_step``) for each step whose kinds no service of the scenario has: it covers nobody.

    >>> rule = Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": [
    ...     {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]})
    >>> empty_steps(rule, pd.DataFrame({"kind": ["sst"]}), np.array([0]), scenario="s")
    (Notice(code='empty_step', subject=('s', 'r'), numbers={'step': 1}, population=None),)
    """
    return tuple(
        Notice("empty_step", (scenario, commitment.name), {"step": number})
        for number, step in enumerate(commitment.any_of, start=1)
        if len(services_of_kinds(services, rows, step.kinds)) == 0
    )
