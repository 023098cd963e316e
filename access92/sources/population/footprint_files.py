"""Footprints of a file, recognised by its columns: BD TOPO (IGN), BDNB (CSTB), RNB, or OpenStreetMap tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from access92.errors import InputError, input_error, some_values
from access92.sources.geographic_files import layer_names
from access92.sources.places import WGS84, check_places, project
from access92.sources.population.footprints import (
    FOOTPRINT_COLUMNS,
    Footprints,
    building_rules,
    read_measure,
    reason_left_out,
    valid_polygons,
)
from access92.sources.tables import read_numbers, read_table, read_text
from access92.sources.written_numbers import written

LAYERS = ("batiment", "batiment_groupe_compile", "batiment_groupe", "batiment_construction")
"""The layers of BD TOPO and BDNB that hold footprints, first come first read; else the first of the file."""

_MOST_LEVELS = 200.0
_YES = frozenset({"oui", "true", "1", "yes", "t"})
_RESIDENTIAL = ("résidentiel", "residentiel")


@dataclass(frozen=True, slots=True)
class _Form:
    """A kind of file: what the report calls it, which columns say so (any of them), and how its rows are read."""

    label: str
    marks: frozenset[str]
    read: Callable[[pd.DataFrame, str], pd.DataFrame]


def read_footprint_file(
    path: Path, *, where: str, crs: CRS, bounds_wgs84: tuple[float, float, float, float] | None = None
) -> tuple[Footprints, tuple[str, ...]]:
    """The buildings of a file, in ``crs``, and French notices of what of it is no building's outline.

    A GeoPackage, a Shapefile, a GeoJSON, a GeoParquet; or the CSV (or Parquet) of the RNB, whose column ``shape`` holds
    the outline as text.

    Parameters
    ----------
    where
        The file, as messages name it.
    bounds_wgs84
        Read only what touches this box, where the format allows it.

    Raises
    ------
    InputError
        Missing or unreadable file, no CRS, columns of no known form (those of the file are listed), no polygon.

    References
    ----------
    IGN, *BD TOPO version 3, descriptif de contenu*, class Bâtiment; CSTB, *BDNB*, table batiment_groupe_compile; RNB,
    *export départemental* (rnb_id; point; shape; status; …).

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "bati.gpkg"
    >>> house = shapely.box(650000, 6860000, 650010, 6860020)
    >>> gpd.GeoDataFrame({"NATURE": ["Indifférenciée"], "USAGE1": ["Résidentiel"], "NB_LOGTS": [3]}, geometry=[house],
    ...     crs=2154).to_file(file)
    >>> read_footprint_file(file, where="bati.gpkg", crs=CRS(2154))[0].table["dwellings"].tolist()
    [3.0]
    """
    names = layer_names(path, where=where)
    layer = next((name for wanted in LAYERS for name in names if name.lower() == wanted), None)
    rows = _shaped(read_table(path, where=where, bounds_wgs84=bounds_wgs84, layer=layer), where)
    columns = {str(name).lower() for name in rows.columns}
    form = next((form for form in FORMS if form.marks & columns), None)
    if form is None:
        raise input_error(
            "Les colonnes de ce fichier de bâtiments ne sont d'aucune forme connue.",
            f"{where}, colonnes {some_values(sorted(columns - {'geometry'}), most=12)}",
            "Donner la couche batiment de la BD TOPO (USAGE1, NATURE), la BDNB (batiment_groupe_id), le RNB (rnb_id) "
            "ou des bâtiments d'OpenStreetMap (building).",
        )

    # outlines only: a register also has points, for buildings whose outline it does not know
    flat = shapely.force_2d(rows.geometry.to_numpy())
    outlined = ~shapely.is_missing(flat) & (shapely.get_dimensions(flat) == 2) & ~shapely.is_empty(flat)  # noqa: PLR2004
    if not outlined.any():
        raise input_error(
            "Le fichier de bâtiments n'a pas de polygones.",
            f"{where}, {len(rows)} lignes",
            "Donner les emprises des bâtiments (polygones), et non leurs points.",
        )
    outlines = gpd.GeoDataFrame(rows.drop(columns="geometry"), geometry=flat, crs=rows.crs)[outlined]
    outlines = outlines.reset_index(drop=True)
    table = form.read(outlines.rename(columns=lambda name: str(name).lower()), where)
    places = project(outlines[["geometry"]], crs, where=where)
    shapes = valid_polygons(places.geometry.to_numpy())
    table = gpd.GeoDataFrame(table, geometry=shapes, crs=crs)[shapely.area(shapes) > 0].reset_index(drop=True)
    missing = len(rows) - int(outlined.sum())
    notices = (
        (f"{written(missing)} bâtiments sur {written(len(rows))} n'ont pas d'emprise ({where}).",) if missing else ()
    )
    return Footprints(table, form.label), notices


def _shaped(rows: pd.DataFrame, where: str) -> gpd.GeoDataFrame:
    """The rows with the geometry of the file, or that of its column ``shape`` (text, as the RNB writes it)."""
    if isinstance(rows, gpd.GeoDataFrame):
        return rows
    column = next((name for name in rows.columns if str(name).lower() in {"shape", "geom_groupe", "wkt"}), None)
    if column is None:
        raise input_error(
            "Le fichier de bâtiments n'a pas de géométrie.",
            f"{where}, colonnes {some_values([str(name) for name in rows.columns], most=12)}",
            "Donner un fichier géographique (GeoPackage, GeoParquet), ou l'export du RNB avec sa colonne shape.",
        )
    texts = read_text(rows[column])
    parts = texts.str.partition(";")
    has_srid = parts[0].str.upper().str.startswith("SRID=")
    shapes = shapely.from_wkt(np.where(has_srid, parts[2], texts), on_invalid="ignore")
    systems = sorted(set(parts[0][has_srid & texts.ne("")].str.upper().str.removeprefix("SRID=")))
    if len(systems) > 1 or (not systems and column != "shape"):
        raise input_error(
            "Le système de coordonnées (CRS) des emprises n'est pas connu, ou n'est pas le même partout.",
            f"{where}, colonne {column}, {some_values(systems) or 'sans SRID'}",
            "Écrire les emprises dans un seul système (SRID=4326;MULTIPOLYGON…), ou donner un GeoPackage.",
        )
    unread = rows.index[shapely.is_missing(shapes) & texts.ne("").to_numpy()]
    if len(unread):
        raise input_error(
            f"La colonne « {column} » porte des emprises illisibles.",
            f"{where}, lignes {some_values(unread)}",
            "Les écrire en WKT : MULTIPOLYGON(((lon lat, …))).",
        )
    shaped = gpd.GeoDataFrame(
        rows.drop(columns=[column, *(["geometry"] if "geometry" in rows.columns and column != "geometry" else [])]),
        geometry=shapes,
        crs=CRS.from_epsg(int(systems[0])) if systems else WGS84,
    )
    return check_places(shaped, where=where)


def _bdtopo(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    """BD TOPO: words of GeoPackages (usage_1, nombre_de_logements …) or of shapefiles (USAGE1, NB_LOGTS …)."""
    rules = building_rules()["bdtopo"]
    usages = [_texts(rows, *names) for names in (("usage_1", "usage1"), ("usage_2", "usage2"))]
    nature, state = _texts(rows, "nature"), _texts(rows, "etat_de_l_objet", "etat")
    light = _texts(rows, "construction_legere", "leger").str.lower().isin(_YES)
    dwellings = _numbers(rows, where, "nombre_de_logements", "nb_logts")
    reason = usages[0].map(rules["usage"]).fillna("")
    reason = reason.where(
        reason.ne("") | usages[0].str.lower().isin(_RESIDENTIAL), nature.map(rules["nature"]).fillna("")
    )
    # flats above a shop: a second use, or dwellings, make a home of it
    lived_in = usages[1].str.lower().isin(_RESIDENTIAL) | (dwellings > 0)
    reason = reason.mask(lived_in, "").mask(light & ~(dwellings > 0), "annex")
    reason = reason.mask(state.isin(list(rules["state"])), "unfinished")
    levels = _numbers(rows, where, "nombre_d_etages", "nb_etages")
    return _table(reason, levels, _numbers(rows, where, "hauteur"), dwellings)


def _bdnb(rows: pd.DataFrame, where: str) -> pd.DataFrame:
    """BDNB: columns under their own name, or with the prefix of their source in batiment_groupe_compile."""
    rules = building_rules()["bdnb"]["usage"]
    usage = _texts(rows, "usage_principal_bdnb_open", "usage_niveau_1_txt", "ffo_bat_usage_niveau_1_txt")
    dwellings = _numbers(rows, where, "nb_log", "ffo_bat_nb_log")
    reason = usage.map(rules).fillna("").mask(dwellings > 0, "")
    levels = _numbers(rows, where, "nb_niveau", "ffo_bat_nb_niveau")
    return _table(
        reason, levels, _numbers(rows, where, "hauteur_mean", "bdtopo_bat_hauteur_mean", "hauteur"), dwellings
    )


def _rnb(rows: pd.DataFrame, _where: str) -> pd.DataFrame:
    """RNB: it knows no use, only whether a building stands."""
    standing = _texts(rows, "status").isin(building_rules()["rnb"]["standing"])
    unknown = pd.Series(np.nan, index=rows.index)
    return _table(pd.Series(np.where(standing, "", "unfinished"), index=rows.index), unknown, unknown, unknown)


def _osm(rows: pd.DataFrame, _where: str) -> pd.DataFrame:
    """OpenStreetMap: a column a tag, « : » or « _ » in its name."""
    tags = {
        str(name).replace("building_levels", "building:levels"): _texts(rows, str(name))
        for name in rows.columns
        if name != "geometry"
    }
    columns = {name: values.tolist() for name, values in tags.items()}
    reasons = [
        reason_left_out(dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True)
    ]
    levels, height_m = (
        pd.Series([read_measure(text, most=most) for text in columns.get(name, [""] * len(rows))], dtype=float)
        for name, most in (("building:levels", _MOST_LEVELS), ("height", 1000.0))
    )
    table = _table(pd.Series(reasons, dtype=object), levels, height_m, pd.Series(np.full(len(rows), np.nan)))
    return table.assign(kind=[text.lower() for text in columns["building"]])


FORMS: tuple[_Form, ...] = (
    _Form("bâtiments de la BDNB", frozenset({"batiment_groupe_id", "batiment_construction_id"}), _bdnb),
    _Form("bâtiments de la BD TOPO", frozenset({"usage_1", "usage1", "nombre_de_logements", "nb_logts"}), _bdtopo),
    _Form("bâtiments du RNB", frozenset({"rnb_id"}), _rnb),
    _Form("bâtiments d'OpenStreetMap", frozenset({"building"}), _osm),
)
"""Known forms, the one with most to say first: a table of the BDNB may carry the ids of the RNB too."""


def _table(reason: pd.Series, levels: pd.Series, height_m: pd.Series, dwellings: pd.Series) -> pd.DataFrame:
    """The columns of footprints; what cannot be (no level, no height, fewer than no dwelling) is not known."""
    columns: Mapping[str, object] = MappingProxyType(
        {
            "kind": np.full(len(reason), "", dtype=object),
            "left_out": reason.to_numpy(dtype=object),
            "levels": levels.where(levels > 0).to_numpy(dtype=float),
            "height_m": height_m.where(height_m > 0).to_numpy(dtype=float),
            "dwellings": dwellings.where(dwellings >= 0).to_numpy(dtype=float),
        }
    )
    return pd.DataFrame(dict(columns), columns=list(FOOTPRINT_COLUMNS))


def _texts(rows: pd.DataFrame, *names: str) -> pd.Series:
    """The first of these columns as text; '' where there is none."""
    name = next((name for name in names if name in rows.columns), None)
    return pd.Series("", index=rows.index, dtype=object) if name is None else read_text(rows[name])


def _numbers(rows: pd.DataFrame, where: str, *names: str) -> pd.Series:
    """The first of these columns as numbers; NaN where there is none.

    Raises
    ------
    InputError
        A cell is no number.
    """
    name = next((name for name in names if name in rows.columns), None)
    if name is None:
        return pd.Series(np.nan, index=rows.index)
    values, faults = read_numbers(rows[name], where=where)
    if faults:
        raise InputError(faults)
    return pd.Series(values, index=rows.index)
