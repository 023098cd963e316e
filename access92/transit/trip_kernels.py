"""What :mod:`access92.transit.trips` compiles: the boardings that trips begin with, and what follows each of them."""

from __future__ import annotations

import numpy as np

from access92.cache.kernels import kernel
from access92.sources.timetable import NO_RUN
from access92.transit.origins import MINUTE_S, MS_PER_S
from access92.transit.scan import NEVER_S

NO_BOARDING = -1
"""What follows the last ride of a trip: the walk to the service."""


@kernel
def mark_first_boardings(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one hot loop, flat arguments for numba
    origins: np.ndarray,
    first: np.ndarray,
    stop: np.ndarray,
    walk_s: np.ndarray,
    first_pair: np.ndarray,
    pair_count: np.ndarray,
    pair_departure_s: np.ndarray,
    pair_arrival_s: np.ndarray,
    first_boarding: np.ndarray,
    boarding: np.ndarray,
    departure_s: np.ndarray,
    from_stop: np.ndarray,
    rank: np.ndarray,
    stop_rank: np.ndarray,
    labels: np.ndarray,
    direct_ms: np.ndarray,
    first_s: int,
    n_minutes: int,
    slack_s: int,
    max_trip_s: int,
    marked: np.ndarray,
    used: np.ndarray,
    ride_minutes: np.ndarray,
) -> None:
    """Mark for every origin and minute the boarding that its trip begins with, and the walk to it.

    ``marked``: bool (n_connections, max_rides), by the rides that the trip has from the boarding on, less one.
    """
    most = labels.shape[1] - 1
    best_s = np.empty(n_minutes, dtype=np.int64)
    chosen = np.empty(n_minutes, dtype=np.int64)
    walk_of = np.empty(n_minutes, dtype=np.int64)
    rides_of = np.empty(n_minutes, dtype=np.int64)
    for nth, origin in enumerate(origins):
        # the best arrival of each minute: a pair is caught until some minute, and by who leaves earlier
        best_s[:] = NEVER_S
        for i in range(first[origin], first[origin + 1]):
            ready_s = first_s + walk_s[i] + slack_s
            for p in range(first_pair[stop[i]], first_pair[stop[i]] + pair_count[stop[i]]):
                last = (pair_departure_s[p] - ready_s) // MINUTE_S
                if last < 0:
                    break
                last = min(last, n_minutes - 1)
                best_s[last] = min(best_s[last], pair_arrival_s[p])
        for minute in range(n_minutes - 2, -1, -1):
            best_s[minute] = min(best_s[minute], best_s[minute + 1])

        longest_s = max_trip_s
        if direct_ms[origin] <= max_trip_s * MS_PER_S:
            longest_s = (direct_ms[origin] - 1) // MS_PER_S  # the longest ride that is faster
        chosen[:] = NO_BOARDING
        for i in range(first[origin], first[origin + 1]):
            at = stop[i]
            ready_s = first_s + walk_s[i] + slack_s
            for p in range(first_pair[at], first_pair[at] + pair_count[at]):
                last = (pair_departure_s[p] - ready_s) // MINUTE_S
                if last < 0:
                    break
                arrival_s = pair_arrival_s[p]
                minute = min(last, n_minutes - 1)
                # the minutes whose best arrival this is, the latest first; each looks at the vehicles of the stop
                # that keep it
                while (
                    minute >= 0 and best_s[minute] == arrival_s and arrival_s - first_s - MINUTE_S * minute <= longest_s
                ):
                    b = _first_from(boarding, departure_s, first_boarding[at], first_boarding[at + 1],
                                    ready_s + MINUTE_S * minute)  # fmt: skip
                    while b < first_boarding[at + 1] and departure_s[boarding[b]] <= pair_departure_s[p]:
                        c = boarding[b]
                        b += 1
                        if labels[c, most] != arrival_s:
                            continue
                        rides = most
                        while rides > 0 and labels[c, rides - 1] == arrival_s:
                            rides -= 1
                        other = chosen[minute]
                        if (
                            other == NO_BOARDING
                            or rides < rides_of[minute]
                            or (
                                rides == rides_of[minute]
                                and _comes_before(walk_s[i], c, walk_of[minute], other, departure_s, from_stop,
                                                  stop_rank, rank)
                            )
                        ):  # fmt: skip
                            chosen[minute], walk_of[minute], rides_of[minute] = c, walk_s[i], rides
                    minute -= 1
        for minute in range(n_minutes):
            if chosen[minute] != NO_BOARDING:
                marked[chosen[minute], rides_of[minute]] = True
                ride_minutes[nth] += 1
        for i in range(first[origin], first[origin + 1]):
            if used[i]:
                continue
            for minute in range(n_minutes):
                c = chosen[minute]
                if c != NO_BOARDING and from_stop[c] == stop[i] and walk_of[minute] == walk_s[i]:
                    used[i] = True
                    break


