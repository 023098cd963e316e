"""The first page says which promise it tests, in the words of its source."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from access92.outputs.report.brief import answer_page
from access92.outputs.report.content import Paragraph, every_block, words_of
from access92.outputs.report.small_maps import BaseMap
from access92.outputs.words.contrast import promise_of
from access92.run.results import Results

pytestmark = pytest.mark.usefixtures("blank_pictures")


def plain(words: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", words).replace("’", "'")


def quoted(results: Results) -> list[str]:
    """Somebody's words on the first page."""
    blocks = every_block(answer_page(results, BaseMap(results)).blocks)
    return [plain(words_of(item.parts)) for item in blocks if isinstance(item, Paragraph) and item.role == "quote"]


def test_the_first_page_begins_with_the_promise_as_its_source_words_it(changed: Results) -> None:
    commitment = changed.study.commitments[0]
    (words,) = quoted(changed)
    assert words.startswith(f"La promesse : {commitment.source}.")
    assert getattr(answer_page(changed, BaseMap(changed)).blocks[0], "role", "") == "quote"
    # the words of the others are where they are
    assert "Engagements" in words


def test_a_study_of_one_commitment_refers_to_no_other(changed: Results) -> None:
    study = changed.study.model_copy(update={"commitments": changed.study.commitments[:1]})
    (words,) = quoted(replace(changed, study=study))
    assert words == f"La promesse : {study.commitments[0].source}."


def test_a_study_without_commitment_quotes_nobody(results: Results) -> None:
    assert not results.study.commitments
    assert quoted(results) == []


def test_the_promise_is_the_first_that_the_threshold_of_the_title_is_of(changed: Results) -> None:
    first, second = changed.study.commitments
    quarter = first.model_copy(update={"any_of": (first.any_of[0].model_copy(update={"under_min": 15.0}),)})
    assert changed.study.analysis.threshold_min == 20
    for commitments, tested in (((first, second), first), ((quarter, second), second), ((quarter,), None)):
        study = changed.study.model_copy(update={"commitments": commitments})
        assert promise_of(study) is tested
    assert promise_of(changed.study.model_copy(update={"commitments": ()})) is None
