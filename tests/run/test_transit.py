"""A whole study by public transport: figures known on paper, what holds whatever the streets, what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import access92
from access92.cli import app
from access92.errors import InputError
from access92.outputs import write_run
from access92.outputs.layout import file_in
from access92.outputs.words.transit import riding_words
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

TRANSIT = """[transit]
feeds = [{ file = "bus.zip", source = "Régie d'essai", licence = "Licence Ouverte" }]
day = 2024-10-15
window = ["08:00", "10:00"]
"""
STUDY = (
    GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "transit", "car"]').replace(
        "thresholds_min = [2, 5, 10]", "thresholds_min = [2, 5, 7]"
    )
    + """[[scenario]]
name = "coupe"
title = "Une rue coupée"
based_on = "tous"
[[scenario.change]]
kind = "close_street"
edge_ids = ["EDGE"]
[[public]]
name = "ages"
title = "Âgés"
column = "population"
walk_mode = "walk_senior"
"""
)
HEADWAY_MIN = 10


def write_bus(folder: Path, *, stops: dict[str, tuple[float, float]] | None = None, day: str = "20241015") -> Path:
    """A line between two corners of the town: every ten minutes, one minute of ride, both ways."""
    stops = stops or {"A": (0, 0), "B": (5, 5)}
    feed = folder / "bus"
    feed.mkdir(exist_ok=True)
    lines = ["stop_id,stop_name,stop_lat,stop_lon"]
    for name, (east, north) in stops.items():
        lon, lat = lon_lat(east, north)
        lines.append(f"{name},Arrêt {name},{lat},{lon}")
    times, trips = ["trip_id,stop_sequence,stop_id,arrival_time,departure_time"], ["route_id,service_id,trip_id"]
    names = list(stops)
    for way, ends in (("aller", names), ("retour", names[::-1])):
        for minute in range(7 * 60, 12 * 60, HEADWAY_MIN):
            trip = f"{way}{minute}"
            trips.append(f"R,S,{trip}")
            for nth, stop in enumerate(ends):
                at = f"{(minute + nth) // 60:02}:{(minute + nth) % 60:02}:00"
                times.append(f"{trip},{nth},{stop},{at},{at}")
    content = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "1,Régie,https://example.org,Europe/Paris"],
        "stops": lines,
        "routes": ["route_id,route_short_name,route_type", "R,12,3"],
        "trips": trips,
        "stop_times": times,
        "calendar_dates": ["service_id,date,exception_type", f"S,{day},1"],
    }
    with zipfile.ZipFile(folder / "bus.zip", "w") as archive:
        for name, rows in content.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), "\n".join(rows) + "\n")  # the same bytes at any hour
    return folder / "bus.zip"


def study_file(folder: Path, study: str = STUDY + TRANSIT) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    write_bus(folder)
    return write_toy_study(folder, study=without_closure(study))


def without_closure(study: str) -> str:
    """The scenario that cuts a street names it by what every street of the town is called: nothing; drop it."""
    head, _, rest = study.partition('[[scenario]]\nname = "coupe"')
    return head + "[[public]]" + rest.partition("[[public]]")[2] if rest else study


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> access92.Results:
    return access92.run_study(access92.read_study(study_file(tmp_path_factory.mktemp("bus"))))


def minutes(results: access92.Results, mode: str) -> np.ndarray:
    return results.travel_times[mode].minutes


def test_nobody_is_slower_by_public_transport_than_on_foot_and_some_are_faster(results: access92.Results) -> None:
    walk, transit = minutes(results, "walk"), minutes(results, "transit")
    assert (transit <= walk).all()
    assert (transit < walk).any()
    np.testing.assert_array_equal(np.isnan(transit), np.isnan(walk))


def test_from_one_end_of_the_line_to_the_other_takes_the_median_wait_and_the_ride(tmp_path: Path) -> None:
    file = study_file(tmp_path)
    lon, lat = lon_lat(5, 5)
    people = tmp_path / "people.csv"
    people.write_text(f"lon,lat,population\n{lon},{lat},10\n", encoding="utf-8")
    results = access92.run_study(access92.read_study(file))
    # buses leave on the round ten minutes; 60 s before each: of ten minutes the waits are 1 to 10, the fifth is 5
    at_service = list(results.services["service_id"]).index("S1")
    assert minutes(results, "transit")[at_service].tolist() == pytest.approx([5.0 + 1.0], abs=0.05)
    assert minutes(results, "walk")[at_service][0] > 10


def test_a_public_with_its_own_walk_rides_at_its_own_pace(results: access92.Results) -> None:
    assert list(results.modes) == ["walk", "transit", "car", "walk_senior", "transit_senior"]
    slower, adult = minutes(results, "transit_senior"), minutes(results, "transit")
    assert (slower >= adult).all()
    assert (slower > adult).any()
    assert (slower <= minutes(results, "walk_senior")).all()
    ages = next(public for public in results.publics if public.name == "ages")
    assert ages.modes == {"walk": "walk_senior", "transit": "transit_senior", "car": "car"}


def test_the_cache_and_the_company_of_other_scenarios_change_no_minute(
    results: access92.Results, tmp_path: Path
) -> None:
    study = access92.read_study(study_file(tmp_path))
    first = access92.run_study(study, cache_folder=tmp_path / "cache", scenarios=["sst"])
    again = access92.run_study(study, cache_folder=tmp_path / "cache")
    for mode in ("transit", "transit_senior"):
        np.testing.assert_array_equal(minutes(again, mode), minutes(results, mode))
        for scenario in ("tous", "sst"):
            np.testing.assert_array_equal(
                again.access(scenario, mode).travel_time_min, results.access(scenario, mode).travel_time_min
            )
        np.testing.assert_array_equal(
            first.access("sst", mode).travel_time_min, results.access("sst", mode).travel_time_min
        )


def test_a_closed_street_shortens_no_trip_by_public_transport(results: access92.Results, tmp_path: Path) -> None:
    edges = results.streets["edge_id"].astype(str)
    closed = ", ".join(f'"{name}"' for name in edges[::7])
    study = STUDY.replace('"EDGE"', closed) + TRANSIT
    tmp_path.mkdir(exist_ok=True)
    write_bus(tmp_path)
    cut = access92.run_study(access92.read_study(write_toy_study(tmp_path, study=study)))
    for mode in ("walk", "transit"):
        before, after = (cut.access(name, mode).travel_time_min for name in ("tous", "coupe"))
        reached = ~np.isnan(after)
        assert (after[reached] >= before[reached]).all()
    assert (cut.access("coupe", "transit").travel_time_min > cut.access("tous", "transit").travel_time_min).any()


def test_a_walking_speed_that_a_scenario_sets_holds_on_the_way_to_the_stop(tmp_path: Path) -> None:
    slow = '[[scenario]]\nname = "lent"\ntitle = "Lent"\nbased_on = "tous"\n'
    slow += '[[scenario.change]]\nkind = "set_speed"\nmode = "walk"\nspeed_kmh = 3.0\n'
    results = access92.run_study(access92.read_study(study_file(tmp_path, STUDY + slow + TRANSIT)))
    before, after = (results.access(name, "transit").travel_time_min for name in ("tous", "lent"))
    assert (after >= before).all()
    assert (after > before).any()


@pytest.mark.usefixtures("words_only")
def test_the_timetable_stands_on_every_output_and_among_the_inputs(results: access92.Results, tmp_path: Path) -> None:
    write_run(results, tmp_path / "out", overwrite=False)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["timetable"]["label"] == "Horaires : Régie d'essai"
    assert "horaires" in {item["role"] for item in manifest["inputs"]}
    for name in ("report.html", "map.html", "map_tous_transit.html"):
        text = file_in(tmp_path / "out", name).read_text(encoding="utf-8")
        text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        assert "Régie d'essai" in text, name
    text = file_in(tmp_path / "out", "map_tous_transit.html").read_text(encoding="utf-8")
    assert "Surfaces" in text
    assert "temps médian des départs de 8" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (TRANSIT, "", "n'a pas d'horaires"),
        ('"walk", "transit", "car"', '"walk", "car"', "aucun de ses modes ne prend"),
        ("day = 2024-10-15", "demo = true", "pas les deux"),
        ("day = 2024-10-15", "day = 2024-10-16", "2024"),
        ('file = "bus.zip"', 'file = "autobus.zip"', "autobus.zip"),
        ('["08:00", "10:00"]', '["10:00", "08:00"]', "window"),
        ('["08:00", "10:00"]', '["08:00:30", "10:00"]', "window"),
        ("day = 2024-10-15", "percentile = 0", "percentile"),
        ('["08:00", "10:00"]', '["18:00", "20:00"]', "Aucun véhicule ne part"),
        ("day = 2024-10-15", "day = 2024-10-15\nboarding_slack_s = 0", "boarding_slack_s"),
        ("day = 2024-10-15", "day = 2024-10-15\nmax_access_min = 0", "max_access_min"),
    ],
)
def test_what_cannot_be_ridden_is_refused_by_check_as_by_run(old: str, new: str, what: str, tmp_path: Path) -> None:
    study = without_closure(STUDY + TRANSIT)
    assert old in study
    file = study_file(tmp_path, study.replace(old, new))
    told = []
    for command in (["check", str(file)], ["run", str(file), "--output", str(tmp_path / "out")]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 3 or isinstance(done.exception, InputError), done.output
        told.append(str(done.exception) if isinstance(done.exception, InputError) else done.output)
        assert what in told[-1]
    assert told[0] == told[1]
    assert not (tmp_path / "out").exists()


def test_a_network_elsewhere_is_refused_as_nobody_would_ride(tmp_path: Path) -> None:
    file = study_file(tmp_path)
    write_bus(tmp_path, stops={"A": (4000, 0), "B": (4005, 5)})
    with pytest.raises(InputError, match="Aucun arrêt des horaires"):
        access92.run_study(access92.read_study(file))


@pytest.mark.parametrize("window", ['["06:30", "08:00"]', '["11:00", "12:30"]', '["18:00", "20:00"]'])
def test_the_demonstration_timetable_knows_the_morning_only(window: str, tmp_path: Path) -> None:
    demo = (
        f'[transit]\ndemo = true\ndemo_folder = "{Path("data/timetable").absolute().as_posix()}"\nwindow = {window}\n'
    )
    with pytest.raises(InputError, match="matinée"):
        access92.run_study(access92.read_study(study_file(tmp_path, without_closure(STUDY) + demo)))


def test_a_day_that_stands_for_another_is_said_beside_each_figure(tmp_path: Path) -> None:
    own_day = TRANSIT.replace('licence = "Licence Ouverte"', "day = 2024-10-15")
    other = own_day.replace("day = 2024-10-15\nwindow", "day = 2026-01-13\nwindow")
    results = access92.run_study(access92.read_study(study_file(tmp_path, without_closure(STUDY) + other)))
    words = riding_words(results).replace("\N{NO-BREAK SPACE}", " ")
    assert "mardi 13 janvier 2026" in words
    assert "bus du mardi 15 octobre 2024" in words


def test_a_demonstration_timetable_has_no_sunday(tmp_path: Path) -> None:
    demo = f'[transit]\ndemo = true\ndemo_folder = "{Path("data/timetable").absolute().as_posix()}"\nday = 2024-10-13\n'
    with pytest.raises(InputError, match="jour de semaine"):
        access92.run_study(access92.read_study(study_file(tmp_path, without_closure(STUDY) + demo)))


def test_check_prints_the_sheet_of_each_feed(tmp_path: Path) -> None:
    whole = (STUDY + TRANSIT).replace("[streets]", "[streets]\nmargin_m = 0")  # streets end with the areas
    done = CliRunner().invoke(app, ["check", str(study_file(tmp_path, whole))])
    assert done.exit_code == 0, done.output
    assert "Horaires « bus » (bus.zip)" in done.output.replace("\N{NO-BREAK SPACE}", " ")
    assert "60 courses" in done.output.replace("\N{NO-BREAK SPACE}", " ")
    assert "Rien n\N{RIGHT SINGLE QUOTATION MARK}a été écarté" in done.output


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_what_a_feed_loses_is_counted_on_the_console(tmp_path: Path) -> None:
    file = study_file(tmp_path)
    with zipfile.ZipFile(tmp_path / "bus.zip") as archive:
        content = {name: archive.read(name).decode() for name in archive.namelist()}
    content["stop_times.txt"] = content["stop_times.txt"].replace(
        "aller600,1,B,10:01:00,10:01:00", "aller600,1,B,09:01:00,09:01:00"
    )
    with zipfile.ZipFile(tmp_path / "bus.zip", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    done = CliRunner().invoke(app, ["run", str(file), "--output", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "1 sur 60 (aller600)" in done.output.replace("\N{NO-BREAK SPACE}", " ")


def test_stops_whose_degrees_are_swapped_are_told_as_such(tmp_path: Path) -> None:
    file = study_file(tmp_path, without_closure(STUDY) + TRANSIT)
    with zipfile.ZipFile(tmp_path / "bus.zip") as archive:
        content = {name: archive.read(name).decode() for name in archive.namelist()}
    content["stops.txt"] = content["stops.txt"].replace("stop_lat,stop_lon", "stop_lon,stop_lat")
    with zipfile.ZipFile(tmp_path / "bus.zip", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    with pytest.raises(InputError, match="semblent interverties"):
        access92.check_study(access92.read_study(file))
