"""The table of families names tests that are there, and leaves no case out."""

from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT
from tests.families import beyond_the_default, read_families


@pytest.mark.parametrize("file", sorted({file for file, _ in read_families()}))
def test_each_family_is_a_test_with_cases(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    with_cases = {
        function.name
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        and any("parametrize" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    named = {test for known, test in read_families() if known == file}
    assert named <= with_cases


def test_by_default_some_cases_of_each_family_are_tried() -> None:
    assert min(read_families().values()) >= 1


@pytest.mark.parametrize("count", range(1, 8))
def test_the_same_cases_stay_default_in_whatever_order_they_come(count: int) -> None:
    cases = [(one, other) for one in range(2) for other in range(3)]
    slow = {cases[at] for at in beyond_the_default(cases, count)}
    assert len(slow) == max(0, len(cases) - count)
    assert cases[0] not in slow
    mixed = [cases[at] for at in (3, 0, 5, 1, 4, 2)]
    assert {mixed[at] for at in beyond_the_default(mixed, count)} == slow
