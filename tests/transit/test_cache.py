"""What was scanned once is read, to the byte; whatever decides a time makes it be scanned again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from access92.sources.timetable import Timetable
from access92.transit.cache import cached_transit_times
from access92.transit.connections import Usability
from access92.transit.matrix import TransitOptions
from tests.transit.oracle import INFINITE, PlainWalks
from tests.transit.random_timetables import footpaths_of, timetable_of

OPTIONS = TransitOptions(window_s=(0, 1200), max_trip_min=30)
WALKS = PlainWalks(
    transfers={(1, 2): 60}, access=[[(0, 61)], []], egress=[[(1, 30)], [(2, 0)]],
    direct_ms=[[INFINITE, 5000], [1_200_000, INFINITE]],
)  # fmt: skip


def timetable(*, later_s: int = 0, rules: tuple[tuple[int, ...], ...] = ()) -> Timetable:
    run = [(0, 600, 600, True, True, 0), (1, 900 + later_s, 900 + later_s, True, True, 0)]
    return timetable_of([run], rules, n_stops=3)


def scans(folder: Path, table: Timetable | None = None, **changes: object) -> int:
    table = table or timetable()
    walks = changes.pop("walks", WALKS)
    options = replace(OPTIONS, **changes.pop("options", {}))
    asked = {"percentiles": (25, 50, 75), **changes}
    times, count = cached_transit_times(folder, table, footpaths_of(table, walks), options=options, **asked)
    fresh, _ = cached_transit_times(None, table, footpaths_of(table, walks), options=options, **asked)
    assert times.percentile_ms.tobytes() == fresh.percentile_ms.tobytes()
    assert times.ride_minutes.tobytes() == fresh.ride_minutes.tobytes()
    return count


def test_one_more_service_is_one_more_scan(tmp_path: Path) -> None:
    assert scans(tmp_path) == 2
    assert scans(tmp_path) == 0
    more = replace(WALKS, egress=[*WALKS.egress, [(1, 31)]], direct_ms=[*WALKS.direct_ms, [INFINITE, INFINITE]])
    assert scans(tmp_path, walks=more) == 1
    turned = replace(more, egress=more.egress[::-1], direct_ms=more.direct_ms[::-1])
    assert scans(tmp_path, walks=turned) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"options": {"max_rides": 2}}, {"options": {"boarding_slack_s": 59}}, {"options": {"max_trip_min": 29.0}},
        {"options": {"window_s": (60, 1260)}}, {"options": {"timing": "arrive_by"}}, {"percentiles": (25, 50)},
        {"walks": replace(WALKS, access=[[(0, 62)], []])}, {"walks": replace(WALKS, transfers={(1, 2): 61})},
        {"table": timetable(later_s=1)}, {"table": timetable(rules=((1, 1, -1, -1, 3, 0),))},
        {"table": timetable(rules=((1, 2, 0, -1, 3, 0),))},
        {"usability": Usability(stops=np.array([True, True, False]), trips=np.array([True]))},
    ],
)  # fmt: skip
def test_what_decides_a_time_is_in_its_key(tmp_path: Path, changes: dict[str, object]) -> None:
    scans(tmp_path)
    assert scans(tmp_path, **changes) == 2


def test_the_way_without_a_ride_is_in_the_key_of_its_service_alone(tmp_path: Path) -> None:
    scans(tmp_path)
    assert scans(tmp_path, walks=replace(WALKS, direct_ms=[WALKS.direct_ms[0], [7, INFINITE]])) == 1
