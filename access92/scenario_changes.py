"""A scenario's list of changes applied to tables: services, streets, modes; new ones are returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.errors import Fault, InputError, nearest_word, some_values
from access92.legal_time import to_legal_time
from access92.modes import Mode
from access92.sources.mobile_units import place_id
from access92.study import Scenario, Study
from access92.study_changes import (
    AddService,
    AddStop,
    Change,
    ChangeKind,
    CloseStreet,
    MoveService,
    RemoveService,
    RemoveStop,
    SetSpeed,
)

WGS84 = "EPSG:4326"


def resolve_scenario(study: Study, scenario: Scenario) -> Scenario:
    """The scenario with all that it takes over from the one it is based on: choice first, then changes, in order.

    >>> from pathlib import Path
    >>> from access92.study import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> resolve_scenario(study, study.scenarios[0]) == study.scenarios[0]
    True
    """
    if scenario.based_on is None:
        return scenario
    base = resolve_scenario(study, next(item for item in study.scenarios if item.name == scenario.based_on))
    return scenario.model_copy(
        update={
            "kinds": base.kinds,
            "include": (*base.include, *scenario.include),
            "exclude": (*base.exclude, *scenario.exclude),
            "mobile": base.mobile or scenario.mobile,
            "changes": (*base.changes, *scenario.changes),
        }
    )


def check_changes(scenario: Scenario) -> None:
    """Refuse two changes of one service in one scenario that disagree.

    Raises
    ------
    InputError
        A service moved twice, given two kinds, or closed and also moved or changed.
    """
    faults = []
    by_service: dict[str, list[Change]] = {}
    for change in scenario.changes:
        if isinstance(change, RemoveService | MoveService | ChangeKind):
            by_service.setdefault(change.service_id, []).append(change)
    for service_id, changes in by_service.items():
        kinds = [change.kind for change in changes]
        if len(set(kinds)) < len(kinds) or ("remove_service" in kinds and len(kinds) > 1):
            faults.append(
                Fault(
                    f"Deux changements se contredisent sur le service « {service_id} » : {', '.join(kinds)}.",
                    f"scénario « {scenario.name} »",
                    "N'en garder qu'un.",
                )
            )
    if faults:
        raise InputError(faults)


def change_services(
    services: gpd.GeoDataFrame,
    changes: Sequence[Change],
    *,
    scenario: str,
    area_names: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """The services after the changes, in their order; added ones come last.

    ``area_names``: by area_id, to write the sector of an added service by names, as the services table does; its
    codes stay as they are without them.

    Raises
    ------
    InputError
        A change that names an unknown service (with the nearest), adds one that is there already, or gives one an
        area that the study does not have.
    """
    table = services
    for change in changes:
        known = table["service_id"].astype(str)
        if isinstance(change, AddService):
            if (known == change.service_id).any():
                raise InputError(
                    Fault(
                        f"Le service à ajouter existe déjà : « {change.service_id} ».",
                        f"scénario « {scenario} »",
                        "Lui donner un autre identifiant.",
                    )
                )
            table = _with_service(table, change, _sector(change, scenario, area_names))
        elif isinstance(change, RemoveService | MoveService | ChangeKind):
            at = np.flatnonzero(known == change.service_id)
            if len(at) == 0:
                raise InputError(
                    Fault(
                        f"Un changement nomme un service inconnu : « {change.service_id} ».",
                        f"scénario « {scenario} », {change.kind}",
                        _closest(change.service_id, known),
                    )
                )
            table = _with_change(table, int(at[0]), change)
    return table


def change_stops(
    stops: gpd.GeoDataFrame, changes: Sequence[Change], *, scenario: Scenario, crs: object
) -> gpd.GeoDataFrame:
    """The dated halts of a scenario: those of the calendar where it counts them (``mobile``), with its changes.

    Raises
    ------
    InputError
        A halt to remove that is not there, one to add that is, halts changed in a scenario that does not count them,
        or a unit in two places at once.
    """
    table = stops if scenario.mobile else stops.iloc[:0]
    for change in changes:
        if not isinstance(change, AddStop | RemoveStop):
            continue
        where = f"scénario « {scenario.name} », {change.kind}"
        known = table["stop_id"].astype(str)
        if not scenario.mobile:
            what = "Un changement porte sur une halte, mais le scénario ne compte pas les unités mobiles."
            raise InputError(Fault(what, where, "Ajouter mobile = true au scénario."))
        if isinstance(change, RemoveStop):
            if not (known == change.stop_id).any():
                what = f"La halte à retirer est inconnue : « {change.stop_id} »."
                raise InputError(Fault(what, where, _closest(change.stop_id, known)))
            table = table[known != change.stop_id]
            continue
        if (known == change.stop_id).any():
            what = f"La halte à ajouter existe déjà : « {change.stop_id} »."
            raise InputError(Fault(what, where, "Lui donner un autre identifiant."))
        table = _with_stop(table, change, where, crs)
    return table.sort_values(["starts_at", "stop_id"], ignore_index=True)


def close_streets(streets: gpd.GeoDataFrame, changes: Sequence[Change], *, scenario: str) -> gpd.GeoDataFrame:
    """The streets without the closed ones; the same table where nothing is closed.

    Raises
    ------
    InputError
        An id or a name that no street has, or a polygon that touches none.
    """
    closed = np.zeros(len(streets), dtype=bool)
    faults = []
    for change in changes:
        if not isinstance(change, CloseStreet):
            continue
        column, wanted = ("edge_id", change.edge_ids) if change.edge_ids else ("name", change.names)
        if change.polygon:
            outline = gpd.GeoSeries([shapely.Polygon(change.polygon)], crs=WGS84).to_crs(streets.crs).iloc[0]
            touched = shapely.intersects(outline, streets.geometry.to_numpy())
            if not touched.any():
                where = f"scénario « {scenario} », close_street, polygon"
                faults.append(Fault("Le polygone de fermeture ne touche aucune rue.", where, "Le redessiner."))
            closed |= touched
            continue
        values = streets[column].astype(str).to_numpy()
        unknown = sorted(set(wanted) - set(values))
        if unknown:
            hint = nearest_word(unknown[0], sorted(set(values) - {""})) if column == "name" else "Vérifier edge_id."
            faults.append(
                Fault(
                    f"Aucune rue à fermer ne porte : {some_values(unknown)}.",
                    f"scénario « {scenario} », close_street, {column}",
                    hint if hint.startswith("Vouliez") else "Vérifier l'orthographe dans la table des rues.",
                )
            )
        closed |= np.isin(values, wanted)
    if faults:
        raise InputError(faults)
    return streets[~closed].reset_index(drop=True) if closed.any() else streets


def change_modes(modes: Mapping[str, Mode], changes: Sequence[Change], *, scenario: str) -> dict[str, Mode]:
    """The modes with their new speeds.

    Raises
    ------
    InputError
        A mode that the study does not compute.
    """
    changed = dict(modes)
    for change in changes:
        if not isinstance(change, SetSpeed):
            continue
        if change.mode not in changed:
            raise InputError(
                Fault(
                    f"Un changement de vitesse nomme un mode que l'étude ne calcule pas : « {change.mode} ».",
                    f"scénario « {scenario} », set_speed",
                    nearest_word(change.mode, changed),
                )
            )
        changed[change.mode] = replace(changed[change.mode], speed_kmh=change.speed_kmh)
    return changed


def _sector(change: AddService, scenario: str, area_names: Mapping[str, str] | None) -> str:
    """The sector of an added service, as ``communes_served`` of the services table writes it."""
    if area_names is None:
        return "; ".join(change.communes_served)
    unknown = [code for code in change.communes_served if code not in area_names]
    if unknown:
        raise InputError(
            Fault(
                f"communes_served nomme une commune que l'étude n'a pas : « {code} ».",
                f"scénario « {scenario} », add_service « {change.service_id} »",
                nearest_word(code, area_names),
            )
            for code in unknown
        )
    return "; ".join(area_names[code] for code in change.communes_served)


def _with_service(table: gpd.GeoDataFrame, change: AddService, sector: str) -> gpd.GeoDataFrame:
    if sector and "communes_served" not in table.columns:
        table = table.assign(communes_served="")
    place = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84).to_crs(table.crs)
    row: dict[str, object] = {
        "service_id": change.service_id,
        "name": change.name,
        "kind": change.service_kind,
        "status": "open",
        "position_basis": change.position_basis,
        "source": change.source,
        "communes_served": sector,
    }
    new = gpd.GeoDataFrame(
        [{name: row.get(name, _blank(table[name])) for name in _columns(table)}], geometry=place.array
    )
    new = new.set_geometry("geometry").astype({name: table[name].dtype for name in _columns(table)})
    stacked = pd.concat([table, new.set_crs(table.crs, allow_override=True)[table.columns]], ignore_index=True)
    return gpd.GeoDataFrame(stacked, geometry="geometry", crs=table.crs)


def _with_stop(table: gpd.GeoDataFrame, change: AddStop, where: str, crs: object) -> gpd.GeoDataFrame:
    point = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84).to_crs(crs)
    starts_at, ends_at = to_legal_time(
        [datetime.combine(change.date, change.start), datetime.combine(change.date, change.end)]
    )
    place = place_id(change.unit, change.lon, change.lat)
    same_unit = table[(table["unit"] == change.unit) & (table["place_id"] != place)]
    clash = same_unit[(same_unit["starts_at"] < ends_at) & (same_unit["ends_at"] > starts_at)]
    if len(clash):
        what = f"L'unité « {change.unit} » serait en deux lieux à la fois."
        raise InputError(
            Fault(what, f"{where}, haltes {change.stop_id} et {clash['stop_id'].iloc[0]}", "Décaler l'une.")
        )
    row = {
        "stop_id": change.stop_id, "place_id": place, "unit": change.unit, "name": change.name,
        "starts_at": starts_at, "ends_at": ends_at, "basis": "ajoutée par le scénario",
        "position_basis": "hypothèse du scénario", "source": "", "geometry": point.iloc[0],
    }  # fmt: skip
    new = gpd.GeoDataFrame([row], geometry="geometry", crs=crs)[list(table.columns)]
    parts = [table, new] if len(table) else [new]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=crs)


def _with_change(
    table: gpd.GeoDataFrame, row: int, change: RemoveService | MoveService | ChangeKind
) -> gpd.GeoDataFrame:
    if isinstance(change, RemoveService):
        return table.drop(index=table.index[row]).reset_index(drop=True)
    changed = table.copy()
    if isinstance(change, ChangeKind):
        changed.loc[changed.index[row], "kind"] = change.service_kind
        return changed
    place = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84).to_crs(table.crs).iloc[0]
    geometry = table.geometry.to_numpy().copy()
    geometry[row] = place
    return changed.set_geometry(gpd.GeoSeries(geometry, index=table.index, crs=table.crs))


def _columns(table: gpd.GeoDataFrame) -> list[str]:
    return [str(name) for name in table.columns if name != table.geometry.name]


def _blank(column: pd.Series) -> object:
    """What an added service says where it says nothing: '' for text, a missing value otherwise."""
    is_text = pd.api.types.is_string_dtype(column.dtype) or column.dtype == object
    return "" if is_text else pd.NaT if pd.api.types.is_datetime64_any_dtype(column.dtype) else np.nan


def _closest(word: str, ids: pd.Series) -> str:
    hint = nearest_word(word, ids)
    return hint if hint.startswith("Vouliez") else f"Identifiants connus : {some_values(sorted(ids), most=6)}."
