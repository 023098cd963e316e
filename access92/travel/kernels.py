"""Time-independent shortest paths by a bucket queue on integer milliseconds, compiled by numba.

Every search runs on the reversed graph of :class:`access92.network.graph.Network`: it starts at the
services and gives, for each node, the time *towards* the nearest of the seeds.

A bucket is a linked list of entries (node, time, next). A node whose time falls gets a new entry, and the
old one is passed over when its turn comes: of a node, only its time is read and written, and entries that
are done with serve again at once, so that those in use stay few and near one another in memory.
Indices are unsigned, so that numba tests none of them for being negative.

References
----------
Dial (1969), Algorithm 360, Communications of the ACM 12(11); Denardo and Fox (1979), Operations
Research 27(1), for buckets wider than the shortest edge, in which nodes may be settled again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.cache.kernels import kernel

UNREACHED = np.int32(2**31 - 1)
"""The time of a node that was not reached: larger than any limit, and never a result outside this room."""

_NONE = -1
"""No entry: an empty bucket, or the end of a list."""

_ENTRY = 3
"""Numbers in an entry: node, milliseconds, next entry."""

_SPARE_ENTRIES = 16
"""Entries beyond twice the nodes, so that a small graph too seldom runs out of them."""

_FEW = 4
"""Where fewer than one node in so many was reached, those are cleaned one by one, else all at once."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """Working arrays of one search at a time; allocated once per thread, reset sparsely after each search."""

    time_ms: np.ndarray
    entries: np.ndarray
    bucket: np.ndarray
    touched: np.ndarray
    width_ms: int

    @property
    def shift(self) -> int:
        """The exponent of the width: ``width_ms`` is 2 to this power."""
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
        entries=np.empty(_ENTRY * (2 * node_count + _SPARE_ENTRIES), dtype=np.int32),  # memory only once written to
        bucket=np.full((limit_ms >> shift) + 1, _NONE, dtype=np.int32),
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
    """Number of nodes reached, with their times in ``scratch.time_ms`` (int32 ms, UNREACHED beyond the limit).

    The limit is inclusive. ``scratch.touched[:n]`` are the nodes reached. Call :func:`reset` before
    the next search. Seeds beyond the limit are ignored; several seeds may share a node.
    """
    return int(
        search_kernel(
            arc_start, arcs.reshape(-1), seed_node, seed_ms, limit_ms, scratch.shift,
            scratch.time_ms, scratch.entries, scratch.bucket, scratch.touched,
        ),
    )  # fmt: skip


def reset(scratch: Scratch, reached: int) -> None:
    """Make the scratch ready for the next search, after one that reached ``reached`` nodes."""
    if reached * _FEW < len(scratch.time_ms):
        scratch.time_ms[scratch.touched[:reached]] = UNREACHED
    else:
        scratch.time_ms.fill(UNREACHED)


@kernel
def search_kernel(  # noqa: C901, PLR0912, PLR0913, PLR0915 - one hot loop, flat arguments for numba
    arc_start: np.ndarray,
    flat_arcs: np.ndarray,
    seed_node: np.ndarray,
    seed_ms: np.ndarray,
    limit_ms: int,
    shift: int,
    time_ms: np.ndarray,
    entries: np.ndarray,
    bucket: np.ndarray,
    touched: np.ndarray,
) -> int:
    """:func:`search` for callers that are compiled themselves; ``flat_arcs`` are the arcs as one row of numbers."""
    # numba makes a float of signed + unsigned, and tests signed indices: every number that takes part is typed once.
    # ``fresh`` is where the entries never used begin, ``free`` the list of those that serve again
    one, two, entry = np.uint64(1), np.uint64(2), np.uint64(_ENTRY)
    limit, by, capacity = np.int32(limit_ms), np.uint32(shift), np.uint64(len(entries))
    reached, fresh, free = np.uint64(0), np.uint64(0), np.int32(_NONE)

    # the seeds enter as a relaxed arc does below: several may share a node, of which the least time counts
    for i in range(len(seed_node)):
        node, ms = np.uint64(seed_node[i]), np.int32(seed_ms[i])
        old = time_ms[node]
        if ms > limit or ms >= old:
            continue
        if old == UNREACHED:
            touched[reached] = node
            reached += one
        time_ms[node] = ms
        if free == _NONE and fresh == capacity:
            free = _sweep(entries, bucket, np.uint64(0), time_ms)
        at = fresh
        if free != _NONE:
            at = np.uint64(free)
            free = entries[at + two]
        else:
            fresh += entry
        b = np.uint64(np.uint32(ms) >> by)
        entries[at], entries[at + one], entries[at + two] = node, ms, bucket[b]
        bucket[b] = at

    # bucket after bucket, nearest first; an arc shorter than the width puts its node in the very bucket that is being
    # emptied, so a bucket is asked for its head again until it is empty (Denardo and Fox)
    for number in range(np.uint64(np.uint32(limit) >> by) + one):
        head = bucket[number]
        while head != _NONE:
            # the entry leaves its bucket and is free at once: the next insertion writes where this one has just read
            at = np.uint64(head)
            node, node_ms = np.uint64(entries[at]), entries[at + one]
            bucket[number] = entries[at + two]
            entries[at + two] = free
            free = head

            # an entry whose time is no longer that of its node is out of date: a faster way was found meanwhile
            if node_ms == time_ms[node]:
                for a in range(np.uint64(arc_start[node]) * two, np.uint64(arc_start[node + one]) * two, two):
                    other = np.uint64(flat_arcs[a])
                    ms = np.int32(node_ms + flat_arcs[a + one])
                    old = time_ms[other]
                    if ms < old and ms <= limit:
                        if old == UNREACHED:
                            touched[reached] = other
                            reached += one
                        time_ms[other] = ms

                        # the same insertion as for the seeds, written out: a compiled helper that takes and gives
                        # back ``reached``, ``fresh`` and ``free`` made searches 1.4 to 1.6 times longer
                        if free == _NONE and fresh == capacity:
                            free = _sweep(entries, bucket, np.uint64(number), time_ms)
                        at = fresh
                        if free != _NONE:
                            at = np.uint64(free)
                            free = entries[at + two]
                        else:
                            fresh += entry
                        b = np.uint64(np.uint32(ms) >> by)
                        entries[at], entries[at + one], entries[at + two] = other, ms, bucket[b]
                        bucket[b] = at
            head = bucket[number]
    return int(reached)


@kernel
def _sweep(entries: np.ndarray, bucket: np.ndarray, first_bucket: np.uint64, time_ms: np.ndarray) -> np.int32:
    """Take the entries that are out of date out of their buckets; gives the list of those that this frees.

    Only when all entries are in use, which real streets do not bring about: at most one entry a node is current, and
    there are more than twice as many, so that a sweep always frees more than half of them.
    """
    one, two = np.uint64(1), np.uint64(2)
    free = np.int32(_NONE)
    for number in range(first_bucket, np.uint64(len(bucket))):
        head = bucket[number]
        current = np.int32(_NONE)
        while head != _NONE:
            at = np.uint64(head)
            after = entries[at + two]
            if entries[at + one] == time_ms[np.uint64(entries[at])]:
                entries[at + two] = current
                current = head
            else:
                entries[at + two] = free
                free = head
            head = after
        bucket[number] = current
    return free
