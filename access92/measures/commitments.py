"""Commitments: rules of several steps over kinds, modes and thresholds; whom each step is the first to cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from access92.measures.areas import AreaSums, area_sums
from access92.scenarios.selection import services_of_kinds
from access92.study.commitments import Commitment, Step
from access92.study.kinds import KINDS, Kind
from access92.travel.matrix import nearest_service
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


def reached_by(
    commitment: Commitment,
    minutes_by_mode: Mapping[str, np.ndarray],
    services: pd.DataFrame,
    rows: np.ndarray,
) -> np.ndarray:
    """Which of the rows keep the commitment for which demand point, by any step: bool (len(rows), n_demand).

    A demand point that a single row keeps covered loses cover when that service closes: see
    :func:`access92.measures.ledger.sole_providers`.
    """
    rows = np.asarray(rows, dtype=np.int32)
    width = minutes_by_mode[commitment.any_of[0].mode].shape[1]
    reached = np.zeros((len(rows), width), dtype=bool)
    for step in commitment.any_of:
        members = np.isin(rows, services_of_kinds(services, rows, step.kinds))
        reached[members] |= is_under(minutes_by_mode[step.mode][rows[members]], step.under_min)
    return reached


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


def covered_by(
    commitment: Commitment,
    minutes_by_mode: Mapping[str, np.ndarray],
    services: pd.DataFrame,
    rows: np.ndarray,
) -> np.ndarray:
    """For which demand points (bool) some step of the commitment is kept by the given rows of the services."""
    covered: np.ndarray = first_step(commitment, minutes_by_mode, services, rows) != NO_STEP
    return covered


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
    they stay in the denominator. ``areas``: the area ids to tell (all of the demand by default) or their ready
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
    told = area_sums(demand, areas)
    steps = commitment.any_of
    width = len(steps) + 1
    if first is None:
        first = first_step(commitment, minutes_by_mode, services, rows)
    column = np.where(first == NO_STEP, width, first.astype(np.int64)) - 1  # those whom no step covers come last
    counts = told.sums_by_class(column, width, told.people)
    unsnapped = np.logical_and.reduce([unsnapped_by_mode[step.mode] for step in steps])
    apart = told.sums(np.where(unsnapped, told.people, 0.0))
    covered = counts.cumsum(axis=1)
    uncovered = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    population = counts.sum(axis=1)
    parts = [
        pd.DataFrame(
            {
                "scenario": scenario,
                "commitment": commitment.name,
                "step": number,
                "public": told.public,
                "area_id": told.labels,
                "mode": step.mode,
                "kinds": ";".join(step.kinds),
                "under_min": step.under_min,
                "service_count": len(services_of_kinds(services, rows, step.kinds)),
                "population": population,
                "population_first_covered": counts[:, number - 1],
                "population_covered": covered[:, number - 1],
                "population_uncovered": uncovered[:, number],
                "population_unsnapped": apart,
                "coverage_share": np.divide(
                    covered[:, number - 1], population, out=np.full(len(population), np.nan), where=population > 0
                ),
            },
        )
        for number, step in enumerate(steps, start=1)
    ]
    return pd.concat(parts, ignore_index=True)


def commitment_summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per scenario, commitment, public and area: COMMITMENT_SUMMARY_COLUMNS, in the order of the table.

    ``table``: rows of :func:`commitment_table`, of one or several commitments. ``population_first_step``:
    covered by the first step; ``population_rescued``: only by a later one.
    """
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


def step_text(step: Step, mode_labels: Mapping[str, str], kinds: Sequence[Kind] = KINDS) -> str:
    """A step in French, as it stands in a sentence.

    ``mode_labels``: the French label of each mode; ``kinds``: of the study.

    >>> step = Step(kinds=("pole_social", "antenne"), mode="walk", under_min=20)
    >>> step_text(step, {"walk": "À pied"})
    'un pôle social ou une antenne de proximité à moins de 20 min à pied'
    """
    label = mode_labels[step.mode]
    minutes = f"{step.under_min:g}".replace(".", ",")
    return f"{_kinds_text(step.kinds, kinds)} à moins de {minutes} min {label[:1].lower()}{label[1:]}"


def commitment_text(commitment: Commitment, mode_labels: Mapping[str, str], kinds: Sequence[Kind] = KINDS) -> str:
    """The whole rule in French: its steps, joined by « sinon »."""
    return ", sinon ".join(step_text(step, mode_labels, kinds) for step in commitment.any_of)


def empty_step_notices(
    commitment: Commitment,
    services: pd.DataFrame,
    rows: np.ndarray,
    *,
    scenario: str,
    mode_labels: Mapping[str, str],
    kinds: Sequence[Kind] = KINDS,
) -> tuple[str, ...]:
    """A French sentence for each step whose kinds no service of the scenario has: it covers nobody.

    >>> rule = Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": [
    ...     {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]})
    >>> empty_step_notices(rule, pd.DataFrame({"kind": ["sst"]}), np.array([0]), scenario="s",
    ...                    mode_labels={"walk": "À pied"})  # doctest: +NORMALIZE_WHITESPACE
    ("Scénario « s », engagement « r », étape 1 (une antenne de proximité à moins de 15 min à pied) :
    le scénario n'a aucun service de ces catégories, l'étape ne couvre personne.",)
    """
    return tuple(
        f"Scénario « {scenario} », engagement « {commitment.name} », étape {number} ("
        f"{step_text(step, mode_labels, kinds)}) : "
        "le scénario n'a aucun service de ces catégories, l'étape ne couvre personne."
        for number, step in enumerate(commitment.any_of, start=1)
        if len(services_of_kinds(services, rows, step.kinds)) == 0
    )


def _kinds_text(names: Sequence[str], kinds: Sequence[Kind]) -> str:
    """« un SST, un pôle social ou une PMI »: the noun of each kind."""
    if set(names) >= {kind.name for kind in kinds}:
        return "un service, quelle que soit sa catégorie,"
    if set(names) == {kind.name for kind in kinds if not kind.mobile}:
        return "un service fixe, quelle que soit sa catégorie,"
    by_name = {kind.name: kind for kind in kinds}
    asked = [by_name.get(name, Kind(name=name, label=name)) for name in dict.fromkeys(names)]
    nouns = [f"{'une' if kind.feminine else 'un'} {kind.spoken}" for kind in asked]
    return " ou ".join(part for part in (", ".join(nouns[:-1]), nouns[-1]) if part)
