"""Weighted quantiles of travel times (minutes): a time that is not reached is beyond any other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from access92.cache.kernels import kernel

_JUST_UNDER = 1 - 1e-12
"""A share of the weight that is reached but for the rounding of a sum is reached."""


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The least value such that at least ``share`` of the weight is at or below it; NaN values are infinite.

    Gives NaN where that value is not reached, or where there is no weight.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, np.nan]), np.array([1.0, 1.0, 2.0]), 0.5)
    2.0
    >>> weighted_quantile(np.array([1.0, np.nan]), np.array([1.0, 1.0]), 0.9)
    nan
    """
    total = float(weights.sum())
    if total <= 0:
        return float("nan")
    filled = np.where(np.isnan(values), np.inf, values).astype(float)
    order = np.argsort(filled, kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * total * _JUST_UNDER))
    value = filled[order[min(at, len(order) - 1)]]
    return float(value) if np.isfinite(value) else float("nan")


def grouped_sums(
    values: np.ndarray, groups: np.ndarray, classes: np.ndarray | None, shape: tuple[int, int]
) -> np.ndarray:
    """The sums of values by group and class (from 0; without ``classes`` all are of class 0): float64 of ``shape``.

    Values are added in their order, as ``numpy.bincount`` adds them, to the same bits.

    Raises
    ------
    IndexError
        A group or a class that the shape has no place for.
    ValueError
        Arrays of several lengths.

    Examples
    --------
    >>> grouped_sums(np.array([1, 2, 4]), np.array([0, 1, 0]), np.array([1, 0, 1]), (2, 2)).tolist()
    [[0.0, 5.0], [2.0, 0.0]]
    """
    sums = np.zeros(shape)
    of_class = np.zeros(len(groups), dtype=np.int64) if classes is None else np.asarray(classes, dtype=np.int64)
    if not len(values) == len(groups) == len(of_class):
        message = f"{len(values)} values, {len(groups)} groups and {len(of_class)} classes"
        raise ValueError(message)
    if not _add_up(_read_only(np.asarray(values, dtype=float)), _read_only(groups), _read_only(of_class), sums):
        message = f"a group or a class beyond {shape}"
        raise IndexError(message)
    return sums


def sums_where(is_counted: np.ndarray, values: np.ndarray, *, axis: int) -> np.ndarray:
    """The sums along an axis of the values that count (float64).

    ``is_counted``: bool (rows, columns); ``values``: float64 that spread over it. It is no product of matrices: the
    order in which a BLAS adds, and so the last bit, depends on the processor, and some of them warn of invalid values
    where all are finite (https://github.com/numpy/numpy/issues/24067).

    Examples
    --------
    >>> sums_where(np.array([[True, False], [True, True]]), np.array([5.0, 2.0]), axis=1).tolist()
    [5.0, 7.0]
    """
    sums: np.ndarray = np.where(is_counted, values, 0.0).sum(axis=axis)
    return sums


def _read_only(array: np.ndarray) -> np.ndarray:
    """A view that may not be written: numba compiles apart for arrays that may be and for those that may not."""
    view = array.view()
    view.flags.writeable = False
    return view


def grouped_quantiles(
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    count: int,
    shares: Sequence[float],
    *,
    order: np.ndarray | None = None,
) -> np.ndarray:
    """:func:`weighted_quantile` of each of ``count`` groups, then of all together, for each share: one sort for all.

    ``values``: float32, none negative, NaN = not reached; ``shares`` ascending; ``order``: the rows as
    :func:`ascending` gives them, where they are known.

    Returns
    -------
    quantiles
        float64 (len(shares), count + 1); groups (int64) of ``count`` and more are in the last column only.

    Examples
    --------
    >>> minutes = np.array([5.0, 9.0, np.nan, 7.0])
    >>> grouped_quantiles(minutes, np.ones(4), np.array([0, 0, 0, 1]), 2, [0.5]).tolist()
    [[9.0, 7.0, 7.0]]
    """
    at = np.asarray(values, dtype=np.float32)
    order = ascending(at) if order is None else order
    goals = np.asarray(shares, dtype=float) * _JUST_UNDER
    quantiles = np.full((len(goals), count + 1), np.nan)
    _fill_quantiles(order, at, np.asarray(weights, dtype=float), groups, goals, quantiles)
    return quantiles


def ascending(values: np.ndarray) -> np.ndarray:
    """The rows of float32 ``values`` (none negative) in ascending order, NaN last, of equal values the first row first.

    The bits of floats that are not negative sort as whole numbers: two passes of sixteen bits each, which NumPy
    sorts by counting.

    >>> ascending(np.array([3, np.nan, 0, 3], dtype=np.float32)).tolist()
    [2, 0, 3, 1]
    """
    bits = np.ascontiguousarray(np.where(np.isnan(values), np.float32(np.inf), values), dtype=np.float32)
    whole = bits.view(np.uint32)
    low = np.argsort(whole.astype(np.uint16), kind="stable")
    high = (whole >> np.uint32(16)).astype(np.uint16)
    return low[np.argsort(high[low], kind="stable")]


@kernel
def _add_up(values: np.ndarray, groups: np.ndarray, classes: np.ndarray, sums: np.ndarray) -> bool:
    """Add each value where it belongs; False, and no further, where there is no place for it."""
    # neighbours mostly belong together: their sum is written when another one begins
    if sums.size == 0:
        return len(values) == 0
    group, of_class, total = np.int64(0), np.int64(0), 0.0
    for row in range(len(values)):
        if groups[row] != group or classes[row] != of_class:
            sums[group, of_class] = total
            group, of_class = groups[row], classes[row]
            if group < 0 or group >= sums.shape[0] or of_class < 0 or of_class >= sums.shape[1]:
                return False
            total = sums[group, of_class]
        total += values[row]
    sums[group, of_class] = total
    return True


@kernel
def _fill_quantiles(
    order: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    groups: np.ndarray,
    goals: np.ndarray,
    quantiles: np.ndarray,
) -> None:
    """Walk the values upwards; write where the weight of a group, or of all (last column), comes to each goal."""
    count = quantiles.shape[1] - 1
    total = np.zeros(count + 1)
    for row in range(len(values)):
        total[count] += weights[row]
        if groups[row] < count:
            total[groups[row]] += weights[row]
    reached = np.zeros(count + 1)
    passed = np.zeros(count + 1, dtype=np.int64)  # goals that are behind
    for row in order:
        if np.isnan(values[row]):
            break
        for column in (count, groups[row]):
            reached[column] += weights[row]
            while passed[column] < len(goals) and total[column] > 0:
                if reached[column] < goals[passed[column]] * total[column]:
                    break
                quantiles[passed[column], column] = values[row]
                passed[column] += 1
            if groups[row] >= count:
                break
