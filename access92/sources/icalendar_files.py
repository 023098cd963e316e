"""iCalendar files (RFC 5545): dated events with a place, recurrences laid out, as rows that mobile_units.py checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.error import IncompleteComponent, InvalidCalendar

from access92.errors import Fault, InputError, refuse
from access92.legal_time import PARIS, Period, to_legal_time
from access92.sources.point_tables import WGS84

ICALENDAR_ENDINGS = (".ics", ".ical", ".icalendar")

_READ_PROPERTIES = ("DTSTART", "DTEND", "DURATION", "GEO", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_EARLIEST, _LATEST = datetime(1970, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - of a file read without a period
_TWO_NUMBERS = re.compile(r"(?:^|geo:|[\s(])(-?\d{1,3}\.\d+)\s*[,;]\s*(-?\d{1,3}\.\d+)(?!\w|\.\d)")


def read_events(path: Path, *, where: str, period: Period | None = None) -> gpd.GeoDataFrame:
    """The dated events of the file, one row each: unit, stop, starts_at, ends_at, source, Point (WGS 84).

    The unit is the first word of CATEGORIES, otherwise the name of the calendar, otherwise that of the file. The
    place is GEO (latitude;longitude), otherwise the two decimal numbers in LOCATION, in the same order. A time without
    a zone is told by French clocks; the others are converted. Cancelled events are left out. The index names each row
    for messages. ``period`` bounds the recurrences that have no end of their own.

    Raises
    ------
    InputError
        The file is missing or is no calendar; an event without coordinates, without hours, that ends before it
        starts, that repeats for ever without a period, or with a property that cannot be read: all of them at once.
    """
    calendar = _parsed(path, where)
    events = [event for event in calendar.events if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    faults = [fault for event in events for fault in _event_faults(event, where, bounded=period is not None)]
    if faults:
        raise InputError(faults)
    first, last = _EARLIEST, _LATEST
    if period is not None:  # a day more on each side: events may be told in other zones
        first = datetime.combine(period.first_day, datetime.min.time()) - timedelta(days=1)
        last = datetime.combine(period.last_day, datetime.min.time()) + timedelta(days=2)
    unit = str(calendar.get("NAME") or calendar.get("X-WR-CALNAME") or path.stem).strip()
    rows, points, names = [], [], []
    for event in recurring_ical_events.of(calendar).between(first, last):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        start, end = _instant(event.start), _instant(event.end)
        words = [str(word).strip() for word in event.categories]
        rows.append(
            {
                "unit": words[0] if words else unit,
                "stop": str(event.get("SUMMARY", "")).strip(),
                "starts_at": start,
                "ends_at": end,
                "source": str(event.get("URL", "")).strip(),
            },
        )
        points.append(_place(event))
        names.append(f"{_called(event)} du {start:%Y-%m-%d}")
    return _rows(rows, points, names)


def _parsed(path: Path, where: str) -> Calendar:
    if not path.is_file():
        raise refuse("Le fichier est introuvable.", where, "Vérifier le chemin écrit dans l'étude.")
    try:
        return Calendar.from_ical(path.read_bytes())
    except (ValueError, OSError) as error:  # also UnicodeDecodeError
        raise refuse(
            "Le calendrier iCalendar est illisible.",
            f"{where} : {str(error).splitlines()[0]}",
            "L'exporter de nouveau en entier, au format .ics (UTF-8).",
        ) from error


def _event_faults(event: Event, where: str, *, bounded: bool) -> Iterator[Fault]:
    """What forbids reading one event, recurrences not yet laid out."""
    place = f"{where}, {_called(event)}"
    broken = [str(name) for name, _ in event.errors if str(name) in _READ_PROPERTIES]
    if broken:
        yield Fault(f"Une propriété est illisible : {', '.join(broken)}.", place, "La corriger (RFC 5545).")
        return
    try:
        start, end = event.start, event.end
    except (IncompleteComponent, InvalidCalendar):  # no DTSTART, DTEND with DURATION, a day against an hour
        yield Fault(
            "Un évènement n'a pas de début et de fin cohérents.", place, "Donner DTSTART et DTEND, avec l'heure."
        )
        return
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        yield Fault("Un évènement dure des journées entières : ses heures manquent.", place, "Donner les heures.")
        return
    if _instant(end) <= _instant(start):
        yield Fault(
            "Une halte finit avant de commencer, ou au même instant.",
            f"{place}, de {start:%Y-%m-%d %H:%M} à {end:%Y-%m-%d %H:%M}",
            "Corriger le début ou la fin.",
        )
    if _place(event) is None:
        yield Fault(
            "Un évènement n'a pas de coordonnées.",
            place,
            "Ajouter GEO:latitude;longitude, ou « latitude, longitude » (degrés décimaux) dans LOCATION.",
        )
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    if not bounded and any("UNTIL" not in rule and "COUNT" not in rule for rule in rules):
        yield Fault("Une répétition n'a pas de fin.", place, "Ajouter UNTIL ou COUNT, ou demander une période.")


def _called(event: Event) -> str:
    """The event as a message names it."""
    name = str(event.get("SUMMARY") or event.get("UID") or "sans nom").strip()
    return f"évènement « {name} »"


def _instant(moment: datetime) -> pd.Timestamp:
    if moment.tzinfo is None:
        return to_legal_time([moment])[0]
    return pd.Timestamp(moment).as_unit("us").tz_convert(PARIS)


def _place(event: Event) -> tuple[float, float] | None:
    """Longitude and latitude."""
    geo = event.get("GEO")
    if geo is not None:
        return float(geo.longitude), float(geo.latitude)
    found = _TWO_NUMBERS.search(str(event.get("LOCATION", "")))
    return (float(found[2]), float(found[1])) if found else None


def _rows(
    rows: list[dict[str, object]], points: list[tuple[float, float] | None], names: list[str]
) -> gpd.GeoDataFrame:
    known = [point for point in points if point is not None]  # all of them: an event without a place is refused
    geometry = gpd.points_from_xy([lon for lon, _ in known], [lat for _, lat in known])
    columns = ["unit", "stop", "starts_at", "ends_at", "source"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns, index=names), geometry=geometry, crs=WGS84)
