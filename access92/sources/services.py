"""The services that people travel to: one checked table, whatever the file they come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from access92.errors import Fault, InputError, nearest_word, some_values
from access92.sources.column_names import near_names, with_full_names
from access92.sources.likely_crs import likely_crs_of
from access92.sources.office.meanings import as_headed, in_headings
from access92.sources.office.service_columns import ServiceColumns, service_columns
from access92.sources.places import FARTHEST_KM, WGS84, misplaced, read_crs
from access92.sources.served_areas import with_served_areas
from access92.sources.tables import (
    check_columns,
    place_rows,
    read_days,
    read_numbers,
    read_table,
    read_text,
)
from access92.study.model import Study
from access92.study.schemas import SERVICES, check_table

STATUSES = ("open", "planned")


def read_services(study: Study, *, crs: CRS, near: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """The services of the study (contract SERVICES) in ``crs``, sorted by ``service_id``.

    Every optional column of the contract is there: text is '' where nothing is known, numbers NaN, dates
    NaT, and ``status`` « open » where the file says nothing. A row without a position is kept, with no geometry.
    Headings of an office are matched by meaning (:mod:`access92.sources.office.service_columns`): ``attrs["notices"]``
    says which, in French. ``attrs["unread_columns"]``: columns of the file that are not read, with a name near that of
    one that is missing.

    Parameters
    ----------
    near
        The areas of the study: ``communes_served`` is then resolved to their codes, in the columns SERVED_COLUMNS of
        :mod:`access92.sources.served_areas`, and a service farther than 200 km from them is refused by name, with a
        word on swapped coordinates where swapping brings it back.

    Raises
    ------
    InputError
        With everything wrong at once: missing file or column, empty table, duplicate ids, unknown kind or
        status, unreadable date or number, a place in another country, no CRS.

    Examples
    --------
    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> services = read_services(study, crs=CRS.from_epsg(2154))
    >>> services.loc[services["service_id"].eq("SST07"), "communes_served"].item()
    'Suresnes; Puteaux'
    """
    where = str(study.services.origin)
    raw = read_table(study.table_source(study.services.origin), where=where, layer=study.services.layer)
    raw = with_full_names(raw, [*SERVICES.required, *SERVICES.optional])
    named = service_columns(raw, study.services, study.kinds, near=near, where=where)
    raw = named.table
    check_columns(raw, tuple(SERVICES.required), where=where, key=_COLUMNS_KEY)
    if raw.empty:
        raise InputError(Fault("La table des services est vide.", where, "Fournir au moins un service."))

    # every fault of the table is collected, then raised at once
    with in_headings(named.matched):
        placed = _placed(named, where)
    services, unread = _conformed(placed, where, study.zone)
    faults = as_headed(unread, named.matched)
    faults += [
        *_kind_faults(services, [kind.name for kind in study.kinds], where),
        *_place_faults(services, near, where),
    ]
    try:
        check_table(services, SERVICES, where=where, geometry_may_be_empty=True)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    if near is not None:
        services = with_served_areas(services, near)
    services = services.to_crs(crs).sort_values("service_id", kind="stable", ignore_index=True)
    services.attrs["notices"] = named.sentences
    services.attrs["unread_columns"] = near_names(raw, [*SERVICES.required, *SERVICES.optional])
    return services


_COLUMNS_KEY = "services.columns"


def _placed(named: ServiceColumns, where: str) -> gpd.GeoDataFrame:
    """The table with its places, from degrees or from eastings and northings."""
    if not named.crs:
        return place_rows(named.table, where=where)
    crs = read_crs(named.crs, where=f"{where}, clé services.crs")
    crs = WGS84 if crs == WGS84 else crs
    return place_rows(named.table, where=where, x_column=named.x_column, y_column=named.y_column, crs=crs)


def place_faults(services: gpd.GeoDataFrame, *, near: gpd.GeoDataFrame | None, where: str) -> list[Fault]:
    """What is wrong with the places of services: off the globe, far from the study, longitude for latitude.

    ``services``: with service_id, name and a CRS; ``near``: as for :func:`read_services`; ``where``: as messages name
    what the places come from.

    >>> from shapely import Point
    >>> place = gpd.GeoDataFrame({"service_id": ["A"], "name": ["A"]}, geometry=[Point(48.8, 2.2)], crs=4326)
    >>> area = gpd.GeoDataFrame(geometry=[Point(2.2, 48.8).buffer(0.1)], crs=4326)
    >>> [fault.what[:43] for fault in place_faults(place, near=area, where="essai")]
    ['Longitude et latitude semblent interverties']
    """
    return list(_place_faults(services, near, where))


def _conformed(placed: gpd.GeoDataFrame, where: str, zone: ZoneInfo) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """The columns of the contract, in its order and with its types, and what could not be read."""
    faults: list[Fault] = []
    columns: dict[str, object] = {}
    for name, kind in {**SERVICES.required, **SERVICES.optional}.items():
        if name not in placed.columns:  # nothing to read: most files have a few of the optional columns
            columns[name] = _blank(kind, placed.index)
            continue
        column = placed[name]
        if kind == "number":
            columns[name], unread = read_numbers(column, where=where)
            faults += unread
        elif kind == "date":
            columns[name], unread = read_days(column, where=where, zone=zone)
            faults += unread
        else:
            columns[name] = read_text(column)
    frame = pd.DataFrame(columns, index=placed.index)
    frame["status"] = frame["status"].replace("", "open")
    for name in SERVICES.required:
        frame[name] = frame[name].where(frame[name] != "", None)
    geometry = placed.geometry.force_2d()
    geometry = geometry.where(~geometry.is_empty, None)
    backwards = frame.index[frame["valid_from"] > frame["valid_to"]]
    if len(backwards):
        faults.append(
            Fault(
                "Un service ferme avant d'ouvrir.",
                f"{where}, services {some_values(frame.loc[backwards, 'service_id'])}",
                "Corriger valid_from ou valid_to.",
            ),
        )
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=placed.crs), faults


def _blank(kind: str, index: pd.Index) -> pd.Series:
    """A column of the contract in which nothing is known, as those that are read."""
    if kind == "number":
        return pd.Series(np.nan, index, dtype=float)
    return pd.Series(pd.NaT, index, dtype="datetime64[us]") if kind == "date" else pd.Series("", index, dtype=object)


_MOST_WORDS = 20
"""Unknown words that are named, each with its services: of more, the column is another one."""


def _kind_faults(services: gpd.GeoDataFrame, known: Sequence[str], where: str) -> Iterator[Fault]:
    """Kinds that the study does not have, statuses that the contract does not know."""
    other_kinds = services["also_kinds"].str.split(";").explode().str.strip()
    words = pd.concat([services["kind"].dropna(), other_kinds[other_kinds != ""]])
    for word in sorted(set(words) - set(known))[:_MOST_WORDS]:
        holders = services.loc[words.index[words == word], "service_id"]
        yield Fault(
            f"Catégorie de service inconnue : « {word} ».",
            f"{where}, services {some_values(holders)}",
            nearest_word(word, known),
        )
    for word in sorted(set(services["status"]) - set(STATUSES))[:_MOST_WORDS]:
        holders = services.loc[services["status"] == word, "service_id"]
        yield Fault(
            f"Statut de service inconnu : « {word} ».",
            f"{where}, services {some_values(holders)}",
            nearest_word(word, STATUSES),
        )


def _place_faults(services: gpd.GeoDataFrame, near: gpd.GeoDataFrame | None, where: str) -> Iterator[Fault]:
    """Places that cannot be: outside the globe, or in another country."""
    if services.crs is None:
        return
    wrong = misplaced(services.geometry, near)
    for is_wrong, what, fix in (
        (
            wrong.swapped,
            "Longitude et latitude semblent interverties"
            + (" : une fois échangées, le lieu tombe près de la zone d'étude." if near is not None else "."),
            "Échanger les deux coordonnées (lon ≈ 2, lat ≈ 49 en Île-de-France).",
        ),
        (
            wrong.not_degrees,
            "Des coordonnées ne sont pas des degrés.",
            "Les convertir en degrés (WGS 84), ou donner un fichier géographique qui déclare son CRS. "
            + likely_crs_of(services.geometry.to_numpy()[wrong.not_degrees]),
        ),
        (
            wrong.zero,
            "Un service est à la longitude 0 et à la latitude 0 : sa position manque.",
            "Donner ses coordonnées, ou laisser lon et lat vides si le lieu n'est pas connu.",
        ),
        (
            wrong.far,
            f"Un service est à plus de {FARTHEST_KM:.0f} km de la zone d'étude.",
            "Corriger ses coordonnées (degrés, WGS 84) ou retirer la ligne.",
        ),
    ):
        if is_wrong.any():
            yield Fault(what, f"{where}, services {_described(services, is_wrong, wrong.lon, wrong.lat)}", fix)


def _described(services: gpd.GeoDataFrame, is_wrong: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> str:
    """The first of these services as messages name them: id, name and degrees."""
    rows = np.flatnonzero(is_wrong)
    ids, names = services["service_id"].to_numpy(), services["name"].to_numpy()
    return some_values(f"{ids[row]} « {names[row]} » ({lon[row]:.4f}, {lat[row]:.4f})" for row in rows)
