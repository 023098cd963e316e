"""Person-hours of those who ride, beside a forward search from each home for each second of the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access92._clock import PARIS, Period
from access92.measures.hours import arrival_windows, person_hours, week_table
from access92.measures.ride_hours import RideHours, ride_hours
from access92.sources.timetable import Timetable
from access92.transit.reach import reach_by_minute
from access92.travel.riding import RideDay
from tests.transit.oracle import Oracle
from tests.transit.random_timetables import Case, dense_case, footpaths_of

WEEKEND = Period(date(2025, 3, 28), date(2025, 3, 30))  # the last of its days has 23 hours
NINE_S, DAY_S, STEP_S = 9 * 3600, 86_400, 5
POPULATION = np.array([3.0, 5.0, 11.0])
IDS = ["a", "b"]


@dataclass(frozen=True, eq=False)
class CaseRider:
    """Who rides by one timetable with the walks of a case."""

    case: Case
    timetable: Timetable

    def reached_by(self, rows: np.ndarray, window_s: tuple[int, int]) -> Iterator[np.ndarray]:
        """As :meth:`access92.travel.riding.Rider.reached_by`, of some rows."""
        return reach_by_minute(
            self.timetable, footpaths_of(self.timetable, self.case.walks), window_s=window_s,
            under_min=self.case.max_trip_min, max_rides=self.case.max_rides, boarding_slack_s=self.case.slack_s,
            services=rows.tolist(),
        )  # fmt: skip


def at_nine(case: Case, later_s: int = 0) -> Timetable:
    """The vehicles of a case, around 9 h and some seconds later."""
    shift_s = NINE_S + later_s - case.window_s[0]
    table = case.timetable
    return replace(table, arrival_s=table.arrival_s + shift_s, departure_s=table.departure_s + shift_s)


def days_of(case: Case, seed: int) -> list[RideDay]:
    """A day of each kind, in an order of the seed: two timetables, one of them known in part, no vehicle, unknown."""
    known_to_s = NINE_S + 60 * int(np.random.default_rng(seed).integers(0, 40))
    kinds = [
        (CaseRider(case, at_nine(case)), (0, DAY_S)),
        (CaseRider(case, at_nine(case, 420)), (NINE_S - 600, known_to_s)),
        (None, (0, DAY_S)),
        (None, (0, 0)),
    ]
    order = np.random.default_rng(seed).permutation(len(kinds))
    return [
        RideDay(WEEKEND.first_day + timedelta(days=at), *kinds[kind]) for at, kind in enumerate(order[: WEEKEND.days])
    ]


def openings_of(seed: int) -> pd.DataFrame:
    """Some openings around 9 h, a few of them at odd seconds."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(int(random.integers(1, 6))):
        day = WEEKEND.first_day + timedelta(days=int(random.integers(WEEKEND.days)))
        start = datetime.combine(day, datetime.min.time()) + timedelta(hours=9, minutes=int(random.integers(-10, 20)))
        start += timedelta(seconds=int(random.choice([0, 0, 25])))
        rows.append((str(random.choice(IDS)), start, start + timedelta(minutes=int(random.integers(1, 25)))))
    names, starts, ends = zip(*rows, strict=True)
    return pd.DataFrame({
        "service_id": pd.Series(names, dtype=object), "starts_at": pd.DatetimeIndex(starts).tz_localize(PARIS),
        "ends_at": pd.DatetimeIndex(ends).tz_localize(PARIS),
    })  # fmt: skip


def engine(case: Case, days: list[RideDay], openings: pd.DataFrame, visit_min: float, **more: object) -> RideHours:
    on_foot = np.array(case.walks.direct_ms) < 60_000 * case.max_trip_min
    return ride_hours(
        days, arrival_windows(openings, IDS, WEEKEND, visit_min), POPULATION, on_foot=on_foot,
        reach=lambda rider, rows, window_s: rider.reached_by(rows, window_s), period=WEEKEND,
        threshold_min=case.max_trip_min, **more,
    )  # fmt: skip


