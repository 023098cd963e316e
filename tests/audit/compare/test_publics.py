"""Publics of one run only, of another pace, and runs from before publics."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.audit.compare import compare_runs
from tests.audit.compare.run_edits import Make, edit_table, text_of
from tests.toy_study import GOOD_STUDY

pytestmark = pytest.mark.slow

RULE = """
[[commitment]]
name = "cinq"
title = "Cinq minutes à pied"
source = "essai"
any_of = [{ kinds = ["sst"], mode = "walk", under_min = 5 }]
"""
PUBLIC = RULE + '[[public]]\nname = "lents"\ntitle = "Qui marche lentement"\nwalk_mode = "walk_senior"\n'
PUBLICS = "parameter:public"


def test_a_public_of_one_run_only_is_told_and_everybody_s_figures_are_the_same(make: Make) -> None:
    comparison = compare_runs(make("nobody", study=GOOD_STUDY + RULE), make("slow_ones", study=GOOD_STUDY + PUBLIC))
    assert not comparison.rows
    assert {item.value for item in comparison.only_in_one} >= {"walk_senior"}
    assert all(PUBLICS in item.candidates for item in comparison.only_in_one)
    assert "les publics" in text_of(comparison)


def test_another_pace_of_a_public_reaches_its_figures_only(make: Make) -> None:
    settings = "[mode_settings.walk_senior]\nspeed_kmh = 2\nsteps_speed_kmh = 1\n"
    comparison = compare_runs(
        make("slow_ones", study=GOOD_STUDY + PUBLIC), make("slower_ones", study=GOOD_STUDY + PUBLIC + settings)
    )
    assert comparison.rows
    assert {row.key["public"] for row in comparison.rows} == {"lents"}
    assert {row.key["mode"] for row in comparison.rows if "mode" in row.key} == {"walk_senior"}
    causes = {name for row in comparison.rows for item in row.changes for name in item.candidates}
    assert causes == {"mode:walk_senior.speed_kmh", "mode:walk_senior.steps_speed_kmh"}
    assert all(item.candidates for row in comparison.rows for item in row.changes)
    assert "Qui marche lentement" in text_of(comparison)


def test_another_pace_of_everybody_does_not_reach_a_public_that_has_its_own(make: Make) -> None:
    settings = "[mode_settings.walk]\nspeed_kmh = 4\n"
    comparison = compare_runs(
        make("slow_ones", study=GOOD_STUDY + PUBLIC), make("slower_all", study=GOOD_STUDY + PUBLIC + settings)
    )
    assert {row.key.get("public", "all") for row in comparison.rows} == {"all"}
    causes = {item.candidates for row in comparison.rows for item in row.changes}
    assert causes == {("mode:walk.speed_kmh",)}


def test_a_run_from_before_publics_is_compared_as_everybody(copied: Path, reference: Path) -> None:
    for name in ("coverage.csv", "travel_time_summary.csv", "comparison.csv"):
        edit_table(copied, name, lambda table: table.drop(columns="public"))
    comparison = compare_runs(reference, copied)
    assert comparison.same_figures
