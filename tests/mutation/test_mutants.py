"""The sample of mutants: seeded, spread over the places, and without those that change nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="mutants need the extra « mutation »")

from tests.mutation.mutants import Mutant, sample_mutants

CODE = '''"""Half of 10 things."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Two numbers, 1 and 2."""

    first: int | None = 1


def is_less(one: int | None, *, other: float = 3.0) -> bool | None:
    """Whether 1 is less than 2."""
    if one is None:
        raise ValueError(input_error(f"{other:.2f} and 1", 5))
    return one < other
'''


def sample(folder: Path, *, count: int, seed: int = 1) -> list[Mutant]:
    path = folder / "module.py"
    path.write_text(CODE, encoding="utf-8")
    return sample_mutants(path, shown="module.py", count=count, seed=seed)[0]


def test_every_mutant_is_another_behaviour_of_a_whole_module(tmp_path: Path) -> None:
    mutants = sample(tmp_path, count=1000)
    trees = {ast.dump(ast.parse(mutant.code)) for mutant in mutants}
    assert len(trees) == len(mutants) > 5
    assert {"first: int | None = 1", "if one is None:", "return one < other"} <= {mutant.before for mutant in mutants}


def test_annotations_docstrings_decorators_messages_and_bare_stars_are_left_alone(tmp_path: Path) -> None:
    for mutant in sample(tmp_path, count=1000):
        assert "Half of 10" in mutant.code
        assert "int | None" in mutant.code
        assert "frozen=True" in mutant.code
        assert '.2f} and 1", 5' in mutant.code
        assert ", *, other" in mutant.code


def test_a_seed_draws_the_same_mutants_again_and_another_seed_others(tmp_path: Path) -> None:
    first, again, others = (sample(tmp_path, count=4, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert len(first) == 4
    assert first != others


def test_each_place_has_a_mutant_before_any_has_two(tmp_path: Path) -> None:
    places = {(mutant.line, mutant.column) for mutant in sample(tmp_path, count=1000)}
    few = sample(tmp_path, count=len(places))
    assert {(mutant.line, mutant.column) for mutant in few} == places
