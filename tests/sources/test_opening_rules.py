"""Rules that fall back, school holidays, hours without an end: what counts of them, against the library's moments."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from opening_hours import OpeningHours

from access92._clock import Period
from access92.run.check import check_study
from access92.sources.opening_hours import hours_left_out, opening_intervals
from access92.sources.opening_rules import with_ends, without_school_holidays
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

FRENCH_RULES = (
    'Mo-Fr 09:00-12:00 || "sur rendez-vous"',
    'Tu,Th 09:00-11:00,14:00-16:00 || "by appointment"',
    "Mo-Fr 09:00-12:00; PH off || unknown",
    "Mo-Fr 09:00-12:00 || Sa 10:00-12:00",
    "Mo-Fr 09:00-12:00; We off || 10:00-11:00",
    "Mo-Fr 08:30-12:30,13:30-17:30",
    "Mo,We,Fr 09:00-12:00; Tu,Th 13:30-17:00",
    "Mo-Fr 09:00-17:00; We 09:00-12:00",
    "Mo[1] 14:00-17:00",
    "We[2,4] 09:00-12:00",
    "Jan 1-Jun 30 Mo-Fr 09:00-12:00; Jul 1-Aug 31 Mo 09:00-12:00",
    "week 1-53/2 Tu 09:00-12:00",
    "Mo-Fr 09:00-12:00; PH closed",
    "Mo-Su 22:00-02:00",
    "24/7",
    "Mo-Fr 09:00-12:00 unknown",
    'Mo 09:00-12:00 "sur rendez-vous"; Tu 09:00-12:00',
    "Mo-Th 08:45-12:15, 13:45-17:30; Fr 08:45-12:15",
    "off",
    "2025 Mar 1-2025 Mar 31 Mo 09:00-12:00",
    "Mo-Fr 09:00-12:00; Dec 24 off; Dec 31 off",
    "PH 10:00-12:00",
    'Mo-Fr 09:00-12:00; Sa "sur rendez-vous" || unknown "appeler"',
    "Sa[-1] 09:00-12:00",
    "Mo-Fr 10:00-12:00, We 14:00-16:00",
)


VISITS = "unit,stop,lon,lat,date,start,end\nBus,,{},{},2025-02-04,10:00,17:00\n".format(*lon_lat(1, 1))


def open_minutes(text: str, first: date, last: date) -> set[datetime]:
    """The open minutes of what is computed, by the clock of the wall."""
    table = opening_intervals(
        pd.DataFrame({"service_id": ["a"], "opening_hours": [text]}), Period(first, last), holiday_region=""
    )
    minutes: set[datetime] = set()
    for start, end in zip(table["starts_at"], table["ends_at"], strict=True):
        begin, stop = (moment.tz_localize(None).to_pydatetime() for moment in (start, end))
        minutes |= {begin + timedelta(minutes=at) for at in range(int((stop - begin).total_seconds() // 60))}
    return minutes


def moments(text: str, first: date, last: date, *, every_min: int = 1) -> set[datetime]:
    """Those at which the library says open, asked minute by minute or so; a comment alone is not open."""
    hours = OpeningHours(text.replace('Sa "sur', 'Sa unknown "sur').replace('|| "', '|| unknown "'), country="FR")
    start = datetime.combine(first, datetime.min.time())
    count = ((last - first).days + 1) * 1440
    return {
        at for at in (start + timedelta(minutes=minute) for minute in range(0, count, every_min)) if hours.is_open(at)
    }


@pytest.mark.parametrize("text", FRENCH_RULES)
def test_intervals_are_the_moments_minute_by_minute_over_ten_days(text: str) -> None:
    first, last = date(2025, 4, 25), date(2025, 5, 4)
    assert open_minutes(text, first, last) == moments(text, first, last)


@pytest.mark.slow
@pytest.mark.parametrize("text", FRENCH_RULES)
def test_intervals_are_the_moments_at_each_fifth_minute_of_a_year(text: str) -> None:
    # the nights when clocks change apart: an hour of the wall is there twice, or not
    for first, last in ((date(2025, 1, 1), date(2025, 3, 29)), (date(2025, 3, 31), date(2025, 10, 25)),
                        (date(2025, 10, 27), date(2025, 12, 31))):  # fmt: skip
        fifths = {at for at in open_minutes(text, first, last) if at.minute % 5 == 0}
        assert fifths == moments(text, first, last, every_min=5)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ('Mo-Fr 09:00-12:00 || "sur rendez-vous"', 15.0),
        ('Tu,Th 09:00-11:00,14:00-16:00 || "by appointment"', 8.0),
        ("Mo-Fr 09:00-12:00; PH off || unknown", 15.0),
        # fall-backs hold at moments, as in the specification and opening_hours.js, not on whole days
        ("Mo 09:00-12:00 || Mo 14:00-16:00", 5.0),
        ("Mo 09:00-12:00 || Mo 10:00-16:00 || Mo 11:00-17:00, Tu 09:00-10:00", 9.0),
        ("Mo-Fr 09:00-12:00; We off || Mo-We 11:00-13:00", 16.0),
        ("Mo 09:00-12:00 unknown || Mo 10:00-16:00", 4.0),
        ("Mo-Tu 09:00-12:00 || Mo-Tu 14:00-16:00; Tu 15:00-17:00", 7.0),
        ("Mo 22:00-02:00 || Mo-Tu 00:00-04:00", 10.0),
        ("Mo-Fr 09:00-12:00; SH off", 15.0),
        ("Mo-Fr 09:00-12:00; SH Mo-Fr 10:00-11:00", 15.0),
        ("SH Mo-Fr 10:00-11:00", 0.0),
        ("Mo 09:00+", 9.0),
        ("Mo 17:30+", 1.0),
        ("Mo 09:00-12:00+", 3.0),
    ],
)
def test_a_week_has_the_hours_that_people_mean(text: str, hours: float) -> None:
    assert len(open_minutes(text, date(2025, 2, 3), date(2025, 2, 9))) / 60 == hours


def test_what_is_left_out_of_hours_is_known_and_comments_are_no_rules() -> None:
    assert without_school_holidays('Mo 09:00-12:00 "sauf SH"') == ('Mo 09:00-12:00 "sauf SH"', False)
    assert without_school_holidays("SH,PH off; Mo 09:00-12:00")[0] == "PH off; Mo 09:00-12:00"
    assert without_school_holidays("Mo 09:00-12:00; SH off || unknown")[0] == "Mo 09:00-12:00 || unknown"
    assert with_ends('Mo 09:00-12:00 "dès 09:00+"') == ('Mo 09:00-12:00 "dès 09:00+"', False)
    services = pd.DataFrame({"opening_hours": ["Mo 09:00+", "Mo 09:00-12:00; SH off", ""]})
    left_out = hours_left_out(services)
    assert {code: np.flatnonzero(is_so).tolist() for code, is_so in left_out.items()} == {
        "school_holidays": [1], "open_end": [0],
    }  # fmt: skip


def test_a_study_says_which_services_it_bounds(tmp_path: object) -> None:
    calendar = '[calendar]\nfile = "halts.csv"\nfirst_day = 2025-02-03\nlast_day = 2025-02-09\n[areas]'
    file = write_toy_study(tmp_path, study=GOOD_STUDY.replace("[areas]", calendar, 1))  # type: ignore[arg-type]
    (file.parent / "halts.csv").write_text(VISITS, encoding="utf-8")
    services = pd.read_csv(file.parent / "services.csv", dtype=str, keep_default_na=False)
    hours = ["Mo 09:00+", "Mo-Fr 09:00-12:00; SH off", "Mo 09:00-12:00"]
    services.assign(opening_hours=hours[: len(services)]).to_csv(file.parent / "services.csv", index=False)
    omissions = {item.code: item.count for item in check_study(read_study(file)).omissions}
    assert omissions["service_open_end"] == omissions["service_school_holidays"] == 1
