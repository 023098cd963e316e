"""A timetable in GTFS, fetched whole and pinned: checked to be one, with the span of its calendar."""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from access92.errors import DataSourceError, Fault, InputError, OutputError
from access92.progress import Progress, of_step, silent
from access92.sources.download.pinned import write_note
from access92.sources.download.providers import Provider
from access92.sources.download.transfer import PATIENCE, Patience, fetch_file, fetch_md5
from access92.sources.gtfs.calendars import day_like, read_calendar
from access92.sources.gtfs.feed import open_feed
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.trips import read_services


@dataclass(frozen=True, slots=True)
class PinnedTimetable:
    """What was pinned: the file, the days with a trip (inclusive), a day to compute on and its trips.

    ``day``: the one asked for where the calendar has it, else the nearest day of the same weekday that has as many
    trips as that weekday usually has. ``md5`` is '' where the provider publishes none.
    """

    file: Path
    first_day: dt.date
    last_day: dt.date
    day: dt.date
    trips: int
    md5: str


def fetch_gtfs(
    provider: Provider,
    url: str,
    target: Path,
    *,
    day: dt.date,
    on_progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> PinnedTimetable:
    """Download a GTFS, check that it is one, and pin it as it came; ``<target>.json`` notes where it comes from.

    The whole feed is kept: which of its trips matter to a study is for the reader to say. What was there before stays
    until the new file has been checked.

    Parameters
    ----------
    day
        The service day of the study.

    Raises
    ------
    DataSourceError
        The provider cannot be reached, refuses, or sent something that is no GTFS, or one without a trip.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    progress = on_progress or silent
    received = target.with_name(f"{target.stem}.recu{target.suffix}")
    md5 = fetch_md5(url, patience=patience)
    step = of_step(progress, "Téléchargement des horaires, Mo")
    fetch_file(
        url, received, md5=md5, patience=patience,
        on_bytes=lambda done, total: step(done // 1_000_000, total // 1_000_000),
    )  # fmt: skip

    progress("Vérification des horaires")
    try:
        by_day = _trips_by_day(received, url)
        received.replace(target)
        chosen = day_like(by_day, day)
        first, last = by_day.index[0], by_day.index[-1]
        write_note(target, provider, url, md5=md5, first_day=first.isoformat(), last_day=last.isoformat())
    except OSError as error:
        fault = Fault("Le fichier ne peut pas être écrit.", f"{target} ({error})", "Changer de dossier.")
        raise OutputError(fault) from error
    return PinnedTimetable(target, first, last, chosen, int(by_day[chosen]), md5)


def _trips_by_day(path: Path, url: str) -> pd.Series:
    """The trips of each day of a feed that was received; a feed that is none is removed, and told as its source's."""
    fix = "Vérifier l'adresse (elle doit donner le .zip d'un GTFS), ou recommencer plus tard."
    try:
        feed = open_feed(path, name="recu")  # its size once unpacked is checked first
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # every member against its CRC
        by_day = read_calendar(feed, Tally(feed.name)).trips_by_day(read_services(feed))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        path.unlink(missing_ok=True)
        what = "Le GTFS reçu est endommagé."
        raise DataSourceError(Fault(what, f"{url} ({error})", fix)) from error
    except InputError as error:
        path.unlink(missing_ok=True)
        fault = error.faults[0]
        raise DataSourceError(
            Fault(f"Le fichier reçu n'est pas un GTFS entier : {fault.what}", f"{url}, {fault.where}", fix)
        ) from error
    if damaged is not None or not (by_day > 0).any():
        path.unlink(missing_ok=True)
        what = "Le GTFS reçu n'a aucune course." if damaged is None else "Le GTFS reçu est endommagé."
        raise DataSourceError(Fault(what, url, fix))
    return by_day
