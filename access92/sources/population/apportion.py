"""Whole persons from fractional shares: the method of the largest remainder."""

from __future__ import annotations

import numpy as np


def apportion(weights: np.ndarray, groups: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to ``weights``, that sum in each group to its whole total exactly (int64).

    Each row first gets the whole part of its quota; the persons left over go to the rows of the group with
    the largest remainders, the earlier row first where two are equal (to a billionth).

    Parameters
    ----------
    weights
        Non-negative, one a row.
    groups
        Row of ``totals`` that each row belongs to.
    totals
        Whole and non-negative. A group whose weights sum to 0 gets nobody: the caller sees to it.

    References
    ----------
    M. Balinski, H. P. Young, *Fair Representation*, 1982 (Hamilton's method).

    Examples
    --------
    >>> apportion(np.array([1.0, 1.0, 1.0, 5.0]), np.array([0, 0, 0, 1]), np.array([10, 7])).tolist()
    [4, 3, 3, 7]
    """
    totals = np.asarray(totals, dtype=np.int64)
    largest = np.zeros(len(totals))
    np.maximum.at(largest, groups, weights)

    # in proportion to the largest of the group, so that tiny weights neither vanish nor overflow the quota
    weights = np.divide(weights, largest[groups], out=np.zeros(len(weights)), where=largest[groups] > 0)
    group_sums = np.bincount(groups, weights=weights, minlength=len(totals))
    with np.errstate(divide="ignore", invalid="ignore"):
        quota = np.where(group_sums[groups] > 0, weights * (totals[groups] / group_sums[groups]), 0.0)
    # rounded, so that 3.9999999996 is 4 and equal shares tie whatever the order of the sums.
    quota = np.round(quota, 9)
    counts = np.floor(quota).astype(np.int64)

    # what the whole parts leave of each total goes to the largest remainders of its group
    remainder = np.round(quota - counts, 9)
    counted = np.bincount(groups, weights=counts, minlength=len(totals)).astype(np.int64)
    left_over = np.where(group_sums > 0, totals - counted, 0)
    order = np.lexsort((np.arange(len(weights)), -remainder, groups))
    starts = np.searchsorted(groups[order], np.arange(len(totals)))
    rank = np.arange(len(weights)) - starts[groups[order]]
    counts[order[rank < left_over[groups[order]]]] += 1
    return counts
