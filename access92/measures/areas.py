"""Sums of population by area; the area of each demand point is looked up once for all tables of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from access92._statistics import grouped_sums
from access92.study.schemas import EVERYBODY, TOTAL


@dataclass(frozen=True, slots=True, eq=False)
class AreaSums:
    """The areas of a table, and the population of each demand point.

    ``ids``: the area ids in the order of the rows; ``codes``: int64 per demand point, its place in ``ids``,
    ``len(ids)`` for an area without a row (in the total only); ``population``: float64 per demand point, of the public
    (``all``: everybody).
    """

    ids: tuple[str, ...]
    codes: np.ndarray
    population: np.ndarray
    public: str = EVERYBODY

    def for_public(self, public: str, population: np.ndarray) -> AreaSums:
        """The same areas for another public, with its population at each demand point.

        >>> ready = index_areas(pd.DataFrame({"area_id": ["a", "b"], "population": [3, 4], "age_65_plus": [1, 2]}))
        >>> seniors = ready.for_public("seniors", np.array([1.0, 2.0]))
        >>> seniors.public, seniors.sum(seniors.population).tolist()
        ('seniors', [1.0, 2.0, 3.0])
        """
        return replace(self, public=public, population=population)

    @property
    def labels(self) -> list[str]:
        """The area ids, then ``total``: the rows of every sum."""
        return [*self.ids, TOTAL]

    def sum(self, values: np.ndarray) -> np.ndarray:
        """The sum of ``values`` (one per demand point) in each area, then in total."""
        totals = grouped_sums(values, self.codes, None, (len(self.ids) + 1, 1))[:, 0]
        totals[-1] = totals.sum()
        return totals

    def sum_by_class(self, classes: np.ndarray, count: int, values: np.ndarray) -> np.ndarray:
        """The same for each of ``count`` classes of demand points (0, 1, …): (areas + 1, count)."""
        totals = grouped_sums(values, self.codes, classes, (len(self.ids) + 1, count))
        totals[-1] = totals.sum(axis=0)
        return totals

    def with_points(self) -> list[int]:
        """The places in ``ids`` of the areas that have a demand point."""
        return np.flatnonzero(np.bincount(self.codes, minlength=len(self.ids))[: len(self.ids)]).tolist()


def index_areas(demand: pd.DataFrame, areas: Sequence[str] | AreaSums | None = None) -> AreaSums:
    """The areas of a table (all of the demand, sorted, by default), ready to sum the population of ``demand``.

    An :class:`AreaSums` is returned unchanged.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "b", "a"], "population": [1, 2, 4]})
    >>> ready = index_areas(demand, ["a"])
    >>> ready.labels, ready.sum(ready.population).tolist()
    (['a', 'total'], [5.0, 7.0])
    """
    if isinstance(areas, AreaSums):
        return areas
    ids = sorted(demand["area_id"].unique()) if areas is None else list(areas)
    codes = pd.Index(ids, dtype=object).get_indexer(pd.Index(demand["area_id"], dtype=object)).astype(np.int64)
    return AreaSums(tuple(map(str, ids)), np.where(codes < 0, len(ids), codes), demand["population"].to_numpy(float))
