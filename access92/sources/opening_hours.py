"""When fixed services are open: weekly hours in the ``opening_hours`` syntax of OpenStreetMap → intervals.

The syntax is read by ``opening_hours_py`` (Rust, one abi3 wheel per platform for Python 3.10 and newer, MIT or
Apache 2.0). Bank holidays come from ``holidays``, for the region that the study names.

References
----------
OpenStreetMap wiki, Key:opening_hours/specification (2024).
Code du travail, article L3133-1 (the eleven bank holidays).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import holidays
import numpy as np
import pandas as pd
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined] # its stub lacks the error

from access92._clock import Period, to_legal_time
from access92.errors import Fault, InputError
from access92.sources.opening_rules import (
    fall_back_parts,
    with_ends,
    with_unknown_comments,
    without_school_holidays,
)
from access92.study.holidays import split_region

HOURS_COLUMN = "opening_hours"

_EXAMPLE = "par exemple « Mo-Fr 08:30-12:30,13:30-17:30 »"
_COMMENT = re.compile(r'"[^"]*"')
_SAYS_HOLIDAYS = re.compile(r"\bPH\b|24/7")
_UNSUPPORTED = {
    r"\b(?:sunrise|sunset|dawn|dusk)\b": "les heures du soleil (sunrise, sunset…)",
}


def hours_known(services: pd.DataFrame) -> np.ndarray:
    """Which services have stated hours (bool): the column ``opening_hours`` is there and not blank.

    >>> hours_known(pd.DataFrame({"opening_hours": ["Mo 09:00-12:00", "", None]})).tolist()
    [True, False, False]
    """
    return np.array([bool(text) for text in _hours_text(services)], dtype=bool)


def hours_left_out(services: pd.DataFrame) -> dict[str, np.ndarray]:
    """By code, the services (bool) whose hours say what does not count, or is bounded.

    ``school_holidays``: rules of school holidays (SH), which are left out; ``open_end``: hours without an end
    (« 09:00+ »), which get one (:func:`access92.sources.opening_rules.with_ends`).

    >>> hours_left_out(pd.DataFrame({"opening_hours": ["Mo 09:00+", "Mo 09:00-12:00; SH off"]}))["open_end"].tolist()
    [True, False]
    """
    texts = _hours_text(services)
    return {
        "school_holidays": np.array([without_school_holidays(text)[1] for text in texts], dtype=bool),
        "open_end": np.array([with_ends(text)[1] for text in texts], dtype=bool),
    }


def opening_intervals(
    services: pd.DataFrame,
    period: Period,
    *,
    assumed_hours: str | None = None,
    beyond_min: float = 0.0,
    holiday_region: str = "FR",
    where: str = "services",
) -> pd.DataFrame:
    """When each service is open during the period: service_id, starts_at, ends_at (in the zone of the period), assumed.

    Sorted by service_id, then starts_at; intervals are half-open, do not touch, and are cut at the ends of the period
    (the last one moved by ``beyond_min``) and at midnight around the days when the service is not valid
    (``valid_from``, ``valid_to``, where the columns are there). Lengths are real: see
    :func:`access92._clock.to_legal_time` for the two clock changes.

    A service is closed from midnight to midnight on bank holidays unless its hours name them (``PH``) or are
    ``24/7``. A fall-back (« || ») holds at each moment when no rule before it is open or unknown, also on a day that
    one closes (``off``), as in opening_hours.js. Hours with a comment (« sur rendez-vous ») count as open; a comment
    without hours does not. What holds in school holidays only is left out, and hours without an end get one: see
    :func:`hours_left_out`.

    Parameters
    ----------
    assumed_hours
        The hours of services that state none, flagged ``assumed``. Without it they have no interval, that is, they are
        never open: what is computed is then a lower bound, and :func:`hours_known` says for how many.
    beyond_min
        How long after the end of the period the hours go on being read (minutes): a visit that begins
        before midnight of the last day may end after it.
    holiday_region
        Whose bank holidays: a country, or a country and its subdivision (ISO 3166, « FR-974 »); '' for none.

    Raises
    ------
    InputError
        Hours that cannot be read, with the service that bears them; hours of the sun, which we do not know.

    Examples
    --------
    >>> from datetime import date
    >>> services = pd.DataFrame({"service_id": ["a", "b"], "opening_hours": ["Mo-Fr 09:00-12:00", ""]})
    >>> week_of_may_day = Period(date(2025, 4, 28), date(2025, 5, 4))
    >>> opening_intervals(services, week_of_may_day)["starts_at"].dt.strftime("%a %H:%M").tolist()
    ['Mon 09:00', 'Tue 09:00', 'Wed 09:00', 'Fri 09:00']
    """
    texts, known = _hours_text(services), hours_known(services)
    ids = services["service_id"].astype(str).tolist()
    days_off = _days_off(period, holiday_region)
    ends_at = period.ends_at + pd.Timedelta(minutes=beyond_min)
    # an hour of the clocks more: on two nights of the year they move between midnight and there
    last = period.ends_at.tz_localize(None).to_pydatetime()
    last += timedelta(minutes=beyond_min, hours=1) if beyond_min else timedelta(0)

    # each spelling of hours is read once, and its fault named with the first service that bears it
    faults: list[Fault] = []
    read: dict[str, list[tuple[datetime, datetime]]] = {}
    assumed = (assumed_hours or "").strip()
    places = {text: f"{where}, service « {name} »" for name, text in zip(ids[::-1], texts[::-1], strict=True) if text}
    if assumed:
        places.setdefault(assumed, "paramètre assumed_hours")
    for text, place in sorted(places.items(), key=lambda item: item[1]):
        try:
            read[text] = list(_open_spans(text, period, days_off, place, last))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)

    # hours hold only while the service is valid, and only in the period
    validity = _validity(services)
    rows = [
        (name, start, end, not is_stated)
        for name, text, is_stated, valid in zip(ids, texts, known, validity, strict=True)
        for start, end in _clipped(read.get(text or assumed, []), valid)
    ]
    intervals = pd.DataFrame(
        {
            "service_id": pd.Series([row[0] for row in rows], dtype=object),
            "starts_at": to_legal_time([row[1] for row in rows], period.zone),
            "ends_at": to_legal_time([row[2] for row in rows], period.zone),
            "assumed": np.array([row[3] for row in rows], dtype=bool),
        },
    )
    intervals["ends_at"] = intervals["ends_at"].where(intervals["ends_at"] < ends_at, ends_at)
    lasting = intervals[intervals["ends_at"] > intervals["starts_at"]]  # 02:00-03:00 does not exist one day in March
    return lasting.sort_values(["service_id", "starts_at"], kind="stable", ignore_index=True)


def _hours_text(services: pd.DataFrame) -> list[str]:
    if HOURS_COLUMN not in services.columns:
        return [""] * len(services)
    return [str(text).strip() for text in services[HOURS_COLUMN].astype(object).fillna("")]


def bank_holidays(period: Period, region: str) -> list[date]:
    """The bank holidays of a region (ISO 3166, '' for none) in a period, and of the day before and the day after.

    >>> [str(day) for day in bank_holidays(Period(date(2025, 5, 2), date(2025, 5, 8)), "FR")]
    ['2025-05-01', '2025-05-08']
    """
    if not region:
        return []
    first, last = period.first_day - timedelta(days=1), period.last_day + timedelta(days=1)
    country, subdivision = split_region(region)
    years = range(first.year, last.year + 1)
    return sorted(
        day for day in holidays.country_holidays(country, subdiv=subdivision, years=years) if first <= day <= last
    )


def _days_off(period: Period, region: str) -> str:
    """The bank holidays of the region in the period as further rules: « ; 2025 May 1 off ».

    With those of the day before and of the day after: a night that begins or ends there is theirs too.
    """
    return "".join(f"; {day.year} {_MONTHS[day.month - 1]} {day.day} off" for day in bank_holidays(period, region))


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _open_spans(
    text: str, period: Period, days_off: str, place: str, last: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans by the clock of the wall, up to ``last``, or the fault that forbids them."""
    where = f"{place}, opening_hours « {text} »"
    text = with_ends(without_school_holidays(text)[0])[0]
    if not text:  # hours in school holidays only
        return
    spoken = _COMMENT.sub("", text)
    for pattern, words in _UNSUPPORTED.items():
        if re.search(pattern, spoken):
            raise InputError(
                Fault(
                    f"Ces horaires dépendent de ce que nous ne connaissons pas : {words}.",
                    where,
                    "Écrire des dates et des heures fixes.",
                ),
            )
    try:
        OpeningHours(text, country="FR")  # a complaint about the text itself, not about what we add
        whole = with_unknown_comments(text) + ("" if _SAYS_HOLIDAYS.search(spoken) else days_off)
        parts = [OpeningHours(part, country="FR") for part in fall_back_parts(whole)]
    except ParserError as error:
        at = re.search(r"1:(\d+)", str(error))
        raise InputError(
            Fault(
                "Ces horaires d'ouverture sont illisibles" + (f" à partir du caractère {at[1]}." if at else "."),
                where,
                f"Les écrire dans la syntaxe opening_hours d'OpenStreetMap, {_EXAMPLE}.",
            ),
        ) from error
    first = datetime.combine(period.first_day, time.min)
    yield from _fallen_back(parts, first, last)


