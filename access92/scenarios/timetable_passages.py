"""How often a line runs: its vehicles as trips, and when they pass the busiest stop of each direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.scenarios.timetable_names import directions
from access92.sources.timetable import Timetable


@dataclass(frozen=True, slots=True, eq=False)
class LineSegments:
    """The ways of vehicles as trips of a line: rows of their calls (first, end), and how many riders may stay on to."""

    bounds: list[tuple[int, int]]
    last: list[int]  # the call where riders of the trip get off at the latest: its own last, or the next trip's first


@dataclass(frozen=True, slots=True, eq=False)
class LinePassages:
    """The vehicles that pass one stop in one direction, by time: segment, second, number of the sequence of stops."""

    stop: int
    segment: list[int]
    at_s: np.ndarray
    pattern: list[int]


def line_segments(timetable: Timetable, trips: np.ndarray) -> LineSegments:
    """The trips of a line (bool, n_trips) as the parts of vehicle runs that they are."""
    run, trip = timetable.call_run, timetable.call_trip
    starts = np.flatnonzero((np.diff(run, prepend=-1) != 0) | (np.diff(trip, prepend=-1) != 0))
    ends = np.append(starts[1:], len(run))
    of_line = trips[trip[starts]]
    bounds = list(zip(starts[of_line].tolist(), ends[of_line].tolist(), strict=True))
    goes_on = [end < len(run) and run[end] == run[first] for first, end in bounds]
    return LineSegments(bounds, [end if more else end - 1 for (_, end), more in zip(bounds, goes_on, strict=True)])


def line_passages(timetable: Timetable, segments: LineSegments) -> list[LinePassages]:
    """The passages at the busiest stop of each direction, then of those that it does not see, and so on."""
    numbers: dict[tuple[int, ...], int] = {}
    pattern = []
    for (first, _), last in zip(segments.bounds, segments.last, strict=True):
        stops = tuple(timetable.call_stop[first : last + 1].tolist())
        pattern.append(numbers.setdefault(stops, len(numbers)))
    sequences = list(numbers)
    passages = []
    for group in directions(sequences):
        left = [number for number, own in enumerate(pattern) if own in group]
        while left:
            # of stops that as many pass, the first on the way
            counts, place = dict[int, int](), dict[int, int]()
            for number in left:
                stops = sequences[pattern[number]]
                for stop in set(stops):
                    counts[stop] = counts.get(stop, 0) + 1
                    place[stop] = max(place.get(stop, 0), stops.index(stop))
            busiest = min(counts, key=lambda stop: (-counts[stop], place[stop], stop))
            seen = [number for number in left if busiest in sequences[pattern[number]]]
            at_s = [
                int(timetable.departure_s[segments.bounds[number][0] + sequences[pattern[number]].index(busiest)])
                for number in seen
            ]
            order = sorted(range(len(seen)), key=lambda nth: (at_s[nth], seen[nth]))
            passages.append(
                LinePassages(
                    busiest,
                    [seen[nth] for nth in order],
                    np.array([at_s[nth] for nth in order], dtype=np.int64),
                    [pattern[seen[nth]] for nth in order],
                )
            )
            left = [number for number in left if busiest not in sequences[pattern[number]]]
    return passages
