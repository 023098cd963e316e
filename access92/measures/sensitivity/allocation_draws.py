"""The same population elsewhere in its cell: evenly over its points, then seeded draws of uneven density."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np

from access92._space import unique_cells

BLOCK_M = 200.0
"""Side of the squares that have a density of their own: the finest census grid of France (INSEE, Filosofi)."""


def other_allocations(
    points: gpd.GeoSeries, population: np.ndarray, groups: np.ndarray, *, draws: int, seed: int
) -> Iterator[np.ndarray]:
    """Population of each point under 1 + ``draws`` other allocations; the sum of each group is the same in all.

    ``groups``: by point the cell (or polygon) and area whose people it shares. The first allocation is
    :func:`even_population`; each other one multiplies the people of every square of ``BLOCK_M`` metres by its own
    factor, drawn from the exponential law (as often below 0.7 as above; mean 1), before the totals are restored.

    >>> home = gpd.GeoSeries.from_xy([10.0, 900.0], [10.0, 10.0])
    >>> found = other_allocations(home, np.array([30.0, 10.0]), np.array([0, 0]), draws=2, seed=92)
    >>> [round(float(people.sum()), 6) for people in found]
    [40.0, 40.0, 40.0]
    """
    x, y = np.floor(points.x.to_numpy() / BLOCK_M), np.floor(points.y.to_numpy() / BLOCK_M)
    squares, square = unique_cells(np.stack([x, y], axis=1))
    generator = np.random.Generator(np.random.PCG64(seed % 2**64))
    totals = np.bincount(groups, weights=population)
    yield even_population(population, groups)
    for _ in range(draws):
        allocation = population * generator.exponential(size=len(squares))[square]
        sums = np.bincount(groups, weights=allocation)
        yield allocation * np.divide(totals, sums, out=np.zeros(len(sums)), where=sums > 0)[groups]


def even_population(population: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The population of each group spread evenly over its points.

    >>> even_population(np.array([9.0, 1.0, 5.0]), np.array([0, 0, 1])).tolist()
    [5.0, 5.0, 5.0]
    """
    even: np.ndarray = (np.bincount(groups, weights=population) / np.bincount(groups))[groups]
    return even
