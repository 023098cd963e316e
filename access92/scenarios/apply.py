"""A scenario's list of changes applied to tables: services, streets, modes; new ones are returned."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.errors import Fault, InputError, nearest_word, some_values
from access92.network.modes import Mode, change_speeds
from access92.sources.served_areas import SERVED_AREAS
from access92.sources.services import place_faults
from access92.study.changes import (
    AddService,
    Change,
    ChangeKind,
    CloseStreet,
    MoveService,
    RemoveService,
    SetSpeed,
)

WGS84 = "EPSG:4326"


def change_services(
    services: gpd.GeoDataFrame,
    changes: Sequence[Change],
    *,
    scenario: str,
    area_names: Mapping[str, str] | None = None,
    near: gpd.GeoDataFrame | None = None,
    closed_by: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """The services after the changes, in their order; added ones come last.

    Parameters
    ----------
    area_names
        By area_id, to write the sector of an added service by names, as the services table does; without them its
        codes stay.
    near
        The areas of the study: a place that would be refused in the table of services is refused here.
    closed_by
        By service_id the scenario that closed it, for a message on a service that is no longer there.

    Raises
    ------
    InputError
        With everything wrong at once: a change that names an unknown service (with the nearest) or one closed
        before, adds one that is there already, gives one an area that the study does not have, or a place that
        cannot be.
    """
    # in order, each on what the former ones left; one with a fault is skipped, so that the next are checked too
    table, faults = services, []
    for change in changes:
        if not isinstance(change, AddService | RemoveService | MoveService | ChangeKind):
            continue
        where = f"scénario « {scenario} », {change.kind}"
        known = table["service_id"].astype(str)
        if isinstance(change, AddService):
            sector, wrong = _sector(change, scenario, area_names)
            wrong += double_id_faults("Le service", change.service_id, known, where)
        else:
            sector, wrong = "", _absent_faults(change.service_id, known, where, closed_by or {})
        if isinstance(change, AddService | MoveService):
            wrong += place_faults(_changed_place(change, table), near=near, where=where)
        faults += wrong
        if wrong:
            continue
        if isinstance(change, AddService):
            table = _with_service(table, change, sector)
        else:
            table = _with_change(table, int(np.flatnonzero(known == change.service_id)[0]), change)
    if faults:
        raise InputError(faults)
    return table


def close_streets(streets: gpd.GeoDataFrame, changes: Sequence[Change], *, scenario: str) -> gpd.GeoDataFrame:
    """The streets without the closed ones; the same table where nothing is closed.

    Raises
    ------
    InputError
        As :func:`closed_streets`.
    """
    closed = closed_streets(streets, changes, scenario=scenario)
    return streets[~closed].reset_index(drop=True) if closed.any() else streets


def closed_streets(streets: gpd.GeoDataFrame, changes: Sequence[Change], *, scenario: str) -> np.ndarray:
    """Which streets (bool) the changes close.

    Raises
    ------
    InputError
        An id or a name that no street has, a polygon that crosses itself or touches no street.
    """
    closed = np.zeros(len(streets), dtype=bool)
    faults = []
    for change in changes:
        if not isinstance(change, CloseStreet):
            continue
        column, references = ("edge_id", change.edge_ids) if change.edge_ids else ("name", change.names)
        if change.polygon:
            touched, wrong = _touched(streets, change, f"scénario « {scenario} », close_street, polygon")
            closed |= touched
            faults += wrong
            continue
        values = streets[column].astype(str).to_numpy()
        unknown = sorted(set(references) - set(values))
        if unknown:
            hint = nearest_word(unknown[0], sorted(set(values) - {""})) if column == "name" else "Vérifier edge_id."
            faults.append(
                Fault(
                    f"Aucune rue à fermer ne porte : {some_values(unknown)}.",
                    f"scénario « {scenario} », close_street, {column}",
                    hint if hint.startswith("Vouliez") else "Vérifier l'orthographe dans la table des rues.",
                )
            )
        closed |= np.isin(values, references)
    if faults:
        raise InputError(faults)
    return closed


def change_modes(modes: Mapping[str, Mode], changes: Sequence[Change], *, scenario: str) -> dict[str, Mode]:
    """The modes with their new speeds.

    Raises
    ------
    InputError
        A mode that the study does not compute, a speed outside its bounds.
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
        changed |= change_speeds(changed, change.mode, change.speed_kmh, where=f"scénario « {scenario} », set_speed")
    return changed


def _sector(change: AddService, scenario: str, area_names: Mapping[str, str] | None) -> tuple[str, list[Fault]]:
    """The sector of an added service, as ``communes_served`` of the services table writes it; areas that are none."""
    if area_names is None:
        return "; ".join(change.communes_served), []
    unknown = [code for code in change.communes_served if code not in area_names]
    faults = [
        Fault(
            f"communes_served nomme une commune que l'étude n'a pas : « {code} ».",
            f"scénario « {scenario} », add_service « {change.service_id} »",
            nearest_word(code, area_names),
        )
        for code in unknown
    ]
    return "; ".join(area_names[code] for code in change.communes_served if code in area_names), faults


