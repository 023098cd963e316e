"""Arrays packed for the page of a run: times by classes, likely steps, deflate, base 91.

The page needs two things of a time: on which side of each threshold it lies, exactly, and about how long it is.
So times become the number of *edges* (minutes, ascending) that they have reached: ``minutes < edges[k]`` means
``code <= k``. Every threshold is an edge, and the comparison is that of :mod:`access92.travel.time_limits`: the
figures of the page are those of the run.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from access92.outputs.maps.encoding import varints
from access92.outputs.maps.run_map.likely_steps import unlikely

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


def pack_codes(codes: np.ndarray, *, beyond: int | None = None) -> str:
    """A matrix of codes (int16, rows × points) for the page, as :func:`~.likely_steps.unlikely` guesses them.

    ``beyond``: the code beyond the cut-off, as there. In turn: of each row and block how many rows before its likely
    row is; one bit for each block, row and point, set where the guess fails; by how much it fails there (varints).
    """
    back, rest = unlikely(codes, beyond=beyond)
    fails = rest != 0
    return blob(back.tobytes() + np.packbits(fails).tobytes() + varints(rest[fails]))


def pack_tree(tree: Mapping[str, object], paths: Sequence[str]) -> str:
    """A JSON object for the page, the packed paths under some of its names apart, as bytes.

    In the JSON a path is its number of bytes; a line's end and the bytes follow, in the order of ``paths`` (names of
    ``tree``) and of reading. Base64 would hide from deflate how often each byte comes back: a seventh of the room.
    """
    held: list[bytes] = []
    apart = {name: _apart(tree[name], held) for name in paths if name in tree}
    text = json.dumps({**tree, **apart}, separators=(",", ":"))
    return blob(b"".join([text.encode("ascii"), b"\n", *held]))


def _apart(part: object, held: list[bytes]) -> object:
    """A part of a tree with its base64 texts as their numbers of bytes; the bytes go to ``held``.

    >>> held = []
    >>> _apart({"wood": ["YWJj", [3, "ZA=="]]}, held), held
    ({'wood': [3, [3, 1]]}, [b'abc', b'd'])
    """
    if isinstance(part, str):
        held.append(base64.b64decode(part))
        return len(held[-1])
    if isinstance(part, Mapping):
        return {name: _apart(item, held) for name, item in part.items()}
    if isinstance(part, list):
        return [_apart(item, held) for item in part]
    return part


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
