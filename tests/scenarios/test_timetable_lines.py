"""How often lines run: every vehicle once, as set_headway counts; known on paper for a bus every ten minutes."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from access92.cli import app
from access92.scenarios.timetable_lines import line_directions
from access92.scenarios.timetable_names import all_lines, named_trips
from access92.sources.timetable import Timetable
from tests.run.test_timetable_scenarios import OFTEN, SHIFTED, added_line, file_with, scenario
from tests.scenarios.test_timetable_changes import few, timetables

ALL_DAY = (-(10**6), 10**6)


@st.composite
def timetables_of_lines(draw: st.DrawFn) -> Timetable:
    """A random timetable whose trips are of a few routes, and these of fewer lines."""
    table = draw(timetables).timetable
    routes = draw(st.lists(st.integers(0, 3), min_size=len(table.trips), max_size=len(table.trips)))
    names = draw(st.lists(st.sampled_from(["B", "A"]), min_size=4, max_size=4))
    trips = table.trips.assign(route_id=[f"f:{route}" for route in routes], line=[names[route] for route in routes])
    return replace(table, trips=trips)


@few
@given(timetables_of_lines())
def test_every_vehicle_of_a_line_is_in_one_direction_once(table: Timetable) -> None:
    rows = line_directions(table, ALL_DAY)
    # by hand: a vehicle run as one of the trips of the line
    vehicles = Counter(
        str(table.trips["route_id"].iloc[trip])
        for _, trip in sorted(set(zip(table.call_run.tolist(), table.call_trip.tolist(), strict=True)))
    )
    counted = rows.groupby("route_ids")["day_passages"].sum().to_dict()
    assert counted == {ids: sum(vehicles[route] for route in ids.split(";")) for ids in counted}
    assert sum(counted.values()) == sum(vehicles.values())
    assert (rows["window_passages"] == rows["day_passages"]).all()
    assert (rows["median_headway_min"].isna() == (rows["day_passages"] < 2)).all()


@few
@given(timetables_of_lines())
def test_the_routes_of_a_line_are_those_that_a_change_takes_as_one(table: Timetable) -> None:
    lines = all_lines(table)
    for routes in lines:
        name = table.trips.loc[table.trips["route_id"] == routes[0], "line"].iloc[0]
        trips, faults = named_trips(table, name, where="ici")
        if faults:  # several lines have this name: nobody can name one by it
            assert (
                sum(table.trips.loc[table.trips["route_id"] == first, "line"].iloc[0] == name for first, *_ in lines)
                > 1
            )
        else:
            assert set(table.trips["route_id"][trips]) == set(routes)


def lines(file: Path, *options: str) -> str:
    answer = CliRunner().invoke(app, ["lines", str(file), *options])
    assert answer.exit_code == 0, answer.output
    return answer.stdout.replace("\u202f", " ").replace("\u00a0", " ")


def table_of(file: Path, *options: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(lines(file, "--csv", *options)), dtype={"line": str})


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    often = scenario("souvent", OFTEN.replace("headway_min = 3", "headway_min = 4"))
    return file_with(
        tmp_path_factory.mktemp("lignes"), scenario("plus", added_line()), often, scenario("dimanche", SHIFTED)
    )


def test_a_bus_every_ten_minutes_is_said_so(study: Path) -> None:
    said = lines(study)
    assert "12 (bus ; route_id bus:R)" in said
    # from 7 h to 11 h 50, every ten minutes: 12 in a window of two hours
    assert "Arrêt A → Arrêt B : 12 passages à « Arrêt A », toutes les 10 min" in said
    assert "30 passages dans la journée, de 7 h à 11 h 50" in said
    assert said.count(" → ") == 2


def test_a_scenario_has_its_own_lines_intervals_and_day(study: Path) -> None:
    often = table_of(study, "--scenario", "souvent")
    assert often["median_headway_min"].tolist() == often["longest_headway_min"].tolist() == [4.0, 4.0]
    assert often["window_passages"].tolist() == [30, 30]
    assert table_of(study, "--scenario", "plus")["line"].unique().tolist() == ["12", "N"]
    assert table_of(study, "--scenario", "plus", "--line", "n")["median_headway_min"].tolist() == [4.0, 4.0]
    sunday = table_of(study, "--scenario", "dimanche", "--line", "R")
    assert np.allclose(sunday["median_headway_min"], 30)


def test_what_cannot_be_listed_is_refused_with_a_remedy(study: Path) -> None:
    wrong = CliRunner().invoke(app, ["lines", str(study), "--line", "13"])
    assert "Aucune ligne ne s'appelle « 13 »" in str(wrong.exception)
    assert "12" in str(wrong.exception)
    unknown = CliRunner().invoke(app, ["lines", str(study), "--scenario", "souvant"])
    assert "souvent" in str(unknown.exception)
