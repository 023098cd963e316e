"""Where the people of squares and polygons are put: in buildings, along streets, at centres; first come, first used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from access92.sources.population.residences import NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points where people of units (squares or polygons) may live, one value a point.

    ``unit``: row of the unit in the population file, NOWHERE for none; ``area``: row of the area, NOWHERE for none;
    ``weight``: what the point counts for among those of its unit (floor, dwellings, metres of street).
    """

    x: np.ndarray
    y: np.ndarray
    unit: np.ndarray
    area: np.ndarray
    weight: np.ndarray

    def take(self, rows: np.ndarray) -> Places:
        """Some of the points, by row."""
        return Places(self.x[rows], self.y[rows], self.unit[rows], self.area[rows], self.weight[rows])


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPeople:
    """The people of units at points inside the areas, one value a point.

    ``kind``: by unit, which of the kinds of places it took, NOWHERE for none.
    """

    x: np.ndarray
    y: np.ndarray
    population: np.ndarray
    weight: np.ndarray
    unit: np.ndarray
    area: np.ndarray
    kind: np.ndarray

    def people_by_kind(self, kinds: int) -> np.ndarray:
        """People inside the areas that each kind of places took."""
        placed = self.unit != NOWHERE
        kind = self.kind[self.unit[placed]]
        return np.bincount(kind, weights=self.population[placed], minlength=kinds)


def place_people(population: np.ndarray, choices: Sequence[Places]) -> PlacedPeople:
    """The people of each unit over its points of the first kind that has some, in proportion to their weights.

    Points outside the areas have their part too, and are left out then: a unit on the border leaves its outsiders
    outside. Points that no unit holds stay, with nobody.

    >>> one = Places(*(np.array(values) for values in ([0.0], [0.0], [0], [0], [1.0])))
    >>> two = Places(*(np.array(values) for values in ([5.0, 6.0], [0.0, 0.0], [1, 1], [0, NOWHERE], [1.0, 3.0])))
    >>> placed = place_people(np.array([10.0, 8.0]), [one, two])
    >>> placed.x.tolist(), placed.population.tolist(), placed.kind.tolist()
    ([0.0, 5.0], [10.0, 2.0], [0, 1])
    """
    kind = np.full(len(population), NOWHERE, dtype=np.int64)
    used: list[tuple[Places, np.ndarray, np.ndarray]] = []
    for rank, places in enumerate(choices):
        in_unit = places.unit != NOWHERE
        total = np.bincount(places.unit[in_unit], weights=places.weight[in_unit], minlength=len(population))
        kind[(kind == NOWHERE) & (total > 0)] = rank
        taken = np.flatnonzero(~in_unit | (kind[places.unit] == rank))
        unit = places.unit[taken]
        shares = np.zeros(len(taken))
        housed = unit != NOWHERE
        shares[housed] = population[unit[housed]] * places.weight[taken][housed] / total[unit[housed]]
        inside = places.area[taken] != NOWHERE
        used.append((places, taken[inside], shares[inside]))
    columns = {
        name: np.concatenate([getattr(places, name)[rows] for places, rows, _ in used])
        for name in ("x", "y", "weight", "unit", "area")
    }
    return PlacedPeople(population=np.concatenate([shares for _, _, shares in used]), kind=kind, **columns)