def double_id_faults(what: str, new_id: str, known: pd.Series, where: str) -> list[Fault]:
    """The fault of an id that is there already, whatever its capitals, accents and spaces; none where it is new.

    >>> [fault.what for fault in double_id_faults("Le service", "s3", pd.Series(["S3"]), "essai")]
    ['Le service à ajouter existe déjà : « s3 », écrit autrement : « S3 ».']
    """
    same = sorted({word for word in known if plain_id(word) == plain_id(new_id)})
    if not same:
        return []
    written = "" if new_id in same else f", écrit autrement : « {same[0]} »"
    return [Fault(f"{what} à ajouter existe déjà : « {new_id} »{written}.", where, "Lui donner un autre identifiant.")]


def _absent_faults(service_id: str, known: pd.Series, where: str, closed_by: Mapping[str, str]) -> list[Fault]:
    if (known == service_id).any():
        return []
    if service_id in closed_by:
        what = f"Un changement porte sur un service déjà fermé : « {service_id} »."
        fix = f"Retirer ce changement, ou partir d'un autre scénario que « {closed_by[service_id]} », qui le ferme."
        return [Fault(what, where, fix)]
    what = f"Un changement nomme un service inconnu : « {service_id} »."
    return [Fault(what, where, closest_id(service_id, known))]


def plain_id(text: str) -> str:
    """An identifier without capitals, accents, spaces or hidden signs: two that differ by these alone are one.

    >>> plain_id(" Pôle  Clichy") == plain_id("pole cli\u00adchy")
    True
    """
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(
        sign for sign in decomposed if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"
    )
    return "".join(letters.casefold().split())


def _changed_place(change: AddService | MoveService, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The service of a change and its new place, in degrees, as messages name it."""
    if isinstance(change, AddService):
        name = change.name
    else:
        names = table.loc[table["service_id"].astype(str) == change.service_id, "name"]
        name = str(names.iloc[0]) if len(names) else ""
    place = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84)
    return gpd.GeoDataFrame({"service_id": [change.service_id], "name": [name]}, geometry=place)


def _touched(streets: gpd.GeoDataFrame, change: CloseStreet, where: str) -> tuple[np.ndarray, list[Fault]]:
    """The streets (bool) that the polygon of a closure touches, or what is wrong with it."""
    polygon = shapely.Polygon(change.polygon)
    none = np.zeros(len(streets), dtype=bool)
    if not polygon.is_valid or not polygon.area > 0:
        reason = shapely.is_valid_reason(polygon)
        _, at_bracket, at = reason.partition("[")
        near = f", près de {at.rstrip(']').replace(' ', ', ')}" if at_bracket else ""
        what = (
            "Le polygone de fermeture se recoupe ou n'a pas de surface : il fermerait d'autres rues que celles voulues."
        )
        fix = "Donner les sommets dans l'ordre du contour, sans croisement."
        return none, [Fault(what, f"{where}{near}", fix)]
    outline = gpd.GeoSeries([polygon, shapely.transform(polygon, lambda xy: xy[:, ::-1])], crs=WGS84).to_crs(
        streets.crs
    )
    lines = streets.geometry.to_numpy()
    if np.isfinite(outline.iloc[0].bounds).all():
        touched: np.ndarray = shapely.intersects(outline.iloc[0], lines)
        if touched.any():
            return touched, []
    fix = "Le redessiner."
    if np.isfinite(outline.iloc[1].bounds).all() and shapely.intersects(outline.iloc[1], lines).any():
        fix = "Longitude et latitude semblent interverties : écrire chaque sommet [lon, lat]."
    return none, [Fault("Le polygone de fermeture ne touche aucune rue.", where, fix)]


def _with_service(table: gpd.GeoDataFrame, change: AddService, sector: str) -> gpd.GeoDataFrame:
    if sector and "communes_served" not in table.columns:
        table = table.assign(communes_served="")
    if sector and SERVED_AREAS not in table.columns:
        table = table.assign(**{SERVED_AREAS: ""})
    place = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84).to_crs(table.crs)
    row: dict[str, object] = {
        "service_id": change.service_id,
        "name": change.name,
        "kind": change.service_kind,
        "status": "open",
        "position_basis": change.position_basis,
        "source": change.source,
        "communes_served": sector,
        SERVED_AREAS: "\n".join(change.communes_served),
    }
    new = gpd.GeoDataFrame(
        [{name: row.get(name, _blank(table[name])) for name in _columns(table)}], geometry=place.array
    )
    new = new.set_geometry("geometry").astype({name: table[name].dtype for name in _columns(table)})
    stacked = pd.concat([table, new.set_crs(table.crs, allow_override=True)[table.columns]], ignore_index=True)
    return gpd.GeoDataFrame(stacked, geometry="geometry", crs=table.crs)


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


def closest_id(word: str, ids: pd.Series) -> str:
    """The nearest known identifier, in French; the first few where none is near.

    >>> closest_id("S33", pd.Series(["S3", "S1"]))
    'Vouliez-vous dire « S3 » ?'
    """
    hint = nearest_word(word, ids)
    return hint if hint.startswith("Vouliez") else f"Identifiants connus : {some_values(sorted(ids), most=6)}."
