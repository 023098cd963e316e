"""Opening hours: the OSM syntax, bank holidays, the two clock changes, hours unknown or assumed."""

from __future__ import annotations

from datetime import date, datetime

import holidays
import pandas as pd
import pytest
from opening_hours import OpeningHours

from access92._clock import Period
from access92.errors import InputError
from access92.sources.opening_hours import hours_known, opening_intervals

WEEKDAYS = "Mo-Fr 09:00-12:00,13:30-17:00"


def services_of(**hours: str | None) -> pd.DataFrame:
    return pd.DataFrame({"service_id": list(hours), "opening_hours": list(hours.values())})


def spans(hours: str, first: str, last: str) -> list[str]:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    table = opening_intervals(services_of(a=hours), period)
    return [f"{a:%a %d %H:%M}-{b:%H:%M}" for a, b in zip(table["starts_at"], table["ends_at"], strict=True)]


def elapsed_hours(hours: str, first: str, last: str) -> float:
    table = opening_intervals(services_of(a=hours), Period(date.fromisoformat(first), date.fromisoformat(last)))
    return float((table["ends_at"] - table["starts_at"]).dt.total_seconds().sum() / 3600)


def test_weekly_hours_become_intervals_in_order_with_a_break_at_noon() -> None:
    assert spans(WEEKDAYS, "2025-02-07", "2025-02-10") == [
        "Fri 07 09:00-12:00",
        "Fri 07 13:30-17:00",
        "Mon 10 09:00-12:00",
        "Mon 10 13:30-17:00",
    ]


def test_a_week_of_thirty_five_hours_has_thirty_five_hours() -> None:
    assert elapsed_hours("Mo-Fr 09:00-16:00", "2025-02-03", "2025-02-09") == 35


def test_the_table_has_its_columns_even_when_nobody_is_open() -> None:
    table = opening_intervals(services_of(a="off", b=None), Period(date(2025, 2, 3), date(2025, 2, 9)))
    assert list(table.columns) == ["service_id", "starts_at", "ends_at", "assumed"]
    assert table.empty
    assert str(table["starts_at"].dtype) == "datetime64[us, Europe/Paris]"


def test_the_order_of_the_services_changes_nothing() -> None:
    table, week = services_of(b=WEEKDAYS, a="Sa 10:00-12:00", c="24/7"), Period(date(2025, 2, 3), date(2025, 2, 9))
    pd.testing.assert_frame_equal(opening_intervals(table, week), opening_intervals(table.iloc[::-1], week))


@pytest.mark.parametrize("day", ["2026-05-01", "2026-07-14", "2026-11-11", "2026-05-14", "2026-04-06", "2026-12-25"])
def test_a_service_is_closed_on_a_bank_holiday(day: str) -> None:
    assert spans("Mo-Su 09:00-12:00", day, day) == []


def test_the_day_before_and_after_a_bank_holiday_are_ordinary() -> None:
    assert spans("Mo-Su 09:00-12:00", "2026-07-13", "2026-07-15") == ["Mon 13 09:00-12:00", "Wed 15 09:00-12:00"]


def test_good_friday_is_a_bank_holiday_in_alsace_not_here() -> None:
    assert len(spans("Mo-Fr 09:00-12:00", "2026-04-03", "2026-04-03")) == 1


def test_hours_that_name_bank_holidays_are_obeyed() -> None:
    assert spans("Mo-Fr 09:00-12:00; PH 10:00-11:00", "2026-07-14", "2026-07-14") == ["Tue 14 10:00-11:00"]
    assert spans("Mo-Fr,PH 09:00-12:00", "2026-07-14", "2026-07-14") == ["Tue 14 09:00-12:00"]
    assert spans("Mo-Fr 09:00-12:00; PH off", "2026-07-14", "2026-07-14") == []


def test_a_comment_about_bank_holidays_says_nothing_about_them() -> None:
    assert spans('Mo-Fr 09:00-12:00 "sauf PH"', "2026-07-14", "2026-07-14") == []


def test_twenty_four_seven_means_every_day() -> None:
    assert elapsed_hours("24/7", "2026-07-13", "2026-07-15") == 72


def test_the_day_of_23_hours_and_the_day_of_25_are_counted_as_they_elapse() -> None:
    assert elapsed_hours("24/7", "2026-03-29", "2026-03-29") == 23
    assert elapsed_hours("24/7", "2026-10-25", "2026-10-25") == 25
    assert elapsed_hours("Su 01:00-04:00", "2026-03-29", "2026-03-29") == 2
    assert elapsed_hours("Su 01:00-04:00", "2026-10-25", "2026-10-25") == 4
    assert elapsed_hours("Su 09:00-12:00", "2026-03-29", "2026-03-29") == 3


def test_an_hour_that_no_clock_shows_is_no_opening() -> None:
    assert spans("Su 02:00-03:00", "2026-03-29", "2026-03-29") == []
    assert spans("Su 02:30-06:00", "2026-03-29", "2026-03-29") == ["Sun 29 03:00-06:00"]


