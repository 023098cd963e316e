"""The timetable of a study: its feeds, or the demonstration's tables, with where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import shapely

from access92.errors import input_error, some_values
from access92.sources.demo.timetable import HOURS, read_demo_timetable
from access92.sources.gtfs import FeedDay, FeedSheet, feed_sheet, read_gtfs
from access92.sources.study_streets import study_extent
from access92.sources.timetable import Timetable
from access92.study.model import Study
from access92.study.omissions import Omission
from access92.study.transit import Transit

DEMO_WEEKDAYS = 5
"""The demonstration knows the days from Monday to Friday."""

_OF_THE_SHEET = frozenset(
    {"gtfs_trips_of_day", "gtfs_yesterday", "gtfs_in_seat", "gtfs_frequencies", "gtfs_wheelchair_unknown"}
)
"""Notices that leave nothing out: the sheet of the feed has them."""

DEMO_LABEL = (
    "Horaires de démonstration : fréquences des bus 2017 et des trains 2016, métro et tramway par intervalles supposés"
)


@dataclass(frozen=True, slots=True)
class TimetableOrigin:
    """Where the timetable comes from, and how it was searched; texts are French, for the reader.

    ``own_days``: by feed the day of its calendar that stands for the study's, where the study gives it one.
    """

    label: str
    licence: str
    vintage: str
    is_demo: bool
    own_days: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StudyTimetable:
    """The timetable of a study, its origin, and what of its files does not count."""

    table: Timetable
    origin: TimetableOrigin
    omissions: tuple[Omission, ...]


def timetable_files(study: Study) -> tuple[tuple[str, Path], ...]:
    """The files of the timetable of a study, as named in it, and their paths; the files of a folder one by one."""
    transit = study.transit
    if transit is None:
        return ()
    named = [transit.demo_folder] if transit.demo else [feed.file for feed in transit.feeds]
    files: list[tuple[str, Path]] = []
    for name in named:
        path = study.locate(name)
        inside = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        files += [
            ((name / item.relative_to(path)).as_posix() if path.is_dir() else name.as_posix(), item) for item in inside
        ]
    return tuple(files)


def read_study_timetable(study: Study, areas: gpd.GeoDataFrame) -> StudyTimetable | None:
    """The timetable of the study's day; None where the study has none. ``areas``: of the study.

    Raises
    ------
    InputError
        As :func:`access92.sources.gtfs.read_gtfs` and :func:`access92.sources.demo.timetable.read_demo_timetable`;
        a day of the week or an hour that the demonstration does not know; no stop near the areas, no vehicle that
        leaves from one during the window.
    """
    if study.transit is None:
        return None
    return read_study_timetable_of(study, areas, study.service_day)


def read_study_timetable_of(study: Study, areas: gpd.GeoDataFrame, day: date) -> StudyTimetable:
    """The timetable of a study that has one, on some day.

    Raises
    ------
    InputError
        As :func:`read_study_timetable`.
    """
    transit = study.transit
    if transit is None:
        raise input_error("L'étude n'a pas d'horaires.", f"« {study.name} »", "Ajouter une partie [transit].")
    timetable = _read_demo(study, transit, day) if transit.demo else _read_feeds(study, transit, day)
    _check_serves(timetable.table, transit, study_extent(study, areas))
    return timetable


def _check_serves(table: Timetable, transit: Transit, extent: shapely.Geometry) -> None:
    """Refuse a timetable by which nobody of the study rides: times would be those of the walk, under its name.

    ``extent``: the areas and their margin, in WGS 84.
    """
    places = shapely.get_coordinates(table.stops.geometry.to_numpy())
    inside = shapely.contains_xy(extent, places)
    if not inside.any():
        swapped = shapely.contains_xy(extent, places[:, ::-1]).any()
        raise input_error(
            "Aucun arrêt des horaires n'est dans la zone d'étude ou sa marge.",
            f"[transit], {len(inside)} arrêts",
            "Échanger stop_lat et stop_lon dans stops.txt : elles semblent interverties."
            if swapped
            else "Donner les horaires d'un réseau qui la dessert.",
        )
    departures_s = table.departure_s[inside[table.call_stop] & table.may_board]
    first_s, end_s = transit.window_s
    if not ((departures_s >= first_s) & (departures_s < end_s)).any():
        served = f"de {_clock(departures_s.min())} à {_clock(departures_s.max())}" if len(departures_s) else "jamais"
        raise input_error(
            "Aucun véhicule ne part de la zone d'étude pendant la fenêtre.",
            f"[transit] window, de {_clock(first_s)} à {_clock(end_s)} ; départs {served}",
            "Choisir une fenêtre où des véhicules roulent.",
        )


def _clock(seconds: int) -> str:
    """A second of the day as « 7:05 ».

    >>> _clock(25_500)
    '7:05'
    """
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}"


def _read_demo(study: Study, transit: Transit, day: date) -> StudyTimetable:
    """The timetable of the demonstration: a morning of a weekday."""
    first_s, end_s = transit.window_s
    if first_s < 3600 * (HOURS.start + 1) or end_s > 3600 * (HOURS.stop - 1):
        raise input_error(
            "Les horaires de démonstration sont ceux d'une matinée.",
            f"[transit] window, de {_clock(first_s)} à {_clock(end_s)}",
            f"Choisir une fenêtre entre {HOURS.start + 1}:00 et {HOURS.stop - 1}:00, ou donner de vrais horaires.",
        )
    if day.weekday() >= DEMO_WEEKDAYS:
        raise input_error(
            "Les horaires de démonstration sont ceux d'un jour de semaine.",
            f"[transit] day = {day.isoformat()}",
            "Choisir un jour du lundi au vendredi (day), ou donner de vrais horaires (feeds).",
        )
    if not study.locate(transit.demo_folder).is_dir():
        default = "" if "demo_folder" in transit.model_fields_set else " (valeur par défaut)"
        raise input_error(
            "Le dossier des horaires de démonstration est introuvable.",
            f"[transit] demo_folder = « {transit.demo_folder.as_posix()} »{default}",
            "Écrire son chemin dans l'étude (demo_folder), ou donner de vrais horaires (feeds).",
        )
    table = read_demo_timetable(study.locate(transit.demo_folder), day=day, where=transit.demo_folder.as_posix())
    origin = TimetableOrigin(
        DEMO_LABEL,
        transit.licence or "Licence Ouverte (faits)",
        transit.vintage or "bus 2017, trains 2016",
        is_demo=True,
    )
    return StudyTimetable(table, origin, ())


def feed_sheets(study: Study, timetable: StudyTimetable) -> tuple[FeedSheet, ...]:
    """The sheet of each feed of a study, in its order; none of the demonstration."""
    feeds = () if study.transit is None or study.transit.demo else feed_days(study, study.transit)
    return tuple(feed_sheet(feed, day=study.service_day, timetable=timetable.table) for feed in feeds)


def feed_days(study: Study, transit: Transit) -> tuple[FeedDay, ...]:
    """The feeds of a study, each with its name and its own day."""
    return tuple(FeedDay(study.locate(feed.file), feed.name or _prefix(feed.file), feed.day) for feed in transit.feeds)


def _prefix(file: Path) -> str:
    """The prefix of a feed without a name: that of its file, of letters, digits, « - » and « _ ».

    >>> _prefix(Path("horaires/IDFM été 2026.zip"))
    'IDFM_t_2026'
    """
    return re.sub(r"[^A-Za-z0-9-]+", "_", file.stem).strip("_") or "horaires"


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - by the clocks of a zone


def _read_feeds(study: Study, transit: Transit, day: date) -> StudyTimetable:
    """The timetable of the feeds of a study."""
    feeds = feed_days(study, transit)
    if missing := [feed.file.as_posix() for feed in transit.feeds if not study.locate(feed.file).exists()]:
        raise input_error(
            "Un fichier d'horaires (GTFS) est introuvable.",
            f"[transit] feeds, {some_values(missing)}",
            f"Vérifier ce chemin, ou télécharger les horaires : {study.fetch_command('timetable')}",
        )
    table = read_gtfs(feeds, day=day)
    if ZoneInfo(table.timezone).utcoffset(_noon(day)) != study.zone.utcoffset(_noon(day)):
        raise input_error(
            "Les horaires sont dans un autre fuseau que l'étude.",
            f"{', '.join(item.path.name for item in feeds)}, agency_timezone {table.timezone} ; étude {study.zone.key}",
            "Écrire time_zone dans [analysis], ou donner les horaires d'un réseau de la zone.",
        )
    label = ", ".join(dict.fromkeys(feed.source or feed.file.name for feed in transit.feeds))
    origin = TimetableOrigin(
        label=f"Horaires : {transit.source or label}",
        licence=transit.licence or ", ".join(dict.fromkeys(feed.licence for feed in transit.feeds if feed.licence)),
        vintage=transit.vintage or ", ".join(dict.fromkeys(feed.vintage for feed in transit.feeds if feed.vintage)),
        is_demo=False,
        own_days=tuple((feed.name, feed.day.isoformat()) for feed in feeds if feed.day is not None),
    )
    return StudyTimetable(table, origin, timetable_omissions(table))


def timetable_omissions(table: Timetable) -> tuple[Omission, ...]:
    """What of its files a timetable leaves out: the notices of its reader, the feed before the examples."""
    return tuple(
        Omission(item.code, item.count, item.total, examples=(item.feed, *item.examples))
        for item in table.notices
        if item.code not in _OF_THE_SHEET
    )
