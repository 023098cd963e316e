"""Commitments in French: a step, the whole rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from access92.study.changes import Commitment, Step
from access92.study.schemas import KINDS

_FEMININE = frozenset({"antenne", "pmi", "mdph", "permanence", "mobile"})


def step_text(step: Step, mode_labels: Mapping[str, str]) -> str:
    """A step in French, as it stands in a sentence; ``mode_labels``: the French label of each mode.

    >>> step = Step(kinds=("pole_social", "antenne"), mode="walk", under_min=20)
    >>> step_text(step, {"walk": "À pied"})
    'un pôle social ou une antenne de proximité à moins de 20 min à pied'
    """
    label = mode_labels[step.mode]
    minutes = f"{step.under_min:g}".replace(".", ",")
    return f"{_kinds_text(step.kinds)} à moins de {minutes} min {label[:1].lower()}{label[1:]}"


def commitment_text(commitment: Commitment, mode_labels: Mapping[str, str]) -> str:
    """The whole rule in French: its steps, joined by « sinon »."""
    return ", sinon ".join(step_text(step, mode_labels) for step in commitment.any_of)


def _kinds_text(kinds: Sequence[str]) -> str:
    """« un SST, un pôle social ou une PMI »: the abbreviation where the label of a kind gives one."""
    if set(kinds) >= set(KINDS):
        return "un service, quelle que soit sa catégorie,"
    if set(kinds) == set(KINDS) - {"mobile"}:
        return "un service fixe, quelle que soit sa catégorie,"
    names = [f"{'une' if kind in _FEMININE else 'un'} {_noun(KINDS[kind])}" for kind in dict.fromkeys(kinds)]
    return " ou ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _noun(label: str) -> str:
    short = label.partition("(")[2].rstrip(")")
    return short or f"{label[:1].lower()}{label[1:]}"