@dataclass
class Brute:
    """For one second and one home: is it reached, and is that known? Forward from the home, in plain Python."""

    case: Case
    days: list[RideDay]
    openings: pd.DataFrame
    visit_min: float

    def __post_init__(self) -> None:
        self.arrivals: dict[tuple[int, int, int], list[float]] = {}
        self.oracles: dict[int, Oracle] = {}
        self.spans = {name: self._spans(name) for name in IDS}

    def _spans(self, service: str) -> list[list[pd.Timestamp]]:
        """When a service is open; touching or overlapping openings are one: only the last may be too late a visit."""
        mine = self.openings[self.openings["service_id"] == service]
        joined: list[list[pd.Timestamp]] = []
        for start, end in sorted(zip(mine["starts_at"], mine["ends_at"], strict=True)):
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        return joined

    def is_open(self, service: str, instant: pd.Timestamp) -> bool:
        """Whether who arrives now is served."""
        return any(start <= instant < end - pd.Timedelta(minutes=self.visit_min) for start, end in self.spans[service])

    def reached(self, home: int, open_services: list[int], at: int, minute: pd.Timestamp) -> tuple[bool, bool]:
        """Whether a home reaches one of some services by a minute of a day, and whether vehicles are known."""
        day, longest_s = self.days[at], int(60 * self.case.max_trip_min)
        noon = pd.Timestamp(datetime.combine(day.day, datetime.min.time()) + timedelta(hours=12)).tz_localize(PARIS)
        deadline = NINE_S + 3 * 3600 - round((noon - minute).total_seconds())
        is_known = day.known_s[0] <= deadline - longest_s and deadline <= day.known_s[1]
        if any(self.case.walks.direct_ms[service][home] < 1000 * longest_s for service in open_services):
            return True, is_known
        if not is_known or day.rider is None:
            return False, is_known
        key = at, home, deadline
        if key not in self.arrivals:
            if at not in self.oracles:
                table = day.rider.timetable
                self.oracles[at] = Oracle(table, self.case.walks, self.case.max_rides, self.case.slack_s)
            self.arrivals[key] = self.oracles[at].arrivals(home, deadline - longest_s + 1)
        return any(self.arrivals[key][service] <= deadline for service in open_services), is_known

    def seconds(self, at: int) -> Iterator[tuple[pd.Timestamp, list[int]]]:
        """Every fifth second of a day at which something is open, and what is; nothing opens or closes between."""
        day = self.days[at].day
        first = pd.Timestamp(datetime.combine(day, datetime.min.time()) + timedelta(hours=8, minutes=49))
        for second in range(0, 60 * 60, STEP_S):
            instant = first.tz_localize(PARIS) + pd.Timedelta(seconds=second)
            open_services = [row for row, name in enumerate(IDS) if self.is_open(name, instant)]
            if open_services:
                yield instant, open_services


def brute_hours(brute: Brute) -> tuple[list[int], list[int], dict[tuple[int, int], float]]:
    """Seconds counted and not known by home, and people × seconds by weekday and hour."""
    counted, unknown, week = [0] * 3, [0] * 3, dict[tuple[int, int], float]()
    for at in range(len(brute.days)):
        for instant, open_services in brute.seconds(at):
            for home in range(3):
                is_there, is_known = brute.reached(home, open_services, at, instant.floor("min"))
                counted[home] += STEP_S * is_there
                unknown[home] += STEP_S * (not is_there and not is_known)
                cell = instant.weekday(), instant.hour
                week[cell] = week.get(cell, 0.0) + STEP_S * is_there * POPULATION[home]
    return counted, unknown, week


few = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@few
@given(st.integers(0, 2**32), st.sampled_from([0.0, 4.0]))
def test_hours_by_ride_are_those_of_a_search_from_each_home_for_each_second(seed: int, visit_min: float) -> None:
    case = dense_case(seed)
    days, openings = days_of(case, seed), openings_of(seed)
    brute = Brute(case, days, openings, visit_min)
    moments = [datetime(2025, 3, 28 + day, 9, 5 * minute, 40) for day in range(3) for minute in range(5)]  # noqa: DTZ001
    hours = engine(case, days, openings, visit_min, moments=moments)
    counted, unknown, week = brute_hours(brute)
    assert hours.counted_s.tolist() == counted
    assert hours.unknown_s.tolist() == unknown
    by_cell = {(cell // 24, cell % 24): value for cell, value in enumerate(hours.week_person_s) if value}
    assert by_cell == pytest.approx({cell: value for cell, value in week.items() if value})
    for moment, there in zip(moments, hours.moments, strict=True):
        instant = pd.Timestamp(moment).tz_localize(PARIS)
        open_services = [row for row, name in enumerate(IDS) if brute.is_open(name, instant)]
        at = (moment.date() - WEEKEND.first_day).days
        said = [brute.reached(home, open_services, at, instant.floor("min")) for home in range(3)]
        if not open_services or all(is_known for _, is_known in said):
            assert there is not None
            assert there.tolist() == [bool(open_services) and is_there for is_there, _ in said]
        else:
            assert there is None


@few
@given(st.integers(0, 2**32))
def test_who_only_walks_has_the_hours_of_the_walk_whatever_is_known_of_vehicles(seed: int) -> None:
    case = dense_case(seed)
    walks = replace(case.walks, access=[[], [], []])
    on_paper = replace(case, walks=walks)
    openings, minutes = openings_of(seed), np.array(walks.direct_ms, dtype=np.float32) / 60_000
    hours = engine(on_paper, days_of(on_paper, seed), openings, 0.0)
    asked = {"period": WEEKEND, "threshold_min": case.max_trip_min}
    assert (hours.counted_s / 3600).tolist() == person_hours(minutes, IDS, openings, **asked).tolist()
    week = week_table(minutes, IDS, openings, POPULATION, **asked)
    assert hours.week_person_s / 3600 == pytest.approx(week["person_hours"].to_numpy())
