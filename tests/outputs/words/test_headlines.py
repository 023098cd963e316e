"""The headline figures of the console: the same as records and in words."""

from __future__ import annotations

from access92.outputs.words.headlines import headline_lines, headline_record, not_counted_lines
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
