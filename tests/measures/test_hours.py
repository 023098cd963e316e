"""Person-hours: paper cases, an oracle that looks at every five minutes, and properties on random towns."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from access92._clock import PARIS, Period, to_legal_time
from access92.errors import InputError
from access92.measures.coverage import coverage_table
from access92.measures.hours import (
    DemandGroups,
    _reached,
    open_at,
    open_rows,
    person_hours,
    person_hours_table,
    week_table,
)
from access92.sources.opening_hours import opening_intervals
from access92.sources.visits import read_calendar, visit_intervals
from access92.travel.nearest import nearest_service

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "services" / "exemple_calendrier.csv"
FEBRUARY = Period(date(2025, 2, 1), date(2025, 2, 28))
WEEK = Period(date(2025, 2, 3), date(2025, 2, 9))
STEP_MIN = 5


def halts(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Intervals from (service, start, end) told by French clocks."""
    starts, ends = (to_legal_time([datetime.fromisoformat(row[at]) for row in rows]) for at in (1, 2))
    return pd.DataFrame(
        {"service_id": pd.Series([row[0] for row in rows], dtype=object), "starts_at": starts, "ends_at": ends}
    )


def minutes_of(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hours_of(
    minutes: np.ndarray,
    ids: list[str],
    intervals: pd.DataFrame,
    period: Period = WEEK,
    visit_min: float = 0.0,
) -> list[float]:
    return list(
        person_hours(minutes, ids, intervals, period=period, threshold_min=20, minimal_visit_min=visit_min),
    )


def test_a_halt_of_seven_hours_on_one_of_twenty_working_days_counts_seven_hours() -> None:
    visits = read_calendar(EXAMPLE, crs=CRS.from_epsg(2154), period=FEBRUARY)
    suresnes = visits[visits["name"].str.endswith("Suresnes")]
    ids = list(suresnes["place_id"])
    minutes = minutes_of([12.0, 20.0, np.nan])
    assert hours_of(minutes, ids, visit_intervals(visits), FEBRUARY) == [7.0, 0.0, 0.0]
    assert hours_of(minutes, ids, visit_intervals(visits), FEBRUARY, visit_min=30) == [6.5, 0.0, 0.0]


def test_a_place_at_exactly_the_threshold_has_no_hour() -> None:
    opening = halts(("a", "2025-02-04 09:00", "2025-02-04 12:00"))
    assert hours_of(minutes_of([19.99, 20.0, 20.01]), ["a"], opening) == [3.0, 0.0, 0.0]


def test_two_services_open_at_once_count_once() -> None:
    opening = halts(("a", "2025-02-04 09:00", "2025-02-04 12:00"), ("b", "2025-02-04 11:00", "2025-02-04 14:00"))
    minutes = minutes_of([5, 5, 30], [30, 5, 30])
    assert hours_of(minutes, ["a", "b"], opening) == [3.0, 5.0, 0.0]


def test_the_minimal_visit_shortens_each_opening_but_not_where_it_goes_on() -> None:
    broken = halts(("a", "2025-02-04 09:00", "2025-02-04 12:00"), ("a", "2025-02-04 13:30", "2025-02-04 17:00"))
    going_on = halts(("a", "2025-02-04 09:00", "2025-02-04 12:00"), ("a", "2025-02-04 12:00", "2025-02-04 17:00"))
    assert hours_of(minutes_of([5.0]), ["a"], broken, visit_min=30) == [5.5]
    assert hours_of(minutes_of([5.0]), ["a"], going_on, visit_min=30) == [7.5]


def test_a_visit_longer_than_the_opening_leaves_no_hour() -> None:
    opening = halts(("a", "2025-02-04 09:00", "2025-02-04 09:20"))
    assert hours_of(minutes_of([5.0]), ["a"], opening, visit_min=30) == [0.0]


def test_hours_outside_the_period_do_not_count() -> None:
    opening = halts(("a", "2025-02-02 22:00", "2025-02-03 02:00"), ("a", "2025-02-11 09:00", "2025-02-11 12:00"))
    assert hours_of(minutes_of([5.0]), ["a"], opening) == [2.0]


def test_services_without_a_row_and_rows_without_hours_are_left_out() -> None:
    opening = halts(("elsewhere", "2025-02-04 09:00", "2025-02-04 12:00"))
    assert hours_of(minutes_of([5.0, 6.0]), ["a"], opening) == [0.0, 0.0]
    assert hours_of(np.empty((0, 2), dtype=np.float32), [], opening) == [0.0, 0.0]
    assert hours_of(minutes_of([5.0, 6.0]), ["a"], opening.iloc[:0]) == [0.0, 0.0]


def test_the_night_of_the_clock_change_lasts_as_it_lasts() -> None:
    spring, autumn = (Period(date(2026, *day), date(2026, *day)) for day in ((3, 29), (10, 25)))
    always = pd.DataFrame({"service_id": ["a"], "opening_hours": ["24/7"]})
    night = pd.DataFrame({"service_id": ["a"], "opening_hours": ["Su 01:00-04:00"]})
    for services, in_spring, in_autumn in ((always, 23.0, 25.0), (night, 2.0, 4.0)):
        assert hours_of(minutes_of([5.0]), ["a"], opening_intervals(services, spring), spring) == [in_spring]
        assert hours_of(minutes_of([5.0]), ["a"], opening_intervals(services, autumn), autumn) == [in_autumn]


def test_a_service_that_never_closes_is_open_to_the_last_visit_of_the_period() -> None:
    always = pd.DataFrame({"service_id": ["a"], "opening_hours": ["24/7"]})
    for visit_min in (0.0, 30.0, 480.0):
        intervals = opening_intervals(always, WEEK, beyond_min=visit_min)
        assert hours_of(minutes_of([5.0]), ["a"], intervals, visit_min=visit_min) == [168.0]
        assert open_at(intervals, moment("2025-02-09 23:59:59"), period=WEEK, minimal_visit_min=visit_min) == ["a"]
        assert open_at(intervals, moment("2025-02-03 00:00"), period=WEEK, minimal_visit_min=visit_min) == ["a"]
        table = week_table(
            minutes_of([5.0]), ["a"], intervals, np.array([10.0]),
            period=WEEK, threshold_min=20, minimal_visit_min=visit_min,
        )  # fmt: skip
        assert table["coverage_share"].eq(1).all()


def test_the_last_visit_is_whole_on_the_nights_when_the_clocks_change() -> None:
    always = pd.DataFrame({"service_id": ["a"], "opening_hours": ["24/7"]})
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)):
        period = Period(day, day)
        for visit_min in (30.0, 150.0, 210.0, 480.0):
            intervals = opening_intervals(always, period, beyond_min=visit_min)
            assert intervals["ends_at"].item() == period.ends_at + pd.Timedelta(minutes=visit_min)
            assert hours_of(minutes_of([5.0]), ["a"], intervals, period, visit_min) == [period.hours]


