"""The numbers of each public at the demand points, packed for the page of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.run.results import Results

_MOST_GROUPS = 65_536
_RELATIVE, _ABSOLUTE = 1e-9, 1e-9
"""How near the numbers of a group must be to a multiple of the inhabitants."""


@dataclass(frozen=True, slots=True)
class PackedPublics:
    """The numbers of the publics of a run.

    ``content``: those of each public (float32), then the group of each point (uint16) where one is packed by groups.
    ``groups``: of each public the number of its groups, 0 where it is packed point by point.
    """

    content: bytes
    groups: tuple[int, ...]


def pack_publics(results: Results) -> PackedPublics:
    """The publics of a run, everybody first; each by groups of points where that loses nothing.

    A group is the points of one square or polygon in one area: there a public is so many for each inhabitant, and some
    thousands of such numbers take far less room than one for each point.
    """
    demand = results.demand
    people = demand["population"].to_numpy(dtype=float)
    units = demand["unit_id"] if "unit_id" in demand.columns else demand["demand_id"]
    pairs = np.column_stack([pd.factorize(units)[0], pd.factorize(demand["area_id"])[0]])
    group = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    count = int(group.max(initial=-1)) + 1

    arrays, groups = [], []
    for at, item in enumerate(results.publics):
        numbers = demand[item.column].to_numpy(dtype=float)
        by_group = None
        if at > 0 and 0 < count < min(_MOST_GROUPS, len(demand) / 2):
            by_group = _by_group(numbers, people, group)
        arrays.append(numbers if by_group is None else by_group)
        groups.append(0 if by_group is None else count)
    content = b"".join(array.astype("<f4").tobytes() for array in arrays)
    return PackedPublics(content + (group.astype("<u2").tobytes() if any(groups) else b""), tuple(groups))


def _by_group(numbers: np.ndarray, people: np.ndarray, group: np.ndarray) -> np.ndarray | None:
    """The number for each inhabitant of each group; None where it is not the same at all the points of a group.

    >>> _by_group(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 3.0]), np.array([0, 0, 1])).tolist()
    [0.5, 1.0]
    >>> _by_group(np.array([1.0, 1.0]), np.array([2.0, 4.0]), np.array([0, 0])) is None
    True
    """
    inhabitants = np.bincount(group, weights=people)
    sums = np.bincount(group, weights=numbers)
    each: np.ndarray = np.divide(sums, inhabitants, out=np.zeros(len(sums)), where=inhabitants > 0)
    same = np.isclose(each[group] * people, numbers, rtol=_RELATIVE, atol=_ABSOLUTE).all()
    return each if same else None
