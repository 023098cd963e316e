"""Node numbers, ranked by counting where they are dense and by sorting where they are far apart."""

from __future__ import annotations

import numpy as np
import pytest

from access92.network.reach import node_ranks


@pytest.mark.parametrize("span", [1, 40, 10_000, 10**12])
@pytest.mark.parametrize("lowest", [-500, 0, 7])
def test_ranks_are_those_of_the_sorted_numbers(lowest: int, span: int) -> None:
    random = np.random.default_rng(span)
    for shape in ((2, 300), (1,), (2, 0)):
        nodes = random.integers(lowest, lowest + span, shape)
        ranks, count = node_ranks(nodes)
        different, expected = np.unique(nodes, return_inverse=True)
        assert count == len(different)
        assert ranks.shape == shape
        assert np.array_equal(ranks, expected.reshape(shape))
