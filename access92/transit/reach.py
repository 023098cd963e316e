"""Who is at a service by each minute of a day, having left home less than a threshold before: bits.

The question of opening hours: the minute is that of the service, waiting at its door counts, and the trips are those
of the timetable, minute by minute: no percentile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from access92.cache.kernels import kernel
from access92.sources.timetable import Timetable
from access92.transit.connections import Usability
from access92.transit.footpaths import Footpaths
from access92.transit.matrix import TransitOptions, minute_times, scan_profiles
from access92.transit.origins import MS_PER_S
from access92.transit.scan import make_scratch
from access92.travel.time_limits import limit_ms

_BITS = 8


def reach_by_minute(
    timetable: Timetable,
    footpaths: Footpaths,
    *,
    window_s: tuple[int, int],
    under_min: float,
    max_rides: int = 4,
    boarding_slack_s: int = 60,
    usability: Usability | None = None,
    services: Sequence[int] | None = None,
) -> Iterator[np.ndarray]:
    """For each service whether each origin can be there by each minute, having left less than ``under_min`` before.

    uint8 (n_minutes, ⌈n_origins / 8⌉), eight origins a byte as :func:`numpy.packbits` has them; the minutes are those
    of ``window_s`` (seconds of the timetable, its end left out). By ride or without one; the threshold is strict, and
    who arrives before the minute has waited until it. ``services``: rows of the footpaths, all by default.

    Raises
    ------
    InputError
        An option is out of its range (:class:`~access92.transit.matrix.TransitOptions`).
    """
    options = TransitOptions(
        window_s=window_s, max_rides=max_rides, boarding_slack_s=boarding_slack_s, max_trip_min=under_min,
        timing="arrive_by",
    )  # fmt: skip
    connections = options.select(timetable, usability)
    under_ms, n_origins = limit_ms(under_min), len(footpaths.access)
    of_thread = threading.local()

    def reach(service: int) -> np.ndarray:
        if not hasattr(of_thread, "scratch"):
            of_thread.scratch = make_scratch(connections, footpaths.run_rules, max_rides=options.max_rides)
        profiles = scan_profiles(connections, footpaths, service, options, of_thread.scratch)
        bits = np.zeros((options.n_minutes, -(-n_origins // _BITS)), dtype=np.uint8)
        fill_reach(
            *profiles.arguments(footpaths), footpaths.direct_ms[service], under_ms,
            *profiles.working_arrays(options.n_minutes), bits,
        )  # fmt: skip
        return bits

    # as many services at a time as there are cores: the bits of all would fill the memory of a region
    asked = list(range(len(footpaths.egress)) if services is None else services)
    workers = max(1, min(os.cpu_count() or 1, len(asked)))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for first in range(0, len(asked), workers):
            yield from pool.map(reach, asked[first : first + workers])


@kernel
def fill_reach(  # noqa: PLR0913, PLR0917 - flat arguments for numba
    timing: int,
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    rows: np.ndarray,
    first_row: np.ndarray,
    row_of: np.ndarray,
    never: int,
    direct_ms: np.ndarray,
    under_ms: int,
    keys: np.ndarray,
    times_s: np.ndarray,
    bits: np.ndarray,
) -> None:
    """Set the bits of every origin to one service."""
    longest_s = (under_ms - 1) // MS_PER_S
    for origin in range(len(direct_ms)):
        byte, bit = origin // 8, np.uint8(128 >> (origin % 8))
        if direct_ms[origin] < under_ms:
            for minute in range(len(times_s)):
                bits[minute, byte] |= bit
        elif minute_times(
            timing, first, stop, walk_s, rows, first_row, row_of, never, origin, longest_s, keys, times_s
        ):
            for minute in range(len(times_s)):
                if times_s[minute] <= longest_s:
                    bits[minute, byte] |= bit
