"""Travel times by public transport, services × origins × percentiles over a window: whole milliseconds."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from access92.cache.kernels import kernel
from access92.errors import Fault, InputError
from access92.sources.timetable import Timetable
from access92.transit.connections import Connections, Usability, select_connections
from access92.transit.footpaths import Footpaths
from access92.transit.origins import (
    KEY,
    MINUTE_S,
    arrival_rows,
    arrive_by,
    depart_after,
    planned_departure,
    summarize,
    waiting_rows,
)
from access92.transit.scan import ScanScratch, make_scratch, scan_service

Timing = Literal["depart_after", "arrive_by", "planned"]
"""What a minute of the window is: the earliest departure, the latest arrival, or the earliest one without the wait."""

TIMINGS: tuple[Timing, ...] = ("depart_after", "arrive_by", "planned")
_DEPART_AFTER, _ARRIVE_BY, _PLANNED = range(3)

_Arguments = tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]

_MOST_RIDES = 8
_MOST_MINUTES = 2880  # two days
_LONGEST_TRIP_MIN = 480.0
_LONGEST_SLACK_S = 3600
_NEVER_16, _NEVER_32 = 2**16 - 1, 2**30


@dataclass(frozen=True, slots=True)
class TransitOptions:
    """What is asked of a timetable; checked when it is made.

    ``window_s``: the first minute and the end (exclusive), in seconds of the timetable; ``max_rides``: vehicles boarded
    at most; ``boarding_slack_s``: seconds at a stop before each boarding, the first included, 1 at least (at one second
    vehicles have no order); ``max_trip_min``: door to door, wait included, inclusive.

    Raises
    ------
    InputError
        A value is out of its range.
    """

    window_s: tuple[int, int]
    max_rides: int = 4
    boarding_slack_s: int = 60
    max_trip_min: float = 60.0
    timing: Timing = "depart_after"

    def __post_init__(self) -> None:
        first, end = self.window_s
        bad = []
        if end <= first or (end - first) % MINUTE_S or (end - first) // MINUTE_S > _MOST_MINUTES:
            bad.append((
                f"La fenêtre ne fait pas un nombre entier de minutes, de 1 à {_MOST_MINUTES}.",
                f"window_s = ({first}, {end})", "Donner un début et une fin distants de minutes entières.",
            ))  # fmt: skip
        if not 1 <= self.max_rides <= _MOST_RIDES:
            bad.append((
                f"Le nombre de trajets en véhicule n'est pas entre 1 et {_MOST_RIDES}.",
                f"max_rides = {self.max_rides}", "Donner 4, ou un autre nombre de cet intervalle.",
            ))  # fmt: skip
        if not 1 <= self.boarding_slack_s <= _LONGEST_SLACK_S:
            bad.append((
                f"Le temps à l'arrêt avant de monter n'est pas entre 1 et {_LONGEST_SLACK_S} s.",
                f"boarding_slack_s = {self.boarding_slack_s}", "Donner 60, ou une autre durée de cet intervalle.",
            ))  # fmt: skip
        if not 0 < self.max_trip_min <= _LONGEST_TRIP_MIN:
            bad.append((
                f"La durée du plus long déplacement n'est pas entre 0 et {_LONGEST_TRIP_MIN:g} min.",
                f"max_trip_min = {self.max_trip_min}", "Donner une durée en minutes de cet intervalle.",
            ))  # fmt: skip
        if self.timing not in TIMINGS:
            bad.append((
                f"La question « {self.timing} » est inconnue.", "timing", f"Écrire {', '.join(TIMINGS)}.",
            ))  # fmt: skip
        if bad:
            raise InputError(Fault(*texts) for texts in bad)

    @property
    def n_minutes(self) -> int:
        """How many minutes the window has."""
        return (self.window_s[1] - self.window_s[0]) // MINUTE_S

    @property
    def max_trip_s(self) -> int:
        """The longest trip by vehicle in whole seconds; those of a ride are whole."""
        return math.floor(round(self.max_trip_min * MINUTE_S, 6))

    def select(self, timetable: Timetable, usability: Usability | None = None) -> Connections:
        """The connections of a timetable that any trip of the window may use."""
        first, last = self.window_s[0], self.window_s[1] - MINUTE_S
        if self.timing == "arrive_by":
            return select_connections(timetable, earliest_s=first - self.max_trip_s, latest_s=last, usability=usability)
        return select_connections(timetable, earliest_s=first, latest_s=last + self.max_trip_s, usability=usability)


@dataclass(frozen=True, slots=True, eq=False)
class TransitTimes:
    """Travel times by public transport, or without it where that is faster.

    ``percentile_ms``: int32 (n_services, n_origins, n_percentiles), whole milliseconds, ``UNREACHED``
    (:data:`access92.travel.kernels.UNREACHED`) where too few minutes have an arrival; ``percentiles``: ascending;
    ``ride_minutes``: uint16 (n_services, n_origins), the minutes of the window (of ``n_minutes``) in which a ride is
    faster than the way without one.
    """

    percentile_ms: np.ndarray
    ride_minutes: np.ndarray
    percentiles: tuple[float, ...]
    n_minutes: int

    def at(self, percentile: float) -> np.ndarray:
        """The matrix of one percentile: int32 (n_services, n_origins), milliseconds."""
        return self.percentile_ms[:, :, self.percentiles.index(percentile)]

    @property
    def ride_share(self) -> np.ndarray:
        """The share (0–1) of minutes in which a ride is used: float32 (n_services, n_origins)."""
        return (self.ride_minutes / np.float32(self.n_minutes)).astype(np.float32)


def transit_times(  # noqa: PLR0913 - the stable face of the room
    timetable: Timetable,
    footpaths: Footpaths,
    *,
    window_s: tuple[int, int],
    percentiles: Sequence[float] = (25, 50, 75),
    max_rides: int = 4,
    boarding_slack_s: int = 60,
    max_trip_min: float = 60.0,
    timing: Timing = "depart_after",
    usability: Usability | None = None,
    services: Sequence[int] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> TransitTimes:
    """The times from each origin to each service of some footpaths, at percentiles over the minutes of a window.

    Door to door, in minutes of :class:`TransitOptions`, which says the options. A percentile p of n minutes is the
    ``ceil(p / 100 · n)``-th shortest time, minutes without arrival counted as infinite, as R5 has it. The way without a
    ride counts in every minute in which no ride is faster. One scan per service, on all cores; a service has the same
    times whatever others are asked for. ``services``: the rows of the footpaths to compute, in the order of the
    result (all by default). ``usability``: what the riders may use, all by default.

    Raises
    ------
    InputError
        An option or a percentile is out of its range.
    """
    options = TransitOptions(
        window_s=window_s, max_rides=max_rides, boarding_slack_s=boarding_slack_s, max_trip_min=max_trip_min,
        timing=timing,
    )  # fmt: skip
    ordered = tuple(sorted(percentiles))
    ranks = percentile_ranks(ordered, options.n_minutes)
    connections = options.select(timetable, usability)
    asked = range(len(footpaths.egress)) if services is None else services
    n_origins, count = len(footpaths.access), len(asked)
    percentile_ms = np.empty((count, n_origins, len(ordered)), dtype=np.int32)
    ride_minutes = np.empty((count, n_origins), dtype=np.uint16)

    # each core takes every n-th service, with a scratch of its own: compiled code runs without Python's lock
    workers = max(1, min(os.cpu_count() or 1, count))
    done = [0]

    def fill(rows: range) -> None:
        scratch = make_scratch(connections, footpaths.run_rules, max_rides=options.max_rides)
        for row in rows:
            profiles = scan_profiles(connections, footpaths, asked[row], options, scratch)
            fill_row(
                *profiles.arguments(footpaths), footpaths.direct_ms[asked[row]], options.max_trip_s,
                *profiles.working_arrays(options.n_minutes), ranks, percentile_ms[row], ride_minutes[row],
            )  # fmt: skip
            done[0] += 1
            if on_progress is not None:
                on_progress(done[0], count)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(fill, [range(first, count, workers) for first in range(workers)]))
    return TransitTimes(percentile_ms, ride_minutes, ordered, options.n_minutes)


def percentile_ranks(percentiles: Sequence[float], n_minutes: int) -> np.ndarray:
    """Positions (int64, from 0) of percentiles among ``n_minutes`` sorted times, by the rule of R5.

    Raises
    ------
    InputError
        There is none, or one is not over 0 and up to 100.

    Examples
    --------
    >>> percentile_ranks([25, 50, 100], 120).tolist()
    [29, 59, 119]
    """
    bad = [p for p in percentiles if not 0 < p <= 100]  # noqa: PLR2004 - per cent
    if bad or not len(percentiles):
        raise InputError(
            Fault(
                "Un centile n'est pas entre 0 (exclu) et 100." if bad else "Aucun centile n'est demandé.",
                f"percentiles = {list(percentiles)}", "Donner par exemple 25, 50 et 75.",
            )
        )  # fmt: skip
    # a product such as 0.07 × 100 is a little over 7 in binary: the rank is that of the decimal number
    return np.array([math.ceil(round(p * n_minutes / 100, 9)) - 1 for p in percentiles], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class StopProfiles:
    """What the stops of one service say by minute, as the kernels of the origins read it."""

    timing: int
    rows: np.ndarray
    first_row: np.ndarray
    row_of: np.ndarray
    never: int

    def arguments(self, footpaths: Footpaths) -> _Arguments:
        """The first arguments of :func:`fill_row` and :func:`minute_times`."""
        access = footpaths.access
        return (
            self.timing, access.first, access.stop, access.walk_s, self.rows, self.first_row, self.row_of, self.never,
        )  # fmt: skip

    def working_arrays(self, n_minutes: int) -> tuple[np.ndarray, np.ndarray]:
        """Keys and times of one origin, of the types that the kernels write."""
        kind = np.uint16 if self.never == _NEVER_16 else np.int32
        return np.empty(n_minutes, dtype=np.int64), np.empty(n_minutes, dtype=kind)


def scan_profiles(
    connections: Connections, footpaths: Footpaths, service: int, options: TransitOptions, scratch: ScanScratch
) -> StopProfiles:
    """One scan, and the rows of its stops."""
    first_s, max_trip_s = options.window_s[0], options.max_trip_s
    scan_service(
        connections, footpaths, service, scratch, boarding_slack_s=options.boarding_slack_s, max_trip_s=max_trip_s
    )
    pairs = connections.first_pair, scratch.pair_count, scratch.pair_departure_s
    if options.timing == "arrive_by":
        rows, first_row = waiting_rows(
            *pairs, scratch.pair_arrival_s, options.boarding_slack_s, first_s, options.n_minutes, _NEVER_32
        )
        return StopProfiles(_ARRIVE_BY, rows, first_row, np.empty((0, MINUTE_S), dtype=np.int32), _NEVER_32)

    ready_s = first_s + options.boarding_slack_s
    width = options.n_minutes + footpaths.longest_access_s // MINUTE_S
    arrival_s = scratch.pair_arrival_s.astype(np.int64) - first_s
    if options.timing == "planned":
        keys = arrival_s * KEY + KEY // 2 - (scratch.pair_departure_s - ready_s)
        # of no minute: over every key, and a walk more stays within int64
        rows, first_row, row_of = arrival_rows(*pairs, keys, ready_s, width, 2**61, np.empty(0, dtype=np.int64))
        return StopProfiles(_PLANNED, rows, first_row, row_of, _NEVER_32)

    # numbers as short as they may be, of which the processor takes the most at a time
    is_short = (options.n_minutes - 1) * MINUTE_S + max_trip_s < _NEVER_16
    never, kind = (_NEVER_16, np.dtype(np.uint16)) if is_short else (_NEVER_32, np.dtype(np.int32))
    rows, first_row, row_of = arrival_rows(*pairs, arrival_s, ready_s, width, never, np.empty(0, dtype=kind))
    return StopProfiles(_DEPART_AFTER, rows, first_row, row_of, never)


@kernel
def minute_times(  # noqa: PLR0913 - flat arguments for numba
    timing: int,
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    rows: np.ndarray,
    first_row: np.ndarray,
    row_of: np.ndarray,
    never: int,
    origin: int,
    max_trip_s: int,
    keys: np.ndarray,
    times_s: np.ndarray,
) -> bool:
    """Write the seconds by ride of each minute of one origin, and tell whether any has one."""
    if timing == _DEPART_AFTER:
        return depart_after(first, stop, walk_s, origin, rows, first_row, row_of, never, times_s)
    if timing == _ARRIVE_BY:
        return arrive_by(first, stop, walk_s, origin, rows, first_row, never, times_s)
    return planned_departure(first, stop, walk_s, origin, rows, first_row, row_of, never, max_trip_s, keys, times_s)


@kernel
def fill_row(  # noqa: PLR0913, PLR0917 - flat arguments for numba
    timing: int,
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    rows: np.ndarray,
    first_row: np.ndarray,
    row_of: np.ndarray,
    never: int,
    direct_ms: np.ndarray,
    max_trip_s: int,
    keys: np.ndarray,
    times_s: np.ndarray,
    ranks: np.ndarray,
    percentile_ms: np.ndarray,
    ride_minutes: np.ndarray,
) -> None:
    """Write the percentiles and the minutes with a ride of every origin to one service."""
    for origin in range(len(direct_ms)):
        is_served = minute_times(
            timing, first, stop, walk_s, rows, first_row, row_of, never, origin, max_trip_s, keys, times_s
        )
        if not is_served:
            times_s[:] = never
        ride_minutes[origin] = summarize(times_s, direct_ms[origin], max_trip_s, ranks, percentile_ms[origin])
