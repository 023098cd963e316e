"""The figures that maps and report quote, read from the tables of a run; nothing is computed twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import pandas as pd

from access92.run.results import Results
from access92.study.model import Scenario
from access92.study.schemas import ANY, EVERYBODY, TOTAL


@dataclass(frozen=True, slots=True)
class Figure:
    """People covered in an area by a rule, a mode and a threshold, with the median and 90th percentile time."""

    area_id: str
    name: str
    population: float
    covered: float
    unsnapped: float
    share: float
    median_min: float
    p90_min: float

    @property
    def uncovered(self) -> float:
        """Inhabitants who are not covered."""
        return self.population - self.covered


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the reader sees it."""

    role: str
    words: str


_NO_FIGURE = float("nan")
_SAME_MIN = 1e-6  # thresholds closer than this are one


class _Same:
    """A table compared by identity, so that what was read from it is cached while the outputs are written."""

    __slots__ = ("table",)

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table as arrays, and the rows of each scenario, mode, rule and public."""

    rows: dict[tuple[str, ...], np.ndarray]
    columns: dict[str, np.ndarray]


@lru_cache(maxsize=4)
def _sheet(same: _Same) -> _Sheet:
    """The table, read once: rows of one key stay in their order."""
    table = same.table
    rows = table.groupby(["scenario", "mode", "rule", "public"], sort=False, observed=True).indices
    columns = {str(name): table[name].to_numpy() for name in table.columns}
    return _Sheet({cast("tuple[str, ...]", key): np.asarray(at) for key, at in rows.items()}, columns)


@lru_cache(maxsize=4)
def _area_names(same: _Same) -> dict[str, str]:
    return dict(zip(same.table["area_id"], same.table["name"], strict=True)) | {TOTAL: "Ensemble"}


def figures(
    results: Results, scenario: str, mode: str, *, rule: str = ANY, threshold_min: float, public: str = EVERYBODY
) -> dict[str, Figure]:
    """The figures of every area, by ``area_id``, ``total`` included; ``mode``: the one by which the public travels."""
    key = (scenario, mode, rule, public)
    nothing = np.array([], dtype=np.int64)
    coverage, summary = _sheet(_Same(results.coverage)), _sheet(_Same(results.summary))
    rows = coverage.rows.get(key, nothing)
    rows = rows[np.abs(coverage.columns["threshold_min"][rows].astype(float) - threshold_min) <= _SAME_MIN]
    names = _area_names(_Same(results.areas))
    summary_rows = summary.rows.get(key, nothing)
    times = {
        area_id: (float(median), float(p90))
        for area_id, median, p90 in zip(
            *(summary.columns[name][summary_rows] for name in ("area_id", "median_min", "p90_min")), strict=True
        )
    }
    figure_columns = ("area_id", "population", "population_covered", "population_unsnapped", "coverage_share")
    return {
        area_id: Figure(
            area_id,
            names.get(area_id, area_id),
            float(population),
            float(covered),
            float(unsnapped),
            float(share),
            *times.get(area_id, (_NO_FIGURE, _NO_FIGURE)),
        )
        for area_id, population, covered, unsnapped, share in zip(
            *(coverage.columns[name][rows] for name in figure_columns), strict=True
        )
    }


def headline(results: Results, scenario: str, mode: str) -> Figure:
    """The figure of the whole study area for any service at the headline threshold."""
    return figures(results, scenario, mode, threshold_min=results.study.analysis.threshold_min)[TOTAL]


def area_rows(results: Results, scenario: str, mode: str) -> list[Figure]:
    """The headline figures of each area, in the order of ``results.areas``."""
    by_area = figures(results, scenario, mode, threshold_min=results.study.analysis.threshold_min)
    missing = Figure("", "", 0.0, 0.0, 0.0, _NO_FIGURE, _NO_FIGURE, _NO_FIGURE)
    return [
        by_area.get(area_id) or Figure(area_id, name, *_numbers(missing))
        for area_id, name in zip(results.areas["area_id"], results.areas["name"], strict=True)
    ]


def _numbers(figure: Figure) -> tuple[float, float, float, float, float, float]:
    return (figure.population, figure.covered, figure.unsnapped, figure.share, figure.median_min, figure.p90_min)


def rules(results: Results) -> list[str]:
    """The rules of the coverage table, in the order they come."""
    return list(pd.unique(results.coverage["rule"]))


def standalone_scenarios(results: Results) -> list[Scenario]:
    """The scenarios described in full: the reference, and those that make their own choice (no ``based_on``)."""
    return [item for i, item in enumerate(results.scenarios) if i == 0 or item.based_on is None]


def sources(results: Results) -> list[SourceLine]:
    """The sources of the study, with licence and vintage."""
    study = results.study
    lines = [
        SourceLine(role, _words(part.source, part.licence, part.vintage))
        for role, part in (("Services", study.services), ("Population", study.population), ("Zones", study.areas))
    ]
    if study.elevation is not None:
        part = study.elevation
        lines.append(SourceLine("Relief", _words(part.source, part.licence, part.vintage)))
    calendar = study.calendar
    if calendar is not None and len(results.hour_tables.hours):
        words = _words(calendar.source, calendar.licence, calendar.vintage)
        lines.append(SourceLine("Calendrier des unités mobiles", words))
    if results.timetable is not None:
        timetable = results.timetable
        label = timetable.label.removeprefix("Horaires").lstrip(" :")
        lines.append(SourceLine("Horaires", _words(label, timetable.licence, timetable.vintage)))
    origin = results.origin
    return [*lines, SourceLine("Rues", _words(origin.label, origin.licence, origin.vintage))]


def _words(source: str, licence: str, vintage: str) -> str:
    parts = [source or "source non précisée", f"licence : {licence}" if licence else "", vintage]
    return " ; ".join(part for part in parts if part)
