"""Whether a changed input can reach a figure, given what both runs wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import pandas as pd

from access92.audit.compare import stages
from access92.audit.compare.cells import Cell, commitment_names
from access92.audit.compared_tables import (
    BEYOND_CUTOFF,
    BY_DETAILS,
    BY_NEAREST,
    COMPETENCE,
    LEDGER,
    OF_HOURS,
    OF_TIMES,
    POCKET_AREAS,
    POCKETS,
    SERVICES,
    SOLE,
    TURNING,
)
from access92.audit.values import FinishedRun, InputDifference
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_ONLY_BY = {
    "population_unsnapped": (stages.STREETS, stages.MODE_NETWORK, stages.SNAPPING, stages.SCENARIO),
    "service_count": (stages.SERVICES, stages.SCENARIO),
}
_PLACE_DECIMALS = 9  # of a degree, as the tables write them


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the written services, population and minutes of two runs differ (True where not known)."""

    services: Callable[[str, str], bool]  # scenario, rule
    details: Callable[[str], bool]  # scenario: anything that is said of a service
    population: Callable[[str], bool]  # area
    minutes: Callable[[str, str, str], bool]  # scenario, mode, area; the rule « any » only


def gather_evidence(a: FinishedRun, b: FinishedRun) -> Evidence:
    """The written services, population and minutes of two runs, compared on first use.

    >>> def run(lon):
    ...     columns = {"lon": lon, "lat": "48.9", "kind": "pmi", "scenarios": "a;b"}
    ...     return FinishedRun({}, {}, {SERVICES: pd.DataFrame([columns])}, None, {})
    >>> evidence = gather_evidence(run("2.1"), run("2.2"))
    >>> evidence.services("a", "pmi"), evidence.services("a", "sst"), evidence.population("92012")
    (True, False, True)
    """
    of_any = {ANY, *commitment_names(a, b)}

    # each answer costs a pass over a table, and is asked for once per cell: cached, and only when asked
    @cache
    def services(scenario: str, rule: str) -> bool:
        before, after = (_members(run.tables[SERVICES], scenario, "" if rule in of_any else rule) for run in (a, b))
        return before != after

    @cache
    def details(scenario: str) -> bool:
        before, after = (_described(run.tables[SERVICES], scenario) for run in (a, b))
        return before != after

    # a run without access.parquet does not say where people and minutes are: they may differ anywhere
    if a.places is None or b.places is None:
        return Evidence(services, details, lambda _: True, lambda *_: True)
    first = [_people(run.places) for run in (a, b) if run.places is not None]
    groups = [
        dict(iter(run.places.groupby(["scenario", "mode"], observed=True))) for run in (a, b) if run.places is not None
    ]

    @cache
    def people(area_id: str) -> bool:
        return _prints(first[0], area_id, "population") != _prints(first[1], area_id, "population")

    @cache
    def times(scenario: str, mode: str, area_id: str) -> bool:
        if any((scenario, mode) not in group for group in groups):
            return True
        before, after = (_prints(group[scenario, mode], area_id, "travel_time_min") for group in groups)
        return before != after

    return Evidence(services, details, people, times)


def _members(services: pd.DataFrame, scenario: str, of_kind: str) -> list[tuple[str, str]]:
    """The places of the services of a scenario that are of a kind; of all of them for ''."""
    also = services["also_kinds"] if "also_kinds" in services.columns else [""] * len(services)
    return sorted(
        (lon, lat)
        for lon, lat, names, kind, more in zip(
            services["lon"], services["lat"], services["scenarios"], services["kind"], also, strict=True
        )
        if scenario in names.split(";")
        and (not of_kind or of_kind == kind or of_kind in [word.strip() for word in more.split(";")])
    )


def _described(services: pd.DataFrame, scenario: str) -> list[tuple[str, ...]]:
    """The attributes of the services of a scenario, without their snaps."""
    fields = [name for name in services.columns if name not in ("scenarios", "streets_origin") and "snap_m" not in name]
    counted = [scenario in names.split(";") for names in services["scenarios"]]
    return sorted(tuple(map(str, row)) for row in services.loc[counted, sorted(fields)].to_numpy(dtype=object))


def _people(places: pd.DataFrame) -> pd.DataFrame:
    """The population of each demand point, once: that of the first scenario and mode."""
    same = (places["scenario"] == places["scenario"].iloc[0]) & (places["mode"] == places["mode"].iloc[0])
    return cast("pd.DataFrame", places[same])