@pytest.mark.parametrize("hours", ["24/7", "Mo-Su 00:00-24:00", "Mo-Su 22:00-06:00", "Mo-Fr 09:00-17:00; Sa,Su off"])
def test_the_hours_of_days_add_up_whatever_the_period_that_they_are_cut_into(hours: str) -> None:
    services = pd.DataFrame({"service_id": ["a"], "opening_hours": [hours]})
    whole = Period(date(2024, 12, 28), date(2025, 1, 4))  # over a bank holiday
    days = [date(2024, 12, 28) + timedelta(days=number) for number in range(whole.days)]

    def hours_in(period: Period) -> float:
        intervals = opening_intervals(services, period, beyond_min=30)
        return hours_of(minutes_of([5.0]), ["a"], intervals, period, 30)[0]

    assert sum(hours_in(Period(day, day)) for day in days) == pytest.approx(hours_in(whole))


def test_a_service_that_closes_at_the_end_of_the_period_has_no_visit_after_it() -> None:
    services = pd.DataFrame({"service_id": ["a"], "opening_hours": ["24/7"], "valid_to": [pd.Timestamp("2025-02-09")]})
    intervals = opening_intervals(services, WEEK, beyond_min=30)
    assert hours_of(minutes_of([5.0]), ["a"], intervals, visit_min=30) == [167.5]


def test_a_month_with_may_day_has_a_working_day_less() -> None:
    services = pd.DataFrame({"service_id": ["a"], "opening_hours": ["Th 09:00-12:00"]})
    may = Period(date(2025, 5, 1), date(2025, 5, 31))  # Thursdays 1 (May Day), 8 (1945), 15, 22 and 29 (Ascension)
    assert hours_of(minutes_of([5.0]), ["a"], opening_intervals(services, may), may) == [6.0]


def test_open_at_knows_opening_closing_and_the_visit() -> None:
    opening = halts(("b", "2025-02-04 09:00", "2025-02-04 12:00"), ("a", "2025-02-04 11:00", "2025-02-04 14:00"))
    found = {
        clock: open_at(opening, moment(f"2025-02-04 {clock}"), period=WEEK)
        for clock in ("08:59", "09:00", "11:30", "12:00")
    }
    assert found == {"08:59": [], "09:00": ["b"], "11:30": ["a", "b"], "12:00": ["a"]}
    assert open_at(opening, moment("2025-02-04 11:30"), period=WEEK, minimal_visit_min=30) == ["a"]


def test_a_moment_outside_the_calendar_is_refused() -> None:
    opening = halts(("a", "2025-02-04 09:00", "2025-02-04 12:00"))
    for ask in (open_at, lambda table, when, *, period: open_rows(table, ["a"], when, period=period)):
        with pytest.raises(InputError, match="hors du calendrier"):
            ask(opening, moment("2025-03-04 10:00"), period=WEEK)