@kernel
def _first_from(boarding: np.ndarray, departure_s: np.ndarray, low: int, high: int, from_s: int) -> int:
    """The first boarding of a stop that departs at a second or later."""
    while low < high:
        middle = (low + high) // 2
        if departure_s[boarding[middle]] < from_s:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _comes_before(
    walk_s: int,
    c: int,
    other_walk_s: int,
    other: int,
    departure_s: np.ndarray,
    from_stop: np.ndarray,
    stop_rank: np.ndarray,
    rank: np.ndarray,
) -> bool:
    """Whether of two boardings with one arrival and as many rides the first is told: walk, departure, then names."""
    if walk_s != other_walk_s:
        return bool(walk_s < other_walk_s)
    if departure_s[c] != departure_s[other]:
        return bool(departure_s[c] < departure_s[other])
    if from_stop[c] != from_stop[other]:
        return bool(stop_rank[from_stop[c]] < stop_rank[from_stop[other]])
    return bool(rank[c] < rank[other])


@kernel
def follow_boardings(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one loop, flat arguments for numba
    marked: np.ndarray,
    labels: np.ndarray,
    departure_s: np.ndarray,
    arrival_s: np.ndarray,
    from_stop: np.ndarray,
    to_stop: np.ndarray,
    run: np.ndarray,
    runs: np.ndarray,
    may_alight: np.ndarray,
    of_run: np.ndarray,
    first_of_run: np.ndarray,
    place: np.ndarray,
    first_boarding: np.ndarray,
    boarding: np.ndarray,
    stop_rank: np.ndarray,
    rank: np.ndarray,
    first_change: np.ndarray,
    change_stop: np.ndarray,
    change_s: np.ndarray,
    first_rule_pair: np.ndarray,
    rule_pair_stop: np.ndarray,
    rule_pair_s: np.ndarray,
    first_rule: np.ndarray,
    rule_from_run: np.ndarray,
    rule_to_run: np.ndarray,
    rule_walk_s: np.ndarray,
    egress_s: np.ndarray,
    slack_s: int,
    alighting: np.ndarray,
    following: np.ndarray,
    walk_s: np.ndarray,
) -> None:
    """Write where each marked boarding gets off and what follows, and mark that too.

    A ride ends at the first stop from which the arrival can be kept, as in :func:`access92.transit.legs.trip_legs`.
    """
    # connections descend by departure: what a boarding leads to departs later, and comes after it here
    for c in range(len(departure_s) - 1, -1, -1):
        for k in range(marked.shape[1]):
            if not marked[c, k]:
                continue
            arrival, r = labels[c, k], run[c]
            for q in range(place[c], first_of_run[r + 1]):
                a = of_run[q]
                if not may_alight[a]:
                    continue
                at, now = to_stop[a], arrival_s[a]
                if now + egress_s[at] == arrival:
                    alighting[c, k], walk_s[c, k] = a, egress_s[at]
                    break
                if k == 0:
                    continue
                following_c, following_walk = NO_BOARDING, 0
                for i in range(first_change[at], first_change[at + 1]):
                    there = change_stop[i]
                    b = _first_from(boarding, departure_s, first_boarding[there], first_boarding[there + 1],
                                    now + change_s[i] + slack_s)  # fmt: skip
                    while b < first_boarding[there + 1] and departure_s[boarding[b]] < arrival:
                        other = boarding[b]
                        if labels[other, k - 1] == arrival:
                            # of this stop the first one
                            if following_c == NO_BOARDING or _comes_before(
                                change_s[i], other, following_walk, following_c, departure_s, from_stop, stop_rank, rank
                            ):
                                following_c, following_walk = other, change_s[i]
                            break
                        b += 1
                # changes whose walk depends on the two runs
                for p in range(first_rule_pair[at], first_rule_pair[at + 1]):
                    there = rule_pair_stop[p]
                    b = _first_from(boarding, departure_s, first_boarding[there], first_boarding[there + 1],
                                    now + slack_s)  # fmt: skip
                    while b < first_boarding[there + 1] and departure_s[boarding[b]] < arrival:
                        other = boarding[b]
                        b += 1
                        if labels[other, k - 1] != arrival:
                            continue
                        walk = rule_pair_s[p]
                        for j in range(first_rule[p], first_rule[p + 1]):
                            if (rule_from_run[j] == NO_RUN or rule_from_run[j] == runs[r]) and (
                                rule_to_run[j] == NO_RUN or rule_to_run[j] == runs[run[other]]
                            ):
                                walk = rule_walk_s[j]
                                break
                        if now + walk + slack_s > departure_s[other]:
                            continue
                        if following_c == NO_BOARDING or _comes_before(
                            walk, other, following_walk, following_c, departure_s, from_stop, stop_rank, rank
                        ):
                            following_c, following_walk = other, walk
                if following_c != NO_BOARDING:
                    alighting[c, k], following[c, k], walk_s[c, k] = a, following_c, following_walk
                    marked[following_c, k - 1] = True
                    break
