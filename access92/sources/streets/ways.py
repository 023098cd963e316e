"""OSM ways as flat arrays: what every reader of OSM data hands to the splitting at junctions."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from access92.study.schemas import STREET_TAGS, osm_key

OnProgress = Callable[[int, int], None]
"""Called with what is done and the total, 0 where the total is not known beforehand."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""

COORDINATE_SCALE = 10_000_000
"""OSM keeps coordinates as whole 10⁻⁷ degrees: about one centimetre, and exact to compare."""

MISSING = 2_147_483_647
"""The coordinate of a node that the file does not hold (libosmium's undefined coordinate)."""

NOT_STREETS = frozenset(
    {
        "abandoned", "bus_guideway", "construction", "demolished", "dismantled", "disused", "historic", "no", "planned",
        "proposed", "raceway", "razed", "removed", "rest_area", "services",
    },
)  # fmt: skip
"""``highway`` values nobody walks, rides or drives on today, or that outline an area beside the road."""

WAY_TAGS: Mapping[str, str] = {
    osm_key(column): column for column in ("highway", "oneway", "maxspeed", "name", *STREET_TAGS) if column != "series"
}
"""OSM key → column, for the tags that are kept."""

_FLUSH_NODES = 200_000


Texts: TypeAlias = "pd.Categorical[str]"
"""A text column in which few values come back often."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Ways in the order of their ids, their nodes one after the other.

    The nodes of way ``i`` are ``first[i]`` to ``first[i + 1]``, exclusive. ``x`` and ``y`` are whole
    10⁻⁷ degrees, ``MISSING`` where the file lacks the node. ``tags`` holds one text column a tag.
    ``seen`` counts all streets of the file and ``bounds`` covers them, also those left out; ``bounds``
    is None where no position is known. ``elsewhere``: nodes of the streets left out that lie
    near, each once, so that a street is cut at the same junctions whatever the extent.
    """

    way_id: NDArray[np.int64]
    first: NDArray[np.int64]
    node: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    tags: Mapping[str, Texts]
    elsewhere: NDArray[np.int64]
    seen: int
    bounds: Bounds | None

    def __len__(self) -> int:
        """Count them."""
        return len(self.way_id)


REACH = 0.1 * COORDINATE_SCALE
"""7 to 11 km: a way that touches the bounds and goes on further than this may miss a junction out there."""

_OUT_OFREACH_DEGREES = 0.1001
"""Slightly more than the same, so that no rounding of degrees decides."""


