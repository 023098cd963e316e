"""Families of cases that go the same way through the code: some by default, all of them with the slow tests.

Which ones, and how many, stands in ``families.toml``; a test that is not there keeps all its cases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

FAMILIES = Path(__file__).with_suffix(".toml")


def read_families() -> dict[tuple[str, str], int]:
    """By file and test how many of its cases are default."""
    table = tomllib.loads(FAMILIES.read_text(encoding="utf-8"))
    return {(file, test): count for file, tests in table.items() for test, count in tests.items()}


def beyond_the_default(cases: Sequence[tuple[int, ...]], count: int) -> set[int]:
    """The positions of the cases that are slow: all but ``count``, evenly from the first to the last as written.

    ``cases``: of each the numbers of its values in their decorators, in whatever order the cases come.

    >>> sorted(beyond_the_default([(0,), (1,), (2,), (3,), (4,)], 3))
    [1, 3]
    >>> sorted(beyond_the_default([(4,), (3,), (2,), (1,), (0,)], 1))
    [0, 1, 2, 3]
    >>> beyond_the_default([(0,), (1,)], 3)
    set()
    """
    total = len(cases)
    ranked = sorted(range(total), key=lambda at: cases[at])
    default = (
        range(total) if count >= total else {round(number * (total - 1) / max(count - 1, 1)) for number in range(count)}
    )
    return {at for rank, at in enumerate(ranked) if rank not in default}


def mark_the_rest_slow(items: Iterable[pytest.Item], root: Path) -> None:
    """Mark as slow the cases of families beyond those that stay default; one that is slow already does not count."""
    families, cases = read_families(), dict[tuple[str, str], list[pytest.Function]]()
    for item in items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(root):
            key = (item.path.relative_to(root).as_posix(), item.originalname)
            if key in families and item.get_closest_marker("slow") is None:
                cases.setdefault(key, []).append(item)
    for key, found in cases.items():
        for at in beyond_the_default([tuple(item.callspec.indices.values()) for item in found], families[key]):
            found[at].add_marker(pytest.mark.slow)
