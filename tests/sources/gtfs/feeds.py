"""Small GTFS feeds as text, in all the forms in which people save them, and their timetables in a form to compare."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from access92.sources.gtfs import FeedDay, read_gtfs
from access92.sources.timetable import NO_RUN, Timetable

TUESDAY = dt.date(2024, 3, 12)

Tables = dict[str, str]
"""The text of each table by its name."""

TOY: Mapping[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Toy,http://toy.fr,Europe/Paris\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon\na,Alpha,48.90,2.20\nb,Beta,48.91,2.21\nc,Gamma,48.92,2.22\n"
        "d,Delta,48.93,2.23\n"
    ),
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nR1,1,,3\nR2,,Grande ligne,2\n",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20240304,20240331\n"
    ),
    "trips.txt": "route_id,service_id,trip_id,trip_headsign\nR1,week,t1,Gamma\nR2,week,t2,Alpha\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,a,1\nt1,08:05:00,08:06:00,b,2\nt1,08:10:00,08:10:00,c,3\n"
        "t2,09:00:00,09:00:00,c,1\nt2,09:10:00,09:10:00,b,2\nt2,09:20:00,09:20:00,a,3\n"
    ),
}
"""Two lines, two trips, four stops of which one is not used; Mondays to Fridays of March 2024."""


def toy(**changed: str | None) -> Tables:
    """The toy feed with other tables: ``stop_times="…"``; None takes one away."""
    tables = dict(TOY)
    for name, text in changed.items():
        if text is None:
            del tables[f"{name}.txt"]
        else:
            tables[f"{name}.txt"] = text
    return tables


@dataclass(frozen=True, slots=True)
class Form:
    """How a feed is saved; every form says the same."""

    seed: int = 0
    bom: bool = False
    crlf: bool = False
    quoted: bool = False
    shuffled_rows: bool = False
    shuffled_columns: bool = False
    more_columns: bool = False
    blank_rows: bool = False
    spaces: bool = False
    short_hours: bool = False
    zipped: bool = True
    folder: str = ""
    last_newline: bool = True


PLAIN = Form()


def written(tables: Mapping[str, str], path: Path, form: Form = PLAIN) -> Path:
    """The feed saved at a path in a form."""
    texts = {name: _saved(text, form) for name, text in tables.items()}
    prefix = f"{form.folder}/" if form.folder else ""
    if form.zipped:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(prefix + name, text)
        return path
    for name, text in texts.items():
        (path / prefix).mkdir(parents=True, exist_ok=True)
        (path / prefix / name).write_bytes(text)
    return path


def zip_bytes(tables: Mapping[str, str]) -> bytes:
    """The zip of a feed, as a server sends it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _saved(text: str, form: Form) -> bytes:
    if form == PLAIN:
        return text.encode()
    random = Random(form.seed)
    heading, *rows = list(csv.reader(io.StringIO(text)))
    if form.short_hours:
        rows = [
            [cell[1:] if len(cell) == 8 and cell[0] == "0" and cell[2] == ":" else cell for cell in row] for row in rows
        ]
    if form.more_columns:
        heading = [*heading, "remarque"]
        rows = [[*row, random.choice(["", "a, b", "« é »", 'dit "oui"'])] for row in rows]
    if form.shuffled_columns:
        order = list(range(len(heading)))
        random.shuffle(order)
        heading, rows = [heading[k] for k in order], [[row[k] for k in order] for row in rows]
    if form.shuffled_rows:
        random.shuffle(rows)
    if form.spaces:
        heading = [f" {cell}" for cell in heading]
        rows = [[cell + random.choice(["", " "]) for cell in row] for row in rows]
    stream = io.StringIO()
    end = "\r\n" if form.crlf else "\n"
    quoting = csv.QUOTE_ALL if form.quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, lineterminator=end, quoting=quoting)
    writer.writerow(heading)
    for row in rows:
        if form.blank_rows and random.random() < 0.3:
            stream.write(end)
            writer.writerow([""] * len(heading))
        writer.writerow(row)
    saved = stream.getvalue()
    if not form.last_newline:
        saved = saved.removesuffix(end)
    return saved.encode("utf-8-sig" if form.bom else "utf-8")


def read(tables: Mapping[str, str], folder: Path, *, day: dt.date = TUESDAY, name: str = "f", **options) -> Timetable:
    """The timetable of one small feed."""
    return read_gtfs([FeedDay(written(tables, folder / f"{name}.zip"), name)], day=day, **options)


Call = tuple[str, int, int, bool, bool]
"""Stop, arrival, departure, may board, may alight."""

Run = tuple[tuple[str, Call], ...]
"""Trip and call, in the order of travel."""


def runs_of(timetable: Timetable, *, prefix: bool = False) -> list[Run]:
    """The vehicle runs of a timetable, by their stops and trips without the feed's prefix, sorted."""

    def bare(text: str) -> str:
        return text if prefix else text.split(":", 1)[1]

    stop_ids, trip_ids = timetable.stops["stop_id"].tolist(), timetable.trips["trip_id"].tolist()
    runs: dict[int, list[tuple[str, Call]]] = {}
    columns = (
        timetable.call_run, timetable.call_trip, timetable.call_stop, timetable.arrival_s, timetable.departure_s,
        timetable.may_board, timetable.may_alight,
    )  # fmt: skip
    for run, trip, stop, *call in zip(*(column.tolist() for column in columns), strict=True):
        runs.setdefault(run, []).append((bare(trip_ids[trip]), (bare(stop_ids[stop]), *call)))
    return sorted(tuple(run) for run in runs.values())


def rules_of(timetable: Timetable) -> list[tuple]:
    """The transfer rules by stop ids and, for runs, by the trip and time of their first call."""
    heads: dict[int, tuple] = {NO_RUN: ()}
    trip_ids, stop_ids = timetable.trips["trip_id"].tolist(), timetable.stops["stop_id"].tolist()
    for run, trip, departure_s in zip(
        timetable.call_run.tolist(), timetable.call_trip.tolist(), timetable.departure_s.tolist(), strict=True
    ):
        heads.setdefault(run, (trip_ids[trip].split(":", 1)[1], departure_s))
    return sorted(
        (stop_ids[a].split(":", 1)[1], stop_ids[b].split(":", 1)[1], heads[run_a], heads[run_b], kind, least_s)
        for a, b, run_a, run_b, kind, least_s in timetable.transfers.itertuples(index=False)
    )


def noted(timetable: Timetable) -> dict[str, tuple[int, int]]:
    """Count and total by code, without those that every feed has."""
    usual = {"gtfs_trips_of_day", "gtfs_wheelchair_unknown"}
    return {notice.code: (notice.count, notice.total) for notice in timetable.notices if notice.code not in usual}


def csv_text(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of rows."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return stream.getvalue()
