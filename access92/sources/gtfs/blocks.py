"""Blocks and in-seat transfers: trips that one vehicle does one after the other with riders aboard."""

from __future__ import annotations

import numpy as np
import pandas as pd

from access92.sources.gtfs.distances import metres_between
from access92.sources.gtfs.journeys import JourneyEnds, Journeys
from access92.sources.gtfs.stop_times import Calls
from access92.sources.gtfs.stops import Stops
from access92.sources.gtfs.tally import Tally

SAME_PLACE_M = 200.0
"""As OpenTripPlanner: a vehicle of a block that starts again farther away has moved empty, riders got off."""

_NONE = -1


def next_journeys(
    journeys: Journeys,
    calls: Calls,
    ends: JourneyEnds,
    *,
    trips: pd.DataFrame,
    stops: Stops,
    in_seat: pd.DataFrame,
    tally: Tally,
) -> np.ndarray:
    """Of each journey the one that its vehicle goes on with, riders aboard; -1 where they get off.

    Trips of one ``block_id`` and service day follow each other by their first departure; a journey goes on with the
    next one if that leaves no earlier than it arrives, from within 200 m, and no rule of type 5 forbids it. Rules of
    type 4 join trips of no block, or of two. A journey that a frequency makes joins none.

    Parameters
    ----------
    in_seat
        Rules of transfers.txt of types 4 and 5: ``from_trip``, ``to_trip`` (positions), ``stays`` (bool).
    """
    follows = np.full(len(journeys), _NONE, dtype=np.int64)
    taken = np.zeros(len(journeys), dtype=bool)
    pairs, overlapping = _block_pairs(journeys, ends, trips["block_id"].to_numpy(dtype=object))
    tally.add(
        "gtfs_block_overlap",
        overlapping.sum(),
        len(journeys),
        trips["trip_id"].to_numpy()[journeys.trip[pairs[overlapping, 0]]],
    )
    pairs = pairs[~overlapping]
    if len(pairs):
        places = calls.stop[ends.last_call[pairs[:, 0]]], calls.stop[ends.first_call[pairs[:, 1]]]
        near = metres_between(stops.lon, stops.lat, *places) <= SAME_PLACE_M
        tally.add(
            "gtfs_block_moved", (~near).sum(), len(pairs), trips["trip_id"].to_numpy()[journeys.trip[pairs[~near, 0]]]
        )
        pairs = pairs[near]
        off = in_seat[~in_seat["stays"]]
        forbidden = set(zip(off["from_trip"], off["to_trip"], strict=True))
        allowed = [(journeys.trip[a], journeys.trip[b]) not in forbidden for a, b in pairs]
        pairs = pairs[allowed]
        follows[pairs[:, 0]] = pairs[:, 1]
        taken[pairs[:, 1]] = True

    stay = in_seat[in_seat["stays"]].sort_values(["from_trip", "to_trip"])
    at = (
        {
            (trip, yesterday): number
            for number, (trip, yesterday, repeats) in enumerate(
                zip(journeys.trip.tolist(), journeys.yesterday.tolist(), journeys.repeats.tolist(), strict=True)
            )
            if not repeats
        }
        if len(stay)
        else {}
    )
    refused = []
    for from_trip, to_trip in zip(stay["from_trip"].tolist(), stay["to_trip"].tolist(), strict=True):
        for yesterday in (True, False):
            a, b = at.get((from_trip, yesterday)), at.get((to_trip, yesterday))
            if a is None or b is None or follows[a] == b:
                continue
            # one vehicle goes one way: of trains that part only the first half is followed
            if a == b or follows[a] != _NONE or taken[b] or ends.first_s[b] < ends.last_s[a]:
                refused.append(trips["trip_id"].iloc[from_trip])
                continue
            follows[a], taken[b] = b, True
    tally.add("gtfs_in_seat_refused", len(refused), len(stay), refused)
    tally.add("gtfs_in_seat", (follows != _NONE).sum(), len(journeys))
    return follows


def _block_pairs(journeys: Journeys, ends: JourneyEnds, block_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Successive journeys of each block and day, (n, 2), and which of them overlap in time."""
    blocks = block_of[journeys.trip]
    in_block = np.flatnonzero((blocks != "") & ~journeys.repeats)
    if not len(in_block):
        return np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=bool)
    codes = pd.factorize(blocks[in_block])[0].astype(np.int64) * 2 + journeys.yesterday[in_block]
    order = np.lexsort((journeys.trip[in_block], ends.last_s[in_block], ends.first_s[in_block], codes))
    ordered, codes = in_block[order], codes[order]
    pairs = np.column_stack([ordered[:-1], ordered[1:]])[codes[1:] == codes[:-1]]
    return pairs, ends.first_s[pairs[:, 1]] < ends.last_s[pairs[:, 0]]


def chain_numbers(follows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each journey the first journey of its run, and its place in the run (0, 1, 2…)."""
    n = len(follows)
    head, place = np.arange(n), np.zeros(n, dtype=np.int64)
    has_before = np.zeros(n, dtype=bool)
    has_before[follows[follows != _NONE]] = True
    for start in np.flatnonzero((follows != _NONE) & ~has_before):
        at, number = int(follows[start]), 1
        while at != _NONE:
            head[at], place[at] = start, number
            at, number = int(follows[at]), number + 1
    return head, place
