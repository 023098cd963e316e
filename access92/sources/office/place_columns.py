"""The columns that say where services are: which are read, in which system, and whether the others say the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from access92.errors import InputError, input_error, some_values
from access92.sources.likely_crs import fitting_systems
from access92.sources.office.meanings import plain_words
from access92.sources.places import FARTHEST_KM, WGS84, distance_to_box_km, read_crs
from access92.sources.tables import read_text
from access92.sources.written_numbers import parse_numbers
from access92.study.files import ServicesInput

EPSG_IN_HEADING = (("l93", 2154), ("lambert93", 2154), ("lambert 93", 2154), ("2154", 2154), ("rgr92", 2975))
_LAT_LON = re.compile(r"\s*\(?\s*(-?\d+(?:[.,]\d+)?)\s*[,;/ ]\s*(-?\d+(?:[.,]\d+)?)\s*\)?\s*")
_SYSTEMS = (("lon", "lat"), ("x", "y"), ("lat_lon",))
"""The surest first."""

_SAME_PLACE_M = 100.0
_METRES_PER_DEGREE = 111_320.0


def places_once(matched: Mapping[str, str], written: Collection[str] = ()) -> dict[str, str]:
    """The columns of places that are used: those that the study writes, else degrees, eastings and northings, a pair.

    >>> found = {"lon": "Lon", "lat": "Lat", "x": "X", "y": "Y"}
    >>> places_once(found), places_once(found, ["x", "y"])
    ({'lon': 'Lon', 'lat': 'Lat'}, {'x': 'X', 'y': 'Y'})
    """
    whole = [names for names in _SYSTEMS if set(names) <= matched.keys()]
    chosen = next((names for names in whole if set(names) & set(written)), whole[0] if whole else ("lon", "lat"))
    unused = {name for names in _SYSTEMS for name in names} - set(chosen)
    return {column: heading for column, heading in matched.items() if column not in unused}


def check_other_places(raw: pd.DataFrame, every: Mapping[str, str], used: Mapping[str, str], where: str) -> None:
    """Refuse rows without a place in the columns that are read, and with one in columns that are not."""
    systems = [[every[name] for name in names] for names in _SYSTEMS if set(names) <= set(every)]
    read = [headings for headings in systems if set(headings) <= set(used.values())]
    others = [headings for headings in systems if headings not in read]
    if not read or not others:
        return
    filled = {
        heading: raw[heading].astype("string").fillna("").str.strip().ne("").to_numpy(dtype=bool)
        for headings in systems
        for heading in headings
    }
    has_none = ~np.any([filled[heading] for headings in read for heading in headings], axis=0)
    for headings in others:
        lost = has_none & np.all([filled[heading] for heading in headings], axis=0)
        if lost.any():
            shown, unread = (" et ".join(f"« {name} »" for name in names) for names in (read[0], headings))
            raise input_error(
                f"Des lieux ne sont écrits que dans {unread}, et c'est {shown} qui est lu.",
                f"{where}, lignes {some_values(raw.index[lost])}",
                f"Remplir {shown} sur ces lignes, ou retirer ces colonnes : {unread} sera lu.",
            )


def check_places_agree(
    raw: pd.DataFrame,
    every: Mapping[str, str],
    used: Mapping[str, str],
    settings: ServicesInput,
    near: gpd.GeoDataFrame | None,
    where: str,
) -> None:
    """Refuse places that two ways of writing them put more than 100 m apart (X and Y beside longitude and latitude).

    Nothing is said where the study itself names the columns, or where the system of X and Y is not known.
    """
    whole = [names for names in _SYSTEMS if set(names) <= every.keys()]
    if len(whole) < 2 or any(set(names) & settings.columns.keys() for names in whole):  # noqa: PLR2004 - two to compare
        return
    places = {names: _degrees_of(raw, [every[name] for name in names], settings, near, where) for names in whole}
    read = next((names for names in whole if set(names) <= used.keys()), whole[0])
    for names in whole:
        if names == read:
            continue
        east, north = ((places[names] - places[read]) * _METRES_PER_DEGREE).T
        apart_m = np.hypot(east * np.cos(np.radians(places[read][:, 1])), north)
        differs = apart_m > _SAME_PLACE_M
        if differs.any():
            shown, other = (" et ".join(f"« {every[name]} »" for name in part) for part in (read, names))
            raise input_error(
                f"{shown} et {other} ne disent pas les mêmes lieux.",
                f"{where}, lignes {some_values(raw.index[differs])} (jusqu'à {np.nanmax(apart_m):.0f} m d'écart)",
                "Retirer les fausses, ou dire laquelle dans l'étude : "
                f'columns = {{ {read[0]} = "{every[read[0]]}" }}.',
            )


def _degrees_of(
    raw: pd.DataFrame, headings: list[str], settings: ServicesInput, near: gpd.GeoDataFrame | None, where: str
) -> np.ndarray:
    """Longitude and latitude of each row (n, 2) as these columns say them; NaN where they say none, or no system."""
    if len(headings) == 1:
        pairs = [_LAT_LON.fullmatch(text) for text in read_text(raw[headings[0]])]
        texts = [[pair[2] if pair else "" for pair in pairs], [pair[1] if pair else "" for pair in pairs]]
        crs = "EPSG:4326"
    else:
        texts = [list(read_text(raw[name])) for name in headings]
        try:
            crs = crs_of(raw, headings[0], headings[1], near, where, written=settings.crs)[0]
        except InputError:
            return np.full((len(raw), 2), np.nan)
    xy = np.column_stack([parse_numbers(column, may_be_thousands=crs != "EPSG:4326").numbers for column in texts])
    if crs == "EPSG:4326":
        return xy
    to_degrees = Transformer.from_crs(read_crs(crs, where=where), WGS84, always_xy=True)
    return np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))


def split_lat_lon(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The table with the columns lon and lat of one that holds « latitude, longitude », as open data portals do."""
    if "lat_lon" not in table.columns or {"lon", "lat"} <= {str(name) for name in table.columns}:
        return table
    texts = read_text(table["lat_lon"])
    pairs = [_LAT_LON.fullmatch(text) for text in texts]
    wrong = [line for line, text, pair in zip(table.index, texts, pairs, strict=True) if text and pair is None]
    if wrong:
        raise input_error(
            "La colonne des coordonnées ne porte pas « latitude, longitude ».",
            f"{where}, lignes {some_values(wrong)}, valeurs {some_values(texts.loc[wrong])}",
            "L'écrire « 48.8235, 2.2560 », ou donner deux colonnes, Longitude et Latitude.",
        )
    return table.assign(
        lat=[pair[1] if pair else "" for pair in pairs], lon=[pair[2] if pair else "" for pair in pairs]
    )


