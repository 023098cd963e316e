"""Which day of a calendar is a usual one: never the thin months at its end, a holiday, or another weekday."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from access92.errors import InputError
from access92.sources.gtfs.calendars import check_day, day_like, usual_like, usual_weekday
from access92.sources.gtfs.feed import Feed
from tests.sources.gtfs.feeds import TOY, read, toy

START = dt.date(2024, 9, 2)  # a Monday


def calendar(weeks_full: int, weeks_thin: int) -> pd.Series:
    """Weeks of 100 trips a weekday and 60 on Sundays, then as many of a tenth of them."""
    days = [START + dt.timedelta(days=number) for number in range(7 * (weeks_full + weeks_thin))]
    trips = [60 if day.weekday() == 6 else 100 for day in days]
    return pd.Series([n if at < 7 * weeks_full else n // 10 for at, n in enumerate(trips)], index=days)


@pytest.mark.parametrize("weeks_thin", [0, 3, 40])
def test_the_usual_number_of_trips_is_that_of_full_service(weeks_thin: int) -> None:
    by_day = calendar(20, weeks_thin)
    assert usual_weekday(by_day) == 100
    assert usual_like(by_day, dt.date(2030, 1, 6)) == 60  # a Sunday


def test_the_day_that_is_advised_is_one_of_full_service_and_no_holiday(tmp_path: object) -> None:
    by_day = calendar(20, 40)  # full until 19 January 2025
    tuesday = day_like(by_day, dt.date(2026, 11, 17))
    assert (tuesday.weekday(), by_day[tuesday]) == (1, 100)
    assert tuesday == dt.date(2025, 1, 14)
    # Christmas 2024 is a Wednesday, with as many trips as any in this calendar
    wednesday = day_like(by_day[: dt.date(2024, 12, 26)], dt.date(2026, 11, 18))  # type: ignore[misc]
    assert wednesday == dt.date(2024, 12, 18)
    with pytest.raises(InputError, match="2025-01-14") as refused:
        check_day(Feed("f", tmp_path / "f.zip", {}), by_day, dt.date(2026, 11, 17))  # type: ignore[operator]
    assert "100 un jour de semaine habituel" in str(refused.value)


def test_a_thin_day_is_said_wherever_it_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    dates = "".join(f"thin,{START + dt.timedelta(days=number):%Y%m%d},1\n" for number in range(70, 77))
    week = TOY["calendar.txt"].splitlines()[0]
    service = f"full,1,1,1,1,1,1,1,{START:%Y%m%d},{START + dt.timedelta(days=69):%Y%m%d}"
    trips = ["route_id,service_id,trip_id", *(f"R1,full,f{n}" for n in range(10)), "R1,thin,t0"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    times += [f"{name},08:0{at}:00,08:0{at}:00,{stop},{at}" for name in [f"f{n}" for n in range(10)] + ["t0"]
              for at, stop in enumerate("ab")]  # fmt: skip
    tables = toy(
        calendar=f"{week}\n{service}\n", calendar_dates=f"service_id,date,exception_type\n{dates}",
        trips="\n".join(trips) + "\n", stop_times="\n".join(times) + "\n",
    )  # fmt: skip

    def thin(day: dt.date) -> list[tuple[int, int]]:
        notices = read(tables, tmp_path, day=day).notices
        return [(item.count, item.total) for item in notices if item.code == "gtfs_thin_day"]

    assert thin(START + dt.timedelta(days=71)) == [(1, 10)]
    assert thin(START + dt.timedelta(days=1)) == []
