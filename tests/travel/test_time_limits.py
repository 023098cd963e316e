"""Limits of time: every tenth of a minute, against fractions that know no rounding, in each thing that compares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from access92.measures.coverage import coverage_table
from access92.measures.hours import group_demand
from access92.measures.ledger import comparison_table, ledger_table
from access92.outputs.maps.backdrop import bound_hundredths, pack_minutes
from access92.outputs.maps.run_map.packing import time_codes, time_edges
from access92.outputs.palette import class_numbers, time_classes
from access92.travel.matrix import TravelTimes, up_to_cutoff
from access92.travel.time_limits import (
    EXACT_UP_TO_MIN,
    NOT_REACHED_MS,
    bound_for_doubles,
    is_under,
    limit_ms,
    limits_reached,
    minutes_to_ms,
)
from tests.reach import reach_under

TENTHS = [number / 10 for number in range(1, 2401)]
"""0.1, 0.2 … 240.0 as a study file writes them."""

AROUND_MS = np.array([-1000, -1, 0, 1, 1000])


def times_of(ms: np.ndarray) -> np.ndarray:
    """Minutes as the travel times are: whole milliseconds, divided, rounded to float32."""
    return np.array([np.float32(each / 60_000.0) for each in ms.tolist()], dtype=np.float32)


def exactly_under(ms: np.ndarray, limit: str) -> list[bool]:
    return [Fraction(int(each), 60_000) < Fraction(limit) for each in ms]


def test_every_tenth_of_a_minute_is_compared_as_fractions_are() -> None:
    for limit_min in TENTHS:
        ms = round(Fraction(str(limit_min)) * 60_000) + AROUND_MS
        ms = ms[ms >= 0]
        times, expected = times_of(ms), exactly_under(ms, str(limit_min))
        assert is_under(times, limit_min).tolist() == expected
        assert (limits_reached(times, [limit_min]) == 0).tolist() == expected
        assert (minutes_to_ms(times) < limit_ms(limit_min)).tolist() == expected
        # a program that reads the float32 as doubles
        assert (times.astype(float) < bound_for_doubles(limit_min)).tolist() == expected


@pytest.mark.parametrize(
    ("from_ms", "to_ms"),
    [
        (0, 300_000),
        # where a float32 has half as many digits below a minute: 1, 2, 4 … minutes, under the last that is exact
        *((2**power * 60_000 - 2_000, 2**power * 60_000 + 2_000) for power in range(int(np.log2(EXACT_UP_TO_MIN)))),
        (int(EXACT_UP_TO_MIN) * 60_000 - 300_000, int(EXACT_UP_TO_MIN) * 60_000),
        pytest.param(0, int(EXACT_UP_TO_MIN) * 60_000, marks=pytest.mark.slow),
    ],
)
def test_a_time_gives_back_its_own_milliseconds_and_keeps_their_order(from_ms: int, to_ms: int) -> None:
    ms = np.arange(from_ms, to_ms, dtype=np.int64)
    times = (ms / 60_000.0).astype(np.float32)
    np.testing.assert_array_equal(minutes_to_ms(times), ms)
    assert (np.diff(times) > 0).all()


def test_a_limit_finer_than_a_millisecond_is_strict_too() -> None:
    # 744,000.3 ms: the time of 744,000 ms is under it, that of 744,001 is not
    assert limit_ms(12.400005) == 744_001
    assert is_under(times_of(np.array([744_000, 744_001])), 12.400005).tolist() == [True, False]


def test_what_is_not_reached_is_under_no_limit_and_in_the_last_class() -> None:
    nowhere = np.array([np.nan], dtype=np.float32)
    assert minutes_to_ms(nowhere).tolist() == [NOT_REACHED_MS]
    assert not is_under(nowhere, 240).any()
    assert limits_reached(nowhere, [10, 20, 60]).tolist() == [3]


def test_table_comparison_ledger_hours_legend_and_page_are_on_one_side_of_every_tenth() -> None:
    for limit_min in TENTHS:
        ms = round(Fraction(str(limit_min)) * 60_000) + AROUND_MS
        ms = ms[ms >= 0]
        times, expected = times_of(ms), np.array(exactly_under(ms, str(limit_min)))
        classes = time_classes([limit_min], headline_min=limit_min, cutoff_min=max(240.0, limit_min))
        assert (class_numbers(times, classes) == 0).tolist() == expected.tolist()
        assert classes[0].is_covered
        assert not any(item.is_covered for item in classes[1:])
        assert (hundredths(times) < bound_hundredths(limit_min)).tolist() == expected.tolist()
        reach = group_demand(times[None, :], limit_min)
        assert reach.reach[0][reach.group_of].tolist() == expected.tolist()
    edges = time_edges(TENTHS, 240.0, step_min=0.1, far_step_min=240.0)
    for limit_min in TENTHS:  # as the page does: the code of a time is at most the place of the threshold
        ms = round(Fraction(str(limit_min)) * 60_000) + AROUND_MS
        codes = time_codes(times_of(ms[ms >= 0])[None, :], edges)[0]
        assert (codes <= edges.index(limit_min)).tolist() == exactly_under(ms[ms >= 0], str(limit_min))


def hundredths(minutes: np.ndarray) -> np.ndarray:
    """The times of a map's page as its script reads them."""
    import base64  # noqa: PLC0415 - of this alone

    return np.frombuffer(base64.b64decode(pack_minutes(minutes)), dtype="<u2")