_Spans = list[tuple[datetime, datetime]]


def _fallen_back(parts: list[OpeningHours], first: datetime, last: datetime) -> _Spans:
    """The open spans of rules, then of each of their fall-backs at the moments that those before leave.

    The library lets a fall-back hold on days that the rules before it leave whole: the specification, and
    opening_hours.js, go by moments.
    """
    spans = _spans_of(parts[0], {State.OPEN}, first, last)
    taken: _Spans = []
    for before, hours in pairwise(parts):
        taken = _joined(taken + _spans_of(before, {State.OPEN, State.UNKNOWN}, first, last))
        spans = _joined(spans + _without(_spans_of(hours, {State.OPEN}, first, last), taken))
    return spans


def _spans_of(hours: OpeningHours, states: set[State], first: datetime, last: datetime) -> _Spans:
    return [
        (start, end if end is not None else last)
        for start, end, state, _ in hours.intervals(first, last)
        if state in states
    ]


def _joined(spans: _Spans) -> _Spans:
    """The same moments in spans that do not touch, in their order."""
    joined: _Spans = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(spans: _Spans, taken: _Spans) -> _Spans:
    """The moments of spans that none of ``taken`` (apart, in their order) holds."""
    for begin, stop in taken:
        parts = [part for start, end in spans for part in ((start, min(end, begin)), (max(start, stop), end))]
        spans = [(start, end) for start, end in dict.fromkeys(parts) if start < end]
    return spans


def _validity(services: pd.DataFrame) -> list[tuple[datetime, datetime]]:
    """For each service the first instant and the end of its validity, by the clock of the wall."""

    def days(name: str, otherwise: datetime, later: timedelta) -> list[datetime]:
        if name not in services.columns:
            return [otherwise] * len(services)
        column = pd.to_datetime(services[name])
        return [otherwise if pd.isna(day) else pd.Timestamp(day).to_pydatetime() + later for day in column]

    firsts = days("valid_from", datetime.min, timedelta(0))  # noqa: DTZ901 - clocks of the wall
    ends = days("valid_to", datetime.max, timedelta(days=1))  # noqa: DTZ901
    return list(zip(firsts, ends, strict=True))


def _clipped(
    spans: list[tuple[datetime, datetime]],
    valid: tuple[datetime, datetime],
) -> Iterator[tuple[datetime, datetime]]:
    for start, end in spans:
        if start < valid[1] and end > valid[0]:
            yield max(start, valid[0]), min(end, valid[1])
