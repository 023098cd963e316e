"""From the pairs of the stops to the homes: the best arrival of each minute, and what is said of all minutes.

A pair (departure, arrival) of a stop is caught from a home by who leaves walk and boarding slack before it. Riders
leave at whole minutes, so the pairs of a stop make rows of arrivals by minute: one for each class of walks, told apart
by the seconds that they have beyond whole minutes. The arrivals of a home are the least of the rows of its stops, each
read from as many minutes on as its walk takes: minima of short arrays, which a processor makes sixteen at a time.

References
----------
Conway, Byrd and van der Linden (2017), Evidence-based transit and land use sketch planning using interactive
accessibility methods, Transportation Research Record 2653: percentiles over the minutes of a window.
"""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.travel.kernels import UNREACHED

MINUTE_S = 60
MS_PER_S = 1000
KEY = np.int64(2**24)
"""What an arrival is multiplied by in a key (int64) that orders pairs by arrival, then by latest departure."""

_NO_ROW = -1


@kernel
def arrival_rows(  # noqa: C901 - one hot loop
    first_pair: np.ndarray,
    pair_count: np.ndarray,
    pair_departure_s: np.ndarray,
    pair_value: np.ndarray,
    boardable_from_s: int,
    width: int,
    never: int,
    empty: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of values by minute of all stops that have pairs.

    ``boardable_from_s``: the first minute of the window plus the boarding slack; ``never``: of a minute from which no
    pair is caught; ``empty``: any array of the type that the rows are to have.

    Returns
    -------
    rows
        (n_rows, width): the least value of the pairs that are caught from minute q on, by who walks no time.
    first_row
        int32 (n_stops): -1 for a stop without pairs.
    row_of
        int32 (n_stops, 60): the row of a stop for walks of so many seconds beyond whole minutes.
    """
    n_stops = len(pair_count)
    first_row = np.full(n_stops, _NO_ROW, dtype=np.int32)
    row_of = np.zeros((n_stops, MINUTE_S), dtype=np.int32)

    # a walk with more seconds beyond its minutes than a departure has misses it by one minute: walks between two
    # such numbers of seconds miss the same departures, and share a row
    n_rows = 0
    departs_at = np.zeros(MINUTE_S, dtype=np.bool_)
    for stop in range(n_stops):
        if pair_count[stop]:
            departs_at[:] = False
            for i in range(first_pair[stop], first_pair[stop] + pair_count[stop]):
                departs_at[(pair_departure_s[i] - boardable_from_s) % MINUTE_S] = True
            first_row[stop] = n_rows
            for second in range(MINUTE_S):
                row_of[stop, second] = n_rows
                if departs_at[second] and second < MINUTE_S - 1:
                    n_rows += 1
            n_rows += 1

    rows = np.full((n_rows, width), never, dtype=empty.dtype)
    for stop in range(n_stops):
        if pair_count[stop]:
            end = row_of[stop, MINUTE_S - 1] + 1
            for i in range(first_pair[stop], first_pair[stop] + pair_count[stop]):
                spare = pair_departure_s[i] - boardable_from_s
                minute, last_in_time = spare // MINUTE_S, row_of[stop, spare % MINUTE_S]
                for row in range(first_row[stop], end):
                    at = min(minute if row <= last_in_time else minute - 1, width - 1)
                    if at >= 0:
                        rows[row, at] = min(rows[row, at], pair_value[i])
            # who is ready earlier may wait
            for row in range(first_row[stop], end):
                for minute in range(width - 2, -1, -1):
                    rows[row, minute] = min(rows[row, minute], rows[row, minute + 1])
    return rows, first_row, row_of


@kernel
def waiting_rows(
    first_pair: np.ndarray,
    pair_count: np.ndarray,
    pair_departure_s: np.ndarray,
    pair_arrival_s: np.ndarray,
    boarding_slack_s: int,
    first_deadline_s: int,
    n_minutes: int,
    never: int,
) -> tuple[np.ndarray, np.ndarray]:
    """For each stop with pairs the seconds from being there to each deadline, by the latest pair that keeps it.

    ``rows``: int32 (n_rows, n_minutes), ``never`` where no pair keeps a deadline; ``first_row``: int32 (n_stops), the
    row of each stop, -1 for one without pairs. Who is early waits at the door.
    """
    n_stops = len(pair_count)
    first_row = np.full(n_stops, _NO_ROW, dtype=np.int32)
    n_rows = 0
    for stop in range(n_stops):
        if pair_count[stop]:
            first_row[stop] = n_rows
            n_rows += 1
    rows = np.full((n_rows, n_minutes), never, dtype=np.int32)
    for stop in range(n_stops):
        if pair_count[stop]:
            row = first_row[stop]
            # departures descend: the first pair that keeps a deadline is the latest one
            for i in range(first_pair[stop], first_pair[stop] + pair_count[stop]):
                at_stop_s = pair_departure_s[i] - boarding_slack_s
                minute = max(0, -((first_deadline_s - pair_arrival_s[i]) // MINUTE_S))
                while minute < n_minutes and rows[row, minute] == never:
                    rows[row, minute] = first_deadline_s + MINUTE_S * minute - at_stop_s
                    minute += 1
    return rows, first_row


@kernel
def depart_after(
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    origin: int,
    rows: np.ndarray,
    first_row: np.ndarray,
    row_of: np.ndarray,
    never: int,
    times_s: np.ndarray,
) -> bool:
    """Write the seconds from each minute to the arrival (``never`` where none); whether any minute has one."""
    n_minutes, width, flat = len(times_s), rows.shape[1], rows.reshape(-1)
    is_served = False
    for i in range(first[origin], first[origin + 1]):
        at = np.uint32(stop[i])
        if first_row[at] == _NO_ROW:
            continue
        walk = np.uint32(walk_s[i])
        minutes = walk // np.uint32(MINUTE_S)
        begin = np.int64(row_of[at, walk - minutes * np.uint32(MINUTE_S)]) * width + np.int64(minutes)
        part = flat[begin : begin + n_minutes]
        if not is_served:
            times_s[:] = part
            is_served = True
        else:
            for minute in range(n_minutes):
                times_s[minute] = min(times_s[minute], part[minute])
    if is_served:
        for minute in range(n_minutes):
            arrival = times_s[minute]
            times_s[minute] = never if arrival == never else arrival - MINUTE_S * minute
    return is_served


@kernel
def planned_departure(  # noqa: PLR0913 - flat arguments for numba
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    origin: int,
    rows: np.ndarray,
    first_row: np.ndarray,
    row_of: np.ndarray,
    never: int,
    max_trip_s: int,
    keys: np.ndarray,
    times_s: np.ndarray,
) -> bool:
    """Write the seconds from the latest departure for the best arrival; whether any minute has one.

    The values of the rows are :data:`KEY` × arrival + ``KEY`` / 2 − the second at which to be at the stop, both from
    the first minute; ``keys``: int64 (n_minutes), for this function alone.
    """
    n_minutes, width, flat = len(times_s), rows.shape[1], rows.reshape(-1)
    keys[:] = np.iinfo(np.int64).max
    for i in range(first[origin], first[origin + 1]):
        at = stop[i]
        if first_row[at] == _NO_ROW:
            continue
        begin = row_of[at, walk_s[i] % MINUTE_S] * width + walk_s[i] // MINUTE_S
        for minute in range(n_minutes):
            keys[minute] = min(keys[minute], flat[begin + minute] + walk_s[i])
    is_served = False
    for minute in range(n_minutes):
        arrival, departure = keys[minute] // KEY, KEY // 2 - keys[minute] % KEY
        is_reached = arrival - MINUTE_S * minute <= max_trip_s
        times_s[minute] = arrival - departure if is_reached else never
        is_served |= is_reached
    return is_served


@kernel
def arrive_by(
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    origin: int,
    rows: np.ndarray,
    first_row: np.ndarray,
    never: int,
    times_s: np.ndarray,
) -> bool:
    """Write the seconds from the latest departure to each deadline; whether any deadline is kept."""
    times_s[:] = never
    is_served = False
    for i in range(first[origin], first[origin + 1]):
        row = first_row[stop[i]]
        if row != _NO_ROW:
            is_served = True
            for minute in range(len(times_s)):
                if rows[row, minute] != never:
                    times_s[minute] = min(times_s[minute], rows[row, minute] + walk_s[i])
    return is_served


@kernel
def summarize(
    times_s: np.ndarray, direct_ms: int, max_trip_s: int, ranks: np.ndarray, percentile_ms: np.ndarray
) -> int:
    """Write the milliseconds at each rank of the minutes; the number of minutes in which a ride is used.

    ``times_s``: by ride, in any order. At each minute the faster of ride and direct way counts, of equal ones the
    direct way; the least with one number keeps the order, so ranks are looked for among rides alone. ``ranks``: int64,
    ascending, from 0. UNREACHED where fewer minutes have an arrival within ``max_trip_s``.
    """
    longest_s = max_trip_s
    if direct_ms <= max_trip_s * MS_PER_S:
        longest_s = (direct_ms - 1) // MS_PER_S  # the longest ride that is faster
        percentile_ms[:] = direct_ms
    else:
        percentile_ms[:] = UNREACHED
    by_ride = _count_up_to(times_s, longest_s)
    low = 0
    for i in range(len(ranks)):
        if ranks[i] >= by_ride:
            break
        # the least second that as many minutes as the rank asks for do not exceed
        high = longest_s
        while low < high:
            middle = (low + high) // 2
            if _count_up_to(times_s, middle) > ranks[i]:
                high = middle
            else:
                low = middle + 1
        percentile_ms[i] = low * MS_PER_S
    return by_ride


@kernel
def _count_up_to(times_s: np.ndarray, longest_s: int) -> int:
    """How many times are not over a limit; a negative limit has none."""
    if longest_s < 0:
        return 0
    count = np.uint16(0)
    for i in range(len(times_s)):
        count = np.uint16(count + np.uint16(times_s[i] <= longest_s))
    return int(count)
