"""Places of an analyst, made ready for a network: ids that name each row, a point each, in the CRS of the streets.

A projection that was forgotten or mislabelled is refused with the line of code that mends it: it would else make every
place « not snapped », in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from access92.errors import Fault, InputError, input_error, nearest_word, some_values
from access92.sources.likely_crs import likely_crs
from access92.sources.places import (
    FARTHEST_KM,
    WGS84,
    check_places,
    distance_to_box_km,
    misplaced,
    project,
)
from access92.sources.tables import LATITUDES, LONGITUDES, read_numbers


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The places of a frame.

    ``frame``: as it came in; ``ids``: of its rows, unique, named by their column (or by the index); ``points``: in the
    CRS of the streets, in the order of the rows; ``crs``: the caller's, in which results are given back.
    """

    frame: pd.DataFrame
    ids: pd.Index
    points: gpd.GeoSeries
    crs: CRS

    def table(self, key: str) -> gpd.GeoDataFrame:
        """The ids as text in a column ``key``, and the points: what the computing rooms take."""
        return gpd.GeoDataFrame(
            {key: self.ids.astype(str).to_numpy(dtype=object)}, geometry=self.points.to_numpy(), crs=self.points.crs
        )


def read_places(
    frame: pd.DataFrame, *, role: str, streets: gpd.GeoDataFrame, id_column: str | None, usual_id: str
) -> Places:
    """The places of a frame of points, or of one with columns of longitude and latitude (WGS 84).

    Parameters
    ----------
    role
        The argument, as messages name it (``origins``).
    streets
        The streets that the places must be near to, in the CRS that the points get.
    id_column, usual_id
        The column of the ids; by default ``usual_id``, else ``id``, else the index.

    Raises
    ------
    InputError
        No row, no place or no CRS; ids that are empty or doubled; a place that is no point, or that is farther than
        200 km from the streets, with what its coordinates seem to be.
    """
    frame = read_frame(frame, role)
    if not len(frame):
        raise input_error("La table est vide.", role, "Fournir au moins une ligne.")
    ids = place_ids(frame, role, id_column, usual_id)
    points = _points(frame, role)
    faults = list(_shape_faults(points, ids, role))
    if faults:
        raise InputError(faults)
    if points.crs is None:
        raise _without_crs(points, role, streets)
    _check_where(points, ids, role, streets)
    return Places(frame, ids, _projected(points, ids, role, streets.crs), points.crs)


def read_frame(frame: object, role: str) -> pd.DataFrame:
    """The frame itself; whatever is none is refused, and one with two columns of one name.

    >>> len(read_frame(pd.DataFrame({"lon": [2.2]}), "origins"))
    1
    """
    if not isinstance(frame, pd.DataFrame):
        raise input_error(
            "Ce n'est pas une table de lieux.", f"{role} : {type(frame).__name__}",
            "Donner un GeoDataFrame de points, ou un DataFrame avec les colonnes lon et lat.",
        )  # fmt: skip
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise input_error(
            "Des colonnes portent le même nom : laquelle lire ?", f"{role}, colonnes {some_values(twice)}",
            f"N'en garder qu'une : {role}.loc[:, ~{role}.columns.duplicated()].",
        )  # fmt: skip
    return frame


def check_not_taken(names: Iterable[object], made: Iterable[str], *, role: str) -> None:
    """Refuse columns of the caller that the result would write over.

    >>> check_not_taken(["mode", "people"], ["mode", "snap_m"], role="origins")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: La table porte déjà des colonnes que le résultat écrit.
      Où : origins, colonnes mode
      Remède : Les renommer ou les retirer d'abord : origins.drop(columns=['mode']).
    """
    listed = set(made)
    taken = [str(name) for name in names if name in listed]
    if taken:
        raise input_error(
            "La table porte déjà des colonnes que le résultat écrit.", f"{role}, colonnes {', '.join(taken)}",
            f"Les renommer ou les retirer d'abord : {role}.drop(columns={taken}).",
        )  # fmt: skip