def test_coverage_at_a_moment_is_coverage_by_the_rows_that_are_open() -> None:
    services = pd.DataFrame({"service_id": ["a", "b"], "opening_hours": ["Mo-Fr 09:00-12:00", "Sa 09:00-12:00"]})
    intervals = opening_intervals(services, WEEK)
    minutes, demand = minutes_of([5, 30], [30, 5]), pd.DataFrame({"area_id": ["x", "x"], "population": [60, 40]})
    shares = []
    for when in ("2025-02-04 10:00", "2025-02-08 10:00", "2025-02-09 10:00"):
        rows = open_rows(intervals, ["a", "b"], moment(when), period=WEEK)
        times, _ = nearest_service(minutes, rows)
        table = coverage_table(
            times, demand, scenario="s", mode="walk", rule="any", thresholds_min=[20], unsnapped=np.zeros(2, dtype=bool)
        )
        shares.append(table["coverage_share"].iloc[-1])
    assert shares == [0.6, 0.4, 0.0]


def test_the_week_tells_half_an_hour_by_half_and_one_week_in_four_by_a_quarter() -> None:
    opening = halts(("a", "2025-02-04 10:30", "2025-02-04 12:00"))
    people = np.array([60.0, 40.0])
    table = week_table(minutes_of([5, 30]), ["a"], opening, people, period=FEBRUARY, threshold_min=20)
    cells = table.set_index(["weekday", "hour"])["coverage_share"]
    assert len(cells) == 168
    assert cells[1, 10] == pytest.approx(0.6 / 4 / 2)
    assert cells[1, 11] == pytest.approx(0.6 / 4)
    assert cells.drop([(1, 10), (1, 11)]).eq(0).all()


def test_the_week_knows_the_hour_that_is_missing_and_the_one_that_comes_twice() -> None:
    for day, hours_at_two in ((date(2026, 3, 29), 0.0), (date(2026, 10, 25), 2.0)):
        sunday = Period(day, day)
        services = pd.DataFrame({"service_id": ["a"], "opening_hours": ["24/7"]})
        intervals = opening_intervals(services, sunday)
        table = week_table(minutes_of([5.0]), ["a"], intervals, np.array([10.0]), period=sunday, threshold_min=20)
        cell = table.set_index(["weekday", "hour"]).loc[(6, 2)]
        assert cell["hours"] == hours_at_two
        assert np.isnan(cell["coverage_share"]) == (hours_at_two == 0)
        assert table["hours"].sum() == sunday.hours


def test_people_without_any_hour_are_told_apart_and_areas_sum_to_the_total() -> None:
    demand = pd.DataFrame({"area_id": ["b", "a", "a"], "population": [10.0, 20.0, 5.0]})
    table = person_hours_table(np.array([14.0, 0.0, 7.0]), demand, period=FEBRUARY, areas=["a", "b", "c"])
    assert table["area_id"].tolist() == ["a", "b", "c", "total"]
    assert table["person_hours"].tolist() == [35.0, 140.0, 0.0, 175.0]
    assert table["population_without"].tolist() == [20.0, 0.0, 0.0, 20.0]
    assert table["hours_per_week"].iloc[[0, 1, 3]].tolist() == pytest.approx([35 / 25 / 4, 3.5, 5 / 4])
    assert np.isnan(table["hours_per_week"].iloc[2])


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, list[str], pd.DataFrame]:
    """A matrix of a few services and demand points, and openings in steps of five minutes over three days."""
    count, points = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    time = st.sampled_from([1.0, 19.9, 20.0, 25.0, float("nan")])
    minutes = draw(st.lists(st.lists(time, min_size=points, max_size=points), min_size=count, max_size=count))
    ids = [f"s{number}" for number in range(count)]
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(ids), st.integers(-100, 3 * 288), st.integers(1, 400)),
            max_size=20,
        ),
    )
    midnight = SPRING.starts_at
    step = timedelta(minutes=STEP_MIN)
    intervals = pd.DataFrame(
        {
            "service_id": pd.Series([row[0] for row in rows], dtype=object),
            "starts_at": pd.DatetimeIndex([midnight + row[1] * step for row in rows], dtype=f"datetime64[us, {PARIS}]"),
            "ends_at": pd.DatetimeIndex(
                [midnight + (row[1] + row[2]) * step for row in rows],
                dtype=f"datetime64[us, {PARIS}]",
            ),
        },
    )
    return np.array(minutes, dtype=np.float32), ids, intervals


SPRING = Period(date(2026, 3, 28), date(2026, 3, 30))  # 71 hours
VISITS = st.sampled_from([0.0, 15.0, 60.0])


