"""Commitments in French: a step, the whole rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from access92.study.commitments import Commitment, Step
from access92.study.kinds import KINDS, Kind


def step_text(step: Step, mode_labels: Mapping[str, str], kinds: Sequence[Kind] = KINDS) -> str:
    """A step in French, as it stands in a sentence.

    ``mode_labels``: the French label of each mode; ``kinds``: of the study.

    >>> step = Step(kinds=("pole_social", "antenne"), mode="walk", under_min=20)
    >>> step_text(step, {"walk": "À pied"})
    'un pôle social ou une antenne de proximité à moins de 20 min à pied'
    """
    label = mode_labels[step.mode]
    minutes = f"{step.under_min:g}".replace(".", ",")
    return f"{_kinds_text(step.kinds, kinds)} à moins de {minutes} min {label[:1].lower()}{label[1:]}"


def commitment_text(commitment: Commitment, mode_labels: Mapping[str, str], kinds: Sequence[Kind] = KINDS) -> str:
    """The whole rule in French: its steps, joined by « sinon »."""
    return ", sinon ".join(step_text(step, mode_labels, kinds) for step in commitment.any_of)


def _kinds_text(names: Sequence[str], kinds: Sequence[Kind]) -> str:
    """« un SST, un pôle social ou une PMI »: the noun of each kind."""
    if set(names) >= {kind.name for kind in kinds}:
        return "un service, quelle que soit sa catégorie,"
    if set(names) == {kind.name for kind in kinds if not kind.mobile}:
        return "un service fixe, quelle que soit sa catégorie,"
    by_name = {kind.name: kind for kind in kinds}
    step_kinds = [by_name.get(name, Kind(name=name, label=name)) for name in dict.fromkeys(names)]
    nouns = [f"{'une' if kind.feminine else 'un'} {kind.spoken}" for kind in step_kinds]
    return " ou ".join(part for part in (", ".join(nouns[:-1]), nouns[-1]) if part)
