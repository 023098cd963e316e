"""All scenarios of a run on one table of services: who counts where, on which streets, at which speeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.changes import scenario_services
from access92.errors import refuse
from access92.modes import Mode
from access92.scenario_changes import (
    change_modes,
    change_services,
    change_stops,
    check_changes,
    close_streets,
    resolve_scenario,
)
from access92.sources.mobile_units import stop_places
from access92.study import Scenario, Study
from access92.study_changes import AddStop, Change, RemoveStop


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioPlan:
    """What each scenario counts.

    ``services``: every service that some scenario counts, once per place and kind: first those of the study
    as they are, in their order; then those that a change made, ``service_id@scenario`` where the id was taken.
    ``rows``: by scenario its rows of ``services``. ``kinds``: by scenario the kinds that it asks for.
    ``stops``: by scenario the dated halts that it counts; their places are the last of ``services`` (kind ``mobile``),
    in no scenario's rows. ``streets`` and ``modes``: by scenario what it travels on; the very objects of the study
    where no change touches them. ``notices``: what the changes did (French).
    """

    services: gpd.GeoDataFrame
    rows: Mapping[str, np.ndarray]
    kinds: Mapping[str, tuple[str, ...]]
    streets: Mapping[str, gpd.GeoDataFrame]
    modes: Mapping[str, Mapping[str, Mode]]
    stops: Mapping[str, gpd.GeoDataFrame]
    notices: tuple[str, ...]


def count_services(
    study: Study,
    chosen: Sequence[Scenario],
    services: gpd.GeoDataFrame,
    *,
    area_names: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, dict[str, np.ndarray]]:
    """The services that some scenario counts, and the rows of each scenario; ``area_names``: by area_id.

    Raises
    ------
    InputError
        As :func:`access92.changes.scenario_services` and :func:`access92.scenario_changes.change_services`.
    """
    own_keys = _keys(services)
    position = {key: row for row, key in enumerate(own_keys)}
    kept: dict[str, list[tuple[object, ...]]] = {}
    made: dict[tuple[object, ...], gpd.GeoDataFrame] = {}
    for scenario in chosen:
        check_changes(scenario)
        resolved = resolve_scenario(study, scenario)
        table = change_services(services, resolved.changes, scenario=scenario.name, area_names=area_names)
        keys = _keys(table)
        rows = scenario_services(table, resolved, reference_date=study.analysis.reference_date)
        kept[scenario.name] = [keys[row] for row in rows]
        for row in rows:
            if keys[row] not in position and keys[row] not in made:
                made[keys[row]] = _named(table.iloc[[row]], scenario.name, services)
    used = sorted({position[key] for keys_kept in kept.values() for key in keys_kept if key in position})
    order = {own_keys[row]: at for at, row in enumerate(used)}
    order |= {key: len(used) + at for at, key in enumerate(made)}
    parts = [services.iloc[used], *made.values()]
    together = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=services.crs)
    return together, {
        name: np.array(sorted(order[key] for key in keys_kept), dtype=np.int32) for name, keys_kept in kept.items()
    }


def plan_scenarios(
    study: Study,
    chosen: Sequence[Scenario],
    services: gpd.GeoDataFrame,
    rows: Mapping[str, np.ndarray],
    streets: gpd.GeoDataFrame,
    modes: Mapping[str, Mode],
    stops: gpd.GeoDataFrame | None,
) -> ScenarioPlan:
    """The plan of the chosen scenarios; ``services`` and ``rows`` are from :func:`count_services`.

    ``stops``: the halts of the study's calendar, None where it has none.

    Raises
    ------
    InputError
        A street to close that is not there, a speed of a mode that the study does not compute, a halt that
        cannot be added or removed.
    """
    streets_of: dict[str, gpd.GeoDataFrame] = {}
    modes_of: dict[str, Mapping[str, Mode]] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    stops_of: dict[str, gpd.GeoDataFrame] = {}
    notices = []
    closed: dict[tuple[object, ...], gpd.GeoDataFrame] = {(): streets}
    for scenario in chosen:
        resolved = resolve_scenario(study, scenario)
        changes = resolved.changes
        closures = tuple(change for change in changes if change.kind == "close_street")
        if closures not in closed:
            closed[closures] = close_streets(streets, changes, scenario=scenario.name)
        streets_of[scenario.name] = closed[closures]
        if closures:
            count = len(streets) - len(closed[closures])
            closed_words = "tronçon de rue fermé" if count == 1 else "tronçons de rue fermés"
            notices.append(f"{scenario.title} : {count} {closed_words} à tous les modes.")
        modes_of[scenario.name] = change_modes(modes, changes, scenario=scenario.name)
        kinds[scenario.name] = resolved.kinds
        if stops is None:
            _check_no_stops(scenario.name, changes)
        else:
            stops_of[scenario.name] = change_stops(stops, changes, scenario=resolved, crs=services.crs)
    halts = [table for table in stops_of.values() if len(table)]
    if halts:
        every = gpd.GeoDataFrame(pd.concat(halts, ignore_index=True), geometry="geometry", crs=services.crs)
        places = stop_places(every)
        services = gpd.GeoDataFrame(
            pd.concat([services, places], ignore_index=True), geometry="geometry", crs=services.crs
        )
    return ScenarioPlan(services, rows, kinds, streets_of, modes_of, stops_of, tuple(notices))


def _check_no_stops(scenario: str, changes: Sequence[Change]) -> None:
    if any(isinstance(change, AddStop | RemoveStop) for change in changes):
        raise refuse(
            "Un changement porte sur une halte, mais l'étude n'a pas de calendrier.",
            f"scénario « {scenario} »",
            "Ajouter une partie [calendar] à l'étude.",
        )


def _keys(services: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    """What makes two rows the same service at the same place, of the same kinds."""
    also = services["also_kinds"].fillna("") if "also_kinds" in services.columns else [""] * len(services)
    wkb = shapely.to_wkb(services.geometry.to_numpy())
    return list(zip(services["service_id"], services["kind"], also, wkb, strict=True))


def _named(row: gpd.GeoDataFrame, scenario: str, services: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The row that a change made; another id where the study has one of that id already."""
    taken = row["service_id"].isin(set(services["service_id"])).to_numpy()[0]
    return row.assign(service_id=row["service_id"] + f"@{scenario}") if taken else row
