"""Arrays packed for the page of a run: times by classes, steps between neighbours, deflate, base 91.

The page needs two things of a time: on which side of each threshold it lies, exactly, and about how long it is.
So times become the number of *edges* (minutes, ascending) that they have reached: ``minutes < edges[k]`` means
``code <= k``. Every threshold is an edge, and the comparison is that of :mod:`access92.travel.time_limits`: the
figures of the page are those of the run.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

BLOCK = 128
"""Demand points a block: the rows of a block lie one after the other, so that deflate sees their likeness."""

_LEVEL = 6
_ALPHABET = np.array([code for code in range(35, 127) if code != ord("<")], dtype=np.uint8)
_PAIRS = np.column_stack([np.repeat(_ALPHABET, 91), np.tile(_ALPHABET, 91)])[: 1 << 13]


def time_edges(
    thresholds_min: Sequence[float], cutoff_min: float, *, step_min: float, far_step_min: float
) -> list[float]:
    """The edges between classes of times (minutes, ascending): every threshold, the cut-off and regular steps.

    Multiples of ``step_min`` up to the largest threshold, of ``far_step_min`` from there to the cut-off.

    >>> time_edges([10, 12.25], 30, step_min=5, far_step_min=10)
    [5.0, 10.0, 12.25, 20.0, 30.0]
    """
    last = max(thresholds_min, default=cutoff_min)
    near = [round(i * step_min, 3) for i in range(1, int(last / step_min + 1e-9) + 1)]
    far = [i * far_step_min for i in range(1, int(cutoff_min / far_step_min + 1e-9) + 1)]
    edges = {*near, *(value for value in far if value > last), *map(float, thresholds_min), float(cutoff_min)}
    return sorted(map(float, edges))


def time_codes(minutes: np.ndarray, edges_min: Sequence[float]) -> np.ndarray:
    """How many edges each time has reached (int16, the shape of ``minutes``); one more than all of them where NaN.

    A time within the cut-off that lies on the last edge has reached it, and is not NaN: both read « beyond ».

    >>> time_codes(np.array([[4.9, 5.0, np.nan]], dtype=np.float32), [5.0, 10.0]).tolist()
    [[0, 1, 2]]
    """
    edges = np.asarray(edges_min, dtype=np.float32)
    # a table by narrow slots of time, one edge in each at most, then a look at that edge
    width = max(1e-3, float(np.diff(edges, prepend=np.float32(0)).min()) / 2)
    slots = np.arange(int(edges[-1] / width) + 3) * width
    first = np.searchsorted(edges, slots.astype(np.float32), side="right").astype(np.int16)
    first = np.maximum(first - 1, 0)  # a slot's start may be rounded over an edge
    padded = np.append(edges, np.float32(np.inf))
    codes = np.empty(minutes.shape, dtype=np.int16)
    for row, times in enumerate(minutes):
        filled = np.fmin(times, edges[-1])  # also where NaN
        code = first[(filled * np.float32(1 / width)).astype(np.int32)]
        for _ in range(2):
            code += filled >= padded[code]
        codes[row] = code
    return codes


def steps(codes: np.ndarray, *, block: int = BLOCK) -> tuple[np.ndarray, np.ndarray]:
    """Codes as steps from the point before: bytes by block, row and point; and what a byte cannot hold.

    Returns
    -------
    bytes
        uint8, (blocks, rows, block): the steps modulo 256, read as signed; zero beyond the last point.
    far
        int32, (n, 2): flat positions (row × points + point) and the multiples of 256 to add to their steps.

    Examples
    --------
    >>> small, far = steps(np.array([[0, 1, 300]], dtype=np.int16), block=4)
    >>> small.tolist(), far.tolist()
    ([[[0, 1, 43, 0]]], [[2, 256]])
    """
    n_rows, n_points = codes.shape
    blocks = -(-n_points // block)
    padded = np.zeros((n_rows, blocks * block), dtype=np.int8)
    far = [np.empty((0, 2), dtype=np.int32)]
    step = np.zeros(n_points, dtype=np.int16)
    for row, row_codes in enumerate(codes):  # row by row: what a core holds near it
        step[:1] = row_codes[:1]
        np.subtract(row_codes[1:], row_codes[:-1], out=step[1:])
        small = padded[row, :n_points]
        small[:] = step.astype(np.int8)
        at = np.flatnonzero(step != small)
        if len(at):
            far.append(np.column_stack([row * n_points + at, step[at] - small[at]]).astype(np.int32))
    return padded.view(np.uint8).reshape(n_rows, blocks, block).transpose(1, 0, 2), np.concatenate(far)


def pack_codes(codes: np.ndarray) -> str:
    """A matrix of codes for the page: number of far steps, far steps, then the bytes of :func:`steps`."""
    small, far = steps(codes)
    head = np.array([len(far)], dtype="<i4").tobytes() + far.astype("<i4").tobytes()
    return blob(head + small.tobytes())


def blob(content: bytes) -> str:
    """Bytes deflated, as text of 91 signs (13 bits for two signs), after their length once deflated and a colon.

    >>> blob(b"") == "2:" + base91(zlib.compress(b"", 6)[2:-4])
    True
    """
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    packed = deflate.compress(content) + deflate.flush()
    return f"{len(packed)}:{base91(packed)}"


def base91(content: bytes) -> str:
    """Bytes as text, two signs for 13 bits (most significant first); neither quote, « < » nor control characters.

    A fifth denser than base64 counts: 81 % of the text is content instead of 75 %.

    >>> base91(bytes([255])), base91(b"")
    ('}a', '')
    """
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
    groups = np.append(bits, np.zeros(-len(bits) % 13, dtype=np.uint8)).reshape(-1, 13)
    return _PAIRS[groups @ (1 << np.arange(12, -1, -1, dtype=np.uint16))].tobytes().decode("ascii")
