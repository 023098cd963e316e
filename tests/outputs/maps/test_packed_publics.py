"""The publics of the page: by groups of points where that loses nothing, else point by point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from access92.outputs.maps.run_map.packed_publics import PackedPublics, pack_publics
from access92.run.results import Results
from tests.outputs.run_map_town import town


@pytest.fixture(scope="module")
def results() -> Results:
    made = town()
    half = np.arange(len(made.demand)) < len(made.demand) // 2
    foyers = made.demand["population"] * np.where(half, 0.4, 0.3)
    return replace(made, demand=made.demand.assign(unit_id=np.where(half, "west", "east"), households_foyers=foyers))


def unpacked(packed: PackedPublics, count: int) -> list[np.ndarray]:
    """The numbers of each public at each point, as the page reads them."""
    sizes = [groups or count for groups in packed.groups]
    arrays = np.split(np.frombuffer(packed.content, "<f4", sum(sizes)), np.cumsum(sizes)[:-1])
    group = np.frombuffer(packed.content, "<u2", offset=4 * sum(sizes))
    assert len(group) == (count if any(packed.groups) else 0)
    return [arrays[0] * array[group] if groups else array for array, groups in zip(arrays, packed.groups, strict=True)]


def test_a_public_that_is_so_many_for_each_inhabitant_of_a_square_is_packed_by_squares(results: Results) -> None:
    packed = pack_publics(results)
    everybody, _, households = packed.groups
    assert everybody == 0
    assert 0 < households < len(results.demand) / 2
    for item, numbers in zip(results.publics, unpacked(packed, len(results.demand)), strict=True):
        np.testing.assert_allclose(numbers, results.demand[item.column], rtol=1e-6)


def test_one_point_that_differs_from_its_square_is_kept(results: Results) -> None:
    moved = results.demand["households_foyers"].to_numpy().copy()
    moved[0] += 1
    other = replace(results, demand=results.demand.assign(households_foyers=moved))
    packed = pack_publics(other)
    assert packed.groups[2] == 0
    np.testing.assert_allclose(unpacked(packed, len(moved))[2], moved, rtol=1e-6)
