"""iCalendar files (RFC 5545): dated events with a place, recurrences laid out, as rows that ``visits`` checks.

Not named after the format alone: that is the library's name; nor « calendars »: ``visits`` reads those, in any format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.error import IncompleteComponent, InvalidCalendar
from icalendar.timezone import tzp

from access92._clock import PARIS, Period, to_legal_time
from access92._limits import MOST_STUDY_BYTES, readable_file
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.places import WGS84
from access92.sources.recurrences import fits_a_day, is_plain, listed

_READ_PROPERTIES = ("DTSTART", "DTEND", "DURATION", "GEO", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_EARLIEST, _LATEST = datetime(1970, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - of a file read without a period
_TWO_NUMBERS = re.compile(r"(?:^|geo:|[\s(])(-?\d{1,3}\.\d+)\s*[,;]\s*(-?\d{1,3}\.\d+)(?!\w|\.\d)")


def read_events(path: Path, *, where: str, period: Period | None = None) -> gpd.GeoDataFrame:
    """The dated events of the file, one row each: unit, place, starts_at, ends_at, source, Point (WGS 84).

    The unit is the first word of CATEGORIES, otherwise the name of the calendar, otherwise that of the file. The
    place is GEO (latitude;longitude), otherwise the two decimal numbers in LOCATION, in the same order. A time without
    a zone is legal time in the period's zone (Paris without one); others are converted. Cancelled events are
    left out. The index names each row for messages. ``period`` bounds the recurrences that have no end of their own.

    Raises
    ------
    InputError
        The file is missing or is no calendar; an event without coordinates, without hours, that ends before it
        starts, that repeats for ever without a period, in an unknown zone, or with a property that cannot be read: all
        of them at once.
    """
    zone = PARIS if period is None else period.zone
    calendar = _parsed(path, where)

    # what is wrong is said of each event before any recurrence is laid out, all of it at once
    events = [event for event in calendar.events if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    faults = [fault for event in events for fault in _event_faults(event, where, zone, bounded=period is not None)]
    if faults:
        raise InputError(faults)

    # the visits of the period, no more: a daily rule without an end has no other bound
    first, last = _EARLIEST, _LATEST
    if period is not None:  # a day more on each side: events may be in other zones
        first = datetime.combine(period.first_day, datetime.min.time()) - timedelta(days=1)
        last = datetime.combine(period.last_day, datetime.min.time()) + timedelta(days=2)
    _check_visit_count(events, first, last, where)

    unit = str(calendar.get("NAME") or calendar.get("X-WR-CALNAME") or path.stem).strip()
    rows, points, names = [], [], []
    for event in _laid_out(calendar, first, last, where):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":  # one repetition of an event that stands
            continue
        start, end = (_instant(moment, zone) for moment in (event.start, event.end))  # type: ignore[arg-type] # no days
        words = [str(word).strip() for word in event.categories]
        rows.append(
            {
                "unit": words[0] if words else unit,
                "place": str(event.get("SUMMARY", "")).strip(),
                "starts_at": start,
                "ends_at": end,
                "source": str(event.get("URL", "")).strip(),
            },
        )
        points.append(_place(event))
        names.append(f"{_called(event)} du {start:%Y-%m-%d}")
    return _rows(rows, points, names)


MOST_VISITS = 20_000
"""Visits that a calendar may lay out: a unit with two visits a day makes 1,500 in two years."""

MOST_RULES = 300

MOST_LINES = 15 * MOST_VISITS
"""Lines of a file: an event takes eight to fifteen; each costs the library 16 µs."""

_EVENT = re.compile(rb"(?im)^BEGIN:VEVENT")

_COMPLAINTS = (
    ValueError, OSError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError,
    ZeroDivisionError, IncompleteComponent, InvalidCalendar, recurring_ical_events.InvalidCalendar,
)  # fmt: skip
"""What icalendar and recurring_ical_events raise on properties that are not what they should be."""


def _too_many(how_many: str, where: str) -> InputError:
    return input_error(
        "Le calendrier a trop de haltes.",
        f"{where}, {how_many} (au plus {MOST_VISITS})",
        "N'exporter que la période étudiée, et répéter chaque halte par jour ou par semaine.",
    )


def _check_visit_count(events: list[Event], first: datetime, last: datetime, where: str) -> None:
    """Refuse a calendar that would lay out too many visits, before any is laid out: an upper bound by its days."""
    most, rule_count = 0, 0
    for event in events:
        rules = listed(event.get("RRULE"))
        rule_count += len(rules)
        most += 1 + sum(len(getattr(dates, "dts", ())) for dates in listed(event.get("RDATE")))
        for rule in rules:
            begin = max(first, _wall_clock(event.start)) if isinstance(event.start, datetime) else first
            counts = [int(count) for count in listed(rule.get("COUNT"))]
            a_day = max(1, len(listed(rule.get("BYHOUR")))) * max(1, len(listed(rule.get("BYMINUTE"))))
            most += min([max(0, (last - begin).days) * a_day, *counts])
        if most > MOST_VISITS or rule_count > MOST_RULES:
            raise _too_many(f"{most} et plus", where)


def _laid_out(calendar: Calendar, first: datetime, last: datetime, where: str) -> list[Event]:
    """The events of the period, each repetition one event."""
    try:
        return list(recurring_ical_events.of(calendar).between(first, last))
    except _COMPLAINTS as error:
        raise input_error(
            "Les répétitions du calendrier ne se laissent pas dérouler.",
            f"{where} : {type(error).__name__}, {error}",
            "Corriger RRULE, RDATE, EXDATE et RECURRENCE-ID (RFC 5545).",
        ) from error


def _wall_clock(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _check_length(content: bytes, where: str) -> None:
    """Refuse a file of too many events or lines, before the library spends its time on each."""
    lines = content.count(b"\n")
    events = len(_EVENT.findall(content))
    if events > MOST_VISITS:
        raise _too_many(f"{events} évènements", where)
    if lines > MOST_LINES:
        raise input_error(
            "Le calendrier est trop grand.",
            f"{where}, {lines} lignes, au plus {MOST_LINES}",
            "N'exporter que la période étudiée.",
        )


def _parsed(path: Path, where: str) -> Calendar:
    """The calendar of a file, its properties parsed, its recurrences not yet laid out."""
    size = readable_file(path, where=where).stat().st_size
    if size > MOST_STUDY_BYTES:
        what = f"{size / 1e6:.0f} Mo, au plus {MOST_STUDY_BYTES / 1e6:.0f} Mo"
        raise input_error("Le calendrier est trop grand.", f"{where}, {what}", "N'exporter que la période étudiée.")
    content = path.read_bytes()
    _check_length(content, where)
    tzp.use_default()  # else the library would remember the zones that an earlier file defined
    try:
        calendar = Calendar.from_ical(content)
        if not isinstance(calendar, Calendar):  # a component of another name: the file begins otherwise
            raise TypeError("pas de VCALENDAR")
    except _COMPLAINTS as error:
        raise input_error(
            "Le calendrier iCalendar est illisible.",
            f"{where} : {(str(error).splitlines() or [type(error).__name__])[0]}",
            "L'exporter de nouveau en entier, au format .ics (UTF-8).",
        ) from error
    for event in calendar.events:
        _end_with_its_day(event)
    return calendar


def _end_with_its_day(event: Event) -> None:
    """Make a repetition « until » a day last through it: the library ends it at midnight, a visit too soon."""
    for rule in listed(event.get("RRULE")):
        moments = listed(rule.get("UNTIL")) if isinstance(rule, Mapping) else []
        if not any(isinstance(moment, date) and not isinstance(moment, datetime) for moment in moments):
            continue
        start = getattr(event.get("DTSTART"), "dt", None)
        zone = start.tzinfo if isinstance(start, datetime) else None
        ends = [datetime.combine(moment, time(23, 59, 59), tzinfo=zone) for moment in moments]
        rule["UNTIL"] = [moment if zone is None else moment.astimezone(UTC) for moment in ends]


def _event_faults(event: Event, where: str, zone: ZoneInfo, *, bounded: bool) -> Iterator[Fault]:
    """What forbids reading one event, recurrences not yet laid out."""
    place = f"{where}, {_called(event)}"
    # one fault at a time up to the dates: what is asked next would fail on an event without sound ones
    broken = [str(name) for name, _ in event.errors if str(name) in _READ_PROPERTIES]
    if broken:
        yield Fault(f"Une propriété est illisible : {', '.join(broken)}.", place, "La corriger (RFC 5545).")
        return
    try:
        start, end = event.start, event.end
        place_of_event = _place(event)
    except _COMPLAINTS:  # no DTSTART, DTEND with DURATION, a day against an hour, a date beyond all calendars
        yield Fault(
            "Un évènement n'a pas de début et de fin cohérents.", place, "Donner DTSTART et DTEND, avec l'heure."
        )
        return
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        yield Fault("Un évènement dure des journées entières : ses heures manquent.", place, "Donner les heures.")
        return
    if not all(_EARLIEST <= _wall_clock(moment) < _LATEST for moment in (start, end)):
        yield Fault("Un évènement n'est pas de notre temps.", f"{place}, {start:%Y-%m-%d}", "Corriger ses dates.")
        return

    # from here on every fault is said at once: they do not follow from one another
    yield from _zone_faults(event, place)
    if _instant(end, zone) <= _instant(start, zone):
        yield Fault(
            "Une halte finit avant de commencer, ou au même instant.",
            f"{place}, de {start:%Y-%m-%d %H:%M} à {end:%Y-%m-%d %H:%M}",
            "Corriger le début ou la fin.",
        )
    if place_of_event is None:
        yield Fault(
            "Un évènement n'a pas de coordonnées.",
            place,
            "Ajouter GEO:latitude;longitude, ou « latitude, longitude » (degrés décimaux) dans LOCATION.",
        )

    # whether a rule ever falls on a day is asked only of rules that can be laid out
    rules = listed(event.get("RRULE"))
    unusual = [str(rule.to_ical(), "utf-8", "replace") for rule in rules if not is_plain(rule)]
    if unusual:
        yield Fault(
            "Une répétition n'est pas celle d'une halte.",
            f"{place}, RRULE {some_values(unusual)}",
            "Répéter par jour, semaine, mois ou année (FREQ), d'un pas (INTERVAL) d'au moins 1, à des heures dites.",
        )
    elif not all(fits_a_day(rule, _wall_clock(start)) for rule in rules):
        yield Fault(
            "Une répétition ne tombe aucun jour en quarante ans.",
            f"{place}, RRULE {some_values(str(rule.to_ical(), 'utf-8', 'replace') for rule in rules)}",
            "Corriger BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS ou INTERVAL, ou retirer la répétition.",
        )
    # without a period, a rule without end would give visits for ever
    if not bounded and any("UNTIL" not in rule and "COUNT" not in rule for rule in rules):
        yield Fault("Une répétition n'a pas de fin.", place, "Ajouter UNTIL ou COUNT, ou demander une période.")


def _zone_faults(event: Event, place: str) -> Iterator[Fault]:
    """Zones that the library did not find: it leaves their hours without one, as if of the period's."""
    unknown: dict[str, None] = {}
    for part in (part for name in _READ_PROPERTIES for part in listed(event.get(name))):
        zone = getattr(part, "params", {}).get("TZID")
        moments = [getattr(item, "dt", None) for item in getattr(part, "dts", (part,))]
        starts = [moment[0] if isinstance(moment, tuple) else moment for moment in moments]  # a period of RDATE
        if zone and any(isinstance(moment, datetime) and moment.tzinfo is None for moment in starts):
            unknown[str(zone)] = None
    if unknown:
        yield Fault(
            "Un évènement est dans un fuseau horaire inconnu, que le fichier ne définit pas.",
            f"{place}, TZID {some_values(unknown)}",
            "Écrire un fuseau connu (TZID=Europe/Paris), ou exporter le calendrier avec sa définition (VTIMEZONE).",
        )


def _called(event: Event) -> str:
    """The event as a message names it."""
    name = str(event.get("SUMMARY") or event.get("UID") or "sans nom").strip()
    return f"évènement « {name} »"


def _instant(moment: datetime, zone: ZoneInfo) -> pd.Timestamp:
    if moment.tzinfo is None:
        return to_legal_time([moment], zone)[0]
    return pd.Timestamp(moment).as_unit("us").tz_convert(zone)


def _place(event: Event) -> tuple[float, float] | None:
    """Longitude and latitude."""
    geo = event.get("GEO")
    if geo is not None:
        geo = listed(geo)[0]  # of two, the first
        return float(geo.longitude), float(geo.latitude)
    match = _TWO_NUMBERS.search(str(event.get("LOCATION", "")))
    return (float(match[2]), float(match[1])) if match else None


def _rows(
    rows: list[dict[str, object]], points: list[tuple[float, float] | None], names: list[str]
) -> gpd.GeoDataFrame:
    places = [point for point in points if point is not None]  # all of them: an event without a place is refused
    geometry = gpd.points_from_xy([lon for lon, _ in places], [lat for _, lat in places])
    columns = ["unit", "place", "starts_at", "ends_at", "source"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns, index=names), geometry=geometry, crs=WGS84)
