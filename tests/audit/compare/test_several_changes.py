"""Several changed inputs: each figure names those that can reach it, and no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from access92.audit.compare import (
    COMPARISON,
    COVERAGE,
    SUMMARY,
    RunComparison,
    compare_runs,
    comparison_dict,
)
from access92.audit.compared_tables import MAIN
from access92.outputs.layout import file_in
from tests.audit.compare.run_edits import (
    PEOPLE_FILE,
    SERVICES_FILE,
    SLOW,
    WALK_SPEED,
    Make,
    all_of_it,
    text_of,
    unlist,
)

pytestmark = pytest.mark.slow


def test_of_several_changes_each_figure_names_those_that_can_reach_it(everything: RunComparison) -> None:
    causes = {
        (row.table, row.key["scenario"], row.key["mode"], row.key["rule"], row.key["area_id"], item.figure): set(
            item.candidates
        )
        for row in everything.rows
        if row.table in MAIN
        for item in row.changes
    }
    services, people, speed = SERVICES_FILE, PEOPLE_FILE, WALK_SPEED
    covered = "population_covered"
    assert causes[COVERAGE, "tous", "walk", "any", "total", covered] == {services, people, speed}
    assert causes[COVERAGE, "tous", "walk", "any", "01", covered] == {services, speed}  # nobody moved in the west
    assert causes[COVERAGE, "sst", "walk", "any", "02", covered] == {people, speed}  # the SST stayed where it was
    assert causes[COVERAGE, "tous", "walk", "sst", "01", covered] == {speed}
    assert causes[COVERAGE, "sst", "walk", "any", "01", covered] == {speed}
    assert causes[SUMMARY, "tous", "car", "any", "01", "median_min"] == {services}  # the car is as fast as before
    assert causes[SUMMARY, "sst", "car", "any", "02", "p90_min"] == {people}
    assert {frozenset(found) for key, found in causes.items() if key[-1] == "population"} == {frozenset({people})}
    assert causes[COMPARISON, "sst", "walk", "any", "total", "population_lost"] == {services, people, speed}
    assert all(causes.values())
    assert all(item.candidates for row in everything.rows for item in row.changes)


def test_blocks_gather_the_figures_by_mode_and_causes_and_say_what_is_cleared(everything: RunComparison) -> None:
    known = {SERVICES_FILE, PEOPLE_FILE, WALK_SPEED}
    for block in everything.blocks:
        assert {*block.candidates, *block.cleared} == known
        assert not {*block.candidates} & {*block.cleared}
        assert block.mode == "walk" or WALK_SPEED in block.cleared
    told = sum(sum(block.figures.values()) for block in everything.blocks)
    assert told == sum(len(row.changes) for row in everything.rows)
    sizes = [(abs(block.largest_people), abs(block.largest_min)) for block in everything.blocks]
    assert sizes == sorted(sizes, reverse=True)
    text = text_of(everything)
    assert (
        "Peut venir, ensemble ou séparément, de : le fichier « services » (services.csv) [E1] ; "
        "le fichier « population » (people.csv) [E2] ; la vitesse du mode « À pied (adulte) » [E3]."
    ) in text
    assert "Hors de cause : la vitesse du mode « À pied (adulte) » [E3]." in text


def test_without_the_places_of_a_run_nothing_is_cleared_by_them(make: Make, reference: Path, tmp_path: Path) -> None:
    after = shutil.copytree(make("everything", edit=all_of_it, study=SLOW), tmp_path / "b")
    file_in(after, "access.parquet").unlink()
    unlist(after, "access.parquet")
    comparison = compare_runs(reference, after)
    west = next(row for row in comparison.rows if row.key["area_id"] == "01" and row.key["scenario"] == "sst")
    assert PEOPLE_FILE in west.changes[0].candidates


def test_the_dictionary_is_json_and_holds_every_difference(everything: RunComparison) -> None:
    content = json.loads(json.dumps(comparison_dict(everything), ensure_ascii=False, allow_nan=False))
    assert content["same_figures"] is False
    assert len(content["differences"]) == len(everything.rows)
    assert {block["verdict"] for block in content["blocks"]} == {"due", "candidates"}
    first = content["differences"][0]
    assert {"table", "scenario", "mode", "rule", "public", "area_id", "threshold_min", "figures"} == set(first)
    assert {"figure", "before", "after", "difference", "candidates"} == set(first["figures"][0])
    assert content["inputs"][-1]["before"] == 5.0
    assert content["runs"]["A"]["study"] == "essai"
