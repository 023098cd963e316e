"""Sums by group and class, and of what counts: those of plain Python; no product of a BLAS in what decides a figure."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import access92
from access92._statistics import grouped_sums, sums_where

PRODUCTS = {
    f"np.{name}" for name in ("dot", "inner", "linalg", "matmul", "matvec", "tensordot", "vdot", "vecdot", "vecmat")
}
"""What NumPy gives to a BLAS, besides « @ »."""
EXACT = {"outputs/maps/run_map/packing.py": "whole numbers", "sources/elevation.py": "sparse"}
"""Modules whose products no BLAS makes, and why."""


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_bincount_to_the_bit(count: int, groups: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, of_class = rng.integers(0, groups, count), rng.integers(0, classes, count)
    values = rng.normal(size=count) * 10.0 ** rng.integers(-9, 9, count)
    values.flags.writeable = bool(rng.integers(2))
    flat = np.bincount(group * classes + of_class, weights=values, minlength=groups * classes)
    assert np.array_equal(grouped_sums(values, group, of_class, (groups, classes)), flat.reshape(groups, classes))
    of_all = np.bincount(group, weights=values, minlength=groups)
    assert np.array_equal(grouped_sums(values, group, None, (groups, 1))[:, 0], of_all)


@pytest.mark.parametrize(("group", "of_class"), [(2, 0), (-1, 0), (0, 3), (0, -1)])
def test_a_value_without_a_place_is_refused(group: int, of_class: int) -> None:
    with pytest.raises(IndexError):
        grouped_sums(np.ones(2), np.array([0, group]), np.array([0, of_class]), (2, 3))


def test_nothing_has_a_place_in_no_group() -> None:
    assert grouped_sums(np.ones(0), np.zeros(0, dtype=np.int64), None, (0, 1)).shape == (0, 1)
    with pytest.raises(IndexError):
        grouped_sums(np.ones(1), np.zeros(1, dtype=np.int64), None, (0, 1))


@pytest.mark.parametrize("lengths", [(2, 3, 3), (3, 2, 3), (3, 3, 2)])
def test_arrays_of_several_lengths_are_refused(lengths: tuple[int, int, int]) -> None:
    values, groups, classes = (np.zeros(length, dtype=np.int64) for length in lengths)
    with pytest.raises(ValueError, match="values"):
        grouped_sums(values, groups, classes, (1, 1))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_what_counts_is_summed_and_nothing_else(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.random((rows, columns)) < rng.random()
    of_rows, of_columns = rng.random(rows) * 1e6, rng.random(columns) * 1e6
    down = [math.fsum(of_rows[counts[:, at]]) for at in range(columns)]
    along = [math.fsum(of_columns[counts[at]]) for at in range(rows)]
    np.testing.assert_allclose(sums_where(counts, of_rows[:, None], axis=0), down, rtol=1e-12)
    np.testing.assert_allclose(sums_where(counts, of_columns, axis=1), along, rtol=1e-12)


def test_no_module_multiplies_matrices_by_a_blas() -> None:
    # its last bits depend on the processor, and on some it warns of invalid values where all are finite
    package, found = Path(access92.__file__).parent, []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_product = isinstance(node, ast.MatMult) or ast.unparse(node) in PRODUCTS
            if is_product and name not in EXACT:
                found.append(name)
    assert found == []