def _prints(places: pd.DataFrame, area_id: str, column: str) -> bytes:
    """A fingerprint of what stands in a column at each place of an area, whatever the order of rows."""
    rows = places if area_id == TOTAL else places[places["area_id"] == area_id]
    values = np.nan_to_num(rows[column].to_numpy(dtype=float), nan=np.inf)
    # the areas too: people who change area at the same place count as a difference of the whole
    area = rows["area_id"].astype(str).to_numpy(dtype=str)
    lon, lat = (rows[name].to_numpy(dtype=float).round(_PLACE_DECIMALS) for name in ("lon", "lat"))
    order = np.lexsort((values, area, lat, lon))
    digest = hashlib.sha256("\n".join(area[order]).encode())
    for part in (lon, lat, values):
        digest.update(np.ascontiguousarray(part[order]).tobytes())
    return digest.digest()


def reaches(item: InputDifference, cell: Cell, evidence: Evidence, *, spreads: bool) -> bool:
    """Whether a changed input can reach a figure.

    ``spreads``: people are spread over the streets, so that other streets move people.

    >>> from dataclasses import replace
    >>> evidence = Evidence(lambda *_: True, lambda _: True, lambda _: True, lambda *_: True)
    >>> speed = InputDifference("mode:walk.speed_kmh", "", "", 5, 4, stages.MODE, modes=("walk",))
    >>> covered = Cell(("s",), ("walk",), "any", "total", "population_covered")
    >>> reaches(speed, covered, evidence, spreads=True)
    True
    >>> reaches(speed, replace(covered, modes=("car",)), evidence, spreads=True)
    False
    """
    elsewhere = (item.modes and cell.modes and not set(cell.modes) & set(item.modes)) or (
        item.scenarios and not set(cell.scenarios) & set(item.scenarios)
    )
    if elsewhere or item.stage in (stages.NOTHING, stages.ROWS):
        return False
    if item.stage in (stages.EVERYTHING, stages.SOFTWARE):
        return True
    if item.stage == stages.PUBLICS:
        return cell.public != EVERYBODY
    if item.stage in stages.OF_SOME_TABLES:
        return not cell.is_denominator and _reaches_its_tables(item.stage, cell)
    by_people = item.stage == stages.PEOPLE or (item.stage == stages.STREETS and spreads)
    moved = cell.public != EVERYBODY or evidence.population(
        cell.area_id
    )  # nothing gives the ages of the people at a place
    return (by_people and moved) or _reaches_by_minutes(item.stage, cell, evidence)


def _reaches_its_tables(stage: str, cell: Cell) -> bool:
    """Whether an input that only some tables read can reach a figure."""
    if stage == stages.OTHER_RULES:
        return cell.is_of_commitment
    if stage in (stages.VISITS, stages.HOURS):
        return cell.table in OF_HOURS
    if stage == stages.SECTORS:
        return cell.table == COMPETENCE
    if stage == stages.PLACES:
        return (cell.table, cell.figure) == (SOLE, "population_sole_place")
    by_threshold = (LEDGER, SOLE, TURNING, POCKETS, POCKET_AREAS, *OF_HOURS)
    return (
        cell.table in by_threshold
        and not cell.is_of_commitment
        and (cell.table in {POCKETS, POCKET_AREAS} or cell.figure not in OF_TIMES)
        and (cell.table, cell.figure) != (TURNING, "population")
    )


def _reaches_by_minutes(stage: str, cell: Cell, evidence: Evidence) -> bool:
    """Whether the input can change a figure through the travel times or the snaps."""
    if stage == stages.PEOPLE or cell.is_denominator:
        return False
    if cell.figure in _ONLY_BY:
        return stage in _ONLY_BY[cell.figure]
    if stage == stages.CUTOFF and cell.figure not in BEYOND_CUTOFF and cell.table != TURNING:
        return False
    if stage == stages.SERVICES:
        by_details = cell.table in BY_DETAILS
        differ = (
            evidence.details(name) if by_details else evidence.services(name, cell.rule) for name in cell.scenarios
        )
        if not any(differ):
            return False
    if cell.rule != ANY or cell.table not in BY_NEAREST:
        return True
    return any(evidence.minutes(name, mode, cell.area_id) for name in cell.scenarios for mode in cell.modes)
