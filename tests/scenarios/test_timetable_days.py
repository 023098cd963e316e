"""The changes of a scenario on other days than the one that it was checked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import numpy as np

from access92.scenarios.timetable_chain import ScenarioTimetable
from access92.scenarios.timetable_days import daily_timetables
from access92.sources.service_days import CalendarDay
from access92.sources.study_timetable import StudyTimetable, TimetableOrigin
from access92.sources.timetable import Timetable
from access92.study.timetable_changes import AddLine, CloseStop, LineStop, RemoveLine, SetHeadway, TimetableChange
from tests.transit.random_timetables import timetable_of

HOUR_S = 3600
RUNS = [[(trip, HOUR_S * hour, HOUR_S * hour, True, True, trip), (2, HOUR_S * hour + 600, HOUR_S * hour + 600, True,
        True, trip)] for trip in (0, 1) for hour in (8, 9, 10)]  # fmt: skip
WEEKDAY = timetable_of(RUNS, n_stops=3)
SUNDAY = timetable_of(RUNS[3:], n_stops=3)  # the line L0 does not run


def after(table: Timetable, *changes: TimetableChange) -> Timetable:
    source = StudyTimetable(WEEKDAY, TimetableOrigin("", "", "", is_demo=False), ())
    state = ScenarioTimetable(WEEKDAY, source, changes)
    day = CalendarDay(WEEKDAY.day, table, (0, 86_400), is_open=True)
    (changed,) = daily_timetables({"s": state}, [day])["s"]
    assert changed.table is not None
    return changed.table


def departures(table: Timetable, line: str) -> list[int]:
    of_line = (table.trips["line"] == line).to_numpy()[table.call_trip] & table.may_board
    first = np.diff(table.call_run, prepend=-1) > 0
    return sorted((table.departure_s[of_line & first] // 60).tolist())


def test_a_line_that_does_not_run_that_day_leaves_nothing_to_remove_or_to_space() -> None:
    for change in (RemoveLine(kind="remove_line", line="L0"), SetHeadway(kind="set_headway", line="L0", headway_min=5)):
        assert after(SUNDAY, change) is SUNDAY
    assert departures(after(WEEKDAY, RemoveLine(kind="remove_line", line="L0")), "L0") == []
    assert departures(after(SUNDAY, SetHeadway(kind="set_headway", line="L1", headway_min=30)), "L1") == list(
        range(480, 601, 30)
    )


def test_a_stop_is_closed_on_every_day() -> None:
    closed = after(SUNDAY, CloseStop(kind="close_stop", stop="f:2"))
    assert not closed.may_alight[closed.call_stop == 2].any()


def test_a_new_line_calls_where_it_does_on_the_day_of_the_scenario() -> None:
    line = AddLine(
        kind="add_line", name="N", stops=(LineStop(stop="Arrêt 0"), LineStop(stop="f:2")), minutes=(7.0,),
        departures=(time(8),), both_directions=False,
    )  # fmt: skip
    assert departures(after(SUNDAY, line), "N") == [480]
    # a day on which no vehicle calls at the first stop: it is where it was
    stops = WEEKDAY.stops.iloc[1:].reset_index(drop=True)
    elsewhere = replace(SUNDAY, stops=stops, call_stop=SUNDAY.call_stop - 1)
    changed = after(elsewhere, line)
    assert departures(changed, "N") == [480]
    assert changed.stops["name"].tolist() == ["Arrêt 1", "Arrêt 2", "Arrêt 0"]


def test_where_two_lines_bear_a_name_that_day_the_one_of_the_scenario_is_meant() -> None:
    twins = replace(WEEKDAY, trips=WEEKDAY.trips.assign(line="L0", route_type=[3, 2]))
    changed = after(twins, RemoveLine(kind="remove_line", line="L0"))
    assert set(changed.call_trip.tolist()) == {1}


def test_days_with_one_timetable_keep_one() -> None:
    source = StudyTimetable(WEEKDAY, TimetableOrigin("", "", "", is_demo=False), ())
    state = ScenarioTimetable(WEEKDAY, source, (RemoveLine(kind="remove_line", line="L0"),))
    day = CalendarDay(WEEKDAY.day, WEEKDAY, (0, 86_400), is_open=True)
    of_scenarios = daily_timetables({"a": state, "b": state}, [day, day, replace(day, table=None)])
    assert len({id(item.table) for days in of_scenarios.values() for item in days}) == 2
