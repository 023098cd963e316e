"""The shortest-path kernel: a bucket queue on integer milliseconds, compiled by numba.

Every search runs on the reversed graph of :class:`access92.network.Network`: it starts at the
services and gives, for each node, the time *towards* the nearest of the seeds.

Indices are unsigned, so that numba tests none of them for being negative.

References
----------
Dial (1969), Algorithm 360, Communications of the ACM 12(11); Denardo and Fox (1979), Operations
Research 27(1), for buckets wider than the shortest edge, in which nodes may be settled again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

UNREACHED = np.int32(2**31 - 1)
"""The time of a node that was not reached: larger than any limit, never shown to a caller outside routing."""

_ABSENT = -2


@dataclass(frozen=True, slots=True)
class Scratch:
    """Working arrays of one search at a time; made once per thread, cleaned sparsely after each search."""

    time_ms: np.ndarray
    following: np.ndarray
    preceding: np.ndarray
    bucket: np.ndarray
    touched: np.ndarray
    width_ms: int

    @property
    def shift(self) -> int:
        """The power of two that the width is."""
        return self.width_ms.bit_length() - 1


def make_scratch(node_count: int, *, limit_ms: int, width_ms: int) -> Scratch:
    """Arrays for searches over ``node_count`` nodes up to ``limit_ms``, in buckets of about ``width_ms``.

    The width is rounded down to a power of two: a shift finds the bucket, not a division.

    >>> make_scratch(3, limit_ms=10, width_ms=5).bucket.shape
    (3,)
    """
    shift = max(1, width_ms).bit_length() - 1
    return Scratch(
        time_ms=np.full(node_count, UNREACHED, dtype=np.int32),
        following=np.full(node_count, -1, dtype=np.int32),
        preceding=np.full(node_count, _ABSENT, dtype=np.int32),
        bucket=np.full((limit_ms >> shift) + 1, -1, dtype=np.int32),
        touched=np.empty(node_count, dtype=np.int32),
        width_ms=1 << shift,
    )


def search(
    arc_start: np.ndarray,
    arcs: np.ndarray,
    seed_node: np.ndarray,
    seed_ms: np.ndarray,
    limit_ms: int,
    scratch: Scratch,
) -> int:
    """Times in ``scratch.time_ms`` (int32 ms, UNREACHED beyond the limit); gives the number of nodes reached.

    The limit is inclusive. ``scratch.touched[:n]`` are the nodes reached. Call :func:`forget` before
    the next search. Seeds beyond the limit are ignored; several seeds may share a node.
    """
    return int(
        search_kernel(
            arc_start, arcs, seed_node, seed_ms, limit_ms, scratch.shift, scratch.time_ms,
            scratch.following, scratch.preceding, scratch.bucket, scratch.touched,
        ),
    )  # fmt: skip


def forget(scratch: Scratch, reached: int) -> None:
    """Clean the scratch after a search that reached ``reached`` nodes."""
    scratch.time_ms[scratch.touched[:reached]] = UNREACHED


@njit(nogil=True, cache=True)
def search_kernel(  # noqa: C901, PLR0913 - one hot loop, flat arguments for numba
    arc_start: np.ndarray,
    arcs: np.ndarray,
    seed_node: np.ndarray,
    seed_ms: np.ndarray,
    limit_ms: int,
    shift: int,
    time_ms: np.ndarray,
    following: np.ndarray,
    preceding: np.ndarray,
    bucket: np.ndarray,
    touched: np.ndarray,
) -> int:
    """:func:`search` for callers that are compiled themselves."""
    reached = np.uint64(0)
    one = np.uint64(1)
    for i in range(len(seed_node)):
        node, ms = np.uint64(seed_node[i]), np.int32(seed_ms[i])
        if ms > limit_ms or ms >= time_ms[node]:
            continue
        if time_ms[node] == UNREACHED:
            touched[reached] = node
            reached += one
        else:
            _unlink(node, np.uint64(time_ms[node] >> shift), following, preceding, bucket)
        time_ms[node] = ms
        _push(node, np.uint64(ms >> shift), following, preceding, bucket)
    for b in range(np.uint64(limit_ms >> shift) + one):
        while bucket[b] != -1:
            node = np.uint64(bucket[b])
            after = following[node]
            bucket[b] = after
            if after != -1:
                preceding[np.uint64(after)] = -1
            preceding[node] = _ABSENT
            here = time_ms[node]
            for a in range(np.uint64(arc_start[node]), np.uint64(arc_start[node + one])):
                other = np.uint64(arcs[a, 0])
                ms = np.int32(here + arcs[a, 1])
                old = time_ms[other]
                if ms < old and ms <= limit_ms:
                    if old == UNREACHED:
                        touched[reached] = other
                        reached += one
                    elif preceding[other] != _ABSENT:
                        _unlink(other, np.uint64(old >> shift), following, preceding, bucket)
                    time_ms[other] = ms
                    _push(other, np.uint64(ms >> shift), following, preceding, bucket)
    return int(reached)


@njit(nogil=True, cache=True, inline="always")
def _push(node: np.uint64, b: np.uint64, following: np.ndarray, preceding: np.ndarray, bucket: np.ndarray) -> None:
    head = bucket[b]
    following[node] = head
    preceding[node] = -1
    if head != -1:
        preceding[np.uint64(head)] = node
    bucket[b] = node


@njit(nogil=True, cache=True, inline="always")
def _unlink(node: np.uint64, b: np.uint64, following: np.ndarray, preceding: np.ndarray, bucket: np.ndarray) -> None:
    before, after = preceding[node], following[node]
    if before == -1:
        bucket[b] = after
    else:
        following[np.uint64(before)] = after
    if after != -1:
        preceding[np.uint64(after)] = before
