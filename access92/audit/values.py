"""Two finished runs and what differs between them, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class FinishedRun:
    """A run as read back from its folder, its files checked against its manifest.

    ``files``: by name, where each stands. ``tables``: by file name, keys as text, figures as floats (NaN where empty).
    ``places``: the columns of ``access.parquet``; None where the run has none. ``areas``: names by ``area_id``, where
    known.
    """

    manifest: Mapping[str, Any]
    files: Mapping[str, Path]
    tables: Mapping[str, pd.DataFrame]
    places: pd.DataFrame | None
    areas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InputDifference:
    """One thing that went in differently.

    ``label`` names it in a sentence, ``detail`` says how it differs (French). ``stage`` says what it can reach,
    only in ``scenarios`` and ``modes`` where they are given, or only which rows exist (``dimension``).
    """

    key: str
    label: str
    detail: str
    before: Any
    after: Any
    stage: str
    scenarios: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One figure that differs; None is an empty cell. ``candidates``: keys of the inputs that can explain it."""

    figure: str
    before: float | None
    after: float | None
    candidates: tuple[str, ...]

    @property
    def difference(self) -> float | None:
        """After minus before; None where one of them is empty."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class RowDifference:
    """The figures that differ in one row of a table that both runs have."""

    table: str
    key: Mapping[str, str]
    changes: tuple[ValueDifference, ...]

    def value(self, figure: str) -> ValueDifference | None:
        """The difference of one figure; None where it is the same."""
        return next((item for item in self.changes if item.figure == figure), None)


@dataclass(frozen=True, slots=True)
class OnlyInOne:
    """Rows that only one run has: ``value`` of ``dimension``.

    Dimensions: scenario, mode, threshold_min, area_id, scenario_reference, commitment, moment, public, rule; « row »
    (with the scenario) where the other run has all of these, but not such rows.
    """

    run: str  # "A" or "B"
    dimension: str
    value: str
    rows: Mapping[str, int]  # by table
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceDifference:
    """A service that is added, removed, moved (metres), counted elsewhere, edited, or snapped elsewhere."""

    service_id: str
    name: str
    change: str  # added, removed, moved, recounted, edited, resnapped
    moved_m: float | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PositionDifference:
    """Places of a table that differ by less than a metre: how many, of how many in both runs, and by how much."""

    table: str
    moved: int
    of: int
    largest_m: float


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column that differs in some rows, beside the figures that are listed one by one.

    ``key``, ``before`` and ``after``: of the first such row. ``column`` is '' where rows are in one run only.
    """

    table: str
    column: str
    rows: int
    key: Mapping[str, str]
    before: str
    after: str
    candidates: tuple[str, ...]
    is_number: bool


@dataclass(frozen=True, slots=True)
class Block:
    """The figures of one mode that the same inputs can explain.

    ``cleared`` are the inputs that differ, can reach other figures, but none of these.
    """

    mode: str
    scenarios: tuple[str, ...]
    candidates: tuple[str, ...]
    cleared: tuple[str, ...]
    figures: Mapping[str, int]  # how many by name of figure
    largest_people: float
    largest_min: float


@dataclass(frozen=True, slots=True, eq=False)
class RunComparison:
    """All that differs between two runs; ``rows`` by table in its order of files, the largest first.

    ``columns``: what else differs in any table. ``positions``: places that moved by less than a metre.
    ``compared``: by table how many rows both runs have. ``other_files``: outputs that differ byte by byte and whose
    figures are not compared here. ``words``: names of modes, scenarios, areas, commitments and services for the text.
    ``code_is_known``: whether both manifests say which code made the run.
    """

    folders: tuple[str, str]
    runs: tuple[Mapping[str, Any], Mapping[str, Any]]
    inputs: tuple[InputDifference, ...]
    rows: tuple[RowDifference, ...]
    only_in_one: tuple[OnlyInOne, ...]
    services: tuple[ServiceDifference, ...]
    blocks: tuple[Block, ...]
    compared: Mapping[str, int]
    other_files: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]
    code_is_known: bool = False
    columns: tuple[ColumnDifference, ...] = ()
    positions: tuple[PositionDifference, ...] = ()

    @property
    def same_figures(self) -> bool:
        """Whether every number of every table is the same, and every service."""
        return not (self.rows or self.only_in_one or self.services or any(item.is_number for item in self.columns))


def cell_text(value: object) -> str:
    """A cell of a table in a French sentence: « vide » where there is nothing.

    >>> cell_text(""), cell_text(12)
    ('vide', '12')
    """
    return "vide" if value == "" or pd.isna(value) else str(value)  # type: ignore[call-overload]
