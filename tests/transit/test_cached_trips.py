"""Trips that the cache holds are those that it was given."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from access92.transit import cached_trips
from access92.transit.matrix import TransitOptions
from tests.transit.random_timetables import dense_case, footpaths_of


def test_trips_from_the_cache_are_those_that_were_traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = dense_case(11)
    rides: Any = SimpleNamespace(
        timetable=case.timetable, footpaths=footpaths_of(case.timetable, case.walks), usability=None,
        options=TransitOptions(window_s=case.window_s, max_rides=3, boarding_slack_s=60, max_trip_min=25.0),
        router=SimpleNamespace(cache_folder=tmp_path, key="router", mode=None), services=None,
        rider=SimpleNamespace(key=lambda _: "rider"),
    )  # fmt: skip
    monkeypatch.setattr(cached_trips, "place_keys", lambda _: ["a", "b"])
    homes = [np.arange(3), np.array([1])]
    traced = cached_trips.cached_trips(rides, homes)
    assert sum(len(part.boarding) for part in traced.boardings) > 0
    monkeypatch.setattr(cached_trips, "origin_trips", None)
    read = cached_trips.cached_trips(rides, homes)
    for one, other in zip(traced.boardings, read.boardings, strict=True):
        for name in ("boarding", "alighting", "following", "walk_s", "arrival_s", "rides"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("origins", "ride_minutes", "direct_ms"):
        for left, right in zip(getattr(traced, name), getattr(read, name), strict=True):
            np.testing.assert_array_equal(left, right)
    for name in ("origin", "stop", "walk_s"):
        np.testing.assert_array_equal(getattr(traced, name), getattr(read, name))
    # other homes are other trips
    with pytest.raises(TypeError):
        cached_trips.cached_trips(rides, [np.arange(2), np.array([1])])
