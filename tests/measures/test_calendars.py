"""A study with a calendar: hours of halts and of fixed services, from the study file to the CSV."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from access92.errors import InputError
from access92.outputs import write_run
from access92.outputs.words.notices import notices_table
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

CALENDAR = """
[calendar]
file = "haltes.csv"
first_day = 2025-02-03
last_day = 2025-02-09
is_example = true
moments = [2025-02-04T10:00:00, 2025-02-08T10:00:00]
"""
LON, LAT = lon_lat(5, 0)
HALT = f"unit,stop,lon,lat,date,start,end\nBus,Place,{LON},{LAT},2025-02-04,09:30,16:30\n"


def run(folder: Path, *, calendar: str = CALENDAR, more: str = "", halts: str = HALT, mobile: bool = True) -> Results:
    folder.mkdir(parents=True, exist_ok=True)
    scenario = f'\n[[scenario]]\nname = "bus"\ntitle = "Bus"\nbased_on = "sst"\nmobile = {str(mobile).lower()}\n'
    file = write_toy_study(folder, study=GOOD_STUDY + scenario + more + calendar)
    (folder / "haltes.csv").write_text(halts, encoding="utf-8")
    return run_study(read_study(file))


def total_hours(results: Results) -> pd.DataFrame:
    return results.hour_tables.hours.query("area_id == 'total'").set_index("scenario")


def test_a_halt_of_seven_hours_counts_seven_hours_and_never_covered(tmp_path: Path) -> None:
    results = run(tmp_path)
    hours = total_hours(results)
    assert hours.loc["sst", "person_hours"] == 0  # no hours are known, none are assumed: never open
    reached = hours.loc["bus", "population"] - hours.loc["bus", "population_without"]
    assert reached > 0
    assert hours.loc["bus", "person_hours"] == pytest.approx(7 * reached)
    coverage = results.coverage.query("area_id == 'total' and mode == 'walk' and rule == 'any' and threshold_min == 5")
    covered = coverage.set_index("scenario")["population_covered"]
    assert covered["bus"] == covered["sst"]


def test_a_minimal_visit_shortens_the_halt(tmp_path: Path) -> None:
    results = run(tmp_path, calendar=CALENDAR + "minimal_visit_min = 30\n")
    hours = total_hours(results)
    reached = hours.loc["bus", "population"] - hours.loc["bus", "population_without"]
    assert hours.loc["bus", "person_hours"] == pytest.approx(6.5 * reached)


def test_a_service_open_day_and_night_counts_every_hour_of_the_week_for_whom_it_covers(tmp_path: Path) -> None:
    results = run(tmp_path, calendar=CALENDAR + 'minimal_visit_min = 30\nassumed_hours = "24/7"\n')
    hours = total_hours(results)
    reached = hours.loc["sst", "population"] - hours.loc["sst", "population_without"]
    assert hours.loc["sst", "person_hours"] == pytest.approx(168 * reached)


def test_assumed_hours_are_counted_and_told(tmp_path: Path) -> None:
    results = run(tmp_path, calendar=CALENDAR + 'assumed_hours = "Mo-Fr 09:00-12:00"\n')
    hours = total_hours(results)
    reached = hours.loc["sst", "population"] - hours.loc["sst", "population_without"]
    assert hours.loc["sst", "person_hours"] == pytest.approx(15 * reached)
    assert any("supposés ouverts" in text for text in notices_table(results)["detail"])


def test_coverage_at_a_moment_and_by_the_hour_of_the_week(tmp_path: Path) -> None:
    results = run(tmp_path)
    moments = results.hour_tables.moments.query("area_id == 'total' and scenario == 'bus'").set_index("moment")
    assert moments.loc["2025-02-04T10:00", "population_covered"] > 0
    assert moments.loc["2025-02-08T10:00", "population_covered"] == 0
    week = results.hour_tables.week.query("scenario == 'bus'")
    assert len(week) == 168
    open_hours = week[week["coverage_share"] > 0]
    assert set(open_hours["weekday"]) == {1}


def test_halts_are_added_and_removed_by_scenarios(tmp_path: Path) -> None:
    lon, lat = lon_lat(0, 5)
    added = (
        '\n[[scenario]]\nname = "plus"\ntitle = "Plus"\nbased_on = "bus"\n[[scenario.change]]\nkind = "add_stop"\n'
        f'stop_id = "neuf"\nunit = "Bus"\nlon = {lon}\nlat = {lat}\n'
        "date = 2025-02-05\nstart = 09:00:00\nend = 12:00:00\n"
    )
    back = '\n[[scenario]]\nname = "retour"\ntitle = "Retour"\nbased_on = "plus"\n'
    back += '[[scenario.change]]\nkind = "remove_stop"\n'
    hours = total_hours(run(tmp_path, more=added + back + 'stop_id = "neuf"\n'))
    assert hours.loc["plus", "person_hours"] > hours.loc["bus", "person_hours"]
    assert hours.loc["retour", "person_hours"] == hours.loc["bus", "person_hours"]


CLOSED = f"""
[[scenario]]
name = "ferme"
title = "Autour de la halte, des rues fermées"
based_on = "bus"
[[scenario.change]]
kind = "close_street"
polygon = [[{LON - 0.0009}, {LAT + 0.0002}], [{LON + 0.0009}, {LAT + 0.0002}], [{LON + 0.0009}, {LAT + 0.0009}],
           [{LON - 0.0009}, {LAT + 0.0009}]]