def place_ids(frame: pd.DataFrame, role: str, asked: str | None, usual: str) -> pd.Index:
    """The unique ids of the rows: of the column ``asked``, else of ``usual``, ``id`` or the index.

    >>> place_ids(pd.DataFrame({"id": ["a", "b"]}), "origins", None, "demand_id").tolist()
    ['a', 'b']
    """
    if asked is not None and asked not in frame.columns:
        known = [str(name) for name in frame.columns]
        raise input_error(
            f"La table n'a pas de colonne « {asked} ».", f"{role}, identifiants", nearest_word(asked, known)
        )
    column = asked or next((name for name in (usual, "id") if name in frame.columns), None)
    ids = frame.index if column is None else pd.Index(frame[column])
    where = f"{role}, {'index' if column is None else f'colonne « {column} »'}"
    if isinstance(ids, pd.MultiIndex):
        raise input_error(
            "L'index a plusieurs niveaux, et aucune colonne ne donne les identifiants.", f"{role}, index",
            f"Nommer la colonne des identifiants, ou n'en garder qu'un : {role}.reset_index().",
        )  # fmt: skip
    if ids.hasnans:
        raise input_error("Des identifiants sont vides.", where, "Donner à chaque ligne un identifiant.")
    if not ids.is_unique:
        raise input_error(
            "Des identifiants sont donnés deux fois.",
            f"{where}, valeurs {some_values(ids[ids.duplicated()].unique())}",
            "Donner à chaque ligne un identifiant, ou nommer la bonne colonne (origin_id, destination_id).",
        )
    # 1 and « 1 » are two ids to pandas, and one text in the results
    if (doubled := ids.astype(str).duplicated(keep=False)).any():
        raise input_error(
            "Des identifiants ne diffèrent que par leur type, et s'écrivent de même : 1 et « 1 ».",
            f"{where}, valeurs {some_values(ids[doubled])}", "Donner à chaque ligne un identifiant qui se lit à part.",
        )  # fmt: skip
    return ids


def _points(frame: pd.DataFrame, role: str) -> gpd.GeoSeries:
    """The geometry of the frame, or what its columns of degrees say."""
    if isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame.columns:  # noqa: SLF001 - asked without raising
        return frame.geometry
    by_name = {str(name).strip().lower(): name for name in frame.columns}
    lon, lat = (next((by_name[name] for name in names if name in by_name), None) for names in (LONGITUDES, LATITUDES))
    if lon is None or lat is None:
        raise input_error(
            "La table ne dit pas où sont ses lieux.", f"{role}, colonnes {some_values(frame.columns, most=8)}",
            "Donner un GeoDataFrame de points, ou les colonnes lon et lat (degrés, WGS 84).",
        )  # fmt: skip
    # text is read as a study reads it: « 2,250 » degrees are no thousand
    read = [read_numbers(frame[name], where=role, may_be_thousands=False) for name in (lon, lat)]
    if faults := [fault for _, found in read for fault in found]:
        raise InputError(faults)
    degrees = [values for values, _ in read]
    empty = np.isnan(degrees[0]) | np.isnan(degrees[1])
    points = np.where(empty, None, shapely.points(*(np.nan_to_num(values) for values in degrees)))
    return gpd.GeoSeries(points, index=frame.index, crs=WGS84)


def _shape_faults(points: gpd.GeoSeries, ids: pd.Index, role: str) -> Iterator[Fault]:
    empty = (points.isna() | points.is_empty).to_numpy()
    if empty.any():
        where = f"{role}, identifiants {some_values(ids[empty])}"
        yield Fault("Des lieux n'ont pas de coordonnées.", where, "Les compléter, ou retirer ces lignes.")
    other = ~empty & (points.geom_type != "Point").to_numpy()
    if other.any():
        where = f"{role}, types {some_values(sorted(set(points[other].geom_type)))}"
        fix = "Prendre un point de chacun : .set_geometry(x.representative_point())."
        yield Fault("Des lieux ne sont pas des points.", where, fix)


