"""The services that people travel to: one checked table, whatever the file they come in."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from access92.errors import Fault, InputError, nearest_word, some_values
from access92.sources.point_tables import (
    WGS84,
    check_columns,
    is_blank,
    place_rows,
    read_numbers,
    read_table,
    read_text,
)
from access92.study import Study
from access92.tables import KINDS, SERVICES, check_table

FARTHEST_SERVICE_KM = 200.0
"""A service farther than this from the study area is taken for a mistake."""

STATUSES = ("open", "planned")

_EARTH_RADIUS_KM = 6371.0088


def read_services(study: Study, *, crs: CRS, near: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """The services of the study (contract SERVICES) in ``crs``, sorted by ``service_id``.

    Every optional column of the contract is there: text is '' where nothing is known, numbers NaN, dates
    NaT, and ``status`` « open » where the file says nothing. A row without a position is kept, with no geometry.

    Parameters
    ----------
    near
        The areas of the study: a service farther than 200 km from them is refused by name, with a word on swapped
        coordinates where swapping brings it back.

    Raises
    ------
    InputError
        With everything wrong at once: missing file or column, empty table, duplicate ids, unknown kind or
        status, unreadable date or number, a place in another country, no CRS.

    Examples
    --------
    >>> from access92.study import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> services = read_services(study, crs=CRS.from_epsg(2154))
    >>> services.loc[services["service_id"].eq("SST07"), "communes_served"].item()
    'Suresnes; Puteaux'
    """
    where = str(study.services.file)
    raw = read_table(study.locate(study.services.file), where=where)
    check_columns(raw, tuple(SERVICES.required), where=where)
    if raw.empty:
        raise InputError(Fault("La table des services est vide.", where, "Fournir au moins un service."))
    placed = place_rows(raw, where=where)
    services, faults = _conformed(placed, where)
    faults += [*_kind_faults(services, where), *_place_faults(services, near, where)]
    try:
        check_table(services, SERVICES, where=where, geometry_may_be_empty=True)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    return services.to_crs(crs).sort_values("service_id", kind="stable", ignore_index=True)


def distance_to_box_km(
    lon: np.ndarray,
    lat: np.ndarray,
    bounds_wgs84: tuple[float, float, float, float],
) -> np.ndarray:
    """Kilometres on the sphere from each place to a box (west, south, east, north); 0 inside it.

    Measured to the nearest longitude and latitude of the box: close enough to tell a country from another.

    >>> distance_to_box_km(np.array([2.2, 2.2]), np.array([48.8, 49.9]), (2.1, 48.7, 2.3, 48.9)).round().tolist()
    [0.0, 111.0]
    """
    west, south, east, north = bounds_wgs84
    there_lon, there_lat = np.clip(lon, west, east), np.clip(lat, south, north)
    lon_1, lat_1, lon_2, lat_2 = (np.radians(values) for values in (lon, lat, there_lon, there_lat))
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _conformed(placed: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """The columns of the contract, in its order and with its types, and what could not be read."""
    faults: list[Fault] = []
    columns: dict[str, object] = {}
    for name, kind in {**SERVICES.required, **SERVICES.optional}.items():
        column = placed[name] if name in placed.columns else pd.Series(None, placed.index, dtype=object, name=name)
        if kind == "number":
            columns[name], found = read_numbers(column, where=where)
            faults += found
        elif kind == "date":
            columns[name], found = _read_dates(column, where)
            faults += found
        else:
            columns[name] = read_text(column)
    columns["status"] = pd.Series(columns["status"], index=placed.index).replace("", "open")
    frame = pd.DataFrame(columns, index=placed.index)
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


def _read_dates(column: pd.Series, where: str) -> tuple[pd.Series, list[Fault]]:
    """The column as days (NaT where blank), and a fault where a cell is not a day."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_localize(None).dt.normalize().astype("datetime64[us]"), []
    text = column.astype("string").str.strip().str.slice(0, 10)
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    wrong = days.isna().to_numpy() & ~is_blank(column)
    if not wrong.any():
        return days, []
    fault = Fault(
        f"La colonne « {column.name} » porte une date illisible.",
        f"{where}, lignes {some_values(column.index[wrong])}, valeurs {some_values(column[wrong])}",
        "Écrire les dates AAAA-MM-JJ, par exemple 2024-10-18.",
    )
    return days, [fault]


_MOST_WORDS = 20
"""Unknown words that are named, each with its services: of more, the column is another one."""


def _kind_faults(services: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    """Kinds and statuses that the contract does not know."""
    further = services["also_kinds"].str.split(";").explode().str.strip()
    words = pd.concat([services["kind"].dropna(), further[further != ""]])
    for word in sorted(set(words) - set(KINDS))[:_MOST_WORDS]:
        holders = services.loc[words.index[words == word], "service_id"]
        yield Fault(
            f"Catégorie de service inconnue : « {word} ».",
            f"{where}, services {some_values(holders)}",
            nearest_word(word, KINDS),
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
    degrees = services.geometry.representative_point().to_crs(WGS84)
    lon, lat = degrees.x.to_numpy(dtype=float), degrees.y.to_numpy(dtype=float)
    located = np.isfinite(lon) & np.isfinite(lat)
    unusable = ~located & services.geometry.notna().to_numpy()
    off_globe = unusable | (located & ((np.abs(lat) > 90) | (np.abs(lon) > 180)))  # noqa: PLR2004 - degrees
    far, back_when_swapped = np.zeros(len(services), dtype=bool), located & (np.abs(lat) > 90)  # noqa: PLR2004
    if near is not None and len(near):
        west, south, east, north = near.to_crs(WGS84).total_bounds
        box = (float(west), float(south), float(east), float(north))
        far = located & ~off_globe & (distance_to_box_km(lon, lat, box) > FARTHEST_SERVICE_KM)
        back_when_swapped = located & (far | off_globe) & (distance_to_box_km(lat, lon, box) <= FARTHEST_SERVICE_KM)
    swapped = (far | off_globe) & back_when_swapped
    if swapped.any():
        yield Fault(
            "Longitude et latitude semblent interverties : une fois échangées, le lieu tombe près de la zone d'étude."
            if near is not None
            else "Longitude et latitude semblent interverties.",
            f"{where}, services {_named(services, swapped, lon, lat)}",
            "Échanger les deux coordonnées (lon ≈ 2, lat ≈ 49 en Île-de-France).",
        )
    if (off_globe & ~swapped).any():
        yield Fault(
            "Des coordonnées ne sont pas des degrés.",
            f"{where}, services {_named(services, off_globe & ~swapped, lon, lat)}",
            "Les convertir en degrés (WGS 84), ou donner un fichier géographique qui déclare son CRS.",
        )
    lost = far & ~swapped
    if lost.any():
        yield Fault(
            f"Un service est à plus de {FARTHEST_SERVICE_KM:.0f} km de la zone d'étude.",
            f"{where}, services {_named(services, lost, lon, lat)}",
            "Corriger ses coordonnées (degrés, WGS 84) ou retirer la ligne.",
        )


def _named(services: gpd.GeoDataFrame, chosen: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> str:
    rows = np.flatnonzero(chosen)
    ids, names = services["service_id"].to_numpy(), services["name"].to_numpy()
    return some_values(f"{ids[row]} « {names[row]} » ({lon[row]:.4f}, {lat[row]:.4f})" for row in rows)
