"""Whole studies whose calendar counts hours by public transport: figures known on paper, days, what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import access92
from access92.errors import InputError
from access92.outputs.report.content import Table
from access92.outputs.report.hours import hours_chapter
from access92.outputs.words.notices import notices_table
from access92.run.check import check_study
from access92.run.results import Results
from tests.run.test_timetable_scenarios import CLOSED, OFTEN, REMOVED, added_line, scenario
from tests.run.test_transit import TRANSIT, study_file
from tests.toy_study import GOOD_STUDY, lon_lat

STUDY = GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "transit"]')
WEST, EAST = lon_lat(0, 0), lon_lat(5, 5)
BUS = '\n[[scenario]]\nname = "bus"\ntitle = "Bus"\nbased_on = "sst"\nmobile = true\n'
CALENDAR = """[calendar]
file = "haltes.csv"
first_day = 2025-02-03
last_day = 2025-02-09
modes = ["walk", "transit"]
moments = [2025-02-04T09:32:00, 2025-02-04T09:35:00]
"""
TUESDAY = f"Bus,Place,{WEST[0]},{WEST[1]},2025-02-04,09:30,10:30"


def file_of(folder: Path, *halts: str, more: str = "", calendar: str = CALENDAR, transit: str = TRANSIT) -> Path:
    """Ten people at one end of the line, the halts at the other: nobody walks there in five minutes."""
    file = study_file(folder, STUDY + BUS + more + transit + calendar)
    (folder / "haltes.csv").write_text("\n".join(["unit,place,lon,lat,date,start,end", *halts, ""]), encoding="utf-8")
    (folder / "people.csv").write_text(f"lon,lat,population\n{EAST[0]},{EAST[1]},10\n", encoding="utf-8")
    return file


def total(results: Results, scenario: str, mode: str) -> pd.Series:
    hours = results.hour_tables.hours.query("area_id == 'total'")
    return hours.set_index(["scenario", "mode"]).loc[scenario, mode]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    wednesday = TUESDAY.replace("02-04", "02-05")
    more = "".join((
        scenario("souvent", OFTEN, base="bus"), scenario("sans", REMOVED, base="bus"),
        scenario("plus", added_line(), base="bus"), scenario("ferme", CLOSED, base="bus"),
    ))  # fmt: skip
    return access92.run_study(
        access92.read_study(file_of(tmp_path_factory.mktemp("heures"), TUESDAY, wednesday, more=more))
    )


def test_of_ten_minutes_of_a_halt_three_are_reached_by_a_bus_every_ten(results: Results) -> None:
    # home at the stop: a minute of margin, a minute of ride; there at :01, :02 and :03 less than five minutes after
    # leaving. On the Tuesday, that is 18 of 60 minutes for ten people; of the Wednesday the feed knows nothing
    assert total(results, "bus", "walk")["person_hours"] == 0
    assert total(results, "bus", "transit")["person_hours"] == pytest.approx(10 * 18 / 60)
    assert total(results, "bus", "transit")["person_hours_unknown"] == pytest.approx(10 * 1)
    assert total(results, "bus", "walk")["person_hours_unknown"] == 0
    assert ("ride_hours_unknown", ("bus", "transit")) in {(item.code, item.subject) for item in results.notices}
    week = results.hour_tables.week.query("scenario == 'bus' and mode == 'transit'").set_index(["weekday", "hour"])
    assert week.loc[(1, 9), "population_covered"] == pytest.approx(10 * 9 / 60)
    assert week.loc[(2, 9), "hours_unknown"] == pytest.approx(0.5)
    assert pd.isna(week.loc[(2, 9), "coverage_share"])


def test_coverage_at_a_moment_is_that_of_who_is_there_by_it(results: Results) -> None:
    moments = results.hour_tables.moments.query("area_id == 'total' and scenario == 'bus' and mode == 'transit'")
    assert moments["population_covered"].tolist() == [10, 0]


@pytest.mark.slow
def test_changes_of_the_lines_count_on_the_days_of_the_calendar(results: Results) -> None:
    # every three minutes: always there; no line: never; the new line does not pass by the door
    assert total(results, "souvent", "transit")["person_hours"] == pytest.approx(10 * 59 / 60, abs=10 / 60)
    assert total(results, "sans", "transit")["person_hours"] == 0
    assert total(results, "plus", "transit")["person_hours"] >= total(results, "bus", "transit")["person_hours"]
    assert total(results, "ferme", "transit")["person_hours"] == 0


def test_what_stands_for_a_day_and_what_is_not_known_are_said(results: Results) -> None:
    details = " ".join(notices_table(results)["detail"])
    assert "2024-10-15 pour le 2025-02-04" in details
    assert "pas connus : 1 sur 2 (2025-02-05…)" in details
    assert "3 heures-personnes au moins, et 10 de plus au plus" in details


def test_the_report_has_the_hours_of_each_mode(results: Results) -> None:
    chapter = hours_chapter(results)
    assert chapter is not None
    walk, transit = (
        item for item in chapter.blocks if isinstance(item, Table) and item.caption.startswith("Heures pendant")
    )
    unknown = "heures-personnes non connues"
    assert unknown not in walk.header
    assert {row[0]: row[-2:] for row in transit.rows}["Bus"] == ("3", "10")
    assert transit.header[-1] == unknown
    weeks = [item for item in chapter.blocks if isinstance(item, Table) and "chaque heure" in item.caption]
    assert "—" in {cell for row in weeks[-1].rows for cell in row}


@pytest.mark.slow
def test_hours_are_the_same_from_the_cache_and_when_a_moment_is_not_known(tmp_path: Path) -> None:
    calendar = CALENDAR.replace("2025-02-04T09:35", "2025-02-05T09:35")
    halts = TUESDAY, TUESDAY.replace("02-04", "02-05")
    study = access92.read_study(file_of(tmp_path, *halts, calendar=calendar))
    fresh, stored = (access92.run_study(study, cache_folder=tmp_path / "cache").hour_tables for _ in range(2))
    assert len(list((tmp_path / "cache").glob("hours-*.arrays"))) == 3
    for name in ("hours", "week", "moments"):
        pd.testing.assert_frame_equal(getattr(fresh, name), getattr(stored, name), check_exact=True)
    moments = stored.moments.query("area_id == 'total' and scenario == 'bus' and mode == 'transit'")
    assert moments["population_covered"].iloc[0] == 10
    assert moments["population_covered"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('modes = ["walk", "transit"]\nmoments', 'modes = ["walk", "transport"]\nmoments', "« transport »"),
        ('modes = ["walk", "transit"]\nmoments', 'modes = ["walk", "walk"]\nmoments', "deux fois"),
        ("threshold_min = 5\n", 'threshold_min = 5\ntime_zone = "Indian/Reunion"\n', "autre fuseau"),
    ],
)
def test_what_cannot_be_counted_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = file_of(tmp_path, TUESDAY)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        check_study(access92.read_study(file))
