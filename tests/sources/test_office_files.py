"""Files as offices and other tools leave them: without a CRS, of several layers, with names cut or mistyped."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import CRS

from access92._clock import Period
from access92.errors import InputError
from access92.run.check import StudyCheck, check_study
from access92.sources.icalendar_files import read_events
from access92.sources.table_heads import read_head
from access92.sources.visits import read_calendar_whole
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, write_toy_study

LAMBERT = "Lambert-93 (EPSG:2154)"


def places_of(folder: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(folder / "services.csv", dtype=str, keep_default_na=False)
    points = gpd.points_from_xy(table.pop("lon").astype(float), table.pop("lat").astype(float))
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def checked(folder: Path, edit: Callable[[Path, gpd.GeoDataFrame], None], **renamed: str) -> StudyCheck:
    """The check of the toy study, its files edited; ``renamed``: the lines of ``file`` and what stands for them."""
    text = GOOD_STUDY
    folder.mkdir(exist_ok=True)
    for name, line in renamed.items():
        assert f'file = "{name}.' in text
        start = text.index(f'file = "{name}.')
        text = text[:start] + line + text[text.index("\n", start) :]
    file = write_toy_study(folder, study=text)
    edit(folder, places_of(folder))
    return check_study(read_study(file))


def without_crs(table: gpd.GeoDataFrame, file: Path) -> None:
    content = json.loads(table.to_json())
    content.pop("crs", None)
    file.write_text(json.dumps(content), encoding="utf-8")


def test_metres_without_a_crs_are_refused_with_the_system_that_the_numbers_tell(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        checked(
            tmp_path, lambda folder, table: without_crs(table.to_crs(2154), folder / "s.geojson"),
            services='file = "s.geojson"',
        )  # fmt: skip
    assert LAMBERT in str(refused.value)

    def metres(folder: Path, table: gpd.GeoDataFrame) -> None:
        metric = table.to_crs(2154)
        plain = pd.DataFrame(metric.drop(columns="geometry")).assign(lon=metric.geometry.x, lat=metric.geometry.y)
        plain.to_csv(folder / "services.csv", index=False)

    with pytest.raises(InputError) as refused:
        checked(tmp_path, metres)
    assert LAMBERT in str(refused.value)
    assert refused.value.exit_code == 3


def test_a_system_that_is_no_place_on_earth_is_refused_with_the_likely_one(tmp_path: Path) -> None:
    local = 'LOCAL_CS["Undefined Cartesian SRS",UNIT["Meter",1]]'
    with pytest.raises(InputError) as refused:
        checked(
            tmp_path,
            lambda folder, table: table.to_crs(2154).set_crs(local, allow_override=True).to_file(folder / "s.gpkg"),
            services='file = "s.gpkg"',
        )
    assert "inconnu" in str(refused.value)
    assert LAMBERT in str(refused.value)


def two_layers(folder: Path, table: gpd.GeoDataFrame) -> None:
    table.iloc[:1].to_file(folder / "s.gpkg", layer="ancien")
    table.to_file(folder / "s.gpkg", layer="services")


def test_of_several_layers_one_must_be_named_and_is_the_one_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="plusieurs couches") as refused:
        checked(tmp_path, two_layers, services='file = "s.gpkg"')
    assert "ancien, services" in str(refused.value)
    counts = checked(tmp_path, two_layers, services='file = "s.gpkg"\nlayer = "services"').counts
    assert counts["services connus"] == 3
    with pytest.raises(InputError, match="pas de couche « servises »") as refused:
        checked(tmp_path, two_layers, services='file = "s.gpkg"\nlayer = "servises"')
    assert "« services »" in str(refused.value)


@pytest.mark.slow
def test_people_and_areas_are_read_from_their_own_layer(tmp_path: Path) -> None:
    def layers(folder: Path, _: gpd.GeoDataFrame) -> None:
        areas = gpd.read_file(folder / "areas.geojson")
        people = pd.read_csv(folder / "people.csv")
        points = gpd.points_from_xy(people.pop("lon"), people.pop("lat"))
        gpd.GeoDataFrame(people, geometry=points, crs=4326).to_file(folder / "tout.gpkg", layer="gens")
        areas.to_file(folder / "tout.gpkg", layer="zones")

    plain = checked(tmp_path / "plain", lambda *_: None).counts
    named = checked(
        tmp_path / "named",
        layers,
        areas='file = "tout.gpkg"\nlayer = "zones"',
        people='file = "tout.gpkg"\nlayer = "gens"',
    ).counts
    assert named == plain


def test_a_name_that_a_shapefile_cuts_is_recognised(tmp_path: Path) -> None:
    def cut(folder: Path, table: gpd.GeoDataFrame) -> None:
        table.assign(communes_served=["Ouest", "", ""]).rename(columns=lambda name: name[:10]).to_file(folder / "s.shp")

    sectors = checked(tmp_path, cut, services='file = "s.shp"')
    assert not any(item.code == "column_unread" for item in sectors.omissions)


def test_a_column_mistyped_is_said_because_it_is_not_read(tmp_path: Path) -> None:
    def mistyped(folder: Path, _: gpd.GeoDataFrame) -> None:
        plain = pd.read_csv(folder / "services.csv", dtype=str, keep_default_na=False)
        columns = [name for name in plain.columns if name != "valid_to"]
        plain[columns].assign(valid_too="2023-01-01", remarques="").to_csv(folder / "services.csv", index=False)

    (unread,) = [item for item in checked(tmp_path, mistyped).omissions if item.code == "column_unread"]
    assert unread.examples == ("« valid_too » (valid_to ?)",)


@pytest.mark.parametrize(
    ("until", "visits", "zone"),
    [
        ("20250401", 5, ";TZID=Europe/Paris"),
        ("20250401", 5, ""),
        ("20250331", 4, ""),
        ("20250401T080000Z", 5, ";TZID=Europe/Paris"),  # RFC 5545: the end has a zone where the start has one
        ("20250401T075959Z", 4, ";TZID=Europe/Paris"),
    ],
)
def test_a_repetition_until_a_day_has_the_visit_of_that_day(tmp_path: Path, until: str, visits: int, zone: str) -> None:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:essai", "BEGIN:VEVENT", "UID:1", "SUMMARY:Bus", "GEO:48.8;2.25",
        f"DTSTART{zone}:20250304T100000", f"DTEND{zone}:20250304T120000", f"RRULE:FREQ=WEEKLY;UNTIL={until}",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    file = tmp_path / "bus.ics"
    file.write_bytes("\r\n".join([*lines, ""]).encode())
    assert len(read_events(file, where="bus.ics", period=Period(date(2025, 3, 1), date(2025, 4, 30)))) == visits


_OTHER_FILE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Zone A
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0200
TZOFFSETTO:+0200
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
SUMMARY:Bus
GEO:48.8;2.25
DTSTART;TZID=Zone A:20250304T100000
DURATION:PT1H
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("lines", "zones"),
    [
        ("DTSTART;TZID=Mars/X:20250304T100000\nDTEND;TZID=Mars/X:20250304T120000", "Mars/X"),
        ("DTSTART:20250304T100000Z\nDURATION:PT1H\nEXDATE;TZID=Zone A:20250305T100000", "Zone A"),
        ("DTSTART;TZID=Romance Standard Time:20250304T100000\nDURATION:PT1H", ""),  # of Outlook
        ("DTSTART;TZID=Zone A:20250304T100000\nDURATION:PT1H\nEND:VEVENT\nBEGIN:VTIMEZONE\nTZID:Zone A\nBEGIN:STANDARD"
         "\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE", ""),
    ],
)  # fmt: skip
def test_a_zone_that_nothing_defines_is_refused_by_its_name(tmp_path: Path, lines: str, zones: str) -> None:
    end = "" if "VTIMEZONE" in lines else "END:VEVENT\n"
    text = (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:Bus\nGEO:48.8;2.25\n{lines}\n{end}END:VCALENDAR\n"
    )
    (tmp_path / "bus.ics").write_text(text, encoding="utf-8", newline="\r\n")
    (tmp_path / "other.ics").write_text(_OTHER_FILE, encoding="utf-8", newline="\r\n")
    read_events(tmp_path / "other.ics", where="other.ics")  # what another file defines is nothing to this one
    if not zones:
        assert len(read_events(tmp_path / "bus.ics", where="bus.ics")) == 1
        return
    with pytest.raises(InputError, match=f"fuseau horaire inconnu[^µ]*TZID {zones}"):
        read_events(tmp_path / "bus.ics", where="bus.ics")


@pytest.mark.parametrize("name", ["s.csv", "s.parquet", "s.ics"])
def test_a_layer_or_sheet_of_a_file_that_has_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="n'a ni couche ni feuille : « Feuil2 »"):
        read_calendar_whole(tmp_path / name, crs=CRS.from_epsg(2154), layer="Feuil2")
    if not name.endswith("ics"):
        assert read_head(tmp_path / name, where=name, layer="Feuil2") is None  # its reader says why