@dataclass(slots=True, eq=False)
class WayCollector:
    """Gathers ways one by one into :class:`Ways`, forgetting at once those outside ``bounds``.

    Examples
    --------
    >>> collector = WayCollector()
    >>> collector.add(7, [("highway", "path")], [(1, 0, 0), (2, 10, 0)])
    >>> ways = collector.finish()
    >>> ways.way_id.tolist(), ways.node.tolist(), ways.tags["highway"].tolist()
    ([7], [1, 2], ['path'])
    """

    bounds: Bounds | None = None
    on_progress: OnProgress | None = None
    _passed: int = 0
    _passed_places: array[float] = field(default_factory=lambda: array("d"))
    _pending_ids: list[int] = field(default_factory=list)
    _pending_counts: list[int] = field(default_factory=list)
    _pending_nodes: list[tuple[int, int, int]] = field(default_factory=list)
    _ids: list[NDArray[np.int64]] = field(default_factory=list)
    _counts: list[NDArray[np.int64]] = field(default_factory=list)
    _nodes: list[NDArray[np.int64]] = field(default_factory=list)
    _elsewhere: list[NDArray[np.int64]] = field(default_factory=list)
    _seen: int = 0
    _rows: int = 0
    _box: NDArray[np.int64] | None = None
    _words: dict[str, dict[str, int]] = field(default_factory=lambda: {column: {"": 0} for column in WAY_TAGS.values()})
    _pending_tags: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    _tags: dict[str, list[NDArray[np.int64]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, way_id: int, tags: Iterable[tuple[str, str]], nodes: list[tuple[int, int, int]]) -> None:
        """Take one street: its tags, and node id, x, y of each of its nodes."""
        for key, value in tags:
            column = WAY_TAGS.get(key)
            if column is not None:
                words = self._words[column]
                self._pending_tags[column].append((len(self._pending_ids), words.setdefault(value, len(words))))
        self._pending_ids.append(way_id)
        self._pending_counts.append(len(nodes))
        self._pending_nodes += nodes
        if len(self._pending_nodes) >= _FLUSH_NODES:
            self._flush()

    def passes_by(self, places: array[float]) -> bool:
        """Whether a street with nodes at these places (x, y, x, y … in degrees) is too far away to matter.

        If so, it is counted here, and need not be added.

        Examples
        --------
        >>> collector = WayCollector(bounds=(2.0, 48.0, 2.1, 48.1))
        >>> collector.passes_by(array("d", [2.3, 48.0, 2.4, 48.1])), collector.passes_by(array("d", [1, 48, 3, 48]))
        (True, False)
        >>> collector.finish().seen
        1
        """
        if self.bounds is None:
            return False
        west, south, east, north = self.bounds
        x, y = places[::2], places[1::2]
        far = (
            max(x) < west - _OUT_OFREACH_DEGREES
            or min(x) > east + _OUT_OFREACH_DEGREES
            or max(y) < south - _OUT_OFREACH_DEGREES
            or min(y) > north + _OUT_OFREACH_DEGREES
        )
        if far:
            self._passed += 1
            self._passed_places += places
            if len(self._passed_places) >= 2 * _FLUSH_NODES:
                self._flush_passed()
        return far

    def _flush_passed(self) -> None:
        """Count the streets passed by, and widen the box of all streets by theirs."""
        if not self._passed:
            return
        places = np.rint(np.array(self._passed_places).reshape(-1, 2) * COORDINATE_SCALE).astype(np.int64)
        self._widen(places.min(axis=0), places.max(axis=0))
        self._seen += self._passed
        self._passed, self._passed_places = 0, array("d")
        self._report()

    def _widen(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> None:
        if self._box is not None:
            low, high = np.minimum(low, self._box[:2]), np.maximum(high, self._box[2:])
        self._box = np.concatenate([low, high])

    def _report(self) -> None:
        if self.on_progress is not None:
            self.on_progress(self._seen, 0)

    def _flush(self) -> None:
        """Turn what is pending into arrays, without the ways outside the bounds."""
        if not self._pending_ids:
            return
        # lists become arrays in blocks: a tuple a node would take ten times the memory
        ids = np.array(self._pending_ids, dtype=np.int64)
        counts = np.array(self._pending_counts, dtype=np.int64)
        nodes = np.array(self._pending_nodes, dtype=np.int64).reshape(-1, 3)
        self._pending_ids, self._pending_counts, self._pending_nodes = [], [], []

        # ways outside the bounds are counted in the box of the file, then forgotten but for their nodes near by
        boxes = _boxes(counts, nodes)
        is_near = boxes[:, 0] <= boxes[:, 2]
        if is_near.any():
            self._widen(boxes[is_near, :2].min(axis=0), boxes[is_near, 2:].max(axis=0))
        if self.bounds is not None:
            west, south, east, north = np.array(self.bounds) * COORDINATE_SCALE
            is_near &= (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        row = self._rows + np.cumsum(is_near) - 1
        for column, pending in self._pending_tags.items():
            way, code = np.array(pending, dtype=np.int64).T
            self._tags[column].append(np.column_stack([row[way], code])[is_near[way]])
        self._pending_tags.clear()
        self._seen += len(ids)
        self._rows += int(is_near.sum())
        self._ids.append(ids[is_near])
        self._counts.append(counts[is_near])
        in_near_way = np.repeat(is_near, counts)
        self._nodes.append(nodes[in_near_way])
        self._elsewhere.append(np.unique(self._near(nodes[~in_near_way])[:, 0]))
        self._report()

    def _near(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of nodes of ways left out those that a way near the bounds may share: none reaches further than this."""
        if self.bounds is None:
            return nodes
        west, south, east, north = np.array(self.bounds) * COORDINATE_SCALE
        x, y = nodes[:, 1], nodes[:, 2]
        inside = (x >= west - REACH) & (x <= east + REACH) & (y >= south - REACH) & (y <= north + REACH)
        near: NDArray[np.int64] = nodes[inside]
        return near

    def finish(self) -> Ways:
        """The ways gathered, sorted by id; of a way given twice, the last one."""
        self._flush_passed()
        self._flush()
        none = np.empty(0, dtype=np.int64)
        ids, counts = np.concatenate([none, *self._ids]), np.concatenate([none, *self._counts])
        nodes = np.concatenate([np.empty((0, 3), dtype=np.int64), *self._nodes])

        # of a way read twice (two Overpass answers) the last counts
        order = np.argsort(ids, kind="stable")
        last = np.append(ids[order][1:] != ids[order][:-1], True)[: len(order)]
        order = order[last]
        starts = np.cumsum(counts) - counts
        first = np.concatenate([[0], np.cumsum(counts[order])])
        take = np.repeat(starts[order] - first[:-1], counts[order]) + np.arange(first[-1])
        place = np.full(len(ids), -1, dtype=np.int64)
        place[order] = np.arange(len(order))
        nodes = nodes[take]
        box = None if self._box is None else self._box / COORDINATE_SCALE
        return Ways(
            way_id=ids[order],
            first=first,
            node=np.ascontiguousarray(nodes[:, 0]),
            x=np.ascontiguousarray(nodes[:, 1]),
            y=np.ascontiguousarray(nodes[:, 2]),
            tags=self._columns(place, len(order)),
            elsewhere=np.unique(np.concatenate([none, *self._elsewhere])),
            seen=self._seen,
            bounds=None if box is None else (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        )

    def _columns(self, place: NDArray[np.int64], length: int) -> dict[str, Texts]:
        """Every tag of the ways gathered; those that no way carries, most of them in a small town, are one array."""
        none = pd.Categorical.from_codes(np.zeros(length, dtype=np.int8), categories=pd.Index([""], dtype="str"))
        return {
            column: self._column(column, place, length) if len(words) > 1 else none
            for column, words in self._words.items()
        }

    def _column(self, column: str, place: NDArray[np.int64], length: int) -> Texts:
        """One tag of the ways gathered; '' where a way does not carry it."""
        codes = np.zeros(length, dtype=np.int64)
        tagged = np.concatenate([np.empty((0, 2), dtype=np.int64), *self._tags[column]])
        rows = place[tagged[:, 0]]
        codes[rows[rows >= 0]] = tagged[rows >= 0, 1]
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self._words[column]), dtype="str"))


def _boxes(counts: NDArray[np.int64], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """West, south, east, north of each way; west > east where no node of it is known."""
    boxes = np.empty((len(counts), 4), dtype=np.int64)
    boxes[:, :2], boxes[:, 2:] = MISSING, -MISSING
    starts = (np.cumsum(counts) - counts)[counts > 0]
    if len(starts):
        known = (nodes[:, 1:] != MISSING).all(axis=1, keepdims=True)
        boxes[counts > 0, :2] = np.minimum.reduceat(np.where(known, nodes[:, 1:], MISSING), starts, axis=0)
        boxes[counts > 0, 2:] = np.maximum.reduceat(np.where(known, nodes[:, 1:], -MISSING), starts, axis=0)
    return boxes
