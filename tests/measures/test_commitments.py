"""Commitments on paper: strict thresholds, the order of the steps, denominators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from access92.measures.commitments import (
    COMMITMENT_COLUMNS,
    COMMITMENT_SUMMARY_COLUMNS,
    NO_STEP,
    commitment_summary,
    commitment_table,
    empty_steps,
    first_step,
    services_of_kinds,
)
from access92.study.commitments import Commitment
from access92.study.notices import Notice


def rule(*steps: tuple[tuple[str, ...], str, float]) -> Commitment:
    any_of = [{"kinds": kinds, "mode": mode, "under_min": minutes} for kinds, mode, minutes in steps]
    return Commitment.model_validate({"name": "r", "title": "R", "source": "s", "any_of": any_of})


TWO_STEPS = rule((("pole_social",), "walk", 20), (("antenne",), "walk", 15))
SERVICES = pd.DataFrame({"kind": ["pole_social", "antenne", "pmi"], "also_kinds": ["", None, "css; permanence"]})
ALL_ROWS = np.array([0, 1, 2], dtype=np.int32)
NAN = np.nan


def town(*rows: list[float], mode: str = "walk") -> dict[str, np.ndarray]:
    return {mode: np.array(rows, dtype=np.float32)}


def tabulated(minutes: dict[str, np.ndarray], demand: pd.DataFrame, **options: Any) -> pd.DataFrame:
    commitment = options.pop("commitment", TWO_STEPS)
    options.setdefault("unsnapped_by_mode", {mode: np.zeros(len(demand), dtype=bool) for mode in minutes})
    return commitment_table(commitment, minutes, SERVICES, ALL_ROWS, demand, scenario="now", **options)


def people(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_id", "population"])


# pôle (20), antenne (15), PMI that no step counts; weights are powers of two: a sum tells who is in it
MINUTES = town([19, 20, 20, 5, NAN, 45], [1, 14, 15, 40, 3, NAN], [0, 0, 0, 0, 0, 0])
DEMAND = people(("a", 1), ("a", 2), ("a", 4), ("b", 8), ("b", 16), ("b", 32))


def test_each_step_covers_in_strictly_less_than_its_threshold() -> None:
    assert first_step(TWO_STEPS, MINUTES, SERVICES, ALL_ROWS).tolist() == [1, 2, NO_STEP, 1, 2, NO_STEP]


def test_people_whom_both_steps_cover_belong_to_the_first() -> None:
    table = tabulated(MINUTES, DEMAND).set_index(["step", "area_id"])
    assert table["population_first_covered"].to_dict() == {
        (1, "a"): 1, (1, "b"): 8, (1, "total"): 9, (2, "a"): 2, (2, "b"): 16, (2, "total"): 18,
    }  # fmt: skip
    assert table.loc[1, "population_uncovered"].tolist() == [6, 48, 54]
    assert table.loc[2, "population_uncovered"].tolist() == [4, 32, 36]
    assert table.loc[2, "population_covered"].tolist() == [3, 24, 27]
    assert table.loc[(2, "total"), "coverage_share"] == 27 / 63


def test_the_table_keeps_its_columns_and_says_what_each_step_counts() -> None:
    table = tabulated(MINUTES, DEMAND)
    assert tuple(table.columns) == COMMITMENT_COLUMNS
    assert table.loc[table["step"] == 2, ["mode", "kinds", "under_min", "service_count"]].iloc[0].tolist() == [
        "walk", "antenne", 15.0, 1,
    ]  # fmt: skip


def test_the_summary_tells_first_rescued_and_uncovered_apart() -> None:
    other = rule((("pmi",), "walk", 20)).model_copy(update={"name": "one"})
    table = pd.concat([tabulated(MINUTES, DEMAND), tabulated(MINUTES, DEMAND, commitment=other)])
    summary = commitment_summary(table)
    assert tuple(summary.columns) == COMMITMENT_SUMMARY_COLUMNS
    assert summary["commitment"].tolist() == ["r"] * 3 + ["one"] * 3
    told = summary[["population", "population_first_step", "population_rescued", "population_uncovered"]].to_numpy()
    assert told[2].tolist() == [63, 9, 18, 36]
    assert told[5].tolist() == [63, 63, 0, 0]


def test_a_step_without_service_covers_nobody_and_is_said() -> None:
    rows = np.array([0], dtype=np.int32)
    assert first_step(TWO_STEPS, MINUTES, SERVICES, rows).tolist() == [1, 0, 0, 1, 0, 0]
    table = commitment_table(
        TWO_STEPS, MINUTES, SERVICES, rows, DEMAND, scenario="now", unsnapped_by_mode={"walk": np.zeros(6, dtype=bool)}
    )
    assert table.loc[table["step"] == 2, ["service_count", "population_first_covered"]].to_numpy().sum() == 0
    assert empty_steps(TWO_STEPS, SERVICES, rows, scenario="now") == (Notice("empty_step", ("now", "r"), {"step": 2}),)
    assert empty_steps(TWO_STEPS, SERVICES, ALL_ROWS, scenario="now") == ()


def test_steps_may_go_by_different_modes() -> None:
    minutes = town([30.0, 30.0], [30.0, 30.0], [9.0, 9.0]) | town([8.0, 12.0], [1.0, 1.0], [1.0, 1.0], mode="bike")
    mixed = rule((("pole_social",), "walk", 20), (("pole_social",), "bike", 10))
    assert first_step(mixed, minutes, SERVICES, ALL_ROWS).tolist() == [2, 0]


def test_people_linked_to_no_street_by_any_mode_stay_in_the_denominator() -> None:
    minutes = town([5.0, NAN, NAN], [NAN] * 3, [NAN] * 3) | town([NAN] * 3, [NAN] * 3, [NAN] * 3, mode="bike")
    mixed = rule((("pole_social",), "walk", 20), (("pole_social",), "bike", 10))
    unsnapped = {"walk": np.array([False, True, True]), "bike": np.array([True, False, True])}
    table = tabulated(minutes, people(("a", 1), ("a", 2), ("a", 4)), commitment=mixed, unsnapped_by_mode=unsnapped)
    assert table["population_unsnapped"].tolist() == [4] * 4
    assert table["coverage_share"].iloc[-1] == 1 / 7


def test_an_area_without_people_has_its_rows_and_no_share() -> None:
    table = tabulated(MINUTES, DEMAND, areas=["c", "a"])
    assert table["area_id"].tolist() == ["c", "a", "total"] * 2
    assert table.loc[0, "population"] == 0
    assert np.isnan(table.loc[0, "coverage_share"])
    assert table["population"].iloc[-1] == 63  # those of « b », which is not told, are in the total


def test_a_further_kind_of_a_service_counts() -> None:
    assert services_of_kinds(SERVICES, np.array([2, 0]), ["permanence", "pole_social"]).tolist() == [2, 0]
    assert services_of_kinds(SERVICES[["kind"]], ALL_ROWS, ["css"]).tolist() == []


@given(seed=st.integers(0, 10_000))
def test_the_steps_share_out_the_people_and_an_added_service_loses_nobody(seed: int) -> None:
    rng = np.random.default_rng(seed)
    services = pd.DataFrame({"kind": rng.choice(["pole_social", "antenne", "pmi"], 6)})
    minutes = {mode: rng.integers(0, 40, (6, 30)).astype(np.float32) for mode in ("walk", "bike")}
    for times in minutes.values():
        times[rng.random(times.shape) < 0.3] = np.nan
    demand = pd.DataFrame({"area_id": rng.choice(["a", "b"], 30), "population": rng.integers(0, 50, 30)})
    commitment = rule((("pole_social",), "walk", 20), (("antenne", "pmi"), "bike", 12), (("pmi",), "walk", 30))
    rows = np.flatnonzero(rng.random(6) < 0.7)
    unsnapped = {mode: np.isnan(times).all(axis=0) for mode, times in minutes.items()}
    table = commitment_table(
        commitment, minutes, services, rows, demand, scenario="s", unsnapped_by_mode=unsnapped
    )  # fmt: skip
    by_area = table.groupby("area_id")["population_first_covered"].sum()
    last = table[table["step"] == 3].set_index("area_id")
    assert (by_area + last["population_uncovered"] == last["population"]).all()
    assert (table["population_covered"] + table["population_uncovered"] == table["population"]).all()
    covered = first_step(commitment, minutes, services, rows) != NO_STEP
    assert last.loc["total", "population_covered"] == demand["population"][covered].sum()
    more = first_step(commitment, minutes, services, np.arange(6)) != NO_STEP
    assert (more | ~covered).all()  # an added service loses nobody
