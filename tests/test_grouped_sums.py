"""Sums by group and class: those of NumPy to the bit, of any arrays; no value without a place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92._statistics import grouped_sums


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