def oracle_hours(minutes: np.ndarray, ids: list[str], intervals: pd.DataFrame, visit_min: float) -> list[float]:
    """Look at every five minutes whether a service in reach is open now and until the end of the visit."""
    open_steps: dict[str, set[int]] = {name: set() for name in ids}
    step = pd.Timedelta(minutes=STEP_MIN)
    for _, (name, start, end) in intervals.iterrows():
        open_steps[name] |= set(range((start - SPRING.starts_at) // step, (end - SPRING.starts_at) // step))
    visit = range(1 + round(visit_min / STEP_MIN))
    hours = []
    for point in range(minutes.shape[1]):
        reach = [name for row, name in enumerate(ids) if minutes[row, point] < 20]
        steps = range(round(SPRING.hours * 60 / STEP_MIN))
        good = [now for now in steps if any(all(now + later in open_steps[name] for later in visit) for name in reach)]
        hours.append(len(good) * STEP_MIN / 60)
    return hours


@given(towns(), VISITS)
def test_person_hours_are_those_of_the_oracle(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    visit_min: float,
) -> None:
    minutes, ids, intervals = town
    found = hours_of(minutes, ids, intervals, SPRING, visit_min)
    assert found == pytest.approx(oracle_hours(minutes, ids, intervals, visit_min))


@given(towns(), VISITS)
def test_an_added_stop_takes_no_hour_from_anybody(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    visit_min: float,
) -> None:
    minutes, ids, intervals = town
    before = hours_of(minutes, ids, intervals.iloc[:-1], SPRING, visit_min)
    after = hours_of(minutes, ids, intervals, SPRING, visit_min)
    assert all(more >= less for more, less in zip(after, before, strict=True))


@given(towns(), VISITS)
def test_the_union_is_at_most_the_sum_of_the_services_and_at_most_the_period(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    visit_min: float,
) -> None:
    minutes, ids, intervals = town
    union = np.array(hours_of(minutes, ids, intervals, SPRING, visit_min))
    alone = [hours_of(minutes, ids, intervals[intervals["service_id"] == name], SPRING, visit_min) for name in ids]
    assert (union <= np.sum(alone, axis=0) + 1e-9).all()
    assert (union >= np.max(alone, axis=0) - 1e-9).all()
    assert (union <= SPRING.hours).all()


@given(towns(), VISITS)
def test_the_hours_of_the_week_sum_to_the_hours_of_the_people(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    visit_min: float,
) -> None:
    minutes, ids, intervals = town
    people = np.arange(1.0, minutes.shape[1] + 1)
    table = week_table(
        minutes, ids, intervals, people, period=SPRING, threshold_min=20, minimal_visit_min=visit_min
    )  # fmt: skip
    hours = hours_of(minutes, ids, intervals, SPRING, visit_min)
    assert table["person_hours"].sum() == pytest.approx(float(people @ np.array(hours)))
    assert (table["population_covered"].dropna() <= people.sum()).all()


@given(towns(), VISITS, st.integers(0, 71 * 12 - 1))
def test_open_at_agrees_with_the_hours_of_a_demand_point_that_reaches_one_service(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    visit_min: float,
    step: int,
) -> None:
    _, ids, intervals = town
    now = SPRING.starts_at + step * timedelta(minutes=STEP_MIN)
    names = open_at(intervals, now, period=SPRING, minimal_visit_min=visit_min)
    for name in ids:
        own = intervals[intervals["service_id"] == name]
        just_now = halts_between(own, now, now + timedelta(minutes=STEP_MIN) + timedelta(minutes=visit_min))
        assert (name in names) == just_now


def halts_between(intervals: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Whether the intervals, put together, hold the whole span."""
    at = start
    for _, (_, opens, closes) in intervals.sort_values("starts_at").iterrows():
        if opens <= at < closes:
            at = closes
    return at >= end


@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    town: tuple[np.ndarray, list[str], pd.DataFrame],
    random: object,
) -> None:
    minutes, ids, intervals = town
    order = list(range(len(ids)))
    random.shuffle(order)
    shuffled = intervals.sample(frac=1, random_state=1)
    assert hours_of(minutes, ids, intervals, SPRING) == hours_of(
        minutes[order], [ids[row] for row in order], shuffled, SPRING
    )


@given(st.integers(0, 12), st.integers(0, 20), st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_a_group_reaches_a_set_that_holds_one_of_its_services(sets: int, rows: int, groups: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    is_open, reach = rng.random((sets, rows)) < rng.random(), rng.random((rows, groups)) < rng.random()
    expected = [[bool((of_set & reach[:, at]).any()) for at in range(groups)] for of_set in is_open]
    found = _reached(is_open, DemandGroups(reach, np.zeros(0, dtype=np.int64)))
    assert found.dtype == bool
    assert found.tolist() == expected
