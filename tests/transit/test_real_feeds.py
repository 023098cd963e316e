"""The engine beside the brute force on a morning of the two real feeds: no cell differs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import KDTree

from access92.transit.matrix import transit_times
from tests.transit.oracle import INFINITE, Oracle, PlainWalks
from tests.transit.random_timetables import Case, footpaths_of
from tests.transit.real_feeds import are_there, calls_between, real_timetable
from tests.transit.test_oracle import PERCENTILES, assert_same, expected, times_after

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not are_there(), reason="../shared/gtfs is not there"),
]

_METRES_PER_S = 1.1
_BEGIN_S, _MINUTES, _TRIP_MIN = 9 * 3600, 5, 35


def test_a_sample_of_the_real_feeds_is_that_of_the_brute_force() -> None:
    table = calls_between(real_timetable(), _BEGIN_S, _BEGIN_S + 60 * (_MINUTES + _TRIP_MIN))
    points = table.stops.geometry.to_crs("EPSG:2154")
    tree = KDTree(np.stack([points.x, points.y], axis=1))
    random = np.random.default_rng(92)
    chosen = random.choice(len(table.stops), 14, replace=False)
    places = tree.data[chosen] + random.uniform(-150, 150, (14, 2))

    def near(place: np.ndarray, radius_m: float) -> list[tuple[int, int]]:
        stops = tree.query_ball_point(place, radius_m)
        return [(stop, int(np.ceil(np.hypot(*(tree.data[stop] - place)) / _METRES_PER_S))) for stop in sorted(stops)]

    transfers = {
        (stop, other): walk for stop, place in enumerate(tree.data) for other, walk in near(place, 300) if stop != other
    }
    walks = PlainWalks(
        transfers=transfers, access=[near(place, 900) for place in places[:6]],
        egress=[near(place, 900) for place in places[6:]], direct_ms=[[INFINITE] * 6 for _ in range(8)],
    )  # fmt: skip
    window_s = (_BEGIN_S, _BEGIN_S + 60 * _MINUTES)
    case = Case(table, walks, window_s, max_rides=4, slack_s=60, max_trip_min=_TRIP_MIN)
    times = transit_times(
        table, footpaths_of(table, walks), window_s=window_s, percentiles=PERCENTILES, max_trip_min=_TRIP_MIN
    )
    assert times.ride_minutes.any()
    assert_same(times, expected(case, times_after(case, Oracle(table, walks, case.max_rides, case.slack_s))))
