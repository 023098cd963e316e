"""The sheet of a feed, as a planner reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from access92.outputs.words.timetables import sheet_lines
from access92.sources.gtfs import FeedDay, feed_sheet, read_gtfs
from tests.sources.gtfs.feeds import TOY, TUESDAY, toy, written


def plain(lines: list[str]) -> list[str]:
    return [line.replace("\u202f", " ").replace("\u00a0", " ") for line in lines]


def test_the_sheet_of_a_feed_says_its_span_its_days_and_what_was_left_out(tmp_path: Path) -> None:
    tables = toy(stop_times=TOY["stop_times.txt"].replace("08:05:00,08:06:00", ",").replace("c,1", "x,1"))
    feed = FeedDay(written(tables, tmp_path / "reseau.zip"), "bus")
    assert plain(sheet_lines(feed_sheet(feed, day=TUESDAY))) == [
        "Horaires « bus » (reseau.zip) ; source : Toy",
        "Calendrier : du 4 mars 2024 au 29 mars 2024 (Europe/Paris)",
        "Courses par jour (médianes) : lun. 2, mar. 2, mer. 2, jeu. 2, ven. 2, sam. 0, dim. 0",
        "Le 12 mars 2024 : 2 courses, 2 lignes, 3 arrêts desservis, 5 passages",
        "Passages interpolés : 20,0 %",
        "bus, courses le 2024-03-12 : 2 ; un jour de semaine habituel (médiane) : 2",
        "bus, passages à un arrêt absent de stops.txt, écartés : 1 sur 6 (t2)",
        "bus, passages interpolés à intervalles égaux, faute de distance : 1 sur 1",
        "bus, arrêts dont l’accès en fauteuil est inconnu : 3 sur 3",
    ]


def test_the_sheet_of_one_feed_among_several_tells_its_own_rows_only(tmp_path: Path) -> None:
    later = toy(stop_times=TOY["stop_times.txt"].replace(",08:", ",10:").replace("t2,09:20:00", "t2,09:01:00"))
    feeds = [FeedDay(written(TOY, tmp_path / "x.zip"), "x"), FeedDay(written(later, tmp_path / "y.zip"), "y", TUESDAY)]
    timetable = read_gtfs(feeds, day=dt.date(2024, 3, 19))
    sheets = [feed_sheet(feed, day=timetable.day, timetable=timetable) for feed in feeds]
    assert [(sheet.trips, sheet.stops, sheet.calls, sheet.lines) for sheet in sheets] == [(2, 3, 6, 2), (1, 3, 3, 1)]
    assert [sheet.day for sheet in sheets] == [dt.date(2024, 3, 19), TUESDAY]
    assert {notice.code for notice in sheets[0].notices} == {"gtfs_trips_of_day", "gtfs_wheelchair_unknown"}
    assert "gtfs_negative_travel" in {notice.code for notice in sheets[1].notices}
