"""The figures that maps and report quote, read from the tables of a run; nothing is computed twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from access92.results import Results
from access92.study import Scenario
from access92.tables import ANY, TOTAL


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


class _Same:
    """A table told by its identity, so that what was read from it is kept while the outputs are written."""

    __slots__ = ("table",)

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table


@lru_cache(maxsize=4)
def _rows_by(same: _Same, key: tuple[str, ...]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The rows of a table, by the values of its key; in their order."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in same.table.to_dict("records"):
        found.setdefault(tuple(row[name] for name in key), []).append({str(name): cell for name, cell in row.items()})
    return found


def figures(results: Results, scenario: str, mode: str, *, rule: str = ANY, threshold_min: float) -> dict[str, Figure]:
    """The figures of every area, by ``area_id``, ``total`` included."""
    rows = _rows_by(_Same(results.coverage), ("scenario", "mode", "rule")).get((scenario, mode, rule), [])
    rows = [row for row in rows if math.isclose(row["threshold_min"], threshold_min, abs_tol=1e-6)]
    times = _rows_by(_Same(results.summary), ("scenario", "mode", "rule")).get((scenario, mode, rule), [])
    by_area = {row["area_id"]: row for row in times}
    names = dict(zip(results.areas["area_id"], results.areas["name"], strict=True)) | {TOTAL: "Ensemble"}
    return {
        row["area_id"]: Figure(
            area_id=row["area_id"],
            name=names.get(row["area_id"], row["area_id"]),
            population=float(row["population"]),
            covered=float(row["population_covered"]),
            unsnapped=float(row["population_unsnapped"]),
            share=float(row["coverage_share"]),
            median_min=float(by_area.get(row["area_id"], {}).get("median_min", _NO_FIGURE)),
            p90_min=float(by_area.get(row["area_id"], {}).get("p90_min", _NO_FIGURE)),
        )
        for row in rows
    }


def headline(results: Results, scenario: str, mode: str) -> Figure:
    """The figure of the whole study area for any service at the headline threshold."""
    return figures(results, scenario, mode, threshold_min=results.study.analysis.threshold_min)[TOTAL]


def area_rows(results: Results, scenario: str, mode: str) -> list[Figure]:
    """The headline figures of each area, in the order of ``results.areas``."""
    found = figures(results, scenario, mode, threshold_min=results.study.analysis.threshold_min)
    missing = Figure("", "", 0.0, 0.0, 0.0, _NO_FIGURE, _NO_FIGURE, _NO_FIGURE)
    return [
        found.get(area_id) or Figure(area_id, name, *_numbers(missing))
        for area_id, name in zip(results.areas["area_id"], results.areas["name"], strict=True)
    ]


def _numbers(figure: Figure) -> tuple[float, float, float, float, float, float]:
    return (figure.population, figure.covered, figure.unsnapped, figure.share, figure.median_min, figure.p90_min)


def rules(results: Results) -> list[str]:
    """The rules of the coverage table, in the order they come."""
    return list(pd.unique(results.coverage["rule"]))


def own_scenarios(results: Results) -> list[Scenario]:
    """The scenarios told in full: the reference, and those that make their own choice (no ``based_on``)."""
    return [item for i, item in enumerate(results.scenarios) if i == 0 or item.based_on is None]


def sources(results: Results) -> list[SourceLine]:
    """The sources of the study, with licence and vintage."""
    study = results.study
    lines = [
        SourceLine(role, _words(part.source, part.licence, part.vintage))
        for role, part in (("Services", study.services), ("Population", study.population), ("Zones", study.areas))
    ]
    calendar = study.calendar
    if calendar is not None and len(results.presence.hours):
        words = _words(calendar.source, calendar.licence, calendar.vintage)
        lines.append(SourceLine("Calendrier des unités mobiles", words))
    origin = results.origin
    return [*lines, SourceLine("Rues", _words(origin.label, origin.licence, origin.vintage))]


def _words(source: str, licence: str, vintage: str) -> str:
    parts = [source or "source non précisée", f"licence : {licence}" if licence else "", vintage]
    return " ; ".join(part for part in parts if part)
