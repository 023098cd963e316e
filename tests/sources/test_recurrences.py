"""Recurrence rules: those that fit no day are known without a search, and no other is taken for one of them."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from dateutil.rrule import rrulestr
from icalendar.prop import vRecur

from access92.sources.recurrences import fits_a_day, is_plain

pytestmark = pytest.mark.slow

START = datetime(2025, 2, 4, 10)  # noqa: DTZ001 - a clock of the wall


def random_rule(random: Random) -> str:
    """A rule by days, months or years, with some of the parts that narrow its days."""
    frequency = random.choice(["DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"])
    parts = {"FREQ": frequency, "INTERVAL": str(random.choice([1, 1, 2, 7, 12]))}
    if random.random() < 0.5:
        parts["BYMONTH"] = random.choice(["2", "4,6", "12"])
    if random.random() < 0.5:
        nth = random.choice(["", "", "1", "5", "-1"]) if frequency in ("MONTHLY", "YEARLY") else ""
        parts["BYDAY"] = nth + random.choice(["MO", "TU", "SU"])
    if frequency in ("MONTHLY", "YEARLY"):
        if random.random() < 0.5:
            parts["BYMONTHDAY"] = random.choice(["1", "30", "31", "-1", "-31"])
        if random.random() < 0.3:
            parts["BYSETPOS"] = random.choice(["1", "-1", "5", "31"])
    if frequency == "YEARLY" and "BYDAY" not in parts and random.random() < 0.4:
        parts[random.choice(["BYYEARDAY", "BYWEEKNO"])] = random.choice(["1", "-1", "53", "20"])
    return ";".join(f"{name}={value}" for name, value in parts.items())


def has_a_day(text: str) -> bool:
    """Whether the library finds a day of the rule in 40 years."""
    first = next(iter(rrulestr(text, dtstart=START)), None)
    return first is not None and first < datetime(2065, 2, 1)  # noqa: DTZ001


@pytest.mark.parametrize("seed", range(4))
def test_a_rule_is_said_to_fit_no_day_only_where_the_search_finds_none(seed: int) -> None:
    random = Random(seed)
    rules = [random_rule(random) for _ in range(60)]
    none = [text for text in rules if not fits_a_day(vRecur.from_ical(text), START)]
    assert none
    assert [text for text in none if has_a_day(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYSETPOS=32;BYDAY=MO,TU",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=YEARLY;BYYEARDAY=100;BYMONTH=1",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30",
    ],
)
def test_a_rule_that_the_calendar_never_fits_is_known(text: str) -> None:
    assert is_plain(vRecur.from_ical(text))
    assert not fits_a_day(vRecur.from_ical(text), START)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
        "FREQ=YEARLY;BYDAY=-1SU",
        "FREQ=DAILY;COUNT=4",
    ],
)
def test_rules_of_every_day_calendars_fit_a_day(text: str) -> None:
    assert is_plain(vRecur.from_ical(text))
    assert fits_a_day(vRecur.from_ical(text), START)


@pytest.mark.parametrize(
    "text", ["FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;COUNT=0"]
)
def test_a_rule_that_is_not_one_of_visits_is_known(text: str) -> None:
    assert not is_plain(vRecur.from_ical(text))
