"""Legal time of a place: instants from its clocks, and the period of days that a study covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd

from access92.errors import input_error, nearest_word

PARIS = ZoneInfo("Europe/Paris")
"""The time zone of a study that names none."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that a date of a table, a study or a calendar may have: beyond, it is a slip or a stand-in for « for ever »."""


def time_zone_fault(name: str) -> str:
    """Why the name of a time zone is refused (French), '' where it is one of the IANA database.

    >>> time_zone_fault("Indian/Reunion"), time_zone_fault("Europe/Pari")
    ('', 'fuseau horaire inconnu, « Europe/Pari ». Vouliez-vous dire « Europe/Paris » ?')
    """
    known = _time_zones()
    return "" if name in known else f"fuseau horaire inconnu, « {name} ». {nearest_word(name, known)}"


@cache
def _time_zones() -> frozenset[str]:
    """The names of the IANA database of this machine: looking through its folders takes some milliseconds."""
    return frozenset(available_timezones())


def to_legal_time(
    wall_clock: pd.Series | pd.DatetimeIndex | Sequence[datetime], zone: ZoneInfo = PARIS
) -> pd.DatetimeIndex:
    """The instants (in ``zone``, microseconds) of naive clock times; NaT stays NaT.

    In March, a time that no clock shows (02:30) is the instant of the change (03:00); in October, a time shown
    twice is the first of the two, as in iCalendar (RFC 5545, § 3.3.5).

    Examples
    --------
    >>> clocks = pd.DatetimeIndex(["2026-03-29 02:30", "2026-10-25 02:30"])
    >>> [str(moment) for moment in to_legal_time(clocks)]
    ['2026-03-29 03:00:00+02:00', '2026-10-25 02:30:00+02:00']
    """
    clocks = wall_clock if isinstance(wall_clock, (pd.Series, pd.DatetimeIndex)) else list(wall_clock)
    index = pd.DatetimeIndex(clocks).rename(None).as_unit("us")
    summer_first = np.ones(len(index), dtype=bool)
    return index.tz_localize(zone, ambiguous=summer_first, nonexistent="shift_forward")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a time zone, from ``first_day`` to ``last_day`` inclusive.

    Raises
    ------
    InputError
        The last day comes before the first.

    Examples
    --------
    >>> march_2026 = Period(date(2026, 3, 1), date(2026, 3, 31))
    >>> march_2026.days, march_2026.hours
    (31, 743.0)
    """

    first_day: date
    last_day: date
    zone: ZoneInfo = PARIS

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise input_error(
                "La période finit avant de commencer.",
                f"du {self.first_day.isoformat()} au {self.last_day.isoformat()}",
                "Échanger les deux dates, ou corriger celle qui est fausse.",
            )

    @property
    def starts_at(self) -> pd.Timestamp:
        """Midnight at the beginning of the first day."""
        return _midnight(self.first_day, self.zone)

    @property
    def ends_at(self) -> pd.Timestamp:
        """Midnight at the end of the last day."""
        return _midnight(self.last_day + timedelta(days=1), self.zone)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last_day - self.first_day).days + 1

    @property
    def weeks(self) -> float:
        """How many weeks, as days ÷ 7."""
        return self.days / 7

    @property
    def hours(self) -> float:
        """Hours that really elapse: 23 on the last Sunday of March, 25 on that of October."""
        return (self.ends_at - self.starts_at).total_seconds() / 3600

    def __str__(self) -> str:
        return f"du {self.first_day.isoformat()} au {self.last_day.isoformat()}"

    def moment(self, when: datetime) -> pd.Timestamp:
        """The instant ``when`` (a naive one is read on the clocks of the zone), which must lie in the period.

        Raises
        ------
        InputError
            It lies before the first day or after the last.

        Examples
        --------
        >>> week = Period(date(2025, 2, 3), date(2025, 2, 9))
        >>> str(week.moment(datetime(2025, 2, 4, 10)))
        '2025-02-04 10:00:00+01:00'
        >>> week.moment(datetime(2025, 2, 10, 10))
        Traceback (most recent call last):
        ...
        access92.errors.InputError: Le moment demandé est hors du calendrier.
          Où : 2025-02-10 10:00, calendrier du 2025-02-03 au 2025-02-09
          Remède : Choisir un moment de cette période, ou élargir la période.
        """
        instant = pd.Timestamp(when)
        instant = to_legal_time([when], self.zone)[0] if instant.tzinfo is None else instant.tz_convert(self.zone)
        if not self.starts_at <= instant < self.ends_at:
            raise input_error(
                "Le moment demandé est hors du calendrier.",
                f"{instant:%Y-%m-%d %H:%M}, calendrier {self}",
                "Choisir un moment de cette période, ou élargir la période.",
            )
        return instant


def _midnight(day: date, zone: ZoneInfo) -> pd.Timestamp:
    return to_legal_time([datetime(day.year, day.month, day.day)], zone)[0]  # noqa: DTZ001 - localised by the call