@pytest.mark.parametrize("limit_min", [0.1, 0.3, 4.1, 8.2, 12.4, 16.4, 32.7, 59.9, 100.7, 239.9])
def test_people_at_the_very_threshold_are_covered_by_no_table(limit_min: float) -> None:
    at = times_of(np.array([limit_ms(limit_min) - 1, limit_ms(limit_min)]))
    demand = pd.DataFrame({"area_id": ["a", "a"], "population": [10, 20]})
    table = coverage_table(
        at, demand, scenario="s", mode="walk", rule="any",
        thresholds_min=[limit_min], unsnapped=np.zeros(2, dtype=bool),
    )  # fmt: skip
    assert table["population_covered"].tolist() == [10, 10]
    far = np.full(2, np.nan, dtype=np.float32)
    compared = comparison_table(
        far, at, demand, scenario_reference="r", scenario="s", mode="walk", rule="any",
        thresholds_min=[limit_min], cutoff_min=240.0,
    )  # fmt: skip
    assert compared["population_gained"].tolist() == [10, 10]
    rows = np.array([0])
    before, after = (reach_under(name, times[None, :], rows, ["A"], threshold_min=limit_min)
                     for name, times in (("r", far), ("s", at)))  # fmt: skip
    ledger = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=240.0)
    assert ledger["population_gained"].tolist() == [10, 10]


@pytest.mark.parametrize("was_min", [0.1, 3.3, 10.05, 12.4, 33.35, 101.15])
def test_three_seconds_are_the_same_time_and_a_millisecond_more_is_not(was_min: float) -> None:
    was = np.full(4, limit_ms(was_min))
    now = was + np.array([3000, 3001, -3000, -3001])
    demand = pd.DataFrame({"area_id": ["a"] * 4, "population": [1, 2, 4, 8]})
    before, after = (
        reach_under(name, times_of(ms)[None, :], np.array([0]), ["A"], threshold_min=20)
        for name, ms in (("r", was), ("s", np.maximum(now, 0)))
    )
    total = ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=240.0).iloc[-1]
    assert total["population_slower"] == 2
    assert total["population_faster"] == 8


def test_the_cut_off_keeps_a_time_at_itself_and_no_later_one() -> None:
    for cutoff_min in (12.4, 60.0, 100.7):
        minutes = times_of(np.array([limit_ms(cutoff_min) + each for each in (-1, 0, 1)]))[None, :]
        times = TravelTimes("walk", minutes, pd.DataFrame(), pd.DataFrame())
        assert np.isnan(up_to_cutoff(times, cutoff_min).minutes[0]).tolist() == [False, False, True]
        assert up_to_cutoff(times, cutoff_min + 1) is times
