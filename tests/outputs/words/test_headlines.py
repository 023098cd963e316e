"""The headline figures of the console: the same as records and in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from access92.outputs.figures import headline
from access92.outputs.words.headlines import (
    answer_lines,
    headline_lines,
    headline_record,
    not_counted_lines,
    trial_words,
)
from access92.outputs.words.typography import percent
from access92.run.results import Results


def test_each_scenario_and_mode_has_a_record_and_a_line_with_its_share(results: Results) -> None:
    records = headline_record(results)["coverage"]
    assert isinstance(records, list)
    keys = [(record["scenario"], record["mode"]) for record in records]
    assert keys == [(scenario.name, mode) for scenario in results.scenarios for mode in results.study_modes]
    titles = {scenario.name: scenario.title for scenario in results.scenarios}
    starts = [
        f"{titles[record['scenario']]} — {results.modes[record['mode']].label.lower()} : "
        f"{percent(record['coverage_share'])} de "
        for record in records
    ]
    lines = list(headline_lines(results))
    assert [any(line.startswith(start) for line in lines) for start in starts] == [True] * len(records)


def test_what_does_not_count_follows_its_title(results: Results) -> None:
    title, *lines = not_counted_lines(results.study, results.omissions, results.modes)
    assert title.startswith("Ce qui ne compte pas")
    assert lines
    assert all(line.startswith("  ") for line in lines)


def test_the_answer_ends_the_run_in_three_lines_at_most(results: Results) -> None:
    lines = [line.replace("\N{NO-BREAK SPACE}", " ").replace("’", "'") for line in answer_lines(results)]
    assert 1 <= len(lines) <= 3
    mode, first = results.study.analysis.headline_mode, results.scenarios[0]
    shares = {item.name: headline(results, item.name, mode).share for item in results.scenarios}
    assert f"{percent(shares[first.name])} des habitants" in lines[0]
    assert f"« {first.title} »" in lines[0]
    others = {name: share for name, share in shares.items() if name != first.name}
    titles = {item.name: item.title for item in results.scenarios}
    for name in (max(others, key=others.__getitem__), min(others, key=others.__getitem__)):
        assert titles[name] in lines[1]


@pytest.mark.parametrize(
    ("left_out", "end"), [(0, "»)."), (1, "1 habitant ne l'est pas."), (2, "2 habitants ne le sont pas.")]
)
def test_those_left_out_are_told_in_their_number(results: Results, left_out: int, end: str) -> None:
    covered = results.coverage.copy()
    covered["population_covered"] = covered["population"] - left_out
    line = next(answer_lines(replace(results, coverage=covered))).replace("\N{NO-BREAK SPACE}", " ").replace("’", "'")
    assert line.replace(" »", "»").endswith(end)


@pytest.mark.parametrize(("threshold", "is_told"), [(10.0, True), (20.0, False), (None, False)])
def test_a_trial_is_told_at_the_threshold_that_it_sets(
    results: Results, threshold: float | None, is_told: bool
) -> None:
    study = results.study.model_copy()
    study._trial = json.dumps({"actions": [{"kind": "set_threshold", "threshold_min": threshold}]})
    words = trial_words(replace(results, study=study))
    assert ("moins de 10 min" in words and study.scenarios[-1].title in words) == is_told == bool(words)
    assert trial_words(results) == ""
