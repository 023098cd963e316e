"""The areas where population is counted: polygons, their names, their legal population."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from access92._limits import MOST_PEOPLE
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.column_names import check_counts_persons
from access92.sources.office.heads import READING
from access92.sources.places import MOST_LATITUDE, WGS84, project
from access92.sources.tables import check_columns, read_numbers, read_table, read_text
from access92.study.model import Study
from access92.study.schemas import AREAS, check_table

log = logging.getLogger(__name__)
_WHOLE_TOLERANCE = 1e-6

# Metropolitan France in rough: enough to tell it from Porto or London, where Lambert-93 would stretch lengths.
_MAINLAND = shapely.Polygon(
    [(-5.4, 48.6), (-1.9, 50.0), (1.5, 51.2), (2.6, 51.2), (4.9, 50.2), (8.4, 49.1), (7.6, 47.4), (6.2, 46.3),
     (7.2, 45.9), (7.2, 44.3), (7.7, 43.7), (6.4, 42.8), (3.2, 42.3), (-1.9, 43.1), (-2.8, 47.0), (-5.4, 47.7)],
)  # fmt: skip
_CORSICA = shapely.box(8.4, 41.3, 9.7, 43.1)
_METROPOLITAN_FRANCE = shapely.MultiPolygon([_MAINLAND, _CORSICA])


def read_areas(study: Study) -> gpd.GeoDataFrame:
    """The areas of the study (contract AREAS) in its projected CRS, sorted by ``area_id``.

    ``population`` is the legal one, joined by id from ``areas.population_file``; the column is absent
    where the study names no such file. Ids are text. Invalid polygons are repaired: ``attrs["notices"]`` says so in
    French, and the log too.

    Raises
    ------
    InputError
        Missing file or column, no CRS, no polygon, duplicate ids, an area without legal population, a
        population that is negative or no whole number.

    Examples
    --------
    >>> from access92.study.read import read_study
    >>> areas = read_areas(read_study("data/studies/sosms.toml"))
    >>> len(areas), int(areas["population"].sum()), areas.crs.to_epsg()
    (36, 1654712, 2154)
    """
    settings = study.areas
    where = str(settings.origin)
    raw = read_table(study.table_source(settings.origin), where=where, layer=settings.layer)
    if not isinstance(raw, gpd.GeoDataFrame):
        raise input_error(
            "Le fichier des zones n'a pas de polygones.",
            where,
            "Donner un fichier GeoJSON, GPKG ou GeoParquet, ou une table qui a une colonne de géométrie.",
        )
    check_columns(raw, (settings.id_column,), where=where, key="areas.id_column")
    check_columns(raw, (settings.name_column,), where=where, key="areas.name_column")

    # the columns of the contract, whatever the file calls them; ids are text, as leading zeros ask
    areas = gpd.GeoDataFrame(
        {
            "area_id": read_text(raw[settings.id_column]).replace("", None).to_numpy(),
            "name": read_text(raw[settings.name_column]).to_numpy(),
        },
        geometry=raw.geometry.force_2d().to_numpy(),
        crs=raw.crs,
    )
    check_table(areas, AREAS, where=where)
    areas, notices = _repaired(areas, where)

    # the extent is checked in degrees, before a projection is chosen by it
    degrees = project(areas, WGS84, where=where)
    _check_extent(degrees, where)
    areas = project(areas, choose_crs(degrees), where=where)
    if settings.population_file is not None:
        legal, readings = _legal_population(study, settings.population_file, areas["area_id"])
        areas.insert(2, "population", legal)
        notices += readings
        check_table(areas, AREAS, where=where)
    areas = areas.sort_values("area_id", kind="stable", ignore_index=True)
    areas.attrs["notices"] = notices
    return areas


WIDEST_DEGREES = 12.0
"""Of the study area, from end to end: mainland France. Beyond, no projection keeps its lengths in metres."""


def _check_extent(areas_wgs84: gpd.GeoDataFrame, where: str) -> None:
    """Refuse areas that reach the poles or spread too wide for one projection."""
    west, south, east, north = areas_wgs84.total_bounds
    if max(-south, north) > MOST_LATITUDE or max(east - west, north - south) > WIDEST_DEGREES:
        raise input_error(
            "Les zones s'étendent trop loin pour être projetées en mètres.",
            f"{where}, longitudes {west:.2f} à {east:.2f}, latitudes {south:.2f} à {north:.2f} "
            f"(au plus {WIDEST_DEGREES:.0f} degrés)",
            "Corriger leurs coordonnées ou leur CRS, ou étudier chaque territoire à part.",
        )


def choose_crs(areas_wgs84: gpd.GeoDataFrame) -> CRS:
    """The projected CRS, in metres, for computing around these areas (in WGS 84).

    Lambert-93 (EPSG:2154) where they lie in metropolitan France, else the UTM zone of their middle.

    >>> porto = gpd.GeoDataFrame(geometry=[shapely.box(-8.7, 41.1, -8.5, 41.2)], crs=4326)
    >>> choose_crs(porto).to_epsg()
    32629
    """
    west, south, east, north = areas_wgs84.total_bounds
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    if _METROPOLITAN_FRANCE.contains(middle):
        return CRS.from_epsg(2154)
    return CRS.from_user_input(areas_wgs84.estimate_utm_crs())


def _repaired(areas: gpd.GeoDataFrame, where: str) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The areas with valid polygons, and the French sentence that says which were not."""
    invalid = ~areas.geometry.is_valid.to_numpy()
    if not invalid.any():
        return areas, ()
    shapes = areas.geometry.to_numpy().copy()
    shapes[invalid] = [_polygons_of(shape) for shape in shapely.make_valid(shapes[invalid])]
    names = areas.loc[invalid, "name"]
    without_surface = names[shapely.is_empty(shapes[invalid])]
    if len(without_surface):
        raise input_error(
            "Des zones n'ont pas de surface.",
            f"{where}, zones {some_values(without_surface)}",
            "Redessiner ces polygones.",
        )
    notice = f"Contours invalides réparés dans {where} : {some_values(names)}."
    log.warning(notice)
    return areas.set_geometry(gpd.GeoSeries(shapes, index=areas.index, crs=areas.crs)), (notice,)


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a repaired shape, without the lines and points that the repair leaves aside."""
    pieces = shapely.get_parts(shape)
    return shapely.union_all([piece for piece in pieces if piece.geom_type.endswith("Polygon")])


def _legal_population(study: Study, file: Path, area_ids: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """The legal population of each area, in the order of ``area_ids``; what was read otherwise than it is written."""
    settings = study.areas
    where = str(file)
    table = read_table(study.locate(file), where=where)
    check_columns(table, (settings.id_column,), where=where, key="areas.id_column")
    check_columns(table, (settings.population_column,), where=where, key="areas.population_column")
    check_counts_persons(settings.population_column, where=where)
    numbers, faults = read_numbers(table[settings.population_column], where=where)
    ids, readings = read_text(table[settings.id_column]), table.attrs.get(READING, ())
    lost = "0" + ids  # spreadsheets take the first zero of a code away
    is_lost = ids.str.isdigit() & ~ids.isin(area_ids) & lost.isin(area_ids) & ~lost.isin(ids)
    if is_lost.any():
        shown = some_values(f"« {code} » lu « 0{code} »" for code in ids[is_lost])
        readings += (f"{where} : codes qui avaient perdu leur premier zéro : {shown}.",)
        ids = ids.where(~is_lost, lost)
    doubled = ids[ids.duplicated() & ids.isin(area_ids)].unique()
    if len(doubled):
        faults.append(
            Fault(
                "Une zone a deux populations légales.",
                f"{where}, {settings.id_column} {some_values(doubled)}",
                "Garder une seule ligne par zone.",
            ),
        )
    wrong = ~_is_head_count(numbers) & ids.isin(area_ids).to_numpy()
    if wrong.any() and not faults:
        faults.append(
            Fault(
                f"La colonne « {settings.population_column} » doit porter des nombres positifs ou nuls.",
                f"{where}, lignes {some_values(table.index[wrong])}",
                "Corriger ces valeurs.",
            ),
        )
    # a legal population is of whole persons: « 1.250 » is 1250 written with a point, and not one person and a quarter
    like_thousands = read_text(table[settings.population_column]).str.fullmatch(r"[1-9]\d{0,2}\.\d{3}")
    in_part = (np.abs(numbers - np.round(numbers)) > _WHOLE_TOLERANCE) | like_thousands.to_numpy(dtype=bool)
    in_part &= ids.isin(area_ids).to_numpy() & np.isfinite(numbers)
    if in_part.any() and not faults:
        cells = table[settings.population_column][in_part]
        faults.append(
            Fault(
                f"La colonne « {settings.population_column} » porte des populations légales qui ne sont pas entières.",
                f"{where}, lignes {some_values(table.index[in_part])}, valeurs {some_values(cells)}",
                "Écrire des nombres entiers, les milliers sans point : 1250 ou « 1 250 », et non 1.250.",
            ),
        )
    absent = sorted(set(area_ids) - set(ids))
    if absent:
        faults.append(
            Fault(
                "Des zones n'ont pas de population légale.",
                f"{where}, {settings.id_column} {some_values(absent)}",
                "Compléter le fichier (les identifiants sont du texte : garder les zéros de tête).",
            ),
        )
    if faults:
        raise InputError(faults)
    of_study = ids.isin(area_ids).to_numpy()  # other ids may well come twice, or be empty
    return pd.Series(numbers[of_study], index=ids[of_study].to_numpy()).reindex(area_ids).to_numpy(
        dtype=float
    ), readings


def _is_head_count(numbers: np.ndarray) -> np.ndarray:
    """Which numbers may be a population: not negative, not more than there are on earth."""
    return np.asarray((numbers >= 0) & (numbers <= MOST_PEOPLE))
