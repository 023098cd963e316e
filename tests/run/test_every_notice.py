"""Each thing that a run survives or leaves out: what makes it, and where it is said (console, manifest, report)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pytest
import shapely

from access92.network.modes import read_modes
from access92.outputs.manifest import run_identity
from access92.outputs.report import make_dossier
from access92.outputs.report.doubtful import TOLD_ELSEWHERE, survived
from access92.outputs.report.page import page_html
from access92.outputs.words import notices as notice_words
from access92.outputs.words import omissions as omission_words
from access92.outputs.words.headlines import not_counted_lines
from access92.outputs.words.notices import notices_table
from access92.outputs.words.omissions import omission_lines
from access92.outputs.words.timetables import NOTICE_CODES
from access92.outputs.words.typography import typeset
from access92.run.check import StudyCheck, check_study
from access92.run.notices import advice_notices
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.scenarios.timetable_chain import unreachable_stops
from access92.sources.service_days import CalendarDay, day_notices
from access92.study.databases import ServerAddress
from access92.study.notices import Notice
from access92.study.omissions import Omission
from access92.study.read import read_study
from access92.study.timetable_changes import AddLine
from tests.bad_studies import write_whole_study
from tests.command_line import command
from tests.outputs.synthetic import make_results
from tests.toy_study import lon_lat

TESTS = Path(__file__).resolve().parents[1]

OF_THE_STUDY = {
    "crossing_cut_off", "margin_beyond_streets", "name_unprinted", "oneway_unknown",
    "people_outside_areas", "people_unsnapped", "restriction_incomplete", "service_not_asked", "service_not_valid",
    "service_outside_streets", "service_planned", "service_unsnapped", "service_without_hours",
    "service_without_position", "street_incomplete", "street_island", "street_km_missing", "turn_conditional",
    "turn_unclear", "turn_unknown", "visit_outside_period", "visit_unsnapped",
}  # fmt: skip
"""What one toy study, spoilt in every way that leaves it a study, does not count."""

NOTICES_OF_THE_STUDY = {
    "areas_read", "candidates_unused", "chosen_on_demo", "demand_unsnapped", "hours_unknown", "margin_too_narrow",
    "partial_weeks", "population_placed", "population_read", "sector_unknown", "service_uncounted", "service_unsnapped",
    "service_without_sector", "shared_closure", "streets_closed", "streets_cut_off", "streets_read", "tables_read",
}  # fmt: skip

UNSEEN = {"visit_without_doors", "turn_missing"}
"""Omissions whose words are tested here, and that no test makes."""


def spoil(folder: Path) -> Path:
    """The whole toy study, with one thing of each kind that does not count."""
    file = write_whole_study(folder)
    text = file.read_text(encoding="utf-8").replace('assumed_hours = "Mo-Fr 09:00-12:00"\n', "")
    text = text.replace("last_day = 2025-02-09", "last_day = 2025-02-10")
    text = text.replace("cutoff_min = 60", "cutoff_min = 60\nmax_snap_m = 40").replace(
        "[streets]", "[streets]\nmargin_m = 900"
    )
    text += """
