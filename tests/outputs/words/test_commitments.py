"""Commitments as they read in French."""

from __future__ import annotations

import pytest

from access92.outputs.words.commitments import commitment_text, step_text
from access92.study.commitments import Step
from access92.study.kinds import KINDS
from tests.measures.test_commitments import TWO_STEPS

LABELS = {"walk": "À pied", "bike": "À vélo"}


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (("sst",), "un SST"),
        (("sst", "pole_social"), "un SST ou un pôle social"),
        (("antenne", "pmi", "mobile"), "une antenne de proximité, une PMI ou une unité mobile"),
        (tuple(kind.name for kind in KINDS), "un service, quelle que soit sa catégorie,"),
        (tuple(kind.name for kind in KINDS if not kind.mobile), "un service fixe, quelle que soit sa catégorie,"),
    ],
)
def test_a_step_reads_as_french(kinds: tuple[str, ...], text: str) -> None:
    assert step_text(Step(kinds=kinds, mode="bike", under_min=7.5), LABELS) == f"{text} à moins de 7,5 min à vélo"


def test_a_commitment_reads_as_one_sentence() -> None:
    assert commitment_text(TWO_STEPS, LABELS) == (
        "un pôle social à moins de 20 min à pied, sinon une antenne de proximité à moins de 15 min à pied"
    )
