"""The calls of a feed made fit to ride on: empty times filled in, impossible trips left out by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from access92.sources.gtfs.stop_times import BY_DRIVER, BY_PHONE, Calls
from access92.sources.gtfs.stops import Stops
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import NO_TIME


def repaired_calls(calls: Calls, *, trip_ids: pd.Index, stops: Stops, tally: Tally) -> Calls:
    """Calls of whole trips: two or more of them, all with times, in an order in which time never runs back.

    In this order: calls at stops without a place go; rows written twice are one, trips with two rows of one number
    go; a lone arrival or departure stands for both; trips without a time at either end go; empty times are
    interpolated; trips that run back in time go, and those of a single call.
    """
    n_trips = len(trip_ids)
    everywhere = len(calls)
    nowhere = np.isnan(stops.lat[calls.stop])
    tally.add("gtfs_stop_without_place", nowhere.sum(), everywhere, stops.ids[np.unique(calls.stop[nowhere])])
    calls = calls.take(~nowhere) if nowhere.any() else calls
    at_station = stops.is_station[calls.stop]
    tally.add("gtfs_call_at_station", at_station.sum(), len(calls), stops.ids[np.unique(calls.stop[at_station])])

    def without(calls: Calls, code: str, bad_call: np.ndarray) -> Calls:
        """The calls without the trips that have a bad one."""
        if not bad_call.any():
            return calls
        bad_trip = np.zeros(n_trips, dtype=bool)
        bad_trip[calls.trip[bad_call]] = True
        tally.add(code, bad_trip.sum(), n_trips, trip_ids[bad_trip])
        return calls.take(~bad_trip[calls.trip])

    calls = _without_twins(calls, tally, without)
    calls = _one_time_for_both(calls, tally)
    first, last = _ends(calls)
    calls = without(calls, "gtfs_ends_without_time", (first | last) & (calls.departure_s == NO_TIME))
    calls = _interpolated(calls, tally)
    same_trip = calls.trip[1:] == calls.trip[:-1]
    calls = without(calls, "gtfs_negative_dwell", calls.departure_s < calls.arrival_s)
    same_trip = calls.trip[1:] == calls.trip[:-1]
    backward = np.zeros(len(calls), dtype=bool)
    backward[1:] = same_trip & (calls.arrival_s[1:] < calls.departure_s[:-1])
    calls = without(calls, "gtfs_negative_travel", backward)
    first, last = _ends(calls)
    calls = without(calls, "gtfs_single_call", first & last)

    for code, kinds in (("gtfs_on_demand_pickup", calls.pickup), ("gtfs_on_demand_drop_off", calls.drop_off)):
        on_demand = (kinds == BY_PHONE) | (kinds == BY_DRIVER)
        tally.add(code, on_demand.sum(), len(calls), trip_ids[np.unique(calls.trip[on_demand])])
    return calls


def _ends(calls: Calls) -> tuple[np.ndarray, np.ndarray]:
    """Whether each call is the first, the last of its trip."""
    change = calls.trip[1:] != calls.trip[:-1]
    edge = np.ones(min(len(calls), 1), dtype=bool)
    return np.concatenate([edge, change]), np.concatenate([change, edge])


def _without_twins(calls: Calls, tally: Tally, without: Callable[[Calls, str, np.ndarray], Calls]) -> Calls:
    """One call per number of a trip: the same row twice is one; two rows that differ spoil the trip."""
    same = np.zeros(len(calls), dtype=bool)
    same[1:] = (calls.trip[1:] == calls.trip[:-1]) & (calls.sequence[1:] == calls.sequence[:-1])
    if not same.any():
        return calls
    equal = same.copy()
    for values in (calls.stop, calls.arrival_s, calls.departure_s, calls.pickup, calls.drop_off):
        equal[1:] &= values[1:] == values[:-1]
    tally.add("gtfs_duplicate_row", equal.sum(), len(calls), ["stop_times.txt"])
    calls, same = calls.take(~equal), (same & ~equal)[~equal]
    return without(calls, "gtfs_duplicate_sequence", same)


def _one_time_for_both(calls: Calls, tally: Tally) -> Calls:
    """A call with an arrival or a departure alone does both at that time."""
    no_arrival, no_departure = calls.arrival_s == NO_TIME, calls.departure_s == NO_TIME
    lone = no_arrival != no_departure
    if not lone.any():
        return calls
    tally.add("gtfs_one_time", lone.sum(), len(calls))
    arrival_s = np.where(no_arrival, calls.departure_s, calls.arrival_s)
    departure_s = np.where(no_departure, calls.arrival_s, calls.departure_s)
    return replace(calls, arrival_s=arrival_s, departure_s=departure_s)


def _interpolated(calls: Calls, tally: Tally) -> Calls:
    """Empty times between two known ones: in proportion to the distance along the shape, evenly where there is none.

    Seconds are cut, not rounded: a rider is never told to come later than the line says. A vehicle that is
    interpolated does not dwell.
    """
    empty = calls.arrival_s == NO_TIME
    if not empty.any():
        return calls
    arrival_s, departure_s = calls.arrival_s.copy(), calls.departure_s.copy()
    at = np.arange(len(calls))
    before = np.maximum.accumulate(np.where(empty, -1, at))
    after = np.minimum.accumulate(np.where(empty, len(calls), at)[::-1])[::-1]
    i, a, b = at[empty], before[empty], after[empty]

    # a gap is measured along its shape only where every distance of it is known and none runs back
    steps = np.diff(calls.distance, prepend=np.nan)
    bad = np.concatenate([[0], np.cumsum(~(steps >= 0))])
    measured = (bad[b + 1] == bad[a + 1]) & (calls.distance[b] > calls.distance[a])
    share = (i - a) / (b - a)
    here, start, end = (calls.distance[k[measured]] for k in (i, a, b))
    share[measured] = (here - start) / (end - start)
    span_s = arrival_s[b] - departure_s[a]
    arrival_s[i] = departure_s[i] = departure_s[a] + np.floor(share * span_s + 1e-6).astype(np.int32)
    tally.add("gtfs_interpolated", len(i), len(calls))
    tally.add("gtfs_interpolated_evenly", int((~measured).sum()), len(i))
    return replace(calls, arrival_s=arrival_s, departure_s=departure_s)