[map]
candidates_m = 200
[[scenario]]
name = "ferme"
title = "Un service de moins, une rue fermée"
based_on = "tous"
mobile = true
chosen_on_demo = true
[[scenario.change]]
kind = "remove_service"
service_id = "S3"
[[scenario.change]]
kind = "close_street"
polygon = POLYGON
"""
    polygon = [list(lon_lat(*at)) for at in ((3.2, 2.9), (3.8, 2.9), (3.8, 3.1), (3.2, 3.1))]
    file.write_text(text.replace("POLYGON", str(polygon)), encoding="utf-8")

    rows = (folder / "services.csv").read_text(encoding="utf-8").splitlines()
    names = rows[0].split(",")
    here, off, twin = (",".join(map(str, lon_lat(*place))) for place in ((1, 1), (2, 9.6), (2, 3)))
    more = [
        {"service_id": "S4", "kind": "sst", "name": "Sans lieu"},
        {"service_id": "S5", "kind": "pmi", "name": "Au loin", "place": "2.5,48.82"},
        {"service_id": "S6", "kind": "mdph", "name": "Non demandée 日", "place": here},
        {"service_id": "S7", "kind": "pmi", "name": "Hors des rues", "place": off},
        {"service_id": "S8", "kind": "pmi", "name": "Jumeau", "place": twin},
        {"service_id": "S9", "kind": "sst", "name": "Plus tard", "place": here, "valid_from": "2030-01-01"},
        {"service_id": "S10", "kind": "sst", "name": "Annoncé", "place": here, "status": "planned"},
    ]
    lines = [f"{rows[0]},status", *(f"{row},open" for row in rows[1:])]
    for row in more:
        row["lon"], row["lat"] = row.get("place", ",").split(",")
        lines.append(",".join([*(row.get(name, "") for name in names), row.get("status", "open")]))
    (folder / "services.csv").write_text("Services de l'essai\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    with (folder / "people.csv").open("a", encoding="utf-8") as table:
        table.write("2.6,48.9,100\n")
    with (folder / "halts.csv").open("a", encoding="utf-8") as table:
        table.write("Bus,Plus tard,2.251,48.822,2025-03-04,10:00,12:00\n")
        table.write(f"Bus,Dans les champs,{off},2025-02-04,14:00,15:00\n")

    # an outline with a spike is repaired
    areas = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))
    ring = areas["features"][0]["geometry"]["coordinates"][0]
    ring.insert(1, [ring[0][0], ring[0][1] - 0.001])
    ring.insert(2, ring[0])
    (folder / "areas.geojson").write_text(json.dumps(areas), encoding="utf-8")

    # an island of 600 m, a street of unknown direction, one with a node that the file lacks, turn restrictions
    nodes = [f"<node id='{900 + at}' lon='{lon_lat(at, 5.6)[0]}' lat='{lon_lat(at, 5.6)[1]}'/>" for at in range(7)]
    refs = "".join(f"<nd ref='{900 + at}'/>" for at in range(7))
    streets = [
        f"<way id='901'>{refs}<tag k='highway' v='residential'/></way>",
        "<way id='902'><nd ref='1'/><nd ref='8'/><tag k='highway' v='residential'/>"
        "<tag k='oneway' v='peut-être'/><tag k='access:conditional' v='no @ (09:00-11:00)'/></way>",
        "<way id='903'><nd ref='2'/><nd ref='9'/><nd ref='9999'/><tag k='highway' v='residential'/></way>",
    ]
    restrictions = [
        f"<relation id='{number}'><member type='way' ref='{of[0]}' role='from'/>"
        f"<member type='node' ref='{of[1]}' role='via'/><member type='way' ref='{of[2]}' role='to'/>"
        f"<tag k='type' v='restriction'/><tag k='{key}' v='{value}'/></relation>"
        for number, of, key, value in (
            (11, (1, 1, 7), "restriction", "no_magic"),
            (12, (1, 1, 7), "restriction:conditional", "no_left_turn @ (Mo-Fr 07:00-09:00)"),
            (13, (1, 1, 7777), "restriction", "no_left_turn"),
            (14, (1, 15, 7), "restriction", "no_left_turn"),
        )
    ]
    osm = (folder / "streets.osm").read_text(encoding="utf-8")
    first = osm.index("<way ")
    parts = [osm[:first], *nodes, osm[first:].replace("</osm>", ""), *streets, *restrictions, "</osm>"]
    (folder / "streets.osm").write_text("\n".join(parts), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return spoil(tmp_path_factory.mktemp("spoilt"))


@pytest.fixture(scope="module")
def checked(file: Path) -> StudyCheck:
    return check_study(read_study(file))


@pytest.fixture(scope="module")
def results(file: Path) -> Results:
    return run_study(read_study(file))


def test_one_spoilt_study_makes_what_it_should_and_says_so_everywhere(
    file: Path,
    checked: StudyCheck,
    results: Results,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {item.code for item in results.omissions} == OF_THE_STUDY
    assert {item.code for item in results.notices} == NOTICES_OF_THE_STUDY
    assert checked.omissions == results.omissions
    assert command("check", str(file), monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    for line in not_counted_lines(results.study, results.omissions, results.modes):
        assert line in said.out
    assert "Conseil : La clé [map] candidates_m" in said.err
    identity = run_identity(results)
    assert {item["code"] for item in identity["omissions"]} == OF_THE_STUDY
    assert len(identity["notices"]) == len(results.notices)


def named_in_tests(code: str) -> bool:
    own = {Path(__file__).name, "test_notices.py", "test_omissions.py", "synthetic.py"}
    return any(
        re.search(rf"\b{code}\b", path.read_text(encoding="utf-8"))
        for path in TESTS.rglob("*.py")
        if path.name not in own
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("codes", "made", "unseen"),
    [
        (set(omission_words._WORDS), OF_THE_STUDY | {"line_stop_off_street"}, UNSEEN),
        (set(notice_words._WORDS), NOTICES_OF_THE_STUDY | {"password_in_study", "demo_mornings"}, set()),
    ],
    ids=["omissions", "notices"],
)
def test_each_kind_is_made_by_the_spoilt_study_or_by_a_test_of_its_own(
    codes: set[str], made: set[str], unseen: set[str]
) -> None:
    assert made <= codes
    assert {code for code in codes - made if not named_in_tests(code)} == unseen


def test_the_mornings_of_the_demonstration_are_told() -> None:
    days = [CalendarDay(date(2025, 2, 3), None, (0, 3600), is_open=True)]
    assert [item.code for item in day_notices(days, is_demo=True)] == ["demo_mornings"]


def test_the_stops_of_a_new_line_far_from_streets_are_told() -> None:
    stops = [{"name": "Ici", "lon": 2.25, "lat": 48.82}, {"name": "Au loin", "lon": 2.35, "lat": 48.82}]
    line = AddLine.model_validate(
        {"kind": "add_line", "name": "N1", "stops": stops, "minutes": [5], "departures": ["08:00"]}
    )
    streets = gpd.GeoDataFrame(geometry=[shapely.LineString([(2.25, 48.82), (2.251, 48.82)])], crs=4326).to_crs(2154)
    state = SimpleNamespace(changes=(line,))
    (told,) = unreachable_stops({"s": state}, streets, max_snap_m=300)  # type: ignore[dict-item]
    assert (told.code, told.count, told.total, told.examples) == ("line_stop_off_street", 1, 2, ("N1 « Au loin »",))


def test_a_password_in_a_study_is_a_piece_of_advice(file: Path) -> None:
    study = read_study(file)
    services = study.services.model_copy(update={"file": ServerAddress("postgresql://u:secret@h/b"), "table": "t"})
    assert [item.code for item in advice_notices(study.model_copy(update={"services": services}))] == [
        "password_in_study", "candidates_unused",
    ]  # fmt: skip


def sample_omissions() -> Iterator[Omission]:
    for code in omission_words._WORDS:
        people = code.startswith(("people", "cell", "area", "margin"))
        yield Omission(
            code, 2, 8, population=12.0 if people else None, population_total=30.0 if people else None,
            examples=("Exemple",) if not people or code.startswith("area") else (),
        )  # fmt: skip


@pytest.mark.usefixtures("blank_pictures")
def test_every_omission_stands_on_the_console_in_the_manifest_and_on_the_first_page() -> None:
    omissions = tuple(sample_omissions())
    town = replace(make_results(), omissions=omissions)
    assert not {item.code for item in omissions} & NOTICE_CODES
    console = list(not_counted_lines(town.study, omissions, town.modes))
    first_page = html.unescape(re.split("<section ", page_html(make_dossier(town)))[1])
    in_manifest = {item["code"] for item in run_identity(town)["omissions"]}
    for item, line in zip(omissions, omission_lines(omissions, town.modes, {}, with_examples=False), strict=True):
        assert any(text.strip().startswith(typeset(omission_words._WORDS[item.code])) for text in console), item.code
        assert typeset(line).rstrip(".") in first_page, item.code
        assert item.code in in_manifest


SUBJECTS = {
    "service_uncounted": ("S1", "Nom", "closed", "2024-10-17"), "service_unsnapped": ("S1", "Nom", "walk"),
    "demand_unsnapped": ("walk",), "streets_cut_off": ("walk",), "margin_too_narrow": ("walk",),
    "ages_at_everybodys_pace": ("walk", "age_65"), "ride_hours_unknown": ("{scenario}", "walk"),
    "streets_closed": ("{scenario}",), "shared_closure": ("{scenario}", "A", "B"), "sector_unknown": ("{area}",),
    "area_disputed": ("{area}", "A", "B"), "population_layout": ("grid", "ind", "", "EPSG:3035"),
    "population_placed": ("points", ""), "public_total": ("Titre", "persons"),
    "service_day_stands_in": ("feed", "2025-01-01", "2025-01-02"), "sector_incomplete": ("S1", "Nom", "note"),
}  # fmt: skip
NUMBERS = (
    "streets", "days", "of", "services", "fixed_services", "person_hours", "person_hours_unknown", "hours", "first_h",
    "last_h", "max_snap_m", "snap_m", "points", "nodes", "length_km", "cut_off_nodes", "cut_off_length_km", "margin_m",
    "threshold_min", "reach_m", "step", "cell_m", "rescaled", "squares", "persons", "side_m", "densest_per_km2",
    "counted", "in_file", "without_street",
)  # fmt: skip


def test_every_notice_stands_in_the_manifest_in_its_table_and_in_the_report() -> None:
    town = make_results(changes=True)
    area, scenario = str(town.areas["area_id"].iloc[0]), town.scenarios[0].name
    commitment = town.study.commitments[0].name if town.study.commitments else ""
    notices = []
    for code in notice_words._WORDS:
        if code == "empty_step" and not commitment:
            continue
        subject = SUBJECTS.get(code, ("a", "b"))
        subject = ("a", commitment) if code == "empty_step" else subject
        texts = tuple(text.format(scenario=scenario, area=area) for text in subject)
        notices.append(Notice(code, texts, dict.fromkeys(NUMBERS, 1.0), 5.0))
    modes = {**town.modes, "walk": town.modes.get("walk", read_modes()["walk"])}
    town = replace(town, notices=tuple(notices), modes=modes)
    table = notices_table(town)
    assert table["detail"].ne("").all()
    assert len(run_identity(town)["notices"]) == len(table) == len(notices)
    assert len(survived(town).rows) == sum(item.code not in TOLD_ELSEWHERE for item in notices)
