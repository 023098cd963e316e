"""The reader of calendars: visits of mobile units from tables and iCalendar files, and one clear refusal per fault."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from random import Random

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from access92._clock import Period
from access92.errors import InputError
from access92.sources import icalendar_files
from access92.sources.opening_hours import opening_intervals
from access92.sources.visits import VISIT_COLUMNS, read_calendar, visit_intervals, visit_places
from access92.study.schemas import SERVICES, check_table

ROOT = Path(__file__).resolve().parents[2]
CALENDARS = ROOT / "tests" / "fixtures" / "calendars"
EXAMPLE = ROOT / "data" / "services" / "exemple_calendrier.csv"
LAMBERT = CRS.from_epsg(2154)
FEBRUARY = Period(date(2025, 2, 1), date(2025, 2, 28))
HAUTS_DE_SEINE = gpd.GeoDataFrame(geometry=[shapely.box(2.14, 48.72, 2.34, 48.96)], crs=4326)


def visits_of(name: str, *, period: Period | None = None) -> gpd.GeoDataFrame:
    return read_calendar(CALENDARS / name, crs=LAMBERT, near=HAUTS_DE_SEINE, period=period, where=name)


def refusal(name: str, *, period: Period | None = None) -> str:
    with pytest.raises(InputError) as caught:
        visits_of(name, period=period)
    return str(caught.value)


def clocks(visits: gpd.GeoDataFrame) -> list[str]:
    return [f"{a:%m-%d %H:%M}/{b:%H:%M}" for a, b in zip(visits["starts_at"], visits["ends_at"], strict=True)]


def hours(visits: gpd.GeoDataFrame) -> list[float]:
    return list((visits["ends_at"] - visits["starts_at"]).dt.total_seconds() / 3600)


def test_a_table_becomes_stops_in_order_of_time_told_by_french_clocks() -> None:
    visits = visits_of("good.csv")
    assert tuple(visits.columns) == VISIT_COLUMNS
    assert visits.crs == LAMBERT
    assert visits["visit_id"].tolist() == ["BUS-20250204-1000", "CARAVANE-20250204-1000", "CARAVANE-20250211-0930"]
    assert clocks(visits) == ["02-04 10:00/00:00", "02-04 10:00/17:00", "02-11 09:30/13:00"]
    assert hours(visits) == [14.0, 7.0, 3.5]
    assert str(visits["starts_at"].dt.tz) == "Europe/Paris"
    assert visits["source"].tolist() == ["", "", ""]


def test_a_spreadsheet_saved_in_france_is_read() -> None:
    assert visits_of("french_spreadsheet.csv").to_crs(4326).geometry.x.item() == pytest.approx(2.26)


def test_a_geographic_file_needs_no_lon_and_lat(tmp_path: Path) -> None:
    table = {"unit": ["Caravane"], "stop": ["gare"], "date": ["2025-02-04"], "start": ["10:00"], "end": ["17:00"]}
    place = gpd.GeoSeries([shapely.Point(2.26, 48.82)], crs=4326).to_crs(LAMBERT)
    gpd.GeoDataFrame(table, geometry=place).to_file(tmp_path / "haltes.gpkg")
    visits = read_calendar(tmp_path / "haltes.gpkg", crs=LAMBERT, near=HAUTS_DE_SEINE)
    assert visits["place_id"].tolist() == ["CARAVANE@48.82000_2.26000"]


def test_three_hours_by_the_clock_are_two_in_march_and_four_in_october() -> None:
    assert hours(visits_of("clock_changes.csv")) == [2.0, 4.0, 3.0]


def test_times_of_the_day_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    for clock in ("24:01", "12:60", "12:", "midi", "-1:00"):
        text = (CALENDARS / "good.csv").read_text(encoding="utf-8").replace("24:00", clock)
        (tmp_path / "haltes.csv").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="heure illisible"):
            read_calendar(tmp_path / "haltes.csv", crs=LAMBERT)


def test_only_the_visits_of_the_period_are_kept() -> None:
    first_week = Period(date(2025, 2, 3), date(2025, 2, 9))
    assert len(visits_of("good.csv", period=first_week)) == 2


def test_a_unit_may_leave_a_place_when_it_reaches_the_next_and_be_twice_at_one_place() -> None:
    assert len(visits_of("one_place_after_the_other.csv")) == 3


def test_a_unit_is_the_same_whatever_its_capitals_and_accents(tmp_path: Path) -> None:
    text = (CALENDARS / "two_places_at_once.csv").read_text(encoding="utf-8").replace("Caravane,gare", "CARAVANÉ,gare")
    (tmp_path / "haltes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="en deux endroits à la fois"):
        read_calendar(tmp_path / "haltes.csv", crs=LAMBERT)


def test_the_visits_of_a_unit_at_one_place_share_one_row_of_services() -> None:
    visits = visits_of("one_place_after_the_other.csv")
    places = visit_places(visits)
    assert len(places) == 2
    assert set(places["service_id"]) == set(visits["place_id"])
    assert places["kind"].eq("mobile").all()
    assert list(places.columns) == [*SERVICES.required, *SERVICES.optional, "geometry"]
    check_table(places, SERVICES, where="haltes")


def test_the_intervals_of_visits_go_with_those_of_fixed_services() -> None:
    visits = visits_of("good.csv")
    intervals = visit_intervals(visits)
    fixed = opening_intervals(pd.DataFrame({"service_id": ["a"], "opening_hours": ["Mo 09:00-12:00"]}), FEBRUARY)
    assert intervals.dtypes.to_dict() == fixed.dtypes.to_dict()
    assert intervals["service_id"].tolist() == visits["place_id"].tolist()


def test_a_recurrence_keeps_its_clock_through_the_change_its_exceptions_and_its_moved_day() -> None:
    visits = visits_of("recurring.ics")
    caravane = visits[visits["unit"] == "Caravane solidaire"]
    assert clocks(caravane[caravane["name"] == "Marché"]) == [
        "03-20 10:00/17:00",
        "03-27 11:00/15:00",
        "04-10 10:00/17:00",
    ]
    assert [f"{moment:%z}" for moment in caravane["starts_at"]] == ["+0100", "+0100", "+0100", "+0200"]
    assert caravane["place_id"].nunique() == 3


def test_a_time_in_utc_is_converted_and_a_time_without_zone_is_french() -> None:
    visits = visits_of("recurring.ics").set_index("name")
    assert f"{visits.loc['Gare', 'starts_at']:%H:%M}" == "10:00"
    assert f"{visits.loc['Mairie', 'starts_at']:%H:%M}" == "09:00"


def test_a_category_names_the_unit_and_a_location_may_hold_the_coordinates() -> None:
    visits = visits_of("recurring.ics").set_index("name").to_crs(4326)
    assert visits.loc["Gare", "unit"] == "Bus Santé"
    assert (visits.loc["Gare"].geometry.x, visits.loc["Gare"].geometry.y) == pytest.approx((2.30, 48.75))
    assert visits.loc["Mairie"].geometry.y == pytest.approx(48.90)


def test_a_cancelled_event_is_left_out() -> None:
    assert "Annulée" not in set(visits_of("recurring.ics")["name"])
    assert "aucune halte" in refusal("only_cancelled.ics")


def test_a_recurrence_without_end_is_laid_out_over_the_period_asked_for() -> None:
    visits = visits_of("recurrence_without_end.ics", period=Period(date(2030, 3, 1), date(2030, 3, 31)))
    assert clocks(visits) == [f"03-{day:02d} 10:00/17:00" for day in (1, 8, 15, 22, 29)]


def test_a_recurrence_without_end_is_refused_without_a_period() -> None:
    message = refusal("recurrence_without_end.ics")
    assert "n'a pas de fin" in message
    assert "Marché" in message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ends_before_it_starts.csv", ["finit avant de commencer", "ligne 2", "place du Marché"]),
        ("two_places_at_once.csv", ["en deux endroits à la fois", "Caravane", "ligne 2", "ligne 3"]),
        ("written_twice.csv", ["écrite deux fois", "ligne 3"]),
        ("same_visit_id.csv", ["« visit_id » n'est pas unique", "valeurs a"]),
        ("columns_missing.csv", ["« unit » manque", "« lon » et « lat » manquent", "Vouliez-vous dire « unitte »"]),
        ("swapped_lon_lat.csv", ["interverties", "ligne 2"]),
        ("swapped_geo.ics", ["interverties", "évènement « Marché » du 2026-03-24"]),
        ("in_marseille.csv", ["à plus de 200 km", "Vieux-Port"]),
        ("in_metres.csv", ["ne sont pas des degrés", "ligne 2"]),
        ("no_halt.csv", ["aucune halte"]),
        ("event_without_place.ics", ["pas de coordonnées", "évènement « Halte du parc »", "GEO"]),
        ("not_a_calendar.ics", ["illisible", "not_a_calendar.ics"]),
        ("truncated.ics", ["illisible"]),
        ("absent.ics", ["introuvable"]),
        ("absent.csv", ["introuvable"]),
    ],
)
def test_a_bad_calendar_is_refused_with_words_that_name_the_fault(name: str, words: list[str]) -> None:
    message = refusal(name)
    for word in words:
        assert word in message


def test_all_that_is_wrong_with_a_table_is_told_at_once() -> None:
    message = refusal("many_faults.csv")
    for word in (
        "date illisible",
        "04/31/2025",
        "heure illisible",
        "25:00",
        "pas de coordonnées",
        "mairie",
        "pas d'unité",
    ):
        assert word in message
    assert "finit avant de commencer" in message


def test_all_that_is_wrong_with_an_icalendar_is_told_at_once() -> None:
    message = refusal("many_faults.ics")
    for word in ("À rebours", "Sans heures", "Sans début", "Règle fausse", "GEO, RRULE"):
        assert word in message


def test_a_period_without_visit_is_refused_and_says_when_there_are() -> None:
    message = refusal("good.csv", period=Period(date(2026, 1, 1), date(2026, 1, 31)))
    assert "haltes du 2025-02-04 au 2025-02-11" in message


def test_the_example_says_of_each_visit_whether_it_is_known_or_invented() -> None:
    visits = read_calendar(EXAMPLE, crs=LAMBERT, near=HAUTS_DE_SEINE)
    assert visits["basis"].value_counts().to_dict() == {"exemple inventé": 16, "halte connue": 4}
    invented = visits[visits["basis"] == "exemple inventé"]
    assert invented["name"].str.startswith("Exemple inventé").all()
    assert (invented["starts_at"].dt.strftime("%Y-%m") == "2025-02").all()
    assert visits["position_basis"].ne("").all()
    assert visits["source"].ne("").all()


def test_the_known_visits_of_the_example_are_those_of_the_facts() -> None:
    known = read_calendar(EXAMPLE, crs=LAMBERT).query("basis == 'halte connue'")
    facts = (ROOT / "data" / "services" / "mobile_units.csv").read_text(encoding="utf-8")
    for day, source in zip(known["starts_at"].dt.strftime("%Y-%m-%d"), known["source"], strict=True):
        line = next(line for line in facts.splitlines() if day in line)
        assert source in line


def test_the_example_month_has_twenty_working_days_and_a_visit_of_seven_hours_on_one_of_them() -> None:
    weekdays = opening_intervals(
        pd.DataFrame({"service_id": ["a"], "opening_hours": ["Mo-Fr 09:00-17:00"]}),
        FEBRUARY,
    )
    assert len(weekdays) == 20
    visits = read_calendar(EXAMPLE, crs=LAMBERT, period=FEBRUARY)
    suresnes = visits[visits["name"].str.endswith("Suresnes")]
    assert hours(suresnes) == [7.0]


@pytest.mark.parametrize("clock", ["8:5", "25:00", "24:01", "8", "08:30:15", "8:60", "-1:00", "٠٨:٣٠"])
def test_a_time_that_no_clock_shows_is_refused(tmp_path: Path, clock: str) -> None:
    (tmp_path / "haltes.csv").write_text(
        f"unit,stop,lon,lat,date,start,end\nBus,place,2.25,48.83,2025-02-04,{clock},18:00\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="heure illisible ou vide"):
        read_calendar(tmp_path / "haltes.csv", crs=LAMBERT)


def test_a_visit_dated_with_a_digit_too_many_is_refused(tmp_path: Path) -> None:
    (tmp_path / "haltes.csv").write_text(
        "unit,stop,lon,lat,date,start,end\nBus,place,2.25,48.83,2025-02-041,10:00,18:00\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="date illisible"):
        read_calendar(tmp_path / "haltes.csv", crs=LAMBERT)


def calendar_lines(rows: list[tuple[str, int, int]]) -> list[str]:
    """The lines of a calendar: place, first and last minute of the day."""
    lines = ["unit,place,lon,lat,date,start,end"]
    for place, first, last in rows:
        clocks = [f"{minute // 60:02}:{minute % 60:02}" for minute in (first, last)]
        lines.append(f"Bus,{place},2.2{place},48.83,2025-02-04,{','.join(clocks)}")
    return lines


@pytest.mark.parametrize("seed", range(30))
def test_an_overlap_is_refused_exactly_where_two_visits_of_a_unit_share_a_minute_in_two_places(
    tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    starts = random.sample(range(0, 1200, 10), 5)
    rows = [(str(random.randint(1, 3)), first, first + random.choice([10, 60, 240])) for first in starts]
    overlaps = any(
        one[0] != other[0] and one[1] < other[2] and other[1] < one[2] for one in rows for other in rows if one != other
    )
    file = tmp_path / "haltes.csv"
    file.write_text("\n".join(calendar_lines(rows)), encoding="utf-8")
    if overlaps:
        with pytest.raises(InputError, match="deux endroits à la fois"):
            read_calendar(file, crs=LAMBERT)
    else:
        assert len(read_calendar(file, crs=LAMBERT)) == 5


@pytest.mark.slow
def test_twenty_thousand_visits_at_once_are_refused_in_seconds(tmp_path: Path) -> None:
    file = tmp_path / "haltes.csv"
    file.write_text("\n".join(calendar_lines([(str(i % 999), 600, 660) for i in range(20_000)])), encoding="utf-8")
    begin = time.process_time()
    with pytest.raises(InputError, match="deux endroits à la fois"):
        read_calendar(file, crs=LAMBERT)
    assert time.process_time() - begin < 10


def test_a_calendar_of_too_many_events_or_lines_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icalendar_files, "Calendar", None)
    file = tmp_path / "haltes.ics"
    file.write_text("BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nEND:VEVENT\n" * 20_001 + "END:VCALENDAR\n", encoding="utf-8")
    with pytest.raises(InputError, match="trop de haltes"):
        read_calendar(file, crs=LAMBERT)
    file.write_text("BEGIN:VCALENDAR\n" + "A:\n" * 300_001 + "END:VCALENDAR\n", encoding="utf-8")
    with pytest.raises(InputError, match="trop grand"):
        read_calendar(file, crs=LAMBERT)


def test_a_recurrence_that_fits_no_day_is_refused_by_its_rule(tmp_path: Path) -> None:
    file = tmp_path / "haltes.ics"
    file.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nSUMMARY:Gare\nGEO:48.82;2.25\n"
        "DTSTART:20250204T100000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\nEND:VCALENDAR\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="ne tombe aucun jour") as refused:
        read_calendar(file, crs=LAMBERT, period=FEBRUARY)
    assert "Gare" in refused.value.faults[0].where
    assert "BYMONTHDAY=30" in refused.value.faults[0].where


def test_a_file_that_begins_otherwise_than_a_calendar_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "haltes.ics"
    file.write_text("BEGIN:VCALENDARZ\nEND:VCALENDARZ\n", encoding="utf-8")
    with pytest.raises(InputError, match="illisible"):
        read_calendar(file, crs=LAMBERT)
