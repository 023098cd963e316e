"""Tables stacked from columns are those of DataFrames put one under the other; coverage is what plain Python counts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from access92.measures.columns import stack_columns
from access92.measures.publics import count_publics
from access92.run.pipeline import run_study
from access92.study.read import read_study
from access92.study.schemas import ANY, TOTAL
from tests.random_studies import write_random_study

SEEDS = (11, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (3, 27)))


@pytest.mark.parametrize("seed", range(20))
def test_stacked_columns_are_the_tables_one_under_the_other(seed: int) -> None:
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(int(random.integers(1, 6))):
        count = int(random.integers(0, 5))
        parts.append({
            "scenario": str(random.choice(["a", "bb", "Été"])),
            "area_id": random.choice(["01", "2A", "total"], count).tolist(),
            "step": int(random.integers(1, 9)),
            "under_min": float(random.random()),
            "population": np.where(random.random(count) < 0.3, np.nan, random.random(count)),
            "is_known": random.random(count) < 0.5,
        })  # fmt: skip
    filled = [part for part in parts if len(part["area_id"])]
    if not filled:
        assert len(stack_columns(parts)) == 0
        return
    expected = pd.concat([pd.DataFrame(part) for part in filled], ignore_index=True)
    pd.testing.assert_frame_equal(stack_columns(filled), expected)
    pd.testing.assert_frame_equal(stack_columns(parts)[expected.columns], expected, check_dtype=False)


def test_no_part_at_all_is_an_empty_table() -> None:
    assert stack_columns([]).empty


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_coverage_and_changes_of_a_random_study_are_those_of_plain_python(tmp_path: Path, seed: int) -> None:
    results = run_study(read_study(write_random_study(tmp_path, seed)))
    study, demand = results.study, results.demand
    publics = count_publics(study, results.modes)
    access = {(item.scenario, item.mode): item for item in (*results.access_records, *results.public_situations)}
    areas = demand["area_id"].astype(str).tolist()
    reference = results.scenarios[0].name
    compared = 0

    def rows_of(table: pd.DataFrame, key: dict[str, str]) -> list[Any]:
        return [row for row in table.itertuples() if all(getattr(row, name) == text for name, text in key.items())]

    def counted(public_column: str, area: str, *flags: list[bool]) -> float:
        rows = zip(demand[public_column].tolist(), areas, *flags, strict=True)
        return math.fsum(people for people, home, *is_in in rows if area in (home, TOTAL) and all(is_in))

    def under(scenario: str, mode: str, limit_min: float) -> list[bool]:
        return [time < limit_min - 1e-6 for time in access[scenario, mode].travel_time_min.tolist()]

    for public in publics:
        for scenario, mode in access:
            if mode not in public.travel_modes:
                continue
            key = {"scenario": scenario, "mode": mode, "rule": ANY, "public": public.name}
            for row in rows_of(results.coverage, key):
                covered = counted(public.column, row.area_id, under(scenario, mode, row.threshold_min))
                assert row.population_covered == pytest.approx(covered, abs=1e-6)
                assert row.population == pytest.approx(counted(public.column, row.area_id), abs=1e-6)
                compared += 1
            if scenario == reference:
                continue
            was, now = (under(name, mode, study.analysis.threshold_min) for name in (reference, scenario))
            for row in rows_of(results.changes.ledger, key):
                gained = counted(public.column, row.area_id, [not before for before in was], now)
                lost = counted(public.column, row.area_id, was, [not after for after in now])
                assert (row.population_gained, row.population_lost) == pytest.approx((gained, lost), abs=1e-6)
                compared += 1
    assert compared > len(results.scenarios)
