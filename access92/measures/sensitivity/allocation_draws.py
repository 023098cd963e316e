"""The same population elsewhere in its cell: evenly over its points, then seeded draws of uneven density."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np

from access92._space import unique_cells

BLOCK_M = 200.0
"""Side of the squares that have a density of their own: the finest census grid of France (INSEE, Filosofi)."""

_BLOCKS_A_SIDE = 5
"""Hypothèse access92: in a cell of 200 m, blocks of 40 m, about a building or a row of houses."""


def block_side_m(cell_m: float | None) -> float:
    """Side of the squares that have a density of their own within cells of ``cell_m`` metres (None: polygons).

    A fifth of a cell, 200 m at most: one density for a whole cell would move nobody within it.

    >>> block_side_m(1000.0), block_side_m(200.0), block_side_m(None)
    (200.0, 40.0, 200.0)
    """
    return BLOCK_M if cell_m is None else min(BLOCK_M, cell_m / _BLOCKS_A_SIDE)


def other_allocations(
    points: gpd.GeoSeries,
    population: np.ndarray,
    groups: np.ndarray,
    *,
    draws: int,
    seed: int,
    block_m: float = BLOCK_M,
) -> Iterator[np.ndarray]:
    """Population of each point under 1 + ``draws`` other allocations; the sum of each group is the same in all.

    ``groups``: by point the cell (or polygon) and area whose people it shares. The first allocation is
    :func:`even_population`: neither the length of street nor the floor of buildings counts. Each other one multiplies
    the people of every square of ``block_m`` metres by its own factor, drawn from the exponential law (as often below
    0.7 as above; mean 1), before the totals are restored.

    >>> home = gpd.GeoSeries.from_xy([10.0, 900.0], [10.0, 10.0])
    >>> found = other_allocations(home, np.array([30.0, 10.0]), np.array([0, 0]), draws=2, seed=92)
    >>> [round(float(people.sum()), 6) for people in found]
    [40.0, 40.0, 40.0]
    """
    x, y = np.floor(points.x.to_numpy() / block_m), np.floor(points.y.to_numpy() / block_m)
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