def _box(streets: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    west, south, east, north = (
        gpd.GeoSeries([shapely.box(*streets.total_bounds)], crs=streets.crs).to_crs(WGS84).total_bounds
    )
    return float(west), float(south), float(east), float(north)


def _readings(xy: np.ndarray, streets: gpd.GeoDataFrame) -> Iterator[tuple[str, str]]:
    """What coordinates (n, 2) may be, as a sentence and its remedy: every reading that puts all near the streets."""
    box, street_crs = _box(streets), CRS.from_user_input(streets.crs)
    code = street_crs.to_epsg()
    named = f"EPSG:{code}" if code else street_crs.name
    if _all_near(xy[:, 0], xy[:, 1], box):
        yield "ce sont des degrés, longitude puis latitude", ".set_crs(4326, allow_override=True)"
    if _all_near(xy[:, 1], xy[:, 0], box):
        yield (
            "ce sont des degrés, mais latitude puis longitude : elles semblent inversées",
            "gpd.points_from_xy(x=longitude, y=latitude, crs=4326)",
        )
    degrees = gpd.GeoSeries.from_xy(*xy.T, crs=street_crs).to_crs(WGS84)
    if _all_near(degrees.x.to_numpy(), degrees.y.to_numpy(), box):
        yield (
            f"ce sont des mètres, dans le système des rues ({named})",
            f".set_crs({code or 'streets.crs'}, allow_override=True)",
        )


def _all_near(lon: np.ndarray, lat: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    on_globe = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # noqa: PLR2004 - degrees
    return bool(on_globe.all() and (distance_to_box_km(lon, lat, box) <= FARTHEST_KM).all())


def _without_crs(points: gpd.GeoSeries, role: str, streets: gpd.GeoDataFrame) -> InputError:
    xy = shapely.get_coordinates(points.to_numpy())
    reading = next(_readings(xy, streets), None)
    guess = likely_crs(xy) if reading is None else f"D'après les nombres, {reading[0]} : {role}{_call(reading[1])}"
    return input_error(
        "Le système de coordonnées (CRS) est inconnu : rien ne dit ce que valent les coordonnées.", role,
        f"Le déclarer : .set_crs(4326) pour des degrés. {guess}".strip(),
    )  # fmt: skip


def _call(remedy: str) -> str:
    return remedy.replace(", allow_override=True", "") if remedy.startswith(".") else f" = {remedy}"


def _check_where(points: gpd.GeoSeries, ids: pd.Index, role: str, streets: gpd.GeoDataFrame) -> None:
    """Refuse places that are not on earth or far from all streets, with what their coordinates seem to be."""
    crs = CRS.from_user_input(points.crs)
    near = gpd.GeoDataFrame(geometry=[shapely.box(*_box(streets))], crs=WGS84)
    xy = shapely.get_coordinates(points.to_numpy())
    finite = np.isfinite(xy).all(axis=1)
    wrong = misplaced(points.set_axis(range(len(points))), near)
    is_wrong = ~finite | wrong.swapped | wrong.not_degrees | wrong.zero | wrong.far
    if not is_wrong.any():
        return
    reading = next(_readings(xy[is_wrong], streets), None) if finite[is_wrong].all() else None
    where = f"{role} (CRS déclaré : {crs.name}), identifiants {some_values(ids[is_wrong])}, x et y {xy[is_wrong][0]}"
    if reading is not None:
        raise input_error(
            f"Les coordonnées ne sont pas celles du système que la table déclare : {reading[0]}.", where,
            f"{role}{reading[1]}" if reading[1].startswith(".") else f"Reprendre les points : {reading[1]}.",
        )  # fmt: skip
    raise input_error(
        f"Des lieux sont à plus de {FARTHEST_KM:.0f} km de toutes les rues.", where,
        f"Corriger ces coordonnées ou le CRS, ou lire les rues de cet endroit. {likely_crs(xy[is_wrong])}".strip(),
    )  # fmt: skip


def _projected(points: gpd.GeoSeries, ids: pd.Index, role: str, crs: CRS) -> gpd.GeoSeries:
    if points.crs == crs:  # nothing is rounded where nothing is to be done
        return points
    frame = gpd.GeoDataFrame(geometry=points.to_numpy(), index=ids, crs=points.crs)
    return project(check_places(frame, where=role), crs, where=role).geometry
