"""A change of a scenario explains its own rows, and those of the scenarios that build on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from access92.audit.compare import (
    COVERAGE,
    compare_runs,
)
from tests.audit.compare.run_edits import (
    edit_manifest,
    edit_table,
    one_more_covered,
)


@pytest.mark.parametrize(
    ("scenario", "change", "explains"),
    [
        (0, {"kind": "set_speed", "mode": "car", "speed_kmh": 30}, True),
        (0, {"kind": "set_speed", "mode": "walk", "speed_kmh": 4}, False),  # the figure that differs is by car
        (0, {"kind": "close_street", "names": ["Pont"]}, True),
        (1, {"kind": "close_street", "names": ["Pont"]}, False),  # it belongs to the other scenario
        (0, {"kind": "remove_service", "service_id": "S3"}, False),  # yet both runs counted the same services
        (0, {"kind": "remove_visit", "visit_id": "H1"}, False),  # halts are never « covered »
    ],
)
def test_a_change_of_a_scenario_reaches_its_rows_and_its_modes(
    reference: Path, copied: Path, scenario: int, change: dict[str, Any], explains: bool
) -> None:
    edit_table(copied, COVERAGE, lambda table: one_more_covered(table, rule="pmi"))
    edit_manifest(copied, lambda content: content["parameters"]["study"]["scenario"][scenario].update(change=[change]))
    comparison = compare_runs(reference, copied)
    (item,) = comparison.inputs
    (row,) = comparison.rows
    assert row.key["scenario"] == "tous"
    assert item.key == f"scenario:{('tous', 'sst')[scenario]}.change"
    assert row.changes[0].candidates == ((item.key,) if explains else ())


def test_a_key_that_a_change_leaves_empty_is_no_difference(reference: Path, copied: Path) -> None:
    change = {"kind": "remove_service", "service_id": "S3"}
    folders = (shutil.copytree(reference, copied.with_name("avant")), copied)
    for folder, more in zip(folders, ({}, {"communes_served": []}), strict=True):
        edit_manifest(
            folder,
            lambda content, more=more: content["parameters"]["study"]["scenario"][0].update(change=[change | more]),  # type: ignore[misc]
        )
    assert compare_runs(*folders).inputs == ()


def test_a_change_reaches_the_scenarios_that_build_on_it(reference: Path, copied: Path) -> None:
    edit_table(copied, COVERAGE, lambda table: one_more_covered(table, rule="pmi"))
    folders = (shutil.copytree(reference, copied.with_name("avant")), copied)
    for folder in folders:
        edit_manifest(folder, lambda content: content["parameters"]["study"]["scenario"][0].update(based_on="sst"))
    edit_manifest(
        copied,
        lambda content: content["parameters"]["study"]["scenario"][1].update(change=[{"kind": "close_street"}]),
    )
    comparison = compare_runs(*folders)
    assert comparison.rows[0].changes[0].candidates == ("scenario:sst.change",)
