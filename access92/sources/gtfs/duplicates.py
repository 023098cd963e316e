"""The same vehicle in two feeds: found by its times and places, kept once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.sources.gtfs.distances import plane_m
from access92.sources.gtfs.journeys import Journeys
from access92.sources.gtfs.stop_times import Calls
from access92.sources.gtfs.stops import Stops

SAME_STOP_M = 100.0
"""Two feeds rarely place one platform alike to the metre."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class FeedJourneys:
    """What is compared of one feed."""

    journeys: Journeys
    calls: Calls
    stops: Stops


def duplicate_journeys(feeds: list[FeedJourneys]) -> list[np.ndarray]:
    """Of each feed, which journeys an earlier feed has already, (n,) bool each.

    Two journeys are one where they have as many calls, all within 100 m of each other in their order, leave and
    arrive at the same seconds (the arrival at the first call and the departure from the last say nothing). Each
    journey of the earlier feed answers for one of each later feed: two buses at one time stay two.
    """
    dropped = [np.zeros(len(feed.journeys), dtype=bool) for feed in feeds]
    earlier: dict[int, list[tuple[int, int]]] = {}
    for number, feed in enumerate(feeds):
        signs = _signatures(feed.journeys, feed.calls).tolist() if len(feed.journeys) else []
        answered: set[tuple[int, int]] = set()
        news: list[tuple[int, tuple[int, int]]] = []
        for at, sign in enumerate(signs):
            for other, there in earlier.get(sign, ()):
                if (other, there) not in answered and _equal(feeds[other], there, feed, at):
                    dropped[number][at] = True
                    answered.add((other, there))
                    break
            else:
                news.append((sign, (number, at)))
        if number < len(feeds) - 1:
            for sign, place in news:
                earlier.setdefault(sign, []).append(place)
    return dropped


def _times(feed_calls: Calls) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts of trips, and the arrivals and departures that count: the ends dwell for nobody."""
    starts = feed_calls.starts()
    arrival_s, departure_s = feed_calls.arrival_s.astype(np.int64), feed_calls.departure_s.astype(np.int64)
    arrival_s[starts[:-1]] = departure_s[starts[:-1]]
    departure_s[starts[1:] - 1] = arrival_s[starts[1:] - 1]
    return starts, arrival_s, departure_s


def _signatures(journeys: Journeys, calls: Calls) -> np.ndarray:
    """A number of the times of each journey (uint64): equal times, equal numbers.

    The sum of times by weights that depend on their place is linear, so that one sum per trip serves all its journeys.
    """
    starts, arrival_s, departure_s = _times(calls)
    lengths = np.diff(starts)
    place = (np.arange(len(calls)) - np.repeat(starts[:-1], lengths)).astype(np.uint64)
    with np.errstate(over="ignore"):
        weight = (place * np.uint64(2) + np.uint64(1)) * _MULTIPLIER
        weight ^= weight >> np.uint64(29)
        both = arrival_s.astype(np.uint64) * weight + departure_s.astype(np.uint64) * (weight * _MULTIPLIER)
        sums = np.add.reduceat(both, starts[:-1])
        weights = np.add.reduceat(weight + weight * _MULTIPLIER, starts[:-1])
        at = _trip_places(calls, starts)[journeys.trip]
        signs = sums[at] + weights[at] * journeys.shift_s.astype(np.uint64)
        return np.asarray(signs ^ (lengths[at].astype(np.uint64) * _MULTIPLIER))


def _trip_places(calls: Calls, starts: np.ndarray) -> np.ndarray:
    """Of each trip its place among those that have calls."""
    trips = calls.trip[starts[:-1]]
    places = np.zeros(int(trips.max()) + 1, dtype=np.int64)
    places[trips] = np.arange(len(trips))
    return places


def _equal(first: FeedJourneys, a: int, second: FeedJourneys, b: int) -> bool:
    """Whether two journeys are one: times to the second, stops within 100 m."""
    one, two = _calls_of(first, a), _calls_of(second, b)
    if len(one[0]) != len(two[0]) or not all(np.array_equal(x, y) for x, y in zip(one[1:], two[1:], strict=True)):
        return False
    places = [
        values[stop]
        for feed, (stop, *_) in ((first, one), (second, two))
        for values in (feed.stops.lon, feed.stops.lat)
    ]
    return bool((plane_m(*places) <= SAME_STOP_M).all())


def _calls_of(feed: FeedJourneys, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stops, arrivals and departures of one journey, the ends levelled."""
    trip, shift_s = feed.journeys.trip[at], feed.journeys.shift_s[at]
    bounds = np.searchsorted(feed.calls.trip, np.array([trip, trip + 1], dtype=feed.calls.trip.dtype))
    calls = feed.calls.take(np.arange(*bounds))
    arrival_s, departure_s = calls.arrival_s + shift_s, calls.departure_s + shift_s
    arrival_s[0], departure_s[-1] = departure_s[0], arrival_s[-1]
    return calls.stop, arrival_s, departure_s
