"""Sums of people by area: whose area is which is found once, however many tables of the same people are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from access92.study.schemas import EVERYBODY, TOTAL


@dataclass(frozen=True, slots=True, eq=False)
class AreaSums:
    """The areas to tell, and the people of each demand point.

    ``ids``: the area ids in the order they are told; ``codes``: int64 per demand point, its place in ``ids``,
    ``len(ids)`` for an area that is not told (in the total only); ``people``: those of each demand point, float64, of
    the public (``all``: everybody).
    """

    ids: tuple[str, ...]
    codes: np.ndarray
    people: np.ndarray
    public: str = EVERYBODY

    def of(self, public: str, people: np.ndarray) -> AreaSums:
        """The same areas for another public: the people of it at each demand point.

        >>> ready = area_sums(pd.DataFrame({"area_id": ["a", "b"], "population": [3, 4], "age_65_plus": [1, 2]}))
        >>> seniors = ready.of("seniors", np.array([1.0, 2.0]))
        >>> seniors.public, seniors.sums(seniors.people).tolist()
        ('seniors', [1.0, 2.0, 3.0])
        """
        return replace(self, public=public, people=people)

    @property
    def labels(self) -> list[str]:
        """The area ids, then ``total``: the rows of every sum."""
        return [*self.ids, TOTAL]

    def sums(self, weights: np.ndarray) -> np.ndarray:
        """The sum of ``weights`` (one per demand point) in each area, then in total."""
        found = np.bincount(self.codes, weights=weights, minlength=len(self.ids) + 1)
        return np.append(found[:-1], found.sum())

    def sums_by_class(self, classes: np.ndarray, count: int, weights: np.ndarray) -> np.ndarray:
        """The same for each of ``count`` classes of demand points (0, 1, …): (areas + 1, count)."""
        size = (len(self.ids) + 1) * count
        found = np.bincount(self.codes * count + classes, weights=weights, minlength=size).reshape(-1, count)
        return np.vstack([found[:-1], found.sum(axis=0)])

    def with_points(self) -> list[int]:
        """The places in ``ids`` of the areas that have a demand point."""
        return np.flatnonzero(np.bincount(self.codes, minlength=len(self.ids))[: len(self.ids)]).tolist()


def area_sums(demand: pd.DataFrame, areas: Sequence[str] | AreaSums | None = None) -> AreaSums:
    """The areas to tell (all of the demand, sorted, by default), ready to sum the people of ``demand``.

    What is ready already is given back as it is.

    Examples
    --------
    >>> demand = pd.DataFrame({"area_id": ["a", "b", "a"], "population": [1, 2, 4]})
    >>> ready = area_sums(demand, ["a"])
    >>> ready.labels, ready.sums(ready.people).tolist()
    (['a', 'total'], [5.0, 7.0])
    """
    if isinstance(areas, AreaSums):
        return areas
    ids = sorted(demand["area_id"].unique()) if areas is None else list(areas)
    codes = pd.Index(ids, dtype=object).get_indexer(pd.Index(demand["area_id"], dtype=object)).astype(np.int64)
    return AreaSums(tuple(map(str, ids)), np.where(codes < 0, len(ids), codes), demand["population"].to_numpy(float))