"""


def test_hours_are_those_of_the_streets_of_the_scenario(tmp_path: Path) -> None:
    folder = tmp_path / "together"
    together = run(folder, more=CLOSED)
    alone = run_study(read_study(folder / "study.toml"), scenarios=["ferme"])
    for table in ("hours", "week"):
        mine, other = (
            getattr(results.hour_tables, table).query("scenario == 'ferme'") for results in (together, alone)
        )
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), other.reset_index(drop=True))
    hours = total_hours(together)
    assert 0 < hours.loc["ferme", "person_hours"] < hours.loc["bus", "person_hours"]


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_the_tables_are_written(tmp_path: Path) -> None:
    written = {path.name for path in write_run(run(tmp_path), tmp_path / "out", overwrite=False)}
    assert {"person_hours.csv", "week.csv", "moments.csv"} <= written


CHANGE = '\n[[scenario]]\nname = "x"\ntitle = "x"\nbased_on = "bus"\n[[scenario.change]]\n'
ADD = (
    f'kind = "add_stop"\nstop_id = "n"\nunit = "Bus"\nlon = 2.251\nlat = {LAT}\n'
    "date = 2025-02-04\nstart = 10:00:00\nend = 11:00:00\n"
)
SLIP = 'kind = "remove_stop"\nstop_id = "BUS-20250310-0930"\n'
REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "an_unknown_stop": ({"more": CHANGE + 'kind = "remove_stop"\nstop_id = "zzz"\n'}, "inconnue"),
    "two_places_at_once": ({"more": CHANGE + ADD}, "deux endroits à la fois"),
    "two_places_at_once_in_other_letters": ({"more": CHANGE + ADD.replace("Bus", " BÜS ")}, "deux endroits à la fois"),
    "a_stop_before_the_calendar": ({"more": CHANGE + ADD.replace("02-04", "02-02")}, "est hors du calendrier"),
    "a_stop_after_the_calendar": ({"more": CHANGE + ADD.replace("02-04", "02-10")}, "du 2025-02-03 au 2025-02-09"),
    "a_stop_removed_outside_the_calendar": (
        {"more": CHANGE + SLIP},
        "hors du calendrier (du 2025-02-03 au 2025-02-09)",
    ),
    "a_stop_that_is_there_in_other_letters": (
        {"more": CHANGE + ADD.replace('"n"', '"Bus-20250204-0930 "')},
        "écrit autrement : « BUS-20250204-0930 »",
    ),
    "a_stop_written_twice": (
        {"more": CHANGE + ADD.replace("2.251", str(LON)).replace("10:00", "09:30")},
        "écrite deux fois",
    ),
    "a_stop_with_swapped_coordinates": (
        {"more": CHANGE + ADD.replace("lon =", "x =").replace("lat =", "lon =").replace("x =", "lat =")},
        "Longitude et latitude semblent interverties",
    ),
    "a_stop_in_another_country": ({"more": CHANGE + ADD.replace("2.251", "12.251")}, "à plus de 200 km"),
    "a_stop_without_unit": ({"more": CHANGE + ADD.replace('"Bus"', '" "')}, "Le texte est vide"),
    "a_stop_in_another_time_zone": (
        {"more": CHANGE + ADD.replace("start = 10:00:00", 'start = "10:00:00Z"')},
        "attendu : une heure (10:00)",
    ),
    "a_stop_added_and_removed": (
        {"more": CHANGE + ADD + '[[scenario.change]]\nkind = "remove_stop"\nstop_id = "n"\n'},
        "se contredisent sur la halte « n »",
    ),
    "a_stop_changed_where_none_counts": ({"more": CHANGE + ADD, "mobile": False}, "mobile = true"),
    "mobile_without_calendar": ({"calendar": ""}, "n'a pas de [calendar]"),
    "a_moment_outside_the_calendar": ({"calendar": CALENDAR.replace("2025-02-08", "2025-03-08")}, "hors du calendrier"),
    "days_the_wrong_way_round": ({"calendar": CALENDAR.replace("2025-02-09", "2025-01-09")}, "avant de commencer"),
    "a_halt_that_ends_before_it_starts": ({"halts": HALT.replace("16:30", "08:30")}, "Remède"),
    "unreadable_assumed_hours": ({"calendar": CALENDAR + 'assumed_hours = "parfois"\n'}, "parfois"),
}


OF_HALTS = [fault for fault in REFUSALS if fault.startswith("a_stop") or "at_once" in fault]


@pytest.mark.parametrize("fault", [fault for fault in REFUSALS if fault not in OF_HALTS])
def test_a_calendar_that_cannot_be_is_refused_in_french(fault: str, tmp_path: Path) -> None:
    options, hint = REFUSALS[fault]
    with pytest.raises(InputError) as refused:
        run(tmp_path, **options)
    assert hint in str(refused.value)


@pytest.mark.parametrize("fault", OF_HALTS)
def test_a_halt_that_cannot_be_is_refused_in_french_by_run_and_check(fault: str, tmp_path: Path) -> None:
    options, hint = REFUSALS[fault]
    with pytest.raises(InputError) as refused:
        run(tmp_path, **options)
    with pytest.raises(InputError) as checked:
        check_study(read_study(tmp_path / "study.toml"))
    assert str(checked.value) == str(refused.value)
    assert hint in str(checked.value)


def test_scenarios_that_add_halts_at_one_place_each_have_their_own(tmp_path: Path) -> None:
    def halt(name: str, lon: float, base: str = "bus") -> str:
        change = ADD.replace("2.251", str(lon)).replace("02-04", "02-05").replace("lon =", f'name = "{name}"\nlon =')
        return CHANGE.replace('"x"', f'"{name}"').replace('"bus"', f'"{base}"') + change

    again = f'kind = "add_stop"\nstop_id = "m"\nunit = "bus"\nlon = 2.251\nlat = {LAT}\ndate = 2025-02-06\n'
    again = CHANGE.replace('"x"', '"suite"').replace('"bus"', '"un"') + again + "start = 10:00:00\nend = 11:00:00\n"
    results = run(tmp_path, more=halt("un", 2.251) + halt("deux", 2.251001) + again)
    places = results.services[results.services["kind"] == "mobile"].set_index("service_id")
    place = f"BUS@{LAT:.5f}_2.25100"
    assert places["name"].to_dict() == {
        f"BUS@{LAT:.5f}_{LON:.5f}": "Bus : Place", f"{place}@un": "Bus : un", f"{place}@deux": "Bus : deux",
    }  # fmt: skip
    hours = total_hours(results)["person_hours"]
    assert hours["suite"] > hours["un"] > hours["bus"]