def crs_of(
    table: pd.DataFrame,
    x_column: str,
    y_column: str,
    near: gpd.GeoDataFrame | None,
    where: str,
    *,
    written: str | None,
    key: str = "[services] : crs",
) -> tuple[str, str]:
    """The system of eastings and northings, and the sentence that says where it was taken from.

    ``written``: the system that the study gives; ``key``: the part and the key where it may.
    """
    if written is not None:
        return written, ""
    heading = plain_words(x_column)
    if (named := next((code for words, code in EPSG_IN_HEADING if words in heading), None)) is not None:
        return f"EPSG:{named}", f"« {x_column} » et « {y_column} » lus en EPSG:{named}, d'après leur titre."
    numbers = [parse_numbers(list(read_text(table[name]))).numbers for name in (x_column, y_column)]
    xy = np.column_stack(numbers)
    known = xy[np.isfinite(xy).all(axis=1)]
    if len(known) and (np.abs(known) <= 180).all():  # noqa: PLR2004 - degrees
        return (
            "EPSG:4326",
            f"« {x_column} » et « {y_column} » lus en degrés (longitude, latitude), d'après leurs nombres.",
        )
    fitting = [(code, name) for code, name in fitting_systems(known) if _is_near(known, code, near)]
    if len(fitting) == 1:
        code, name = fitting[0]
        return f"EPSG:{code}", f"« {x_column} » et « {y_column} » lus en {name} (EPSG:{code}), d'après leurs nombres."
    if not len(known):
        return "EPSG:2154", ""
    shown = " ou ".join(f"{name} (EPSG:{code})" for code, name in fitting) or "aucun système connu de France"
    raise input_error(
        "Le système des coordonnées X et Y n'est pas écrit.",
        f"{where}, colonnes « {x_column} » et « {y_column} » ; d'après les nombres : {shown}",
        f"L'écrire dans l'étude, partie {key} = \"EPSG:2154\" pour du Lambert-93.",
    )


def _is_near(xy: np.ndarray, code: int, near: gpd.GeoDataFrame | None) -> bool:
    """Whether most of these places are near the areas in this system."""
    if near is None:
        return True
    west, south, east, north = (float(value) for value in near.to_crs(WGS84).total_bounds)
    lon, lat = Transformer.from_crs(code, WGS84, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return bool(np.median(distance_to_box_km(lon, lat, (west, south, east, north))) < FARTHEST_KM)
