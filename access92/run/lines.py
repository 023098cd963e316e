"""The lines of a study's timetable and how often they run, with the changes of a scenario; streets are not read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import shapely

from access92.errors import Fault, InputError, input_error, nearest_word
from access92.scenarios.apply import plain_id
from access92.scenarios.timetable_chain import chained_timetables
from access92.scenarios.timetable_lines import line_directions
from access92.sources.areas import read_areas
from access92.sources.study_streets import study_extent
from access92.sources.study_timetable import StudyTimetable, read_study_timetable, read_study_timetable_of
from access92.study.model import Scenario, Study
from access92.study.read import validated_study


@dataclass(frozen=True, slots=True, eq=False)
class StudyLines:
    """What runs in a scenario.

    ``table``: as :func:`access92.scenarios.timetable_lines.line_directions` gives it, for the lines that serve the
    study area or its margin; ``elsewhere``: how many lines of the files do not.
    """

    study: Study
    scenario: Scenario
    day: date
    window_s: tuple[int, int]
    table: pd.DataFrame
    elsewhere: int
    is_demo: bool


def study_lines(study: Study, *, scenario: str | None = None, line: str | None = None) -> StudyLines:
    """The lines of the timetable of a scenario (the reference by default), each direction by itself.

    ``line``: one of them, as riders name it or by a route_id.

    Raises
    ------
    InputError
        A study without timetable, an unknown scenario or line, any timetable or change of it that a run would refuse.
    """
    study = validated_study(study)
    chosen = study.reference if scenario is None else next(
        item for item in study.choose([scenario]) if item.name == scenario
    )  # fmt: skip
    if study.transit is None:
        raise input_error("L'étude n'a pas d'horaires.", f"« {study.name} »", "Ajouter une partie [transit].")
    areas = read_areas(study)

    def read_day(day: date) -> StudyTimetable:
        return read_study_timetable_of(study, areas, day)

    timetable = read_study_timetable(study, areas)
    state = chained_timetables(study, study.choose([chosen.name]), timetable, near=areas, read_day=read_day)[
        chosen.name
    ]

    places = shapely.get_coordinates(state.table.stops.geometry.to_numpy())
    inside = np.flatnonzero(shapely.contains_xy(study_extent(study, areas), places))
    window_s = study.transit.window_s
    everything = line_directions(state.table, window_s)
    table = line_directions(state.table, window_s, stops=inside)
    elsewhere = everything["route_ids"].nunique() - table["route_ids"].nunique()
    if line is not None:
        table = _of_line(table, line, chosen)
    return StudyLines(study, chosen, state.table.day, window_s, table, elsewhere, study.transit.demo)


def _of_line(table: pd.DataFrame, line: str, scenario: Scenario) -> pd.DataFrame:
    """The rows of a line, named as riders know it or by one of its route_ids (with or without the feed's prefix)."""
    ids = table["route_ids"].str.split(";")
    by_id = ids.map(lambda routes: line in routes or line in {route.partition(":")[2] for route in routes})
    chosen = table[by_id] if by_id.any() else table[table["line"].map(plain_id) == plain_id(line)]
    if not len(chosen):
        fix = nearest_word(line, set(table["line"])) or "Voir toutes les lignes, sans --line."
        where = f"scénario « {scenario.name} », --line"
        raise InputError([Fault(f"Aucune ligne ne s'appelle « {line} » dans la zone d'étude.", where, fix)])
    return chosen.reset_index(drop=True)
