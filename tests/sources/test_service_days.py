"""Which timetable is that of each day of a calendar: the feed's own day, one like it, a morning, or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from access92._clock import Period
from access92.sources.service_days import CalendarDay, calendar_days, day_notices
from access92.study.read import read_study
from tests.run.test_transit import TRANSIT
from tests.sources.gtfs.feeds import toy, written
from tests.toy_study import GOOD_STUDY

STUDY = GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "transit"]')
MARCH = Period(date(2024, 3, 4), date(2024, 3, 17))  # the feed runs from Monday to Friday of March 4 to 31
HOLIDAY = "week,20240308,2\nspecial,20240308,1\n"  # Friday the 8th has another service


def days_of(folder: Path, period: Period, transit: str = TRANSIT, **tables: str | None) -> tuple[CalendarDay, ...]:
    written(toy(**tables), folder / "bus.zip")
    (folder / "study.toml").write_text(STUDY + transit, encoding="utf-8")
    study = read_study(folder / "study.toml")
    return calendar_days(study, period, {period.first_day + timedelta(days=at) for at in range(period.days)})


def test_days_with_the_same_vehicles_are_read_once_and_a_day_without_any_is_known(tmp_path: Path) -> None:
    days = days_of(
        tmp_path, MARCH, trips=toy()["trips.txt"] + "R1,special,t3,Gamma\n",
        stop_times=toy()["stop_times.txt"] + "t3,10:00:00,10:00:00,a,1\nt3,10:05:00,10:05:00,b,2\n",
        calendar_dates=f"service_id,date,exception_type\n{HOLIDAY}",
    )  # fmt: skip
    tables = [day.table for day in days]
    assert {len({id(tables[at]) for at in week}) for week in ((1, 2, 3), (8, 9, 10, 11))} == {1}
    assert len({id(table) for table in tables if table is not None}) == 3  # Mondays, other days, the special Friday
    assert [tables[4].trips["trip_id"].iloc[at] for at in set(tables[4].call_trip.tolist())] == ["bus:t3"]
    assert [day.table is None for day in days] == [False] * 5 + [True] * 2 + [False] * 5 + [True] * 2
    assert {day.known_s for day in days} == {(0, 86_400)}
    assert not day_notices(days, is_demo=False)


def test_outside_the_feed_the_nearest_day_of_the_weekday_stands_in_and_is_said(tmp_path: Path) -> None:
    later = Period(date(2025, 2, 3), date(2025, 2, 9))
    days = days_of(tmp_path, later)
    # the last Friday of the feed is the 29th of March; of its weekends the last is the one before, and nothing runs
    last = [date(2024, 3, 25 + at) for at in range(5)] + [date(2024, 3, 23), date(2024, 3, 24)]
    assert [dict(day.read)["bus"] for day in days] == last
    assert [day.table is None for day in days] == [False] * 5 + [True] * 2
    (standing,) = day_notices(days, is_demo=False)
    assert (standing.code, standing.subject[:3]) == ("service_day_stands_in", ("bus", "2025-02-03", "2024-03-25"))
    assert standing.numbers == {"days": 7, "of": 7}


def test_a_weekday_that_the_feed_does_not_span_is_not_known(tmp_path: Path) -> None:
    later = Period(date(2025, 2, 3), date(2025, 2, 9))
    days = days_of(tmp_path, later, calendar=None, calendar_dates="service_id,date,exception_type\nweek,20240304,1\n")
    assert [day.known_s for day in days] == [(0, 86_400)] + [(0, 0)] * 6
    unknown = day_notices(days, is_demo=False)[0]
    assert (unknown.code, unknown.numbers) == ("service_days_unknown", {"days": 6, "of": 7})


def test_the_demonstration_knows_the_mornings_of_working_days(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "data" / "timetable"
    transit = f'[transit]\ndemo = true\ndemo_folder = "{folder}"\nday = 2025-04-29\n'
    week = Period(date(2025, 4, 28), date(2025, 5, 4))  # with May Day, a Thursday
    days = days_of(tmp_path, week, transit)
    assert [day.known_s for day in days] == [(25_200, 46_800)] * 3 + [(0, 0)] + [(25_200, 46_800)] + [(0, 0)] * 2
    assert len({id(day.table) for day in days if day.table is not None}) == 1
    (notice,) = day_notices(days, is_demo=True)
    assert notice.numbers == {"days": 4, "of": 7, "first_h": 7, "last_h": 13}