def test_ten_in_the_morning_is_ten_on_the_clock_before_and_after_the_change() -> None:
    table = opening_intervals(services_of(a="Mo 10:00-11:00"), Period(date(2026, 3, 23), date(2026, 4, 5)))
    assert [str(moment) for moment in table["starts_at"]] == ["2026-03-23 10:00:00+01:00", "2026-03-30 10:00:00+02:00"]


def test_a_night_is_one_opening_and_the_period_cuts_it() -> None:
    assert spans("Mo-Su 22:00-02:00", "2025-02-03", "2025-02-04") == [
        "Mon 03 00:00-02:00",
        "Mon 03 22:00-02:00",
        "Tue 04 22:00-00:00",
    ]


def test_a_comment_with_hours_is_open_and_a_comment_alone_is_not() -> None:
    assert spans('Mo 09:00-12:00 "sur rendez-vous"', "2025-02-03", "2025-02-03") == ["Mon 03 09:00-12:00"]
    assert spans('"sur rendez-vous"', "2025-02-03", "2025-02-09") == []
    assert spans('Mo 09:00-12:00 || "sur rendez-vous; tous les jours"', "2025-02-03", "2025-02-09") == [
        "Mon 03 09:00-12:00"
    ]
    assert spans("Mo 09:00-12:00 unknown", "2025-02-03", "2025-02-03") == []


def test_a_service_without_hours_is_never_open_unless_hours_are_assumed_for_it() -> None:
    services, monday = services_of(a="Mo 09:00-12:00", b="", c=None), Period(date(2025, 2, 3), date(2025, 2, 3))
    assert hours_known(services).tolist() == [True, False, False]
    assert set(opening_intervals(services, monday)["service_id"]) == {"a"}
    table = opening_intervals(services, monday, assumed_hours=WEEKDAYS)
    assert table.groupby("service_id")["assumed"].agg(["all", "size"]).to_numpy().tolist() == [
        [False, 1],
        [True, 2],
        [True, 2],
    ]


def test_a_table_without_the_column_has_no_known_hours() -> None:
    services = pd.DataFrame({"service_id": ["a"], "hours": ["8h30-17h30 (2016)"]})
    assert not hours_known(services).any()
    assert opening_intervals(services, Period(date(2025, 2, 3), date(2025, 2, 9))).empty


def test_a_service_is_open_on_its_days_of_validity_only() -> None:
    services = services_of(old=WEEKDAYS, new=WEEKDAYS, always=WEEKDAYS).assign(
        valid_from=pd.to_datetime(["2016-01-01", "2025-02-05", None]),
        valid_to=pd.to_datetime(["2025-02-04", None, None]),
    )
    table = opening_intervals(services, Period(date(2025, 2, 3), date(2025, 2, 7)))
    days = table["starts_at"].dt.day.groupby(table["service_id"]).unique().map(list).to_dict()
    assert days == {"old": [3, 4], "new": [5, 6, 7], "always": [3, 4, 5, 6, 7]}


@pytest.mark.parametrize("hours", ["8h30-17h30", "lun-ven 09:00-12:00", "Mo-Fr 09:00", "Mo-Fr 09:00-12:00;", "ouvert"])
def test_hours_that_cannot_be_read_are_refused_with_the_name_of_the_service(hours: str) -> None:
    with pytest.raises(InputError, match=r"illisibles à partir du caractère \d+") as caught:
        spans(hours, "2025-02-03", "2025-02-03")
    assert "service « a »" in str(caught.value)
    assert f"« {hours} »" in str(caught.value)
    assert "Mo-Fr 08:30-12:30,13:30-17:30" in str(caught.value)


def test_every_service_with_bad_hours_is_named_at_once() -> None:
    services = services_of(a="8h-12h", b="Mo 09:00-12:00", c="10h", d="Mo sunrise-12:00")
    with pytest.raises(InputError) as caught:
        opening_intervals(services, Period(date(2025, 2, 3), date(2025, 2, 3)), where="services.csv")
    assert len(caught.value.faults) == 3
    assert [fault.where.split(",")[1].strip() for fault in caught.value.faults] == [
        "service « a »",
        "service « c »",
        "service « d »",
    ]
    assert "heures du soleil" in str(caught.value)


def test_assumed_hours_that_cannot_be_read_are_refused_as_a_parameter() -> None:
    with pytest.raises(InputError, match="paramètre assumed_hours"):
        opening_intervals(services_of(a=None), Period(date(2025, 2, 3), date(2025, 2, 3)), assumed_hours="9h-12h")


def test_the_parser_and_the_holidays_package_know_the_same_bank_holidays() -> None:
    calendar = OpeningHours("PH", country="FR")
    for year in range(2015, 2041):
        noons = [datetime.fromisoformat(f"{year}-01-01 12:00") + pd.Timedelta(days=day) for day in range(365)]
        assert {noon.date() for noon in noons if calendar.is_open(noon)} == set(
            holidays.country_holidays("FR", years=year)
        )


def test_a_hundred_services_over_a_year_open_on_251_days() -> None:
    services = services_of(**{f"s{number}": WEEKDAYS for number in range(100)})
    table = opening_intervals(services, Period(date(2025, 1, 1), date(2025, 12, 31)))
    assert len(table) == 100 * 2 * 251  # 261 weekdays less ten bank holidays on weekdays
