"""A share by day or hour says at the figure whether the opening hours are known or supposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access92.outputs.report.content import Table, only
from access92.outputs.report.hours import hours_chapter
from access92.outputs.words.data_dictionary import table_words
from access92.run.results import Results
from access92.study.notices import Notice


def tables_of(results: Results) -> tuple[Table, Table, Table]:
    """The hours, the moments and the week of the first scenario."""
    chapter = hours_chapter(results)
    assert chapter is not None
    hours, moments, *weeks = only(chapter.blocks, Table)
    assert len(moments.groups) == 3
    return hours, moments, next(item for item in weeks if item.shades)


def with_unknown(results: Results, *counts: tuple[int, int], assumed: str = "Mo-Fr 09:00-17:00") -> Results:
    """The run with so many services of unknown hours among so many fixed ones, scenario by scenario."""
    notices = tuple(
        Notice("hours_unknown", (item.name, assumed), {"services": unknown, "fixed_services": fixed})
        for item, (unknown, fixed) in zip(results.scenarios, counts, strict=True)
        if unknown
    )
    assert results.study.calendar is not None
    calendar = results.study.calendar.model_copy(update={"assumed_hours": assumed or None})
    study = results.study.model_copy(update={"calendar": calendar})
    return replace(results, study=study, hour_tables=replace(results.hour_tables, notices=notices))


ALL, SOME, NONE = (3, 3), (2, 3), (0, 3)


@pytest.mark.parametrize(
    ("first", "others", "of_moments", "of_first"),
    [
        (ALL, ALL, "horaires supposés", "horaires supposés"),
        (SOME, SOME, "horaires en partie supposés", "horaires supposés pour 2\u00a0services sur 3"),
        (NONE, NONE, "", ""),
        (ALL, NONE, "horaires en partie supposés", "horaires supposés"),
        (NONE, ALL, "horaires en partie supposés", ""),
    ],
)
def test_the_heads_of_moments_and_of_the_week_say_that_hours_are_supposed(
    changed: Results, first: tuple[int, int], others: tuple[int, int], of_moments: str, of_first: str
) -> None:
    counts = (first, *[others] * (len(changed.scenarios) - 1))
    hours, moments, week = tables_of(with_unknown(changed, *counts))
    for label, _ in moments.groups[1:]:
        assert label.endswith(f", {of_moments}") if of_moments else "supposés" not in label
    assert hours.caption.endswith(f", {of_moments}") if of_moments else "supposés" not in hours.caption
    assert week.caption.endswith(f", {of_first}") if of_first else "supposés" not in week.caption


def test_services_of_unknown_hours_that_are_taken_for_closed_are_said_at_the_figure(changed: Results) -> None:
    hours, moments, week = tables_of(with_unknown(changed, *[SOME] * len(changed.scenarios), assumed=""))
    told = "fermés quand leurs horaires ne sont pas connus"
    assert all(told in words for words in (hours.caption, moments.groups[1][0], week.caption))


@pytest.mark.parametrize("table", ["person_hours.csv", "week.csv", "moments.csv"])
def test_the_words_on_the_tables_of_hours_say_that_hours_may_be_supposed(table: str) -> None:
    assert "Horaires supposés" in table_words(table).description
