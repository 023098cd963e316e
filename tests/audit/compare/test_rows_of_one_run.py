"""Scenarios, modes, thresholds and kinds that only one of two runs has."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.audit.compare import (
    compare_runs,
)
from tests.audit.compare.run_edits import (
    Make,
    candidates,
    text_of,
)
from tests.toy_study import GOOD_STUDY

pytestmark = pytest.mark.slow


def test_a_scenario_that_was_not_run_is_told_and_the_common_rows_are_the_same(make: Make, reference: Path) -> None:
    comparison = compare_runs(reference, make("only", scenarios=["tous"]))
    assert not comparison.rows
    assert {(item.run, item.dimension, item.value) for item in comparison.only_in_one} == {
        ("A", "scenario", "sst"),
    }
    assert {item.candidates for item in comparison.only_in_one} == {("scenarios_run",)}
    text = text_of(comparison)
    assert "Tous les chiffres des lignes communes sont les mêmes." in text
    assert (
        "scénario « sst », seulement dans A (18 lignes de comparison.csv, 3 lignes de competence.csv, 36 lignes de "
        "coverage.csv, 6 lignes de ledger.csv, " in text
    )


def test_a_mode_and_a_threshold_of_one_run_only_are_told(make: Make, reference: Path) -> None:
    study = GOOD_STUDY.replace('["walk", "car"]', '["walk"]').replace("[2, 5, 10]", "[2, 5]")
    comparison = compare_runs(make("fewer", study=study), reference)
    assert not comparison.rows
    told = {(item.run, item.dimension, item.value): item.candidates for item in comparison.only_in_one}
    assert told == {
        ("B", "mode", "car"): ("modes",),
        ("B", "threshold_min", "10"): ("parameter:analysis.thresholds_min",),
    }
    text = text_of(comparison)
    assert "seuil « 10 min », seulement dans B" in text
    assert "les seuils (analysis.thresholds_min) : 2, 5 → 2, 5, 10" in text


def test_a_scenario_of_other_kinds_explains_its_own_rows_only(make: Make, reference: Path) -> None:
    study = GOOD_STUDY.replace('title = "SST seul"\nkinds = ["sst"]', 'title = "SST seul"\nkinds = ["pmi"]')
    comparison = compare_runs(reference, make("kinds", study=study))
    key = "scenario:sst.kinds"
    assert {row.key["scenario"] for row in comparison.rows} == {"sst"}
    assert {causes for _, _, causes in candidates(comparison)} == {(key,)}
    assert {(item.run, item.value, item.candidates) for item in comparison.only_in_one} == {
        ("A", "sst : sst", (key,)),
        ("B", "sst : pmi", (key,)),
        ("A", "sst", (key,)),  # sole providers, pockets and turning: by service, by rank
        ("B", "sst", (key,)),
    }
    assert "le scénario « sst » (kinds) : sst → pmi" in text_of(comparison)
