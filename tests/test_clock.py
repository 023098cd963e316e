"""Legal time: the two clock changes, whole days, moments inside and outside a period."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from access92._clock import Period, to_legal_time
from access92.errors import InputError


def test_a_time_shown_twice_is_the_first_and_a_time_never_shown_is_the_change() -> None:
    clocks = ["2026-10-25 02:30", "2026-10-25 03:00", "2026-03-29 02:30", "2026-03-29 03:00"]
    assert [str(moment) for moment in to_legal_time(pd.DatetimeIndex(clocks))] == [
        "2026-10-25 02:30:00+02:00",
        "2026-10-25 03:00:00+01:00",
        "2026-03-29 03:00:00+02:00",
        "2026-03-29 03:00:00+02:00",
    ]


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match="La période finit avant de commencer"):
        Period(date(2025, 2, 3), date(2025, 2, 2))


def test_a_period_knows_its_days_and_the_hours_that_elapse() -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert (year.days, year.hours) == (365, 8760)
    assert Period(date(2026, 3, 29), date(2026, 3, 29)).hours == 23
    assert Period(date(2026, 10, 19), date(2026, 10, 25)).hours == 169
    assert Period(date(2026, 10, 19), date(2026, 10, 25)).weeks == 1


def test_a_moment_outside_the_period_is_refused_and_its_last_midnight_is_outside() -> None:
    day = Period(date(2025, 2, 4), date(2025, 2, 4))
    assert day.moment(datetime.fromisoformat("2025-02-04 00:00")) == day.starts_at
    for outside in ("2025-02-03 23:59", "2025-02-05 00:00"):
        with pytest.raises(InputError, match="hors du calendrier"):
            day.moment(datetime.fromisoformat(outside))


def test_an_instant_of_another_zone_is_told_by_french_clocks() -> None:
    day = Period(date(2025, 2, 4), date(2025, 2, 4))
    assert str(day.moment(pd.Timestamp("2025-02-03 23:30", tz="UTC"))) == "2025-02-04 00:30:00+01:00"


def test_legal_time_keeps_what_is_not_a_time() -> None:
    moments = to_legal_time(pd.Series(pd.to_datetime(["2025-02-04 10:00", None])))
    assert np.array(moments.isna()).tolist() == [False, True]
