"""Snaps of places to the usable streets around them: which ones, where along them, how many metres away."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._space import LINK_RADIUS_M
from access92.network.graph import Network
from access92.network.lines import SharedLines, whole_cm
from access92.network.link_reference import LinkReference
from access92.network.street_index import StreetIndex, index_lines, lines_within, nearest_lines

NOT_SNAPPED = -1

_WORTH_A_THREAD = 2000
"""Places that are worth a thread of their own."""

_FEW = 10_000
"""Up to so many places, it is faster to select the streets around them than to index all streets."""

_CELL_M = 250.0
_MOST_CELLS = 2000  # a side
_ROUNDED = 1 + 1e-12  # more than what a root and a square round away
_ROUNDED_M = 0.001  # more than what rounding takes from a sum of coordinates

_AT_THE_END = 1e-9
"""A position this near to 0 or 1 is the end of the street: rounding must not part a place from its crossing."""


@dataclass(frozen=True, slots=True)
class Links:
    """Links of places to streets, in the order of the places, of a place the shortest first.

    ``place``: its row (int32, ascending); ``street``, ``position`` and ``snap_m`` as in :class:`Snaps`.
    """

    place: np.ndarray
    street: np.ndarray
    position: np.ndarray
    snap_m: np.ndarray

    def take(self, rows: np.ndarray) -> Links:
        """Some of the links, in the order of ``rows``."""
        return Links(self.place[rows], self.street[rows], self.position[rows], self.snap_m[rows])


def _no_links() -> Links:
    return Links(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Snaps:
    """The snaps of places (in their order) to streets: the shortest link of each, and its others.

    ``street``: position in the network's ``street_*`` arrays (``NOT_SNAPPED`` where none lies within the
    limit); ``position``: 0–1 along its geometry; ``snap_m``: straight-line distance to it in metres (also
    where it is beyond the limit). ``others``: the further links, which a trip may take as well.
    """

    street: np.ndarray
    position: np.ndarray
    snap_m: np.ndarray
    others: Links = field(default_factory=_no_links)

    def part(self, rows: slice) -> Snaps:
        """The snaps of a slice of the places, whose step is 1."""
        first, last, _ = rows.indices(len(self.street))
        begin, end = np.searchsorted(self.others.place, [first, max(first, last)])
        others = self.others.take(np.arange(begin, end))
        shifted = Links((others.place - first).astype(np.int32), others.street, others.position, others.snap_m)
        return Snaps(self.street[rows], self.position[rows], self.snap_m[rows], shifted)

    def take(self, rows: np.ndarray) -> Snaps:
        """The snaps of some of the places, by their rows (ascending, each once)."""
        chosen = np.flatnonzero(np.isin(self.others.place, rows))
        others = self.others.take(chosen)
        place = np.searchsorted(rows, others.place).astype(np.int32)
        others = Links(place, others.street, others.position, others.snap_m)
        return Snaps(self.street[rows], self.position[rows], self.snap_m[rows], others)

    def links(self) -> Links:
        """Every link, one with the street ``NOT_SNAPPED`` for a place that has none."""
        place = np.concatenate([np.arange(len(self.street), dtype=np.int32), self.others.place])
        order = np.argsort(place, kind="stable")  # of a place its shortest comes first, because it stands first
        return Links(
            place[order],
            np.concatenate([self.street, self.others.street])[order],
            np.concatenate([self.position, self.others.position])[order],
            np.concatenate([self.snap_m, self.others.snap_m])[order],
        )


def snaps_of_links(links: Links) -> Snaps:
    """The snaps that have these links: :meth:`Snaps.links` undone.

    >>> links = Links(np.array([0, 0, 1]), np.array([5, 3, -1]), np.array([0.5, 1, np.nan]), np.array([2.0, 9, 400]))
    >>> snaps_of_links(links).street.tolist(), snaps_of_links(links).others.street.tolist()
    ([5, -1], [3])
    """
    is_first = np.diff(links.place, prepend=-1) != 0
    nearest, others = links.take(np.flatnonzero(is_first)), links.take(np.flatnonzero(~is_first))
    return Snaps(nearest.street, nearest.position, nearest.snap_m, others)


def snap_places(
    places: gpd.GeoSeries,
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    max_snap_m: float,
    radius_m: float = LINK_RADIUS_M,
    lines: SharedLines | None = None,
    reference: LinkReference | None = None,
    serving: np.ndarray | None = None,
) -> Snaps:
    """The links of each place to the nearest point of every usable street within its radius.

    The radius of a place is its distance to the nearest street that is open to some mode of the family
    (:class:`access92.network.link_reference.LinkReference`), and ``radius_m`` more. What lies as far as the nearest
    street that is open to all of them counts too. So which links a place may have is the same whatever a scenario
    closes or a mode avoids: a closed street, or a stricter mode, takes links away and adds none, and no time gets
    shorter. A place that has lost them all links to the nearest street beyond: :func:`beyond_radius` says which ones
    do, and :mod:`access92.travel.closed_times` sees to it that this shortens no time. All within ``max_snap_m``
    (inclusive).

    A private way serves the places on it: those that lie nearer to it than to any street of all. No other place links
    to private ways, whatever is closed: else who lives at the corner of an estate would walk through it.

    Places link to streets with doors (:func:`access92.network.linkable.is_linkable`); only where the mode has none of
    them within the limit, to the nearest usable street of any sort.

    Places are read to the centimetre, as streets are (:func:`access92.network.lines.whole_cm`).

    Of links of one length the street that comes first in the streets table comes first. A missing or empty place, or
    one that is not finite, is not snapped, with ``snap_m`` NaN. ``lines``: those of all the streets, where others need
    them too. ``reference``: the streets of the whole study; by default ``streets``. ``serving`` (bool, by street of the
    network): those that such places may be snapped to, ``network.serves_demand`` or ``network.serves_services``; by
    default those that serve both.
    """
    # a place without finite coordinates is not snapped, and has no distance
    points = places.to_numpy()
    reference = LinkReference(streets, lines) if reference is None else reference
    present = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    x, y = np.full(len(points), np.nan), np.full(len(points), np.nan)
    x[present], y[present] = whole_cm(shapely.get_x(points[present])), whole_cm(shapely.get_y(points[present]))
    present = present[np.isfinite(x[present]) & np.isfinite(y[present])]

    # which of the streets of the whole study the network can use
    rows = reference.rows_of(streets)
    usable = np.zeros(len(reference.streets), dtype=bool)
    serving = network.serves_demand & network.serves_services if serving is None else serving
    usable[rows[network.street_row[serving]]] = True
    ground = _ground(reference, usable, network, x[present], y[present], max_snap_m=max_snap_m, radius_m=radius_m)

    # each core its share of the places
    shares = np.array_split(present, max(1, min(os.cpu_count() or 1, len(present) // _WORTH_A_THREAD)))
    with ThreadPoolExecutor(max_workers=len(shares)) as pool:
        parts = list(pool.map(lambda rows: _link(ground, rows, x[rows], y[rows]), shares))
    links = Links(*(np.concatenate([getattr(part, name) for part in parts]) for name in Links.__dataclass_fields__))

    # rows of the table become positions in the network; a place that rounding moved off its crossing goes back
    street = np.searchsorted(rows[network.street_row], ground.rows[links.street]).astype(np.int32)
    position = np.where(links.position < _AT_THE_END, 0.0, links.position)
    position = np.where(position > 1 - _AT_THE_END, 1.0, position)
    found = snaps_of_links(Links(links.place, street, position, links.snap_m))
    linked = links.place[np.diff(links.place, prepend=-1) != 0]  # in order: a place with its links
    snaps = Snaps(
        np.full(len(points), NOT_SNAPPED, dtype=np.int32), np.full(len(points), np.nan), np.full(len(points), np.nan),
        found.others,
    )  # fmt: skip
    snaps.street[linked], snaps.position[linked], snaps.snap_m[linked] = found.street, found.position, found.snap_m

    # places beyond the limit are few: their distance is for the reader, who is to see how far off they are
    far = present[snaps.street[present] == NOT_SNAPPED]
    if len(far):
        all_lines = reference.streets.geometry.to_numpy()[usable]
        _, snaps.snap_m[far] = shapely.STRtree(all_lines).query_nearest(
            points[far], return_distance=True, all_matches=False
        )
    return snaps


def beyond_radius(
    places: gpd.GeoSeries,
    snaps: Snaps,
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    max_snap_m: float,
    radius_m: float = LINK_RADIUS_M,
    reference: LinkReference | None = None,
) -> np.ndarray:
    """Which places (bool) link beyond their radius: the links of another mode, or of other closures, are not theirs.

    Parameters are those of :func:`snap_places`, which gave ``snaps``.
    """
    reference = LinkReference(streets) if reference is None else reference
    x, y = whole_cm(places.x.to_numpy()), whole_cm(places.y.to_numpy())
    any_street = np.ones(len(reference.streets), dtype=bool)
    ground = _ground(reference, any_street, network, x, y, max_snap_m=max_snap_m, radius_m=radius_m)
    within_m, accessible_m = ground.reach_m(x, y)
    beyond: np.ndarray = (snaps.street != NOT_SNAPPED) & (snaps.snap_m > within_m) & (snaps.snap_m != accessible_m)
    return beyond


@dataclass(frozen=True, slots=True)
class _Ground:
    """What :func:`_link` looks at: an index of streets of the reference, their rows there, and masks by line of it."""

    index: StreetIndex
    rows: np.ndarray
    with_doors: np.ndarray
    usable: np.ndarray
    open_to_one: np.ndarray
    open_to_all: np.ndarray
    open_to_public: np.ndarray
    private: np.ndarray
    max_snap_m: float
    radius_m: float

    def reach_m(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The radius of places (-1 where no street decides it), and the distance beyond it that counts too."""
        nearest_m, accessible_m = (
            nearest_lines(self.index, x, y, limit_m=self.max_snap_m, allowed=allowed)[2]
            for allowed in (self.open_to_one, self.open_to_all)
        )
        radius_m = np.where(np.isfinite(nearest_m), np.minimum(nearest_m + self.radius_m, self.max_snap_m), -1.0)
        return radius_m, np.where(np.isfinite(accessible_m), accessible_m, -1.0)

    def is_private(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Which places (bool) lie nearer to a private way than to any street of all."""
        if not self.private.any():
            return np.zeros(len(x), dtype=bool)
        nearest_m, public_m = (
            nearest_lines(self.index, x, y, limit_m=self.max_snap_m, allowed=allowed)[2]
            for allowed in (self.open_to_one, self.open_to_public)
        )
        nearer: np.ndarray = np.isfinite(nearest_m) & ~(public_m <= nearest_m + _ROUNDED_M)
        return nearer


def _ground(
    reference: LinkReference,
    usable: np.ndarray,
    network: Network,
    x: np.ndarray,
    y: np.ndarray,
    *,
    max_snap_m: float,
    radius_m: float,
) -> _Ground:
    """The ground of places at x, y, of which the streets in ``usable`` (bool, by street of the reference) take links.

    Of few places only the streets that may be within the limit are indexed: it costs less than to index all.
    """
    if len(x) <= _FEW:
        places = (x.tobytes(), y.tobytes(), max_snap_m)
        rows, index = reference.near_places.get(places, lambda: _index_near(reference.lines, x, y, max_snap_m))
    else:
        rows, index = np.arange(len(reference.streets), dtype=np.int32), reference.index
    family = network.mode.family
    return _Ground(
        index, rows, with_doors=(usable & reference.linkable)[rows], usable=usable[rows],
        open_to_one=reference.open_to_one(family)[rows], open_to_all=reference.open_to_all(family)[rows],
        open_to_public=reference.open_to_public(family)[rows], private=reference.private(family)[rows],
        max_snap_m=max_snap_m, radius_m=radius_m,
    )  # fmt: skip


def _index_near(lines: SharedLines, x: np.ndarray, y: np.ndarray, limit_m: float) -> tuple[np.ndarray, StreetIndex]:
    """The rows of the streets that may lie within the limit of a place, and an index of them."""
    rows = _boxes_near(lines.bounds, x, y, limit_m)
    return rows, index_lines(lines.lines.part(rows))


def _link(ground: _Ground, rows: np.ndarray, x: np.ndarray, y: np.ndarray) -> Links:
    """The links of places at x, y (``rows``: their numbers); ``street`` counts the lines of the index."""
    # every street within the radius of the place, and what is as far as the nearest one that is open to all
    index, limit_m = ground.index, ground.max_snap_m
    radius_m, accessible_m = ground.reach_m(x, y)
    farthest_m = np.maximum(radius_m, accessible_m) * _ROUNDED
    count, line, position, away_m = lines_within(index, x, y, radius_m=farthest_m, allowed=ground.with_doors)
    at = np.repeat(np.arange(len(x)), count)
    is_near = (away_m <= radius_m[at]) | (away_m == accessible_m[at])
    on_private = ground.is_private(x, y)
    is_near &= on_private[at] | ~ground.private[line]
    at, line, position, away_m = at[is_near], line[is_near], position[is_near], away_m[is_near]
    count = np.bincount(at, minlength=len(x))
    links = [Links(rows[at].astype(np.int32), line, position, away_m)]

    # where there is none the nearest beyond: with doors, or else any; private ones for places on private ways only
    public = ~ground.private
    for allowed, there in (
        (ground.with_doors, on_private), (ground.with_doors & public, ~on_private),
        (ground.usable, on_private), (ground.usable & public, ~on_private),
    ):  # fmt: skip
        without = np.flatnonzero((count == 0) & there)
        line, position, away_m = nearest_lines(index, x[without], y[without], limit_m=limit_m, allowed=allowed)
        is_found = line >= 0
        count[without[is_found]] = 1
        places = rows[without[is_found]].astype(np.int32)
        links.append(Links(places, line[is_found], position[is_found], away_m[is_found]))
    together = Links(*(np.concatenate([getattr(part, name) for part in links]) for name in Links.__dataclass_fields__))
    return together.take(np.argsort(together.place, kind="stable"))


def _boxes_near(boxes: np.ndarray, x: np.ndarray, y: np.ndarray, limit_m: float) -> np.ndarray:
    """The boxes (int32, in their order) that may lie within the limit of a point; the first where none does.

    ``boxes``: (n, 4) min x, min y, max x, max y. The points are counted in cells; a box is near if one of the cells
    that it touches, once it is widened by the limit, holds a point: a few too many, none too few.

    >>> boxes = np.array([[0.0, 0.0, 9.0, 9.0], [5000.0, 0.0, 5009.0, 9.0], [9000.0, 0.0, 9009.0, 9.0]])
    >>> _boxes_near(boxes, np.array([5100.0]), np.array([0.0]), 100.0).tolist()
    [1]
    """
    near = np.zeros(len(boxes), dtype=bool)
    if len(x):
        x0, y0, reach_m = x.min(), y.min(), limit_m + _ROUNDED_M
        cell_m = max(_CELL_M, max(x.max() - x0, y.max() - y0) / _MOST_CELLS)

        def cell(metres: np.ndarray, most: int) -> np.ndarray:
            """The number of a cell, from 0 to ``most``, whatever lies outside."""
            numbers: np.ndarray = np.clip(np.floor(metres / cell_m), 0, most).astype(np.int64)
            return numbers

        columns, rows = int((x.max() - x0) // cell_m) + 1, int((y.max() - y0) // cell_m) + 1
        counted = np.zeros((rows + 2, columns + 2), dtype=np.int64)  # one more: // and / round apart
        np.add.at(counted, (cell(y - y0, rows) + 1, cell(x - x0, columns) + 1), 1)
        before = counted.cumsum(axis=0).cumsum(axis=1)  # points south and west of each corner of the cells
        west, south = cell(boxes[:, 0] - reach_m - x0, columns), cell(boxes[:, 1] - reach_m - y0, rows)
        east = cell(boxes[:, 2] + reach_m - x0 + cell_m, columns)
        north = cell(boxes[:, 3] + reach_m - y0 + cell_m, rows)
        near = before[north, east] - before[south, east] - before[north, west] + before[south, west] > 0
    near[:1] |= not near.any()
    return np.flatnonzero(near).astype(np.int32)


def snaps_table(
    street_row: np.ndarray, position: np.ndarray, snap_m: np.ndarray, place_ids: pd.Series, streets: gpd.GeoDataFrame
) -> pd.DataFrame:
    """The contract table « snaps »: place_id, edge_id (null = not snapped), position (0–1), snap_m.

    ``street_row``: rows of the streets table, NOT_SNAPPED where there is none.
    """
    snapped = street_row != NOT_SNAPPED
    edge_id = np.full(len(snapped), None, dtype=object)
    edge_id[snapped] = streets["edge_id"].iloc[street_row[snapped]].to_numpy()
    return pd.DataFrame(
        {
            "place_id": place_ids.to_numpy(),
            "edge_id": edge_id,
            "position": np.where(snapped, position, np.nan),
            "snap_m": snap_m,
        },
    )
