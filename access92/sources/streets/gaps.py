"""What streets lose where the file lacks the positions of their nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.sources.streets.extract import OsmExtract
from access92.sources.streets.ways import COORDINATE_SCALE, MISSING

_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class StreetGaps:
    """Streets that the file does not hold whole.

    ``ways``: streets that lack some positions. ``without_position``: those that lack all of them (they may lie
    anywhere in the file's region). ``lost_km``: between two known nodes the straight line, at an end cut off the mean
    length of a segment of the streets read for each one lost, so an estimate.
    """

    ways: int
    without_position: int
    lost_km: float


def street_gaps(extract: OsmExtract) -> StreetGaps:
    """Count what is missing of the streets read.

    Examples
    --------
    A street of 222 m whose third node is unknown loses as much again as its one known segment:

    >>> from access92.sources.streets.traffic_collector import RawTraffic
    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(1, [], [(1, 0, 0), (2, 0, 20_000), (3, MISSING, MISSING)])
    >>> gaps = street_gaps(OsmExtract(collector.finish(), RawTraffic()))
    >>> gaps.ways, round(gaps.lost_km, 3)
    (1, 0.222)
    """
    ways = extract.ways
    known = (ways.x != MISSING) & (ways.y != MISSING)
    if known.all() and not extract.without_position:
        return StreetGaps(0, 0, 0.0)
    way = np.repeat(np.arange(len(ways)), np.diff(ways.first))
    some = np.zeros(len(ways), dtype=bool)
    some[way[known]] = True
    lacking = np.zeros(len(ways), dtype=bool)
    lacking[way[~known]] = True

    # between known nodes of one way that are not neighbours lies a gap; nodes in a row give the mean segment
    places = np.flatnonzero(known)
    same_way = way[places[1:]] == way[places[:-1]]
    lat = ways.y[places] / COORDINATE_SCALE
    east = np.diff(ways.x[places] / COORDINATE_SCALE) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    apart_m = np.hypot(east, np.diff(lat)) * _M_PER_DEGREE
    is_gap = same_way & (np.diff(places) > 1)
    in_row = same_way & ~is_gap
    mean_m = float(apart_m[in_row].mean()) if in_row.any() else 0.0

    # missing nodes at either end of a way that is known in part: one segment each
    rank = np.arange(len(way)) - ways.first[way]
    first_known = np.full(len(ways), np.iinfo(np.int64).max)
    last_known = np.full(len(ways), -1, dtype=np.int64)
    np.minimum.at(first_known, way[known], rank[known])
    np.maximum.at(last_known, way[known], rank[known])
    beyond = ~known & some[way] & ((rank < first_known[way]) | (rank > last_known[way]))
    lost_m = apart_m[is_gap].sum() + beyond.sum() * mean_m
    lost_m += extract.segments_without_position * mean_m
    return StreetGaps(int((lacking & some).sum()), extract.without_position, float(lost_m) / 1000)
